"""A paid medical director who refers to the payer, without a record of work, beside another one, or off the market.

What it finds: a position as medical director, or payments for one, from a receiver of federal business to the one who
    refers it, immediate family, a company that they own, an owner or the employer; the position and a referral at most
    120 days apart (our heuristic); and at least one of: the hours are not logged (of payments without a position on
    record: the work is not shown); somebody else directs the same service at the same time; the pay is not at fair
    market value. High where no work is recorded, or two marks are, among them that the referrer is in the tenth that
    brings the most referrals (of at least 10 who refer), or that its referrals rose by more than 20% when the position
    began (90 days before and after). Otherwise medium. The grading is ours; the referral marks never decide.
Why it matters: pay for a title without work is pay for something else, and the enforcement cases say what.
What it does not mean: that nothing was done. Logs are what the fraud alert and the cases look for; no law asks for
    them by name.
Facts it needs: the position, its pay, service and logs; payments and what shows the work; referrals with payer, time
    and counts; whether the list of positions is complete. Positions, payments and referrals that are not listed are not
    looked at.
When it is undecided: none of the marks is recorded and one of them is open: whether hours are logged, the pay is at
    fair market value, or somebody else directs the same service (the list of positions is not complete); it is not
    recorded whether the position is paid; the payer or the time of the referrals is not recorded, or they are counts
    of shared patients; the link of the director to the referrer is not certain; the safe harbor is met, and whether
    hours are logged is open.
What clears it: logged hours, fair market value and no second director; or every element of the safe harbor for personal
    services (42 CFR 1001.952(d)(1)) recorded as met, and hours that are logged.
References: OIG Fraud Alert: Physician Compensation Arrangements May Result in Significant Liability (June 9, 2015);
    McAllen Hospitals, L.P., d/b/a South Texas Health System (settlement, 2009).
"""

from typing import Final

import polars as pl

from ownergraph.rules.api import Cases, Graph, Test, fact, rule
from ownergraph.rules.loop._marks import clauses, how_many, is_so, with_rise, with_top_tenth
from ownergraph.rules.loop._payments import SHOWN, received, streams
from ownergraph.rules.referring import any_referrals, arrangements, known_rows, referred

c = pl.col

DAYS: Final = 90
"""Days around the beginning of the position in which referrals are compared: law/rules.yaml, LOOP-03, a heuristic."""
FACTS: Final = ("work_product", "is_fmv")
PURPOSE: Final = (c("purpose") == "medical_director").fill_null(False)
UNSHOWN: Final = {"HOLDS_ROLE": "the hours are not logged", "PAYS": "there is no record of work"}
"""How a position, and how payments without one, say that the work is not shown."""
MARKS: Final = {
    "somebody else directs the same service": c("second"),
    "the pay is not at fair market value": ~c("fair"),
    "the referrer is in the tenth that refers the most": c("top_tenth"),
    "the referrals rose when it began": c("rose"),
}


