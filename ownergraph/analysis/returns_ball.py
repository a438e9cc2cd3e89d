"""What value can reach from the receiver of a referral, whatever the time: the step that leaves few referrals over.

Value flows are merged to links, one a giver and taker. From every receiver that somebody refers to they are followed
level by level, many receivers at once; only those whose ball holds a party on the side of one of their own referrers
stay. Of their balls only the links are kept that lie on a way, short enough, from the receiver to such a party.
"""

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
BLOCK = 1 << 16
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


class Back(NamedTuple):
    """Rows of `Links` by taker: `start` are the positions of each taker in `link`, shape (n + 1,)."""

    link: IntArray
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
        level: flows from the receiver to the edge's giver, at least, shape (rows,).
        need: hops from the edge's taker to the referrer, attribution included, at least, shape (rows,).
        pairs: receiver * n + referrer that are left, sorted.
        truncated: receivers whose ball was cut at the budget, sorted.
        followed: edges that were followed in all.
    """

    receiver: IntArray
    edge: IntArray
    level: ByteArray
    need: ByteArray
    pairs: IntArray
    truncated: IntArray
    followed: int


def merged(giver: npt.NDArray[np.integer], taker: npt.NDArray[np.integer], n: int) -> Links:
    """Links of value flows. O(flows log flows)."""
    key = np.multiply(giver, n, dtype=np.int64) + taker
    key = distinct(key)
    first = key // n
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(first, minlength=n), out=start[1:])
    return Links(n, first.astype(np.int32), (key - first * n).astype(np.int32), start)


def reversed_(links: Links) -> Back:
    """The links by taker. O(links log links)."""
    start = np.zeros(links.n + 1, dtype=np.int64)
    np.cumsum(np.bincount(links.taker, minlength=links.n), out=start[1:])
    return Back(np.argsort(links.taker, kind="stable"), start)


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


def distinct(key: IntArray) -> IntArray:
    """Sorted, each once; by sorting, which is many times faster than numpy's hashing where most are distinct."""
    key = np.sort(key)
    return key[np.r_[True, key[1:] != key[:-1]]] if key.size else key


class Table:
    """Which keys may be looked for: one byte a hash, no false negatives."""

    def __init__(self, size: int) -> None:
        bits = max(10, int(16 * max(size, 1) - 1).bit_length())
        self.shift = np.uint64(64 - bits)
        self.cells = np.zeros(1 << bits, dtype=np.uint8)
        self.highest = 0

    def places(self, key: IntArray) -> npt.NDArray[np.uint64]:
        """Cell of each key."""
        return (key.view(np.uint64) * _MIX) >> self.shift

    def add(self, key: IntArray, flag: int) -> None:
        """Add keys under a flag; flags that are higher come first."""
        at = self.places(key)
        self.cells[at] = self.cells[at] | flag if flag < self.highest else flag
        self.highest = max(self.highest, flag)

    def get(self, key: IntArray) -> ByteArray:
        """Flags of each key."""
        return self.cells[self.places(key)]


def among(key: IntArray, wanted: IntArray) -> BoolArray:
    """Whether each key is one of `wanted` (sorted, few). O(keys), by a hash, then exactly."""
    table = Table(wanted.size)
    table.add(wanted, 1)
    found: BoolArray = table.get(key) > 0
    at = np.flatnonzero(found)
    place = np.minimum(np.searchsorted(wanted, key[at]), max(wanted.size - 1, 0))
    found[at] = wanted[place] == key[at] if wanted.size else False
    return found


def walks(links: Links, hops: int) -> npt.NDArray[np.float64]:
    """Walks of exactly `hops` flows from each node, (n,): no fewer than a search follows on its last level."""
    many = np.ones(links.n)
    some = np.flatnonzero(links.start[1:] > links.start[:-1])
    for _ in range(hops if some.size else 0):
        step = np.zeros(links.n)
        step[some] = np.add.reduceat(many[links.taker], links.start[some])
        many = step
    return many


def in_sorted(key: IntArray, ordered: IntArray) -> BoolArray:
    """Whether each key is one of the sorted ones."""
    if not ordered.size:
        return np.zeros(key.size, dtype=np.bool_)
    place = np.minimum(np.searchsorted(ordered, key), ordered.size - 1)
    return np.asarray(ordered[place] == key, dtype=np.bool_)


def merge(one: IntArray, other: IntArray) -> IntArray:
    """Both, sorted."""
    both = np.concatenate((one, other))
    both.sort()
    return both
