"""An entity that physicians do not own employs or engages physicians to treat patients.

What it finds: an organization that is no professional entity, of which unlicensed holders have more than the state
    lets them own, and that employs or engages a physician licensed in the state for patient care, where the state
    bars that or limits it to kinds of entity of which this is none. An investor is such an organization, and so is one
    that unlicensed holders own alone, whatever the limit. Asked where the doctrine has weight 2 or 3.
Why it matters: employment of physicians by a lay entity is the original case of the corporate practice of medicine.
What it does not mean: that the entity steers medical judgment; nor that pay for administrative work is meant. That the
    employer works in states that are not recorded is not asked.
Facts it needs: employer and physician, whether the work is clinical, who owns the employer, its kind (`exempt_as`),
    where it operates; in South Dakota the terms of the employment.
When it is undecided: whether the work is clinical, who owns the employer or of what kind it is, is not recorded; the
    kind is one that the state lets employ on terms that were not read; in which state the work is done is not
    recorded: the employer has several in which the physician may be licensed, or none of its own (then the states of
    practices that it manages, else those of the physician's licenses are asked about); the list of employees of a
    practice or a manager is open; the limit for lay owners, or the cell on employment, is not verified.
What clears it: an employer of a kind that the state exempts (hospital, nonprofit, public, ...); one that licensees
    own; work that is not clinical; in South Dakota a contract that reserves judgment, without profit from the
    physician's services, for no more than three years.
References: the state's row; Cal. B&P Code 2400; Berlin v. Sarah Bush Lincoln Health Center, 179 Ill. 2d 1 (1997);
    T.C.A. 63-6-204(f); SDCL 36-4-8.1.
"""

import polars as pl

from ownergraph.analysis.exempt import class_of
from ownergraph.model.vocabulary import INVESTOR_ROLES, PROFESSIONAL_FORMS
from ownergraph.rules.api import Cases, Graph, Test, declared, fact, law, rule
from ownergraph.rules.cpom_own._holders import now
from ownergraph.rules.cpom_own._lay import lay_shares, over_limit, workplaces

c = pl.col
LIMITED = ["no", "limited", "conditional"]
LAW = [
    "state", "cpom_weight", "cpom_weight_stated", "lay_may_employ", "lay_may_employ_stated",
    "lay_may_employ_exempt_stated", "lay_may_employ_conditional_stated", "lay_max_pct", "lay_max_pct_stated",
    "lay_max_strict_stated",
]  # fmt: skip
FACTS = ("kind", "roles", "form", "professional", "exempt_as", "offers_patient_care")


@rule(
    "CPOM-OWN-07",
    name="lay-entity-employs-physicians",
    severity="critical",
    basis="law",
    subject=("employer", "state"),
    parties=("employee",),
    law=("lay_may_employ",),
    gated=True,
    says="{employer}, in which unlicensed holders have {lay_share}, {engages} {employee}, a physician licensed in "
    "{state}, for patient care",
)
def cases(g: Graph) -> list[Cases]:
    """One row an employer, state and physician; one for physicians who are not listed."""
    places = workplaces(g)
    employs = g.relations["EMPLOYS"].lazy().rename({"id": "holds"})
    placed = employs.join(places, on="employer", how="inner")
    homeless = (
        employs.join(places.select("employer").unique(), on="employer", how="anti")
        .join(g.relations["LICENSED_IN"].lazy().select(employee="person", state="state").unique(), on="employee")
        .with_columns(recorded=pl.lit(False))
    )
    everywhere = pl.concat([placed, homeless.select(placed.collect_schema().names())])
    listed = _with_employer(g, _may_be_physicians(g, everywhere))
    found = (
        fact(c("employee_physician"), "Is {employee} a physician licensed in {state}?")
        & fact(c("clinical"), "Does {employee} treat patients for {employer}?")
        & fact(c("works_here"), "Does {employee} work for {employer} in {state}?")
        & _lay_entity()
        & ~_terms()
    )
    rest = _with_lay(g, _with_employer(g, _candidates(g, places))).with_columns(employee=pl.lit(None, dtype=pl.String))
    more = declared(
        g.complete("employment", "employer"), "Does {employer} employ physicians in {state}; is that list complete?"
    )
    return [
        *([Cases(_listed(g, listed), found, evidence=("holds", "chain"))] if listed.height else []),
        Cases(rest, _lay_entity() & more),
    ]


