"""Loops of the compiled search for return paths (`returns_kernel`), for numba, by the rules of `returns_search`.

A group has up to 64 searches from one root, as bits of a word. What they reach stands in a table of the group's own: an
entity and the words of those who have reached it, so that small groups stay in the processor's cache.
"""

import pickle
from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numba as nb
import numpy as np
from numpy.typing import NDArray

from ownergraph.analysis.returns_search import ALL, FOREVER, Bools, Ints, Words

Function = TypeVar("Function", bound=Callable[..., Any])
Days = NDArray[np.int32]
Reals = NDArray[np.float64]
Near = NDArray[np.int8]

EVER: Final = np.iinfo(np.int32).max
"""Stands for FOREVER in days of four bytes."""
_CACHE: Final = (RuntimeError, OSError, EOFError, pickle.UnpicklingError)
"""What a cache raises that cannot be written, or was written by halves."""

i, d, w, r = nb.int64, nb.int32, nb.uint64, nb.float64
I, J, D, F, W, T = i[::1], i[:, ::1], d[::1], d[:, ::1], w[::1], w[:, ::1]  # noqa: E741
N, B, R = nb.int8[::1], nb.boolean[::1], r[::1]
_types: Any = nb.types
_DAYS, _SPANS = _types.UniTuple(i, 3), _types.Tuple((I, I, I, W, i, i))
_INTO, _TABLE = _types.Tuple((I, F)), _types.Tuple((D, T, i))

Span = tuple[Any, Any, Any]
"""First and last day of one search, and the day on or after which payments must begin."""
Spans = tuple[Ints, Ints, Ints, Words, int, int]
"""Those of a group: low and after, rising; high, sorted, with the searches from each place on; where they stand."""
Into = tuple[Ints, Days]
"""Where the flows into each entity begin; giver, first and last day of each."""
Table = tuple[Days, Words, int]
"""What a group has reached: the entity at each place or -1; words of each; places less one."""


def compiled(signature: Any) -> Callable[[Function], Function]:
    """Compile a function for one signature, from the cache where there is one that can be used."""

    def make(function: Function) -> Function:
        try:
            made = nb.njit(signature, cache=True, nogil=True)(function)
        except _CACHE:
            made = nb.njit(signature, nogil=True)(function)
        return cast(Function, made)

    return make


@compiled(nb.boolean(F, i, _DAYS))
def _meets(flows: Days, at: int, span: Span) -> bool:
    """Whether a flow lies within the days of one search."""
    low, high, after = span
    first, last = flows[at, 1], flows[at, 2]
    return bool(first <= high and last >= low and (first >= after or last == EVER))


@compiled(i(I, i, i, i))
def _beyond(values: Ints, lo: int, hi: int, most: int) -> int:
    """The first place from `lo` on, or `hi`, whose value is over `most`; values rise between them. O(log)."""
    while lo < hi:
        mid = (lo + hi) >> 1
        if values[mid] <= most:
            lo = mid + 1
        else:
            hi = mid
    return lo


@compiled(w(d, d, _SPANS))
def _touch(first: int, last: int, spans: Spans) -> Any:
    """Bits of the searches of a group that a flow touches, as `returns_search.Touch` has them. O(log searches).

    `low` and `after` rise within a group, so the searches that a day has reached are its first ones.
    """
    low, after, high, word, start, end = spans
    reached = _beyond(low, start, end, last)  # those that look no later than the last day
    if last != EVER and after[end - 1] > -FOREVER:
        reached = _beyond(after, start, reached, first)  # and ask for no first day that is later
    if reached == start:
        return np.uint64(0)
    at = _beyond(high, 0, end - start, first - 1)  # and look up to the first day
    return word[at] & (ALL >> np.uint64(64 - (reached - start)))


@compiled(nb.void(I, i, i, I, W))
def _by_high(given: Ints, start: int, end: int, high: Ints, word: Words) -> None:
    """Last days of a group's searches, sorted, and the bits of those from each place on. O(searches squared)."""
    many = end - start
    for k in range(many):  # by insertion: they are sorted, nearly
        day, bit, at = given[start + k], np.uint64(1) << np.uint64(k), k
        while at > 0 and high[at - 1] > day:
            high[at], word[at] = high[at - 1], word[at - 1]
            at -= 1
        high[at], word[at] = day, bit
    word[many] = 0
    for k in range(many - 1, -1, -1):
        word[k] |= word[k + 1]


@compiled(i(D, i, i))
def _slot(keys: Days, mask: int, node: int) -> int:
    """Where an entity stands in the table of a group, or the free place for it. O(1), with the table half empty."""
    at = node & mask
    while keys[at] != node and keys[at] >= 0:
        at = (at + 1) & mask
    return at


