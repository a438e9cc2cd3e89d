"""Control pairs against sets in plain Python, enumerated completions and a logic program."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.analysis.fixpoint import ControlTooLarge, control_pairs
from ownergraph.analysis.keys import parts_of, sorted_order
from ownergraph.analysis.register import Holdings
from tests.analysis import oracles

thorough = settings(derandomize=True, deadline=None, max_examples=400)


def holdings(rows, total):
    a = np.array([(*r[:3], r[-1]) for r in rows], np.int64).reshape(-1, 4).T
    return Holdings(len(total), a[0], a[1], a[2], a[3], np.array(total))


def columns(pairs):
    a = np.array(list(pairs), np.int64).reshape(-1, 2).T
    return a[0], a[1]


def members_of(groups):
    return columns((g, m) for g, members in groups.items() for m in members)


def control(rows, total, edges=(), groups=None, bound="certain", **options):
    """The engine's answer as a sorted list of pairs."""
    found = control_pairs(
        holdings(rows, total), members=members_of(groups or {}), edges=columns(edges), bound=bound, **options
    )
    return list(zip(found.controller.tolist(), found.controlled.tolist(), strict=True))


def same_as_oracle(rows, total, edges, groups):
    certain, possible = (control(rows, total, edges, groups, bound) for bound in ("certain", "possible"))
    assert certain == sorted(oracles.pairs(rows, total, edges, groups, "certain"))
    assert possible == sorted(oracles.pairs(rows, total, edges, groups, "possible"))
    assert set(certain) <= set(possible)
    return len(possible)


# --- examples that anyone can check -----------------------------------------------------------------------------


def test_the_textbook_example():
    assert control([(1, 2, 80), (2, 3, 80), (3, 1, 20)], [0, 100, 100, 100]) == [(1, 2), (1, 3), (2, 3)]


def test_votes_of_all_that_is_controlled_add_up():
    rows = [(0, 1, 60), (0, 2, 60), (1, 3, 30), (2, 3, 21)]
    assert control(rows, [0, 100, 100, 100]) == [(0, 1), (0, 2), (0, 3)]


def test_a_family_controls_what_no_member_does():
    rows, total = [(0, 2, 35), (1, 2, 25), (3, 2, 40)], [0, 0, 100, 0]
    assert control(rows, total) == []
    assert control(rows, total, groups={4: {0, 1}}) == [(4, 2)]


def test_exactly_half_is_not_control_and_one_vote_more_is():
    assert control([(0, 2, 500_000), (1, 2, 500_000)], [0, 0, 1_000_000]) == []
    assert control([(0, 2, 500_001), (1, 2, 499_999)], [0, 0, 1_000_000]) == [(0, 2)]


def test_a_ring_controls_itself_only_pairwise():
    assert control([(0, 1, 60), (1, 0, 60)], [100, 100]) == [(0, 1), (1, 0)]
    assert control([(0, 0, 100)], [100]) == []


def test_treasury_votes_do_not_count():
    assert control([(0, 1, 40), (2, 1, 30), (1, 1, 30)], [0, 100, 0]) == [(0, 1)]
    assert control([(0, 1, 35), (2, 1, 35), (1, 1, 30)], [0, 100, 0]) == []
    unknown = [(0, 1, 40, 40), (2, 1, 20, 40), (1, 1, 20, 40)]
    assert control(unknown, [0, 100, 0]) == []
    assert control(unknown, [0, 100, 0], bound="possible") == [(0, 1)]
    assert control([(0, 1, 41, 41), *unknown[1:]], [0, 100, 0]) == [(0, 1)]


def test_what_the_others_leave_is_certain_in_a_complete_register():
    rows = [(0, 2, 0, 100), (1, 2, 0, 49)]
    assert control(rows, [0, 0, 100]) == [(0, 2)]
    assert control([(0, 2, 0, 100), (1, 2, 0, 50)], [0, 0, 100]) == []
    assert control([(0, 2, 0, 100), (1, 2, 50, 60)], [0, 0, 100], bound="possible") == [(1, 2)]


def test_votes_that_do_not_add_up():
    assert control([(0, 2, 60), (1, 2, 60)], [0, 0, 100]) == []  # 120 %: neither is certain
    assert control([(0, 2, 60), (1, 2, 60)], [0, 0, 100], bound="possible") == [(0, 2), (1, 2)]
    assert control([(0, 2, 60), (1, 2, 45)], [0, 0, 100]) == [(0, 2)]  # 105 %, and still more than half of it
    assert control([(0, 1, 10, 20)], [0, 100], bound="possible") == []  # 80 % in no row at all
    assert control([(0, 1, 10, 20)], [0, 100]) == []


def test_the_rest_beside_a_majority_still_counts_where_votes_exceed_the_whole():
    rows, total = [(0, 3, 60), (1, 3, 40), (2, 3, 40)], [0, 0, 0, 100]
    assert control(rows, total, groups={4: {1, 2}}, bound="possible") == [(0, 3), (4, 3)]
    assert control(rows, total, groups={4: {1, 2}}) == [(4, 3)]  # 80 of 140


