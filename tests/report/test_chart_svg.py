"""The static drawing of a chart."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.report.chart.geometry import route
from ownergraph.report.chart.layout import block, place
from ownergraph.report.chart.layout_labels import room, spread
from ownergraph.report.chart.model import GROUP_OF, GROUPS, Chart, Edge, Node, Place
from ownergraph.report.chart.svg import STANDING, light, style, svg
from tests.report.test_chart_layout import Deal, friendly, platform

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "]]></style><script>",
    "&lt;b&gt; &amp; &#60;",
    "\u05d0\u05d1\u05d2 \u202egnihtyreve\u202c \u0645\u0631\u062d\u0628\u0627",
    "x" * 300,
    "javascript:alert(1)",
    "url(https://example.com/x)",
    "\x00\x1b\ud800\uffff",
    "",
]


def chart(deal: Deal, title: str = "Structure") -> Chart:
    return Chart(title, tuple(deal.nodes.values()), tuple(deal.edges), deal.places(), {})


def folded() -> Chart:
    """A manager with a fold of three practices, each with an owner inside of it."""
    deal = Deal()
    deal.box("fold", "fold", members=("p0", "p1", "p2"))
    deal.line("mso", "MANAGES", "fold", "manages × 3", folded=True)
    for i in range(3):
        deal.box(f"p{i}", "company", "practice", fold="fold")
        deal.box(f"d{i}", "person", fold="fold", licensed=True)
        deal.line("mso", "MANAGES", f"p{i}", "manages")
        deal.line(f"d{i}", "OWNS", f"p{i}", "100%")
    top = [n for n in deal.nodes.values() if n.fold is None]
    inner = [n for n in deal.nodes.values() if n.fold]
    return Chart(
        "Folds",
        tuple(deal.nodes.values()),
        tuple(deal.edges),
        place(top, deal.edges),
        {"fold": block(inner, deal.edges)},
    )


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def ids(root: ElementTree.Element, kind: str) -> list[str]:
    return [
        g.attrib["data-id"]
        for g in root.iter(f"{SVG}g")
        if kind in g.attrib.get("class", "").split() and "data-id" in g.attrib
    ]


def inert(text: str) -> None:
    """Nothing that runs, links or loads."""
    root = parsed(text)
    allowed = {"svg", "title", "desc", "style", "defs", "marker", "path", "g", "rect", "ellipse", "circle", "text"}
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in allowed
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            assert name not in ("href", "style", "src")
            assert name in ("data-id", "aria-labelledby") or "url(" not in value or value.startswith("url(#arrow-")
    css = "".join(element.text or "" for element in root.iter(f"{SVG}style"))
    assert "url(" not in css
    assert "@import" not in css


def test_it_holds_exactly_what_is_drawn() -> None:
    deal = platform()
    for standalone in (True, False):
        root = parsed(svg(chart(deal), standalone=standalone))
        assert sorted(deal.nodes) == sorted(ids(root, "node"))
        assert sorted(e.id for e in deal.edges) == sorted(ids(root, "edge"))
        inert(svg(chart(deal), standalone=standalone))


def test_every_box_is_drawn_around_its_place() -> None:
    deal = friendly()
    root, at = parsed(svg(chart(deal), standalone=True)), deal.places()
    for group in root.iter(f"{SVG}g"):
        if "data-id" in group.attrib and "node" in group.attrib["class"].split():
            where = at[group.attrib["data-id"]]
            assert group.attrib["transform"] == f"translate({where.x:.1f},{where.y:.1f})"
            assert deal.nodes[group.attrib["data-id"]].name in group.findtext(f"{SVG}title", "")


def test_folds_are_closed_on_their_own_and_hidden_in_a_page() -> None:
    alone = parsed(svg(folded(), standalone=True))
    assert sorted(ids(alone, "node")) == ["fold", "mso"]
    assert ids(alone, "edge") == ["MANAGES:mso>fold"]
    inside = parsed(svg(folded(), standalone=False))
    assert sorted(ids(inside, "node")) == ["d0", "d1", "d2", "fold", "mso", "p0", "p1", "p2"]
    assert sorted(ids(inside, "in-fold")) == ["d0", "d1", "d2", "p0", "p1", "p2"]


def test_an_opened_fold_is_drawn_where_it_is_asked_for() -> None:
    one = folded()
    text = svg(one, standalone=True, shown=["mso", "p0", "p1", "p2", "d0", "nobody"])
    root = parsed(text)
    assert sorted(ids(root, "node")) == ["d0", "mso", "p0", "p1", "p2"]
    assert sorted(ids(root, "edge")) == ["MANAGES:mso>p0", "MANAGES:mso>p1", "MANAGES:mso>p2", "OWNS:d0>p0"]
    middle, off = one.places["fold"], one.blocks["fold"].places["p1"]
    assert f'data-id="p1" transform="translate({middle.x + off.x:.1f},{middle.y + off.y:.1f})"' in text


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(name: str) -> None:
    deal = Deal()
    for shape in ("person", "company", "partnership", "trust", "government", "account", "fold"):
        deal.nodes[f"{name}{shape}"] = Node(
            f"{name}{shape}", name, (name,), shape, 120, 46, caption=name, licensed=True, hidden_owners=True
        )
    deal.line(f"{name}person", "OWNS", f"{name}company", name, possible=True)
    for standalone in (True, False):
        text = svg(chart(deal, name), standalone=standalone, caption=name)
        inert(text)
        assert not re.search(
            r"[\u202a-\u202e\u2066-\u2069\x00-\x08]", re.sub(r"data-id=(\"[^\"]*\"|'[^']*')", "", text)
        )
    if name.isprintable():
        assert f"{name}person" in ids(parsed(svg(chart(deal), standalone=True)), "node")


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.text(max_size=40))
@settings(deadline=None)
def test_any_text(name: str, label: str) -> None:
    deal = Deal()
    deal.nodes["a"] = Node("a", name, (name,), "company", 120, 46, caption=label)
    deal.line("a", "OWNS", "b", label)
    inert(svg(chart(deal, name), standalone=True, caption=label))


def test_long_names_stay_in_their_boxes() -> None:
    deal = Deal()
    deal.nodes["a"] = Node("a", "W" * 300, ("W" * 300,), "company", 120, 46)
    words = [t for t in parsed(svg(chart(deal), standalone=True)).iter(f"{SVG}text") if (t.text or "").startswith("WW")]
    assert [(float(t.attrib["textLength"]) <= 120, len(t.text or "") < 30) for t in words] == [(True, True)]


def test_it_reads_as_text() -> None:
    deal = friendly()
    deal.edges.append(replace(deal.edges[0], id="x", source="doctor", target="mso", label="unknown", possible=True))
    root = parsed(svg(chart(deal), standalone=True))
    said = root.findtext(f"{SVG}desc", "")
    assert root.attrib["role"] == "img"
    assert root.attrib["aria-labelledby"] == "drawing-title drawing-text"
    assert "6 boxes, 8 lines" not in said
    assert f"{len(deal.nodes)} boxes, {len(deal.edges)} lines" in said
    assert "fund owns mso (100%)." in said
    assert "mso manages pc (10% of collections)." in said
    assert "doctor possibly owns mso (unknown)." in said


def test_the_text_alternative_ends_after_two_hundred_lines() -> None:
    deal = Deal()
    for i in range(230):
        deal.line(f"a{i:03}", "OWNS", f"b{i:03}", "100%")
    said = parsed(svg(chart(deal), standalone=True)).findtext(f"{SVG}desc", "")
    assert said.count(" owns ") == 200
    assert said.endswith("And 30 more.")


def test_the_legend_names_what_occurs() -> None:
    deal = friendly()
    deal.box("doctor", "person", licensed=True)
    text = svg(chart(deal), standalone=True, caption="Facts as of 2025-06-01.")
    legend = " ".join(
        t.text or ""
        for g in parsed(text).iter(f"{SVG}g")
        if g.attrib.get("class") == "legend"
        for t in g.iter(f"{SVG}text")
    )
    for word in ("person", "company", "partnership", "licensed professional", "Ownership", "Management"):
        assert word in legend
    for word in ("trust", "government", "owners not all listed", "Referrals", "only possible"):
        assert word not in legend
    assert f"{STANDING} Facts as of 2025-06-01." in legend
    assert STANDING not in svg(chart(deal), standalone=False)


def test_everything_is_within_the_drawing() -> None:
    for deal in (friendly(), platform()):
        root = parsed(svg(chart(deal), standalone=True))
        left, top, width, height = map(float, root.attrib["viewBox"].split())
        for name, at in deal.places().items():
            node = deal.nodes[name]
            assert left < at.x - node.width / 2 < at.x + node.width / 2 < left + width
            assert top < at.y - node.height / 2 < at.y + node.height / 2 < top + height
        for text in root.iter(f"{SVG}text"):
            if "x" in text.attrib:
                assert left < float(text.attrib["x"]) < left + width
                assert top < float(text.attrib["y"]) < top + height


def test_a_file_of_its_own_knows_no_variables_and_a_page_brings_them() -> None:
    alone, inside = (svg(chart(friendly()), standalone=standalone) for standalone in (True, False))
    assert "var(" not in alone
    assert "<style" not in inside
    assert set(re.findall(r"var\(--([a-z]+)\)", style())) <= set(re.findall(r"--([a-z]+):", light()))
    assert re.findall(r"https?://[^\"']+", alone) == ["http://www.w3.org/2000/svg"]


def test_no_color_stands_alone() -> None:
    """Every group of lines has a tip of its own form."""
    tips = re.findall(r'<marker id="arrow-([a-z]+)".*? d="([^"]+)"', svg(chart(friendly()), standalone=True))
    assert [group for group, _ in tips] == list(GROUPS)
    assert len({form for _, form in tips}) == len(GROUPS)


def contrast(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    light_ = sum(
        k * (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
        for k, c in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
    )
    return 1.05 / (light_ + 0.05)


@pytest.mark.parametrize("group", GROUPS)
def test_labels_are_legible_on_white(group: str) -> None:
    colors = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", light()))
    assert contrast(colors[group]) >= 4.5


def test_the_same_chart_gives_the_same_drawing() -> None:
    deal = platform()
    assert svg(chart(deal), standalone=True) == svg(chart(platform()), standalone=True)
    backwards = Deal()
    backwards.nodes = dict(reversed(deal.nodes.items()))
    backwards.edges = deal.edges[::-1]
    assert ids(parsed(svg(chart(backwards), standalone=True)), "node") == list(reversed(list(deal.nodes)))
    assert backwards.places() == deal.places()


def test_an_empty_chart() -> None:
    inert(svg(Chart("", (), (), {}, {}), standalone=True))
    inert(svg(Chart("", (), (), {}, {}), standalone=False))


def test_labels_lie_neither_on_boxes_nor_on_each_other() -> None:
    deal = platform()
    at = deal.places()
    lines = [
        (e.id, route(e, deal.nodes[e.source], at[e.source], deal.nodes[e.target], at[e.target]), e.label)
        for e in deal.edges
    ]
    boxes = [(at[n.id].x - n.width / 2, at[n.id].y - n.height / 2, at[n.id].x + n.width / 2, at[n.id].y + n.height / 2)
             for n in deal.nodes.values()]  # fmt: skip
    spots = spread(lines, boxes)
    taken = list(boxes)
    bad = []
    for name, _, text in lines:
        x, y = spots[name]
        box = (x - room(text) / 2, y - 7, x + room(text) / 2, y + 7)
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
            bad.append(name)
        taken.append(box)
    assert bad == []


def test_marks_and_dashes() -> None:
    deal = Deal()
    deal.box("a", "person", licensed=True)
    deal.box("b", hidden_owners=True)
    deal.edges.append(Edge("e", "a", "b", "OWNS", GROUP_OF["OWNS"], "share unknown", ("r",), possible=True))
    text = svg(
        Chart("T", tuple(deal.nodes.values()), tuple(deal.edges), {"a": Place(0, 0), "b": Place(0, 150)}, {}),
        standalone=False,
    )
    assert "a (person, licensed professional)" in text
    assert "b (company, owners not all listed)" in text
    assert '<g class="edge ownership possible" data-id="e">' in text
    assert ">Lic.: licensed professional<" in text
