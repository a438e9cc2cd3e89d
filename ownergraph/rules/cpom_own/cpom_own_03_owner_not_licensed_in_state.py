"""An owner of a practice holds no active license of the state in which it operates.

What it finds: a person who owns part of a practice without an active health license of the state: never licensed,
    licensed elsewhere only, or lapsed. Where the state takes a license of any state, a person without any; where it
    asks for one local licensee among the owners, a practice without one. Asked of every practice where the state's
    doctrine has weight 2 or 3, elsewhere of professional entities.
Why it matters: shares held by somebody who may not practice in the state may be void or must be sold within a time
    that the statute sets.
What it does not mean: that the owner treats patients in the state; nor that the profession of a licensed owner is
    one that may own (that is CPOM-OWN-04). Holders behind a company are CPOM-OWN-01.
Facts it needs: owners of the practice, their licenses with state and status, where the practice was formed, of what
    kind it is (`exempt_as`).
When it is undecided: licenses are not recorded; the share of an owner may be nothing; the register of owners is open;
    the state leaves owners who are licensed elsewhere room that depends on facts not modeled (Connecticut, Nebraska); a
    practice formed in another state, with a local licensee among its owners, may be qualified as a foreign
    professional entity (not in New York, which asks for its license of them, too); the holder is an estate, where the
    state gives estates time on terms that were not read, or may be one; the practice may itself be of an exempt kind;
    where one local licensee is asked for, an organization among the owners may be one (what stands behind it is not
    looked at), and a complete list that names nobody says nothing; the cell of the state's row is not verified.
What clears it: an active license of the state for every owner who is a person; a state that takes licenses of
    others; an estate (`exempt_as`) where the state lets estates hold; a practice that is itself of a kind that the
    state lets unlicensed persons own or, where it is no professional entity, lets employ physicians (undecided where
    the kind is not recorded, or is let on terms that were not read).
References: the state's row; Cal. Corp. Code 13401(c)-(d); N.Y. BCL 1507, 1525(d); Tenn. R. 0880-02-.20; IC
    23-1.5-2-3(c); Va. Code 13.1-544; C.G.S. 33-182c(c).
"""

import polars as pl

from ownergraph.analysis.exempt import class_of
from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.cpom_own._holders import exempt_practice, in_scope, now, with_closed
from ownergraph.rules.cpom_own._sized import owners_sized, some_part

c = pl.col
KEY = ["practice", "state"]


@rule(
    "CPOM-OWN-03",
    name="owner-not-licensed-in-state",
    severity="high",
    basis="law",
    parties=("owner",),
    law=("instate_license",),
    gated=True,
    says="{who} {gap} {practice}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each owner who is a person; one for local licensees among all; one for owners not listed."""
    closed = c("owners_closed")
    known = g.practice_states.filter(in_scope() & c("instate_license_stated").is_not_null())
    scope = now(with_closed(g, known)).lazy()
    held = owners_sized(g).filter(c("share_max").is_null() | (c("share_max") > 0))
    owners = now(held.join(scope.select(KEY), on=KEY, how="semi")).lazy()
    local = owners.group_by(KEY).agg(
        licensed_here=(c("owner_licensed") & c("sized")).any(ignore_nulls=False),
        organizations=(c("owner_kind") != "person").any(),
        holdings=c("holding").unique().sort(),
    )
    people = (
        owners.filter(c("owner_kind") == "person")
        .join(local.select(*KEY, "licensed_here"), on=KEY, how="left", maintain_order="left")
        .join(scope.select(*KEY, "owners_closed"), on=KEY, how="left", maintain_order="left")
        .join(_licenses(g), on="owner", how="left", maintain_order="left")
        .with_columns(
            who="owner",
            licenses=c("licenses").fill_null([]),
            gap=pl.when(c("instate_license_stated") == "yes")
            .then(pl.format("holds no active health license of {} and owns part of", "state"))
            .otherwise(pl.lit("holds no active health license of any state and owns part of")),
        )
    )
    licensed = fact(
        c("owner_counts"),
        "Does {owner} hold an active license in {state}? If only elsewhere, does {owner} stay out of practice and "
        "direction of licensees in {state}?",
    )
    heir = fact(
        class_of(
            c("owner_exempt_as").list.set_intersection(["estate"]),
            c("lay_owner_exempt_stated"),
            c("lay_owner_conditional_stated"),
            pl.lit(["estate"]),
        ),
        "Does {owner} hold the shares as heir or estate, still within the time that {state} allows?",
    )
    foreign = (
        fact(c("state") != "NY", "")
        & fact(c("state_formed") != c("state"), "Where was {practice} formed?")
        & fact(
            c("licensed_here") | pl.when(closed).then(False), "Does an owner of {practice} hold a license in {state}?"
        )
        & fact(pl.lit(None, dtype=pl.Boolean), "Is {practice} qualified in {state} as a foreign professional entity?")
    )
    exempt = exempt_practice()
    counted = now(scope.filter(c("instate_license_stated") == "one"))
    one = counted.lazy().join(local, on=KEY, how="left", maintain_order="left")
    some = (
        pl.when(c("licensed_here"))
        .then(True)
        .when(closed & ~c("organizations") & (c("licensed_here") == False))  # noqa: E712
        .then(False)
    )
    one = one.with_columns(
        owner=pl.lit(None, dtype=pl.String),
        who=pl.format("nobody licensed in {}", "state"),
        gap=pl.lit("is among the owners of"),
    )
    rest = scope.with_columns(owner=pl.lit(None, dtype=pl.String))
    unlisted = declared(closed, "Is the list of owners of {practice} complete?")
    return [
        Cases(people, some_part() & ~licensed & ~heir & ~foreign & ~exempt, evidence=("holding", "licenses")),
        *(
            [Cases(one, ~fact(some, "Which owner of {practice} is licensed in {state}?") & ~exempt, ("holdings",))]
            if counted.height
            else []
        ),
        Cases(rest, unlisted & ~exempt),
    ]


def _licenses(g: Graph) -> pl.LazyFrame:
    """The rows of licenses that are recorded for an owner, whatever their state and status."""
    return g.relations["LICENSED_IN"].lazy().group_by(owner="person").agg(licenses=c("id").sort())
