"""A treatment facility or recovery home pays by the head, and gets patients or tests back.

What it finds: a treatment facility or a recovery home, or a laboratory that is sent tests by one of them, pays somebody
    by the referral, head, test, specimen or order, or in a way that varies with them; that party, or somebody on whose
    side it stands (family, owner, company, employer), refers people or tests to the payer; and the pay and a referral
    are at most 120 days apart (our heuristic). One result for each state in which the payer works, where the federal
    law is met, which is the same everywhere (since October 24, 2018; services that a health plan, public or private,
    covers; a treatment facility that is no hospital), or the law of Florida, which asks for none of these three.
Why it matters: paying to bring people to such a facility is a crime under 18 U.S.C. 220 whichever plan pays for the
    services; Florida and California have laws of their own on patient brokering.
What it does not mean: that anybody acted knowingly and willfully. Rent, testing or transport that is paid by time or by
    a fixed fee is none of this, and neither is a percentage of income (EKRA-01 looks at that).
Facts it needs: roles of the payer, and of who refers to a laboratory; payments with basis, purpose and day;
    referrals of the payee or its side, with payer and time; where the payer works. What is not listed is not looked at;
    nor are payments for rent, wages, goods or loans of which nothing says that they vary, or people who are sent to an
    affiliate of the payer.
When it is undecided: it is not recorded whether the pay varies with who comes (no basis, or one by another unit, by
    productivity or at discretion), on which day it was paid or the people were referred, or whether a plan pays
    (outside Florida); an amount is not recorded, and something was given back; the referrals are counts of shared
    patients; the link of the payee to who refers is not certain; or California's law alone could be met, whose text is
    not verified.
What clears it: pay that does not vary with the number of individuals, tests or procedures, or with what is billed for
    them: what 18 U.S.C. 220(b)(2) takes out is not found. Safe harbors of the Anti-Kickback Statute are no defense to
    it by themselves; what 220(b)(4) and Florida's law take from them, counsel must look at.
References: 18 U.S.C. 220; Fla. Stat. 817.505; Cal. Health & Safety Code 11831.6.
"""

from datetime import date
from typing import Final

import polars as pl

from ownergraph.model.compensation import FOLLOWS_REFERRALS
from ownergraph.model.vocabulary import FIXED, PER_REFERRAL
from ownergraph.rules.api import Cases, Graph, Leaf, fact, rule
from ownergraph.rules.loop._payments import streams
from ownergraph.rules.referring import WINDOW, any_referrals, sure_link

c = pl.col

SINCE: Final = date(2018, 10, 24)
"""18 U.S.C. 220 was enacted (Pub. L. 115-271, section 8122)."""
HOMES: Final = ("treatment_facility", "recovery_home")
STEADY: Final = (*FIXED, "pct_revenue", "pct_collections", "pct_net")
"""Bases that do not vary with who comes; a percentage is what EKRA-01 looks at."""
ORDINARY: Final = ("rent", "wages", "goods", "loan", "loan_repayment")
"""Purposes of pay that is not looked at where nothing says that it varies."""
PLANS: Final = ("medicare", "medicaid", "tricare", "commercial")
SIDES: Final = ("self", "owned", "family", "owner", "employer")


