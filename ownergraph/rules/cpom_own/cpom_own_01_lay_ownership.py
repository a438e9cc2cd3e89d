"""Unlicensed persons or entities own more of a practice than the state allows.

What it finds: a practice of which unlicensed persons, investors and organizations behind which they stand
    ultimately hold more than the state's limit for lay owners: any share at all in most states, 49% or less than
    half in a few. Holdings through companies count by what is behind them: a third of a company that holds 60% is
    20%.
Why it matters: most professional entity acts and the corporate practice doctrine reserve equity in a medical
    practice to licensees; shares held by others may be void, and the contracts and bills of the practice may be
    challenged.
What it does not mean: that the holders control the practice (that is OWNX-10), or that physicians hold too little
    (that is CPOM-OWN-02). Whether a licensed owner's profession may own is CPOM-OWN-04.
Facts it needs: owners and shares at every level up to persons, their licenses in the state, and for owning
    organizations and trusts whether they are of a kind that the state lets own (`exempt_as`); whether the registers
    are complete.
When it is undecided: shares or licenses that could bring the lay part above the limit are not recorded; a register
    of owners is open; a holder or the practice is of a kind that the state exempts on terms that were not read (an
    estate in its time of grace, an Oregon clinic); it is not recorded whether a holder without owners is a professional
    entity; the state's limit is not verified.
What clears it: registers of owners in which everyone, up to the last holder, is licensed in the state or of a kind
    that the state exempts, or in which the lay part stays within the limit. An heir is recorded with `exempt_as:
    estate`.
References: the state's row; Cal. B&P Code 2400, Corp. Code 13401.5; N.Y. BCL 1507; Tex. BOC 301.003, 301.012; ORS
    58.500 (formerly 58.375); 15 Pa.C.S. 2923(a).
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, Leaf, fact, rule
from ownergraph.rules.cpom_own._holders import exempt_practice, in_scope, split
from ownergraph.rules.cpom_own._lay import lay_shares, over_limit

c = pl.col


@rule(
    "CPOM-OWN-01",
    name="lay-ownership",
    severity="critical",
    basis="law",
    law=("lay_max_pct",),
    gated=True,
    says="{lay_share} of {practice} is ultimately held by {holders}, without a license that counts in {state}; "
    "the law of {state} allows unlicensed holders {limit}",
)
def cases(g: Graph) -> Cases:
    """One row a practice and state."""
    scope = g.practice_states.filter(in_scope() & c("lay_max_pct_stated").is_not_null())
    limit = pl.format("{}%", "lay_max_pct_stated")
    rows = scope.join(
        lay_shares(g, scope).lazy(), on=["practice", "state"], how="left", maintain_order="left"
    ).with_columns(
        over=over_limit(),
        holders=pl.when(c("lay_holders").list.len() > 0).then("lay_holders").otherwise(pl.lit(["unlicensed holders"])),
        limit=pl.when(c("lay_max_strict_stated"))
        .then(pl.format("less than {}", limit))
        .when(c("lay_max_pct_stated") == 0)
        .then(pl.lit("no share"))
        .otherwise(pl.format("at most {}", limit)),
    )
    found = split(
        c("over"),
        (
            fact(
                c("unsure_persons").list.len() > 0, "Is {unsure_persons} licensed in {state}, and in what profession?"
            ),
            fact(
                c("unsure_professions").list.len() > 0,
                "Is {unsure_professions} a professional entity, and who owns it? Nobody is recorded as its owner",
            ),
            fact(
                c("unsure_kinds").list.len() > 0,
                "Is {unsure_kinds} a holder of a kind that the law of {state} lets own (hospital, qualified entity, "
                "trust, estate, ...), and on what terms?",
            ),
            fact(c("unsure_shares").list.len() > 0, "What exact share does {unsure_shares} hold?"),
            Leaf(
                c("unsure_registers").list.len() > 0,
                "Who else owns {unsure_registers}; is the list of its owners complete?",
                kind="register",
            ),
            fact(pl.lit(False), "Who ultimately holds {practice}? Recorded for unlicensed holders: {lay_share}"),
        ),
    )
    return Cases(rows, found & ~exempt_practice(), evidence=("chain",))
