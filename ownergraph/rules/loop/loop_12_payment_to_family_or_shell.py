"""The receiver of referrals pays a new company without employees that stands near to whoever refers.

What it finds: payments of the receiver of federal referrals to a company that the referrer, immediate family, an owner
    of the referrer or the owner's family, an officer, or a member of the staff owns part of; the company has no
    employees and was formed at most 180 days before the first payment, or after it; the payments and a referral are at
    most 120 days apart. Officers and staff are those of the referrer, or of a practice of at most 100 employees that it
    owns part of or works for. The days and the number are heuristics.
Why it matters: a new company without anybody who works may stand for its owner, and money that goes around the referrer
    reaches its household or its office.
What it does not mean: that the company does no work (owners work, too), or that new companies are suspect.
Facts it needs: family, staff, officers, owners of the company, how many people it employs (or the list of employment),
    when it was formed; payments with their days; referrals with payer and time. Practices are no such company. Payments
    to family or staff in person are left to AKS-01, chains with somebody between to LOOP-05; what is not listed is not
    looked at.
When it is undecided: the company's employees or its day of formation are not recorded; the day of the first payment is
    not, or an earlier one may not be listed; the payer or the time of the referrals, a share or the kinship is not
    recorded; the referrals are counts of shared patients.
What clears it: employees, or a business that is older than the payments; every element of a safe harbor recorded as
    met for each of the payments, or for the agreement under which they are made.
References: 42 CFR 411.351, 411.354; settlement of Markowitz (The Blood Spot), 2022: $25 a referral to a company that
    was tied to the chief executive.
"""

from typing import Final

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._companies import near_companies
from ownergraph.rules.loop._payments import streams
from ownergraph.rules.referring import any_referrals, arrangements, referred

c = pl.col

NEW: Final = 180
"""Days before the first payment in which a company counts as new: law/rules.yaml, LOOP-12, a heuristic."""
WHOSE: Final = {"itself": "its own company", "staff": "a company of its staff"}


@rule(
    "LOOP-12",
    name="payment-to-family-or-shell",
    severity="high",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("payee",),
    defenses="aks",
    says="{receiver}, to which {referrer} refers federal business, pays {company} ({whose_said}), which has no "
    "employees and was formed on {formed_on}, at most 180 days before the first payment or after it (payments: "
    "{times}; sum: {total_usd})",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each referrer, receiver, stream of payments and company that is paid."""
    if not any_referrals(g):
        return ()
    # only what receivers of referrals pay to companies that are no practice
    companies = g.entities.filter(
        (c("kind") == "organization") & ~c("roles").list.contains("practice").fill_null(False)
    )["id"]
    receivers = g.referrals["receiver"].unique()
    paid = streams(g, c("payer").is_in(receivers.implode()) & c("payee").is_in(companies.implode()), ())
    if paid is None:
        return ()
    near = near_companies(g, paid["payee"].unique())
    rows = (
        _with_first(g, paid)
        .join(near, left_on="payee", right_on="company", how="inner", maintain_order="left")
        # the payment to the company stands for one to the referrer: its referrals are looked for beside it
        .rename({"side_rows": "way", "payee": "company", "referrer": "payee"})
        .filter(c("company") != c("payer"))
        .with_columns(payment="agreement", agreement=pl.concat_str("agreement", "payee", separator=" "))
    )
    found = arrangements(g, "PAYS", law="aks", rows=rows) if rows.height else None
    if found is None or not (found := found.filter(c("receiver_first") & (c("how") == "self"))).height:
        return ()
    found = found.with_columns(
        payee="company", agreement="payment",
        whose_said=c("whose").replace_strict(
            WHOSE, default=pl.concat_str(pl.lit("a company of "), c("whose")), return_dtype=pl.String
        ),
        back=c("way").list.reverse(),
    )  # fmt: skip
    return Cases(
        found.lazy(),
        fact(
            c("tie"),
            "Does {company} belong to {whose} on the side of {referrer}? The share or the kinship is not recorded",
        )
        & ~fact(c("staffed"), "How many people does {company} employ?")
        & fact(c("new"), "When was {company} formed, and when did {receiver} first pay it?")
        & referred("aks", "the pay of {company}"),
        evidence=("referrals", "shown", "back"),
        defended="payments",
    )


def _with_first(g: Graph, paid: pl.DataFrame) -> pl.DataFrame:
    """Streams of payments with staffed and new (nullable) of the company that is paid, and formed_on."""
    first = paid.group_by("payer", "payee").agg(
        first=c("began").min(), _known=(~c("undated") & c("began").is_not_null()).all()
    )
    employers = g.structure.tables["employs"]["employer"].unique().implode()
    companies = g.entities.select("staff", "formed_on", payee="id")
    listed = c("payee").is_in(employers)
    # an earlier payment that is not known would make the company newer, never older
    closed = c("_known") & (g.complete("payments", "payer") | g.complete("payments", "payee"))
    new = c("formed_on") >= c("first") - pl.duration(days=NEW)
    return (
        paid.join(first, on=["payer", "payee"], how="left", maintain_order="left")
        .join(companies, on="payee", how="left", maintain_order="left")
        .with_columns(
            staffed=pl.when(c("staff") > 0).then(True)
            # a number of none against an employee on record: one of them is wrong
            .when(listed).then(pl.when(c("staff").is_null()).then(True))
            .when((c("staff") == 0) | g.complete("employment", "payee")).then(False),
            new=pl.when(new).then(True).when(closed).then(new),
        )
    )  # fmt: skip
