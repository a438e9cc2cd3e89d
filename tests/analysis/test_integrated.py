"""Integrated ownership against exact rational arithmetic, enumeration of paths and of completions."""

from fractions import Fraction
from itertools import product

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.analysis.integrated import OverOwnedError, Shares, all_stakes, holdings_of, owners_of, prepare

WHOLE = 1_000_000
HALF = WHOLE // 2
exact = settings(derandomize=True, deadline=None, max_examples=250)


def shares(n, rows):
    """Shares from rows (holder, company, low[, high])."""
    full = [(r[0], r[1], r[2], r[-1]) for r in rows]
    a = np.array(full, np.int64).reshape(-1, 4).T
    return Shares(n, a[0], a[1], a[2], a[3])


def table(triples):
    found = {
        (int(h), int(c)): (lo, hi)
        for h, c, lo, hi in zip(triples.holder, triples.company, triples.low, triples.high, strict=True)
    }
    assert len(found) == triples.holder.size
    return found


def one(stakes):
    return {int(i): (lo, hi) for i, lo, hi in zip(stakes.id, stakes.low, stakes.high, strict=True)}


# --- oracles ---------------------------------------------------------------------------------------------------


def rational_stakes(n, weight, source):
    """x_j for one source, exactly: walks from the source that do not return to it. None where a ring is closed.

    ``weight``: {(holder, company): Fraction}. Gauss-Jordan on fractions over companies the source reaches.
    """
    reach, front = {source}, [source]
    while front:
        k = front.pop()
        for (h, c), w in weight.items():
            if h == k and w and c not in reach:
                reach.add(c)
                front.append(c)
    order = sorted(reach - {source})
    m = [[Fraction(i == j) - weight.get((k, j), 0) * 1 for k in order] for i, j in enumerate(order)]
    for i, j in enumerate(order):
        m[i] = [Fraction(k == j) - weight.get((k, j), 0) for k in order] + [Fraction(weight.get((source, j), 0))]
    for i in range(len(order)):
        pivot = next((r for r in range(i, len(order)) if m[r][i]), None)
        if pivot is None:
            return None
        m[i], m[pivot] = m[pivot], m[i]
        m[i] = [v / m[i][i] for v in m[i]]
        for r in range(len(order)):
            if r != i and m[r][i]:
                m[r] = [a - m[r][i] * b for a, b in zip(m[r], m[i], strict=True)]
    return {j: m[i][-1] for i, j in enumerate(order)}


def simple_path_sums(n, weight):
    g = nx.DiGraph()
    g.add_nodes_from(range(n))
    g.add_weighted_edges_from((h, c, w) for (h, c), w in weight.items() if w and h != c)
    sums = {}
    for i, j in product(range(n), repeat=2):
        if i != j:
            total = Fraction(0)
            for path in nx.all_simple_edge_paths(g, i, j):
                w = Fraction(1)
                for a, b in path:
                    w *= g[a][b]["weight"]
                total += w
            if total:
                sums[i, j] = total
    return sums


def corners(bounds):
    """Corners of {low <= a <= high, sum a <= 1}: all at a bound but at most one, which then uses up the whole."""
    found = set()
    for at in product((0, 1), repeat=len(bounds)):
        point = [b[side] for b, side in zip(bounds, at, strict=True)]
        if sum(point) <= WHOLE:
            found.add(tuple(point))
        for free, (low, high) in enumerate(bounds):
            rest = WHOLE - sum(point) + point[free]
            if low <= rest <= high:
                found.add((*point[:free], rest, *point[free + 1 :]))
    return sorted(found)


# --- generators ------------------------------------------------------------------------------------------------


@st.composite
def point_graphs(draw, most=6, acyclic=False):
    """Random graphs of exact shares in hundredths, with rings, self-held shares, and no company over 100 %."""
    n = draw(st.integers(2, most))
    rows = []
    for c in range(n):
        holders = draw(st.lists(st.integers(0, n - 1), unique=True, max_size=3))
        left = 100
        for h in holders:
            if acyclic and h >= c:
                continue
            share = draw(st.integers(0, left))
            left -= share
            rows.append((h, c, share * 10_000))
    return n, rows


