"""Company control as a least fixpoint over arrays of votes.

A controller x, a single entity or a group that acts together, starts with G = {x} (or the members). Whenever the
votes of G in a company are more than half of its votes, the company joins G; so does the target of a direct
control edge (a contract, the appointment of a board) whose source is in G. x controls what joined. The sums only
grow, so the least fixpoint is unique (Ceri, Gottlob, Tanca, *Logic Programming and Databases*, 1990; Atzeni,
Bellomarini, Iezzi, Sallinger, Vlad, KR4L 2020). Integers only: exactly half is not control.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ownergraph.analysis.keys import (
    Columns,
    IntArray,
    PairArrays,
    Runs,
    merge_keys,
    parts_of,
    runs,
    sorted_order,
)
from ownergraph.analysis.register import Bound, Edges, Holdings, Ordered, check_ids, ints, ordered, register

_NO_IDS: IntArray = np.empty(0, dtype=np.int64)


class ControlTooLarge(RuntimeError):  # noqa: N818 - the name is part of the interface
    """All pairs of controller and controlled would take too much memory."""

    def __init__(self, reached: int, max_pairs: int) -> None:
        super().__init__(
            f"control has more than {max_pairs:,} pairs to keep (reached {reached:,}): long chains of companies make "
            "quadratically many. Ask for ultimate controllers, name the controllers you need, or raise max_pairs"
        )


class Pairs(NamedTuple):
    """Control, one row a pair, sorted by controller, then controlled; both of shape (pairs,), never x with x."""

    controller: IntArray
    controlled: IntArray


def expand(rows: Runs, x: IntArray, z: IntArray, limit: int = 2**62) -> PairArrays:
    """For each pair (x, z), shape (k,): x repeated, and the rows of z; shape (all rows,) both."""
    some = np.flatnonzero(rows.busy[z])
    x, z = x[some], z[some]
    place = rows.place[z]
    begin = rows.start[place]
    count = rows.start[place + 1] - begin
    end = np.cumsum(count)
    if len(end) and end[-1] > limit:
        raise ControlTooLarge(int(end[-1]), limit)
    row = np.repeat(begin - end + count, count)
    row += np.arange(len(row), dtype=np.int64)
    return np.repeat(x, count), row


class _Sums:
    """Values by key that only grow, kept as sorted runs: a few of any length, then each less than half of the last.

    So a fixpoint of many short rounds (a long chain) never rewrites all the sums in each: a log-structured merge.
    """

    def __init__(self) -> None:
        self.runs: list[tuple[IntArray, Columns]] = []

    def at(self, key: IntArray, width: int) -> Columns:
        """The `width` values so far of each sorted key, shape (k,); 0 for new ones."""
        found = tuple(np.zeros(len(key), dtype=np.int64) for _ in range(width))
        for keys, values in self.runs:
            at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
            hit = np.flatnonzero(keys[at] == key)
            for total, value in zip(found, values, strict=True):
                total[hit] += value[at[hit]]
        return found

    def add(self, key: IntArray, values: Columns) -> None:
        """Add values to sorted, distinct keys, shape (k,)."""
        while len(self.runs) > 3 and len(self.runs[-1][0]) < 2 * len(key):
            old, had = self.runs.pop()
            both = np.concatenate((old, key))
            order = np.argsort(both, kind="stable")  # two sorted runs: linear
            joined = tuple(np.concatenate(pair)[order] for pair in zip(had, values, strict=True))
            key, values = merge_keys(both[order], joined)
        if len(key):
            self.runs.append((key, values))


def _led(edges: Edges, n: int, x: IntArray, z: IntArray, limit: int) -> IntArray:
    """Where each z leads its x, but for x itself: keys x * n + target, shape (found,)."""
    who, row = expand(edges[0], x, z, 2 * limit)
    target = edges[1][row]
    found: IntArray = (who * n + target)[who != target]
    return found


def _gained(r: Ordered, x: IntArray, z: IntArray, limit: int) -> tuple[IntArray, Columns]:
    """What each z adds to the votes of its x in each company: sorted keys x * n + company and their votes."""
    who, row = expand(r.rows, x, z, 2 * limit)
    y, votes = r.company[row], tuple(v[row] for v in r.votes)
    if (same := who == y).any():
        who, y, *rest = (c[~same] for c in (who, y, *votes))
        votes = tuple(rest)
    return merge_keys(who * r.register.n + y, votes)


def fixpoint(
    r: Ordered, single: IntArray, members: PairArrays, edges: Edges | None = None, *, max_pairs: int
) -> Iterator[IntArray]:
    """Yield the sorted keys controller * n + controlled that each round of `control_pairs` adds.

    From sorted, distinct `single` entities, shape (k,), and (group, member) pairs; `edges` as of `edges_by_source`.
    """
    n, votes = r.register.n, r.register
    x, z = (np.concatenate((single, part)) for part in members)
    from_start = members[0] * n + members[1]
    sums, known, pairs, first = _Sums(), _Sums(), 0, True
    while len(x):
        if first and not len(from_start) and np.count_nonzero(r.busy[x]) == np.count_nonzero(r.busy):
            led, key, company, add = r.alone, r.key, r.company, r.votes  # all holdings, in order
        else:
            led = _led(r.leads, n, x, z, max_pairs)
            key, add = _gained(r, x, z, max_pairs)
            company = key % n
        if first:
            has, first = votes.majority(company, add), False
        else:
            had = sums.at(key, len(add))
            has = votes.majority(company, tuple(a + b for a, b in zip(had, add, strict=True)))
            has &= ~votes.majority(company, had)
        sums.add(key, add)
        new = np.sort(np.concatenate((key[has], led)), kind="stable")  # each company is of one of the two kinds
        if edges is not None:
            new = merge_keys(np.concatenate((new, _led(edges, n, x, z, max_pairs))), ())[0]
            new = new[known.at(new, 1)[0] == 0]  # votes cross once, but an edge may repeat what is known
            known.add(new, (np.ones(len(new), dtype=np.int64),))
        pairs += len(new)
        if (kept := max(pairs, (sum(len(keys) for keys, _ in sums.runs) - len(r.key)) // 2)) > max_pairs:
            raise ControlTooLarge(kept, max_pairs)
        yield new
        if len(from_start):
            new = new[~np.isin(new, from_start)]  # members were in G from the start and count once
        x, z = parts_of(new, n)
        if edges is None:  # most z hold nothing
            some = np.flatnonzero(r.busy[z])
            x, z = x[some], z[some]


def control_pairs(
    h: Holdings,
    *,
    members: PairArrays | None = None,
    edges: PairArrays | None = None,
    bound: Bound,
    seeds: IntArray | None = None,
    max_pairs: int = 50_000_000,
) -> Pairs:
    """Every pair (x, y) such that x controls y.

    Semi-naive: each round only adds up the holdings of what joined in the round before. O((rows + d) log) time and
    memory, d being the holdings of the controlled over all pairs; a chain of k companies has k**2 / 2 pairs. A ring
    (A holds 60 % of B, B of A) gives (A, B) and (B, A). Groups control own members only by votes or an edge.

    Args:
        h: the votes.
        members: group ids (n or more) and member ids, shape (k,) each: groups, as controllers beside the entities.
        edges: direct control, source and target ids, shape (k,) each: the certain ones for "certain", all for
            "possible". An edge counts for every controller that has its source in G.
        bound: "certain" (control in every completion of the intervals) or "possible" (in some completion).
        seeds: controllers to work out, entities or groups, shape (k,); all by default.
        max_pairs: refuse to keep more pairs, or more than twice as many sums, than this.

    Raises:
        ControlTooLarge: there are more than `max_pairs` pairs.
        ValueError: an id is out of range, the bound unknown, or there are too many votes.

    Example:
        >>> h = Holdings(3, *(np.array(c) for c in ([0, 1, 2], [1, 2, 0], [80, 80, 20], [80, 80, 20], [100] * 3)))
        >>> [c.tolist() for c in control_pairs(h, bound="certain")]
        [[0, 0, 1], [1, 2, 2]]
    """
    r = ordered(register(h, bound))
    busy, by_source = r.busy, None
    if edges is not None and len(edges[0]):
        by_source = edges_by_source(edges, h.n)
        busy = busy | by_source[0].busy
    group, member = distinct_members(members, h.n)
    single = np.flatnonzero(busy)
    if seeds is not None:
        seeds = merge_keys(ints(seeds, "seeds"), ())[0]
        check_ids(seeds, 0, 2**31, "seed")
        chosen = np.isin(group, seeds)
        single, group, member = seeds[seeds < h.n], group[chosen], member[chosen]
    found = [_NO_IDS, *fixpoint(r, single, (group, member), by_source, max_pairs=max_pairs)]
    return Pairs(*parts_of(np.sort(np.concatenate(found), kind="stable"), h.n))


def distinct_members(members: PairArrays | None, n: int) -> PairArrays:
    """Distinct (group, member) pairs, sorted; ValueError where a group id is below n, or a member id is not."""
    group, member = (_NO_IDS, _NO_IDS) if members is None else (ints(part, "members") for part in members)
    check_ids(group, n, 2**31, "group")
    check_ids(member, 0, n, "member")
    return parts_of(merge_keys(group * n + member, ())[0], n)


def edges_by_source(edges: PairArrays, n: int) -> Edges:
    """The edges of each source, and the targets by source, shape (k,); ValueError for an unknown id."""
    source, target = (ints(part, "edges") for part in edges)
    check_ids(source, 0, n, "controller of an edge")
    check_ids(target, 0, n, "controlled of an edge")
    other = source != target  # nobody is controlled through itself
    source, target = source[other], target[other]
    order = sorted_order(source)
    return runs(source[order], n), target[order]
