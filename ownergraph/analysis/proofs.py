"""Minimal proofs that x controls y, down to the rows of the input.

The fixpoint from x runs until y joins, and remembers the round in which each company did. Going back from y, each
company that is needed gets one step: the largest holdings of what joined in earlier rounds until they are a
majority, less any that turns out not to be needed; or one edge. A step that fails without any one of its leaves,
and is itself needed by a later step, makes the whole proof minimal: without any leaf, y is not derived from the
others. Minimal by inclusion, not in number: a proof with the fewest leaves is NP-hard to find.

A leaf that is left out counts as held by others. So does everything of x that the proof does not use.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ownergraph.analysis.fixpoint import ControlTooLarge, distinct_members, edges_by_source, fixpoint
from ownergraph.analysis.keys import IntArray, PairArrays, row_starts, sorted_order
from ownergraph.analysis.register import Bound, Holdings, ordered, register

STARTED = 16
"""Controllers whose rounds are kept: proofs of the companies of one controller share them."""


class NotControlledError(KeyError):
    """There is no proof: x does not control y within the bound asked for."""

    def __str__(self) -> str:
        return str(self.args[0])


class Step(NamedTuple):
    """Why one company joins what x controls.

    Attributes:
        company: the company that joins.
        holdings: rows of the holdings that count, held by x, its members or companies of earlier steps.
        edges: rows of the edges that count: one, and then there are no holdings, or none.
        votes: votes counted; 0 for an edge. Always 2 * votes > total, unless the step is an edge.
        total: votes they are more than half of, treasury votes taken out; 0 for an edge.
        by_remainder: whether the votes are what the others leave at their upper bounds, so that the register has to
            be complete; otherwise the group's own bounds do.
        relied_on_complete: then the rows of those others, if there are any.
    """

    company: int
    holdings: tuple[int, ...]
    edges: tuple[int, ...]
    votes: int
    total: int
    by_remainder: bool = False
    relied_on_complete: tuple[int, ...] = ()


class Proof(NamedTuple):
    """Steps in order of derivation; the last one is y's. Leaves are all holdings and edges of all steps."""

    controller: int
    controlled: int
    bound: Bound
    steps: tuple[Step, ...]


class Prover:
    """Proofs over one set of holdings: the indices are built once.

    Building takes O(rows log rows) time, each proof the fixpoint of its controller up to the company, and the
    holdings in the companies on the way. Parameters as in `fixpoint.control_pairs`.
    """

    def __init__(
        self,
        h: Holdings,
        *,
        members: PairArrays | None = None,
        edges: PairArrays | None = None,
        bound: Bound = "certain",
        max_pairs: int = 50_000_000,
    ) -> None:
        self._h = h
        self._bound: Bound = bound
        self._max_pairs = max_pairs
        self._register = ordered(register(h, bound))
        self._members = distinct_members(members, h.n)
        self._sources = None if edges is None or not len(edges[0]) else edges_by_source(edges, h.n)
        self._edges = edges
        self._started: dict[int, tuple[dict[int, int], Iterator[tuple[int, IntArray]], frozenset[int]]] = {}

    @cached_property
    def _by_company(self) -> PairArrays:
        order = sorted_order(self._h.company)
        return row_starts(self._h.company[order], self._h.n), order

    @cached_property
    def _by_target(self) -> tuple[IntArray, IntArray, IntArray]:
        source, target = (np.asarray(part, dtype=np.int64) for part in self._edges or ((), ()))
        order = sorted_order(target)
        return row_starts(target[order], self._h.n), order, source

    def prove(self, x: int, y: int) -> Proof:
        """A minimal proof that x, an entity or a group, controls y.

        Raises:
            NotControlledError: x does not control y.
            ControlTooLarge: x controls too much.
        """
        joined, group = self._joined(x, y)
        steps: dict[int, tuple[Step, list[int]]] = {}
        todo = [y]
        while todo:
            company = todo.pop()
            if company in steps:
                continue
            steps[company] = self._step(company, joined, group)
            todo.extend(z for z in steps[company][1] if z not in group)
        order = sorted(steps, key=lambda company: (joined[company], company))
        return Proof(x, y, self._bound, tuple(steps[company][0] for company in order))

    def _joined(self, x: int, y: int) -> tuple[dict[int, int], frozenset[int]]:
        """The round in which each company joined, up to y's at least, and who was there from the start."""
        n = self._h.n
        if x not in self._started:
            chosen = self._members[0] == x
            members = (self._members[0][chosen], self._members[1][chosen])
            single = np.array([x] if 0 <= x < n else [], dtype=np.int64)
            rounds = fixpoint(self._register, single, members, self._sources, max_pairs=self._max_pairs)
            while len(self._started) >= STARTED:
                self._started.pop(next(iter(self._started)))
            self._started[x] = {}, enumerate(rounds, start=1), frozenset(members[1].tolist() or [x])
        joined, rounds_left, group = self._started[x]
        try:
            while x != y and y not in joined and (found := next(rounds_left, None)):
                joined.update(dict.fromkeys((found[1] % n).tolist(), found[0]))
        except ControlTooLarge:
            del self._started[x]
            raise
        if x == y or y not in joined:
            raise NotControlledError(f"{x} does not control {y} ({self._bound})")
        return joined, group

    def _step(self, company: int, joined: dict[int, int], group: frozenset[int]) -> tuple[Step, list[int]]:
        """The step for one company, and the entities whose holdings or edge it uses."""
        count = _Count(self._h, self._rows(company), company, self._bound)
        when = joined[company]

        def earlier(z: int) -> bool:
            return z in group or joined.get(z, when) < when

        if leaves := count.fewest([i for i, z in enumerate(count.holder) if earlier(z) and z != company]):
            votes, total, own_votes = count.shown(leaves)
            used = set(leaves)
            others = () if own_votes else (i for i, z in enumerate(count.holder) if i not in used and z != company)
            step = Step(company, count.rows(leaves), (), votes, total, not own_votes, count.rows(others))
            return step, [count.holder[i] for i in leaves]
        start, order, source = self._by_target
        for edge in order[start[company] : start[company + 1]].tolist():
            if (z := int(source[edge])) != company and earlier(z):
                return Step(company, (), (edge,), 0, 0), [z]
        raise AssertionError(f"{company} joined without votes or an edge")

    def _rows(self, company: int) -> IntArray:
        start, order = self._by_company
        return order[start[company] : start[company + 1]]


