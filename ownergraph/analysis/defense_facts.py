"""What recorded facts of a row say about the elements of a defense.

An element is derived only where facts of the row (or of its ends, or an opinion about it) clearly say that it is met,
or that it is not; facts that contradict each other leave it null. What the table `defenses` records wins over all of
this (`analysis.defenses`). The mapping is our reading of 42 CFR 411.354 to 411.357, 411.362 and 1001.952, for counsel
to check; docs/rules/defenses.md lists which facts answer which element. Elements that are not in it can be recorded,
never derived.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from ownergraph.analysis.defense_ends import with_ends
from ownergraph.law.defenses import DefenseScope, defense_scopes, defenses
from ownergraph.model.compensation import FOLLOWS_REFERRALS
from ownergraph.model.vocabulary import PER_REFERRAL

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col
Told = Mapping[str, pl.Expr]
"""Element code to a nullable Boolean over the columns of `with_ends`."""

WHOLE_PCT = 10_000
"""Millionths of the whole in one percent."""
PUBLIC_USD = 75_000_000
"""Stockholder equity, or assets of a fund, above which securities are publicly traded (42 CFR 411.356(a), (b))."""
INVESTOR_PCT = 40
"""Most of the revenue that may come from investors (42 CFR 1001.952(a)(2))."""
GROUP_PCT = 75
"""Least share of members' care billed through the group, and of encounters by members (42 CFR 411.352(d), (h))."""
LEASES = ("leasing", "space_leasing", "equipment_leasing", "facilities", "all_necessary_services")
"""Services of a manager that may be a lease."""


def _yes(*columns: str) -> pl.Expr:
    """Any of the columns is recorded true. Never null."""
    return pl.any_horizontal(*(c(name).fill_null(False) for name in columns))


def _no(*columns: str) -> pl.Expr:
    """Any of the columns is recorded false. Never null."""
    return pl.any_horizontal(*((~c(name)).fill_null(False) for name in columns))


def _is(value: pl.Expr) -> pl.Expr:
    return value.fill_null(False)


def _told(met: pl.Expr | None, not_met: pl.Expr | None) -> pl.Expr:
    """True where facts say that it is met and none that it is not; false the other way round; otherwise null."""
    yes = pl.lit(False) if met is None else _is(met)
    no = pl.lit(False) if not_met is None else _is(not_met)
    return pl.when(yes & ~no).then(True).when(no & ~yes).then(False).otherwise(None)


def _field(*columns: str) -> pl.Expr:
    """The recorded values of the columns, where they agree."""
    return _told(_yes(*columns), _no(*columns))


def _each(codes: str, value: pl.Expr) -> dict[str, pl.Expr]:
    """The same value for several codes, separated by blanks."""
    return dict.fromkeys(codes.split(), value)


_VOLUME = (
    "not_volume_value not_volume_value_of_referrals not_volume_value_of_referrals_or_other_business "
    "not_volume_value_of_referrals_or_other_business_except_physician_incentive_plan "
    "not_volume_value_of_referrals_or_other_business_for_the_dhs_entity not_volume_value_of_federal_business"
)
_NO_LEASE = (
    "if_lease_not_pct_not_per_unit_referred if_lease_not_pct_not_per_unit_for_patients_referred_between_the_parties "
    "if_use_of_premises_or_equipment_not_pct_no_non_time_based_per_unit_referred"
)
_REASONABLE = "commercially_reasonable commercially_reasonable_without_referrals"
_YEAR = (
    "duration_ge_1y_no_new_lease_same_space_in_first_year duration_ge_1y_no_new_lease_in_first_year "
    "duration_ge_1y_no_new_same_services_in_first_year term_ge_1y"
)
_FMV = "fmv fmv_arms_length"
_NOT_ABOVE = "comp_not_above_fmv"


