"""A management agreement for less than a year, or with pay that was changed within its first year.

What it finds: a term under one year (one year is none), or a change of the fee within twelve months of the beginning:
    after the first day, on which the fee is set, and before the same day a year later.
Why it matters: the safe harbor for management contracts and the personal service exception ask for a term of at least
    one year, so that pay cannot be adjusted to referrals from month to month.
What it does not mean: that an agreement may not be ended early: it may, if the parties make no new one on the same
    subject within the year.
Facts it needs: the term; the days on which the fee was changed (an empty list means never); when the agreement began
    (or else when the manager first worked for the practice); whether the list of agreements is complete.
When it is undecided: neither the term nor a change that is recorded makes it one, and the term, the list of changes,
    or the beginning of an agreement whose fee was changed, is not recorded; there may be another agreement.
What clears it: a term of one year or more, and pay left as it was for the first year.
References: 42 CFR 1001.952(d)(1)(iii); 42 CFR 411.357(d)(1)(iv).
"""

import polars as pl

from ownergraph.rules.agreements import STARTED, other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "MSA-03",
    name="term-under-one-year",
    severity="medium",
    basis="law",
    parties=("manager",),
    says="the agreement of {manager} with {practice} {how}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, and one for other agreements."""
    early = (
        g.relations["MANAGES"]
        .lazy()
        .select("fee_changed_on", agreement="id", started=STARTED)
        .filter(c("fee_changed_on").list.len() > 0)
        .explode("fee_changed_on")
        .with_columns(
            early=(c("fee_changed_on") > c("started")) & (c("fee_changed_on") < c("started").dt.offset_by("12mo"))
        )
        .group_by("agreement")
        .agg(early=c("early").any(ignore_nulls=False), changed=c("fee_changed_on").filter(c("early")).min())
    )
    rows = g.agreements.with_columns(started=STARTED).join(early, on="agreement", how="left", maintain_order="left")
    short = c("term_years") < 1
    rows = rows.with_columns(
        how=pl.when(short)
        .then(pl.format("is for {} years, less than one", "term_years"))
        .otherwise(pl.format("had its fee changed on {}, within a year of its beginning on {}", "changed", "started"))
    )
    term = fact(short, "For how many years is the agreement between {manager} and {practice}?")
    renegotiated = fact(
        pl.when(c("fee_changed_on").list.len() == 0).then(False).otherwise(c("early")),
        "When did the agreement with {manager} begin, and on what days was its fee changed?",
    )
    return [Cases(rows, term | renegotiated, evidence=("agreement",)), other_agreements(g, rows)]
