"""Order and rings of an ownership graph: levels, strongly connected components, exact ring algebra.

Everything here works on plain arrays. A *holding* is a row ``holder -> company``. A *ring* is a strongly connected
component of two or more entities, or a single company holding some of its own shares.

Three tools:

* :func:`levels` orders companies so that each one comes after all its holders, rings taken as one unit;
* :func:`fundamental` inverts ``I - W`` of a ring without a single subtraction, so a ring that keeps 99.9999 % of its
  shares inside is as accurate as any other;
* :meth:`Rings.greatest` finds the largest stake that any completion of interval shares allows inside a ring.

References:
    Grassmann, Taksar, Heyman, "Regenerative analysis and steady state distributions for Markov chains", Operations
    Research 33(5), 1985 (elimination without subtraction). O'Cinneide, "Entrywise perturbation theory and error
    analysis for Markov chains", Numerische Mathematik 65, 1993 (its entrywise accuracy). Givan, Leach, Dean,
    "Bounded-parameter Markov decision processes", Artificial Intelligence 122, 2000 (interval rows, greedy step).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ownergraph.analysis.keys import BoolArray, IntArray, in_order, sorted_order

FloatArray = npt.NDArray[np.float64]

MAX_POLICIES = 200
"""Policy improvements tried for one holder in one ring before falling back to a sound, looser bound."""
STRICT = 1e-12
"""Relative gain below which a policy is not replaced: below the rounding of the solve."""
SUBTRACTION_FREE = 96
"""Members up to which a single solve avoids subtraction; above it LAPACK is used (condition up to 1e6 x members)."""


def spans(start: IntArray, count: IntArray) -> IntArray:
    """Concatenate ``arange(start[i], start[i] + count[i])`` for all i.

    Args:
        start: First position of each span, shape (k,).
        count: Length of each span, shape (k,).

    Returns:
        Positions, shape (sum of count,).
    """
    total = int(count.sum())
    if not total:
        return np.empty(0, np.int64)
    ends = np.cumsum(count)
    return np.arange(total, dtype=np.int64) + np.repeat(start - ends + count, count)


def heads(values: npt.NDArray[np.generic]) -> IntArray:
    """First position of each run of equal values."""
    change = np.ones(values.size, np.bool_)
    np.not_equal(values[1:], values[:-1], out=change[1:])
    return np.flatnonzero(change)


def distinct(values: IntArray) -> IntArray:
    """Sorted distinct values, by sorting (hashing is ten times slower on arrays of this kind)."""
    values = in_order(values)
    return values[heads(values)]


@dataclass(frozen=True, slots=True)
class Level:
    """Companies that can be worked on together, once all earlier levels are done.

    Attributes:
        singles: Companies outside any ring, shape (k,).
        rings: Members of each ring of this level, ascending ids.
    """

    singles: IntArray
    rings: tuple[IntArray, ...] = ()


def _peel(n: int, source: IntArray, target: IntArray, nodes: IntArray) -> tuple[list[IntArray], BoolArray]:
    """Kahn's order by levels: (levels, mask of nodes that sit on or after a cycle). O(nodes + edges)."""
    waiting = np.bincount(target, minlength=n)
    left = np.zeros(n, np.bool_)
    left[nodes] = True
    target = target[sorted_order(source)]
    count = np.bincount(source, minlength=n)
    start = np.cumsum(count) - count
    front = nodes[waiting[nodes] == 0]
    found: list[IntArray] = []
    while front.size:
        found.append(front)
        left[front] = False
        reached = target[spans(start[front], count[front])]
        np.subtract.at(waiting, reached, 1)
        front = distinct(reached[waiting[reached] == 0])
    return found, left


def levels(n: int, holder: IntArray, company: IntArray) -> list[Level]:
    """Order the companies of a graph; holders that nobody holds belong to no level.

    Args:
        n: Number of entities.
        holder: Holder of each row, shape (m,).
        company: Company of each row, shape (m,).

    Returns:
        Levels, holders first. Complexity O(n + m); components are only searched for where a cycle is left over, and
        scipy is loaded only then.
    """
    left = np.zeros(n, np.bool_)
    left[company] = True
    inner = left[holder]
    source, target = holder[inner], company[inner]
    order: list[Level] = []
    while source.size:  # whole passes while they shed most rows: wide and shallow graphs end here
        entered = np.zeros(n, np.bool_)
        entered[target] = True
        kept = entered[source]
        if 4 * np.count_nonzero(kept) > 3 * source.size:
            break
        order.append(Level(np.flatnonzero(left & ~entered)))
        left, source, target = entered, source[kept], target[kept]
    peeled, left = _peel(n, source, target, np.flatnonzero(left))
    order += [Level(front) for front in peeled]
    rest = np.flatnonzero(left)
    return order + _condensed(rest, source, target, left) if rest.size else order


