"""Breadth-first search over value flows, many searches at once, level by level, in arrays.

A search starts at the receiver of a referral and follows flows whose period is at most a window from the referral's.
Up to 64 searches of one receiver go together: each is a bit of a word, and one step moves all of them.
Everything here is numbers: entities by their row, days as whole numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]

FOREVER = 1 << 40
"""A day before which, or after which, nothing is: an open end."""
ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


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
        by = stable_order(giver, n)
        start = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(np.bincount(giver, minlength=n), out=start[1:])
        return cls(n, start, giver[by], taker[by], low[by], high[by], number[by])

    def out_of(self, nodes: Ints) -> tuple[Ints, Ints]:
        """Every flow out of each of some entities: position in `nodes`, and flow. O(flows found)."""
        first, degree = self.start[nodes], self.start[nodes + 1] - self.start[nodes]
        at = np.repeat(np.arange(nodes.size, dtype=np.int64), degree)
        offset = first - (np.cumsum(degree) - degree)
        return at, np.arange(at.size, dtype=np.int64) + offset[at]

    @cached_property
    def back(self) -> "Edges":
        """The same flows, sorted by taker, from taker to giver."""
        return Edges.of(self.n, self.taker, self.giver, self.low, self.high, self.number)

    @cached_property
    def first_days(self) -> tuple[Ints, Ints]:
        """The different first days, sorted, and which of them each flow has."""
        return np.unique(self.low, return_inverse=True)

    @cached_property
    def last_days(self) -> tuple[Ints, Ints]:
        """The different last days, sorted, and which of them each flow has."""
        return np.unique(self.high, return_inverse=True)

    def walks(self, hops: int) -> NDArray[np.float64]:
        """Flows that a search from each entity may touch at one level, whenever they flow. O(flows x hops)."""
        ways: NDArray[np.float64] = np.ones(self.n)
        most: NDArray[np.float64] = np.zeros(self.n)
        for _ in range(hops):
            ways = np.bincount(self.giver, weights=ways[self.taker], minlength=self.n).astype(np.float64)
            most = np.maximum(most, ways)
        return np.minimum(most, float(self.giver.size))


def stable_order(values: Ints, n: int) -> Ints:
    """Places of numbers below `n` in rising order, equal ones by their place. O(values x log)."""
    many = max(1, values.size)
    if n > np.iinfo(np.int64).max // many:
        return np.argsort(values, kind="stable")
    made = values.astype(np.int64) * many
    made += np.arange(values.size, dtype=np.int64)
    made.sort()  # all differ, so that the fastest way to sort is stable, too
    made %= many
    return made


@dataclass(frozen=True)
class Searches:
    """Where searches start, and the days that flows must touch. Those of one group start at one entity.

    Attributes:
        root: entity at which each group starts.
        first: where the searches of each group begin (groups + 1); at most 64 of them are in one.
        low, high: of each search; a flow counts where it begins by `high` and ends at `low` or later.
        after: with `--timing after`, the first day on which a dated flow may begin; -FOREVER otherwise.
    """

    root: Ints
    first: Ints
    low: Ints
    high: Ints
    after: Ints

    def part(self, start: int, end: int) -> "Searches":
        """Groups start up to end."""
        a, b = int(self.first[start]), int(self.first[end])
        return Searches(
            self.root[start:end], self.first[start : end + 1] - a, self.low[a:b], self.high[a:b], self.after[a:b]
        )

    @cached_property
    def place(self) -> tuple[Ints, Words]:
        """Group of each search, and its bit there."""
        group = np.repeat(np.arange(self.root.size, dtype=np.int64), np.diff(self.first))
        number = np.arange(self.low.size, dtype=np.int64) - self.first[group]
        return group, np.left_shift(np.uint64(1), number.astype(np.uint64))


class _Rising:
    """For each group and day the searches that count from a day of their own on, as bits.

    A byte for a group and day says how many they are, and a word for a group and number says which: so the larger
    table stays small. Memory O(groups x days) bytes.
    """

    def __init__(self, groups: int, days: int, searches: "Searches", since: Ints) -> None:
        group, bit = searches.place
        self._groups = groups
        table = np.zeros((days + 1, groups), dtype=np.uint8)  # the last day stands for never
        np.add.at(table.reshape(-1), since * groups + group, np.uint8(1))
        for day in range(1, days):  # row by row is many times faster than `accumulate`
            table[day] += table[day - 1]
        self._count = table.reshape(-1)
        self._width = int(np.diff(searches.first).max(initial=0)) + 1
        order = np.lexsort((since, group))
        number = np.arange(order.size, dtype=np.int64) - searches.first[group]
        words = np.zeros((groups, self._width), dtype=np.uint64)
        words[group, number + 1] = bit[order]
        np.bitwise_or.accumulate(words, axis=1, out=words)
        self._words = words.ravel()

    def at(self, group: Ints, day: Ints) -> Words:
        """Bits of the searches of each group that count on each day."""
        found: Words = self._words[group * self._width + self._count[day * self._groups + group]]
        return found


class Touch:
    """Which searches of a group a flow touches, by its first and last day. Memory O(groups x different days)."""

    def __init__(self, edges: Edges, searches: Searches) -> None:
        many = searches.root.size
        begins, ends = edges.first_days[0], edges.last_days[0]
        self._over = _Rising(many, begins.size, searches, np.searchsorted(begins, searches.high, "right"))
        self._begun = _Rising(many, ends.size, searches, np.searchsorted(ends, searches.low, "left"))
        self._late: _Rising | None = None
        if (searches.after > -FOREVER).any():
            self._late = _Rising(many, begins.size, searches, np.searchsorted(begins, searches.after, "left"))

    def __call__(self, edges: Edges, group: Ints, edge: Ints) -> Words:
        """Bits of the searches of each group that each flow touches. O(flows)."""
        first = edges.first_days[1][edge]
        word = self._begun.at(group, edges.last_days[1][edge]) & ~self._over.at(group, first)
        if self._late is not None:
            # what stands since before may still go on; a payment must begin after
            word &= np.where(edges.high[edge] >= FOREVER, ALL, self._late.at(group, first))
        return word


@dataclass(frozen=True)
class Level:
    """What searches reached at one depth: group x n + entity, sorted, and the bits of the searches."""

    key: Ints
    word: Words

    def at(self, key: Ints) -> Words:
        """Bits of the searches that reached each of some keys here. O(keys x log level)."""
        if not self.key.size:
            return np.zeros(key.size, dtype=np.uint64)
        place = np.searchsorted(self.key, key)
        place[place == self.key.size] = 0
        return np.where(self.key[place] == key, self.word[place], np.uint64(0))


@dataclass(frozen=True)
class Reached:
    """What the searches of some groups reached, level by level; each search an entity once, at its least depth.

    Attributes:
        levels: the root first.
        cut: for each group the bits of the searches that the budget ended.
    """

    edges: Edges
    searches: Searches
    touch: Touch
    levels: list[Level]
    cut: Words

    def beyond(self, group: Ints, bit: Words, node: Ints) -> Bools:
        """Whether one flow more leads each search from the last level to an entity. O(flows into the entities)."""
        back, n = self.edges.back, self.edges.n
        found = np.zeros(node.size, dtype=np.bool_)
        for at, edge in _slices(back, node):
            word = self.levels[-1].at(group[at] * n + back.taker[edge]) & bit[at] & ~self.cut[group[at]]
            some = np.flatnonzero(word)  # the other table is looked up for these few only
            word = word[some] & self.touch(back, group[at[some]], edge[some])
            found[at[some[word != 0]]] = True
        return found

    def paths(self, group: Ints, bit: Words, node: Ints, depth: Ints) -> Ints:
        """Numbers of the flows on the shortest path to each entity, one row a path, filled up with -1.

        Of several flows into one entity the first in the order of the input. O(flows into the entities passed).
        """
        back, n = self.edges.back, self.edges.n
        width = int(depth.max()) if depth.size else 0
        made = np.full((node.size, width), -1, dtype=np.int64)
        node = node.copy()
        giver = np.empty(int(self.edges.number.max(initial=-1)) + 1, dtype=np.int64)
        giver[self.edges.number] = self.edges.giver
        none = np.iinfo(np.int64).max
        for step in range(width, 0, -1):
            todo = np.flatnonzero(depth >= step)
            who, where = group[todo], bit[todo]
            least = np.full(todo.size, none, dtype=np.int64)
            for at, edge in _slices(back, node[todo]):
                word = self.levels[step - 1].at(who[at] * n + back.taker[edge]) & where[at]
                some = np.flatnonzero(word)
                some = some[(word[some] & self.touch(back, who[at[some]], edge[some])) != 0]
                np.minimum.at(least, at[some], back.number[edge[some]])
            made[todo, step - 1] = least
            node[todo] = giver[least]
        return made


SLICE = 4_000_000
"""Flows that are looked at together, so that memory stays bounded."""


def _slices(back: Edges, node: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Flows into entities as `Edges.out_of` gives them, some at a time."""
    ends = np.cumsum(back.start[node + 1] - back.start[node])
    first = 0
    while first < node.size:
        before = int(ends[first - 1]) if first else 0
        last = max(first + 1, int(np.searchsorted(ends, before + SLICE, "right")))
        at, edge = back.out_of(node[first:last])
        yield at + first, edge
        first = last


