"""Ultimate controllers and rings against all pairs from plain Python, and on graphs that are deep."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.analysis import ultimate as module
from ownergraph.analysis.fixpoint import control_pairs
from ownergraph.analysis.register import Holdings
from ownergraph.analysis.ultimate import ultimate_controllers, ultimate_of_pairs
from tests.analysis import oracles

thorough = settings(derandomize=True, deadline=None, max_examples=300)


def holdings(rows, total):
    a = np.array([(*r[:3], r[-1]) for r in rows], np.int64).reshape(-1, 4).T
    return Holdings(len(total), a[0], a[1], a[2], a[3], np.array(total))


def columns(pairs):
    a = np.array(list(pairs), np.int64).reshape(-1, 2).T
    return a[0], a[1]


def readable(u):
    """{(controlled, frozenset of the ring or of the one controller)}; each row once, in order."""
    rings = {}
    for ring, member in zip(u.ring.tolist(), u.member.tolist(), strict=True):
        rings.setdefault(ring, []).append(member)
    assert all(ring == members[0] and members == sorted(set(members)) for ring, members in rings.items())
    rows = list(zip(u.controlled.tolist(), u.ultimate.tolist(), u.is_ring.tolist(), strict=True))
    assert rows == sorted(set(rows))
    return {(y, frozenset(rings[x] if ring else [x])) for y, x, ring in rows}


def ultimate(rows, total, edges=(), groups=None, bound="certain"):
    grouped = columns((g, m) for g, members in (groups or {}).items() for m in members)
    return readable(ultimate_controllers(holdings(rows, total), members=grouped, edges=columns(edges), bound=bound))


def same_as_oracle(rows, total, edges, groups, bound):
    found = ultimate(rows, total, edges, groups, bound)
    assert found == oracles.ultimate(oracles.pairs(rows, total, edges, groups, bound))
    return found


@given(
    seed=st.integers(0, 2**32),
    known=st.booleans(),
    plain=st.booleans(),
    bound=st.sampled_from(["certain", "possible"]),
)
@thorough
def test_same_as_all_pairs(seed, known, plain, bound):
    same_as_oracle(*oracles.random_case(Random(seed), known=known, plain=plain), bound)


@pytest.mark.parametrize("bulk", [1, 2, 24])
def test_same_as_all_pairs_on_many(bulk, monkeypatch):
    """However many of the rounds are done in bulk."""
    monkeypatch.setattr(module, "_BULK_ROUNDS", bulk)
    rng = Random(bulk)
    rings = 0
    for i in range(1000):
        rows, total, edges, groups = oracles.random_case(rng, known=i % 2 == 0, plain=i % 3 > 0)
        rings += any(len(top) > 1 for _, top in same_as_oracle(rows, total, edges, groups, "certain"))
        if i % 4 == 0:
            same_as_oracle(rows, total, edges, groups, "possible")
    assert rings > 20


@pytest.mark.parametrize("bulk", [1, 3, 24])
def test_same_as_the_fixpoint_on_larger_graphs(bulk, monkeypatch):
    monkeypatch.setattr(module, "_BULK_ROUNDS", bulk)
    for seed in range(12):
        rng = np.random.default_rng(seed)
        n = 3000
        company = rng.integers(0, n, int(n * (0.5 + seed / 8)))
        holder = (n * rng.random(len(company)) ** 2).astype(np.int64)
        votes = rng.integers(1, 100, len(company))
        total = np.zeros(n, np.int64)
        np.add.at(total, company, votes)
        h = Holdings(n, holder, company, votes, votes, total)
        want = ultimate_of_pairs(control_pairs(h, bound="certain"), n)
        for got, expected in zip(ultimate_controllers(h), want, strict=True):
            assert np.array_equal(np.sort(got), np.sort(expected))
        assert readable(ultimate_controllers(h)) == {
            (y, top) for y, top in readable_unsorted(want)
        }  # each company has one ultimate controller
        assert len(np.unique(want.controlled)) == len(want.controlled)


def readable_unsorted(u):
    order = np.lexsort((u.member, u.ring))
    return readable(u._replace(ring=u.ring[order], member=u.member[order]))


# --- examples ------------------------------------------------------------------------------------------------------


def test_the_top_of_a_chain():
    rows = [(0, 1, 60), (1, 2, 60), (3, 2, 40)]
    assert ultimate(rows, [0, 100, 100, 0]) == {(1, frozenset({0})), (2, frozenset({0}))}


def test_a_ring_has_itself_and_all_below():
    ring = frozenset({0, 1, 2})
    rows = [(0, 1, 60), (1, 2, 60), (2, 0, 60), (1, 3, 30), (2, 3, 30)]
    assert ultimate(rows, [100] * 4) == {(0, ring), (1, ring), (2, ring), (3, ring)}


def test_a_ring_that_somebody_controls_is_no_ultimate_controller():
    rows, total = [(0, 1, 60), (1, 0, 60)], [100, 100, 0]
    assert ultimate(rows, total, edges=[(2, 1)]) == {(0, frozenset({2})), (1, frozenset({2}))}


def test_a_member_of_a_ring_may_need_several_holders():
    # 1 controls 2 and 3, which control 0 together; 0 controls 1.
    rows = [(0, 1, 60), (1, 2, 60), (1, 3, 60), (2, 0, 30), (3, 0, 30)]
    assert {top for _, top in ultimate(rows, [100] * 4)} == {frozenset({0, 1})}


def test_what_only_several_of_its_companies_hold_is_no_ring():
    # 1 and 2 hold 60 % of 0 together, but neither controls it: 0 is nobody's.
    rows = [(0, 1, 60), (0, 2, 60), (1, 0, 30), (2, 0, 30)]
    assert ultimate(rows, [100] * 3) == {(1, frozenset({0})), (2, frozenset({0}))}


def test_contracts_may_give_a_company_two_ultimate_controllers():
    rows, total = [(0, 2, 60), (2, 3, 60)], [0, 0, 100, 100]
    both = {(y, frozenset({x})) for y in (2, 3) for x in (0, 1)}
    assert ultimate(rows, total, edges=[(1, 2)]) == both


def test_a_group_is_ultimate_beside_the_member_that_controls_alone():
    rows, total = [(0, 2, 60), (1, 3, 30), (2, 3, 30)], [0, 0, 100, 100]
    assert ultimate(rows, total, groups={4: {0, 1}}) == {
        (2, frozenset({0})),
        (2, frozenset({4})),
        (3, frozenset({4})),
    }


def test_possible_controllers_may_be_many():
    rows, total = [(0, 2, 0, 100), (1, 2, 0, 100)], [0, 0, 100]
    assert ultimate(rows, total, bound="possible") == {(2, frozenset({0})), (2, frozenset({1}))}
    assert ultimate(rows, total) == set()


def test_nothing_at_all():
    assert ultimate([], []) == set()
    assert ultimate([], [0, 0], bound="possible") == set()


# --- deep graphs ---------------------------------------------------------------------------------------------------

LONG = 100_000


def long(rows):
    a = np.array(rows, np.int64).reshape(-1, 3).T
    total = np.zeros(LONG, np.int64)
    total[a[1]] = 100
    return Holdings(LONG, a[0], a[1], a[2], a[2], total)


def test_a_long_chain():
    place = np.random.default_rng(5).permutation(LONG)
    u = ultimate_controllers(long([(place[i], place[i + 1], 60) for i in range(LONG - 1)]))
    assert len(u.controlled) == LONG - 1
    assert (u.ultimate == place[0]).all()


def test_a_long_chain_where_each_link_needs_the_two_before():
    u = ultimate_controllers(long([(0, 1, 60)] + [(i - d, i, 30) for i in range(2, LONG) for d in (1, 2)]))
    assert len(u.controlled) == LONG - 1
    assert (u.ultimate == 0).all()


def test_a_long_ring():
    u = ultimate_controllers(long([(i, (i + 1) % LONG, 60) for i in range(LONG)]))
    assert len(u.member) == LONG == len(u.controlled)
    assert u.is_ring.all()


def test_a_long_chain_with_contracts_along_it():
    h = long([(i, i + 1, 60) for i in range(LONG - 1)])
    u = ultimate_controllers(h, edges=columns([(i, i + 7) for i in range(0, LONG - 7, 50)]))
    assert len(u.controlled) == LONG - 1
    assert (u.ultimate == 0).all()
