"""A practice that relies on the exception for in-office ancillary services and misses a test of a group practice.

What it finds: a practice that relies on the exception as a group, and where less than 75% of its members' patient care
    time is billed through it (after its first 12 months); or members conduct less than 75% of its encounters; or
    profit from designated health services is shared in a part of the group of fewer than five physicians; or it is
    split by who referred. Exactly 75% and exactly five are enough; in a group of fewer than five the whole group may
    share.
Why it matters: only a group practice may refer within itself under that exception; without it every referral of
    designated health services to the practice's own laboratory, imaging or therapy needs another one.
What it does not mean: that the services were not needed, or that the practice is no good group in any other sense.
Facts it needs: whether the practice relies on the exception, the two shares, how profit is shared, the number of
    physicians, when it started. Only practices with a row in the table of group practices are looked at.
When it is undecided: one of these is not recorded, and no test is missed on record.
What clears it: the shares at 75% or more, profit shared by the whole group or by parts of five physicians or more, and
    not by referrals; or the practice does not rely on the exception. A physician alone needs no group.
References: 42 U.S.C. 1395nn(h)(4) (75% of encounters; no pay by referrals); 42 CFR 411.352(d), (g), (h), (i); 42 CFR
    411.355(b). The regulation was not read: 75% of time, five physicians and the 12 months are from memory.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.referring import plain

c = pl.col
LEAST_PCT = 75
"""Share of members' time billed through the group (42 CFR 411.352(d)), and of encounters (42 U.S.C. 1395nn(h)(4))."""
POOL = 5
"""Physicians who may share profit, where they are not the whole group (42 CFR 411.352(i))."""


@rule(
    "STARK-08",
    name="group-practice-claim-fails",
    severity="medium",
    basis="law",
    subject=("practice",),
    defenses="stark",
    says="{practice} relies on the exception for in-office ancillary services as a group practice, and {misses}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each row of the table of group practices."""
    groups = g.structure.tables["group_practices"]
    if not groups.height:
        return ()
    young = c("started_on") > pl.lit(g.as_of).dt.offset_by("-12mo")
    time = c("billed_through_group_pct") < LEAST_PCT
    encounters = c("encounters_by_members_pct") < LEAST_PCT
    small = c("profit_pool_size") < POOL
    # a part: the whole group may share whatever its size
    part = pl.when(small).then(c("profit_pool_size") < c("physicians")).otherwise(small)
    split = c("profit_follows_referrals")
    said = [
        pl.when(time & ~young).then(
            pl.format("{}% of its members' patient care time is billed through it", plain("billed_through_group_pct"))
        ),
        pl.when(encounters).then(
            pl.format("its members conduct {}% of its encounters", plain("encounters_by_members_pct"))
        ),
        pl.when(part).then(pl.format("{} physicians share the profit of a part of it", "profit_pool_size")),
        pl.when(split).then(pl.lit("profit is split by who referred")),
    ]
    rows = groups.select(c("id").alias("group"), pl.all().exclude("id", "source", "_file", "_line")).with_columns(
        misses=pl.concat_str(said, separator="; ", ignore_nulls=True)
    )
    relies = fact(
        c("relies_on_in_office"), "Does {practice} rely on the exception for in-office ancillary services as a group?"
    )
    under_time = fact(time, "What share of its members' patient care time does {practice} bill through the group?")
    start_up = fact(young, "When did {practice} start as a group?")
    under_encounters = fact(encounters, "What share of the encounters of {practice} do its members conduct?")
    pool = fact(
        part,
        "How many physicians share profit from designated health services in the smallest pool of {practice}, and how "
        "many has the whole group?",
    )
    follows = fact(split, "Is profit from designated health services of {practice} split by who referred?")
    found = relies & ((under_time & ~start_up) | under_encounters | pool | follows)
    return Cases(rows.lazy(), found, evidence=("group",))
