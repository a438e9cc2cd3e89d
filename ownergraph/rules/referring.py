"""What the rules on money and referrals share: arrangements between a receiver of referrals and the side that refers.

A row is one arrangement (a lease, an agreement, a payment), one who refers, and the receiver that the referrals go to.
Of the referrals between the two the one that decides best stands for all: Kleene's "any" is the best row's "all".
What is not listed is not looked at: these rules ask about pairs with a referral on record, and about nobody else.

A referral row of which nobody says that the referrer performs the services itself is a referral.
"""

from typing import Final, Literal

import polars as pl

from ownergraph.analysis.attribution import paid_by_stark
from ownergraph.analysis.flows import known_by
from ownergraph.law.tables import dhs
from ownergraph.model import RELATIONS
from ownergraph.rules.api import Graph, Test, fact

c = pl.col

Law = Literal["stark", "aks"]
WINDOW: Final = 120
"""Days that may lie between an arrangement and a referral for the Anti-Kickback rules: the default window of return
paths, a heuristic. Stark asks for an arrangement in force at the referral: no days."""
SHOWN: Final = 3
"""Referrals that stand in the evidence of one arrangement, the deciding one first."""
PHYSICIANS: Final = ("physician", "dentist", "podiatrist", "optometrist", "chiropractor")
"""Professions that the Stark law counts as physicians (42 U.S.C. 1395x(r), 42 CFR 411.351)."""

_SAID: Final = {
    "self": "itself",
    "family": "immediate family",
    "owned": "a company that it, or its family, owns a share of",
    "owner": "an owner",
    "employer": "its employer",
    "group": "somebody of the same practice",
}
_LEAVES: Final = ("referral_real", "referral_paid", "referral_in_time", "referral_dhs")


def any_referrals(g: Graph) -> bool:
    """Whether any referral is recorded: without one no rule about referrals has anything to look at. O(1)."""
    return g.structure.tables["refers_to"].height > 0


def arrangements(
    g: Graph, relation: str, *, law: Law, window: int | None = None, rows: pl.DataFrame | None = None
) -> pl.DataFrame | None:
    """Rows of a relation between a receiver of referrals and a party on the referrer's side, with their referrals.

    Args:
        g: the graph.
        relation: one whose two ends are entities.
        law: "stark": the referrer itself, its immediate family, practices in whose shoes it stands, and persons who own
            an organization that refers; a referral is paid by Medicare or Medicaid. "aks": the referrer itself,
            immediate family, companies that they own, owners and employers; a referral is paid by a federal program.
        window: most days between the arrangement and the referral, in either order; by the law where it is None
            (Stark 0: in force at the referral; Anti-Kickback `WINDOW`).
        rows: rows to look at instead of all that had begun on the day of the audit: the two ends under their names,
            `agreement` (id), `start`, `end` (dates; null open), `undated`, and whatever else the rule needs.

    Returns:
        None where there is nothing to look at, before anything is worked out. Otherwise the columns of the relation
        (`agreement` is its id), and referrer, receiver, party (the end on the referrer's side), how (self, family,
        owned, owner, employer) and `how_said`, side_rows (ids), side (nullable: party stands on the referrer's side)
        and its parts side_known (the link is certain), side_shoes and side_refers (Stark: a right to the profit of the
        practice; an owner is among those who refer), receiver_first (the receiver is the first end),
        referrer_physician (nullable), referrals (at most `SHOWN` ids), and of the referral that decides best:
        referral_real (null for counts of shared patients), referral_paid, referral_in_time, referral_dhs (nullable),
        referral_service. One row an arrangement, referrer and receiver; where the party stands on the side in several
        ways, the surest. Sorted.

    Complexity: O(rows of the relation + sides + arrangements x referrals of their pair).
    """
    if not any_referrals(g) or not (g.structure.tables[relation.lower()] if rows is None else rows).height:
        return None
    window = (0 if law == "stark" else WINDOW) if window is None else window
    first, second = RELATIONS[relation].ends
    facts = known_rows(g, relation) if rows is None else rows
    sides = _sides(g, law)
    pairs = g.referrals.select("referrer", "receiver").unique(maintain_order=True)
    sides = sides.join(pairs, on="referrer", how="inner", maintain_order="left")
    found = pl.concat(
        [
            facts.join(
                sides, left_on=[near, far], right_on=["party", "receiver"], how="inner", maintain_order="left"
            ).with_columns(party=c(near), receiver=c(far), receiver_first=pl.lit(far == first))
            for near, far in ((first, second), (second, first))
        ],
        how="diagonal",
    ).filter(c("party") != c("receiver"))
    found = (
        found.sort("agreement", "referrer", "receiver", c("side").is_null(), ~c("side"), "_rank", maintain_order=True)
        .unique(["agreement", "referrer", "receiver"], keep="first", maintain_order=True)
        .drop("_rank")
    )  # fmt: skip
    if not found.height:
        return None
    best = _referrals(g, found, law, window)
    return (
        found.join(best, on=["agreement", "referrer", "receiver"], how="left", maintain_order="left")
        .join(_referrers(g, found["referrer"].unique()), on="referrer", how="left", maintain_order="left")
        .drop("start", "end", "undated")
    )


