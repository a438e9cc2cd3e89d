"""Pay between a physician and who furnishes what the physician refers, with a formula that counts referrals.

What it finds: compensation between an entity that furnishes designated health services and a physician who refers such
    services to it, the immediate family, or the practice in whose shoes the physician stands, in force at a referral
    that Medicare or Medicaid pays for, whose formula has referrals or other business as a variable, so that what the
    physician gets rises with them, or what the physician pays falls. A rent that also pays for a covenant not to
    compete counts other business.
Why it matters: no exception for compensation covers such a formula, except a few that do not ask for it; the referrals
    are barred, and the bills for them.
What it does not mean: that the amount is above fair market value. A bonus for services that the physician personally
    performs is no such formula, even where the entity bills a facility fee for each of them.
Facts it needs: the basis or formula of each payment, employment, lease and agreement; referrals with service, payer and
    time; family, owners of practices, licenses. Arrangements and referrals that are not listed are not looked at.
When it is undecided: the formula is not recorded (a fixed or hourly basis does not say how it was set); of a formula by
    which the physician pays, whether the payment falls as referrals rise; or the referrals are open, as in STARK-02. A
    pay that moves with referrals in the records is no formula: from a rank correlation (Spearman) of 0.8 over 8 periods
    on (a heuristic) the open question keeps the severity critical, below it is medium; personal productivity is not
    taken out of that figure.
What clears it: a formula recorded to have no referrals or other business as a variable; pay for personally performed
    services only; every element of an exception recorded for the arrangement.
References: 42 CFR 411.354(d)(5), (d)(6); 411.357(c)(4); US ex rel. Drakeford v. Tuomey, 792 F.3d 364 (4th Cir. 2015).
"""

from typing import Final

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.stark._chains import chains, of_chains, relates
from ownergraph.rules.stark._terms import terms

c = pl.col

RHO: Final = 0.8
"""Least rank correlation of pay and referrals at which the open question is critical: a heuristic, no law."""
PERIODS: Final = 8
"""Fewest periods on which that correlation rests: a heuristic, no law."""


@rule(
    "STARK-05",
    name="pay-counts-referrals",
    severity="critical",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("party",),
    defenses="stark",
    says="{referrer} refers {services}, paid by Medicare or Medicaid, to {receiver}; the formula of what {payer} pays "
    "{paid} has referrals or other business as a variable",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each referrer, receiver and arrangement that carries terms."""
    rows = of_chains(chains(g), (c("kind") == "compensation") & c("direct"))
    if rows is None:
        return ()
    rows = _with_moves(g, _with_formula(g, rows))
    formula = fact(
        c("formula"),
        "Does the formula of what {payer} pays {paid} have referrals to {receiver}, or other business for it, as a "
        "variable?{observed}",
    )
    direction = fact(c("rewards"), "Does what {payer} pays {paid} fall as what {referrer} refers to {receiver} rises?")
    severity = pl.when(c("formula").is_null() & ~c("moves")).then(pl.lit("medium")).otherwise(pl.lit("critical"))
    return Cases(
        rows.lazy(),
        relates() & formula & direction,
        evidence=("path",),
        severity=severity,
        defended="link",
    )


def _with_formula(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the terms of `pay`, `formula` (counts referrals; nullable) and `rewards` (the way it works; nullable).

    What is recorded of the formula wins; then a basis that counts referrals, a unit that follows them, and pay for
    personally performed services only, which are no referrals (42 CFR 411.351).
    """
    told = terms(g, rows["pay"].unique())
    counts = pl.when(c("counts") | c("unit_varies_with_referrals")).then(True)
    return rows.join(told, on="pay", how="left", maintain_order="left").with_columns(
        formula=pl.coalesce(
            "formula_counts_referrals", counts, pl.when(c("personally_performed_only")).then(False)
        ),
        # a physician who pays by the piece pays more for more
        rewards=pl.when(c("paid") == c("party")).then(True).when(c("counts")).then(False),
    )  # fmt: skip


def _with_moves(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `moves` (pay moves with referrals in the records; never null) and `observed`, a sentence about it."""
    if not rows["formula"].null_count():
        return rows.with_columns(moves=False, observed=pl.lit(""))
    strong = g.volume.pairs.filter((c("rho") >= RHO) & (c("periods") >= PERIODS) & ~c("proxy")).select(
        "referrer",
        "receiver",
        observed=pl.format(" In the records it moves with them (rank correlation {} over {} periods)",
                           c("rho").round(2), "periods"),
    )  # fmt: skip
    return rows.join(strong, on=["referrer", "receiver"], how="left", maintain_order="left").with_columns(
        moves=c("observed").is_not_null(), observed=c("observed").fill_null("")
    )
