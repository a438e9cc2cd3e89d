"""A manager works for a practice, or is paid by it, without a written agreement.

What it finds: a management agreement that is not in writing; or a practice that regularly pays a management company
    (marked as a series, or three payments or more) although a complete list of agreements has none between them.
Why it matters: a written agreement is the first element of the safe harbor for management contracts and of the
    personal service exception; without one neither can be shown, and roles and terms cannot be either.
What it does not mean: that nothing was agreed, or that the payments are for referrals.
Facts it needs: whether the agreement is in writing; payments of the practice to management companies; whether the
    list of agreements is complete. Payments that are not recorded are not looked for.
When it is undecided: it is not recorded whether the agreement is in writing; there may be an agreement behind regular
    payments, or another agreement, because the list is not complete; whether payments are a series is not recorded.
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
    series = fact(c("series"), "Does {practice} pay {manager} regularly?")
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
    """Management companies that practices pay without any agreement on record, for each state. O(payments)."""
    companies = g.entities.lazy().filter(c("roles").list.contains("mso")).select(manager="id")
    manages = g.relations["MANAGES"].lazy().select(practice="managed", manager="manager")
    paid = (
        g.relations["PAYS"]
        .lazy()
        .filter(c("refund_of").is_null())
        .rename({"payer": "practice", "payee": "manager"})
        .join(companies, on="manager", how="semi")
        .join(manages, on=["practice", "manager"], how="anti")
        .group_by("practice", "manager", maintain_order=True)
        .agg(
            series=pl.when(pl.len() >= SERIES).then(True).otherwise(c("regular").any(ignore_nulls=False)),
            payments=c("id"),
        )
    )
    return (
        g.practice_states.join(paid, on="practice", how="inner", maintain_order="left")
        .with_columns(does=pl.lit("is regularly paid by"), agreement=pl.lit(None, dtype=pl.String))
        .sort("practice", "state", "manager", maintain_order=True)
    )
