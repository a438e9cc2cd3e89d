"""Who refers, and who stands on the side of a referrer: family, owners, own companies, employers, groups.

Two questions use it. For Stark, whose financial relationship counts as the physician's (42 CFR 411.351 "immediate
family member"; 42 CFR 411.354(c)(1)(ii), (iii) on standing in the shoes of a physician organization). For return
paths, whose benefit counts as the referrer's.
"""

from typing import TYPE_CHECKING, Final

import polars as pl

from ownergraph.analysis.flows import known_by
from ownergraph.law.tables import family
from ownergraph.model.columns import no_share, some_share

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

REFERRALS: Final = {
    "referral": pl.String(), "referrer": pl.String(), "receiver": pl.String(), "start": pl.Date(), "end": pl.Date(),
    "count": pl.Int64(), "amount_usd": pl.Float64(), "dhs": pl.String(), "payer_class": pl.String(),
    "federal": pl.Boolean(), "proxy": pl.Boolean(),
}  # fmt: skip
SIDES: Final = {
    "referrer": pl.String(), "party": pl.String(), "how": pl.String(), "rows": pl.List(pl.String()),
    "immediate": pl.Boolean(), "shoes": pl.Boolean(), "certain": pl.Boolean(),
}  # fmt: skip
HOWS: Final = ("self", "owned", "family", "owner", "employer", "group")
"""How a party stands on the side, the nearest first."""

GROUP: Final = 100
"""Members up to which owning or working for the same practice is a link by itself; in larger ones it says little."""
FEDERAL: Final = ("medicare", "medicaid", "tricare")
PRIVATE: Final = ("commercial", "self")
STARK_PAYERS: Final = ("medicare", "medicaid")
NO_STARK_PAYERS: Final = ("tricare", *PRIVATE)


def paid_by_stark() -> pl.Expr:
    """Whether Medicare or Medicaid pays for a referral, by `payer_class`; null where that is other or not recorded."""
    payer = c("payer_class")
    return pl.when(payer.is_in(STARK_PAYERS)).then(True).when(payer.is_in(NO_STARK_PAYERS)).then(False)


def referrals(g: "Graph") -> pl.DataFrame:
    """Rows of REFERS_TO that are referrals: one a row of the input.

    Columns: referral (id), referrer, receiver, start and end (first and last day; null unknown; one day is a period),
    count, amount_usd, dhs, payer_class, federal (a federal health care program pays; null unknown), proxy (the row
    counts shared patients).

    Left out: what a party refers to itself, and services that the referrer personally performs, which are no
    referrals (42 CFR 411.351 "referral"). O(rows).
    """
    if not g.structure.tables["refers_to"].height:
        return pl.DataFrame(schema=REFERRALS)
    rows = known_by(g, "refers_to").filter(
        (c("referrer") != c("receiver")) & ~c("personally_performed").fill_null(False)
    )
    payer = c("payer_class")
    return rows.select(
        referral="id",
        referrer="referrer",
        receiver="receiver",
        start=pl.coalesce("period_start", "period_end", "valid_from"),
        # what goes on since a day goes on to the day of the audit
        end=pl.coalesce(
            "period_end",
            "period_start",
            c("valid_to") - pl.duration(days=1),
            pl.when(c("valid_from").is_not_null()).then(pl.lit(g.as_of)),
        ),
        count="count",
        amount_usd="amount_usd",
        dhs="dhs",
        payer_class="payer_class",
        federal=pl.when(payer.is_in(FEDERAL)).then(True).when(payer.is_in(PRIVATE)).then(False),
        proxy=c("shared_patients").fill_null(False),
    ).select(c(name).cast(dtype) for name, dtype in REFERRALS.items())


def referral_sides(g: "Graph") -> pl.DataFrame:
    """One row a link of a party to the side of a referrer; the referrer itself is on it, too (how "self").

    Columns: referrer, party, how (of `HOWS`), rows (ids of rows that link them, from the referrer to the party),
    immediate (family by 42 CFR 411.351; true for other links; null where the kinship is not recorded), shoes (the
    referrer stands in the shoes of this organization, an owner that is not titular; null where that is not recorded,
    false for other links), certain (false where the link rests on a share that may be zero).

    A party may be linked in several ways, or by several rows (a share that was sold and bought again, an employer that
    is a cousin, too): laws differ in which of them count, and when, so that all are here; of several jobs and of
    several common practices the surest stands for all. `surest` takes one of each party. Sorted: by referrer and
    party, the nearest way first, of that the surest.

    One step from the referrer; from its family one more, to companies that family owns. O(links of referrers).
    """
    if not g.structure.tables["refers_to"].height:
        return pl.DataFrame(schema=SIDES)
    who = g.referrals.select("referrer").unique(maintain_order=True)
    parts = [
        who.select("referrer", party="referrer", how=pl.lit("self"), rows=pl.lit([], dtype=pl.List(pl.String)),
                   immediate=True, shoes=False, certain=True),
        *_owners(g, who), *_family(g, who), *_work(g, who),
    ]  # fmt: skip
    made = (
        pl.concat([part.select(c(name).cast(dtype) for name, dtype in SIDES.items()) for part in parts])
        .filter((c("how") == "self") | (c("referrer") != c("party")))
        .sort("referrer", "party", _rank(), ~c("certain"), c("rows").list.len(), c("rows").list.join(" "))
    )
    work = c("how").is_in(["employer", "group"])
    again = work & ~pl.struct("referrer", "party", "how").is_first_distinct()
    return made.filter(~again)


