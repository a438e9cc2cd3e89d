"""Distinct return paths of one pair, the shortest first, on demand."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from ownergraph.analysis.returns import ReturnPath, Step, usable_flows
from ownergraph.analysis.returns_find import Settings, days
from ownergraph.analysis.returns_search import FOREVER, Edges, distance_to

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

STEPS: Final = 200_000
"""Steps of the search for one pair, at most."""


def paths_of(g: "Graph", settings: Settings, referrer: str, receiver: str) -> list[ReturnPath]:
    """Up to `settings.n` paths from the receiver to the referrer or its side, distinct in the entities they pass.

    The shortest first; of parallel flows the first in the order of the input. Possible paths (undated rows) count, as
    in `Returns.pairs`. Depth-first with a bound that grows, never to where the referrer's side is out of reach; stops
    after `STEPS` steps. O(paths x hops) where few flows lead nowhere.
    """
    if referrer not in g.ids or receiver not in g.ids:
        return []
    return _Pair(g, settings, referrer, receiver).run()


class _Pair:
    def __init__(self, g: "Graph", settings: Settings, referrer: str, receiver: str) -> None:
        self.g, self.settings = g, settings
        self.flows = usable_flows(g, settings)
        undated = self.flows["undated"]
        self.edges = Edges.of(
            g.entities.height, self.flows["src"].to_numpy(), self.flows["dst"].to_numpy(),
            np.where(undated, -FOREVER, days(self.flows["start"], -FOREVER)),
            np.where(undated, FOREVER, days(self.flows["end"], FOREVER)),
            np.arange(self.flows.height, dtype=np.int64),
        )  # fmt: skip
        self.u, self.v = g.ids[referrer], g.ids[receiver]
        mine = g.referral_sides.filter((c("referrer") == referrer) & (c("how") != "self") & (c("party") != receiver))
        self.ties = {g.ids[party]: rows for party, rows in mine.select("party", "rows").iter_rows()}
        rows = g.referrals.filter((c("referrer") == referrer) & (c("receiver") == receiver))
        dated = rows["start"].is_not_null() & rows["end"].is_not_null()
        low = np.where(dated, days(rows["start"], 0), -FOREVER)
        high = np.where(dated, days(rows["end"], 0), FOREVER)
        self.spans = sorted({(int(a), int(b)) for a, b in zip(low, high, strict=True)})
        ends = np.zeros(self.edges.n, dtype=np.bool_)
        ends[[self.u, *self.ties]] = True
        self.near = distance_to(self.edges, ends, settings.hops)
        self.steps = 0

    def run(self) -> list[ReturnPath]:
        found: dict[tuple[int, ...], ReturnPath] = {}
        for length in range(1, self.settings.hops + 1):
            for span in self.spans:
                for nodes, edges, tied in self.walk([self.v], [], span, length):
                    key = (*nodes, -1) if tied else tuple(nodes)
                    if key not in found:
                        found[key] = self.path(edges, nodes[-1] if tied else None)
                    if len(found) == self.settings.n:
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
        for edge in range(int(self.edges.start[at]), int(self.edges.start[at + 1])):
            taker = int(self.edges.taker[edge])
            if taker not in seen and taker not in first and self.near[taker] <= left - 1 and self.meets(edge, span):
                first[taker] = edge
        for taker, edge in first.items():
            yield from self.walk([*nodes, taker], [*edges, edge], span, length)
        if left == 1 and edges and at in self.ties:
            yield nodes, edges, True

    def meets(self, edge: int, span: tuple[int, int]) -> bool:
        """Whether a flow lies within the window of a referral."""
        low, high = span
        if low <= -FOREVER:
            return True
        window, start, end = self.settings.window, int(self.edges.low[edge]), int(self.edges.high[edge])
        if self.settings.timing == "after" and start < low and end < FOREVER:
            return False
        return start <= high + window and end >= low - window

    def path(self, edges: list[int], tied: int | None) -> ReturnPath:
        steps = [
            Step(row["flow"], row["kind"], row["giver"], row["taker"], row["amount_usd"], row["start"], row["end"])
            for row in (self.flows.row(int(self.edges.number[edge]), named=True) for edge in edges)
        ]
        ids = self.g.entities["id"]
        if tied is not None:
            who = ids[tied]
            steps += [Step(row, "side", who, ids[self.u], None, None, None) for row in self.ties[tied][::-1]]
        return ReturnPath(tuple(steps))
