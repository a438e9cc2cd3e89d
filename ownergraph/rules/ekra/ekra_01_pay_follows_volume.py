"""A laboratory, recovery home or treatment facility pays somebody who brings people, by how many come or what it gets.

What it finds: a payment, a job or a management agreement by which a laboratory, a recovery home or a clinical treatment
    facility that is no hospital pays somebody who markets for it, finds people or refers them, and the pay is by the
    person, test, specimen or order, a percentage of revenue, collections or income, or otherwise varies with them;
    since October 24, 2018, whoever the payer of the services is.
Why it matters: paying to induce a referral to such a facility, or to have somebody use its services, is a crime under
    18 U.S.C. 220, for services that any health plan, public or private, covers.
What it does not mean: that anybody acted knowingly and willfully, or induced a referral. A percentage is no offense by
    itself: the Ninth Circuit asks for undue influence, as by misleading those who refer, and it reaches those who
    market to physicians without paying them. Conduct that 42 U.S.C. 1320a-7b prohibits is left to that law (220(d)(1)),
    and services that no plan covers are outside.
Facts it needs: payments with basis, purpose and day; employment and management agreements with their basis; the roles
    of payer and payee; referrals of the payee. A payment of which neither a basis that follows volume nor such a payee
    is recorded is not looked at; nor is a share of net income or revenue that is paid as a distribution to an owner;
    nor what was given back in full, or was no money and the payee paid for in full (`charged_usd`): that is no pay.
When it is undecided: it is not recorded whether the payee markets, finds people or refers them, whether the pay varies
    with them, whether an entity that furnishes laboratory services counts as the laboratory that pays, or the day; or
    of what was no money (a gift excepted) what it is worth or what the payee paid for it, or of a payment how much it
    was or how much of it was given back, so that perhaps nothing is left.
What clears it: pay of an employee or contractor that is not determined by, and does not vary by, the number of
    individuals referred, the number of tests or procedures, or the amount billed or received (220(b)(2)). What varies
    so cannot meet the contract of 220(b)(4) either, whose pay was set in advance.
References: 18 U.S.C. 220(a), (b)(2), (b)(4), (d)(1), (e); United States v. Schena, 142 F.4th 1217 (9th Cir. 2025).
"""

from datetime import date
from typing import Final

import polars as pl

from ownergraph.analysis.flows import known_by
from ownergraph.analysis.refunds import net_of_refunds
from ownergraph.model.compensation import FOLLOWS_REFERRALS
from ownergraph.model.vocabulary import FIXED, PER_REFERRAL, PERCENTAGE
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col

SINCE: Final = date(2018, 10, 24)
"""18 U.S.C. 220 was enacted (Pub. L. 115-271, section 8122)."""
ROLES: Final = ("laboratory", "recovery_home", "treatment_facility")
BRINGING: Final = ("marketing", "commission")
"""Purposes of a payment that say that the payee brings people."""
MARKETING: Final = (
    "marketing", "advertising", "outreach", "network_development", "physician_liaison", "lead_generation",
)  # fmt: skip
"""Services of a manager that bring people."""
SHOWN: Final = 5
"""Payments of the same kind that stand in the evidence; the rest are the same again."""

_FACTS: Final = [
    "payer", "payee", "agreement", "basis", "per_head", "pct", "fixed", "brings", "varies_with_referrals",
    "formula_counts_referrals", "unit_varies_with_referrals", "distribution", "dated", "kept",
]  # fmt: skip


