"""Every proof derives what it claims, and nothing can be taken out of it."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.analysis.fixpoint import control_pairs
from ownergraph.analysis.proofs import NotControlledError, Prover, minimal_proof
from ownergraph.analysis.register import Holdings
from tests.analysis import oracles

thorough = settings(derandomize=True, deadline=None, max_examples=300)


def holdings(rows, total):
    a = np.array([(*r[:3], r[-1]) for r in rows], np.int64).reshape(-1, 4).T
    return Holdings(len(total), a[0], a[1], a[2], a[3], np.array(total))


def columns(pairs):
    a = np.array(list(pairs), np.int64).reshape(-1, 2).T
    return a[0], a[1]


def derives(proof, graph, start, leaves, edge_leaves):
    """Whether y follows from these leaves alone, all other rows being held by an outsider."""
    rows, total, edges = graph
    left = [(z if i in leaves or z == y else -1, y, low, high) for i, (z, y, low, high) in enumerate(rows)]
    some = [edge for i, edge in enumerate(edges) if i in edge_leaves]
    never = frozenset({proof.controller})
    return proof.controlled in oracles.closure(start, left, total, some, proof.bound, never=never)


def check(proof, rows, total, edges, start):
    leaves = {i for step in proof.steps for i in step.holdings}
    by_edge = {i for step in proof.steps for i in step.edges}
    assert derives(proof, (rows, total, edges), start, leaves, by_edge)
    for i in leaves:
        assert not derives(proof, (rows, total, edges), start, leaves - {i}, by_edge)
    for i in by_edge:
        assert not derives(proof, (rows, total, edges), start, leaves, by_edge - {i})
    have = set(start)
    for step in proof.steps:
        assert all(rows[i][0] in have and rows[i][1] == step.company for i in step.holdings)
        assert all(edges[i][0] in have and edges[i][1] == step.company for i in step.edges)
        if step.edges:
            assert (len(step.edges), step.holdings, step.votes, step.total) == (1, (), 0, 0)
        else:
            assert step.holdings
            assert 2 * step.votes > step.total
        if step.holdings and proof.bound == "certain" and not step.by_remainder:
            assert step.votes == sum(rows[i][2] for i in step.holdings)
            assert step.relied_on_complete == ()
        if step.by_remainder:
            others = {i for i, row in enumerate(rows) if row[1] == step.company != row[0]} - set(step.holdings)
            assert set(step.relied_on_complete) == others
        have.add(step.company)
    assert proof.steps[-1].company == proof.controlled


def check_all(rows, total, edges, groups, bound):
    n = len(total)
    h, grouped, direct = holdings(rows, total), columns((g, m) for g in groups for m in groups[g]), columns(edges)
    found = control_pairs(h, members=grouped, edges=direct, bound=bound)
    pairs = set(zip(found.controller.tolist(), found.controlled.tolist(), strict=True))
    prover = Prover(h, members=grouped, edges=direct, bound=bound)
    for x in range(n + len(groups)):
        for y in range(n):
            if (x, y) in pairs:
                check(prover.prove(x, y), rows, total, edges, groups.get(x, {x}))
            else:
                with pytest.raises(NotControlledError, match=f"{x} does not control {y}"):
                    prover.prove(x, y)
    return len(pairs)


@given(seed=st.integers(0, 2**32), known=st.booleans(), bound=st.sampled_from(["certain", "possible"]))
@thorough
def test_proofs_hold_and_are_minimal(seed, known, bound):
    check_all(*oracles.random_case(Random(seed), known=known), bound)


def test_proofs_hold_and_are_minimal_on_many():
    rng = Random(11)
    count = 0
    for i in range(200):
        case = oracles.random_case(rng, known=i % 3 == 0)
        count += check_all(*case, "certain") + check_all(*case, "possible")
    assert count > 2000


def test_the_largest_holdings_are_enough():
    rows = [(0, 1, 10), (0, 1, 45), (0, 1, 20), (2, 1, 25)]
    assert minimal_proof(holdings(rows, [0, 100, 0]), 0, 1).steps[0].holdings == (1, 2)


def test_a_chain_of_steps_in_order():
    rows = [(0, 3, 100), (3, 4, 60), (4, 5, 30), (0, 5, 25), (9, 5, 45), (4, 6, 99)]
    total = [0, 0, 0, 100, 100, 100, 100, 0, 0, 0]
    steps = minimal_proof(holdings(rows, total), 0, 5).steps
    assert [(s.company, s.holdings, s.votes, s.total) for s in steps] == [
        (3, (0,), 100, 100),
        (4, (1,), 60, 100),
        (5, (2, 3), 55, 100),
    ]


def test_a_family_an_edge_and_treasury_votes():
    rows = [(0, 2, 35), (1, 2, 25), (3, 2, 40), (4, 5, 40), (3, 5, 35), (5, 5, 25)]
    total = [0, 0, 100, 0, 0, 100]
    proof = minimal_proof(
        holdings(rows, total), 6, 5, members=columns([(6, 0), (6, 1)]), edges=columns([(3, 2), (2, 4)])
    )
    assert [(s.company, s.holdings, s.edges, s.votes, s.total) for s in proof.steps] == [
        (2, (0, 1), (), 60, 100),
        (4, (), (1,), 0, 0),
        (5, (3,), (), 40, 75),
    ]


def test_the_remainder_names_the_rows_it_relies_on():
    rows = [(0, 3, 0, 100), (1, 3, 0, 20), (2, 3, 10, 29)]
    step = minimal_proof(holdings(rows, [0, 0, 0, 100]), 0, 3).steps[0]
    assert (step.holdings, step.votes, step.total) == ((0,), 51, 100)
    assert step.by_remainder
    assert step.relied_on_complete == (1, 2)
    possible = minimal_proof(holdings(rows, [0, 0, 0, 100]), 0, 3, bound="possible").steps[0]
    assert (possible.votes, possible.total, possible.by_remainder) == (90, 100, False)


def test_no_proof_of_what_is_not_so():
    h = holdings([(0, 1, 50), (2, 1, 50)], [0, 100, 0])
    for x, y in ((0, 1), (0, 0), (1, 0), (7, 1)):
        with pytest.raises(NotControlledError):
            minimal_proof(h, x, y)


def test_long_chain():
    n = 3000
    h = holdings([(i, i + 1, 60) for i in range(n)], [0] + [100] * n)
    assert len(minimal_proof(h, 0, n).steps) == n
