"""An arrangement with a referring physician that was not in writing, or not signed, 90 days after it began.

What it finds: a management agreement, lease or contractor's engagement between an entity that furnishes designated
    health services and a physician who refers Medicare or Medicaid patients to it, the physician's immediate family, or
    the practice in whose shoes the physician stands: not in writing or not signed by both, and begun more than 90 days
    ago; or signed more than 90 days after it began, with a referral before the signature. Exactly 90 days are in time.
Why it matters: most exceptions ask for a signed writing. The regulation gives 90 consecutive days to obtain it; after
    that the referrals of the whole time without it were not under those exceptions.
What it does not mean: that there was no agreement. Several papers together, electronic signatures and initials may be
    a signed writing; state law decides what a signature is.
Facts it needs: when the services or the lease began, whether it is in writing, when it was signed; referrals with
    service, payer and time; licenses; family and owners of practices. What is not listed is not looked at.
When it is undecided: the beginning, the writing or the day of the signature is not recorded and decides; it is not
    recorded whether somebody is an employee or a contractor (an employee needs no writing); the service, the payer or
    the time of the referrals is not recorded, or they are counts of shared patients; the referrer may be no physician.
What clears it: a writing, signed within 90 days; or every element of an exception that needs none recorded as met:
    limited remuneration to a physician (42 CFR 411.357(z); USD 5,000 a year, adjusted), bona fide employment, payments
    by a physician. A defense with a writing among its elements is listed, and takes nothing away here. Reconciliation
    under 42 CFR 411.353(h) is for counsel.
References: 42 CFR 411.354(e)(3), (4); 42 CFR 411.353(h); 42 CFR 411.357(z).
"""

import polars as pl

from ownergraph.rules.agreements import STARTED
from ownergraph.rules.api import Cases, Graph, Test, always, fact, rule
from ownergraph.rules.referring import any_referrals, arrangements, known_rows
from ownergraph.rules.stark._chains import relates
from ownergraph.rules.stark._referrers import with_owners

c = pl.col
GRACE = 90
"""Days to obtain the writing and the signatures (42 CFR 411.354(e)(4))."""
SIGNERS = pl.when(c("signed_by_manager").is_not_null() & c("signed_by_managed").is_not_null()).then(True)
RELATIONS: dict[str, tuple[str, str, str, pl.Expr, pl.Expr, pl.Expr]] = {
    "MANAGES": (
        "managed", "manager", "the management agreement", STARTED,
        ~c("in_writing") | ~c("signed_by_both"),
        c("signed_on").is_not_null() | c("signed_by_both") | SIGNERS,
    ),
    "LEASES_TO": (
        "lessee", "lessor", "the lease", c("valid_from"), ~c("in_writing"), c("signed_on").is_not_null(),
    ),
    "EMPLOYS": (
        "employer", "employee", "the engagement", c("valid_from"), pl.lit(None, dtype=pl.Boolean),
        c("signed_on").is_not_null(),
    ),
}  # fmt: skip
"""By relation: who pays, who is paid, what it is, when it began, when it is surely unsigned, when it is signed."""


@rule(
    "STARK-10",
    name="unsigned-past-grace",
    severity="medium",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("payer", "payee"),
    defenses="stark",
    says="{what} of {payer} with {payee} began on {began} and {outcome}; {referrer} refers designated health services "
    "({referral_service}) to {receiver}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, lease or engagement, referrer and receiver."""
    if not any_referrals(g):
        return []
    made = []
    for relation in RELATIONS:
        if (rows := _rows(g, relation)) is None:
            continue
        contractor: Test = always()
        if relation == "EMPLOYS":
            contractor = fact(c("status") == "contractor", "Is {payee} an employee (W-2) or a contractor of {payer}?")
        signed = fact(c("signed"), "Is {what} of {payer} with {payee} in writing and signed by both?")
        overdue = fact(c("overdue"), "When did the services or the lease under {what} of {payer} with {payee} begin?")
        late = fact(c("late"), "When did {what} of {payer} with {payee} begin, and on what day was it signed?")
        made.append(
            Cases(
                rows.lazy(),
                contractor & ((~signed & overdue) | (signed & late)) & relates(),
                evidence=("referrals", "agreement", "side_rows"),
                defended="defended",
            )
        )
    return made


def _rows(g: Graph, relation: str) -> pl.DataFrame | None:
    """Arrangements of a relation with `signed`, `overdue`, `late` (nullable), and the words for them."""
    payer, payee, what, began, unsigned, signed = RELATIONS[relation]
    if not g.structure.tables[relation.lower()].height:
        return None
    grace = pl.duration(days=GRACE)
    facts = known_rows(g, relation)
    if relation == "EMPLOYS":
        facts = facts.filter((c("status") == "contractor").fill_null(True))
    facts = (
        facts.with_columns(began=began)
        .with_columns(
            signed=pl.when(unsigned).then(False).when(signed).then(True).otherwise(None),
            overdue=c("began") + grace < pl.lit(g.as_of),
            # referrals after the signature are under it
            end=pl.min_horizontal("end", c("signed_on") - pl.duration(days=1)),
        )
        .with_columns(
            late=pl.when(c("signed_on").is_not_null())
            .then(c("signed_on") - c("began") > grace)
            .when(~c("overdue"))
            .then(False)
            .otherwise(None)
        )
    )
    found = arrangements(g, relation, law="stark", rows=facts)
    if found is None:
        return None
    found = with_owners(g, found)
    days = (c("signed_on") - c("began")).dt.total_days()
    settled = (c("signed") & ~c("late")) | (~c("signed") & ~c("overdue"))
    asked = found.filter(~settled.fill_null(False))["agreement"].unique().sort().to_list()
    kept = _without_writing(g, asked)
    return found.with_columns(
        payer=c(payer),
        payee=c(payee),
        what=pl.lit(what),
        outcome=pl.when(c("signed_on").is_not_null())
        .then(pl.format("was signed on {}, {} days later", "signed_on", days))
        .otherwise(pl.lit("is not in writing, or not signed by both")),
        # an id that is null keeps the row, and lists the defenses of the other
        defended=pl.when(c("agreement").is_in(kept))
        .then(pl.concat_list("agreement"))
        .otherwise(pl.concat_list("agreement", pl.lit(None, dtype=pl.String))),
    )


def _without_writing(g: Graph, rows: list[str]) -> list[str]:
    """Rows with a defense that is met and needs no writing. O(rows x defenses)."""
    from ownergraph.law.defenses import defenses

    free = {
        name for name, defense in defenses().items() if not any("writing" in e.code for e in defense.elements)
    }  # fmt: skip
    g.defenses.prepare(rows)
    return [row for row in rows if any(one.excuses and one.id in free for one in g.defenses.of(row, "stark"))]
