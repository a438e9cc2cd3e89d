"""The step without regard to time: which receivers can reach a side of their own referrers, and by which links.

Thousands of receivers are followed side by side; see `returns_ball` for the parts.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ownergraph.analysis.returns_ball import (
    BLOCK,
    FAR,
    LIMIT,
    SELF,
    SIDE,
    Back,
    BoolArray,
    ByteArray,
    IntArray,
    Links,
    Sides,
    Table,
    Useful,
    among,
    distances,
    distinct,
    in_sorted,
    merge,
    reversed_,
    spans,
    walks,
)  # fmt: skip


def balls(links: Links, pairs: IntArray, sides: Sides, hops: int, budget: int) -> Useful:
    """Follow value from every receiver, and keep what leads to a referrer of its own.

    Args:
        links: the value flows.
        pairs: receiver * n + referrer, sorted, each once.
        sides: who stands on whose side.
        hops: relations on a path, at most.
        budget: links followed for one receiver, at most.
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
    ways = Ways(links, reversed_(links), near, flow, walks(links, hops))
    left: list[Useful] = []
    for first, last in _blocks(receiver, looked):
        work = [(first, last)]
        while work:
            a, b = work.pop()
            block = Block(ways, hops, budget, receiver[a:b], referrer[a:b], pairs[a:b])
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
        return Useful(none, none, none.astype(np.uint8), none.astype(np.uint8), none, none, 0)
    return Useful(
        np.concatenate([part.receiver for part in parts]),
        np.concatenate([part.edge for part in parts]),
        np.concatenate([part.level for part in parts]),
        np.concatenate([part.need for part in parts]),
        np.concatenate([part.pairs for part in parts]),
        np.concatenate([part.truncated for part in parts]),
        sum(part.followed for part in parts),
    )


class Ways(NamedTuple):
    """The value flows, and what is known of them.

    Attributes:
        links, back: by giver and by taker.
        near, flow: least hops from each node to any referrer, at all and by one flow at least; see `distances`.
        walks: see `walks`.
    """

    links: Links
    back: Back
    near: ByteArray
    flow: ByteArray
    walks: npt.NDArray[np.float64]


