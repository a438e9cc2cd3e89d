"""A manager that is paid a percentage of the income of the practice also brings it patients.

What it finds: an agreement whose fee, or a part of it, follows the income of the practice, and that includes
    marketing, network development, contracting with payers to expand the practice, physician liaisons or bought
    leads: in Florida always, elsewhere where the practice bills federal programs.
Why it matters: the more patients the manager brings, the more it is paid: Florida courts held such agreements void,
    and the Office of Inspector General declined to protect one from the Anti-Kickback Statute.
What it does not mean: that anybody intended to pay for referrals; the federal statute asks for knowledge and will.
Facts it needs: the basis of the fee and of its parts; the services, and whether marketing is included; whether the
    practice bills Medicare, Medicaid or TRICARE; whether the list of agreements is complete.
When it is undecided: one of these is not recorded; no service is known to bring patients, but one is not in the
    table of services, or is "all necessary services", which names none; there may be another agreement.
What clears it: a flat fee for what brings patients; or no such services under the agreement; or a manager who is a
    bona fide employee of the practice (a defense: it counts only where it is recorded).
References: PhyMatrix Management Co. v. Bakarania, 737 So. 2d 588 (Fla. 1st DCA 1999); Gold, Vann & White v.
    Friedenstab, 831 So. 2d 692 (Fla. 4th DCA 2002); OIG Advisory Opinion 98-4; 42 U.S.C. 1320a-7b(b);
    42 CFR 1001.952(i).
"""

import polars as pl

from ownergraph.rules.agreements import BRINGING_PATIENTS, has_service, other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "FEE-03",
    name="percentage-fee-with-marketing",
    severity="critical",
    basis="law",
    parties=("manager",),
    says="{manager} is paid by {practice} on the basis {fee_bases}, and its services bring patients: {bringing}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement in Florida or of one who may bill federal programs; and one for other agreements."""
    employees = (
        g.relations["EMPLOYS"]
        .lazy()
        .filter(c("status") == "w2")
        .select(practice="employer", manager="employee", employee=pl.lit(True))
        .unique()
    )
    nothing = pl.lit([], dtype=pl.List(pl.String))
    marketing = pl.when(c("marketing_included")).then(pl.lit(["marketing"])).otherwise(nothing)
    rows = (
        g.agreements.filter((c("state") == "FL").fill_null(False) | c("bills_federal_programs").fill_null(True))
        .join(employees, on=["practice", "manager"], how="left", maintain_order="left")
        .with_columns(
            bringing=pl.concat_list(
                c("services").fill_null([]).list.set_intersection(list(BRINGING_PATIENTS)), marketing
            ).list.unique(maintain_order=True)
        )
    )
    percentage = fact(c("fee_percentage"), "On what basis is the fee of {manager} set?")
    brings = fact(
        c("marketing_included"), "Does the agreement with {manager} include marketing of {practice}?"
    ) | has_service(
        BRINGING_PATIENTS,
        "Does {manager} market {practice}, build its referral network, or buy leads for it? On record: {services}",
    )
    covered = fact(
        pl.when(c("state") == "FL").then(True).otherwise(c("bills_federal_programs")),
        "Does {practice} bill Medicare, Medicaid or TRICARE?",
    )
    # a defense: only a recorded one takes the finding away
    employee = fact(c("employee").fill_null(False), "")
    found = percentage & brings & covered & ~employee
    return [Cases(rows, found, evidence=("agreement",)), other_agreements(g, rows)]
