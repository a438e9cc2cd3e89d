"""A management fee that follows the income of the practice, in a state that bars such fees.

What it finds: an agreement whose fee, or a part of it, is a percentage of collections, revenue or net income, or
    what is left over; in New York also a fixed fee that is reset to income. Where the state's row says barred.
Why it matters: New York and Illinois treat such a fee as splitting professional fees with an unlicensed person,
    whatever its amount; the agreement may be void and the licensee disciplined.
What it does not mean: that the fee is too high, or that the services are not worth it; nor that the manager
    controls the practice.
Facts it needs: the basis of the fee and of its parts; in New York whether it is reset to income, and whether the
    practice is an article 28 facility; in Illinois the services, fair market value, who controls charges, and whose
    account receives the money; whether the list of agreements is complete.
When it is undecided: the basis is not recorded; an element of a carve-out is open; whether there are only such
    services hangs on one that is not in the table of services, or on "all necessary services", which names none; the
    state's row is not verified; there may be another agreement.
What clears it: a flat fee, or cost plus, at fair market value; in Illinois a fee at fair market value for billing,
    administrative preparation or collection only, the licensee controlling charges and the account; in New York an
    article 28 facility.
References: N.Y. Educ. Law 6530(19); 8 NYCRR 29.1(b)(4); 225 ILCS 60/22.2; Vine Street Clinic v. HealthLink, 222 Ill.
    2d 276 (2006).
"""

import polars as pl

from ownergraph.rules.agreements import BILLING, only_services, other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "FEE-01",
    name="percentage-fee-where-barred",
    severity="critical",
    basis="law",
    parties=("manager",),
    law=("pct_mgmt_fee",),
    says="{manager} is paid by {practice} on the basis {fee_bases}; the law of {state} bars a management fee that "
    "follows the income of the practice",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, in states whose row says barred; and one for other agreements."""
    rows = g.agreements.filter(c("pct_mgmt_fee_stated") == "barred")
    percentage = fact(c("fee_percentage"), "On what basis is the fee of {manager} set?")
    reset = fact(
        pl.when(c("state") == "NY").then(c("fee_reset_to_income")).otherwise(False),
        "Is the fee of {manager} tiered or reset to the income of {practice}?",
    )
    illinois = fact(c("state") == "IL", "")
    carve_out = (
        illinois
        & only_services(BILLING, "Which services does {manager} provide to {practice}? On record: {services}")
        & fact(c("fee_is_fmv"), "Is the fee of {manager} at fair market value?")
        & fact(c("practice_controls_charges"), "Does the licensee control what {practice} charges?")
        & fact(c("account_sole_control"), "Do all receipts go to an account in the sole control of the licensee?")
    )
    classes = c("exempt_as").list.set_intersection(["hospital", "licensed_clinic"]).list.len() > 0
    article_28 = fact(
        pl.when(c("state") == "NY").then(classes).otherwise(False),
        "Is {practice} an article 28 facility (a hospital or licensed clinic)?",
    )
    found = (percentage | reset) & ~carve_out & ~article_28
    return [Cases(rows, found, evidence=("agreement",)), other_agreements(g, rows)]
