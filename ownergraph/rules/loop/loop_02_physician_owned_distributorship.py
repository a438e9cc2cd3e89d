"""A physician, or family, owns part of a supplier whose goods the physician orders, or the physician's hospital buys.

What it finds: a holding of a physician who refers federal business, of immediate family, of a company that they own, or
    of a person who owns the practice that refers, in a supplier; and either the physician refers to, or operates at, a
    customer of that supplier, or sends orders to the supplier itself. Referral and holding (and supply) lie at most
    120 days apart (our heuristic). High as such: the fraud alert calls these companies inherently suspect. Critical
    with at least one of its further marks on record: terms of the holding follow referrals, the owner must refer or
    sell, the price counts referrals, the return is not in proportion to the capital, the supplier keeps no stock or has
    no staff, it is the customer's sole supplier, the customer is told to buy from it (our grading).
Why it matters: who chooses the device profits from the choice, at the hospital's and the programs' cost.
What it does not mean: that anybody was paid for referrals, or that the goods were not needed. The alert is about
    implantable devices, and says that its principles hold for other companies of physicians, too; the input does not
    say what is a device, so that other suppliers are found as well. That owners are few is a mark of the alert, too,
    without a number, and is not looked at.
Facts it needs: who owns the supplier and how much, who its customers are, referrals with payer and time; licenses,
    family. Laboratories, pharmacies, practices and other furnishers of care are no suppliers here, unless their roles
    say so. Holdings, supplies and referrals that are not listed are not looked at.
When it is undecided: the share may be nothing; the payer or the time of the referrals is not recorded, or they are
    counts of shared patients; it is not recorded whether the referrer is a physician, or the link of the owner to the
    referrer is not certain.
What clears it: every element of a safe harbor for investments recorded as met for the holding (42 CFR 1001.952(a)); no
    holding on the side of those who order.
References: OIG Special Fraud Alert: Physician-Owned Entities, 78 Fed. Reg. 19271 (Mar. 26, 2013); United States v.
    Reliance Medical Systems, LLC (C.D. Cal. 2014); United States ex rel. Cairns v. D.S. Medical, 42 F.4th 828 (8th Cir.
    2022).
"""

from typing import Final

import polars as pl

from ownergraph.model.columns import no_share, some_share
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._marks import clauses, how_many
from ownergraph.rules.referring import any_referrals, arrangements, known_rows, referred

c = pl.col

CARE: Final = ("practice", "mso", "hospital", "laboratory", "surgery_center", "pharmacy", "facility",
               "treatment_facility", "recovery_home")  # fmt: skip
"""Roles of who sells something else than goods for others to use."""

MARKS: Final = {
    "the terms of the holding follow referrals": c("terms_follow_referrals"),
    "the owner must refer or give the holding up": c("must_refer"),
    "its price counts referrals": c("price_counts_referrals"),
    "the return is not in proportion to the capital": ~c("return_proportional"),
    "the supplier keeps no stock": ~c("holds_stock"),
    "the supplier has no staff": c("staff") == 0,
    "the customer has no other supplier": c("sole_supplier"),
    "the customer is told to buy from it": c("conditioned_on_business"),
}


@rule(
    "LOOP-02",
    name="physician-owned-distributorship",
    severity="critical",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("owner", "supplier"),
    defenses="aks",
    says="{owner} owns part of {supplier}, and {referrer} refers federal business to {receiver}{which}; {why}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each holding, supply and referrer, and one for each holding of those who order from the supplier."""
    if not any_referrals(g) or not g.structure.tables["owns"].height:
        return ()
    holdings = _holdings(g)
    if not holdings.height:
        return ()
    found = arrangements(g, "OWNS", law="aks", rows=_sold(g, holdings))
    if found is None:
        return ()
    who = g.entities.select(
        referrer="id", _can=(c("kind") == "person") | c("roles").list.contains("practice").fill_null(False)
    )
    persons = g.entities.filter(c("kind") == "person")["id"]
    by_owner = c("how") == "owner"
    found = (
        found.join(who, on="referrer", how="left", maintain_order="left")
        .filter(
            ~c("receiver_first")
            & c("_can")
            & (c("how").is_in(["self", "family", "owned"]) | (by_owner & c("party").is_in(persons.implode())))
        )
        .with_columns(agreement="holding", why=_why(), which=_which())
    )
    physician = fact(c("referrer_physician"), "Is {referrer} a physician?")
    held = fact(c("held"), "What share of {supplier} does {owner} hold? Is it more than nothing?")
    severity = pl.when(how_many(*MARKS.values()) > 0).then(pl.lit("critical")).otherwise(pl.lit("high"))
    return Cases(
        found.lazy(),
        held & physician & referred("aks", "the holding"),
        evidence=("referrals", "supply", "holding", "side_rows"),
        severity=severity,
        defended="holding",
    )


def _holdings(g: Graph) -> pl.DataFrame:
    """Holdings in suppliers: holding, owner, supplier, held (more than nothing; nullable), the marks, start, end."""
    selling = g.structure.tables["supplies"]["supplier"]
    named = c("roles").list.contains("supplier").fill_null(False)
    other = (c("roles").list.set_intersection(list(CARE)).list.len() > 0).fill_null(False)
    suppliers = g.entities.filter(named | (c("id").is_in(selling.implode()) & ~other)).select(
        "holds_stock", "staff", supplier="id"
    )
    return (
        known_rows(g, "OWNS")
        .filter(~no_share())
        .rename({"owned": "supplier", "agreement": "holding"})
        .join(suppliers, on="supplier", how="inner", maintain_order="left")
        .with_columns(held=pl.when(some_share()).then(True))
    )


def _sold(g: Graph, holdings: pl.DataFrame) -> pl.DataFrame:
    """The holdings, each with every customer of the supplier while both stand, and with the supplier itself."""
    supplies = known_rows(g, "SUPPLIES").select(
        "supplier", "sole_supplier", "conditioned_on_business", "item", owned="customer", supply="agreement",
        _start="start", _end="end",
    )  # fmt: skip
    bought = (
        holdings.join(supplies, on="supplier", how="inner", maintain_order="left")
        .with_columns(start=pl.max_horizontal("start", "_start"), end=pl.min_horizontal("end", "_end"))
        .filter((c("start") <= c("end")).fill_null(True))
    )
    ordered = holdings.with_columns(owned="supplier", supply=pl.lit(None, dtype=pl.String))
    return pl.concat([bought, ordered], how="diagonal").with_columns(
        agreement=pl.concat_str("holding", c("supply").fill_null(""), separator=" ")
    )


def _which() -> pl.Expr:
    bought = pl.format(", which buys {} from it", pl.coalesce("item", pl.lit("goods")))
    return pl.when(c("supply").is_null()).then(pl.lit("")).otherwise(bought)


def _why() -> pl.Expr:
    return clauses(MARKS).replace("", "none of the further marks of the fraud alert is recorded")
