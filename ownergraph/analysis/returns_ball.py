"""What value can reach from the receiver of a referral, whatever the time: the step that leaves few referrals over.

Value flows are merged to edges, one a giver and taker. From every receiver that somebody refers to they are followed
level by level, many receivers at once; only those whose ball holds a party on the side of one of their own referrers
stay. Of their balls only the edges are kept that lie on a way, short enough, from the receiver to such a party.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
SmallArray = npt.NDArray[np.int32]
ByteArray = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]

FAR = 100
"""More hops than any search has."""
BLOCK = 1 << 19
"""Keys looked for at a time: a table of 16 times as many bytes stays in the cache."""
LIMIT = 6_000_000
"""Edges followed at a time; more split the block, down to one receiver: bounds memory, not the answer."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
SELF, SIDE = 1, 2


class Links(NamedTuple):
    """Value flows merged: one row a giver and taker, sorted by both; `start` are the rows of each giver, (n + 1,)."""

    n: int
    giver: SmallArray
    taker: SmallArray
    start: IntArray


class Sides(NamedTuple):
    """Who stands on a referrer's side: rows sorted by referrer, `start` the rows of each, shape (n + 1,).

    `hop` is 0 where the party is the referrer itself, 1 otherwise; `row` is the caller's row number, -1 for itself.
    """

    start: IntArray
    party: IntArray
    hop: ByteArray
    row: IntArray


@dataclass(frozen=True, slots=True)
class Useful:
    """What is left of the balls: rows sorted by receiver, then giver.

    Attributes:
        receiver: whose ball, shape (rows,).
        edge: row of `Links`, shape (rows,).
        need: hops from the edge's taker to the referrer, attribution included, at least, shape (rows,).
        pairs: receiver * n + referrer that are left, sorted.
        truncated: receivers whose ball was cut at the budget, sorted.
        followed: edges that were followed in all.
    """

    receiver: IntArray
    edge: IntArray
    need: ByteArray
    pairs: IntArray
    truncated: IntArray
    followed: int


def merged(giver: npt.NDArray[np.integer], taker: npt.NDArray[np.integer], n: int) -> Links:
    """Links of value flows. O(flows log flows)."""
    key = np.multiply(giver, n, dtype=np.int64) + taker
    key.sort()
    if key.size:
        key = key[np.r_[True, key[1:] != key[:-1]]]
    first = key // n
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(first, minlength=n), out=start[1:])
    return Links(n, first.astype(np.int32), (key - first * n).astype(np.int32), start)


def spans(first: IntArray, count: IntArray) -> tuple[IntArray, IntArray]:
    """Positions first[i] .. first[i] + count[i] - 1 for every i one after the other, and i for each of them."""
    total = int(count.sum())
    owner = np.repeat(np.arange(len(count)), count)
    ends = np.cumsum(count)
    place = np.arange(total) + np.repeat(first - (ends - count), count)
    return place, owner


def distances(links: Links, self_party: BoolArray, side_party: BoolArray, hops: int) -> tuple[ByteArray, ByteArray]:
    """Least hops from each node to any referrer: at all, and by one flow at least; FAR beyond `hops`. (n,) each.

    O(hops x edges). No node farther than the hops that are left can be on a path.
    """
    base = np.where(self_party, 0, np.where(side_party, 1, FAR)).astype(np.uint8)
    near, flow = base, np.full(links.n, FAR, dtype=np.uint8)
    some = np.flatnonzero(links.start[1:] > links.start[:-1])
    if not some.size:
        return near, flow
    for _ in range(hops):
        best = np.minimum.reduceat(near[links.taker], links.start[some])
        fresh = np.full(links.n, FAR, dtype=np.uint8)
        fresh[some] = np.where(best < hops, best + 1, FAR)
        near = np.minimum(base, fresh)
        if np.array_equal(fresh, flow):
            break
        flow = fresh
    return near, flow


class _Table:
    """Which keys may be looked for: one byte a hash, no false negatives."""

    def __init__(self, size: int) -> None:
        bits = max(10, int(16 * max(size, 1) - 1).bit_length())
        self.shift = np.uint64(64 - bits)
        self.cells = np.zeros(1 << bits, dtype=np.uint8)

    def places(self, key: IntArray) -> npt.NDArray[np.uint64]:
        return (key.view(np.uint64) * _MIX) >> self.shift

    def add(self, key: IntArray, flag: int) -> None:
        at = self.places(key)
        self.cells[at] = self.cells[at] | flag

    def get(self, key: IntArray) -> ByteArray:
        return self.cells[self.places(key)]


