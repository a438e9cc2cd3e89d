"""Many alike drawn as one: "37 practices, CA".

Practices are alike where they have the same roles, states, shape and marks and the same relations with the same hubs; a
hub is who has relations with many. What is tied to nobody but members of one fold and hubs (an account, an owner of one
practice) goes into the fold with them. What differs, even by an unknown share, stays in sight.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ownergraph.report.chart.boxes import sized, wrap
from ownergraph.report.chart.edges import joined, span
from ownergraph.report.chart.model import Edge, Node

FEWEST = 3
"""Boxes that are worth a fold."""
MANY = 4
"""Owners, managers or referrers that make a hub of who has them."""
SMALL = 16
"""A chart with no more boxes than this has no folds: all of it can be read."""
_PLURAL = {"practice": "practices", "person": "persons", "facility": "facilities", "laboratory": "laboratories",
           "pharmacy": "pharmacies"}  # fmt: skip


def fold(
    nodes: Sequence[Node], edges: Sequence[Edge], told: Mapping[str, str] | None = None
) -> tuple[list[Node], list[Edge]]:
    """The same boxes, with folds where many are alike, and lines from and to the folds. O(boxes + lines).

    Args:
        nodes: the boxes.
        edges: the lines.
        told: what the results say of a box in a word or two; a fold tells how many of each it holds.
    """
    told = told or {}
    if len(nodes) <= SMALL:
        return list(nodes), list(edges)
    touching: dict[str, list[tuple[Edge, str]]] = {node.id: [] for node in nodes}
    for edge in edges:
        touching[edge.source].append((edge, edge.target))
        touching[edge.target].append((edge, edge.source))
    near = {entity: {other for _, other in ties} - {entity} for entity, ties in touching.items()}
    hubs = _hubs(edges)
    alike: dict[tuple[object, ...], list[Node]] = {}
    for node in nodes:
        if node.shape == "account" or node.id in hubs:
            continue
        ties = Counter(
            (edge.relation, edge.possible, edge.source == node.id, other)
            for edge, other in touching[node.id]
            if other in hubs
        )
        if ties:
            key = (node.roles, node.states, node.shape, node.licensed, node.hidden_owners)
            alike.setdefault((*key, frozenset(ties.items())), []).append(node)
    inside: dict[str, str] = {}
    for number, group in enumerate(g for g in alike.values() if len(g) >= FEWEST):
        name = f" fold {number + 1}"  # no id of the input begins with a space
        inside |= dict.fromkeys((node.id for node in group), name)
    chosen = set(inside)
    _follow(nodes, near, hubs, inside)
    held: dict[str, list[Node]] = {name: [] for name in dict.fromkeys(inside.values())}
    for node in nodes:
        if node.id in inside:
            held[inside[node.id]].append(node)
    boxes = [_box(name, [node for node in own if node.id in chosen], own, told) for name, own in held.items()]
    kept = [replace(node, fold=inside.get(node.id)) for node in nodes]
    return [*kept, *boxes], [*edges, *_merged(edges, inside)]


def _hubs(edges: Sequence[Edge]) -> set[str]:
    """Who has one relation with at least `FEWEST` others, or is at the other end of `MANY`."""
    out: dict[tuple[str, str], set[str]] = {}
    into: dict[tuple[str, str], set[str]] = {}
    for edge in edges:
        out.setdefault((edge.source, edge.relation), set()).add(edge.target)
        into.setdefault((edge.target, edge.relation), set()).add(edge.source)
    hubs = {who for (who, _), ends in out.items() if len(ends) >= FEWEST}
    return hubs | {who for (who, _), ends in into.items() if len(ends) >= MANY}


def _follow(nodes: Sequence[Node], near: dict[str, set[str]], hubs: set[str], inside: dict[str, str]) -> None:
    """Take into a fold what is tied to its members and hubs alone."""
    for _ in range(2):  # an account of a practice, then who signs on that account alone
        for node in nodes:
            if node.id in inside or node.id in hubs:
                continue
            folds = {inside.get(other) for other in near[node.id] if other not in hubs or other in inside}
            if len(folds) == 1 and (name := next(iter(folds))) is not None:
                inside[node.id] = name


def _box(name: str, heads: list[Node], members: list[Node], told: Mapping[str, str]) -> Node:
    first = heads[0]
    what = first.roles[0] if first.roles else "person" if first.shape == "person" else "entity"
    plural = _PLURAL.get(what, f"{what}s")
    if first.licensed:
        plural = f"{first.caption.split(',')[0]}s"
    text = f"{len(heads)} {plural}"
    if first.states:
        text += f", {', '.join(first.states[:3])}"
    box = Node(
        name, text, wrap(text), "fold", 0, 0, caption=_caption(heads, told), roles=first.roles,
        states=first.states, licensed=first.licensed, hidden_owners=first.hidden_owners,
        members=tuple(node.id for node in members),
    )  # fmt: skip
    return sized(box)


def _caption(heads: list[Node], told: Mapping[str, str]) -> str:
    """What the results say of who is in a fold, with numbers where it is not the same of all."""
    counts = Counter(told[node.id] for node in heads if node.id in told)
    if not counts:
        return "open to see each"
    if len(counts) == 1:
        return f"control: {next(iter(counts))}"
    return f"control: {', '.join(f'{many} {word}' for word, many in counts.most_common())}"


def _merged(edges: Sequence[Edge], inside: dict[str, str]) -> list[Edge]:
    """One line a relation between a fold and what is outside of it."""
    bundles: dict[tuple[str, str, str, bool], list[Edge]] = {}
    for edge in edges:
        source, target = inside.get(edge.source, edge.source), inside.get(edge.target, edge.target)
        if source != target and (source, target) != (edge.source, edge.target):
            bundles.setdefault((source, target, edge.relation, edge.possible), []).append(edge)
    out = []
    for (source, target, relation, possible), group in bundles.items():
        start, end = span([edge.start for edge in group], [edge.end for edge in group])
        out.append(
            Edge(
                id=f"{relation}:{source}>{target}" + ("?" if possible else ""), source=source, target=target,
                relation=relation, group=group[0].group, label=joined([edge.label for edge in group]),
                rows=tuple(row for edge in group for row in edge.rows), possible=possible,
                start=start, end=end, folded=True,
            )
        )  # fmt: skip
    return out
