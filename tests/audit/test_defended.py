"""What defenses do to results: a small rule over payments, with its whole result."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import ownergraph
from ownergraph.audit.engine import Ran, run
from ownergraph.audit.evidence import Namer
from ownergraph.law import defenses
from ownergraph.report.defenses import sentences
from ownergraph.rules.api import Cases, Rule, fact, rule
from tests.support import graph

c = pl.col
CODES = [element.code for element in defenses()["stark_fmv"].elements]
ENTITIES = [
    {"id": "ray", "name": "Dr. Ray", "kind": "person"},
    {"id": "may", "name": "Dr. May", "kind": "person"},
    {"id": "lab", "name": "Harbor Lab", "kind": "laboratory"},
]
PAID = {"payer": "lab", "payee": "ray", "purpose": "consulting", "amount_usd": 900.0}


def payments(law: Any = "stark", defended: str | None = "row", **changes: Any) -> Rule:
    """A rule that finds payments of consulting, and is undecided where the purpose is not recorded."""

    @rule(
        "STARK-01", name="consulting-is-paid", severity="high", basis="law", says="{payer} pays {payee}",
        subject=("payee",), parties=("payer",), defenses=law, **changes,
    )  # fmt: skip
    def cases(g: Any) -> Cases:
        frame = g.relations["PAYS"].lazy().select("payer", "payee", "purpose", row="id")
        return Cases(frame, fact(c("purpose") == "consulting", "What is paid?"), ("row",), defended=defended)

    return cases


def ran(folder: Path, made: Rule | None = None, **tables: Any) -> tuple[ownergraph.Graph, Ran]:
    g = graph(folder, **{"entities": ENTITIES, **tables})
    return g, run(g, [made or payments()])


def met(row: str, codes: list[str] = CODES, **more: Any) -> dict[str, Any]:
    return {"about": row, "defense": "stark_fmv", "met": codes, **more}


def test_a_whole_defense_takes_a_result_away(tmp_path: Path) -> None:
    _, found = ran(tmp_path, pays=[{"id": "p", **PAID}], defenses=[met("p", relied_on_by="lab")])
    assert found.results == ()
    assert found.not_found == 1
    assert found.closed == {("STARK-01", None, None)}
    assert found.notes == (
        "STARK-01 is not indicated for Dr. Ray, Harbor Lab: every element of 42 CFR 411.357(l) [secondary] is "
        "recorded; counsel must confirm.",
    )


def test_elements_that_are_not_recorded_leave_a_result_found(tmp_path: Path) -> None:
    g, found = ran(
        tmp_path,
        pays=[{"id": "p", **PAID}],
        defenses=[met("p", CODES[:3], not_met=["fmv"], relied_on_by="lab")],
    )
    assert found.notes == ()
    assert found.not_found == 0
    (result,) = found.results
    assert result.outcome == "found"
    assert result.questions == ()
    assert result.defenses[0] == g.defenses.of("p", "stark")[0]
    text = next(sentences(result.defenses, Namer(g.names), 3))
    assert text.startswith(
        "Defense stark_fmv (42 CFR 411.357(l)) [secondary], relied on by Harbor Lab: recorded true writing signed, "
        "identifiable items services space or equipment specified, compensation specified, if lease not pct not per "
        "unit referred; recorded false fmv; not recorded "
    )
    assert text.endswith(", no aks violation, no unlawful activity, directed referral conditions 411 354d4.")


def test_an_undecided_row_goes_away_too(tmp_path: Path) -> None:
    """Found and not defended is false where it is defended, whatever else is unknown."""
    row = {"id": "p", "payer": "lab", "payee": "ray"}
    _, found = ran(tmp_path, pays=[row], defenses=[met("p")])
    assert (found.results, found.not_found, len(found.notes)) == ((), 1, 1)
    _, found = ran(tmp_path, pays=[row], defenses=[met("p", CODES[:1])])
    (result,) = found.results
    assert (result.outcome, [q.text for q in result.questions]) == ("undecided", ["What is paid?"])
    assert [one.id for one in result.defenses] == ["stark_fmv"]


def test_another_row_keeps_the_result(tmp_path: Path) -> None:
    _, found = ran(tmp_path, pays=[{"id": "p", **PAID}, {"id": "q", **PAID}], defenses=[met("p")])
    (result,) = found.results
    assert [item.row for item in result.evidence] == ["q"]
    assert (found.not_found, found.notes) == (1, ())


def test_rows_of_one_identity_keep_the_defenses_of_all(tmp_path: Path) -> None:
    some = [met("p", CODES[:2]), met("q", CODES[:3])]
    g, found = ran(tmp_path, pays=[{"id": "p", **PAID}, {"id": "q", **PAID}], defenses=some)
    (result,) = found.results
    assert [(one.id, one.row) for one in result.defenses][:2] == [("stark_fmv", "q"), ("stark_fmv", "p")]
    told = list(sentences(result.defenses, Namer(g.names), 1))
    assert told[0].startswith("Defense stark_fmv (42 CFR 411.357(l)) [secondary], for q: recorded true ")
    assert told[1] == "and 1 more defense, with fewer elements recorded true; every other format has it."


@pytest.mark.parametrize(("law", "defended"), [("aks", "row"), (None, None), ("stark", None)])
def test_a_defense_of_another_law_or_a_rule_without_defenses(tmp_path: Path, law: Any, defended: str | None) -> None:
    _, found = ran(tmp_path, payments(law, defended), pays=[{"id": "p", **PAID}], defenses=[met("p")])
    (result,) = found.results
    assert (result.defenses, found.notes) == ((), ())


def test_cases_with_a_column_need_a_law(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="STARK-01: cases have defended='row', but the rule has no defenses="):
        ran(tmp_path, payments(None), pays=[{"id": "p", **PAID}])


def listed(frame: Callable[[Any], pl.LazyFrame]) -> Rule:
    """A rule whose rows are defended only where every id of a list is."""

    @rule("STARK-01", name="all-of-them", severity="high", basis="law", says="x", subject=("payee",), defenses="stark")
    def cases(g: Any) -> Cases:
        return Cases(frame(g), fact(pl.lit(True), ""), ("rows",), defended="rows")

    return cases


@pytest.mark.parametrize(
    ("rows", "away"), [(["p"], True), (["p", "q"], False), (["p", None], False), ([], False), (["p", "p"], True)]
)
def test_every_row_must_be_defended(tmp_path: Path, rows: list[str | None], away: bool) -> None:
    frame = pl.LazyFrame({"payee": ["ray"], "rows": [rows]}, schema={"payee": pl.String, "rows": pl.List(pl.String)})
    pays = [{"id": "p", **PAID}, {"id": "q", **PAID}]
    _, found = ran(tmp_path, listed(lambda _: frame), pays=pays, defenses=[met("p")])
    assert (found.results == ()) is away
    assert bool(found.notes) is away


def test_notes_are_gathered_and_say_when_nobody_relies_on_it(tmp_path: Path) -> None:
    """One note for a rule and a defense; facts alone can answer a whole defense of a lease."""
    lease = {
        "id": "lease", "lessor": "ray", "lessee": "lab", "item": "equipment", "rent_basis": "fixed", "rent_usd": 1000,
        "shared_with_lessor": False, "term_months": 12, "in_writing": True, "signed_on": "2024-01-01",
        "set_in_advance": True, "needed": True, "specified": True, "is_fmv": True, "varies_with_referrals": False,
        "formula_counts_referrals": False, "commercially_reasonable": True,
    }  # fmt: skip
    pays = [
        {"id": "rent", "payer": "lab", "payee": "ray", "agreement": "lease"},
        {"id": "a", **PAID, "payee": "may"},
        {"id": "b", **PAID, "payer": "may"},
    ]
    _, found = ran(tmp_path, leases_to=[lease], pays=pays, defenses=[met("a"), met("b")])
    assert found.results == ()
    assert found.notes == (
        "STARK-01 is not indicated for Dr. Ray, Harbor Lab: every element of 42 CFR 411.357(b); 42 U.S.C. "
        "1395nn(e)(1)(B) [primary] is recorded, though nobody is recorded as relying on it; counsel must confirm.",
        "STARK-01 is not indicated for Dr. May, Harbor Lab; Dr. Ray, Dr. May: every element of 42 CFR 411.357(l) "
        "[secondary] is recorded; counsel must confirm.",
    )


def test_long_notes_are_cut(tmp_path: Path) -> None:
    people = [{"id": f"p{n:02}", "kind": "person"} for n in range(12)]
    pays = [{**PAID, "id": f"pay{n:02}", "payee": f"p{n:02}"} for n in range(12)]
    _, found = ran(
        tmp_path, entities=[*ENTITIES, *people], pays=pays, defenses=[met(row["id"]) for row in pays]
    )  # fmt: skip
    (note,) = found.notes
    assert "p09, Harbor Lab and 2 more: every element" in note


def test_the_report_tells_of_what_went_away_and_of_what_does_not_fit(tmp_path: Path) -> None:
    """Notes of the engine and of defenses that are recorded for the wrong rows."""
    from ownergraph.audit.run import audit

    wrong = {"about": "p", "defense": "stark_rural_provider", "met": ["furnished_in_rural_area"]}
    g = graph(tmp_path, entities=ENTITIES, pays=[{"id": "p", **PAID}], defenses=[wrong])
    notes = audit(g, families=["MSA"]).notes
    assert [note for note in notes if "stark_rural_provider" in note] == [
        "stark_rural_provider is recorded for p (PAYS), but 42 CFR 411.356(c)(1); 42 U.S.C. 1395nn(d)(2) is about "
        "something else there; it was not counted."
    ]


# --- unverified law clears nothing -----------------------------------------------------------------------------------

READ, NOT_READ = "stark_fmv", ["stark_academic_medical_center", "stark_value_based"]
"""Defenses that payments for consulting may have: of text that was read, and of text that was not."""


def whole(row: str, name: str) -> dict[str, Any]:
    """Every element of a defense, recorded as met."""
    codes = [element.code for element in defenses()[name].elements]
    return {"about": row, "defense": name, "met": codes, "relied_on_by": "lab"}


def trusting(folder: Path) -> ownergraph.Graph:
    """The structure written last, with law that nobody has read."""
    return ownergraph.load(folder / "structure.yaml", trust_unverified=True)


@pytest.mark.parametrize("name", [READ, *NOT_READ])
def test_a_defense_of_unverified_text_takes_nothing_away(tmp_path: Path, name: str) -> None:
    """The same facts, every element on record: found, listed, and asked of nobody; away only where it is trusted."""
    verified = name == READ
    assert verified is (defenses()[name].verification != "unverified")
    g, found = ran(tmp_path, pays=[{"id": "p", **PAID}], defenses=[whole("p", name)])
    (one,) = [one for one in g.defenses.of("p", "stark") if one.id == name]
    assert (True, verified, verified) == (one.met, one.trusted, one.excuses)
    assert (
        (frozenset({"p"}) if verified else frozenset())
        == g.defenses.excused("stark")
        == g.defenses.excused("stark", ["p"])
    )
    trust = trusting(tmp_path)
    (trusted,) = [one for one in trust.defenses.of("p", "stark") if one.id == name]
    assert (True, True, True) == (trusted.met, trusted.trusted, trusted.excuses)
    assert {"p"} == trust.defenses.excused("stark") == trust.defenses.excused("stark", ["p"])
    away = (
        f"STARK-01 is not indicated for Dr. Ray, Harbor Lab: every element of {one.citation} [{one.verification}] is "
        "recorded; counsel must confirm.",
    )
    if verified:
        assert ((), 1, away) == (found.results, found.not_found, found.notes)
    else:
        (result,) = found.results
        assert ("found", (), 0, ()) == (result.outcome, result.questions, found.not_found, found.notes)
        assert one == result.defenses[0]
        assert (
            f"Defense {name} ({one.citation}) [unverified], relied on by Harbor Lab: every element is recorded; "
            "counsel must confirm its text first, which is unverified and so takes nothing away."
        ) == next(sentences(result.defenses, Namer(g.names), 3))
    again = run(trust, [payments()])
    assert ((), 1, away) == (again.results, again.not_found, again.notes)


@pytest.mark.parametrize("missing", [element.code for element in defenses()["stark_value_based"].elements])
def test_trust_does_not_stand_in_for_an_element(tmp_path: Path, missing: str) -> None:
    record = whole("p", "stark_value_based")
    record["met"] = [code for code in record["met"] if code != missing]
    ran(tmp_path, pays=[{"id": "p", **PAID}], defenses=[record])
    (result,) = run(trusting(tmp_path), [payments()]).results
    assert (missing,) == result.defenses[0].codes(None)
    assert not result.defenses[0].excuses


def test_an_unverified_defense_neither_helps_nor_hides_a_verified_one(tmp_path: Path) -> None:
    """It covers no second row, and comes after one that takes the row away, however much of either is on record."""
    rows = pl.LazyFrame({"payee": ["ray"], "rows": [["p", "q"]]})
    pays = [{"id": "p", **PAID}, {"id": "q", **PAID}]
    one, other = whole("p", READ), whole("q", "stark_value_based")
    _, found = ran(tmp_path, listed(lambda _: rows), pays=pays, defenses=[one, other])
    assert ["found"] == [result.outcome for result in found.results]
    assert () == run(trusting(tmp_path), [listed(lambda _: rows)]).results
    g, found = ran(tmp_path, listed(lambda _: rows), pays=pays, defenses=[one, other, whole("q", READ)])
    assert [READ, "stark_value_based"] == [defense.id for defense in g.defenses.of("q", "stark")][:2]
    assert ((), 1) == (found.results, found.not_found)
    assert "value" not in found.notes[0]


def test_the_audit_of_a_return_path(tmp_path: Path) -> None:
    """The rule itself, from the input to the report."""
    from ownergraph.audit.run import audit

    ray = {"id": "ray", "name": "Dr. Ray", "kind": "physician", "licensed_in": "TX"}
    orders = {"id": "r", "referrer": "ray", "receiver": "lab", "payer_class": "medicare", "dhs": "LAB",
              "period_start": "2026-01-01", "period_end": "2026-01-31"}  # fmt: skip
    facts: dict[str, Any] = {"entities": [ray, *ENTITIES[2:]], "refers_to": [orders]}
    paid = {"id": "p", **PAID, "paid_on": "2026-02-10"}
    for name, default in (("aks_value_based", ["found"]), ("aks_personal_services_management", [])):
        g = graph(tmp_path, **facts, pays=[paid], defenses=[whole("p", name)])
        told = [[r.outcome for r in audit(at, rules=["AKS-01"]).results] for at in (g, trusting(tmp_path))]
        assert [default, []] == told


def test_a_rule_without_defenses_asks_for_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is worked out for rules that take no defenses, nor where the table is empty."""
    from ownergraph.analysis import defenses as module
    from ownergraph.audit.run import audit

    def fails(*_: object) -> None:
        raise AssertionError("defenses were asked for")

    monkeypatch.setattr(module.Defenses, "__init__", fails)
    audit(graph(tmp_path, entities=ENTITIES, pays=[{"id": "p", **PAID}]))
