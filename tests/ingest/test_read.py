"""Whole inputs: what is read from them, and every problem that they have, word for word."""
# ruff: noqa: E501  messages and inputs stand here as they are

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from openpyxl import Workbook

from ownergraph.ingest import InputError, Structure, read
from ownergraph.model import TABLES
from ownergraph.model.structure import empty_frame


def rows(structure: Structure, table: str) -> list[dict[str, Any]]:
    """Rows of a table without the values that are not known, and without places."""
    return [
        {name: value for name, value in row.items() if value is not None and name not in ("_file", "_line")}
        for row in structure.tables[table].to_dicts()
    ]


def failed(*paths: Path) -> list[str]:
    """Every problem, with the folder of the inputs left out."""
    with pytest.raises(InputError) as caught:
        read(paths)
    return [problem.replace(f"{paths[0].parent}/", "") for problem in caught.value.problems]


def written(folder: Path, text: str, name: str = "deal.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


DEAL = """\
structure: Coastal
as_of: 2026-11-24
complete: {all: [owners], coastal_pc: [agreements]}
notes: From the closing set
entities:
  - {id: dr_ray, kind: physician, licensed_in: [CA, NV], npi: 1234567893, source: chart}
  - id: coastal_pc
    kind: practice
    roles: facility
    form: pc
    operates_in: CA
    complete: owners; accounts
  - {id: 0042, kind: Private Equity, name: NO}
  - {id: acct, kind: account, held_by: coastal_pc}
  - {id: sam, kind: person, profession: dentist, licensed_in: TX, license_status: lapsed}
  - {id: ann, kind: person, licensed_in: [], name: unknown}
owns:
  - {owner: dr_ray, owned: coastal_pc, share: 60%}
  - {owner: dr_ray, owned: coastal_pc, share: 10, share_unit: percent, instrument: option}
  - {owner: "0042", owned: coastal_pc, share_max_pct: 40}
licensed_in:
  - {person: sam, state: ca, profession: physician assistant, status: unknown}
manages:
  - {manager: "0042", managed: coastal_pc, fee_pct: 30%, services: [], evergreen: yes, fee_cap_usd: "$1,200.50"}
assumptions:
  - One share, one vote.
"""


def test_yaml(tmp_path: Path) -> None:
    structure = read([written(tmp_path, DEAL)])
    assert {table: rows(structure, table) for table in TABLES if structure.tables[table].height} == {
        "entities": [
            {"id": "dr_ray", "kind": "person", "roles": [], "npi": "1234567893", "source": "chart"},
            {"id": "coastal_pc", "kind": "organization", "roles": ["practice", "facility"], "form": "PC"},
            {"id": "0042", "kind": "organization", "roles": ["private_equity"], "name": "NO"},
            {"id": "acct", "kind": "account", "roles": []},
            {"id": "sam", "kind": "person", "roles": []},
            {"id": "ann", "kind": "person", "roles": []},
        ],
        "owns": [
            {
                "id": "owns:dr_ray>coastal_pc", "owner": "dr_ray", "owned": "coastal_pc",
                "share_min": 600_000, "share_max": 600_000,
            },
            {
                "id": "owns:dr_ray>coastal_pc#2", "owner": "dr_ray", "owned": "coastal_pc",
                "share_min": 100_000, "share_max": 100_000, "instrument": "option",
            },
            {
                "id": "owns:0042>coastal_pc", "owner": "0042", "owned": "coastal_pc",
                "share_min": 0, "share_max": 400_000,
            },
        ],
        "manages": [
            {
                "id": "manages:0042>coastal_pc", "manager": "0042", "managed": "coastal_pc", "fee_pct": 30.0,
                "services": [], "evergreen": True, "fee_cap_usd": 1200.5,
            },
        ],
        "licensed_in": [
            {
                "id": "licensed_in:dr_ray>CA", "source": "chart", "person": "dr_ray", "state": "CA",
                "profession": "physician", "status": "active",
            },
            {
                "id": "licensed_in:dr_ray>NV", "source": "chart", "person": "dr_ray", "state": "NV",
                "profession": "physician", "status": "active",
            },
            {
                "id": "licensed_in:sam>TX", "person": "sam", "state": "TX", "profession": "dentist",
                "status": "lapsed",
            },
            {"id": "licensed_in:sam>CA", "person": "sam", "state": "CA", "profession": "physician_assistant"},
        ],
        "operates_in": [{"id": "operates_in:coastal_pc>CA", "entity": "coastal_pc", "state": "CA"}],
        "held_by": [{"id": "held_by:acct>coastal_pc", "account": "acct", "holder": "coastal_pc"}],
        "assumptions": [{"id": "assumptions:1", "text": "One share, one vote."}],
        "complete": [
            {"id": "complete:owners", "register": "owners"},
            {"id": "complete:coastal_pc>agreements", "register": "agreements", "entity": "coastal_pc"},
            {"id": "complete:coastal_pc>owners", "register": "owners", "entity": "coastal_pc"},
            {"id": "complete:coastal_pc>accounts", "register": "accounts", "entity": "coastal_pc"},
            {"id": "complete:ann>licenses", "register": "licenses", "entity": "ann"},
        ],
    }  # fmt: skip
    assert (structure.name, structure.as_of, structure.notes, structure.inputs, structure.digest) == (
        "Coastal", date(2026, 11, 24), ("From the closing set",), (str(tmp_path / "deal.yaml"),),
        hashlib.sha256(DEAL.encode()).hexdigest(),
    )  # fmt: skip
    assert {table: frame.schema for table, frame in structure.tables.items()} == {
        table: empty_frame(table).schema for table in TABLES
    }
    assert structure.where("entities", 1) == f"{tmp_path}/deal.yaml line 7"


BAD = """\
structure: X
entitys: []
as_of: 2026-13-01
entities:
  - {id: a, kind: physician}
  - {id: b, kind: practice, nmae: x, form: PCC}
  - {id: b, kind: mso}
  - {id: p, kind: chiropractor, licensed_in: ZZ}
  - {id: q, kind: doctor, npi: 1234567890}
  - {id: acc, kind: account, held_by: bb}
  - {kind: mso, licensed_in: CA, name: dr}
owns:
  - {owner: a, owned: b, share: 0.51}
  - {owner: p, owned: b, share: 45-50%, valid_from: 2020-01-01, valid_to: 2019-01-01}
  - {owner: p, owned: p, shares_held: -3}
  - {owner: unknown, owned: b, encounters_12m: 1.5, share_unit: parts}
fee_components: [{agreement: o1, pct: 130}]
fee_components: []
signs_on: [{signer: a, account: acct}]
manages:
  - manager: b
    managed: b
    term_years: lots
    in_writing: maybe
    services: {a: 1}
    signed_on: 1/2/2024
complete: [owner]
pays: {payer: a}
"""


def test_every_problem_at_once(tmp_path: Path) -> None:
    assert failed(written(tmp_path, BAD), tmp_path / "none.yaml", written(tmp_path, "x", "notes.txt")) == [
        'deal.yaml line 18: "fee_components" is given twice, first on line 17; keep one',
        'deal.yaml line 2: unknown section "entitys"; did you mean "entities"?',
        'deal.yaml line 3, as_of: "2026-13-01" is not a day of the calendar; write year-month-day, as 2024-01-31',
        "deal.yaml line 28, pays: a list of rows is expected here; start each row with \"- \"",
        "deal.yaml line 5, entities, kind: a physician without a state; licenses are a state's: write licensed_in: CA "
        "(or a list of states), licensed_in: [] for one who holds no license, or kind: person where it is not known",
        'deal.yaml line 6, entities: unknown field "nmae"; did you mean "name"?',
        'deal.yaml line 6, entities, form: unknown form "PCC"; did you mean "PC"?',
        'deal.yaml line 8, licensed_in, state: unknown state "ZZ"; write its two letters, as CA',
        'deal.yaml line 9, entities, kind: unknown kind "doctor"; did you mean "physician"?',
        'deal.yaml line 9, entities, npi: "1234567890" fails the NPI check digit; compare it with the NPI registry',
        'deal.yaml line 11, entities, licensed_in: only persons hold professional licenses, and this is kind "mso"; '
        "write facility_licenses for those of a facility, operates_in for where it works",
        "deal.yaml line 11, entities: id is missing; every row of entities needs it",
        "deal.yaml line 13, owns, share: 0.51 has no unit, so it could be a percentage or a fraction; write "
        '"0.51%" or "51%", whichever is meant, or set share_unit: percent or fraction',
        "deal.yaml line 14, owns: valid_to 2019-01-01 is not after valid_from 2020-01-01; valid_to is the first day "
        "on which the fact no longer holds",
        'deal.yaml line 15, owns, shares_held: "-3" is below 0',
        'deal.yaml line 16, owns, share_unit: unknown share_unit "parts"; write one of percent, fraction',
        "deal.yaml line 16, owns, owner: it is unknown, but every row of owns needs it; leave the row out, or name an "
        "entity that stands for the unknown one",
        'deal.yaml line 16, owns, encounters_12m: "1.5" is not a whole number; write digits, as 1250',
        'deal.yaml line 17, fee_components, pct: "130" is above 100',
        'deal.yaml line 23, manages, term_years: "lots" is not a number; write digits, as 1250.50',
        'deal.yaml line 24, manages, in_writing: "maybe" is not yes or no; write yes, no or unknown',
        "deal.yaml line 25, manages, services: fields of its own are not taken here; write a plain value",
        'deal.yaml line 26, manages, signed_on: "1/2/2024" is not a date; write year-month-day, as 2024-01-31',
        'deal.yaml line 21, manages: "b" manages itself; an agreement has two parties',
        'deal.yaml line 27, complete, register: unknown register "owner"; did you mean "owners"?',
        "none.yaml: there is no such file; check the path",
        'notes.txt: files of type ".txt" are not read; use .yaml, .json, .xlsx, .csv or .parquet',
        'deal.yaml line 7, entities, id: "b" is also used at deal.yaml line 6 (entities); give each row an id of its own',
    ]  # fmt: skip


def test_references(tmp_path: Path) -> None:
    text = """\
entities:
  - {id: coastal_pc, kind: practice}
  - {id: dr_ray, kind: person}
  - {id: acct, kind: account}
owns:
  - {id: o1, owner: dr_rya, owned: coastal_pc}
  - {id: o1, owner: dr_ray, owned: coastal_pc}
  - owner: zzz
    owned: dr_ray
holds_role: [{person: coastal_pc, organization: coastal_pc, role: director}]
signs_on: [{signer: dr_ray, account: coastal_pc}]
fee_components: [{agreement: o1}]
fmv_opinions: [{about: o1}, {about: o2}]
"""
    assert failed(written(tmp_path, text)) == [
        'deal.yaml line 7, owns, id: "o1" is also used at deal.yaml line 6 (owns); give each row an id of its own',
        'deal.yaml line 6, owns, owner: no entity has the id "dr_rya"; did you mean "dr_ray"?',
        'deal.yaml line 8, owns, owner: no entity has the id "zzz"; add it to entities',
        'deal.yaml line 12, fee_components, agreement: no row of manages has the id "o1"; give the row that is meant '
        "an id, and write it here",
        'deal.yaml line 13, fmv_opinions, about: no row has the id "o2"; give the row that is meant an id, and '
        "write it here",
        'deal.yaml line 10, holds_role, person: "coastal_pc" is an organization (deal.yaml line 2); a person is needed '
        "here",
        'deal.yaml line 11, signs_on, account: "coastal_pc" is an organization (deal.yaml line 2); an account is '
        "needed here",
        'deal.yaml line 9, owns, owned: "dr_ray" is a person (deal.yaml line 3); an organization or a trust or a '
        "government or an account is needed here",
    ]


def owners(*held: str) -> str:
    entities = "entities:\n  - {id: pc, kind: practice}\n" + "".join(f"  - {{id: o{i}, kind: mso}}\n" for i in range(4))
    return entities + "owns:\n" + "".join(f"  - {{owner: o{i}, owned: pc, {row}}}\n" for i, row in enumerate(held))


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (("share: 60%", "share: 40-60%"), None),
        (("share: 60%", "share: 41-60%, instrument: option"), None),
        (("share: 60%, valid_to: 2020-01-01", "share: 60%, valid_from: 2020-01-01"), None),
        (
            ("share: 60%, valid_to: 2020-01-02", "share: 60%, valid_from: 2020-01-01"),
            "line 9, owns, share: the certain shares of pc add up to 120% from 2020-01-01: o0 60%, o1 60%; no more than "
            "100% can be held: correct one, or give the dates in valid_from and valid_to",
        ),
        (
            ("votes: '>50%'", "votes: 50%"),
            "line 9, owns, votes: the certain votes of pc add up to 100.0001%: o0 more than 50%, o1 50%; no more than "
            "100% can be held: correct one, or give the dates in valid_from and valid_to",
        ),
        (("class_share: 60%, share_class: A", "class_share: 60%, share_class: B"), None),
        (
            ("class_share: 60%, share_class: A", "class_share: 60%, share_class: A"),
            "line 9, owns, class_share: the certain votes of a class of pc, class A add up to 120%: o0 60%, o1 60%; no "
            "more than 100% can be held: correct one, or give the dates in valid_from and valid_to",
        ),
        (
            ("shares_held: 1, shares_outstanding: 3",) * 3,
            None,
        ),
        (
            ("shares_held: 50, shares_outstanding: 100", "shares_held: 10, shares_outstanding: 101"),
            "line 9, owns, shares_outstanding: 101 for pc, but 100 at deal.yaml line 8; a class has one number of "
            "shares at a time",
        ),
        (
            ("shares_held: 2, shares_outstanding: 3, share_class: A", "shares_held: 2, shares_outstanding: 3, share_class: A",
             "share: 10%, share_class: B"),
            "line 9, owns, shares_held: 4 shares of pc, class A are held (o0 2, o1 2), but 3 are outstanding; correct "
            "one, or give the dates in valid_from and valid_to",
        ),
    ],
)  # fmt: skip
def test_totals(tmp_path: Path, held: tuple[str, ...], said: str | None) -> None:
    path = written(tmp_path, owners(*held))
    if said is None:
        assert read([path]).tables["owns"].height == len(held)
    else:
        assert failed(path) == [f"deal.yaml {said}"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "deal.yaml: the file is empty"),
        (b"  \n\n", "deal.yaml: the file is empty"),
        (b"# only this\n", "deal.yaml: sections are missing; write entities:, owns: and so on, each with a list"),
        (b"- a\n", "deal.yaml line 1: sections are missing; write entities:, owns: and so on, each with a list"),
        (b"a: b\nname: caf\xe9\n", "deal.yaml line 2: the file is not UTF-8 text; save it with the encoding UTF-8"),
        (b"owns:\n\t- a\n", "deal.yaml line 2: not valid YAML: while scanning for the next token (from line 2): found "
         "character that cannot start any token; use spaces, not tabs, at the start of lines"),
        (b"owns:\n  - {owner: a, share: %}\n", "deal.yaml line 2: not valid YAML: while scanning for the next token "
         "(from line 2): found character that cannot start any token; put values that start with %, @ or ` in quotes"),
        (b"owns:\n  - share: >50%\n", "deal.yaml line 2: not valid YAML: while scanning a block scalar (from line 2): "
         'did not find expected comment or line break; put values that start with ">" or "|" in quotes, as ">50%"'),
        (b"owns:\n  - share: >5\n", 'deal.yaml line 2: nothing follows ">"; put values that start with it in quotes, '
         'as ">50%"'),
        (b"owns: [\n", "deal.yaml line 2: not valid YAML: while parsing a flow node (from line 2): did not find "
         "expected node content; check the indentation, quotes and brackets here and just above"),
        (b"owns: !!python/object:os.system [a]\n", 'deal.yaml line 1: tags ("tag:yaml.org,2002:python/object:os.system")'
         " are not read; write the plain value"),
        (b"owns: *a\n", 'deal.yaml line 1: nothing above is marked "&a"; write the value out'),
        (b"a: 1\n---\nb: 1\n", 'deal.yaml line 2: a second document starts here ("---"); write one structure a file'),
        (b"owns:\n  - <<: {a: 1}\n", 'deal.yaml line 2: merge keys ("<<") are not read; write the fields out'),
        (b"? [a]\n: b\n", "deal.yaml line 1: a field name is missing; write it as text before the colon"),
        (b"[" * 5000, "deal.yaml line 1: not valid YAML: lists and mappings are nested more than 40 deep"),
    ],
)  # fmt: skip
def test_text_that_is_no_input(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "deal.yaml").write_bytes(text)
    assert failed(tmp_path / "deal.yaml") == [said]


def test_aliases_cannot_blow_up(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]
    assert failed(written(tmp_path, "\n".join(lines))) == [
        "deal.yaml line 6: more than 2,000,000 values once aliases are written out; use tables (CSV, Parquet)"
    ]


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
    entities = [["id", "kind", "formed_on", "npi", "excluded", "licensed_in"],
                [42, "practice", datetime(2020, 1, 31), None, None, None], [None] * 6,
                ["dr_ray", "physician", None, 1234567893, "No", "CA; NV"]]  # fmt: skip
    owns = [["owner", "owned", "share", "shares_held"], ["dr_ray", 42, 0.51, None]]
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
    entities = [["id", "kind", "form"], ["a", "mso", "LCL"], ["b", "practice", None, "x"]]
    owns = [["owner", "owned", "share", "share_unit"], ["a", "b", 0.5, None], ["a", "b", 0.2, "fraction"],
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