def _condensed(rest: IntArray, source: IntArray, target: IntArray, left: BoolArray) -> list[Level]:
    """Levels of the part that holds cycles, one unit a strongly connected component."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    place = np.full(left.shape[0], -1, np.int64)
    place[rest] = np.arange(rest.size)
    both = left[source] & left[target]
    source, target = place[source[both]], place[target[both]]
    links = csr_array((np.ones(source.size, np.int8), (source, target)), shape=(rest.size, rest.size))
    parts, label = connected_components(links, directed=True, connection="strong")
    label = label.astype(np.int64)
    across = label[source] != label[target]
    order, _ = _peel(parts, label[source[across]], label[target[across]], np.arange(parts, dtype=np.int64))
    by_part = np.argsort(label, kind="stable")
    size = np.bincount(label, minlength=parts)
    first = np.cumsum(size) - size
    ring = size > 1
    ring[label[source[source == target]]] = True
    found = []
    for front in order:
        plain = front[~ring[front]]
        rings = tuple(rest[by_part[first[c] : first[c] + size[c]]] for c in front[ring[front]])
        found.append(Level(rest[by_part[first[plain]]], rings))
    return found


def fundamental(inside: FloatArray, leak: FloatArray) -> FloatArray:
    """Inverse of ``I - inside`` from its off-diagonal entries and row leaks, without subtraction.

    Block elimination: with the members split into P and R, the inverse U of the P block, and the reduced R block
    ``inside_RR + inside_RP U inside_PR`` whose leak is ``leak_R + inside_RP U leak_P``, every quantity is a sum of
    products of non-negative numbers, so no digits cancel however small the leaks are. Diagonal entries (self-held
    shares) need not be read: the leak already tells what remains.

    Args:
        inside: ``inside[j, k]`` is the fraction of member j held by member k, shape (..., s, s), non-negative.
        leak: ``1 - inside[j].sum()``, computed exactly by the caller, shape (..., s); not all zero in any ring.

    Returns:
        ``inverse[j, k]``: total weight of walks from k to j inside the ring, shape (..., s, s). O(s^3) time by matrix
        products, O(s^2) memory.
    """
    size = leak.shape[-1]
    if size == 1:
        return 1.0 / leak[..., None]
    p, r = slice(size // 2), slice(size // 2, size)
    pr, rp = inside[..., p, r], inside[..., r, p]
    upper = fundamental(inside[..., p, p], leak[..., p] + pr.sum(-1))
    through = rp @ upper
    lower_leak = leak[..., r] + (through @ leak[..., p, None])[..., 0]
    out = np.empty_like(inside)
    lower = fundamental(inside[..., r, r] + through @ pr, lower_leak)
    out[..., r, r] = lower
    out[..., r, p] = lower @ through
    out[..., p, r] = upper @ pr @ lower
    out[..., p, p] = upper + out[..., p, r] @ through
    return out


@dataclass(frozen=True, slots=True)
class Rings:
    """Rows of several rings of one size, laid side by side, in local ids.

    Member k of ring r is r * size + k; outside holders have higher ids, in any way the caller likes.

    Attributes:
        count: Number of rings.
        size: Number of members s of each.
        company: Member of each row, shape (m,).
        holder: Holder of each row, shape (m,).
        low: Millionths certainly held, shape (m,).
        room: Millionths that may be held on top, shape (m,).
        slack: Millionths of each member that nobody certainly holds, shape (count * s,).
        total: Millionths of each member that count, shape (count * s,).
    """

    count: int
    size: int
    company: IntArray
    holder: IntArray
    low: IntArray
    room: IntArray
    slack: IntArray
    total: IntArray

    def fill(self, order: FloatArray) -> IntArray:
        """Give each member's slack to its holders, highest ``order`` first (greedy, optimal: a fractional knapsack).

        Args:
            order: Rank value of every local id.

        Returns:
            Millionths of every row, shape (m,).
        """
        rank = np.lexsort((-order[self.holder], self.company))
        room = self.room[rank]
        used = np.cumsum(room) - room
        owner = self.company[rank]
        head = heads(owner)
        used -= np.repeat(used[head], np.diff(np.append(head, owner.size)))
        out = np.empty_like(self.low)
        out[rank] = self.low[rank] + np.clip(self.slack[owner] - used, 0, room)
        return out

    def apply(self, rows: IntArray, value: FloatArray) -> FloatArray:
        """One step: the members' stakes, given the millionths of every row and the stakes of all local ids."""
        return np.bincount(self.company, rows * value[self.holder], self.slack.size) / self.total

    def solve(self, rows: IntArray, value: FloatArray, fixed: BoolArray) -> FloatArray:
        """Members' stakes when the rows are ``rows``; stakes outside and of ``fixed`` members come from ``value``."""
        members = self.slack.size
        inner = self.holder < members
        known = np.where(fixed, value[:members], self.apply(np.where(inner, 0, rows), value))
        seen = self._reached(rows, known > 0)
        inside = np.zeros((members, self.size))
        np.add.at(inside, (self.company[inner], self.holder[inner] % self.size), rows[inner])
        leak = (self.total - inside.sum(1)) / self.total
        inside /= self.total[:, None]
        free = seen & ~fixed  # members without a stake hold nothing back: cut off, they are no closed class
        inside[~free], leak[~free], known[~seen] = 0.0, 1.0, 0.0
        shape = (self.count, self.size)
        part, lost, goal = inside.reshape(*shape, self.size), leak.reshape(shape), known.reshape(*shape, 1)
        if self.size <= SUBTRACTION_FREE:
            return (fundamental(part, lost) @ goal).ravel()
        return np.asarray(np.linalg.solve(np.eye(self.size) - part, goal), np.float64).ravel()

    def _reached(self, rows: IntArray, start: BoolArray) -> BoolArray:
        """Members that a known stake flows into."""
        seen = np.zeros(max(start.size, int(self.holder.max()) + 1), np.bool_)
        seen[: start.size] = start
        front = seen.copy()
        while front.any():
            reached = self.company[(rows > 0) & front[self.holder]]
            front = np.zeros_like(seen)
            front[reached] = True
            front &= ~seen
            seen |= front
        return seen[: start.size]

    def distance(self, value: FloatArray) -> FloatArray:
        """Fewest holdings between a positive ``value`` and each local id (infinite if none)."""
        out = np.where(value > 0, 0.0, np.inf)
        while True:
            step = out.copy()
            np.minimum.at(step, self.company, out[self.holder] + 1)
            if np.array_equal(step, out):
                return out
            out = step

    def greatest(self, value: FloatArray, fixed: BoolArray) -> FloatArray:
        """Largest stake of one holder a ring in every member, over all completions of the interval shares.

        For one holder the stakes solve ``x_j = max sum_k a_kj x_k`` over each member's own set of possible shares.
        The sets are independent from member to member, so this is the greatest chance of reaching a goal in a Markov
        decision process whose inner step is a fractional knapsack; policy iteration finds it. The first policy
        prefers the holders nearest to the goal, which makes it *proper* (every member that can lead to the holder
        does), and a member changes its policy only for a strict gain, which keeps it proper: on a class closed under
        the new policy the stationary average of the gains is zero, so nothing in it changed, so it was closed before.

        Args:
            value: The holder's greatest stake in each outside local id (1 for itself); 1 for the member that is the
                holder, 0 for all other members.
            fixed: Members that are the holder; their own shares are not followed further. Shape (count * s,).

        Returns:
            Stakes as fractions, shape (count * s,). Sound always; exact unless :data:`MAX_POLICIES` runs out.
            O(policies x (m log m + count s^3)); policies are few in practice.
        """
        members = self.slack.size
        value = value.copy()
        away = self.distance(value)
        rows = self.fill(-away)
        gain = fixed
        for _ in range(MAX_POLICIES):
            value[:members] = self.solve(rows, value, fixed)
            better = self.fill(value)
            gain = ~fixed & (self.apply(better, value) > value[:members] * (1 + STRICT))
            if not gain.any():
                return value[:members].clip(max=1.0)
            rows = np.where(gain[self.company], better, rows)
        open_ones = np.repeat(gain.reshape(self.count, self.size).any(1), self.size)
        value[:members] = np.where(open_ones, np.isfinite(away[:members]), value[:members])
        for _ in range(16):
            step = self.apply(self.fill(value), value)
            value[:members] = np.where(fixed, 1.0, np.minimum(value[:members], step))
        return value[:members]

    def closable(self) -> BoolArray:
        """Members that form a closed ring in some completion: all shares may be held among themselves."""
        members = self.slack.size
        certain = np.bincount(self.company, self.low, members).astype(np.int64)
        keep = np.append(certain + self.slack >= self.total, np.zeros(1, np.bool_))
        while True:
            within = keep[np.minimum(self.holder, members)]
            most = np.bincount(self.company, within * (self.low + self.room), members)
            stray = np.bincount(self.company, ~within * self.low, members)
            now = np.append(keep[:-1] & (most >= self.total) & (stray == 0), np.zeros(1, np.bool_))
            if np.array_equal(now, keep):
                return keep[:-1]
            keep = now
