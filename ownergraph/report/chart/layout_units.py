"""Boxes that stand together as one: rings of ownership on an ellipse, many leaves of one hub in sub-rows, grids.

A unit takes part in the layout as if it were one box; its members stand at fixed places around its middle.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from ownergraph.report.chart.layout_ranks import Pair
from ownergraph.report.chart.model import Node, Place

GAP_X = 40.0
GAP_Y = 90.0
PAGE = 1.6
"""Width of a page for each unit of height."""
RING = 24
"""Members up to which a strongly connected part is drawn as a ring; a larger one is cut into ranks."""
LEAVES = 20
"""Leaves of one hub that stand in one row. Of more, lines to the lower row pass behind boxes of the upper one."""
_EXACT = 7


@dataclass(frozen=True, slots=True)
class Unit:
    """One or more boxes at fixed places, seen from a point on the line of their rank.

    Attributes:
        members: boxes and their places.
        half: half of its width.
        up: how far it reaches over the line.
        down: how far it reaches under it.
    """

    members: Mapping[int, Place]
    half: float
    up: float
    down: float


def single(number: int, node: Node) -> Unit:
    """A unit of one box."""
    return Unit({number: Place(0.0, 0.0)}, node.width / 2, node.height / 2, node.height / 2)


def ring(members: Sequence[int], nodes: Sequence[Node], owns: Collection[Pair], entries: Mapping[int, int]) -> Unit:
    """Members on an ellipse in the order of the ring, clockwise, from whom most lines reach from outside.

    Args:
        members: boxes, ascending.
        nodes: all boxes.
        owns: lines of ownership.
        entries: how many lines reach each box from outside of the ring, less those that leave it.

    Returns:
        The unit. O(members! ) up to 7 members, then O(members^2): no exact longest cycle (NP-hard) is looked for.
    """
    order = _around(list(members), {p for p in owns if p[0] in set(members) and p[1] in set(members)})
    turn = _turned([entries.get(u, 0) for u in order])
    boxes = [nodes[u] for u in order]
    if len(order) == 2:  # side by side, with room for both lines and their labels
        aside = boxes[0].width / 2 + boxes[1].width / 2 + 3 * GAP_X
        spots = [Place(-aside / 2, 0.0), Place(aside / 2, 0.0)]
    else:
        wide = 1.5 * GAP_X
        while True:
            high = max(1.1 * GAP_Y, wide / 2)
            spots = [Place(round(wide * math.cos(a), 1), round(high * math.sin(a), 1)) for a in turn]
            if _apart(spots, boxes):
                break
            wide = wide * 1.06 + 1
    return _unit(order, spots, nodes)


def _turned(entries: Sequence[int]) -> list[float]:
    """Angles of the members: turned so that those whom lines reach from outside are on top, in halves of a step."""
    step = 2 * math.pi / len(entries)

    def angles(half: int) -> list[float]:
        return [step * (i - half / 2) - math.pi / 2 for i in range(len(entries))]

    return angles(
        min(
            range(2 * len(entries)),
            key=lambda half: (
                round(sum(n * math.sin(a) for n, a in zip(entries, angles(half), strict=True)), 6),
                half,
            ),
        )
    )


def _apart(spots: Sequence[Place], boxes: Sequence[Node]) -> bool:
    for i, (a, one) in enumerate(zip(spots, boxes, strict=True)):
        for b, two in zip(spots[:i], boxes[:i], strict=True):
            beside = abs(a.x - b.x) >= (one.width + two.width) / 2 + 1.5 * GAP_X
            if not beside and abs(a.y - b.y) < (one.height + two.height) / 2 + 0.6 * GAP_Y:
                return False
    return True


def _around(members: list[int], owns: set[Pair]) -> list[int]:
    """The order that follows most lines: exact for few members, else always on to who has fewest ways left."""
    from itertools import permutations

    first, rest = members[0], members[1:]
    if len(members) <= _EXACT:
        return max(
            ([first, *some] for some in permutations(rest)),
            key=lambda way: sum((u, v) in owns for u, v in zip(way, [*way[1:], first], strict=True)),
        )  # the first of several: permutations come in order
    after: dict[int, list[int]] = {u: [] for u in members}
    for u, v in sorted(owns):
        after[u].append(v)
    way, left = [first], set(rest)
    while left:
        ahead = [v for v in after[way[-1]] if v in left] or sorted(left)
        way.append(min(ahead, key=lambda v: (sum(w in left for w in after[v]), v)))
        left.discard(way[-1])
    return way


def _unit(order: Sequence[int], spots: Sequence[Place], nodes: Sequence[Node]) -> Unit:
    half = max(abs(p.x) + nodes[u].width / 2 for u, p in zip(order, spots, strict=True))
    up = max(nodes[u].height / 2 - p.y for u, p in zip(order, spots, strict=True))
    down = max(nodes[u].height / 2 + p.y for u, p in zip(order, spots, strict=True))
    return Unit(dict(zip(order, spots, strict=True)), half, up, down)


def leaves(members: Sequence[int], nodes: Sequence[Node], *, above: bool) -> Unit:
    """Many leaves of one hub in sub-rows; every other row is shifted by half a box, so that lines pass between.

    Args:
        members: boxes in the order in which they are to be read.
        nodes: all boxes.
        above: whether they stand over their hub, and so grow upwards. O(members).
    """
    wide = max(nodes[u].width for u in members) + GAP_X
    high = max(nodes[u].height for u in members) + GAP_Y
    rows = 2  # more rows hide lines behind boxes: only where two would be wider than any page
    if len(members) > 3 * LEAVES:
        rows = max(2, round(math.sqrt(len(members) * wide / high / PAGE)))
    columns = math.ceil(len(members) / rows)
    spots = []
    for number in range(len(members)):
        row, column = number % rows, number // rows  # zigzag: neighbors in the list stay neighbors
        spots.append(Place(wide * (column + row % 2 / 2 - (columns - 0.5) / 2), -high * row if above else high * row))
    return _unit(members, spots, nodes)


def grid(
    members: Sequence[int], nodes: Sequence[Node], width: float | None = None
) -> tuple[dict[int, Place], float, float]:
    """Boxes without lines in a grid from (0, 0) on, as wide as the page or in its form.

    Returns:
        Places, width and height. O(boxes).
    """
    if not members:
        return {}, 0.0, 0.0
    wide = max(nodes[u].width for u in members) + GAP_X
    high = max(nodes[u].height for u in members) + GAP_X
    columns = max(1, math.ceil(math.sqrt(len(members) * high * PAGE / wide)))
    if width is not None:
        columns = max(columns, int((width + GAP_X) // wide))
    columns = min(columns, len(members))
    spots = {
        u: Place(wide * (i % columns) + (wide - GAP_X) / 2, high * (i // columns) + (high - GAP_X) / 2)
        for i, u in enumerate(members)
    }
    rows = math.ceil(len(members) / columns)
    return spots, wide * columns - GAP_X, high * rows - GAP_X