def referred(law: Law, of: str = "the arrangement between {party} and {receiver}") -> Test:
    """That referrals which the law is about stand beside the arrangement, and that the party is on their side.

    Args:
        law: "stark" asks for designated health services, and for a referrer who is a physician, too.
        of: what the arrangement is called in the question about its time.
    """
    test = (
        fact(
            c("side_known"),
            "Does {party} stand on the side of {referrer}, as {how_said}? The share or the kinship is not recorded",
        )
        & fact(c("side_shoes"), "Does {referrer} have a right to the profit of {party}?")
        & fact(c("side_refers"), "Is {party} among those who make the referrals of {referrer}?")
        & fact(
            c("referral_real"),
            "Does {referrer} refer patients, tests or orders to {receiver}? On record are shared patients only, which "
            "are no referrals",
        )
        & fact(
            c("referral_paid"),
            "Does "
            + ("Medicare or Medicaid" if law == "stark" else "a federal health care program")
            + " pay for what {referrer} refers to {receiver}?",
        )
        & fact(c("referral_in_time"), f"When did {{referrer}} refer to {{receiver}}, and when was {of} in force?")
    )
    if law == "aks":
        return test
    return (
        test
        & fact(
            c("referral_dhs"),
            "Is what {referrer} refers to {receiver} ({referral_service}) a designated health service?",
        )
        & fact(c("referrer_physician"), "Is {referrer} a physician, or are its referrals made by physicians?")
    )


def known_rows(g: Graph, relation: str) -> pl.DataFrame:
    """Rows of a relation that had begun on the day of the audit, as `arrangements` takes them.

    They stand from `valid_from` (null: always) to the day before `valid_to` (null: still). `agreement` is the id; the
    agreement that a payment names is `paid_under`.
    """
    frame = known_by(g, relation.lower())
    if "agreement" in frame.columns:
        frame = frame.rename({"agreement": "paid_under"})
    kept = [name for name in frame.columns if name not in ("_file", "_line", "source")]
    return (
        frame.select(kept)
        .rename({"id": "agreement"})
        .with_columns(start=c("valid_from"), end=c("valid_to") - pl.duration(days=1), undated=pl.lit(False))
    )


def sure_link() -> pl.Expr:
    """Whether a row of `referral_sides` surely links: null where the kinship, or whether a share is one, is open."""
    return c("immediate") & pl.when("certain").then(True)


def _sides(g: Graph, law: Law) -> pl.DataFrame:
    """Who stands on whose side as far as the law looks: referrer, party, how, how_said, side_rows, side, _rank."""
    kinds = g.entities.select(
        party="id", _person=c("kind") == "person", _practice=c("roles").list.contains("practice").fill_null(False)
    )
    ways = ["self", "family", "owned", "owner"] + (["employer"] if law == "aks" else [])
    known = sure_link()
    yes = pl.lit(True)
    shoes, refers, direct = yes, yes, yes
    if law == "stark":
        shoes = pl.when(c("how") == "owned").then("shoes").otherwise(True)
        # an owner's own referrals are among those of its practice only where somebody says so
        refers = pl.when(c("how") != "owner").then(True).otherwise(None)
        # a chain through another company is indirect; shoes are those of a practice (42 CFR 411.354(c)(1)(ii))
        direct = (
            pl.when(c("how") == "owned")
            .then(c("_practice") & c("shoes").fill_null(True))
            .when(c("how") != "self")
            .then("_person")
            .otherwise(True)
        )
    return (
        g.referral_sides.filter(c("how").is_in(ways) & c("immediate").fill_null(True))
        .join(kinds, on="party", how="left", maintain_order="left")
        .filter(direct)
        .select(
            "referrer",
            "party",
            "how",
            how_said=c("how").replace_strict(_SAID, return_dtype=pl.String),
            side_rows="rows",
            side_known=known,
            side_shoes=shoes,
            side_refers=refers,
            side=known & shoes & refers,
            _rank=c("how").replace_strict({way: k for k, way in enumerate(ways)}, return_dtype=pl.Int64),
        )
    )


