"""ownergraph loops: paths drawn, in every format; settings; mistakes."""

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Start

LOOP = """\
structure: Bay deal
as_of: 2026-11-24
entities:
  - {id: ray, name: Dr. Ray, kind: physician, licensed_in: TX}
  - {id: ann, name: Ann Ray, kind: person}
  - {id: lab, name: Bay Lab, kind: laboratory, dhs: [LAB]}
  - {id: mso, name: Gulf MSO, kind: mso}
owns:
  - {id: o1, owner: ray, owned: mso, share: "40%"}
family_of:
  - {id: f1, person: ann, relative: ray, kinship: spouse}
refers_to:
  - {id: r1, referrer: ray, receiver: lab, period_start: 2025-01-01, period_end: 2025-01-31, count: 120,
     amount_usd: 40000, dhs: LAB, payer_class: medicare}
pays:
  - {id: p1, payer: lab, payee: mso, amount_usd: 5000, paid_on: 2025-02-10, purpose: commission, basis: per_test,
     source: Ledger}
  - {id: p2, payer: lab, payee: ann, amount_usd: 700, paid_on: 2025-01-20, purpose: consulting}
"""
TEXT = """\
1 return path, 0 possible only (a date is missing), 0 on shared-patient counts
Structure: Bay deal. Facts as of 2026-11-24. ownergraph 0.1.0.
Looked for value that comes back in at most 4 hops, at most 120 days from a referral, before or
after the referral.
A path is a link to look into: payments at fair market value for real services come back to those
who refer, too.

1. Dr. Ray refers to Bay Lab
   Value comes back to the referrer itself in 2 hops, after the referrals (on 2025-02-10); at least
   $5,000 on every step with an amount; every date is recorded.
   Dr. Ray --refers to (120 LAB medicare, $40,000, 2025-01-01 to 2025-01-31)--> Bay Lab --pays
     $5,000 (commission, per test, on 2025-02-10) to--> Gulf MSO <--owns 40%-- Dr. Ray
   another path: Dr. Ray --refers to (120 LAB medicare, $40,000, 2025-01-01 to 2025-01-31)--> Bay
     Lab --pays $700 (consulting, on 2025-01-20) to--> Ann Ray --is spouse of--> Dr. Ray
   Recorded in: bay.yaml line 13, 9; Ledger (bay.yaml line 16).
"""


@pytest.fixture
def bay(files: Path) -> Path:
    path = files / "bay.yaml"
    path.write_text(LOOP, encoding="utf-8")
    return path


def test_text(bay: Path, run: Run) -> None:
    result = run("loops", "bay.yaml", "--paths", "3")
    assert (result.exit_code, result.stdout) == (1, TEXT)


def test_json(bay: Path, run: Run) -> None:
    made = json.loads(run("loops", "bay.yaml", "--format", "json").stdout)
    (one,) = made["returns"]
    assert [made["format"], made["hops"], made["window_days"], made["timing"]] == ["ownergraph-loops", 4, 120, "either"]
    assert [one["referrer"], one["receiver"], one["how"], one["hops"], one["certain"], one["order"]] == [
        "ray", "lab", "self", 2, True, "after",
    ]  # fmt: skip
    assert [[step["row"] for step in path] for path in one["paths"]] == [["p1", "o1"]]
    assert made["names"] == {"lab": "Bay Lab", "mso": "Gulf MSO", "ray": "Dr. Ray"}


def test_csv_is_neutralized(files: Path, run: Run) -> None:
    (files / "bay.yaml").write_text(LOOP.replace("name: Dr. Ray", 'name: "=cmd()"'), encoding="utf-8")
    (row,) = csv.DictReader(io.StringIO(run("loops", "bay.yaml", "--format", "csv").stdout))
    assert (row["referrer"], row["receiver"], row["rows"]) == ("'=cmd()", "Bay Lab", "r1 p1 o1")


@pytest.mark.parametrize(
    ("arguments", "hops"),
    [(("--hops", "1"), None), (("--window", "9d"), 2), (("--window", "2w"), 2), (("--min-amount", "6000"), None),
     (("--min-amount", "1000"), 2), (("--from", "Dr. Ray"), 2), (("--timing", "after"), 2)],
)  # fmt: skip
def test_settings(bay: Path, run: Run, arguments: tuple[str, ...], hops: int | None) -> None:
    result = run("loops", "bay.yaml", "--format", "json", *arguments)
    assert [one["hops"] for one in json.loads(result.stdout)["returns"]] == ([] if hops is None else [hops])
    assert result.exit_code == int(hops is not None)


def test_mistakes(bay: Path, start: Start) -> None:
    def told(*arguments: str) -> tuple[int, str]:
        made = start("loops", "bay.yaml", *arguments)
        return made.returncode, made.stderr.decode()

    assert told("--window", "soon") == (
        2, 'error: --window: "soon" is not a number of days; write it as 120d (or 17w, 4m)\n',
    )  # fmt: skip
    assert told("--from", "Dr. Roy") == (2, 'error: nobody in the input is called "Dr. Roy"; did you mean dr. ray?\n')


def test_the_audit_has_both_outputs(bay: Path, run: Run) -> None:
    text = run("audit", "bay.yaml").stdout
    assert "FINANCIAL RELATIONSHIPS OF THOSE WHO REFER DESIGNATED HEALTH SERVICES" in text
    assert "VALUE THAT COMES BACK TO THOSE WHO REFER" in text
    made = json.loads(run("audit", "bay.yaml", "--format", "json").stdout)
    assert [(r["party"], r["kind"], r["direct"]) for r in made["relationships"]] == [
        ("ann", "compensation", True),
    ]  # fmt: skip
    assert [(r["referrer"], r["receiver"], r["hops"]) for r in made["returns"]] == [("ray", "lab", 2)]
