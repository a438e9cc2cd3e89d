"""Defenses in the memo, in pages of rules, and their own page."""

from dataclasses import replace

import pytest

from ownergraph.audit.evidence import Namer
from ownergraph.audit.results import Report
from ownergraph.law import defenses
from ownergraph.report.defenses import page, sentences
from ownergraph.report.rules import explain
from ownergraph.report.text import render
from ownergraph.rules.api import all_rules
from tests.report.conftest import DEFENSE, FINDING


def test_the_memo_tells_of_the_best_three(report: Report) -> None:
    more = tuple(
        replace(DEFENSE, id=f"aks_{name}", relied_on_by=None) for name in ("space", "discount", "asc", "employee")
    )
    made = replace(report, findings=(replace(FINDING, defenses=(DEFENSE, *more)),))
    text = " ".join(render(made).split())
    said = "recorded true methodology set in advance; recorded false writing; not recorded monitored."
    assert f"Defense aks_outcomes_based (42 CFR 1001.952(d)(2)) [secondary], relied on by Summit: {said}" in text
    assert f"Defense aks_discount (42 CFR 1001.952(d)(2)) [secondary]: {said}" in text
    assert "aks_asc" not in text
    assert "and 2 more defenses, with fewer elements recorded true; every other format has them." in text


def test_the_same_answer_for_several_rows_is_told_once() -> None:
    rows = [replace(DEFENSE, row=f"pays:{n}", about="msa") for n in (1, 2, 3)]
    (text,) = sentences(rows, Namer())
    assert text.startswith(
        "Defense aks_outcomes_based (42 CFR 1001.952(d)(2)) [secondary], for pays:1 and 2 more, relied"
    )


def test_a_whole_defense_of_one_row_of_several() -> None:
    whole = replace(DEFENSE, elements=(("writing", True),), relied_on_by=None, row="other")
    texts = list(sentences([whole, DEFENSE], Namer({"mso": "Summit"})))
    assert texts[0].endswith(", for other: every element is recorded; counsel must confirm.")


@pytest.mark.parametrize(("law", "title"), [("stark", "Stark exceptions"), ("aks", "Anti-Kickback safe harbors")])
def test_the_page_of_a_rule_says_which_defenses_it_takes(law: str, title: str) -> None:
    rule = replace(all_rules()["FEE-01"], defenses=law)  # type: ignore[arg-type]
    text = " ".join(explain(rule).split())
    assert (
        f"Defenses: {title}, tested element by element; a result goes away only where every element of one is" in text
    )
    assert "Defenses:" not in explain(all_rules()["FEE-01"])


def test_the_page_of_defenses_has_every_element() -> None:
    text = page()
    for one in defenses().values():
        assert f"### {one.id}\n" in text
        for element in one.elements:
            assert f"| `{element.code}` | {element.verification} |" in text
    assert "| `writing_signed` | primary | LEASES_TO `in_writing`, `signed_on` |" in text
    assert "HOLDS_ROLE `is_fmv`" in text  # opinions have no unit to compare a monthly fee with
