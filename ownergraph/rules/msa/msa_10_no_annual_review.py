"""The arrangement of practice and manager has not been reviewed for a year.

What it finds: an agreement whose last review of compliance up to the day of the audit, or else whose beginning, is
    more than 12 months ago (12 months to the day are not); more than 24 months raises it to medium.
Why it matters: the source guide asks for regular review of corporate practice, Stark and Anti-Kickback compliance;
    the Inspector General's guidance asks for a review at least once a year.
What it does not mean: that anything in the arrangement is wrong.
Facts it needs: the days on which compliance was reviewed (an empty list means never; days to come are no review),
    and, where it never was, when the agreement began (or else when the manager first worked for the practice); whether
    the list of agreements is complete.
When it is undecided: the list of reviews is not recorded, whenever the agreement began; or it has none up to now and
    the beginning is not recorded; there may be another agreement.
What clears it: a review within the last 12 months, on record.
References: the source guide; OIG General Compliance Program Guidance (November 2023).
"""

import polars as pl

from ownergraph.rules.agreements import STARTED, other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "MSA-10",
    name="no-annual-review",
    severity="low",
    basis="heuristic",
    parties=("manager",),
    says="compliance of the agreement of {manager} with {practice} {last}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, and one for other agreements."""
    today = pl.lit(g.as_of)
    past = c("review_dates").list.eval(pl.element().filter(pl.element() <= today)).list.max()
    rows = (
        g.agreements.with_columns(reviewed=past, started=STARTED)
        .with_columns(since=pl.when(c("review_dates").is_not_null()).then(pl.coalesce("reviewed", "started")))
        .with_columns(
            last=pl.when(c("reviewed").is_not_null())
            .then(pl.format("was last reviewed on {}", "reviewed"))
            .otherwise(pl.format("was never reviewed since it began on {}", "started"))
        )
    )
    old = fact(
        c("since") < today.dt.offset_by("-12mo"),
        "When was the agreement between {manager} and {practice} last reviewed? If never, when did it begin?",
    )
    severity = pl.when(c("since") < today.dt.offset_by("-24mo")).then(pl.lit("medium")).otherwise(pl.lit("low"))
    return [Cases(rows, old, evidence=("agreement",), severity=severity), other_agreements(g, rows)]
