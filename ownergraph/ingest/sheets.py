"""Tables as rows: CSV and Parquet files, sheets of XLSX workbooks."""

import csv
import io
import zipfile
from collections.abc import Sequence
from typing import Any

import polars as pl

from ownergraph.ingest.fields import is_empty
from ownergraph.ingest.nodes import SyntaxProblem, decode
from ownergraph.ingest.problems import Problems, hint, shown
from ownergraph.ingest.rows import Inputs, Raw
from ownergraph.model import TABLES

MAX_CELLS = 50_000_000
MAX_UNZIPPED = 2_000_000_000
"""Bytes that a workbook may hold unpacked."""


def header(cells: Sequence[object], file: int, table: str, inputs: Inputs, problems: Problems) -> list[str] | None:
    """Names of the columns, or None after the problem was recorded. A column without a name has the name ""."""
    names = ["" if is_empty(cell) else str(cell).strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        problems.add(inputs.spot(file, 1), table, "", f"columns are there twice: {', '.join(twice)}; keep one of each")
        return None
    if not any(names):
        problems.add(inputs.spot(file, 1), table, "", "column names are missing; write them in the first row")
        return None
    return names


def csv_rows(text: str, file: int, table: str, inputs: Inputs, problems: Problems) -> list[Raw]:
    """Rows of a CSV text. `line` is the line on which a row begins, also where cells hold line breaks."""
    lines = csv.reader(io.StringIO(text, newline=""), strict=False)
    rows: list[Raw] = []
    names: list[str] | None = None
    start = 1
    try:
        for cells in lines:
            line, start = start, lines.line_num + 1
            if all(is_empty(cell) for cell in cells):
                continue
            if names is None:
                names = header(cells, file, table, inputs, problems)
                if names is None:
                    return []
                continue
            if any(not is_empty(cell) for cell in cells[len(names) :]):
                problems.add(
                    inputs.spot(file, line), table, "",
                    f"{len(cells)} cells, but only {len(names)} columns have names; put text with commas in double quotes",
                )  # fmt: skip
                continue
            rows.append(Raw(table, file, line, {n: c for n, c in zip(names, cells, strict=False) if n or c.strip()}))
    except csv.Error as error:
        problems.unread(inputs.spot(file, lines.line_num), f"not valid CSV: {error}")
        return []
    return rows


def read_csv(data: bytes, file: int, table: str, inputs: Inputs, problems: Problems) -> list[Raw]:
    """Rows of a CSV file."""
    try:
        text = decode(data)
    except SyntaxProblem as problem:
        problems.unread(inputs.spot(file, problem.line), f"{problem.why}")
        return []
    return csv_rows(text, file, table, inputs, problems)


def read_parquet(data: bytes, file: int, inputs: Inputs, problems: Problems) -> pl.DataFrame | None:
    """Frame of a Parquet file, or None after the problem was recorded."""
    try:
        return pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError, ValueError, BaseException) as error:
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        reason = str(error).splitlines()[0][:200] if str(error) else "unknown reason"
        problems.unread(inputs.names[file], f"not a Parquet file: {reason}")
        return None


def frame_rows(frame: pl.DataFrame, table: str, file: int, lines: Sequence[int]) -> list[Raw]:
    """Rows of a frame as they would be read one by one; rows without any value are left out."""
    found = []
    for line, row in zip(lines, frame.iter_rows(named=True), strict=True):
        if not all(is_empty(value) for value in row.values()):
            found.append(Raw(table, file, line, row))
    return found


def read_workbook(name: str, data: bytes, inputs: Inputs, problems: Problems) -> list[list[Raw]]:
    """Rows of every sheet of a workbook that is named after a table. Other sheets are problems, unless empty."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(item.file_size for item in packed.infolist()) > MAX_UNZIPPED:
                problems.unread(name, "the workbook is too large; save its sheets as CSV files")
                return []
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken part of the file leads to
        problems.unread(name, f"not an XLSX workbook ({type(error).__name__}); save it anew as .xlsx")
        return []
    tables = {table.lower(): table for table in TABLES}
    found = []
    for sheet in book.worksheets:
        title = sheet.title.strip().lower()
        if title.startswith(("readme", "read me", "_")):
            continue
        if title not in tables:
            many = f"the tables are {', '.join(TABLES)}"
            problems.add(name, "", "", f'sheet {shown(sheet.title)} is no table{hint(title, list(TABLES), many)}; '
                         'sheets whose names start with "_" or "readme" are left out')  # fmt: skip
            problems.unreadable = True
            continue
        try:
            found.append(_sheet(sheet, f"{name}!{sheet.title}", tables[title], inputs, problems))
        except Exception as error:  # as above: a broken sheet
            problems.unread(f"{name}!{sheet.title}", f"the sheet cannot be read ({type(error).__name__})")
    if not found and not problems.found:
        problems.unread(name, "no sheet is named after a table; name them entities, owns, manages and so on")
    return found


def _sheet(sheet: Any, name: str, table: str, inputs: Inputs, problems: Problems) -> list[Raw]:
    from openpyxl.utils import get_column_letter

    file = inputs.add(name)
    names: list[str] | None = None
    rows = []
    for number, cells in enumerate(sheet.iter_rows(), 1):
        values = [cell.value for cell in cells]
        if all(is_empty(value) for value in values):
            continue
        if names is None:
            names = header(values, file, table, inputs, problems)
            if names is None:
                return []
            continue
        raw = Raw(table, file, number, {})
        percent = set()
        for column, cell in enumerate(cells):
            if is_empty(cell.value):
                continue
            field = names[column] if column < len(names) else ""
            value = cell.value
            if cell.data_type == "e":
                problems.add(f"{name} cell {get_column_letter(column + 1)}{number}", table, field,
                             f"the cell holds the error {value}; correct the formula or empty the cell")  # fmt: skip
                continue
            if "%" in str(cell.number_format) and isinstance(value, int | float) and not isinstance(value, bool):
                percent.add(field)
            raw.values[field] = value
            raw.spots[field] = f"{get_column_letter(column + 1)}{number}"
        raw.percent = frozenset(percent)
        rows.append(raw)
    return rows
