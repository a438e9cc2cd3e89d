"""The report as a workbook: a sheet for each thing that people sort, filter and hand on."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ownergraph.audit.evidence import Namer, chains
from ownergraph.audit.results import Authority, Evidence, Report, Result
from ownergraph.report.defenses import source_of
from ownergraph.report.formats import COLUMNS, row
from ownergraph.report.safe import cell, clean, namer
from ownergraph.report.text import STANDING, ranked_questions

Format = Any
Page = Any
"""xlsxwriter's, which has no types."""

MOST_ROWS = 1_048_576
"""Rows that a sheet can have, with its header."""
MOST_CHARACTERS = 32_767
"""Characters that a cell can have."""
_CUT = " ... (cut here; the JSON report has all of it)"

COLORS = {"critical": "#F4B6B6", "high": "#F9D5B8", "medium": "#FBEFB9", "low": "#E3EEF9", "info": "#EEEEEE"}
"""Background of a severity."""
ANSWERS = {"found": "#F4B6B6", "no": "#F4B6B6", "undecided": "#FBEFB9", "not recorded": "#FBEFB9", "yes": "#D5EBD3",
           "not found": "#D5EBD3"}  # fmt: skip
"""Background of an answer."""


@dataclass(frozen=True)
class _Sheet:
    """One sheet: its columns with their widths, and its rows."""

    name: str
    columns: Sequence[tuple[str, int]]
    rows: Sequence[Sequence[str | int]]


