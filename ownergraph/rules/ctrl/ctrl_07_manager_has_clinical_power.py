"""The manager holds, or can veto, a clinical decision.

What it finds: an agreement that gives the manager a power of the clinical class: tests, referrals, treatment
    options, patients in a period and hours, clinical standards, staffing at a site; without a physician's final say
    in it. It applies in every state.
Why it matters: clinical decisions are the practice of medicine; in California and Oregon statutes list them, and in
    other states with a corporate practice doctrine they are its core.
What it does not mean: that the manager used the power, or that care was affected; advice is not a power.
Facts it needs: the powers of the manager under its agreements, and those in which a physician has the final say.
When it is undecided: the powers are not recorded, or one has a code that the table of powers does not know, or not
    whether a physician has the final say in them; there may be agreements that are not listed.
What clears it: the manager only advises, and the agreement leaves the final say to a physician in writing; in
    California consulting where the physician keeps ultimate responsibility; peer review by licensed physicians.
References: Cal. Health & Safety Code 1190-1191 (SB 351); guidance of the Medical Board of California on the
    corporate practice of medicine; ORS 676.555 (SB 951 of 2025). Law in California and Oregon, doctrine elsewhere.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, rule
from ownergraph.rules.powers import agreements_of, held, of_class

c = pl.col


@rule(
    "CTRL-07",
    name="manager-has-clinical-power",
    severity="critical",
    basis="law",
    parties=("manager",),
    gated=True,
    says="{manager} holds clinical powers over {practice}: {sure}",
)
def cases(g: Graph) -> Cases:
    """One row for each manager of a practice and state."""
    rows, test = held(g, agreements_of(g), of_class("clinical"))
    return Cases(rows, test, evidence=("agreements",))
