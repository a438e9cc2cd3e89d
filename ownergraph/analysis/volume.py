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

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

from ownergraph.analysis.lagged import FEWEST, LAGS, follows, holm, median_slope

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph
    from ownergraph.analysis.lagged import Floats, Ints

c = pl.col

Unit = Literal["month", "quarter"]
UNITS: Final[tuple[Unit, ...]] = ("month", "quarter")
MEASURES: Final = ("volume", "value")
PAIR: Final = ["referrer", "receiver"]
TIERS: Final = {"self": 0, "owned": 0, "family": 0, "owner": 0, "employer": 1, "group": 2}
"""Parties on the side whose receipts are looked at together; farther ones only where nearer ones get nothing."""
LEVEL: Final = 3
"""Periods that a level must last before and after a step."""

STEP: Final = pl.Struct({"on": pl.Date(), "from_usd": pl.Float64(), "to_usd": pl.Float64(), "referrals_on": pl.Date(),
                         "row": pl.String()})  # fmt: skip
SCHEMA: Final = {
    "referrer": pl.String(), "receiver": pl.String(), "periods": pl.Int64(), "unit": pl.String(), "rho": pl.Float64(),
    "lag": pl.Int64(), "p_value": pl.Float64(), "p_adjusted": pl.Float64(), "slope_usd": pl.Float64(),
    "income_share": pl.Float64(), "steps": pl.List(STEP), "measure": pl.String(), "rho_changes": pl.Float64(),
    "proxy": pl.Boolean(), "first": pl.Date(), "last": pl.Date(), "payments": pl.Int64(), "payers": pl.List(pl.String()),
}  # fmt: skip
_PAID: Final = {"referrer": pl.String(), "receiver": pl.String(), "payer": pl.String(), "party": pl.String()}


