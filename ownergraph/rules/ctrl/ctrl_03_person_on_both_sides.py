"""A person of the practice who is also an owner, director, officer, employee or contractor on the manager's side.

What it finds: a person with a tie (owner, position, employment) to the practice and one to its manager, or to a
    company that the manager controls, that controls it, or under common control with it. Owners of options and of
    secured debt are no owners; other practices are left to CTRL-05, unless they manage some practice themselves. It
    applies in every state whose doctrine the table has, weak ones included.
Why it matters: in Oregon the statute of 2025 bars dual roles; elsewhere whoever sits on both sides of the agreement
    cannot be expected to hold the manager to it.
What it does not mean: that the person acted against the practice; a physician may own a management company
    lawfully. In Oregon it is not looked at when the relation of practice and manager began: for relations from before
    June 9, 2025, the statute applies from 2029 only.
Facts it needs: owners, positions and staff on both sides, and how companies are tied to the manager; in Oregon also
    whether the practice has a written agreement for pay (a fixed fee, a percentage or another basis, in the agreement
    or in the parts of its fee; a fee of nothing is no pay), the person's share of the practice, its status as a
    contractor, whether its pay is at fair market value (as recorded, or between the bounds that are recorded), and
    since when positions are held.
When it is undecided: one of these is not recorded; ties may not be listed; physicians licensed in the state own the
    majority of every manager, or may, which states treat differently; in Oregon a class that may be exempt, where the
    person is nothing but an owner on the manager's side, with half or less for certain and not recorded as active,
    so that its shares may be incidental, or where it has been a director or officer of both since before 2024, or
    since a day that is not recorded, may own less than 25% of the practice and may be licensed: these tests have not
    been read in full.
What clears it: no such tie; in Oregon an independent contractor of the manager, and nothing else there, at fair market
    value, who owns less than 10% of the practice (sources differ on exactly 10%, which is reported); no written
    agreement for pay.
References: ORS 676.555 (SB 951 and HB 3410 of 2025; in force from 2026 for new relations, from 2029 for those
    before June 9, 2025); People v. Carbon Health (2026). Law in Oregon (critical), a heuristic elsewhere.
"""

from datetime import date

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.model.vocabulary import PERCENTAGE
from ownergraph.rules.api import Cases, Graph, Leaf, Test, fact, rule
from ownergraph.rules.parties import (
    control_closed,
    managed,
    on_side,
    oregon_exempt,
    person_owners,
    unlisted_share,
    with_physician_managers,
    with_side,
)

BEFORE = date(2024, 1, 1)
"""Directors and officers of both sides before this day have a rule of their own in Oregon."""
LEADS = ["director", "officer", "president", "vice_president", "secretary", "treasurer", "assistant_officer"]
REGISTERS = ("owners", "roles", "employment")

c = pl.col


def _paid(basis: str, pct: str, usd: str) -> pl.Expr:
    """Whether a fee, or a part of it, is more than nothing; null where that is not recorded."""
    no_usd, no_pct = c(usd) == 0, c(pct) == 0
    nothing = (
        pl.when(c(basis) == "fixed").then(no_usd).when(c(basis).is_in(PERCENTAGE)).then(no_pct)
        .when(c(basis).is_null()).then(no_usd & no_pct)
    )  # fmt: skip
    more = (c(usd) > 0).fill_null(False) | (c(pct) > 0).fill_null(False)
    return pl.when(more).then(True).when(nothing).then(False).when(c(basis).is_not_null()).then(True)


def _agreed(g: Graph) -> pl.LazyFrame:
    """For each practice whether one of its listed agreements is in writing and for pay: practice, agreed (nullable)."""
    components = g.table("fee_components")
    parts = components.lazy().with_columns(_part=_paid("basis", "pct", "usd"))
    parts = parts.group_by(id="agreement").agg(_parts=c("_part").any(ignore_nulls=False))
    in_parts = c("id").is_in(components["agreement"].to_list())
    silent = pl.all_horizontal(c("fee_basis", "fee_usd", "fee_pct").is_null())
    # where the fee has parts and the agreement itself says nothing, the parts say it
    own = pl.when(in_parts & silent).then(False).otherwise(_paid("fee_basis", "fee_pct", "fee_usd"))
    paid = own | pl.when(in_parts).then("_parts").otherwise(False)
    return (
        g.relations["MANAGES"]
        .lazy()
        .join(parts, on="id", how="left", maintain_order="left")
        .group_by(practice="managed")
        .agg(agreed=(c("in_writing") & paid).any(ignore_nulls=False))
    )


