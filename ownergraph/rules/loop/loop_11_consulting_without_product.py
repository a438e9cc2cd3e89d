"""Fees for consulting or speaking, without a record of work, to those who refer.

What it finds: payments for consulting or speaking from a receiver of federal business to the one who refers it,
    immediate family, a company that they own, an owner or the employer, of which it is recorded that there is no work
    product; the payments and a referral at most 120 days apart (our heuristic). Medium; high
    where the referrer is in the tenth that brings the most referrals, of at least 10 who refer, or the pay is recorded
    to vary with referrals or not to be at fair market value; low where at least 10 refer and the referrer is not in
    that tenth (our grading; the tenth is the "top decile" of law/rules.yaml, and never decides, as referrals may be
    missing).
Why it matters: a fee for talk that nobody needs goes to those who order most.
What it does not mean: that the work was not done. That the same people attend again and again, a mark of the fraud
    alert, is not in the input.
Facts it needs: payments with purpose and what shows the work; referrals (orders of products, too) with payer, time and
    counts. Payments whose purpose is not recorded are not looked at (AKS-04 asks what they are for), and neither are
    payments and referrals that are not listed.
When it is undecided: it is not recorded whether there is a work product; the payer or the time of the referrals is not
    recorded, or they are counts of shared patients; the link of the payee to the referrer is not certain.
What clears it: a work product; or every element of the safe harbor for personal services (42 CFR 1001.952(d)(1))
    recorded as met for each of the payments, or for the agreement under which they are made.
References: OIG Special Fraud Alert: Speaker Programs (Nov. 16, 2020); United States v. SpineFrontier, Inc. (D. Mass.).
"""

from typing import Final

import polars as pl

from ownergraph.model.compensation import FOLLOWS_REFERRALS
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._marks import clauses, is_so, with_top_tenth
from ownergraph.rules.loop._payments import besides, received, streams
from ownergraph.rules.referring import any_referrals, arrangements, referred

c = pl.col

FACTS: Final = ("purpose", "is_fmv", "work_product", *FOLLOWS_REFERRALS)
VARIES: Final = pl.any_horizontal(*(c(name).fill_null(False) for name in FOLLOWS_REFERRALS))
ALSO: Final = {
    "; the referrer is in the tenth that refers the most": c("top_tenth"),
    "; what is paid varies with referrals": VARIES,
    "; it is not at fair market value": ~c("is_fmv"),
}


@rule(
    "LOOP-11",
    name="consulting-without-product",
    severity="medium",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("payee",),
    defenses="aks",
    says="{receiver} pays {payee} for {service} (payments: {times}; sum: {total_usd}{besides}) without a record of "
    "work, and {referrer} refers federal business to {receiver}{also}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each stream of such payments and referrer."""
    if not any_referrals(g):
        return ()
    rows = streams(g, c("purpose").is_in(["consulting", "speaker"]).fill_null(False), FACTS)
    found = None if rows is None else arrangements(g, "PAYS", law="aks", rows=rows)
    if found is None:
        return ()
    found = with_top_tenth(g, found.filter("receiver_first")).with_columns(
        service=c("purpose").replace("speaker", "speaking"),
        besides=besides(),
        also=clauses(ALSO).str.replace_all("; ; ", "; "),
    )
    work = fact(c("work_product"), "What shows the work that {receiver} pays {payee} for: slides, reports, attendance?")
    severe = is_so(c("top_tenth")) | VARIES | is_so(~c("is_fmv"))
    return Cases(
        found.lazy(),
        ~work & received() & referred("aks", "the pay"),
        evidence=("referrals", "shown", "side_rows"),
        severity=pl.when(severe)
        .then(pl.lit("high"))
        .when(is_so(~c("top_tenth")))
        .then(pl.lit("low"))
        .otherwise(pl.lit("medium")),
        defended="payments",
    )
