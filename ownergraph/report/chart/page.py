"""The page: one HTML file that holds its chart, its results, its style and its scripts, and asks for nothing else."""

import base64
import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ownergraph.audit.results import Report
from ownergraph.report.answers import mark
from ownergraph.report.chart.build import chart, members_around
from ownergraph.report.chart.edges import rows_of
from ownergraph.report.chart.payload import page_data
from ownergraph.report.chart.svg import light, svg
from ownergraph.report.chart.svg import style as drawing_style
from ownergraph.report.glossary import GLOSSARY
from ownergraph.report.links import Links
from ownergraph.report.safe import clean, escape_json
from ownergraph.report.text import STANDING, counted
from ownergraph.version import VERSION

if TYPE_CHECKING:
    from ownergraph.analysis import Graph
    from ownergraph.report.chart.model import Chart

SCRIPTS = (
    "state.js",
    "route.js",
    "lines.js",
    "draw.js",
    "panel.js",
    "one.js",
    "controls.js",
    "table.js",
    "print.js",
    "export.js",
)
"""Scripts of the page, in the order in which they build on each other."""
_FIRST = 'document.documentElement.dataset.scripts = "";'
"""Runs before the body: with scripts the static drawing is not laid out, which large charts would wait for."""


def page(
    g: "Graph", report: Report | None, *, around: str | None = None, hops: int = 2, folded: bool = True,
    client: bool = False, privileged: bool = False, links: Links | None = None,
) -> str:  # fmt: skip
    """The interactive chart as one HTML file.

    Args:
        g: the graph.
        report: its audit, to show the results beside the chart; None draws the structure alone.
        around: id of an entity; only what is within `hops` relations of it is drawn.
        hops: relations around it.
        folded: whether many alike are drawn as one at first.
        client: leave severities, scores and places in input files out of the file.
        privileged: head the page as a privileged draft.
        links: where the query behind a result opens; without it no result has a link.

    Raises:
        TooManyError: more entities than a chart can show.
        KeyError: no entity `around`.

    Complexity: the layout, plus O(rows + results).
    """
    members = members_around(g, around, hops)
    rows = rows_of(g, members)
    drawn = chart(g, rows, members, folded=folded, told=_told(report))
    data = page_data(drawn, rows, report, g.as_of, client=client, links=links)
    data["privileged"] = privileged
    return render(drawn, data, report)


def _told(report: Report | None) -> dict[str, str]:
    """What is said of who controls each practice; of several states what weighs most."""
    words: dict[str, str] = {}
    rank = ("not indicated", "undecided", "indicated")
    for answer in report.controls if report else ():
        words[answer.practice] = max(words.get(answer.practice, rank[0]), mark(answer, client=True), key=rank.index)
    return words


def picture(g: "Graph", *, around: str | None = None, hops: int = 2, folded: bool = True) -> str:
    """The chart as a static SVG drawing. Arguments, errors and cost as for `page`."""
    members = members_around(g, around, hops)
    drawn = chart(g, rows_of(g, members), members, folded=folded)
    return svg(drawn, standalone=True, caption=f"Facts as of {g.as_of}.")


def render(drawn: "Chart", data: dict[str, object], report: Report | None) -> str:
    """The file around the chart and its data. Every text is escaped by the template or by JSON."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("ownergraph.report.chart", "page"), autoescape=True, keep_trailing_newline=True
    )
    scripts = (_FIRST, _library(), _script())
    style, svg_style = _text("page.css"), f"{light()}\n{drawing_style()}"
    text: str = environment.get_template("page.html.j2").render(
        title=drawn.title, version=VERSION, counts=counted(report.counts) if report else "", as_of=data["asOf"],
        law_as_of=report.law_as_of if report else None, client=bool(report and data["audit"]["client"]),  # type: ignore[index]
        privileged=data["privileged"], standing=STANDING, tabs=_tabs(report), scripts=scripts, style=style,
        svg_style=svg_style, script_hashes=" ".join(map(_hash, scripts)),
        style_hashes=" ".join(map(_hash, (style, svg_style))), drawing=svg(drawn, standalone=False),
        data=_json(data), documents=[clean(one) for one in report.documents] if report else [],
        assumptions=[clean(one) for one in (*report.assumptions, *report.notes)] if report else [],
        glossary=GLOSSARY if report else (),
        inputs=", ".join(map(clean, report.inputs)) if report else "", digest=report.digest if report else "",
    )  # fmt: skip
    return text


def _tabs(report: Report | None) -> list[tuple[str, str, bool]]:
    audited = report is not None
    return [
        ("control", "Who controls", audited), ("results", "Results", audited), ("ask", "Ask", audited),
        ("returns", "Money back", audited), ("table", "Table", True), ("one", "Selected", False),
    ]  # fmt: skip


def _json(data: object) -> str:
    """JSON that no HTML parser can take for markup."""
    text = escape_json(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


@cache
def _text(name: str) -> str:
    return files("ownergraph.report.chart").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _script() -> str:
    return "\n".join(_text(name) for name in SCRIPTS)


@cache
def _library() -> str:
    """vis-network as the pyvis wheel ships it, without the link to its source map, which a browser would ask for."""
    folder = files("pyvis").joinpath("templates", "lib", "vis-9.1.2", "vis-network.min.js")
    text = folder.read_text(encoding="utf-8")
    text = re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)
    if "</script" in text.lower():  # another version of the library must not end its own element
        raise RuntimeError("vis-network holds the end of a script element")
    return text
