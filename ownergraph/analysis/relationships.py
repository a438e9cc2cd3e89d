"""Financial relationships of those who refer designated health services, with the entities that furnish them.

42 U.S.C. 1395nn(a)(2); 42 CFR 411.354(a) to (c). A relationship is ownership or compensation between the physician, a
member of the immediate family, or the organization in whose shoes the physician stands, and the entity; in either
direction, in cash or not; direct, or through an unbroken chain. Whether value comes back for referrals, in which order
and when, is no part of the test: that is what return paths are for.
"""

from typing import TYPE_CHECKING, Final

import polars as pl

from ownergraph.analysis.flows import known_by
from ownergraph.analysis.links import WORK, all_links

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

LINKS: Final = 4
"""Links of an indirect chain, at most."""
OWNED: Final = 6
"""Holdings of a chain of ownership, at most."""
HUB: Final = 200
"""A party that deals with more than this many others, its workers aside, is no intermediary: everybody is tied to a
bank or an index fund. Nor is who works for an employer of more than this many, beside another worker of it."""
FRONTIER: Final = 3_000_000
"""Chains that are looked at in one step, at most: beyond it longer ones are not looked for."""
STARK: Final = ("medicare", "medicaid")
NO_STARK: Final = ("tricare", "commercial", "self")

_IDS = pl.List(pl.String)
SCHEMA: Final = {
    "referrer": pl.String(), "party": pl.String(), "receiver": pl.String(), "kind": pl.String(),
    "direct": pl.Boolean(), "rows": _IDS, "link": pl.String(), "attribution": _IDS, "how": pl.String(),
    "shoes": pl.Boolean(), "immediate": pl.Boolean(), "titular": pl.Boolean(), "referrals": _IDS, "dhs": _IDS,
    "federal": pl.Boolean(), "proxy": pl.Boolean(), "in_force": pl.Boolean(), "start": pl.Date(), "end": pl.Date(),
    "undated": pl.Boolean(),
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
    ties the party to the referrer included; null open, undated not known at all).

    Payments of one payer to one payee that are at most `links.SERIES` days apart are one arrangement, in force from
    the first of them to the last.

    Chains are the shortest for each nearest link, those in force before those that may be. Ownership runs downwards
    only: a holding in a subsidiary is none in its parent (42 CFR 411.354(b)(2)), and owning a company together is no
    compensation (411.354(c)(2)(i)). Payers of health care are no intermediaries. O(sides x links of a party ^ `LINKS`),
    less what `HUB` and `FRONTIER` cut, and what does not lead to a receiver.
    """
    pairs = _pairs(g)
    if not pairs.height:
        return pl.DataFrame(schema=SCHEMA)
    wanted = _parties(g).join(pairs.select("referrer", "receiver").unique(), on="referrer", how="inner")
    wanted = wanted.filter(c("party") != c("receiver"))
    links = all_links(g)
    ends = wanted.select("party", "receiver").unique()
    found = pl.concat([_ownership(links, ends), _direct(links, ends), indirect(links, ends, _no_way(g))])
    rows = (
        wanted.join(found, on=["party", "receiver"], how="inner")
        .with_columns(_later("start_side"), _earlier("end_side"))
        .filter(_holds())
    )
    return _in_force(rows, pairs)


def _pairs(g: "Graph") -> pl.DataFrame:
    """Referrals of designated health services: those that name one, or whose receiver furnishes any."""
    furnishes = g.entities.select(receiver="id", _dhs="dhs")
    return (
        g.referrals.join(furnishes, on="receiver", how="left", maintain_order="left")
        .with_columns(
            dhs=pl.when(c("dhs").is_not_null()).then(pl.concat_list("dhs")).otherwise(c("_dhs").fill_null([])),
            stark=pl.when(c("payer_class").is_in(STARK)).then(True).when(c("payer_class").is_in(NO_STARK)).then(False),
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
    )
    day = pl.duration(days=1)
    tables = [known_by(g, name).select("id", "valid_from", "valid_to") for name in ("owns", "family_of")]
    spans = (
        parties.select("referrer", "party", id="attribution")
        .explode("id")
        .join(pl.concat(tables), on="id")
        .group_by("referrer", "party")
        .agg(start_side=c("valid_from").max(), end_side=(c("valid_to") - day).min())
    )
    return parties.join(spans, on=["referrer", "party"], how="left", maintain_order="left")


CHAIN: Final = ("party", "receiver", "kind", "direct", "rows", "link", "titular", "start", "end", "undated")


def _later(other: str = "start_n") -> pl.Expr:
    return pl.max_horizontal("start", other).alias("start")


def _earlier(other: str = "end_n") -> pl.Expr:
    return pl.min_horizontal("end", other).alias("end")


def _holds() -> pl.Expr:
    """There is a day on which all of it holds."""
    return (c("start") <= c("end")).fill_null(True)


def _ownership(links: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Chains of holdings from a party down to a receiver; the shortest for each holding nearest to the party."""
    holdings = links.filter("owns")
    made = []
    front = _started(ends, holdings)
    state = ["party", "link", "node", "start", "end"]
    seen = front.select(state)
    for depth in range(OWNED):
        hit = front.join(ends, left_on=["party", "node"], right_on=["party", "receiver"], how="semi")
        made.append(hit.with_columns(kind=pl.lit("ownership"), direct=pl.lit(depth == 0)))
        front = (
            _grown(front, holdings)
            .join(seen, on=state, how="anti", nulls_equal=True)
            .sort("party", c("rows").list.join(" "))
            .unique(state, keep="first", maintain_order=True)
        )
        if not front.height or front.height > FRONTIER:
            break
        seen = pl.concat([seen, front.select(state)])
    nearest = holdings.select(link="id", titular="titular")
    return pl.concat(made).rename({"node": "receiver"}).join(nearest, on="link", how="left").select(CHAIN)