@rule(
    "LOOP-03",
    name="directorship-without-work",
    severity="high",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("director",),
    defenses="aks",
    says="{receiver} pays {director} for the position of medical director{of_service}, and {referrer} refers federal "
    "business to {receiver}; {why}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each position, and for each stream of payments without one, referrer and receiver."""
    if not any_referrals(g):
        return []
    made = []
    paid = fact(c("paid"), "Does {receiver} pay {director} for the position of medical director?")
    work = fact(
        c("work"),
        "Are the hours of {director} as medical director of {receiver} logged, or is the work shown in another way?",
    )
    fair = fact(c("fair"), "Is what {receiver} pays {director} as medical director at fair market value?")
    second = fact(
        c("second"), "Does anybody else direct {the_service} of {receiver} at the same time? Is the list complete?"
    )
    payments = streams(g, PURPOSE, FACTS)
    positions = _positions(g, payments)
    if positions is not None:
        made.append(_cases(g, positions, "HOLDS_ROLE", "person", paid & (~work | second | ~fair)))
    if payments is not None:
        others = payments if positions is None else _without_position(payments, positions)
        made.append(_cases(g, _facts_of(others), "PAYS", "payee", received() & (~work | ~fair)))
    return [one for one in made if one is not None]


def _cases(g: Graph, rows: pl.DataFrame, relation: str, director: str, test: Test) -> Cases | None:
    found = arrangements(g, relation, law="aks", rows=rows)
    if found is None:
        return None
    # value goes from who receives the referrals to the side of who refers
    found = found.filter(c("receiver_first") if relation == "PAYS" else ~c("receiver_first"))
    found = with_rise(g, with_top_tenth(g, found), DAYS).with_columns(
        _defended=c("payments") if relation == "PAYS" else pl.concat_list("agreement")
    )
    found = found.with_columns(
        director=c(director), why=clauses({UNSHOWN[relation]: ~c("work"), **MARKS}),
        of_service=pl.coalesce(pl.concat_str(pl.lit(" of "), "service"), pl.lit("")),
        the_service=pl.coalesce("service", pl.lit("the same service")),
        compared=pl.when(is_so(c("rose"))).then("compared"),
        # a director whose service is not recorded matters only where no mark is recorded
        others=pl.when(is_so(c("second"))).then("others").when(~is_so(~c("work")) & ~is_so(~c("fair"))).then("perhaps"),
        # only where work is shown the safe harbor takes it away: an id that is null keeps the row
        defended=pl.when("work").then("_defended").otherwise(c("_defended").list.concat([None])),
        excused=c("_defended").list.set_difference(_excused(g, found["_defended"])).list.len() == 0,
    )  # fmt: skip
    stays = fact(
        pl.when(c("excused") & c("work").is_null()).then(None).otherwise(True),
        "Are the hours of {director} as medical director of {receiver} logged, or is the work shown in another way, as "
        "the safe harbor needs?",
    )
    severe = is_so(~c("work")) | (how_many(~c("work"), *MARKS.values()) > 1)
    return Cases(
        found.lazy(),
        test & stays & referred("aks", "the position"),
        evidence=("referrals", "compared", "shown", "others", "side_rows"),
        severity=pl.when(severe).then(pl.lit("high")).otherwise(pl.lit("medium")),
        defended="defended",
    )


def _excused(g: Graph, rows: pl.Series) -> list[str]:
    """Those of the rows for which every element of a safe harbor is recorded as met."""
    return sorted(g.defenses.excused("aks", rows.explode().drop_nulls().unique()))


def _facts_of(payments: pl.DataFrame) -> pl.DataFrame:
    """Streams of payments with the facts that the marks are made of."""
    return payments.with_columns(
        work="work_product", fair="is_fmv",
        second=pl.lit(None, dtype=pl.Boolean), service=pl.lit(None, dtype=pl.String),
        others=pl.lit([], dtype=pl.List(pl.String)), perhaps=pl.lit([], dtype=pl.List(pl.String)),
    )  # fmt: skip


def _without_position(payments: pl.DataFrame, positions: pl.DataFrame) -> pl.DataFrame:
    """Payments to somebody who has no position: the others are looked at with the position, whose logs count."""
    return payments.join(
        positions, left_on=["payer", "payee"], right_on=["organization", "person"], how="anti", maintain_order="left"
    )


def _positions(g: Graph, payments: pl.DataFrame | None) -> pl.DataFrame | None:
    """Positions of medical directors that are paid, or may be: the columns of `_facts_of`, and paid (nullable).

    Complexity: O(positions + positions of one organization squared + payments).
    """
    if not g.structure.tables["holds_role"].height:
        return None
    rows = known_rows(g, "HOLDS_ROLE").filter(c("role") == "medical_director")
    if not rows.height:
        return None
    return (
        rows.join(_second(g, rows), on="agreement", how="left", maintain_order="left")
        .join(_paid(rows, payments), on="agreement", how="left", maintain_order="left")
        .with_columns(
            paid=pl.when((c("monthly_fee_usd") > 0) | c("_kept")).then(True)
            .when((c("monthly_fee_usd") == 0) & c("_pays").is_null()).then(False),
            work="time_logs",
            fair="is_fmv",
            began="valid_from",
            shown=pl.concat_list(pl.concat_list("agreement"), c("_pays").fill_null([])),
        )
        .filter(c("paid").fill_null(True))
    )  # fmt: skip


def _paid(rows: pl.DataFrame, payments: pl.DataFrame | None) -> pl.DataFrame:
    """Of positions with payments to the director: agreement, _pays (ids of some), _kept (nullable)."""
    if payments is None:
        return pl.DataFrame(schema={"agreement": pl.String(), "_pays": pl.List(pl.String()), "_kept": pl.Boolean()})
    return (
        rows.select("agreement", "organization", "person")
        .join(payments.drop("agreement"), left_on=["organization", "person"], right_on=["payer", "payee"], how="inner",
              maintain_order="left")
        .group_by("agreement", maintain_order=True)
        .agg(
            _pays=c("shown").sort_by("began", nulls_last=True).explode(keep_nulls=False, empty_as_null=False)
            .head(SHOWN),
            _kept=c("kept").any(ignore_nulls=False),
        )
    )  # fmt: skip


def _second(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Whether another person directs the same service at the same time.

    Columns: agreement, second (nullable), others (ids), perhaps (ids, where one of the two services is not recorded).
    """
    facts = rows.select("agreement", "organization", "person", "start", "end", _service=c("service").str.to_lowercase())
    pairs = facts.join(facts, on="organization", how="inner", suffix="_o", maintain_order="left").filter(
        (c("person") != c("person_o"))
        & (c("start") <= c("end_o")).fill_null(True)
        & (c("start_o") <= c("end")).fill_null(True)
    )
    same = (
        pairs.with_columns(_same=c("_service") == c("_service_o"))
        .group_by("agreement", maintain_order=True)
        .agg(
            _same=c("_same").any(ignore_nulls=False),
            others=c("agreement_o").filter(is_so(c("_same"))),
            perhaps=c("agreement_o").filter(c("_same").is_null()),
        )
    )
    return (
        facts.join(same, on="agreement", how="left", maintain_order="left")
        .with_columns(
            second=pl.when(c("_same")).then(True)
            # nobody else among those listed
            .when(g.complete("roles", "organization") & (c("others").is_null() | ~c("_same"))).then(False)
        )
        .select("agreement", "second", c("others", "perhaps").fill_null([]))
    )  # fmt: skip
