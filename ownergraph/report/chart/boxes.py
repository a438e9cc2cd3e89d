"""Entities as boxes: shape, text, marks, size."""

import textwrap
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

import polars as pl

from ownergraph.analysis import Graph
from ownergraph.audit.labels import words
from ownergraph.model import WHOLE
from ownergraph.report.chart.model import Node, Shape
from ownergraph.report.safe import clean

_LINE = 24
_LINES = 3
_PARTNERSHIPS = {"LP", "GP", "LLP", "RLLP", "PLLP", "partnership"}
_FUNDS = {"fund", "private_equity", "hedge_fund"}


def boxes(g: Graph, members: Collection[str] | None) -> list[Node]:
    """A box for each entity, in the order of the input. O(entities + licenses)."""
    wanted = None if members is None else set(members)
    states = _gathered(g.relations["OPERATES_IN"], "entity", "state")
    active = g.relations["LICENSED_IN"].filter(pl.col("status") == "active")
    licenses = _gathered(active, "person", "state")
    professions = _gathered(active, "person", "profession")
    hidden = _hidden_owners(g)
    out = []
    for row in g.entities.iter_rows(named=True):
        entity = row["id"]
        if wanted is not None and entity not in wanted:
            continue
        roles = tuple(words(role) for role in row["roles"] or [])
        where = sorted(licenses.get(entity, [])) if row["kind"] == "person" else sorted(states.get(entity, []))
        what = sorted(professions.get(entity, [])) or (["licensed"] if entity in licenses else [])
        said = [words(what[0])] if what else [role.upper() if role == "mso" else role for role in roles[:1]]
        name = clean(row["name"] or entity)
        node = Node(
            entity, name, wrap(name), _shape(row), 0, 0, caption=", ".join([*said, *_few(where)]), roles=roles,
            states=tuple(where), licensed=entity in licenses, hidden_owners=entity in hidden,
            facts=tuple(_facts(g, row)), start=row.get("valid_from"), end=row.get("valid_to"),
        )  # fmt: skip
        out.append(sized(node))
    return out


def _few(states: list[str]) -> list[str]:
    return states if len(states) <= 3 else [f"{len(states)} states"]


def sized(node: Node) -> Node:
    """The box with the room that its text needs. Ovals and triangles need more for the same text."""
    longest = max([*(len(line) * 8.2 for line in node.lines), len(node.caption) * 6.2], default=0)
    factor, extra = {"person": (1.22, 14), "partnership": (1.0, 26), "trust": (1.1, 20)}.get(node.shape, (1.0, 20))
    width = max(96, min(244, round(longest * factor + extra)))
    height = 16 * len(node.lines) + (14 if node.caption else 0) + {"person": 24, "partnership": 34}.get(node.shape, 16)
    return replace(node, width=width, height=max(40, height))


def wrap(name: str) -> tuple[str, ...]:
    """A name as lines of a box; what does not fit ends in an ellipsis."""
    return tuple(
        textwrap.wrap(name, _LINE, max_lines=_LINES, placeholder=" …", break_on_hyphens=False) or [name[:_LINE]]
    )


def _shape(row: dict[str, Any]) -> Shape:
    match row["kind"]:
        case "person" | "trust" | "government" | "account" as kind:
            return kind  # type: ignore[no-any-return]
    if row["form"] in _PARTNERSHIPS or _FUNDS & set(row["roles"] or []):
        return "partnership"
    return "trust" if row["form"] in ("trust", "estate") else "company"


def _gathered(frame: pl.DataFrame, key: str, value: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for who, what in frame.select(key, value).drop_nulls().unique().sort(key, value).iter_rows():
        found.setdefault(who, []).append(what)
    return found


def _hidden_owners(g: Graph) -> set[str]:
    """Organizations whose list of owners is open and leaves room for somebody who is not listed."""
    equity = g.relations["OWNS"].filter(pl.col("instrument").is_null() | (pl.col("instrument") == "equity"))
    listed = dict(equity.group_by("owned").agg(pl.col("share_min").fill_null(0).sum()).iter_rows())
    return {
        entity
        for entity, kind in g.kind_of.items()
        if kind == "organization" and not g.is_complete("owners", entity) and listed.get(entity, 0) < WHOLE
    }


_FACTS = (
    ("Form", "form"), ("Formed in", "state_formed"), ("Formed on", "formed_on"), ("NPI", "npi"), ("EIN", "ein"),
    ("CCN", "ccn"), ("PECOS", "pecos_id"), ("LEI", "lei"), ("Address", "address"), ("City", "city"),
    ("Tax status", "tax_status"),
)  # fmt: skip


def _facts(g: Graph, row: dict[str, Any]) -> Iterable[tuple[str, str]]:
    yield "Id", row["id"]
    yield "Kind", ", ".join([row["kind"], *(words(role) for role in row["roles"] or [])])
    for label, field in _FACTS:
        if row.get(field) is not None:
            yield label, clean(str(row[field]))
    if row["source"]:
        yield "Source", clean(row["source"])
    yield "Recorded in", clean(g.structure.where("entities", row["ix"]))