def _started(ends: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Chains of one link from every party."""
    return ends.select("party").unique().join(links, left_on="party", right_on="a", how="inner").select(
        "party", "start", "end", "undated", node="b", link="id", rows=pl.concat_list("id"), paid=~c("owns"),
        nodes=pl.concat_list("b"),
    )  # fmt: skip


def _direct(links: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Compensation between a party and a receiver, either direction."""
    paid = links.filter(~c("owns"))
    parts = [
        ends.join(paid, left_on=["party", "receiver"], right_on=way, how="inner") for way in (["a", "b"], ["b", "a"])
    ]
    return (
        pl.concat([part.select("party", "receiver", "id", "titular", "start", "end", "undated") for part in parts])
        .with_columns(
            kind=pl.lit("compensation"), direct=pl.lit(True), rows=pl.concat_list("id"), link="id",
        )
        .select(CHAIN)
    )  # fmt: skip


def _no_way(g: "Graph") -> pl.Series:
    """Entities that are no intermediaries: those who pay for health care."""
    return g.entities.filter(c("roles").list.contains("payer").fill_null(False))["id"]


def indirect(links: pl.DataFrame, ends: pl.DataFrame, no_way: pl.Series) -> pl.DataFrame:
    """Chains of ownership and compensation with an intermediary, at least one link of which is compensation.

    Level by level from the parties. A level is closed by a join with the links of receivers alone, before it is grown
    by the links of everybody else; grown are only chains that can still reach a receiver.
    """
    both = pl.concat([links, links.rename({"a": "b", "b": "a"}).select(links.columns)])
    key = ["a", "b", "owns", "start", "end", "undated"]
    # parallel links that hold at the same time are one, for all but the link nearest to the party
    one = both.sort("id").unique(key, keep="first", maintain_order=True)
    works = c("relation").is_in(WORK)
    many = both.filter(~works).group_by("a").agg(c("b").n_unique()).filter(c("b") > HUB)["a"]
    employers = links.filter(works).group_by("a").agg(c("b").n_unique()).filter(c("b") > HUB)["a"]
    one = one.filter(~c("a").is_in(pl.concat([many, no_way]).unique().implode()))
    last = one.join(ends, left_on="b", right_on="receiver", how="semi")
    through = one.filter(~works | ~c("a").is_in(employers.implode()))
    near = {LINKS - 1: last["a"].unique()}
    for left in range(LINKS - 2, 0, -1):
        onward = through.filter(c("b").is_in(near[left + 1].implode()))["a"]
        near[left] = pl.concat([near[left + 1], onward]).unique()
    front = _started(ends, both).filter(c("node").is_in(near[1].implode()))
    state = ["party", "link", "node", "paid", "start", "end", "undated"]
    seen = front.select(state)
    made = []
    for length in range(2, LINKS + 1):
        hit = _grown(front, last).filter("paid")
        hit = hit.join(ends, left_on=["party", "node"], right_on=["party", "receiver"], how="semi")
        made.append(hit.with_columns(kind=pl.lit("compensation"), direct=pl.lit(False)))
        if length == LINKS:
            break
        front = (
            _grown(front, through.filter(c("b").is_in(near[length].implode())))
            .join(seen, on=state, how="anti", nulls_equal=True)
            .sort("party", c("rows").list.join(" "))
            .unique([*state, "nodes"], keep="first", maintain_order=True)
            # of two ways that differ in one intermediary at least one does not pass a given receiver
            .filter(pl.int_range(pl.len()).over(state) < 2)
        )
        if not front.height or front.height > FRONTIER:
            break
        seen = pl.concat([seen, front.select(state)])
    titular = pl.lit(None, dtype=pl.Boolean)
    return pl.concat(made).rename({"node": "receiver"}).with_columns(titular=titular).select(CHAIN)


def _grown(front: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Chains with one more link, that pass nobody twice and hold on some day."""
    return (
        front.join(links, left_on="node", right_on="a", how="inner", suffix="_n")
        .filter((c("b") != c("party")) & ~c("nodes").list.contains(c("b")))
        .select(
            "party", "link", _later(), _earlier(), node="b", undated=c("undated") | c("undated_n"),
            rows=c("rows").list.concat(pl.concat_list("id")), paid=c("paid") | ~c("owns"),
            nodes=c("nodes").list.concat(pl.concat_list("b")),
        )
        .filter(_holds())
    )  # fmt: skip


def _in_force(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the referrals at which each chain was, or may have been, in force; what never was is left out."""
    keyed = rows.with_row_index("_row")
    at = pairs.select("referrer", "receiver", "referral", "dhs", "stark", "proxy", r_start="start", r_end="end")
    joined = keyed.select("_row", "referrer", "receiver", "start", "end", "undated").join(
        at, on=["referrer", "receiver"], how="inner"
    )
    known = c("r_start").is_not_null() & c("r_end").is_not_null() & ~c("undated")
    meets = (c("start") <= c("r_end")).fill_null(True) & (c("end") >= c("r_start")).fill_null(True)
    told = (
        joined.with_columns(force=pl.when(known).then(meets))
        .filter(c("force").fill_null(True))
        .sort("_row", ~c("force").fill_null(False), "referral")
        .group_by("_row", maintain_order=True)
        .agg(
            referrals="referral",
            dhs=c("dhs").list.explode().drop_nulls().unique().sort(),
            federal=c("stark").any(ignore_nulls=False),
            proxy=c("proxy").all(),
            in_force=c("force").any(ignore_nulls=False),
        )
    )
    return (
        keyed.join(told, on="_row", how="inner", maintain_order="left")
        .sort(~c("in_force").fill_null(False), c("rows").list.len(), c("rows").list.join(" "))
        .unique(["referrer", "party", "receiver", "kind", "direct", "link"], keep="first", maintain_order=True)
        .sort("referrer", "receiver", "kind", ~c("direct"), "party", c("rows").list.len(), c("rows").list.join(" "))
        .select(c(name).cast(dtype) for name, dtype in SCHEMA.items())
    )
