"""Financial relationships as the STARK rules look at them: one row a referrer, a receiver and a chain.

The chains come from `analysis.relationships`; the referrals, and who stands on whose side, from `rules.referring`, so
that payer, service and time are asked of one and the same referral.
"""

from typing import Final

import polars as pl

from ownergraph.analysis.flows import known_by
from ownergraph.law.tables import dhs
from ownergraph.rules.api import Graph, Test, fact
from ownergraph.rules.referring import PHYSICIANS, any_referrals, arrangements, referred
from ownergraph.rules.stark._terms import terms

c = pl.col

_KEY: Final = ["referrer", "party", "receiver", "chain"]
SECURED_OUT: Final = ("shares",)
"""What secures a loan without being property or revenue of the borrower."""


def chains(g: Graph) -> pl.DataFrame | None:
    """Every financial relationship of those who refer, with the referrals that decide about it.

    Worked out once for all rules. None where nobody refers or there is no relationship.

    Adds to the columns of `referring.arrangements` (referrer, receiver, party, how, side_rows, side, referrals,
    referral_*, referrer_physician):
        kind: "ownership" or "compensation".
        loan: a loan of the party. secured: with property or revenue of the receiver, an investment interest, too (42
            CFR 411.354(b)(1); nullable; true of all else).
        direct: no other party stands between party and receiver.
        rows: ids from party to receiver. link: the first of them. agreement: the agreement that it is paid under, or
            the link.
        near: the party of `pay` on the physician's side; pay: the first row that is no holding (null for ownership).
        interest: every holding of the chain has a right to profit or proceeds (nullable; true where it has none).
        sized: every holding of the chain is certainly of something (nullable).
        option: a holding of the chain is an option that may be pay (nullable; false where it has none).
        own_practice: the first row is a holding of the referrer itself in a practice.
        owned_by_physician: an organization that refers is owned by a physician, and not only in name (nullable; true
            for persons).
        path: ids of rows as they are drawn: referrals, and from the receiver back to the referrer.
        holder, services: what messages call the party and the services.

    Complexity: O(chains x links), and what `referring.arrangements` costs for them.
    """
    return g.once("stark chains", lambda: _chains(g) if any_referrals(g) else None)


def of_chains(found: pl.DataFrame | None, keep: pl.Expr) -> pl.DataFrame | None:
    """Those that `keep` keeps; None where there are none."""
    rows = None if found is None else found.filter(keep)
    return rows if rows is not None and rows.height else None


def relates() -> Test:
    """That referrals which the law is about stand beside the relationship, and that it counts as a physician's."""
    return referred("stark", "the relationship of {party} with {receiver}") & fact(
        c("owned_by_physician"),
        "Does a physician who has a right to the profit of {referrer} own it, and refer to {receiver}?",
    )


def holds() -> Test:
    """That every holding of the chain is an ownership or investment interest; true of a chain without holdings."""
    return fact(
        c("interest"),
        "Do the holdings between {party} and {receiver} carry a right to profit or to proceeds of a sale, or is one of "
        "them held in name only?",
    ) & fact(c("sized"), "How large are the holdings between {party} and {receiver}? One on record may be nothing")


def _chains(g: Graph) -> pl.DataFrame | None:
    if not g.relationships.height:
        return None
    one = g.relationships.with_columns(chain=c("rows").list.join(" ")).with_columns(
        agreement=pl.concat_str(_KEY, separator=" | ")
    )
    rows = (
        one.select("agreement", "rows", "link", "kind", "direct", "start", "end", "undated", of="referrer",
                   owner="party", owned="receiver")
        .join(_steps(g, one), on="agreement", how="left", maintain_order="left")
    )  # fmt: skip
    found = arrangements(g, "OWNS", law="stark", rows=rows)
    if found is None:
        return None
    names = g.entities.select(party="id", _name=pl.coalesce("name", "id"))
    return (
        # those of another referrer to the same receiver, and chains read backwards, are none of these relationships
        found.filter(~c("receiver_first") & (c("of") == c("referrer")))
        .join(owned_by_physician(g, one), on="referrer", how="left", maintain_order="left")
        .join(_paid_under(g), on="link", how="left", maintain_order="left")
        .join(names, on="party", how="left", maintain_order="left")
        .with_columns(
            agreement=pl.coalesce("_under", "link"),
            owned_by_physician=pl.when(c("how") == "self").then("owned_by_physician").otherwise(True),
            own_practice=c("own_practice") & (c("how") == "self"),
            path=pl.concat_list("referrals", c("rows").list.reverse(), c("side_rows").list.reverse()),
            holder=_holder(),
            services=_services(),
        )
        .drop("_under", "_name", "of")
    )


def _holder() -> pl.Expr:
    """The party as a message calls it beside the referrer."""
    said = {"family": "immediate family", "owned": "the referrer's own practice", "owner": "an owner of the referrer"}
    words = c("how").replace_strict(said, default=None, return_dtype=pl.String)
    return (
        pl.when(c("how") == "self").then(pl.lit("the referrer itself")).otherwise(pl.format("{} ({})", "_name", words))
    )


def _services() -> pl.Expr:
    """The services as people call them; other codes stay as they are."""
    said = {code: row.category for code, row in dhs().items()}
    return c("referral_service").replace(said).fill_null("designated health services")


def _paid_under(g: Graph) -> pl.DataFrame:
    """For a payment the agreement under which it is made: link, _under."""
    return g.structure.tables["pays"].select(link="id", _under="agreement").drop_nulls()


