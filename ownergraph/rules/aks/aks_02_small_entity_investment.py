"""An investment of those who refer in the entity they refer to, outside the limits of the small entity safe harbor.

What it finds: a holding of one who refers federal business to the entity, of immediate family, a company that they own,
    an owner or the employer; the holding and a referral at most 120 days apart (our heuristic); and one of: investors
    who refer to the entity hold more than 40% of a class of its interests; more than 40% of its health care revenue of
    12 months comes from referrals of its investors; terms or price follow referrals; the investor must refer; holders
    who cannot refer got other terms; the entity, or another investor, put up the money; the return is not in proportion
    to the capital. Exactly 40% is within the limits.
Why it matters: joint ventures with those who refer are where the safe harbor draws its line: beyond it the return on
    the investment may be a payment for referrals.
What it does not mean: that the investment is a kickback. Safe harbors are voluntary; other ones, as for underserved
    areas, large public entities or surgery centers, have other limits.
Facts it needs: holdings with their class, terms and financing; the share of revenue that investors bring; referrals
    with payer and time; family, owners, employers. Holdings and referrals that are not listed are not looked at, save
    that an open list of owners or of referrals leaves the share of those who refer open upwards.
When it is undecided: no limit is passed on record, and one of them is not recorded; the payer or the time of the
    referrals is not recorded, or they are counts of shared patients; the link of the holder to the referrer is not
    certain.
What clears it: both shares at 40% or less and every term as the safe harbor asks; or every element of a safe harbor for
    investments recorded as met for the holding (42 CFR 1001.952(a)(1) to (3), (p), (r)). The shares are those of the
    day of the audit; the text looks at the previous fiscal year or 12 months.
References: 42 CFR 1001.952(a)(2), (a)(1), (a)(3), (r); Hanlester Network v. Shalala, 51 F.3d 1390 (9th Cir. 1995).
"""

from typing import Final

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.model.columns import counted_share
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.referring import arrangements, plain, referred

c = pl.col
MOST_PCT: Final = 40
"""Most that investors who refer may hold of a class, and most of the revenue that may come from investors."""


