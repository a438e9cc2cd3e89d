"""Reports that the tests of their formats share."""

from datetime import date
from pathlib import Path

import pytest

from ownergraph.analysis.defenses import CheckedDefense
from ownergraph.audit.results import (
    Authority,
    Check,
    ControlAnswer,
    ControlledBy,
    Counts,
    Evidence,
    Question,
    Report,
    Result,
    Score,
)

OWNS = Evidence("owns:fund>mso", "OWNS", "fund", "owns 80%", "mso", "Cap table p. 3", "deal.yaml line 12")
MANAGES = Evidence(
    "manages:mso>pc", "MANAGES", "mso", "manages (12% of collections)", "pc", None, "deal.xlsx!manages row 2"
)
WORKS = Evidence("operates_in:pc>NY", "OPERATES_IN", "pc", "operates in NY", None, None, "not recorded")

DEFENSE = CheckedDefense(
    row="manages:mso>pc",
    about="manages:mso>pc",
    id="aks_outcomes_based",
    citation="42 CFR 1001.952(d)(2)",
    verification="secondary",
    elements=(("methodology_set_in_advance", True), ("monitored", None), ("writing", False)),
    derived=frozenset({"methodology_set_in_advance"}),
    relied_on=True,
    relied_on_by="mso",
)
FINDING = Result(
    rule="FEE-01",
    title="Percentage fee where barred",
    outcome="found",
    severity="critical",
    basis="law",
    subject={"practice": "pc", "state": "NY"},
    parties={"manager": "mso"},
    message="Summit is paid by Coastal PC on the basis 12% of collections",
    arrangement="manages:mso>pc",
    authorities=(
        Authority("NY-1", "8 NYCRR 29.1", "primary", "https://example.org/29", "Discipline", "unverified"),
        Authority("NY-2", "Educ. Law 6530", "unverified", None, "none known", "unverified"),
    ),
    evidence=(OWNS, MANAGES, WORKS),
    clears="A flat fee.",
    defenses=(DEFENSE,),
)
OPEN = Result(
    rule="OWNX-10",
    title="Non physician control",
    outcome="undecided",
    severity="medium",
    basis="law",
    subject={"practice": "pc", "state": "NY"},
    parties={"controller": None},
    message="Non physician control: not decided on the facts given",
    arrangement="pc",
    authorities=(),
    questions=(Question("Who owns Coastal PC?", "fact"), Question("Counsel must verify the law of NY", "law")),
)


def make(**changes: object) -> Report:
    """A report with a finding, something undecided, and an answer about control."""
    fields: dict[str, object] = {
        "findings": (FINDING,),
        "undecided": (OPEN,),
        "counts": Counts(1, 1, 0, 7),
        "controls": (
            ControlAnswer(
                "pc", "NY", "found", True, 45,
                (ControlledBy("fund", 1, "moved votes", True, True, (), False, "an investor", (OWNS,)),), (),
            ),
        ),
        "scores": (Score("pc", "NY", 45, "high", (("CTRL-07", 30), ("CTRL-08", 15))),),
        "checklist": (Check("pc", "NY", "Fee is at fair market value", "no", ("FEE-01",)),),
        "assumptions": ("One share, one vote.",),
        "notes": ("A note.",),
        "as_of": date(2026, 11, 24),
        "law_as_of": date(2026, 11, 1),
        "digest": "ab" * 32,
        "version": "0.1.0",
        "structure": "Coastal deal",
        "inputs": ("deal.yaml", "deal.xlsx!manages"),
        "documents": ("Cap table p. 3",),
        "names": {"pc": "Coastal PC", "mso": "Summit", "fund": "Fund III", "elsewhere": "Not in the report"},
        "threshold": 40,
    }  # fmt: skip
    return Report(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def report() -> Report:
    return make()


@pytest.fixture
def empty() -> Report:
    return make(
        findings=(), undecided=(), counts=Counts(0, 0, 0, 0), controls=(), scores=(), checklist=(), assumptions=(),
        notes=(), digest="", structure=None, inputs=(), documents=(), names={},
    )  # fmt: skip


@pytest.fixture
def hostile() -> Report:
    """Names that move cursors, turn the direction of a line, and run as formulas."""
    from dataclasses import replace

    bad = "=cmd|'/C calc'!A0\x1b[31m\u202e\n\x00"
    finding = replace(FINDING, message=f"@{bad}", subject={"practice": "pc", "state": "NY"})
    return make(findings=(finding,), names={"pc": bad, "mso": f"\t{bad}", "fund": f"+{bad}"}, structure=bad)


DEAL = """\
structure: Coastal deal
as_of: 2026-11-24
complete: [licenses]
entities:
  - {id: lopez, name: Dr. Ana Lopez, kind: physician, licensed_in: CA}
  - {id: coastal_pc, name: "Coastal Medical, PC", kind: practice, form: PC, operates_in: [CA, NY]}
  - {id: summit, name: Summit MSO, kind: mso}
  - {id: holdco, name: Holdco, kind: organization}
  - {id: fund_iii, name: Fund III, kind: private_equity}
owns:
  - {owner: lopez, owned: coastal_pc, share: "60%"}
  - {owner: fund_iii, owned: holdco, share: "80%", source: Cap table p. 3}
  - {owner: holdco, owned: summit, share: "100%"}
manages:
  - {manager: summit, managed: coastal_pc, fee_basis: pct_collections, fee_pct: 12}
restricts_transfer:
  - {holder: summit, owner: lopez, over: coastal_pc, triggers: [any_time], designee_chosen_by: holder}
"""


@pytest.fixture
def deal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small deal as a file; its name as tests see it is deal.yaml."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deal.yaml").write_text(DEAL, encoding="utf-8")
    return Path("deal.yaml")
