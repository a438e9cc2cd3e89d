import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from ownergraph.law import (
    STATES,
    STRENGTH,
    authorities,
    authority,
    defenses,
    dhs,
    family,
    pecos_roles,
    powers,
    professions,
    rule_authorities,
    services,
    transaction_notices,
    transfer_triggers,
)
from ownergraph.law.files import DATA, rows, table
from ownergraph.law.vocabulary import Form, Holder, ProfessionCode
from ownergraph.model import vocabulary as model

RESEARCH = Path(__file__).parents[2].parent / "shared" / "law"
RULES = (
    [f"CPOM-OWN-{n:02}" for n in (*range(1, 9), 11)]
    + [f"CTRL-{n:02}" for n in (*range(1, 11), 12, 21)]
    + ["FEE-01", "FEE-02", "FEE-03", "OWNX-10"]
    + [f"MSA-{n:02}" for n in range(1, 12)]
)


def research(name: str) -> Path:
    if not (RESEARCH / name).exists():
        pytest.skip("the research tables are not here")
    return RESEARCH / name


def test_words_of_the_law_are_words_of_the_model():
    assert set(get_args(ProfessionCode)) == set(model.PROFESSIONS) == set(professions())
    assert set(get_args(Holder)) == set(get_args(model.Exempt))
    assert set(get_args(Form)) <= set(get_args(model.Form))
    assert set(transfer_triggers()) == set(get_args(model.Trigger))
    assert set(family()) == set(get_args(model.FamilyRelation))
    assert set(STATES) == set(get_args(model.State))


def test_codes_are_given_once():
    for name in ("services.csv", "powers.csv", "professions.csv", "transfer_triggers.csv", "dhs.csv"):
        assert max(Counter(row["code"] for row in rows(name)).values()) == 1, name
    ids = [row["id"] for row in table("authorities.json")]
    assert len(ids) == len(set(ids))


def test_every_point_of_the_guide_is_a_service():
    named = {}
    for code, service in services().items():
        if service.in_guide and code != service.group:
            named.setdefault(service.group, set()).add(code)
    assert named == {
        "revenue_cycle": {"billing", "coding", "claims"},
        "human_resources": {"recruiting", "clinician_recruiting", "hiring", "payroll", "benefits"},
        "compliance": {"hipaa", "osha", "state_compliance"},
        "marketing": {"advertising", "outreach", "reputation"},
        "information_technology": {"ehr", "security", "telehealth"},
        "facilities": {
            "leasing",
            "space_leasing",
            "equipment_leasing",
            "purchasing",
            "equipment_selection",
            "maintenance",
        },
    }


def test_services_that_touch_clinical_judgment():
    clinical = {code for code, service in services().items() if service.kind == "clinical"}
    assert clinical == {
        "diagnose", "treat", "prescribe", "clinical_protocols", "utilization_denial", "clinical_hiring",
    }  # fmt: skip
    for code in ("coding", "clinician_recruiting", "marketing", "equipment_selection"):
        assert services()[code].kind == "clinical_adjacent", code


def test_services_that_bring_patients_and_services_that_name_none():
    bring = {code for code, service in services().items() if service.referral_generating}
    assert bring >= {"marketing", "network_development", "managed_care_contracting", "physician_liaison"}
    assert {code for code, service in services().items() if service.vague} == {"all_necessary_services"}


def test_what_the_illinois_carve_out_covers():
    assert {code for code, service in services().items() if service.billing} == {
        "billing", "claims", "collections", "administrative_preparation",
    }  # fmt: skip


def test_powers_are_those_of_the_research_and_the_auditor():
    with research("control_powers.csv").open(newline="", encoding="utf-8") as file:
        source = {row["power"]: row for row in csv.DictReader(file)}
    assert set(powers()) == {*source, "choose_auditor"}
    grade = {"V1": "primary", "V2": "secondary"}
    for code, row in source.items():
        power = powers()[code]
        assert (power.class_, power.severity) == (row["class"], row["severity"])
        most = STRENGTH[grade.get(row["conf"], "unverified")]
        for given in (power.verification, power.ca_mbc_verification, power.ca_sb351_verification):
            assert STRENGTH[given] <= most, code
        assert STRENGTH[power.or_sb951_verification] <= STRENGTH["secondary"], code


def test_one_power_of_california_by_hand():
    power = powers()["contract_other_clinicians"]
    assert (power.ca_mbc, power.ca_sb351, power.or_sb951) == ("no", "yes", "yes")
    assert (power.ca_sb351_section, power.ca_sb351_verification) == ("1191(a)(2)(D)", "primary")


def test_only_physicians_are_physicians():
    assert [code for code, fact in professions().items() if fact.is_physician] == ["physician"]
    assert all(fact.is_licensed_health_professional for fact in professions().values())


def test_triggers_of_the_transfer_rule():
    suspicious = {code for code, fact in transfer_triggers().items() if fact.suspicious}
    assert suspicious == {"any_time", "holder_election", "msa_termination", "employment_termination", "breach"}
    permitted = {code for code, fact in transfer_triggers().items() if fact.or_permitted == "yes"}
    assert permitted == {
        "license_loss", "disqualification", "federal_exclusion", "felony_charge", "death", "disability",
        "insolvency", "material_breach",
    }  # fmt: skip
    assert {transfer_triggers()[code].verification for code in permitted} == {"unverified"}


def test_family_relations_turn_around():
    for relation, fact in family().items():
        if fact.inverse:
            assert family()[fact.inverse].inverse == relation
    assert sum(fact.stark_immediate for fact in family().values()) == 14


