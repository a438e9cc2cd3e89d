"""Gifts and other benefits that are not money, to one physician in one calendar year, over the limit.

What it finds: what an entity that furnishes designated health services gave a physician who refers Medicare or Medicaid
    patients to it in that year, the physician's immediate family included, adds up to more than the limit of the year,
    less what the physician paid for it, and less what was given back in time; or to more than one and a half times the
    limit, whatever was given back.
Why it matters: up to the limit what is not money is excepted; above it the gifts of the year need another exception, or
    the physician may not refer.
What it does not mean: that the gifts were for referrals. Benefits on the campus of a hospital (42 CFR 411.357(m)), one
    yearly event for the whole medical staff, and training are excepted apart from it; the input cannot tell them.
Facts it needs: payments that say what was given instead of money (`in_kind`), what was charged for it (`charged_usd`; 0
    where nothing) or that it was a gift (`purpose`; a row whose purpose is gift is free), their value and day, and what
    was given back (`refund_of`); family; licenses; referrals with service, payer and time. Gifts and referrals that are
    not listed are not looked at, nor are payments that say nothing of this.
When it is undecided: a value, a day, what was paid for it, or whether a gift was money is not recorded and decides; the
    sum lies where the limit of the year is not known (before 2013 and after 2026); the service, the payer or the time
    of the referrals is not recorded, or they are counts of shared patients; the referrer may be no physician.
What clears it: a sum within the limit; an excess of at most half the limit that was given back in the same calendar
    year and within 180 days (once in three years, which counsel must check); or every element of another exception
    recorded as met for each of the gifts. The limits are $380 (2013), 385, 392, 392, 398, 407, 416, 423, 429, 452, 489,
    507 (2024), read on cms.gov; 519 (2025), from memory and not read; 535 (2026),
    from secondary sources.
References: 42 CFR 411.357(k); CMS, "CPI-U Updates" (limits of 2013 to 2024).
"""

from datetime import date
from typing import Final

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.referring import any_referrals, arrangements, known_rows, plain, referred

c = pl.col
LIMITS: Final = {
    2013: 380, 2014: 385, 2015: 392, 2016: 392, 2017: 398, 2018: 407, 2019: 416, 2020: 423, 2021: 429, 2022: 452,
    2023: 489, 2024: 507,  # read on cms.gov: primary
    2025: 519,  # not read: unverified; from the catalogue, between its neighbors
    2026: 535,  # two law firms: secondary
}  # fmt: skip
"""US dollars a calendar year (42 CFR 411.357(k)). It never falls: outside these years the nearest is a bound."""
HALF: Final = 1.5
"""An excess of more than half the limit is not repaired by giving it back (42 CFR 411.357(k)(3))."""
DAYS_BACK: Final = 180
"""Days in which it must be given back."""