@st.composite
def interval_graphs(draw, most=5, acyclic=False):
    n = draw(st.integers(2, most))
    rows = []
    for c in range(n):
        left = 100
        for h in draw(st.lists(st.integers(0, n - 1), unique=True, max_size=2 if n > 4 else 3)):
            if h == c or (acyclic and h >= c):
                continue
            low = draw(st.integers(0, left))
            left -= low
            high = draw(st.integers(low, 100))
            rows.append((h, c, low * 10_000, high * 10_000))
    return n, rows


def weights(rows):
    return {(h, c): Fraction(w, WHOLE) for h, c, w, *_ in rows}


# --- golden values ---------------------------------------------------------------------------------------------


def test_elliott_golub_jackson_two_firms_hold_half_of_each_other():
    # outside owners 2 and 3; the published matrix is theirs, the firms themselves have 1/2 of each other
    found = table(all_stakes(shares(4, [(0, 1, HALF), (1, 0, HALF), (2, 0, HALF), (3, 1, HALF)])))
    outside = [[found[2, 0][0], found[2, 1][0]], [found[3, 0][0], found[3, 1][0]]]
    np.testing.assert_allclose(outside, [[2 / 3, 1 / 3], [1 / 3, 2 / 3]], rtol=1e-15)
    assert found[0, 1] == found[1, 0] == (0.5, 0.5)


def test_diamond_adds_both_branches():
    # 0 has 60 % of 1 and 40 % of 2, which have 30 % and 50 % of 3
    s = shares(4, [(0, 1, 600_000), (0, 2, 400_000), (1, 3, 300_000), (2, 3, 500_000)])
    assert one(owners_of(s, 3)) == {2: (0.5, 0.5), 0: (pytest.approx(0.38), pytest.approx(0.38)), 1: (0.3, 0.3)}
    assert one(holdings_of(s, 0)) == {1: (0.6, 0.6), 2: (0.4, 0.4), 3: (pytest.approx(0.38), pytest.approx(0.38))}


def test_several_rows_of_one_pair_add_up():
    s = shares(2, [(0, 1, 100_000, 200_000), (0, 1, 150_000, 150_000)])
    assert one(owners_of(s, 1)) == {0: (0.25, 0.35)}


def test_order_is_by_high_then_id():
    s = shares(4, [(2, 3, 100_000), (0, 3, 100_000), (1, 3, 200_000)])
    assert owners_of(s, 3).id.tolist() == [1, 0, 2]


def test_nothing_held():
    s = shares(3, [])
    assert owners_of(s, 1).id.size == holdings_of(s, 1).id.size == all_stakes(s).holder.size == 0


# --- self-held shares ------------------------------------------------------------------------------------------


def test_treasury_shares_leave_the_denominator_or_stay():
    s = shares(3, [(1, 1, 200_000), (0, 1, 400_000), (1, 2, HALF)])
    assert one(owners_of(s, 1)) == {0: (0.5, 0.5)}
    assert one(owners_of(s, 2))[0] == (0.25, 0.25)
    counted = prepare(s, treasury="count")
    assert one(owners_of(counted, 1)) == {0: (0.4, 0.4)}


def test_unknown_treasury_shares_widen_the_high_bound_only():
    found = one(owners_of(shares(2, [(1, 1, 0, HALF), (0, 1, 400_000)]), 1))
    assert found == {0: (0.4, pytest.approx(0.8))}


def test_a_company_that_holds_all_of_itself_is_a_closed_ring():
    found = owners_of(shares(2, [(1, 1, WHOLE), (0, 1, 0, WHOLE)]), 1)
    assert found.id.size == 0
    assert [r.tolist() for r in found.closed_rings] == [[1]]


# --- rings -----------------------------------------------------------------------------------------------------


def closed_pair():
    return shares(5, [(0, 1, WHOLE), (1, 0, 600_000), (1, 0, 400_000), (0, 2, HALF), (3, 2, 300_000), (4, 3, WHOLE)])


def test_closed_ring_is_named_and_nothing_is_guessed_about_it():
    s = closed_pair()
    found = all_stakes(s)
    assert [r.tolist() for r in found.closed_rings] == [[0, 1]]
    assert table(found) == {
        (0, 2): (0.5, 0.5),
        (1, 2): (0.5, 0.5),
        (3, 2): (0.3, 0.3),
        (4, 2): (0.3, 0.3),
        (4, 3): (1.0, 1.0),
    }
    assert owners_of(s, 0).id.size == 0
    held = holdings_of(s, 0)
    assert one(held) == {2: (0.5, 0.5)}
    assert [r.tolist() for r in held.closed_rings] == [[0, 1]]
    assert holdings_of(s, 4).closed_rings == ()


