"""CSV and Parquet files: rows where they are few, a frame of cells where they are many."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ownergraph.ingest.fields import extra_fields, is_empty, specs
from ownergraph.ingest.nodes import UnreadableError, decode
from ownergraph.ingest.problems import Problems
from ownergraph.ingest.rows import Inputs, Raw, unknown_field
from ownergraph.model import TABLES

_STRAY = re.compile(r'[^,\n\r"]"[^,\n\r"]')
"""A quotation mark inside a field, which readers of CSV disagree about."""


@dataclass(slots=True)
class Cells:
    """The known columns of a table, and the line of each row."""

    frame: pl.DataFrame
    lines: pl.Series


def header(
    cells: Sequence[object], row: int, file: int, table: str, *, inputs: Inputs, problems: Problems
) -> list[str] | None:
    """Names of the columns, or None after the problem was recorded. A column without a name has the name ""."""
    names = ["" if is_empty(cell) else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    place = inputs.spot(file, row)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        problems.add(place, table, "", f"columns are there twice: {', '.join(twice)}; keep one of each")
        problems.unreadable = True
        return None
    for name in names:
        if name and name not in known(table):
            problems.add(place, table, "", unknown_field(table, name))
    return names


def known(table: str) -> set[str]:
    """Every column that a table may have."""
    taken = specs(TABLES[table])
    return {*taken, *extra_fields(table, taken)}


def named(table: str, names: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    """Values by field. Columns that the table does not have were reported with the header."""
    columns = known(table)
    return {name: cell for name, cell in zip(names, cells, strict=False) if name in columns}


def _csv_lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with a value, each with the line on which it begins."""
    lines = csv.reader(io.StringIO(text, newline=""))
    start = 1
    for cells in lines:
        line, start = start, lines.line_num + 1
        if not all(is_empty(cell) for cell in cells):
            yield line, cells


def read_csv(
    data: bytes, file: int, table: str, inputs: Inputs, problems: Problems, *, threshold: int
) -> list[Raw] | Cells:
    """Rows of a CSV file, or its cells where there are more than `threshold`."""
    try:
        text = decode(data)
    except UnreadableError as problem:
        problems.unread(inputs.spot(file, problem.line), problem.why)
        return []
    lines = _csv_lines(text)
    try:
        row, first = next(lines)
        names = header(first, row, file, table, inputs=inputs, problems=problems)
        if names is None:
            return []
        many = text.count("\n") > threshold
        if many and (fast := _fast_csv(text, row, first, names, table)):
            return fast
        rows = list(_rows(lines, names, file, table, inputs=inputs, problems=problems))
    except (csv.Error, StopIteration) as error:
        problems.unread(inputs.names[file], f"not valid CSV: {error or 'it has no rows'}")
        return []
    if len(rows) <= threshold:
        return [Raw(table, file, line, named(table, names, cells)) for line, cells in rows]
    columns = {
        name: pl.Series(name, [cells[at] if at < len(cells) else None for _, cells in rows], pl.String)
        for at, name in enumerate(names)
        if name in known(table)
    }
    return Cells(pl.DataFrame(columns), pl.Series([line for line, _ in rows], dtype=pl.Int64))


def _rows(
    lines: Iterator[tuple[int, list[str]]],
    names: list[str],
    file: int,
    table: str,
    *,
    inputs: Inputs,
    problems: Problems,
) -> Iterator[tuple[int, list[str]]]:
    for line, cells in lines:
        if any(not is_empty(cell) for cell in cells[len(names) :]):
            problems.add(
                inputs.spot(file, line), table, "",
                f"{len(cells)} cells, but {len(names)} columns have names; put text with commas in double quotes",
            )  # fmt: skip
        elif any(not name and not is_empty(cell) for name, cell in zip(names, cells, strict=False)):
            problems.add(inputs.spot(file, line), table, "", "a value stands in a column without a name; name it")
        else:
            yield line, cells


def _fast_csv(text: str, row: int, first: list[str], names: list[str], table: str) -> Cells | None:
    """Cells read by columns; None where the file has something that only a reader of lines gets right."""
    plain = row == 1 and len(first) == len(names) and "" not in names
    if not plain or text.count("\r") != text.count("\r\n") or ('"' in text and _STRAY.search(text)):
        return None
    try:
        frame = pl.read_csv(
            text.encode(), has_header=False, skip_rows=1, new_columns=names, infer_schema=False
        ).rechunk()
    except pl.exceptions.PolarsError:
        return None
    breaks = text.count("\n") - (1 if text.endswith("\n") else 0)
    if frame.height != breaks or frame.columns != names:
        return None
    return filled(frame, pl.Series(range(2, frame.height + 2), dtype=pl.Int64), table)


def filled(frame: pl.DataFrame, lines: pl.Series, table: str) -> Cells:
    """Known columns, without the rows that hold no value."""
    null = {name: pl.col(name).is_null() for name in frame.columns}
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    blank = list((null | {name: null[name] | (pl.col(name).str.strip_chars() == "") for name in texts}).values())
    there = frame.select(~pl.all_horizontal(blank)).to_series() if blank else pl.Series([], dtype=pl.Boolean)
    columns = [name for name in frame.columns if name in known(table)]
    if there.all():
        return Cells(frame.select(columns), lines)
    return Cells(frame.filter(there).select(columns), lines.filter(there))


def read_parquet(
    data: bytes, file: int, table: str, inputs: Inputs, problems: Problems, *, threshold: int
) -> list[Raw] | Cells:
    """Rows of a Parquet file, or its cells where there are more than `threshold`."""
    try:
        frame = pl.read_parquet(io.BytesIO(data))
    except Exception as error:  # a broken file fails in many ways
        return _not_parquet(error, file, inputs, problems)
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        return _not_parquet(error, file, inputs, problems)
    if header(frame.columns, 0, file, table, inputs=inputs, problems=problems) is None:
        return []
    cells = filled(frame, pl.Series(range(1, frame.height + 1), dtype=pl.Int64), table)
    if cells.frame.height > threshold:
        return cells
    return [
        Raw(table, file, line, values)
        for line, values in zip(cells.lines.to_list(), cells.frame.iter_rows(named=True), strict=True)
    ]


def _not_parquet(error: BaseException, file: int, inputs: Inputs, problems: Problems) -> list[Raw]:
    reason = str(error).splitlines()[0][:200] if str(error) else "unknown reason"
    problems.unread(inputs.names[file], f"not a Parquet file: {reason}")
    return []
