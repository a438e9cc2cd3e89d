"""Who stands above whom: which lines decide it, without cycles, and the rank of every box.

Rank 0 is the top. Three steps, all on whole numbers:

* :func:`acyclic` takes the lines class by class, strongest first, and leaves out those that would close a cycle;
* :func:`ranks` gives investors and what hangs on them the highest rank that their lines allow, and everybody else
  (physician owners, lenders, signers) the lowest, directly above what they hold;
* parts that only payments, referrals or people tie together are shifted against each other, so that these lines run
  beside the spine of ownership rather than along it.

References:
    Sugiyama, Tagawa, Toda, "Methods for visual understanding of hierarchical system structures", IEEE Transactions on
    Systems, Man, and Cybernetics 11(2), 1981 (the framework). Eades, Lin, Smyth, "A fast and effective heuristic for
    the feedback arc set problem", Information Processing Letters 47, 1993 (the order in which a cycle is cut). Gansner,
    Koutsofios, North, Vo, "A technique for drawing directed graphs", IEEE Transactions on Software Engineering 19(3),
    1993 (short lines by moving boxes to the median of what their lines ask for).
"""

from collections.abc import Collection, Iterable, Sequence
from heapq import heapify, heappop, heappush
from typing import TypeAlias

import numpy as np

Pair: TypeAlias = tuple[int, int]
SETTLE = 4
"""Passes that move boxes within their slack; more change nothing visible."""
BESIDE = 0.4
"""What a payment or a referral weighs against a line that decides rank."""


def cycles(n: int, pairs: Sequence[Pair]) -> list[list[int]]:
    """Strongly connected components of two or more, each ascending. O(n + lines)."""
    from ownergraph.analysis.rings import levels

    if not pairs:
        return []
    ends = np.array(pairs, np.int64)
    found = levels(n, ends[:, 0], ends[:, 1])
    return sorted(sorted(map(int, ring)) for level in found for ring in level.rings if len(ring) > 1)


def acyclic(n: int, classes: Iterable[Collection[Pair]]) -> list[Pair]:
    """The lines that decide rank: of each class those that close no cycle with what was taken before.

    Args:
        n: number of units.
        classes: lines (upper, lower), strongest class first.

    Returns:
        Lines without a cycle. Lines outside every cycle are always among them. O(classes x (n + lines) log n).
    """
    taken: list[Pair] = []
    for pairs in classes:
        fresh = sorted(set(pairs).difference(taken))
        fresh = [pair for pair in fresh if pair[0] != pair[1]]
        for _ in range(2):  # what one order leaves out may still fit once the others stand
            label = [-1] * n
            for number, members in enumerate(cycles(n, taken + fresh)):
                for member in members:
                    label[member] = number
            inner = [p for p in fresh if label[p[0]] == label[p[1]] != -1]
            chosen = set(fresh).difference(inner)
            if inner:
                held = [p for p in taken if label[p[0]] == label[p[1]] != -1]
                at = _sequence([u for u in range(n) if label[u] != -1], held, inner)
                chosen.update(p for p in inner if at[p[0]] < at[p[1]])
            taken += sorted(chosen)
            fresh = [p for p in inner if p not in chosen]
            if not fresh:
                break
    return taken


def _sequence(units: list[int], held: list[Pair], wish: list[Pair]) -> dict[int, int]:
    """A topological order of `held` that goes against few lines of `wish`: first who leads most of them."""
    waiting = dict.fromkeys(units, 0)
    lead = dict.fromkeys(units, 0)
    after: dict[int, list[int]] = {u: [] for u in units}
    wished: dict[int, list[int]] = {u: [] for u in units}
    for u, v in held:
        waiting[v] += 1
        after[u].append(v)
    for u, v in wish:
        lead[u] += 1
        lead[v] -= 1
        wished[u].append(v)
    ready = [(-lead[u], u) for u in units if not waiting[u]]
    heapify(ready)
    at: dict[int, int] = {}
    while ready:
        score, u = heappop(ready)
        if u in at or score != -lead[u]:  # an outdated entry
            continue
        at[u] = len(at)
        for v in wished[u]:
            lead[v] += 1
            if v not in at and not waiting[v]:
                heappush(ready, (-lead[v], v))
        for v in after[u]:
            waiting[v] -= 1
            if not waiting[v]:
                heappush(ready, (-lead[v], v))
    return at


def topological(n: int, pairs: Iterable[Pair]) -> list[int]:
    """Units, upper before lower; among those that are free, by number. O((n + lines) log n)."""
    below: list[list[int]] = [[] for _ in range(n)]
    waiting = [0] * n
    for u, v in pairs:
        below[u].append(v)
        waiting[v] += 1
    ready = [u for u in range(n) if not waiting[u]]
    order = []
    while ready:
        u = heappop(ready)
        order.append(u)
        for v in below[u]:
            waiting[v] -= 1
            if not waiting[v]:
                heappush(ready, v)
    return order


