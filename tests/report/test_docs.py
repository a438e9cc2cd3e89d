"""docs/output.md names every field, column, sheet and format."""

import re
from pathlib import Path

import pytest

from ownergraph.audit.results import Report
from ownergraph.cli.audit import Format
from ownergraph.report.formats import COLUMNS, RENDER, report_schema
from ownergraph.report.xlsx import _sheets

TEXT = (Path(__file__).parents[2] / "docs" / "output.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z_0-9]+)`", TEXT))


@pytest.mark.parametrize("part", ["", "result", "evidence"])
def test_fields_of_the_json_report(part: str) -> None:
    schema = report_schema()["$defs"][part] if part else report_schema()
    assert set() == set(schema["properties"]) - NAMED


def test_columns_and_formats() -> None:
    assert set() == {*COLUMNS, *RENDER, *(one.value for one in Format)} - NAMED


def test_sheets(report: Report) -> None:
    names = ", ".join(["Summary", *(sheet.name for sheet in _sheets(report))])
    assert f"Sheets: {names}." in TEXT
