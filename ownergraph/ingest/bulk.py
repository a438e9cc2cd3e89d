"""Large tables, checked by columns. What a column check cannot vouch for goes, row by row, through the models.

A row that passes here would pass there with the same values; a row that does not pass here is decided there. So both
ways give the same frames and the same problems.
"""

from collections.abc import Callable

import polars as pl

from ownergraph.ingest.bulk_columns import Column, read_column
from ownergraph.ingest.bulk_shares import read_share
from ownergraph.ingest.fields import INLINE, specs
from ownergraph.ingest.rows import Raw
from ownergraph.ingest.shorthand import KINDS, ROLES
from ownergraph.model import TABLES, Row
from ownergraph.model.columns import frame_schema
from ownergraph.model.structure import FILE, LINE

THRESHOLD = 2000
"""Tables with more rows are checked by columns."""

CHUNK = 5000
ENOUGH = 1000
"""After so many problems the other doubtful rows of a table are only counted."""

c = pl.col

DOUBTS: dict[str, pl.Expr] = {
    "Dated._in_order": c("valid_to") <= c("valid_from"),
    "_Period._period": c("period_end") < c("period_start"),
    "Owns._counts": (c("owner") == c("owned"))
    | (c("shares_held") > c("shares_outstanding"))
    | (c("shares_held").is_not_null() & c("shares_outstanding").is_not_null() & c("share_min").is_not_null()),
    "Manages._counts": c("manager") == c("managed"),
    "AppointsBoard._seats": c("seats") > c("seats_total"),
    "GroupPractice._pool": c("profit_pool_size") > c("physicians"),
}
"""By validator of a model: the rows that it may refuse."""


def doubts(model: type[Row]) -> pl.Expr:
    """Rows that a validator of the model may refuse; all rows where a validator is not known here."""
    found = pl.lit(False)
    for item in model.__pydantic_decorators__.model_validators.values():
        found = found | DOUBTS.get(item.func.__qualname__, pl.lit(True)).fill_null(False)
    return found


def check_bulk(
    table: str,
    frame: pl.DataFrame,
    lines: pl.Series,
    file: int,
    *,
    slow: Callable[[list[Raw]], list[tuple[int, Row]]],
    problems: Callable[[], int],
) -> tuple[pl.DataFrame, int]:
    """Rows of a table that can be used, in order, and the number of doubtful rows that were not looked at.

    Args:
        table: its name.
        frame: its cells, text or typed; every column is known.
        lines: line or row of each of its rows.
        file: index of the input.
        slow: checks rows one by one, records problems, gives the good ones with their positions in the list.
        problems: the number of problems so far.
    """
    model = TABLES[table]
    taken = specs(model)
    columns: dict[str, Column] = {}
    bad = pl.Series([False]).new_from_index(0, frame.height)
    first: set[int] = set()
    derived: dict[str, pl.Series] = {}
    cells = frame
    if table == "entities":
        frame, bad = _short_forms(frame, bad)
    for name, spec in taken.items():
        if spec.sort == "share":
            low, high, doubtful, starts = read_share(frame, name)
            derived[f"{name}_min"], derived[f"{name}_max"] = low, high
            bad = bad | doubtful
            first |= starts
        else:
            source = frame[name] if name in frame.columns else None
            columns[name] = read_column(model, spec, source, frame.height)
            derived[name] = columns[name].values
            bad = bad | columns[name].bad
    schema = frame_schema(model)
    made = pl.DataFrame([derived[name].rename(name).cast(dtype) for name, dtype in schema.items()])
    made = made.with_columns(pl.lit(file, pl.Int32).alias(FILE), lines.cast(pl.Int64).alias(LINE))
    bad = bad | made.select(doubts(model).alias("doubt"))["doubt"]
    if len(first) > 1 or (first and bad.any()):
        # the row by row check tells where a unit was first used
        bad = bad | pl.Series(range(frame.height)).is_in(sorted(first))
    return _merge(table, cells, made, bad, lines, file=file, slow=slow, problems=problems)


def _merge(
    table: str, frame: pl.DataFrame, made: pl.DataFrame, bad: pl.Series, lines: pl.Series, *, file: int,
    slow: Callable[[list[Raw]], list[tuple[int, Row]]], problems: Callable[[], int],
) -> tuple[pl.DataFrame, int]:  # fmt: skip
    from ownergraph.ingest.frames import frame as to_rows

    if not bad.any():
        return made, 0
    where = bad.arg_true()
    before, uncounted = problems(), 0
    parts = [made.with_row_index("_at").filter(~bad)]
    for start in range(0, where.len(), CHUNK):
        if problems() - before > ENOUGH:
            uncounted = where.len() - start
            break
        at = where.slice(start, CHUNK)
        cells = frame[at]
        names = cells.columns
        raws = [
            Raw(table, file, line, dict(zip(names, row, strict=True)))
            for line, row in zip(lines[at].to_list(), cells.iter_rows(), strict=True)
        ]
        good = slow(raws)
        if good:
            fixed = to_rows(table, [(row, file, raws[place].line) for place, row in good])
            index = pl.Series("_at", at.to_numpy()[[place for place, _ in good]], pl.get_index_type())
            parts.append(fixed.select(index, pl.all()))
    return pl.concat(parts).sort("_at").drop("_at"), uncounted


def _short_forms(frame: pl.DataFrame, bad: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """Roles as kinds, by columns; entities with other short forms are doubtful."""
    for name in INLINE:
        if name in frame.columns:
            bad = bad | ~_empty(frame[name])
    if "kind" not in frame.columns or frame["kind"].dtype != pl.String:
        return frame, bad
    kind = frame["kind"]
    short = kind.is_in(list(ROLES)).fill_null(False)
    bad = bad | ~(short | kind.is_in(list(KINDS)).fill_null(False))
    if not short.any():
        return frame, bad
    given = frame["roles"] if "roles" in frame.columns else kind.clear(frame.height)
    bad = bad | (short & ~_empty(given))
    if given.dtype == pl.String:
        roles = kind.zip_with(short, given)
    else:
        return frame, bad | short
    kind = kind.set(short, "organization")
    return frame.with_columns(kind.alias("kind"), roles.alias("roles")), bad


def _empty(cells: pl.Series) -> pl.Series:
    empty = cells.is_null()
    return empty | (cells.str.strip_chars() == "").fill_null(False) if cells.dtype == pl.String else empty


__all__ = ["DOUBTS", "THRESHOLD", "check_bulk", "doubts"]