def surest(sides: pl.DataFrame) -> pl.DataFrame:
    """Of `referral_sides` one row a referrer and party: a certain link before others, then the nearest way.

    For those to whom every way counts. Sorted as `referral_sides`. O(links).
    """
    first = sides.sort("referrer", "party", ~c("certain"), _rank(), c("rows").list.len(), maintain_order=True)
    return first.unique(["referrer", "party"], keep="first", maintain_order=True)


def _rank() -> pl.Expr:
    return c("how").replace_strict({how: number for number, how in enumerate(HOWS)}, return_dtype=pl.Int64)


def _holdings(g: "Graph") -> pl.DataFrame:
    """Holdings that may be worth something: id, owner, owned, certain, shoes."""
    rows = known_by(g, "owns").filter(~no_share())
    practices = g.entities.filter(c("roles").list.contains("practice"))["id"]
    owners = g.entities.select(owner="id", _titular="titular", _person=c("kind") == "person")
    titular = pl.coalesce("titular", "_titular")
    return rows.join(owners, on="owner", how="left", maintain_order="left").select(
        "id", "owner", "owned",
        certain=some_share(),
        # a physician organization is a practice, whatever else its owners own; only persons stand in its shoes
        shoes=pl.when(c("_person") & c("owned").is_in(practices.implode())).then(~titular).otherwise(False),
    )  # fmt: skip


def _owners(g: "Graph", who: pl.DataFrame) -> list[pl.DataFrame]:
    holdings = _holdings(g)
    below = who.join(holdings, left_on="referrer", right_on="owner", how="inner").select(
        "referrer", party="owned", how=pl.lit("owned"), rows=pl.concat_list("id"), immediate=True, shoes="shoes",
        certain="certain",
    )  # fmt: skip
    above = who.join(holdings, left_on="referrer", right_on="owned", how="inner").select(
        "referrer", party="owner", how=pl.lit("owner"), rows=pl.concat_list("id"), immediate=True, shoes=False,
        certain="certain",
    )  # fmt: skip
    return [below, above]


def _family(g: "Graph", who: pl.DataFrame) -> list[pl.DataFrame]:
    rows = known_by(g, "family_of")
    if not rows.height:
        return []
    immediate = {kin: fact.stark_immediate for kin, fact in family().items()}
    near = c("kinship").replace_strict(immediate, default=None, return_dtype=pl.Boolean)
    both = pl.concat(
        [
            rows.select("id", one="person", other="relative", immediate=near),
            rows.select("id", one="relative", other="person", immediate=near),
        ]
    )
    kin = who.join(both, left_on="referrer", right_on="one", how="inner").select(
        "referrer", party="other", how=pl.lit("family"), rows=pl.concat_list("id"), immediate="immediate",
        shoes=False, certain=True,
    )  # fmt: skip
    owned = kin.join(_holdings(g), left_on="party", right_on="owner", how="inner", suffix="_h").select(
        "referrer", party="owned", how=pl.lit("family"), rows=c("rows").list.concat(pl.concat_list("id")),
        immediate="immediate", shoes=False, certain="certain_h",
    )  # fmt: skip
    return [kin, owned]


def _work(g: "Graph", who: pl.DataFrame) -> list[pl.DataFrame]:
    """Employers, and those who own or work for the same practice, of at most `GROUP` members."""
    jobs = known_by(g, "employs")
    made = []
    if jobs.height:
        made.append(
            who.join(jobs.select("id", "employer", "employee"), left_on="referrer", right_on="employee", how="inner")
            .select(
                "referrer", party="employer", how=pl.lit("employer"), rows=pl.concat_list("id"), immediate=True,
                shoes=False, certain=True,
            )
        )  # fmt: skip
    practices = g.entities.filter(c("roles").list.contains("practice"))["id"]
    members = pl.concat(
        [
            jobs.select(practice="employer", member="employee", id="id", certain=pl.lit(True)),
            _holdings(g).select(practice="owned", member="owner", id="id", certain="certain"),
        ]
    ).filter(c("practice").is_in(practices.implode()))
    members = members.filter(c("member").n_unique().over("practice") <= GROUP)
    if members.height:
        mine = who.join(members, left_on="referrer", right_on="member", how="inner")
        made.append(
            mine.join(members, on="practice", how="inner", suffix="_o").select(
                "referrer", party="member", how=pl.lit("group"), rows=pl.concat_list("id", "id_o"), immediate=True,
                shoes=False, certain=c("certain") & c("certain_o"),
            )
        )  # fmt: skip
    return made
