"""Whether an owner certainly owns something: a share that is not recorded may be nothing."""

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.rules.api import Graph, Leaf, fact
from ownergraph.rules.cpom_own._holders import now, owners_standing
from ownergraph.rules.cpom_own._professions import with_professions
from ownergraph.rules.parties import within

c = pl.col


def owners_sized(g: Graph) -> pl.LazyFrame:
    """`owners_standing` with the columns of `with_professions` for `owner`, and `sized`; made once a graph.

    `sized` is true where the holding is certainly of something, else null. By itself, or for want of others: in a
    complete register a holder has at least what the others cannot have. O(holdings + licenses).
    """
    return g.once("owners sized", lambda: now(with_professions(g, _sized(g), "owner"))).lazy()


def _sized(g: Graph) -> pl.LazyFrame:
    low, _ = within(c("low"), c("high"), "practice", WHOLE, g.complete("owners", "practice"))
    least = g.ownership.rows.lazy().with_columns(practice="owned").select(_low=low, holding="id")
    some = (c("share_min") > 0) | (c("shares_held") > 0) | (c("_low") > 0)
    return (
        owners_standing(g).lazy()
        .join(least, on="holding", how="left", maintain_order="left")
        .with_columns(sized=pl.when(some).then(True))
        .drop("_low")
    )  # fmt: skip


def some_part() -> Leaf:
    """Whether `owner` owns anything of `practice`, of a frame with `sized`."""
    return fact(c("sized"), "Does {owner} own any part of {practice}? The share on record may be nothing")
