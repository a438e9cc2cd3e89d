"""Direct holdings as interval shares: checked, merged, sorted by company.

The input of every arithmetic of ownership. Arrays only: ids are dense, shares are integer millionths of the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ownergraph.analysis.keys import IntArray, in_order, merge_keys, parts_of
from ownergraph.analysis.rings import distinct, spans

WHOLE = 1_000_000
"""Millionths in the whole of a company."""

Treasury = Literal["exclude", "count"]


class OverOwnedError(ValueError):
    """Shares that certainly add up to more than 100 % of a company.

    Attributes:
        companies: Ids of those companies, ascending.
        sums: Sum of their low bounds, in millionths.
    """

    def __init__(self, companies: IntArray, sums: IntArray) -> None:
        self.companies = companies
        self.sums = sums
        shown = ", ".join(f"{c} ({s / 10_000:g} %)" for c, s in zip(companies[:10], sums[:10], strict=True))
        more = f" and {companies.size - 10} more" if companies.size > 10 else ""
        super().__init__(f"holdings certainly exceed 100 % of: {shown}{more}")


@dataclass(frozen=True, slots=True)
class Shares:
    """Direct holdings as intervals.

    Attributes:
        n: Number of entities; ids are 0..n-1.
        holder: Holder of each row, shape (m,).
        company: Company of each row, shape (m,). Several rows for one pair add up.
        low: Least share in millionths of the whole, rounded down, shape (m,).
        high: Greatest share in millionths of the whole, rounded up, shape (m,); 0 <= low <= high <= 1,000,000.
    """

    n: int
    holder: IntArray
    company: IntArray
    low: IntArray
    high: IntArray


@dataclass(frozen=True, slots=True)
class Prepared:
    """Holdings checked, merged and sorted by company: build once, ask often.

    Attributes:
        n: Number of entities.
        holder: Holder of each row, shape (m,), ascending within a company.
        company: Company of each row, shape (m,), ascending.
        low: Millionths certainly held, shape (m,).
        room: Millionths that may be held on top, shape (m,); low + room > 0.
        first: Rows of company c are first[c]..first[c + 1], shape (n + 1,).
        slack: Millionths that nobody certainly holds, shape (n,).
        total: Millionths that count: the whole less known treasury shares, shape (n,).
        closed: Companies that certainly hold all of themselves, shape (c,).
    """

    n: int
    holder: IntArray
    company: IntArray
    low: IntArray
    room: IntArray
    first: IntArray
    slack: IntArray
    total: IntArray
    closed: IntArray


def prepare(s: Shares | Prepared, *, treasury: Treasury = "exclude") -> Prepared:
    """Check, merge and sort holdings.

    Args:
        s: Holdings; already prepared ones come back as they are.
        treasury: Whether self-held shares leave the denominator ("exclude") or stay, held by nobody ("count").

    Returns:
        The prepared holdings. O(m log m).

    Raises:
        ValueError: An array has the wrong length, an id or a bound is out of range.
        OverOwnedError: The low bounds of some company add up to more than the whole.
    """
    if isinstance(s, Prepared):
        return s
    holder, company, low, high = (np.asarray(a, np.int64) for a in (s.holder, s.company, s.low, s.high))
    if not holder.shape == company.shape == low.shape == high.shape == (holder.size,):
        raise ValueError("holder, company, low and high must be one-dimensional and equally long")
    if holder.size and (min(holder.min(), company.min()) < 0 or max(holder.max(), company.max()) >= s.n):
        raise ValueError(f"holder and company ids must lie in 0..{s.n - 1}")
    if ((low < 0) | (low > high) | (high > WHOLE)).any():
        raise ValueError("bounds must satisfy 0 <= low <= high <= 1,000,000 millionths")
    key = company * s.n + holder
    key, bounds = merge_keys(key, (low,) if low is high else (low, high))
    low, high = bounds[0], bounds[-1]
    company, holder = parts_of(key, s.n)
    certain = np.bincount(company, low, s.n).astype(np.int64)
    if (certain > WHOLE).any():
        over = np.flatnonzero(certain > WHOLE)
        raise OverOwnedError(over, certain[over])
    slack = WHOLE - certain
    total = np.full(s.n, WHOLE, np.int64)
    room = np.minimum(high - low, slack[company])
    own = holder == company
    keep = low + room > 0
    closed = np.empty(0, np.int64)
    if own.any():
        if treasury == "exclude":
            own &= room == 0
            total[company[own]] -= low[own]
            closed = np.flatnonzero(total == 0)
            total[closed] = WHOLE
        keep &= ~own
    if not keep.all():
        company, holder, low, room = company[keep], holder[keep], low[keep], room[keep]
    first = np.zeros(s.n + 1, np.int64)
    np.cumsum(np.bincount(company, minlength=s.n), out=first[1:])
    return Prepared(s.n, holder, company, low, room, first, slack, total, closed)


def subset(p: Prepared, rows: IntArray, keep: IntArray) -> Prepared:
    """The rows with ids renumbered by their position in ``keep`` (ascending, covering all ids in the rows)."""
    company, holder = np.searchsorted(keep, p.company[rows]), np.searchsorted(keep, p.holder[rows])
    first = np.zeros(keep.size + 1, np.int64)
    np.cumsum(np.bincount(company, minlength=keep.size), out=first[1:])
    closed = np.searchsorted(keep, np.intersect1d(p.closed, keep))
    return Prepared(
        keep.size, holder, company, p.low[rows], p.room[rows], first, p.slack[keep], p.total[keep], closed
    )  # fmt: skip


def upstream(p: Prepared, targets: IntArray) -> tuple[IntArray, IntArray]:
    """Rows of all companies upstream of the targets, ascending, and all ids met, ascending."""
    seen = np.zeros(p.n, np.bool_)
    front = distinct(targets)
    met = [front]
    seen[front] = True
    while front.size:
        held = p.holder[spans(p.first[front], p.first[front + 1] - p.first[front])]
        front = distinct(held[~seen[held]])
        seen[front] = True
        met.append(front)
    ids = in_order(np.concatenate(met))
    return spans(p.first[ids], p.first[ids + 1] - p.first[ids]), ids


def downstream(p: Prepared, holder: int) -> IntArray:
    """The holder and everything reached from it through possible holdings, ascending. O(m log m) for sorting."""
    order = np.argsort(p.holder, kind="stable")
    ends = np.cumsum(np.bincount(p.holder, minlength=p.n))
    company = p.company[order]
    seen = np.zeros(p.n, np.bool_)
    seen[holder] = True
    front = np.array([holder], np.int64)
    while front.size:
        begin = np.where(front > 0, ends[front - 1], 0)
        held = company[spans(begin, ends[front] - begin)]
        front = distinct(held[~seen[held]])
        seen[front] = True
    return np.flatnonzero(seen)
