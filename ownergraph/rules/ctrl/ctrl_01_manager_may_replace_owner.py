"""A transfer restriction or succession agreement that lets the manager's side replace the owner of the practice.

What it finds: a right over the owner's interest that the manager, or somebody under common control with it, holds,
    where it names the new owner or may choose anybody, or where it may act at any time, when it elects, when the
    management agreement or the owner's employment ends, or on any breach. It applies where the state's doctrine is
    moderate or strong (weight 2 or 3).
Why it matters: whoever can replace the owner decides in the end, whatever the share register says. California's
    Attorney General treats the existence of the right as the problem; ORS 676.555 bars it but for listed events.
What it does not mean: that the right was used, or that the owner acts under it.
Facts it needs: who holds the right and how it is tied to the manager, the events, who names the new owner, whether
    it is a mere first refusal at fair market value (it is none where the holder names the new owner); and whether
    the list of such rights is complete.
When it is undecided: one of these is not recorded; the practice has, or may have, a manager, and the list of such
    rights is not complete; in Oregon, where the holder names the new owner only on events
    that the statute may permit (loss of license, exclusion, felony charge, death, disability, insolvency, material
    breach): the list has not been verified.
What clears it: no such right; a right of first refusal at fair market value for a licensed buyer whom the practice
    chooses; events beyond the holder's will, with a new owner whom the practice or the law names.
References: ORS 676.555 (SB 951 of 2025, HB 3410); Art Center Holdings v. WCE CA Art (brief of the California
    Attorney General, 2026); People v. Carbon Health (2026); N.Y. Bus. Corp. Law 1507.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, declared, rule
from ownergraph.rules.parties import managed
from ownergraph.rules.transfers import replaces, rights

c = pl.col


@rule(
    "CTRL-01",
    name="manager-may-replace-owner",
    severity="high",
    basis="enforcement",
    parties=("holder", "owner"),
    law=("cpom_weight",),
    gated=True,
    says="{holder} may replace {owner} as owner of {practice} (on: {triggers}; new owner chosen by: "
    "{designee_chosen_by})",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each right over a practice and state, and one for rights that are not listed."""
    severity = pl.when(c("state").is_in(["CA", "OR"])).then(pl.lit("critical")).otherwise(pl.lit("high"))
    rest = g.practice_states.filter(c("cpom_weight_stated") >= 2).with_columns(
        holder=pl.lit(None, dtype=pl.String), owner=pl.lit(None, dtype=pl.String)
    )
    closed = declared(
        g.complete("transfer_restrictions", "practice"),
        "Is the list of transfer restrictions and succession agreements of {practice} complete?",
    )
    return [
        Cases(rights(g, 2), replaces(), evidence=("holder_via", "restriction"), severity=severity),
        Cases(rest, managed(g) & closed, severity=severity),
    ]
