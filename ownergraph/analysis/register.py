"""Votes made ready for control: intervals, treasury votes, thresholds, and only the rows that can decide something.

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

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from ownergraph.analysis.keys import (
    BLOCK,
    BoolArray,
    Columns,
    IntArray,
    Runs,
    in_order,
    merge_keys,
    parts_of,
    runs,
    sums_by,
)

Edges = tuple[Runs, IntArray]
Bound = Literal["certain", "possible"]


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
            object.__setattr__(self, name, ints(getattr(self, name), name))
        object.__setattr__(self, "high", self.low if point else ints(self.high, "high"))
        if len(self.total) != self.n or len({len(c) for c in (self.holder, self.company, self.low, self.high)}) > 1:
            raise ValueError("holder, company, low and high must be equally long, and total have n values")
        check_ids(self.holder, 0, self.n, "holder")
        check_ids(self.company, 0, self.n, "company")
        _refuse((self.low < 0) | (self.low > self.high), "holding", "needs 0 <= low <= high")
        _refuse(self.high > self.total[self.company], "holding", "has more votes than its company has in total")


def ints(values: object, name: str) -> IntArray:
    """The values as a one-dimensional array of 64-bit integers, shape (k,); ValueError names what is not."""
    array = np.asarray(values)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise ValueError(f"{name} must be a one-dimensional array of integers")
    return np.ascontiguousarray(array, dtype=np.int64)


def _refuse(bad: BoolArray, what: str, why: str) -> None:
    if bad.any():
        raise ValueError(f"{what} in row {int(bad.argmax())} {why}")


def check_ids(ids: IntArray, start: int, stop: int, name: str) -> None:
    """ValueError for the first id, shape (k,), that is not from `start` to `stop` - 1."""
    _refuse((ids < start) | (ids >= stop), name, f"is not an id from {start} to {stop - 1}")


class Register(NamedTuple):
    """Holdings made ready for one bound, treasury votes taken out, and with them all rows that change no majority.

    `votes` are low and high, or low alone where every holding is known exactly, shape (rows,) as `holder` and
    `company`; `need` are thresholds, shape (n,) each; `sole`, shape (n,), tells companies of which one row is left, a
    majority by itself.
    """

    holder: IntArray
    company: IntArray
    votes: Columns
    need: Columns
    bound: Bound
    n: int
    sole: BoolArray

    def majority(self, company: IntArray | slice, held: Columns) -> BoolArray:
        """Whether a group that holds sums `held` of `votes` has a majority in each company, shape (k,) all."""
        met: BoolArray = 2 * held[0] > self.need[0][company]
        if len(held) == 2:
            join = np.logical_or if self.bound == "certain" else np.logical_and
            for side, need in zip((2 * held[1], held[0] + held[1]), self.need[1:], strict=False):
                join(met, side > need[company], out=met)
        return met


class Ordered(NamedTuple):
    """The rows of a register by holder, then company: what holders lead to alone, and what sums decide.

    Attributes:
        register: the register.
        busy: whether an entity holds anything that counts, shape (n,).
        alone: keys holder * n + company of the rows of `sole` companies, shape (k,), sorted.
        leads: the same as edges.
        key: keys of all other rows, shape (m,), sorted, each once.
        company: companies of these rows, shape (m,).
        votes: their votes, shape (m,) each.
        rows: their rows by holder.
    """

    register: Register
    busy: BoolArray
    alone: IntArray
    leads: Edges
    key: IntArray
    company: IntArray
    votes: Columns
    rows: Runs


def ordered(r: Register) -> Ordered:
    """Merge rows of the same holder and company, and sort. O(rows log rows)."""
    key, by_itself = r.holder * r.n + r.company, r.sole[r.company]
    alone, sums = in_order(key[by_itself]), np.flatnonzero(~by_itself)
    source, target = parts_of(alone, r.n)
    leads = runs(source, r.n)
    key, votes = merge_keys(key[sums], tuple(v[sums] for v in r.votes))
    holder, company = parts_of(key, r.n)
    rows = runs(holder, r.n)
    return Ordered(r, leads.busy | rows.busy, alone, (leads, target), key, company, votes, rows)


def register(h: Holdings, bound: Bound) -> Register:
    """Take treasury votes out, work out the thresholds, leave out what changes no majority. O(rows + n).

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
    return _decisive(Register(holder, company, votes, need, bound, n, np.zeros(n, dtype=np.bool_)), sums)


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
