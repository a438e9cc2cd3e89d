"""Marks that several patterns share: how much of a receiver's referrals one brings, and whether they rose on a day.

They grade what a rule finds and never decide it: referrals that are not listed could change them.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from ownergraph.rules.api import Graph

c = pl.col

FEWEST_REFERRERS: Final = 10
"""Referrers of one receiver from which on there is a top tenth."""
RISE_PCT: Final = 20
"""Referrals have risen where they are more than this many percent above what they were: law/rules.yaml, LOOP-09, a
heuristic."""
SIDE: Final = 3
"""Referrals on each side of a day that stand in the evidence of a rise."""
FEWEST_DAYS: Final = 30
"""Days that the list of referrals must cover before and after, so that there is something to compare (heuristic)."""


def told(yes: pl.Expr, no: pl.Expr) -> pl.Expr:
    """True where a fact says so, whatever others say; false where one says that it is not so; null otherwise."""
    return pl.when(yes.fill_null(False)).then(True).when(no.fill_null(False)).then(False).otherwise(None)


def is_so(value: pl.Expr) -> pl.Expr:
    """Whether it is recorded so: for severity and messages, never for a test."""
    return value.fill_null(False)


def how_many(*marks: pl.Expr) -> pl.Expr:
    """How many of the marks are recorded."""
    return pl.sum_horizontal(is_so(mark).cast(pl.Int32) for mark in marks)


def clauses(said: Mapping[str, pl.Expr]) -> pl.Expr:
    """The words of those that are recorded, joined; empty where none is."""
    parts = [pl.when(is_so(value)).then(pl.lit(text)) for text, value in said.items()]
    return pl.concat_str(parts, separator="; ", ignore_nulls=True)


def with_top_tenth(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows (referrer, receiver) with `top_tenth`: whether the referrer is among the tenth that brings the most.

    By counts where the receiver's referrals all have one, else by amounts where all have one; over all that is
    recorded, without counts of shared patients. Null otherwise, and with fewer than `FEWEST_REFERRERS`. Those who are
    level with the last of the tenth are in it only if all of them fit. O(referrals).
    """
    real = g.referrals.filter(~c("proxy") & c("receiver").is_in(rows["receiver"].unique().implode()))
    by_pair = real.group_by("receiver", "referrer").agg(
        c("count").sum(), c("amount_usd").sum(), *(c(n).null_count().alias(f"_{n}") for n in ("count", "amount_usd"))
    )
    measure = (
        pl.when(c("_count").sum().over("receiver") == 0)
        .then(c("count").cast(pl.Float64))
        .when(c("_amount_usd").sum().over("receiver") == 0)
        .then("amount_usd")
    )
    many = pl.len().over("receiver")
    ranked = by_pair.with_columns(_measure=measure).with_columns(
        _rank=c("_measure").rank("max", descending=True).over("receiver")
    )
    top = ranked.select(
        "referrer",
        "receiver",
        top_tenth=pl.when((many >= FEWEST_REFERRERS) & c("_measure").is_not_null()).then(c("_rank") * 10 <= many),
    )
    return rows.join(top, on=["referrer", "receiver"], how="left", maintain_order="left")


def with_rise(g: Graph, rows: pl.DataFrame, days: int) -> pl.DataFrame:
    """Rows (referrer, receiver, began) with `rose`: whether referrals a day rose by more than `RISE_PCT` percent.

    Beside it `compared`: ids of the referrals that show it, at most `SIDE` before and `SIDE` from the day on, those
    next to it; null where `rose` is.

    Compared are the days before `began` and those from it on, at most `days` each, as far as the receiver's dated
    referrals reach. A period of referrals counts evenly on all its days. Null without a day, where fewer than
    `FEWEST_DAYS` are covered on one side, or a count is not recorded.

    Complexity: O(rows x referrals of their pair).
    """
    key = ["referrer", "receiver", "began"]
    real = g.referrals.filter(
        ~c("proxy") & c("start").is_not_null() & c("end").is_not_null()
        & c("receiver").is_in(rows["receiver"].unique().implode())
    )  # fmt: skip
    span = real.group_by("receiver").agg(_first=c("start").min(), _last=c("end").max())
    reach = pl.duration(days=days)
    compared = (
        rows.select(key)
        .filter(c("began").is_not_null())
        .unique(maintain_order=True)
        .join(span, on="receiver", how="inner")
        .with_columns(
            _low=pl.max_horizontal("_first", c("began") - reach),
            _high=pl.min_horizontal("_last", c("began") + reach - pl.duration(days=1)),
        )
        .with_columns(
            _before=(c("began") - c("_low")).dt.total_days(), _after=(c("_high") - c("began")).dt.total_days() + 1
        )
        .filter((c("_before") >= FEWEST_DAYS) & (c("_after") >= FEWEST_DAYS))
    )

    def inside(low: pl.Expr, high: pl.Expr) -> pl.Expr:
        shared = (pl.min_horizontal("end", high) - pl.max_horizontal("start", low)).dt.total_days() + 1
        return c("count") * shared.clip(lower_bound=0) / ((c("end") - c("start")).dt.total_days() + 1)

    day_before = c("began") - pl.duration(days=1)
    rates = (
        compared.join(real.select("referral", "referrer", "receiver", "start", "end", "count"), on=key[:2], how="inner")
        .sort("start", "referral")
        .group_by(key)
        .agg(
            _old=inside(c("_low"), day_before).sum() / c("_before").first(),
            _new=inside(c("began"), c("_high")).sum() / c("_after").first(),
            _open=c("count").null_count(),
            _old_rows=_ids((c("start") < c("began")) & (c("end") >= c("_low"))).tail(SIDE),
            _new_rows=_ids((c("start") >= c("began")) & (c("start") <= c("_high"))).head(SIDE),
        )
        # rounded, so that exactly the limit is not above it
        .with_columns(rose=(100 * c("_new")).round(6) > ((100 + RISE_PCT) * c("_old")).round(6))
        .select(
            *key,
            rose=pl.when(c("_open") == 0).then("rose"),
            compared=pl.when((c("_open") == 0) & c("rose").is_not_null()).then(c("_old_rows").list.concat("_new_rows")),
        )
    )
    return rows.join(rates, on=key, how="left", maintain_order="left")


def _ids(where: pl.Expr) -> pl.Expr:
    return c("referral").filter(where)
