"""The search in time: from a receiver along the links that are of use to it, once for each period of referrals.

Of the parallel flows of a link it is enough to know whether one meets the window, that is, begins by its last day and
ends on its first day or later. The flows of a link are sorted by their first day, with the latest last day so far
beside each, so that one look-up answers it, however many they are.
"""

from dataclasses import dataclass

import numpy as np

from ownergraph.analysis.returns_ball import BoolArray, ByteArray, IntArray, Links, Useful, among, spans
from ownergraph.analysis.returns_search import FOREVER

_WIDE = 1 << 32


@dataclass(frozen=True)
class Reached:
    """What searches reached, sorted by search and entity; each pair once, at its least depth.

    Attributes:
        search, node: the pair.
        depth: flows from the receiver; the receiver itself is at 0.
        link: the last link of the shortest way to it (-1 at the receiver), as `Timed` numbers them.
        before: the position of the pair before it on that way (-1 at the receiver).
        side: row of the caller's sides where the way ends, for searches against the flows.
        n: entities.
    """

    search: IntArray
    node: IntArray
    depth: IntArray
    link: IntArray
    before: IntArray
    side: IntArray
    n: int

    def find(self, search: IntArray, node: IntArray) -> IntArray:
        """Position of each pair; -1 where it was not reached, or is the receiver. O(pairs x log reached)."""
        keys = self.search * self.n + self.node
        wanted = search * self.n + node
        if not keys.size:
            return np.full(wanted.size, -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
        return np.where((keys[at] == wanted) & (self.depth[at] > 0), at, -1)

    def ways(self, at: IntArray, hops: int, *, back: bool) -> IntArray:
        """Links of the way to each position in the order of the flows, shape (positions, hops); -1 is none.

        Args:
            at: positions.
            hops: flows on a way, at most.
            back: the search went against the flows.
        """
        made = np.full((at.size, hops), -1, dtype=np.int64)
        for column in range(hops) if back else range(hops - 1, -1, -1):
            made[:, column] = self.link[at]
            at = np.where(self.before[at] >= 0, self.before[at], at)
        return made


@dataclass(frozen=True)
class Searches:
    """Where searches start, sorted by receiver, and the days that flows must meet; equally long arrays.

    Attributes:
        receiver: where each starts.
        low, high: a flow counts where it begins by `high` and reaches `low`.
    """

    receiver: IntArray
    low: IntArray
    high: IntArray

    def part(self, chosen: IntArray) -> "Searches":
        """Some of them."""
        return Searches(self.receiver[chosen], self.low[chosen], self.high[chosen])


class Timed:
    """Value flows on links that are of use.

    Args:
        links: all links.
        useful: which of them are of use to which receiver.
        giver, taker: entities of all flows.
        first, last: the day on which each flow begins, and the last on which it counts; `FOREVER` either way.
    """

    def __init__(
        self, links: Links, useful: Useful, giver: IntArray, taker: IntArray, first: IntArray, last: IntArray
    ) -> None:
        self.n = links.n
        kept, self.link = np.unique(useful.edge, return_inverse=True)
        giving, taking = links.giver[kept].astype(np.int64), links.taker[kept].astype(np.int64)
        keys = giving * self.n + taking
        pair = np.multiply(giver, self.n, dtype=np.int64) + taker
        part = np.flatnonzero(among(pair, keys))
        place = np.searchsorted(keys, pair[part])
        order = np.lexsort((part, first[part], place))
        self.flow, of = part[order], place[order]
        self.first, self.last = first[self.flow], last[self.flow]
        self.start = np.searchsorted(of, np.arange(kept.size + 1))
        self.day = of * _WIDE + self.first + FOREVER
        self.latest = np.maximum.accumulate(of * _WIDE + self.last + FOREVER) - of * _WIDE - FOREVER
        self.rank = np.minimum.reduceat(self.flow, self.start[:-1]) if kept.size else kept
        self.giver, self.taker = giving, taking
        self.key = useful.receiver * self.n + giving[self.link]
        self.need = useful.need.astype(np.int64)
        into = useful.receiver * self.n + taking[self.link]
        back = np.argsort(into, kind="stable")
        self.back_key, self.back_link = into[back], self.link[back]
        self.back_level = useful.level[back].astype(np.int64)

    def meets(self, link: IntArray, low: IntArray, high: IntArray) -> BoolArray:
        """Whether some flow of each link begins by `high` and reaches `low`. O(links x log flows)."""
        at = np.searchsorted(self.day, link * _WIDE + high + FOREVER, side="right") - 1
        inside = at >= self.start[link]
        met: BoolArray = inside & (self.latest[np.where(inside, at, 0)] >= low)
        return met

    def earliest(self, link: IntArray, low: IntArray, high: IntArray) -> IntArray:
        """The first flow, in the order of the input, of each link that meets its window; there is one."""
        place, owner = spans(self.start[link], np.diff(self.start)[link])
        ok = (self.first[place] <= high[owner]) & (self.last[place] >= low[owner])
        place, owner = place[ok], owner[ok]
        heads = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if owner.size else owner
        return np.asarray(np.minimum.reduceat(self.flow[place], heads) if owner.size else owner, dtype=np.int64)

    def search(self, starts: Searches, hops: int) -> Reached:
        """Follow flows from every receiver, level by level. O(links followed x log)."""
        n, many = self.n, starts.receiver.size
        number = np.arange(many)
        none = np.full(many, -1, dtype=np.int64)
        levels = [(number * n + starts.receiver, np.zeros(many, dtype=np.int64), none, none)]
        seen = front = levels[0][0]
        front_at, base = number, many
        for depth in range(1, hops + 1):
            who, node = np.divmod(front, n)
            asked = starts.receiver[who] * n + node
            first = np.searchsorted(self.key, asked)
            row, owner = spans(first, np.searchsorted(self.key, asked, side="right") - first)
            near = self.need[row] <= hops - depth
            row, owner = row[near], owner[near]
            key = who[owner] * n + self.taker[self.link[row]]
            new = seen[np.minimum(np.searchsorted(seen, key), seen.size - 1)] != key
            row, owner, key = row[new], owner[new], key[new]
            link, search = self.link[row], who[owner]
            met = self.meets(link, starts.low[search], starts.high[search])
            link, owner, key = link[met], owner[met], key[met]
            if not key.size:
                break
            order = np.lexsort((self.rank[link], key))  # of several ways the one whose flow comes first in the input
            ordered = key[order]
            pick = order[np.r_[True, ordered[1:] != ordered[:-1]]]
            front = key[pick]
            levels.append((front, np.full(front.size, depth), link[pick], front_at[owner[pick]]))
            front_at = base + np.arange(front.size)
            base += front.size
            if depth < hops:
                seen = np.concatenate((seen, front))
                seen.sort()
        key, depths, links, before = (np.concatenate([level[k] for level in levels]) for k in range(4))
        order = np.argsort(key, kind="stable")
        place = np.empty(order.size, dtype=np.int64)
        place[order] = np.arange(order.size)
        who, node = np.divmod(key[order], n)
        before = np.where(before[order] >= 0, place[before[order]], -1)
        return Reached(who, node, depths[order], links[order], before, np.full(who.size, -1), n)

    def search_back(self, starts: Searches, ends: "Ends", hops: int, limit: int) -> Reached | None:
        """Follow flows back from the side of each referrer to the receiver; None where it is more than `limit`.

        The way to the receiver is the shortest, and of those the one whose end is nearest. O(links followed x log).
        """
        n = self.n
        key = ends.search * n + ends.party
        levels: list[tuple[IntArray, IntArray, IntArray, IntArray, IntArray]] = []
        none = np.empty(0, dtype=np.int64)
        seen = fresh = link = before = side = none
        open_ = np.ones(starts.receiver.size, dtype=np.bool_)
        base = followed = 0
        for depth in range(hops + 1):
            begun = ends.hop == depth
            fresh = np.concatenate((fresh, key[begun]))
            side = np.concatenate((side, ends.side[begun]))
            link, before = (np.concatenate((one, np.full(int(begun.sum()), -1))) for one in (link, before))
            if seen.size:
                new = seen[np.minimum(np.searchsorted(seen, fresh), seen.size - 1)] != fresh
                fresh, link, before, side = fresh[new], link[new], before[new], side[new]
            order = np.lexsort((np.where(link >= 0, self.rank[link], -1), side, ends.rank[side], fresh))
            ordered = fresh[order]
            pick = order[np.r_[True, ordered[1:] != ordered[:-1]]] if order.size else order
            front, link, before, side = fresh[pick], link[pick], before[pick], side[pick]
            levels.append((front, np.full(front.size, depth), link, before, side))
            at = base + np.arange(front.size)
            base += front.size
            if depth == hops:
                break
            seen = np.concatenate((seen, front))
            seen.sort()
            who, node = np.divmod(front, n)
            open_[who[node == starts.receiver[who]]] = False
            going = np.flatnonzero(open_[who])
            asked = starts.receiver[who[going]] * n + node[going]
            first = np.searchsorted(self.back_key, asked)
            count = np.searchsorted(self.back_key, asked, side="right") - first
            followed += int(count.sum())
            if followed > limit and starts.receiver.size > 1:
                return None
            row, owner = spans(first, count)
            owner = going[owner]
            near = self.back_level[row] + depth + 1 <= hops
            link, owner = self.back_link[row[near]], owner[near]
            met = self.meets(link, starts.low[who[owner]], starts.high[who[owner]])
            link, owner = link[met], owner[met]
            fresh, before, side = who[owner] * n + self.giver[link], at[owner], side[owner]
        parts = [np.concatenate([level[k] for level in levels]) for k in range(5)]
        order = np.argsort(parts[0], kind="stable")
        place = np.empty(order.size, dtype=np.int64)
        place[order] = np.arange(order.size)
        who, node = np.divmod(parts[0][order], n)
        before = parts[3][order]
        before = np.where(before >= 0, place[before], -1)
        return Reached(who, node, parts[1][order], parts[2][order], before, parts[4][order], n)


@dataclass(frozen=True)
class Ends:
    """Parties on the side of each referrer, from which searches go back; equally long arrays but for `rank`.

    Attributes:
        search: number of the search.
        party: the entity.
        hop: 0 for the referrer itself, 1 for others.
        side: row of the caller's sides, -1 for the referrer itself.
        rank: how near each side is, by row; the last is the referrer itself.
    """

    search: IntArray
    party: IntArray
    hop: ByteArray
    side: IntArray
    rank: IntArray
