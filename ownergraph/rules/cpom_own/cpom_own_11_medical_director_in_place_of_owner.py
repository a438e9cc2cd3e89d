"""A lay-owned practice has a physician as medical director who owns nothing of it.

What it finds: a practice that gives patient care, of which unlicensed holders have more than the state lets them
    own, and a physician who is its medical director without any share in it, also by way of companies; often for a
    flat monthly fee and without patients of his or her own there. Asked where the doctrine has weight 2 or 3.
Why it matters: the boards of California and North Carolina say that a medical director does not make a lay-owned
    practice lawful; physicians were disciplined for lending their license (the $2,000 a month med spa).
What it does not mean: that supervision is not real; nor that medical directors of hospitals or licensed clinics are
    meant.
Facts it needs: owners up to the last holder and their licenses, who is medical director, facility licenses; whether
    owners and roles are complete; of what kind the practice is (`exempt_as`).
When it is undecided: the lay part, the director's license or shares, or a facility license is not recorded; the
    register of owners or the list of roles is open; the practice may itself be of an exempt kind; the state's limit is
    not verified.
What clears it: physicians own the practice as the state asks; a license as a facility that must have a medical
    director; a practice that is itself of a kind that the state lets unlicensed persons own or, where it is no
    professional entity, lets employ physicians (undecided where the kind is not recorded, or is let on terms that were
    not read).
References: Medical Board of California, corporate practice guidance; North Carolina Medical Board, Lessons (August
    30, 2024).
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.cpom_own._holders import exempt_practice, facility, now
from ownergraph.rules.cpom_own._lay import lay_shares, over_limit

c = pl.col
KEY = ["practice", "state"]


@rule(
    "CPOM-OWN-11",
    name="medical-director-in-place-of-owner",
    severity="high",
    basis="law",
    parties=("director",),
    law=("lay_max_pct",),
    gated=True,
    says="unlicensed holders have {lay_share} of {practice}; {director}, its medical director{terms}, is a physician "
    "and owns nothing of it",
)
def cases(g: Graph) -> list[Cases]:
    """One row a practice, state and medical director; one for directors not listed."""
    scope = g.practice_states.filter((c("cpom_weight_stated") >= 2) & c("lay_max_pct_stated").is_not_null())
    parts = lay_shares(g, scope).lazy()
    rows = now(scope.join(parts, on=KEY, how="left", maintain_order="left").with_columns(over=over_limit())).lazy()
    directors = (
        g.relations["HOLDS_ROLE"]
        .lazy()
        .filter(c("role") == "medical_director")
        .select(practice="organization", director="person", holds="id", fee="monthly_fee_usd", seen="encounters_12m")
    )
    placed = now(rows.join(directors, on="practice"))
    people = (
        g.with_license(placed.lazy(), "director")
        .filter((c("director_physician") != False).fill_null(True))  # noqa: E712
        .with_columns(stake=_stake(), terms=_terms())
    )
    lay = fact(c("over"), "Who ultimately owns {practice}, in what shares, and are they licensed in {state}?")
    off = facility("practice") | exempt_practice()
    physician = fact(c("director_physician"), "Is {director} a physician licensed in {state}?")
    nothing = fact(~c("stake"), "Does {director} own any share of {practice}, directly or through a company?")
    rest = rows.with_columns(director=pl.lit(None, dtype=pl.String))
    unlisted = declared(
        g.complete("roles", "practice"), "Has {practice} a medical director; is the list of its roles complete?"
    )
    return [
        *([Cases(people, lay & physician & nothing & ~off, ("holds", "chain"))] if placed.height else []),
        Cases(rest, lay & unlisted & ~off),
    ]


def _stake() -> pl.Expr:
    """Whether the director is certainly, or certainly not, among the owners, through companies too (nullable)."""
    return (
        pl.when(c("sure_above").list.contains(c("director")))
        .then(True)
        .when(c("may_above").list.contains(c("director")))
        .then(None)
        .when(c("unsure_registers").list.len() == 0)
        .then(False)
    )


def _terms() -> pl.Expr:
    """The flat fee and the patients that are recorded, in words."""
    fee = pl.when(c("fee").is_not_null()).then(
        pl.format(" for ${} a month", c("fee").cast(pl.Int64).cast(pl.String).str.replace(r"^(\d+)(\d{3})$", "$1,$2"))
    )
    seen = pl.when(c("seen") == 0).then(pl.lit(" without patient encounters"))
    return pl.concat_str(fee, seen, ignore_nulls=True)
