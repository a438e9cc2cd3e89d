"""A fee for supervision, or for another service, that follows the scans which the payee refers.

What it finds: payments for supervision from a receiver of federal business to the one who refers it, immediate family,
    a company that they own, an owner or the employer, that are paid by the head, test, order, specimen or referral or
    are recorded to vary with referrals, are not at fair market value, or have no record of work; or payments for
    consulting, direction, speaking, research or other services that are paid by the head, test, order, specimen or
    referral, whatever shows the work; the payments and a referral at most 120 days apart (our heuristic).
Why it matters: the physician who refers a scan is paid for watching it, whether or not anybody watches.
What it does not mean: that nobody supervised. Programs ask for supervision of some scans, and it may be paid.
Facts it needs: payments with purpose, basis and what shows the work; referrals with payer and time. Payments whose
    purpose is not recorded are not looked at (AKS-04 asks what they are for), and neither are payments and referrals
    that are not listed, nor other services that are not paid by the head or the like, whatever else is recorded of
    them (LOOP-03 and LOOP-11 look at direction, consulting and speaking). Fees for specimens are LOOP-06.
When it is undecided: nothing of the above is recorded, and it is open whether the pay varies with referrals (that it
    does not has to be recorded, with the basis), is at fair market value, or whether the work is shown; an amount is
    not recorded, and something was given back; the payer or the time of the referrals is not recorded, or they are
    counts of shared patients; the link of the payee to the referrer is not certain.
What clears it: work on the site that is shown, at fair market value, by a basis that does not vary with referrals; or
    every element of the safe harbor for personal services (42 CFR 1001.952(d)(1)) recorded as met for each of the
    payments, or for the agreement under which they are made, and work of which it is not recorded that nothing shows
    it: law/rules.yaml asks for real work on the site.
References: Cardiac Imaging, Inc. and Sam Kancherlapalli (settlement, 2023); 42 CFR 1001.952(d)(1).
"""

from typing import Final

import polars as pl

from ownergraph.model.vocabulary import PER_REFERRAL
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._marks import clauses, is_so
from ownergraph.rules.loop._payments import besides, received, streams
from ownergraph.rules.referring import any_referrals, arrangements, referred

c = pl.col

DRESSED: Final = ("consulting", "medical_director", "speaker", "research", "other")
"""Services that a fee for referrals may be called, beside supervision."""
FACTS: Final = ("purpose", "basis", "varies_with_referrals", "is_fmv", "work_product")
WHY: Final = {
    "what is paid varies with referrals": c("varies"),
    "it is not at fair market value": ~c("is_fmv"),
    "there is no record of work": ~c("work_product"),
}


@rule(
    "LOOP-10",
    name="supervision-fee",
    severity="high",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("payee",),
    defenses="aks",
    says="{receiver} pays {payee} for {service} (payments: {times}; sum: {total_usd}{besides}), and {referrer} refers "
    "federal business to {receiver}; {why}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each stream of such payments and referrer."""
    if not any_referrals(g):
        return ()
    per_head = c("basis").is_in(list(PER_REFERRAL)).fill_null(False)
    supervises = (c("purpose") == "supervision").fill_null(False)
    rows = streams(g, supervises | (per_head & c("purpose").is_in(list(DRESSED)).fill_null(False)), FACTS)
    found = None if rows is None else arrangements(g, "PAYS", law="aks", rows=rows)
    if found is None:
        return ()
    found = (
        found.filter("receiver_first")
        .with_columns(
            besides=besides(),
            varies=pl.when(per_head | c("varies_with_referrals"))
            .then(True)
            .when(~c("varies_with_referrals") & c("basis").is_not_null())
            .then(False),
            service=c("purpose").replace({"medical_director": "direction", "other": "other services"}),
        )
        .with_columns(
            why=clauses(WHY),
            # without a record of work no safe harbor takes it away: an id that is null keeps the row
            defended=pl.when(is_so(~c("work_product"))).then(c("payments").list.concat([None])).otherwise("payments"),
        )
    )
    test = (
        fact(c("varies"), "How is what {receiver} pays {payee} worked out, and does it vary with referrals?")
        | ~fact(c("is_fmv"), "Is what {receiver} pays {payee} for {service} at fair market value?")
        | ~fact(c("work_product"), "Is there a record that {payee} did the work for {receiver}, on the site?")
    )
    return Cases(
        found.lazy(),
        test & received() & referred("aks", "the pay"),
        evidence=("referrals", "shown", "side_rows"),
        defended="defended",
    )