@dataclass(frozen=True)
class Series:
    """What was compared for one pair, period by period.

    Attributes:
        unit: month or quarter.
        starts: first day of each period.
        referrals: referrals of each period; None where not known.
        value_usd: what payers allowed for them.
        paid_usd: what the side of the referrer was paid.
        rho: rank correlation by lag, and measure ("volume", "value").
    """

    unit: Unit
    starts: tuple[date, ...]
    referrals: tuple[float | None, ...]
    value_usd: tuple[float | None, ...]
    paid_usd: tuple[float | None, ...]
    rho: dict[tuple[int, str], float]


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
            payments). Levels last at least `LEVEL` periods; a heuristic without a p-value.
    """

    pairs: pl.DataFrame
    steps: pl.DataFrame
    _series: dict[tuple[str, str], Series] = field(default_factory=dict, repr=False)

    def of(self, referrer: str, receiver: str) -> Series | None:
        """What was compared for a pair; None where data are too few. O(1)."""
        return self._series.get((referrer, receiver))


def volume(g: "Graph") -> Volume:
    """Compare referrals and payments of all pairs.

    O(referrals + payments) by columns, then O(permutations x periods) for each pair with at least `FEWEST` periods.
    """
    pairs, steps, series = _Comparison(g).run() if g.referrals.height and g.flows.height else ([], [], {})
    told = pl.DataFrame(steps, schema={"referrer": pl.String(), "receiver": pl.String(), **dict(STEP)}, orient="row")
    frame = pl.DataFrame(pairs, schema=SCHEMA, orient="row")
    if frame.height:
        frame = frame.with_columns(p_adjusted=pl.Series(holm(frame["p_value"].to_numpy())))
    return Volume(frame.sort(PAIR), told.sort(*PAIR, "on", "row", nulls_last=True), series)


def period_of(day: pl.Expr, unit: Unit) -> pl.Expr:
    """Number of the month or quarter that a day lies in, counted from year 0."""
    year = day.dt.year().cast(pl.Int64)
    return year * 12 + day.dt.month() - 1 if unit == "month" else year * 4 + day.dt.quarter() - 1


def first_day(period: int, unit: Unit) -> date:
    """First day of a numbered period."""
    year, part = divmod(period, 12 if unit == "month" else 4)
    return date(year, part + 1 if unit == "month" else 3 * part + 1, 1)


def _sum(column: str) -> pl.Expr:
    """The sum; null where a part of it is null."""
    return pl.when(c(column).null_count() == 0).then(c(column).sum())


@dataclass(frozen=True)
class _Ledger:
    """Sums of one unit: for each pair rows (t, ...) and the periods that its ledgers cover."""

    unit: Unit
    referred: dict[tuple[str, str], pl.DataFrame]
    paid: dict[tuple[str, str], pl.DataFrame]
    referred_span: dict[str, tuple[int, int]]
    paid_span: dict[str, tuple[int, int]]


class _Comparison:
    """One run over a graph."""

    def __init__(self, g: "Graph") -> None:
        self._g = g
        dated = c("start").is_not_null() & c("end").is_not_null()
        self._dated = dated
        self._all_payments = g.flows.filter((c("relation") == "PAYS") & ~c("standing"))
        self._payments = self._all_payments.filter(dated)
        self._pairs = g.referrals.lazy().filter(dated).select(PAIR).unique().collect(engine="in-memory")
        self._sides = g.referral_sides.select("referrer", "party", tier=c("how").replace_strict(TIERS))

    @cached_property
    def _paid_by(self) -> pl.DataFrame:
        """Payers and payees of each pair: referrer, receiver, payer, party. The nearest tier only."""
        money = self._payments.select(payer="giver", party="taker").unique()
        direct = (
            money.join(self._sides, on="party")
            .join(self._pairs, left_on=["referrer", "payer"], right_on=PAIR, how="semi")
            .with_columns(receiver="payer")
        )
        last = (
            self._g.returns.pairs.select(*PAIR, flow=c("value_rows").list.last())
            .join(self._payments.select("flow", payer="giver"), on="flow")
            .join(self._pairs, on=PAIR, how="semi")
        )
        via = (
            last.select(*PAIR, "payer")
            .join(self._sides, left_on=["referrer", "payer"], right_on=["referrer", "party"], how="anti")
            .join(self._sides, on="referrer")
            .join(money, on=["payer", "party"], how="semi")
        )
        columns = [*_PAID, "tier"]
        return (
            pl.concat([direct.select(columns), via.select(columns)])
            .unique()
            .filter(c("tier") == c("tier").min().over(PAIR))
            .select(list(_PAID))
            .sort(list(_PAID))
        )

    @cached_property
    def _money(self) -> pl.DataFrame:
        """Dated payments of the pairs: referrer, receiver, payer, party, flow, amount_usd, start, end."""
        ends = ["payer", "party"]
        return self._paid_by.join(
            self._payments.select("flow", "amount_usd", "start", "end", payer="giver", party="taker"), on=ends
        )

    def _referred(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Dated referrals of `pairs`, counts of shared patients only where there are no referrals."""
        rows = (
            self._g.referrals.lazy()
            .filter(self._dated)
            .join(pairs.lazy(), on=PAIR, how="semi")
            .select(*PAIR, "start", "end", "count", "amount_usd", "proxy")
            .filter(~c("proxy") | c("proxy").all().over(PAIR))
            # a dated row of a pair without any counts is one referral
            .with_columns(
                count=pl.when(c("count").null_count().over(PAIR) < pl.len().over(PAIR))
                .then("count")
                .when(c("start") == c("end"))
                .then(1)
            )
        )
        return rows.collect(engine="in-memory")

    def _ledger(self, unit: Unit, referred: pl.DataFrame, money: pl.DataFrame) -> _Ledger:
        at, until = period_of(c("start"), unit), period_of(c("end"), unit)
        by = {
            name: frame.lazy().with_columns(t=at).filter(c("t") == until).group_by(*PAIR, "t").agg(*sums).sort("t")
            for name, frame, sums in (
                ("referred", referred, [_sum("count"), _sum("amount_usd"), c("proxy").any()]),
                ("paid", money, [_sum("amount_usd"), pl.len()]),
            )
        }
        ends = [c("t").min().alias("low"), c("t").max().alias("high")]
        receivers = referred.select("receiver").unique()
        payers = money.select(giver="payer").unique()
        spans = {
            "referred": self._g.referrals.lazy().filter(self._dated).join(receivers.lazy(), on="receiver", how="semi")
            .with_columns(t=at).filter(c("t") == until).group_by("receiver").agg(ends),
            "paid": self._payments.lazy().join(payers.lazy(), on="giver", how="semi")
            .with_columns(t=at).filter(c("t") == until).group_by("giver").agg(ends),
        }  # fmt: skip
        made = pl.collect_all([*by.values(), *spans.values()], engine="in-memory")
        split = [frame.partition_by(PAIR, as_dict=True, include_key=False) for frame in made[:2]]
        return _Ledger(unit, *split, *[{k: (a, b) for k, a, b in frame.iter_rows()} for frame in made[2:]])  # type: ignore[arg-type]

    def run(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[tuple[str, str], Series]]:
        """Rows of `Volume.pairs` (not yet corrected for their number), rows of `Volume.steps`, series."""
        terms = self._terms()
        money = self._money
        referred = self._referred(pl.concat([money.select(PAIR), terms.select(PAIR)]).unique())
        ledgers = [self._ledger(unit, referred, money) for unit in UNITS] if referred.height else []
        payers = dict(
            ((a, b), names)
            for a, b, names in self._paid_by.group_by(PAIR).agg(c("payer").unique().sort()).iter_rows()
        )
        changed = {key: part for key, part in terms.partition_by(PAIR, as_dict=True).items()}
        rows, steps, series = [], [], {}
        for pair in sorted({*payers, *changed}):
            ledger = self._unit(ledgers, pair)
            if ledger is None:
                continue
            found = list(self._steps(ledger, pair, payers.get(pair, []), changed.get(pair)))
            steps += [{"referrer": pair[0], "receiver": pair[1], **step} for step in found]
            if pair in payers and (made := self._compared(ledger, pair, payers[pair])):
                row, series[pair] = made
                rows.append({**row, "steps": found})
        return rows, steps, series