def test_rows_of_the_same_pair_are_added():
    assert control([(0, 1, 30), (2, 1, 40), (0, 1, 30)], [0, 100, 0]) == [(0, 1)]


def test_edges_lead_on_and_need_no_votes():
    rows, total = [(1, 2, 60), (3, 2, 40)], [0, 0, 100, 0]
    assert control(rows, total, edges=[(0, 1), (1, 1)]) == [(0, 1), (0, 2), (1, 2)]
    assert control(rows, total, edges=[(0, 1)], groups={4: {0}}) == [(0, 1), (0, 2), (1, 2), (4, 1), (4, 2)]
    assert control([], [0, 0], edges=[(0, 1), (1, 0)]) == [(0, 1), (1, 0)]


def test_a_member_counts_once_and_is_reported_only_where_controlled():
    rows, total = [(0, 1, 60), (1, 2, 30), (3, 2, 30)], [0, 100, 100, 0]
    assert control(rows, total, groups={4: {0, 1}}) == [(0, 1), (4, 1)]


def test_seeds_choose_controllers():
    rows, total = [(0, 1, 60), (1, 2, 60), (2, 3, 60)], [0, 100, 100, 100]
    assert control(rows, total, seeds=np.array([1, 5]), groups={4: {0}, 5: {2}}) == [(1, 2), (1, 3), (5, 3)]
    assert control(rows, total, seeds=np.array([], np.int64)) == []


def test_nothing_at_all():
    assert control([], []) == []
    assert control([], [0, 0], bound="possible") == []


def test_counts_of_shares_near_the_limit():
    many = 2**58
    assert control([(0, 2, many + 1), (1, 2, many)], [0, 0, 2 * many + 1]) == [(0, 2)]
    assert control([(0, 2, many), (1, 2, many)], [0, 0, 2 * many]) == []
    with pytest.raises(ValueError, match="add up"):
        control([(i, 9, 2**59) for i in range(4)], [0] * 9 + [2**59])


@pytest.mark.parametrize(
    ("rows", "total", "options", "message"),
    [
        ([(0, 1, 5, 4)], [0, 9], {}, "row 0 needs 0 <= low <= high"),
        ([(0, 1, 1), (0, 1, 10)], [0, 9], {}, "row 1 has more votes"),
        ([(0, 2, 1)], [0, 9], {}, "company in row 0 is not an id from 0 to 1"),
        ([(0, 1, 1)], [0, 9], {"groups": {1: {0}}}, "group in row 0"),
        ([(0, 1, 1)], [0, 9], {"groups": {2: {2}}}, "member in row 0"),
        ([(0, 1, 1)], [0, 9], {"edges": [(0, 7)]}, "controlled of an edge in row 0"),
        ([(0, 1, 1)], [0, 9], {"bound": "likely"}, "bound must be"),
        ([(0, 1, 1)], [0, 9], {"seeds": np.array([0.5])}, "integers"),
    ],
)
def test_bad_input_is_refused(rows, total, options, message):
    with pytest.raises(ValueError, match=message):
        control(rows, total, **options)


# --- the oracle ----------------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32), known=st.booleans())
@thorough
def test_same_as_sets_in_plain_python(seed, known):
    same_as_oracle(*oracles.random_case(Random(seed), known=known))


def test_same_as_sets_in_plain_python_on_thousands():
    rng = Random(20_261_124)
    assert sum(same_as_oracle(*oracles.random_case(rng, known=i % 2 == 0)) for i in range(2500)) > 10_000


def test_same_as_a_logic_program():
    clingo = pytest.importorskip("clingo")
    program = """
        in(X,X) :- own(X,_,_).
        may(X,Y) :- in(X,Z), own(Z,Y,_), X != Y.
        in(X,Y) :- may(X,Y), total(Y,T), #sum { 2*W,Z : in(X,Z), own(Z,Y,W) } > T.
        #show in/2.
    """
    for seed, n in enumerate([300, 600, 1000, 2000]):
        rng = np.random.default_rng(seed)
        rows = {}
        for y in range(n):
            parts = rng.integers(1, 100, rng.integers(1, 4))
            for part in parts.tolist():
                holder = int(n * rng.random() ** 2)
                rows[holder, y] = rows.get((holder, y), 0) + part * 1000 // int(parts.sum())
        rows = {pair: votes for pair, votes in rows.items() if pair[0] != pair[1]}
        facts = "".join(f"own({x},{y},{w})." for (x, y), w in rows.items())
        facts += "".join(f"total({y},1000)." for y in range(n))
        solver = clingo.Control(["--warn=none"])
        solver.add("base", [], program + facts)
        solver.ground([("base", [])])
        with solver.solve(yield_=True) as models:
            shown = [[a.number for a in atom.arguments] for model in models for atom in model.symbols(shown=True)]
        want = sorted((x, y) for x, y in shown if x != y)
        assert control([(x, y, w) for (x, y), w in rows.items()], [1000] * n) == want
        assert len(want) > n / 5


