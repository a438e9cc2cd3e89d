"""A management agreement that does not say which services are rendered, or what the roles of the parties are.

What it finds: an agreement that lists no services, or only "all necessary services"; or that does not define the
    roles of manager and practice.
Why it matters: the safe harbor for management contracts asks that the agreement covers and specifies all services;
    the source guide asks for clearly defined roles and terms. What is not named cannot be valued, and hides what the
    manager really does.
What it does not mean: that no services were rendered.
Facts it needs: the services of the agreement (an empty list means that it names none); whether it defines the roles;
    whether the list of agreements is complete.
When it is undecided: one of these is not recorded; there may be another agreement.
What clears it: a list of services in the agreement, and a description of what belongs to whom.
References: 42 CFR 1001.952(d)(1)(ii); the source guide.
"""

import polars as pl

from ownergraph.rules.agreements import VAGUE, other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "MSA-04",
    name="services-not-listed",
    severity="medium",
    basis="law",
    parties=("manager",),
    says="the agreement of {manager} with {practice} {lacks}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, and one for other agreements."""
    unnamed = c("services").list.set_difference(list(VAGUE)).list.len() == 0
    rows = g.agreements.with_columns(
        lacks=pl.when(unnamed & (c("services").list.len() == 0))
        .then(pl.lit("lists no services"))
        .when(unnamed)
        .then(pl.lit('names no services but "all necessary services"'))
        .otherwise(pl.lit("does not define the roles of the parties"))
    )
    services = fact(unnamed, "Which services does the agreement between {manager} and {practice} list?")
    roles = fact(c("roles_defined"), "Does the agreement define the roles of {manager} and {practice}?")
    return [Cases(rows, services | ~roles, evidence=("agreement",)), other_agreements(g, rows)]
