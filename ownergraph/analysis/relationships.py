"""Financial relationships of those who refer designated health services, with the entities that furnish them.

42 U.S.C. 1395nn(a)(2); 42 CFR 411.354(a) to (c). A relationship is ownership or compensation between the physician, a
member of the immediate family, or the organization in whose shoes the physician stands, and the entity; in either
direction, in cash or not; direct, or through an unbroken chain. Whether value comes back for referrals, in which order
and when, is no part of the test: that is what return paths are for.
"""

from typing import TYPE_CHECKING, Final

import polars as pl

from ownergraph.analysis.flows import known_by

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

LINKS: Final = 4
"""Links of an indirect chain, at most."""
OWNED: Final = 6
"""Holdings of a chain of ownership, at most."""
HUB: Final = 200
"""A party with more links than this is no intermediary: everybody is tied to a payer, a bank or an index fund."""
FRONTIER: Final = 3_000_000
"""Chains that are looked at in one step, at most: beyond it longer ones are not looked for."""
STARK: Final = ("medicare", "medicaid")
NO_STARK: Final = ("tricare", "commercial", "self")

_IDS = pl.List(pl.String)
SCHEMA: Final = {
    "referrer": pl.String(), "party": pl.String(), "receiver": pl.String(), "kind": pl.String(),
    "direct": pl.Boolean(), "rows": _IDS, "link": pl.String(), "attribution": _IDS, "how": pl.String(),
    "shoes": pl.Boolean(), "immediate": pl.Boolean(), "titular": pl.Boolean(), "referrals": _IDS, "dhs": _IDS,
    "federal": pl.Boolean(), "proxy": pl.Boolean(), "in_force": pl.Boolean(),
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
    dates are missing; what was not in force has no row).

    Chains are the shortest for each nearest link. Ownership runs downwards only: a holding in a subsidiary is none in
    its parent (42 CFR 411.354(b)(2)), and owning a company together is no compensation (411.354(c)(2)(i)). O(sides x
    links of a party ^ `LINKS`), less what `HUB` and `FRONTIER` cut.
    """
    pairs = _pairs(g)
    if not pairs.height:
        return pl.DataFrame(schema=SCHEMA)
    wanted = _parties(g).join(pairs.select("referrer", "receiver").unique(), on="referrer", how="inner")
    wanted = wanted.filter(c("party") != c("receiver"))
    links = _links(g)
    ends = wanted.select("party", "receiver").unique()
    found = pl.concat([_ownership(links, ends), _direct(links, ends), _indirect(links, ends)])
    rows = wanted.join(found, on=["party", "receiver"], how="inner")
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
    return (
        g.referral_sides.join(kinds, on="party", how="left", maintain_order="left")
        .filter(
            (c("how") == "self")
            | ((c("how") == "family") & c("immediate").fill_null(True) & (c("_kind") == "person"))
            | ((c("how") == "owned") & c("shoes").fill_null(True))
            | ((c("how") == "owner") & (c("_kind") == "person"))
        )
        .select("referrer", "party", "how", "shoes", "immediate", attribution="rows")
    )


def _links(g: "Graph") -> pl.DataFrame:
    """Everything that may be a link of a chain: id, a, b, owns (a owns b), titular, start, end, undated."""
    holdings = known_by(g, "owns").filter((c("share_max") > 0).fill_null(True) & (c("shares_held") > 0).fill_null(True))
    supplies = known_by(g, "supplies")
    day = pl.duration(days=1)
    held = holdings.select(
        "id", a="owner", b="owned", owns=pl.lit(True), titular="titular", start="valid_from",
        end=c("valid_to") - day, undated=pl.lit(False),
    )  # fmt: skip
    sold = supplies.select(
        "id", a="customer", b="supplier", owns=pl.lit(False), titular=pl.lit(None, dtype=pl.Boolean),
        start="valid_from", end=c("valid_to") - day, undated=pl.lit(False),
    )  # fmt: skip
    # what an owner gets as owner is its ownership; a lease below market stands for itself already
    paid = (
        g.flows.filter(~c("kind").is_in(["ownership", "below_market"]))
        .join(
            held.select(giver="b", taker="a", _owner=pl.lit(True)).unique(), on=["giver", "taker"], how="left",
            maintain_order="left",
        )
        .filter((c("kind") != "distribution") | c("_owner").is_null())
        .select(
            id="flow", a="giver", b="taker", owns=pl.lit(False), titular=pl.lit(None, dtype=pl.Boolean), start="start",
            end="end", undated="undated",
        )
    )  # fmt: skip
    return pl.concat([held, sold, paid]).unique("id", keep="first", maintain_order=True)


_CHAIN = ("party", "receiver", "kind", "direct", "rows", "link", "titular", "start", "end", "undated")


def _ownership(links: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Chains of holdings from a party down to a receiver; the shortest for each holding nearest to the party."""
    holdings = links.filter("owns").drop("owns")
    made = []
    front = ends.select("party").unique().join(holdings, left_on="party", right_on="a", how="inner").select(
        "party", "titular", "start", "end", "undated", node="b", link="id", rows=pl.concat_list("id"),
    )  # fmt: skip
    seen = front.select("party", "link", "node")
    for depth in range(OWNED):
        hit = front.join(ends, left_on=["party", "node"], right_on=["party", "receiver"], how="semi")
        made.append(
            hit.select(
                "party", receiver="node", kind=pl.lit("ownership"), direct=pl.lit(depth == 0), rows="rows", link="link",
                titular="titular", start="start", end="end", undated="undated",
            )
        )  # fmt: skip
        step = front.join(holdings, left_on="node", right_on="a", how="inner", suffix="_n").select(
            "party", "titular", "link", _later(), _earlier(), node="b", undated=c("undated") | c("undated_n"),
            rows=c("rows").list.concat(pl.concat_list("id")),
        )  # fmt: skip
        front = step.join(seen, on=["party", "link", "node"], how="anti").unique(
            ["party", "link", "node"], keep="first", maintain_order=True
        )
        if not front.height or front.height > FRONTIER:
            break
        seen = pl.concat([seen, front.select("party", "link", "node")])
    return pl.concat(made).select(_CHAIN)


