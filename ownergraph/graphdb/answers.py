"""Values that queries give, as plain data and as text: paths, nodes, relationships, dates."""

import csv
import io
import json
from collections.abc import Callable, Mapping
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


def text(value: Any, column: str = "") -> str:
    """A value as one cell of a table. A path is a chain: `Dr. Lopez -OWNS 100%-> Coastal Medical, PC`.

    In column `found` true, false and null are the outcomes of a rule.
    """
    from neo4j.graph import Node, Path, Relationship

    if column == "found" and (value is None or isinstance(value, bool)):
        return {True: "found", False: "not found", None: "undecided"}[value]
    if value is None:
        return "-"
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
    said, before = _name(path.start_node), path.start_node
    for node, one in zip(path.nodes[1:], path.relationships, strict=True):
        said += f" -{_verb(one)}-> " if one.start_node == before else f" <-{_verb(one)}- "
        said, before = said + _name(node), node
    return said


Rows = list[dict[str, Any]]
Safe = Callable[[str], str]


def as_table(rows: Rows, columns: list[str], safe: Safe) -> str:
    """Rows as a table of text: one line a row, columns as wide as they need, the last as it is."""
    if not rows:
        return "no rows\n"
    cells = [columns, *([safe(text(row[name], name)) for name in columns] for row in rows)]
    wide = [max(len(line[k]) for line in cells) for k in range(len(columns) - 1)]
    lines = ["  ".join([*(c.ljust(w) for c, w in zip(line, wide, strict=False)), line[-1]]).rstrip() for line in cells]
    return "\n".join(lines) + "\n"


def as_json(rows: Rows, columns: list[str], safe: Safe) -> str:
    """Rows as a JSON list of objects."""
    made = [{name: plain(row[name]) for name in columns} for row in rows]
    return safe(json.dumps(made, indent=2, ensure_ascii=False)) + "\n"


def as_csv(rows: Rows, columns: list[str], safe: Safe) -> str:
    """Rows as CSV; a path is a chain."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([safe(text(row[name], name)) for name in columns] for row in rows)
    return out.getvalue()


RENDER: dict[str, Callable[[Rows, list[str], Safe], str]] = {"table": as_table, "json": as_json, "csv": as_csv}
