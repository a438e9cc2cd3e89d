"""Breadth-first search over value flows, many searches at once, level by level, in arrays.

A search starts at the receiver of a referral and follows flows whose period is at most a window from the referral's.
Everything here is numbers: entities by their row, days as whole numbers.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FOREVER = 1 << 40
"""A day before which, or after which, nothing is: an open end."""


@dataclass(frozen=True)
class Edges:
    """Flows as arrays, sorted by giver.

    Attributes:
        n: entities.
        start: for each entity where its flows begin (n + 1).
        giver, taker: entities of each flow.
        low, high: first and last day of each; -FOREVER and FOREVER where open.
        number: the row of each in the frame it was made from.
    """

    n: int
    start: Ints
    giver: Ints
    taker: Ints
    low: Ints
    high: Ints
    number: Ints

    @classmethod
    def of(cls, n: int, giver: Ints, taker: Ints, low: Ints, high: Ints, number: Ints) -> "Edges":
        """Sort flows by giver, those of one giver by their order. O(flows x log flows)."""
        by = np.argsort(giver, kind="stable")
        start = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(giver, minlength=n), out=start[1:])
        return cls(n, start, giver[by], taker[by], low[by], high[by], number[by])

    def out_of(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Every flow out of each of some entities: position in `nodes`, and flow. O(flows found)."""
        first, degree = self.start[nodes], self.start[nodes + 1] - self.start[nodes]
        total = int(degree.sum())
        at = np.repeat(np.arange(nodes.size, dtype=np.int64), degree)
        offset = np.repeat(first - (np.cumsum(degree) - degree), degree)
        return at, np.arange(total, dtype=np.int64) + offset

    @cached_property
    def back(self) -> "Edges":
        """The same flows, sorted by taker, from taker to giver."""
        return Edges.of(self.n, self.taker, self.giver, self.low, self.high, self.number)


@dataclass(frozen=True)
class Searches:
    """Where searches start, and the days that flows must touch.

    Attributes:
        root: entity at which each starts.
        low, high: a flow counts where it begins by `high` and ends at `low` or later.
        after: with `--timing after`, the first day on which a dated flow may begin; -FOREVER otherwise.
    """

    root: Ints
    low: Ints
    high: Ints
    after: Ints

    def part(self, first: int, last: int) -> "Searches":
        """Searches first up to last."""
        return Searches(self.root[first:last], self.low[first:last], self.high[first:last], self.after[first:last])


@dataclass(frozen=True)
class Reached:
    """What searches reached, sorted by search and entity; each pair once, at its least depth.

    Attributes:
        search, node: the pair.
        depth: flows from the root.
        edge: the last flow of the shortest path to it (-1 at the root).
        before: the position of the pair before it on that path (-1 at the root).
        cut: for each search whether its budget ended it.
    """

    search: Ints
    node: Ints
    depth: Ints
    edge: Ints
    before: Ints
    cut: Bools
    n: int

    def find(self, search: Ints, node: Ints) -> Ints:
        """Position of each pair; -1 where it was not reached. O(pairs x log reached)."""
        keys = self.search * self.n + self.node
        wanted = search * self.n + node
        at = np.searchsorted(keys, wanted)
        at[at == keys.size] = 0
        return np.where(keys[at] == wanted, at, -1) if keys.size else np.full(wanted.size, -1, dtype=np.int64)

    def path(self, at: int) -> list[int]:
        """Flows from the root to the pair at a position. O(depth)."""
        edges = []
        while self.before[at] >= 0:
            edges.append(int(self.edge[at]))
            at = int(self.before[at])
        return edges[::-1]


