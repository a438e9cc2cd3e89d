"""Practices whose majority may be somebody's who is not listed as an owner, and on which manager's side they may be.

Where owners are not complete a person may own the majority of more practices than those in which it is listed. Such
practices are counted once for each set of managers, not once for each person.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.rules.api import Graph
from ownergraph.rules.parties import control_closed, controls, unlisted_share

c = pl.col

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "practice": pl.String, "state": pl.String, "owner": pl.String, "extra": pl.Int64, "extra_here": pl.Int64,
    "extra_states": pl.List(pl.String), "extra_open": pl.Boolean,
}  # fmt: skip


def managers_of(g: Graph) -> pl.DataFrame:
    """Practice, its manager (null: none listed), agreement, and whether more managers may be."""
    managers = g.relations["MANAGES"].select(practice="managed", manager="manager", agreement="id")
    practices = g.practice_states.select("practice").unique(maintain_order=True).collect(engine="in-memory")
    return practices.with_columns(more_managers=~g.complete("agreements", "practice")).join(
        managers, on="practice", how="left", maintain_order="left"
    )


@dataclass(frozen=True)
class _Counted:
    """A set of practices, counted.

    Attributes:
        practices: the set.
        by_state: how many work in each state and have no list of states that is open.
        anywhere: how many may work in any state.
    """

    practices: frozenset[str]
    by_state: Counter[str]
    anywhere: int


class Unlisted:
    """Practices of which somebody who is not listed may own more than half, and that somebody manages or may manage.

    Args:
        g: the graph.
        managers: see `managers_of`.
    """

    def __init__(self, g: Graph, managers: pl.DataFrame) -> None:
        self.g = g
        self.managers: dict[str, set[str]] = {}
        self.loose: set[str] = set()
        for practice, manager, more in managers.select("practice", "manager", "more_managers").iter_rows():
            self.managers.setdefault(practice, set()).update([] if manager is None else [manager])
            if more:
                self.loose.add(practice)
        free = g.practice_states.filter(unlisted_share(g) * 2 > WHOLE).select("practice").unique()
        self.free = {one for one in free.collect(engine="in-memory")["practice"] if self._managed(one)}
        sites = g.practice_states.select("practice", "state", open=~g.complete("states", "practice"))
        self.states: dict[str, set[str]] = {}
        self.anywhere: set[str] = set()
        for practice, state, open_ in sites.collect(engine="in-memory").iter_rows():
            self.states.setdefault(practice, set()).update([] if state is None else [state])
            if open_:
                self.anywhere.add(practice)
        self.listed: dict[str, set[str]] = {}
        for owner, practice in g.owners.select("owner", "practice").collect(engine="in-memory").iter_rows():
            self.listed.setdefault(owner, set()).add(practice)
        self._made: dict[frozenset[str] | None, _Counted] = {}
        self._index()

    def _managed(self, practice: str) -> bool:
        """Whether somebody manages it, or may."""
        return practice in self.loose or bool(self.managers.get(practice))

    def _index(self) -> None:
        """Free practices by what makes their managers related to others: who they are, who controls them."""
        named = set().union(*self.managers.values()) if self.managers else set()
        above = controls(self.g).filter(c("y").is_in(sorted(named))).select("x", "y", "who").collect(engine="in-memory")
        self.over: dict[str, set[str]] = {one: set() for one in named}
        self.proved: dict[str, set[str]] = {one: {one} for one in named}
        for x, y, who in above.iter_rows():
            self.over[y].add(x)
            self.proved[y].add(who)
        self.always = self.free & self.loose
        self.by_manager: dict[str, set[str]] = {}
        self.by_over: dict[str, set[str]] = {}
        self.by_proved: dict[str, set[str]] = {}
        self.open = {one for one in named if self.free and not control_closed(self.g, one)}
        for practice in self.free - self.loose:
            for manager in self.managers[practice]:
                if manager in self.open:
                    self.always.add(practice)
                self.by_manager.setdefault(manager, set()).add(practice)
                for one in self.over[manager]:
                    self.by_over.setdefault(one, set()).add(practice)
                for one in self.proved[manager]:
                    self.by_proved.setdefault(one, set()).add(practice)

    def _beside(self, practice: str) -> _Counted:
        """Free practices that may be on the same manager's side as `practice`; worked out once a set of managers."""
        key = None if practice in self.loose else frozenset(self.managers[practice])
        if key is not None and key & self.open:
            key = None  # who controls one of the managers is open, so that it may be on any side
        if key not in self._made:
            found = self.free
            if key is not None:
                found = self.always.union(*(part for manager in key for part in self._related(manager)))
            found = found if self._managed(practice) else set()
            fixed = Counter(state for one in found - self.anywhere for state in self.states[one])
            self._made[key] = _Counted(frozenset(found), fixed, len(found & self.anywhere))
        return self._made[key]

    def _related(self, manager: str) -> Iterator[set[str]]:
        """Free practices with a manager that is the same, controls this one, is controlled by it, or shares one."""
        yield self.by_over.get(manager, set())
        yield from (self.by_manager.get(one, set()) for one in self.over[manager])
        yield from (self.by_proved.get(one, set()) for one in self.proved[manager])

    def beside(self, rows: pl.DataFrame, enough: int) -> pl.DataFrame:
        """How many free practices, in which the owner is not listed, may be on the side of the manager of a practice.

        Args:
            rows: practice, state, owner.
            enough: from this number on their states do not matter, and are left out.

        Returns:
            practice, state, owner, `extra` (how many), `extra_here` (how many of them work, or may work, in the state),
            `extra_states` (of all of them), `extra_open` (whether one of them may work in further states).

        Complexity: O(rows x holdings of an owner + sets of managers x practices).
        """
        made = []
        for practice, state, owner in rows.select("practice", "state", "owner").iter_rows():
            all_ = self._beside(practice)
            own = self.listed.get(owner, set()) & all_.practices
            count = len(all_.practices) - len(own)
            here = all_.by_state[state] + all_.anywhere
            here -= sum(one in self.anywhere or state in self.states[one] for one in own)
            few = all_.practices - own if 0 < count < enough else frozenset()
            states = sorted({one for practice in few for one in self.states[practice]})
            made.append((practice, state, owner, count, here, states, bool(few & self.anywhere)))
        return pl.DataFrame(made, schema=SCHEMA, orient="row")
