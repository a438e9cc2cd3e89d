"""Defenses of rows: what is recorded, what facts say, what that covers, and what takes a result away."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ownergraph
from ownergraph.analysis.defense_facts import IF_SO, derived, tell
from ownergraph.analysis.defenses import CheckedDefense, Defenses
from ownergraph.law import LawError, defense_scopes, defenses
from ownergraph.model import RELATIONS
from tests.support import graph

LEASE = {
    "id": "lease", "lessor": "pc", "lessee": "lab", "item": "equipment", "rent_basis": "fixed", "rent_usd": 1000,
    "shared_with_lessor": False, "exclusive_use": True, "term_months": 12, "in_writing": True,
    "signed_on": "2024-01-01", "set_in_advance": True, "needed": True, "specified": True, "covers_all": True,
    "is_fmv": True, "varies_with_referrals": False, "formula_counts_referrals": False, "commercially_reasonable": True,
}  # fmt: skip
"""A lease of equipment of which facts answer every element of both laws."""

FACTS: dict[str, list[dict[str, Any]]] = {
    "entities": [
        {"id": "ray", "kind": "physician", "licensed_in": "CA", "name": "Dr. Ray"},
        {"id": "pc", "kind": "practice", "bills_federal_programs": True},
        {"id": "lab", "kind": "laboratory", "name": "Harbor Lab"},
        {"id": "hospital", "kind": "hospital"},
    ]
}


def made(folder: Path, **tables: Any) -> ownergraph.Graph:
    return graph(folder, **{**FACTS, **tables})


def find(g: ownergraph.Graph, row: str, name: str) -> CheckedDefense:
    found = {one.id: one for one in g.defenses.of(row, defenses()[name].law)}
    assert name in found, f"{name} is not among {sorted(found)}"
    return found[name]


def told(g: ownergraph.Graph, row: str, name: str) -> dict[str, bool | None]:
    return dict(find(g, row, name).elements)


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


# --- other relations ------------------------------------------------------------------------------------------------


def test_an_employee(tmp_path: Path) -> None:
    row = {"id": "job", "employer": "pc", "employee": "ray", "status": "w2", "clinical": True, "comp_basis": "salary"}
    g = made(tmp_path, employs=[row])
    assert g.defenses.excused("aks") == {"job"}
    assert g.defenses.excused("stark") == frozenset()
    wages = {"payer": "pc", "payee": "ray", "agreement": "job", "amount_usd": 1}
    pays = [
        {"id": "wages", **wages, "purpose": "wages"},
        {"id": "heads", **wages, "purpose": "commission", "basis": "per_head"},
        {"id": "speech", **wages, "purpose": "speaker"},
    ]
    assert made(tmp_path, employs=[row], pays=pays).defenses.excused("aks") == {"job", "wages"}
    cases = (({"comp_basis": "per_referral"}, False), ({"clinical": False}, None), ({"employer": "lab"}, None))
    for change, value in cases:
        g = made(tmp_path, employs=[{**row, **change}])
        assert g.defenses.excused("aks") == frozenset()
        assert told(g, "job", "aks_employee") == {
            "bona_fide_employment_relationship": True,
            "payment_by_employer_for_covered_items_or_services": value,
        }


def test_a_contractor_is_covered_by_other_defenses(tmp_path: Path) -> None:
    row = {"id": "job", "employer": "pc", "employee": "ray", "status": "contractor", "term_years": 1, "annual_usd": 90}
    g = made(tmp_path, employs=[{**row, "fmv_low_usd": 80, "fmv_high_usd": 100, "signed_on": "2024-01-01"}])
    assert "aks_employee" not in {one.id for one in g.defenses.of("job", "aks")}
    found = told(g, "job", "aks_personal_services_management")
    assert {code for code, value in found.items() if value} == {"writing_signed", "term_ge_1y", "fmv_arms_length"}
    g = made(tmp_path, employs=[{**row, "fmv_low_usd": 80, "fmv_high_usd": 85}])
    assert told(g, "job", "aks_personal_services_management")["fmv_arms_length"] is False


def test_a_management_agreement(tmp_path: Path) -> None:
    row = {
        "id": "msa", "manager": "lab", "managed": "pc", "in_writing": True, "signed_by_both": True, "term_years": 3,
        "services": ["billing"], "covers_all_services": True, "services_needed": True, "fee_set_in_advance": True,
        "fee_is_fmv": True, "varies_with_referrals": False, "formula_counts_referrals": False,
    }  # fmt: skip
    g = made(tmp_path, manages=[row])
    one = find(g, "msa", "aks_personal_services_management")
    assert one.codes(None) == ("no_unlawful_activity",)
    assert one.codes(False) == ()
    g = made(tmp_path, manages=[{**row, "services": [], "signed_by_both": False, "fee_change_retroactive": True}])
    one = find(g, "msa", "aks_personal_services_management")
    assert one.codes(False) == ("writing_signed", "covers_all_services_and_specifies")
    assert dict(one.elements)["methodology_set_in_advance"] is None  # set in advance, and changed for the past


def test_an_investment(tmp_path: Path) -> None:
    row = {
        "id": "own", "owner": "ray", "owned": "lab", "share": "10%", "return_proportional": True, "same_terms": True,
        "must_refer": False, "terms_follow_referrals": False,
    }  # fmt: skip
    entities = [*FACTS["entities"][:2], {**FACTS["entities"][2], "investor_revenue_pct": 40}]
    one = find(made(tmp_path, entities=entities, owns=[row]), "own", "aks_investment_small")
    assert len(one.codes(True)) == 5
    entities[2]["investor_revenue_pct"] = 40.5
    bad = {**row, "must_refer": True, "price_counts_referrals": True, "consideration_financed_by": "lab"}
    bad.pop("terms_follow_referrals")
    one = find(made(tmp_path, entities=entities, owns=[bad]), "own", "aks_investment_small")
    assert set(one.codes(False)) == {
        "gross_health_revenue_from_investors_le_40pct_prior_fy_or_12m", "terms_not_related_to_volume_of_referrals",
        "no_duty_to_refer_to_remain_investor", "no_loan_or_guarantee_to_referrers",
    }  # fmt: skip


def test_a_publicly_traded_company(tmp_path: Path) -> None:
    entities = [*FACTS["entities"][:2], {**FACTS["entities"][2], "listed": True, "equity_usd": 75_000_001}]
    g = made(tmp_path, entities=entities, owns=[{"id": "own", "owner": "ray", "owned": "lab", "share": "1%"}])
    assert find(g, "own", "stark_publicly_traded").codes(None) == (
        "securities_purchasable_on_terms_generally_available_to_public",
    )
    # equity of one year below the mark says nothing: the mean of three years counts, too
    entities[2].update(equity_usd=75_000_000, listed=False)
    g = made(tmp_path, entities=entities, owns=[{"id": "own", "owner": "ray", "owned": "lab", "share": "1%"}])
    assert "stark_publicly_traded" not in {one.id for one in g.defenses.of("own", "stark")}


@pytest.mark.parametrize(
    ("baseline", "beds", "value"),
    [
        ({"beds_2010": 100}, 100, True),
        ({"beds_2010": 100}, 101, None),
        ({"beds_2010": 100, "expansion_approved": False}, 101, False),
        ({"beds_2010": 100, "expansion_approved": True}, 101, None),
        ({"beds_2010": 100, "expansion_approved": True, "approved_beds": 150}, 150, True),
        ({"beds_2010": 100, "expansion_approved": True, "approved_beds": 150}, 151, False),
    ],
)
def test_a_hospital_with_physician_owners(
    tmp_path: Path, baseline: dict[str, Any], beds: int, value: bool | None
) -> None:
    g = made(
        tmp_path,
        entities=[*FACTS["entities"][:3], {"id": "hospital", "kind": "hospital", "beds": beds}],
        owns=[{"id": "own", "owner": "ray", "owned": "hospital", "share": "41%"}],
        hospital_baselines=[
            {"hospital": "hospital", "physician_owned_2010": True, "physician_pct_2010": 40, **baseline},
        ],
    )
    found = told(g, "own", "stark_whole_hospital")
    assert found["licensed_or_procedure_room_bed_count_le_2010_03_23"] is value
    assert found["physician_owned_on_2010_12_31"] is True
    assert found["medicare_agreement_on_2010_12_31"] is None
    assert found["aggregate_physician_pct_le_2010_03_23"] is False
    assert found["interest_in_entire_hospital"] is True


def test_the_whole_hospital_exception_is_for_hospitals(tmp_path: Path) -> None:
    row = {"about": "own", "defense": "stark_whole_hospital", "met": ["interest_in_entire_hospital"]}
    g = made(tmp_path, owns=[{"id": "own", "owner": "ray", "owned": "lab", "share": "1%"}], defenses=[row])
    assert g.defenses.of("own", "stark") == []
    assert len(g.defenses.notes) == 1
    assert "stark_whole_hospital is recorded for own (OWNS)" in g.defenses.notes[0]


# --- what a defense covers ------------------------------------------------------------------------------------------


def test_a_payment_under_an_agreement(tmp_path: Path) -> None:
    paid = {"payer": "lab", "payee": "pc", "purpose": "rent", "amount_usd": 1000, "agreement": "lease"}
    loose = {k: v for k, v in paid.items() if k != "agreement"}
    g = made(
        tmp_path,
        leases_to=[LEASE],
        pays=[{"id": "under", **paid}, {"id": "loose", **loose}, {"id": "counts", **paid, "basis": "per_referral"}],
    )
    assert g.defenses.excused("stark") == {"lease", "under"} == g.defenses.excused("aks")
    one = find(g, "under", "stark_equipment")
    assert (one.row, one.about, one.relied_on) == ("under", "lease", False)
    # what the payment itself says against it is not mended by the agreement
    assert find(g, "counts", "stark_equipment").codes(False) == ("not_volume_value_of_referrals_or_other_business",)
    assert g.defenses.excused("stark", ["under", "counts", "nowhere"]) == {"under"}


@pytest.mark.parametrize(
    ("relation", "agreement", "purpose"),
    [
        ("employs", {"employer": "lab", "employee": "ray", "status": "w2", "annual_usd": 12000}, "other"),
        ("holds_role", {"person": "ray", "organization": "lab", "role": "medical_director", "monthly_fee_usd": 1000},
         "medical_director"),
        ("manages", {"manager": "ray", "managed": "lab", "fee_basis": "fixed", "fee_usd": 12000}, "management_fee"),
        ("leases_to", {"lessor": "ray", "lessee": "lab", "rent_basis": "fixed", "rent_usd": 1000}, "rent"),
    ],
)  # fmt: skip
def test_what_is_paid_above_the_agreement_is_open(
    tmp_path: Path, relation: str, agreement: dict[str, Any], purpose: str
) -> None:
    """An agreement for $1,000 a month: $1,000 a month and $12,000 at once are provided, a cent more is not."""
    codes = [element.code for element in defenses()["stark_fmv"].elements]
    paid = {"payer": "lab", "payee": "ray", "purpose": purpose, "agreement": "deal"}
    month = {**paid, "period_start": "2026-02-01", "period_end": "2026-02-28"}
    pays = [
        {"id": "month", **month, "amount_usd": 1000},
        {"id": "month_more", **month, "amount_usd": 1000.01},
        {"id": "two_months", **month, "period_end": "2026-03-01", "amount_usd": 2000},
        {"id": "year", **paid, "paid_on": "2026-02-01", "amount_usd": 12000},
        {"id": "year_more", **paid, "paid_on": "2026-02-01", "amount_usd": 12000.01},
        {"id": "fair", **paid, "paid_on": "2026-02-01", "amount_usd": 99000, "is_fmv": True},
        {"id": "mended", **month, "amount_usd": 1500},
        {
            "id": "back",
            "payer": "ray",
            "payee": "lab",
            "amount_usd": 500,
            "paid_on": "2026-03-05",
            "refund_of": "mended",
        },
        {"id": "no_amount", **month},
    ]
    deal = {"id": "deal", **agreement}
    record = {"about": "deal", "defense": "stark_fmv", "met": codes}
    g = made(tmp_path, **{relation: [deal]}, pays=pays, defenses=[record])
    covered = {"month", "two_months", "year", "mended", "no_amount"}
    assert g.defenses.excused("stark") == {"deal", *covered}
    open_ = {"compensation_specified", "comp_set_in_advance", "fmv"}
    assert (
        set(find(g, "month_more", "stark_fmv").codes(None))
        == open_
        == set(find(g, "year_more", "stark_fmv").codes(None))
    )
    assert set(find(g, "fair", "stark_fmv").codes(None)) == open_ - {"fmv"}
    # what is recorded for the payment itself stands
    g = made(tmp_path, **{relation: [deal]}, pays=pays, defenses=[record, {**record, "about": "month_more"}])
    assert g.defenses.excused("stark") == {"deal", "month_more", *covered}


def test_a_distribution_is_covered_by_the_holdings_of_the_payee(tmp_path: Path) -> None:
    codes = [element.code for element in defenses()["aks_investment_small"].elements]
    holdings = [{"id": f"own{n}", "owner": "ray", "owned": "lab", "share": "10%"} for n in (1, 2)]
    paid = {"id": "paid", "payer": "lab", "payee": "ray", "purpose": "distribution", "amount_usd": 1}
    other = {"id": "other", "payer": "lab", "payee": "ray", "purpose": "consulting", "amount_usd": 1}
    record = {"defense": "aks_investment_small", "met": codes, "relied_on_by": "lab"}
    rows = [{"about": "own1", **record}, {"about": "own2", **record}]
    g = made(tmp_path, owns=holdings, pays=[paid, other], defenses=rows)
    assert g.defenses.excused("aks") == {"own1", "own2", "paid"}
    assert find(g, "paid", "aks_investment_small").relied_on_by == "lab"
    g = made(tmp_path, owns=holdings, pays=[paid, other], defenses=rows[:1])
    assert g.defenses.excused("aks") == {"own1"}


def test_a_defense_recorded_for_the_payment_itself(tmp_path: Path) -> None:
    codes = [element.code for element in defenses()["stark_fmv"].elements]
    paid = {"id": "paid", "payer": "lab", "payee": "ray", "purpose": "consulting", "amount_usd": 1, "basis": "per_test"}
    g = made(tmp_path, pays=[paid], defenses=[{"about": "paid", "defense": "stark_fmv", "met": codes}])
    assert g.defenses.excused("stark") == {"paid"}
    assert g.defenses.excused("aks") == frozenset()


def test_what_is_not_known_to_fit_counts_only_for_one_who_relies_on_it(tmp_path: Path) -> None:
    lease = {k: v for k, v in LEASE.items() if k != "item"}
    g = made(tmp_path, leases_to=[lease])
    assert "stark_equipment" not in {one.id for one in g.defenses.of("lease", "stark")}
    assert g.defenses.excused("aks") == frozenset()
    g = made(tmp_path, leases_to=[lease], defenses=[{"about": "lease", "defense": "stark_equipment"}])
    assert find(g, "lease", "stark_equipment").met


def test_the_best_comes_first_and_conditions_alone_bring_none(tmp_path: Path) -> None:
    role = {"id": "role", "person": "ray", "organization": "lab", "role": "medical_director"}
    g = made(tmp_path, leases_to=[LEASE], holds_role=[role])
    trues = [len(one.codes(True)) for one in g.defenses.of("lease", "stark")]
    assert trues == sorted(trues, reverse=True)
    assert g.defenses.of("role", "stark") == []
    assert g.defenses.of("role", "aks") == []


def test_rows_without_defenses_and_unknown_rows(tmp_path: Path) -> None:
    g = made(tmp_path, refers_to=[{"id": "ref", "referrer": "ray", "receiver": "lab"}])
    assert g.defenses.of("ref", "stark") == g.defenses.of("nowhere", "aks") == []
    assert g.defenses.excused("stark") == frozenset()


def test_a_structure_made_in_another_way_is_checked(tmp_path: Path) -> None:
    from ownergraph.ingest import read

    path = tmp_path / "a.yaml"
    rows = [{"about": "l", "defense": "nothing"}, {"about": "l", "defense": "aks_space", "met": ["what"]}]
    content = {**FACTS, "leases_to": [{"id": "l", "lessor": "pc", "lessee": "lab"}], "defenses": rows}
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(LawError) as caught:
        Defenses(ownergraph.Graph(read([path])))
    assert len(caught.value.messages) == 2
    assert 'no defense is called "nothing"' in caught.value.messages[0]


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
