"""An agreement of ten years or more, or that renews by itself, which the practice cannot leave without cause.

What it finds: a term of at least ten years, or a term that renews by itself, where the practice may not end the
    agreement, or only for cause. It applies where the state's doctrine is moderate or strong (weight 2 or 3).
Why it matters: a practice that cannot leave its manager depends on it; a term of ten years without exit is the
    first element of the accounting test of control by contract.
What it does not mean: that the manager controls the practice: the test has more elements.
Facts it needs: the term, whether it renews by itself, how the practice may end it.
When it is undecided: one of these is not recorded and could decide; there may be agreements that are not listed.
What clears it: the practice may end the agreement without cause (how long the notice is, is not looked at); or a
    term below ten years that does not renew by itself.
References: ASC 810-10-15-22(1)-(2); Art Center Holdings v. WCE CA Art (brief of the California Attorney General,
    2026).
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.powers import agreements_of, more_agreements

YEARS = 10

c = pl.col


@rule(
    "CTRL-12",
    name="long-term-without-exit",
    severity="medium",
    basis="accounting",
    parties=("manager",),
    law=("cpom_weight",),
    gated=True,
    says="{practice} cannot leave {manager} without cause: {term}, termination by the practice: "
    "{practice_can_terminate}",
)
def cases(g: Graph) -> Cases:
    """One row for each agreement of a practice and state."""
    years = pl.format("a term of {} years", c("term_years").cast(pl.String).str.replace(r"\.0$", ""))
    rows = agreements_of(g, weight=2).with_columns(
        term=pl.when((c("term_years") >= YEARS) & c("evergreen").fill_null(False))
        .then(pl.format("{} that renews by itself", years))
        .when(c("evergreen"))
        .then(pl.lit("a term that renews by itself"))
        .otherwise(years)
    )
    long = fact(c("term_years") >= YEARS, "For how many years does the agreement with {manager} run?")
    renews = fact(c("evergreen"), "Does the agreement with {manager} renew by itself?")
    locked = fact(
        c("practice_can_terminate").is_in(["no", "cause_only"]),
        "May {practice} end the agreement with {manager}: not at all, for cause only, or without cause?",
    )
    return Cases(rows, ((long | renews) & locked) | more_agreements(g), evidence=("agreement",))
