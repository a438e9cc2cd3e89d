"""Company control as a least fixpoint over arrays of votes.

A controller x, a single entity or a group that acts together, starts with G = {x} (or the members). Whenever the
votes of G in a company are more than half of its votes, the company joins G; so does the target of a direct
control edge (a contract, the appointment of a board) whose source is in G. x controls what joined. The sums only
grow, so the least fixpoint is unique (Ceri, Gottlob, Tanca, *Logic Programming and Databases*, 1990; Atzeni,
Bellomarini, Iezzi, Sallinger, Vlad, KR4L 2020). Integers only: exactly half is not control.

Unknown votes are intervals. Let g, o and s be the votes of G, of all others and of the company in itself, with
g + o + s = total. G has more than half of the votes that count when g > o, and over all completions

    min(g - o) = max(2 g_low - (total - s_low),   g_low - o_high,  (total - s_high) - 2 o_high)
    max(g - o) = min(2 g_high - (total - s_high), g_high - o_low,  (total - s_low) - 2 o_low)

so "certain" and "possible" need only two sums for each pair. For s known, "certain" is the rule that
max(g_low, total' - o_high) is more than half of total' = total - s, and "possible" the same of
min(g_high, total' - o_low). The votes in different companies can be completed independently, hence for each pair
(x, y) "certain" means control in every completion and "possible" control in some completion, both exactly. A
disjunction ("somebody controls y") can hold in every completion without being certain for any one controller.

Where no completion meets the bounds: low bounds that exceed the total together replace it in "certain", and only
the high bounds of G count in "possible"; high bounds below the total leave only the low ones of G in "certain".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ownergraph.analysis.keys import (
    BLOCK,
    BoolArray,
    Columns,
    IntArray,
    PairArrays,
    Runs,
    merge_keys,
    parts_of,
    runs,
    sorted_order,
    sums_by,
)

Edges = tuple[Runs, IntArray]
Bound = Literal["certain", "possible"]

_NO_IDS: IntArray = np.empty(0, dtype=np.int64)
_UNSORTED = runs(_NO_IDS, 0)


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


@dataclass(frozen=True, slots=True)
class Holdings:
    """Votes that holders have in companies; ids 0..n-1 are entities. ValueError names the first bad row.

    A register is closed by the caller: what is not listed is a row of its own, held by an entity that stands for
    the unlisted holders of that one company. Rows of a company in itself are its treasury votes; they never vote.

    Attributes:
        n: number of entities.
        holder: entity that holds, shape (rows,).
        company: entity whose votes are held, shape (rows,); several rows may share holder and company.
        low, high: fewest and most votes, shape (rows,) each, 0 <= low <= high <= total[company].
        total: all votes in each company, treasury votes included, shape (n,): 1,000,000 or a count of shares; 0 for
            what nobody holds.
    """

    n: int
    holder: IntArray
    company: IntArray
    low: IntArray
    high: IntArray
    total: IntArray

    def __post_init__(self) -> None:
        point = self.low is self.high
        for name in ("holder", "company", "low", "total"):
            object.__setattr__(self, name, _ints(getattr(self, name), name))
        object.__setattr__(self, "high", self.low if point else _ints(self.high, "high"))
        if len(self.total) != self.n or len({len(c) for c in (self.holder, self.company, self.low, self.high)}) > 1:
            raise ValueError("holder, company, low and high must be equally long, and total have n values")
        _check_ids(self.holder, 0, self.n, "holder")
        _check_ids(self.company, 0, self.n, "company")
        _refuse((self.low < 0) | (self.low > self.high), "holding", "needs 0 <= low <= high")
        _refuse(self.high > self.total[self.company], "holding", "has more votes than its company has in total")


def _ints(values: object, name: str) -> IntArray:
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"{name} must be a one-dimensional array of integers")
    return np.ascontiguousarray(array, dtype=np.int64)


def _refuse(bad: BoolArray, what: str, why: str) -> None:
    if bad.any():
        raise ValueError(f"{what} in row {int(bad.argmax())} {why}")


def _check_ids(ids: IntArray, start: int, stop: int, name: str) -> None:
    _refuse((ids < start) | (ids >= stop), name, f"is not an id from {start} to {stop - 1}")


class Register(NamedTuple):
    """Holdings made ready for one bound: one row a (holder, company), sorted by both, treasury votes taken out.

    `votes` are low and high, or low alone where every holding is known exactly, shape (rows,) as `holder` and
    `company`; `rows` are those of each holder; `need` are thresholds, shape (n,) each. Rows that change no group's
    majority are left out: `sole`, shape (n,), tells companies of which one row is left, a majority by itself.
    """

    holder: IntArray
    company: IntArray
    votes: Columns
    need: Columns
    bound: Bound
    n: int
    sole: BoolArray
    rows: Runs

    def in_order(self) -> "Register":
        """With the rows merged, sorted and found by holder. O(rows log rows)."""
        key, votes = merge_keys(self.holder * self.n + self.company, self.votes)
        holder, company = parts_of(key, self.n)
        return self._replace(holder=holder, company=company, votes=votes, rows=runs(holder, self.n))

    def majority(self, company: IntArray | slice, held: Columns) -> BoolArray:
        """Whether a group that holds sums `held` of `votes` has a majority in each company, shape (k,) all."""
        met: BoolArray = 2 * held[0] > self.need[0][company]
        if len(held) == 2:
            join = np.logical_or if self.bound == "certain" else np.logical_and
            for side, need in zip((2 * held[1], held[0] + held[1]), self.need[1:], strict=False):
                join(met, side > need[company], out=met)
        return met


def register(h: Holdings, bound: Bound, *, merged: bool = True) -> Register:
    """Merge rows of the same holder and company, take treasury votes out, work out the thresholds. O(rows log rows).

    With L and H the sums of low and high over all holders but the company itself, a group has a majority when

    | bound | first | second | third, where treasury votes are not known |
    |---|---|---|---|
    | certain, any of | 2 low > max(total - s_low, L) | 2 high > 2 H - (total - s_high) | low + high > H |
    | possible, all of | 2 low > 2 L - (total - s_low) | 2 high > total - s_high | low + high > L |

    ValueError for another bound, or too many entities or votes for 64 bits.
    """
    if bound not in ("certain", "possible"):
        raise ValueError(f'bound must be "certain" or "possible", not {bound!r}')
    n, holder, company = h.n, h.holder, h.company
    if n >= 2**31:
        raise ValueError("more than 2**31 entities do not fit 64-bit keys")
    votes: Columns = (h.low,) if h.low is h.high or np.array_equal(h.low, h.high) else (h.low, h.high)
    most = least = h.total  # votes that count: all but what the company holds in itself
    if (self_held := holder == company).any():
        own = [np.minimum(sums_by(company[self_held], v[self_held], n), h.total) for v in votes]
        holder, company, *kept = (c[~self_held] for c in (holder, company, *votes))
        votes = tuple(kept)
        most, least = h.total - own[0], h.total - own[-1]
    sums = tuple(sums_by(company, v, n) for v in votes)
    all_low, all_high = sums[0], sums[-1]
    if len(votes) == 1:
        need: Columns = (least,)
        if bound == "certain" and (all_low > most).any():
            need = (np.maximum(most, all_low),)
    elif bound == "certain":
        missing = all_high < least
        sides = (2 * all_high - least, all_high)
        need = (np.maximum(most, all_low), *(np.where(missing, 2**62, side) for side in sides))
    else:
        over = all_low > most
        need = (np.where(over, -1, 2 * all_low - most), least, np.where(over, -1, all_low))
    if most is least or np.array_equal(most, least):
        need = need[:2]  # the third follows from the others
    rows = _decisive(Register(holder, company, votes, need, bound, n, np.zeros(n, dtype=np.bool_), _UNSORTED), sums)
    return rows.in_order() if merged else rows


def _decisive(r: Register, sums: Columns) -> Register:
    """Without the rows that change no group's majority: where all holders together have none, or one alone has it.

    The second only where votes are known and do not exceed what is needed together, so that the rest has less than
    half. Most rows of a national register are of one of the two kinds. O(rows + n).
    """
    parts = [slice(i, i + BLOCK) for i in range(0, r.n, BLOCK)]  # so that nothing large is made in between
    ever = [r.majority(part, tuple(v[part] for v in sums)) for part in parts]
    keep = np.flatnonzero(np.concatenate([r.sole[:0], *ever])[r.company])
    company, votes = r.company[keep], tuple(v[keep] for v in r.votes)
    if len(votes) == 1:
        alone = r.majority(company, votes)
        if r.bound == "possible" and (over := sums[0] > r.need[0]).any():
            alone &= ~over[company]
        r.sole[company[alone]] = True
        rest = np.flatnonzero(alone | ~r.sole[company])
        keep, company, votes = keep[rest], company[rest], (votes[0][rest],)
    return r._replace(holder=r.holder[keep], company=company, votes=votes)


def expand(rows: Runs, x: IntArray, z: IntArray, limit: int = 2**62) -> PairArrays:
    """For each pair (x, z), shape (k,): x repeated, and the rows of z; shape (all rows,) both."""
    some = np.flatnonzero(rows.busy[z])  # most z hold nothing
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


def _gained(r: Register, x: IntArray, z: IntArray, limit: int) -> tuple[IntArray, Columns]:
    """What each z adds to the votes of its x in each company: sorted keys x * n + company and their votes."""
    who, row = expand(r.rows, x, z, 2 * limit)
    y, votes = r.company[row], tuple(v[row] for v in r.votes)
    if (same := who == y).any():
        who, y, *rest = (c[~same] for c in (who, y, *votes))
        votes = tuple(rest)
    return merge_keys(who * r.n + y, votes)


def fixpoint(
    r: Register, single: IntArray, members: PairArrays, edges: Edges | None = None, *, max_pairs: int
) -> Iterator[IntArray]:
    """Yield the sorted keys controller * n + controlled that each round of `control_pairs` adds.

    From sorted, distinct `single` entities, shape (k,), and (group, member) pairs; `edges` as of `edges_by_source`.
    """
    n = r.n
    x, z = (np.concatenate((single, part)) for part in members)
    from_start = members[0] * n + members[1]
    sums, known, pairs, first = _Sums(), _Sums(), 0, True
    while len(x):
        if first and not len(from_start) and np.count_nonzero(r.rows.busy[x]) == np.count_nonzero(r.rows.busy):
            key, company, add = r.holder * n + r.company, r.company, r.votes  # all holdings, in order
        else:
            key, add = _gained(r, x, z, max_pairs)
            company = key % n
        won = r.sole[company]
        at = np.flatnonzero(~won)  # where sums decide
        open_key, open_company, open_add = key[at], company[at], tuple(v[at] for v in add)
        if first:
            gained, first = r.majority(open_company, open_add), False
        else:
            had = sums.at(open_key, len(add))
            gained = r.majority(open_company, tuple(a + b for a, b in zip(had, open_add, strict=True)))
            gained &= ~r.majority(open_company, had)
        sums.add(open_key, open_add)
        won[at[gained]] = True
        new = key[won]
        if edges is not None:
            who, row = expand(edges[0], x, z, 2 * max_pairs)
            target = edges[1][row]
            new = merge_keys(np.concatenate((new, (who * n + target)[who != target])), ())[0]
            new = new[known.at(new, 1)[0] == 0]  # votes cross once, but an edge may repeat what is known
            known.add(new, (np.ones(len(new), dtype=np.int64),))
        pairs += len(new)
        if (kept := max(pairs, (sum(len(keys) for keys, _ in sums.runs) - len(r.holder)) // 2)) > max_pairs:
            raise ControlTooLarge(kept, max_pairs)
        yield new
        if len(from_start):
            new = new[~np.isin(new, from_start)]  # members were in G from the start and count once
        x, z = parts_of(new, n)


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
    r = register(h, bound)
    busy, by_source = r.rows.busy, None
    if edges is not None and len(edges[0]):
        by_source = edges_by_source(edges, h.n)
        busy = busy | by_source[0].busy
    group, member = distinct_members(members, h.n)
    single = np.flatnonzero(busy)
    if seeds is not None:
        seeds = merge_keys(_ints(seeds, "seeds"), ())[0]
        _check_ids(seeds, 0, 2**31, "seed")
        chosen = np.isin(group, seeds)
        single, group, member = seeds[seeds < h.n], group[chosen], member[chosen]
    found = [_NO_IDS, *fixpoint(r, single, (group, member), by_source, max_pairs=max_pairs)]
    return Pairs(*parts_of(np.sort(np.concatenate(found), kind="stable"), h.n))


def distinct_members(members: PairArrays | None, n: int) -> PairArrays:
    """Distinct (group, member) pairs, sorted; ValueError where a group id is below n, or a member id is not."""
    group, member = (_NO_IDS, _NO_IDS) if members is None else (_ints(part, "members") for part in members)
    _check_ids(group, n, 2**31, "group")
    _check_ids(member, 0, n, "member")
    return parts_of(merge_keys(group * n + member, ())[0], n)


def edges_by_source(edges: PairArrays, n: int) -> Edges:
    """The edges of each source, and the targets by source, shape (k,); ValueError for an unknown id."""
    source, target = (_ints(part, "edges") for part in edges)
    _check_ids(source, 0, n, "controller of an edge")
    _check_ids(target, 0, n, "controlled of an edge")
    other = source != target  # nobody is controlled through itself
    source, target = source[other], target[other]
    order = sorted_order(source)
    return runs(source[order], n), target[order]
