"""The search for return paths over numbers alone: one search for each receiver and period of referrals.

A search follows flows from the receiver, one flow short; the last is looked up from the referrer's end. Up to 64
searches of one receiver go together (`returns_search`), and receivers go in batches, so that memory stays bounded.
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
    Reached,
    Searches,
    Words,
    distance_to,
    search,
)
from ownergraph.model.progress import Progress, quiet

c = pl.col

Timing = Literal["either", "after"]
HOPS: Final = 4
WINDOW: Final = 120
"""Days; a heuristic (kickbacks are often paid in advance, so that either order counts)."""
BUDGET: Final = 50_000
"""Entities that one search may reach."""
TOGETHER: Final = 64
"""Searches of one receiver that go together, at most: the bits of a word."""
BATCH: Final = 2_000_000
"""Flows that one batch may touch at one level, at most, where more than one receiver is in it."""


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
        "high": pl.Int64(), "edges": pl.List(pl.Int64), "referrals": pl.List(pl.Int64), "certain": pl.Boolean(),
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
        progress: told how many referrals are done.
    """

    def __init__(
        self,
        n: int,
        rows: pl.DataFrame,
        flows: pl.DataFrame,
        sides: pl.DataFrame,
        settings: Settings,
        progress: Progress = quiet,
    ) -> None:
        self.n, self.settings, self.flows, self.progress = n, settings, flows, progress
        low, high = spans_of(rows)
        self.rows = rows.select("u", "v", low=pl.Series(low), high=pl.Series(high)).with_row_index("row")
        self.referral = rows["referral"]
        self.side_u, self.side_p = sides["u"].to_numpy(), sides["p"].to_numpy()
        self.side_rank = np.append(sides["rank"].to_numpy(), 0)  # the last stands for no side
        self.side_sure = sides["certain"].to_numpy()
        # where the parties on the side of each referrer begin
        self.side_start = np.searchsorted(self.side_u, np.arange(n + 1))
        self.cut: set[int] = set()

    def run(self) -> pl.DataFrame:
        """Pairs: u, v, hops, side (row of `sides`; -1 for the referrer itself), edges (rows of flows), certain, ..."""
        certain = self.pass_(certain=True)
        unsure = self.flows["unsure"].any() or not self.side_sure.all() or (self.rows["low"] <= -FOREVER).any()
        if not unsure:
            return certain.sort("u", "v")
        left = self.rows
        if certain.height:
            left = left.join(certain.select("u", "v"), on=["u", "v"], how="anti", maintain_order="left")
        return pl.concat([certain, self.pass_(certain=False, rows=left)]).sort("u", "v")

    def linked(self) -> Ints:
        """Pairs with a certain path, as u * n + v, sorted; no witnesses."""
        found = self.pass_(certain=True, witnesses=False)
        return np.sort(found["u"].to_numpy() * self.n + found["v"].to_numpy())

    def edges(self, certain: bool) -> Edges:
        """The flows that a pass may use, sorted by giver."""
        numbered = self.flows.with_row_index("number")
        return edges_of(self.n, numbered.filter(~c("unsure")) if certain else numbered)

    def pass_(self, *, certain: bool, rows: pl.DataFrame | None = None, witnesses: bool = True) -> pl.DataFrame:
        """The best path of each pair: u, v, hops, side, low, high, edges (rows of flows), referrals (rows), certain."""
        rows = self.rows if rows is None else rows
        if certain:
            rows = rows.filter(c("low") > -FOREVER)
        edges, hops = self.edges(certain), self.settings.hops
        if not rows.height or not edges.giver.size:
            return _NOTHING.clone()
        wanted = np.zeros(self.n, dtype=np.bool_)
        wanted[rows["u"].to_numpy()] = True
        wanted[self.side_p[wanted[self.side_u]]] = True
        near = distance_to(edges, wanted, hops)
        rows = rows.filter(pl.Series(_near_out(edges, near)[rows["v"].to_numpy()] < hops, dtype=pl.Boolean))
        if not rows.height:
            return _NOTHING.clone()
        rows = rows.sort("v", "low", "high", "u", maintain_order=True)
        searches, first = self.searches(rows)
        made = []
        for start, end in self.batches(edges, searches, np.diff(first)):
            a, b = int(first[start]), int(first[end])
            self.progress("Following value", a, rows.height)
            some = rows[a:b]
            made.append(self.batch(edges, searches.part(start, end), some, near, certain, witnesses))
        self.progress("Following value", rows.height, rows.height)
        return _best(made, certain)

    def searches(self, rows: pl.DataFrame) -> tuple[Searches, Ints]:
        """One search for each receiver and period of sorted referrals, in groups; and where each group's rows begin."""
        v, low, high = (rows[name].to_numpy() for name in ("v", "low", "high"))
        new = np.ones(v.size, dtype=np.bool_)
        new[1:] = (v[1:] != v[:-1]) | (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        row = np.flatnonzero(new)
        v, low, high = v[row], low[row], high[row]
        other = np.flatnonzero(np.r_[True, v[1:] != v[:-1]])
        number = np.arange(v.size) - np.repeat(other, np.diff(np.append(other, v.size)))
        first = np.flatnonzero(number % TOGETHER == 0)
        window = self.settings.window
        after = np.where((self.settings.timing == "after") & (low > -FOREVER), low, -FOREVER)
        made = Searches(
            v[first], np.append(first, v.size), np.where(low > -FOREVER, low - window, low),
            np.where(high < FOREVER, high + window, high), after,
        )  # fmt: skip
        return made, np.append(row[first], rows.height)

    def batches(self, edges: Edges, searches: Searches, rows: Ints) -> list[tuple[int, int]]:
        """Groups that go together, first and last. O(flows x hops + groups)."""
        days = edges.first_days[0].size + edges.last_days[0].size
        cost = edges.walks(self.settings.hops - 1)[searches.root] + days / 8 + 8.0 * rows
        batch = np.cumsum(cost) // BATCH
        first = np.flatnonzero(np.r_[True, batch[1:] != batch[:-1]]).tolist()
        return list(zip(first, [*first[1:], searches.root.size], strict=True))

    def by_side(self, u: Ints) -> tuple[Ints, Ints]:
        """Every party on the side of each referrer: position in `u`, and row of sides. O(parties found)."""
        first = self.side_start[u]
        many = self.side_start[u + 1] - first
        row = np.repeat(np.arange(u.size, dtype=np.int64), many)
        return row, np.arange(row.size, dtype=np.int64) + (first - (np.cumsum(many) - many))[row]

    def batch(
        self,
        edges: Edges,
        searches: Searches,
        rows: pl.DataFrame,
        near: NDArray[np.int8],
        certain: bool,
        witnesses: bool,
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Referrals of some searches to whom value comes back; and the best path of each of their pairs."""
        got = search(edges, searches, self.settings.hops - 1, self.settings.budget, near, 1)
        self.cut.update(int(v) for v in searches.root[got.cut != 0])
        u, v, low, high = (rows[name].to_numpy() for name in ("u", "v", "low", "high"))
        new = np.ones(u.size, dtype=np.bool_)
        new[1:] = (v[1:] != v[:-1]) | (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        of_search = np.cumsum(new) - 1
        group, bit = (part[of_search] for part in searches.place)
        length, side = self.ends(got, group, bit, u, v, certain)
        row = np.flatnonzero(length)
        length, side, group, bit = length[row], side[row], group[row], bit[row]
        ids = self.referral.gather(rows["row"].gather(row))
        found = rows[row].select(
            "u", "v", "low", "high", "row", hops=pl.Series(length), side=pl.Series(side), referral=ids,
            rank=pl.Series(self.side_rank[side]), at=pl.int_range(pl.len()),
        )  # fmt: skip
        best = found.sort(*_ORDER).unique(["u", "v"], keep="first", maintain_order=True)
        at = best["at"].to_numpy()
        if witnesses and at.size:
            side, depth = side[at], length[at] - (side[at] >= 0)
            ends = np.where(side >= 0, self.side_p[side] if self.side_p.size else 0, best["u"].to_numpy())
            flows = pl.from_numpy(got.paths(group[at], bit[at], ends, depth), orient="row")
            path = flows.select(edges=pl.concat_list(pl.all()).list.filter(pl.element() >= 0)).to_series()
        else:
            path = pl.Series("edges", [], pl.List(pl.Int64)).extend_constant([], best.height)
        return found.select("u", "v", "row", "referral"), best.with_columns(path)

    def ends(self, got: Reached, group: Ints, bit: Words, u: Ints, v: Ints, certain: bool) -> tuple[Ints, Ints]:
        """For each referral the hops of the shortest path, 0 where there is none, and the side that it ends at.

        Length by length: first the referrer itself (side -1), then the nearest party on its side, one hop on.
        """
        hops = self.settings.hops
        length, side = np.zeros(u.size, dtype=np.int64), np.full(u.size, -1, dtype=np.int64)
        left = np.arange(u.size, dtype=np.int64)
        row, tie = self.by_side(u)
        ok = self.side_p[tie] != v[row]
        if certain:
            ok &= self.side_sure[tie]
        row, tie = row[ok], tie[ok]
        for hop in range(1, hops + 1):
            if hop < hops:
                hit = (got.levels[hop].at(group[left] * self.n + u[left]) & bit[left]) != 0
            else:
                hit = got.beyond(group[left], bit[left], u[left])
            length[left[hit]] = hop
            if hop > 1 and row.size:
                level = got.levels[hop - 1]
                some = length[row] == 0
                row, tie = row[some], tie[some]
                hit_side = (level.at(group[row] * self.n + self.side_p[tie]) & bit[row]) != 0
                who, what = row[hit_side], tie[hit_side]
                order = np.lexsort((what, self.side_rank[what], who))
                who, what = who[order], what[order]
                first = np.r_[True, who[1:] != who[:-1]] if who.size else np.zeros(0, dtype=np.bool_)
                length[who[first]], side[who[first]] = hop, what[first]
            left = left[length[left] == 0]
        return length, side


_ORDER: Final = ("u", "v", "hops", "rank", "side", "low", "referral")
"""The shortest path first, then the nearest side, then the earliest referral."""


def _near_out(edges: Edges, near: NDArray[np.int8]) -> NDArray[np.int8]:
    """For each entity the least distance of those whom it gives value; 127 where it gives none. O(flows)."""
    least = np.full(edges.n, 127, dtype=np.int8)
    np.minimum.at(least, edges.giver, near[edges.taker])
    return least


def _best(made: list[tuple[pl.DataFrame, pl.DataFrame]], certain: bool) -> pl.DataFrame:
    """Of all batches the best path of each pair, with all its referrals. O(found x log)."""
    referrals = (
        pl.concat([found for found, _ in made])
        .sort("u", "v", "referral")
        .group_by("u", "v", maintain_order=True)
        .agg(referrals=c("row"))
    )
    best = pl.concat([best for _, best in made]).sort(*_ORDER).unique(["u", "v"], keep="first", maintain_order=True)
    return (
        best.join(referrals, on=["u", "v"], how="left", maintain_order="left")
        .with_columns(certain=pl.lit(certain))
        .select(c(name).cast(dtype) for name, dtype in _NOTHING.schema.items())
    )