@rule(
    "EKRA-01",
    name="pay-follows-volume",
    severity="high",
    basis="law",
    subject=("payer", "payee"),
    says="{payer} pays {payee} {how}, and {payee} {task}{note}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each payer, payee, agreement and kind of pay. A percentage is medium, everything else high.

    What the statute takes out (220(b)(2)) is the pay that does not vary, so that the test is that it does.
    """
    facilities = _facilities(g)
    if not facilities.height:
        return ()
    rows = _arrangements(g, facilities)
    if rows is None or not rows.height:
        return ()
    found = (
        fact(
            c("covered"),
            "Is {payer} a laboratory in what it pays {payee} for, a recovery home, or a treatment facility that is no "
            "hospital?",
        )
        & fact(c("brings"), "Does {payee} market for {payer}, find people for it, or refer them to it?")
        & fact(
            c("varies"),
            "Does what {payer} pays {payee} vary with the number of individuals referred, the number of tests or "
            "procedures, or the amount billed or received for them?",
        )
        & fact(
            c("kept"),
            "What did {payer} give {payee}, what is it worth, what did {payee} pay for it, and what was given back?",
        )
        & fact(c("since"), "When did {payer} pay {payee}? Pay before October 24, 2018 is not covered")
    )
    severity = pl.when(c("pct")).then(pl.lit("medium")).otherwise(pl.lit("high"))
    return Cases(rows.lazy(), found, evidence=("rows", "referral"), severity=severity)


def _facilities(g: Graph) -> pl.DataFrame:
    """Who may be such a facility: payer, covered (true; null where it only furnishes laboratory services)."""
    roles = c("roles")
    hospital = roles.list.contains("hospital")
    named = roles.list.set_intersection(["laboratory", "recovery_home"]).list.len() > 0
    treats = roles.list.contains("treatment_facility") & ~hospital
    return g.entities.select(
        payer="id",
        covered=pl.when((named | treats).fill_null(False))
        .then(True)
        .when(c("dhs").list.contains("LAB").fill_null(False))
        .then(None)
        .otherwise(False),
    ).filter(c("covered").fill_null(True))


def _arrangements(g: Graph, facilities: pl.DataFrame) -> pl.DataFrame | None:
    """Pay of the facilities that follows volume, or goes to somebody who brings people."""
    parts = [part for make in (_pays, _employs, _manages) if (part := make(g, facilities["payer"])) is not None]
    if not parts:
        return None
    rows = pl.concat(parts).filter(c("payer") != c("payee"))
    recruiters = g.entities.filter(c("roles").list.contains("recruiter"))["id"]
    referrals = known_by(g, "refers_to").filter(
        c("receiver").is_in(facilities["payer"].implode()) & ~c("shared_patients").fill_null(False)
    )
    refers = referrals.group_by(payee="referrer", payer="receiver").agg(referral=c("id").first())
    said = pl.any_horizontal(*(c(name).fill_null(False) for name in FOLLOWS_REFERRALS))
    return (
        rows.join(facilities, on="payer", how="left", maintain_order="left")
        .join(refers, on=["payee", "payer"], how="left", maintain_order="left")
        .with_columns(
            varies=pl.when(c("per_head") | c("pct") | said)
            .then(True)
            .when(c("fixed"))
            .then(False)
            .otherwise("varies_with_referrals"),
            # who is paid by the head, or refers itself, brings people whatever the payment is called
            brings=pl.when(
                c("brings")
                | c("referral").is_not_null()
                | c("payee").is_in(recruiters.implode())
                | c("basis").is_in(["per_referral", "per_head"])
            ).then(True),
        )
        .filter((c("varies") | (c("brings") & c("covered"))).fill_null(False) & ~(c("distribution") & c("pct")))
        .with_columns(
            # what is known on a day before the law began was before it, dated or not
            since=pl.when(pl.lit(g.as_of < SINCE)).then(False).when(c("dated").is_not_null()).then(c("dated") >= SINCE),
            **_said(),
        )
    )


def _said() -> dict[str, pl.Expr]:
    """Words of the message: what the payee does, how it is paid, and what a percentage means."""
    return {
        "task": pl.when(c("referral").is_not_null())
        .then(pl.lit("refers to it"))
        .otherwise(pl.lit("brings people to it")),
        "how": pl.when(c("basis").is_in(list(PER_REFERRAL)).fill_null(False))
        .then(c("basis").str.replace("_", " "))
        .when(c("pct"))
        .then(pl.lit("a percentage of what comes in"))
        .otherwise(pl.lit("in a way that varies with referrals, tests or amounts billed")),
        "note": pl.when(c("pct"))
        .then(pl.lit("; a percentage is no offense by itself: it takes undue influence on those who refer (9th Cir.)"))
        .otherwise(pl.lit("")),
    }  # fmt: skip


def _grouped(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of the same kind together: `_FACTS`, and the ids of the first `SHOWN`."""
    return rows.group_by(_FACTS, maintain_order=True).agg(rows=c("id").head(SHOWN))


def _frame(rows: pl.DataFrame, **columns: pl.Expr | str) -> pl.DataFrame:
    """The columns of `_FACTS` and `id`; `dated` says that all of it is since `SINCE`, or the last day before it."""
    return _grouped(rows.with_columns(**columns).select("id", *_FACTS))


def _day(g: Graph, last: pl.Expr, undated: pl.Expr) -> pl.Expr:
    """A day of the pay that decides whether it was since `SINCE`: the day of the law for all that reaches it.

    What still goes on is known up to the day of the facts.
    """
    known = pl.min_horizontal(last.fill_null(g.as_of), pl.lit(g.as_of))
    return pl.when(undated).then(None).when(known >= SINCE).then(pl.lit(SINCE)).otherwise(known)


def _pays(g: Graph, payers: pl.Series) -> pl.DataFrame | None:
    if not g.structure.tables["pays"].height:
        return None
    free = (c("purpose") == "gift").fill_null(False) | c("in_kind").is_null()
    charged = pl.when(free).then(0.0).otherwise("charged_usd")
    # what is charged reaches the whole worth, or may reach it
    left = pl.when(charged == 0).then(c("amount_usd").is_null() | (c("amount_usd") > 0)).otherwise(
        c("amount_usd") > charged
    )  # fmt: skip
    rows = net_of_refunds(known_by(g, "pays")).with_columns(
        kept=pl.when(~left).then(False).when(left & ~c("id").is_in(g.payments_in_doubt.implode())).then(True)
    )
    rows = rows.filter(c("payer").is_in(payers.implode()) & c("kept").fill_null(True))
    last = pl.coalesce("paid_on", "period_end", "period_start", c("valid_to") - pl.duration(days=1))
    no_day = pl.all_horizontal(
        *(c(name).is_null() for name in ("paid_on", "period_start", "period_end", "valid_from", "valid_to"))
    )
    return _frame(
        rows,
        agreement=pl.coalesce("agreement", "id"),
        per_head=c("basis").is_in(list(PER_REFERRAL)).fill_null(False),
        pct=c("basis").is_in([*PERCENTAGE]).fill_null(False),
        fixed=c("basis").is_in(list(FIXED)).fill_null(False),
        brings=c("purpose").is_in(list(BRINGING)).fill_null(False),
        distribution=(c("purpose") == "distribution").fill_null(False),
        dated=_day(g, last, no_day),
    )


def _employs(g: Graph, payers: pl.Series) -> pl.DataFrame | None:
    if not g.structure.tables["employs"].height:
        return None
    rows = known_by(g, "employs").filter(c("employer").is_in(payers.implode()))
    return _frame(
        rows,
        payer="employer",
        payee="employee",
        agreement="id",
        basis="comp_basis",
        per_head=(c("comp_basis") == "per_referral").fill_null(False) | c("counts_referrals").fill_null(False),
        pct=c("comp_basis").is_in([*PERCENTAGE]).fill_null(False),
        fixed=c("comp_basis").is_in(["salary", "hourly", "flat_stipend"]).fill_null(False),
        brings=pl.lit(False),
        distribution=pl.lit(False),
        kept=pl.lit(True),
        dated=_day(g, c("valid_to") - pl.duration(days=1), pl.lit(False)),
    )


def _manages(g: Graph, payers: pl.Series) -> pl.DataFrame | None:
    if not g.structure.tables["manages"].height:
        return None
    rows = known_by(g, "manages").filter(c("managed").is_in(payers.implode()))
    parts = g.structure.tables["fee_components"].filter(c("basis").is_in(list(PERCENTAGE)))["agreement"]
    markets = c("services").list.set_intersection(list(MARKETING)).list.len() > 0
    return _frame(
        rows,
        payer="managed",
        payee="manager",
        agreement="id",
        basis="fee_basis",
        per_head=pl.lit(False),
        pct=c("fee_basis").is_in([*PERCENTAGE]).fill_null(False) | c("id").is_in(parts.implode()),
        fixed=c("fee_basis").is_in(list(FIXED)).fill_null(False),
        brings=c("marketing_included").fill_null(False) | markets.fill_null(False),
        distribution=pl.lit(False),
        kept=pl.lit(True),
        dated=_day(g, c("valid_to") - pl.duration(days=1), pl.lit(False)),
    )
