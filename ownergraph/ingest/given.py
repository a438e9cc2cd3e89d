"""Rows that come from elsewhere than files, as from a database: checked as those of files are."""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from ownergraph.ingest import bulk
from ownergraph.ingest.checks import check_together
from ownergraph.ingest.defenses import Elements
from ownergraph.ingest.frames import together
from ownergraph.ingest.reader import Reader
from ownergraph.ingest.rows import Raw
from ownergraph.model import TABLES
from ownergraph.model.columns import frame_schema
from ownergraph.model.progress import Progress, quiet
from ownergraph.model.structure import FILE, LINE

Rows = list[dict[str, Any]]


def check_given(
    tables: Mapping[str, Iterable[Rows]],
    files: tuple[str, ...],
    elements: Elements | None = None,
    progress: Progress = quiet,
) -> dict[str, pl.DataFrame]:
    """Check rows against the models and against each other. O(rows).

    Args:
        tables: for each table batches of rows: a value a column of its frame, and `_file` (index into `files`) and
            `_line`, where they are known.
        files: names of inputs; the first stands for rows of which nothing else is known.
        elements: as of `reader.read`.
        progress: told what is being read.

    Returns:
        A frame a table, as `Structure.tables`.

    Raises:
        InputError: rows that cannot be used; every problem, each with what stands behind the address.
    """
    reader = Reader(elements, progress)
    for name in files:
        reader.inputs.add(name)
    for table, batches in tables.items():
        progress(f"Reading {table}")
        for rows in batches:
            _batch(reader, table, rows)
    made = {table: together(table, reader.parts[table]) for table in TABLES}
    progress("Checking tables together")
    check_together(made, reader.inputs, reader.checker.seen, reader.problems, elements)
    reader.problems.raise_any()
    return made


def _batch(reader: Reader, table: str, rows: Rows) -> None:
    schema = frame_schema(TABLES[table])
    raws = [Raw(table, row.get(FILE) or 0, row.get(LINE), {k: row.get(k) for k in schema}) for row in rows]
    try:
        cells = pl.DataFrame([raw.values for raw in raws], schema=schema, orient="row", strict=True)
    except (TypeError, pl.exceptions.PolarsError):  # a value of another type: row by row, so that each is told
        reader.check(raws, None)
        return
    places = pl.DataFrame([(raw.file, raw.line) for raw in raws], schema={FILE: pl.Int32, LINE: pl.Int64}, orient="row")
    fixed, uncounted = bulk.check_bulk(
        table,
        cells,
        pl.Series(LINE, range(len(raws)), pl.Int64),
        0,
        slow=lambda doubtful: reader.check([raws[raw.line or 0] for raw in doubtful], table),
        problems=lambda: len(reader.problems.found),
    )
    reader.problems.uncounted += uncounted
    reader.problems.unreadable |= uncounted > 0
    if fixed.height == places.height:
        fixed = fixed.with_columns(places[FILE], places[LINE])
    reader.parts[table].append(fixed)
