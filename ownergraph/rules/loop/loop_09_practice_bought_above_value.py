"""The receiver of referrals bought a practice from those who refer, above an appraisal or for the referrals.

What it finds: an interest in a practice or other company that a receiver of federal business bought from the one who
    refers it, immediate family, a company that they own, an owner or the employer, or a payment to them for a purchase;
    a referral at most 180 days before or after the purchase; and the price is above the upper end of an appraisal, or
    not at fair market value, or it pays for future referrals or goodwill that is worth something only through them. Of
    several payments of the price one that is off the market, or that follows referrals, is enough.
    High; medium where the dated referrals of the 180 days before and after show no rise of more than 20% (both figures
    are those of law/rules.yaml, a heuristic; where they cannot be compared it stays high).
Why it matters: the price above the value is a payment for what the seller will refer.
What it does not mean: that an appraisal is right, or that referrals followed because of the price.
Facts it needs: who bought, from whom, when and for how much; appraisals of that row; referrals with payer, time and
    counts. Purchases, appraisals and referrals that are not listed are not looked at; nor are purchases by an
    affiliate of the receiver, or payments to the seller whose purpose is not recorded: none is taken for the price.
When it is undecided: there is no independent appraisal, or no price, on record, or it is not recorded whether the price
    counts referrals, and nothing else decides; the day of the purchase, the payer or the time of the referrals is not
    recorded, or they are counts of shared patients; the link of the seller to the referrer is not certain.
What clears it: a price that counts no referrals, and is within every appraisal on record, one of them independent, or
    of which every payment is recorded to be at fair market value; or every element of the exception for isolated
    transactions (42 CFR 411.357(f)) recorded as met for each payment of the price. The safe harbor for sales of
    practices is for a sale from one practitioner to another.
References: Prime Healthcare Services, Reddy and Arunasalam (settlement, July 2021); 42 CFR 411.357(f).
"""

from typing import Final

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._marks import clauses, is_so, told, with_rise
from ownergraph.rules.referring import any_referrals, arrangements, known_rows, referred

c = pl.col

DAYS: Final = 180
"""Days around the purchase in which referrals count and are compared: law/rules.yaml, LOOP-09, a heuristic."""
WHY: Final = {
    "the price is above an appraisal": c("_above"),
    "the price is not at fair market value": c("over") & ~is_so(c("_above")),
    "the price counts referrals": c("counts"),
    "the referrals rose afterwards": c("rose"),
}


@rule(
    "LOOP-09",
    name="practice-bought-above-value",
    severity="high",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("seller",),
    defenses="stark",
    says="{receiver} bought {bought} from {seller} for {price_usd}, and {referrer} refers federal business to "
    "{receiver}; {why}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each purchase and referrer."""
    if not any_referrals(g):
        return ()
    rows = _purchases(g)
    found = arrangements(g, "PAYS", law="aks", window=DAYS, rows=rows) if rows.height else None
    if found is None or not (found := found.filter("receiver_first")).height:
        return ()
    found = (
        with_rise(g, found.join(_appraisals(g, found), on="agreement", how="left", maintain_order="left"), DAYS)
        .with_columns(
            over=told(c("_above") | ~c("is_fmv"), c("_within") | c("is_fmv")), seller="payee",
            defended=pl.when(c("_paid").is_null()).then(pl.concat_list("agreement")).otherwise("_paid"),
        )
        .with_columns(why=clauses(WHY))
    )  # fmt: skip
    test = fact(
        c("over"),
        "What did {receiver} pay {seller} for {bought}, and what does an independent appraisal say that it is worth?",
    ) | fact(
        c("counts"),
        "Does the price of {bought} pay for future referrals, or for goodwill that is worth something only with them?",
    )
    return Cases(
        found.lazy(),
        test & referred("aks", "the purchase of {bought}"),
        evidence=("referrals", "compared", "agreement", "_paid", "_opinions", "side_rows"),
        severity=pl.when(is_so(~c("rose"))).then(pl.lit("medium")).otherwise(pl.lit("high")),
        defended="defended",
    )


def _purchases(g: Graph) -> pl.DataFrame:
    """Purchases as payments of a buyer to a seller, on one day: of interests, and of what no row of an interest names.

    Columns: payer, payee, agreement, bought, price_usd, is_fmv, counts, _paid (ids of payments of the price; null
    where the row itself is the payment, or none is recorded), began, start, end, undated.
    """
    pays = g.flows.filter((c("relation") == "PAYS") & (c("kind") == "payment")).select(
        "flow", "amount_usd", "start", "end", "undated"
    )
    payments = (
        g.structure.tables["pays"].filter(c("purpose") == "purchase")
        .join(pays, left_on="id", right_on="flow", how="inner", suffix="_net", maintain_order="left")
        .with_columns(
            counts=told(
                c("varies_with_referrals") | c("formula_counts_referrals"),
                ~c("varies_with_referrals") & ~c("formula_counts_referrals"),
            ),
            began="start", price_usd="amount_usd_net", bought=pl.lit("a practice or other property"),
        )
    )  # fmt: skip
    ends = ["payer", "payee"]
    # one payment that is off the market, or counts referrals, is enough; all of them have to be at fair market value
    price = payments.group_by(ends, maintain_order=True).agg(
        _paid=c("id"),
        is_fmv=told(c("is_fmv").all(ignore_nulls=False), ~c("is_fmv").all()),
        _counts=c("counts").any(),
    )
    interests = (
        known_rows(g, "OWNS").filter(c("bought_from").is_not_null())
        .join(price, left_on=["owner", "bought_from"], right_on=ends, how="left", maintain_order="left")
        .select(
            "agreement", "is_fmv", "_paid", payer="owner", payee="bought_from", bought="owned",
            price_usd="consideration_usd", counts=told(c("price_counts_referrals") | c("_counts"),
                                                       ~c("price_counts_referrals")),
            began="valid_from", start="valid_from",
            end="valid_from", undated=c("valid_from").is_null(),
        )
    )  # fmt: skip
    alone = payments.join(interests.select(ends), on=ends, how="anti", maintain_order="left").select(
        *ends, "is_fmv", "bought", "price_usd", "counts", "began", "start", "end", "undated", agreement="id"
    )
    return pl.concat([interests, alone], how="diagonal")


def _appraisals(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Of purchases with an appraisal: agreement, _above (of any), _within (each, one independent), _opinions (ids).

    The opinion may be about the interest, or about a payment of the price.
    """
    abouts = pl.concat(
        [
            rows.select("agreement", "price_usd", about="agreement"),
            rows.select("agreement", "price_usd", about="_paid").explode("about").drop_nulls("about"),
        ]
    ).unique(maintain_order=True)
    known = g.structure.tables["fmv_opinions"].filter((c("dated") <= g.as_of).fill_null(True))
    return (
        abouts.join(known.select("about", "high_usd", "independent", _opinion="id"), on="about", how="inner",
                    maintain_order="left")
        .group_by("agreement", maintain_order=True)
        .agg(
            _above=(c("price_usd") > c("high_usd")).any(ignore_nulls=False),
            _within=(c("price_usd") <= c("high_usd")).all(ignore_nulls=False)
            & c("independent").any(ignore_nulls=False),
            _opinions=c("_opinion"),
        )
    )  # fmt: skip
