"""Licensed owners who are no physicians exceed what the state allows them, or are of a profession it does not list.

What it finds: allied licensees who together hold more than the state's cap, where the cap is on their profession;
    more allied owners than physician owners in California; in Texas a physician assistant who holds, in all, as much
    as one of the physicians; an owner whose profession is not on the state's list. An allied licensee is a person with
    an active license of another health profession who is no physician. A license counts that is of the state, or of any
    state where the state's row takes those for owners. Of several professions one on the list is enough. Asked of
    every practice where the state's doctrine has weight 2 or 3, elsewhere of professional entities.
Why it matters: states that let other professions own with physicians do so within limits; shares beyond them may
    not be issued or held.
What it does not mean: that the owner is unlicensed, or that physicians hold too little (CPOM-OWN-02). Where no other
    profession may own at all, that rule asks.
Facts it needs: owners, their shares and licenses with profession; whether the register of owners is complete; of
    what kind the practice is (`exempt_as`).
When it is undecided: shares, licenses or owners that decide are not recorded; a share on record may be nothing (in
    Texas each physician is compared by itself, so that of several whose shares are open none need be reached); an
    owner who is not listed may be of a profession that is not on the list, where there is one; the profession is
    allowed on terms, not verified (chiropractors in Texas), or recorded as another one only; the state's list was
    not read (North Carolina); the practice may itself be of an exempt kind; the row is not verified.
What clears it: a register of owners within the cap, with no more allied owners than physicians where heads count,
    and only listed professions; a practice that is itself of a kind that the state lets unlicensed persons own or,
    where it is no professional entity, lets employ physicians (undecided where the kind is not recorded, or is let on
    terms that were not read).
References: 16 CCR 1343(b); Cal. Corp. Code 13401.5(a); Tex. BOC 301.012; C.R.S. 12-240-138(1)(d); ORS 58.500,
    58.503; N.J.A.C. 13:35-6.16; the state's row.
"""

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.rules.api import Cases, Graph, Test, declared, fact, law, rule
from ownergraph.rules.cpom_own._holders import exempt_practice, group_share, in_scope, least, most, now, with_closed
from ownergraph.rules.cpom_own._professions import NONE, settled
from ownergraph.rules.cpom_own._sized import owners_sized, some_part
from ownergraph.rules.parties import within

c = pl.col
KEY = ["practice", "state"]
EACH_LESS = "each_less_than_each_physician"
NOBODY = pl.lit(None, dtype=pl.String)
LICENSE = "Which active health license that counts in {state} does {owner} hold?"


def _owners(g: Graph, scope: pl.LazyFrame) -> pl.LazyFrame:
    """Owners with `doctor`, `allied` (licensed, no physician) and `capped` (profession under the cap), or null."""
    held = owners_sized(g).filter(c("share_max").is_null() | (c("share_max") > 0))
    rows = held.join(scope.select(*KEY, "owners_closed"), on=KEY)
    rows = rows.with_columns(more=(c("owner_kind") == "person") & ~g.complete("licenses", "owner"))

    def has(among: pl.Expr, *, possible: pl.Expr) -> pl.Expr:
        """Whether a license that counts is of one of these professions."""
        sure, may = (c(name).list.set_intersection(among).list.len() > 0 for name in ("owner_sure", "owner_may"))
        return pl.when(sure).then(True).when(may | (c("more") & possible)).then(None).otherwise(False)

    capped = c("allied_capped_stated").fill_null(NONE)
    others = c("owner_may").list.set_difference(["physician"])
    always = pl.lit(True)
    return rows.with_columns(
        low=c("share_min").fill_null(0),
        high=c("share_max").fill_null(WHOLE),
        doctor=has(pl.lit(["physician"]), possible=always),
        other=has(others, possible=always),
        under=has(capped, possible=capped.list.len() > 0),
        licensed_as=pl.when(c("owner_sure").list.len() > 0)
        .then("owner_sure")
        .when(c("owner_may").list.len() > 0)
        .then("owner_may"),
    ).with_columns(allied=c("other") & ~c("doctor"), capped=c("under") & ~c("doctor"))


