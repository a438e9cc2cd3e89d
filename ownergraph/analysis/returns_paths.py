"""Distinct return paths of one pair, the shortest first, on demand."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from ownergraph.analysis.attribution import surest
from ownergraph.analysis.returns import ReturnPath, Step, usable_flows
from ownergraph.analysis.returns_find import Settings, edges_of, spans_of
from ownergraph.analysis.returns_search import FOREVER, Bools, Distance, Ints

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

_PAIR: Final = ["referrer", "receiver"]
STEPS: Final = 200_000
"""Steps of the search for one pair, at most."""


class Paths:
    """Paths over the flows of one search, on demand; flows, sides and days are put in order once for all pairs.

    Args:
        g: the graph.
        settings: how paths are looked for.
        pairs: referrer and receiver of the pairs that the search found.

    Complexity: O(flows + referrals).
    """

    def __init__(self, g: "Graph", settings: Settings, pairs: pl.DataFrame) -> None:
        self.g, self.settings = g, settings
        self.flows = usable_flows(g, settings)
        self.edges = edges_of(g.entities.height, self.flows.with_row_index("number"))
        self.ids = g.entities["id"]
        self._spans = _spans(g.referrals.join(pairs, on=_PAIR, how="semi"))
        sides = surest(g.referral_sides).filter(c("how") != "self").join(pairs, on="referrer", how="semi")
        self._sides: dict[str, dict[str, list[str]]] = {}
        for who, party, rows in sides.select("referrer", "party", "rows").iter_rows():
            self._sides.setdefault(who, {})[party] = rows

    def spans(self, referrer: str, receiver: str) -> list[tuple[int, int]]:
        """First and last days of the referrals of a pair. O(1) for a pair that the search found, else O(referrals)."""
        pair = (referrer, receiver)
        if pair not in self._spans:
            rows = self.g.referrals.filter((c("referrer") == referrer) & (c("receiver") == receiver))
            self._spans[pair] = _spans(rows).get(pair, [])
        return self._spans[pair]

    def ties(self, referrer: str) -> dict[str, list[str]]:
        """Rows that tie each party on a referrer's side to it. O(1) for one whom the search found, else O(sides)."""
        if referrer not in self._sides:
            mine = surest(self.g.referral_sides.filter((c("referrer") == referrer) & (c("how") != "self")))
            self._sides[referrer] = dict(mine.select("party", "rows").iter_rows())
        return self._sides[referrer]

    def of(self, referrer: str, receiver: str, n: int) -> list[ReturnPath]:
        """Up to `n` paths from the receiver to the referrer or its side, distinct in the entities they pass.

        The shortest first; of parallel flows the first in the order of the input. Possible paths (undated rows) count,
        as in `Returns.pairs`. Depth-first with a bound that grows, never to where the referrer's side is out of reach;
        stops after `STEPS` steps. O(flows), and O(paths x hops) where few flows lead nowhere.
        """
        if referrer not in self.g.ids or receiver not in self.g.ids:
            return []
        return _Pair(self, referrer, receiver, n).run()


def _spans(referrals: pl.DataFrame) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """By pair the different first and last days of its referrals, sorted. O(referrals x log)."""
    low, high = spans_of(referrals)
    days = referrals.select(*_PAIR, low=pl.Series(low), high=pl.Series(high)).unique().sort("low", "high")
    found: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for referrer, receiver, first, last in days.iter_rows():
        found.setdefault((referrer, receiver), []).append((first, last))
    return found


class _Pair:
    def __init__(self, over: Paths, referrer: str, receiver: str, n: int) -> None:
        g, self.settings, self.n = over.g, over.settings, n
        self.flows, self.edges, self.ids = over.flows, over.edges, over.ids
        self.u, self.v = g.ids[referrer], g.ids[receiver]
        self.ties = {g.ids[party]: rows for party, rows in over.ties(referrer).items() if party != receiver}
        self.spans = over.spans(referrer, receiver)
        self.distance = Distance(self.edges, np.array(sorted({self.u, *self.ties}), dtype=np.int64))
        self.steps = 0

    def run(self) -> list[ReturnPath]:
        found: dict[tuple[int, ...], ReturnPath] = {}
        for length in range(1, self.settings.hops + 1):
            self.near = self.distance.up_to(length - 1)  # of those one flow on; further levels are large
            for span in self.spans:
                for nodes, edges, tied in self.walk([self.v], [], span, length):
                    key = (*nodes, -1) if tied else tuple(nodes)
                    if key not in found:
                        found[key] = self.path(edges, nodes[-1] if tied else None)
                    if len(found) == self.n:
                        return list(found.values())
        return list(found.values())

    def walk(
        self, nodes: list[int], edges: list[int], span: tuple[int, int], length: int
    ) -> Iterator[tuple[list[int], list[int], bool]]:
        """Paths of exactly `length` hops: entities, flows, and whether the last hop is a tie."""
        self.steps += 1
        if self.steps > STEPS:
            return
        at, left = nodes[-1], length - len(edges)
        if at == self.u:
            if not left:
                yield nodes, edges, False
            return
        if not left:
            return
        seen = set(nodes)
        first: dict[int, int] = {}
        start, end = int(self.edges.start[at]), int(self.edges.start[at + 1])
        takers = self.edges.taker[start:end]
        ok = (self.near[takers] <= left - 1).nonzero()[0]  # of a hub's many flows few lead near
        if ok.size:
            ok = ok[self.meets(ok + start, span)]
        for taker, edge in zip(takers[ok].tolist(), (ok + start).tolist(), strict=True):
            if taker not in seen and taker not in first:
                first[taker] = edge
        for taker, edge in first.items():
            yield from self.walk([*nodes, taker], [*edges, edge], span, length)
        if left == 1 and edges and at in self.ties:
            yield nodes, edges, True

    def meets(self, edge: Ints, span: tuple[int, int]) -> Bools:
        """Whether each flow lies within the window of a referral. O(flows)."""
        low, high = span
        if low <= -FOREVER:
            return np.ones(edge.size, dtype=np.bool_)
        window, start, end = self.settings.window, self.edges.low[edge], self.edges.high[edge]
        ok: Bools = (start <= high + window) & (end >= low - window)
        return ok & ((start >= low) | (end >= FOREVER)) if self.settings.timing == "after" else ok

    def path(self, edges: list[int], tied: int | None) -> ReturnPath:
        steps = [
            Step(row["flow"], row["kind"], row["giver"], row["taker"], row["amount_usd"], row["start"], row["end"])
            for row in (self.flows.row(int(self.edges.number[edge]), named=True) for edge in edges)
        ]
        if tied is not None:
            who = self.ids[tied]
            steps += [Step(row, "side", who, self.ids[self.u], None, None, None) for row in self.ties[tied][::-1]]
        return ReturnPath(tuple(steps))
