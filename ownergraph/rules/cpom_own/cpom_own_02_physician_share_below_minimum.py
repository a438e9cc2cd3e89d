"""Physicians hold less of a practice than the state asks for.

What it finds: a practice in which licensed physicians together hold fewer votes than the state's minimum: "at least
    51%", "more than half", or any share at all where the state only asks for a physician among the owners. In
    Oregon each class that may vote is tested by itself. Asked of every practice where the state's doctrine has weight
    2 or 3, elsewhere of professional entities.
Why it matters: the share of physicians is the core of most professional entity acts; a practice below it may lose
    its standing, and its contracts and bills may be challenged.
What it does not mean: that the others are unlicensed (that is CPOM-OWN-01), or that they control the practice.
Facts it needs: votes of every owner (one share, one vote unless recorded), licenses in the state, the class of
    shares; whether the register of owners is complete; of what kind the practice is (`exempt_as`).
When it is undecided: shares or licenses that could close the gap are not recorded; a profession whose standing is
    not settled in the state could close it, by a license of the state or of any state where the state's row takes
    those; an organization among the owners may be physicians' own, where the state
    lets such an entity or a trust own (an investor never is; what stands behind it is not looked at); a class of
    shares is not recorded; the practice may itself be of an exempt kind; the state's row is not verified.
What clears it: a register of owners in which physicians licensed in the state reach the minimum; a practice that is
    itself of a kind that the state lets unlicensed persons own or, where it is no professional entity, lets employ
    physicians (undecided where the kind is not recorded, or is let on terms that were not read).
References: the state's row; ORS 58.500 (formerly 58.375); C.R.S. 12-240-138; 16 CCR 1343; Tenn. R. 0880-02-.20.
"""

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.cpom_own._holders import exempt_practice, group_share, in_scope, least, most
from ownergraph.rules.cpom_own._sized import owners_sized

c = pl.col
KEY = ["practice", "state"]


def _physician() -> pl.Expr:
    """Whether an owner counts as a physician (nullable); an organization only where physicians' entities may hold."""
    elsewhere = c("owner_physician_elsewhere")
    away = c("counts_out_of_state_physicians_stated")
    person = (
        pl.when(away)
        .then(c("owner_physician") | elsewhere)
        .when(away.is_null())
        .then(c("owner_physician") | pl.when(~elsewhere).then(False))
        .otherwise(c("owner_physician"))
    )
    qualified = c("lay_owner_exempt_stated").list.set_intersection(["qualified_entity", "qualified_trust", "esop"])
    may_be = (qualified.list.len() > 0).fill_null(True) & (
        c("owner_professional").fill_null(True) | (c("owner_kind") == "trust")
    )
    unsettled = c("owner_may").list.set_intersection(c("physician_test_undecided_with_stated"))
    return (
        pl.when(c("owner_kind") == "person")
        .then(pl.when(person.fill_null(False)).then(True).when(unsettled.list.len() > 0).then(None).otherwise(person))
        .when(c("owner_investor") | ~may_be)
        .then(False)
    )


def _by_class(owners: pl.LazyFrame) -> pl.LazyFrame:
    """Rows with `share_class`, `low` and `high`: the class and votes of that class where the state tests classes.

    A holding whose class is not recorded may be of any recorded class. Votes of a class that is the only one are the
    votes of the whole. A class without any vote is not tested.
    """
    per_class = c("physician_per_class_stated").fill_null(False)
    one = c("share_class").drop_nulls().n_unique().over(KEY) <= 1
    named = c("share_class").is_not_null().any().over(KEY)
    votes = c("votes_min").fill_null(0), c("votes_max").fill_null(WHOLE)
    # the only class that is named is taken as the only one there is, where every row is of it
    same = one & (c("share_class").is_not_null().all().over(KEY) | ~named)
    apart = per_class & ~same
    rows = owners.with_columns(
        low=pl.when(per_class & c("class_share_min").is_not_null())
        .then("class_share_min")
        .when(apart)
        .then(0)
        .otherwise(votes[0]),
        high=pl.when(per_class & c("class_share_max").is_not_null())
        .then("class_share_max")
        .when(apart)
        .then(WHOLE)
        .otherwise(votes[1]),
        share_class=pl.when(per_class).then("share_class"),
        _apart=apart,
    )
    classes = rows.filter("_apart").select(*KEY, "share_class").drop_nulls("share_class").unique()
    loose = (
        rows.filter(c("_apart") & c("share_class").is_null())
        .drop("share_class")
        .join(classes, on=KEY)
        .with_columns(low=pl.lit(0, dtype=pl.Int64), high=pl.lit(WHOLE, dtype=pl.Int64))
    )
    fixed = rows.filter(~c("_apart") | c("share_class").is_not_null())
    both = pl.concat([fixed, loose.select(fixed.collect_schema().names())])
    voteless = (c("votes_max") == 0).fill_null(False).all().over([*KEY, "share_class"])
    return both.filter(~(c("_apart") & voteless))


