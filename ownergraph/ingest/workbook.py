"""XLSX workbooks: a sheet for every table."""

import io
import zipfile
from typing import Any

from ownergraph.ingest.fields import is_empty
from ownergraph.ingest.problems import Problems, hint, shown
from ownergraph.ingest.rows import Inputs, Raw
from ownergraph.ingest.tabular import header, known
from ownergraph.model import TABLES

MAX_UNPACKED = 2_000_000_000
"""Bytes that a workbook may hold unpacked."""

SKIPPED = ("readme", "read me", "_")
"""Sheets whose names start so hold no table."""


def read_workbook(name: str, data: bytes, inputs: Inputs, problems: Problems) -> list[Raw]:
    """Rows of every sheet that is named after a table. Any other sheet is a problem."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(item.file_size for item in packed.infolist()) > MAX_UNPACKED:
                problems.unread(name, "the workbook is too large; save its sheets as CSV files")
                return []
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever the broken part of the file leads to
        problems.unread(name, f"not an XLSX workbook ({type(error).__name__}); save it anew as .xlsx")
        return []
    rows: list[Raw] = []
    tables = {table.lower(): table for table in TABLES}
    found = False
    for sheet in book.worksheets:
        title = sheet.title.strip().lower()
        if title.startswith(SKIPPED):
            continue
        found = True
        if title not in tables:
            many = f"the tables are {', '.join(TABLES)}"
            problems.unread(
                name, f"sheet {shown(sheet.title)} is no table{hint(title, tuple(TABLES), many)} "
                '(sheets whose names start with "_" or "readme" are left out)',
            )  # fmt: skip
            continue
        try:
            rows += _sheet(sheet, f"{name}!{sheet.title}", tables[title], inputs, problems)
        except Exception as error:  # as above
            problems.unread(f"{name}!{sheet.title}", f"the sheet cannot be read ({type(error).__name__})")
    if not found:
        problems.unread(name, "no sheet is named after a table; name them entities, owns, manages and so on")
    return rows


def _sheet(sheet: Any, name: str, table: str, inputs: Inputs, problems: Problems) -> list[Raw]:
    file = inputs.add(name)
    names: list[str] | None = None
    rows: list[Raw] = []
    for number, cells in enumerate(sheet.iter_rows(), 1):
        values = [cell.value for cell in cells]
        if all(is_empty(value) for value in values):
            continue
        if names is None:
            names = header(values, number, file, table, inputs=inputs, problems=problems)
            if names is None:
                return []
        else:
            rows.append(_row(cells, names, number, Raw(table, file, number, {}), inputs=inputs, problems=problems))
    return rows


def _row(cells: Any, names: list[str], number: int, raw: Raw, *, inputs: Inputs, problems: Problems) -> Raw:
    from openpyxl.utils import get_column_letter

    percent = set()
    columns = known(raw.table)
    for at, cell in enumerate(cells):
        value = cell.value
        if is_empty(value):
            continue
        field, spot = names[at] if at < len(names) else "", f"{get_column_letter(at + 1)}{number}"
        place = inputs.spot(raw.file, spot)
        if not field:
            problems.add(place, raw.table, "", "a value stands in a column without a name; name it")
        elif cell.data_type == "e":
            problems.add(place, raw.table, field, f"the cell holds the error {value}; correct the formula")
        elif field in columns:
            if "%" in str(cell.number_format) and isinstance(value, int | float) and not isinstance(value, bool):
                percent.add(field)
            raw.values[field] = value
            raw.spots[field] = spot
    raw.percent = frozenset(percent)
    return raw
