"""Numbers that rules of the family CTRL rest on, against plain enumeration."""

import random
from itertools import combinations

import polars as pl

from ownergraph.analysis import Graph
from ownergraph.model import WHOLE
from ownergraph.rules.ctrl._revenue import WHOLE_YEAR_DAYS, YEAR_DAYS, Period, least, most
from ownergraph.rules.ctrl._unlisted import Unlisted, managers_of
from ownergraph.rules.parties import related
from tests.rules.completions import REGISTERS, graph, partial


def _subsets(periods: list[Period]) -> list[tuple[Period, ...]]:
    return [some for size in range(len(periods) + 1) for some in combinations(periods, size)]


def _days(period: Period) -> set[int]:
    return set(range(period[0], period[1] + 1))


def _least(periods: list[Period]) -> int:
    """The best sum over every set of periods of which no two share a day."""
    apart = [some for some in _subsets(periods) if sum(len(_days(p)) for p in some) == len(_days_of(some))]
    return max(sum(cents for _, _, cents in some) for some in apart)


def _days_of(some: tuple[Period, ...]) -> set[int]:
    return set().union(*(_days(p) for p in some))


def _most(periods: list[Period]) -> int | None:
    """The least sum over every set of periods that covers enough days; null where none does."""
    covers = [some for some in _subsets(periods) if len(_days_of(some)) >= WHOLE_YEAR_DAYS]
    return min((sum(cents for _, _, cents in some) for some in covers), default=None)


def _periods(rng: random.Random) -> list[Period]:
    """Up to seven periods whose ends lie near the quarters of the year, so that many of them touch, overlap or nest."""
    made = []
    for _ in range(rng.randint(1, 7)):
        first, last = sorted(rng.sample(range(5), 2))
        start = max(0, first * 92 + rng.choice([-3, 0, 0, 0, 1, 4]))
        end = min(YEAR_DAYS - 1, last * 92 - 1 + rng.choice([-4, 0, 0, 0, 2, 20]))
        made.append((start, end, rng.choice([0, 100, 250, 1_000])))
    return made


def test_revenue_bounds_are_those_of_enumeration() -> None:
    """Over random figures the bounds are those of every set of periods; covered years and gaps are among them."""
    rng = random.Random(20_261_124)
    samples = [_periods(rng) for _ in range(400)]
    expected = [(_least(periods), _most(periods)) for periods in samples]
    assert expected == [(least(periods), most(periods)) for periods in samples]
    assert {True, False} == {high is None for _, high in expected}
    assert any(high is not None and low < high for low, high in expected)


def _crowd(seed: int) -> Graph:
    """Random structures side by side, with more agreements, most registers complete and no owners of some practices."""
    rng = random.Random(seed)
    worlds = []
    for k in range(8):
        world = partial(rng, f"s{k}_")
        if rng.random() < 0.8:
            world.complete.update((register, one) for register, _ in REGISTERS.values() for one in world.ids())
        if rng.random() < 0.7:
            world.complete.discard(("owners", f"s{k}_p"))
        worlds.append(world)
    # managers of one structure manage practices of others
    for k in range(8):
        row = {"id": f"s{k}_across", "manager": f"s{rng.randrange(8)}_m", "managed": f"s{k}_p"}
        worlds[k].rows.setdefault("manages", []).append(row)
    return graph(worlds)


def _beside(g: Graph, managers: pl.DataFrame) -> dict[tuple[str, str, str], tuple[int, int, frozenset[str], bool]]:
    """The same by looking at every pair of practices and every pair of their managers."""
    of: dict[str, set[str]] = {}
    more = {practice for practice, open_ in managers.select("practice", "more_managers").iter_rows() if open_}
    for practice, manager in managers.select("practice", "manager").iter_rows():
        of.setdefault(practice, set()).update([manager] if manager else [])
    everyone = sorted(set().union(*of.values()))
    keys = pl.DataFrame([(x, y) for x in everyone for y in everyone], schema=["party", "manager"], orient="row")
    tied = {(x, y): yes for x, y, yes in related(g, keys).select("party", "manager", "related").iter_rows()}

    def may_be_beside(p: str, q: str) -> bool:
        if not (of[p] or p in more) or not (of[q] or q in more):
            return False
        return p in more or q in more or any(tied[x, y] is not False for x in of[p] for y in of[q])

    sites = g.practice_states.select("practice", "state").drop_nulls().collect()
    listed = set(g.owners.select("practice", "owner").collect().iter_rows())
    least: dict[str, int] = {}
    for practice, low in g.ownership.rows.select("owned", "low").iter_rows():
        least[practice] = least.get(practice, 0) + low
    expected = {}
    for p, state in sites.iter_rows():
        for owner in sorted({one for _, one in listed}):
            found = [
                q for q in of
                if not g.is_complete("owners", q) and 2 * least.get(q, 0) < WHOLE and (q, owner) not in listed
                and may_be_beside(p, q)
            ]  # fmt: skip
            where = {q: {s for one, s in sites.iter_rows() if one == q} for q in found}
            anywhere = [q for q in found if not g.is_complete("states", q)]
            here = len([q for q in found if q in anywhere or state in where[q]])
            states = frozenset[str]().union(*where.values())
            expected[p, state, owner] = (len(found), here, states, bool(anywhere))
    return expected


def test_practices_of_owners_not_listed_are_those_of_every_pair() -> None:
    """Counted by sets of managers, practices that may be somebody's are those that a look at every pair gives."""
    sizes = set()
    for seed in range(6):
        g = _crowd(seed)
        managers = managers_of(g)
        expected = _beside(g, managers)
        rows = pl.DataFrame(list(expected), schema=["practice", "state", "owner"], orient="row")
        actual = {
            (p, state, owner): (extra, here, frozenset(states), open_)
            for p, state, owner, extra, here, states, open_ in Unlisted(g, managers).beside(rows, 100).iter_rows()
        }
        assert expected == actual
        sizes |= {extra for extra, _, _, _ in actual.values()}
    assert len(sizes) > 3
