"""Financial relationships of those who refer designated health services, with the entities that furnish them.

42 U.S.C. 1395nn(a)(2); 42 CFR 411.354(a) to (c). A relationship is ownership or compensation between the physician, a
member of the immediate family, or the organization in whose shoes the physician stands, and the entity; in either
direction, in cash or not; direct, or through an unbroken chain. Whether value comes back for referrals, in which order
and when, is no part of the test: that is what return paths are for.
"""

from typing import TYPE_CHECKING, Final

import polars as pl

from ownergraph.analysis.attribution import paid_by_stark
from ownergraph.analysis.chains import chains, holds, together
from ownergraph.analysis.flows import known_by
from ownergraph.analysis.links import all_links

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

BATCH: Final = 2_000_000
"""Periods and referrals that are compared at once."""

_IDS = pl.List(pl.String)
SCHEMA: Final = {
    "referrer": pl.String(), "party": pl.String(), "receiver": pl.String(), "kind": pl.String(),
    "direct": pl.Boolean(), "rows": _IDS, "link": pl.String(), "attribution": _IDS, "how": pl.String(),
    "shoes": pl.Boolean(), "immediate": pl.Boolean(), "titular": pl.Boolean(), "referrals": _IDS, "dhs": _IDS,
    "federal": pl.Boolean(), "proxy": pl.Boolean(), "in_force": pl.Boolean(), "start": pl.Date(), "end": pl.Date(),
    "undated": pl.Boolean(), "truncated": pl.Boolean(),
}  # fmt: skip


def relationships(g: "Graph") -> pl.DataFrame:
    """One row a referrer, party, receiver and chain, sorted by them.

    Columns: referrer; party (who has the relationship: the referrer, immediate family, the organization in whose shoes
    it stands, a person who owns an organization that refers); receiver (furnishes designated health services); kind
    (ownership or compensation); direct; rows (ids, from the party to the receiver); link (the row nearest to the
    party); attribution (ids from the referrer to the party) and how, shoes, immediate as in
    `attribution.referral_sides`; titular (of the holding nearest to the party; null where not recorded, and for
    compensation); referrals (ids, at which it was or may have been in force); dhs (services, sorted); federal (Medicare
    or Medicaid pays for one of them; null unknown); proxy (all count shared patients); in_force (true; null where
    dates are missing; what was not in force has no row); start, end, undated (the days on which every row holds, what
    ties the party to the referrer included; null open, undated not known at all); truncated (longer chains from
    the party may be missing, for their number: `chains.FRONTIER`).

    Payments of one payer to one payee that are at most `links.SERIES` days apart are one arrangement, in force from
    the first of them to the last.

    Chains are the shortest for each nearest link, those in force before those that may be. Ownership runs downwards
    only: a holding in a subsidiary is none in its parent (42 CFR 411.354(b)(2)), and owning a company together is no
    compensation (411.354(c)(2)(i)). Payers of health care are no intermediaries; what else is left out where parties
    are tied to very many: `chains.HUB`, `chains.FRONTIER`. Of an indirect chain a series of payments with equal terms
    is one link. O(referrals + chains).
    """
    pairs = _pairs(g)
    if not pairs.height:
        return pl.DataFrame(schema=SCHEMA)
    wanted = _parties(g).join(pairs.select("referrer", "receiver").unique(), on="referrer", how="inner")
    wanted = wanted.filter(c("party") != c("receiver"))
    links = all_links(g)
    ends = wanted.select("party", "receiver").unique()
    found = chains(links, ends, _no_way(g))
    rows = (
        wanted.join(found, on=["party", "receiver"], how="inner")
        .with_columns(together("start_side", "end_side"))
        .filter(holds())
    )
    return _in_force(rows, pairs) if rows.height else pl.DataFrame(schema=SCHEMA)


def _pairs(g: "Graph") -> pl.DataFrame:
    """Referrals of designated health services: those that name one, or whose receiver furnishes any."""
    furnishes = g.entities.select(receiver="id", _dhs="dhs")
    return (
        g.referrals.join(furnishes, on="receiver", how="left", maintain_order="left")
        .with_columns(
            dhs=pl.when(c("dhs").is_not_null()).then(pl.concat_list("dhs")).otherwise(c("_dhs").fill_null([])),
            stark=paid_by_stark(),
        )
        .filter(c("dhs").list.len() > 0)
        .drop("_dhs")
    )