def search(edges: Edges, start: Searches, hops: int, budget: int, near: NDArray[np.int8] | None = None) -> Reached:
    """Follow flows from every root, up to `hops` of them.

    Args:
        edges: the flows.
        start: where and when.
        hops: flows, at most.
        budget: entities that one search may reach; one that has more is cut there, and says so.
        near: flows from each entity to the nearest that anybody looks for; what is too far is not followed.

    Complexity: O(flows touched x log), memory O(pairs reached).
    """
    n, many = edges.n, start.root.size
    s = np.arange(many, dtype=np.int64)
    none = np.full(many, -1, dtype=np.int64)
    levels = [(s, start.root, np.zeros(many, dtype=np.int64), none, none)]
    seen = s * n + start.root  # sorted, because s is
    cut = np.zeros(many, dtype=np.bool_)
    count = np.ones(many, dtype=np.int64)
    front_s, front_node, front_at = s, start.root, s
    base = many
    for depth in range(1, hops + 1):
        at, edge = edges.out_of(front_node)
        who = front_s[at]
        ok = (edges.low[edge] <= start.high[who]) & (edges.high[edge] >= start.low[who])
        late = start.after[who] > -FOREVER
        if late.any():
            # what stands since before may still go on; a payment must begin after
            ok &= ~late | (edges.low[edge] >= start.after[who]) | (edges.high[edge] >= FOREVER)
        if near is not None:
            ok &= near[edges.taker[edge]] <= hops - depth
        at, edge, who = at[ok], edge[ok], who[ok]
        key = who * n + edges.taker[edge]
        if seen.size and key.size:
            place = np.searchsorted(seen, key)
            place[place == seen.size] = 0
            fresh = seen[place] != key
            at, edge, who, key = at[fresh], edge[fresh], who[fresh], key[fresh]
        if not key.size:
            break
        # of several flows to one entity the first in the order of the input
        order = np.lexsort((edges.number[edge], key))
        key = key[order]
        first = np.ones(key.size, dtype=np.bool_)
        first[1:] = key[1:] != key[:-1]
        pick = order[first]
        key, at, edge, who = key[first], at[pick], edge[pick], who[pick]
        count += np.bincount(who, minlength=many)
        over = count > budget
        cut |= over
        levels.append((who, edges.taker[edge], np.full(key.size, depth, dtype=np.int64), edge, front_at[at]))
        go = ~cut[who]
        front_s, front_node = who[go], edges.taker[edge[go]]
        front_at = base + np.flatnonzero(go)
        base += key.size
        if depth < hops:
            seen = np.union1d(seen, key)
    parts = [np.concatenate([level[k] for level in levels]) for k in range(5)]
    by = np.argsort(parts[0] * n + parts[1], kind="stable")
    place = np.empty(by.size, dtype=np.int64)
    place[by] = np.arange(by.size)
    before = np.where(parts[4] >= 0, place[parts[4]], -1)
    return Reached(parts[0][by], parts[1][by], parts[2][by], parts[3][by], before[by], cut, n)


def ball(edges: Edges, roots: Ints, hops: int, budget: int, near: NDArray[np.int8], beyond: int) -> tuple[Ints, Bools]:
    """Entities within `hops` flows of each root, whenever they flow: sorted root number * n + entity, and who was cut.

    Args:
        edges: the flows.
        roots: where to start.
        hops: flows, at most.
        budget: entities of one root; one that has more is cut there.
        near: flows from each entity to the nearest that anybody looks for.
        beyond: flows that may follow after `hops`; what is farther from everybody is not followed.

    Complexity: O(flows touched x log).
    """
    n = edges.n
    seen = np.arange(roots.size, dtype=np.int64) * n + roots
    front = seen
    cut = np.zeros(roots.size, dtype=np.bool_)
    count = np.ones(roots.size, dtype=np.int64)
    for depth in range(1, hops + 1):
        who, node = np.divmod(front, n)
        at, edge = edges.out_of(node)
        taker = edges.taker[edge]
        ok = near[taker] <= hops + beyond - depth
        key = np.sort((who * n)[at[ok]] + taker[ok])
        if key.size:
            key = key[np.r_[True, key[1:] != key[:-1]]]
            key = key[~among(key, seen)]
        if not key.size:
            break
        count += np.bincount(key // n, minlength=roots.size)
        cut |= count > budget
        seen = np.sort(np.concatenate([seen, key]))
        front = key[~cut[key // n]] if cut.any() else key
    return seen, cut


def among(keys: Ints, sorted_keys: Ints) -> Bools:
    """Whether each key is one of the sorted ones. O(keys x log)."""
    place = np.searchsorted(sorted_keys, keys)
    place[place == sorted_keys.size] = 0
    found: Bools = sorted_keys[place] == keys
    return found


def within(keys: Ints, n: int, back: Edges, search_of: Ints, node: Ints) -> Bools:
    """Whether each entity lies in the ball of its search, or one flow beyond it.

    Args:
        keys: balls as `ball` gives them.
        n: entities.
        back: the flows turned round.
        search_of: number of the root.
        node: the entity.

    Complexity: O(flows into the entities x log).
    """
    inside = among(search_of * n + node, keys)
    at, edge = back.out_of(node)
    near = at[among((search_of * n)[at] + back.taker[edge], keys)]
    inside[near] = True
    return inside


def distance_to(edges: Edges, targets: Bools, hops: int) -> NDArray[np.int8]:
    """Flows from each entity to the nearest of `targets`, at most `hops`; hops + 1 where it is farther.

    One backward search from all targets at once. O(flows).
    """
    far = np.full(edges.n, hops + 1, dtype=np.int8)
    far[targets] = 0
    back = edges.back
    front = np.flatnonzero(targets).astype(np.int64)
    for depth in range(1, hops + 1):
        _, edge = back.out_of(front)
        found = np.unique(back.taker[edge])
        front = found[far[found] > depth]
        far[front] = depth
        if not front.size:
            break
    return far
