"""Physicians hold less of a practice than the state asks for.

What it finds: a professional practice in which licensed physicians together hold fewer votes than the state's minimum:
    "at least 51%", "more than half", or any share at all where the state only asks for a physician among the owners.
    In Oregon each class that may vote is tested by itself.
Why it matters: the share of physicians is the core of most professional entity acts; a practice below it may lose its
    standing, and its contracts and bills may be challenged.
What it does not mean: that the others are unlicensed (that is CPOM-OWN-01), or that they control the practice.
Facts it needs: votes of every owner (one share, one vote unless recorded), licenses in the state, the class of shares;
    whether the register of owners is complete.
When it is undecided: shares or licenses that could close the gap are not recorded; a profession whose standing is not
    settled in the state could close it; an organization among the owners may be physicians' own; the state's row is
    not verified.
What clears it: a register of owners in which physicians licensed in the state reach the minimum.
References: the state's row; ORS 58.500 (formerly 58.375); C.R.S. 12-240-138; 16 CCR 1343.
"""

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "CPOM-OWN-02",
    name="physician-share-below-minimum",
    severity="critical",
    basis="law",
    parties=("share_class",),
    law=("physician_test", "min_physician_pct"),
    says="physicians licensed in {state} hold {physician_share} of {practice}{of_class}; the minimum is {minimum}",
)
def cases(g: Graph) -> Cases:
    """One row a practice, state and, where classes are tested, class of shares."""
    per_class = c("physician_per_class_stated").fill_null(False)
    held = (
        g.owners.filter(c("instrument").is_null() | (c("instrument") == "equity"))
        .with_columns(share_class=pl.when(per_class).then(c("share_class")).otherwise(None))
        .with_columns(
            low=pl.coalesce(pl.when(per_class).then(c("class_share_min")).otherwise(None), "votes_min", 0),
            high=pl.coalesce(pl.when(per_class).then(c("class_share_max")).otherwise(None), "votes_max", WHOLE),
            doctor=pl.when(c("counts_out_of_state_physicians_stated").fill_null(False))
            .then(c("owner_physician") | c("owner_physician_elsewhere"))
            .otherwise(c("owner_physician")),
        )
        .with_columns(
            # an organization is no physician, but in some states counts when physicians own it
            doctor=pl.when((c("owner_kind") == "person") | c("owner_investor"))
            .then(c("doctor"))
            .when(
                c("lay_owner_exempt_stated").list.contains("qualified_entity")
                & c("owner_professional").fill_null(True)
            )
            .then(None)
            .otherwise(False),
            unsettled=c("owner_professions")
            .fill_null([])
            .list.set_intersection(c("physician_test_undecided_with_stated").fill_null([]))
            .list.len()
            > 0,
        )
        .with_columns(
            doctor=pl.when(c("unsettled") & ~c("doctor").fill_null(False)).then(None).otherwise(c("doctor"))
        )
        .group_by("practice", "state", "share_class")
        .agg(
            sure=c("low").filter(c("doctor")).sum(),
            others=c("low").filter(~c("doctor")).sum(),
            reach=c("high").filter(c("doctor").is_null() | c("doctor")).sum(),
            rest=c("high").filter(~c("doctor").fill_null(False)).sum(),
            any_doctor=c("doctor").any(ignore_nulls=False),
            holdings=c("holding").sort(),
        )
    )
    closed = g.complete("owners", "practice")
    rows = (
        g.practice_states.filter(
            c("physician_test_stated").is_not_null()
            & (c("physician_test_stated") != "none")
            & (
                c("professional").fill_null(False)
                | (c("cpom_weight_stated") >= 2)
                | c("form").is_in(["PC", "PA", "PLLC", "PSC"])
            )
        )
        .join(held, on=["practice", "state"], how="left", maintain_order="left")
        .with_columns(
            # physicians have at least what they surely hold, at most what they may and what the others leave
            physicians_max=pl.min_horizontal(
                pl.when(closed).then(c("reach")).otherwise(WHOLE), WHOLE - c("others").clip(upper_bound=WHOLE)
            ).fill_null(WHOLE),
            physicians_min=pl.when(closed & c("sure").is_not_null())
            .then(pl.max_horizontal("sure", WHOLE - c("rest")))
            .otherwise(c("sure").fill_null(0)),
        )
        .with_columns(physicians_max=pl.max_horizontal("physicians_max", "physicians_min"))
    )
    minimum = c("min_physician_pct_stated") * (WHOLE // 100)
    test = c("physician_test_stated")
    reaches = (
        pl.when(test == "more_than")
        .then(pl.when(c("physicians_min") > minimum).then(True).when(c("physicians_max") <= minimum).then(False))
        .when(test == "at_least")
        .then(pl.when(c("physicians_min") >= minimum).then(True).when(c("physicians_max") < minimum).then(False))
        .otherwise(
            pl.when(c("any_doctor"))
            .then(True)
            .when(closed & ~c("any_doctor"))
            .then(False)
            .when(c("physicians_max") == 0)
            .then(False)
        )
    )
    rows = rows.with_columns(
        of_class=pl.when(c("share_class").is_not_null())
        .then(pl.format(" (class {})", "share_class"))
        .otherwise(pl.lit("")),
        minimum=pl.when(test == "more_than")
        .then(pl.format("more than {}%", "min_physician_pct_stated"))
        .when(test == "at_least")
        .then(pl.format("at least {}%", "min_physician_pct_stated"))
        .otherwise(pl.lit("one physician among the owners")),
        physician_share_min="physicians_min",
        physician_share_max="physicians_max",
    )
    return Cases(
        rows,
        ~fact(
            reaches,
            "What share of {practice} do physicians licensed in {state} hold{of_class}? Recorded: {physician_share}",
        ),
        evidence=("holdings",),
    )
