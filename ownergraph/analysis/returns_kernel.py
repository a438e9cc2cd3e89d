"""The compiled search for return paths, an extra (`pip install ownergraph[fast]`); its answers are those of numpy.

The same searches as in `returns_search`, one group after the other: level by level forward, with the searches of a
group as bits of a word. Where fewer flows lead to the referrers of a group than the next level would touch, the last
two flows are looked up from the referrer's end; not where the budget might end a search on that level, so that what is
cut is the same, too. `returns_find` imports this module only where there is enough to do.

The machine code is kept beside `returns_loops` or, where that folder cannot be written, in the user's cache folder
(numba's own choice; NUMBA_CACHE_DIR names another). Where neither can be written, each process compiles for itself.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Final

import numpy as np

from ownergraph.analysis import returns_loops
from ownergraph.analysis.returns_loops import EVER, Days, Near, Reals
from ownergraph.analysis.returns_search import FOREVER, Bools, Edges, Ints, Searches, Words

WORKERS: Final = min(8, os.cpu_count() or 1)
"""Threads; each has tables of its own for one group, and the answer does not depend on them."""


def _packed(edges: Edges) -> Days:
    """Taker, first and last day of each flow, side by side."""
    made = np.empty((edges.taker.size, 3), dtype=np.int32)
    made[:, 0] = edges.taker
    made[:, 1] = np.where(edges.low <= -FOREVER, -EVER, edges.low)
    made[:, 2] = np.where(edges.high >= FOREVER, EVER, edges.high)
    return made


def _own(values: Ints) -> Ints:
    """An array as the kernel takes it: contiguous, of eight bytes, writable."""
    return np.require(values, np.int64, ["C", "W"])


class Kernel:
    """The flows of one pass, put in order for the compiled search.

    Args:
        edges: the flows.
        near: flows from each entity to the nearest that anybody looks for.
        sides: where the parties on the side of each entity begin; the parties; how near each is; whether it counts.
        hops: relations on a path, at most.
        budget: entities that one search may reach.

    Complexity: O(flows + sides).
    """

    def __init__(
        self,
        edges: Edges,
        near: Near,
        sides: tuple[Ints, Ints, Ints, Bools],
        hops: int,
        budget: int,
    ) -> None:
        back, self.near, self.hops, self.budget = edges.back, near, hops, budget
        self.flows = (edges.start, _packed(edges), back.start, _packed(back))
        self.number = back.number
        start, party, rank, counts = sides
        self.sides = (_own(start), _own(party), _own(rank), np.require(counts, np.bool_, ["C", "W"]))
        into = np.diff(back.start).astype(np.float64)
        self.two = into + np.bincount(back.giver, weights=into[back.taker], minlength=edges.n)
        beside = np.r_[0.0, np.cumsum(into[party])]
        self.back = self.two + beside[start[1:]] - beside[start[:-1]]
        self.most = 1.0 + hops * edges.walks(hops - 1)
        self.places = 64
        while self.places < edges.n:
            self.places *= 2

    def ends(self, searches: Searches, of: Ints, who: Ints) -> tuple[Ints, Ints, Words]:
        """For each referral hops (0: none) and side (-1: the referrer itself); for each group the searches cut.

        Args:
            searches: where and when; `low` and `after` rise within a group.
            of: the search of each referral, sorted.
            who: the referrer of each.
        """
        length, side = np.zeros(of.size, dtype=np.int64), np.full(of.size, -1, dtype=np.int64)
        cut = np.zeros(searches.root.size, dtype=np.uint64)
        rows = np.searchsorted(of, searches.first)
        given, of, who = _of(searches), _own(of), _own(who)
        most, cost = self.most[searches.root], _sums(self.back[who], rows)

        def part(start: int, end: int) -> None:
            returns_loops.ends(
                *self.flows, self.near, *given, rows, of, who, *self.sides, most, cost, start, end,
                self.hops, self.budget, *self.tables(2), length, side, cut,
            )  # fmt: skip

        many = min(WORKERS, searches.root.size)
        cuts = np.searchsorted(rows, np.linspace(0, of.size, many + 1)).tolist()
        cuts[0], cuts[-1] = 0, searches.root.size
        with ThreadPoolExecutor(many) as pool:
            for one in [pool.submit(part, start, end) for start, end in pairwise(cuts)]:
                one.result()
        return length, side, cut

    def paths(self, searches: Searches, of: Ints, node: Ints, depth: Ints) -> Ints:
        """Numbers of the flows on the shortest path of each search to an entity, one row a path, filled up with -1."""
        by = np.argsort(of, kind="stable")
        of, node, depth = _own(of[by]), _own(node[by]), _own(depth[by])
        found = np.full((of.size, int(depth.max(initial=0))), -1, dtype=np.int64)
        rows = np.searchsorted(of, searches.first)
        returns_loops.paths(
            *self.flows, self.number, self.near, *_of(searches), rows, of, node, depth,
            self.most[searches.root], _sums(self.two[node], rows), self.hops, *self.tables(2 + self.hops), found,
        )  # fmt: skip
        made = np.empty_like(found)
        made[by] = found
        return made

    def tables(self, columns: int) -> tuple[Days, Words, Days, Words]:
        """Room for one group: a table of entities with words for each, and a queue; touched as far as it is used."""
        reach = self.near.size * self.hops + 1
        return (
            np.full(self.places, -1, dtype=np.int32), np.zeros((self.places, columns), dtype=np.uint64),
            np.empty(reach, dtype=np.int32), np.empty(reach, dtype=np.uint64),
        )  # fmt: skip


def _sums(values: Reals, starts: Ints) -> Reals:
    """Sums of the values from each start to the next."""
    return np.diff(np.r_[0.0, np.cumsum(values)][starts])


def _of(searches: Searches) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    return (
        _own(searches.root), _own(searches.first), _own(searches.low), _own(searches.high), _own(searches.after)
    )  # fmt: skip
