"""Who ultimately owns how much: integrated ownership over the rows of OWNS."""

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ownergraph.model import WHOLE
from ownergraph.model.columns import counted_share

if TYPE_CHECKING:
    from ownergraph.analysis.integrated import Prepared, Stakes
    from ownergraph.graph import Store


class Ownership:
    """Integrated (ultimate economic) ownership, as intervals. See `integrated` for the definition."""

    def __init__(self, store: "Store") -> None:
        self.store = store

    @cached_property
    def rows(self) -> pl.DataFrame:
        """Rows of OWNS that give an economic share, with `low` and `high` in millionths; unknown is [0, 1,000,000].

        Equity and profits interests; options and secured debt do not.
        """
        low, high = counted_share()
        return (
            self.store.relations["OWNS"]
            .filter(pl.col("instrument").is_null() | pl.col("instrument").is_in(["equity", "profits"]))
            .with_columns(
                low=pl.coalesce("share_min", low, 0),
                high=pl.coalesce("share_max", high, WHOLE),
            )
            .with_columns(
                # what a holder has is at most what the others certainly leave
                high=pl.min_horizontal("high", WHOLE - (pl.col("low").sum().over("dst") - pl.col("low"))).clip(
                    lower_bound=pl.col("low")
                )
            )
        )

    @cached_property
    def shares(self) -> "Prepared":
        """The rows as arrays, sorted once for every question."""
        from ownergraph.analysis.integrated import Shares, prepare

        return prepare(
            Shares(
                self.store.entities.height,
                *(self.rows[name].to_numpy().copy() for name in ("src", "dst", "low", "high")),
            )
        )

    def of(self, entity: str) -> pl.DataFrame:
        """Every direct and indirect holder of `entity`: holder, min_pct, max_pct; the largest first.

        Raises:
            KeyError: no such entity.
        """
        from ownergraph.analysis.integrated import owners_of

        return self._frame(owners_of(self.shares, self.store.ids[entity]), "holder")

    def holdings(self, entity: str) -> pl.DataFrame:
        """Everything that `entity` ultimately holds: company, min_pct, max_pct; the largest first."""
        from ownergraph.analysis.integrated import holdings_of

        return self._frame(holdings_of(self.shares, self.store.ids[entity]), "company")

    def _frame(self, stakes: "Stakes", who: str) -> pl.DataFrame:
        number, low, high = (np.asarray(part) for part in (stakes.id, stakes.low, stakes.high))
        ids = self.store.entities["id"].gather(number.tolist())
        return pl.DataFrame(
            {who: ids, "min_pct": np.round(low * 100, 6), "max_pct": np.round(high * 100, 6)},
            schema={who: pl.String, "min_pct": pl.Float64, "max_pct": pl.Float64},
        )
