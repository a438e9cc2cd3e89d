"""A lease between parties of a referral relation that misses a safe harbor.

What it finds: a lease of space or equipment, either way, between a receiver of federal business and the one who refers
    it, immediate family, a company that they own, an owner or the employer; the lease and a referral at most 120 days
    apart (our heuristic, the default window of return paths); and no safe harbor of which every element is recorded as
    met. Medium where an element is recorded as not met, low where elements are only not recorded (our grading).
Why it matters: rent between those who refer and those who receive is a common form of hidden payment. Inside a safe
    harbor it is not an offense; outside, intent decides.
What it does not mean: that the rent is a kickback. Safe harbors are voluntary; missing one asks for a look at the
    facts, no more.
Facts it needs: leases and their terms, referrals with payer and time, family, owners, employers; the elements that no
    field holds in the table of defenses. Leases and referrals that are not listed are not looked at.
When it is undecided: the payer or the time of the referrals is not recorded, or they are counts of shared patients;
    the link of the party to the referrer is not certain. Elements that are not recorded never make it undecided.
What clears it: every element of 42 CFR 1001.952(b) or (c) recorded as met: signed writing, all space or equipment
    between the parties, for part-time use the exact schedule and rent, a year or more, aggregate rent set in advance,
    fair market value, no account of federal business, no more than needed.
References: 42 CFR 1001.952(b), (c); 42 U.S.C. 1320a-7b(b).
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, rule
from ownergraph.rules.elements import with_lease_elements
from ownergraph.rules.referring import arrangements, referred

c = pl.col


@rule(
    "AKS-05",
    name="lease-misses-safe-harbor",
    severity="medium",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("lessor", "lessee"),
    defenses="aks",
    says="{lessor} leases {what} to {lessee}, and {referrer} refers federal business to {receiver}; of the elements of "
    "the safe harbor {defense}, {gaps}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each lease, referrer and receiver."""
    found = arrangements(g, "LEASES_TO", law="aks")
    if found is None:
        return ()
    rows = with_lease_elements(
        g, found, space=("aks_space", "42 CFR 1001.952(b)"), equipment=("aks_equipment", "42 CFR 1001.952(c)")
    )
    severity = pl.when(c("not_met").list.len() > 0).then(pl.lit("medium")).otherwise(pl.lit("low"))
    return Cases(
        rows.lazy(),
        referred("aks", "the lease"),
        evidence=("referrals", "agreement", "side_rows"),
        severity=severity,
        defended="agreement",
    )
