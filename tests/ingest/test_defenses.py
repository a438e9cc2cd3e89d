"""The table `defenses`: unknown ids and elements, both met and not met, and the same one twice, from every format."""
# ruff: noqa: E501  messages stand here as they are

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

import ownergraph
from ownergraph.ingest import InputError, read

DEAL = """\
entities:
  - {id: pc, kind: practice}
  - {id: lab, kind: laboratory}
leases_to:
  - {id: lease, lessor: pc, lessee: lab}
"""
ROWS: list[dict[str, str]] = [
    {"about": "lease", "defense": "stark_ofice_space", "met": "fmv"},
    {"about": "lease", "defense": "aks_space", "met": "writing_signed; fmw", "not_met": "zzz"},
    {"about": "lease", "defense": "stark_fmv", "met": "fmv; writing_signed", "not_met": "fmv"},
    {"about": "lease", "defense": "stark_fmv"},
    {"about": "lease", "defense": "qqq"},
    {"about": "leese", "defense": "stark_fmv"},
]
COLUMNS = ("about", "defense", "met", "not_met")


def failed(*paths: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        ownergraph.load(*paths)
    return [problem.replace(f"{paths[0].parent}/", "") for problem in caught.value.problems]


def said(place: Any) -> list[str]:
    """Every problem of ROWS; `place` gives the place of a row and field."""
    return [
        f'{place(5, "about")}, defenses, about: no row has the id "leese"; did you mean "lease"?',
        f'{place(0, "defense")}, defenses, defense: no defense is called "stark_ofice_space"; did you mean "stark_office_space"',
        f'{place(1, "met")}, defenses, met: aks_space has no element "fmw"; did you mean "fmv"',
        f'{place(1, "not_met")}, defenses, not_met: aks_space has no element "zzz"; write one of writing_signed, covers_all_',
        f'{place(2, "not_met")}, defenses, not_met: "fmv" is in met ({place(2, "met")}), too; keep it in one of them, or in none where it is not known',
        f'{place(3, "defense")}, defenses, defense: stark_fmv is recorded for "lease" at {place(2, "defense")} already; put all of its elements in one row',
        f'{place(4, "defense")}, defenses, defense: no defense is called "qqq"; the defenses are stark_in_office_ancillary, stark_',
    ]


def check(found: list[str], expected: list[str]) -> None:
    assert len(found) == len(expected)
    for problem, start in zip(found, expected, strict=True):
        assert problem.startswith(start)


def deal(folder: Path, text: str = DEAL) -> Path:
    (folder / "deal.yaml").write_text(text, encoding="utf-8")
    return folder / "deal.yaml"


def test_yaml_names_the_line_of_the_field(tmp_path: Path) -> None:
    text = DEAL + "defenses:\n"
    for row in ROWS:
        text += "".join(f"  {'-' if not n else ' '} {k}: {v}\n" for n, (k, v) in enumerate(row.items()))
    lines = text.splitlines()
    start = [n for n, line in enumerate(lines, 1) if line.startswith("  - about")]
    order = [list(row) for row in ROWS]
    check(
        failed(deal(tmp_path, text)), said(lambda row, field: f"deal.yaml line {start[row] + order[row].index(field)}")
    )


def test_csv_names_the_line(tmp_path: Path) -> None:
    body = "\n".join(",".join(row.get(name, "") for name in COLUMNS) for row in ROWS)
    (tmp_path / "defenses.csv").write_text(f"{','.join(COLUMNS)}\n{body}\n", encoding="utf-8")
    found = failed(deal(tmp_path), tmp_path / "defenses.csv")
    check(found, said(lambda row, field: f"defenses.csv line {row + 2}"))


def test_a_workbook_names_the_cell(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "defenses"
    sheet.append(COLUMNS)
    for row in ROWS:
        sheet.append([row.get(name) for name in COLUMNS])
    book.save(tmp_path / "more.xlsx")
    found = failed(deal(tmp_path), tmp_path / "more.xlsx")
    check(found, said(lambda row, field: f"more.xlsx!defenses cell {'ABCD'[COLUMNS.index(field)]}{row + 2}"))


def test_parquet_and_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are checked by columns are told of, too."""
    import polars as pl

    from ownergraph.ingest import bulk

    monkeypatch.setattr(bulk, "THRESHOLD", 1)
    rows = [row for row in ROWS if row["about"] == "lease"]
    wide = [
        {
            name: row.get(name, "").split("; ")
            if name in ("met", "not_met") and row.get(name)
            else None
            if name in ("met", "not_met")
            else row[name]
            for name in COLUMNS
        }
        for row in rows
    ]
    pl.DataFrame(
        wide,
        schema={"about": pl.String, "defense": pl.String, "met": pl.List(pl.String), "not_met": pl.List(pl.String)},
    ).write_parquet(tmp_path / "defenses.parquet")
    found = failed(deal(tmp_path), tmp_path / "defenses.parquet")
    assert len(found) == len(said(lambda *_: "")) - 1
    assert all(problem.startswith("defenses.parquet row ") for problem in found)


def test_the_command_tells_it(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from ownergraph.cli.app import program

    path = deal(tmp_path, DEAL + "defenses:\n  - {about: lease, defense: aks_spice}\n")
    result = CliRunner().invoke(program(), ["check", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f'error: {path} line 7, defenses, defense: no defense is called "aks_spice"; did you mean "aks_space" or '
        '"aks_asc" or "aks_sale_of_practice"?\n'
    )


def test_good_rows_pass_and_the_law_is_not_read_where_there_are_none(tmp_path: Path) -> None:
    rows = "defenses:\n  - {about: lease, defense: aks_space, met: [fmv], not_met: writing_signed, relied_on_by: lab}\n"
    structure = read([deal(tmp_path, DEAL + rows)])
    assert structure.tables["defenses"]["met"].to_list() == [["fmv"]]
    ownergraph.load(tmp_path / "deal.yaml")

    def fails() -> dict[str, tuple[str, ...]]:
        raise AssertionError("elements were asked for")

    read([deal(tmp_path, DEAL)], fails)
