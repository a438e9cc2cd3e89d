"""Where the boxes of a chart stand."""

import itertools
import random
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.report.chart.layout import block, place
from ownergraph.report.chart.layout_order import crossings
from ownergraph.report.chart.layout_ranks import acyclic, ranks
from ownergraph.report.chart.layout_rows import pool
from ownergraph.report.chart.layout_stagger import stagger
from ownergraph.report.chart.model import GROUP_OF, Edge, Node, Place, Shape

HARD = ("OWNS", "MANAGES")
RELATIONS = sorted(GROUP_OF)


class Deal:
    """A chart written down by hand."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.edges: list[Edge] = []

    def box(self, name: str, shape: Shape = "company", *roles: str, width: int = 150, height: int = 46, **more) -> str:
        self.nodes[name] = Node(name, name, (name,), shape, width, height, roles=roles, **more)
        return name

    def line(self, source: str, relation: str, target: str, label: str = "", **more) -> None:
        for name in (source, target):
            if name not in self.nodes:
                self.box(name)
        group = GROUP_OF[relation]
        self.edges.append(
            Edge(
                f"{relation}:{source}>{target}",
                source,
                target,
                relation,
                group,
                label,
                (f"r{len(self.edges)}",),
                **more,
            )
        )

    def places(self) -> dict[str, Place]:
        return place(list(self.nodes.values()), self.edges)


def friendly() -> Deal:
    deal = Deal()
    deal.box("fund", "partnership", "private equity")
    deal.box("doctor", "person")
    deal.box("nurse", "person")
    deal.line("fund", "OWNS", "mso", "100%")
    deal.line("mso", "MANAGES", "pc", "manages: 10% of collections")
    deal.line("doctor", "OWNS", "pc", "100%")
    deal.line("mso", "EMPLOYS", "doctor", "employs")
    deal.line("pc", "EMPLOYS", "nurse", "employs")
    deal.line("pc", "PAYS", "mso", "$100,000")
    return deal


def platform() -> Deal:
    """45 boxes: funds, a holding, a manager of three managers, practices with nominee owners, two with two owners."""
    deal = Deal()
    for fund in ("fund", "co-invest"):
        deal.box(fund, "partnership", "private equity")
        deal.line(fund, "OWNS", "holding", "45%")
    deal.box("bank", "company", "lender")
    deal.line("holding", "OWNS", "mso", "100%")
    deal.line("bank", "LENDS_TO", "mso", "lends $140,000,000")
    number = 0
    for region, practices in (("west", 3), ("south", 3), ("east", 2)):
        deal.line("mso", "OWNS", f"mso-{region}", "100%")
        for _ in range(practices):
            number += 1
            deal.box(f"dr-{number}", "person", width=110)
            deal.line(f"dr-{number}", "OWNS", f"pc-{number}", "100%")
            deal.line(f"mso-{region}", "MANAGES", f"pc-{number}", f"manages: {number + 6}% of collections")
            if number % 3 == 1:
                deal.line(f"mso-{region}", "EMPLOYS", f"dr-{number}", "employs")
        deal.box(f"practices-{region}", "fold")
        deal.box(f"physicians-{region}", "fold")
        deal.line(f"mso-{region}", "MANAGES", f"practices-{region}", "manages: 8% of collections × 12")
        deal.line(f"physicians-{region}", "OWNS", f"practices-{region}", "100% × 12")
    for pair in range(2):
        deal.line("mso-south", "MANAGES", f"two-{pair}", "manages: fixed fee")
        for owner in range(2):
            deal.box(f"owner-{pair}{owner}", "person", width=110)
            deal.line(f"owner-{pair}{owner}", "OWNS", f"two-{pair}", "50%")
    deal.line("owner-01", "FAMILY_OF", "owner-10", "spouse")
    deal.line("pc-4", "REFERS_TO", "lab", "refers 1,240")
    deal.line("lab", "PAYS", "mso", "$310,000 consulting")
    deal.box("account", "account")
    deal.line("account", "HELD_BY", "pc-1", "held by")
    deal.line("mso", "SIGNS_ON", "account", "signs")
    deal.line("pc-8", "EMPLOYS", deal.box("nurse", "person"), "employs")
    for alone in range(6):
        deal.box(f"alone-{alone}")
    return deal


def tree() -> Deal:
    deal = Deal()
    for child in range(1, 40):
        deal.line(f"c{(child - 1) // 3:02}", "OWNS", f"c{child:02}", "100%")
    return deal


def overlapping(nodes: Sequence[Node], places: dict[str, Place], gap: float = 39.5) -> list[tuple[str, str]]:
    found = []
    for one, two in itertools.combinations(sorted(nodes, key=lambda n: places[n.id].x - n.width / 2), 2):
        a, b = places[one.id], places[two.id]
        if abs(a.x - b.x) < (one.width + two.width) / 2 + gap and abs(a.y - b.y) < (one.height + two.height) / 2 + gap:
            found.append((one.id, two.id))
    return found


def crossing(deal: Deal, places: dict[str, Place]) -> int:
    """Pairs of lines of ownership and management that cross, drawn straight."""
    lines = [(places[e.source], places[e.target], {e.source, e.target}) for e in deal.edges if e.relation in HARD]

    def side(p: Place, q: Place, r: Place) -> float:
        return (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x)

    return sum(
        side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0
        for (a, b, one), (c, d, two) in itertools.combinations(lines, 2)
        if not one & two
    )


@st.composite
def charts(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    count = draw(st.integers(0, 24))
    shapes: list[Shape] = ["person", "company", "partnership", "account", "fold"]
    nodes = [
        Node(
            f"n{i}", f"n{i}", (f"n{i}",), draw(st.sampled_from(shapes)), draw(st.integers(96, 230)),
            draw(st.integers(40, 90)), roles=draw(st.sampled_from([(), ("fund",), ("holding",)])),
        )
        for i in range(count)
    ]  # fmt: skip
    ends = st.integers(0, max(count - 1, 0))
    rows = (
        draw(st.lists(st.tuples(ends, ends, st.sampled_from(["OWNS"] * 4 + RELATIONS)), max_size=40)) if count else []
    )
    edges = [
        Edge(f"e{i}", f"n{a}", f"n{b}", r, GROUP_OF[r], "x" * (i % 30), ("r",)) for i, (a, b, r) in enumerate(rows)
    ]
    return nodes, edges


def rings(edges: Sequence[Edge], nodes: Sequence[Node]) -> dict[str, int]:
    """The strongly connected component of each box, by reachability."""
    reach = {n.id: {n.id} for n in nodes}
    owns = [(e.source, e.target) for e in edges if e.relation == "OWNS"]
    changed = True
    while changed:
        changed = False
        for a, b in owns:
            if not reach[b] <= reach[a]:
                reach[a] |= reach[b]
                changed = True
    names: dict[frozenset[str], int] = {}
    return {
        n: names.setdefault(frozenset(m for m in reach[n] if n in reach[m]), len(names)) for n in sorted(reach)
    }  # fmt: skip


@given(charts(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_any_chart(chart: tuple[list[Node], list[Edge]], shuffle: random.Random) -> None:
    nodes, edges = chart
    places = place(nodes, edges)
    assert {n.id for n in nodes} == set(places)
    assert overlapping(nodes, places) == []
    ring = rings(edges, nodes)
    assert [
        e
        for e in edges
        if e.relation == "OWNS" and ring[e.source] != ring[e.target] and not places[e.source].y < places[e.target].y
    ] == []
    nodes, edges = list(nodes), list(edges)
    shuffle.shuffle(nodes)
    shuffle.shuffle(edges)
    assert places == place(nodes, edges)


def test_nothing_and_one() -> None:
    assert place([], []) == {}
    assert place([Node("a", "A", ("A",), "company", 100, 40)], []) == {"a": Place(50.0, 20.0)}
    assert block([], []).places == {}


def test_lines_to_boxes_that_are_not_drawn_count_for_nothing() -> None:
    deal = friendly()
    before = deal.places()
    deal.edges.append(Edge("x", "mso", "elsewhere", "OWNS", "ownership", "", ("r",)))
    deal.edges.append(Edge("y", "mso", "mso", "OWNS", "ownership", "", ("r",)))
    assert before == deal.places()


def test_a_friendly_pc_from_top_to_bottom() -> None:
    at = friendly().places()
    assert at["fund"].y < at["mso"].y < at["pc"].y < at["nurse"].y
    assert at["doctor"].y == at["mso"].y  # directly above the practice, beside the manager who employs the owner
    assert at["nurse"].x == pytest.approx(at["pc"].x, abs=1)
    assert at["fund"].x == pytest.approx(at["mso"].x, abs=1)


def test_owners_stand_directly_above_what_they_own_and_investors_on_top() -> None:
    deal = platform()
    at = deal.places()
    levels = sorted({round(at[n].y) for n in deal.nodes if not n.startswith("alone")})
    rank = {n: min(range(len(levels)), key=lambda r: abs(levels[r] - at[n].y)) for n in deal.nodes}
    tops = {"fund", "co-invest"}
    assert {rank[n] for n in tops} == {0}
    for edge in deal.edges:
        if edge.relation == "OWNS" and edge.source.startswith(("dr-", "owner-", "physicians-")):
            assert rank[edge.target] - rank[edge.source] == 1, edge.id
    assert rank["mso"] - rank["bank"] == 1
    assert at["holding"].y < at["mso"].y < at["mso-west"].y < at["pc-1"].y < at["account"].y


def test_ownership_decides_before_management_before_employment() -> None:
    deal = Deal()
    deal.line("a", "OWNS", "b")
    deal.line("b", "MANAGES", "a")
    deal.line("b", "MANAGES", "c")
    deal.line("c", "LENDS_TO", "b")
    deal.line("c", "EMPLOYS", "d")
    deal.line("d", "HOLDS_PROXY", "c")
    at = deal.places()
    assert at["a"].y < at["b"].y < at["c"].y
    assert at["d"].y < at["c"].y


def test_payments_and_referrals_run_level() -> None:
    deal = friendly()
    deal.line("pc", "REFERS_TO", "lab", "refers 12")
    deal.line("appraiser", "PAYS", "mso", "$12")
    at = deal.places()
    assert at["lab"].y == at["pc"].y
    assert at["appraiser"].y == at["mso"].y


@pytest.mark.parametrize("count", [3, 4, 5, 8])
def test_a_ring_stands_on_an_ellipse_in_its_order(count: int) -> None:
    deal = Deal()
    order = random.Random(count).sample(range(count), count)
    for i in range(count):
        deal.line(f"m{order[i]}", "OWNS", f"m{order[(i + 1) % count]}", "51%")
    deal.line("top", "OWNS", "m0", "49%")
    at = deal.places()
    members = [at[f"m{i}"] for i in order]
    middle = Place(sum(p.x for p in members) / count, sum(p.y for p in members) / count)
    spots = [(p.x - middle.x, p.y - middle.y) for p in members]
    xx, yy = (max(s[k] ** 2 for s in spots) for k in (0, 1))
    fits = [
        (a, b)
        for a in [1 / (xx * f / 1000) for f in range(1000, 2100)]
        for b in [(1 - a * spots[0][0] ** 2) / spots[0][1] ** 2 if spots[0][1] else 1 / yy]
        if b > 0 and all(abs(a * x * x + b * y * y - 1) < 0.02 for x, y in spots)
    ]
    assert fits
    turns = [
        a[0] * b[1] - a[1] * b[0] > 0 for a, b in zip(spots, [*spots[1:], spots[0]], strict=True)
    ]  # all the same way around
    assert len(set(turns)) == 1
    assert at["top"].y < min(p.y for p in members)
    assert at["m0"].y <= min(p.y for p in members) + 1  # turned to who comes from outside


def test_a_ring_of_two_stands_side_by_side() -> None:
    deal = Deal()
    deal.line("x", "OWNS", "y", "40%")
    deal.line("y", "OWNS", "x", "20%")
    at = deal.places()
    assert at["x"].y == at["y"].y


def test_a_ring_too_large_for_an_ellipse_is_cut() -> None:
    deal = Deal()
    for i in range(40):
        deal.line(f"m{i:02}", "OWNS", f"m{(i + 1) % 40:02}")
    at = deal.places()
    assert sum(at[e.source].y > at[e.target].y for e in deal.edges) == 1


def test_many_leaves_of_one_hub_wrap() -> None:
    deal = Deal()
    for i in range(30):
        deal.line("mso", "MANAGES", f"pc-{i:02}", "manages")
    at = deal.places()
    rows = {p.y for n, p in at.items() if n != "mso"}
    assert len(rows) == 2
    assert at["mso"].y < min(rows)
    assert max(p.x for p in at.values()) < 16 * 190
    upper, lower = ({at[f"pc-{i:02}"].x for i in range(30) if at[f"pc-{i:02}"].y == y} for y in sorted(rows))
    assert not upper & lower  # lines to the lower row pass between


def test_boxes_without_lines_stand_in_a_grid_under_the_rest() -> None:
    deal = platform()
    at = deal.places()
    tied = {n for e in deal.edges for n in (e.source, e.target)}
    assert max(at[n].y for n in tied) < min(p.y for n, p in at.items() if n not in tied)
    nodes = [Node(f"n{i}", "", ("",), "company", 150, 46) for i in range(60)]
    grid = place(nodes, [])
    width, height = (max(p.x for p in grid.values()) + 75, max(p.y for p in grid.values()) + 23)
    assert 1.2 < width / height < 2.2


def test_parts_are_packed_to_a_page() -> None:
    deal = Deal()
    for i in range(40):
        deal.line(f"a{i}", "OWNS", f"b{i}", "100%")
    at = deal.places()
    assert overlapping(list(deal.nodes.values()), at) == []
    width, height = (max(p.x for p in at.values()), max(p.y for p in at.values()))
    assert 1.0 < width / height < 2.6


def test_a_block_is_centered() -> None:
    deal = platform()
    one = block(list(deal.nodes.values()), deal.edges)
    for node in deal.nodes.values():
        at = one.places[node.id]
        assert abs(at.x) <= (one.width - node.width) / 2 + 0.2
        assert abs(at.y) <= (one.height - node.height) / 2 + 0.2
    left = min(one.places[n.id].x - n.width / 2 for n in deal.nodes.values())
    assert left == pytest.approx(-one.width / 2, abs=0.2)


@pytest.mark.parametrize(("deal", "most"), [(friendly(), 0), (tree(), 0), (platform(), 10)], ids=["pc", "tree", "45"])
def test_few_crossings(deal: Deal, most: int) -> None:
    assert crossing(deal, deal.places()) <= most


def test_the_platform_is_free_of_overlaps_and_not_far_from_a_page() -> None:
    deal = platform()
    at = deal.places()
    assert len(deal.nodes) == 45
    assert overlapping(list(deal.nodes.values()), at) == []
    width = max(at[n.id].x + n.width / 2 for n in deal.nodes.values())
    height = max(at[n.id].y + n.height / 2 for n in deal.nodes.values())
    assert 1 < width / height < 3


def test_order_by_strength_leaves_out_what_closes_a_cycle() -> None:
    assert acyclic(3, [[(0, 1), (1, 2)], [(2, 0), (0, 2)]]) == [(0, 1), (1, 2), (0, 2)]
    assert acyclic(2, [[], []]) == []
    assert acyclic(4, [[(0, 1), (1, 0)], [(2, 3)]])[1:] == [(2, 3)]


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=15), max_size=4))
def test_kept_lines_have_an_order_and_all_outside_cycles_are_kept(classes: list[list[tuple[int, int]]]) -> None:
    kept = acyclic(10, classes)
    rank = ranks(10, kept, [], set())
    assert [p for p in kept if rank[p[0]] >= rank[p[1]]] == []
    if classes:
        alone = acyclic(10, classes[:1])
        assert set(alone) <= set(kept)  # a weaker line takes no stronger one away


@given(st.lists(st.tuples(st.floats(-500, 500), st.floats(0.1, 9)), min_size=1, max_size=8))
def test_places_along_a_rank_are_the_nearest_that_fit(row: list[tuple[float, float]]) -> None:
    wish, weight = [w for w, _ in row], [m for _, m in row]
    got = pool(wish, weight, [50.0] * len(row))
    assert all(b - a >= 50 - 1e-6 for a, b in itertools.pairwise(got))
    cost = sum(m * (x - w) ** 2 for x, w, m in zip(got, wish, weight, strict=True))
    for k in range(len(row)):  # no part of the row gains by moving
        for by in (-0.01, 0.01):
            moved = [x + by if (i >= k) == (by > 0) else x for i, x in enumerate(got)]
            assert sum(m * (x - w) ** 2 for x, w, m in zip(moved, wish, weight, strict=True)) >= cost - 1e-6


@given(st.lists(st.lists(st.integers(0, 6), max_size=4), max_size=6))
def test_crossings_are_counted(ends: list[list[int]]) -> None:
    lines = [(i, e) for i, row in enumerate(ends) for e in row]
    expected = sum((a[0] - b[0]) * (a[1] - b[1]) < 0 for a, b in itertools.combinations(lines, 2))
    assert expected == crossings(ends)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "goal"), [(50, 0.01), (500, 0.15), (5_000, 3.0)])
def test_large_charts_are_measured(count: int, goal: float, record_property) -> None:
    """The time is recorded, not asserted: it is that of the machine."""
    rnd = random.Random(count)
    nodes = [Node(f"n{i}", "", ("",), "company", rnd.choice([120, 180]), 46) for i in range(count)]
    edges = []
    for i in range(2 * count):
        a, b = sorted(rnd.sample(range(count), 2))
        relation = rnd.choice(["OWNS", "OWNS", "MANAGES", "PAYS", "REFERS_TO", "EMPLOYS"])
        edges.append(Edge(f"e{i}", f"n{a}", f"n{b}", relation, GROUP_OF[relation], "100%", ("r",)))
    start = time.process_time()
    places = place(nodes, edges)
    record_property("seconds", time.process_time() - start)
    record_property("goal", goal)
    rows: dict[float, list[Node]] = {}
    for node in nodes:
        rows.setdefault(places[node.id].y, []).append(node)
    for row in rows.values():
        row.sort(key=lambda n: places[n.id].x)
        for a, b in itertools.pairwise(row):
            assert places[b.id].x - places[a.id].x >= (a.width + b.width) / 2 + 39


def test_wide_rows_become_two_in_the_same_order() -> None:
    nodes = [Node(f"n{k:02}", "n", ("n",), "company", 100, 40) for k in range(21)]
    spots = {"n20": Place(1500.0, 0.0)} | {f"n{k:02}": Place(150.0 * k, 200.0 + k % 3) for k in range(20)}
    got = stagger(nodes, spots)
    upper = [got[f"n{k:02}"].x for k in range(0, 20, 2)]
    lower = [got[f"n{k:02}"].x for k in range(1, 20, 2)]
    assert {round(at.y, -1) for at in got.values()} == {0, 200, 280}
    assert upper == sorted(upper)
    assert lower == sorted(lower)
    assert all(b - a >= 140 for row in (upper, lower) for a, b in itertools.pairwise(row))
    assert max(at.x for at in got.values()) < 0.65 * max(at.x for at in spots.values())
    few = {f"n{k:02}": Place(150.0 * k, 0.0) for k in range(12)}
    assert stagger(nodes[:12], few) == few


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(40, 240), st.integers(40, 90), st.integers(0, 60)), min_size=13, max_size=60))
def test_staggered_boxes_never_overlap(sizes: list[tuple[int, int, int]]) -> None:
    nodes = [Node(f"n{k}", "n", ("n",), "company", w, h) for k, (w, h, _) in enumerate(sizes)]
    spots = {f"n{k}": Place(280.0 * (k % 15), 400.0 * (k // 15) + dy) for k, (_, _, dy) in enumerate(sizes)}
    got = stagger(nodes, spots)
    for a, b in itertools.combinations(nodes, 2):
        apart_x = abs(got[a.id].x - got[b.id].x) - (a.width + b.width) / 2
        apart_y = abs(got[a.id].y - got[b.id].y) - (a.height + b.height) / 2
        assert max(apart_x, apart_y) > 0, (a.id, b.id)