class _Count:
    """The votes in one company, and what a group of its rows comes to; see `fixpoint` for the bounds."""

    def __init__(self, h: Holdings, rows: IntArray, company: int, bound: Bound) -> None:
        self.row: list[int] = rows.tolist()
        self.holder: list[int] = h.holder[rows].tolist()
        self.low: list[int] = h.low[rows].tolist()
        self.high: list[int] = h.high[rows].tolist()
        self.bound = bound
        own = [i for i, z in enumerate(self.holder) if z == company]
        total = int(h.total[company])
        self.all_low, self.all_high = sum(self.low), sum(self.high)
        own_low, own_high = sum(self.low[i] for i in own), sum(self.high[i] for i in own)
        self.all_low, self.all_high = self.all_low - own_low, self.all_high - own_high
        self.most, self.least = total - min(own_low, total), total - min(own_high, total)

    def rows(self, places: Iterable[int]) -> tuple[int, ...]:
        """Rows of the input, sorted."""
        return tuple(sorted(self.row[i] for i in places))

    def sides(self, low: int, high: int) -> list[tuple[int, int]]:
        """(votes, total) for each side of the bound: any must be a majority if certain, all if possible."""
        if self.bound == "certain":
            others = self.all_high - high
            sides = [(low, max(self.most, self.all_low))]
            if self.all_high >= self.least:
                sides += [(self.least - others, self.least), (low, low + others)]
        else:
            others = self.all_low - low
            sides = [(high, self.least)]
            if self.all_low <= self.most:
                sides += [(self.most - others, self.most), (high, high + others)]
        return sides

    def majority(self, low: int, high: int) -> bool:
        """Whether these sums are more than half."""
        test = any if self.bound == "certain" else all
        return test(2 * votes > total for votes, total in self.sides(low, high))

    def fewest(self, places: list[int]) -> list[int]:
        """An irredundant majority out of these rows, largest first; empty when they are none."""
        places = sorted(places, key=lambda i: (-self.low[i] - self.high[i], self.row[i]))
        low = high = 0
        taken: list[int] = []
        while not self.majority(low, high):
            if len(taken) == len(places):
                return []
            taken.append(i := places[len(taken)])
            low, high = low + self.low[i], high + self.high[i]
        kept = []
        for i in reversed(taken):
            if self.majority(low - self.low[i], high - self.high[i]):
                low, high = low - self.low[i], high - self.high[i]
            else:
                kept.append(i)
        return kept

    def shown(self, places: list[int]) -> tuple[int, int, bool]:
        """Votes and total to show, and whether the group's own bounds were enough."""
        sides = self.sides(sum(self.low[i] for i in places), sum(self.high[i] for i in places))
        if self.bound == "possible":
            return (*min(sides, key=lambda side: 2 * side[0] - side[1]), True)
        at = next(i for i, (votes, total) in enumerate(sides) if 2 * votes > total)
        return (*sides[at], at == 0)


def minimal_proof(
    h: Holdings,
    x: int,
    y: int,
    *,
    members: PairArrays | None = None,
    edges: PairArrays | None = None,
    bound: Bound = "certain",
) -> Proof:
    """A minimal proof that x controls y; for several proofs over the same holdings make one `Prover`.

    Raises:
        NotControlledError: x does not control y.

    Example:
        >>> h = Holdings(3, *(np.array(c) for c in ([0, 0, 1], [1, 2, 2], [60, 30, 30], [60, 30, 30], [0, 100, 100])))
        >>> [(s.company, s.holdings, s.votes) for s in minimal_proof(h, 0, 2).steps]
        [(1, (0,), 60), (2, (1, 2), 60)]
    """
    return Prover(h, members=members, edges=edges, bound=bound).prove(x, y)