def ranks(n: int, hard: Sequence[Pair], soft: Sequence[Pair], tops: Collection[int]) -> list[int]:
    """The rank of every unit of one connected part.

    Args:
        n: number of units.
        hard: lines (upper, lower) without a cycle; they hold strictly.
        soft: lines whose ends should be near.
        tops: units that belong on top where nothing stands above them (investors, funds, holdings).

    Returns:
        Ranks from 0, without an empty one. O((n + lines) log n).
    """
    above: list[list[int]] = [[] for _ in range(n)]
    below: list[list[int]] = [[] for _ in range(n)]
    beside: list[list[int]] = [[] for _ in range(n)]
    for u, v in hard:
        below[u].append(v)
        above[v].append(u)
    for u, v in soft:
        beside[u].append(v)
        beside[v].append(u)
    order = topological(n, hard)
    part = parts(n, hard)
    rank = _first(order, above, below, part, tops)
    fixed = {u for u in tops if not above[u] and below[u]}
    group = [0] * n
    for number, members in enumerate(part):
        for u in members:
            group[u] = number
    _settle(
        order, rank, above, below, [[v for v in near if group[v] == group[u]] for u, near in enumerate(beside)], fixed
    )
    _shift(part, group, rank, beside)
    _settle(order, rank, above, below, beside, fixed)
    used = {r: number for number, r in enumerate(sorted(set(rank)))}
    return [used[r] for r in rank]


def parts(n: int, pairs: Iterable[Pair]) -> list[list[int]]:
    """Connected parts, largest first, each ascending. O(n + lines)."""
    root = list(range(n))

    def find(u: int) -> int:
        while root[u] != u:
            root[u] = root[root[u]]
            u = root[u]
        return u

    for u, v in pairs:
        a, b = find(u), find(v)
        root[max(a, b)] = min(a, b)
    members: dict[int, list[int]] = {}
    for u in range(n):
        members.setdefault(find(u), []).append(u)
    return sorted(members.values(), key=lambda part: (-len(part), part[0]))


def _first(
    order: list[int], above: list[list[int]], below: list[list[int]], part: list[list[int]], tops: Collection[int]
) -> list[int]:
    """What hangs on a top as high as it may stand, who holds it directly above it, and so on to the rest."""
    n = len(order)
    depth = [0] * n  # lines on the longest way down
    for u in reversed(order):
        depth[u] = max((depth[v] + 1 for v in below[u]), default=0)
    seeds = set()
    for members in part:
        sources = [u for u in members if not above[u]]
        chosen = [u for u in sources if u in tops and below[u]]
        seeds.update(chosen or [min(sources, key=lambda u: (-depth[u], -len(below[u]), u))])
    rank = [0] * n
    done = [False] * n
    for u in seeds:
        done[u] = True
    left = n
    while left:
        for u in order:
            if not done[u] and any(done[v] for v in above[u]):
                done[u] = True
                rank[u] = max(rank[v] for v in above[u] if done[v]) + 1
        for u in reversed(order):
            if not done[u] and any(done[v] for v in below[u]):
                done[u] = True
                rank[u] = min(rank[v] for v in below[u] if done[v]) - 1
        now = done.count(False)
        if now == left:
            break
        left = now
    return rank


def _settle(
    order: list[int], rank: list[int], above: list[list[int]], below: list[list[int]], beside: list[list[int]],
    fixed: Collection[int],
) -> None:  # fmt: skip
    """Move each unit within its slack to the weighted median of what its lines ask for."""
    for turn in range(SETTLE):
        moved = False
        for u in reversed(order) if turn % 2 == 0 else order:
            if u in fixed or not (above[u] or below[u] or beside[u]):
                continue
            wish = [(rank[v] + 1, 1.0) for v in above[u]] + [(rank[v] - 1, 1.0) for v in below[u]]
            wish += [(rank[v], BESIDE) for v in beside[u]]
            wish.sort()
            half, total, goal = sum(weight for _, weight in wish) / 2, 0.0, wish[-1][0]
            for value, weight in wish:
                total += weight
                if total > half + 1e-9:  # of two medians the lower box: nearer to what is owned
                    goal = value
                    break
            if above[u]:
                goal = max(goal, max(rank[v] for v in above[u]) + 1)
            if below[u]:
                goal = min(goal, min(rank[v] for v in below[u]) - 1)
            moved |= goal != rank[u]
            rank[u] = goal
        if not moved:
            break


def _shift(part: list[list[int]], group: list[int], rank: list[int], beside: list[list[int]]) -> None:
    """Shift whole parts so that most of the lines between them are level. The largest part stays."""
    ready = [0]
    done = {0}
    while ready:
        for u in part[heappop(ready)]:
            for v in beside[u]:
                if (other := group[v]) not in done:
                    gaps = sorted(rank[y] - rank[x] for x in part[other] for y in beside[x] if group[y] in done)
                    by = gaps[(len(gaps) - 1) // 2]
                    for x in part[other]:
                        rank[x] += by
                    done.add(other)
                    heappush(ready, other)
