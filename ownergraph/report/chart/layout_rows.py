"""Where boxes stand along their rank: near the middle of what they are tied to, in their order, never overlapping.

For one rank with a given order this is a least-squares problem with one lower bound for each two neighbors. Taking the
needed distances away turns the bounds into "not decreasing", and then pooling adjacent violators solves it exactly in
linear time. Sweeps down and up repeat it, as the priority method does, with widths of the boxes themselves. (The
coordinates of fast_sugiyama, after Brandes and Köpf, know one distance for all boxes.)

References:
    Robertson, Wright, Dykstra, "Order restricted statistical inference", Wiley 1988 (pooling adjacent violators).
    Sugiyama, Tagawa, Toda, IEEE Transactions on Systems, Man, and Cybernetics 11(2), 1981 (priority method). Brandes,
    Köpf, "Fast and simple horizontal coordinate assignment", Graph Drawing 2001, with the erratum of Brandes, Walter,
    Zink 2020 (straight inner segments first: here by their weight).
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Ties: TypeAlias = list[list[tuple[int, float]]]
"""Of every vertex its neighbors with the weight of the line to them."""
Lane: TypeAlias = tuple[int, int, list[tuple[int, float]]]
"""A long line: upper box, lower box, the vertices that keep its place free and how far across it is there, in 0..1."""


@dataclass(frozen=True, slots=True)
class Tied:
    """What pulls: to the rank over a vertex, to the rank under it, and within its own."""

    above: Ties
    below: Ties
    level: Ties


SWEEPS = 12
"""Sweeps on charts of ordinary size; large ones get `FEW`."""
FEW = 3
FIRM = 60.0
"""Weight of a long line's place against that of a box."""
LANED = 4
"""Sweeps that follow with long lines where they will be drawn."""
LARGE = 3_000
SIDEWAYS = 0.4
"""Weight of a tie within a rank."""


