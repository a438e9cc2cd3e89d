"""A receiver of referrals pays a marketer or recruiter, who soon passes a good part on to the side that refers.

What it finds: payments of a receiver of federal referrals to somebody between who is not on the referrer's side and
    furnishes no care, and payments of that one, within 45 days after one of them, to the referrer, immediate family, a
    company of theirs, an owner, the employer or somebody of the same practice. What is so passed on, net of refunds, is
    30% or more of what the receiver paid in the same time: from the first to the last of its payments that are followed
    so, those between that are not followed included. It is summed over the side of the referrer and, where that is less
    than 30%, over the sides of all who refer federal business to the receiver and are paid so, too: one who passes 15%
    on to each of two passes 30% on. A referral lies at most 120 days from that time. The days and the percentage are
    heuristics; there is no upper bound, because more may be passed on than came from one receiver.
Why it matters: a marketer who passes on a share of the pay to those who refer may be the way in which they are paid.
What it does not mean: that the money passed on is the same money, or was for referrals. One who is paid by several
    receivers may pay for work that has to do with none of them.
Facts it needs: payments with amount and day; referrals with payer and time; family, holdings, employment. What is not
    listed is not looked at: payments that are not recorded would change the share; neither are chains with two between,
    or companies of staff.
When it is undecided: an amount that decides, or the day of a payment, is not recorded, or a party that is paid may not
    stand on the referrer's side (where all are summed up: on the side of anybody who refers federal business), or the
    one between may do so; the payer or the time of the referrals is not recorded, or they are counts of shared
    patients. What is paid for a period counts from its first day to its last: it follows a payment that began no later,
    at most 45 days after that one's last day.
What clears it: payments that come before, or more than 45 days after; a share below 30%; or every element of a safe
    harbor recorded as met for each of the payments, to and from the one between (42 CFR 1001.952).
References: US ex rel. STF, LLC v. Grottenthaler, No. 4:16-cv-547 (E.D. Tex.); United States v. Marchetti, 96 F.4th 818
    (5th Cir. 2024); United States v. Shah, 84 F.4th 190 (5th Cir. 2023).
"""

from typing import Final

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._passed import furnishers
from ownergraph.rules.referring import any_referrals, arrangements, plain, referred

c = pl.col

LEAST_PCT: Final = 30
"""Share passed on, in percent, from which on it is found: law/DECISIONS.md, LOOP-05 (heuristic)."""
LAG: Final = 45
"""Most days after a payment in: law/rules.yaml, LOOP-05 (heuristic)."""
SHOWN: Final = 3
"""Payments of each step that stand in the evidence."""
NAMED: Final = 5
"""Parties that a message names."""
UNSURE: Final = "the share or the kinship by which one of them stands on that side"
UNSURE_OF_ALL: Final = "whether one of them stands on the side of somebody who refers federal business"
KEY: Final = ["referrer", "receiver", "recruiter"]


