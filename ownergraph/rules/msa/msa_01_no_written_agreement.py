"""A manager works for a practice, or is paid by it, without a written agreement.

What it finds: a management agreement in force that is not in writing; or a practice that regularly pays a management
    company although a complete list of agreements has none between them that is in force. Regularly is one payment
    that is marked as one of a series, or three payments or more, whenever they were made; what gives back a payment is
    none, a row of payments that has ended no longer counts, and neither does what was paid under an agreement that has
    ended since: a payment that names that agreement, or that is for a day (the first of its period, or else the day it
    was made) on which it stood.
Why it matters: a written agreement is the first element of the safe harbor for management contracts and of the
    personal service exception; without one neither can be shown, and roles and terms cannot be either.
What it does not mean: that nothing was agreed, or that the payments are for referrals.
Facts it needs: whether the agreement is in writing; payments of the practice to entities with the role of a management
    company, and for which days they are; whether the list of agreements is complete. Payments that are not recorded are
    not looked for.
When it is undecided: it is not recorded whether the agreement is in writing; there may be an agreement behind regular
    payments, or another agreement, because the list is not complete; of fewer than three payments none is marked as
    one of a series and one is not marked either way; a payment without a day may belong to an agreement that has ended.
What clears it: the agreement in writing, or the end of the payments.
References: 42 CFR 1001.952(d)(1)(i); 42 CFR 411.357(d)(1)(i); the source guide.
"""

import polars as pl

from ownergraph.rules.agreements import other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col
SERIES = 3
"""Payments that make a series where nobody says so."""


@rule(
    "MSA-01",
    name="no-written-agreement",
    severity="high",
    basis="law",
    parties=("manager",),
    says="{manager} {does} {practice}, and no written agreement between them is recorded",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, one for each management company paid without one, and one for other agreements."""
    agreements = g.agreements.with_columns(does=pl.lit("manages"))
    written = fact(c("in_writing"), "Is the agreement between {manager} and {practice} in writing?")
    paid = _paid_without(g)
    series = fact(
        c("series"), "Does {practice} pay {manager} regularly, for days on which no agreement between them stood?"
    )
    none = fact(
        pl.when(g.complete("agreements", "practice")).then(True).otherwise(None),
        "Is there a written agreement between {manager} and {practice}?",
    )
    return [
        Cases(agreements, ~written, evidence=("agreement",)),
        Cases(paid, series & none, evidence=("payments",)),
        other_agreements(g, agreements),
    ]


def _paid_without(g: Graph) -> pl.LazyFrame:
    """Management companies that practices pay without any agreement in force, for each state.

    Adds `series`, whether there are regular payments outside of agreements that have ended, and their ids.
    O(payments x ended agreements of the two).
    """
    companies = g.entities.lazy().filter(c("roles").list.contains("mso")).select(manager="id")
    pair = ["practice", "manager"]
    manages = g.relations["MANAGES"].lazy().select(practice="managed", manager="manager")
    ended = (
        g.structure.tables["manages"]
        .lazy()
        .filter(c("valid_to") <= pl.lit(g.as_of))
        .select(practice="managed", manager="manager", _ended="id", _from="valid_from", _to="valid_to")
    )
    standing = c("valid_from").is_not_null() | c("valid_to").is_not_null()
    day = pl.coalesce("period_start", "paid_on", "period_end", pl.when(standing).then(pl.lit(g.as_of)))
    under = (
        pl.when(c("_ended").is_null())
        .then(False)
        .when(c("agreement") == c("_ended"))
        .then(True)
        .otherwise((c("_from").is_null() | (c("_from") <= c("day"))) & (c("day") < c("_to")))
    )
    outside = c("outside")
    some = (outside & c("regular")).any(ignore_nulls=False)
    few = pl.when(outside.fill_null(True).sum() >= SERIES).then(None).otherwise(False)
    paid = (
        g.relations["PAYS"]
        .lazy()
        .filter(c("refund_of").is_null())
        .rename({"payer": "practice", "payee": "manager"})
        .join(companies, on="manager", how="semi")
        .join(manages, on=pair, how="anti")
        .with_columns(day=day)
        .join(ended, on=pair, how="left", maintain_order="left")
        .group_by(*pair, "id", maintain_order=True)
        .agg(outside=~under.any(ignore_nulls=False), regular=c("regular").first())
        .group_by(*pair, maintain_order=True)
        .agg(
            series=pl.when(outside.sum() >= SERIES).then(True).otherwise(some | few),
            payments=c("id").filter(outside.fill_null(True)),
        )
    )
    return (
        g.practice_states.join(paid, on="practice", how="inner", maintain_order="left")
        .with_columns(does=pl.lit("is regularly paid by"), agreement=pl.lit(None, dtype=pl.String))
        .sort("practice", "state", "manager", maintain_order=True)
    )
