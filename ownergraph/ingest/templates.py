"""Templates to start from: a friendly professional corporation, as YAML and as a workbook."""

from pathlib import Path
from typing import Any

from ownergraph.ingest.documents import DocumentReader, Head
from ownergraph.ingest.fields import INLINE, Spec, specs
from ownergraph.ingest.problems import Problems
from ownergraph.ingest.rows import Inputs, Raw
from ownergraph.model import TABLES
from ownergraph.model.schemas import table_schema

SHEETS = (
    "entities", "owns", "manages", "restricts_transfer", "holds_role", "employs", "signs_on", "deposits_to",
    "refers_to", "pays", "leases_to", "lends_to", "documents", "sources", "complete", "assumptions",
)  # fmt: skip
"""Tables that the workbook has a sheet for."""

_YAML = """\
# yaml-language-server: $schema=schemas/structure.schema.json
# A friendly professional corporation: a fund owns a management company, a physician owns the practice on paper.
# Replace it by your own. A missing field means unknown; an empty list means none; nothing is guessed.
structure: Coastal Medical (example)
as_of: 2026-11-24           # the day that the audit is about

# Everyone and everything. kind: person, organization, trust, government or account, or a short form:
# a profession (physician, dentist, ...: then licensed_in says where) or a role (practice, mso, fund, facility, ...).
entities:
  - id: dr_ray
    name: Dana Ray, MD
    kind: physician
    licensed_in: [CA]       # a license of one state is none of another; [] means none anywhere
  - id: coastal_pc
    name: Coastal Medical, P.C.
    kind: practice
    form: PC
    state_formed: CA
    operates_in: CA
  - id: harbor_mso
    name: Harbor Management, LLC
    kind: mso
    form: LLC
  - {id: fund_iii, name: "Meridian Fund III, L.P.", kind: fund, form: LP}
  - {id: sam_cole, name: Sam Cole, kind: person, licensed_in: []}
  - {id: bay_imaging, name: Bay Imaging Center, kind: facility, dhs: [RADIOLOGY], operates_in: CA}
  - {id: operating_account, name: Operating account, kind: account, held_by: coastal_pc}

# Shares: 51%, 25-50%, ">50%" (in quotes), at most 49%, 700 of 1,000. Dates: year-month-day.
owns:
  - {owner: dr_ray, owned: coastal_pc, share: 100%, valid_from: 2021-03-01, source: stock_ledger}
  - {owner: fund_iii, owned: harbor_mso, share: ">50%", source: org_chart}
  - {owner: fund_iii, owned: bay_imaging, share: 40-60%}

# Management services agreements, and what is in them.
manages:
  - id: msa
    manager: harbor_mso
    managed: coastal_pc
    in_writing: true
    signed_on: 2021-03-01
    signed_by_managed: dr_ray
    term_years: 20
    services: [billing, staffing]
    fee_basis: pct_collections
    fee_pct: 32
    fee_set_in_advance: yes
    practice_can_terminate: cause_only
    source: msa_2021

# Who may make an owner give up, or keep, the shares of a practice.
restricts_transfer:
  - {holder: harbor_mso, owner: dr_ray, over: coastal_pc, triggers: any_time, designee_chosen_by: holder}

holds_role:
  - {person: dr_ray, organization: coastal_pc, role: president}
  - {person: sam_cole, organization: harbor_mso, role: manager}

signs_on:
  - {signer: sam_cole, account: operating_account, on_behalf_of: harbor_mso, sweep: true}

refers_to:
  - {referrer: coastal_pc, receiver: bay_imaging, period_start: 2025-01-01, period_end: 2025-12-31, count: 840}

pays:
  - {payer: coastal_pc, payee: harbor_mso, amount_usd: 1250000, agreement: msa, paid_on: 2025-06-30}

# Documents that facts come from; rows name them under source.
sources:
  - {id: stock_ledger, title: Stock ledger of Coastal Medical, kind: ledger}
  - {id: org_chart, title: Organization chart, dated: 2024-05-01}
  - {id: msa_2021, title: Management services agreement, dated: 2021-03-01}

# Registers that are complete: what they lack is absent. Every other register is open: what it lacks is unknown.
complete:
  all: [owners]
  coastal_pc: [agreements]

assumptions:
  - The stock ledger is current.
"""


def yaml_template() -> str:
    """A commented example of a whole structure, that can be read as it is."""
    return _YAML


def _example() -> list[Raw]:
    inputs, problems = Inputs(), Problems()
    rows = DocumentReader(inputs, problems, Head()).read("template.yaml", _YAML.encode())
    problems.raise_any()
    return rows


