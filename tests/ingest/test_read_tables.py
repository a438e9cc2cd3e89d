"""JSON, CSV, Parquet, folders, workbooks and several inputs at once: what is read from them, word for word."""
# ruff: noqa: E501  messages and inputs stand here as they are

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook

from ownergraph.ingest import InputError, read
from tests.ingest.reading import failed, owners, rows, written


def test_json_says_the_same(tmp_path: Path) -> None:
    entities = [{"id": "dr_ray", "kind": "physician", "licensed_in": ["CA"], "excluded": False, "name": "Ray \U0001f600"},
                {"id": "pc", "kind": "practice", "equity_usd": 1.5}]  # fmt: skip
    deal = {"as_of": "2026-11-24", "entities": entities, "owns": [{"owner": "dr_ray", "owned": "pc", "share": None}]}
    one = read([written(tmp_path, json.dumps(deal, indent="\t"), "deal.json")])
    assert rows(one, "entities") == [
        {"id": "dr_ray", "kind": "person", "roles": [], "excluded": False, "name": "Ray \U0001f600"},
        {"id": "pc", "kind": "organization", "roles": ["practice"], "equity_usd": 1.5},
    ]
    assert one.where("owns", 0) == f"{tmp_path}/deal.json line 20"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"owns":\n [{"owner": NaN}]}', 'line 2: not valid JSON: "NaN" is no value; write text in double quotes, a '
         "number, true, false or null"),
        ('{"owns": [],\n "owns": []}', 'line 2: "owns" is given twice, first on line 1; keep one'),
        ('{"owns": [],}', "line 1: not valid JSON: the name of a field is expected here, in double quotes"),
        ('{"owns": []\n', 'line 2: not valid JSON: "," or "}" is expected here'),
        ('{"owns": "a\n', "line 1: not valid JSON: invalid control character at"),
        ("[" * 5000, "line 1: not valid JSON: lists and objects are nested more than 40 deep"),
    ],
)  # fmt: skip
def test_json_that_is_none(tmp_path: Path, text: str, said: str) -> None:
    assert failed(written(tmp_path, text, "deal.json")) == [f"deal.json {said}"]


def test_csv_lines_are_those_on_which_rows_begin(tmp_path: Path) -> None:
    written(tmp_path, '\ufeffid,kind,name\na,mso,"two\nlines"\n,,\nb,practice,x\n', "Entities.csv")
    written(tmp_path, "owner,owned,share,owned_pct\na,b,51%,\na,c,x,,9\n", "owns.csv")
    assert failed(tmp_path / "Entities.csv", tmp_path / "owns.csv") == [
        'owns.csv line 1, owns: unknown field "owned_pct"; did you mean "owned"?',
        "owns.csv line 3, owns: 5 cells, but 4 columns have names; put text with commas in double quotes",
    ]
    structure = read([tmp_path / "Entities.csv"])
    assert structure.tables["entities"]["_line"].to_list() == [2, 5]


def test_folder_and_parquet(tmp_path: Path) -> None:
    pl.DataFrame({"id": ["a", "b"], "kind": ["mso", "practice"], "roles": [["fund"], None]}).write_parquet(
        tmp_path / "entities.parquet"
    )
    written(tmp_path, "owner,owned,share_min,share_max\na,b,250000,500000\n", "owns.csv")
    structure = read([tmp_path])
    assert rows(structure, "entities") == [
        {"id": "a", "kind": "organization", "roles": ["mso", "fund"]},
        {"id": "b", "kind": "organization", "roles": ["practice"]},
    ]
    assert rows(structure, "owns") == [
        {"id": "owns:a>b", "owner": "a", "owned": "b", "share_min": 250_000, "share_max": 500_000}
    ]
    assert structure.inputs == (f"{tmp_path}/entities.parquet", f"{tmp_path}/owns.csv")
    digest = hashlib.sha256()
    for name in ("entities.parquet", "owns.csv"):
        digest.update(name.encode() + (tmp_path / name).read_bytes())
    assert structure.digest == digest.hexdigest()


def test_files_that_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "owns.parquet").write_bytes(b"no")
    (tmp_path / "book.xlsx").write_bytes(b"no")
    found = failed(
        written(tmp_path, "a\n1\n", "owners.csv"), tmp_path / "empty", tmp_path / "owns.parquet", tmp_path / "book.xlsx",
        written(tmp_path, "", "pays.csv"), written(tmp_path, "id,id\na,b\n", "sources.csv"),
    )  # fmt: skip
    assert [said if "Parquet" not in said else "owns.parquet: not a Parquet file" for said in found] == [
        'owners.csv: no table is called "owners"; a file is named after its table; did you mean "owns"?',
        "empty: the folder has no tables; put files there as entities.csv and owns.parquet",
        "owns.parquet: not a Parquet file",
        "book.xlsx: not an XLSX workbook (BadZipFile); save it anew as .xlsx",
        "pays.csv: the file is empty",
        "sources.csv line 1, sources: columns are there twice: id; keep one of each",
    ]


