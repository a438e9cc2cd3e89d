"""A management agreement without a clause that leaves clinical decisions to the practice.

What it finds: an agreement that does not reserve clinical decisions to the practice, in a state with a corporate
    practice doctrine, weak ones included.
Why it matters: the source guide asks that physicians keep all clinical control; recent statutes of California and
    Oregon forbid terms that take it from them. A clause says so where the parties disagree later.
What it does not mean: that the manager decides clinical matters; nor would a clause prove that it does not.
Facts it needs: whether the agreement has such a clause; whether the list of agreements is complete.
When it is undecided: the clause is not recorded either way; the state's row is not verified; there may be another
    agreement.
What clears it: a clause that reserves clinical decisions to the practice and its physicians.
References: the source guide; Cal. Health & Safety Code 1191 (SB 351); Oregon SB 951 (2025).
"""

import polars as pl

from ownergraph.rules.agreements import other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "MSA-08",
    name="no-clinical-autonomy-clause",
    severity="medium",
    basis="heuristic",
    parties=("manager",),
    law=("cpom_weight",),
    says="the agreement of {manager} with {practice} has no clause that reserves clinical decisions to the practice",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, in states with a doctrine; and one for other agreements."""
    rows = g.agreements.filter(c("cpom_weight_stated") >= 1)
    clause = fact(
        c("clinical_autonomy_clause"),
        "Does a clause of the agreement with {manager} reserve clinical decisions to {practice}?",
    )
    return [Cases(rows, ~clause, evidence=("agreement",)), other_agreements(g, rows)]
