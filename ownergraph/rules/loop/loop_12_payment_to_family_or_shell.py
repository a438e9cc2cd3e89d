"""The receiver of referrals pays family of whoever refers, or a new company without employees that they own.

What it finds: payments of the receiver of federal referrals to immediate family of the one who refers; or to a
    company, owned by the referrer or by immediate family, that has no employees and was formed at most 180 days before
    the first payment (or after it). The payments and a referral are at most 120 days apart. Both spans are heuristics.
Why it matters: money that goes around the referrer reaches the referrer's household; a new company without anybody who
    works may stand for its owner.
What it does not mean: that the company does no work (owners work, too), or that the family member is paid for anything
    but work of its own.
Facts it needs: family, owners of the company, how many people it employs, when it was formed; payments with their
    days; referrals with payer and time. Practices are no such company. Companies of the referrer's staff, and what is
    not listed, are not looked at.
When it is undecided: the company's employees or its day of formation are not recorded; the day of the first payment,
    the payer or the time of the referrals, or the kinship is not recorded; the referrals are counts of shared
    patients.
What clears it: employees, or a business that is older than the payments; every element of a safe harbor recorded as
    met for each of the payments, or for the agreement under which they are made.
References: 42 CFR 411.351, 411.354; settlement of Markowitz (The Blood Spot), 2022: $25 a referral to a company that
    was tied to the chief executive.
"""

from typing import Final

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._payments import streams
from ownergraph.rules.referring import any_referrals, arrangements, referred

c = pl.col

NEW: Final = 180
"""Days before the first payment in which a company counts as new (law/rules.yaml, a heuristic)."""


@rule(
    "LOOP-12",
    name="payment-to-family-or-shell",
    severity="high",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("payee",),
    defenses="aks",
    says="{receiver}, to which {referrer} refers federal business, pays {payee}, {what} (payments: {times}; sum: "
    "{total_usd})",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each referrer, receiver, and payee among family and their companies."""
    if not any_referrals(g):
        return ()
    rows = streams(g, pl.lit(True), ())
    found = None if rows is None else arrangements(g, "PAYS", law="aks", rows=rows)
    if found is None:
        return ()
    known = g.entities.select(
        payee="id", _person=c("kind") == "person", _practice=c("roles").list.contains("practice").fill_null(False),
        staff="staff", formed_on="formed_on",
    )  # fmt: skip
    found = (
        found.filter(c("receiver_first") & c("how").is_in(["family", "owned"]))
        .join(known, on="payee", how="left", maintain_order="left")
        .filter(~c("_practice"))
        .with_columns(
            # of several streams the first payment counts; one without a day may have been the first
            began=pl.when(~c("began").is_null().any().over("payee", "receiver")).then(
                c("began").min().over("payee", "receiver")
            ),
        )
        .with_columns(
            idle=pl.when("_person").then(True).otherwise(c("staff") == 0),
            new=pl.when("_person").then(True).otherwise(c("formed_on") >= c("began") - pl.duration(days=NEW)),
            what=pl.when("_person")
            .then(pl.lit("a member of the family of the one who refers"))
            .when(c("how") == "family")
            .then(pl.lit("a new company of family of the one who refers, without employees"))
            .otherwise(pl.lit("a new company of the one who refers, without employees")),
        )
    )
    if not found.height:
        return ()
    return Cases(
        found.lazy(),
        fact(c("idle"), "How many people does {payee} employ?")
        & fact(c("new"), "When was {payee} formed, and when did {receiver} first pay it?")
        & referred("aks", "the pay of {payee}"),
        evidence=("referrals", "shown", "side_rows"),
        defended="payments",
    )
