"""A person of the practice who is also an owner, director, officer, employee or contractor on the manager's side.

What it finds: a person with a tie (owner, position, employment) to the practice and one to its manager, or to a
    company under common control with the manager.
Why it matters: in Oregon the statute of 2025 bars dual roles; elsewhere whoever sits on both sides of the agreement
    cannot be expected to hold the manager to it.
What it does not mean: that the person acted against the practice; a physician may own a management company
    lawfully.
Facts it needs: owners, positions and staff on both sides, and how companies are tied to the manager; in Oregon also
    the written agreement for pay, the person's share, its status and pay as a contractor, and dates of positions.
When it is undecided: one of these is not recorded; physicians own the majority of the manager, which states treat
    differently; in Oregon an exempt class, shares of the manager that may be incidental, or positions in both from
    before 2024 with less than 25% of the practice: these tests have not been read in full.
What clears it: no such tie; in Oregon an independent contractor of the manager, at fair market value, who owns less
    than 10% of the practice (sources differ on exactly 10%, which is reported); no written agreement for pay.
References: ORS 676.555 (SB 951 and HB 3410 of 2025; in force from 2026 for new relations, from 2029 for those
    before June 9, 2025); People v. Carbon Health (2026). Law in Oregon (critical), a heuristic elsewhere.
"""

from datetime import date

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.rules.api import Cases, Graph, Leaf, Test, fact, rule
from ownergraph.rules.parties import (
    control_closed,
    managed,
    on_side,
    oregon_exempt,
    owners_closed,
    with_physician_managers,
    with_side,
)

BEFORE = date(2024, 1, 1)
"""Directors and officers of both sides before this day have a rule of their own in Oregon."""
LEADS = ["director", "officer", "president", "vice_president", "secretary", "treasurer", "assistant_officer"]
REGISTERS = ("owners", "roles", "employment")

c = pl.col


def _ties(g: Graph) -> pl.LazyFrame:
    """Owners, positions and staff: person, organization, tie (words), row, and what Oregon asks about each."""
    owns = g.relations["OWNS"].lazy().filter(c("instrument").is_null() | c("instrument").is_in(["equity", "profits"]))
    staff = g.relations["EMPLOYS"].lazy()
    pay = pl.when(c("annual_usd") < c("fmv_low_usd")).then(False).when(c("annual_usd") > c("fmv_high_usd")).then(False)
    pay = pay.when(c("annual_usd").is_between(c("fmv_low_usd"), c("fmv_high_usd"))).then(True)
    no = pl.lit(False)
    frames = [
        owns.select(
            "passive", person="owner", organization="owned", tie=pl.lit("owner"), row="id", contractor=no, lead=no,
            low=pl.coalesce("share_min", 0), high=pl.coalesce("share_max", WHOLE), early=no, at_value=no,
        ),
        g.relations["HOLDS_ROLE"].lazy().select(
            "person", "organization", tie=c("role").str.replace_all("_", " "), row="id", contractor=no,
            lead=c("role").is_in(LEADS), low=0, high=0, passive=no,
            early=c("valid_from").is_null() | (c("valid_from") < BEFORE), at_value=no,
        ),
        staff.select(
            person="employee", organization="employer", row="id", contractor=c("status") == "contractor", lead=no,
            tie=pl.when(c("status") == "contractor").then(pl.lit("contractor")).otherwise(pl.lit("employee")),
            low=0, high=0, passive=no, early=no, at_value=pay,
        ),
    ]  # fmt: skip
    columns = [
        "person", "organization", "tie", "row", "contractor", "lead", "low", "high", "passive", "early", "at_value",
    ]  # fmt: skip
    people = g.entities.lazy().filter(c("kind") == "person").select(person="id")
    return pl.concat([f.with_columns(c("low", "high").cast(pl.Int64)).select(columns) for f in frames]).join(
        people, on="person", how="semi", maintain_order="left"
    )


def _both_sides(g: Graph) -> pl.LazyFrame:
    """One row a practice, state, person and company that is or may be on the manager's side."""
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
        high=c("high").sum().clip(upper_bound=WHOLE),
        owns=(c("tie") == "owner").any(),
        only_contractor=c("contractor").all(ignore_nulls=False),
        only_owner=(c("tie") == "owner").all(),
        active=(c("passive").not_()).any(),
        leads_early=(c("lead") & c("early")).any(),
        at_value=c("at_value").filter(c("contractor").fill_null(True)).all(ignore_nulls=False),
    )
    there = per_person.join(companies.select(organization="id"), on="organization", how="semi", maintain_order="left")
    here = per_person.select(
        "person", practice="organization", here_ties="ties", here_rows="rows", here_low="low", here_high="high",
        here_owns="owns", here_leads="leads_early",
    )  # fmt: skip
    rows = (
        g.practice_states.filter(c("cpom_weight_stated").is_not_null())
        .join(here, on="practice", how="inner", maintain_order="left_right")
        .join(there, on="person", how="inner", maintain_order="left_right")
        .filter(c("organization") != c("practice"))
    )
    rows = with_physician_managers(g, with_side(g, rows, "organization"))
    paid = pl.when(c("fee_basis").is_not_null() | (c("fee_usd") > 0)).then(True).when(c("fee_usd") == 0).then(False)
    agreed = (
        g.relations["MANAGES"]
        .lazy()
        .with_columns(paid=paid)
        .group_by(practice="managed")
        .agg(agreed=(c("in_writing") & c("paid")).any(ignore_nulls=False))
    )
    rows = rows.join(agreed, on="practice", how="left", maintain_order="left")
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
    known = owners_closed(g)
    most = pl.when(c("here_owns") | known).then(c("here_high")).otherwise(WHOLE)
    below_ten = pl.when(most * 10 < WHOLE).then(True).when(c("here_low") * 10 >= WHOLE).then(False)
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
    return [
        Cases(
            _both_sides(g),
            found,
            evidence=("here_rows", "rows", "organization_via"),
            severity=severity,
        ),
        Cases(rest, managed(g) & closed, severity=severity),
    ]
