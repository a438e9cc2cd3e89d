"""Who may stand between a receiver of referrals and the side that refers, and only pass money on."""

from typing import Final

import polars as pl

from ownergraph.rules.api import Graph

CARE: Final = ("practice", "hospital", "laboratory", "surgery_center", "pharmacy", "facility", "treatment_facility",
               "recovery_home", "payer")  # fmt: skip
"""Roles of those who furnish care or pay for it: what they pay is pay of their own business."""


def furnishers(g: Graph) -> pl.Series:
    """Ids of entities with one of the roles `CARE`, as one list for `is_in`. O(entities)."""
    listed = pl.col("roles").fill_null([]).list.set_intersection(list(CARE)).list.len() > 0
    return g.entities.filter(listed)["id"].implode()