def owned_by_physician(g: Graph, related: pl.DataFrame) -> pl.DataFrame:
    """Whether a physician owns each referrer, not only in name; true for persons. O(owners of referrers)."""
    licensed = g.relations["LICENSED_IN"].filter(c("profession").is_in(list(PHYSICIANS)))
    active = licensed.group_by(owner="person").agg(_active=(c("status") == "active").any(ignore_nulls=False))
    who = g.entities.filter(c("id").is_in(related["referrer"].unique().implode())).select(
        referrer="id", _person=c("kind") == "person"
    )
    owners = (
        _holdings(g, g.relations["OWNS"].filter(c("owned").is_in(who["referrer"].implode())))
        .join(active, on="owner", how="left", maintain_order="left")
        .with_columns(
            _physician=pl.coalesce(
                "_active", pl.when(g.complete("licenses", "owner") & ~c("owner").is_in(licensed["person"].implode()))
                .then(False)
            ),
        )
        .group_by(referrer="b")
        .agg(_owned=(c("_physician") & c("interest") & c("sized")).any(ignore_nulls=False), _listed=True)
    )  # fmt: skip
    none = ~pl.when(c("_listed").is_null()).then(False).otherwise("_owned")
    return who.join(owners, on="referrer", how="left", maintain_order="left").select(
        "referrer",
        # no such owner is listed: nothing is settled where there may be another
        owned_by_physician=pl.when(c("_person") | c("_owned"))
        .then(True)
        .when(g.complete("owners", "referrer") & none)
        .then(False),
    )


def _holdings(g: Graph, owns: pl.DataFrame) -> pl.DataFrame:
    """Holdings with interest (a right to profit or proceeds, 42 CFR 411.354(b)(3)(vi)), sized, option; nullable.

    What is titular is no ownership or investment interest. That it is not follows from the instrument, too, and from a
    distribution that was paid; a payment of which nobody says what it was for may be one.
    """
    titular = g.entities.select(owner="id", _titular="titular")
    right = c("instrument").is_in(["debt_secured", "profits"]).fill_null(False) | pl.when("_listed").then(
        "_shared"
    ).otherwise(False)
    some = (c("share_min") > 0) | (c("shares_held") > 0) | (c("instrument") != "equity") | c("_shared")
    return (
        owns.join(_distributed(g), on=["owner", "owned"], how="left", maintain_order="left")
        .join(titular, on="owner", how="left", maintain_order="left")
        .with_columns(
            interest=right | ~pl.coalesce("titular", "_titular"),
            sized=pl.when(some).then(True),
            option=pl.when((c("instrument") == "option").fill_null(False))
            .then(pl.when(c("consideration_usd") > 0).then(False))
            .otherwise(False),
        )
        .select("id", "owner", "interest", "sized", "option", a="owner",
                b="owned")
    )  # fmt: skip


def _distributed(g: Graph) -> pl.DataFrame:
    """Owners who got distributions of their company: owner, owned, _shared (true, or null where it is not said)."""
    purpose = g.structure.tables["pays"].select("purpose", flow="id")
    return (
        g.flows.filter(c("kind").is_in(["payment", "distribution"]))
        .join(purpose, on="flow", how="left", maintain_order="left")
        .filter((c("kind") == "distribution") | c("purpose").is_null())
        .group_by(owner="taker", owned="giver", maintain_order=True)
        .agg(_shared=pl.when((c("kind") == "distribution").any()).then(True), _listed=pl.lit(True))
    )


def _steps(g: Graph, one: pl.DataFrame) -> pl.DataFrame:
    """What the rows of each chain say together, by its key in `agreement`."""
    ids = one["rows"].explode().unique()
    practices = g.entities.filter(c("roles").list.contains("practice"))["id"]
    held = _holdings(g, known_by(g, "owns").filter(c("id").is_in(ids.implode()))).select(
        "id", "a", "b", "interest", "sized", "option", holds=True, practice=c("b").is_in(practices.implode())
    )
    loans = known_by(g, "lends_to").select(
        "id", secured=c("secured_by").list.set_difference(list(SECURED_OUT)).list.len() > 0, loan=True
    )
    paid = terms(g, ids).select(id="pay", a="payer", b="paid", holds=False)
    paid = paid.join(loans, on="id", how="left", maintain_order="left")
    return (
        one.select("agreement", "party", id="rows")
        .explode("id")
        .join(pl.concat([held, paid], how="diagonal"), on="id", how="left", maintain_order="left")
        .with_columns(before=pl.concat_list("a", "b").shift(1).over("agreement"))
        .with_columns(near=pl.when(c("before").is_null()).then("party").when(c("before").list.contains(c("a")))
                      .then("a").otherwise("b"))
        .group_by("agreement", maintain_order=True)
        .agg(
            interest=c("interest").filter("holds").all(ignore_nulls=False),
            sized=c("sized").filter("holds").all(ignore_nulls=False),
            option=c("option").filter("holds").any(ignore_nulls=False),
            own_practice=c("holds").first() & c("practice").first().fill_null(False),
            pay=c("id").filter(~c("holds")).first(),
            near=c("near").filter(~c("holds")).first(),
            # the loan of the party alone, not one to it
            loan=(pl.len() == 1) & c("loan").first().fill_null(False) & (c("a") == c("party")).first(),
            secured=pl.when(c("loan").first()).then(c("secured").first()).otherwise(True),
        )
    )  # fmt: skip