@rule(
    "STARK-09",
    name="gifts-over-annual-limit",
    severity="low",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("year",),
    defenses="stark",
    says="{receiver} gave {referrer}, or immediate family, {total_usd} in {year} that was not money{returned}; the "
    "limit is {limit}; {referrer} refers designated health services ({referral_service}) to {receiver}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each referrer, receiver and calendar year with a gift."""
    if not any_referrals(g) or not g.structure.tables["pays"].height:
        return ()
    gifts = _gifts(g)
    if not gifts.height:
        return ()
    found = arrangements(g, "PAYS", law="stark", rows=_by_year(gifts, g.as_of))
    if found is None:
        return ()
    persons = g.entities.filter(c("kind") == "person").select(referrer="id")
    found = found.filter(c("receiver_first") & c("how").is_in(["self", "family"])).join(
        persons, on="referrer", how="semi", maintain_order="left"
    )
    rows = _with_limits(_together(found))
    over = fact(
        pl.when((c("net_low") > c("limit_high")) | (c("gross_low") > HALF * c("limit_high")))
        .then(True)
        .when((c("net_high") <= c("limit_low")) & (c("gross_high") <= HALF * c("limit_low")))
        .then(False)
        .otherwise(None),
        "What did {receiver} give {referrer}, or immediate family, in {year}: its value, its days, what was paid for "
        "it or given back; and what is the limit of that year ({limit})?",
    )
    return Cases(
        rows.lazy(),
        over & referred("stark", "the gifts"),
        evidence=("referrals", "gifts", "side_rows"),
        defended="gifts",
    )


def _gifts(g: Graph) -> pl.DataFrame:
    """Everything given that is, or may be, no money: gift, payer, payee, first and last day, and bounds of its value.

    gross is the value less what was paid for it, net that less what was given back in time; `_low` counts what is
    certain, `_high` what is possible (infinite where the value is not recorded).
    """
    rows = known_rows(g, "PAYS")
    # something is charged only for what is no money
    no_money = c("in_kind").is_not_null() | c("charged_usd").is_not_null()
    gifts = rows.filter(c("refund_of").is_null() & (no_money | (c("purpose") == "gift")).fill_null(False))
    free = (c("purpose") == "gift").fill_null(False)
    charged = pl.when(free).then(0.0).otherwise(c("charged_usd"))
    worth = (c("amount_usd") - charged).clip(lower_bound=0)
    back = (
        rows.filter(c("refund_of").is_not_null())
        .select(gift="refund_of", by="payer", to="payee", usd="amount_usd", on=pl.coalesce("paid_on", "period_end"))
        .join(gifts.select(gift="agreement", payer="payer", payee="payee", day="paid_on"), on="gift", how="inner")
        .filter((c("by") == c("payee")) & (c("to") == c("payer")))
        .with_columns(
            timely=(c("on").dt.year() == c("day").dt.year()) & (c("on") - c("day") <= pl.duration(days=DAYS_BACK))
        )
        .group_by("gift")
        .agg(
            back_least=c("usd").filter(c("timely").fill_null(False)).sum(),
            back_most=pl.when((c("usd").is_null() & c("timely").fill_null(True)).any())
            .then(float("inf"))
            .otherwise(c("usd").filter(c("timely").fill_null(True)).sum()),
        )
    )
    dated = pl.coalesce("paid_on", "period_start", "period_end", "valid_from")
    until = pl.coalesce(
        "paid_on", "period_end", "period_start", c("valid_to") - pl.duration(days=1),
        pl.when(c("valid_from").is_not_null()).then(pl.lit(g.as_of)),
    )  # fmt: skip
    return (
        gifts.join(back, left_on="agreement", right_on="gift", how="left", maintain_order="left")
        .with_columns(
            c("back_least", "back_most").fill_null(0.0),
            gross_low=pl.when(no_money).then(worth.fill_null(0.0)).otherwise(0.0),
            gross_high=pl.coalesce(worth, c("amount_usd"), pl.lit(float("inf"))),
            first=dated,
            last=until,
        )
        .with_columns(
            net_low=(c("gross_low") - c("back_most")).clip(lower_bound=0),
            net_high=(c("gross_high") - c("back_least")).clip(lower_bound=0),
        )
        .select("payer", "payee", "first", "last", "gross_low", "gross_high", "net_low", "net_high", gift="agreement")
    )


def _by_year(gifts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row a payer, payee and calendar year; what may be of several years is possible in each, certain in none."""
    dated = gifts.filter(c("first").is_not_null()).with_columns(
        year=pl.int_ranges(c("first").dt.year(), c("last").dt.year() + 1)
    )
    whole = pl.concat([dated.with_columns(_sure=c("year").list.len() == 1).explode("year"), _undated(gifts, as_of)])
    bounds = ("gross_low", "gross_high", "net_low", "net_high")
    return (
        whole.with_columns(pl.when("_sure").then(name).otherwise(0.0).alias(name) for name in bounds if "low" in name)
        .group_by("payer", "payee", "year", maintain_order=True)
        .agg(c("gift").alias("gifts"), *(c(name).sum() for name in bounds))
        .with_columns(
            c("year").cast(pl.String),
            agreement=pl.format("{} {} {}", "payer", "payee", "year"),
            start=pl.date(c("year"), 1, 1),
            end=pl.date(c("year"), 12, 31),
            undated=pl.lit(False),
        )
    )


def _undated(gifts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Gifts of an unknown day in every year in which the pair has another, or in that of the audit."""
    dated = gifts.filter(c("first").is_not_null())
    years = pl.concat(
        [dated.select("payer", "payee", year=c(day).dt.year().cast(pl.Int64)) for day in ("first", "last")]
    ).unique(maintain_order=True)
    loose = gifts.filter(c("first").is_null())
    return (
        loose.join(years, on=["payer", "payee"], how="left", maintain_order="left")
        .with_columns(c("year").fill_null(as_of.year), _sure=pl.lit(False))
        .select(*gifts.columns, "year", "_sure")
    )


def _together(found: pl.DataFrame) -> pl.DataFrame:
    """Gifts to the physician and to family added up: one row a referrer, receiver and year."""
    sure = c("side").fill_null(False)
    facts = [name for name in found.columns if name.startswith("referral") or name == "referrer_physician"]
    return found.group_by("referrer", "receiver", "year", maintain_order=True).agg(
        c("gifts").explode().sort(),
        *(c(name).filter(sure).sum() for name in ("gross_low", "net_low")),
        *(c(name).sum() for name in ("gross_high", "net_high")),
        *(c(name).first() for name in facts),
        # whose gifts count is in the bounds already
        side_rows=c("side_rows").explode().drop_nulls().unique(maintain_order=True),
        **dict.fromkeys(("side_known", "side_shoes", "side_refers"), pl.lit(True)),
        party=c("referrer").first(),
        how_said=pl.lit("itself"),
    )


def _with_limits(rows: pl.DataFrame) -> pl.DataFrame:
    """Add limit_low, limit_high (bounds of the year's limit; infinite where it may be anything) and `limit` as text."""
    first, last = min(LIMITS), max(LIMITS)
    year = c("year").cast(pl.Int64)
    known = year.replace_strict(LIMITS, default=None, return_dtype=pl.Float64)
    return (
        rows.with_columns(_back=c("gross_low") - c("net_low"))
        .with_columns(
            limit_low=pl.coalesce(known, pl.when(year > last).then(float(LIMITS[last])).otherwise(0.0)),
            limit_high=pl.coalesce(known, pl.when(year < first).then(float(LIMITS[first])).otherwise(float("inf"))),
            total_usd=c("gross_low"),
            returned=pl.when(c("gross_low") > c("net_low"))
            .then(pl.format(", of which ${} was given back in time", plain("_back")))
            .otherwise(pl.lit("")),
        )
        .with_columns(
            limit=pl.when(known.is_not_null())
            .then(pl.format("${}", known.cast(pl.Int64)))
            .when(year < first)
            .then(pl.lit(f"at most ${LIMITS[first]}"))
            .otherwise(pl.lit(f"at least ${LIMITS[last]}"))
        )
    )
