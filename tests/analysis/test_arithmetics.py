"""Products of percentages, cascades and weakest links: the authorities' own examples, then enumeration."""

from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.analysis.arithmetics import cascade, cms_product, weakest_link
from ownergraph.analysis.integrated import Shares, owners_of, prepare

WHOLE = 1_000_000
PERCENT = 10_000


def shares(n, rows):
    """Shares from rows (holder, company, low[, high]) in percent."""
    a = np.array([(r[0], r[1], r[2] * PERCENT, r[-1] * PERCENT) for r in rows], np.int64).reshape(-1, 4).T
    return Shares(n, a[0], a[1], a[2], a[3])


def stakes(found):
    return {int(i): (float(lo), float(hi)) for i, lo, hi in zip(found.id, found.low, found.high, strict=True)}


@st.composite
def graphs(draw, most=5):
    n = draw(st.integers(2, most))
    rows = []
    for c in range(n):
        left = 100
        for h in draw(st.lists(st.integers(0, n - 1), unique=True, max_size=3)):
            low = draw(st.integers(0, left))
            left -= low
            rows.append((h, c, low, draw(st.one_of(st.just(low), st.integers(low, 100)))))
    return n, rows


# --- 42 CFR 420.202(a) -----------------------------------------------------------------------------------------


def test_the_two_examples_of_the_regulation():
    must = cms_product(shares(3, [(0, 1, 10), (1, 2, 80)]), 2)
    assert dict(zip(must.id.tolist(), must.certain.tolist(), strict=True)) == {1: True, 0: True}
    assert stakes(must)[0] == (pytest.approx(0.08), pytest.approx(0.08))
    need_not = cms_product(shares(3, [(0, 1, 80), (1, 2, 5)]), 2)
    assert dict(zip(need_not.id.tolist(), need_not.possible.tolist(), strict=True)) == {1: True, 0: False}
    assert stakes(need_not)[0] == (pytest.approx(0.04), pytest.approx(0.04))


@pytest.mark.parametrize(("upper", "lower"), [(50, 10), (10, 50), (20, 25), (25, 20), (100, 5), (5, 100)])
def test_exactly_five_percent_is_reported(upper, lower):
    found = cms_product(shares(3, [(0, 1, upper), (1, 2, lower)]), 2)
    assert found.certain[found.id == 0].all()


def test_chains_of_one_holder_add_up_to_the_threshold():
    rows = [(0, 1, 30), (1, 3, 10), (0, 2, 20), (2, 3, 10)]
    assert cms_product(shares(4, rows), 3).certain.tolist() == [True, True, True]
    assert not cms_product(shares(4, rows[:2]), 3).possible[1]


def test_unknown_shares_make_a_possible_interest():
    found = cms_product(shares(3, [(0, 1, 0, 100), (1, 2, 40)]), 2)
    assert found.id.tolist() == [0, 1]
    assert found.possible.all()
    assert found.certain.tolist() == [False, True]


def test_closed_ring_discloses_direct_interests_only():
    found = cms_product(shares(3, [(0, 1, 60), (2, 1, 40), (1, 0, 100), (1, 2, 100)]), 1)
    assert stakes(found) == {0: (0.6, 0.6), 2: (0.4, 0.4)}
    assert [r.tolist() for r in found.closed_rings] == [[0, 1, 2]]


# --- OFAC's 50 Percent Rule ------------------------------------------------------------------------------------

X, A, B, C = range(4)


@pytest.mark.parametrize(
    ("rows", "blocked"),
    [
        ([(X, A, 50), (A, B, 50)], [A, B]),  # FAQ 401, example 1
        ([(X, A, 50), (X, B, 50), (A, C, 25), (B, C, 25)], [A, B, C]),  # example 2
        ([(X, A, 50), (X, B, 10), (A, B, 40)], [A, B]),  # example 3
        ([(X, A, 50), (X, B, 25), (A, C, 25), (B, C, 25)], [A]),  # B does not count for C
        ([(X, A, 25), (X, B, 25), (A, C, 50), (B, C, 50)], []),  # neither counts
        ([(X, A, 49), (A, B, 100)], []),
        ([(A, B, 60), (B, A, 60)], []),  # a ring does not start by itself
        ([(X, A, 40), (B, A, 60), (A, B, 60)], []),
        ([(X, A, 50), (B, A, 50), (A, B, 60)], [A, B]),
    ],
)
def test_examples_of_the_office(rows, blocked):
    found = cascade(shares(4, rows), np.array([X]))
    assert found.id[found.certain].tolist() == found.id.tolist() == blocked


def test_shares_of_several_persons_add_up_and_majority_is_strict():
    s = shares(3, [(0, 2, 25), (1, 2, 25)])
    assert cascade(s, np.array([0, 1])).id.tolist() == [2]
    assert cascade(s, np.array([0])).id.size == 0
    assert cascade(s, np.array([0, 1]), strict=True).id.size == 0


def test_steps_and_amounts():
    found = cascade(shares(4, [(0, 1, 50, 60), (1, 2, 30), (0, 2, 20), (2, 3, 100)]), np.array([0]))
    assert found.id.tolist() == [1, 2, 3]
    assert found.step.tolist() == [1, 2, 3]
    assert found.low.tolist() == [500_000, 500_000, 1_000_000]
    assert found.high.tolist() == [600_000, 500_000, 1_000_000]


def test_treasury_shares_leave_the_denominator_unless_counted():
    s = shares(2, [(0, 1, 40), (1, 1, 20)])
    assert cascade(s, np.array([0])).id.tolist() == [1]
    assert cascade(prepare(s, treasury="count"), np.array([0])).id.size == 0


