"""Votes that have moved: who may vote, take or hand on the shares that stand in another's name.

A right over the shares of an owner lets its holder use that owner's votes: a proxy, power of attorney or voting trust
whose scope has vote_shares or transfer_shares; a nominee agreement; an unrestricted right to replace the owner; an
undated resignation, blank stock power or presigned transfer in somebody's custody; the powers vote_shares and
replace_owner in a management agreement. Source for undated papers: Allstate v. Northfield, 228 N.J. 596 (2017).
"""

import polars as pl

from ownergraph.graph import Store

MOVING_SCOPES = ["vote_shares", "transfer_shares", "general"]
FREE_TRIGGERS = ["any_time", "holder_election"]
MOVING_PAPERS = ["undated_resignation", "blank_stock_power", "presigned_transfer"]
MOVING_POWERS = ["vote_shares", "replace_owner"]


def how(mechanism: str) -> str:
    """A mechanism of control as people read it: "moved votes" says nothing to them."""
    return "rights over votes or the board" if mechanism == "moved votes" else mechanism


def unrestricted() -> pl.Expr:
    """Whether a row of RESTRICTS_TRANSFER lets its holder replace the owner as it likes (nullable).

    True where no event is needed (any_time, holder_election) and the holder names the new owner, or the new owner
    is unrestricted and it is not merely a right of first refusal at fair market value, for a buyer that the practice
    picks.
    """
    free = pl.col("triggers").list.set_intersection(FREE_TRIGGERS).list.len() > 0
    chosen = pl.col("designee_chosen_by") == "holder"
    return free & (chosen | (pl.col("designee_unrestricted") & ~pl.col("first_refusal_at_fmv")))


def _any(column: str, words: list[str]) -> pl.Expr:
    return pl.col(column).list.set_intersection(words).list.len() > 0


def moves(store: Store) -> pl.DataFrame:
    """Every right that moves, or may move, votes.

    Columns: mover, owner (null: every owner), company, right (id of the row that gives it), certain (true: moves;
    null: may move, what decides is not recorded). Rows that do not move votes are left out. O(rights).
    """
    proxies = (
        store.relations["HOLDS_PROXY"]
        .lazy()
        .select(
            mover="grantee",
            owner=pl.when(pl.col("over").is_null()).then(None).otherwise(pl.col("grantor")),
            company=pl.coalesce("over", "grantor"),
            right="id",
            # a nominee holds for another: the votes are that other's
            certain=(pl.col("instrument") == "nominee_agreement") | _any("scope", MOVING_SCOPES),
        )
    )
    replace = (
        store.relations["RESTRICTS_TRANSFER"]
        .lazy()
        .select(mover="holder", owner="owner", company="over", right="id", certain=unrestricted())
    )
    papers = (
        store.table("documents")
        .lazy()
        .filter(pl.col("document").is_in(MOVING_PAPERS) & pl.col("holder").is_not_null())
        .select(mover="holder", owner="signer", company="over", right="id", certain=pl.lit(True))
        .filter(pl.col("company").is_not_null())
    )
    powers = (
        store.relations["MANAGES"]
        .lazy()
        .select(
            mover="manager",
            owner=pl.lit(None, dtype=pl.String),
            company="managed",
            right="id",
            certain=_any("powers", MOVING_POWERS),
        )
    )
    rows = pl.concat([proxies, replace, papers, powers])
    return (
        rows.filter(pl.col("certain").is_null() | pl.col("certain"))
        .filter(pl.col("owner").is_null() | (pl.col("owner") != pl.col("mover")))
        .collect(engine="in-memory")
    )


def loose_papers(store: Store) -> frozenset[str]:
    """Companies over which somebody may hold papers that move votes, where holder or company is not recorded."""
    papers = store.table("documents").filter(
        pl.col("document").is_in(MOVING_PAPERS) & (pl.col("holder").is_null() | pl.col("over").is_null())
    )
    named = set(papers["over"].drop_nulls())
    signers = papers.filter(pl.col("over").is_null())["signer"]
    owns = store.relations["OWNS"]
    if signers.null_count():
        named |= set(owns["owned"])
    named |= set(owns.filter(pl.col("owner").is_in(signers.drop_nulls().to_list()))["owned"])
    return frozenset(named)
