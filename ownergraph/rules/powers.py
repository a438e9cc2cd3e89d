"""Powers over a practice that a manager holds, over all its agreements with the practice."""

import polars as pl

from ownergraph.law.tables import powers
from ownergraph.rules.api import Graph, Leaf, Test, declared, fact

c = pl.col

KNOWN = list(powers())
"""Codes of the table of powers."""
ASK_POWERS = "Which powers over {practice} does {manager} hold or can it veto?"
CARRIED = ("cpom_weight", "cpom_weight_stated", "exempt_as")
"""Columns of the practice and of the law that go along."""


def of_class(name: str, without: tuple[str, ...] = ()) -> list[str]:
    """Codes of the powers of a class."""
    return [code for code, power in powers().items() if power.class_ == name and code not in without]


def held(
    g: Graph, agreements: pl.LazyFrame, words: list[str], *, at_least: int = 1, committee: bool = False
) -> tuple[pl.LazyFrame, Test]:
    """Who holds at least so many of the powers `words`, without a physician's final say in them.

    Args:
        g: the graph.
        agreements: rows of `Graph.agreements`.
        words: codes of powers.
        at_least: how many of them.
        committee: a joint committee that physicians lead, or whose deadlock favors the practice, takes them away.

    Returns:
        One row a practice, state and manager, with `sure` (held for certain), `maybe` (held unless a physician has
        the final say), `open_powers` (the difference), `agreements`; and the test.

    Complexity: O(agreements).
    """
    seen = c("powers").list.set_intersection(words)
    gone = c("joint_committee").fill_null(False) if committee else pl.lit(False)
    stays = ~c("joint_committee") if committee else pl.lit(True)
    nothing = pl.lit([], dtype=pl.List(pl.String))
    rows = (
        agreements.filter(c("state").is_not_null())
        .with_columns(
            maybe=pl.when(gone)
            .then(nothing)
            .otherwise(seen.list.set_difference(c("physician_final_say").fill_null([]))),
            sure=pl.when(stays.fill_null(False) & c("physician_final_say").is_not_null())
            .then(seen.list.set_difference("physician_final_say"))
            .otherwise(nothing),
            # what a power does whose code is not in the table is unknown
            unrecorded=(c("powers").is_null() | (c("powers").list.set_difference(KNOWN).list.len() > 0)) & ~gone,
        )
        .group_by("practice", "state", "manager", maintain_order=True)
        .agg(
            *[c(name).first() for name in CARRIED],
            maybe=c("maybe").list.explode(keep_nulls=False, empty_as_null=False).drop_nulls().unique().sort(),
            sure=c("sure").list.explode(keep_nulls=False, empty_as_null=False).drop_nulls().unique().sort(),
            unrecorded=c("unrecorded").any(),
            agreements=c("agreement"),
        )
        .with_columns(open_powers=c("maybe").list.set_difference("sure"), held_count=c("maybe").list.len())
    )
    enough = fact(
        pl.when(c("maybe").list.len() >= at_least).then(True).when(c("unrecorded")).then(None).otherwise(False),
        ASK_POWERS,
    )
    who = "a physician, or a committee that physicians lead," if committee else "a physician"
    kept = fact(
        pl.when((c("maybe").list.len() >= at_least) & (c("sure").list.len() < at_least)).then(None).otherwise(False),
        f"Does {who} have the final say in these powers, so that {{manager}} only advises: {{open_powers}}?",
    )
    return rows, (enough & ~kept) | more_agreements(g)


def more_agreements(g: Graph) -> Leaf:
    """False where the agreements of `practice` are complete; null where more of them may say something else."""
    closed = g.complete("agreements", "practice")
    return declared(closed, "Is the list of the management agreements of {practice} complete?")


def agreements_of(g: Graph, weight: int | None = None) -> pl.LazyFrame:
    """Agreements of practices with a state, where the state's doctrine has at least this weight."""
    rows = g.agreements.filter(c("state").is_not_null())
    return rows if weight is None else rows.filter(c("cpom_weight_stated") >= weight)
