"""Shares of a practice that were got for next to nothing, or with the manager's money.

What it finds: an owner that paid $1,000 or less, or less than 1% of the practice's revenue of the last twelve
    months; whose price the manager's side put up; or whose shares anybody may take back for $1,000 or less. Revenue
    comes from recorded periods that lie in the 366 days up to the day of the audit: it is at least what periods that
    do not overlap add up to, and at most what periods that cover 360 of these days or more add up to, so that a year
    and its quarters are not counted twice. It applies where the state's doctrine is moderate or strong (weight 2 or
    3).
Why it matters: an owner who risks nothing and can be bought out for nothing owns in name only; it is one of the
    usual signs of a captive practice.
What it does not mean: that the price was unfair when it was paid: founders of a new company pay par.
Facts it needs: what was paid, who put it up (the owner itself, where it did), revenue of the last twelve months,
    whether it was an issue to a founder at par, the price in transfer restrictions.
When it is undecided: one of these is not recorded and nothing else decides; the periods give no revenue, or the
    answer lies between its bounds; an issue to a founder where it is open whether the manager's side may replace the
    owner (CTRL-01; where there is certainly no manager, it may not); owners may be missing: the list of owners is
    not complete, and those listed do not certainly have all votes and all shares.
What clears it: a price that bears a relation to the worth of the practice, paid from the owner's own means; an
    issue to a founder at par, before there was revenue, without a right to replace the owner.
References: Allstate v. Northfield Medical Center, 228 N.J. 596 (2017); IRS PLR 201451009. The amounts are a
    heuristic.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.ctrl._revenue import revenue_bounds
from ownergraph.rules.parties import managed, owners_closed, with_side
from ownergraph.rules.transfers import replaces, rights

NOMINAL_USD = 1_000
NOMINAL_PERCENT = 1
"""Of the practice's revenue of the last twelve months."""

c = pl.col


def _restrictions(g: Graph) -> pl.LazyFrame:
    """For each practice, state and owner: whether a listed right replaces the owner, and its lowest price."""
    return (
        rights(g, 2)
        .with_columns(_replaces=replaces().expr())
        .group_by("practice", "state", "owner")
        .agg(
            replaced=c("_replaces").any(ignore_nulls=False),
            buyback_usd=c("price_usd").min(),
            priceless=c("price_usd").is_null().any(),
            cheap=c("restriction").filter(c("price_usd") <= NOMINAL_USD),
        )
    )


@rule(
    "CTRL-02",
    name="nominal-or-financed-shares",
    severity="medium",
    basis="heuristic",
    parties=("owner",),
    law=("cpom_weight",),
    gated=True,
    says="The shares of {owner} in {practice} carry a nominal price or money of the manager's side: {why} "
    "(paid: {consideration_usd})",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each holding of a practice and state, and one for owners that are not listed."""
    scope = c("cpom_weight_stated") >= 2
    closed = g.complete("transfer_restrictions", "practice")
    rows = (
        with_side(g, g.owners.filter(scope), "consideration_financed_by")
        .join(_restrictions(g), on=["practice", "state", "owner"], how="left", maintain_order="left")
        .join(revenue_bounds(g), on="practice", how="left", maintain_order="left")
        .with_columns(
            small=c("consideration_usd") <= NOMINAL_USD,
            below=pl.when(c("consideration_usd") * 100 < c("revenue_min") * NOMINAL_PERCENT)
            .then(True)
            .when(c("consideration_usd") * 100 >= c("revenue_max") * NOMINAL_PERCENT)
            .then(False),
            own=c("consideration_financed_by") == c("owner"),
            cheap_back=pl.when(c("buyback_usd") <= NOMINAL_USD)
            .then(True)
            .when(closed & ~c("priceless").fill_null(False))
            .then(False),
            # a right that is not listed is no manager's where there is no manager
            may_be_replaced=pl.when(c("priceless").is_null()).then(False).otherwise("replaced")
            | (pl.when(closed).then(False) & managed(g).value),
        )
        .with_columns(
            # an owner who pays with its own money is not financed by the manager's side
            financed=pl.when(c("own")).then(False).otherwise(c("consideration_financed_by_side")),
            cheap=c("cheap").fill_null([]),
        )
        .with_columns(
            why=pl.concat_list(
                pl.when(c("small") | c("below")).then(pl.lit("a nominal price")),
                pl.when("financed").then(pl.lit("financed by the manager's side")),
                pl.when("cheap_back").then(pl.lit("may be taken back for $1,000 or less")),
            )
            .list.drop_nulls()
            .list.join("; ")
        )
    )
    small = fact(c("small"), "What was paid for the shares of {owner} in {practice}?")
    below = fact(
        c("below"),
        "What was the revenue of {practice} in the last 12 months?",
    )
    financed = fact(
        c("financed"), "Who put up the money for the shares of {owner} in {practice}: {owner}, or somebody else?"
    )
    back = fact(c("cheap_back"), "For what price may the shares of {owner} in {practice} be taken back, if at all?")
    founder = fact(
        c("founder_issue"), "Were the shares issued to {owner} at formation, at par, before there was revenue?"
    )
    replaced = fact(c("may_be_replaced"), "May the manager's side replace {owner} as owner of {practice} (CTRL-01)?")
    found = (small | below | financed | back) & ~(founder & ~replaced)
    rest = g.practice_states.filter(scope).with_columns(owner=pl.lit(None, dtype=pl.String))
    listed = declared(owners_closed(g), "Is the list of owners of {practice} complete?")
    return [
        Cases(rows, found, evidence=("holding", "consideration_financed_by_via", "cheap")),
        Cases(rest, listed),
    ]