@rule(
    "LOOP-05",
    name="recruiter-pass-through",
    severity="high",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("recruiter",),
    defenses="aks",
    says="{receiver} pays {recruiter} {in_usd}, of which {least}{pct}% is passed on within 45 days to {payees}, on the "
    "side of {referrer}, who refers federal business to {receiver}{others}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each one who refers, receiver, and one between whom the receiver pays and who pays the side."""
    if not any_referrals(g) or not g.structure.tables["pays"].height:
        return ()
    into, out = _steps(g)
    if not out.height:
        return ()
    rows = _summed(g, into, out)
    # a payment of the receiver to the referrer, for as long as the money flows: what `arrangements` looks for beside it
    found = arrangements(
        g, "PAYS", law="aks",
        rows=rows.select("start", "end", "undated", payer="receiver", payee="referrer", agreement="key"),
    )  # fmt: skip
    if found is None:
        return ()
    found = (
        found.filter(c("receiver_first") & (c("referrer") == c("payee")))
        .drop("payer", "payee", "party", "side_rows")
        .join(rows.drop("start", "end", "undated", "referrer", "receiver"), left_on="agreement", right_on="key")
        .sort(KEY)
        .with_columns(agreement=c("in_rows").list.first(), pct=plain("pct"))
    )
    return Cases(
        found.lazy(),
        fact(c("outside"), "Does {recruiter} stand on the side of {referrer}, as owner, family or company?")
        & fact(
            c("passed"),
            "How much did {receiver} pay {recruiter}, and {recruiter} pay {payees}, on which days? Not recorded: "
            "{missing}",
        )
        & referred("aks", "the pay of {recruiter}"),
        evidence=("referrals", "in_shown", "out_shown", "side_rows", "between_rows"),
        defended="defended",
    )


def _steps(g: Graph) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Payments to those between, and from them to the side of one who refers to who paid them.

    Returns:
        into: flow, receiver, recruiter, amount_usd, start, end, undated. out: flow, `KEY`, payee, amount_usd, start,
        end, undated, sure (the payee stands on the side), side_rows, outside (null where the one between may be on the
        side, too) and between_rows (which say so). A payment that has no first day is undated.
    """
    flows = g.flows.filter(c("relation") == "PAYS").select(
        "flow", "giver", "taker", "amount_usd", "start",
        end=pl.coalesce("end", pl.max_horizontal("start", pl.lit(g.as_of))),
        undated=c("undated") | c("start").is_null(),
    )  # fmt: skip
    sides = (
        g.referral_sides.filter(c("immediate").fill_null(True))
        .select("referrer", "party", side_rows="rows", sure=(c("certain") & c("immediate")).fill_null(False))
        .sort("referrer", "party", ~c("sure"), maintain_order=True)
        .unique(["referrer", "party"], keep="first", maintain_order=True)
    )
    pairs = g.referrals.select("referrer", "receiver").unique(maintain_order=True)
    into = flows.filter(c("giver").is_in(pairs["receiver"].implode()) & ~c("taker").is_in(furnishers(g))).rename(
        {"giver": "receiver", "taker": "recruiter"}
    )
    between = sides.select("referrer", recruiter="party", _sure="sure", between_rows="side_rows")
    out = (
        flows.filter(c("giver").is_in(into["recruiter"].implode()))
        .rename({"giver": "recruiter"})
        .join(sides, left_on="taker", right_on="party", how="inner", maintain_order="left")
        .rename({"taker": "payee"})
        .join(pairs, on="referrer", how="inner", maintain_order="left")
        .filter(c("payee") != c("receiver"))
        .join(into, on=["receiver", "recruiter"], how="semi", maintain_order="left")
        .join(between, on=["referrer", "recruiter"], how="left", maintain_order="left")
        .filter(~c("_sure").fill_null(False))
        .with_columns(outside=pl.when(c("_sure").is_null()).then(True))
        .drop("_sure")
    )
    return into, out


def _summed(g: Graph, into: pl.DataFrame, out: pl.DataFrame) -> pl.DataFrame:
    """What `_passed` says of each one who refers or, where it says no, of all who refer to that receiver together.

    Columns: those of `_passed`, and others (words about them, or empty). A payment is among those of all where somebody
    on whose side the payee surely stands refers federal business, and the one between stands on no such side; where
    that is open, the sum of all is.

    Complexity: O(n log n) for the payments of the rows, and O(referrals).
    """
    own, pay = _passed(into, out).with_columns(others=pl.lit("")), ["receiver", "recruiter"]
    several = own.filter(c("referrer").n_unique().over(pay) > 1).select(pay).unique(maintain_order=True)
    if not several.height:
        return own
    federal = g.referrals.group_by("referrer", "receiver").agg(
        _federal=(c("federal") & pl.when(~c("proxy")).then(True)).any(ignore_nulls=False)
    )
    each = (
        out.join(several, on=pay, how="semi", maintain_order="left")
        .join(federal, on=["referrer", "receiver"], how="left", maintain_order="left")
        .filter(c("_federal").fill_null(True))
        .filter(c("referrer").n_unique().over(pay) > 1)
    )
    pooled = (
        each.with_columns(sure=(c("sure") & c("_federal") & c("outside")).fill_null(False), outside=pl.lit(True))
        .sort(*pay, "flow", ~c("sure"), "referrer")
        .unique([*pay, "flow"], keep="first", maintain_order=True)
        .with_columns(referrer=pl.lit(""), between_rows=pl.lit([], dtype=pl.List(pl.String)))
    )
    if not pooled.height:
        return own
    together = _passed(into.join(several, on=pay, how="semi", maintain_order="left"), pooled)
    many = (
        together.select(*pay, flow="defended").explode("flow")
        .join(each, on=[*pay, "flow"], how="inner").group_by(pay).agg(_who=c("referrer").n_unique())
    )  # fmt: skip
    whole = (
        together.join(many, on=pay, how="left")
        .drop("referrer", "key", "outside", "between_rows", "gets")
        .with_columns(
            others=pl.format(", and of {} others who refer to it", c("_who") - 1).str.replace(
                "of 1 others who refer", "of another one who refers", literal=True
            ),
            missing=c("missing").str.replace(UNSURE, UNSURE_OF_ALL, literal=True),
        )
    )  # fmt: skip
    rows = own.join(whole, on=pay, how="left", suffix="_all", maintain_order="left")
    together_is = c("passed_all") & c("gets")
    # the sum of all is told of where only it finds something, or only it is open
    use = (~c("passed").fill_null(False) & together_is.fill_null(False)) | (
        (~c("passed")).fill_null(False) & c("passed_all").is_null() & c("gets").fill_null(True)
        & c("others_all").is_not_null()
    )  # fmt: skip
    told = ("pct", "least", "in_usd", "payees", "missing", "in_rows", "in_shown", "defended", "start", "end", "undated",
            "others")  # fmt: skip
    return rows.with_columns(
        passed=c("passed") | pl.when(c("others_all").is_null()).then(False).otherwise(together_is),
        out_shown=pl.when(use).then(c("out_shown").list.concat("out_shown_all")).otherwise("out_shown"),
        side_rows=pl.when(use)
        .then(c("side_rows").list.concat(c("side_rows_all").list.head(NAMED)))
        .otherwise("side_rows"),
        **{name: pl.when(use).then(f"{name}_all").otherwise(name) for name in told},
    ).drop(name for name in rows.columns if name.endswith("_all") or name == "_who")


def _passed(into: pl.DataFrame, out: pl.DataFrame) -> pl.DataFrame:
    """One row a `KEY`: how much of what comes in is passed on, and between which days.

    Columns: `KEY`, key (of the row), passed (nullable: `LEAST_PCT` or more), pct, least ("at least " or empty), in_usd,
    payees, missing (what is not recorded, in words), gets (somebody on the side is paid in time; nullable), outside,
    in_rows, in_shown, out_shown, defended, side_rows, between_rows (ids), start, end, undated.

    Complexity: O(n log n) for the payments of the rows.
    """
    lag, pay = pl.duration(days=LAG), ["receiver", "recruiter"]
    dated = ~c("undated")
    # a payment follows one before it, if it starts within the days after the latest end of those that started
    reach = (
        into.filter(dated).sort("start", "flow").with_columns(reach=c("end").cum_max().over(pay))
        .select(*pay, "start", "reach")
    )  # fmt: skip
    out = (
        out.sort("start", "flow", nulls_last=True)
        .join_asof(reach, on="start", by=pay, strategy="backward", check_sortedness=False)
        .with_columns(follows=dated & (c("start") <= c("reach") + lag).fill_null(False))
    )
    keys = out.select(KEY).unique(maintain_order=True).sort(KEY)
    later = out.filter(dated).select(*KEY, "start", next="start")
    coming = (
        keys.join(into, on=pay, how="inner", maintain_order="left")
        .sort("start", "flow", nulls_last=True)
        .join_asof(later, on="start", by=KEY, strategy="forward", check_sortedness=False)
        .with_columns(followed=dated & (c("next") <= c("end") + lag).fill_null(False))
        .with_columns(
            _first=c("start").filter("followed").min().over(KEY), _last=c("start").filter("followed").max().over(KEY)
        )
        .with_columns(counts=c("start").is_between("_first", "_last").fill_null(False))
    )
    money, maybe = c("amount_usd"), c("follows") | c("undated")
    ins = coming.group_by(KEY, maintain_order=True).agg(
        in_usd=money.filter("counts").sum(),
        in_open=(c("counts") & money.is_null()).any(),
        in_undated=c("undated").any(),
        in_rows=c("flow").filter(c("counts")),
        in_start=c("start").filter("counts").min(),
        in_end=c("end").filter("counts").max(),
        first=c("start").min(),
        last=c("end").max(),
        all_in=c("flow"),
    )
    outs = out.group_by(KEY, maintain_order=True).agg(
        out_usd=money.filter("follows").sum(),
        out_open=(c("follows") & money.is_null()).any(),
        out_undated=c("undated").any(),
        unsure=(maybe & ~c("sure")).any(),
        any_out=c("follows").any(),
        _gets=(c("follows") & c("sure")).any(),
        out_rows=c("flow").filter(maybe),
        out_end=c("end").filter("follows").max(),
        payees=c("payee").filter(maybe).unique(maintain_order=True).head(NAMED),
        side_rows=c("side_rows")
        .filter(maybe)
        .explode(keep_nulls=False, empty_as_null=False)
        .unique(maintain_order=True),
        outside=c("outside").first(),
        between_rows=c("between_rows").first(),
    )
    hundred, needed = (100 * c("out_usd")).round(6), (LEAST_PCT * c("in_usd")).round(6)
    undated = c("in_undated") | c("out_undated")
    # with a day that is not known each payment in may count
    coming_in = pl.when(undated).then("all_in").otherwise("in_rows")
    return keys.join(ins, on=KEY, how="left", maintain_order="left").join(
        outs, on=KEY, how="left", maintain_order="left"
    ).with_columns(
        key=pl.concat_str(KEY, separator=" "),
        passed=pl.when(undated | c("unsure"))
        .then(None)
        .when(~c("any_out") | (~c("out_open") & (hundred < needed)))
        .then(False)
        .when(~c("in_open") & (hundred >= needed))
        .then(True),
        gets=pl.when("_gets").then(True).when(~undated & ~c("unsure")).then(False),
        pct=hundred / c("in_usd"),
        least=pl.when("out_open").then(pl.lit("at least ")).otherwise(pl.lit("")),
        missing=pl.concat_str(
            pl.when(undated).then(pl.lit("the day of a payment")),
            pl.when(c("in_open") | c("out_open")).then(pl.lit("an amount")),
            pl.when("unsure").then(pl.lit(UNSURE)),
            separator="; ", ignore_nulls=True,
        ),
        in_rows=coming_in,
        in_shown=coming_in.list.head(SHOWN),
        out_shown=c("out_rows").list.head(SHOWN),
        defended=coming_in.list.concat("out_rows"),
        start=pl.coalesce("in_start", "first"),
        end=pl.max_horizontal(pl.coalesce("in_end", "last"), "out_end"),
        undated=undated,
    ).drop("first", "last", "all_in")  # fmt: skip
