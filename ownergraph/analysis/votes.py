"""From rows of OWNS to votes: intervals, counts, open registers, votes that have moved."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ownergraph.analysis.keys import IntArray
from ownergraph.analysis.moves import moves
from ownergraph.analysis.register import Holdings
from ownergraph.graph import Store
from ownergraph.model import WHOLE
from ownergraph.model.columns import counted_share


@dataclass(frozen=True)
class Votes:
    """The votes of a graph, ready for the fixpoint.

    A holding over which others have rights stands for itself: a number of its own beyond the entities holds it, and
    an edge leads to that number from the owner of record and from everyone who has a right. So each of them may count
    the votes, a group counts them once, and one more right never takes control from anybody.

    Attributes:
        certain: holdings for what is certain.
        possible: holdings for what is possible; in an open register every listed holder may hold what is not listed.
        rests_on: for each holding the id of the row of OWNS; holdings beyond its end stand for what is not listed.
        edges: who may use the votes of which holding that stands for itself: from, to, right (id of the row that gives
            it; null for the owner of record), certain (null: may), company (id).
        unlisted_high: for each entity the most votes, in its company's units, that holders not listed may have;
            shape (entities,).
        moves: the rights that move or may move votes, see `moves.moves`.
    """

    certain: Holdings
    possible: Holdings
    rests_on: pl.Series
    edges: pl.DataFrame
    unlisted_high: IntArray
    moves: pl.DataFrame

    @cached_property
    def open_rights(self) -> frozenset[str]:
        """Ids of the rights that may move votes, where what decides is not recorded."""
        return frozenset(self.moves.filter(self.moves["certain"].is_null())["right"])


def voting_rows(store: Store) -> pl.DataFrame:
    """Rows of OWNS that vote: id, owner, owned, src, dst, with `low` and `high` in units of `total`.

    Equity votes; options, secured debt and profits interests do not. Votes default to the share (one share, one
    vote). Where every holder of a company is given as a count of the same number of shares, the counts are the votes
    and that number the total; elsewhere votes are millionths. Nothing recorded is [0, total].
    """
    rows = store.relations["OWNS"].lazy().filter(pl.col("instrument").is_null() | (pl.col("instrument") == "equity"))
    counted = (
        pl.col("shares_held").is_not_null()
        & pl.col("shares_outstanding").is_not_null()
        & pl.col("votes_min").is_null()
        & pl.col("votes_max").is_null()
        & pl.col("share_class").is_null()
    )
    exact = (counted.all() & (pl.col("shares_outstanding").n_unique() == 1)).over("dst")
    scaled, scaled_up = counted_share()
    return (
        rows.with_columns(exact.alias("exact"))
        .select(
            "id", "owner", "owned", "src", "dst",
            low=pl.when("exact").then("shares_held").otherwise(pl.coalesce("votes_min", "share_min", scaled, 0)),
            high=pl.when("exact").then("shares_held").otherwise(
                pl.coalesce("votes_max", "share_max", scaled_up, WHOLE)
            ),
            total=pl.when("exact").then("shares_outstanding").otherwise(WHOLE),
        )
        .collect(engine="in-memory")
    )  # fmt: skip


class _Owned(NamedTuple):
    """What both readings of the votes start from: rows of OWNS, rights over them, and each company's register.

    Attributes:
        rows: rows that vote, with their bounds.
        rights: rights that move, or may move, votes.
        total: votes of each entity, shape (entities,); 0 where nothing of it is held.
        closed: whether each entity's register of owners is complete, shape (entities,).
        open_: companies with an open register: dst, total, low, high, `spare`.
        over: rights, one a holding that each is about.
    """

    rows: pl.DataFrame
    rights: pl.DataFrame
    total: IntArray
    closed: NDArray[np.bool_]
    open_: pl.DataFrame
    over: pl.DataFrame


def _owned(store: Store) -> _Owned:
    rows = voting_rows(store)
    rights = moves(store).with_columns(
        pl.col("mover").replace_strict(store.ids, return_dtype=pl.Int64).alias("mover_ix")
    )
    total = np.zeros(store.entities.height, dtype=np.int64)
    companies = rows.group_by("dst", maintain_order=True).agg(
        pl.col("total").first(), pl.col("low").sum(), pl.col("high").sum()
    )
    total[companies["dst"].to_numpy()] = companies["total"].to_numpy()
    closed = store.entities.select("ix", closed=store.complete("owners", "id"))["closed"]
    open_ = companies.filter(~closed.gather(companies["dst"])).with_columns(
        spare=(pl.col("total") - pl.col("low")).clip(lower_bound=0)
    )
    return _Owned(rows, rights, total, closed.to_numpy(), open_, _over(rows, rights))


def build_votes(store: Store) -> tuple[Votes, Votes]:
    """The votes of the whole graph, and as owned, had nobody a right over them. O(holdings + rights)."""
    owned = _owned(store)
    moved = _votes(store, owned, owned.over)
    return moved, moved if not owned.over.height else _votes(store, owned, owned.over.clear())


def _votes(store: Store, owned: _Owned, over: pl.DataFrame) -> Votes:
    size, open_, total = store.entities.height, owned.open_, owned.total
    unlisted_high = np.zeros(size, dtype=np.int64)
    spare = open_["spare"].to_numpy()
    unlisted_high[open_["dst"].to_numpy()] = spare

    subject = over["id"].unique(maintain_order=True)
    numbers = pl.DataFrame({"id": subject, "to": pl.int_range(size, size + len(subject), eager=True)})
    placed = (
        owned.rows.lazy()
        .join(numbers.lazy(), on="id", how="left", maintain_order="left")
        .with_columns(holder=pl.coalesce("to", "src"))
        .collect(engine="in-memory")
    )
    edges = pl.concat(
        [
            placed.lazy().filter(pl.col("to").is_not_null()).select(
                pl.col("src").alias("from"), "to", pl.lit(None, dtype=pl.String).alias("right"),
                pl.lit(True).alias("certain"), pl.col("owned").alias("company"),
            ),
            over.lazy().join(
                placed.lazy().select("id", "to", "owned"), on="id", how="left", maintain_order="left"
            ).select(pl.col("mover_ix").alias("from"), "to", "right", "certain", pl.col("owned").alias("company")),
        ]
    ).collect(engine="in-memory")  # fmt: skip
    # a company with an open register gets a holder of its own for what is not listed
    first = size + len(subject)
    everyone = first + open_.height
    totals = np.concatenate([total, np.zeros(everyone - size, dtype=np.int64)])
    holder, company, low, high = (placed[name].to_numpy() for name in ("holder", "dst", "low", "high"))
    certain = Holdings(
        everyone,
        np.concatenate([holder, np.arange(first, everyone, dtype=np.int64)]),
        np.concatenate([company, open_["dst"].to_numpy()]),
        np.concatenate([low, (open_["total"] - open_["high"]).clip(lower_bound=0).to_numpy()]),
        np.concatenate([high, spare]),
        totals,
    )
    # in an open register any listed holder may also be the one who is not listed, so only what others certainly
    # hold stands in its way: the bound "total less the lows of others" is reached by a high of the whole
    wide = np.where(~owned.closed[company], total[company], high)
    possible = Holdings(everyone, holder, company, low, wide, totals)
    return Votes(certain, possible, placed["id"], edges, unlisted_high, owned.rights)


def _over(rows: pl.DataFrame, rights: pl.DataFrame) -> pl.DataFrame:
    """Rights, one a holding that each is about: id (of the holding), mover_ix, right, certain."""
    columns = ["id", "mover_ix", "right", "certain"]
    holdings, named = rows.lazy(), rights.lazy().filter(pl.col("owner").is_not_null())
    every = rights.lazy().filter(pl.col("owner").is_null())
    found = [
        holdings.join(named, left_on=["owner", "owned"], right_on=["owner", "company"], how="inner").select(columns),
        holdings.join(every.drop("owner"), left_on="owned", right_on="company", how="inner")
        .filter(pl.col("mover_ix") != pl.col("src"))
        .select(columns),
    ]
    return pl.concat(found).sort(columns).collect(engine="in-memory")


def short_or_array(numbers: IntArray) -> pl.Series:
    """A column of whole numbers. A few go through a list: for arrays polars loads numpy.ma, longer than they take."""
    return pl.Series(numbers if len(numbers) > FEW else numbers.tolist(), dtype=pl.Int64)


FEW = 10_000


def edge_arrays(edges: list[tuple[int, int]]) -> tuple[IntArray, IntArray] | None:
    """Direct control edges as the fixpoint takes them; None where there are none."""
    array = np.array(edges, dtype=np.int64).reshape(-1, 2)
    return (array[:, 0], array[:, 1]) if len(edges) else None