def _ties(g: Graph) -> pl.LazyFrame:
    """Owners, positions and staff: person, organization, tie (words), row, and what Oregon asks about each."""
    inside = c("annual_usd").is_between(c("fmv_low_usd"), c("fmv_high_usd"))
    outside = (c("annual_usd") < c("fmv_low_usd")) | (c("annual_usd") > c("fmv_high_usd"))
    pay = pl.coalesce("is_fmv", pl.when(outside).then(False).when(inside).then(True))
    no = pl.lit(False)
    frames = [
        g.ownership.rows.lazy().select(
            "passive", "low", person="owner", organization="owned", tie=pl.lit("owner"), row="id", contractor=no,
            lead=no, early=no, at_value=no,
        ),
        g.relations["HOLDS_ROLE"].lazy().select(
            "person", "organization", tie=c("role").str.replace_all("_", " "), row="id", contractor=no,
            lead=c("role").is_in(LEADS), low=0, passive=no,
            early=c("valid_from").is_null() | (c("valid_from") < BEFORE), at_value=no,
        ),
        g.relations["EMPLOYS"].lazy().select(
            person="employee", organization="employer", row="id", contractor=c("status") == "contractor", lead=no,
            tie=pl.when(c("status") == "contractor").then(pl.lit("contractor")).otherwise(pl.lit("employee")),
            low=0, passive=no, early=no, at_value=pay,
        ),
    ]  # fmt: skip
    columns = ["person", "organization", "tie", "row", "contractor", "lead", "low", "passive", "early", "at_value"]
    people = g.entities.lazy().filter(c("kind") == "person").select(person="id")
    return pl.concat([f.with_columns(c("low").cast(pl.Int64)).select(columns) for f in frames]).join(
        people, on="person", how="semi", maintain_order="left"
    )


def _ties_of_both(g: Graph) -> pl.DataFrame:
    """One row a practice, state, person and company, where the person has ties to both."""
    ties = _ties(g)
    managers = g.relations["MANAGES"]["manager"].unique().to_list()
    # another practice of the same owner is the business of CTRL-05
    companies = g.entities.lazy().filter(
        (c("kind") != "person") & (~c("roles").list.contains("practice") | c("id").is_in(managers))
    )
    per_person = ties.group_by("person", "organization", maintain_order=True).agg(
        ties=c("tie").unique(maintain_order=True),
        rows=c("row"),
        low=c("low").sum(),
        only_contractor=c("contractor").all(ignore_nulls=False),
        only_owner=(c("tie") == "owner").all(),
        active=(c("passive").not_()).any(),
        leads_early=(c("lead") & c("early")).any(),
        at_value=c("at_value").filter(c("contractor").fill_null(True)).all(ignore_nulls=False),
    )
    there = per_person.join(companies.select(organization="id"), on="organization", how="semi", maintain_order="left")
    here = per_person.select(
        "person", practice="organization", here_ties="ties", here_rows="rows", here_leads="leads_early"
    )
    return (
        g.practice_states.filter(c("cpom_weight_stated").is_not_null())
        .join(here, on="practice", how="inner", maintain_order="left_right")
        .join(there, on="person", how="inner", maintain_order="left_right")
        .filter(c("organization") != c("practice"))
        .collect(engine="in-memory")
    )


def _both_sides(g: Graph, ties: pl.DataFrame) -> pl.LazyFrame:
    """Add to the ties what is asked about them: the side of the company, shares in the practice, its agreements."""
    rows = with_physician_managers(g, with_side(g, ties.lazy(), "organization"))
    shares = person_owners(g, g.owners).select(
        "practice", "state", person="owner", here_low="share_min", here_high="share_max"
    )
    rows = (
        rows.join(shares, on=["practice", "state", "person"], how="left", maintain_order="left")
        # whoever is not listed as an owner may be one in an open register
        .with_columns(here_low=c("here_low").fill_null(0), here_high=c("here_high").fill_null(unlisted_share(g)))
        .join(_agreed(g), on="practice", how="left", maintain_order="left")
    )
    # an agreement that is not listed may be the written one
    rows = rows.with_columns(agreed=c("agreed") | pl.when(g.complete("agreements", "practice")).then(False))
    return g.with_license(rows, "person")


