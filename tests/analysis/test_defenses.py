"""Defenses of rows: what is recorded, what facts say, what that covers, and what takes a result away."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownergraph.analysis.defense_facts import IF_SO, derived, tell
from ownergraph.analysis.defenses import Defenses
from ownergraph.law import defense_scopes, defenses
from ownergraph.model import RELATIONS
from tests.analysis.defended import LEASE, find, made, told

# --- the tables -----------------------------------------------------------------------------------------------------


def test_every_scope_is_of_a_known_defense_relation_and_column(tmp_path: Path) -> None:
    assert set(defense_scopes()) == set(derived())
    assert {scope.defense for many in defense_scopes().values() for scope in many} == set(defenses())
    assert set(defense_scopes()) <= set(RELATIONS)
    g = made(tmp_path)
    for relation in defense_scopes():  # columns and words that conditions name are columns of the row
        assert tell(g, relation).height == 0


def test_what_a_defense_covers_agrees_with_the_relations_it_is_for() -> None:
    for relation, scopes in defense_scopes().items():
        for scope in scopes:
            covers = defenses()[scope.defense].covers
            if covers == "ownership":
                assert relation == "OWNS", scope
            if covers == "compensation":
                assert relation != "OWNS", scope


def test_derived_elements_are_elements_and_conditions_are_derived_somewhere() -> None:
    known = {element.code for one in defenses().values() for element in one.elements}
    for codes in derived().values():
        assert set(codes) <= known
    assert known >= IF_SO


# --- recorded elements ----------------------------------------------------------------------------------------------


def test_recorded_elements_win_over_facts(tmp_path: Path) -> None:
    row = {"about": "lease", "defense": "stark_equipment", "met": ["fmv"], "not_met": ["writing_signed"]}
    g = made(tmp_path, leases_to=[{**LEASE, "is_fmv": False}], defenses=[{**row, "relied_on_by": "lab"}])
    one = find(g, "lease", "stark_equipment")
    assert dict(one.elements)["fmv"] is True
    assert dict(one.elements)["writing_signed"] is False
    assert one.relied_on
    assert one.relied_on_by == "lab"
    assert one.derived == {code for code, _ in one.elements} - {"fmv", "writing_signed"}
    assert not one.met
    assert g.defenses.excused("stark") == frozenset()


def test_facts_that_answer_every_element_excuse_a_row(tmp_path: Path) -> None:
    g = made(tmp_path, leases_to=[LEASE])
    assert g.defenses.excused("stark") == {"lease"} == g.defenses.excused("aks")
    assert g.defenses.of("lease", "stark")[0].id == "stark_equipment"
    assert find(g, "lease", "aks_equipment").met


NOT_ASKED = {"id", "lessor", "lessee", "item", "rent_usd", "covers_all", "exclusive_use", "shared_with_lessor"}
"""Fields without which no element of the exception for equipment is open; the last two answer for each other."""


@pytest.mark.parametrize("field", sorted(set(LEASE) - NOT_ASKED))
def test_one_fact_that_is_missing_leaves_an_element_open(tmp_path: Path, field: str) -> None:
    g = made(tmp_path, leases_to=[{k: v for k, v in LEASE.items() if k != field}])
    assert None in told(g, "lease", "stark_equipment").values()
    assert False not in told(g, "lease", "stark_equipment").values()
    assert g.defenses.excused("stark") == frozenset()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"in_writing": False}, "writing_signed"),
        ({"term_months": 11}, "duration_ge_1y_no_new_lease_in_first_year"),
        ({"set_in_advance": False}, "rent_set_in_advance"),
        ({"is_fmv": False}, "fmv"),
        ({"is_fmv": None, "market_usd": 1200}, "fmv"),
        ({"varies_with_referrals": True}, "not_volume_value_of_referrals_or_other_business"),
        ({"unit_varies_with_referrals": True}, "not_volume_value_of_referrals_or_other_business"),
        ({"noncompete": True}, "not_volume_value_of_referrals_or_other_business"),
        ({"rent_basis": "pct", "rent_usd": None, "rent_pct": 5}, "not_pct_of_revenue_of_equipment"),
        ({"exclusive_use": None, "shared_with_lessor": True}, "exclusive_use_against_lessor_and_related"),
        ({"needed": False}, "not_exceeding_reasonable_and_necessary"),
        ({"specified": False}, "equipment_specified"),
        ({"commercially_reasonable": False}, "commercially_reasonable"),
    ],
)
def test_facts_to_the_contrary(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    row = {k: v for k, v in {**LEASE, **change}.items() if v is not None}
    if code.startswith("not_volume"):
        row.pop("varies_with_referrals") if "varies_with_referrals" not in change else None
    g = made(tmp_path, leases_to=[row])
    assert told(g, "lease", "stark_equipment")[code] is False


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unit_varies_with_referrals": True}, "not_volume_value_of_referrals_or_other_business"),
        ({"shared_with_lessor": True}, "exclusive_use_against_lessor_and_related"),
        ({"signed_on": None}, "writing_signed"),
        ({"rent_basis": "time_block"}, "not_per_unit_for_patients_referred_by_lessor_to_lessee"),
        ({"rent_basis": "per_use"}, "not_per_unit_for_patients_referred_by_lessor_to_lessee"),
        ({"valid_from": "2024-01-01", "valid_to": "2024-06-01"}, "duration_ge_1y_no_new_lease_in_first_year"),
    ],
)
def test_facts_that_contradict_each_other_or_do_not_say(tmp_path: Path, change: dict[str, Any], code: str) -> None:
    g = made(tmp_path, leases_to=[{k: v for k, v in {**LEASE, **change}.items() if v is not None}])
    assert told(g, "lease", "stark_equipment")[code] is None


def test_rent_per_use_counts_where_the_lessor_refers_to_the_lessee(tmp_path: Path) -> None:
    code = "not_per_unit_for_patients_referred_by_lessor_to_lessee"
    g = made(
        tmp_path, leases_to=[{**LEASE, "rent_basis": "per_use"}], refers_to=[{"referrer": "pc", "receiver": "lab"}]
    )
    assert told(g, "lease", "stark_equipment")[code] is False


@pytest.mark.parametrize(
    ("opinion", "value"),
    [
        ({"independent": True, "dated": "2024-01-01", "low_usd": 900, "high_usd": 1100}, True),
        ({"independent": True, "dated": "2024-01-01", "low_usd": 1001, "high_usd": 1100}, False),
        ({"independent": False, "dated": "2024-01-01", "low_usd": 900, "high_usd": 1100}, None),
        ({"independent": True, "dated": "2027-01-01", "low_usd": 900, "high_usd": 1100}, None),
        ({"independent": True, "low_usd": 900, "high_usd": 1100}, None),
        ({"independent": True, "dated": "2024-01-01", "low_usd": 900}, None),
        (
            {"independent": True, "dated": "2024-01-01", "low_usd": 900, "high_usd": 1100, "appraiser_entity": "pc"},
            None,
        ),
    ],
)
def test_an_independent_opinion_answers_fair_market_value(
    tmp_path: Path, opinion: dict[str, Any], value: bool | None
) -> None:
    row = {k: v for k, v in LEASE.items() if k != "is_fmv"}
    g = made(tmp_path, leases_to=[row], fmv_opinions=[{"about": "lease", **opinion}])
    assert told(g, "lease", "stark_equipment")["fmv"] is value


# --- many rows ------------------------------------------------------------------------------------------------------

_MAYBE = st.sampled_from([None, True, False])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "is_fmv": _MAYBE,
                "shared_with_lessor": _MAYBE,
                "item": st.sampled_from([None, "space", "equipment"]),
                "term_months": st.sampled_from([None, 6, 12]),
                "recorded": st.sampled_from([None, "met", "not_met"]),
            }
        ),
        max_size=8,
    )
)
def test_excused_is_what_row_by_row_says(tmp_path: Path, changes: list[dict[str, Any]]) -> None:
    """Columns and single rows agree, and more facts never take away what was recorded as met."""
    leases, recorded, pays = [], [], []
    for number, change in enumerate(changes):
        how = change.pop("recorded")
        row = {**LEASE, **change, "id": f"l{number}"}
        leases.append({k: v for k, v in row.items() if v is not None})
        if how:
            recorded.append({"about": f"l{number}", "defense": "stark_equipment", how: ["fmv"]})
        pays.append({"id": f"p{number}", "payer": "lab", "payee": "pc", "amount_usd": 1, "agreement": f"l{number}"})
    g = made(tmp_path, leases_to=leases, pays=pays, defenses=recorded)
    rows = [row["id"] for row in (*leases, *pays)]
    for law in ("stark", "aks"):
        single = {row for row in rows if any(one.met for one in Defenses(g).of(row, law))}
        assert g.defenses.excused(law) == single == Defenses(g).excused(law, rows)
