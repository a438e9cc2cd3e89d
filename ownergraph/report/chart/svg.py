"""The chart as a static drawing: for print, export, readers without scripts, and as text for those who do not see it.

Nothing in it runs and nothing is fetched. Colors never stand alone: kinds of boxes differ in shape, kinds of lines in
their tips and labels. The palette is after Okabe and Ito, "Color universal design", 2008, darkened so that small text
keeps its contrast on white.
"""

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from xml.sax.saxutils import escape, quoteattr

from ownergraph.report.chart.geometry import Route, route
from ownergraph.report.chart.layout_labels import room, spread
from ownergraph.report.chart.model import GROUPS, Chart, Edge, Group, Node, Place, Shape
from ownergraph.report.safe import clean

STANDING = "Indicators, not conclusions of law."
SENTENCES = 200
"""Lines that the text alternative tells of; the table of the page tells of all."""
_MARGIN = 48.0
_NARROWEST = 640.0
_SHAPES: dict[Shape, str] = {
    "person": "person", "company": "company", "partnership": "partnership or fund", "trust": "trust or estate",
    "government": "government", "account": "bank account", "fold": "several that are alike",
}  # fmt: skip
_LIGHT = {
    "ownership": "#1f2933", "control": "#b5460f", "management": "#0b63a5", "money": "#0a7a55", "referral": "#8a3b7d",
    "people": "#5b6472", "accounts": "#7a6000", "paper": "#ffffff", "ink": "#1b232c", "faint": "#525d69",
    "box": "#f7f9fb", "person": "#fffdf4", "fund": "#eef3fb", "foldbox": "#eef1f4", "lit": "#c2410c",
    "license": "#0a7a55",
}  # fmt: skip
_TIPS: dict[Group, tuple[str, str]] = {
    "ownership": ("M0 0 10 5 0 10z", ""),
    "control": ("M0 5 5 1 10 5 5 9z", ""),
    "management": ("M1 1 9 5 1 9z", "open"),
    "money": ("M0 0 10 5 0 10 3 5z", ""),
    "referral": ("M2 1 9 5 2 9", "bare"),
    "people": ("M2 5a3.5 3.5 0 1 1 7 0a3.5 3.5 0 1 1-7 0z", ""),
    "accounts": ("M2 1.5h7v7h-7z", ""),
}
"""Tips of lines, and whether they are filled."""
Box = tuple[float, float, float, float]


def style() -> str:
    """The style of the drawing, over variables that the page or `svg` sets."""
    return files("ownergraph.report.chart").joinpath("svg.css").read_text(encoding="utf-8")


def light() -> str:
    """The variables on white paper."""
    return ":root { " + " ".join(f"--{name}: {color};" for name, color in _LIGHT.items()) + " }"