def _referrers(g: Graph, referrers: pl.Series) -> pl.DataFrame:
    """Whether each is a physician by a license of any state: referrer, referrer_physician (nullable).

    A practice refers through its physicians. Of other organizations that is not known.
    """
    counted = g.relations["LICENSED_IN"].filter(c("profession").is_in(list(PHYSICIANS)))
    licensed = counted.group_by(referrer="person").agg(_active=(c("status") == "active").any(ignore_nulls=False))
    person = (
        pl.when(c("_active"))
        .then(True)
        .when(g.complete("licenses", "referrer"))
        .then(pl.when(c("_active").is_null() & c("_listed")).then(None).otherwise(False))
    )
    return (
        g.entities.filter(c("id").is_in(referrers.implode()))
        .select(referrer="id", kind="kind", roles="roles")
        .join(licensed.with_columns(_listed=pl.lit(True)), on="referrer", how="left", maintain_order="left")
        .with_columns(c("_listed").fill_null(False))
        .select(
            "referrer",
            referrer_physician=pl.when(c("kind") == "person")
            .then(person)
            .when(c("roles").list.contains("practice").fill_null(False))
            .then(True)
            .otherwise(None),
        )
    )


def referral_facts(g: Graph, law: Law) -> pl.DataFrame:
    """Referrals with what a law asks of them: referral_real, referral_paid, referral_dhs (nullable), referral_service.

    Beside those the columns of `g.referrals`. A referral that names no service is for what its receiver furnishes of
    designated health services; a receiver that furnishes none settles it, too. Names that are not among the codes of
    the services leave it open. O(referrals).
    """
    furnished = g.entities.select(receiver="id", _furnished="dhs")
    listed = c("dhs").str.to_uppercase().is_in(list(dhs()))
    return (
        g.referrals.join(furnished, on="receiver", how="left", maintain_order="left")
        .with_columns(
            referral_real=pl.when(~c("proxy").fill_null(False)).then(True),
            referral_paid=paid_by_stark() if law == "stark" else c("federal"),
            referral_dhs=pl.when(listed)
            .then(True)
            .when(c("_furnished").list.len() == 0)
            .then(False)
            .when(c("dhs").is_null() & (c("_furnished").list.set_intersection(list(dhs())).list.len() > 0))
            .then(True),
            referral_service=pl.coalesce("dhs", c("_furnished").list.join(", ")).replace("", None),
        )
        .drop("_furnished")
    )


def _referrals(g: Graph, rows: pl.DataFrame, law: Law, window: int) -> pl.DataFrame:
    """For each arrangement and pair the facts of the referral that decides best, and ids of such referrals."""
    key = ["agreement", "referrer", "receiver"]
    # null start or end of an arrangement is open, of a referral unknown; a referral begins before it ends
    first, last = pl.coalesce("start_of", "end_of"), pl.coalesce("end_of", "start_of")
    latest, earliest = c("end").dt.offset_by(f"{window}d"), c("start").dt.offset_by(f"-{window}d")
    before = pl.when(c("end").is_null()).then(True).when(last <= latest).then(True).otherwise(c("start_of") <= latest)
    after = (
        pl.when(c("start").is_null()).then(True).when(first >= earliest).then(True).otherwise(c("end_of") >= earliest)
    )
    needed = list(_LEAVES) if law == "stark" else [name for name in _LEAVES if name != "referral_dhs"]
    facts = referral_facts(g, law).select(
        "referral", "referrer", "receiver", "referral_real", "referral_paid", "referral_dhs", "referral_service",
        start_of="start", end_of="end",
    )  # fmt: skip
    all_of = pl.all_horizontal(needed)
    return (
        rows.select(*key, "start", "end", "undated")
        .join(facts, on=["referrer", "receiver"], how="inner", maintain_order="left")
        .with_columns(referral_in_time=pl.when(~c("undated")).then(before & after))
        .with_columns(
            _value=pl.when(all_of).then(2).when(all_of.is_null()).then(1).otherwise(0),
            _open=pl.sum_horizontal(c(name).is_null().cast(pl.Int32) for name in needed),
        )
        .sort(*key, "_value", "_open", "referral", descending=[False] * 3 + [True, False, False])
        .filter(c("_value") == c("_value").first().over(key))
        .group_by(key, maintain_order=True)
        .agg(
            c("referral").head(SHOWN).alias("referrals"),
            *(c(name).first() for name in (*_LEAVES, "referral_service")),
        )
    )


def plain(column: str) -> pl.Expr:
    """A number as people write it, with at most four decimals: 75, 74.9."""
    return c(column).round(4).cast(pl.String).str.strip_suffix(".0")
