"""A hospital bills tests that an outside laboratory performs, for people who are not its patients.

What it finds: a laboratory that supplies a hospital; the hospital bills the tests as its own; more than half of them
    are for people who are not its patients (our threshold); federal programs pay for what it bills; and at least one
    of: the volume a bed is more than 10 times that of comparable hospitals (a heuristic of law/rules.yaml; exactly 10
    is not), or the hospital passes on a share: it pays the laboratory a percentage, or those who bring orders by the
    test, by percentage or in another way that varies with them. A fixed fee, or pay by the hour, is no share.
Why it matters: the hospital lends its higher rates to tests that have nothing to do with it, and shares the difference
    with those who bring the orders.
What it does not mean: that outreach is barred. A hospital, a rural one above all, may bill tests that another
    laboratory performs for it within 42 U.S.C. 1395l(h)(5)(A): the laboratory of a rural hospital, one of the same
    owner, or one that sends out at most 30% of the tests that it is asked for (the "70/30" of law/rules.yaml; the text
    was not read). The input records neither that share, nor that a hospital is rural, nor how far the laboratory is:
    counsel has to ask.
Facts it needs: the supply of tests, who bills, the share for people who are no patients, the volume a bed against
    peers; what the hospital pays, to whom and on what basis; who pays for what it bills. Supplies
    and referrals that are not listed are not looked at, and only supplies of an entity with the role of a laboratory,
    or that furnishes laboratory services, to one with the role of a hospital.
When it is undecided: who bills, or the share for people who are no patients, is not recorded; the volume a bed is not
    recorded, or not high, and no share passed on is listed while the list of payments is not complete; it is not
    recorded who pays for what the hospital bills.
What clears it: the tests are mostly for its own patients, or the laboratory bills them; an ordinary volume and no
    share passed on. No safe harbor takes it away: one is about a payment, and the pattern is about who may bill.
References: Little River Healthcare, allegations in United States ex rel. STF, LLC v. Grottenthaler, No. 4:16-cv-547
    (E.D. Tex.); 42 U.S.C. 1395l(h)(5)(A).
"""

from typing import Final

import polars as pl

from ownergraph.analysis.flows import known_by
from ownergraph.model.vocabulary import FIXED, PER_REFERRAL
from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.loop._marks import clauses, is_so

c = pl.col

NONPATIENTS_PCT: Final = 50
"""Percent of the tests above which they are mostly for people who are no patients (ours, a heuristic)."""
TIMES_PEERS: Final = 10
"""Volume a bed, as a multiple of that of comparable hospitals, above which it stands out: law/rules.yaml, LOOP-13."""
PERCENT: Final = ("pct_revenue", "pct_collections", "pct_net")
BRINGING: Final = ("commission", "marketing")
SHOWN: Final = 3
WHY: Final = {
    f"the volume a bed is more than {TIMES_PEERS} times that of comparable hospitals": c("outlier"),
    "the hospital passes a share on to the laboratory, or to those who bring orders": c("passes_on"),
}


