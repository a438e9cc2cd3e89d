"""Whose referrals count: what the STARK rules that start from `referring.arrangements` add to its rows."""

import polars as pl

from ownergraph.rules.api import Graph
from ownergraph.rules.stark._chains import owned_by_physician

c = pl.col


def with_owners(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Add owned_by_physician, which `_chains.relates` asks for: an organization that refers is a physician's.

    Null where that is not recorded; true for persons, and where the party is another one than the referrer. O(rows +
    owners of referrers).
    """
    return rows.join(owned_by_physician(g, rows), on="referrer", how="left", maintain_order="left").with_columns(
        owned_by_physician=pl.when(c("how") == "self").then("owned_by_physician").otherwise(True)
    )