def search(edges: Edges, searches: Searches, hops: int, budget: int, near: NDArray[np.int8], beyond: int) -> Reached:
    """Follow flows from every root, up to `hops` of them.

    Args:
        edges: the flows.
        searches: where and when.
        hops: flows, at most.
        budget: entities that one search may reach; one that has more is cut there, and says so.
        near: flows from each entity to the nearest that anybody looks for; what is too far is not followed.
        beyond: flows that may follow after `hops`.

    Complexity: O(flows touched x log), memory O(flows touched at one level + pairs reached).
    """
    n, many = edges.n, searches.root.size
    touch = Touch(edges, searches)
    key = np.arange(many, dtype=np.int64) * n + searches.root
    word = ALL >> (64 - np.diff(searches.first)).astype(np.uint64)
    levels = [Level(key, word)]
    cut = np.zeros(many, dtype=np.uint64)
    count = np.ones(many, dtype=np.int64)
    for depth in range(1, hops + 1):
        group, node = np.divmod(key, n)
        at, edge = edges.out_of(node)
        taker = edges.taker[edge]
        ok = np.flatnonzero((near[taker] <= hops + beyond - depth) & (taker != searches.root[group][at]))
        at, edge = at[ok], edge[ok]
        made = word[at] & touch(edges, group[at], edge)
        ok = np.flatnonzero(made)
        made, key = made[ok], (group * n)[at[ok]] + edges.taker[edge[ok]]
        key, made = _merged(key, made)
        for level in levels[1:]:  # the root is left out above
            made &= ~level.at(key)
        ok = np.flatnonzero(made)
        key, made = key[ok], made[ok]
        levels.append(Level(key, made))
        if not key.size:
            break
        group = key // n
        count += np.bincount(group, minlength=many)
        if (count > budget).any():
            cut |= _over(levels, n, count > budget, budget)
            made = made & ~cut[group]
            ok = np.flatnonzero(made)
            key, made = key[ok], made[ok]
        word = made
    while len(levels) <= hops:
        levels.append(Level(key[:0], word[:0]))
    return Reached(edges, searches, touch, levels, cut)