@rule(
    "AKS-02",
    name="small-entity-investment",
    severity="high",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("owner",),
    defenses="aks",
    says="{owner} holds an interest in {receiver}, to which {referrer} refers federal business, and {why}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each holding of a party on the side of one who refers to the company."""
    found = arrangements(g, "OWNS", law="aks")
    if found is None or not (found := found.filter(~c("receiver_first"))).height:
        return ()
    revenue = g.entities.select("investor_revenue_pct", receiver="id")
    holders = g.relations["OWNS"].select("owned", consideration_financed_by="owner").unique()
    others = holders.with_columns(_invests=pl.lit(True))
    rows = (
        found.join(_capable(g, found), on="receiver", how="left", maintain_order="left")
        .join(revenue, on="receiver", how="left", maintain_order="left")
        .join(others, on=["owned", "consideration_financed_by"], how="left", maintain_order="left")
        .with_columns(
            financed=pl.when(c("consideration_financed_by") == c("owner"))
            .then(False)
            .when(c("consideration_financed_by").is_not_null())
            .then((c("consideration_financed_by") == c("owned")) | c("_invests").fill_null(False))
            .otherwise(None),
            over_revenue=c("investor_revenue_pct") > MOST_PCT,
            capable_pct=c("capable_low") * 100 / WHOLE,
        )
        .with_columns(why=_why())
    )
    limits = {
        "over_class": "What share of each class of interests in {receiver} do investors hold who refer to it, or do "
        "other business with it?",
        "over_revenue": "What share of the health care revenue of {receiver} in the last 12 months comes from "
        "referrals of its investors?",
        "terms_follow_referrals": "Do the terms or the size of the offer to {owner} depend on referrals?",
        "price_counts_referrals": "Does the price that {owner} paid or got count future referrals?",
        "must_refer": "Must {owner} refer to {receiver} to keep the interest?",
        "financed": "Did {receiver} or another investor lend, pay or guarantee what {owner} paid for the interest? Who "
        "put up the money?",
    }
    kept = {
        "same_terms": "Did holders of {receiver} who cannot refer get the same terms as {owner}?",
        "return_proportional": "Is the return of {owner} in proportion to the capital that it put in?",
    }
    test = ~fact(c("same_terms"), kept["same_terms"]) | ~fact(c("return_proportional"), kept["return_proportional"])
    for column, ask in limits.items():
        test = test | fact(c(column), ask)
    return Cases(
        rows.lazy(),
        test & referred("aks", "the interest of {owner}"),
        evidence=("referrals", "agreement", "side_rows", "capable_rows"),
        defended="agreement",
    )


def _why() -> pl.Expr:
    parts = [
        pl.when(c("over_class")).then(
            pl.format("investors who refer hold at least {}% of a class", plain("capable_pct"))
        ),
        pl.when(c("over_revenue")).then(
            pl.format("{}% of its health care revenue comes from referrals of investors", plain("investor_revenue_pct"))
        ),
        pl.when(c("terms_follow_referrals")).then(pl.lit("the terms follow referrals")),
        pl.when(c("price_counts_referrals")).then(pl.lit("the price counts referrals")),
        pl.when(c("must_refer")).then(pl.lit("the investor must refer")),
        pl.when(~c("same_terms")).then(pl.lit("holders who cannot refer got other terms")),
        pl.when(c("financed")).then(pl.lit("the company or another investor put up the money")),
        pl.when(~c("return_proportional")).then(pl.lit("the return is not in proportion to the capital")),
    ]
    return pl.concat_str(parts, separator="; ", ignore_nulls=True)


def _capable(g: Graph, found: pl.DataFrame) -> pl.DataFrame:
    """Whether investors who refer hold more than the limit of a class: receiver, over_class, capable_low, capable_rows.

    Who refers, or stands on the side of one who does, is in a position to refer. Of other holders that is not known,
    unless the list of their referrals is complete. capable_low is of the class of which they hold the most, and
    capable_rows are their holdings.
    """
    low, high = counted_share()
    least, most = pl.coalesce("share_min", low), pl.coalesce("share_max", high)
    refers = found.group_by(owned="receiver", owner="owner").agg(
        _refers=(c("side") & c("referral_real")).any(ignore_nulls=False)
    )
    in_class = c("share_class").is_not_null() & c("class_share_max").is_not_null()
    holdings = (
        g.relations["OWNS"]
        .filter(c("owned").is_in(found["receiver"].unique().implode()))
        .join(refers, on=["owned", "owner"], how="left", maintain_order="left")
        .with_columns(
            _refers=pl.when(c("_refers")).then(True).when(g.complete("referrals", "owner") & c("_refers").is_null()
            & ~c("owner").is_in(found["owner"].implode())).then(False),
            _class=c("share_class").fill_null(""),
            _low=pl.when(in_class).then("class_share_min").otherwise(least).fill_null(0),
            _high=pl.when(in_class).then("class_share_max").otherwise(most).fill_null(WHOLE),
            _closed=g.complete("owners", "owned"),
        )
    )  # fmt: skip
    yes, no = c("_refers").fill_null(False), (~c("_refers")).fill_null(False)
    limit = MOST_PCT * WHOLE // 100
    classes = holdings.group_by("owned", "_class", maintain_order=True).agg(
        capable_low=c("_low").filter(yes).sum(),
        _others=c("_low").filter(no).sum(),
        _possible=c("_high").filter(~no).sum(),
        _closed=c("_closed").first(),
        capable_rows=c("id").filter(yes),
    )
    upper = pl.min_horizontal(WHOLE - c("_others"), pl.when("_closed").then("_possible").otherwise(WHOLE))
    return (
        classes.with_columns(over=pl.when(c("capable_low") > limit).then(True).when(upper <= limit).then(False))
        .sort("owned", "capable_low", "_class", descending=[False, True, False])
        .group_by(receiver="owned", maintain_order=True)
        .agg(
            over_class=c("over").any(ignore_nulls=False),
            capable_low=c("capable_low").first(),
            capable_rows=c("capable_rows").first(),
        )
    )
