"""A management fee that follows the income of the practice, where the state allows it or its position is unclear.

What it finds: an agreement whose fee, or a part of it, is a percentage of collections, revenue or net income, or
    what is left over, in a state that neither bars nor restricts such fees on the record of the law tables.
Why it matters: there are two views. Many states allow a percentage at fair market value; the source guide prefers
    fixed management fees everywhere, because a percentage shares medical revenue with those who are not licensed and
    invites questions when the law, or the state, changes.
What it does not mean: that the fee is not allowed. Nothing in the law of the state speaks against it as such, or
    nothing has been read that does.
Facts it needs: the basis of the fee and of its parts; whether the list of agreements is complete.
When it is undecided: the basis is not recorded; there may be another agreement.
What clears it: a fixed fee, or cost plus, at fair market value. Where the state allows a percentage counsel may
    accept it: then an opinion that the percentage is at fair market value answers the law, if not the guide.
References: the source guide on medical practices and management services organizations; the state's row.
"""

import polars as pl

from ownergraph.rules.agreements import other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "FEE-10",
    name="percentage-fee-where-allowed",
    severity="low",
    basis="heuristic",
    parties=("manager",),
    authority=("GUIDE",),
    says="{manager} is paid by {practice} on the basis {fee_bases}; {position}; the source guide prefers a fixed fee",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, in states whose row says neither barred nor restricted; and one for others."""
    stated, read = c("pct_mgmt_fee_stated"), c("pct_mgmt_fee").is_not_null()
    rows = g.agreements.filter(~stated.is_in(["barred", "restricted"]).fill_null(False)).with_columns(
        position=pl.when(c("state").is_null())
        .then(pl.lit("no state is recorded whose law could be read"))
        .when((stated == "allowed_fmv") & read)
        .then(pl.format("the law of {} allows a percentage at fair market value", "state"))
        .when(stated == "allowed_fmv")
        .then(pl.format("{} is said to allow a percentage at fair market value, but that is unverified", "state"))
        .when(read)
        .then(pl.format("the law of {} is unclear on percentage fees", "state"))
        .otherwise(pl.format("the law of {} on percentage fees is unclear, and unverified", "state"))
    )
    found = fact(c("fee_percentage"), "On what basis is the fee of {manager} set?")
    return [Cases(rows, found, evidence=("agreement",)), other_agreements(g, rows)]
