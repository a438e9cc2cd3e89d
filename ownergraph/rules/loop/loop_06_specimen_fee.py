"""A laboratory pays those who order its tests for specimens, or by the specimen, test or order.

What it finds: payments of a laboratory that receives federal business to the one who refers it, immediate family, a
    company that they own, an owner or the employer, that are said to be for specimens (drawing, processing, handling,
    packaging), that are paid by the specimen, or that are paid for other services by the test or order; the payments
    and a referral at most 120 days apart (our heuristic). High where the pay is by the specimen, test or order, or is
    recorded to vary with referrals; medium otherwise (our grading). Commissions and marketing are LOOP-05 and EKRA-01.
Why it matters: whoever draws a specimen may bill the programs for that, and its processing is in what they pay for the
    visit: the laboratory pays a second time for the order.
What it does not mean: that the work was not done, or that any amount is too high. The amount of one specimen is not in
    the input; the cases name $15 to $25.
Facts it needs: payments with purpose and basis; what the payer furnishes; referrals with payer and time. Payments whose
    purpose and basis are not recorded are not looked at (AKS-04 asks what they are for), and neither are payments and
    referrals that are not listed, nor pay by the test that is called a distribution, commission, wages, rent or a loan.
When it is undecided: it is not recorded what the pay by the test or order is for, or whether the payer furnishes
    laboratory services; an amount is not recorded, and something was given back; the payer or the time of the
    referrals is not recorded, or they are counts of shared patients; the link of the payee to the referrer is not
    certain.
What clears it: the payer is no laboratory; or every element of the safe harbor for personal services (42 CFR
    1001.952(d)(1)) recorded as met for each of the payments, or for the agreement under which they are made.
References: OIG Special Fraud Alert: Laboratory Payments to Referring Physicians, 79 Fed. Reg. 40115 (June 25, 2014);
    United States v. Mallory, 988 F.3d 730 (4th Cir. 2021).
"""

from typing import Final

import polars as pl

from ownergraph.model.compensation import FOLLOWS_REFERRALS
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._marks import is_so
from ownergraph.rules.loop._payments import besides, received, streams
from ownergraph.rules.referring import any_referrals, arrangements, referred

c = pl.col

EACH: Final = ("per_specimen", "per_test", "per_order")
SERVICES: Final = (
    "specimen", "consulting", "supervision", "medical_director", "speaker", "research", "management_fee", "other",
)  # fmt: skip
"""Purposes of pay for work of the payee; who brings others' orders is paid a commission, which is another pattern."""


@rule(
    "LOOP-06",
    name="specimen-fee",
    severity="high",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("payee",),
    defenses="aks",
    says="{receiver} pays {payee} {what} (payments: {times}; sum: {total_usd}{besides}), and {referrer} refers federal "
    "business to {receiver}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each stream of such payments and referrer."""
    if not any_referrals(g):
        return ()
    each = c("basis").is_in(list(EACH)).fill_null(False)
    specimen = (c("purpose") == "specimen").fill_null(False)
    fee = specimen | (c("basis") == "per_specimen").fill_null(False)
    services = c("purpose").is_in(list(SERVICES))
    rows = streams(g, fee | (each & services.fill_null(True)), ("purpose", "basis", *FOLLOWS_REFERRALS))
    found = None if rows is None else arrangements(g, "PAYS", law="aks", rows=rows)
    if found is None:
        return ()
    dhs = c("dhs")
    named = c("roles").list.contains("laboratory").fill_null(False)
    laboratories = g.entities.select(
        receiver="id",
        laboratory=pl.when(named | dhs.list.contains("LAB").fill_null(False))
        .then(True)
        .when(dhs.is_not_null())
        .then(False),
    )
    found = (
        found.filter("receiver_first")
        .join(laboratories, on="receiver", how="left", maintain_order="left")
        .with_columns(
            besides=besides(),
            fee=pl.when(fee).then(True).otherwise(services),
            what=pl.when(each & specimen)
            .then(pl.concat_str(pl.lit("for specimens, "), c("basis").str.replace("_", " ")))
            .when(each)
            .then(c("basis").str.replace("_", " "))
            .otherwise(pl.lit("for specimens")),
        )
    )
    follows = each | pl.any_horizontal(*(is_so(c(name)) for name in FOLLOWS_REFERRALS))
    return Cases(
        found.lazy(),
        fact(c("fee"), "What does {receiver} pay {payee} for, {what}? Is it for specimens, or other work of {payee}?")
        & fact(c("laboratory"), "Does {receiver} furnish clinical laboratory services?")
        & received()
        & referred("aks", "the pay"),
        evidence=("referrals", "shown", "side_rows"),
        severity=pl.when(follows).then(pl.lit("high")).otherwise(pl.lit("medium")),
        defended="payments",
    )