def cell_text(value: Any) -> str:
    """A value as a cell holds it: lists joined, the empty list as "none".

    Example:
        >>> cell_text(["CA", "NV"]), cell_text([]), cell_text("51%")
        ('CA; NV', 'none', '51%')
    """
    if isinstance(value, list):
        return "; ".join(str(part) for part in value) or "none"
    return str(value)


def xlsx_template(path: Path) -> None:
    """Write the example as a workbook: a sheet a table, notes on the columns, lists to choose from.

    Args:
        path: the file to write.

    Raises:
        OSError: it cannot be written.
    """
    import xlsxwriter

    rows = _example()
    try:
        with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            looks = {
                "head": book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"}),
                "needed": book.add_format({"bold": True, "bottom": 1, "bg_color": "#CFDDEB"}),
                "text": book.add_format({"quote_prefix": True}),
            }
            about = book.add_worksheet("readme")
            sheets = {table: book.add_worksheet(table) for table in SHEETS}
            lists = book.add_worksheet("_lists")
            lists.hide()
            _about(about)
            chooser = _Lists(lists)
            for table, sheet in sheets.items():
                _sheet(sheet, table, [raw for raw in rows if raw.table == table], looks, chooser)
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(f"{path} cannot be written: {error}") from None


def _about(sheet: Any) -> None:
    lines = (
        "One sheet a table, one row a fact. This example is a friendly professional corporation; replace it.",
        "An empty cell means unknown; the word none means an empty list. Join several words by semicolons.",
        "Shares: 51%, 25-50%, >50%, at most 49%, 700 of 1,000. Dates: dates of the sheet, or 2024-01-31.",
        "Sheets whose names start with readme or _ are not read. Sheets that you do not need can be removed.",
    )
    sheet.set_column(0, 0, 110)
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)


class _Lists:
    """Words of closed lists on a hidden sheet, each list a column."""

    def __init__(self, sheet: Any) -> None:
        self.sheet, self.columns = sheet, dict[tuple[str, ...], str]()

    def source(self, words: tuple[str, ...]) -> str:
        from xlsxwriter.utility import xl_range_abs

        if words not in self.columns:
            column = len(self.columns)
            self.columns[words] = f"='_lists'!{xl_range_abs(0, column, len(words) - 1, column)}"
            for row, word in enumerate(words):
                self.sheet.write_string(row, column, word)
        return self.columns[words]


def _words(table: str, name: str, spec: Spec | None) -> tuple[str, ...]:
    """What a column lets choose from; empty where it is free."""
    if table == "entities" and name == "kind":
        return tuple(table_schema("entities")["properties"]["kind"]["enum"])
    if spec is None:
        options = table_schema(table)["properties"][name].get("anyOf", ())
        return tuple(str(word) for word in options[0].get("enum", ())) if options and name != "complete" else ()
    if spec.sort == "bool":
        return ("yes", "no", "unknown")
    return spec.choices


def _sheet(sheet: Any, table: str, rows: list[Raw], looks: dict[str, Any], chooser: _Lists) -> None:
    taken = specs(TABLES[table])
    described = table_schema(table)["properties"]
    columns = [*taken, *(INLINE if table == "entities" else ())]
    sheet.freeze_panes(1, 1)
    for at, name in enumerate(columns):
        spec = taken.get(name)
        needed = spec is not None and spec.required
        sheet.write_string(0, at, name, looks["needed" if needed else "head"])
        sheet.set_column(at, at, max(12, len(name) + 2))
        note = described[name].get("description", "")
        words = _words(table, name, spec)
        many = spec.many if spec is not None else name in ("licensed_in", "operates_in", "held_by", "complete")
        parts = ["Needed." if needed else "", note, "Several: join them by semicolons." if many else ""]
        if comment := " ".join(part for part in parts if part):
            sheet.write_comment(0, at, comment)
        if words:
            # a list column takes several words, so what is not in the list is only pointed out
            sheet.data_validation(
                1, at, 1000, at,
                {"validate": "list", "source": chooser.source(words), "error_type": "information" if many else "stop",
                 "error_title": name[:32], "error_message": "Choose from the list, or leave the cell empty."},
            )  # fmt: skip
    for row, raw in enumerate(rows, 1):
        for name, value in raw.values.items():
            if value is not None:
                text = cell_text(value)
                style = looks["text"] if text.startswith(("=", "+", "-", "@")) else None
                sheet.write_string(row, columns.index(name), text, style)


__all__ = ["SHEETS", "cell_text", "xlsx_template", "yaml_template"]