def _terms(follows: pl.Expr | None = None, fmv: str = "is_fmv") -> dict[str, pl.Expr]:
    """Elements that `Terms` answer, whatever is paid for.

    Both are asked for: that it does not vary with referrals in the aggregate (Anti-Kickback), and that no formula
    counts them (42 CFR 411.354(d)(5)); one of them alone leaves the element null.

    Args:
        follows: a fact of the relation that says that it follows referrals.
        fmv: a second column for fair market value, where the relation has one.
    """
    counts = _yes(*FOLLOWS_REFERRALS)
    if follows is not None:
        counts |= _is(follows)
    clean = _is(~c("varies_with_referrals")) & _is(~c("formula_counts_referrals"))
    fair = _yes("is_fmv", fmv, "_opinion_holds")
    return {
        **_each(_VOLUME, _told(clean, counts)),
        **_each(_REASONABLE, _field("commercially_reasonable")),
        **_each(_FMV, _told(fair, _no("is_fmv", fmv, "_opinion_holds"))),
        # less than fair market value is not above it, so that "not at fair market value" says nothing
        _NOT_ABOVE: _told(fair | _yes("_opinion_caps"), _no("_opinion_caps")),
    }


def _year(term: pl.Expr, least: int) -> pl.Expr:
    """A term of a year or more. Ended before its first year is over: null, as no new one may have followed."""
    early = _is(c("valid_to") < c("valid_from").dt.offset_by("1y"))
    return pl.when(early).then(None).otherwise(_told(term >= least, term < least))


def _lease() -> dict[str, pl.Expr]:
    basis = c("rent_basis")
    signed = _told(_yes("in_writing") & c("signed_on").is_not_null(), _no("in_writing"))
    market = c("market_usd").is_not_null() & c("rent_usd").is_not_null() & c("is_fmv").is_null()
    clicks = _is(basis == "per_use") & c("_lessor_refers")
    per_unit = _told(basis.is_in(["fixed", "pct"]), clicks)
    share = _told(basis.is_in(["fixed", "time_block", "per_use"]), basis == "pct")
    either = _told(basis == "fixed", _is(basis == "pct") | clicks)
    whole = _told(_yes("covers_all") & _yes("specified"), _no("covers_all", "specified"))
    # full-time where the lessee alone has it for a fixed rent; otherwise the schedule and the rent stand in the lease
    full_time = _is(basis == "fixed") & _yes("exclusive_use")
    scheduled = _is(basis == "time_block") & _yes("specified") & _yes("set_in_advance") & c("rent_usd").is_not_null()
    own_use = _told(
        _no("shared_with_lessor") | (_yes("exclusive_use") & c("shared_with_lessor").is_null()),
        _yes("shared_with_lessor") & ~_yes("exclusive_use"),
    )
    terms = _terms(follows=c("noncompete"))
    fmv = _told(
        _yes("is_fmv", "_opinion_holds") | (market & (c("rent_usd") == c("market_usd"))),
        _no("is_fmv", "_opinion_holds") | (market & (c("rent_usd") != c("market_usd")) & ~_yes("_opinion_holds")),
    )
    return {
        **terms,
        **_each(_FMV, fmv),
        **_each("writing_signed", signed),
        "writing": _field("in_writing"),
        **_each("premises_specified equipment_specified", _field("specified")),
        "identifiable_items_services_space_or_equipment_specified": _field("specified"),
        **_each(_YEAR, _year(c("term_months"), 12)),
        **_each("not_exceeding_reasonable_and_necessary no_more_than_reasonably_necessary", _field("needed")),
        "exclusive_use_against_lessor_and_related": own_use,
        **_each("rent_set_in_advance comp_set_in_advance", _field("set_in_advance")),
        "aggregate_rent_set_in_advance": _told(
            _yes("set_in_advance") & basis.is_in(["fixed", "time_block"]),
            _no("set_in_advance") | _is(basis.is_in(["pct", "per_use"])),
        ),
        **_each("not_pct_of_revenue_of_space not_pct_of_revenue_of_equipment", share),
        "not_per_unit_for_patients_referred_by_lessor_to_lessee": per_unit,
        **_each(_NO_LEASE, either),
        "no_pct_no_per_unit": _told(basis.is_in(["fixed", "time_block"]), _is(basis == "pct") | clicks),
        **_each("covers_all_premises_between_parties_and_specifies", whole),
        "covers_all_equipment_between_parties_and_specifies": whole,
        "schedule_length_and_exact_rent_per_interval_if_part_time": _told(
            full_time | scheduled, _is(basis == "time_block") & _no("specified")
        ),
        "writing_signed_services_specified_unless_bona_fide_employment": _told(
            _is(signed) & _yes("specified"), _no("in_writing", "specified")
        ),
        "employment_identifiable_and_commercially_reasonable": pl.lit(True),  # no employment
    }


