"""A management or services agreement between parties of a referral relation that misses the safe harbor.

What it finds: a management agreement, a paid position, work as a contractor, or payments for services, either way,
    between a receiver of federal business and the one who refers it, immediate family, a company that they own, an
    owner or the employer; at most 120 days from a referral (our heuristic, the default window of return paths); and no
    safe harbor of which every element is recorded as met. Payments under an agreement on record are looked at with it;
    other payments of one payer to one payee together. Medium where an element is recorded as not met, low where
    elements are only not recorded (our grading).
Why it matters: paying a referral source for services is the usual form that a payment for referrals takes. Inside the
    safe harbor it is not an offense; outside, intent decides.
What it does not mean: that anything was paid for referrals. Safe harbors are voluntary; missing one asks for a look at
    the facts, no more.
Facts it needs: agreements, positions and contracts with their terms, payments with their purpose; referrals with payer
    and time; family, owners, employers; the elements that no field holds in the table of defenses. What is not listed
    is not looked at.
When it is undecided: the payer or the time of the referrals is not recorded, or they are counts of shared patients;
    the link of the party to the referrer is not certain; it is not recorded whether somebody is an employee or a
    contractor, or whether a position is paid. Elements that are not recorded never make it undecided.
What clears it: every element of 42 CFR 1001.952(d)(1) recorded as met: signed writing, all services between the parties
    specified, a year or more, pay by a method set in advance, fair market value, no account of federal business, no
    unlawful activity, no more than needed; or another safe harbor, as (d)(2). A bona fide employee is under (i).
References: 42 CFR 1001.952(d)(1) as amended by 85 Fed. Reg. 77684; 42 CFR 1001.952(d)(2), (i), (ee)-(gg).
"""

from datetime import date

import polars as pl

from ownergraph.rules.api import Cases, Graph, Test, always, fact, rule
from ownergraph.rules.elements import codes, elements, with_gaps
from ownergraph.rules.referring import WINDOW, any_referrals, arrangements, referred

c = pl.col
HARBOR = "aks_personal_services_management"
ENDS = {
    "MANAGES": ("managed", "manager"),
    "HOLDS_ROLE": ("organization", "person"),
    "EMPLOYS": ("employer", "employee"),
    "PAYS": ("payer", "payee"),
}
"""Who pays, and who is paid for services, by relation."""
SERVICES = (
    "management_fee", "medical_director", "supervision", "consulting", "speaker", "specimen", "commission", "marketing",
    "research",
)  # fmt: skip
"""What payments for services are said to be for."""
UNDER = ("manages", "holds_role", "employs", "leases_to", "lends_to", "supplies", "owns")
"""Tables whose rows a payment may be made under."""


@rule(
    "AKS-04",
    name="services-miss-safe-harbor",
    severity="medium",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("payer", "payee"),
    defenses="aks",
    says="{payer} pays {payee} for services, and {referrer} refers federal business to {receiver}; of the elements of "
    "the safe harbor 42 CFR 1001.952(d)(1), {gaps}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, position, contract or stream of payments, referrer and receiver."""
    if not any_referrals(g):
        return []
    scopes: dict[str, tuple[pl.Expr, Test]] = {
        "MANAGES": (pl.lit(True), always()),
        "HOLDS_ROLE": (
            c("monthly_fee_usd").fill_null(1) > 0,
            fact(c("monthly_fee_usd") > 0, "Does {payer} pay {payee} for the position of {role}?"),
        ),
        "EMPLOYS": (
            c("status").fill_null("contractor") == "contractor",
            fact(c("status") == "contractor", "Is {payee} an employee (W-2) or a contractor of {payer}?"),
        ),
        "PAYS": (
            pl.lit(True),
            fact(c("service"), "For which services does {payer} pay {payee}, and does {payee} pay for what it gets?"),
        ),
    }
    made = []
    for relation, (inside, scope) in scopes.items():
        found = arrangements(g, relation, law="aks", rows=_streams(g) if relation == "PAYS" else None)
        if found is None or not (found := found.filter(inside)).height:
            continue
        if relation != "PAYS":
            told = elements(g, relation, found["agreement"].unique(), HARBOR)
            found = found.join(told, on="agreement", how="left", maintain_order="left")
            found = found.with_columns(payments=pl.concat_list("agreement"))
        payer, payee = ENDS[relation]
        made.append(
            Cases(
                with_gaps(found, codes(HARBOR)).with_columns(payer=c(payer), payee=c(payee)).lazy(),
                scope & referred("aks", "the arrangement between {payer} and {payee}"),
                evidence=("referrals", "payments", "side_rows"),
                severity=pl.when(c("not_met").list.len() > 0).then(pl.lit("medium")).otherwise(pl.lit("low")),
                defended="payments",
            )
        )
    return made


def _streams(g: Graph) -> pl.DataFrame:
    """Payments for services without an agreement on record, those of one payer to one payee together.

    A stream ends where the next payment is more than two windows away: so every day of it is at most one window from a
    payment. What stands for a time without a last day goes on, and without a first day always did; neither reaches over
    a gap to what began after it or ended before it.

    Columns: payer, payee, service (null where the purpose is not recorded, or other, or where what is no money may have
    been paid for), agreement (id of the first payment), payments (ids), start, end, undated, and the elements of the
    safe harbor (of all of them). O(payments).
    """
    flows = g.flows.filter((c("relation") == "PAYS") & c("kind").is_in(["payment", "in_kind"]))
    charged = c("charged_usd")
    given = c("in_kind").is_null() | (charged == 0) | (charged.is_not_null() & c("amount_usd").is_not_null())
    facts = g.structure.tables["pays"].select("id", "payer", "payee", "purpose", "agreement", given=given)
    # the row of that agreement is looked at itself
    under = c("agreement").is_in(pl.concat([g.structure.tables[name]["id"] for name in UNDER]).implode())
    purpose = c("purpose").replace("other", None)
    rows = (
        flows.select("flow", "start", "end", "undated")
        .join(facts, left_on="flow", right_on="id", how="inner", maintain_order="left")
        .filter(~under.fill_null(False) & purpose.is_in(list(SERVICES)).fill_null(True))
    )
    key = ["payer", "payee", "service", "undated", "_open"]
    return (
        rows.drop("agreement")
        .join(elements(g, "PAYS", rows["flow"], HARBOR), left_on="flow", right_on="agreement", how="left")
        .with_columns(
            service=purpose.is_in(list(SERVICES)) & pl.when("given").then(True),
            _open=c("start").is_null() | c("end").is_null(),
            _first=c("start").fill_null(date.min),
            _last=c("end").fill_null(date.max),
        )
        .sort(*key, "_first", "flow", nulls_last=True)
        .with_columns(
            _stream=(c("_first") - c("_last").shift(1).cum_max() > pl.duration(days=2 * WINDOW))
            .fill_null(False).cast(pl.Int32).cum_sum().over(key)
        )
        .group_by(*key, "_stream", maintain_order=True)
        .agg(
            c("flow").first().alias("agreement"),
            c("flow").alias("payments"),
            pl.when(c("start").null_count() == 0).then(c("start").min()).alias("start"),
            pl.when(c("end").null_count() == 0).then(c("end").max()).alias("end"),
            *(c(code).all(ignore_nulls=False) for code in codes(HARBOR)),
        )
        .drop("_stream", "_open")
    )  # fmt: skip
