"""Rows of several inputs as one frame a table, with ids made where they are missing."""

from collections.abc import Sequence

import polars as pl

from ownergraph.model import TABLES, Relation, Row
from ownergraph.model.columns import to_frame
from ownergraph.model.structure import FILE, LINE, empty_frame

KEYS: dict[str, tuple[str, ...]] = {
    "fee_components": ("agreement",),
    "fmv_opinions": ("about",),
    "documents": ("document", "over"),
    "financials": ("entity",),
    "events": ("entity", "event"),
    "assumptions": (),
    "complete": ("entity", "register"),
}
"""Columns from which the id of a row is made, for tables that are no relations."""


def frame(table: str, rows: Sequence[tuple[Row, int, int | None]]) -> pl.DataFrame:
    """A frame of checked rows, each with its input and its line. O(rows x fields)."""
    made = to_frame(TABLES[table], [row for row, _, _ in rows])
    return made.with_columns(
        pl.Series(FILE, [file for _, file, _ in rows], pl.Int32),
        pl.Series(LINE, [line for _, _, line in rows], pl.Int64),
    )


def keys(table: str) -> tuple[str, ...]:
    """Columns from which the id of a row is made."""
    model = TABLES[table]
    return model.ends if issubclass(model, Relation) else KEYS.get(table, ())


def _same(text: str, height: int) -> pl.Series:
    return pl.Series("id", [text], pl.String).new_from_index(0, height)


def with_ids(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Make the ids that are missing: `owns:a>b`, and `owns:a>b#2` for the next one, in order. O(rows).

    A number that would repeat an id that is given is passed over.
    """
    if not rows["id"].null_count():
        return rows
    parts = keys(table)
    base = pl.lit(f"{table}:")
    if parts:
        base = base + pl.concat_str(parts, separator=">", ignore_nulls=True)
    given = rows["id"]
    made = rows.select(base.alias("id")).to_series() if parts else _same(f"{table}:", len(given))
    missing = given.is_null()
    if parts and made.n_unique() < made.len():
        todo = pl.DataFrame({"base": made, "missing": missing}).with_row_index("at").filter("missing")
        todo = todo.filter(pl.col("base").is_duplicated()).with_columns(number=pl.col("at").cum_count().over("base"))
        todo = todo.filter(pl.col("number") > 1)
        if todo.height:
            again = todo["base"] + "#" + todo["number"].cast(pl.String)
            made = made.scatter(todo["at"], again)
    elif not parts:
        made = made + missing.cast(pl.Int64).cum_sum().cast(pl.String)
    filled = made if missing.all() else given.zip_with(~missing, made)
    # a made id may be one that is given, or look like the number of another
    if filled.n_unique() < filled.len():
        filled = pl.Series("id", _pass_over(given.to_list(), made.to_list()), pl.String)
    return rows.with_columns(filled.alias("id"))


def _pass_over(given: list[str | None], made: list[str]) -> list[str]:
    used = {name for name in given if name is not None}
    result = []
    for name, fresh in zip(given, made, strict=True):
        candidate, number = fresh, 1
        while name is None and candidate in used:
            number += 1
            candidate = f"{fresh}#{number}"
        if name is None:
            used.add(candidate)
        result.append(name if name is not None else candidate)
    return result


def together(table: str, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """One frame of all parts of a table, in order."""
    parts = [part for part in parts if part.height]
    if not parts:
        return empty_frame(table)
    whole = parts[0] if len(parts) == 1 else pl.concat(parts)
    return with_ids(table, whole)