def _oregon(g: Graph) -> Test:
    """The tests of the statute, true in other states: definition, and what is carved out."""
    oregon = c("state") == "OR"

    def only_there(value: pl.Expr, otherwise: bool) -> pl.Expr:
        return pl.when(oregon).then(value).otherwise(otherwise)

    definition = fact(
        only_there(c("agreed"), True), "Is there a written agreement under which {practice} pays its manager?"
    )
    below_ten = pl.when(c("here_high") * 10 < WHOLE).then(True).when(c("here_low") * 10 >= WHOLE).then(False)
    complete = g.complete("owners", "organization") & g.complete("roles", "organization")
    complete = complete & g.complete("employment", "organization")
    alone = pl.when(c("only_contractor") & ~complete).then(None).otherwise(c("only_contractor"))
    contractor = fact(
        only_there(alone, False),
        "Is {person} only an independent contractor of {organization}, and nothing else there?",
    )
    small = fact(only_there(below_ten, False), "Does {person} own less than 10% of {practice}?")
    valued = fact(only_there(c("at_value"), False), "Is {person} paid fair market value by {organization}?")
    incidental = fact(
        only_there(
            pl.when(c("only_owner") & ~c("active").fill_null(False) & (c("low") * 2 <= WHOLE))
            .then(None)
            .otherwise(False),
            False,
        ),
        "Are the shares of {person} in {organization} incidental and unrelated to its pay?",
    )
    early = Leaf(
        only_there(
            pl.when(
                c("here_leads") & c("leads_early") & (c("here_low") * 4 < WHOLE) & c("person_licensed").fill_null(True)
            )
            .then(None)
            .otherwise(False),
            False,
        ),
        "Counsel must verify whether {person} falls under the rule of HB 3410 for those who led both sides "
        "before 2024 with less than 25% of {practice}",
        kind="law",
    )
    return definition & ~(contractor & small & valued) & ~incidental & ~early & ~oregon_exempt()


def _open(g: Graph) -> pl.Expr:
    """Whether ties may be missing that put somebody on both sides of `practice`. O(practices x what is above)."""
    if all(g.is_complete(register, "") for register in REGISTERS):
        return pl.lit(False)
    lacking = {
        who
        for who, kind in g.kind_of.items()
        if kind not in ("person", "account") and not all(g.is_complete(register, who) for register in REGISTERS)
    }
    below: dict[str, set[str]] = {}
    for x, y in g.control.pairs.select("controller", "controlled").iter_rows():
        below.setdefault(x, set()).add(y)
    anywhere = any(not control_closed(g, who) for who in lacking if "practice" not in g.roles_of[who])
    found: list[str] = []
    managers = g.relations["MANAGES"]
    for practice, manager in managers.select("managed", "manager").unique(maintain_order=True).iter_rows():
        top = {manager, *g.control.above(manager)}
        side = top.union(*(below.get(who, set()) for who in top))
        if anywhere or practice in lacking or side & lacking:
            found.append(practice)
    return c("practice").is_in(found) | ~g.complete("agreements", "practice")


@rule(
    "CTRL-03",
    name="person-on-both-sides",
    severity="high",
    basis="heuristic",
    parties=("person",),
    gated=True,
    says="{person} is on both sides: {here_ties} of {practice} and {ties} of {organization}, on the manager's side",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each person, practice, state and company, and one for ties that are not listed."""
    physicians = fact(
        pl.when(c("manager_physicians")).then(False).otherwise(c("manager_physicians")),
        "Do physicians licensed in {state} own the majority of the manager of {practice}?",
    )
    differs = Leaf(
        pl.when(c("manager_physicians")).then(None).otherwise(False),
        "Counsel must verify how {state} treats a manager that physicians own: they hold the majority of the manager "
        "of {practice}",
        kind="law",
    )
    severity = pl.when(c("state") == "OR").then(pl.lit("critical")).otherwise(pl.lit("high"))
    found = on_side("organization") & ~physicians & ~differs & _oregon(g)
    rest = g.practice_states.filter(c("cpom_weight_stated").is_not_null()).with_columns(
        person=pl.lit(None, dtype=pl.String)
    )
    closed = Leaf(
        pl.when(_open(g)).then(None).otherwise(False),
        "Are the lists of owners, positions and staff of {practice} and of its manager's side complete?",
        kind="register",
    )
    open_ = Cases(rest, managed(g) & closed, severity=severity)
    ties = _ties_of_both(g)
    if not ties.height:
        return [open_]
    rows = _both_sides(g, ties)
    return [Cases(rows, found, evidence=("here_rows", "rows", "organization_via"), severity=severity), open_]
