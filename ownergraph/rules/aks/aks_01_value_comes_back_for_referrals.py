"""Value comes back from the receiver of federal referrals to whoever refers.

What it finds: a path of at most 4 relations on which value flows from the receiver of a referral back to the referrer,
    or to its company, family, owner, employer or group; every flow at most 120 days from the referral, in either
    order; a federal health care program pays for what is referred. A path alone is a link (medium). Where payments
    also rise and fall with the referrals (rank correlation of at least 0.6 at a lag of up to 3 periods, p-value of at
    most 5% after correction for lags and pairs, at least 6 periods) it is a pattern (high). A path of nothing but pay
    of recorded employees (W-2) is told as info, a path of nothing but ownership as low: both are how ordinary
    practices are paid. Hops, days, correlation and grades are heuristics.
Why it matters: whoever gives value to induce referrals of federal business, even as one purpose among others, may be
    within the Anti-Kickback Statute.
What it does not mean: that anything was paid for referrals. Payments at fair market value for real services come back
    to those who refer, too; a correlation is no cause.
Facts it needs: referrals with payer and time; payments, holdings, leases, loans, employment and family with their
    times. What is not listed is not looked at.
When it is undecided: a date that the path needs is not recorded, or a holding on it may be nothing; the payer of the
    referrals is not recorded; the referrals are counts of shared patients.
What clears it: every element of a safe harbor recorded as met for each flow of the path, and of every other path; no
    federal payer.
References: 42 U.S.C. 1320a-7b(b); United States v. Greber, 760 F.2d 68 (3d Cir. 1985) (one purpose).
"""

from typing import Final

import polars as pl

from ownergraph.rules.aks._undefended import undefended
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.referring import any_referrals

c = pl.col

CORRELATION: Final = 0.6
CHANCE: Final = 0.05
"""Least rank correlation, and most corrected p-value, of a pattern (heuristics)."""
SHOWN: Final = 3
"""Referral rows that stand in the evidence."""
HOWS: Final = {
    "self": "to the referrer itself", "owned": "to a company of the referrer", "family": "to the referrer's family",
    "owner": "to an owner of the referrer", "employer": "to the referrer's employer",
    "group": "to somebody of the same practice",
}  # fmt: skip


@rule(
    "AKS-01",
    name="value-comes-back-for-referrals",
    severity="high",
    basis="law",
    subject=("referrer", "receiver"),
    defenses="aks",
    says="{referrer} refers federal business to {receiver}, and value comes back {to} in {steps}: {what}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each referrer and receiver with a path."""
    if not any_referrals(g) or not g.returns.pairs.height:
        return ()
    pairs = undefended(g, g.returns.pairs)
    paid = (
        pairs.select("referrer", "receiver", referral="referrals")
        .explode("referral")
        .join(g.referrals.select("referral", "federal"), on="referral", how="left", maintain_order="left")
        .group_by("referrer", "receiver", maintain_order=True)
        .agg(federal=c("federal").any(ignore_nulls=False))
    )
    told = g.volume.pairs.filter(~c("proxy")).select("referrer", "receiver", "rho", "p_adjusted", "periods", "unit")
    employed = g.structure.tables["employs"].filter(c("status") == "w2")["id"]
    rows = (
        pairs.join(paid, on=["referrer", "receiver"], how="left", maintain_order="left")
        .join(told, on=["referrer", "receiver"], how="left", maintain_order="left")
        .with_columns(
            moves=((c("rho") >= CORRELATION) & (c("p_adjusted") <= CHANCE)).fill_null(False),
            wages=c("value_rows").list.eval(pl.element().is_in(employed.implode())).list.all(),
            owned=c("kinds").list.eval(pl.element() == "ownership").list.all(),
            shown=c("referrals").list.head(SHOWN),
            linked=pl.when(c("certain").fill_null(False)).then(True),
            real=pl.when(~c("proxy")).then(True),
            to=pl.coalesce(
                pl.when(c("how") == how).then(pl.lit(text))
                for how, text in HOWS.items()
            ),
            steps=pl.when(c("hops") == 1).then(pl.lit("1 hop")).otherwise(pl.format("{} hops", "hops")),
        )
        .with_columns(
            what=pl.when("moves")
            .then(
                pl.format(
                    "a pattern, because payments rise and fall with the referrals (rank correlation {} over {} {}s)",
                    c("rho").round(2), "periods", "unit",
                )
            )
            .otherwise(pl.lit("a link to look into, no pattern by itself"))
        )
    )  # fmt: skip
    return Cases(
        rows.lazy(),
        fact(c("linked"), "When were the payments between {receiver} and {referrer}, and the referrals; and what share "
                          "does each holding between them have?")
        & fact(c("real"), "Does {referrer} refer patients, tests or orders to {receiver}? On record are shared "
                          "patients only, which are no referrals")
        & fact(c("federal"), "Does a federal health care program pay for what {referrer} refers to {receiver}?"),
        evidence=("shown", "path"),
        severity=pl.when("moves").then(pl.lit("high")).when("wages").then(pl.lit("info"))
        .when("owned").then(pl.lit("low")).otherwise(pl.lit("medium")),
        defended="value_rows",
    )  # fmt: skip