def _merged(key: Ints, word: Words) -> tuple[Ints, Words]:
    """Different keys, sorted, with the bits of each. O(keys x log)."""
    if not key.size:
        return key, word
    order = np.argsort(key)
    key, word = key[order], word[order]
    first = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    return key[first], np.bitwise_or.reduceat(word, first)


def _over(levels: list[Level], n: int, groups: Bools, budget: int) -> Words:
    """Bits of the searches, in some groups, that reached more than `budget` entities. O(reached in these groups)."""
    many = groups.size
    count = np.zeros((many, 64), dtype=np.int64)
    for level in levels:
        group = level.key // n
        some = np.flatnonzero(groups[group])
        for bit in range(64):
            has = (level.word[some] >> np.uint64(bit)) & np.uint64(1)
            count[:, bit] += np.bincount(group[some], weights=has, minlength=many).astype(np.int64)
    bits = np.left_shift(np.uint64(1), np.arange(64, dtype=np.uint64))
    over: Words = np.bitwise_or.reduce(np.where(count > budget, bits, np.uint64(0)), axis=1)
    return over


class Distance:
    """Flows from each entity to the nearest of some targets, as far as it has been looked for; FAR beyond that.

    One backward search from all targets at once, a level whenever it is asked for. O(entities), then O(flows reached).
    """

    FAR = 127

    def __init__(self, edges: Edges, targets: Ints) -> None:
        self.far = np.full(edges.n, self.FAR, dtype=np.int8)
        self.far[targets] = 0
        self._place = np.empty(edges.n, dtype=np.int64)
        self._back, self._front, self._depth = edges.back, targets, 0

    def up_to(self, depth: int) -> NDArray[np.int8]:
        """Distances up to `depth`."""
        while self._depth < depth and self._front.size:
            self._depth += 1
            giver = self._back.taker[self._back.out_of(self._front)[1]]
            giver = giver[self.far[giver] == self.FAR]
            self.far[giver] = self._depth
            place = np.arange(giver.size)
            self._place[giver] = place  # the last of several that are alike stands for them
            self._front = giver[self._place[giver] == place]
        return self.far


def distance_to(edges: Edges, targets: Bools, hops: int) -> NDArray[np.int8]:
    """Flows from each entity to the nearest of `targets`, at most `hops`; hops + 1 where it is farther. O(flows)."""
    far = Distance(edges, np.flatnonzero(targets)).up_to(hops)
    return np.minimum(far, np.int8(hops + 1))