# --- properties ----------------------------------------------------------------------------------------------------


def test_certain_and_possible_are_exact_for_pairs(record_property):
    """Certain pairs are those of every completion, possible ones those of some: none missed, none too many.

    What bounds for single controllers do miss is a disjunction: that somebody or other controls y.
    """
    rng = Random(7)
    pairs = somebody = missed = 0
    graphs = 0
    while graphs < 400:
        n = rng.randint(2, 4)
        total = [rng.choice([0, 2, 3, 5]) for _ in range(n)]
        rows = []
        for y in range(n):
            for _ in range(rng.randint(1, 3) if total[y] else 0):
                low = rng.randint(0, total[y])
                rows.append((rng.randrange(n), y, low, rng.randint(low, total[y])))
        ways = list(oracles.completions(rows, total))
        if not 2 <= len(ways) <= 60:
            continue
        graphs += 1
        edges = [(rng.randrange(n), rng.randrange(n))] if rng.random() < 0.2 else []
        groups = {n: set(rng.sample(range(n), 2))}
        answers = [oracles.pairs(way, total, edges, groups) for way in ways]
        certain = set(control(rows, total, edges, groups, "certain"))
        assert certain == set.intersection(*answers)
        assert set(control(rows, total, edges, groups, "possible")) == set.union(*answers)
        pairs += len(certain)
        always = set.intersection(*({y for x, y in answer if x < n} for answer in answers))
        somebody += len(always)
        missed += len(always - {y for x, y in certain if x < n})
    record_property("certain pairs, of which none is missed", pairs)
    record_property("'somebody controls y' missed", f"{missed} of {somebody}")
    assert pairs > 400
    assert 0 < missed < 0.1 * somebody


@given(seed=st.integers(0, 2**32), data=st.data())
@thorough
def test_more_votes_never_take_control_away(seed, data):
    rows, total, edges, groups = oracles.random_case(Random(seed), known=True)
    if not rows:
        return
    at = data.draw(st.integers(0, len(rows) - 1))
    holder, company, votes, _ = rows[at]
    heir = data.draw(st.integers(0, len(total) - 1))
    if company in (holder, heir):
        return
    before = control(rows, total, edges, groups)
    rows[at] = (heir, company, votes, votes)
    after = set(control(rows, total, edges, groups))
    assert {y for x, y in before if x == heir} <= {y for x, y in after if x == heir}
    more = set(control(rows, total, [*edges, (heir, holder)], groups))
    assert after <= more


@given(seed=st.integers(0, 2**32), known=st.booleans())
@thorough
def test_controllers_of_a_company_are_totally_preordered(seed, known):
    rows, total, _, _ = oracles.random_case(Random(seed), known=known)
    found = set(control(rows, total))
    for x, y in found:
        for other, same in found:
            if same == y and other != x:
                assert (x, other) in found or (other, x) in found
    assert {(a, d) for a, b in found for c, d in found if b == c and a != d} <= found  # transitive


# --- size ----------------------------------------------------------------------------------------------------------


def test_long_chains_are_refused_with_advice():
    n = 5000
    rows = [(i, i + 1, 60) for i in range(n)]
    with pytest.raises(ControlTooLarge, match="ultimate controllers"):
        control(rows, [0] + [100] * n, max_pairs=1_000_000)
    assert len(control(rows, [0] + [100] * n, max_pairs=1_000_000, seeds=np.array([0]))) == n


def test_a_chain_where_each_link_needs_the_two_before():
    n = 700
    rows = [(0, 1, 60)] + [(i - d, i, 30) for i in range(2, n) for d in (1, 2)]
    assert control(rows, [0] + [100] * (n - 1)) == [(0, y) for y in range(1, n)]


def test_a_hub_with_too_many_sums_is_refused():
    n = 3000
    rows = [(i, i + 1, 60) for i in range(1000)] + [(z, y, 30) for y in range(1001, n) for z in (1000, n)]
    with pytest.raises(ControlTooLarge):
        control(rows, [0] + [100] * (n - 1) + [0], max_pairs=500_600)


@pytest.mark.parametrize("bits", [1, 20, 46, 47, 55, 62])
def test_sorting_of_short_and_long_keys(bits):
    rng = np.random.default_rng(bits)
    key = rng.integers(0, 2**bits, 100_000)
    assert np.array_equal(sorted_order(key), np.argsort(key, kind="stable"))


@given(
    st.integers(1, 2**31 - 1), st.lists(st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1)), max_size=20)
)
def test_parts_of_keys(n: int, pairs: list[tuple[int, int]]) -> None:
    """Both parts come back, as divmod gives them, up to the largest ids that fit."""
    key = np.array([x * n + y % n for x, y in pairs], dtype=np.int64)
    assert [part.tolist() for part in np.divmod(key, n)] == [part.tolist() for part in parts_of(key, n)]
