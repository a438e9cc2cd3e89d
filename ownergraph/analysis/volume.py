"""Whether payments move with the volume or value of referrals: evidence for counsel, and never proof.

For every referrer and receiver with dated referrals and dated payments both are added up by month or quarter, and
`lagged.follows` says whether payments follow referrals at a lag of 0 to 3 periods. What counts as a payment: PAYS rows
from the receiver, or from the last payer on the path by which value comes back (`returns`), to the nearest parties on
the referrer's side: itself, family, its own companies, its owners; without any of these its employers; without those
its colleagues. Refunds are taken off.

A period without a row, between the first and the last row of the ledger of the payer (of the receiver of referrals),
counts as zero: a ledger that covers the time lists what there is. Rows that are undated or longer than the period are
left out, and a period with an amount or a count that is not recorded is not compared.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ownergraph.analysis.lagged import holm
from ownergraph.analysis.volume_series import UNITS, Series, Unit, enough, grids, period_of

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

PAIR: Final = ["referrer", "receiver"]
TIERS: Final = {"self": 0, "owned": 0, "family": 0, "owner": 0, "employer": 1, "group": 2}
"""Parties on the side whose receipts are looked at together; farther ones only where nearer ones get nothing."""
STEP: Final = pl.Struct({"on": pl.Date(), "from_usd": pl.Float64(), "to_usd": pl.Float64(), "referrals_on": pl.Date(),
                         "row": pl.String()})  # fmt: skip
SCHEMA: Final = {
    "referrer": pl.String(), "receiver": pl.String(), "periods": pl.Int64(), "unit": pl.String(), "rho": pl.Float64(),
    "lag": pl.Int64(), "p_value": pl.Float64(), "p_adjusted": pl.Float64(), "slope_usd": pl.Float64(),
    "income_share": pl.Float64(), "steps": pl.List(STEP), "measure": pl.String(), "rho_changes": pl.Float64(),
    "proxy": pl.Boolean(), "first": pl.Date(), "last": pl.Date(), "payments": pl.Int64(),
    "payers": pl.List(pl.String()),
}  # fmt: skip
GAP: Final = 31
"""Days between the end of terms and the start of those that take their place, at most."""


@dataclass
class Volume:
    """Volume-or-value evidence of all pairs.

    Attributes:
        pairs: one row a referrer and receiver with enough data: referrer, receiver, periods (compared, at the lag),
            unit (month, quarter), rho (Spearman, the largest), lag (periods by which payments follow), p_value (one-
            sided, permutation, corrected for lags and measures), p_adjusted (and for the number of pairs, Holm),
            slope_usd (median of dollars a referral; null without counts), income_share (what the pair's payers paid, of
            all that the same parties are recorded to have received in the time; null where an amount is not recorded),
            steps (see `steps`), measure ("volume": counts, "value": dollars; which of them gave rho), rho_changes (of
            the changes from period to period: two series that both grow have a large rho, and none here), proxy (the
            counts are of shared patients), first and last (days compared), payments (number), payers (ids).
        steps: one row a step in terms that follows a step in referrals the same way: referrer, receiver, on (first day
            of the new terms), from_usd, to_usd, referrals_on (first day of the period from which referrals stay on the
            other side of what they were), row (id of the relation whose terms changed; null for the level of
            payments). Levels last at least `volume_series.LEVEL` periods; a heuristic without a p-value.
    """

    pairs: pl.DataFrame
    steps: pl.DataFrame
    _series: dict[tuple[str, str], Series] = field(default_factory=dict, repr=False)

    def of(self, referrer: str, receiver: str) -> Series | None:
        """What was compared for a pair; None where data are too few. O(1)."""
        return self._series.get((referrer, receiver))


def volume(g: "Graph") -> Volume:
    """Compare referrals and payments of all pairs.

    O(referrals + payments) by columns, then O(permutations x periods) for each pair that has `lagged.FEWEST` periods.
    """
    found = _Comparison(g) if g.referrals.height and g.flows.height else None
    rows, steps, series = found.run() if found is not None else ([], [], {})
    told = pl.DataFrame(steps, schema={**{end: pl.String() for end in PAIR}, **dict(STEP)}, orient="row")
    frame = pl.DataFrame(rows, schema={"_p": pl.Int64(), **SCHEMA}, orient="row")
    if found is not None and frame.height:
        frame = frame.drop("income_share").join(found.income(frame), on="_p", how="left", maintain_order="left")
        frame = frame.with_columns(p_adjusted=pl.Series(holm(frame["p_value"].to_numpy())))
    return Volume(frame.select(*SCHEMA).sort(PAIR), told.sort(*PAIR, "on", "row", nulls_last=True), series)


def _sum(column: str) -> pl.Expr:
    """The sum; null where a part of it is null."""
    return pl.when(c(column).null_count() == 0).then(c(column).sum())


class _Comparison:
    """One run over a graph. Pairs have numbers, `_p`, in the order of referrer and receiver."""

    def __init__(self, g: "Graph") -> None:
        self._g = g
        self._dated = c("start").is_not_null() & c("end").is_not_null()
        self._payments = g.flows.filter((c("relation") == "PAYS") & ~c("standing") & self._dated).select(
            "flow", "amount_usd", "start", "end", payer="giver", party="taker"
        )
        nearest = g.referral_sides.unique(["referrer", "party"], keep="first", maintain_order=True)
        self._sides = nearest.select("referrer", "party", tier=c("how").replace_strict(TIERS))
        referred = g.referrals.filter(self._dated).select(PAIR).unique()
        paid, terms = self._paid_by(referred), self._terms(referred)
        self._pairs = (
            pl.concat([paid.select(PAIR), terms.select(PAIR)])
            .unique()
            .sort(PAIR)
            .with_row_index("_p")
            .cast({"_p": pl.Int64})
        )
        self._paid = paid.join(self._pairs, on=PAIR).drop(PAIR)
        self._new_terms = terms.join(self._pairs, on=PAIR).drop(PAIR)

    def _paid_by(self, referred: pl.DataFrame) -> pl.DataFrame:
        """Who pays whom, of each pair: referrer, receiver, payer, party. The nearest tier only."""
        money = self._payments.select("payer", "party").unique()
        direct = (
            money.join(self._sides, on="party")
            .join(referred, left_on=["referrer", "payer"], right_on=PAIR, how="semi")
            .with_columns(receiver="payer")
        )
        via = (
            self._g.returns.pairs.select(*PAIR, flow=c("value_rows").list.last())
            .join(self._payments.select("flow", "payer"), on="flow")
            .select(*PAIR, "payer")
            .join(referred, on=PAIR, how="semi")
            # what the side pays itself came from the receiver before, and is counted there
            .join(self._sides, left_on=["referrer", "payer"], right_on=["referrer", "party"], how="anti")
            .join(self._sides, on="referrer")
            .join(money, on=["payer", "party"], how="semi")
        )
        columns = [*PAIR, "payer", "party"]
        return (
            pl.concat([part.select(*columns, "tier") for part in (direct, via)])
            .filter(c("tier") == c("tier").min().over(PAIR))
            .select(columns)
            .unique()
            .sort(columns)
        )

    def _terms(self, referred: pl.DataFrame) -> pl.DataFrame:
        """Terms that took the place of others at another amount: referrer, receiver, on, from_usd, to_usd, row."""
        same = ["relation", "kind", "giver", "taker"]
        return (
            self._g.flows.filter(c("standing") & c("start").is_not_null())
            .sort(*same, "start", "flow")
            .with_columns(from_usd=c("amount_usd").shift().over(same), until=c("end").shift().over(same))
            .filter(
                (c("amount_usd") != c("from_usd"))
                & (c("start") - c("until")).is_between(pl.duration(days=1), pl.duration(days=GAP))
            )
            .join(self._sides.filter(c("tier") == 0), left_on="taker", right_on="party")
            .join(referred, left_on=["referrer", "giver"], right_on=PAIR, how="semi")
            .select("referrer", receiver="giver", on="start", from_usd="from_usd", to_usd="amount_usd", row="flow")
        )

    def _referred(self) -> pl.LazyFrame:
        """Dated referrals of the pairs; counts of shared patients only where there are no referrals."""
        told = c("count").null_count().over("_p") < pl.len().over("_p")
        return (
            self._g.referrals.lazy()
            .filter(self._dated)
            .join(self._pairs.lazy(), on=PAIR)
            .select("_p", "start", "end", "count", "amount_usd", "proxy")
            .filter(~c("proxy") | c("proxy").all().over("_p"))
            # each dated row of a pair without any counts is one referral
            .with_columns(count=pl.when(told).then("count").when(c("start") == c("end")).then(1))
        )

    def _sums(self, unit: Unit) -> list[pl.DataFrame]:
        """By pair and period what was referred and paid; by pair the periods that both ledgers cover."""
        inside = period_of(c("start"), unit) == period_of(c("end"), unit)
        t = period_of(c("start"), unit).alias("t")
        money = self._payments.lazy().join(self._paid.lazy(), on=["payer", "party"])
        rows = self._g.referrals.lazy().filter(self._dated & inside)
        receivers = rows.join(self._pairs.lazy(), on="receiver", how="semi").group_by("receiver")
        payers = self._payments.lazy().filter(inside).join(self._paid.lazy(), on="payer", how="semi").group_by("payer")
        span = [t.min().alias("low"), t.max().alias("high")]
        paid_span = payers.agg(span).join(self._paid.lazy().select("_p", "payer").unique(), on="payer")
        return pl.collect_all(
            [
                self._referred().filter(inside).with_columns(t).group_by("_p", "t")
                .agg(_sum("count"), _sum("amount_usd"), c("proxy").any()).sort("_p", "t"),
                money.filter(inside).with_columns(t).group_by("_p", "t").agg(_sum("amount_usd"), pl.len())
                .sort("_p", "t"),
                receivers.agg(span).join(self._pairs.lazy(), on="receiver").select("_p", "low", "high"),
                paid_span.group_by("_p").agg(c("low").min(), c("high").max()),
            ],
            engine="in-memory",
        )  # fmt: skip

    def run(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[tuple[str, str], Series]]:
        """Rows of `Volume.pairs` (neither `p_adjusted` nor `income_share` yet), rows of `Volume.steps`, series."""
        rows: list[dict[str, Any]] = []
        steps: list[dict[str, Any]] = []
        series: dict[tuple[str, str], Series] = {}
        done = pl.Series("_p", [], pl.Int64)
        terms = {key[0]: part for key, part in self._new_terms.partition_by("_p", as_dict=True).items()}
        payers = dict(self._paid.group_by("_p").agg(c("payer").unique().sort()).iter_rows())
        names = self._pairs.select(PAIR).rows() if self._pairs.height else []
        for unit in UNITS if names else ():
            sums = self._sums(unit)
            many = enough(sums[0], sums[1], unit).filter(~c("_p").is_in(done.implode()))["_p"]
            done = pl.concat([done, many])
            for one in grids(sums, many, unit):
                pair = dict(zip(PAIR, names[one.pair], strict=True))
                found = [*one.paid_steps(), *one.term_steps(terms.get(one.pair))]
                steps += [{**pair, **step} for step in found]
                if (made := one.compared()) is not None:
                    row, series[names[one.pair]] = made
                    rows.append({"_p": one.pair, **pair, **row, "steps": found, "payers": payers[one.pair]})
        rows.sort(key=lambda row: row["_p"])
        return rows, steps, series

    def income(self, rows: pl.DataFrame) -> pl.DataFrame:
        """By pair the share of its payers in all that its parties received in the time compared: _p, income_share."""
        parties = self._paid.join(rows.select("_p", "first", "last"), on="_p")
        got = parties.select("_p", "party", "first", "last").unique().join(self._payments, on="party")
        mine = self._paid.select("_p", "payer", "party", _mine=pl.lit(True))
        got = got.filter(c("start").is_between(c("first"), c("last"))).join(
            mine, on=["_p", "payer", "party"], how="left"
        )
        own = c("amount_usd").filter(c("_mine")).sum()
        return got.group_by("_p").agg(
            income_share=pl.when((c("amount_usd").null_count() == 0) & (c("amount_usd").sum() > 0)).then(
                own / c("amount_usd").sum()
            )
        )
