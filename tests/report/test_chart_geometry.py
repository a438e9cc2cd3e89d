"""Lines from box to box."""

import itertools
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownergraph.report.chart import geometry
from ownergraph.report.chart.geometry import Route, route
from ownergraph.report.chart.model import GROUPS, Edge, Group, Node, Place, Shape

UPRIGHT: list[Group] = ["ownership", "control", "management", "accounts"]
ASIDE: list[Group] = ["money", "referral", "people"]


def line(group: Group = "ownership", slot: int = 0, slots: int = 1) -> Edge:
    return Edge("e", "a", "b", "R", group, "100%", ("r",), slot=slot, slots=slots)


def box(shape: Shape = "company", width: int = 150, height: int = 46) -> Node:
    return Node("n", "n", ("n",), shape, width, height)


def off_border(node: Node, at: Place, point: tuple[float, float]) -> float:
    """How far a point is from the border, 0 on it, as a part of the size of the box."""
    x, y = abs(point[0] - at.x) / (node.width / 2), abs(point[1] - at.y) / (node.height / 2)
    return abs((x * x + y * y) ** 0.5 - 1) if node.shape == "person" else abs(max(x, y) - 1)


spots = st.builds(Place, st.floats(-900, 900), st.floats(-900, 900))
shapes = st.sampled_from(["person", "company", "partnership", "fold"])
sizes = st.tuples(st.integers(96, 230), st.integers(40, 90))


@given(st.sampled_from(list(GROUPS)), spots, shapes, shapes, sizes, sizes, st.integers(1, 6), st.data())
def test_lines_run_from_border_to_border(group, b, one, two, first, second, slots, data) -> None:
    source, target, a = box(one, *first), box(two, *second), Place(0, 0)
    wide, high = (first[0] + second[0]) / 2, (first[1] + second[1]) / 2
    if abs(b.x) < wide + 40 and abs(b.y) < high + 40:
        b = Place(b.x, b.y + (high + 40) * (2 if b.y >= 0 else -2))
    got = route(line(group, data.draw(st.integers(0, slots - 1)), slots), source, a, target, b)
    assert off_border(source, a, got.curve[0]) < 1e-6
    assert off_border(target, b, got.curve[-1]) < 1e-6
    x, y = got.at(got.t)
    assert (got.x, got.y) == (round(x, 1), round(y, 1))


def test_straight_where_boxes_stand_above_each_other() -> None:
    got = route(line(), box(), Place(100, 0), box(), Place(100, 200))
    assert got == Route("M100.0,23.0 L100.0,177.0", 100.0, 100.0, ((100.0, 23.0), (100.0, 177.0)))
    nearly = route(line(), box(), Place(100, 0), box(), Place(112, 200))
    assert nearly.path == "M106.0,23.0 L106.0,177.0"


def test_upright_curves_leave_and_arrive_upright() -> None:
    (x1, y1), (x2, y2), (x3, y3), (x4, y4) = route(line(), box(), Place(0, 0), box(), Place(400, 200)).curve
    assert (x1, x3) == (x2, x4)
    assert y1 < y2 <= y3 < y4
    upward = route(line(), box(), Place(0, 200), box(), Place(400, 0)).curve
    assert upward[0][1] == 200 - 23
    assert upward[-1][1] == 23


@pytest.mark.parametrize("group", UPRIGHT)
@pytest.mark.parametrize("slots", [2, 3, 4])
def test_lines_between_the_same_boxes_are_spread(group: Group, slots: int) -> None:
    routes = [route(line(group, slot, slots), box(), Place(0, 0), box(), Place(0, 200)) for slot in range(slots)]
    xs = [r.curve[0][0] for r in routes]
    assert min(b - a for a, b in itertools.pairwise(xs)) >= 15
    ys = sorted(r.y for r in routes)
    assert min(b - a for a, b in itertools.pairwise(ys)) >= 15  # labels under each other


@pytest.mark.parametrize("group", ASIDE)
def test_the_two_directions_bow_to_different_sides(group: Group) -> None:
    there = route(line(group, 0, 2), box(), Place(0, 0), box(), Place(0, 200))
    back = route(line(group, 1, 2), box(), Place(0, 200), box(), Place(0, 0))
    assert there.x * back.x < 0
    beside = [
        route(line(group, 0, 2), box(), Place(0, 0), box(), Place(300, 0)),
        route(line(group, 1, 2), box(), Place(300, 0), box(), Place(0, 0)),
    ]
    assert beside[0].y * beside[1].y < 0


def test_lines_side_by_side_keep_clear_of_the_boxes() -> None:
    for group in GROUPS:
        got = route(line(group), box(), Place(0, 0), box(), Place(190, 0))
        assert abs(got.y) > 23 + 10


def test_lines_of_a_fan_part_at_the_border() -> None:
    starts = [route(line(), box(), Place(0, 0), box(), Place(x, 200)).curve[0][0] for x in (-300, -60, 60, 300)]
    assert starts == sorted(starts)
    assert starts[0] < 0 < starts[-1]


def test_a_triangle_is_left_in_its_middle() -> None:
    assert route(line(), box("partnership"), Place(0, 0), box(), Place(300, 200)).curve[0] == (0.0, 23.0)


@pytest.mark.skipif(not shutil.which("node"), reason="needs node")
def test_the_page_draws_by_the_same_rules(tmp_path: Path) -> None:
    script = Path(geometry.__file__).parent / "page" / "route.js"
    if not script.exists():
        pytest.skip("no page")
    cases, expected = [], []
    for number, (group, shape, slots, dx, dy) in enumerate(
        itertools.product(GROUPS, ("person", "company", "partnership"), (1, 3), (-260, -20, 0, 190), (-300, 0, 110))
    ):
        if not dy and abs(dx) < 190:
            continue
        source, target = box(shape), box("company", 120, 60)
        a, b = Place(10, 20), Place(10 + dx, 20 + dy)
        edge = line(group, number % slots, slots)
        expected.append(route(edge, source, a, target, b))
        cases.append({
            "edge": {"slot": edge.slot, "slots": slots, "og": {"group": group}},
            "source": {"w": source.width, "h": source.height, "shape": source.shape}, "a": {"x": a.x, "y": a.y},
            "target": {"w": target.width, "h": target.height, "shape": target.shape}, "b": {"x": b.x, "y": b.y},
        })  # fmt: skip
    (tmp_path / "run.js").write_text(
        f"const og = {{}};\n{script.read_text()}\nconst cases = {json.dumps(cases)};\n"
        "console.log(JSON.stringify(cases.map((c) => og.route(c.edge, c.source, c.a, c.target, c.b))));\n"
    )
    done = subprocess.run(["node", str(tmp_path / "run.js")], capture_output=True, text=True, check=True)
    for mine, theirs in zip(expected, json.loads(done.stdout), strict=True):
        assert (theirs["x"], theirs["y"]) == pytest.approx((mine.x, mine.y), abs=0.06)
        assert [c for point in theirs["curve"] for c in point] == pytest.approx([c for p in mine.curve for c in p])
