"""Licensed owners who are no physicians exceed what the state allows them, or are of a profession it does not list.

What it finds: allied licensees who together hold more than the state's cap; more allied owners than physician
    owners in California; in Texas a physician assistant who holds as much as one of the physicians; an owner whose
    profession is not on the state's list.
Why it matters: states that let other professions own with physicians do so within limits; shares beyond them may
    not be issued or held.
What it does not mean: that the owner is unlicensed, or that physicians hold too little (CPOM-OWN-02).
Facts it needs: owners, their shares and licenses with profession; whether the register of owners is complete.
When it is undecided: shares, licenses or owners that decide are not recorded; the profession is allowed on terms,
    or not verified (chiropractors in Texas); the state's list was not read; the row is not verified.
What clears it: a register of owners within the cap, with no more allied owners than physicians where heads count,
    and only listed professions.
References: 16 CCR 1343(b); Cal. Corp. Code 13401.5(a); Tex. BOC 301.012; C.R.S. 12-240-138(1)(d); ORS 58.500,
    58.503; N.J.A.C. 13:35-6.16; the state's row.
"""

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.rules.api import Cases, Graph, Test, declared, fact, law, rule
from ownergraph.rules.cpom_own._holders import (
    exempt_practice,
    group_share,
    in_scope,
    least,
    most,
    now,
    owners_standing,
    with_closed,
)

c = pl.col
KEY = ["practice", "state"]
EACH_LESS = "each_less_than_each_physician"
NOBODY = pl.lit(None, dtype=pl.String)


def _owners(g: Graph, scope: pl.LazyFrame) -> pl.LazyFrame:
    """Owners with `doctor`, `allied` (licensed, no physician) and `capped` (profession under the cap), or null."""
    held = owners_standing(g).lazy().filter(c("share_max").is_null() | (c("share_max") > 0))
    rows = held.join(scope.select(*KEY, "owners_closed"), on=KEY)
    professions = c("owner_professions").fill_null([])
    under = professions.list.set_intersection(c("allied_capped_stated").fill_null([])).list.len() > 0
    # licenses of other states bring professions that are not in the list of this one
    away = c("owner_licensed").fill_null(False)
    return (
        rows.with_columns(
            low=c("share_min").fill_null(0),
            high=c("share_max").fill_null(WHOLE),
            doctor=c("owner_doctor"),
            licensed=c("owner_counts"),
        )
        .with_columns(allied=c("licensed") & ~c("doctor"))
        .with_columns(capped=c("allied") & pl.when(away).then(under).when(c("licensed") == False).then(False))  # noqa: E712
    )


@rule(
    "CPOM-OWN-04",
    name="allied-owner-limit",
    severity="high",
    basis="law",
    parties=("limit_on", "owner"),
    law=("allied_rule",),
    gated=True,
    says="{about}: {finding}",
)
def cases(g: Graph) -> list[Cases]:
    """One row a practice and state for each limit on all allied owners, one an owner for limits on single ones."""
    ruled = c("allied_rule_stated").is_in(["capped", "listed"])
    scope = now(
        with_closed(g, g.practice_states.filter(in_scope() & ruled)).with_columns(owner=NOBODY, about=c("practice"))
    )
    if not scope.height:
        return []
    owners = now(_owners(g, scope.lazy()))
    exempt = exempt_practice()
    return [
        *_cap(scope, owners, exempt),
        *_heads(scope, owners, exempt),
        *_single(owners, exempt),
        *_profession(owners, exempt),
        *_unlisted(scope, exempt),
    ]


def _unlisted(scope: pl.DataFrame, exempt: Test) -> list[Cases]:
    """Owners not listed, where each one counts by itself."""
    rows = scope.filter(
        (c("allied_rule_stated") == "listed") | (c("allied_count_rule_stated") == EACH_LESS), ~c("owners_closed")
    )
    if not rows.height:
        return []
    found = declared(c("owners_closed"), "Is the list of owners of {practice} complete?") & ~exempt
    return [Cases(rows.lazy().with_columns(limit_on=NOBODY, finding=NOBODY), found)]


