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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TypeAlias

Ties: TypeAlias = list[list[tuple[int, float]]]
"""Of every vertex its neighbors with the weight of the line to them."""
Lane: TypeAlias = tuple[int, int, list[int]]
"""A long line: upper box, lower box, the vertices that keep its place free in between."""


@dataclass(frozen=True, slots=True)
class Tied:
    """What pulls: to the rank over a vertex, to the rank under it, and within its own."""

    above: Ties
    below: Ties
    level: Ties


SWEEPS = 12
"""Sweeps on charts of ordinary size; large ones get `FEW`."""
FEW = 3
LANED = 6
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


def along(
    rows: Sequence[list[int]], half: Sequence[float], gap: Sequence[float], tied: Tied, lanes: Sequence[Lane]
) -> list[float]:
    """The x of every vertex.

    Args:
        rows: vertices of every rank in order; lanes may change places with boxes.
        half: half of each vertex's width.
        gap: room that each vertex needs on either side, halved between neighbors.
        tied: lines between vertices.
        lanes: long lines.

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
    fixed: dict[int, float] = {}
    sweeps = SWEEPS if n <= LARGE else FEW
    for turn in range(sweeps + (LANED if lanes and n <= LARGE else 0)):
        if turn >= sweeps:
            _lay(rows, x, lanes, fixed)
        for ties, order in ((tied.above, rows), (tied.below, list(reversed(rows)))):
            for row in order:
                _place(row, x, half, gap, (tied.above, tied.below) if turn >= 2 else (ties,), tied.level, fixed)
    return x


def _lay(rows: Sequence[list[int]], x: list[float], lanes: Sequence[Lane], fixed: dict[int, float]) -> None:
    """Put lanes where their lines will run, so that boxes give way to the line as it is drawn."""
    for u, v, passed in lanes:
        for step, lane in enumerate(passed, 1):
            x[lane] = fixed[lane] = x[u] + (x[v] - x[u]) * _bend(step, len(passed) + 1)
    for row in rows:
        row.sort(key=lambda w: x[w])


@cache
def _bend(step: int, of: int) -> float:
    """How far a cubic curve with upright ends has moved across where it has come this far down."""
    low, high = 0.0, 1.0
    for _ in range(30):
        t = (low + high) / 2
        low, high = (t, high) if 1.5 * t * (1 - t) + t**3 < step / of else (low, t)
    return low * low * (3 - 2 * low)


def _place(
    row: Sequence[int],
    x: list[float],
    half: Sequence[float],
    gap: Sequence[float],
    sides: Sequence[Ties],
    level: Ties,
    fixed: Mapping[int, float],
) -> None:
    wish, weight, reach = [], [], []
    before = -1
    for u in row:
        reach.append(0.0 if before < 0 else half[before] + half[u] + (gap[before] + gap[u]) / 2)
        before = u
        if u in fixed:
            wish.append(fixed[u])
            weight.append(60.0)
            continue
        total = mass = 0.0
        for ties in sides:
            for v, pull in ties[u]:
                total += x[v] * pull
                mass += pull
        for v, pull in level[u]:
            aside = half[u] + half[v] + 40.0
            total += (x[v] + (aside if x[u] > x[v] else -aside)) * pull * SIDEWAYS
            mass += pull * SIDEWAYS
        if mass:
            wish.append(total / mass)
            weight.append(mass)
        else:  # nothing pulls it: stay, and give way
            wish.append(x[u])
            weight.append(0.01)
    for u, at in zip(row, pool(wish, weight, reach), strict=True):
        x[u] = at