def test_twelve_health_services():
    assert sorted(dhs()) == sorted(["LAB", "PT", "OT", "SLP", "RAD", "RT", "DME", "PEN", "POS", "HH", "RX", "HOSP"])


@pytest.mark.parametrize("code", RULES)
def test_every_rule_cites_what_is_there(code):
    ids = rule_authorities(code)
    assert ids
    assert len(set(ids)) == len(ids)
    assert [authority(name).id for name in ids] == list(ids)


def test_authorities_of_a_state_are_its_own_and_federal():
    ids = rule_authorities("FEE-01", "IL")
    assert ids == ("IL-225-60-22.2", "CASE-VINE-STREET")
    assert rule_authorities("NO-SUCH-RULE") == ()


def test_every_authority_is_cited_and_in_a_known_jurisdiction():
    cited = {row["authority"] for row in rows("rule_authorities.csv")}
    assert cited == set(authorities())
    assert {fact.jurisdiction for fact in authorities().values()} <= {"US", *STATES}


def test_read_on_a_day_or_not_verified():
    for name, fact in authorities().items():
        assert (fact.read_on is None) == (fact.verification == "unverified"), name
        assert fact.verification != "counsel"


def test_a_consequence_is_never_stronger_than_its_authority():
    for name, fact in authorities().items():
        assert STRENGTH[fact.consequence.verification] <= STRENGTH[fact.verification], name
        assert bool(fact.consequence.text) == (fact.consequence.kind != "none_known"), name


def test_addresses_come_from_the_research():
    research("RULES.md")
    text = "".join(path.read_text(encoding="utf-8") for path in RESEARCH.iterdir())
    assert [name for name, fact in authorities().items() if fact.address not in text] == []


def test_rules_are_rules_of_the_research():
    text = research("rules.yaml").read_text(encoding="utf-8")
    unknown = {row["rule"] for row in rows("rule_authorities.csv") if f"id: {row['rule']}\n" not in text}
    assert unknown == {"FEE-10"}  # the project's own: the source guide prefers fixed fees


def test_an_unknown_authority_is_named():
    with pytest.raises(KeyError, match="NOWHERE-1"):
        authority("NOWHERE-1")


@pytest.mark.parametrize("path", sorted(DATA.iterdir()), ids=lambda path: path.name)
def test_spelling_is_american(path):
    text = path.read_text(encoding="utf-8").lower()
    british = ("licence", "practise", "organis", "authoris", "behaviour", "anaesth", "offence", "favour", "utilis")
    assert [word for word in british if word in text] == []


def test_small_tables_do_not_load_polars():
    code = "import sys; import ownergraph.law.tables, ownergraph.law.authorities; sys.exit('polars' in sys.modules)"
    isolated = (
        "import sys, types; root = types.ModuleType('ownergraph'); "
        f"root.__path__ = [{str(DATA.parents[1])!r}]; sys.modules['ownergraph'] = root; " + code
    )
    assert subprocess.run([sys.executable, "-c", isolated], check=False).returncode == 0


def test_defenses_are_those_of_the_research():
    text = research("stark_exceptions.yaml").read_text(encoding="utf-8")
    assert text.count("id: ") == sum(fact.law == "stark" for fact in defenses().values()) == 21
    text = research("aks_safe_harbors.yaml").read_text(encoding="utf-8")
    assert text.count("id: ") == sum(fact.law == "aks" for fact in defenses().values()) == 14


def test_an_element_is_never_stronger_than_its_defense():
    for name, fact in defenses().items():
        for element in fact.elements:
            assert STRENGTH[element.verification] <= STRENGTH[fact.verification], (name, element.code)


def test_one_exception_by_hand():
    fact = defenses()["stark_employment"]
    assert fact.citation == "42 CFR 411.357(c); 42 U.S.C. 1395nn(e)(2)"
    assert [element.code for element in fact.elements] == [
        "identifiable_services",
        "fmv",
        "not_volume_value_of_referrals",
        "commercially_reasonable_without_referrals",
        "directed_referral_conditions_411_354d4",
    ]


def test_notices_are_those_of_the_research():
    with research("transaction_notice.csv").open(newline="", encoding="utf-8") as file:
        source = {row["state"]: row for row in csv.DictReader(file) if row["notice_days"]}
    grade = {"V1": "primary", "V2": "secondary"}
    assert {
        state: (fact.notice_days, fact.verification, fact.authority in authorities())
        for state, fact in transaction_notices().items()
    } == {state: (int(row["notice_days"]), grade.get(row["conf"], "unverified"), True) for state, row in source.items()}


def test_role_texts_name_relations_of_the_model():
    from ownergraph.model import RELATIONS

    for fact in pecos_roles().values():
        assert fact.relation is None or fact.relation in RELATIONS
        assert fact.position is None or fact.position in get_args(model.PositionRole)


def test_powers_by_class():
    classes = {}
    for code, power in powers().items():
        classes.setdefault(power.class_, set()).add(code)
    assert classes == {
        "clinical": {
            "set_diagnostic_tests", "set_referrals", "overall_care", "set_patient_volume_hours",
            "clinical_standards", "clinical_staffing_levels",
        },
        "clinical_business": {
            "own_medical_records", "hire_fire_clinical", "set_schedules", "set_physician_comp", "payer_parameters",
            "contract_other_clinicians", "coding_billing_decisions", "approve_equipment", "set_prices",
            "advertise_own_name",
        },
        "financial": {
            "approve_budget", "borrow", "distributions", "capex", "open_locations", "merge_or_sell",
            "settle_litigation", "choose_auditor",
        },
        "ownership": {
            "vote_shares", "replace_owner", "issue_shares_dividends", "finance_majority_share_purchase",
        },
    }  # fmt: skip