def svg(chart: Chart, *, standalone: bool, shown: Collection[str] | None = None, caption: str = "") -> str:
    """The drawing, with folds as they are at first.

    Args:
        chart: the chart.
        standalone: a file of its own, with style, legend and standing line. Otherwise a part of a page that brings the
            style; it also holds the boxes inside folds, hidden, which the page moves when a fold is opened.
        shown: ids of the boxes to draw, also from inside folds, which then stand as in their opened fold; all that are
            in no fold where it is not given.
        caption: what stands under the drawing, as the day of the facts.

    Returns:
        SVG text; every name is escaped. The same for the same chart.

    Complexity: O((boxes + lines) x what is near), for the labels.
    """
    places = _places(chart)
    seen = set(chart.places) if shown is None else set(shown) & set(places)
    top = [node for node in chart.nodes if node.id in seen]
    known = {node.id: node for node in top}
    edges = [edge for edge in chart.edges if edge.source in known and edge.target in known]
    ways = {e.id: route(e, known[e.source], places[e.source], known[e.target], places[e.target]) for e in edges}
    boxes = [_box(node, places) for node in top]
    labels = spread([(edge.id, ways[edge.id], clean(edge.label)) for edge in edges], boxes)
    left, upper, right, lower = _bounds(boxes, edges, ways, labels)
    body = ["<defs>", *map(_tip, _TIPS), "</defs>", '<g class="edges">']
    body += [_edge(edge, ways[edge.id], labels[edge.id]) for edge in edges]
    body += ["</g>", '<g class="nodes">']
    body += [
        _node(node, places.get(node.id, Place(0.0, 0.0)), hidden=node.id not in known)
        for node in chart.nodes
        if node.id in known or not standalone
    ]
    body.append("</g>")
    size = ""
    if standalone:
        missing = max(0.0, _NARROWEST - (right - left)) / 2
        left, right = left - missing, right + missing
        legend, high = _legend(top, edges, left + _MARGIN, lower, right - _MARGIN, caption)
        heading = _few(clean(chart.title), right - left - 2 * _MARGIN, 10.5)
        upper, lower = upper - 40, lower + high
        style_ = re.sub(r"var\(--([a-z]+)\)", lambda found: _LIGHT[found[1]], style())  # not all readers know variables
        body = [
            f"<style>{style_}</style>",
            f'<rect class="paper" x="{left:.1f}" y="{upper:.1f}" width="{right - left:.1f}" '
            f'height="{lower - upper:.1f}"/>',
            f'<text class="heading" x="{left + _MARGIN:.1f}" y="{upper + 46:.1f}">{_text(heading)}</text>',
            *body,
            *legend,
        ]
        size = f' width="{right - left:.0f}" height="{lower - upper:.0f}"'
    return "\n".join([
        '<svg xmlns="http://www.w3.org/2000/svg" class="drawing" role="img" aria-labelledby="drawing-title '
        f'drawing-text" viewBox="{left:.1f} {upper:.1f} {right - left:.1f} {lower - upper:.1f}"{size}>',
        f'<title id="drawing-title">{_text(chart.title)}</title>',
        f'<desc id="drawing-text">{_text(" ".join(_sentences(top, edges, known)))}</desc>',
        *body,
        "</svg>",
    ])  # fmt: skip


def _text(text: str) -> str:
    return escape(clean(text))


