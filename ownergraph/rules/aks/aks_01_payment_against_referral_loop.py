"""Value comes back from who receives federal referrals to who makes them: a link, or a pattern where it follows them.

What it finds: referrals that a federal health care program pays for, and value that comes back from their receiver to
    the referrer, its family, owners, companies, employer or practice, in at most four steps (payments, fees, pay, rent,
    loans, distributions and other value along ownership), each at most 120 days from a referral, in either order. Such
    a path alone is a link: medium. It is a pattern, and high, where the payments also follow the referrals: rank
    correlation of at least 0.6 over at least six months or quarters, at a lag of 0 to 3 of them, with a p-value of at
    most 5% (corrected for the lags). Steps, days, correlation and p-value are heuristics, and so is the grading. A link
    is low where it ends with a colleague of the same practice, or is only the profit of a practice that its owner
    refers to; and info where it is only pay of employees (status w2), of the receiver or of an organization that owns
    it. These stay findings, because the safe harbors for them must be recorded, and are one step below a pattern where
    the statistic holds. Nothing is graded down where a row of the path says that it follows referrals.
Why it matters: one purpose of a payment, to induce federal referrals, is enough for the statute.
What it does not mean: that anything was paid for referrals. Value comes back in almost every ordinary relation, and a
    correlation is no intent: both may follow the size of a business, or the seasons. Of several paths the shortest is
    shown. Nothing is said about paths that are longer, or lie further from the referrals.
Facts it needs: referrals with payer and time; payments and other relations with their time; shares of holdings; who is
    family, owner and employee of those who refer. Referrals and relations that are not listed are not looked at.
When it is undecided: a payment or the referral has no date; the share of a holding on the path may be nothing; how
    much of a payment was given back is not recorded; the payer of the referrals is not recorded, or they are counts of
    shared patients. The statistic is never undecided: with fewer than six periods, or without variance, there is none.
What clears it: no federal program pays for what is referred; or every element of a safe harbor recorded as met for
    every step of value on the path, and on every other path (of the 20 shortest): what is defended does not hide what
    is not.
References: 42 U.S.C. 1320a-7b(b); United States v. Greber, 760 F.2d 68 (3d Cir. 1985); 42 CFR 1001.952.
"""

from typing import Final

import polars as pl

from ownergraph.rules.aks._loops import PAIR, pairs_over, past_defended, with_missing, with_ordinary, with_referral
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.referring import any_referrals, plain

c = pl.col

CORRELATION: Final = 0.6
"""Least rank correlation of a pattern: law/rules.yaml, AKS-01, a heuristic."""
CHANCE: Final = 0.05
"""Most p-value of a pattern, corrected for lags and measures (heuristic)."""
TINY: Final = 0.001
HOW: Final = {
    "self": None,
    "family": "family",
    "owned": "a company that it, or its family, owns a share of",
    "owner": "its owner",
    "employer": "its employer",
    "group": "somebody of the same practice",
}
KINDS: Final = {
    "payment": "a payment", "distribution": "a distribution", "ownership": "profit of an owner", "fee": "a fee",
    "pay": "pay", "rent": "rent", "below_market": "rent below market", "loan": "a loan", "forgiven": "a loan forgiven",
    "in_kind": "something in kind",
}  # fmt: skip


@rule(
    "AKS-01",
    name="payment-against-referral-loop",
    severity="high",
    basis="law",
    subject=("referrer", "receiver"),
    defenses="aks",
    says="{referrer} refers federal business to {receiver}, and value comes back {by}: {finding}",
)
def cases(g: Graph) -> list[Cases]:
    """One row a referrer and receiver between whom value comes back, whoever pays for the referrals."""
    if not any_referrals(g) or not g.returns.pairs.height:
        return []
    federal = g.referrals.filter(c("federal") & ~c("proxy"))
    possibly = g.referrals.filter(c("federal").fill_null(True))
    found = pairs_over(g, federal).filter(c("certain").fill_null(False))
    open_ = _without(pairs_over(g, possibly), found) if possibly.height else found.clear()
    others = _without(_without(g.returns.pairs, found), open_)
    made: list[Cases] = []
    if found.height:
        made.append(_cases(_said(g, past_defended(g, found, federal))))
    if open_.height:
        made.append(_cases(_said(g, open_)))
    if others.height:
        no = fact(c("paid"), "")
        made.append(Cases(others.select(*PAIR, paid=pl.lit(False)).lazy(), no))
    return made