def _manages() -> dict[str, pl.Expr]:
    named, none = _is(c("services").list.len() > 0), _is(c("services").list.len() == 0)
    both = _yes("signed_by_both") | (c("signed_by_manager").is_not_null() & c("signed_by_managed").is_not_null())
    signed = _told(_yes("in_writing") & both, _no("in_writing", "signed_by_both"))
    specified = _told(_is(signed) & named, _no("in_writing", "signed_by_both") | none)
    advance = _told(_yes("fee_set_in_advance"), _no("fee_set_in_advance") | _yes("fee_change_retroactive"))
    return {
        **_terms(fmv="fee_is_fmv"),
        "writing_signed": signed,
        "writing": _field("in_writing"),
        "writing_signed_and_services_specified": specified,
        "writing_signed_services_specified_unless_bona_fide_employment": specified,
        "identifiable_items_services_space_or_equipment_specified": _told(_yes("in_writing") & named, none),
        "covers_all_services_or_cross_reference_or_master_list": _field("covers_all_services"),
        "covers_all_services_and_specifies": _told(
            _yes("covers_all_services") & named, _no("covers_all_services") | none
        ),
        "aggregate_services_reasonable_and_necessary": _field("services_needed"),
        "no_more_than_reasonably_necessary": _field("services_needed"),
        **_each(_YEAR, _year(c("term_years"), 1)),
        **_each("comp_set_in_advance methodology_set_in_advance", advance),
        # a manager that leases nothing to the practice
        **_each(_NO_LEASE, _told(named & (c("services").list.set_intersection(list(LEASES)).list.len() == 0), None)),
        "employment_identifiable_and_commercially_reasonable": pl.lit(True),  # no employment
    }


def _employs() -> dict[str, pl.Expr]:
    worker, contractor = _is(c("status") == "w2"), _is(c("status") == "contractor")
    # where the basis of the pay is not recorded, nothing is derived; pay for referrals is no pay for covered services
    covered = _yes("clinical") & _yes("employer_bills_federal_programs") & _is(c("comp_basis") != "per_referral")
    terms = _terms(follows=_is(c("comp_basis") == "per_referral") | _yes("counts_referrals"))
    low, high, pay = c("fmv_low_usd"), c("fmv_high_usd"), c("annual_usd")
    inside, outside = _is((pay >= low) & (pay <= high)), _is(pay < low) | _is(pay > high)
    fair = _yes("is_fmv", "_opinion_holds") | inside
    return {
        **terms,
        **_each(_FMV, _told(fair, _no("is_fmv", "_opinion_holds") | outside)),
        _NOT_ABOVE: _told(fair | _yes("_opinion_caps") | _is(pay <= high), _no("_opinion_caps") | _is(pay > high)),
        "bona_fide_employment_relationship": _told(worker, contractor),
        "payment_by_employer_for_covered_items_or_services": _told(covered, c("comp_basis") == "per_referral"),
        "writing_signed": _told(c("signed_on").is_not_null(), None),
        **_each(_YEAR, _year(c("term_years"), 1)),
        **_each(_NO_LEASE, pl.lit(True)),
        "writing_signed_services_specified_unless_bona_fide_employment": _told(worker, None),
        "employment_identifiable_and_commercially_reasonable": _told(
            contractor, worker & _no("commercially_reasonable")
        ),
    }


def _holds_role() -> dict[str, pl.Expr]:
    return {
        **_terms(),
        **_each(_NO_LEASE, pl.lit(True)),
        "comp_fmv_for_services_actually_provided": _told(_yes("is_fmv") & _yes("time_logs"), _no("is_fmv")),
    }


