"""The chart of a graph: its boxes and lines, folds, and places."""

from collections.abc import Collection, Mapping

from ownergraph.analysis import Graph
from ownergraph.report.chart.boxes import boxes
from ownergraph.report.chart.edges import Row, lines, slots
from ownergraph.report.chart.folds import fold
from ownergraph.report.chart.layout import block, place, ringed
from ownergraph.report.chart.layout_stagger import stagger
from ownergraph.report.chart.model import Chart, Edge, Node
from ownergraph.report.safe import clean

MOST = 6_000
"""Entities that are drawn at most; more would be a gray cloud that nobody can read."""


class TooManyError(ValueError):
    """More entities than a chart can show."""


def members_around(g: Graph, around: str | None, hops: int) -> frozenset[str] | None:
    """Ids within `hops` relations of an entity; None, which stands for all, where none is given.

    Raises:
        KeyError: no such entity.
    """
    return None if around is None else frozenset(g.around(around, hops).entities["id"])


def chart(
    g: Graph, rows: dict[str, Row], members: Collection[str] | None = None, *, folded: bool = True,
    told: Mapping[str, str] | None = None,
) -> Chart:  # fmt: skip
    """The chart of a graph, or of some of its entities.

    Args:
        g: the graph.
        rows: what `rows_of` gives for the same members.
        members: ids of entities; all of them where it is not given.
        folded: whether many alike are drawn as one.
        told: what results say of an entity; see `folds.fold`.

    Raises:
        TooManyError: more than `MOST` entities.

    Complexity: that of `layout.place`, which is most of it.
    """
    count = g.entities.height if members is None else len(set(members))
    if count > MOST:
        raise TooManyError(
            f"{count:,} entities are too many for one chart (at most {MOST:,}); name one with --around and the "
            "relations around it with --hops"
        )
    nodes = boxes(g, members)
    edges = lines(g, rows, {node.id for node in nodes})
    if folded:
        nodes, edges = fold(nodes, edges, told)
    edges = slots(edges)
    top = [node for node in nodes if node.fold is None]
    shown = {node.id for node in top}
    between = [edge for edge in edges if edge.source in shown and edge.target in shown]
    places = place(top, between)
    if not ringed(top, between):  # rings keep their form
        places = stagger(top, places)
    inside = {node.id: node.fold for node in nodes if node.fold is not None}
    held: dict[str, tuple[list[Node], list[Edge]]] = {box.id: ([], []) for box in top if box.members}
    for node in nodes:
        if node.fold is not None:
            held[node.fold][0].append(node)
    for edge in edges:
        if (home := inside.get(edge.source)) is not None and home == inside.get(edge.target):
            held[home][1].append(edge)
    blocks = {name: block(*members) for name, members in held.items()}
    return Chart(clean(g.structure.name or "Structure"), tuple(nodes), tuple(edges), places, blocks)
