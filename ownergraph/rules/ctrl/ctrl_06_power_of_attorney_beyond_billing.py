"""The manager's side holds a power of attorney or proxy that goes beyond billing.

What it finds: a power of attorney, proxy or voting trust that the manager, or somebody under common control with
    it, holds for the practice or an owner of it, and that reaches further than endorsing checks, submitting claims
    and collecting: voting or transferring shares, signing payer contracts, hiring, opening accounts, borrowing, or
    all. It applies where the state's doctrine is moderate or strong (weight 2 or 3).
Why it matters: with such a power the manager can do by itself what only the practice may decide; several states bar
    a vote in the hands of an unlicensed person, and Medicare limits who may receive and negotiate its payments.
What it does not mean: that the power was used; a limited power for billing is usual.
Facts it needs: who holds the power, for whom, its scope, whether it may be revoked; the list of such powers.
When it is undecided: the scope, or the tie to the manager, is not recorded; a person who is an owner gave the power
    without naming a company, so that it may be about another one (a company that names none gave it about itself);
    there may be powers that are not listed, where there is or may be a manager.
What clears it: a power for claims and collection only, revocable on notice.
References: N.Y. Bus. Corp. Law 1507; ORS 676.555; 42 CFR 424.73, 424.80. That a scope is too wide is a heuristic.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.parties import managed, on_side, with_side

BILLING = ["endorse_checks", "submit_claims", "collect"]

c = pl.col


@rule(
    "CTRL-06",
    name="power-of-attorney-beyond-billing",
    severity="high",
    basis="heuristic",
    parties=("grantee", "grantor"),
    law=("cpom_weight",),
    gated=True,
    says="{grantee} holds a power for {grantor} that goes beyond billing at {practice}: {beyond}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each power over a practice and state, and one for powers that are not listed."""
    scope = g.practice_states.filter(c("cpom_weight_stated") >= 2)
    powers = (
        g.relations["HOLDS_PROXY"]
        .lazy()
        .select("grantee", "grantor", "over", "scope", "irrevocable", power="id")
        .with_columns(beyond=c("scope").list.set_difference(BILLING))
    )
    people = g.entities.lazy().filter(c("kind") == "person").select(grantor="id")
    loose = powers.filter(c("over").is_null()).join(people, on="grantor", how="semi")
    named = powers.join(loose, on="power", how="anti").with_columns(
        practice=pl.coalesce("over", "grantor"), about=pl.lit(True)
    )
    # a power that a person gave without naming a company may be about any practice that the person owns
    owned = g.relations["OWNS"].lazy().select(grantor="owner", practice="owned").unique(maintain_order=True)
    unnamed = loose.join(owned, on="grantor", how="inner", maintain_order="left_right").with_columns(
        about=pl.lit(None, dtype=pl.Boolean)
    )
    found = pl.concat([named, unnamed])
    rows = with_side(g, scope.join(found, on="practice", how="inner", maintain_order="left_right"), "grantee")
    about = fact(c("about"), "Does the power that {grantor} gave {grantee} reach the interest in {practice}?")
    beyond = fact(c("beyond").list.len() > 0, "What may {grantee} do for {grantor} under the power of attorney?")
    severity = pl.when(c("irrevocable").fill_null(False)).then(pl.lit("critical")).otherwise(pl.lit("high"))
    rest = scope.with_columns(grantee=pl.lit(None, dtype=pl.String), grantor=pl.lit(None, dtype=pl.String))
    closed = declared(
        g.complete("proxies", "practice"),
        "Is the list of powers of attorney and proxies over {practice} and its owners complete?",
    )
    return [
        Cases(rows, on_side("grantee") & beyond & about, evidence=("grantee_via", "power"), severity=severity),
        Cases(rest, managed(g) & closed),
    ]