def among(key: IntArray, wanted: IntArray) -> BoolArray:
    """Whether each key is one of `wanted` (sorted, few). O(keys), by a hash, then exactly."""
    table = _Table(wanted.size)
    table.add(wanted, 1)
    found: BoolArray = table.get(key) > 0
    at = np.flatnonzero(found)
    place = np.minimum(np.searchsorted(wanted, key[at]), max(wanted.size - 1, 0))
    found[at] = wanted[place] == key[at] if wanted.size else False
    return found


def balls(links: Links, pairs: IntArray, sides: Sides, hops: int, budget: int) -> Useful:
    """Follow value from every receiver, and keep what leads to a referrer of its own.

    Args:
        edges: the value flows.
        pairs: receiver * n + referrer, sorted, each once.
        sides: who stands on whose side.
        hops: relations on a path, at most.
        budget: edges followed for one receiver, at most.
    """
    n = links.n
    receiver, referrer = np.divmod(pairs, n)
    looked = sides.start[referrer + 1] - sides.start[referrer]
    named = np.zeros(n, dtype=bool)
    named[referrer] = True
    has = links.start[1:] > links.start[:-1]
    attributed = np.zeros(n, dtype=bool)
    attributed[sides.party[(sides.hop > 0) & np.repeat(named, np.diff(sides.start))]] = True
    near, flow = distances(links, named, attributed, hops)
    keep = (flow[receiver] <= hops) & has[receiver] & (looked > 0)
    pairs, receiver, referrer, looked = pairs[keep], receiver[keep], referrer[keep], looked[keep]
    left: list[Useful] = []
    for first, last in _blocks(receiver, looked):
        work = [(first, last)]
        while work:
            a, b = work.pop()
            block = _Block(links, near, flow, hops, budget, receiver[a:b], referrer[a:b], pairs[a:b])
            made = block.search(sides)
            if made is None:  # too much at a time: half of the receivers each
                middle = a + int(np.searchsorted(receiver[a:b], block.targets[len(block.targets) // 2]))
                work += [(middle, b), (a, middle)]
            else:
                left.append(made)
    return _together(left)


def _blocks(receiver: IntArray, looked: IntArray) -> Iterator[tuple[int, int]]:
    """Runs of whole receivers with about `BLOCK` keys each."""
    if not receiver.size:
        return
    heads = np.flatnonzero(np.r_[True, receiver[1:] != receiver[:-1]])
    before = np.r_[0, np.cumsum(looked)][heads]
    cuts = heads[np.flatnonzero(np.r_[True, np.diff(before // BLOCK) > 0])]
    ends = np.r_[cuts[1:], receiver.size]
    yield from zip(cuts.tolist(), ends.tolist(), strict=True)


def _together(parts: list[Useful]) -> Useful:
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Useful(none, none, none.astype(np.uint8), none, none, 0)
    return Useful(
        np.concatenate([part.receiver for part in parts]),
        np.concatenate([part.edge for part in parts]),
        np.concatenate([part.need for part in parts]),
        np.concatenate([part.pairs for part in parts]),
        np.concatenate([part.truncated for part in parts]),
        sum(part.followed for part in parts),
    )


class _Block:
    """Some receivers, followed side by side; a key is (number of the receiver) * n + node."""

    def __init__(
        self, links: Links, near: ByteArray, flow: ByteArray, hops: int, budget: int, receiver: IntArray,
        referrer: IntArray, pairs: IntArray,
    ) -> None:  # fmt: skip
        self.links, self.near, self.flow, self.hops, self.budget = links, near, flow, hops, budget
        new = np.r_[True, receiver[1:] != receiver[:-1]]
        self.targets = receiver[new]
        self.number = np.cumsum(new) - 1
        self.referrer, self.pairs = referrer, pairs
        self.cut = np.zeros(self.targets.size, dtype=bool)
        self.spent = np.zeros(self.targets.size, dtype=np.int64)
        self.walked: list[tuple[SmallArray, SmallArray, int]] = []

    def search(self, sides: Sides) -> Useful | None:
        """What is useful to these receivers; None where it is too much at a time."""
        place, pair = spans(sides.start[self.referrer], np.diff(sides.start)[self.referrer])
        other = sides.party[place] != self.targets[self.number[pair]]  # a path never comes back to where it starts
        place, pair = place[other], pair[other]
        key = self.number[pair] * self.links.n + sides.party[place]
        hop = sides.hop[place]
        table = _Table(key.size)
        table.add(key[hop > 0], SIDE)
        table.add(key[hop == 0], SELF)
        maybe = self._follow(table)
        if maybe is None:
            return None
        none = np.empty(0, dtype=np.int64)
        hit = among(key, maybe) if maybe.size else np.zeros(key.size, dtype=bool)
        cut = self.targets[self.cut]
        followed = int(self.spent.sum())
        if not hit.any():
            return Useful(none, none, none.astype(np.uint8), none, cut, followed)
        wanted = np.zeros(self.pairs.size, dtype=bool)
        wanted[pair[hit]] = True
        number, edge, need = self._useful(key[hit], hop[hit])
        return Useful(self.targets[number], edge, need, self.pairs[wanted], cut, followed)

    def _follow(self, table: _Table) -> IntArray | None:
        """Keys reached that may be looked for, sorted."""
        n, hops = self.links.n, self.hops
        number = np.arange(self.targets.size)
        node = self.targets
        visited = number * n + node
        found: list[IntArray] = []
        for level in range(1, hops + 1):
            ready = self.flow[node] <= hops - level + 1
            number, node = number[ready], node[ready]
            first = self.links.start[node]
            count = self._within_budget(number, self.links.start[node + 1] - first)
            if self.targets.size > 1 and int(count.sum()) > LIMIT:
                return None
            edge, owner = spans(first, count)
            taker = self.links.taker[edge]
            close = self.near[taker] <= hops - level
            edge, owner, taker = edge[close], owner[close], taker[close]
            whose = number[owner]
            key = whose * n + taker
            self.walked.append((whose.astype(np.int32), edge.astype(np.int32), level - 1))
            asked = SELF if level == hops else SELF | SIDE
            found.append(key[(table.get(key) & asked) > 0])
            if level == hops:
                break
            fresh = np.unique(key[self.flow[taker] <= hops - level])
            fresh = fresh[~_in_sorted(fresh, visited)]
            visited = _merge(visited, fresh)
            number, node = np.divmod(fresh, n)
        return np.unique(np.concatenate(found))

    def _within_budget(self, number: IntArray, count: IntArray) -> IntArray:
        """Edges to follow of each node; those beyond the receiver's budget are left, the last first."""
        sums = np.bincount(number, count, self.targets.size).astype(np.int64)
        over = self.spent + sums > self.budget
        if over.any():
            room = (self.budget - self.spent)[number]
            before = np.cumsum(count) - count
            heads = np.r_[True, number[1:] != number[:-1]]
            before = before - before[heads][np.cumsum(heads) - 1]
            count = np.clip(room - before, 0, count)
            self.cut |= over
            sums = np.bincount(number, count, self.targets.size).astype(np.int64)
        self.spent += sums
        return count

    def _useful(self, wanted: IntArray, hop: ByteArray) -> tuple[IntArray, IntArray, ByteArray]:
        """Edges on a way of at most `hops` from a receiver to a key that is wanted; number, edge, need."""
        n = self.links.n
        chosen = np.zeros(self.targets.size, dtype=bool)
        chosen[wanted // n] = True
        parts = [(whose[chosen[whose]], edge[chosen[whose]], level) for whose, edge, level in self.walked]
        whose = np.concatenate([part[0] for part in parts]).astype(np.int64)
        edge = np.concatenate([part[1] for part in parts]).astype(np.int64)
        level = np.concatenate([np.full(part[0].size, part[2]) for part in parts])
        keys, place = np.unique(
            np.concatenate((whose * n + self.links.giver[edge], whose * n + self.links.taker[edge])),
            return_inverse=True,
        )
        source, sink = place[: edge.size], place[edge.size :]
        need = np.full(keys.size, FAR, dtype=np.uint8)
        at = np.searchsorted(keys, wanted)
        np.minimum.at(need, at, hop)
        for back in range(self.hops):
            need[source[(need[sink] == back) & (need[source] > back + 1)]] = back + 1
        kept = np.flatnonzero(level + 1 + need[sink] <= self.hops)
        order = kept[np.argsort(keys[source[kept]], kind="stable")]
        return whose[order], edge[order], need[sink[order]]


def _in_sorted(key: IntArray, ordered: IntArray) -> BoolArray:
    place = np.minimum(np.searchsorted(ordered, key), ordered.size - 1)
    return np.asarray(ordered[place] == key, dtype=np.bool_)


def _merge(one: IntArray, other: IntArray) -> IntArray:
    both = np.concatenate((one, other))
    both.sort()
    return both
