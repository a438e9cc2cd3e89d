"""Integrated (ultimate economic) ownership with cross-holdings, as intervals that are never over 100 %.

Definition. With ``A[i, j]`` the share of j directly held by i, the stake of i in j is the total weight of all walks
from i to j that do not come back to i (Baldone, Brioschi, Paleari: integrated ownership without double counting),

    stake = D^-1 (I - A)^-1 A   off the diagonal,   D = diag((I - A)^-1).

For a holder that nobody holds (a person, the state) D is 1 and this is the walk sum of Brioschi, Buzzacchi and
Colombo (1989). The golden value of Elliott, Golub and Jackson (2014), two firms each holding half of the other, is
about such holders: the outside owner of one firm has 2/3 of it and 1/3 of the other, while each *firm* has 1/2 of the
other here. What nobody is recorded to hold (the float) counts for nobody: with complete data the stakes of all
holders that nobody holds, plus the float that reaches the company, are 1.

Intervals. A *completion* takes every share from its interval such that no company has more than 100 %. Fix a holder
i; then x_i = 1 and ``x_j = sum_k a_kj x_k`` for j != i, a sum of walk weights.

* *low* takes every share at its low bound. Walk weights grow with every share and the low bounds are themselves a
  completion, so this is the least value and it is attained.
* *high* is the greatest fixpoint value over completions. The shares of one company can be chosen independently of
  all others', so the best choice for company j is to hand what nobody certainly holds (its slack) to the holders with
  the greatest x_k first: a fractional knapsack at every company, policy iteration in a ring (see rings). It is
  attained too, or approached where only a closed ring would attain it, so both bounds are tight for one holder at a
  time. It never exceeds 1, nor 1 minus what other holders certainly have outside of i, because no completion does.

Where no company's highs exceed its slack, both bounds are linear. Rounding: bounds carry the rounding of float64
sums and products of non-negative numbers, a few units in the last place for each holding on the way; they are not
widened for it. Above 96 members, rings whose intervals leave a choice are solved by LAPACK for the high bound.

Self-held (treasury) shares. ``treasury="exclude"`` (the default) takes them out and lets the rest be the whole;
algebraically this is the ring of length one, so the definition above does it by itself. ``treasury="count"`` keeps
them in the denominator, held by nobody.

Closed rings. Companies whose shares are certainly all held among themselves have no outside owner: ``I - A`` is
singular. They are returned in ``closed_rings``, without stakes in their members; stakes of members in companies
outside remain defined and are given. ``possible_rings`` names groups that close in some completion only; bounds then
hold for every completion that leaves them open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ownergraph.analysis.holdings import OverOwnedError, Prepared, Shares, downstream, prepare, subset, upstream
from ownergraph.analysis.keys import IntArray
from ownergraph.analysis.rings import FloatArray, distinct
from ownergraph.analysis.stakes import Engine, Triples, backward

__all__ = [
    "OverOwnedError",
    "Prepared",
    "Shares",
    "Stakes",
    "Triples",
    "all_stakes",
    "holdings_of",
    "owners_of",
    "prepare",
]

Method = Literal["integrated"]


@dataclass(frozen=True, slots=True)
class Stakes:
    """Stakes in one company, or of one holder, by descending high bound, then id.

    Attributes:
        id: Holders (or companies), shape (k,).
        low: Certain stake as a fraction 0..1, shape (k,).
        high: Possible stake as a fraction 0..1, shape (k,).
        closed_rings: Members of every closed ring met on the way.
        possible_rings: Members of every group that closes in some completion.
    """

    id: IntArray
    low: FloatArray
    high: FloatArray
    closed_rings: tuple[IntArray, ...] = ()
    possible_rings: tuple[IntArray, ...] = ()


def _renamed(rings: tuple[IntArray, ...], ids: IntArray) -> tuple[IntArray, ...]:
    return tuple(ids[ring] for ring in rings)


def _sorted(
    ids: IntArray, low: FloatArray, high: FloatArray, closed: tuple[IntArray, ...], possible: tuple[IntArray, ...]
) -> Stakes:
    order = np.lexsort((ids, -high))
    return Stakes(ids[order], low[order], high[order], closed, possible)


def all_stakes(s: Shares | Prepared, targets: IntArray | None = None) -> Triples:
    """Stakes of every direct and indirect holder in every target.

    Args:
        s: Holdings, or prepared holdings.
        targets: Companies asked for, shape (t,); None means every company that somebody holds.

    Returns:
        One row a pair (holder, company), by ascending company. Work is proportional to the stakes of all companies
        upstream of the targets, plus s^3 for each ring of s members, plus one policy iteration a holder of a ring
        whose intervals leave a choice.

    Raises:
        ValueError: The input is malformed (see ``prepare``).
        OverOwnedError: Some company is certainly held to more than 100 %.
    """
    p = prepare(s)
    if targets is None:
        return Engine(p).stakes(np.flatnonzero(np.diff(p.first)))
    targets = distinct(np.asarray(targets, np.int64))
    if 3 * targets.size > np.count_nonzero(np.diff(p.first)):  # a detour by the upstream part would cost more
        return Engine(p).stakes(targets)
    rows, ids = upstream(p, targets)
    found = Engine(subset(p, rows, ids)).stakes(np.searchsorted(ids, targets))
    return Triples(
        ids[found.holder],
        ids[found.company],
        found.low,
        found.high,
        _renamed(found.closed_rings, ids),
        _renamed(found.possible_rings, ids),
    )


def owners_of(s: Shares | Prepared, company: int, *, method: Method = "integrated") -> Stakes:
    """Stakes of every direct and indirect holder in one company, from its upstream only.

    Args:
        s: Holdings; prepare them first when asking about several companies.
        company: Id of the company.
        method: Only "integrated" here; the other legal arithmetics are named functions in ``arithmetics``.

    Returns:
        Holders by descending high bound. Empty for a member of a closed ring, which is then named. Linear in the
        upstream rows (plus s^3 a ring of s members) where no intervals leave a choice, else as ``all_stakes``.

    Raises:
        ValueError: The method is unknown or the input is malformed (see ``prepare``).
        OverOwnedError: Some company is certainly held to more than 100 %.
    """
    if method != "integrated":
        raise ValueError(f"unknown method {method!r}: expected 'integrated'")
    p = prepare(s)
    rows, ids = upstream(p, np.array([company], np.int64))
    local = subset(p, rows, ids)
    spot = int(np.searchsorted(ids, company))
    linear = backward(local, spot)
    if linear is not None:
        others = np.flatnonzero((linear[1] > 0) & (ids != company))
        return _sorted(ids[others], linear[0][others], linear[1][others], (), ())
    found = Engine(local).stakes(np.array([spot]))
    closed, possible = _renamed(found.closed_rings, ids), _renamed(found.possible_rings, ids)
    return _sorted(ids[found.holder], found.low, found.high, closed, possible)


def holdings_of(s: Shares | Prepared, holder: int) -> Stakes:
    """Stakes of one holder in every company downstream of it.

    Args:
        s: Holdings; prepare them first when asking about several holders.
        holder: Id of the holder.

    Returns:
        Companies by descending high bound; if the holder is a member of a closed ring, the ring is named and its
        members are left out. O(m) for the scan of rows, then local to the downstream part.

    Raises:
        ValueError: The input is malformed (see ``prepare``).
        OverOwnedError: Some company is certainly held to more than 100 %.
    """
    p = prepare(s)
    below = downstream(p, holder)
    reached = np.zeros(p.n, np.bool_)
    reached[below] = True
    rows = np.flatnonzero(reached[p.holder] & reached[p.company] & (p.company != holder))
    local = subset(p, rows, below)
    spot = int(np.searchsorted(below, holder))
    found = Engine(local, spot).stakes(np.flatnonzero(np.diff(local.first)))
    rows, above = upstream(p, np.array([holder], np.int64))
    certain = np.bincount(np.searchsorted(above, p.company[rows]), p.low[rows], above.size)
    ring = bool((certain == p.total[above]).all())
    companies, low, high, closed = below[found.company], found.low, found.high, _renamed(found.closed_rings, below)
    if ring and above.size > 1 and reached[above].all():
        keep = ~np.isin(companies, above)
        companies, low, high, closed = companies[keep], low[keep], high[keep], (*closed, above)
    return _sorted(companies, low, high, closed, _renamed(found.possible_rings, below))
