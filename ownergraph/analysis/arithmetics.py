"""Other legal arithmetics of ownership. Each answers its own question and none stands in for another.

===================  ======================================  ==================================================
method               question                                authority
===================  ======================================  ==================================================
:func:`cms_product`  Who must be disclosed to Medicare as     42 CFR 420.201 and 420.202(a); 42 U.S.C. 1320a-3;
                     a holder of 5 percent or more?           the same text is 18 NYCRR 502.3
:func:`cascade`      Which entities are owned, step by step,  OFAC's 50 Percent Rule, FAQ 398, 399 and 401
                     at least half by a set of persons?       (31 CFR chapter V programs)
:func:`weakest_link` How large are the voting rights of a     La Porta, Lopez-de-Silanes, Shleifer (1999);
                     holder at the end of its chains?         Claessens, Djankov, Lang (2000)
===================  ======================================  ==================================================

60 % of A, which has 60 % of B, is 36 % of B by product, all of the step at 50 % by cascade, and 60 % of the votes by
weakest link. Integrated ownership, the economic stake, is in ``integrated``.

All take the interval shares of :class:`~ownergraph.analysis.holdings.Shares` and answer in the same terms: *certain*
holds in every completion, *possible* in some.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from ownergraph.analysis.holdings import WHOLE, Prepared, Shares, prepare, subset, upstream
from ownergraph.analysis.integrated import Stakes, owners_of
from ownergraph.analysis.keys import BoolArray, IntArray
from ownergraph.analysis.rings import FloatArray, spans

__all__ = ["Cascade", "Disclosure", "cascade", "cms_product", "weakest_link"]

CMS_THRESHOLD = 50_000
"""5 percent, in millionths: 42 CFR 420.201, "5 percent or more"."""
OFAC_THRESHOLD = 500_000
"""50 percent, in millionths: "50 percent or more", so exactly half counts."""
ROUNDING = 1e-12
"""Fractions this far below a threshold count as reaching it: products of percentages are rounded in float64."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Direct and indirect ownership interests in one disclosing entity, by descending high bound, then id.

    Attributes:
        id: Holders, shape (k,).
        low: Least interest as a fraction 0..1, shape (k,).
        high: Greatest interest as a fraction 0..1, shape (k,).
        certain: The interest reaches the threshold in every completion, shape (k,).
        possible: It reaches the threshold in some completion, shape (k,).
        closed_rings: Members of every closed ring met on the way.
    """

    id: IntArray
    low: FloatArray
    high: FloatArray
    certain: BoolArray
    possible: BoolArray
    closed_rings: tuple[IntArray, ...] = ()


def cms_product(s: Shares | Prepared, company: int, *, threshold: int = CMS_THRESHOLD) -> Disclosure:
    """Interests in a disclosing entity under 42 CFR 420.202(a): percentages are multiplied down each chain.

    The rule's own examples: 10 percent of a corporation that has 80 percent is 8 percent and must be reported; 80
    percent of a corporation that has 5 percent is 4 percent and need not be. Several chains of one holder are added
    up (the regulation determines "the amount" of the interest; it gives no example of two chains). It is silent on
    rings too; here a chain that comes back to its holder is not counted again, as in ``integrated``, with which this
    arithmetic coincides. For a member of a closed ring only direct interests are given: they are facts, the rest is
    not defined. Mortgages and notes, 420.202(b), are no shares and not part of this.

    Args:
        s: Holdings.
        company: Id of the disclosing entity.
        threshold: Millionths at or above which an interest is disclosed.

    Returns:
        Every holder with a possible interest.

    Raises:
        ValueError: The input is malformed.
        OverOwnedError: Some company is certainly held to more than 100 %.
    """
    p = prepare(s)
    found = owners_of(p, company)
    if any(company in ring for ring in found.closed_rings):
        rows = spans(p.first[company, None], p.first[company + 1, None] - p.first[company])
        rows = rows[p.holder[rows] != company]
        found = _ranked(p.holder[rows], p.low[rows] / WHOLE, (p.low + p.room)[rows] / WHOLE, found.closed_rings)
    least = threshold / WHOLE - ROUNDING
    return Disclosure(found.id, found.low, found.high, found.low >= least, found.high >= least, found.closed_rings)


def _ranked(ids: IntArray, low: FloatArray, high: FloatArray, closed: tuple[IntArray, ...] = ()) -> Stakes:
    order = np.lexsort((ids, -high))
    return Stakes(ids[order], low[order], high[order], closed)


@dataclass(frozen=True, slots=True)
class Cascade:
    """Entities reached by a cascade, by ascending id, without those it started from.

    Attributes:
        id: Entities that are possibly reached, shape (k,).
        certain: Reached in every completion, shape (k,).
        step: Round in which the entity was first possibly reached, from 1, shape (k,).
        low: Millionths certainly held by the start and all certainly reached, shape (k,).
        high: Millionths possibly held by the start and all possibly reached, shape (k,).
    """

    id: IntArray
    certain: BoolArray
    step: IntArray
    low: IntArray
    high: IntArray


def cascade(s: Shares | Prepared, start: IntArray, *, threshold: int = OFAC_THRESHOLD, strict: bool = False) -> Cascade:
    """Entities owned at the threshold or more, in the aggregate and step by step, by a set of persons.

    An entity is reached when the direct shares of the start and of all entities reached before add up to the
    threshold; a reached entity then counts with all its own shares. OFAC FAQ 401, example 2: X has 50 percent of A
    and of B, which have 25 percent of C each; C is blocked. FAQ 398: control without ownership is not enough, so
    contracts play no part. FAQ 399: the shares of all blocked persons are added up.

    Integers throughout, so exactly half is exactly half. Certain reach adds up low bounds; possible reach adds up
    high bounds, at most what all others certainly leave. Both are exact for the given start: shares of different
    companies can be chosen independently. Ring members reach each other only from outside the ring.

    Args:
        s: Holdings. With ``prepare(s, treasury="count")`` self-held shares stay in the denominator.
        start: Ids of the persons, shape (b,).
        threshold: Millionths, 1 to 1,000,000.
        strict: Require more than the threshold ("majority") instead of at least the threshold.

    Returns:
        Reached entities. O(m log m): each row is read at most once for each bound.

    Raises:
        ValueError: The threshold is out of range, or the input is malformed.
        OverOwnedError: Some company is certainly held to more than 100 %.
    """
    if not 0 < threshold <= WHOLE:
        raise ValueError("threshold must lie in 1..1,000,000 millionths")
    p = prepare(s)
    start = np.unique(np.asarray(start, np.int64))
    least, certain_step = _spread(p, start, threshold, strict=strict, possible=False)
    most, possible_step = _spread(p, start, threshold, strict=strict, possible=True)
    ids = np.flatnonzero(possible_step > 0)
    return Cascade(ids, certain_step[ids] > 0, possible_step[ids], least[ids], most[ids])


def _spread(p: Prepared, start: IntArray, threshold: int, *, strict: bool, possible: bool) -> tuple[IntArray, IntArray]:
    """Least fixpoint: millionths held by the reached set, and step of reach (0 never, -1 start), shape (n,) each."""
    order = np.argsort(p.holder, kind="stable")
    count = np.bincount(p.holder, minlength=p.n)
    first = np.cumsum(count) - count
    own = p.holder == p.company
    self_low, self_room = np.zeros(p.n, np.int64), np.zeros(p.n, np.int64)
    self_low[p.company[own]], self_room[p.company[own]] = p.low[own], p.room[own]
    low, high, held = (np.zeros(p.n, np.int64) for _ in range(3))
    step = np.zeros(p.n, np.int64)
    step[start] = -1
    front, turn = start, 0
    while front.size:
        turn += 1
        rows = order[spans(first[front], count[front])]
        rows = rows[~own[rows]]
        np.add.at(low, p.company[rows], p.low[rows])
        np.add.at(high, p.company[rows], p.low[rows] + p.room[rows])
        met = np.unique(p.company[rows])
        left = p.slack[met] + low[met]
        held[met] = np.minimum(high[met], left) if possible else low[met]
        treasury = self_low[met]
        if possible:
            treasury = treasury + np.minimum(self_room[met], left - held[met])
        have, need = held[met] * WHOLE, threshold * (p.total[met] - treasury)
        enough = have > need if strict else (have >= need) & (have > 0)
        front = met[enough & (step[met] == 0)]
        step[front] = turn
    return held, step


def weakest_link(s: Shares | Prepared, company: int) -> Stakes:
    """Voting rights by the weakest link: each chain is worth its smallest share; final links add up.

    La Porta et al. and Claessens et al. take the minimum along each chain and add up the chains. Chains that share a
    link then count its votes more than once, and there are exponentially many. Here each *final* link, a direct
    holding k -> company, counts once, with the strongest of the chains that end in it:

        rights(i) = sum over direct holders k of  min(share of k in the company, strongest chain from i to k),

    where the strength of a chain is its smallest share (no bound for k itself) and chains avoid the company. The two
    agree wherever no two chains of a holder share their final link; elsewhere this one is smaller and, unlike the
    other, never above what the direct holders have. Edwards and Weichenrieder (CESifo WP 1255) list what is wrong
    with the principle; use it to compare with published figures, not as a legal test.

    Args:
        s: Holdings.
        company: Id of the company.

    Returns:
        Holders by descending high bound: low with all shares at their low bound, high with all at their high bound
        and at most what direct holders outside the holder's chains certainly leave. O(d m log m) for d direct holders
        and m upstream rows.

    Raises:
        ValueError: The input is malformed.
        OverOwnedError: Some company is certainly held to more than 100 %.
    """
    p = prepare(s)
    rows, ids = upstream(p, np.array([company], np.int64))
    local = subset(p, rows, ids)
    target = int(np.searchsorted(ids, company))
    total = local.total[local.company]
    low, high = local.low / total, (local.low + local.room) / total
    direct = range(int(local.first[target]), int(local.first[target + 1]))
    least, most = np.zeros(local.n), np.zeros(local.n)
    taken = np.zeros(local.n)
    for row in direct:
        last = int(local.holder[row])
        if last == target:
            continue
        least += np.minimum(_strongest(local, low, last, target), low[row])
        chain = _strongest(local, high, last, target)
        most += np.minimum(chain, high[row])
        taken += np.where(chain > 0, 0.0, low[row])
    most = np.maximum(np.minimum(most, 1 - taken), least)
    held = np.flatnonzero((most > 0) & (np.arange(local.n) != target))
    return _ranked(ids[held], least[held], most[held])


def _strongest(p: Prepared, share: FloatArray, last: int, avoid: int) -> FloatArray:
    """Largest bottleneck over chains from each entity to ``last`` that avoid one company, shape (n,)."""
    out = np.zeros(p.n)
    out[last] = np.inf
    heap = [(-np.inf, last)]
    while heap:
        width, node = heappop(heap)
        if -width < out[node]:
            continue
        for row in range(p.first[node], p.first[node + 1]):
            holder = int(p.holder[row])
            through = min(-width, share[row])
            if holder != avoid and through > out[holder]:
                out[holder] = through
                heappush(heap, (-through, holder))
    return out
