"""Integrated ownership on graphs of thousands of entities, against other engines and sampled completions."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.analysis import rings
from ownergraph.analysis.integrated import Shares, all_stakes, holdings_of, owners_of, prepare

WHOLE = 1_000_000


def random_shares(n, seed, *, ring=0.0, vague=0.0):
    """Companies are the upper half of the ids; a part of the rows closes rings, a part has wide intervals."""
    rng = np.random.default_rng(seed)
    m = n
    company = rng.integers(n // 2, n, m)
    holder = np.where(
        rng.random(m) < 0.5,
        rng.integers(0, n // 2, m),
        n // 2 + ((company - n // 2) * rng.random(m) ** 2).astype(int),
    )
    back = rng.random(m) < ring
    holder = np.where(back, np.minimum(company + rng.integers(1, 20, m), n - 1), holder)
    keep = holder != company
    holder, company = holder[keep], company[keep]
    part = rng.random(holder.size) + 0.05
    share = (part / np.bincount(company, part, n)[company] * WHOLE * rng.choice([1.0, 0.8], n)[company]).astype(
        np.int64
    )
    loose = rng.random(holder.size) < vague
    low = np.where(loose, (share * rng.random(holder.size)).astype(np.int64), share)
    high = np.where(loose, np.minimum(WHOLE, share + (rng.random(holder.size) * 400_000).astype(np.int64)), share)
    return Shares(n, holder, company, low, high), share


def table(t):
    return dict(
        zip(zip(t.holder.tolist(), t.company.tolist(), strict=True), zip(t.low, t.high, strict=True), strict=True)
    )


def test_duckdb_recursive_sum_agrees():
    duckdb = pytest.importorskip("duckdb")
    s, _ = random_shares(20_000, 3)
    con = duckdb.connect()
    con.register("own", {"h": s.holder, "c": s.company, "w": s.low / WHOLE})
    rows = con.execute("""
        with recursive walk(h, c, w) as (
            select h, c, w from own
            union all select own.h, walk.c, own.w * walk.w from walk join own on own.c = walk.h)
        select h, c, sum(w) from walk group by h, c having sum(w) > 0
    """).fetchall()
    found = table(all_stakes(s))
    assert len(rows) == len(found)
    for h, c, w in rows:
        assert found[h, c][0] == pytest.approx(w, rel=1e-12)


def test_networkx_agrees_in_topological_order():
    s, _ = random_shares(4_000, 5)
    g = nx.DiGraph()
    for h, c, w in zip(s.holder.tolist(), s.company.tolist(), (s.low / WHOLE).tolist(), strict=True):
        if w:
            g.add_edge(h, c, weight=g.get_edge_data(h, c, {"weight": 0.0})["weight"] + w)
    want: dict[int, dict[int, float]] = {}
    for node in nx.topological_sort(g):
        mine: dict[int, float] = {}
        for holder, _, w in g.in_edges(node, data="weight"):
            mine[holder] = mine.get(holder, 0.0) + w
            for i, x in want[holder].items():
                mine[i] = mine.get(i, 0.0) + x * w
        want[node] = mine
    found = table(all_stakes(s))
    assert len(found) == sum(len(v) for v in want.values())
    for (i, j), (lo, hi) in found.items():
        assert lo == pytest.approx(want[j][i], rel=1e-12)
        assert hi == pytest.approx(lo, rel=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_whole_matrix_agrees_with_rings(seed):
    n = 400
    s, _ = random_shares(n, seed, ring=0.15)
    a = np.zeros((n, n))
    np.add.at(a, (s.holder, s.company), s.low / WHOLE)
    inverse = np.linalg.inv(np.eye(n) - a)
    want = inverse / inverse.diagonal()[:, None]
    np.fill_diagonal(want, 0)
    result = all_stakes(s)
    assert result.closed_rings == ()
    got = np.zeros((n, n))
    got[result.holder, result.company] = result.low
    np.testing.assert_allclose(got, want, atol=1e-12)
    got[result.holder, result.company] = result.high
    np.testing.assert_allclose(got, want, atol=1e-12)


@settings(derandomize=True, deadline=None, max_examples=12)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1]), st.sampled_from([0.0, 0.3, 1.0]))
def test_one_company_and_one_holder_agree_with_all(seed, ring, vague):
    s, _ = random_shares(120, seed, ring=ring, vague=vague)
    p = prepare(s)
    everything = all_stakes(p)
    found = table(everything)
    for j in range(120):
        mine = owners_of(p, j)
        want = {i: v for (i, c), v in found.items() if c == j}
        assert set(mine.id.tolist()) == set(want)
        for i, lo, hi in zip(mine.id.tolist(), mine.low, mine.high, strict=True):
            assert (lo, hi) == (pytest.approx(want[i][0], abs=1e-11), pytest.approx(want[i][1], abs=1e-11))
        held = holdings_of(p, j)
        want = {c: v for (i, c), v in found.items() if i == j}
        assert set(held.id.tolist()) == set(want)
        for c, lo, hi in zip(held.id.tolist(), held.low, held.high, strict=True):
            assert (lo, hi) == (pytest.approx(want[c][0], abs=1e-11), pytest.approx(want[c][1], abs=1e-11))
    targets = np.array([110, 90, 90])
    some = table(all_stakes(p, targets))
    assert set(some) == {pair for pair in found if pair[1] in {90, 110}}
    assert all(some[pair] == pytest.approx(found[pair], abs=1e-11) for pair in some)


def completion(s, rng, n):
    """Random shares within the intervals, no company over the whole: each adds a random part of its room in turn."""
    left = WHOLE - np.bincount(s.company, s.low, n).astype(np.int64)
    share = s.low.copy()
    for row in rng.permutation(s.holder.size):
        room = min(s.high[row] - s.low[row], left[s.company[row]])
        extra = rng.choice([0, room, rng.integers(0, room + 1)])
        share[row] += extra
        left[s.company[row]] -= extra
    return share


@pytest.mark.parametrize("seed", range(6))
def test_sampled_completions_lie_within_the_bounds(seed):
    n = 150
    s, _ = random_shares(n, seed, ring=0.1, vague=0.6)
    result = all_stakes(s)
    low, high = np.zeros((n, n)), np.zeros((n, n))
    low[result.holder, result.company], high[result.holder, result.company] = result.low, result.high
    assert (high <= 1).all()
    assert (low <= high).all()
    rng = np.random.default_rng(seed)
    for _ in range(20):
        share = completion(s, rng, n)
        a = np.zeros((n, n))
        np.add.at(a, (s.holder, s.company), share / WHOLE)
        inverse = np.linalg.inv(np.eye(n) - a)
        value = inverse / inverse.diagonal()[:, None]
        np.fill_diagonal(value, 0)
        assert (low - 1e-9 <= value).all()
        assert (value <= high + 1e-9).all()


def test_an_uncertain_ring_above_the_size_where_a_solve_avoids_subtraction(monkeypatch):
    monkeypatch.setattr(rings, "SUBTRACTION_FREE", 10)
    n = 40
    rng = np.random.default_rng(1)
    company = np.repeat(np.arange(n), 4)
    holder = np.concatenate([[(c - 1) % n, *rng.choice(n, 2, replace=False), n + c % 3] for c in range(n)])
    keep = holder != company
    low = np.full(company.size, 100_000)
    s = Shares(n + 3, holder[keep], company[keep], low[keep], low[keep] + 400_000)
    result = all_stakes(s)
    roots = result.holder >= n
    assert (result.high[roots] <= 1).all()
    a = np.zeros((n + 3, n + 3))
    np.add.at(a, (s.holder, s.company), completion(s, rng, n + 3) / WHOLE)
    value = np.linalg.inv(np.eye(n + 3) - a)[result.holder[roots], result.company[roots]]
    assert (value <= result.high[roots] + 1e-9).all()
    assert (value >= result.low[roots] - 1e-9).all()


def test_long_chain_is_read_once_for_one_company():
    n = 3_000
    link = np.full(n - 1, WHOLE - 1)
    s = Shares(n, np.arange(n - 1), np.arange(1, n), link, link)
    found = owners_of(s, n - 1)
    assert found.id.size == n - 1
    assert found.low[-1] == pytest.approx((1 - 1e-6) ** (n - 1), rel=1e-12)