def _cap(scope: pl.DataFrame, owners: pl.DataFrame, exempt: Test) -> list[Cases]:
    """What the capped professions hold together."""
    capped = scope.filter(c("allied_max_pct_stated").is_not_null())
    if not capped.height:
        return []
    held = (
        owners.lazy()
        .group_by(KEY)
        .agg(
            **group_share(c("low"), c("high"), c("capped"), WHOLE),
            holdings=c("holding").filter((c("capped") != False).fill_null(True)).sort(),  # noqa: E712
        )
    )
    closed, cap = c("owners_closed"), c("allied_max_pct_stated") * (WHOLE // 100)
    low, high = c("held_min"), c("held_max")
    strict = c("allied_max_strict_stated").fill_null(False)
    over = pl.when(strict).then(low >= cap).otherwise(low > cap)
    within = pl.when(strict).then(high < cap).otherwise(high <= cap)
    share = pl.when(low == high).then(pl.format("{}%", low / 10_000)).otherwise(
        pl.format("{} to {}%", low / 10_000, high / 10_000)
    )  # fmt: skip
    rows = (
        capped.lazy()
        .join(held, on=KEY, how="left", maintain_order="left")
        .with_columns(held_min=least(closed, WHOLE).fill_null(0), held_max=most(closed, WHOLE).fill_null(WHOLE))
        .with_columns(
            limit_on=pl.lit("share_of_allied_owners"),
            over=pl.when(over).then(True).when(within).then(False),
            finding=pl.format(
                "licensed owners who are no physicians together hold {}; the law of {} allows them {} {}%",
                share.str.replace(r"\.0%", "%").str.replace(r"\.0 to", " to"),
                "state",
                pl.when(strict).then(pl.lit("less than")).otherwise(pl.lit("at most")),
                "allied_max_pct_stated",
            ),
        )
    )
    found = law("allied_max_pct") & fact(
        c("over"), "What share do licensed owners of {practice} who are no physicians hold, and in what professions?"
    )
    return [Cases(rows, found & ~exempt, evidence=("holdings",))]


def _heads(scope: pl.DataFrame, owners: pl.DataFrame, exempt: Test) -> list[Cases]:
    """The number of allied owners against that of physicians."""
    counted = scope.filter(c("allied_count_rule_stated") == "not_more_than_physicians")
    if not counted.height:
        return []
    each = owners.lazy().group_by(*KEY, "owner").agg(c("allied").first(), c("doctor").first(), c("holding"))
    count = each.group_by(KEY).agg(
        allied_min=c("allied").fill_null(False).sum().cast(pl.Int64),
        allied_max=c("allied").fill_null(True).sum().cast(pl.Int64),
        doctors_min=c("doctor").fill_null(False).sum().cast(pl.Int64),
        doctors_max=c("doctor").fill_null(True).sum().cast(pl.Int64),
        holdings=c("holding").filter((c("allied") != False).fill_null(True)).list.explode().sort(),  # noqa: E712
    )
    more = (
        pl.when(c("owners_closed") & (c("allied_min") > c("doctors_max")))
        .then(True)
        .when(c("owners_closed") & (c("allied_max") <= c("doctors_min")))
        .then(False)
    )
    rows = (
        counted.lazy()
        .join(count, on=KEY, how="left", maintain_order="left")
        .with_columns(
            limit_on=pl.lit("number_of_allied_owners"),
            finding=pl.format(
                "there are more licensed owners who are no physicians ({}) than physicians ({}); {} allows no more "
                "of them than of physicians",
                c("allied_min").fill_null(0), c("doctors_max").fill_null(0), "state",
            ),
        )
    )  # fmt: skip
    found = fact(
        more, "How many owners of {practice} are physicians, and how many hold other health licenses of {state}?"
    )
    return [Cases(rows, found & ~exempt, evidence=("holdings",))]


def _single(owners: pl.DataFrame, exempt: Test) -> list[Cases]:
    """One capped owner against each physician (Texas)."""
    ruled = owners.filter(c("allied_count_rule_stated") == EACH_LESS)
    if not ruled.height:
        return []
    person = (
        ruled.lazy()
        .group_by(*KEY, "owner", maintain_order=True)
        .agg(pl.exclude("low", "high").first(), c("low").sum(), c("high").sum().clip(upper_bound=WHOLE))
    )
    doctors = person.filter((c("doctor") != False).fill_null(True)).group_by(KEY).agg(  # noqa: E712
        sure_least=c("high").filter(c("doctor").fill_null(False)).min(),
        may_least=c("low").min(),
        physicians=c("holding").sort(),
    )  # fmt: skip
    reaches = (
        pl.when(c("low") >= c("sure_least"))
        .then(True)
        .when((c("high") < c("may_least")) & c("owners_closed"))
        .then(False)
    )
    rows = (
        person.filter((c("capped") != False).fill_null(True))  # noqa: E712
        .join(doctors, on=KEY, how="left", maintain_order="left")
        .with_columns(
            limit_on=pl.lit("share_of_one_owner"),
            physicians=c("physicians").fill_null([]),
            about="owner",
            finding=pl.format(
                "no physician ({}), holds as much as one of the physicians; in {} each must hold less than "
                "each physician",
                c("owner_professions").list.join(", ").str.replace_all("_", " "),
                "state",
            ),
        )
    )
    capped = fact(c("capped"), "Which health license of {state} does {owner} hold?")
    as_much = fact(reaches, "What exact shares do {owner} and each physician hold in {practice}?")
    return [Cases(rows, capped & as_much & ~exempt, evidence=("holding", "physicians"))]


def _profession(owners: pl.DataFrame, exempt: Test) -> list[Cases]:
    """An allied owner whose profession the state does not list."""
    listed = c("allied_professions_stated")
    asked = owners.filter(
        ((c("allied_rule_stated") == "listed") | (listed.list.len() > 0)) & (c("allied") != False).fill_null(True)  # noqa: E712
    )
    if not asked.height:
        return []
    professions = c("owner_professions").fill_null([])
    unsettled = pl.concat_list(
        c("allied_professions_conditional_stated").fill_null([]), c("allied_professions_unverified").fill_null([])
    )
    missing = (
        pl.when(listed.list.len() == 0)
        .then(None)
        .when(professions.list.set_intersection(listed.list.set_difference(unsettled)).list.len() > 0)
        .then(False)
        .when(professions.list.set_intersection(unsettled).list.len() > 0)
        .then(None)
        .when(professions.list.contains("other_licensed") | ~c("owner_licensed").fill_null(False))
        .then(None)
        .otherwise(True)
    )
    rows = asked.lazy().with_columns(
        limit_on=pl.lit("profession_of_the_owner"),
        about="owner",
        finding=pl.format(
            "licensed as {}, a profession that the law of {} does not list for joint ownership with physicians",
            professions.list.join(", ").str.replace_all("_", " "),
            "state",
        ),
    )
    allied = fact(c("allied"), "Which health license of {state} does {owner} hold?")
    settled = fact(
        missing, "May {owner}, licensed as {owner_professions}, own with physicians in {state}? Not settled."
    )
    return [Cases(rows, allied & settled & ~exempt, evidence=("holding",))]