def test_ring_that_may_be_closed_is_named_as_possible():
    s = shares(3, [(0, 1, 900_000, WHOLE), (1, 0, 900_000, WHOLE), (2, 0, 0, 100_000)])
    found = all_stakes(s)
    assert found.closed_rings == ()
    assert [r.tolist() for r in found.possible_rings] == [[0, 1]]
    # the outside owner: at most all of it, when nobody else has the rest
    assert table(found)[2, 0] == (0.0, pytest.approx(1.0))


def test_shares_in_thirds_rounded_outward_still_add_up():
    third = (333_333, 333_334)
    s = shares(5, [(h, 3, *third) for h in range(3)] + [(3, 4, WHOLE)])
    for lo, hi in one(owners_of(s, 4)).values():
        assert lo <= 1 / 3 <= hi or (lo, hi) == (1.0, 1.0)


@pytest.mark.parametrize("leak", [1, 10, 1_000])
def test_tight_ring_is_exact_however_little_leaks(leak):
    # 60 companies in a circle, each wholly held by the one before, but for `leak` millionths of the first
    n = 60
    rows = [((c - 1) % n, c, WHOLE if c else WHOLE - leak) for c in range(n)] + [(n, 0, leak)]
    found = table(all_stakes(shares(n + 1, rows)))
    assert all(found[n, c][0] == pytest.approx(1.0, abs=1e-13) for c in range(n))
    kept = 1 - leak / WHOLE
    assert found[1, 0][0] == pytest.approx(kept, rel=1e-14)  # member 1 to member 0: all the way round but the leak


def test_large_tight_ring_solves():
    rng = np.random.default_rng(7)
    n = 300
    holder = np.concatenate([(np.arange(n) - 1) % n, rng.integers(0, n, 3 * n)])
    company = np.tile(np.arange(n), 4)
    keep = holder != company
    amount = np.full(holder.size, 249_750)
    s = Shares(
        n + 1,
        np.append(holder[keep], n),
        np.append(company[keep], 5),
        np.append(amount[keep], 1_000),
        np.append(amount[keep], 1_000),
    )
    found = table(all_stakes(s))
    dense = np.zeros((n + 1, n + 1))
    np.add.at(dense, (s.holder, s.company), s.low / WHOLE)
    inverse = np.linalg.inv(np.eye(n + 1) - dense)
    want = inverse / inverse.diagonal()[:, None]
    for (i, j), (lo, hi) in found.items():
        assert lo == pytest.approx(want[i, j], abs=1e-9)
        assert hi == pytest.approx(lo, abs=1e-12)


# --- errors ----------------------------------------------------------------------------------------------------


def test_more_than_all_is_an_error_that_lists_companies():
    with pytest.raises(OverOwnedError, match=r"2 \(110 %\)") as caught:
        owners_of(shares(4, [(0, 2, 600_000), (1, 2, HALF), (0, 3, WHOLE)]), 3)
    assert caught.value.companies.tolist() == [2]
    assert caught.value.sums.tolist() == [1_100_000]


@pytest.mark.parametrize(
    ("rows", "what"),
    [([(0, 9, 1)], "ids"), ([(-1, 0, 1)], "ids"), ([(0, 1, 2, 1)], "bounds"), ([(0, 1, 0, WHOLE + 1)], "bounds")],
)
def test_malformed_input(rows, what):
    with pytest.raises(ValueError, match=what):
        prepare(shares(3, rows))


def test_unequal_lengths():
    a = np.zeros(2, np.int64)
    with pytest.raises(ValueError, match="equally long"):
        prepare(Shares(3, a, a[:1], a, a))


def test_unknown_method():
    with pytest.raises(ValueError, match="unknown method"):
        owners_of(shares(2, [(0, 1, 1)]), 1, method="guess")  # type: ignore[arg-type]


# --- properties: known shares ----------------------------------------------------------------------------------


@exact
@given(point_graphs())
def test_known_shares_equal_exact_rational_solution(graph):
    n, rows = graph
    weight = weights(rows)
    found = all_stakes(shares(n, rows))
    stakes = table(found)
    closed = {int(i) for ring in found.closed_rings for i in ring}
    for i in range(n):
        want = rational_stakes(n, weight, i)
        if want is None:  # a self-held company beyond the source; the others are still to be compared
            assert closed
            continue
        for j in range(n):
            value = float(want.get(j, 0)) if j not in closed and j != i else 0.0
            lo, hi = stakes.get((i, j), (0.0, 0.0))
            assert lo == pytest.approx(value, rel=1e-12)
            assert hi == pytest.approx(value, rel=1e-12)
            assert 0 <= lo <= hi <= 1


