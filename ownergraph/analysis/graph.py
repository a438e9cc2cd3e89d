"""The graph that rules see: the store, the law of its day, and what follows from both."""

from collections.abc import Callable, Hashable, Iterable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import polars as pl

from ownergraph.analysis import frames
from ownergraph.analysis.licenses import Licenses, licenses, with_license
from ownergraph.graph import Store
from ownergraph.law import states
from ownergraph.model.progress import Progress, quiet
from ownergraph.model.structure import Structure

if TYPE_CHECKING:
    from ownergraph.analysis.control import Control
    from ownergraph.analysis.defenses import Defenses
    from ownergraph.analysis.ownership import Ownership
    from ownergraph.analysis.returns import Returns
    from ownergraph.analysis.volume import Volume


T = TypeVar("T")

_NAME_STATES = {
    "entities": ("state_formed", "home_state"), "licensed_in": ("state",), "operates_in": ("state",),
}  # fmt: skip
"""Columns of the input that hold a state."""

SMALL = 20_000
"""Rows of all tables together up to which an input counts as small."""


class Graph(Store):
    """A structure as of one day, with the law and with control and ownership worked out when asked for.

    Args:
        structure: the validated input.
        as_of: the day; see `Store`.
        trust_unverified: count cells of the law tables that no text has verified.
        law_overlay: a YAML file of counsel's own rows, which win over the law tables.
    """

    def __init__(
        self,
        structure: Structure,
        as_of: date | None = None,
        *,
        trust_unverified: bool = False,
        law_overlay: Path | None = None,
    ) -> None:
        super().__init__(structure, as_of)
        self.trust_unverified = trust_unverified
        self.law_overlay = law_overlay
        self._kept: dict[Hashable, Any] = {}

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, worked out when it is first asked for by this key: several rules start from the same."""
        if key not in self._kept:
            self._kept[key] = make()
        made: T = self._kept[key]
        return made

    @cached_property
    def small(self) -> bool:
        """Whether plans and threads cost more than the rows: then as much as possible is worked out at once."""
        return sum(table.height for table in self.structure.tables.values()) <= SMALL

    @cached_property
    def law(self) -> pl.DataFrame:
        """The law of every state that the input names. See `law.states`."""
        tables = self.structure.tables
        named = {
            state
            for table, columns in _NAME_STATES.items()
            for column in columns
            for state in tables[table][column].unique()
            if state is not None
        }
        return states(trust_unverified=self.trust_unverified, overlay=self.law_overlay, only=frozenset(named))

    @cached_property
    def _practice_states(self) -> pl.DataFrame:
        return frames.practice_states(self, self.law).collect(engine="in-memory")

    @property
    def practice_states(self) -> pl.LazyFrame:
        """One row a practice and state: facts and law. See `frames.practice_states`."""
        return self._practice_states.lazy()

    @cached_property
    def state_law(self) -> dict[str, dict[str, Any]]:
        """The whole row of the law tables for every state that the input names, counsel's cells laid over it."""
        return {row["state"]: row for row in self.law.iter_rows(named=True)}

    @cached_property
    def _agreements(self) -> pl.DataFrame:
        return frames.agreements(self, self.practice_states).collect(engine="in-memory")

    @property
    def agreements(self) -> pl.LazyFrame:
        """MANAGES x practice x state x law. See `frames.agreements`."""
        return self._agreements.lazy()

    @cached_property
    def only_agreement(self) -> dict[str, str]:
        """For each practice with exactly one management agreement the id of that one."""
        found = self.relations["MANAGES"].group_by("managed").agg(pl.col("id").first(), pl.len().alias("n"))
        return dict(found.filter(pl.col("n") == 1).select("managed", "id").iter_rows())

    @cached_property
    def _owners(self) -> pl.DataFrame:
        return self.with_license(frames.owners(self, self.practice_states), "owner").collect(engine="in-memory")

    @property
    def owners(self) -> pl.LazyFrame:
        """Direct owners x practice x state x law, with their licenses. See `frames.owners`."""
        return self._owners.lazy()

    @cached_property
    def _licenses(self) -> Licenses:
        return licenses(self)

    def with_license(self, frame: pl.LazyFrame, person: str, state: str = "state") -> pl.LazyFrame:
        """Add license columns for `person`. See `licenses.with_license`."""
        return with_license(self, self._licenses, frame, person, state)

    @cached_property
    def control(self) -> "Control":
        """Who controls whom."""
        from ownergraph.analysis.control import Control

        return Control(self)

    @cached_property
    def ownership(self) -> "Ownership":
        """Who ultimately owns how much of whom."""
        from ownergraph.analysis.ownership import Ownership

        return Ownership(self)

    @cached_property
    def referrals(self) -> pl.DataFrame:
        """Rows of referrals. See `attribution.referrals`."""
        from ownergraph.analysis.attribution import referrals

        return referrals(self)

    @cached_property
    def referral_sides(self) -> pl.DataFrame:
        """Who stands on the side of each who refers. See `attribution.referral_sides`."""
        from ownergraph.analysis.attribution import referral_sides

        return referral_sides(self)

    @cached_property
    def flows(self) -> pl.DataFrame:
        """Who gives value to whom, net of refunds. See `flows.value_flows`."""
        from ownergraph.analysis.flows import value_flows

        return value_flows(self)

    @cached_property
    def payments_in_doubt(self) -> pl.Series:
        """Ids of payments of which nothing may be left after refunds. See `refunds.in_doubt`."""
        from ownergraph.analysis.flows import known_by
        from ownergraph.analysis.refunds import in_doubt

        return in_doubt(known_by(self, "pays"))

    @cached_property
    def relationships(self) -> pl.DataFrame:
        """Financial relationships of those who refer. See `relationships.relationships`."""
        from ownergraph.analysis.relationships import relationships

        return relationships(self)

    @cached_property
    def returns(self) -> "Returns":
        """Value that comes back to those who refer, by the default settings. See `returns.return_paths`."""
        return self.return_paths()

    def return_paths(
        self,
        *,
        hops: int = 4,
        window: int = 120,
        timing: Literal["either", "after"] = "either",
        min_amount_usd: float | None = None,
        referrers: Iterable[str] | None = None,
        n: int = 5,
        budget: int = 50_000,
        kernel: Literal["auto", "numpy", "compiled"] = "auto",
        progress: Progress = quiet,
    ) -> "Returns":
        """Value that comes back to those who refer. See `returns.return_paths` and `returns.Settings`."""
        from ownergraph.analysis.returns import return_paths
        from ownergraph.analysis.returns_find import Settings

        settings = Settings(hops, window, timing, min_amount_usd, n, budget, kernel)
        return return_paths(self, settings, referrers, progress)

    @cached_property
    def volume(self) -> "Volume":
        """Whether payments move with referrals. See `volume.Volume`."""
        from ownergraph.analysis.volume import volume

        return volume(self)

    @cached_property
    def defenses(self) -> "Defenses":
        """Stark exceptions and safe harbors, element by element. See `defenses.Defenses`."""
        from ownergraph.analysis.defenses import Defenses

        return Defenses(self)

    @cached_property
    def loose_papers(self) -> frozenset[str]:
        """Companies over which somebody not recorded may hold papers that move votes. See `moves.loose_papers`."""
        from ownergraph.analysis.moves import loose_papers

        return loose_papers(self)

    @cached_property
    def controllers(self) -> pl.DataFrame:
        """Who controls or may control each practice, and whether that is a physician. See `lay.controllers`."""
        from ownergraph.analysis.lay import controllers

        return controllers(self)

    @cached_property
    def control_closed(self) -> pl.DataFrame:
        """Whether the registers that could give control are complete. See `lay.closed`."""
        from ownergraph.analysis.lay import closed

        return closed(self)