def _id(text: str) -> str:
    """An id as an attribute; what XML cannot hold at all is replaced."""
    return quoteattr(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", text))


def _few(text: str, width: float, letter: float) -> str:
    """The text, cut where it would be wider."""
    most = max(4, int(width / letter))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _places(chart: Chart) -> dict[str, Place]:
    """Where everything stands, members of folds as if their fold were open."""
    out = dict(chart.places)
    for fold, block in chart.blocks.items():
        if (middle := chart.places.get(fold)) is not None:
            out |= {who: Place(middle.x + at.x, middle.y + at.y) for who, at in block.places.items()}
    return out


def _box(node: Node, places: Mapping[str, Place]) -> Box:
    at = places[node.id]
    return at.x - node.width / 2, at.y - node.height / 2, at.x + node.width / 2, at.y + node.height / 2


def _bounds(
    boxes: Sequence[Box], edges: Iterable[Edge], ways: Mapping[str, Route], labels: Mapping[str, tuple[float, float]]
) -> Box:
    """The room of boxes, lines and labels with a margin."""
    taken = list(boxes)
    for edge in edges:
        x, y = labels[edge.id]
        taken.append((x - room(edge.label) / 2, y - 8, x + room(edge.label) / 2, y + 8))
        taken += [(a, b, a, b) for a, b in (ways[edge.id].at(t / 8) for t in range(9))]
    taken = taken or [(0.0, 0.0, 100.0, 100.0)]
    return (
        min(box[0] for box in taken) - _MARGIN,
        min(box[1] for box in taken) - _MARGIN,
        max(box[2] for box in taken) + _MARGIN,
        max(box[3] for box in taken) + _MARGIN,
    )


def _sentences(nodes: Sequence[Node], edges: Sequence[Edge], known: Mapping[str, Node]) -> Iterator[str]:
    """Who owns and who manages what, then everything else, up to the limit."""
    yield f"Structure chart: {len(nodes):,} boxes, {len(edges):,} lines."
    verbs = {"OWNS": "owns", "MANAGES": "manages"}
    said = [edge for edge in edges if edge.relation in verbs]
    said += [edge for edge in edges if edge.relation not in verbs]
    for edge in said[:SENTENCES]:
        first, second = known[edge.source].name, known[edge.target].name
        if edge.relation in verbs:
            text = edge.label.removeprefix("manages").removeprefix(": ")
            maybe = "possibly " if edge.possible else ""
            yield f"{first} {maybe}{verbs[edge.relation]} {second}{f' ({text})' if text else ''}."
        else:
            yield f"{first} to {second}: {edge.label}."
    if len(said) > SENTENCES:
        yield f"And {len(said) - SENTENCES:,} more."


# --- lines ----------------------------------------------------------------------------------------------------------


def _tip(group: Group) -> str:
    data, filled = _TIPS[group]
    kind = f' class="{filled}"' if filled else ""
    size = 7 if group in ("people", "accounts") else 10
    return (
        f'<marker id="arrow-{group}" class="{group}" viewBox="-1 -1 12 12" refX="9.5" refY="5" markerWidth="{size}" '
        f'markerHeight="{size}" markerUnits="userSpaceOnUse" orient="auto"><path{kind} d="{data}"/></marker>'
    )


def _edge(edge: Edge, way: Route, label: tuple[float, float]) -> str:
    kind = f"edge {edge.group}" + (" possible" if edge.possible else "")
    return (
        f'<g class="{kind}" data-id={_id(edge.id)}><path d="{way.path}" marker-end="url(#arrow-{edge.group})"/>'
        f'<text x="{label[0]:.1f}" y="{label[1]:.1f}">{_text(edge.label)}</text></g>'
    )


# --- boxes ----------------------------------------------------------------------------------------------------------


def outline(shape: Shape, width: float, height: float) -> str:
    """The outline of a box around (0, 0)."""
    w, h = width / 2, height / 2
    box = f'x="{-w:.1f}" y="{-h:.1f}" width="{width:.1f}" height="{height:.1f}"'
    one = f'<rect class="outline" {box} rx="2"/>'
    match shape:
        case "person":
            return f'<ellipse class="outline" rx="{w:.1f}" ry="{h:.1f}"/>'
        case "partnership":  # a triangle over its name: inside of it there is no room for one
            low = min(30.0, height)
            side = min(w, 1.25 * low)
            return (
                f'<rect class="back" {box}/><path class="outline" d="M0 {-h:.1f} {side:.1f} {low - h:.1f} '
                f'{-side:.1f} {low - h:.1f}Z"/>'
            )
        case "trust":
            c = min(14.0, width / 6)
            return (
                f'<path class="outline" d="M{c - w:.1f} {-h:.1f} {w - c:.1f} {-h:.1f} {w:.1f} 0 {w - c:.1f} {h:.1f} '
                f'{c - w:.1f} {h:.1f} {-w:.1f} 0Z"/>'
            )
        case "account":
            return f'<rect class="outline" {box} rx="12"/>'
        case "fold":
            back = f'<rect class="outline" {box} rx="2" transform="translate(%d,%d)"/>'
            return back % (8, 8) + back % (4, 4) + one
        case "government":
            inner = f'x="{3 - w:.1f}" y="{3 - h:.1f}" width="{width - 6:.1f}" height="{height - 6:.1f}"'
            return f'{one}<rect class="outline inner" {inner} rx="1"/>'
    return one


def _node(node: Node, at: Place, *, hidden: bool) -> str:
    return (
        f'<g class="node {node.shape}{" in-fold" if hidden else ""}" data-id={_id(node.id)} '
        f'transform="translate({at.x:.1f},{at.y:.1f})"><title>{_text(_told(node))}</title>'
        f"{outline(node.shape, node.width, node.height)}{''.join(_words(node))}{''.join(_marks(node))}</g>"
    )


def _words(node: Node) -> Iterator[str]:
    """Name and caption, centered; a line that is too long for its box is pressed together, then cut."""
    tall = 16 * len(node.lines) + (14 if node.caption else 0)
    y = -tall / 2 + 12.5
    if node.shape == "partnership":
        y = node.height / 2 - tall + 10.5
    inside = max(20.0, node.width * (0.92 if node.shape in ("person", "trust") else 1.0) - 8)
    for number, line in enumerate([*node.lines, node.caption]):
        is_caption = number == len(node.lines)
        if is_caption and not line:
            break
        letter = 5.8 if is_caption else 6.9
        shown = _few(clean(line), inside, 0.72 * letter)
        press = f' textLength="{inside:.0f}" lengthAdjust="spacingAndGlyphs"' if len(shown) * letter > inside else ""
        kind = ' class="caption"' if is_caption else ""
        yield f'<text{kind} y="{y - is_caption:.1f}"{press}>{_text(shown)}</text>'
        y += 16


def _told(node: Node) -> str:
    marks = (", licensed professional" if node.licensed else "") + (
        ", owners not all listed" if node.hidden_owners else ""
    )
    return f"{node.name} ({_SHAPES[node.shape]}{', ' + node.caption if node.caption else ''}{marks})"


def _marks(node: Node) -> Iterator[str]:
    """Left of the box, where findings of a page leave room."""
    w, h = node.width / 2, node.height / 2
    low = h - 4
    if node.shape == "partnership":  # beside its triangle
        w, low = min(w, 50.0), min(low, 26 - h)
    if node.licensed:
        yield _licensed(4 - w, 6 - h)
    if node.hidden_owners:
        yield _unlisted(4 - w, low)


def _licensed(x: float, y: float) -> str:
    return (
        f'<g transform="translate({x:.1f},{y:.1f})"><title>Lic.: licensed professional</title>'
        '<circle class="license" r="8.5"/><path class="cross" d="M0 -4.5v9M-4.5 0h9"/></g>'
    )


def _unlisted(x: float, y: float) -> str:
    return (
        f'<g transform="translate({x:.1f},{y:.1f})"><title>Owners not all listed</title>'
        '<circle class="unlisted" r="8.5"/><text class="mark" y="4">?</text></g>'
    )


# --- legend ---------------------------------------------------------------------------------------------------------


def _legend(
    nodes: Sequence[Node], edges: Sequence[Edge], left: float, top: float, right: float, caption: str
) -> tuple[list[str], float]:
    """What occurs in the drawing, in rows as wide as it is; then how it is meant. Returns it with its height."""
    shapes, groups = {node.shape for node in nodes}, {edge.group for edge in edges}
    rows = [
        [
            *((f'<g class="node {s}">{outline(s, 26, 16)}</g>', text) for s, text in _SHAPES.items() if s in shapes),
            *([(_licensed(0, 0), "licensed professional")] if any(node.licensed for node in nodes) else []),
            *([(_unlisted(0, 0), "owners not all listed")] if any(node.hidden_owners for node in nodes) else []),
        ],
        [
            *((_sample(group, ""), text) for group, text in GROUPS.items() if group in groups),
            *([(_sample("ownership", " possible"), "only possible")] if any(e.possible for e in edges) else []),
        ],
    ]
    out = ['<g class="legend">', f'<path class="rule" d="M{left:.1f} {top:.1f}H{right:.1f}"/>']
    y = top + 2
    for row in filter(None, rows):
        x, y = left, y + 26
        for drawing, text in row:
            wide = 68 + 6.6 * len(text)
            if x > left and x + wide - 24 > right:
                x, y = left, y + 26
            out.append(f'<g transform="translate({x + 18:.1f},{y:.1f})">{drawing}</g>')
            out.append(f'<text x="{x + 44:.1f}" y="{y + 4:.1f}">{_text(text)}</text>')
            x += wide
    y += 36
    out.append(f'<text class="standing" x="{left:.1f}" y="{y:.1f}">{STANDING}</text>')
    for line in textwrap.wrap(clean(caption), max(20, int((right - left) / 6.6)), max_lines=6, placeholder=" …"):
        y += 18
        out.append(f'<text x="{left:.1f}" y="{y:.1f}">{_text(line)}</text>')
    return [*out, "</g>"], y + 28 - top


def _sample(group: Group, more: str) -> str:
    return f'<g class="edge {group}{more}"><path d="M-18 0H18" marker-end="url(#arrow-{group})"/></g>'
