"""Where every box of a structure chart stands: top-down, as the step charts of deal lawyers do.

Who is above whom follows from the lines, strongest first (`layout_ranks`); rings of ownership and many leaves of one
hub stand together (`layout_units`); then the order within ranks (`layout_order`, with fast_sugiyama) and the place
along them (`layout_rows`). fast_sugiyama alone would not do: it decides ranks by line length only, leaves out boxes
without lines, knows one width for all boxes and no rings, and numbers boxes by a set, so that names give another
chart in every run.

The same boxes and lines give the same chart, in whatever order they come. Time: O((boxes + lines) log) for ranks and
packing, then that of the order and of the sweeps along ranks, both bounded for large charts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ownergraph.report.chart import layout_order, layout_rows
from ownergraph.report.chart.layout_ranks import Pair, acyclic, cycles, parts, ranks
from ownergraph.report.chart.layout_units import GAP_X, GAP_Y, LEAVES, PAGE, RING, Unit, grid, leaves, ring, single
from ownergraph.report.chart.model import Block, Edge, Node, Place

_CLASS = {
    "OWNS": 0, "MANAGES": 1, "CONSOLIDATES": 2, "RESTRICTS_TRANSFER": 2, "HOLDS_PROXY": 2, "APPOINTS_BOARD": 2,
    "documents": 2, "LENDS_TO": 3, "HELD_BY": 4, "SIGNS_ON": 4, "EMPLOYS": 5,
}  # fmt: skip
"""Relations that decide who is above; the lower the number, the stronger. All others only keep their ends near."""
_REVERSED = {"HELD_BY"}
_TOPS = {"investor", "fund", "private equity", "hedge fund", "reit", "family office", "holding"}
_DUMMIES = 12_000
"""Most places kept free for long lines; beyond them long lines count by their ends alone."""
_LANE = 12.0
_TALLEST = 210.0
_WIDE = 2.2
_STRETCH = 1.5
_LETTER = 6.1
_BETWEEN = 110.0
"""Room between parts that nothing ties together."""
_Bundles: TypeAlias = dict[Pair, list[int]]
"""Letters of the labels of all lines between two units."""


def place(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, Place]:
    """The center of every box, from about (0, 0) to the right and down.

    Args:
        nodes: boxes.
        edges: lines; those whose ends are not both among the boxes count for nothing.

    Returns:
        Place by id.
    """
    drawn = sorted(nodes, key=lambda node: node.id)
    spots, _, _ = _page(drawn, edges)
    return {node.id: Place(round(spots[u].x, 1), round(spots[u].y, 1)) for u, node in enumerate(drawn)}


def ringed(nodes: Sequence[Node], edges: Sequence[Edge]) -> bool:
    """Whether companies among the boxes own each other in a ring. O(boxes + lines)."""
    index = {node.id: u for u, node in enumerate(nodes)}
    owns = sorted({
        (index[e.source], index[e.target])
        for e in edges
        if e.relation == "OWNS" and e.source in index and e.target in index and e.source != e.target
    })  # fmt: skip
    return bool(cycles(len(nodes), owns))


def block(nodes: Sequence[Node], edges: Sequence[Edge]) -> Block:
    """The same for the members of an opened fold, around (0, 0)."""
    drawn = sorted(nodes, key=lambda node: node.id)
    spots, width, height = _page(drawn, edges)
    return Block(
        round(width, 1),
        round(height, 1),
        {
            node.id: Place(round(spots[u].x - width / 2, 1), round(spots[u].y - height / 2, 1))
            for u, node in enumerate(drawn)
        },
    )


def _page(nodes: Sequence[Node], edges: Sequence[Edge]) -> tuple[dict[int, Place], float, float]:
    """Places with the upper left corner of all boxes at (0, 0), width and height."""
    index = {node.id: u for u, node in enumerate(nodes)}
    drawn = [e for e in edges if e.source in index and e.target in index and e.source != e.target]
    lines = sorted({(index[e.source], index[e.target], e.relation) for e in drawn})
    units, home, hard, soft = _units(nodes, lines)
    bundles: _Bundles = {}
    ports: list[tuple[int, int]] = []  # boxes within units of several, and the unit at the other end of their line
    for e in drawn:
        a, b = home[index[e.source]], home[index[e.target]]
        if a != b:
            bundles.setdefault((min(a, b), max(a, b)), []).append(len(e.label))
            for box, other in ((e.source, b), (e.target, a)):
                if len(units[home[index[box]]].members) > 1:
                    ports.append((index[box], other))
    loose: list[int] = []
    pieces: list[tuple[dict[int, Place], float, float]] = []
    members = parts(len(units), hard + soft)
    part = {u: number for number, some in enumerate(members) for u in some}
    inner: list[tuple[list[Pair], list[Pair]]] = [([], []) for _ in members]
    for u, v in hard:
        inner[part[u]][0].append((u, v))
    for u, v in soft:
        inner[part[u]][1].append((u, v))
    for some, (tight, near) in zip(members, inner, strict=True):
        if len(some) == 1 and len(units[some[0]].members) == 1:
            loose += units[some[0]].members
        else:
            pieces.append(_part(nodes, units, some, tight, near, bundles, ports))
    spots, width, height = _pack(pieces)
    alone, wide, high = grid(loose, nodes, width if pieces else None)
    top = height + _BETWEEN if pieces and loose else 0.0
    whole = max(width, wide)
    spots = {u: Place(at.x + (whole - width) / 2, at.y) for u, at in spots.items()}
    spots |= {u: Place(at.x + (whole - wide) / 2, at.y + top) for u, at in alone.items()}
    return spots, whole, top + high if loose else height


def _units(
    nodes: Sequence[Node], lines: Sequence[tuple[int, int, str]]
) -> tuple[list[Unit], list[int], list[Pair], list[Pair]]:
    """Units, the unit of each box, the lines between units that decide rank, and the others."""
    owns = [(u, v) for u, v, relation in lines if relation == "OWNS"]
    home = list(range(len(nodes)))
    rings = [some for some in cycles(len(nodes), owns) if len(some) <= RING]
    for some in rings:
        for u in some:
            home[u] = some[0]
    entries: dict[int, int] = {}
    for u, v, relation in lines:
        if home[u] != home[v] and relation in _CLASS:
            entries[v] = entries.get(v, 0) + 1
            entries[u] = entries.get(u, 0) - 1
    made = {some[0]: ring(some, nodes, owns, entries) for some in rings}
    many = _leaves(nodes, lines, home, {u for some in rings for u in some})
    for some, above in many:
        made[some[0]] = leaves(some, nodes, above=above)
        for u in some:
            home[u] = some[0]
    heads = sorted(set(home))
    number = {u: i for i, u in enumerate(heads)}
    units = [made[u] if u in made else single(u, nodes[u]) for u in heads]
    classes: list[set[Pair]] = [set() for _ in range(6)]
    every: set[Pair] = set()
    owners = {u for u, _ in owns}  # an employee who owns something stands over it, beside the employer
    for u, v, relation in lines:
        a, b = number[home[u]], number[home[v]]
        if a == b:
            continue
        every.add((min(a, b), max(a, b)))
        if relation in _CLASS and not (relation == "EMPLOYS" and v in owners):
            classes[_CLASS[relation]].add((b, a) if relation in _REVERSED else (a, b))
    hard = acyclic(len(units), classes)
    tied = {(min(p), max(p)) for p in hard}
    return units, [number[home[u]] for u in range(len(nodes))], hard, sorted(every - tied)


def _leaves(
    nodes: Sequence[Node], lines: Sequence[tuple[int, int, str]], home: Sequence[int], taken: set[int]
) -> list[tuple[list[int], bool]]:
    """Groups of more than `LEAVES` boxes whose only neighbor is the same, tied to it alike; whether over it."""
    ties: list[set[tuple[int, str, bool]]] = [set() for _ in nodes]
    for u, v, relation in lines:
        down = relation not in _REVERSED
        ties[u].add((home[v], relation, down))
        ties[v].add((home[u], relation, not down))
    alike: dict[tuple[int, tuple[tuple[str, bool], ...]], list[int]] = {}
    for u, mine in enumerate(ties):
        if u not in taken and len({hub for hub, _, _ in mine}) == 1:
            how = tuple(sorted((relation, over) for _, relation, over in mine))
            alike.setdefault((next(iter(mine))[0], how), []).append(u)
    out = []
    for (_, how), some in sorted(alike.items()):
        strongest = min(how, key=lambda tie: _CLASS.get(tie[0], 9))
        if len(some) > LEAVES and strongest[0] in _CLASS:
            out.append((sorted(some, key=lambda u: (nodes[u].name.casefold(), u)), strongest[1]))
    return out


@dataclass(slots=True)
class _Draft:
    """A connected part with places kept free for long lines: vertices from 0, units first."""

    rank: list[int]
    half: list[float]
    gap: list[float]
    above: layout_rows.Ties
    below: layout_rows.Ties
    level: layout_rows.Ties
    lanes: list[tuple[int, int, list[int], bool]]

    def tie(self, u: int, v: int, weight: float) -> None:
        """Tie two vertices of neighboring ranks, u over v."""
        self.below[u].append((v, weight))
        self.above[v].append((u, weight))

    def long(self, u: int, v: int, half: float, weight: float, *, upright: bool) -> None:
        """Keep a place free in every rank that a long line passes."""
        passed = []
        last = u
        for rank in range(self.rank[u] + 1, self.rank[v]):
            passed.append(len(self.rank))
            self.rank.append(rank)
            self.half.append(half)
            self.gap.append(GAP_X / 2)
            for ties in (self.above, self.below, self.level):
                ties.append([])
            self.tie(last, passed[-1], 2 * weight if last == u else 8 * weight)
            last = passed[-1]
        self.tie(last, v, 2 * weight)
        self.lanes.append((u, v, passed, upright))


def _part(
    nodes: Sequence[Node], units: Sequence[Unit], members: Sequence[int], hard: Sequence[Pair], soft: Sequence[Pair],
    bundles: _Bundles, ports: Sequence[tuple[int, int]],
) -> tuple[dict[int, Place], float, float]:  # fmt: skip
    """Lay one connected part out: places from (0, 0), width and height."""
    number = {u: i for i, u in enumerate(members)}
    own = [units[u] for u in members]
    tight = [(number[u], number[v]) for u, v in hard]
    near = [(number[u], number[v]) for u, v in soft]
    between = {(u, v): bundles[min(members[u], members[v]), max(members[u], members[v])] for u, v in tight + near}
    tops = {i for i, unit in enumerate(own) if any(_top(nodes[u]) for u in unit.members)}
    rank = ranks(len(own), tight, near, tops)
    n = len(own)
    draft = _Draft(
        list(rank), [u.half for u in own], [GAP_X] * n, [[] for _ in own], [[] for _ in own], [[] for _ in own], []
    )
    held = [0] * n
    for u, _ in tight:
        held[u] += 1
    room = _DUMMIES
    for u, v in sorted(tight, key=lambda p: (rank[p[1]] - rank[p[0]], p)):
        light = 0.4 if any(nodes[w].shape == "account" for w in (*own[u].members, *own[v].members)) else 1.0
        light *= min(3, len(between[u, v]))
        room -= rank[v] - rank[u] - 1
        if rank[v] - rank[u] == 1:
            draft.tie(u, v, 2 * light if held[u] == 1 else light)  # who holds one thing stands straight above it
        elif room >= 0:
            draft.long(u, v, _LANE + 15 * (len(between[u, v]) - 1), min(light, 1.0), upright=True)
    for u, v in near:
        a, b = (u, v) if rank[u] <= rank[v] else (v, u)
        if rank[a] == rank[b]:
            draft.level[a].append((b, 1.0))
            draft.level[b].append((a, 1.0))
        elif rank[b] - rank[a] == 1:
            draft.tie(a, b, 0.4)
        elif (room := room - rank[b] + rank[a] + 1) >= 0:
            draft.long(a, b, 2 * _LANE, 0.1, upright=False)
    rows: list[list[int]] = [[] for _ in range(max(rank) + 1)]
    for u, r in enumerate(draft.rank):
        rows[r].append(u)
    bare = [[[v for v, _ in near] for near in ties] for ties in (draft.above, draft.below, draft.level)]
    rows = layout_order.arrange(layout_order.Ranked(rows, *bare), list(range(len(draft.rank))))
    tied = layout_rows.Tied(draft.above, draft.below, draft.level)
    x = layout_rows.along(rows, draft.half, draft.gap, tied)
    line, height = _heights(own, rows, x, draft, between)
    lanes = [(u, v, [(w, _across(own, draft.rank, line, u, v, w, up)) for w in ws]) for u, v, ws, up in draft.lanes]
    layout_rows.clear(rows, x, draft.half, draft.gap, tied, lanes)
    left = min(x[u] - own[u].half for u in range(n))
    outside = [(box, number[u]) for box, u in ports if u in number]
    spots: dict[int, Place] = {}
    for u, unit in enumerate(own):
        side = _side(u, unit, x, outside) if len(unit.members) > 1 else 1
        for member, at in unit.members.items():
            spots[member] = Place(x[u] - left + side * at.x, line[rank[u]] + at.y)
    return spots, max(x[u] + own[u].half for u in range(n)) - left, height


def _across(
    own: Sequence[Unit], rank: Sequence[int], line: Sequence[float], u: int, v: int, lane: int, upright: bool
) -> float:
    """How far across a long line is where it passes a rank."""
    start, end = line[rank[u]] + own[u].down, line[rank[v]] - own[v].up
    down = min(1.0, max(0.0, (line[rank[lane]] - start) / (end - start)))
    return layout_rows.bend(down) if upright else down


def _top(node: Node) -> bool:
    roles = {role.casefold() for role in node.roles}
    return bool(_TOPS & roles) or (node.shape == "partnership" and "lender" not in roles)


def _heights(
    own: Sequence[Unit],
    rows: Sequence[Sequence[int]],
    x: Sequence[float],
    draft: _Draft,
    between: Mapping[Pair, Sequence[int]],
) -> tuple[list[float], float]:
    """The y of every rank, and the whole height.

    Wide fans get more room below, so that they do not lie flat, and so do many labels.
    """
    n = len(own)
    text = [0.0] * len(rows)
    ends: list[list[float]] = [[] for _ in rows]
    for (u, v), labels in between.items():
        if draft.rank[u] != draft.rank[v]:
            gap = (draft.rank[u] + draft.rank[v] - 1) // 2
            text[gap] += sum(_LETTER * count + 14 for count in labels if count)
            ends[gap] += [x[u], x[v]]
    above = [max((own[u].up for u in row if u < n), default=0.0) for row in rows]
    under = [max((own[u].down for u in row if u < n), default=0.0) for row in rows]
    gaps = []
    for r, row in enumerate(rows[:-1]):
        flat = 0.14 * max((abs(x[u] - x[v]) for u in row for v, _ in draft.below[u]), default=0.0)
        wide = max(ends[r], default=0.0) - min(ends[r], default=0.0) + 160
        gaps.append(min(_TALLEST, max(GAP_Y + 6, flat, 64 + 17 * math.ceil(2.1 * text[r] / wide))))
    # a chart far wider than a page gets more height: it is free, and lines stand steeper
    spare = (max(x) - min(x)) / _WIDE - sum(above) - sum(under)
    stretch = min(_STRETCH, max(1.0, spare / sum(gaps))) if gaps else 1.0
    y = 0.0
    line = []
    for up, down, free in zip(above, under, [*gaps, 0.0], strict=True):
        line.append(y + up)
        y += up + down + free * stretch
    return line, y


def _side(u: int, unit: Unit, x: Sequence[float], outside: Sequence[tuple[int, int]]) -> int:
    """1, or -1 where a ring is better mirrored: nearer to those outside who are tied to its members."""
    ends = [(x[other] - x[u], unit.members[member].x) for member, other in outside if member in unit.members]
    return -1 if sum(abs(far + at) for far, at in ends) < sum(abs(far - at) for far, at in ends) - 1e-6 else 1


def _pack(pieces: Sequence[tuple[dict[int, Place], float, float]]) -> tuple[dict[int, Place], float, float]:
    """Parts side by side in rows, tallest first, on a page nearest to 16:10. O(parts log parts)."""
    if not pieces:
        return {}, 0.0, 0.0
    order = sorted(pieces, key=lambda piece: (-round(piece[2], 1), -round(piece[1], 1), min(piece[0])))
    least = max(width for _, width, _ in order)
    area = sum((width + _BETWEEN) * (height + _BETWEEN) for _, width, height in order)
    best: list[tuple[float, float]] = []
    size = (math.inf, 0.0, 0.0)
    for step in range(10):
        page = max(least, math.sqrt(area * PAGE) * (0.7 + 0.1 * step))
        corners, wide, high = _shelves(order, page)
        form = max(wide / PAGE, high)
        if form < size[0] - 1e-6:
            best, size = corners, (form, wide, high)
    spots: dict[int, Place] = {}
    for (places, _, _), (left, top) in zip(order, best, strict=True):
        spots |= {u: Place(at.x + left, at.y + top) for u, at in places.items()}
    return spots, size[1], size[2]


def _shelves(
    order: Sequence[tuple[dict[int, Place], float, float]], page: float
) -> tuple[list[tuple[float, float]], float, float]:
    """Upper left corners, width and height: rows filled in turn, each in the middle of the page."""
    rows: list[list[tuple[float, float, float]]] = []  # left, width, height
    left = math.inf
    for _, width, height in order:
        if left + width > page + 1e-6:
            rows.append([])
            left = 0.0
        rows[-1].append((left, width, height))
        left += width + _BETWEEN
    wide = max(row[-1][0] + row[-1][1] for row in rows)
    corners, top = [], 0.0
    for row in rows:
        free = (wide - row[-1][0] - row[-1][1]) / 2
        corners += [(left + free, top) for left, _, _ in row]
        top += max(height for _, _, height in row) + _BETWEEN
    return corners, wide, top - _BETWEEN