@pytest.mark.parametrize("threshold", [0, -1, WHOLE + 1])
def test_threshold_out_of_range(threshold):
    with pytest.raises(ValueError, match="threshold"):
        cascade(shares(2, [(0, 1, 50)]), np.array([0]), threshold=threshold)


def corners(bounds):
    found = set()
    for at in product((0, 1), repeat=len(bounds)):
        point = [b[side] for b, side in zip(bounds, at, strict=True)]
        if sum(point) <= 100:
            found.add(tuple(point))
        for free, (low, high) in enumerate(bounds):
            rest = 100 - sum(point) + point[free]
            if low <= rest <= high:
                found.add((*point[:free], rest, *point[free + 1 :]))
    return sorted(found)


def reached(n, weight, start, threshold):
    got = set(start)
    while True:
        own = {j: weight.get((j, j), 0) for j in range(n)}
        now = got | {
            j
            for j in range(n)
            if (has := sum(w for (h, c), w in weight.items() if c == j and h in got and h != j)) > 0
            and has * 100 >= threshold * (100 - own[j])
        }
        if now == got:
            return got - set(start)
        got = now


@settings(derandomize=True, deadline=None, max_examples=200)
@given(graphs(most=4), st.integers(1, 100))
def test_cascade_is_exact_over_all_completions(graph, threshold):
    n, rows = graph
    by = {c: [r for r in rows if r[1] == c] for c in range(n)}
    choices = [corners([(r[2], r[3]) for r in by[c]]) for c in range(n)]
    if np.prod([len(c) for c in choices], dtype=float) > 500:
        return
    every, some = set(range(n)), set()
    for choice in product(*choices):
        weight = {(r[0], c): w for c in range(n) for r, w in zip(by[c], choice[c], strict=True)}
        got = reached(n, weight, {0}, threshold)
        every, some = every & got, some | got
    found = cascade(shares(n, rows), np.array([0]), threshold=threshold * PERCENT)
    assert set(found.id[found.certain].tolist()) == every
    assert set(found.id.tolist()) == some


# --- weakest link ----------------------------------------------------------------------------------------------


def test_chain_is_worth_its_smallest_share_and_final_links_add_up():
    # the family has 60 % of A, which has 30 % of T, and 20 % of T directly
    found = weakest_link(shares(3, [(0, 1, 60), (1, 2, 30), (0, 2, 20)]), 2)
    assert stakes(found) == {0: (0.5, 0.5), 1: (0.3, 0.3)}


def test_a_shared_final_link_counts_once():
    # two chains of 30 % end in the same 40 %: the plain sum over chains would say 60 % of a link of 40 %
    rows = [(0, 1, 50), (0, 2, 50), (1, 3, 30), (2, 3, 30), (3, 4, 40)]
    assert stakes(weakest_link(shares(5, rows), 4))[0] == (0.3, 0.3)
    assert stakes(weakest_link(shares(5, rows), 3))[0] == (0.6, 0.6)


def test_votes_and_economic_stake_differ():
    s = shares(3, [(0, 1, 60), (1, 2, 60)])
    assert stakes(weakest_link(s, 2))[0] == (0.6, 0.6)
    assert stakes(owners_of(s, 2))[0] == (pytest.approx(0.36), pytest.approx(0.36))


def test_ring_through_the_company_is_not_a_chain():
    found = weakest_link(shares(3, [(0, 1, 50), (1, 2, 50), (2, 1, 50)]), 1)
    assert stakes(found) == {0: (0.5, 0.5), 2: (0.5, 0.5)}


def by_enumeration(n, weight, company):
    g = nx.DiGraph()
    g.add_nodes_from(range(n))
    g.add_weighted_edges_from((h, c, w) for (h, c), w in weight.items() if w and h != c)
    found = {}
    for i in range(n):
        if i != company:
            best: dict[int, int] = {}
            for path in nx.all_simple_edge_paths(g, i, company):
                last = path[-1][0]
                best[last] = max(best.get(last, 0), min(g[a][b]["weight"] for a, b in path))
            if best:
                found[i] = sum(best.values()) / 100
    return found


@settings(derandomize=True, deadline=None, max_examples=200)
@given(graphs())
def test_weakest_link_equals_enumeration_of_chains(graph):
    n, rows = graph
    rows = [(h, c, low) for h, c, low, _ in rows if h != c]
    weight = {(h, c): w for h, c, w in rows}
    for company in range(n):
        found = stakes(weakest_link(shares(n, rows), company))
        want = by_enumeration(n, weight, company)
        assert set(found) == set(want)
        for i, (lo, hi) in found.items():
            assert lo == hi == pytest.approx(want[i])
            assert lo <= sum(w for _, c, w in rows if c == company) / 100 + 1e-12


@settings(derandomize=True, deadline=None, max_examples=100)
@given(graphs(most=4))
def test_weakest_link_bounds_hold_in_every_completion(graph):
    n, rows = graph
    rows = [r for r in rows if r[0] != r[1]]
    by = {c: [r for r in rows if r[1] == c] for c in range(n)}
    choices = [corners([(r[2], r[3]) for r in by[c]]) for c in range(n)]
    if np.prod([len(c) for c in choices], dtype=float) > 100:
        return
    found = {c: stakes(weakest_link(shares(n, rows), c)) for c in range(n)}
    for choice in product(*choices):
        weight = {(r[0], c): w for c in range(n) for r, w in zip(by[c], choice[c], strict=True)}
        for company in range(n):
            want = by_enumeration(n, weight, company)
            for i in set(want) | set(found[company]):
                lo, hi = found[company].get(i, (0.0, 0.0))
                assert lo - 1e-12 <= want.get(i, 0.0) <= hi + 1e-12
