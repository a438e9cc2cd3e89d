"""One who refers gets a return from the entity referred to that is out of proportion to the capital put in.

What it finds: distributions within 12 months of at least five times what the holder paid for its interest; or a share
    of the distributions that is less than 0.8 or more than 1.25 times the share of the capital, or a return recorded
    as out of proportion; or payments that rise and fall with the referrals (rank correlation of at least 0.8, with a
    p-value of at most 5%). The holder is one who refers federal business to the entity, immediate family, a company
    that they own, an owner or the employer; the interest and a referral are at most 120 days apart. Five times, 0.8,
    1.25, the correlation and 120 days are heuristics; in the case of the references it was 170 times.
Why it matters: a return that capital does not explain may be pay for referrals; the safe harbor asks that it be in
    proportion to the capital.
What it does not mean: that the return was paid for referrals. A small business that does well may return its capital
    many times; loans, work or risk may explain an uneven split.
Facts it needs: payments marked as distributions with amount and day, what was paid for the holdings, shares; whether
    the lists of payments and of owners of the entity are complete; referrals with payer and time. Holders without a
    distribution on record, and without an answer on proportion, are not looked at; nor are distributions, holdings and
    referrals that are not listed.
When it is undecided: what was paid for the interest, an amount or a day is not recorded and decides; the list of
    payments of the entity is open, so that its other distributions are not known, and no answer on proportion is
    recorded; the payer or the time of the referrals is not recorded, or they are counts of shared patients.
What clears it: dividends in proportion to capital for all holders of a class, shown by audited books; or every element
    of a safe harbor for investments recorded as met for the holdings. Without six periods of referrals and payments
    there is no correlation, and it counts as not there.
References: 42 CFR 1001.952(a)(2)(viii); US ex rel. STF, LLC v. Grottenthaler, No. 4:16-cv-547 (E.D. Tex.).
"""

from typing import Final

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.model.columns import counted_share
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.referring import any_referrals, arrangements, plain, referred

c = pl.col
TIMES: Final = 5
"""Distributions of 12 months over what was paid, from which a return is out of proportion (heuristic)."""
UNDER: Final = 0.8
OVER: Final = 1.25
"""Share of distributions over share of capital: between these it is in proportion (heuristic)."""
CORRELATION: Final = 0.8
CHANCE: Final = 0.05
"""Least rank correlation with referrals, and most p-value (corrected for lags), that count (heuristics)."""
CENT: Final = 1e-6