@compiled(i(r, i))
def _mask(most: float, places: int) -> int:
    """Places, less one, of a table for so many entities; all `places`, one for each entity, at most."""
    size = 64
    while size < places and size < 2 * most:
        size *= 2
    return size - 1


@compiled(i(I, F, N, i, _SPANS, D, W, _TABLE, i, i))
def _level(
    out: Ints, flows: Days, near: Near, limit: int, spans: Spans, queue: Days, bits: Words, table: Table, a: int, b: int
) -> int:  # fmt: skip
    """One level more: what flows lead to from queue[a:b] comes behind; the end of the queue. O(flows).

    The queue has places in the table, whose `state` are the searches that have reached an entity, and those that do
    on this level.
    """
    keys, state, mask = table
    c = b
    for k in range(a, b):
        have, node = bits[k], keys[queue[k]]
        if not have:
            continue
        for at in range(out[node], out[node + 1]):
            taker = flows[at, 0]
            if near[taker] > limit:
                continue
            place = _slot(keys, mask, taker)
            new = have & ~state[place, 0]
            if not new:
                continue
            new &= _touch(flows[at, 1], flows[at, 2], spans)
            if not new:
                continue
            if not state[place, 1]:
                keys[place] = taker
                queue[c] = place
                c += 1
            state[place, 1] |= new
    for k in range(b, c):
        place = queue[k]
        bits[k] = state[place, 1]
        state[place, 0] |= state[place, 1]
        state[place, 1] = 0
    return c


@compiled(nb.boolean(i, i, i, _INTO, _TABLE, i, w, _DAYS))
def _reached(
    node: int, steps: int, root: int, before: Into, table: Table, column: int, bit: np.uint64, span: Span
) -> bool:
    """Whether one flow, or two, lead from what a search has reached to an entity. O(flows into it, and before)."""
    into, back = before
    keys, state, mask = table
    for at in range(into[node], into[node + 1]):
        if not _meets(back, at, span):
            continue
        giver = back[at, 0]
        if steps == 1:
            if state[_slot(keys, mask, giver), column] & bit:
                return True
        elif giver != root:
            for by in range(into[giver], into[giver + 1]):
                if _meets(back, by, span) and state[_slot(keys, mask, back[by, 0]), column] & bit:
                    return True
    return False


@compiled(nb.void(I, F, I, F, N, I, I, I, I, I, I, I, I, I, I, I, B, R, R, i, i, i, i, D, T, D, W, I, I, W))
def ends(
    out: Ints, flows: Days, into: Ints, back: Days, near: Near,
    roots: Ints, first: Ints, low: Ints, high: Ints, after: Ints,
    rows: Ints, of: Ints, who: Ints, sides: Ints, party: Ints, rank: Ints, counts: Bools,
    most: Reals, cost: Reals, begin: int, stop: int, hops: int, budget: int,
    keys: Days, state: Words, queue: Days, bits: Words, length: Ints, side: Ints, cut: Words,
) -> None:  # fmt: skip
    """For every referral the hops of the shortest path, 0 for none, and its side; as `Finder.ends` has them."""
    by_high, word = np.empty(64, np.int64), np.empty(65, np.uint64)
    before = (into, back)
    reach = np.empty(64, np.int64)
    for group in range(begin, stop):
        root, start, end = roots[group], first[group], first[group + 1]
        _by_high(high, start, end, by_high, word)
        mask = _mask(most[group], keys.size)
        spans, table = (low, after, by_high, word, start, end), (keys, state, mask)
        queue[0], bits[0] = _slot(keys, mask, root), ALL >> np.uint64(64 - (end - start))
        keys[queue[0]], state[queue[0], 0] = root, ALL
        reach[:] = 0
        counted, over = 0, np.uint64(0)
        a, b, made = 0, 1, 0  # the level at the end of the queue, and its number
        turned = False
        for hop in range(1, hops + 1):
            if hop > 1:  # a party on the side, reached one flow before
                for row in range(rows[group], rows[group + 1]):
                    if length[row]:
                        continue
                    search = of[row]
                    bit, best = np.uint64(1) << np.uint64(search - start), -1
                    span = (low[search], high[search], after[search])
                    for tie in range(sides[who[row]], sides[who[row] + 1]):
                        if not counts[tie] or party[tie] == root or (best >= 0 and rank[tie] >= rank[best]):
                            continue
                        if made >= hop - 1:
                            hit = state[_slot(keys, mask, party[tie]), 0] & bit != 0
                        else:
                            hit = not over & bit and _reached(party[tie], 1, root, before, table, 0, bit, span)
                        if hit:
                            best = tie
                    if best >= 0:
                        length[row], side[row] = hop, best
            if hop == hops - 1:  # the last level forward, or two from the end?
                forward = 0
                for k in range(a, b):
                    if bits[k]:
                        node = keys[queue[k]]
                        forward += out[node + 1] - out[node]
                turned = b + forward <= budget and cost[group] < forward
            if hop < hops and not turned:
                c = _level(out, flows, near, hops - hop, spans, queue, bits, table, a, b)
                a, b, made = b, c, hop
                if b > budget:  # so some search may have reached too much
                    for k in range(counted, b):
                        for one in range(end - start):
                            reach[one] += bits[k] >> np.uint64(one) & np.uint64(1)
                    counted = b
                    for one in range(end - start):
                        if reach[one] > budget:
                            over |= np.uint64(1) << np.uint64(one)
                    for k in range(a, b):
                        bits[k] &= ~over
            for row in range(rows[group], rows[group + 1]):
                if length[row] and (length[row] < hop or side[row] < 0):
                    continue
                search = of[row]
                bit = np.uint64(1) << np.uint64(search - start)
                if made >= hop:
                    hit = state[_slot(keys, mask, who[row]), 0] & bit != 0
                else:
                    span = (low[search], high[search], after[search])
                    hit = not over & bit and _reached(who[row], hop - made, root, before, table, 0, bit, span)
                if hit:
                    length[row], side[row] = hop, -1
        cut[group] = over
        for k in range(b):
            keys[queue[k]], state[queue[k], 0] = -1, 0


