"""The order of boxes within ranks: few crossings, and what is tied sideways side by side.

The first order comes from fast_sugiyama, whose crossing minimization is better than plain sweeps (by a tenth on random
ranks). It is deterministic on whole numbers, and keeps our ranks because every line given to it spans one rank, so
that the shortest ranking is the only one. It knows neither lines within a rank nor widths, and its time grows with the
square of the lines and worse (minutes at 7,000), so that sweeps of our own follow it, and replace it on large charts:
every rank is sorted by the mean position of its neighbors (barycenter), then neighbors in a rank change places where
that takes crossings away. The best order seen wins. Everything ties by number, so the same chart comes out whatever
the order of the input.

References:
    Sugiyama, Tagawa, Toda, IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981 (barycenter sweeps). Eades,
    Wormald, "Edge crossings in drawings of bipartite graphs", Algorithmica 11, 1994 (the problem is NP-hard already
    for two ranks, the median is within 3 of the optimum). Gansner, Koutsofios, North, Vo, IEEE Transactions on
    Software Engineering 19(3), 1993 (transposition, best order seen).
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass

SWEEPS = 12
"""Pairs of sweeps; most charts stop earlier, because nothing changes any more."""
LARGE = 3_000
"""Lines above which neighbors do not change places one by one and fewer sweeps are tried."""
SMALL = 200
"""Lines up to which all first orders are tried."""
WHEEL = 600
"""Lines up to which fast_sugiyama gives the first order."""
LEVEL = 0.5
"""What a box costs that stands between two that are tied sideways, in crossings."""
_PASSES = 4


@dataclass(frozen=True, slots=True)
class Ranked:
    """Ranks to be ordered.

    Attributes:
        rows: vertices of every rank, from the top.
        above: neighbors of each vertex in the rank over it.
        below: neighbors in the rank under it.
        level: neighbors in its own rank.
    """

    rows: list[list[int]]
    above: list[list[int]]
    below: list[list[int]]
    level: list[list[int]]


def arrange(ranked: Ranked, start: Sequence[int]) -> list[list[int]]:
    """Order every rank.

    Args:
        ranked: ranks and lines.
        start: preferred sequence of the vertices where lines do not decide (position of each vertex).

    Returns:
        The rows in their order. O(sweeps x lines log lines); charts with more than `LARGE` lines get fewer sweeps.
    """
    lines = sum(map(len, ranked.below)) + sum(map(len, ranked.level)) // 2
    best: list[list[int]] = []
    least = float("inf")
    starts = [_wheel(ranked, start)] if lines <= WHEEL else []
    if lines <= SMALL or lines > WHEEL:
        starts += _starts(ranked, start)
    for rows in starts:
        stale = 0
        for turn in range(SWEEPS if lines <= LARGE else 3):
            if turn:  # first what the start is worth as it stands
                _sweep(ranked, rows, down=turn % 2 == 0)
                _sweep(ranked, rows, down=turn % 2 == 1)
            if lines <= LARGE:
                _transpose(ranked, rows, _PASSES if lines <= SMALL else 2)
            cost = price(ranked, rows)
            if cost < least:
                best, least, stale = [list(row) for row in rows], cost, 0
            else:
                stale += 1
            if stale == 2 or not least:
                break
        if not least or lines > LARGE:
            break
    return best


def price(ranked: Ranked, rows: Sequence[Sequence[int]]) -> float:
    """Crossings, plus `LEVEL` for each box between two that are tied sideways. O(lines x log lines)."""
    at = _positions(rows, len(ranked.above))
    total: float = sum(crossings([[at[v] for v in ranked.below[u]] for u in row]) for row in rows)
    for row in rows:
        for u in row:
            total += sum(LEVEL * (at[v] - at[u] - 1) for v in ranked.level[u] if at[v] > at[u])
    return total


def crossings(ends: Sequence[Sequence[int]]) -> int:
    """Crossings between two ranks; `ends` holds the lower positions of each upper box in turn.

    Example:
        >>> crossings([[1], [0]]), crossings([[0, 1], [1]]), crossings([[0, 1, 2], [0, 1, 2]])
        (1, 0, 3)
    """
    seen: list[int] = []
    total = 0
    for lower in ends:
        for end in lower:
            total += len(seen) - bisect_right(seen, end)
        for end in lower:
            insort(seen, end)
    return total


def _positions(rows: Sequence[Sequence[int]], n: int) -> list[int]:
    at = [0] * n
    for row in rows:
        for place, u in enumerate(row):
            at[u] = place
    return at


def _wheel(ranked: Ranked, start: Sequence[int]) -> list[list[int]]:
    """The order of fast_sugiyama; what has no line stands last. It breaks ties by number: `start` gives them."""
    from fast_sugiyama import from_edges

    name = {u: number for number, u in enumerate(sorted(range(len(start)), key=lambda u: (start[u], u)))}
    lines = sorted((name[u], name[v]) for u, ends in enumerate(ranked.below) for v in ends)
    x: dict[int, float] = {}
    edge = 0.0
    if lines:
        for places, width, *_ in from_edges(lines, dummy_vertices=False, check_layout=False):
            least = min(at for _, (at, _) in places)
            x |= {int(u): at - least + edge for u, (at, _) in places}
            edge += width + 1  # parts that only sideways lines tie together stand side by side
    return [sorted(row, key=lambda u: (x.get(name[u], edge), name[u])) for row in ranked.rows]


def _starts(ranked: Ranked, start: Sequence[int]) -> list[list[list[int]]]:
    """First orders: along the branches from above, and along them from below; trees come out without a crossing."""
    out = []
    for forward in (True, False):
        seen = [False] * len(ranked.above)
        found: list[list[int]] = [[] for _ in ranked.rows]
        home = [0] * len(ranked.above)
        for number, row in enumerate(ranked.rows):
            for u in row:
                home[u] = number
        for row in ranked.rows if forward else reversed(ranked.rows):
            for root in sorted(row, key=lambda u: start[u]):
                stack = [root]
                while stack:
                    u = stack.pop()
                    if seen[u]:
                        continue
                    seen[u] = True
                    found[home[u]].append(u)
                    first, then = (ranked.below, ranked.above) if forward else (ranked.above, ranked.below)
                    ahead = [v for v in (*first[u], *ranked.level[u], *then[u]) if not seen[v]]
                    stack += sorted(ahead, key=lambda v: -start[v])
        out.append(found)
    return out


def _sweep(ranked: Ranked, rows: list[list[int]], *, down: bool) -> None:
    """Sort each rank by the mean place of its neighbors in the rank before it and, less, in its own."""
    at = [0.0] * len(ranked.above)
    widest = max(map(len, rows))
    for row in rows:
        _spread(row, at, widest)
    sides = ranked.above if down else ranked.below
    for number in range(len(rows)) if down else range(len(rows) - 1, -1, -1):
        row = rows[number]
        wish = {}
        for u in row:
            ends, near = sides[u], ranked.level[u]
            total = sum([at[v] for v in ends]) * 2 + sum([at[v] for v in near])
            count = 2 * len(ends) + len(near)
            wish[u] = total / count if count else at[u]
        row.sort(key=wish.__getitem__)  # stable: equal wishes keep their order
        _spread(row, at, widest)


def _spread(row: list[int], at: list[float], widest: int) -> None:
    shift = (widest - len(row)) / 2
    for place, u in enumerate(row):
        at[u] = place + shift


def _transpose(ranked: Ranked, rows: list[list[int]], passes: int) -> None:
    """Change places of neighbors while that takes crossings away. O(passes x lines x degree)."""
    at = _positions(rows, len(ranked.above))
    level = ranked.level
    stirred = set(range(len(rows)))
    for _ in range(passes):
        again: set[int] = set()
        for number in sorted(stirred):
            row = rows[number]
            up = [sorted([at[v] for v in ranked.above[u]]) for u in row]
            low = [sorted([at[v] for v in ranked.below[u]]) for u in row]
            for i in range(len(row) - 1):
                gain: float = _gain(up[i], up[i + 1]) + _gain(low[i], low[i + 1])
                u, v = row[i], row[i + 1]
                if level[u] or level[v]:
                    gain += LEVEL * (_pull(level[u], at, i, v) - _pull(level[v], at, i + 1, u))
                if gain > 0:
                    row[i], row[i + 1] = v, u
                    at[u], at[v] = i + 1, i
                    up[i], up[i + 1], low[i], low[i + 1] = up[i + 1], up[i], low[i + 1], low[i]
                    again.update((number - 1, number, number + 1))
        stirred = again.intersection(range(len(rows)))
        if not stirred:
            return


def _gain(left: list[int], right: list[int]) -> int:
    """Crossings of two neighbors' lines now, less those after they have changed places."""
    if not left or not right:
        return 0
    if left[-1] <= right[0]:  # most neighbors: nothing to be gained
        return 0 if left[0] == right[-1] else -1
    now = sum([bisect_left(right, end) for end in left])
    return now - sum([len(right) - bisect_right(right, end) for end in left])


def _pull(near: list[int], at: list[int], here: int, other: int) -> int:
    """Sideways lines of a box that lead right, less those that lead left; the one to its neighbor stays as it is."""
    return sum([1 if at[v] > here else -1 for v in near if v != other])