class Block:
    """Some receivers, followed side by side; a key is (number of the receiver) * n + node."""

    def __init__(
        self, ways: Ways, hops: int, budget: int, receiver: IntArray, referrer: IntArray, pairs: IntArray
    ) -> None:
        self.ways, self.links, self.hops, self.budget = ways, ways.links, hops, budget
        new = np.r_[True, receiver[1:] != receiver[:-1]]
        self.targets = receiver[new]
        self.number = np.cumsum(new) - 1
        self.referrer, self.pairs = referrer, pairs
        self.cut = np.zeros(self.targets.size, dtype=bool)
        self.spent = np.zeros(self.targets.size, dtype=np.int64)
        self.walked: list[tuple[IntArray, IntArray, ByteArray]] = []

    def search(self, sides: Sides) -> Useful | None:
        """What is useful to these receivers; None where it is too much at a time."""
        n = self.links.n
        place, pair = spans(sides.start[self.referrer], np.diff(sides.start)[self.referrer])
        other = sides.party[place] != self.targets[self.number[pair]]  # a path never comes back to where it starts
        place, pair = place[other], pair[other]
        party, hop = sides.party[place], sides.hop[place]
        key = self.number[pair] * n + party
        into = self.ways.back.start[party + 1] - self.ways.back.start[party]
        met = int(into.sum()) < float(self.ways.walks[self.targets].sum())
        hit = self._meet(key, hop, into) if met else self._follow(key, hop)
        if hit is None:
            return None
        cut = self.targets[self.cut]
        followed = int(self.spent.sum())
        if not hit.any():
            none, byte = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint8)
            return Useful(none, none, byte, byte, none, cut, followed)
        wanted = np.zeros(self.pairs.size, dtype=bool)
        wanted[pair[hit]] = True
        number, edge, level, need = self._useful(key[hit], hop[hit])
        return Useful(self.targets[number], edge, level, need, self.pairs[wanted], cut, followed)

    def _follow(self, key: IntArray, hop: ByteArray) -> BoolArray | None:
        """Which keys are reached, all flows followed from the receivers."""
        n, hops = self.links.n, self.hops
        table = Table(key.size)
        table.add(key[hop > 0], SIDE)
        table.add(key[hop == 0], SELF)
        number, node = np.arange(self.targets.size), self.targets
        visited = number * n + node
        found: list[IntArray] = []
        for level in range(1, hops + 1):
            first = self.links.start[node]
            count = self._within_budget(number, self.links.start[node + 1] - first)
            if self.targets.size > 1 and int(count.sum()) > LIMIT:
                return None
            link, owner = spans(first, count)
            taker = self.links.taker[link]
            close = self.ways.near[taker] <= hops - level
            link, whose, taker = link[close], number[owner[close]], taker[close]
            reached = whose * n + taker
            self.walked.append((whose, link, np.full(link.size, level - 1, dtype=np.uint8)))
            asked = SELF if level == hops else SELF | SIDE
            found.append(reached[(table.get(reached) & asked) > 0])
            if level < hops:
                fresh = distinct(reached[self.ways.flow[taker] <= hops - level])
                fresh = fresh[~in_sorted(fresh, visited)]
                visited = merge(visited, fresh)
                number, node = np.divmod(fresh, n)
        return among(key, distinct(np.concatenate(found)))

    def _meet(self, key: IntArray, hop: ByteArray, into: IntArray) -> BoolArray | None:
        """Which keys are reached, the last flow followed back from them: less where balls grow fast."""
        n, hops = self.links.n, self.hops
        if self.targets.size > 1 and int(into.sum()) > LIMIT:
            return None
        number, node = np.arange(self.targets.size), self.targets
        visited = number * n + node
        fronts: list[tuple[IntArray, IntArray, IntArray]] = []
        last = visited
        for level in range(1, hops):
            first = self.links.start[node]
            count = self._within_budget(number, self.links.start[node + 1] - first)
            if self.targets.size > 1 and int(count.sum()) > LIMIT:
                return None
            fronts.append((number * n + node, first, count))
            link, owner = spans(first, count)
            taker = self.links.taker[link]
            going = self.ways.flow[taker] <= hops - level
            last = number[owner[going]] * n + taker[going]
            if level < hops - 1:
                fresh = distinct(last)
                fresh = fresh[~in_sorted(fresh, visited)]
                visited = merge(visited, fresh)
                number, node = np.divmod(fresh, n)
        place, owner = spans(self.ways.back.start[key % n], into)
        link = self.ways.back.link[place]
        whose = key[owner] // n
        asked = whose * n + self.links.giver[link]
        table = Table(visited.size + last.size)
        table.add(visited, 1)
        table.add(last, 1)
        some = np.flatnonzero(table.get(asked))
        link, whose, owner, asked = link[some], whose[some], owner[some], asked[some]
        level_of = np.full(asked.size, FAR, dtype=np.uint8)
        level_of[among(asked, distinct(last[among(last, distinct(asked))]))] = hops - 1
        for level in range(len(fronts) - 1, -1, -1):
            level_of[in_sorted(asked, fronts[level][0])] = level
        good = level_of + 1 + hop[owner] <= hops
        hit = np.zeros(key.size, dtype=bool)
        hit[owner[good]] = True
        self.walked.append((whose[good], link[good], level_of[good]))
        chosen = np.zeros(self.targets.size, dtype=bool)
        chosen[whose[good]] = True
        for level, (front, first, count) in enumerate(fronts):
            mine = chosen[front // n]
            link, owner = spans(first[mine], count[mine])
            self.walked.append(((front[mine] // n)[owner], link, np.full(link.size, level, dtype=np.uint8)))
        return hit

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

    def _useful(self, wanted: IntArray, hop: ByteArray) -> tuple[IntArray, IntArray, ByteArray, ByteArray]:
        """Links on a way of at most `hops` from a receiver to a key that is wanted; number, link, level, need."""
        n = self.links.n
        chosen = np.zeros(self.targets.size, dtype=bool)
        chosen[wanted // n] = True
        parts = [tuple(column[chosen[one[0]]] for column in one) for one in self.walked]
        whose, link, level = (np.concatenate([part[k] for part in parts]) for k in range(3))
        _, once = np.unique(whose * self.links.giver.size + link, return_index=True)
        whose, link, level = whose[once], link[once], level[once]
        keys, place = np.unique(
            np.concatenate((whose * n + self.links.giver[link], whose * n + self.links.taker[link])),
            return_inverse=True,
        )
        source, sink = place[: link.size], place[link.size :]
        need = np.full(keys.size, FAR, dtype=np.uint8)
        np.minimum.at(need, np.searchsorted(keys, wanted), hop)
        for back in range(self.hops):
            need[source[(need[sink] == back) & (need[source] > back + 1)]] = back + 1
        kept = np.flatnonzero(level + 1 + need[sink] <= self.hops)
        order = kept[np.argsort(keys[source[kept]], kind="stable")]
        return whose[order], link[order], level[order], need[sink[order]]