@compiled(nb.void(I, F, I, F, I, N, I, I, I, I, I, I, I, I, I, R, R, i, D, T, D, W, J))
def paths(
    out: Ints, flows: Days, into: Ints, back: Days, number: Ints, near: Near,
    roots: Ints, first: Ints, low: Ints, high: Ints, after: Ints,
    rows: Ints, of: Ints, ends: Ints, depth: Ints,
    most: Reals, cost: Reals,
    hops: int, keys: Days, state: Words, queue: Days, bits: Words, made: Ints,
) -> None:  # fmt: skip
    """The flows of the shortest path of each row, as `Reached.paths` has them; rows are sorted by search."""
    by_high, word = np.empty(64, np.int64), np.empty(65, np.uint64)
    before = (into, back)
    for group in range(roots.size):
        if rows[group] == rows[group + 1]:
            continue
        root, start, end = roots[group], first[group], first[group + 1]
        _by_high(high, start, end, by_high, word)
        wanted, deepest = np.uint64(0), 0
        for row in range(rows[group], rows[group + 1]):
            wanted |= np.uint64(1) << np.uint64(of[row] - start)
            deepest = max(deepest, depth[row])
        mask = _mask(most[group], keys.size)
        spans, table = (low, after, by_high, word, start, end), (keys, state, mask)
        queue[0], bits[0] = _slot(keys, mask, root), wanted
        keys[queue[0]], state[queue[0], 0], state[queue[0], 2] = root, ALL, ALL
        a, b, last = 0, 1, 0
        while last < deepest - 1:
            if last == deepest - 2:
                forward = 0
                for k in range(a, b):
                    node = keys[queue[k]]
                    forward += out[node + 1] - out[node]
                if cost[group] < forward:
                    break
            c = _level(out, flows, near, hops - last - 1, spans, queue, bits, table, a, b)
            a, b, last = b, c, last + 1
            for k in range(a, b):
                state[queue[k], 2 + last] = bits[k]
        for row in range(rows[group], rows[group + 1]):
            search, node = of[row], ends[row]
            bit, span = np.uint64(1) << np.uint64(search - start), (low[search], high[search], after[search])
            for step in range(depth[row] - 1, -1, -1):
                least, nearer = np.iinfo(np.int64).max, node
                for at in range(into[node], into[node + 1]):
                    giver = back[at, 0]
                    if number[at] >= least or not _meets(back, at, span):
                        continue
                    if step <= last:
                        hit = state[_slot(keys, mask, giver), 2 + step] & bit != 0
                    else:
                        hit = not state[_slot(keys, mask, giver), 0] & bit and _reached(
                            giver, 1, root, before, table, 2 + last, bit, span
                        )
                    if hit:
                        least, nearer = number[at], giver
                made[row, step], node = least, nearer
        for k in range(b):
            keys[queue[k]] = -1
            state[queue[k], :] = 0