def _parties(g: "Graph") -> pl.DataFrame:
    """Whose relationships count as the referrer's for Stark."""
    kinds = g.entities.select(party="id", _kind="kind")
    parties = (
        g.referral_sides.join(kinds, on="party", how="left", maintain_order="left")
        .filter(
            (c("how") == "self")
            | ((c("how") == "family") & c("immediate").fill_null(True) & (c("_kind") == "person"))
            | ((c("how") == "owned") & c("shoes").fill_null(True))
            | ((c("how") == "owner") & (c("_kind") == "person"))
        )
        .select("referrer", "party", "how", "shoes", "immediate", attribution="rows")
        .with_row_index("_side")
    )
    day = pl.duration(days=1)
    tables = [known_by(g, name).select("id", "valid_from", "valid_to") for name in ("owns", "family_of")]
    spans = (
        parties.select("_side", id="attribution")
        .explode("id")
        .join(pl.concat(tables), on="id")
        .group_by("_side")
        .agg(start_side=c("valid_from").max(), end_side=(c("valid_to") - day).min())
    )
    return parties.join(spans, on="_side", how="left", maintain_order="left").drop("_side")


def _no_way(g: "Graph") -> pl.Series:
    """Entities that are no intermediaries: those who pay for health care."""
    return g.entities.filter(c("roles").list.contains("payer").fill_null(False))["id"]


def _in_force(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the referrals at which each chain was, or may have been, in force; what never was is left out."""
    pair = ["referrer", "receiver"]
    key = [*pair, "start", "end", "undated"]
    referrals = pairs.sort("referral").select(
        *pair, "referral", "stark", "proxy", r_start="start", r_end="end",
        services=c("dhs").list.unique().list.sort().list.join(";"),
    )  # fmt: skip
    # periods of one pair stay together; a batch bounds memory, not the answer
    periods = rows.select(key).unique().join(referrals.group_by(pair).len(), on=pair).sort(key)
    told = pl.concat(
        _told(part, referrals, key)
        for part in periods.with_columns(batch=c("len").cum_sum() // BATCH).partition_by("batch", maintain_order=True)
    )
    order = [c("rows").list.len(), c("rows").list.join(" ")]
    # of several links of the party to the referrer one by which it counts, while the chain was in force, stands for all
    counts = c("immediate") & ((c("how") != "owned") | c("shoes"))
    # neither is false here: what never was in force, and who certainly does not count, has no row
    open_ = c("in_force").is_null().cast(pl.Int8) + counts.is_null().cast(pl.Int8)
    return (
        rows.join(told, on=key, how="inner", nulls_equal=True)
        .sort(~c("in_force").fill_null(False), open_, *order, c("attribution").list.join(" "))
        .unique(["referrer", "party", "receiver", "kind", "direct", "link"], keep="first", maintain_order=True)
        .sort("referrer", "receiver", "kind", ~c("direct"), "party", *order)
        .select(c(name).cast(dtype) for name, dtype in SCHEMA.items())
    )


def _told(periods: pl.DataFrame, referrals: pl.DataFrame, key: list[str]) -> pl.DataFrame:
    """What the referrals of a pair that fall into each period say together."""
    known = c("r_start").is_not_null() & c("r_end").is_not_null() & ~c("undated")
    meets = (c("start") <= c("r_end")).fill_null(True) & (c("end") >= c("r_start")).fill_null(True)
    return (
        periods.select(key)
        .join(referrals, on=["referrer", "receiver"], how="inner", maintain_order="left_right")
        .with_columns(force=pl.when(known).then(meets))
        .filter(c("force").fill_null(True))
        .group_by(key)
        .agg(
            # those at which it was in force stand first
            referrals=pl.concat([c("referral").filter("force"), c("referral").filter(c("force").is_null())]),
            dhs=c("services").unique(),
            federal=c("stark").any(ignore_nulls=False),
            proxy=c("proxy").all(),
            in_force=c("force").any(ignore_nulls=False),
        )
        .with_columns(dhs=c("dhs").list.join(";").str.split(";").list.unique().list.sort())
    )
