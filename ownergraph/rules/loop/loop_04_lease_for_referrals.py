"""The receiver of referrals leases from those who refer what it does not need, or pays them for more than the use.

What it finds: a lease of space or equipment from the one who refers federal business, immediate family, a company that
    they own, an owner or the employer, to the receiver of that business; the lease and a referral at most 120 days
    apart (our heuristic); and at least one of: the lessee does not need what it leases; the rent pays for a covenant
    not to compete, or for referrals, too; the lessor sublets back what the lessee itself leased to it. High; medium
    where the sublease back is the only one of these, and the rent is not recorded as off the market (our grading).
Why it matters: rent for what is not used, and the price of a promise not to compete that is worked out from referrals,
    are payments for referrals in the dress of rent.
What it does not mean: that the lease is a sham. A sublease may be at fair market value, and a covenant not to compete
    may be priced without referrals.
Facts it needs: the lease, whether the lessee needs it, what the rent is for, out of which lease it is sublet; referrals
    with payer and time; whether the list of leases is complete. Leases and referrals that are not listed are not looked
    at.
When it is undecided: none of the three is recorded and one is open; a lease with no main lease on record may be sublet
    as long as the list of leases of the lessor is not complete; the payer or the time of the referrals is not recorded,
    or they are counts of shared patients; the link of the lessor to the referrer is not certain.
What clears it: the space or equipment is needed, the rent is for its use alone, and it is not sublet back; or every
    element of the safe harbor 42 CFR 1001.952(b) or (c) recorded as met and, where the lessee furnishes designated
    health services or it is not recorded that it furnishes none, of an exception to the Stark law, too, as 42 CFR
    411.357(a) or (b): law/rules.yaml asks for both.
References: United States ex rel. Singh v. Bradford Regional Medical Center, 752 F. Supp. 2d 602 (W.D. Pa. 2010); OIG
    Special Fraud Alert: Rental of Space (Feb. 2000); McAllen Hospitals, L.P. (settlement, 2009).
"""

from typing import Final

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._marks import clauses, is_so
from ownergraph.rules.referring import arrangements, referred

c = pl.col

WHY: Final = {
    "the lessee does not need it": ~c("needed"),
    "the rent pays for a covenant not to compete, or for referrals, too": c("noncompete"),
    "the lessee itself leased it to the lessor": c("back"),
    "the rent is not at fair market value": c("off_market"),
}


@rule(
    "LOOP-04",
    name="lease-for-referrals",
    severity="high",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("lessor",),
    defenses="aks",
    says="{lessor} leases {what} to {receiver}, to which {referrer} refers federal business; {why}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each lease to the receiver and referrer."""
    found = arrangements(g, "LEASES_TO", law="aks")
    if found is None or not (found := found.filter(~c("receiver_first"))).height:
        return ()
    main = g.structure.tables["leases_to"].select(sublease_of="id", _main_lessor="lessor")
    rows = (
        found.join(main, on="sublease_of", how="left", maintain_order="left")
        .with_columns(
            back=pl.when(c("sublease_of").is_not_null())
            .then(c("_main_lessor") == c("lessee"))
            .when(g.complete("leases", "lessor"))
            .then(False),
            off_market=~c("is_fmv") | (c("rent_usd") > c("market_usd")),
            what=c("item").fill_null("space or equipment"),
        )
        .with_columns(
            why=clauses(WHY),
            # where the Stark law asks for its own exception, too, an id that is null keeps the row
            defended=pl.when(_stark_is_met(g, found)).then(pl.concat_list("agreement")).otherwise(
                pl.concat_list("agreement", pl.lit(None, dtype=pl.String))
            ),
        )
    )  # fmt: skip
    test = (
        ~fact(c("needed"), "Does {lessee} need the {what} that it leases from {lessor}, all of it?")
        | fact(
            c("noncompete"),
            "Does the rent that {lessee} pays {lessor} pay for a covenant not to compete, or for referrals, too?",
        )
        | fact(c("back"), "Does {lessor} lease the {what} from {lessee} in the first place, and sublet it back?")
    )
    severe = is_so(~c("needed")) | is_so(c("noncompete")) | is_so(c("off_market"))
    return Cases(
        rows.lazy(),
        test & referred("aks", "the lease"),
        evidence=("referrals", "agreement", "sublease_of", "side_rows"),
        severity=pl.when(severe).then(pl.lit("high")).otherwise(pl.lit("medium")),
        defended="defended",
    )


def _stark_is_met(g: Graph, leases: pl.DataFrame) -> pl.Expr:
    """Whether the receiver furnishes no designated health services, or a Stark exception is met. Never null."""
    none = g.entities.filter(c("dhs").list.len() == 0)["id"]
    excepted = sorted(g.defenses.excused("stark", leases["agreement"].unique()))
    return c("receiver").is_in(none.implode()) | c("agreement").is_in(excepted)
