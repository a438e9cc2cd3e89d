"""From rows of OWNS to votes: intervals, counts, open registers, votes that have moved."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from ownergraph.analysis.fixpoint import Holdings, IntArray
from ownergraph.analysis.moves import moves
from ownergraph.graph import Store
from ownergraph.model import WHOLE


@dataclass(frozen=True)
class Votes:
    """The votes of a graph, ready for the fixpoint.

    Attributes:
        certain: holdings for what is certain; votes that several may claim are held by nobody.
        possible: holdings for what is possible; in an open register every listed holder may hold what is not listed.
        rows: for each row of `certain`, a list of ids of the input rows that it rests on (the move, then the share);
            rows beyond its end stand for what is not listed or contested, and rest on nothing.
        possible_rows: the same for `possible`.
        unlisted_high: for each entity the most votes, in its company's units, that holders not listed may have;
            shape (entities,).
        moves: the rights that move or may move votes, see `moves.moves`.
    """

    certain: Holdings
    possible: Holdings
    rows: pl.Series
    possible_rows: pl.Series
    unlisted_high: IntArray
    moves: pl.DataFrame


def voting_rows(store: Store) -> pl.DataFrame:
    """Rows of OWNS that vote, with `low` and `high` in units of `total`, and `known`.

    Equity votes; options, secured debt and profits interests do not. Votes default to the share (one share, one
    vote). Where every holder of a company is given as a count of the same number of shares, the counts are the votes
    and that number the total; elsewhere votes are millionths. Nothing recorded is [0, total].
    """
    rows = store.relations["OWNS"].filter(pl.col("instrument").is_null() | (pl.col("instrument") == "equity"))
    counted = (
        pl.col("shares_held").is_not_null()
        & pl.col("shares_outstanding").is_not_null()
        & pl.col("votes_min").is_null()
        & pl.col("votes_max").is_null()
        & pl.col("share_class").is_null()
    )
    exact = (counted.all() & (pl.col("shares_outstanding").n_unique() == 1)).over("dst")
    scaled = pl.col("shares_held") * WHOLE // pl.col("shares_outstanding")
    scaled_up = -(-pl.col("shares_held") * WHOLE // pl.col("shares_outstanding"))
    return rows.with_columns(exact.alias("exact")).with_columns(
        total=pl.when("exact").then("shares_outstanding").otherwise(WHOLE),
        low=pl.when("exact").then("shares_held").otherwise(pl.coalesce("votes_min", "share_min", scaled, 0)),
        high=pl.when("exact").then("shares_held").otherwise(pl.coalesce("votes_max", "share_max", scaled_up, WHOLE)),
    )


def build_votes(store: Store, *, moved: bool = True) -> Votes:
    """The votes of the whole graph; without `moved`, as owned, had nobody a right over them. O(holdings + rights)."""
    rows = voting_rows(store).select("id", "owner", "owned", "src", "dst", "low", "high", "total")
    rights = moves(store).with_columns(
        pl.col("mover").replace_strict(store.ids, return_dtype=pl.Int64).alias("mover_ix")
    )
    size = store.entities.height
    total = np.zeros(size, dtype=np.int64)
    companies = rows.group_by("dst", maintain_order=True).agg(
        pl.col("total").first(), pl.col("low").sum(), pl.col("high").sum()
    )
    total[companies["dst"].to_numpy()] = companies["total"].to_numpy()
    closed = store.entities.select(store.complete("owners", "id").alias("closed"))["closed"].to_numpy()
    if closed.shape == (1,):
        closed = np.broadcast_to(closed, (size,))

    free, contested, elsewhere = _split(rows, rights if moved else rights.head(0))
    settled = pl.concat([free, elsewhere])
    # a company with an open register gets a holder of its own for what is not listed
    open_ = companies.filter(pl.Series(~closed[companies["dst"].to_numpy()]))
    unlisted_high = np.zeros(size, dtype=np.int64)
    spare = (open_["total"] - open_["low"]).clip(lower_bound=0)
    unlisted_high[open_["dst"].to_numpy()] = spare.to_numpy()
    holders = np.arange(size, size + open_.height, dtype=np.int64)
    contested_holders = np.arange(size + open_.height, size + open_.height + contested.height, dtype=np.int64)
    everyone = size + open_.height + contested.height
    totals = np.concatenate([total, np.zeros(everyone - size, dtype=np.int64)])

    certain = Holdings(
        everyone,
        np.concatenate([settled["holder"].to_numpy(), holders, contested_holders]),
        np.concatenate([a.to_numpy() for a in (settled["dst"], open_["dst"], contested["dst"])]),
        np.concatenate(
            [
                settled["low"].to_numpy(),
                (open_["total"] - open_["high"]).clip(lower_bound=0).to_numpy(),
                contested["low"].to_numpy(),
            ]
        ),
        np.concatenate([settled["high"].to_numpy(), spare.to_numpy(), contested["high"].to_numpy()]),
        totals,
    )
    claims = _claims(contested)
    wide = pl.concat([settled, claims])
    is_open = ~closed[wide["dst"].to_numpy()]
    # in an open register any listed holder may also be the one who is not listed, so only what others certainly
    # hold stands in its way: the bound "total less the lows of others" is reached by a high of the whole
    high = np.where(is_open, total[wide["dst"].to_numpy()], wide["high"].to_numpy())
    possible = Holdings(
        everyone, wide["holder"].to_numpy(), wide["dst"].to_numpy(), wide["low"].to_numpy(), high, totals
    )
    return Votes(
        certain,
        possible,
        settled["rests_on"],
        wide["rests_on"],
        unlisted_high,
        rights,
    )


def _split(rows: pl.DataFrame, rights: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Rows nobody else has a right over, rows that several may claim, rows that have moved to one holder."""
    shape = ["holder", "dst", "low", "high", "rests_on"]
    plain = rows.with_columns(holder=pl.col("src"), rests_on=pl.concat_list("id"))
    if not rights.height:
        none = plain.head(0).select(shape)
        return plain.select(shape), none.with_columns(claimants=pl.lit(None, dtype=pl.List(pl.Int64))), none
    named = rights.filter(pl.col("owner").is_not_null())
    every = rights.filter(pl.col("owner").is_null())
    over = pl.concat(
        [
            plain.join(named, left_on=["owner", "owned"], right_on=["owner", "company"], how="inner").select(
                "id", "mover_ix", "right", "certain"
            ),
            plain.join(every.drop("owner"), left_on="owned", right_on="company", how="inner")
            .filter(pl.col("mover_ix") != pl.col("src"))
            .select("id", "mover_ix", "right", "certain"),
        ]
    )
    per_row = over.group_by("id").agg(
        pl.col("mover_ix").unique().sort().alias("movers"),
        pl.col("right").sort().alias("rights"),
        pl.col("certain").fill_null(False).all().alias("all_certain"),
    )
    joined = plain.join(per_row, on="id", how="left", maintain_order="left")
    single = (pl.col("movers").list.len() == 1) & pl.col("all_certain")
    free = joined.filter(pl.col("movers").is_null()).select(shape)
    moved = (
        joined.filter(single)
        .with_columns(
            holder=pl.col("movers").list.first(),
            rests_on=pl.concat_list(pl.col("rights").list.head(1), "id"),
        )
        .select(shape)
    )
    contested = (
        joined.filter(pl.col("movers").is_not_null() & ~single)
        .with_columns(
            claimants=pl.concat_list(pl.concat_list("src"), "movers").list.unique().list.sort(),
            rests_on=pl.concat_list("rights", pl.concat_list("id")),
        )
        .select([*shape, "claimants"])
    )
    return free, contested, moved


def _claims(contested: pl.DataFrame) -> pl.DataFrame:
    """One row for each who may hold contested votes: none of them certainly, all of them possibly."""
    return (
        contested.with_columns(holder=pl.col("claimants"), low=pl.lit(0, dtype=pl.Int64))
        .drop("claimants")
        .explode("holder")
        .select("holder", "dst", "low", "high", "rests_on")
    )
