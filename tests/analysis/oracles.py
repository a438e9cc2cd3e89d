"""Control worked out the slow and obvious way: plain Python over sets, sharing nothing with the arrays."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import product
from random import Random

Row = tuple[int, int, int, int]  # holder, company, low, high


def majority(group: set[int], company: int, rows: Iterable[Row], total: int, bound: str) -> bool:
    """Whether the group has more than half of the votes that count, by trying the extreme completions."""
    mine_low = mine_high = other_low = other_high = self_low = self_high = 0
    for holder, held, low, high in rows:
        if held != company:
            continue
        if holder == company:
            self_low, self_high = self_low + low, self_high + high
        elif holder in group:
            mine_low, mine_high = mine_low + low, mine_high + high
        else:
            other_low, other_high = other_low + low, other_high + high
    self_low, self_high = min(self_low, total), min(self_high, total)
    lows, highs = mine_low + other_low, mine_high + other_high
    if bound == "certain":
        if lows + self_low > total or highs + self_high < total:  # no completion: only what is surely there
            return 2 * mine_low > max(total - self_low, lows)
    elif lows + self_low > total or highs + self_high < total:
        return 2 * mine_high > total - self_high
    best: list[int] = []
    for own in {self_low, self_high, total - mine_low - other_high, total - mine_high - other_low} | {
        total - mine_low - other_low,
        total - mine_high - other_high,
    }:
        if not self_low <= own <= self_high:
            continue
        least = max(mine_low, total - own - other_high)
        most = min(mine_high, total - own - other_low)
        if least <= most:
            best.append((least if bound == "certain" else most) * 2 - (total - own))
    return (min(best) if bound == "certain" else max(best)) > 0


def closure(
    start: set[int],
    rows: list[Row],
    total: list[int],
    edges: Iterable[tuple[int, int]],
    bound: str,
    *,
    never: frozenset[int] = frozenset(),
) -> set[int]:
    """The companies that the group controls, without those in `never`: the naive least fixpoint."""
    edges = list(edges)
    group, gained = set(start), set()
    while True:
        more = {
            y
            for y in range(len(total))
            if y not in gained
            and (
                majority(group, y, rows, total[y], bound)
                or any(target == y and source in group and source != y for source, target in edges)
            )
        }
        more -= never
        if not more:
            return gained
        gained |= more
        group |= more


def pairs(
    rows: list[Row],
    total: list[int],
    edges: Iterable[tuple[int, int]] = (),
    groups: dict[int, set[int]] | None = None,
    bound: str = "certain",
) -> set[tuple[int, int]]:
    """Every (controller, controlled)."""
    edges = list(edges)
    found = {(x, y) for x in range(len(total)) for y in closure({x}, rows, total, edges, bound, never=frozenset({x}))}
    for g, members in (groups or {}).items():
        found |= {(g, y) for y in closure(set(members), rows, total, edges, bound)}
    return found


def completions(rows: list[Row], total: list[int]) -> Iterator[list[Row]]:
    """Every way to fill in the intervals so that the votes in each company add up to its total."""
    by_company = defaultdict(list)
    for row in rows:
        by_company[row[1]].append(row)
    ways = []
    for company, held in by_company.items():
        ways.append(
            [
                [(row[0], company, v, v) for row, v in zip(held, values, strict=True)]
                for values in product(*(range(row[2], row[3] + 1) for row in held))
                if sum(values) == total[company]
            ]
        )
    for choice in product(*ways):
        yield [row for part in choice for row in part]


def ultimate(controls: set[tuple[int, int]]) -> set[tuple[int, frozenset[int]]]:
    """(controlled, the controller nobody controls, or the ring of controllers nobody outside controls)."""
    above = defaultdict(set)
    for x, y in controls:
        above[y].add(x)
    found = set()
    for x, y in controls:
        if all((x, w) in controls for w in above[x]):
            found.add((y, frozenset({x} | above[x])))
    return found


def random_case(
    rng: Random, *, known: bool, plain: bool = False
) -> tuple[list[Row], list[int], list[tuple[int, int]], dict[int, set[int]]]:
    """A small random graph: rows, totals, edges and groups; one in three with votes that do not add up."""
    n = rng.randint(1, 7)
    total = [rng.choice([0, 3, 4, 10]) for _ in range(n)]
    rows: list[Row] = []
    fitting = rng.random() < 0.7 or plain
    for y in range(n):
        left = total[y]
        count = rng.randint(1, 4) if left else rng.choice([0, 0, 0, 1])
        for i in range(count):
            if fitting:
                v = left if i == count - 1 else rng.randint(0, left)
                left -= v
                low, high = (v, v) if known or rng.random() < 0.3 else (rng.randint(0, v), rng.randint(v, total[y]))
            else:
                low = rng.randint(0, total[y])
                high = low if known else rng.randint(low, total[y])
            rows.append((rng.randrange(n), y, low, high))
    if plain:
        return rows, total, [], {}
    edges = [(rng.randrange(n), rng.randrange(n)) for _ in range(rng.choice([0, 0, 1, 3]))]
    groups = {n + i: set(rng.sample(range(n), rng.randint(1, min(3, n)))) for i in range(rng.choice([0, 0, 1, 2]))}
    return rows, total, edges, groups