def _later() -> pl.Expr:
    return pl.max_horizontal("start", "start_n").alias("start")


def _earlier() -> pl.Expr:
    return pl.min_horizontal("end", "end_n").alias("end")


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
        .select(_CHAIN)
    )  # fmt: skip


def _indirect(links: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Chains of ownership and compensation with an intermediary, at least one link of which is compensation."""
    both = pl.concat(
        [links, links.select("id", a="b", b="a", owns="owns", titular="titular", start="start", end="end",
                             undated="undated")]
    )  # fmt: skip
    hubs = both.group_by("a").len().filter(c("len") > HUB)["a"]
    through = both.filter(~c("a").is_in(hubs.implode()))
    front = ends.select("party").unique().join(both, left_on="party", right_on="a", how="inner").select(
        "party", "start", "end", "undated", node="b", link="id", rows=pl.concat_list("id"), paid=~c("owns"),
        nodes=pl.concat_list("b"),
    )  # fmt: skip
    made = []
    seen = front.select("party", "link", "node", "paid")
    for _ in range(1, LINKS):
        step = (
            front.join(through, left_on="node", right_on="a", how="inner", suffix="_n")
            .filter((c("b") != c("party")) & ~c("nodes").list.contains(c("b")))
            .select(
                "party", "link", _later(), _earlier(), node="b", undated=c("undated") | c("undated_n"),
                rows=c("rows").list.concat(pl.concat_list("id")), paid=c("paid") | ~c("owns"),
                nodes=c("nodes").list.concat(pl.concat_list("b")),
            )
        )  # fmt: skip
        front = step.join(seen, on=["party", "link", "node", "paid"], how="anti").unique(
            ["party", "link", "node", "paid"], keep="first", maintain_order=True
        )
        if not front.height or front.height > FRONTIER:
            break
        hit = front.filter("paid").join(ends, left_on=["party", "node"], right_on=["party", "receiver"], how="semi")
        made.append(
            hit.select(
                "party", receiver="node", kind=pl.lit("compensation"), direct=pl.lit(False), rows="rows", link="link",
                titular=pl.lit(None, dtype=pl.Boolean), start="start", end="end", undated="undated",
            )
        )  # fmt: skip
        seen = pl.concat([seen, front.select("party", "link", "node", "paid")])
        # a chain ends where it reaches the receiver
        front = front.join(ends, left_on=["party", "node"], right_on=["party", "receiver"], how="anti")
    if not made:
        return _direct(links.clear(), ends)
    return (
        pl.concat(made)
        .sort("party", "receiver", "link", c("rows").list.len(), c("rows").list.join(" "))
        .unique(["party", "receiver", "link"], keep="first", maintain_order=True)
        .select(_CHAIN)
    )


def _in_force(rows: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add the referrals at which each chain was, or may have been, in force; what never was is left out."""
    keyed = rows.with_row_index("_row")
    at = pairs.select("referrer", "receiver", "referral", "dhs", "stark", "proxy", r_start="start", r_end="end")
    joined = keyed.select("_row", "referrer", "receiver", "start", "end", "undated").join(
        at, on=["referrer", "receiver"], how="inner"
    )
    known = c("r_start").is_not_null() & c("r_end").is_not_null() & ~c("undated")
    # whoever may be in force at no time at all is not in force whatever the referral's date
    never = (c("start") > c("end")).fill_null(False)
    meets = (c("start") <= c("r_end")).fill_null(True) & (c("end") >= c("r_start")).fill_null(True)
    told = (
        joined.with_columns(force=pl.when(never).then(False).when(known).then(meets))
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
        .sort("referrer", "receiver", "kind", ~c("direct"), "party", c("rows").list.len(), c("rows").list.join(" "))
        .select(c(name).cast(dtype) for name, dtype in SCHEMA.items())
    )
