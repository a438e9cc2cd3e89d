"""Revenue of the last twelve months, out of figures for periods that may overlap, as a year and its quarters do."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

import polars as pl

from ownergraph.rules.api import Graph

YEAR_DAYS = 366
WHOLE_YEAR_DAYS = 360
"""Periods that cover so many days of the last `YEAR_DAYS` count as the whole year."""

c = pl.col

Period = tuple[int, int, int]
"""First day, last day (both counted from the first day of the year, as 0), and revenue in cents."""


def revenue_bounds(g: Graph) -> pl.LazyFrame:
    """Bounds of each practice's revenue of the last twelve months: practice, revenue_min, revenue_max.

    Periods that lie in the 366 days up to the day of the audit and do not overlap add up to the least; periods that
    cover 360 of these days or more add up to the most (null where none do). Where figures contradict each other, so
    that the least is more than the most, the truth may be anywhere between them. Figures below zero are corrections
    whose period is unknown: no bounds then.

    Returns:
        practice, revenue_min and revenue_max in dollars.

    Complexity: O(figures²) a practice at most; a year, its quarters and months take a few dozen steps.
    """
    schema = {"practice": pl.String, "revenue_min": pl.Float64, "revenue_max": pl.Float64}
    if not g.table("financials").height:
        return pl.LazyFrame(schema=schema)
    first = g.as_of - timedelta(days=YEAR_DAYS - 1)
    figures = (
        g.table("financials")
        .lazy()
        .filter((c("period_start") >= first) & (c("period_end") <= g.as_of) & c("revenue_usd").is_not_null())
        .filter((c("revenue_usd") >= 0).all().over("entity"))
        .select(
            "entity",
            start=(c("period_start") - first).dt.total_days(),
            end=(c("period_end") - first).dt.total_days(),
            cents=(c("revenue_usd") * 100).round().cast(pl.Int64),
        )
        .sort("entity", "start", "end", "cents")
        .collect(engine="in-memory")
    )
    rows: list[tuple[str, float, float | None]] = []
    for practice, group in groupby(figures.iter_rows(), key=lambda row: row[0]):
        periods: list[Period] = [(start, end, cents) for _, start, end, cents in group]
        low, high = least(periods), most(periods)
        if high is not None and high < low:
            low, high = high, low
        rows.append((practice, low / 100, None if high is None else high / 100))
    return pl.LazyFrame(rows, schema=schema, orient="row")


def least(periods: Sequence[Period]) -> int:
    """The most that periods add up to of which no two overlap: weighted interval scheduling. O(periods²)."""
    best = [(-1, 0)]  # last day, and the best sum of periods that end by then
    for start, end, cents in sorted(periods, key=lambda period: period[1]):
        before = max(total for last, total in best if last < start)
        best.append((end, max(best[-1][1], before + cents)))
    return best[-1][1]


def most(periods: Sequence[Period]) -> int | None:
    """The least that periods add up to which cover the year, but for a few days; null where none do.

    A dynamic program over (last day covered, days covered), by first days. O(periods² x days that may lack).
    """
    lack = YEAR_DAYS - WHOLE_YEAR_DAYS
    covers = {(-1, 0): 0}
    for start, end, cents in sorted(periods):
        for (last, days), total in list(covers.items()):
            covered = days + end - max(last, start - 1)
            if end > last and end + 1 - covered <= lack:
                known = covers.get((end, covered))
                covers[(end, covered)] = total + cents if known is None else min(known, total + cents)
    whole = [total for (_, days), total in covers.items() if days >= WHOLE_YEAR_DAYS]
    return min(whole, default=None)
