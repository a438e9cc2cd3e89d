"""The same person signed a management agreement for both sides.

What it finds: an agreement that one natural person signed for the manager and for the practice: the two signers that
    are recorded are the same. An agreement that is not in writing nobody signed.
Why it matters: courts that looked through friendly practices asked whether the two sides dealt at arm's length; one
    signer for both says that they may not have.
What it does not mean: that the terms are unfair, or that the signer controls both sides: see who controls them.
Facts it needs: who signed for the manager, and who for the practice; whether the list of agreements is complete.
When it is undecided: one of the signers is not recorded, and not that the agreement is not in writing; there may be
    another agreement.
What clears it: the practice's own physician signs for the practice, somebody else for the manager.
References: Andrew Carothers, M.D., P.C. v. Progressive Insurance Co., 33 N.Y.3d 389 (2019); Allstate v. Northfield
    Medical Center, 228 N.J. 596 (2017).
"""

import polars as pl

from ownergraph.rules.agreements import other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "MSA-11",
    name="same-signer",
    severity="medium",
    basis="heuristic",
    parties=("manager",),
    says="{signed_by_manager} signed the agreement of {manager} with {practice} for both sides",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, and one for other agreements."""
    rows = g.agreements
    same = fact(
        pl.coalesce(c("signed_by_manager") == c("signed_by_managed"), pl.when(~c("in_writing")).then(False)),
        "Who signed the agreement for {manager}, and who for {practice}?",
    )
    return [Cases(rows, same, evidence=("agreement",)), other_agreements(g, rows)]
