"""Payments by what they are for: those of one payer to one payee that are alike, together."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from ownergraph.rules.api import Graph, Test, fact
from ownergraph.rules.referring import WINDOW

c = pl.col

SHOWN: Final = 3
"""Payments of a stream that stand in the evidence; the rest are the same again."""


def streams(g: Graph, keep: pl.Expr, facts: Sequence[str]) -> pl.DataFrame | None:
    """Payments that `keep` keeps, net of refunds, as rows for `referring.arrangements`.

    A stream ends where the next payment is more than two windows away: so every day of it is at most one window from a
    payment. Payments that stand for an open time are each for themselves.

    Args:
        g: the graph.
        keep: over the columns of the table of payments; null is not kept.
        facts: columns that are the same in all payments of a stream.

    Returns:
        None where there are none. Otherwise payer, payee, the facts, agreement (id of the first payment), payments
        (ids), shown (the first `SHOWN` of them), times (how many), total_usd (null where an amount is not recorded),
        began (first day; null where not recorded), start, end, undated, kept (see `received`).

    Complexity: O(payments).
    """
    kept = g.structure.tables["pays"].filter(keep)
    if not kept.height:
        return None
    refunded = c("id").is_in(g.structure.tables["pays"]["refund_of"].drop_nulls().implode())
    rows = kept.select("payer", "payee", *facts, flow="id", _refunded=refunded).join(
        g.flows.filter(c("relation") == "PAYS").select("flow", "amount_usd", "start", "end", "undated"),
        on="flow", how="inner", maintain_order="left",
    )  # fmt: skip
    if not rows.height:
        return None
    key = ["payer", "payee", *facts, "undated", "_open"]
    gap = c("start") - c("end").shift(1).cum_max() > pl.duration(days=2 * WINDOW)
    return (
        rows.with_columns(_open=~c("undated") & (c("start").is_null() | c("end").is_null()))
        .sort(*key, "start", "flow", nulls_last=True)
        .with_row_index("_number")
        .with_columns(
            _stream=pl.when("_open").then(c("_number").cast(pl.Int64))
            .otherwise(gap.fill_null(False).cast(pl.Int64).cum_sum().over(key))
        )
        .group_by(*key, "_stream", maintain_order=True)
        .agg(
            agreement=c("flow").first(),
            payments=c("flow"),
            shown=c("flow").head(SHOWN),
            times=pl.len(),
            kept=pl.when((c("amount_usd").is_not_null() | ~c("_refunded")).any()).then(True),
            total_usd=pl.when(c("amount_usd").null_count() == 0).then(c("amount_usd").sum()),
            began=c("start").min(),
            start=pl.when(c("start").null_count() == 0).then(c("start").min()),
            end=pl.when(c("end").null_count() == 0).then(c("end").max()),
        )
        .drop("_stream", "_open")
    )  # fmt: skip


def received() -> Test:
    """That some of the money stayed with the payee: open where an amount is not recorded, and something went back."""
    return fact(c("kept"), "How much did {receiver} pay {payee}, and how much of it was given back?")


def besides() -> pl.Expr:
    """Words about payments of other streams between the same parties, which one result tells of; empty without any."""
    more = c("times").sum().over("referrer", "receiver", "payee") - c("times")
    return (
        pl.when(more > 0)
        .then(pl.format("; beside them, on other terms or at another time: {}", more))
        .otherwise(pl.lit(""))
    )