@rule(
    "LOOP-14",
    name="patient-broker",
    severity="high",
    basis="law",
    subject=("payer", "payee", "state"),
    says="{payer} pays {payee} {paid} (payments: {times}; sum: {total_usd}), and {referrer} refers to {payer}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each stream of pay of a payer to a payee on whose side somebody refers to it, and state."""
    if not any_referrals(g):
        return ()
    payers = g.entities.filter(_any_role((*HOMES, "laboratory")))["id"]
    paid = _paid(g, payers) if payers.len() else None
    rows = None if paid is None else _referred(g, _in_states(g, paid))
    if rows is None or not rows.height:
        return ()
    federal = (
        fact(c("facility"), "")
        & fact(c("plan"), "Does a health plan, public or private, pay for those whom {referrer} refers to {payer}?")
        & fact(c("since"), "When did {payer} pay {payee}? Pay before October 24, 2018 is not covered")
    )
    own_law = Leaf(
        c("own_law"),
        "Counsel must verify whether Cal. Health & Safety Code 11831.6 reaches what {payer} pays {payee}; it is "
        "unverified",
        kind="law",
    )
    test = (
        fact(c("varies"), "Does what {payer} pays {payee} vary with the people or tests that come?")
        & fact(c("kept"), "How much did {payer} pay {payee}, and how much of it was given back?")
        & fact(c("tie"), "Does {payee} stand on the side of {referrer}? The share or the kinship is not recorded")
        & fact(c("real"), "Does {referrer} refer people or tests to {payer}? On record are shared patients only")
        & fact(c("in_time"), "When did {referrer} refer to {payer}, and when did {payer} pay {payee}?")
        & (federal | own_law)
    )
    return Cases(rows.lazy(), test, evidence=("referral", "shown", "side_rows"))


def _any_role(roles: tuple[str, ...]) -> pl.Expr:
    return (c("roles").list.set_intersection(list(roles)).list.len() > 0).fill_null(False)


def _paid(g: Graph, payers: pl.Series) -> pl.DataFrame | None:
    """Streams of pay that follows who comes, or may: the columns of `streams`, varies and since (nullable), paid."""
    by_head = c("basis").is_in(list(PER_REFERRAL)).fill_null(False)
    flagged = pl.any_horizontal(*(c(name).fill_null(False) for name in FOLLOWS_REFERRALS))
    steady = c("basis").is_in(list(STEADY)).fill_null(False)
    other = ~c("purpose").is_in(list(ORDINARY)).fill_null(False)
    keep = c("payer").is_in(payers.implode()) & (by_head | flagged | other)
    rows = streams(g, keep, ("basis", "purpose", *FOLLOWS_REFERRALS))
    if rows is None:
        return None
    return rows.with_columns(
        varies=pl.when(by_head | flagged).then(True).when(steady).then(False).otherwise("varies_with_referrals"),
        since=pl.when(~c("undated")).then((c("end") >= SINCE).fill_null(True)),
        paid=pl.when(by_head).then(c("basis").str.replace("_", " ")).otherwise(
            pl.lit("in a way that varies with the people or tests that come")
        ),
    )  # fmt: skip


def _in_states(g: Graph, paid: pl.DataFrame) -> pl.DataFrame:
    """The streams once for each state of the payer (null where none is on record), with own_law.

    own_law: whether a law of the state that asks for no plan reaches it; null where its text is not verified.
    """
    where = g.relations["OPERATES_IN"].select(payer="entity", state="state").unique().sort("payer", "state")
    known = pl.lit(True if g.trust_unverified else None)
    state = c("state").fill_null("")
    return paid.join(where, on="payer", how="left", maintain_order="left_right").with_columns(
        own_law=pl.when(state == "FL").then(True).when(state == "CA").then(known).otherwise(False)
    )


def _referred(g: Graph, paid: pl.DataFrame) -> pl.DataFrame:
    """The streams whose payee stands on the side of one who refers to the payer, with the referral that decides best.

    Which that is depends on the state: what no plan pays for counts in Florida, and nowhere else. Adds referrer,
    side_rows (from the payee to it), tie, real, in_time, plan (nullable), referral (id), facility (18 U.S.C. 220
    reaches the payer; never null). O(streams x states x referrals of their pairs).
    """
    roles = g.entities.select(
        payer="id", _home=c("roles").list.contains("recovery_home").fill_null(False),
        _treats=c("roles").list.contains("treatment_facility").fill_null(False),
        _hospital=c("roles").list.contains("hospital").fill_null(False),
        _lab=c("roles").list.contains("laboratory").fill_null(False),
    )  # fmt: skip
    homes = g.entities.filter(_any_role(HOMES))["id"].implode()
    sides = g.referral_sides.filter(c("how").is_in(list(SIDES)) & c("immediate").fill_null(True)).select(
        "referrer",
        payee="party",
        side_rows=c("rows").list.reverse(),
        tie=sure_link(),
    )
    facts = g.referrals.select(
        "referral", "referrer", payer="receiver", _from="start", _to="end", real=pl.when(~c("proxy")).then(True),
        plan=pl.when(c("payer_class").is_in(list(PLANS))).then(True).when(c("payer_class") == "self").then(False),
    )  # fmt: skip
    window = pl.duration(days=WINDOW)
    dated = ~c("undated") & c("_from").is_not_null() & c("_to").is_not_null()
    near = (c("_from") <= c("end") + window).fill_null(True) & (c("_to") >= c("start") - window).fill_null(True)
    by_home = c("referrer").is_in(homes)
    covered = (c("facility") & c("plan") & c("since")) | c("own_law")
    leaves = [c("in_time"), c("tie"), c("real"), covered]
    value = pl.all_horizontal(leaves)
    return (
        paid.join(sides, on="payee", how="inner", maintain_order="left")
        .join(facts, on=["referrer", "payer"], how="inner", maintain_order="left")
        .join(roles, on="payer", how="left", maintain_order="left")
        .filter((c("referrer") != c("payer")) & (c("_home") | c("_treats") | by_home))
        .with_columns(
            in_time=pl.when(dated).then(near),
            facility=c("_home") | (c("_treats") & ~c("_hospital")) | (c("_lab") & by_home),
        )
        # one that is met, then one that is open, of those the one with the fewest facts that are not known
        .with_columns(
            _no=~value, _unknown=value.is_null(), _far=c("side_rows").list.len(),
            _open=pl.sum_horizontal(leaf.is_null().cast(pl.Int32) for leaf in leaves),
        )
        .sort("agreement", "state", c("_no").fill_null(False), "_unknown", "_open", "_far", "referrer", "referral")
        .unique(["agreement", "state"], keep="first", maintain_order=True)
        .drop(
            "_from", "_to", "_no", "_unknown", "_open", "_far", "_home", "_treats", "_hospital", "_lab",
        )
    )  # fmt: skip
