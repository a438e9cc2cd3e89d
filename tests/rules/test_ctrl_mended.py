"""Numbers that rules of the family CTRL rest on, against plain enumeration."""

import random
from itertools import combinations

from ownergraph.rules.ctrl._revenue import WHOLE_YEAR_DAYS, YEAR_DAYS, Period, least, most


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