@rule(
    "AKS-03",
    name="return-out-of-proportion",
    severity="critical",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("owner",),
    defenses="aks",
    says="{owner} put {stake} into {receiver}, to which {referrer} refers federal business, and {why}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each holder on the side of one who refers to the company."""
    if not any_referrals(g):
        return ()
    found = arrangements(g, "OWNS", law="aks")
    if found is None or not (found := found.filter(~c("receiver_first"))).height:
        return ()
    held = _holders(g, found)
    told = c("paid_rows").is_not_null() | c("proportional").is_not_null()
    rows = found.join(held, on=["owned", "owner"], how="inner", maintain_order="left").filter(
        told.any().over("referrer", "receiver")
    )
    if not rows.height:
        return ()
    pairs = g.volume.pairs.filter(~c("proxy")).select("referrer", "receiver", "rho", "p_value")
    rows = rows.join(pairs, on=["referrer", "receiver"], how="left", maintain_order="left").with_columns(
        many=pl.when(c("year_usd") <= 0)
        .then(pl.when("open").then(None).otherwise(False))
        .when(c("year_usd") >= TIMES * c("invested_usd"))
        .then(True)
        .when("open")
        .then(None)
        .otherwise(c("year_usd") >= TIMES * c("invested_usd")),
        tracks=((c("rho") >= CORRELATION) & (c("p_value") <= CHANCE)).fill_null(False) & (c("year_usd") > 0),
    )
    times = fact(
        c("many"), "What did {owner} pay for its interest in {receiver}, and what was distributed to it, and when?"
    )
    uneven = fact(
        c("uneven"),
        "Are the distributions of {receiver} in proportion to the capital of its holders? Which did it make, to whom?",
    )
    return Cases(
        rows.with_columns(why=_why(), stake=_stake(rows)).lazy(),
        (times | uneven | fact(c("tracks"), "")) & referred("aks", "the interest of {owner}"),
        evidence=("referrals", "holdings", "side_rows", "paid_rows"),
        defended="holdings",
    )


def _stake(rows: pl.DataFrame) -> pl.Series:
    """What was put in, as the message says it; of a sum that is not recorded the others may still tell."""
    said = ["an amount that is not recorded" if usd is None else f"${usd:,.0f}" for usd in rows["invested_usd"]]
    return pl.Series("stake", said, dtype=pl.String)


def _why() -> pl.Expr:
    parts = [
        pl.when(c("many")).then(
            pl.format("${} was distributed to it within 12 months, at least {} times as much", plain("year_usd"),
                      pl.lit(TIMES))
        ),
        pl.when(c("uneven")).then(
            pl.when(c("ratio").is_not_null())
            .then(pl.format("its share of the distributions is {} times its share of the capital", plain("ratio")))
            .otherwise(pl.lit("the return is recorded as out of proportion to the capital"))
        ),
        pl.when(c("tracks")).then(
            pl.format("payments follow referrals (rank correlation {})", plain("rho"))
        ),
    ]  # fmt: skip
    return pl.concat_str(parts, separator="; ", ignore_nulls=True)


def _holders(g: Graph, found: pl.DataFrame) -> pl.DataFrame:
    """Every holder of the companies, with what was put in and what was distributed.

    Columns: owned, owner, holdings (ids), invested_usd (null where not recorded for each), proportional (the answer on
    record), paid_rows (ids of distributions; null where there are none), year_usd (the most that is certain within 12
    months), open (an amount or a day of a distribution is not recorded), uneven (nullable: out of proportion), ratio
    (share of distributions over share of capital, where both are known). O(holdings and distributions of companies).
    """
    companies = found["owned"].unique().implode()
    low, high = counted_share()
    holdings = (
        g.relations["OWNS"]
        .filter(c("owned").is_in(companies))
        .group_by("owned", "owner", maintain_order=True)
        .agg(
            holdings=c("id"),
            invested_usd=pl.when(c("consideration_usd").null_count() == 0).then(c("consideration_usd").sum()),
            least=pl.coalesce("share_min", low, 0).sum() / WHOLE,
            most=(pl.coalesce("share_max", high, WHOLE).sum() / WHOLE).clip(upper_bound=1),
            proportional=c("return_proportional").all(ignore_nulls=False),
        )
    )
    flows = g.flows.filter((c("kind") == "distribution") & c("giver").is_in(companies)).select(
        "flow", "amount_usd", "start", "end", "undated", "standing", owned="giver", owner="taker"
    )
    dated = ~c("undated") & ~c("standing") & c("end").is_not_null()
    year = (
        flows.filter(dated & c("amount_usd").is_not_null())
        .sort("end")
        .rolling("end", period="12mo", group_by=["owned", "owner"])
        .agg(c("amount_usd").sum())
        .group_by("owned", "owner")
        .agg(year_usd=c("amount_usd").max())
    )
    paid = flows.group_by("owned", "owner", maintain_order=True).agg(
        paid_rows=c("flow"),
        open=(~dated | c("amount_usd").is_null()).any(),
        paid_usd=pl.when(c("amount_usd").null_count() == 0).then(c("amount_usd").sum()),
    )
    key = ["owned", "owner"]
    rows = (
        holdings.join(paid, on=key, how="left", maintain_order="left")
        .join(year, on=key, how="left", maintain_order="left")
        .with_columns(c("year_usd").fill_null(0.0), c("open").fill_null(False))
        .join(_whole(g, holdings, paid), on="owned", how="left", maintain_order="left")
    )
    # the share of capital by what was paid, where that is known of all holders; otherwise by the shares
    exact = c("invested_usd") / c("all_invested")
    part = c("paid_usd").fill_null(0.0) / c("all_paid")
    nothing = part == 0  # of no capital, too
    low_ratio, high_ratio = (
        pl.when(nothing).then(0.0).otherwise(part / pl.coalesce(exact, capital)) for capital in ("most", "least")
    )
    counted = (
        pl.when((low_ratio > OVER + CENT) | (high_ratio < UNDER - CENT))
        .then(True)
        .when((low_ratio >= UNDER - CENT) & (high_ratio <= OVER + CENT))
        .then(False)
    )
    return (
        rows.with_columns(
            # figures that are all listed go before an answer, even where one of them is not recorded
            uneven=pl.when(counted | ~c("proportional")).then(True).when(counted.is_not_null()).then(counted)
            .when(c("proportional") & ~c("listed").fill_null(False)).then(False),
            ratio=pl.when((low_ratio - high_ratio).abs() < CENT).then(low_ratio),
        )
        .select(*key, "holdings", "invested_usd", "proportional", "paid_rows", "year_usd", "open", "uneven", "ratio")
    )  # fmt: skip


def _whole(g: Graph, holdings: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    """What all holders put in, and what all got: owned, all_invested, all_paid; null where not all of it is known.

    And listed: there are distributions, and all of them are listed.
    """
    invested = (
        holdings.with_columns(_closed=g.complete("owners", "owned"))
        .group_by("owned")
        .agg(
            all_invested=pl.when(c("_closed").all() & (c("invested_usd").null_count() == 0)).then(
                c("invested_usd").sum()
            )
        )
    )
    got = (
        paid.with_columns(_closed=g.complete("payments", "owned"))
        .group_by("owned")
        .agg(
            all_paid=pl.when(c("_closed").all() & (c("paid_usd").null_count() == 0)).then(c("paid_usd").sum()),
            listed=c("_closed").all(),
        )
    )
    positive = [pl.when(c(name) > 0).then(name).alias(name) for name in ("all_invested", "all_paid")]
    return invested.join(got, on="owned", how="left", maintain_order="left").with_columns(positive)
