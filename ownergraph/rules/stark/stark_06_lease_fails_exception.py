"""A lease between a referring physician and who furnishes the services, of which elements are missing.

What it finds: a lease of space or equipment, either way, between an entity that furnishes designated health services
    and a physician who refers Medicare or Medicaid patients to it, the physician's immediate family, or the practice
    in whose shoes the physician stands; in force at a referral; and no exception of which every element is recorded as
    met. High where an element of the exception for leases is recorded as not met, medium where elements are only not
    recorded (our grading: the party that relies on an exception has to show it).
Why it matters: a lease is compensation. Without an exception the physician may not refer, and the entity may not bill
    for what was referred, whatever anybody intended.
What it does not mean: that the rent is wrong, or that referrals were paid. Elements may be met and not recorded. A
    lease through another company of the physician is an indirect arrangement and not looked at here.
Facts it needs: leases and their terms, referrals with service, payer and time; licenses; family and owners of
    practices; the elements that no field holds in the table of defenses. Leases and referrals that are not listed are
    not looked at.
When it is undecided: the service, the payer or the time of the referrals is not recorded, or they are counts of shared
    patients; it is not recorded whether the referrer is a physician, whether an owner is titular, or whether an owner
    of a practice is among those who refer. Elements that are not recorded never make it undecided.
What clears it: every element of 42 CFR 411.357(a) or (b) recorded as met: signed writing, premises or equipment
    specified, a year or more, no more than needed, exclusive use against the lessor, rent set in advance, at fair
    market value, not by referrals, percentage or clicks of the lessor's patients, commercially reasonable; or another
    exception, as (l) or (y). A holdover on the same terms goes on under the exception that it had.
References: 42 U.S.C. 1395nn(e)(1); 42 CFR 411.357(a), (b), (l), (y); US ex rel. Singh v. Bradford Regional Medical
    Center, 752 F. Supp. 2d 602 (W.D. Pa. 2010).
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, rule
from ownergraph.rules.elements import with_lease_elements
from ownergraph.rules.referring import arrangements
from ownergraph.rules.stark._chains import relates
from ownergraph.rules.stark._referrers import with_owners

c = pl.col


@rule(
    "STARK-06",
    name="lease-fails-exception",
    severity="high",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("lessor", "lessee"),
    defenses="stark",
    says="{lessor} leases {what} to {lessee}, and {referrer} refers designated health services ({referral_service}) to "
    "{receiver}; of the elements of {defense}, {gaps}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each lease, referrer and receiver."""
    found = arrangements(g, "LEASES_TO", law="stark")
    if found is None:
        return ()
    rows = with_lease_elements(
        g, found, space=("stark_office_space", "42 CFR 411.357(a)"), equipment=("stark_equipment", "42 CFR 411.357(b)")
    )
    rows = with_owners(g, rows)
    severity = pl.when(c("not_met").list.len() > 0).then(pl.lit("high")).otherwise(pl.lit("medium"))
    return Cases(
        rows.lazy(),
        relates(),
        evidence=("referrals", "agreement", "side_rows"),
        severity=severity,
        defended="agreement",
    )