def _pays() -> dict[str, pl.Expr]:
    no_lease = _is(c("purpose") != "rent") & ~_is(c("in_kind").is_in(["space", "equipment"]))
    advance = _told(None, c("basis") == "discretionary")
    counted = c("basis").is_in(list(PER_REFERRAL))
    return {
        **_terms(follows=counted),
        "payment_by_employer_for_covered_items_or_services": _told(None, counted),
        **_each("comp_set_in_advance methodology_set_in_advance", advance),
        **_each(_NO_LEASE, _told(no_lease, None)),
        "isolated_one_time_sale_of_property_or_practice_or_bona_fide_dispute_settlement": _told(None, c("regular")),
        "payment_to_lab_for_lab_services_or_physician_pays_fmv": _told(_yes("is_fmv"), None),
        "comp_fmv_for_services_actually_provided": _told(_yes("is_fmv") & _yes("work_product"), _no("is_fmv")),
        "employment_identifiable_and_commercially_reasonable": _told(
            _is(c("purpose") != "wages"), _is(c("purpose") == "wages") & _no("commercially_reasonable")
        ),
        "not_pharma_dme_lab_payor_list": _told(
            None, c("payer_roles").list.set_intersection(["laboratory", "pharmacy", "payer"]).list.len() > 0
        ),
    }


def _supplies() -> dict[str, pl.Expr]:
    return {
        **_terms(),
        **_each(_NO_LEASE, pl.lit(True)),
        "payment_to_lab_for_lab_services_or_physician_pays_fmv": _told(_yes("is_fmv"), None),
        "employment_identifiable_and_commercially_reasonable": pl.lit(True),  # no employment
    }


def _owns() -> dict[str, pl.Expr]:
    other = c("owned_roles").list.set_intersection(
        ["laboratory", "surgery_center", "pharmacy", "practice", "supplier", "treatment_facility", "recovery_home"]
    )
    no_hospital = _is(other.list.len() > 0) & ~_is(
        c("owned_roles").list.set_intersection(["hospital", "facility"]).list.len() > 0
    )
    big = _told(c("owned_equity_usd") > PUBLIC_USD, None)  # equity of one year; the mean of three may be more
    beds = (
        pl.when(c("expansion_approved").fill_null(False))
        .then(pl.max_horizontal("beds_2010", "approved_beds"))
        .otherwise("beds_2010")
    )
    # more than the baseline is not met only where no expansion can explain it
    capped = _no("expansion_approved") | (_yes("expansion_approved") & c("approved_beds").is_not_null())
    young = ~_is(c("started_on") <= c("_as_of").dt.offset_by("-1y"))
    financed = _is(c("consideration_financed_by") == c("owned")) | c("_financier_owns")
    # the start-up period of 411.352(d)(5) excuses billing only
    no_group = (
        (_is(c("billed_through_group_pct") < GROUP_PCT) & ~young)
        | _is(c("encounters_by_members_pct") < GROUP_PCT)
        | _yes("profit_follows_referrals")
    )
    unrelated = _told(
        _no("terms_follow_referrals") & ~c("price_counts_referrals").fill_null(False),
        _yes("terms_follow_referrals", "price_counts_referrals"),
    )
    return {
        "listed_exchange_or_nasd_quotation": _told(_yes("owned_listed"), None),
        "stockholder_equity_gt_75m_at_fye_or_3yr_avg": big,
        "total_assets_gt_75m_at_fye_or_3yr_avg": big,  # assets are no less than equity
        "if_hospital_1395nn_i_1": _told(no_hospital, _no("physician_owned_2010", "medicare_agreement_2010")),
        "interest_in_entire_hospital": _told(
            c("share_min").is_not_null()
            & c("share_class").is_null()
            & (c("instrument").fill_null("equity") == "equity"),
            None,
        ),
        "physician_owned_on_2010_12_31": _field("physician_owned_2010"),
        "medicare_agreement_on_2010_12_31": _field("medicare_agreement_2010"),
        "licensed_or_procedure_room_bed_count_le_2010_03_23": _told(
            c("owned_beds") <= beds, _is(c("owned_beds") > beds) & capped
        ),
        "aggregate_physician_pct_le_2010_03_23": _told(
            None, c("_physician_share") > c("physician_pct_2010") * WHOLE_PCT
        ),
        "investment_not_conditioned_on_referrals": _told(
            _no("must_refer") & _no("terms_follow_referrals"), _yes("must_refer", "terms_follow_referrals")
        ),
        "terms_not_better_than_non_physician": _told(_yes("same_terms"), None),  # other terms may be worse ones
        **_each(
            "no_loan_or_financing_by_hospital_or_owner no_loan_or_guarantee_to_referrers "
            "no_loan_or_guarantee_to_invest",
            _told(None, financed),
        ),
        "returns_proportional_to_interest": _field("return_proportional"),
        "return_proportional_to_capital": _field("return_proportional"),
        "passive_referrer_terms_same_as_other_passive": _field("same_terms"),
        "terms_not_related_to_volume_of_referrals": unrelated,
        "no_duty_to_refer_to_remain_investor": _told(_no("must_refer"), _yes("must_refer")),
        "gross_health_revenue_from_investors_le_40pct_prior_fy_or_12m": _told(
            c("owned_investor_revenue_pct") <= INVESTOR_PCT, c("owned_investor_revenue_pct") > INVESTOR_PCT
        ),
        "group_practice_411_352_if_group": _told(None, no_group),
        "group_practice_def": _told(None, no_group),
    }  # fmt: skip


