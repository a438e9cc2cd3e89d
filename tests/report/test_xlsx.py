"""The workbook, read back with another library."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

import ownergraph
from ownergraph.audit.results import Report
from ownergraph.report import xlsx
from ownergraph.report.text import STANDING
from ownergraph.report.xlsx import render_xlsx


def opened(report: Report) -> Workbook:
    return openpyxl.load_workbook(io.BytesIO(render_xlsx(report)))


def rows(book: Workbook, sheet: str) -> list[tuple[object, ...]]:
    return list(book[sheet].iter_rows(values_only=True))


def test_every_sheet(report: Report) -> None:
    book = opened(report)
    assert book.sheetnames == [
        "Summary", "Control", "Checklist", "Findings", "Undecided", "Questions", "Evidence", "Authorities",
        "Defenses",
    ]  # fmt: skip
    assert rows(book, "Summary") == [
        ("What", "Answer"),
        ("How to read it", STANDING),
        ("Structure", "Coastal deal"),
        ("Found", 1),
        ("Undecided", 1),
        ("Undecided for want of verified law alone", 0),
        ("Not indicated", 7),
        ("Facts as of", "2026-11-24"),
        ("Law as of", "2026-11-01"),
        ("Control score that shows indicators of control", 40),
        ("Version", "ownergraph 0.1.0"),
        ("SHA-256 of the inputs", "ab" * 32),
        ("Input", "deal.yaml"),
        ("Input", "deal.xlsx!manages"),
        ("Document relied on", "Cap table p. 3"),
        ("Assumption", "One share, one vote."),
        ("Note", "A note."),
    ]
    assert rows(book, "Control")[1:] == [
        (
            "Coastal PC", "NY", "found", "Fund III", "an investor", "moved votes", 1, "certain", "yes", None,
            "Fund III --owns 80%--> Summit", 45, "above",
        )
    ]  # fmt: skip
    assert rows(book, "Checklist")[1:] == [("Coastal PC", "NY", "Fee is at fair market value", "no", "FEE-01")]
    assert rows(book, "Findings")[1:] == [
        (
            "FEE-01/pc/NY/mso", "FEE-01", "Percentage fee where barred", "found", "critical", "law", "NY", "Coastal PC",
            "manager: Summit", "Summit is paid by Coastal PC on the basis 12% of collections",
            "Fund III --owns 80%--> Summit --manages (12% of collections)--> Coastal PC\nCoastal PC operates in NY",
            None, "8 NYCRR 29.1 [primary]\nEduc. Law 6530 [unverified]",
            "Cap table p. 3 (deal.yaml line 12)\ndeal.xlsx!manages row 2\nnot recorded", "manages:mso>pc",
            "Defense aks_outcomes_based (42 CFR 1001.952(d)(2)) [secondary], relied on by Summit: recorded true "
            "methodology set in advance; recorded false writing; not recorded monitored.",
        )
    ]  # fmt: skip
    assert [row[0] for row in rows(book, "Undecided")[1:]] == ["OWNX-10/pc/NY/-"]
    assert rows(book, "Questions")[1:] == [
        (1, "Who owns Coastal PC?", "fact", "OWNX-10", 1),
        (2, "Counsel must verify the law of NY", "law", "OWNX-10", 1),
    ]
    assert rows(book, "Evidence")[1:] == [
        ("owns:fund>mso", "OWNS", "Fund III", "owns 80%", "Summit", "Cap table p. 3", "deal.yaml line 12", "FEE-01"),
        (
            "manages:mso>pc", "MANAGES", "Summit", "manages (12% of collections)", "Coastal PC", None,
            "deal.xlsx!manages row 2", "FEE-01",
        ),
        ("operates_in:pc>NY", "OPERATES_IN", "Coastal PC", "operates in NY", None, None, "not recorded", "FEE-01"),
    ]  # fmt: skip
    assert rows(book, "Authorities")[1:] == [
        ("8 NYCRR 29.1", "primary", "Discipline", "unverified", "https://example.org/29", "FEE-01", "NY-1"),
        ("Educ. Law 6530", "unverified", "none known", "unverified", None, "FEE-01", "NY-2"),
    ]
    same = ("FEE-01/pc/NY/mso", "aks_outcomes_based", "42 CFR 1001.952(d)(2)", "secondary", *["manages:mso>pc"] * 2)
    assert rows(book, "Defenses")[1:] == [
        (*same, "Summit", "methodology_set_in_advance", "yes", "facts"),
        (*same, "Summit", "monitored", "not recorded", None),
        (*same, "Summit", "writing", "no", "defenses"),
    ]


def test_every_sheet_has_a_frozen_header_and_filters(report: Report, empty: Report) -> None:
    for book in (opened(report), opened(empty)):
        assert {("A2", True)} == {(page.freeze_panes, bool(page.auto_filter.ref)) for page in book.worksheets}


def test_severities_have_colors(report: Report) -> None:
    cell = opened(report)["Findings"]["E2"]
    assert ("critical", "FF" + xlsx.COLORS["critical"][1:]) == (cell.value, cell.fill.fgColor.rgb)
    assert cell.alignment.wrap_text


def test_text_is_never_a_formula_or_link(hostile: Report) -> None:
    authority = hostile.findings[0].authorities[0]._replace(citation="=1+1", address="https://example.org")
    book = opened(replace(hostile, findings=(replace(hostile.findings[0], authorities=(authority,)),)))
    cells = [cell for page in book.worksheets for line in page.iter_rows() for cell in line]
    assert {"s", "n"} == {cell.data_type for cell in cells}
    texts = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert not [text for text in texts if text.lstrip().startswith(tuple("=+-@"))]
    assert not [c for text in texts for c in text if c != "\n" and not c.isprintable()]
    assert not [cell for cell in cells if cell.hyperlink]
    assert "'=1+1" in texts


def test_the_same_report_gives_the_same_bytes(report: Report) -> None:
    assert render_xlsx(report) == render_xlsx(report)
    with zipfile.ZipFile(io.BytesIO(render_xlsx(report))) as file:
        core = file.read("docProps/core.xml").decode()
    assert core.count("2026-11-24T00:00:00Z") == 2  # created and modified: the day of the facts


def test_long_text_is_cut_and_says_so(report: Report) -> None:
    long = replace(report.findings[0], message="x" * 40_000)
    text = str(opened(replace(report, findings=(long,)))["Findings"]["J2"].value)
    assert len(text) == xlsx.MOST_CHARACTERS
    assert text.endswith("... (cut here; the JSON report has all of it)")


def test_rows_that_do_not_fit_are_counted(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 3)
    many = tuple(replace(report.findings[0], parties={"manager": f"m{k}"}) for k in range(5))
    book = opened(replace(report, findings=many, inputs=(), documents=(), assumptions=(), notes=()))
    assert len(rows(book, "Findings")) == 3
    report_of_all = replace(report, findings=many)
    summary = xlsx._summary(report_of_all, xlsx._sheets(report_of_all))
    assert ("Note", "3 rows do not fit on sheet Findings; the JSON report has them all.") in summary.rows


def test_an_audit(deal: Path) -> None:
    report = ownergraph.load(deal).audit()
    book = opened(report)
    assert [r.id for r in report.findings] == [row[0] for row in rows(book, "Findings")[1:]]
