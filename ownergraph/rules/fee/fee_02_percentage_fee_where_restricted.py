"""A management fee that follows the income of the practice, in a state that restricts such fees.

What it finds: an agreement whose fee, or a part of it, is a percentage of collections, revenue or net income, or
    what is left over, where the state's row says restricted and the carve-out that the row names is not met, or it
    names none. Of a fee with parts the bases of the parts count, and that of the agreement where it is recorded.
Why it matters: such states forbid dividing fees with those who do not earn them or who bring patients; a percentage
    for a manager is judged by what it is paid for, and the agreement may be void where it fails.
What it does not mean: that any percentage is forbidden in the state, or that the fee is too high. States that bar
    percentages are FEE-01, those that allow them or are unclear FEE-10.
Facts it needs: the basis of the fee and of its parts, and what the carve-out of the state asks for: the services,
    fair market value and an opinion on it (any opinion on the fee of this agreement, of whatever age and appraiser:
    MSA-06 asks for more), marketing; in Tennessee whether the payer of the fee is informed and
    agrees, or the percentage is related to the value of the services; whether the list of agreements is complete.
When it is undecided: the basis, or an element of the carve-out, is not recorded; whether all services are
    administrative hangs on one that is not in the table of services, or on "all necessary services", which names
    none; there may be an opinion that is not listed; the state's row, or its carve-out where the elements are met, is
    not verified; there may be another agreement.
What clears it: a flat fee, or cost plus; or the carve-out of the state: purely administrative services (at least
    one, and all of the kind "administrative" in the table of services) without marketing, at fair market value with
    an opinion on it; in Tennessee a payer who is informed and agrees, or a percentage reasonably related to the value
    of the services; where counsel's own row says so ("commensurate_value") such a percentage alone. New Mexico and
    South Dakota have no carve-out.
References: the state's row; Fla. Stat. 817.505, 456.054; Tenn. Code 63-6-225; Cookeville Regional Medical Center v.
    Cardiac Anesthesia Services (Tenn. Ct. App. 2009); RCW 19.68; N.D.C.C. 43-17-31; NMSA 61-6-15; SDCL 36-4-30.
"""

import polars as pl

from ownergraph.rules.agreements import ADMINISTRATIVE, only_services, other_agreements
from ownergraph.rules.api import Cases, Graph, Test, fact, law, rule

c = pl.col


@rule(
    "FEE-02",
    name="percentage-fee-where-restricted",
    severity="high",
    basis="law",
    parties=("manager",),
    law=("pct_mgmt_fee",),
    says="{manager} is paid by {practice} on the basis {fee_bases}; {state} restricts management fees that follow "
    "the income of the practice, and no carve-out of the state is recorded as met",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, in states whose row says restricted; and one for other agreements."""
    opinions = g.table("fmv_opinions").lazy().group_by(agreement="about").agg(opinions=c("id"))
    rows = g.agreements.filter(c("pct_mgmt_fee_stated") == "restricted").join(
        opinions, on="agreement", how="left", maintain_order="left"
    )
    closed = g.complete("fmv_opinions", "practice")
    has_opinion = pl.when(c("opinions").is_not_null()).then(True).when(closed).then(False)
    related = fact(
        c("fee_related_to_value"), "Is the percentage reasonably related to the value of what {manager} provides?"
    )
    administrative = (
        only_services(
            ADMINISTRATIVE,
            "Are the services of {manager} to {practice} purely administrative? On record: {services}",
        )
        & ~fact(c("marketing_included"), "Does the agreement with {manager} include marketing of {practice}?")
        & fact(c("fee_is_fmv"), "Is the fee of {manager} at fair market value?")
        & fact(has_opinion, "Is there an opinion on fair market value about the fee of {manager}?")
    )
    tennessee = (
        fact(
            c("fee_disclosed_to_payer"),
            "Is the payer of the fee of {manager} informed of the percentage, and does it agree to it?",
        )
        | related
    )
    carve_out = (
        (_is("admin_fmv_no_marketing") & administrative)
        | (_is("tn_disclosed_or_related_to_value") & tennessee)
        | (_is("commensurate_value") & related)
    )
    found = fact(c("fee_percentage"), "On what basis is the fee of {manager} set?") & ~(
        law("pct_fee_carve_out") & carve_out
    )
    return [Cases(rows, found, evidence=("agreement", "opinions")), other_agreements(g, rows)]


def _is(carve_out: str) -> Test:
    """Whether the state's row has this carve-out."""
    return fact(c("pct_fee_carve_out_stated").eq_missing(pl.lit(carve_out)), "")