def render_xlsx(report: Report) -> bytes:
    """The report as XLSX. Every text is written as text, never as a formula or link. O(results)."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    # the day of the facts, so that the same input gives the same bytes
    day = report.as_of
    book.set_properties(
        {
            "title": "Report of ownergraph audit",
            "comments": STANDING,
            "created": datetime(day.year, day.month, day.day),
        }
    )
    plain = {"text_wrap": True, "valign": "top"}
    head = book.add_format({"bold": True, "bg_color": "#DDE3EA", "valign": "top", "border": 1})
    body = book.add_format(plain)
    fills = {word: book.add_format({**plain, "bg_color": color}) for word, color in {**COLORS, **ANSWERS}.items()}
    sheets = _sheets(report)
    for sheet in [_summary(report, sheets), *sheets]:
        _write(book.add_worksheet(sheet.name), sheet, head, body, fills)
    book.close()
    return out.getvalue()


def _write(page: Page, sheet: _Sheet, head: Format, body: Format, fills: dict[str, Format]) -> None:
    for at, (title, width) in enumerate(sheet.columns):
        page.set_column(at, at, width)
        page.write_string(0, at, title, head)
    for line, values in enumerate(sheet.rows[: MOST_ROWS - 1], 1):
        for at, value in enumerate(values):
            if isinstance(value, int):
                page.write_number(line, at, value, body)
            elif value:
                page.write_string(line, at, _fitted(value), fills.get(value, body))
    page.freeze_panes(1, 0)
    page.autofilter(0, 0, min(len(sheet.rows), MOST_ROWS - 1), len(sheet.columns) - 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _fitted(text: str) -> str:
    """The text as a cell, each of its lines clean; no longer than a cell can be."""
    first, *rest = text.split("\n")
    whole = "\n".join([cell(first), *(clean(line) for line in rest)])
    return whole if len(whole) <= MOST_CHARACTERS else whole[: MOST_CHARACTERS - len(_CUT)] + _CUT


def _summary(report: Report, sheets: Iterable[_Sheet]) -> _Sheet:
    counts = report.counts
    rows: list[tuple[str, str | int]] = [
        ("How to read it", STANDING),
        ("Structure", report.structure or "unnamed"),
        ("Found", counts.found),
        ("Undecided", counts.undecided),
        ("Undecided for want of verified law alone", counts.undecided_law),
        ("Not indicated", counts.not_found),
        ("Facts as of", report.as_of.isoformat()),
        ("Law as of", report.law_as_of.isoformat()),
        ("Control score that shows indicators of control", report.threshold),
        ("Version", f"ownergraph {report.version}"),
        ("SHA-256 of the inputs", report.digest or "not computed"),
        *(("Input", text) for text in report.inputs),
        *(("Document relied on", text) for text in report.documents),
        *(("Assumption", text) for text in report.assumptions),
        *(("Note", text) for text in report.notes),
    ]
    for sheet in sheets:
        if len(sheet.rows) >= MOST_ROWS:
            more = len(sheet.rows) - MOST_ROWS + 1
            rows.append(("Note", f"{more:,} rows do not fit on sheet {sheet.name}; the JSON report has them all."))
    return _Sheet("Summary", (("What", 34), ("Answer", 90)), rows)


def _sheets(report: Report) -> list[_Sheet]:
    name = namer(report, safe=True)
    return [
        _control(report, name),
        _checklist(report, name),
        _results("Findings", report.findings, name),
        _results("Undecided", report.undecided, name),
        _questions(report),
        _evidence(report, name),
        _authorities(report.results),
        _defenses(report.results, name),
    ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _control(report: Report, name: Namer) -> _Sheet:
    columns = (
        ("practice", 26), ("state", 8), ("control by one who is no physician", 18), ("controller", 26), ("class", 30),
        ("by", 16), ("tier", 7), ("how sure", 10), ("ultimate", 10), ("ring", 20), ("proof", 70), ("score", 8),
        ("indicators of control", 12),
    )  # fmt: skip
    rows: list[list[str | int]] = []
    for a in report.controls:
        start, end = [name(a.practice), a.state, a.answer], [a.score, "above" if a.indicators else ""]
        for b in a.by:
            ring = ", ".join(name(m) for m in b.ring)
            sure = "certain" if b.certain else "possible"
            proof = "\n".join(chains(b.proof, name))
            rows.append(
                [*start, name(b.controller), b.label, b.mechanism, b.tier, sure, _yes(b.ultimate), ring, proof, *end]
            )
        if not a.by:
            rows.append([*start, "nobody on the facts given", *[""] * 7, *end])
    return _Sheet("Control", columns, rows)


def _checklist(report: Report, name: Namer) -> _Sheet:
    rows = [[name(c.practice), c.state, c.point, c.answer, ", ".join(c.because)] for c in report.checklist]
    columns = (("practice", 28), ("state", 8), ("point", 50), ("answer", 14), ("because of", 30))
    return _Sheet("Checklist", columns, rows)


_WIDTHS = {"id": 30, "title": 28, "practice": 24, "parties": 26, "message": 60, "path": 60, "questions": 50,
           "authorities": 40, "sources": 34, "arrangement": 24, "defenses": 60}  # fmt: skip


def _results(title: str, results: Iterable[Result], name: Namer) -> _Sheet:
    columns = [(column, _WIDTHS.get(column, 12)) for column in COLUMNS]
    many = {COLUMNS.index(column) for column in ("parties", "path", "questions", "authorities", "sources", "defenses")}
    rows = [
        ["\n".join(parts) if at in many else " ".join(parts) for at, parts in enumerate(row(r, name))] for r in results
    ]
    return _Sheet(title, columns, rows)


def _questions(report: Report) -> _Sheet:
    rows = [
        [number, question.text, question.kind, ", ".join(sorted({r.rule for r in results})), len(results)]
        for number, (question, results) in enumerate(ranked_questions(report), 1)
    ]
    columns = (("rank", 7), ("question", 90), ("kind", 10), ("helps decide", 34), ("results", 10))
    return _Sheet("Questions", columns, rows)


def _evidence(report: Report, name: Namer) -> _Sheet:
    used: dict[Evidence, list[str]] = {}
    for result in report.results:
        for item in result.evidence:
            used.setdefault(item, []).append(result.rule)
    for answer in report.controls:
        for by in answer.by:
            for item in by.proof:
                used.setdefault(item, [])
    rows = [
        [
            e.row, e.relation, name(e.first), e.label, name(e.second) if e.second is not None else "", e.source or "",
            e.place, ", ".join(sorted(set(rules))) or "control",
        ]
        for e, rules in used.items()
    ]  # fmt: skip
    columns = (("row", 34), ("relation", 18), ("from", 26), ("label", 34), ("to", 26), ("source", 26), ("place", 30),
               ("used by", 30))  # fmt: skip
    return _Sheet("Evidence", columns, rows)


def _authorities(results: Iterable[Result]) -> _Sheet:
    cited: dict[Authority, set[str]] = {}
    for result in results:
        for item in result.authorities:
            cited.setdefault(item, set()).add(result.rule)
    rows = [
        [
            a.citation, a.verification, a.consequence or "", a.consequence_verification or "", a.address or "",
            ", ".join(sorted(rules)), a.id,
        ]
        for a, rules in sorted(cited.items(), key=lambda item: (item[0].citation, item[0].id))
    ]  # fmt: skip
    columns = (("citation", 44), ("verification", 14), ("possible consequence", 40), ("its verification", 16),
               ("address", 40), ("cited by", 30), ("id", 22))  # fmt: skip
    return _Sheet("Authorities", columns, rows)


def _defenses(results: Iterable[Result], name: Namer) -> _Sheet:
    """One row an element, so that what is not recorded can be filtered and handed on."""
    said = {True: "yes", False: "no", None: "not recorded"}
    rows = [
        [
            r.id, d.id, d.citation, d.verification, d.row, d.about, name(d.relied_on_by) if d.relied_on_by else "",
            code, said[value], source_of(d, code, value) or "",
        ]
        for r in results
        for d in r.defenses
        for code, value in d.elements
    ]  # fmt: skip
    columns = (("result", 34), ("defense", 28), ("citation", 40), ("verification", 14), ("row", 28), ("about", 28),
               ("relied on by", 24), ("element", 50), ("met", 14), ("from", 12))  # fmt: skip
    return _Sheet("Defenses", columns, rows)
