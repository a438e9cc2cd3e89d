"""A treatment facility or recovery home pays by the head, and gets patients or tests back.

What it finds: a treatment facility or a recovery home, or a laboratory to which they send tests, pays somebody by the
    referral, head, test or specimen, or in a way that varies with them; and that party, or a company or person on
    whose side it stands, refers patients or tests to the payer. One result for each state in which the payer works.
Why it matters: paying to bring people to such a facility is a crime under 18 U.S.C. 220 whoever pays for the services;
    Florida and California have laws of their own on patient brokering.
What it does not mean: that anybody acted knowingly and willfully. A fee for rent, testing or transport that does not
    follow the number of people is none of this.
Facts it needs: roles of the payer; payments with basis and day; referrals of the payee or its side; where the payer
    works. A payment of which neither the basis nor a recruiting purpose is recorded, and what is not listed, is not
    looked at.
When it is undecided: whether the pay varies with the people or tests that come, or its day, is not recorded; the
    referrals are counts of shared patients.
What clears it: pay that does not vary with the number of people, tests or procedures, or with what is billed for them
    (18 U.S.C. 220(b)(2), for employees and contractors).
References: 18 U.S.C. 220; Fla. Stat. 817.505; Cal. Health & Safety Code 11831.6.
"""

from datetime import date
from typing import Final

import polars as pl

from ownergraph.model.vocabulary import PER_REFERRAL
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._payments import streams
from ownergraph.rules.referring import any_referrals

c = pl.col

SINCE: Final = date(2018, 10, 24)
"""18 U.S.C. 220 was enacted; the states' laws are older."""
OWN_LAW: Final = ("FL", "CA")
HOMES: Final = ("treatment_facility", "recovery_home")
ROLES: Final = (*HOMES, "laboratory")
BRINGING: Final = ("commission", "marketing")
FLAGS: Final = ("varies_with_referrals", "unit_varies_with_referrals", "formula_counts_referrals")


@rule(
    "LOOP-14",
    name="patient-broker",
    severity="high",
    basis="law",
    subject=("payer", "payee", "state"),
    says="{payer} pays {payee} {paid} (payments: {times}; sum: {total_usd}), and {referrer} refers to {payer}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each payer, payee, state and stream of pay."""
    payers = g.entities.filter(c("roles").list.set_intersection(list(ROLES)).list.len() > 0)["id"]
    if not any_referrals(g) or not payers.len():
        return ()
    by_head = c("basis").is_in(list(PER_REFERRAL)).fill_null(False)
    flagged = pl.any_horizontal(*(c(name).fill_null(False) for name in FLAGS))
    brings = c("basis").is_null() & c("purpose").is_in(list(BRINGING)).fill_null(False)
    keep = c("payer").is_in(payers.implode()) & (by_head | flagged | brings)
    rows = streams(g, keep, ("basis", *FLAGS))
    if rows is None:
        return ()
    back = (
        g.referral_sides.filter(c("how") != "group")
        .join(g.referrals.select("referrer", payer="receiver", referral="referral", proxy="proxy"), on="referrer")
        .group_by(payee="party", payer="payer", maintain_order=True)
        .agg(
            c("referrer").sort_by("proxy", c("rows").list.len(), "referral").first(),
            side_rows=c("rows").sort_by("proxy", c("rows").list.len(), "referral").first(),
            referral=c("referral").sort_by("proxy", c("rows").list.len(), "referral").first(),
            real=pl.when((~c("proxy")).any()).then(True),
        )
    )
    # a laboratory that pays physicians is LOOP-06; here it pays where homes or facilities send it their people
    homes = g.entities.filter(c("roles").list.set_intersection(list(HOMES)).list.len() > 0)["id"]
    where = g.relations["OPERATES_IN"].select(payer="entity", state="state").unique().sort("payer", "state")
    found = (
        rows.join(back, on=["payer", "payee"], how="inner", maintain_order="left")
        .filter(c("payer").is_in(homes.implode()) | c("referrer").is_in(homes.implode()))
        .join(where, on="payer", how="left", maintain_order="left_right")
        .with_columns(
            varies=pl.when(by_head | flagged).then(True).otherwise(c("varies_with_referrals")),
            since=pl.when(c("state").is_in(list(OWN_LAW)).fill_null(False))
            .then(True)
            .when("undated")
            .then(None)
            .otherwise((c("end") >= SINCE).fill_null(True)),
            paid=pl.when(by_head)
            .then(c("basis").str.replace("_", " "))
            .otherwise(pl.lit("in a way that varies with the people or tests that come")),
        )
    )
    if not found.height:
        return ()
    return Cases(
        found.lazy(),
        fact(c("varies"), "Does what {payer} pays {payee} vary with the people or tests that come?")
        & fact(c("real"), "Does {referrer} refer people or tests to {payer}? On record are shared patients only")
        & fact(c("since"), "When did {payer} pay {payee}? Pay before October 24, 2018 is not covered"),
        evidence=("referral", "shown", "side_rows"),
    )
