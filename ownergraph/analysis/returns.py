"""Return paths: value that comes back from the receiver of a referral to whoever referred.

A referral u -> v and value flows v -> ... -> u, or to somebody on the side of u (`attribution.referral_sides`): that
last step counts as a hop. Every flow lies at most a window from the referral, in either order unless asked otherwise.
Definitions, and what happens with refunds, hubs and rows without dates: docs/returns.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ownergraph.analysis.attribution import HOWS
from ownergraph.analysis.flows import known_by
from ownergraph.analysis.returns_search import FOREVER, Edges, Ints, Searches, distance_to, search

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

Timing = Literal["either", "after"]
HOPS: Final = 4
WINDOW: Final = 120
"""Days; a heuristic (kickbacks are often paid in advance, so that either order counts)."""
BUDGET: Final = 50_000
"""Entities that one search may reach."""
MANY: Final = 20_000
"""Searches of one batch; with more, searches without dates first find the receivers that matter."""

_IDS = pl.List(pl.String)
PAIRS: Final = {
    "referrer": pl.String(), "receiver": pl.String(), "hops": pl.Int64(), "path": _IDS, "value_rows": _IDS,
    "kinds": _IDS, "taker": pl.String(), "how": pl.String(), "certain": pl.Boolean(), "amount_usd": pl.Float64(),
    "first": pl.Date(), "last": pl.Date(), "order": pl.String(), "referrals": _IDS, "proxy": pl.Boolean(),
    "truncated": pl.Boolean(),
}  # fmt: skip


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


@dataclass(frozen=True)
class Step:
    """One step of a path: a value flow, or (kind "side") what ties its taker to the referrer."""

    row: str
    kind: str
    giver: str
    taker: str
    amount_usd: float | None
    start: date | None
    end: date | None


@dataclass(frozen=True)
class ReturnPath:
    """A path from the receiver of a referral to the referrer, or to its side."""

    steps: tuple[Step, ...]


class Returns:
    """The answer of a search: `pairs`, one row a referrer and receiver, and paths of a pair on demand.

    Attributes:
        pairs: referrer, receiver, hops, path (ids of rows from the receiver to the referrer, the shortest), value_rows
            (the flows among them), kinds, taker (who gets the last flow), how (why the taker is the referrer's side),
            certain (true: every date and share that it needs is recorded; null: possible only), amount_usd (the
            smallest recorded), first and last (days of the flows that have some), order (of those flows, seen from
            the referral: before, after, overlap; null without), referrals (ids of linked rows), proxy (they count
            shared patients only), truncated (the search was cut: other paths may be missing).
        truncated: receivers, sorted, whose search was cut at the budget.
    """

    def __init__(self, g: "Graph", settings: Settings, pairs: pl.DataFrame, truncated: list[str]) -> None:
        self._g, self.settings = g, settings
        self.pairs, self.truncated = pairs, truncated

    def of(self, referrer: str, receiver: str) -> list[ReturnPath]:
        """Up to `Settings.n` distinct paths of a pair (distinct in the entities they pass), the shortest first."""
        from ownergraph.analysis.returns_paths import paths_of

        return paths_of(self._g, self.settings, referrer, receiver)


def return_paths(g: "Graph", settings: Settings, referrers: Iterable[str] | None = None) -> Returns:
    """Find value that comes back to those who refer.

    Args:
        g: the graph.
        settings: hops, window, timing, smallest amount, budget.
        referrers: ids; all who refer where it is None.

    Complexity: one breadth-first search a receiver and window, O(flows within reach); memory O(`MANY` searches).
    """
    rows = g.referrals
    if referrers is not None:
        rows = rows.filter(c("referrer").is_in(sorted(set(referrers))))
    if not rows.height or not g.flows.height:
        return Returns(g, settings, pl.DataFrame(schema=PAIRS), [])
    key = g.entities.select("id", "ix")
    rows = rows.join(key.rename({"id": "referrer", "ix": "u"}), on="referrer", how="left", maintain_order="left")
    rows = rows.join(key.rename({"id": "receiver", "ix": "v"}), on="receiver", how="left", maintain_order="left")
    sides = (
        g.referral_sides.filter(c("how") != "self")
        .join(key.rename({"id": "referrer", "ix": "u"}), on="referrer", how="inner", maintain_order="left")
        .join(key.rename({"id": "party", "ix": "p"}), on="party", how="inner", maintain_order="left")
        .with_columns(rank=c("how").replace_strict({h: k for k, h in enumerate(HOWS)}, return_dtype=pl.Int64))
        .sort("u", "rank", "p", maintain_order=True)
    )
    flows = usable_flows(g, settings)
    finder = Finder(g.entities.height, rows, flows, sides, settings)
    found = finder.run()
    ids = g.entities["id"]
    truncated = sorted(ids[one] for one in finder.cut)
    return Returns(g, settings, _frame(ids, rows, flows, sides, found, set(truncated)), truncated)


def usable_flows(g: "Graph", settings: Settings) -> pl.DataFrame:
    """Flows that a path may use, with `unsure`: undated, or along a holding whose share may be nothing."""
    flows = g.flows
    if settings.min_amount_usd is not None:
        flows = flows.filter((c("amount_usd") >= settings.min_amount_usd).fill_null(True))
    sure = known_by(g, "owns").filter((c("share_min") > 0) | (c("shares_held") > 0))["id"]
    return flows.with_columns(
        unsure=c("undated") | ((c("relation") == "OWNS") & ~c("flow").is_in(sure.implode()))
    )  # fmt: skip


def days(column: pl.Series, empty: int) -> Ints:
    """Dates as whole numbers; `empty` where there is none."""
    found: Ints = column.cast(pl.Int32).cast(pl.Int64).fill_null(empty).to_numpy()
    return found


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
        part = self.flows.filter(~c("unsure")) if certain else self.flows
        undated = part["undated"]
        return Edges.of(
            self.n, part["src"].to_numpy(), part["dst"].to_numpy(),
            np.where(undated, -FOREVER, days(part["start"], -FOREVER)),
            np.where(undated, FOREVER, days(part["end"], FOREVER)),
            self.flows.with_row_index("_n").filter(~c("unsure"))["_n"].cast(pl.Int64).to_numpy()
            if certain else np.arange(part.height, dtype=np.int64),
        )  # fmt: skip

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
        rows = self.candidates(rows, edges, near, certain) if rows.height > MANY else rows
        if not rows.height:
            return _NOTHING.clone()
        spans = rows.select(
            "u", "v", "referral", low=pl.Series(days(rows["start"], -FOREVER)),
            high=pl.Series(days(rows["end"], FOREVER)), dated="dated",
        )  # fmt: skip
        window = self.settings.window
        spans = spans.with_columns(
            low=pl.when("dated").then(c("low")).otherwise(-FOREVER),
            high=pl.when("dated").then(c("high")).otherwise(FOREVER),
        )
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

    def candidates(self, rows: pl.DataFrame, edges: Edges, near: NDArray[np.int8], certain: bool) -> pl.DataFrame:
        """Referrals that a path without regard to time answers; most of a large ledger is not among them."""
        pairs = rows.select("u", "v").unique().sort("v", "u")
        roots = pairs["v"].unique().sort().to_numpy()
        always = np.full(roots.size, FOREVER, dtype=np.int64)
        starts = Searches(roots, -always, always, -always)
        at_root = np.searchsorted(roots, pairs["v"].to_numpy())
        kept = []
        for first in range(0, roots.size, MANY):
            last = min(first + MANY, roots.size)
            a, b = np.searchsorted(at_root, first), np.searchsorted(at_root, last)
            part = pairs[a:b].with_columns(s=pl.Series(at_root[a:b]), referral=pl.lit(""))
            kept.append(self.batch(edges, starts.part(first, last), part, first, near, certain, False).select("u", "v"))
        return rows.join(pl.concat(kept).unique(), on=["u", "v"], how="semi", maintain_order="left")

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
        # sides: every referral by every party of its referrer
        first, end = np.searchsorted(self.side_u, u, "left"), np.searchsorted(self.side_u, u, "right")
        many = end - first
        row = np.repeat(np.arange(u.size), many)
        side = np.arange(int(many.sum())) + np.repeat(first - (np.cumsum(many) - many), many)
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
            low=c("low") if "low" in spans.columns else pl.lit(0, dtype=pl.Int64),
            high=c("high") if "high" in spans.columns else pl.lit(0, dtype=pl.Int64),
            edges=pl.Series(paths if paths is not None else [[]] * picked.height, dtype=pl.List(pl.Int64)),
        )  # fmt: skip


def _frame(
    ids: pl.Series,
    rows: pl.DataFrame,
    flows: pl.DataFrame,
    sides: pl.DataFrame,
    found: pl.DataFrame,
    truncated: set[str],
) -> pl.DataFrame:
    """Pairs as people read them. O(pairs x hops)."""
    proxy = dict(rows.select("referral", "proxy").iter_rows()) if found.height else {}
    flows = flows.select("flow", "kind", "taker", "amount_usd", "start", "end", "undated", "standing")
    side_rows, side_how = sides["rows"], sides["how"]
    made = []
    for row in found.iter_rows(named=True):
        used = [flows.row(number, named=True) for number in row["edges"]]
        value = [one["flow"] for one in used]
        side = row["side"]
        tie = side_rows[side].to_list() if side >= 0 else []
        dated = [one for one in used if not one["undated"] and not one["standing"]]
        amounts = [one["amount_usd"] for one in used if one["amount_usd"] is not None]
        first = min((one["start"] for one in dated), default=None)
        last = max((one["end"] for one in dated), default=None)
        receiver = ids[row["v"]]
        made.append(
            {
                "referrer": ids[row["u"]], "receiver": receiver, "hops": row["hops"],
                "path": value + tie[::-1], "value_rows": value, "kinds": [one["kind"] for one in used],
                "taker": used[-1]["taker"], "how": side_how[side] if side >= 0 else "self",
                "certain": True if row["certain"] else None,
                "amount_usd": min(amounts) if amounts else None, "first": first, "last": last,
                "order": _order(first, last, row["low"], row["high"]), "referrals": row["referrals"],
                "proxy": all(proxy[one] for one in row["referrals"]), "truncated": receiver in truncated,
            }
        )  # fmt: skip
    return pl.DataFrame(made, schema=PAIRS)


_NOTHING: Final = pl.DataFrame(
    schema={
        "u": pl.Int64(), "v": pl.Int64(), "hops": pl.Int64(), "side": pl.Int64(), "low": pl.Int64(),
        "high": pl.Int64(), "edges": pl.List(pl.Int64), "referrals": pl.List(pl.String), "certain": pl.Boolean(),
    }
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


def _order(first: date | None, last: date | None, low: int, high: int) -> str | None:
    """Whether the flows lie before or after the days of the referral."""
    if first is None or last is None or low <= -FOREVER:
        return None
    epoch = date(1970, 1, 1).toordinal()
    if last.toordinal() - epoch < low:
        return "before"
    return "after" if first.toordinal() - epoch > high else "overlap"


__all__ = ["Finder", "ReturnPath", "Returns", "Settings", "Step", "return_paths"]