@rule(
    "LOOP-13",
    name="pass-through-billing",
    severity="high",
    basis="enforcement",
    subject=("hospital",),
    parties=("laboratory",),
    says="{hospital} bills tests that {laboratory} performs, {for_nonpatients_pct}% of them for people who are not its "
    "patients; {why}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each supply of a laboratory to a hospital."""
    if not g.structure.tables["supplies"].height:
        return ()
    roles = c("roles")
    hospitals = g.entities.filter(roles.list.contains("hospital").fill_null(False)).select(
        "bills_federal_programs", hospital="id"
    )
    laboratories = g.entities.filter(
        roles.list.contains("laboratory").fill_null(False) | c("dhs").list.contains("LAB").fill_null(False)
    ).select(laboratory="id")
    rows = (
        known_by(g, "supplies")
        .rename({"supplier": "laboratory", "customer": "hospital", "id": "agreement"})
        .join(hospitals, on="hospital", how="inner", maintain_order="left")
        .join(laboratories, on="laboratory", how="semi", maintain_order="left")
    )
    if not rows.height:
        return ()
    rows = (
        rows.join(_shares(g, rows), on=["hospital", "laboratory"], how="left", maintain_order="left")
        .join(_federal(g, rows), on="hospital", how="left", maintain_order="left")
        .with_columns(
            outlier=c("times_peers") > TIMES_PEERS,
            mostly=c("for_nonpatients_pct") > NONPATIENTS_PCT,
            federal=pl.when(c("bills_federal_programs") | c("_paid"))
            .then(True)
            .when(~c("bills_federal_programs") & (c("referrals").is_null() | ~c("_paid")))
            .then(False),
            passes_on=pl.when(c("_listed").is_null()).then(False).otherwise("_share"),
            shares=c("shares").fill_null([]),
        )
        .with_columns(
            why=clauses(WHY),
            # payments that are open matter only where the volume does not stand out
            shown=pl.when(is_so(c("passes_on")) | ~is_so(c("outlier"))).then(c("shares").list.head(SHOWN)),
        )
    )
    test = (
        fact(c("customer_bills"), "Does {hospital} bill the tests that {laboratory} performs as its own?")
        & fact(c("mostly"), "What share of these tests is for people who are not patients of {hospital}?")
        & (
            fact(c("outlier"), "How does the volume a bed of {hospital} compare with that of comparable hospitals?")
            | fact(
                c("passes_on"),
                "What does {hospital} pay {payees} for, and on what basis: a percentage, or by the test to those who "
                "bring orders?",
            )
            | declared(
                g.complete("payments", "hospital"),
                "Is the list of what {hospital} pays complete, or does it pay {laboratory} a percentage, or those who "
                "bring orders by the test or by percentage?",
            )
        )
        & fact(c("federal"), "Do federal health care programs pay for what {hospital} bills?")
    )
    return Cases(rows.lazy(), test, evidence=("agreement", "shown", "referrals"))


def _federal(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Of hospitals with referrals: hospital, _paid (a federal program pays for some; nullable), referrals (ids)."""
    return (
        g.referrals.filter(c("receiver").is_in(rows["hospital"].unique().implode()))
        .sort(~c("federal").fill_null(False) | c("proxy"), "referral", nulls_last=True)
        .group_by(hospital="receiver", maintain_order=True)
        .agg(
            _paid=(c("federal") & pl.when(~c("proxy")).then(True)).any(ignore_nulls=False),
            referrals=c("referral").head(SHOWN),
        )
    )


def _shares(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """What hospitals pass on, for each laboratory.

    Columns: hospital, laboratory, _share (nullable), _listed, shares (ids), payees (of payments that are open). Pay of
    the laboratory by the test is the ordinary price of its work, and no share. O(payments of the hospitals).
    """
    recruiters = g.entities.filter(c("roles").list.contains("recruiter").fill_null(False))["id"]
    pays = g.structure.tables["pays"].filter(c("payer").is_in(rows["hospital"].unique().implode()))
    flows = g.flows.filter(c("relation") == "PAYS").select("flow") if pays.height else pl.DataFrame({"flow": [""]})
    brings = pl.when(c("payee").is_in(recruiters.implode())).then(True).otherwise(c("purpose").is_in(list(BRINGING)))
    follows = (
        pl.when(c("basis").is_in([*PERCENT, *PER_REFERRAL]))
        .then(True)
        .when(c("basis").is_in(list(FIXED)))
        .then(False)
        .when(c("varies_with_referrals"))
        .then(True)
        .when(~c("varies_with_referrals") & c("basis").is_not_null())
        .then(False)
    )
    performs = c("payee") == c("laboratory")
    return (
        rows.select("hospital", "laboratory").unique(maintain_order=True)
        .join(pays.join(flows, left_on="id", right_on="flow", how="semi"), left_on="hospital", right_on="payer",
              how="inner", maintain_order="left")
        .with_columns(_share=pl.when(performs).then(c("basis").is_in(list(PERCENT))).otherwise(brings & follows))
        .group_by("hospital", "laboratory", maintain_order=True)
        .agg(
            _listed=pl.lit(True).first(),
            # those that are open where none is known to be a share
            shares=pl.when(is_so(c("_share")).any())
            .then(c("id").filter(is_so(c("_share"))).implode())
            .otherwise(c("id").filter(c("_share").is_null()).implode()),
            payees=c("payee").filter(c("_share").is_null()).unique(maintain_order=True),
            _share=c("_share").any(ignore_nulls=False),
        )
    )  # fmt: skip
