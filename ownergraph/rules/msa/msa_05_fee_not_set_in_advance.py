"""A management fee that is not set in advance, or was changed for the past.

What it finds: an agreement whose fee, or the formula for it, was not set in advance, or whose fee was changed
    retroactively.
Why it matters: safe harbor and exceptions ask for pay, or a formula, that is fixed before the services are rendered,
    so that it cannot be fitted to referrals or profit afterward.
What it does not mean: that a fee may never be changed: it may, for the future, in writing, at fair market value.
Facts it needs: whether the fee or formula was set in advance; whether a change reached back; whether the list of
    agreements is complete.
When it is undecided: one of these is not recorded; there may be another agreement. Where the fee was never changed no
    change can have reached back.
What clears it: a fee or formula written down before the services begin, and changed for the future only.
References: 42 CFR 1001.952(d)(1)(iv); 42 CFR 411.354(d)(1).
"""

import polars as pl

from ownergraph.rules.agreements import other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "MSA-05",
    name="fee-not-set-in-advance",
    severity="high",
    basis="law",
    parties=("manager",),
    says="the fee of {manager} for {practice} {how}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, and one for other agreements."""
    rows = g.agreements.with_columns(
        back=pl.coalesce("fee_change_retroactive", pl.when(c("fee_changed_on").list.len() == 0).then(False)),
        how=pl.when(~c("fee_set_in_advance"))
        .then(pl.lit("was not set in advance"))
        .otherwise(pl.lit("was changed for the past")),
    )
    ahead = fact(c("fee_set_in_advance"), "Was the fee of {manager}, or the formula for it, set in advance?")
    back = fact(c("back"), "Was a change of the fee of {manager} retroactive?")
    return [Cases(rows, ~ahead | back, evidence=("agreement",)), other_agreements(g, rows)]