def pool(wish: Sequence[float], weight: Sequence[float], distance: Sequence[float]) -> list[float]:
    """Places nearest to the wished ones (weighted squares) with at least these distances between neighbors.

    Args:
        wish: wished place of each box, in order.
        weight: what each box's wish counts; positive.
        distance: least distance of each box from the one before; the first is not read.

    Returns:
        Places. O(boxes).

    Example:
        >>> pool([0.0, 0.0], [1.0, 1.0], [0.0, 10.0])
        [-5.0, 5.0]
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, boxes
    offset = 0.0
    offsets = []
    for number, (goal, own) in enumerate(zip(wish, weight, strict=True)):
        if number:
            offset += distance[number]
        offsets.append(offset)
        mean, mass, count = goal - offset, own, 1
        while pools and pools[-1][0] >= mean:
            other, more, boxes = pools.pop()
            mean = (mean * mass + other * more) / (mass + more)
            mass += more
            count += boxes
        pools.append((mean, mass, count))
    flat = [mean for mean, _, count in pools for _ in range(count)]
    return [at + off for at, off in zip(flat, offsets, strict=True)]


def along(rows: Sequence[list[int]], half: Sequence[float], gap: Sequence[float], tied: Tied) -> list[float]:
    """The x of every vertex.

    Args:
        rows: vertices of every rank in order.
        half: half of each vertex's width.
        gap: room that each vertex needs on either side, halved between neighbors.
        tied: lines between vertices.

    Returns:
        Centers. O(sweeps x (vertices + lines)).
    """
    n = len(half)
    x = [0.0] * n
    for row in rows:
        for before, u in pairwise(row):
            x[u] = x[before] + half[before] + half[u] + (gap[before] + gap[u]) / 2
        shift = (x[row[-1]] + x[row[0]]) / 2 if row else 0.0
        for u in row:
            x[u] -= shift
    sweeps = SWEEPS if n <= LARGE else FEW
    for turn in range(sweeps):
        for side, order in ((tied.above, rows), (tied.below, list(reversed(rows)))):
            pull = _Pull((tied.above, tied.below) if turn >= 2 else (side,), tied.level, half, {})
            for row in order:
                _place(row, x, half, gap, pull)
    return x


def clear(
    rows: Sequence[list[int]],
    x: list[float],
    half: Sequence[float],
    gap: Sequence[float],
    tied: Tied,
    lanes: Sequence[Lane],
) -> None:
    """Put long lines where they will be drawn and let boxes give way; lanes may change places with boxes.

    O(`LANED` x (vertices + lines) log); on large charts nothing is done.
    """
    n = len(half)
    if not lanes or n > LARGE:
        return
    drawn: dict[int, float] = {}
    pull = _Pull((tied.above, tied.below), tied.level, half, drawn)
    still = _Pull((), [[] for _ in range(n)], half, drawn)  # in the end boxes give way, but pull nobody along
    turns = LANED if n <= LARGE // 10 else LANED // 2
    for force in [pull] * turns + [still] * turns:
        for u, v, passed in lanes:
            lean = 0.3 * (x[v] - x[u])  # as lines leave their boxes: `geometry`
            start = x[u] + min(0.68 * half[u], max(-0.68 * half[u], lean))
            end = x[v] - min(0.68 * half[v], max(-0.68 * half[v], lean))
            for lane, part in passed:
                x[lane] = drawn[lane] = start + (end - start) * part
        for row in [*rows, *reversed(rows)]:
            boxes = [u for u in row if u not in drawn]
            _place(boxes, x, half, gap, force)  # without lanes first, so that a lane finds its side of each box
            if force is still and len(boxes) < len(row):
                _dodge(boxes, [u for u in row if u in drawn], x, half, gap)
            row.sort(key=lambda u: x[u])
            _place(row, x, half, gap, force)
    ends = [u for u in range(n) if len(tied.above[u]) + len(tied.below[u]) == 1]
    held = {u: x[u] for u in range(n)}
    for u in ends:  # who has one neighbor alone follows it, where there is room
        del held[u]
    force = _Pull((tied.above, tied.below), still.level, half, held)
    for row in rows:
        _place(row, x, half, gap, force)


def _dodge(boxes: Sequence[int], lanes: list[int], x: list[float], half: Sequence[float], gap: Sequence[float]) -> None:
    """Move what stands on a line to the nearest room between lines that is wide enough. O(boxes x lanes)."""
    lanes.sort(key=lambda w: x[w])
    middles = [x[w] for w in lanes]
    widest = max(half[w] + gap[w] / 2 for w in lanes)
    for u in boxes:
        near = widest + half[u] + gap[u] / 2
        if bisect_left(middles, x[u] - near) == bisect_right(middles, x[u] + near):
            continue
        best, least = x[u], math.inf
        for left, right in pairwise([None, *lanes, None]):
            low = -math.inf if left is None else x[left] + half[left] + half[u] + (gap[left] + gap[u]) / 2
            high = math.inf if right is None else x[right] - half[right] - half[u] - (gap[right] + gap[u]) / 2
            at = min(high, max(low, x[u]))
            if low <= high and abs(at - x[u]) < least:
                best, least = at, abs(at - x[u])
        x[u] = best


def bend(down: float) -> float:
    """How far a cubic curve with upright ends has moved across where it has come this far down, both in 0..1.

    Example:
        >>> [round(bend(down), 2) for down in (0.0, 0.3, 0.5, 1.0)]
        [0.0, 0.16, 0.5, 1.0]
    """
    low, high = 0.0, 1.0
    for _ in range(30):
        t = (low + high) / 2
        low, high = (t, high) if 1.5 * t * (1 - t) + t**3 < down else (low, t)
    return low * low * (3 - 2 * low)


@dataclass(frozen=True, slots=True)
class _Pull:
    """What a vertex wishes: the weighted mean of its neighbors; a drawn lane its own place, with force."""

    sides: Sequence[Ties]
    level: Ties
    half: Sequence[float]
    drawn: Mapping[int, float]

    def of(self, u: int, x: Sequence[float]) -> tuple[float, float]:
        """Wished place and weight."""
        if u in self.drawn:
            return self.drawn[u], FIRM
        total = mass = 0.0
        for ties in self.sides:
            for v, pull in ties[u]:
                total += x[v] * pull
                mass += pull
        for v, pull in self.level[u]:
            aside = self.half[u] + self.half[v] + 40.0
            total += (x[v] + (aside if x[u] > x[v] else -aside)) * pull * SIDEWAYS
            mass += pull * SIDEWAYS
        return (total / mass, mass) if mass else (x[u], 0.01)  # nothing pulls it: stay, and give way


def _place(row: Sequence[int], x: list[float], half: Sequence[float], gap: Sequence[float], pull: _Pull) -> None:
    wishes = [pull.of(u, x) for u in row]
    reach = [0.0, *(half[a] + half[b] + (gap[a] + gap[b]) / 2 for a, b in pairwise(row))]
    for u, at in zip(row, pool([w for w, _ in wishes], [m for _, m in wishes], reach[: len(row)]), strict=True):
        x[u] = at
