"""A management agreement that both sides have not signed, or signed late.

What it finds: an agreement that one side has not signed, or that was signed more than 90 days after it began. An
    agreement that is not in writing is signed by nobody.
Why it matters: the safe harbor for management contracts asks for a signed writing; the self-referral law gives 90
    days to obtain missing writings and signatures.
What it does not mean: that the agreement is void, or that the services were not rendered.
Facts it needs: who signed, on what day the last signature was made, and when the agreement began (or else when the
    manager first worked for the practice); whether the list of agreements is complete.
When it is undecided: a signature or one of the days is not recorded; there may be another agreement.
What clears it: signatures of both sides, the last of them within 90 days of the beginning.
References: 42 CFR 1001.952(d)(1)(i); 42 CFR 411.354(e)(4).
"""

import polars as pl

from ownergraph.rules.agreements import STARTED, other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "MSA-02",
    name="not-signed-by-both",
    severity="medium",
    basis="law",
    parties=("manager",),
    says="the agreement of {manager} with {practice} {how}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, and one for other agreements."""
    named = c("signed_by_manager").is_not_null() & c("signed_by_managed").is_not_null()
    rows = g.agreements.with_columns(
        started=STARTED,
        signed=pl.coalesce(
            pl.when(~c("in_writing")).then(False),  # what is not in writing is signed by nobody, whatever is recorded
            "signed_by_both",
            pl.when(named).then(True),
        ),
    ).with_columns(late=c("signed_on") > c("started").dt.offset_by("90d"))
    rows = rows.with_columns(
        how=pl.when(~c("signed"))
        .then(pl.lit("is not signed by both sides"))
        .otherwise(pl.format("was signed on {}, more than 90 days after it began on {}", "signed_on", "started"))
    )
    signed = fact(c("signed"), "Have both {manager} and {practice} signed the agreement?")
    late = fact(
        c("late"),
        "When did the agreement between {manager} and {practice} begin, and when was it signed by the last of them?",
    )
    return [Cases(rows, ~signed | late, evidence=("agreement",)), other_agreements(g, rows)]
