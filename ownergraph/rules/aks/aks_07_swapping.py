"""A supplier sells below cost or far below its price to others to a customer who refers federal business to it.

What it finds: items or services that the customer pays for out of its own fixed payment, sold to it below the
    supplier's cost, or at least 30% below the price to comparable customers; the customer, or somebody on its side,
    refers federal business to the same supplier; the supply and a referral at most 120 days apart. Both thresholds,
    30% and 120 days, are heuristics.
Why it matters: the discount on what the customer pays may be the price for business that federal programs pay at full
    rate ("swapping").
What it does not mean: that the discount was given for the referrals; volume, competition or cost may explain it.
Facts it needs: prices, costs, prices to comparable customers, who bears the cost; referrals with payer and time.
    Supplies and referrals that are not listed are not looked at.
When it is undecided: one of these is not recorded and decides; the referrals are counts of shared patients; the link
    of the customer to the referrer is not certain.
What clears it: a price at or above cost and less than 30% below that of comparable customers; or every element of the
    discount safe harbor recorded as met, the same discount on what federal programs pay among them. The text of that
    safe harbor is unverified here: counsel must read it first.
References: OIG Advisory Opinions 99-2, 99-13; US ex rel. Gale v. Omnicare (N.D. Ohio); 42 CFR 1001.952(h).
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.referring import arrangements, referred

c = pl.col
BELOW_PEERS = 0.3
"""Least share of the price to comparable customers by which a price is lower that counts (heuristic)."""


@rule(
    "AKS-07",
    name="swapping",
    severity="medium",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("supplier", "customer"),
    defenses="aks",
    says="{supplier} sells {what} to {customer} for {price_usd} a unit (its cost is {cost_usd}, the price to "
    "comparable customers {peer_price_usd}), which the customer bears itself, and {referrer} refers federal business "
    "to {receiver}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each supply to a party on the side of one who refers to the supplier."""
    found = arrangements(g, "SUPPLIES", law="aks")
    if found is None:
        return ()
    rows = found.filter("receiver_first").with_columns(what=c("item").fill_null("items or services"))
    bears = fact(
        c("customer_bears_cost"),
        "Does {customer} pay for {what} out of a fixed payment, so that it cannot bill a program for it?",
    )
    below_cost = fact(
        c("price_usd") < c("cost_usd"), "What does {customer} pay {supplier} for {what}, and what does a unit cost it?"
    )
    # rounded to a millionth of a dollar: exactly 30% counts
    below_peers = fact(
        c("price_usd").round(6) <= (c("peer_price_usd") * (1 - BELOW_PEERS)).round(6),
        "What does {customer} pay {supplier} for {what}, and what do comparable customers pay?",
    )
    return Cases(
        rows.lazy(),
        bears & (below_cost | below_peers) & referred("aks", "the supply"),
        evidence=("referrals", "agreement", "side_rows"),
        defended="agreement",
    )
