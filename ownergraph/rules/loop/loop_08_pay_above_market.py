"""An employer that receives the physician's referrals pays more than the work is worth, and counts the referrals.

What it finds: a position in which the employer furnishes designated health services, the physician (or immediate
    family) who is employed refers such services to it, paid by Medicare or Medicaid, while employed; the employer's
    figures count the income from these referrals when the pay is set; and the pay is above fair market value, or
    recorded as not at it, or more than 25% above what the physician's own work brings in (a heuristic of
    law/rules.yaml; exactly 25% is not above). High; medium where only the 25% speak for it and the position is not
    part-time (our grading).
Why it matters: pay that the physician's own work does not carry is carried by the referrals.
What it does not mean: that a hospital may not lose money on a practice; and pay far above collections can be fair, as
    for call or charity care. The cases look at the 90th percentile of surveys, too, which the input holds only as the
    upper end of fair market value.
Facts it needs: pay for a year, fair market value or an opinion on it, collections of a year, whether referrals were
    counted; referrals with service, payer and time; licenses, family. A referral that names no service is for what the
    employer furnishes. An opinion counts where it is recorded to be independent, is dated, not after the day of the
    audit, is not of the employer or the employee, and its upper end is recorded; several that differ say nothing.
    Positions, opinions and referrals that are not listed are not looked at.
When it is undecided: it is not recorded whether referrals were counted, or both what is fair market value and what the
    physician's own work brings in; the service, payer or time of the referrals is not recorded, or they are counts of
    shared patients; it is not recorded whether the referrer is a physician. Where facts contradict each other, the one
    that says "above" counts.
What clears it: figures without referrals, or pay within fair market value and within 125% of collections; or every
    element of an exception recorded as met, as employment at fair market value that is commercially reasonable without
    referrals (42 CFR 411.357(c)). The safe harbor for employees does not take it away: it asks for no fair market value
    (42 U.S.C. 1320a-7b(b)(3)(B)), and the cases are about the Stark law.
References: US ex rel. Drakeford v. Tuomey, 792 F.3d 364 (4th Cir. 2015); US ex rel. Bookwalter v. UPMC, 946 F.3d 162
    (3d Cir. 2019); 42 CFR 411.357(c).
"""

from typing import Final

import polars as pl

from ownergraph.analysis.defense_ends import with_ends
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._marks import clauses, is_so, told
from ownergraph.rules.referring import arrangements, referred

c = pl.col

OVER_PCT: Final = 25
"""Percent by which pay must be above collections to count: law/rules.yaml, LOOP-08, a heuristic."""
WHY: Final = {
    "the pay is above fair market value": c("above"),
    "the pay is not at fair market value": c("over_market") & ~is_so(c("above")),
    f"the pay is more than {OVER_PCT}% above what the work of the employee brings in": c("over_collections"),
    "the position is part-time": c("part_time"),
}


@rule(
    "LOOP-08",
    name="pay-above-market",
    severity="high",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("employee",),
    defenses="stark",
    says="{receiver} pays {employee} {annual_usd} a year and counted referrals when it set the pay; {why}; {referrer} "
    "refers designated health services ({referral_service}) to {receiver}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each position with the receiver, and referrer."""
    found = arrangements(g, "EMPLOYS", law="stark")
    if found is None or not (found := found.filter("receiver_first")).height:
        return ()
    opinions = with_ends(g, "EMPLOYS", found["agreement"].unique()).select("_opinion_caps", agreement="id")
    rows = (
        found.join(opinions, on="agreement", how="left", maintain_order="left")
        .join(_opinions(g), on="agreement", how="left", maintain_order="left")
        .with_columns(above=(c("annual_usd") > c("fmv_high_usd")) | ~c("_opinion_caps"))
        .with_columns(
            over_market=told(
                c("above") | ~c("is_fmv"), (c("annual_usd") <= c("fmv_high_usd")) | c("_opinion_caps") | c("is_fmv")
            ),
            over_collections=(100 * c("annual_usd")).round(4) > ((100 + OVER_PCT) * c("collections_usd")).round(4),
        )
        .with_columns(
            why=clauses(WHY),
            opinions=pl.when(c("_opinion_caps").is_not_null()).then("_opinions"),
        )
    )
    above = fact(
        c("over_market"), "Is what {receiver} pays {employee} a year above fair market value? What does an opinion say?"
    ) | fact(
        c("over_collections"),
        "What does {receiver} pay {employee} a year, and what does the employee's own work bring in?",
    )
    counted = fact(
        c("counts_referrals"),
        "Did {receiver} count the income from the referrals of {referrer} when it set the pay of {employee}?",
    )
    severe = is_so(c("over_market")) | is_so(c("part_time"))
    return Cases(
        rows.lazy(),
        above & counted & referred("stark", "the employment"),
        evidence=("referrals", "agreement", "opinions", "side_rows"),
        severity=pl.when(severe).then(pl.lit("high")).otherwise(pl.lit("medium")),
        defended="agreement",
    )


def _opinions(g: Graph) -> pl.DataFrame:
    """Independent opinions on fair market value by the position that they are about: agreement, _opinions (ids)."""
    known = g.structure.tables["fmv_opinions"].filter(
        c("independent").fill_null(False) & (c("dated") <= g.as_of).fill_null(False)
    )
    return known.group_by(agreement="about", maintain_order=True).agg(_opinions="id")
