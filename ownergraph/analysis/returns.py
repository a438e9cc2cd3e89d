"""Return paths: value that comes back from the receiver of a referral to whoever referred.

A referral u -> v and value flows v -> ... -> u, or to somebody on the side of u (`attribution.referral_sides`): that
last step counts as a hop. Every flow lies at most a window from the referral, in either order unless asked otherwise.
Definitions, and what happens with refunds, hubs and rows without dates: docs/returns.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final

import polars as pl

from ownergraph.analysis.attribution import HOWS, surest
from ownergraph.analysis.flows import known_by
from ownergraph.analysis.returns_find import Finder, KernelMissingError, Settings, compiled_search
from ownergraph.analysis.returns_search import FOREVER
from ownergraph.model.columns import some_share
from ownergraph.model.progress import Progress, quiet

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph
    from ownergraph.analysis.returns_paths import Paths

c = pl.col

_IDS = pl.List(pl.String)
PAIRS: Final = {
    "referrer": pl.String(), "receiver": pl.String(), "hops": pl.Int64(), "path": _IDS, "value_rows": _IDS,
    "kinds": _IDS, "taker": pl.String(), "how": pl.String(), "certain": pl.Boolean(), "amount_usd": pl.Float64(),
    "first": pl.Date(), "last": pl.Date(), "order": pl.String(), "referrals": _IDS, "proxy": pl.Boolean(),
    "truncated": pl.Boolean(),
}  # fmt: skip


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

    def of(self, referrer: str, receiver: str, n: int | None = None) -> list[ReturnPath]:
        """Up to `n` (`Settings.n`) paths of a pair, distinct in the entities they pass; the shortest first."""
        return self._paths.of(referrer, receiver, self.settings.n if n is None else n)

    @cached_property
    def _paths(self) -> "Paths":
        from ownergraph.analysis.returns_paths import Paths

        return Paths(self._g, self.settings, self.pairs)


def return_paths(
    g: "Graph", settings: Settings, referrers: Iterable[str] | None = None, progress: Progress = quiet
) -> Returns:
    """Find value that comes back to those who refer.

    Args:
        g: the graph.
        settings: hops, window, timing, smallest amount, budget.
        referrers: ids; all who refer where it is None.
        progress: told what is being done.

    Raises:
        KernelMissingError: the settings ask for the compiled search, and it cannot be used.

    A search of all who refer by the settings that other answers start from is made once: it is `Graph.returns`.

    Complexity: one breadth-first search a receiver and up to 64 periods, O(flows within reach); memory O(one batch).
    """
    if settings.kernel == "compiled":
        compiled_search()
    usual = referrers is None and replace(settings, kernel="auto") == Settings(n=settings.n)
    if usual and (ready := vars(g).get("returns")) is not None:
        return Returns(g, settings, ready.pairs, ready.truncated)
    found = Returns(g, settings, *_search(g, settings, referrers, progress))
    if usual:
        vars(g)["returns"] = Returns(g, Settings(), found.pairs, found.truncated)
    return found


def _search(
    g: "Graph", settings: Settings, referrers: Iterable[str] | None, progress: Progress
) -> tuple[pl.DataFrame, list[str]]:
    progress("Attributing referrals")
    rows = g.referrals
    if referrers is not None:
        rows = rows.filter(c("referrer").is_in(sorted(set(referrers))))
    if not rows.height or not g.flows.height:
        return pl.DataFrame(schema=PAIRS), []
    key = g.entities.select("id", "ix")
    rows = rows.select("referral", "referrer", "receiver", "start", "end", "proxy")
    rows = rows.join(key.rename({"id": "referrer", "ix": "u"}), on="referrer", how="left", maintain_order="left")
    rows = rows.join(key.rename({"id": "receiver", "ix": "v"}), on="receiver", how="left", maintain_order="left")
    sides = (
        surest(g.referral_sides)
        .filter(c("how") != "self")
        .join(key.rename({"id": "referrer", "ix": "u"}), on="referrer", how="inner", maintain_order="left")
        .join(key.rename({"id": "party", "ix": "p"}), on="party", how="inner", maintain_order="left")
        .with_columns(rank=c("how").replace_strict({h: k for k, h in enumerate(HOWS)}, return_dtype=pl.Int64))
        .sort("u", "rank", "p", maintain_order=True)
    )
    flows = usable_flows(g, settings)
    finder = Finder(g.entities.height, rows, flows, sides, settings, progress)
    found = finder.run()
    ids = g.entities["id"]
    truncated = sorted(ids[one] for one in finder.cut)
    return _frame(ids, rows, flows, sides, found, truncated), truncated


def usable_flows(g: "Graph", settings: Settings) -> pl.DataFrame:
    """Flows that a path may use, with `unsure`: no day, or a holding or a rest of a payment that may be nothing."""
    flows = g.flows
    if settings.min_amount_usd is not None:
        flows = flows.filter((c("amount_usd") >= settings.min_amount_usd).fill_null(True))
    sure = known_by(g, "owns").filter(some_share())["id"]
    return flows.with_columns(
        unsure=c("undated")
        | ((c("relation") == "OWNS") & ~c("flow").is_in(sure.implode()))
        | ((c("relation") == "PAYS") & c("flow").is_in(g.payments_in_doubt.implode()))
    )


def _frame(
    ids: pl.Series,
    rows: pl.DataFrame,
    flows: pl.DataFrame,
    sides: pl.DataFrame,
    found: pl.DataFrame,
    truncated: list[str],
) -> pl.DataFrame:
    """Pairs as people read them. O(pairs x hops), by columns."""
    if not found.height:
        return pl.DataFrame(schema=PAIRS)
    found = found.with_row_index("k")
    side = found["side"].set(found["side"] < 0, None).cast(pl.UInt32)
    dated = ~c("undated") & ~c("standing")
    steps = found.select("k", at="edges").explode("at")
    steps = pl.concat([steps.select("k"), flows[steps["at"]]], how="horizontal")
    value = steps.group_by("k", maintain_order=True).agg(
        value_rows="flow", kinds="kind", taker=c("taker").last(), amount_usd=c("amount_usd").min(),
        first=c("start").filter(dated).min(), last=c("end").filter(dated).max(),
    )  # fmt: skip
    referred = found.select("k", at="referrals").explode("at")
    referred = pl.concat([referred.select("k"), rows.select("referral", "proxy")[referred["at"]]], how="horizontal")
    referred = referred.group_by("k", maintain_order=True).agg(referrals="referral", proxy=c("proxy").all())
    first, last = (c(name).cast(pl.Int32).cast(pl.Int64) for name in ("first", "last"))
    order = pl.when(last < c("low")).then(pl.lit("before")).when(first > c("high")).then(pl.lit("after"))
    return pl.concat([found, value.drop("k"), referred.drop("k", "referrals")], how="horizontal").select(
        referrer=ids[found["u"]], receiver=ids[found["v"]], hops="hops",
        path=c("value_rows").list.concat(sides["rows"].list.reverse().gather(side).fill_null([])),
        value_rows="value_rows", kinds="kinds", taker="taker", how=sides["how"].gather(side).fill_null("self"),
        certain=pl.when("certain").then(True), amount_usd="amount_usd", first="first", last="last",
        order=pl.when(c("first").is_not_null() & (c("low") > -FOREVER)).then(order.otherwise(pl.lit("overlap"))),
        referrals=referred["referrals"], proxy="proxy",
        truncated=ids[found["v"]].is_in(truncated),
    ).select(c(name).cast(dtype) for name, dtype in PAIRS.items())  # fmt: skip


__all__ = ["Finder", "KernelMissingError", "ReturnPath", "Returns", "Settings", "Step", "return_paths"]