def _of_its_defenses(relation: str, told: Told) -> Told:
    """What is an element of some defense that can be about the relation, in the order of the defenses."""
    known = defenses()
    codes = [e.code for scope in defense_scopes()[relation] for e in known[scope.defense].elements]
    return {code: told[code] for code in dict.fromkeys(codes) if code in told}


@cache
def derived() -> dict[str, Told]:
    """For each relation the elements that its facts can answer. Every relation of `defense_scope.csv` is here."""
    whole = {
        "OWNS": _owns(),
        "PAYS": _pays(),
        "EMPLOYS": _employs(),
        "HOLDS_ROLE": _holds_role(),
        "MANAGES": _manages(),
        "LEASES_TO": _lease(),
        "LENDS_TO": {
            **_terms(),
            **_each(_NO_LEASE, pl.lit(True)),
            "employment_identifiable_and_commercially_reasonable": pl.lit(True),  # no employment
        },
        "SUPPLIES": _supplies(),
    }
    return {relation: _of_its_defenses(relation, told) for relation, told in whole.items()}


IF_SO = frozenset(
    (
        *_NO_LEASE.split(), "employment_identifiable_and_commercially_reasonable", "if_hospital_1395nn_i_1",
        "schedule_length_and_exact_rent_per_interval_if_part_time", "group_practice_411_352_if_group",
        "writing_signed_services_specified_unless_bona_fide_employment",
    )
)  # fmt: skip
"""Elements with a condition: met, too, where it is not so. They alone are no sign that a defense is near."""


def _fits(scope: DefenseScope, columns: Mapping[str, pl.DataType]) -> pl.Expr:
    """Whether a defense can be about the row: null where a word it asks for is not recorded."""
    fits = pl.lit(True)
    for column, words in scope.where.items():
        if isinstance(columns[column], pl.List):
            fits &= c(column).list.set_intersection(list(words)).list.len() > 0
        else:
            fits &= c(column).is_in(list(words))
    return fits


def tell(g: "Graph", relation: str, ids: pl.Series | None = None) -> pl.DataFrame:
    """What the facts of rows say: `id`, a nullable Boolean for each element, and `fits:<defense>` for each defense.

    Args:
        g: the graph.
        relation: one of `derived`.
        ids: rows to look at; all rows where it is None.

    Complexity: O(rows of the relation), in columns.
    """
    frame = with_ends(g, relation, ids)
    fits: dict[str, list[pl.Expr]] = {}
    for scope in defense_scopes()[relation]:
        fits.setdefault(scope.defense, []).append(_fits(scope, frame.schema))
    return (
        frame.lazy()
        .select(
            "id",
            *[value.alias(code) for code, value in derived()[relation].items()],
            *[pl.any_horizontal(*ways).alias(f"fits:{defense}") for defense, ways in fits.items()],
        )
        .collect(engine="in-memory")
    )
