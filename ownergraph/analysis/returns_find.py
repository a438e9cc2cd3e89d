"""The search for return paths over numbers alone: one search for each receiver and period of referrals.

A search follows flows from the receiver, one flow short; the last is looked up from the referrer's end. Up to 64
searches of one receiver go together (`returns_search`), and receivers go in batches, so that memory stays bounded.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, Literal

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
    stable_order,
)
from ownergraph.model.progress import Progress, quiet

if TYPE_CHECKING:
    from ownergraph.analysis.returns_kernel import Kernel

c = pl.col

Timing = Literal["either", "after"]
Engine = Literal["auto", "numpy", "compiled"]
HOPS: Final = 4
WINDOW: Final = 120
"""Days; a heuristic (kickbacks are often paid in advance, so that either order counts)."""
BUDGET: Final = 50_000
"""Entities that one search may reach."""
TOGETHER: Final = 64
"""Searches of one receiver that go together, at most: the bits of a word."""
BATCH: Final = 2_000_000
"""Flows that one batch may touch at one level, at most, where more than one receiver is in it."""
COMPILED_BATCH: Final = 50_000_000
"""The same for the compiled search, whose memory does not grow with what a batch touches."""
WORTH: Final = 8_000_000
"""Flows that searches may touch from which on the compiled search is worth its start (docs/benchmarks.md)."""


class KernelMissingError(ValueError):
    """The compiled search is asked for and cannot be used."""


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
        kernel: what searches: "numpy"; "compiled" (the extra `fast`); "auto": the latter where it is installed and
            there is enough to do. The answers are the same.
    """

    hops: int = HOPS
    window: int = WINDOW
    timing: Timing = "either"
    min_amount_usd: float | None = None
    n: int = 5
    budget: int = BUDGET
    kernel: Engine = "auto"


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
        rows = rows[self.by_search(*(rows[name].to_numpy() for name in ("v", "low", "high")))]
        searches, first = self.searches(rows)
        made = []
        cost = edges.walks(hops - 1)[searches.root] + 8.0 * np.diff(first)  # flows that each group touches, about
        kernel = self.kernel(edges, near, certain, float(cost.sum()))
        if kernel is None:
            cost += (edges.first_days[0].size + edges.last_days[0].size) / 8  # its tables of days
        for start, end in batches(cost, BATCH if kernel is None else COMPILED_BATCH):
            a, b = int(first[start]), int(first[end])
            self.progress("Following value", a, rows.height)
            some = rows[a:b]
            made.append(self.batch(edges, searches.part(start, end), some, near, certain, witnesses, kernel))
        self.progress("Following value", rows.height, rows.height)
        return _best(made, certain)

    def by_search(self, v: Ints, low: Ints, high: Ints) -> Ints:
        """Places of referrals by receiver, first and last day, undated ones first. O(referrals x log)."""
        dated = low > -FOREVER
        if not dated.any():
            return stable_order(v, self.n)
        start, length = low - low[dated].min(), high - low
        length -= length[dated].min()
        lengths = int(length[dated].max()) + 1
        many = (int(start[dated].max()) + 1) * lengths + 1
        if self.n > np.iinfo(np.int64).max // many // v.size:
            return np.lexsort((high, low, v))
        return stable_order(v * many + np.where(dated, 1 + start * lengths + length, 0), self.n * many)

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

    def kernel(self, edges: Edges, near: NDArray[np.int8], certain: bool, cost: float) -> "Kernel | None":
        """The compiled search over the flows of a pass, or none: numpy searches.

        Raises:
            KernelMissingError: the settings ask for it, and it cannot be used.
        """
        wanted = self.settings.kernel
        if wanted == "numpy" or (wanted == "auto" and (cost < WORTH or find_spec("numba") is None)):
            return None
        try:
            make = compiled_search()
        except KernelMissingError:  # installed, and does not fit to the rest: numpy has the same answers
            if wanted == "compiled":
                raise
            return None
        counts = self.side_sure if certain else np.ones(self.side_p.size, dtype=np.bool_)
        sides = (self.side_start, self.side_p, self.side_rank, counts)
        return make(edges, near, sides, self.settings.hops, self.settings.budget)

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
        kernel: "Kernel | None",
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Referrals of some searches to whom value comes back; and the best path of each of their pairs."""
        u, v, low, high = (rows[name].to_numpy() for name in ("u", "v", "low", "high"))
        new = np.ones(u.size, dtype=np.bool_)
        new[1:] = (v[1:] != v[:-1]) | (low[1:] != low[:-1]) | (high[1:] != high[:-1])
        of_search = np.cumsum(new) - 1
        groups, bits = searches.place
        if kernel is None:
            got = search(edges, searches, self.settings.hops - 1, self.settings.budget, near, 1)
            length, side = self.ends(got, groups[of_search], bits[of_search], u, v, certain)
            cut = got.cut
        else:
            length, side, cut = kernel.ends(searches, of_search, u)
        self.cut.update(int(v) for v in searches.root[cut != 0])
        row = np.flatnonzero(length)
        length, side, of_search = length[row], side[row], of_search[row]
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
            if kernel is None:
                made = got.paths(groups[of_search[at]], bits[of_search[at]], ends, depth)
            else:
                made = kernel.paths(searches, of_search[at], ends, depth)
            flows = pl.from_numpy(made, orient="row")
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


def compiled_search() -> "type[Kernel]":
    """The compiled search; the first call of a process takes half a second, and some seconds where it compiles.

    Raises:
        KernelMissingError: the extra `fast` is not installed, or does not fit to the rest; says why, and what to do.
    """
    try:
        from ownergraph.analysis.returns_kernel import Kernel
    except ImportError as why:
        raise KernelMissingError(
            f"the compiled search cannot be used ({why}); install it with: pip install 'ownergraph[fast]', "
            "or let numpy search, which has the same answers"
        ) from why
    return Kernel


def batches(cost: NDArray[np.float64], most: float) -> list[tuple[int, int]]:
    """Groups that go together, first and last. O(groups)."""
    batch = np.cumsum(cost) // most
    first = np.flatnonzero(np.r_[True, batch[1:] != batch[:-1]]).tolist()
    return list(zip(first, [*first[1:], cost.size], strict=True))


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
