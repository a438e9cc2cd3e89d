"""Rows of a structure as Neo4j takes them: maps without nulls, dates as dates, lists as lists."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from ownergraph.graph.days import begun, in_force
from ownergraph.graphdb.shape import ENTITY, key
from ownergraph.model import RELATIONS, TABLES, WHOLE
from ownergraph.model.base import Dated
from ownergraph.model.columns import counted_share
from ownergraph.model.structure import FILE, LINE, Structure

Properties = dict[str, Any]
ADDED = ("structure", "key", "row", "file", "line", "in_force", "begun", "min_pct", "max_pct")
"""Properties of a row that are no columns of its table."""


def _percent(millionths: str) -> pl.Expr:
    return (pl.col(millionths) * 100 / WHOLE).round(6)


def _with_percent(frame: pl.DataFrame) -> pl.DataFrame:
    """Add `min_pct` and `max_pct` of the share, of counted shares too: floats that people and queries read."""
    if "share_min" not in frame.columns:
        return frame
    if "shares_held" in frame.columns:
        low, high = counted_share()
        frame = frame.with_columns(_low=pl.coalesce("share_min", low), _high=pl.coalesce("share_max", high))
    else:
        frame = frame.with_columns(_low="share_min", _high="share_max")
    return frame.with_columns(min_pct=_percent("_low"), max_pct=_percent("_high")).drop("_low", "_high")


def _with_days(table: str, frame: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Add `in_force`, whether a row stands on the day, and `begun`, whether it stands or has stood. Never null."""
    if not issubclass(TABLES[table], Dated):
        return frame
    return frame.with_columns(in_force=in_force(as_of), begun=begun(as_of))


def prepared(structure: Structure, table: str, as_of: date) -> pl.DataFrame:
    """The frame of a table with the properties that are no columns, but for `structure`, `key` and `file`."""
    frame = structure.tables[table].with_row_index("row").cast({"row": pl.Int64})
    return _with_days(table, _with_percent(frame), as_of)


def properties(frame: pl.DataFrame, structure: Structure, name: str) -> Iterator[Properties]:
    """Properties of each row of a prepared frame. O(rows x columns)."""
    for row in frame.iter_rows(named=True):
        made = {k: v for k, v in row.items() if v is not None and not k.startswith("_")}
        if row[FILE] is not None and structure.inputs:
            made["file"] = structure.inputs[row[FILE]]
        if row[LINE] is not None:
            made["line"] = row[LINE]
        yield {**made, "structure": name, "key": key(name, row["id"])}


def about(structure: Structure) -> dict[str, tuple[str, ...]]:
    """For each row of a relation the entities that are its ends, for tables that say something about rows."""
    found: dict[str, tuple[str, ...]] = {}
    for relation, model in RELATIONS.items():
        ends = [end for end in model.ends if end in model.references]
        frame = structure.tables[relation.lower()]
        for row, *who in frame.select("id", *ends).iter_rows():
            found.setdefault(row, tuple(one for one in who if one is not None))
    return found


def joins(structure: Structure, table: str, name: str, ends: dict[str, tuple[str, ...]]) -> Iterator[Properties]:
    """Relationships ABOUT from rows of a table to the entities that they name, or whose row they are about.

    Each is `from`, `to` (keys) and `field`, the column that says so.
    """
    model = TABLES[table]
    rows = [field for field in ("about", "agreement") if field in model.model_fields]
    for row in structure.tables[table].iter_rows(named=True):
        named = {(row[field], field) for field in model.references if row[field] is not None}
        named |= {(who, field) for field in rows for who in ends.get(row[field] or "", ())}
        for who, field in sorted(named):
            yield {"from": key(name, row["id"]), "to": key(name, who), "field": field}


__all__ = ["ADDED", "ENTITY", "Properties", "about", "joins", "prepared", "properties"]
