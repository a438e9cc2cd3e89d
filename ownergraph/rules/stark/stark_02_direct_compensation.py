"""Compensation passes directly between a physician who refers and who furnishes what is referred.

What it finds: pay, a lease, a loan, a position with a fee, a management agreement, a supply or a payment, in money or
    in kind, either way, between an entity that furnishes designated health services and a physician who refers such
    services to it, the immediate family, or the practice in whose shoes the physician stands; in force at a referral
    that Medicare or Medicaid pays for; and no exception of which every element is recorded.
Why it matters: compensation of any kind is a financial relationship. Without an exception the physician may not refer,
    and the entity may not bill for what was referred, whatever anybody intended.
What it does not mean: that the amount is wrong, or that anything was paid for referrals. Most arrangements meet an
    exception, and its elements may be met and not recorded.
Facts it needs: payments, agreements, leases, loans and employment, with their time; family; owners of practices, and
    who of them is titular; licenses; referrals with service, payer and time. What is not listed is not looked at, nor
    is a receiver of which it is not recorded that it furnishes such services.
When it is undecided: the payer, the time, the service or the nature of the referrals (counts of shared patients) is
    open; it is open whether an owner of the practice is titular, whether a physician owns an organization that refers,
    or which of its owners refer. Elements of exceptions that are not recorded never make it undecided.
What clears it: every element of one exception recorded, for each arrangement between the two: employment, personal
    services, fair market value, rent of space or equipment, in-office ancillary services, and others; payments by
    the physician for what the physician gets; no payment by Medicare or Medicaid.
References: 42 U.S.C. 1395nn(a), (e); 42 CFR 411.353, 411.354(c)(1), 411.355, 411.357.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, rule
from ownergraph.rules.stark._chains import chains, of_chains, relates

c = pl.col


@rule(
    "STARK-02",
    name="direct-compensation",
    severity="high",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("party",),
    defenses="stark",
    says="{referrer} refers {services}, paid by Medicare or Medicaid, to {receiver}, and compensation passes directly "
    "between {receiver} and {holder}; not every element of an exception is recorded",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each referrer, receiver and arrangement."""
    rows = of_chains(chains(g), (c("kind") == "compensation") & c("direct"))
    if rows is None:
        return ()
    return Cases(rows.lazy(), relates(), evidence=("path",), defended="link")
