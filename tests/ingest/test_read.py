"""Whole inputs: what is read from them, and every problem that they have, word for word."""
# ruff: noqa: E501  messages and inputs stand here as they are

import hashlib
from datetime import date
from pathlib import Path

import pytest

from ownergraph.ingest import read
from ownergraph.model import TABLES
from ownergraph.model.structure import empty_frame
from tests.ingest.reading import failed, owners, rows, written

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
