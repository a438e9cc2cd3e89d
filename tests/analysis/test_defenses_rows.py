"""Defenses of rows of each relation, answered by facts, and which rows one defense covers."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import ownergraph
from ownergraph.analysis.defenses import Defenses
from ownergraph.law import LawError, defenses
from tests.analysis.defended import FACTS, LEASE, find, made, told

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