def _by_profession() -> pl.Expr:
    """Whether the profession of each owner counts: where the state lists professions, read or not."""
    return (c("allied_rule_stated") == "listed") | (c("allied_professions_stated").list.len() > 0).fill_null(False)


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
    each = _by_profession() | (c("allied_count_rule_stated") == EACH_LESS).fill_null(False)
    rows = scope.filter(each, ~c("owners_closed"))
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
        .with_columns(
            held_min=least(closed, WHOLE).fill_null(0),
            # without owners, listed or not, there is nothing that they hold
            held_max=most(closed, WHOLE).fill_null(pl.when(closed).then(0).otherwise(WHOLE)),
        )
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
    each = (
        owners.lazy()
        .group_by(*KEY, "owner")
        .agg(c("allied").first(), c("doctor").first(), c("holding"), holds=c("sized").fill_null(False).any())
    )
    sure = {kind: c(kind).fill_null(False) & c("holds") for kind in ("allied", "doctor")}
    count = each.group_by(KEY).agg(
        allied_min=sure["allied"].sum().cast(pl.Int64),
        allied_max=c("allied").fill_null(True).sum().cast(pl.Int64),
        doctors_min=sure["doctor"].sum().cast(pl.Int64),
        doctors_max=c("doctor").fill_null(True).sum().cast(pl.Int64),
        holdings=c("holding").filter((c("allied") != False).fill_null(True)).list.explode().sort(),  # noqa: E712
    )
    numbers = ("allied_min", "allied_max", "doctors_min", "doctors_max")
    more = (
        pl.when(c("owners_closed") & (c("allied_min") > c("doctors_max")))
        .then(True)
        .when(c("owners_closed") & (c("allied_max") <= c("doctors_min")))
        .then(False)
    )
    rows = (
        counted.lazy()
        .join(count, on=KEY, how="left", maintain_order="left")
        .with_columns(c(name).fill_null(0) for name in numbers)
        .with_columns(
            limit_on=pl.lit("number_of_allied_owners"),
            finding=pl.format(
                "there are more licensed owners who are no physicians ({}) than physicians ({}); {} allows no more "
                "of them than of physicians",
                "allied_min", "doctors_max", "state",
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
    person = _bounded(ruled.lazy())
    may = c("doctor").fill_null(True)
    sure = c("doctor").fill_null(False) & c("holds")
    doctors = person.group_by(KEY).agg(
        sure_least=c("high").filter(sure).min(),
        may_least=c("low").filter(may).sort().head(2),
        physicians=c("holdings").filter(may).list.explode().sort(),
    )
    # an owner who may be one of the physicians is not held against itself
    first, second = (c("may_least").list.get(k, null_on_oob=True) for k in (0, 1))
    others = pl.when(may & (c("low") == first)).then(second).otherwise(first)
    reaches = (
        pl.when(c("holds") & (c("low") >= c("sure_least")))
        .then(True)
        .when(c("owners_closed") & ((c("high") < c("others")) | c("others").is_null()))
        .then(False)
    )
    rows = (
        person.filter((c("capped") != False).fill_null(True))  # noqa: E712
        .join(doctors, on=KEY, how="left", maintain_order="left")
        .with_columns(
            limit_on=pl.lit("share_of_one_owner"),
            others=others,
            about="owner",
            finding=pl.format(
                "no physician ({}), holds as much as one of the physicians; in {} each must hold less than "
                "each physician",
                c("licensed_as").list.join(", ").str.replace_all("_", " "),
                "state",
            ),
        )
    )
    capped = fact(c("capped"), LICENSE)
    as_much = fact(reaches, "What exact shares do {owner} and each physician hold in {practice}?")
    return [Cases(rows, capped & as_much & ~exempt, evidence=("holdings", "physicians"))]


def _bounded(owners: pl.LazyFrame) -> pl.LazyFrame:
    """One row an owner with `low` and `high` of all its holdings, as far as those of the others leave room; `holds`."""
    low, high = within(c("low"), c("high"), KEY, WHOLE, c("owners_closed"))
    return (
        owners.group_by(*KEY, "owner", maintain_order=True)
        .agg(
            pl.exclude("low", "high", "holding", "sized").first(),
            c("low").sum(),
            c("high").sum().clip(upper_bound=WHOLE),
            holdings=c("holding").sort(),
            holds=c("sized").fill_null(False).any(),
        )
        .with_columns(low=low, high=high)
        .with_columns(holds=c("holds") | (c("low") > 0))
    )


def _profession(owners: pl.DataFrame, exempt: Test) -> list[Cases]:
    """An allied owner whose profession the state does not list."""
    asked = owners.filter(_by_profession() & (c("allied") != False).fill_null(True))  # noqa: E712
    if not asked.height:
        return []
    listed, may = c("allied_professions_stated").fill_null(NONE), c("owner_may")
    missing = (
        pl.when(listed.list.len() == 0)
        .then(None)
        .when(c("owner_sure").list.set_intersection(settled()).list.len() > 0)
        .then(False)
        # whichever of these licenses stand, they are of professions on the list
        .when(~c("more") & (may.list.set_difference(settled()).list.set_difference(["physician"]).list.len() == 0))
        .then(False)
        # which profession it is, is not recorded
        .when((may.list.set_intersection(listed).list.len() > 0) | may.list.contains("other_licensed"))
        .then(None)
        .otherwise(True)
    )
    rows = asked.lazy().with_columns(
        limit_on=pl.lit("profession_of_the_owner"),
        about="owner",
        finding=pl.format(
            "licensed as {}, a profession that the law of {} does not list for joint ownership with physicians",
            c("licensed_as").list.join(", ").str.replace_all("_", " "),
            "state",
        ),
    )
    allied = fact(c("allied"), LICENSE)
    unlisted = fact(missing, "May {owner}, licensed as {licensed_as}, own with physicians in {state}? Not settled.")
    return [Cases(rows, allied & some_part() & unlisted & ~exempt, evidence=("holding",))]