def _classes(g: Graph) -> pl.LazyFrame:
    """Practice, state and class, with what each class is known to be held by physicians."""
    rows = _by_class(owners_sized(g).filter(c("instrument").is_null() | (c("instrument") == "equity")))
    rows = rows.with_columns(
        doctor=_physician(), holds=pl.when(c("low") > 0).then(True).when(c("high") == 0).then(False)
    )
    return rows.group_by(*KEY, "share_class").agg(
        **group_share(c("low"), c("high"), c("doctor"), WHOLE),
        any_doctor=(c("doctor") & c("holds")).any(ignore_nulls=False),
        holdings=c("holding").unique().sort(),
    )


@rule(
    "CPOM-OWN-02",
    name="physician-share-below-minimum",
    severity="critical",
    basis="law",
    parties=("share_class",),
    law=("physician_test", "min_physician_pct"),
    gated=True,
    says="physicians licensed in {state} hold {physician_share} of {practice}{of_class}; the minimum is {minimum}",
)
def cases(g: Graph) -> list[Cases]:
    """One row a practice, state and, where classes are tested, class of shares; and one for classes not listed."""
    test = c("physician_test_stated")
    closed = g.complete("owners", "practice")
    scope = g.practice_states.filter(in_scope() & test.is_not_null() & (test != "none"))
    rows = (
        scope.join(_classes(g), on=KEY, how="left", maintain_order="left")
        .with_columns(
            physician_share_min=least(closed, WHOLE).fill_null(0),
            physician_share_max=most(closed, WHOLE).fill_null(WHOLE),
        )
        .with_columns(
            of_class=pl.when(c("share_class").is_not_null())
            .then(pl.format(" (class {})", "share_class"))
            .otherwise(pl.lit("")),
            minimum=pl.when(test == "more_than")
            .then(pl.format("more than {}%", "min_physician_pct_stated"))
            .when(test == "at_least")
            .then(pl.format("at least {}%", "min_physician_pct_stated"))
            .otherwise(pl.lit("one physician among the owners")),
        )
    )
    reaches = fact(
        _reaches(closed),
        "What share of {practice} do physicians licensed in {state} hold{of_class}? Recorded: {physician_share}",
    )
    more = scope.filter(c("physician_per_class_stated") & ~closed).with_columns(
        share_class=pl.lit(None, dtype=pl.String)
    )
    unlisted = declared(closed, "Is the list of owners of {practice} complete, in every class that may vote?")
    return [
        Cases(rows, ~reaches & ~exempt_practice(), evidence=("holdings",)),
        Cases(more, unlisted & ~exempt_practice()),
    ]


def _reaches(closed: pl.Expr) -> pl.Expr:
    """Whether physicians reach the minimum (nullable)."""
    minimum = c("min_physician_pct_stated") * (WHOLE // 100)
    low, high, test = c("physician_share_min"), c("physician_share_max"), c("physician_test_stated")
    return (
        pl.when(test == "more_than")
        .then(pl.when(low > minimum).then(True).when(high <= minimum).then(False))
        .when(test == "at_least")
        .then(pl.when(low >= minimum).then(True).when(high < minimum).then(False))
        .otherwise(
            pl.when(c("any_doctor") | (low > 0)).then(True).when((closed & ~c("any_doctor")) | (high == 0)).then(False)
        )
    )