@exact
@given(point_graphs(most=5))
def test_between_simple_paths_and_walk_sum(graph):
    n, rows = graph
    rows = [r for r in rows if r[0] != r[1]]
    found = all_stakes(shares(n, rows))
    if found.closed_rings:
        return
    stakes, weight = table(found), weights(rows)
    a = np.zeros((n, n))
    for (h, c), w in weight.items():
        a[h, c] = float(w)
    walks = np.linalg.inv(np.eye(n) - a) @ a
    paths = simple_path_sums(n, weight)
    assert set(paths) == set(stakes)
    for pair, (lo, _) in stakes.items():
        assert float(paths[pair]) <= lo + 1e-12
        assert lo <= walks[pair] + 1e-9


@exact
@given(point_graphs(acyclic=True))
def test_without_rings_equal_to_the_sum_over_paths(graph):
    n, rows = graph
    stakes = table(all_stakes(shares(n, rows)))
    paths = simple_path_sums(n, weights(rows))
    assert set(stakes) == set(paths)
    for pair, (lo, hi) in stakes.items():
        assert lo == hi == pytest.approx(float(paths[pair]), rel=1e-13)


@exact
@given(point_graphs())
def test_root_holders_and_float_add_up_to_the_whole(graph):
    n, rows = graph
    left = dict.fromkeys(range(n), WHOLE)
    for _, c, w in rows:
        left[c] -= w
    held = {c for _, c, w in rows if w}
    rows = rows + [(n + c, c, left[c]) for c in held]  # the float of each company, as one more holder
    found = all_stakes(shares(2 * n, rows))
    total: dict[int, float] = {}
    for (i, j), (lo, _) in table(found).items():
        if i not in held:
            total[j] = total.get(j, 0) + lo
    closed = {int(i) for ring in found.closed_rings for i in ring}
    fed = {int(c) for i in closed for c in holdings_of(shares(2 * n, rows), i).id}  # a closed ring has no root
    for j in held - closed - fed:
        assert total[j] == pytest.approx(1, rel=1e-12)


# --- properties: intervals -------------------------------------------------------------------------------------


def check_intervals(n, rows, limit):
    """Compare with all corners of all completions: both bounds are attained, nothing lies outside."""
    companies = sorted({r[1] for r in rows})
    by = {c: [r for r in rows if r[1] == c] for c in companies}
    choices = [corners([(r[2], r[3]) for r in by[c]]) for c in companies]
    if np.prod([len(c) for c in choices], dtype=float) > limit:
        return
    found = all_stakes(shares(n, rows))
    stakes = table(found)
    closed = {int(i) for ring in found.closed_rings for i in ring}
    possible = bool(found.possible_rings)
    for i in range(n):
        least = dict.fromkeys(range(n), Fraction(2))
        most = dict.fromkeys(range(n), Fraction(0))
        for choice in product(*choices):
            weight = {}
            for c, point in zip(companies, choice, strict=True):
                weight |= {(r[0], c): Fraction(w, WHOLE) for r, w in zip(by[c], point, strict=True)}
            want = rational_stakes(n, weight, i)
            if want is None:
                continue
            for j in range(n):
                least[j] = min(least[j], want.get(j, Fraction(0)))
                most[j] = max(most[j], want.get(j, Fraction(0)))
        for j in range(n):
            if i == j or j in closed:
                assert (i, j) not in stakes
                continue
            lo, hi = stakes.get((i, j), (0.0, 0.0))
            assert 0 <= lo <= hi <= 1
            assert lo == pytest.approx(float(least[j]), abs=1e-12)
            if possible:
                assert hi >= float(most[j]) - 1e-12
            else:
                assert hi == pytest.approx(float(most[j]), abs=1e-11)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(interval_graphs(most=4))
def test_bounds_are_the_extremes_over_all_completions(graph):
    check_intervals(*graph, limit=400)


@settings(derandomize=True, deadline=None, max_examples=150)
@given(interval_graphs(acyclic=True))
def test_bounds_are_the_extremes_without_rings(graph):
    check_intervals(*graph, limit=400)
