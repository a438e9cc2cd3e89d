"""Who receives referrals gives those who refer staff, equipment or other things for their office, free or below value.

What it finds: staff, equipment, space, supplies, software or services that a receiver of federal business gives the one
    who refers it, immediate family, a company that they own, an owner or the employer, and for which less is paid than
    they are worth; or space or equipment that it leases to them for a rent of zero; the gift and a referral at most
    120 days apart (our heuristic). Staff that only collect specimens for the giver are taken out, as in the alert.
Why it matters: what saves the practice an expense is worth as much as money.
What it does not mean: that the thing was given for referrals. What serves only to collect, process or send specimens
    to the giver, or to order tests and get results from it, is nothing of value to the practice; the input can record
    that for staff alone, so that counsel has to ask it for things.
Facts it needs: payments with what was given instead of money, its value, and what was paid for it; leases with their
    rent; referrals with payer and time. Gifts, leases and referrals that are not listed are not looked at; meals,
    travel and things without a word of their own (`other`) are no items of an office. What is called
    a gift is free unless a price stands beside it.
When it is undecided: what was paid for it is not recorded, or its value is not and something was paid; the rent of a
    lease is not recorded; of staff, whether they only collect specimens; the payer or the time of the referrals is not
    recorded, or they are counts of shared patients; the link of the recipient to the referrer is not certain.
What clears it: payment of what it is worth; staff that only collect specimens; or every element of a safe harbor
    recorded as met.
References: OIG Special Fraud Alerts, 59 Fed. Reg. 65372 (Dec. 19, 1994), on clinical laboratory services.
"""

from typing import Final

import polars as pl

from ownergraph.rules.api import Cases, Graph, Test, fact, rule
from ownergraph.rules.referring import any_referrals, arrangements, known_rows, referred

c = pl.col

THINGS: Final = ("staff", "equipment", "space", "supplies", "software", "services")
"""What may be given for an office: every word of `InKind` but meals, travel and what has no word of its own."""


@rule(
    "LOOP-07",
    name="free-staff-or-items",
    severity="medium",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("recipient", "item"),
    defenses="aks",
    says="{receiver} gives {recipient} {thing} {price}, and {referrer} refers federal business to {receiver}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each thing given, and for each lease without rent, and referrer."""
    if not any_referrals(g):
        return []
    made = []
    given = c("in_kind").is_in(list(THINGS)) & c("refund_of").is_null() & (c("amount_usd") > 0).fill_null(True)
    found = _given(g, "PAYS", given)
    if found is not None:
        rows = found.with_columns(recipient="payee", item="in_kind", thing="in_kind")
        staff = c("item") == "staff"
        free = fact(c("free"), "What is it worth that {receiver} gives {recipient} ({thing}), and what is paid for it?")
        task = fact(
            pl.when(staff).then(c("specimen_collection_only")).otherwise(False),
            "Do the staff whom {receiver} places with {recipient} only collect specimens for it?",
        )
        made.append(_cases(rows, free & ~task))
    found = _given(g, "LEASES_TO", pl.lit(True))
    if found is not None:
        rows = found.with_columns(
            # rent by the use, the time or a percentage is some rent
            free=pl.coalesce(
                c("rent_usd") == 0, pl.when(c("rent_basis").is_in(["pct", "per_use", "time_block"])).then(False)
            ),
            recipient="lessee",
            item=pl.lit("lease"),
            price=pl.lit("without rent"),
            thing=c("item").fill_null("space or equipment"),
        )
        made.append(_cases(rows, fact(c("free"), "What rent does {recipient} pay {receiver} for the {thing}?")))
    return made


def _given(g: Graph, relation: str, keep: pl.Expr) -> pl.DataFrame | None:
    """Rows of a relation from the receiver of referrals to the side that refers; None without any."""
    if not g.structure.tables[relation.lower()].height:
        return None
    rows = known_rows(g, relation).filter(keep)
    found = arrangements(g, relation, law="aks", rows=_dated(rows) if relation == "PAYS" else rows)
    if found is None or not (found := found.filter("receiver_first")).height:
        return None
    return found


def _cases(rows: pl.DataFrame, test: Test) -> Cases:
    return Cases(
        rows.lazy(),
        test & referred("aks", "the gift"),
        evidence=("referrals", "agreement", "side_rows"),
        defended="agreement",
    )


def _dated(gifts: pl.DataFrame) -> pl.DataFrame:
    """Gifts with their days, `free` (less is paid than they are worth; nullable) and `price`, words for a message."""
    first = pl.coalesce("paid_on", "period_start", "period_end")
    last = pl.coalesce("paid_on", "period_end", "period_start")
    dated = first.is_not_null()
    # a gift is free unless a price stands beside it
    charged = pl.coalesce("charged_usd", pl.when(c("purpose") == "gift").then(0.0))
    return gifts.with_columns(
        start=pl.when(dated).then(first).otherwise("start"),
        end=pl.when(dated).then(last).otherwise("end"),
        undated=~dated & c("valid_from").is_null() & c("valid_to").is_null(),
        free=pl.when(charged == 0).then(True).otherwise(charged < c("amount_usd")),
        price=pl.when(charged == 0).then(pl.lit("free of charge")).otherwise(pl.lit("for less than it is worth")),
    )