def book(path: Path, sheets: dict[str, list[list[Any]]], percent: tuple[str, str] = ("", "")) -> Path:
    made = Workbook()
    made.remove(made.worksheets[0])
    for title, cells in sheets.items():
        sheet = made.create_sheet(title)
        for row in cells:
            sheet.append(row)
        if title == percent[0]:
            sheet[percent[1]].number_format = "0.0%"
    made.save(path)
    return path


def test_workbook(tmp_path: Path) -> None:
    entities: list[list[Any]] = [["id", "kind", "formed_on", "npi", "excluded", "licensed_in"],
                [42, "practice", datetime(2020, 1, 31), None, None, None], [None] * 6,
                ["dr_ray", "physician", None, 1234567893, "No", "CA; NV"]]  # fmt: skip
    owns: list[list[Any]] = [["owner", "owned", "share", "shares_held"], ["dr_ray", 42, 0.51, None]]
    path = book(tmp_path / "deal.xlsx", {"Entities": entities, "OWNS": owns, "readme": [["x"]]}, ("OWNS", "C2"))
    structure = read([path])
    assert rows(structure, "entities") == [
        {"id": "42", "kind": "organization", "roles": ["practice"], "formed_on": date(2020, 1, 31)},
        {"id": "dr_ray", "kind": "person", "roles": [], "npi": "1234567893", "excluded": False},
    ]
    assert rows(structure, "owns") == [
        {"id": "owns:dr_ray>42", "owner": "dr_ray", "owned": "42", "share_min": 510_000, "share_max": 510_000}
    ]
    assert structure.inputs == (f"{path}!Entities", f"{path}!OWNS")
    assert structure.where("entities", 1) == f"{path}!Entities row 4"


def test_problems_of_a_workbook(tmp_path: Path) -> None:
    entities: list[list[Any]] = [["id", "kind", "form"], ["a", "mso", "LCL"], ["b", "practice", None, "x"]]
    owns: list[list[Any]] = [["owner", "owned", "share", "share_unit"], ["a", "b", 0.5, None], ["a", "b", 0.2, "fraction"],
            ["a", "b", "3%", None], ["a", "b", "#REF!", None]]  # fmt: skip
    path = book(tmp_path / "deal.xlsx", {"entities": entities, "owns": owns, "owner": [["x"]]}, ("owns", "C2"))
    assert failed(path) == [
        "deal.xlsx!entities cell D3, entities: a value stands in a column without a name; name it",
        "deal.xlsx!owns cell C5, owns, share: the cell holds the error #REF!; correct the formula",
        'deal.xlsx: sheet "owner" is no table; did you mean "owns"? (sheets whose names start with "_" or "readme" are '
        "left out)",
        'deal.xlsx!entities cell C2, entities, form: unknown form "LCL"; did you mean "LLC"?',
        'deal.xlsx!owns cell C3, owns, share: "0.2" is a fraction, but deal.xlsx!owns cell C2 has a percentage; use one '
        "unit for the whole column",
    ]


def test_several_inputs(tmp_path: Path) -> None:
    one = written(
        tmp_path, "structure: A\nas_of: 2026-01-01\nentities: [{id: a, kind: mso}]\nowns: [{owner: a, owned: b}]"
    )
    two = written(
        tmp_path, "structure: B\nentities: [{id: b, kind: practice}]\nowns: [{owner: a, owned: b}]", "two.yaml"
    )
    structure = read([one, two])
    assert (structure.name, structure.tables["owns"]["id"].to_list(), structure.tables["owns"]["_file"].to_list()) == (
        "A + B", ["owns:a>b", "owns:a>b#2"], [0, 1],
    )  # fmt: skip
    three = written(tmp_path, "as_of: 2026-02-01\nentities: [{id: a, kind: mso}]", "three.yaml")
    assert failed(one, two, three) == [
        'three.yaml line 2, entities, id: "a" is also used at deal.yaml line 3 (entities); give each row an id of its own',
        "inputs, as_of: they ask for different dates: 2026-01-01 (deal.yaml line 2), 2026-02-01 (three.yaml line 1); "
        "keep one",
    ]


def test_made_ids_pass_over_given_ones(tmp_path: Path) -> None:
    text = owners("share: 10%", "id: 'owns:o3>pc', share: 1%", "share: 1%") + (
        "  - {owner: o3, owned: pc}\n  - {owner: o3, owned: pc}\n"
    )
    assert read([written(tmp_path, text)]).tables["owns"]["id"].to_list() == [
        "owns:o0>pc", "owns:o3>pc", "owns:o2>pc", "owns:o3>pc#2", "owns:o3>pc#2#2",
    ]  # fmt: skip


def test_nothing_named() -> None:
    with pytest.raises(InputError) as caught:
        read([])
    assert caught.value.problems == ["input: no file is named; name a YAML, JSON, XLSX, CSV or Parquet file"]
