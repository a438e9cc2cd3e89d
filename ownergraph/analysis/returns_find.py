"""The search for return paths over numbers alone: receivers' surroundings first, then one search a window.

Most referrals of a large ledger lead nowhere; that is told without regard to time, for thousands of receivers at once.
What is left gets a search in time: one for each receiver and period of referrals.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ownergraph.analysis.returns_search import (
    FOREVER,
    Edges,
    Ints,
    Searches,
    among,
    ball,
    distance_to,
    search,
    within,
)

c = pl.col

Timing = Literal["either", "after"]
HOPS: Final = 4
WINDOW: Final = 120
"""Days; a heuristic (kickbacks are often paid in advance, so that either order counts)."""
BUDGET: Final = 50_000
"""Entities that one search may reach."""
MANY: Final = 20_000
"""Searches of one batch; with more, searches without dates first find the receivers that matter."""

BALLS: Final = 5_000
"""Receivers whose surroundings are looked at together, without regard to time."""


@dataclass(frozen=True)
class Settings:
    """How return paths are looked for.

    Attributes:
        hops: relations on a path, at most.
        window: days between a flow and the referral, at most.
        timing: "either", or "after": payments begin on or after the first day of the referral.
        min_amount_usd: flows that are known to be smaller are left out.
        n: distinct paths that `Returns.of` gives.
        budget: entities that one search may reach.
    """

    hops: int = HOPS
    window: int = WINDOW
    timing: Timing = "either"
    min_amount_usd: float | None = None
    n: int = 5
    budget: int = BUDGET


_NOTHING: Final = pl.DataFrame(
    schema={
        "u": pl.Int64(), "v": pl.Int64(), "hops": pl.Int64(), "side": pl.Int64(), "low": pl.Int64(),
        "high": pl.Int64(), "edges": pl.List(pl.Int64), "referrals": pl.List(pl.String), "certain": pl.Boolean(),
    }
)  # fmt: skip


def days(column: pl.Series, empty: int) -> Ints:
    """Dates as whole numbers; `empty` where there is none."""
    found: Ints = column.cast(pl.Int32).cast(pl.Int64).fill_null(empty).to_numpy()
    return found


def edges_of(n: int, flows: pl.DataFrame) -> Edges:
    """Flows as arrays: src, dst, start, end, undated, and number (what a path calls each of them).

    What is not dated flows at any time. O(flows x log flows).
    """
    undated = flows["undated"].to_numpy()
    return Edges.of(
        n, flows["src"].to_numpy(), flows["dst"].to_numpy(),
        np.where(undated, -FOREVER, days(flows["start"], -FOREVER)),
        np.where(undated, FOREVER, days(flows["end"], FOREVER)),
        flows["number"].cast(pl.Int64).to_numpy(),
    )  # fmt: skip


def spans_of(referrals: pl.DataFrame) -> tuple[Ints, Ints]:
    """First and last day of each referral; all time where one of them is not known."""
    dated = (referrals["start"].is_not_null() & referrals["end"].is_not_null()).to_numpy()
    low, high = days(referrals["start"], 0), days(referrals["end"], 0)
    return np.where(dated, low, -FOREVER), np.where(dated, high, FOREVER)


class Finder:
    """The search over numbers alone.

    Args:
        n: entities.
        rows: referrals, with u and v (row numbers of referrer and receiver), referral (id), start, end.
        flows: value flows, with src, dst, start, end, undated, unsure.
        sides: u, p (row numbers of a referrer and a party on its side), rank (how near), certain; sorted by u.
        settings: how to look.
    """

    def __init__(
        self, n: int, rows: pl.DataFrame, flows: pl.DataFrame, sides: pl.DataFrame, settings: Settings
    ) -> None:
        self.n, self.settings, self.flows = n, settings, flows
        self.rows = rows.with_columns(dated=c("start").is_not_null() & c("end").is_not_null())
        self.side_u, self.side_p = sides["u"].to_numpy(), sides["p"].to_numpy()
        self.side_rank = np.append(sides["rank"].to_numpy(), 0)  # the last stands for no side
        self.side_sure = sides["certain"].to_numpy()
        self.cut: set[int] = set()

    def run(self) -> pl.DataFrame:
        """Pairs: u, v, hops, side (row of `sides`; -1 for the referrer itself), edges (rows of flows), certain, ..."""
        certain = self.pass_(certain=True)
        left = self.rows
        if certain.height:
            left = left.join(certain.select("u", "v"), on=["u", "v"], how="anti", maintain_order="left")
        unsure = self.flows["unsure"].any() or not self.side_sure.all() or not left["dated"].all()
        possible = self.pass_(certain=False, rows=left) if unsure and left.height else certain.clear()
        return pl.concat([certain, possible]).sort("u", "v")

    def linked(self) -> Ints:
        """Pairs with a certain path, as u * n + v, sorted; no witnesses."""
        found = self.pass_(certain=True, witnesses=False)
        return np.sort(found["u"].to_numpy() * self.n + found["v"].to_numpy())

    def edges(self, certain: bool) -> Edges:
        """The flows that a pass may use, sorted by giver."""
        numbered = self.flows.with_row_index("number")
        return edges_of(self.n, numbered.filter(~c("unsure")) if certain else numbered)

    def pass_(self, *, certain: bool, rows: pl.DataFrame | None = None, witnesses: bool = True) -> pl.DataFrame:
        """The best path of each pair: u, v, hops, rank, taker, edges (rows of flows), referrals, by first link."""
        rows = self.rows if rows is None else rows
        if certain:
            rows = rows.filter("dated")
        edges = self.edges(certain)
        giving = np.diff(edges.start) > 0
        rows = rows.filter(pl.Series(giving[rows["v"].to_numpy()], dtype=pl.Boolean)) if rows.height else rows
        if not rows.height:
            return _NOTHING.clone()
        hops = self.settings.hops
        wanted = np.zeros(self.n, dtype=np.bool_)
        wanted[rows["u"].to_numpy()] = True
        wanted[self.side_p[np.isin(self.side_u, rows["u"].unique().to_numpy())]] = True
        near = distance_to(edges, wanted, hops)
        rows = rows.filter(pl.Series(_near_out(edges, near)[rows["v"].to_numpy()] < hops, dtype=pl.Boolean))
        rows = self.candidates(rows, edges, near) if rows.height > MANY else rows
        if not rows.height:
            return _NOTHING.clone()
        first_day, last_day = spans_of(rows)
        spans = rows.select("u", "v", "referral", low=pl.Series(first_day), high=pl.Series(last_day))
        window = self.settings.window
        searches = spans.select("v", "low", "high").unique().sort("v", "low", "high").with_row_index("s")
        searches = searches.with_columns(c("s").cast(pl.Int64))
        spans = spans.join(searches, on=["v", "low", "high"], how="left", maintain_order="left").sort(
            "s", maintain_order=True
        )
        low, high = searches["low"].to_numpy(), searches["high"].to_numpy()
        after = np.where((self.settings.timing == "after") & (low > -FOREVER), low, -FOREVER)
        starts = Searches(
            searches["v"].to_numpy(), np.where(low > -FOREVER, low - window, low),
            np.where(high < FOREVER, high + window, high), after,
        )  # fmt: skip
        made = []
        of_span = spans["s"].to_numpy()
        for first in range(0, searches.height, MANY):
            last = min(first + MANY, searches.height)
            a, b = np.searchsorted(of_span, first), np.searchsorted(of_span, last)
            made.append(self.batch(edges, starts.part(first, last), spans[a:b], first, near, certain, witnesses))
        return _best(pl.concat(made), certain)

    def candidates(self, rows: pl.DataFrame, edges: Edges, near: NDArray[np.int8]) -> pl.DataFrame:
        """Referrals that a path without regard to time answers; most of a large ledger is not among them."""
        pairs = rows.select("u", "v").unique().sort("v", "u")
        u, v = pairs["u"].to_numpy(), pairs["v"].to_numpy()
        roots, of_root = np.unique(v, return_inverse=True)
        kept = np.zeros(u.size, dtype=np.bool_)
        for first in range(0, roots.size, BALLS):
            last = min(first + BALLS, roots.size)
            a, b = np.searchsorted(of_root, first), np.searchsorted(of_root, last)
            s = of_root[a:b] - first
            keys, cut = ball(edges, roots[first:last], self.settings.hops - 1, self.settings.budget, near, 1)
            self.cut.update(int(one) for one in roots[first:last][cut])
            kept[a:b] = within(keys, self.n, edges.back, s, u[a:b])
            row, side = self.by_side(u[a:b])
            if side.size:
                kept[a + row[among(s[row] * self.n + self.side_p[side], keys)]] = True
        return rows.join(pairs.filter(pl.Series(kept)), on=["u", "v"], how="semi", maintain_order="left")

    def by_side(self, u: Ints) -> tuple[Ints, Ints]:
        """Every party on the side of each referrer: position in `u`, and row of sides. O(parties found)."""
        first, end = np.searchsorted(self.side_u, u, "left"), np.searchsorted(self.side_u, u, "right")
        many = end - first
        row = np.repeat(np.arange(u.size, dtype=np.int64), many)
        side = np.arange(int(many.sum()), dtype=np.int64) + np.repeat(first - (np.cumsum(many) - many), many)
        return row, side

    def batch(
        self,
        edges: Edges,
        starts: Searches,
        spans: pl.DataFrame,
        base: int,
        near: NDArray[np.int8],
        certain: bool,
        witnesses: bool,
    ) -> pl.DataFrame:
        """Referrals of some searches to whom value comes back, each with its best path."""
        hops = self.settings.hops
        got = search(edges, starts, hops, self.settings.budget, near)
        self.cut.update(int(v) for v in starts.root[got.cut])
        u, s = spans["u"].to_numpy(), spans["s"].to_numpy() - base
        v = spans["v"].to_numpy()
        itself = got.find(s, u)
        row, side = self.by_side(u)
        ok = self.side_p[side] != v[row]
        if certain:
            ok &= self.side_sure[side]
        row, side = row[ok], side[ok]
        at = got.find(s[row], self.side_p[side])
        ok = at >= 0
        ok[ok] = got.depth[at[ok]] < hops
        row, side, at = row[ok], side[ok], at[ok]
        mine = np.flatnonzero(itself >= 0)
        row = np.concatenate([mine, row])
        at = np.concatenate([itself[mine], at])
        side = np.concatenate([np.full(mine.size, -1, dtype=np.int64), side])
        length = got.depth[at] + (side >= 0)
        rank = self.side_rank[side]
        order = np.lexsort((side, rank, length, row))
        best = order[np.r_[True, row[order][1:] != row[order][:-1]]] if order.size else order
        row, at, side, length, rank = row[best], at[best], side[best], length[best], rank[best]
        paths = [[int(edges.number[e]) for e in got.path(int(one))] for one in at] if witnesses else None
        picked = spans[row]
        return picked.select(
            "u", "v", "referral", hops=pl.Series(length), rank=pl.Series(rank), side=pl.Series(side),
            low="low", high="high",
            edges=pl.Series(paths if paths is not None else [[]] * picked.height, dtype=pl.List(pl.Int64)),
        )  # fmt: skip


def _near_out(edges: Edges, near: NDArray[np.int8]) -> NDArray[np.int8]:
    """For each entity the least distance of those whom it gives value; 127 where it gives none. O(flows)."""
    least = np.full(edges.n, 127, dtype=np.int8)
    np.minimum.at(least, edges.giver, near[edges.taker])
    return least


def _best(found: pl.DataFrame, certain: bool) -> pl.DataFrame:
    """Of all referrals of a pair the shortest path, then the nearest side, then the earliest referral."""
    return (
        found.sort("u", "v", "hops", "rank", "side", "low", "referral")
        .group_by("u", "v", maintain_order=True)
        .agg(
            c("hops", "side", "low", "high", "edges").first(),
            referrals=c("referral").sort(),
        )
        .with_columns(certain=pl.lit(certain))
        .select(c(name).cast(dtype) for name, dtype in _NOTHING.schema.items())
    )
