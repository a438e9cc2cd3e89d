"""Two passes that add up walks: all holders at once, level by level, and one company backward.

The definitions and the proof that both bounds are tight are in ``integrated``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ownergraph.analysis.holdings import Prepared
from ownergraph.analysis.keys import IntArray, parts_of, sorted_order
from ownergraph.analysis.rings import FloatArray, Rings, fundamental, heads, levels, spans

BATCH = 4_000_000
"""Numbers that rings solved side by side may fill: bounds memory, not the answer."""

_Rows = tuple[IntArray, IntArray, FloatArray, FloatArray]
_Expanded = tuple[IntArray, IntArray, FloatArray, FloatArray, IntArray]


@dataclass(frozen=True, slots=True)
class Triples:
    """Stakes of every holder in every company asked for; by company, in no stated order of holders.

    Attributes:
        holder: Holder of each row, shape (k,).
        company: Company of each row, shape (k,).
        low: Certain stake as a fraction 0..1, shape (k,).
        high: Possible stake as a fraction 0..1, shape (k,).
        closed_rings: Members of every closed ring met on the way.
        possible_rings: Members of every group that closes in some completion.
    """

    holder: IntArray
    company: IntArray
    low: FloatArray
    high: FloatArray
    closed_rings: tuple[IntArray, ...] = ()
    possible_rings: tuple[IntArray, ...] = ()


def _flows(
    p: Prepared, members: IntArray, rows: IntArray, place: IntArray
) -> tuple[list[FloatArray], list[FloatArray]]:
    """Shares inside rings of one size, and what leaks out of them, at the low and at the high bounds.

    Args:
        p: Prepared holdings.
        members: Members of each ring, shape (rings, s).
        rows: Rows whose holder and company are in the same ring.
        place: Position of each member in ``members.ravel()``, indexed by id.

    Returns:
        Fractions of member j held by member k, two arrays (rings, s, s), and leaks, two arrays (rings, s), exact
        before the division.
    """
    count, size = members.shape
    at = place[p.company[rows]], place[p.holder[rows]] % size
    total = p.total[members.ravel()]
    flow, leak = [], []
    for share in (p.low[rows], p.low[rows] + p.room[rows]):
        inside = np.zeros((count * size, size))
        inside[at] = share
        leak.append(((total - inside.sum(1)) / total).reshape(count, size))
        flow.append((inside / total[:, None]).reshape(count, size, size))
    return flow, leak


def _added(n: int, company: IntArray, holder: IntArray, low: FloatArray, high: FloatArray) -> _Rows:
    """Sums by (company, holder), sorted."""
    if not company.size:
        return company, holder, low, high
    key = company * n + holder
    order = sorted_order(key)
    key = key[order]
    head = heads(key)
    company, holder = parts_of(key[head], n)
    lows = np.add.reduceat(low[order], head)
    return company, holder, lows, lows if high is low else np.add.reduceat(high[order], head)


class _Pool:
    """Growing lists of (holder, low, high), one a company; direct holdings come first and serve as the first lists.

    Where all shares are known, low and high are one and the same array.
    """

    def __init__(self, p: Prepared) -> None:
        self.start = p.first[:-1].copy()
        self.count = np.zeros(p.n, np.int64)
        self.used = p.holder.size
        self.known = not p.room.any()
        total = p.total[p.company]
        self.holder = p.holder
        self.low = p.low / total
        self.high = self.low if self.known else (p.low + p.room) / total

    def add(self, company: IntArray, holder: IntArray, low: FloatArray, high: FloatArray) -> None:
        """Append lists, rows of one company together."""
        if not company.size:
            return
        head = heads(company)
        self.start[company[head]] = self.used + head
        self.count[company[head]] = np.diff(np.append(head, company.size))
        end = self.used + company.size
        if end > self.holder.size:
            self._grow(max(2 * self.holder.size, end))
        self.holder[self.used : end] = holder
        self.low[self.used : end] = low
        if not self.known:
            self.high[self.used : end] = high
        self.used = end

    def _grow(self, size: int) -> None:
        """Move to arrays of another size."""
        holder, low, high = np.empty(size, np.int64), np.empty(size), np.empty(0 if self.known else size)
        holder[: self.used], low[: self.used] = self.holder[: self.used], self.low[: self.used]
        if not self.known:
            high[: self.used] = self.high[: self.used]
        self.holder, self.low, self.high = holder, low, low if self.known else high


class Engine:
    """One pass over the levels of prepared holdings.

    Args:
        p: Prepared holdings.
        source: Follow this holder only; all other holders must be reached from it. -1 follows all.
    """

    def __init__(self, p: Prepared, source: int = -1) -> None:
        self.p = p
        self.source = source
        self.pool = _Pool(p)
        self.weight = self.pool.low, self.pool.high
        self.capped = np.zeros(p.n, np.bool_) if self.pool.known else np.bincount(p.company, p.room, p.n) > p.slack
        self.part = self.place = np.empty(0, np.int64)
        self.closed: list[IntArray] = [np.array([c]) for c in p.closed]
        self.possible: list[IntArray] = []
        held = np.diff(p.first)
        for depth, level in enumerate(levels(p.n, p.holder, p.company)):
            one = held[level.singles] == 1
            if depth == 0 and not level.rings:
                self.pool.count[level.singles] = held[level.singles]
            elif level.singles.size:
                self.pool.add(*self._scaled(self._expand(level.singles[one])))
                self.pool.add(*self._group(self._expand(level.singles[~one])))
            if level.rings:
                self._rings(level.rings)

    def _expand(self, companies: IntArray) -> _Expanded:
        """Rows (company, holder, its low and high stake in the direct holder, row of the direct holding).

        Each direct holding gives one row for its holder, then one for each holder of that holder; holdings inside a
        ring give none.
        """
        p, pool = self.p, self.pool
        rows = spans(p.first[companies], p.first[companies + 1] - p.first[companies])
        if self.part.size:
            rows = rows[self.part[p.holder[rows]] != self.part[p.company[rows]]]
        direct = p.holder[rows]
        width = pool.count[direct] + 1
        first = np.cumsum(width) - width
        row = np.repeat(rows, width)
        at = np.arange(row.size) + np.repeat(pool.start[direct] - 1 - first, width)
        at[first] = 0
        holder, low = pool.holder[at], pool.low[at]
        holder[first], low[first] = direct, 1.0
        high = low
        if not pool.known:
            high = pool.high[at]
            high[first] = 1.0
        company = np.repeat(p.company[rows], width)
        if self.source >= 0:
            keep = holder == self.source
            company, row, holder, low, high = company[keep], row[keep], holder[keep], low[keep], high[keep]
        return company, holder, low, high, row

    def _scaled(self, expanded: _Expanded) -> _Rows:
        """Stakes through each direct holding by itself."""
        company, holder, low, high, row = expanded
        low = low * self.weight[0][row]
        return company, holder, low, low if self.pool.known else high * self.weight[1][row]

    def _group(self, expanded: _Expanded) -> _Rows:
        """Add up expanded rows by (company, holder); slack of capped companies goes to the greatest stakes first."""
        if self.pool.known or not self.capped[expanded[0]].any():
            return _added(self.p.n, *self._scaled(expanded))
        p = self.p
        company, holder, low, high, row = expanded
        key = company * p.n + holder
        order = np.lexsort((-high, key))
        key, row, low, high, company = key[order], row[order], low[order], high[order], company[order]
        head = heads(key)
        room = p.room[row]
        used = np.cumsum(room) - room
        used -= np.repeat(used[head], np.diff(np.append(head, key.size)))
        room = np.where(self.capped[company], np.clip(p.slack[company] - used, 0, room), room)
        total = p.total[company]
        lows = np.add.reduceat(low * p.low[row] / total, head)
        highs = np.add.reduceat(high * (p.low[row] + room) / total, head)
        return company[head], holder[order][head], lows, highs

    def _rings(self, rings: tuple[IntArray, ...]) -> None:
        """Solve all rings of a level: equal sizes together where bounds are linear, one by one elsewhere."""
        if not self.part.size:
            self.part, self.place = np.arange(self.p.n, dtype=np.int64), np.zeros(self.p.n, np.int64)
        by_size: dict[int, list[IntArray]] = {}
        done: list[_Rows] = []
        for ring in rings:
            self.part[ring] = self.p.n + ring[0]
            by_size.setdefault(ring.size, []).append(ring)
        for same in by_size.values():
            done += self._same_size(np.stack(same))
        company, holder, low, high = (np.concatenate(c) for c in zip(*done, strict=True))
        company, holder, low, high = _added(self.p.n, company, holder, low, high)
        low = low.clip(max=1.0)
        self.pool.add(company, holder, low, np.maximum(low, high.clip(max=1.0)))

    def _same_size(self, members: IntArray) -> list[_Rows]:
        """Rows (company, holder, low, high) of rings of one size, shape (rings, size); rows of one pair add up."""
        p = self.p
        count, size = members.shape
        flat = members.ravel()
        self.place[flat] = np.arange(flat.size)
        rows = spans(p.first[flat], p.first[flat + 1] - p.first[flat])
        rows = rows[self.part[p.holder[rows]] == self.part[p.company[rows]]]
        flow, leak = _flows(p, members, rows, self.place)
        closed = (leak[0] == 0).all(1)
        bent = ~closed & (self.capped[members].any(1) | (leak[1] == 0).all(1))
        straight = ~closed & ~bent
        flow[0][closed] = flow[1][closed] = 1.0
        flow[0][~closed] = fundamental(flow[0][~closed], leak[0][~closed])
        if p.room[rows].any():
            flow[1][straight] = fundamental(flow[1][straight], leak[1][straight])
        else:
            flow[1][straight] = flow[0][straight]
        flow[1][bent] = np.eye(size)  # unused weights of 1, replaced below
        outside = self._expand(flat)
        company, holder, low, high = self._group(outside)
        ring, spot = np.divmod(self.place[company], size)
        high = np.where(bent[ring], 0.0, high)
        found: list[_Rows] = [
            (
                members[ring].ravel(),
                np.repeat(holder, size),
                (flow[0][ring, :, spot] * low[:, None]).ravel(),
                (flow[1][ring, :, spot] * high[:, None]).ravel(),
            )
        ]
        if self.source < 0:
            apart = np.broadcast_to(~np.eye(size, dtype=np.bool_), (count, size, size))
            stake = [f / f.diagonal(axis1=1, axis2=2)[:, None, :] for f in flow]
            shape = (count, size, size)
            found.append(
                (
                    np.broadcast_to(members[:, :, None], shape)[apart],
                    np.broadcast_to(members[:, None, :], shape)[apart],
                    stake[0][apart],
                    stake[1][apart],
                )
            )
        self.closed += list(members[closed])
        if bent.any():
            found += self._bent(members[bent], outside)
        return found

    def _bent(self, members: IntArray, outside: _Expanded) -> list[_Rows]:
        """High bounds of rings with capped companies: policy iteration for each pair of a ring and a holder."""
        p = self.p
        count, size = members.shape
        flat = members.ravel()
        self.place[flat] = np.arange(flat.size)
        each = p.first[flat + 1] - p.first[flat]
        rows, many = spans(p.first[flat], each), each.reshape(count, size).sum(1)
        begin = np.cumsum(many) - many
        inner = self.part[p.holder[rows]] == self.part[p.company[rows]]
        spot = self.place[p.company[rows]] % size, self.place[p.holder[rows]] % size
        ring_of = np.repeat(np.arange(count), many)

        def lay(which: IntArray) -> tuple[Rings, IntArray]:
            """The rings asked for, side by side, and where the rows of each begin; a value a row for outside."""
            at = spans(begin[which], many[which])
            shift = np.repeat(np.arange(which.size) * size, many[which])
            holder = np.where(inner[at], shift + spot[1][at], which.size * size + np.arange(at.size))
            row, ids = rows[at], members[which].ravel()
            laid = Rings(
                which.size, size, shift + spot[0][at], holder, p.low[row], p.room[row], p.slack[ids], p.total[ids]
            )  # fmt: skip
            return laid, np.cumsum(many[which]) - many[which]

        shut = lay(np.arange(count))[0].closable().reshape(count, size)
        self.possible += [ring[keep] for ring, keep in zip(members, shut, strict=True) if keep.any()]

        position = np.zeros(int(rows.max()) + 1, np.int64)
        position[rows] = np.arange(rows.size)
        here = np.isin(outside[0], flat)
        who, stake, via = outside[1][here], outside[3][here], position[outside[4][here]]
        pair, problem = np.unique(ring_of[via] * p.n + who, return_inverse=True)
        order = np.argsort(problem, kind="stable")
        problem, stake, via = problem[order], stake[order], via[order]
        ring, holder = np.divmod(pair, p.n)
        own = np.full(ring.size, -1)
        if self.source < 0:
            ring = np.append(ring, np.repeat(np.arange(count), size))
            holder, own = np.append(holder, flat), np.append(own, np.tile(np.arange(size), count))
        step = max(1, BATCH // int(size * size + many.max()))
        found: list[_Rows] = []
        for one in range(0, ring.size, step):
            which, mine = ring[one : one + step], own[one : one + step]
            laid, first = lay(which)
            value = np.zeros(which.size * size + int(many[which].sum()))
            begins, ends = np.searchsorted(problem, (one, one + which.size))
            now = problem[begins:ends] - one
            slot = first[now] + via[begins:ends] - begin[which[now]]
            value[which.size * size + slot] = stake[begins:ends]
            fixed = np.zeros(which.size * size, np.bool_)
            fixed[np.flatnonzero(mine >= 0) * size + mine[mine >= 0]] = True
            value[: fixed.size][fixed] = 1.0
            high = laid.greatest(value, fixed)[~fixed]
            company, held = members[which].ravel()[~fixed], np.repeat(holder[one : one + step], size)[~fixed]
            found.append((company, held, np.zeros(high.size), high))
        return found

    def stakes(self, companies: IntArray) -> Triples:
        """Lists of the companies asked for, except members of closed rings."""
        if self.closed:
            companies = np.setdiff1d(companies, np.concatenate(self.closed))
        pool = self.pool
        count = pool.count[companies]
        at = spans(pool.start[companies], count)
        low = pool.low[at]
        high = low if pool.known else pool.high[at]
        company = np.repeat(companies, count)
        return Triples(pool.holder[at], company, low, high, tuple(self.closed), tuple(self.possible))


def backward(p: Prepared, target: int) -> tuple[FloatArray, FloatArray] | None:
    """Stakes of all entities in one company, where both bounds are linear: each holding is read once.

    Walks into the target are pushed from companies to holders, latest level first. Walks that come back to their
    start do so inside its ring, so dividing by the diagonal of the ring's inverse removes them.

    Args:
        p: Prepared holdings upstream of the target.
        target: Id of the company.

    Returns:
        Low and high stakes as fractions, shape (n,) each, the target's own entry without meaning; None where some
        intervals leave a choice or a ring is, or may be, closed. O(m + s^3 for each ring of s members).
    """
    if p.closed.size or (np.bincount(p.company, p.room, p.n) > p.slack).any():
        return None
    total = p.total[p.company]
    weight = np.stack((p.low / total, (p.low + p.room) / total), 1)
    stake, back = np.zeros((p.n, 2)), np.ones((p.n, 2))
    stake[target] = 1.0
    place, part = np.zeros(p.n, np.int64), np.arange(p.n, dtype=np.int64)
    for level in reversed(levels(p.n, p.holder, p.company)):
        for ring in level.rings:
            part[ring] = p.n + ring[0]
            place[ring] = np.arange(ring.size)
            rows = spans(p.first[ring], p.first[ring + 1] - p.first[ring])
            flow, leak = _flows(p, ring[None], rows[part[p.holder[rows]] == part[p.company[rows]]], place)
            if not (leak[0].any() and leak[1].any()):
                return None
            inverse = fundamental(flow[0][0], leak[0][0])
            for side in (0, 1):
                if side and (flow[1] != flow[0]).any():
                    inverse = fundamental(flow[1][0], leak[1][0])
                stake[ring, side] = stake[ring, side] @ inverse
                back[ring, side] = inverse.diagonal()
        members = np.concatenate((level.singles, *level.rings))
        rows = spans(p.first[members], p.first[members + 1] - p.first[members])
        rows = rows[part[p.holder[rows]] != part[p.company[rows]]]
        np.add.at(stake, p.holder[rows], weight[rows] * stake[p.company[rows]])
    low, high = (stake / back).clip(max=1.0).T
    return low, np.maximum(low, high)