def _may_be_physicians(g: Graph, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Those who are employed and may be physicians in a state of the employer, with `works_here` (nullable).

    Where an employer has several states, also such as bar nothing, the work may be done in each where the employee may
    practice.
    """
    return (
        g.with_license(rows, "employee")
        .filter((c("employee_physician") != False).fill_null(True))  # noqa: E712
        .with_columns(works_here=pl.when(c("recorded") & (pl.len().over("holds") == 1)).then(True))
    )


def _listed(g: Graph, rows: pl.DataFrame) -> pl.LazyFrame:
    """Those who are employed and may be physicians, with the lay part of the employer."""
    return _with_lay(g, rows).with_columns(
        engages=pl.when(c("status") == "contractor").then(pl.lit("engages")).otherwise(pl.lit("employs"))
    )


def _candidates(g: Graph, places: pl.LazyFrame) -> pl.LazyFrame:
    """Managers and practices, which may employ physicians besides those listed."""
    managers = g.relations["MANAGES"].lazy().select(employer="manager")
    clinics = g.entities.lazy().filter(c("roles").list.contains("practice")).select(employer="id")
    return places.join(pl.concat([managers, clinics]).unique(), on="employer", how="semi")


def _with_employer(g: Graph, rows: pl.LazyFrame) -> pl.DataFrame:
    """Add the employer's facts and the state's row; only where the rule applies."""
    facts = g.entities.lazy().select(employer="id", **{f"employer_{name}": c(name) for name in FACTS})
    return now(
        rows.join(facts, on="employer", how="left", maintain_order="left")
        .join(g.law.lazy().select(LAW), on="state", how="left", maintain_order="left")
        .filter((c("cpom_weight_stated") >= 2) & c("lay_may_employ_stated").is_in(LIMITED))
        .filter(
            ~(
                c("employer_professional").fill_null(False)
                | c("employer_form").is_in(PROFESSIONAL_FORMS).fill_null(False)
            )
        )
        .filter(c("employer_kind") != "account")
    )


def _with_lay(g: Graph, scope: pl.DataFrame) -> pl.LazyFrame:
    """Add the lay part of the employer."""
    parts = lay_shares(g, scope.lazy().select(practice="employer", state="state")).rename({"practice": "employer"})
    return scope.lazy().join(parts.lazy(), on=["employer", "state"], how="left", maintain_order="left")


def _lay_entity() -> Test:
    """Lay, and of no kind that the state lets employ."""
    investor = c("employer_roles").list.set_intersection(list(INVESTOR_ROLES)).list.len().fill_null(0) > 0
    implied = pl.concat_list(
        pl.when(c("employer_roles").list.contains("hospital")).then(pl.lit("hospital")),
        pl.when(c("employer_kind") == "government").then(pl.lit("public")),
    ).list.drop_nulls()
    words = (
        pl.when(c("employer_exempt_as").is_not_null())
        .then(pl.concat_list("employer_exempt_as", implied))
        .when(implied.list.len() > 0)
        .then(implied)
    )
    whole = pl.when(investor | (c("lay_low") >= 1)).then(True).otherwise(False)
    # owned by lay holders alone it is lay whatever the limit of the state, which need not be verified then
    lay = fact(whole, "") | (
        law("lay_max_pct") & fact(over_limit(), "Who ultimately owns {employer}, and are they licensed in {state}?")
    )
    exempt = fact(
        pl.when((c("employer_kind") == "person") | (investor & (c("employer_kind") == "organization")))
        .then(False).otherwise(
            class_of(words, c("lay_may_employ_exempt_stated"), c("lay_may_employ_conditional_stated"))
        ),
        "Is {employer} of a kind that the law of {state} lets employ physicians (hospital, nonprofit, ...), and "
        "on what terms?",
    )  # fmt: skip
    return lay & ~exempt


def _terms() -> Test:
    """Terms of the contract that make employment lawful where the state's row is conditional (South Dakota)."""
    conditional = fact(c("lay_may_employ_stated") == "conditional", "")
    south_dakota = c("state") == "SD"
    return (
        conditional
        & fact(c("judgment_reserved"), "Does the contract of {employee} reserve independent medical judgment?")
        & fact(
            pl.when(south_dakota).then(~c("profit_markup")).otherwise(True),
            "Does {employer} charge no more for the services of {employee} than {employee} would?",
        )
        & fact(
            pl.when(south_dakota).then(c("term_years") <= 3).otherwise(True),
            "For how many years does {employee}'s contract run?",
        )
    )