def _without(pairs: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    return pairs.join(others, on=PAIR, how="anti", maintain_order="left")


def _cases(rows: pl.DataFrame) -> Cases:
    test = (
        fact(
            c("real"),
            "Does {referrer} refer patients, tests or orders to {receiver}? On record are shared patients only, which "
            "are no referrals",
        )
        & fact(c("paid"), "Does a federal health care program pay for what {referrer} refers to {receiver}?")
        & fact(c("timed"), "When did {referrer} refer to {receiver}?")
        & fact(c("dated"), "On which days did value go from {undated_from} to {undated_to}?")
        & fact(c("held"), "Is the share of {holders} in {companies} more than nothing?")
        & fact(c("kept"), "How much of what {payers} paid to {payees} was given back?")
    )
    usual = (
        pl.when((c("ordinary") == "pay").fill_null(False))
        .then(pl.lit("info"))
        .when((c("ordinary") == "profit").fill_null(False) | (c("how") == "group"))
        .then(pl.lit("low"))
        .otherwise(pl.lit("medium"))
    )
    severity = (
        pl.when(c("pattern"))
        .then(pl.when(c("ordinary").is_null()).then(pl.lit("high")).otherwise(pl.lit("medium")))
        .otherwise(usual)
    )
    return Cases(rows.lazy(), test, evidence=("referral", "path"), severity=severity, defended="value_rows")


def _said(g: Graph, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs with what the test, the grading and the message use. O(pairs x hops)."""
    statistic = g.volume.pairs.filter(~c("proxy")).select(*PAIR, "rho", "lag", "periods", "unit", "p_value")
    names = g.entities.select(taker="id", taker_name=pl.coalesce("name", "id"))
    rows = with_ordinary(g, with_missing(g, with_referral(g, pairs)))
    rows = (
        rows.join(statistic, on=PAIR, how="left", maintain_order="left")
        .join(names, on="taker", how="left", maintain_order="left")
        .with_columns(pattern=((c("rho") >= CORRELATION) & (c("p_value") <= CHANCE)).fill_null(False))
    )
    kinds = c("kinds").list.eval(pl.element().replace_strict(KINDS, return_dtype=pl.String)).list.unique(
        maintain_order=True
    )  # fmt: skip
    side = c("how").replace_strict(HOW, return_dtype=pl.String)
    p = pl.when(c("p_value") < TINY).then(pl.lit(f"below {TINY:g}")).otherwise(plain("p_value"))
    measured = pl.format(
        "rank correlation {}, p-value {}, {} {}s, lag {}", c("rho").round(2), p, c("periods"), c("unit"), c("lag")
    )
    finding = (
        pl.when("pattern")
        .then(pl.format("the payments follow the referrals ({}), which is a pattern", measured))
        .when(c("rho").is_null())
        .then(pl.lit("a link and no pattern, as too few periods have payments and referrals to compare"))
        .otherwise(pl.format("a link and no pattern, as the payments do not follow the referrals ({})", measured))
    )
    return rows.with_columns(
        by=pl.concat_str(
            pl.lit("as "), kinds.list.join(" and "),
            pl.when(side.is_not_null()).then(pl.format(", to {} ({})", c("taker_name"), side)).otherwise(pl.lit("")),
        ),
        finding=finding,
        # the one row of value is the arrangement
        agreement=pl.when(c("value_rows").list.len() == 1).then(c("value_rows").list.first()),
    )  # fmt: skip
