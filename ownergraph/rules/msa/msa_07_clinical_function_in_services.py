"""A clinical function among the services of a manager.

What it finds: an agreement whose services include diagnosis, treatment, prescribing, clinical protocols, denial of
    care, or the hiring of clinicians, in a state with a corporate practice doctrine, weak ones included.
Why it matters: a management company gives administrative services only; a clinical function in its hands is what the
    doctrine forbids, and the agreement itself is the evidence.
What it does not mean: that the manager really does so, or that a physician does not decide in the end: see the powers
    (CTRL-07).
Facts it needs: the services of the agreement, in the words of the table of services; whether the list of agreements
    is complete.
When it is undecided: the services are not recorded; none of them is known to be clinical, but one is not in the
    table of services, or is "all necessary services", which names none; the state's row is not verified; there may be
    another agreement.
What clears it: an agreement whose services are administrative, clinical functions being left to the practice.
References: Medical Board of California, guidance on the corporate practice of medicine; Cal. Health & Safety Code
    1191; Oregon SB 951 (2025), ORS 676.555.
"""

import polars as pl

from ownergraph.rules.agreements import CLINICAL, has_service, other_agreements
from ownergraph.rules.api import Cases, Graph, rule

c = pl.col


@rule(
    "MSA-07",
    name="clinical-function-in-services",
    severity="critical",
    basis="law",
    parties=("manager",),
    law=("cpom_weight",),
    says="the services of {manager} for {practice} include clinical functions: {clinical}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, in states with a doctrine; and one for other agreements."""
    rows = g.agreements.filter(c("cpom_weight_stated") >= 1).with_columns(
        clinical=c("services").list.set_intersection(list(CLINICAL))
    )
    found = has_service(
        CLINICAL,
        "Do the services of {manager} for {practice} include diagnosis, treatment, prescribing, clinical protocols, "
        "denial of care, or hiring of clinicians? On record: {services}",
    )
    return [Cases(rows, found, evidence=("agreement",)), other_agreements(g, rows)]
