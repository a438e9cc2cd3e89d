"""Values that queries give, as plain data and as text: paths, nodes, relationships, dates."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ownergraph.model.shares import show_share

_SHOWN = ("name", "title", "code", "id")


def plain(value: Any) -> Any:
    """A value as JSON has it: a path as its nodes and relationships, a date as text. O(size)."""
    from neo4j.graph import Node, Path, Relationship
    from neo4j.time import Date

    if isinstance(value, Path):
        return {
            "nodes": [node.get("id") for node in value.nodes],
            "relationships": [plain(one) for one in value.relationships],
        }
    if isinstance(value, Node):
        return {"labels": sorted(value.labels), **{k: plain(v) for k, v in sorted(value.items())}}
    if isinstance(value, Relationship):
        ends = [node.get("id") if node is not None else None for node in value.nodes]
        return {"type": value.type, "id": value.get("id"), "from": ends[0], "to": ends[1]}
    if isinstance(value, Date):
        return value.iso_format()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    return value


def text(value: Any) -> str:
    """A value as one cell of a table. A path is a chain: `Dr. Lopez -OWNS 100%-> Coastal Medical, PC`."""
    from neo4j.graph import Node, Path, Relationship

    if value is None:
        return "not decided" if value is None else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Path):
        return _chain(value)
    if isinstance(value, Node):
        return _name(value)
    if isinstance(value, Relationship):
        return _verb(value)
    if isinstance(value, list):
        return "; ".join(text(one) for one in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(plain(value))


def _name(node: Any) -> str:
    return str(next((node[k] for k in _SHOWN if node.get(k) is not None), "?"))


def _verb(one: Any) -> str:
    share = f" {show_share(one['share_min'], one['share_max'])}" if "share_min" in one and "share_max" in one else ""
    return f"{one.type}{share}"


def _chain(path: Any) -> str:
    said = _name(path.nodes[0])
    for node, one in zip(path.nodes[1:], path.relationships, strict=True):
        forward = one.start_node == path.nodes[path.nodes.index(node) - 1] if one.start_node != node else False
        said += f" -{_verb(one)}-> " if forward else f" <-{_verb(one)}- "
        said += _name(node)
    return said
