"""Referrals and payments of a pair, period by period, and the steps in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl

from ownergraph.analysis.lagged import FEWEST, LAGS, both, follows, median_slope

if TYPE_CHECKING:
    from ownergraph.analysis.lagged import Floats, Ints

c = pl.col

Unit = Literal["month", "quarter"]
UNITS: Final[tuple[Unit, ...]] = ("month", "quarter")
MEASURES: Final = ("volume", "value")
LEVEL: Final = 3
"""Periods that a level must last before and after a step."""


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


def period_of(day: pl.Expr, unit: Unit) -> pl.Expr:
    """Number of the month or quarter that a day lies in, counted from year 0."""
    year = day.dt.year().cast(pl.Int64)
    return year * 12 + day.dt.month() - 1 if unit == "month" else year * 4 + day.dt.quarter() - 1


def first_day(period: int, unit: Unit) -> date:
    """First day of a numbered period."""
    year, part = divmod(period, 12 if unit == "month" else 4)
    return date(year, part + 1 if unit == "month" else 3 * part + 1, 1)


def enough(referred: pl.DataFrame, paid: pl.DataFrame, unit: Unit) -> pl.DataFrame:
    """Pairs with rows in at least `FEWEST` periods: _p.

    Months, only where rows of both kinds stand in at least half of the months from their first to their last: what is
    paid each quarter is compared by quarters.
    """
    both = pl.concat([referred.select("_p", "t"), paid.select("_p", "t")])
    found = both.group_by("_p").agg(c("t").n_unique()).filter(c("t") >= FEWEST).select("_p").sort("_p")
    if unit == "month":
        for frame in (referred, paid):
            gaps = frame.group_by("_p").agg(n=2 * pl.len() < c("t").max() - c("t").min() + 1).filter("n")
            found = found.join(gaps, on="_p", how="anti", maintain_order="left")
    return found


def grids(sums: list[pl.DataFrame], pairs: pl.Series, unit: Unit) -> "Iterator[Grid]":
    """The series of each pair over the periods that its ledgers cover."""
    referred, paid, covered, covered_paid = (frame.filter(c("_p").is_in(pairs.implode())) for frame in sums)
    spans = {p: (low, high) for p, low, high in covered.iter_rows()}
    paid_spans = {p: (low, high) for p, low, high in covered_paid.iter_rows()}
    numbers = {
        name: frame[column].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name, frame, column in (
            ("count", referred, "count"),
            ("value", referred, "amount_usd"),
            ("paid", paid, "amount_usd"),
        )
    }
    keys = {name: (frame["_p"].to_numpy(), frame["t"].to_numpy()) for name, frame in (("r", referred), ("p", paid))}
    proxy, payments = referred["proxy"].to_numpy(), paid["len"].to_numpy()
    for pair in pairs:
        if pair not in spans:
            continue
        rows, money = (slice(*np.searchsorted(keys[name][0], (pair, pair + 1))) for name in ("r", "p"))
        low, high = spans[pair]
        paid_low, paid_high = paid_spans.get(pair, (low, high))
        first = max(low, paid_low - LAGS)
        size = min(high + LAGS, paid_high) - first + 1
        if size < FEWEST:
            continue
        count, value = (
            _laid(first, size, keys["r"][1][rows], numbers[name][rows], (low, high)) for name in ("count", "value")
        )
        spent, made = None, np.zeros(size)
        if pair in paid_spans:
            t = keys["p"][1][money]
            spent = _laid(first, size, t, numbers["paid"][money], (paid_low, paid_high))
            made = _laid(first, size, t, payments[money], (first, first + size - 1))
        yield Grid(pair, unit, first, count, value, spent, made, bool(proxy[rows].all()))


def _laid(first: int, size: int, t: "Ints", values: "Floats", covered: tuple[int, int]) -> "Floats":
    """Values at periods `t` laid out over `size` periods from `first`: zero where covered, NaN beyond."""
    found = np.full(size, np.nan)
    found[max(covered[0] - first, 0) : max(covered[1] - first + 1, 0)] = 0.0
    inside = (t >= first) & (t < first + size)
    found[t[inside] - first] = values[inside]
    return found


@dataclass(frozen=True)
class Grid:
    """The series of a pair: one value a period, NaN where not known or not covered."""

    pair: int
    unit: Unit
    first: int
    count: "Floats"
    value: "Floats"
    paid: "Floats | None"
    payments: "Floats"
    proxy: bool

    def compared(self) -> tuple[dict[str, Any], Series] | None:
        """What `Volume.pairs` says of it, and the series as people read them; None where data are too few."""
        found = None if self.paid is None else follows([self.count, self.value], self.paid)
        if found is None or self.paid is None:
            return None
        at = both((self.count, self.value)[found.measure], self.paid, found.lag)
        counted = both(self.count, self.paid, found.lag)
        slope = median_slope(self.count[counted - found.lag], self.paid[counted]) if counted.size >= FEWEST else None
        row = {
            "periods": found.periods,
            "unit": self.unit,
            "rho": found.rho,
            "lag": found.lag,
            "p_value": found.p_value,
            "slope_usd": slope,
            "measure": MEASURES[found.measure],
            "rho_changes": found.changes,
            "proxy": self.proxy,
            "first": first_day(self.first + int(at[0]), self.unit),
            "last": first_day(self.first + int(at[-1]) + 1, self.unit) - timedelta(days=1),
            "payments": int(self.payments[at].sum()),
        }
        columns = [
            tuple(None if np.isnan(x) else float(x) for x in part) for part in (self.count, self.value, self.paid)
        ]
        starts = tuple(first_day(self.first + i, self.unit) for i in range(self.count.size))
        tried = {(lag, MEASURES[one]): rho for (lag, one), rho in found.tried.items()}
        return row, Series(self.unit, starts, columns[0], columns[1], columns[2], tried)

    def paid_steps(self) -> Iterator[dict[str, Any]]:
        """Steps in the level of payments that follow a step in referrals."""
        if self.paid is None:
            return
        for s in range(LEVEL, self.paid.size - LEVEL + 1):
            before, after = self.paid[s - LEVEL : s], self.paid[s : s + LEVEL]
            if np.ptp(before) == 0 and np.ptp(after) == 0 and before[0] != after[0]:
                yield from self._step(s, first_day(self.first + s, self.unit), float(before[0]), float(after[0]), None)

    def term_steps(self, terms: pl.DataFrame | None) -> Iterator[dict[str, Any]]:
        """New terms that follow a step in referrals."""
        for on, before, after, row in (
            () if terms is None else terms.select("on", "from_usd", "to_usd", "row").iter_rows()
        ):
            period = on.year * 12 + on.month - 1 if self.unit == "month" else on.year * 4 + (on.month - 1) // 3
            yield from self._step(period - self.first, on, before, after, row)

    def _step(self, s: int, on: date, before: float, after: float, row: str | None) -> Iterator[dict[str, Any]]:
        """The step, where referrals stepped the same way in its period or up to `LAGS` before: the nearest such."""
        way = 1.0 if after > before else -1.0
        for t in range(s, s - LAGS - 1, -1):
            if t < LEVEL or t + LEVEL > self.count.size:
                continue
            was, then = way * self.count[t - LEVEL : t], way * self.count[t : t + LEVEL]
            if np.min(then) > np.max(was):
                yield {
                    "on": on, "from_usd": before, "to_usd": after, "referrals_on": first_day(self.first + t, self.unit),
                    "row": row,
                }  # fmt: skip
                return
