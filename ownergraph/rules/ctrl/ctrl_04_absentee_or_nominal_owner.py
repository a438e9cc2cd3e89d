"""A majority owner who is absent, lives elsewhere, or is paid a flat stipend without any profit.

What it finds: a person with more than half of the shares of the practice, whatever votes these have, who has seen no
    patient there for twelve months, or whose home state is none of those in which the practice works, or who gets a
    flat stipend and no distribution; and of whom it is not recorded that it governs. It applies
    where the state has the doctrine at all (weight 1 to 3).
Why it matters: courts look behind an owner in name only; in Carothers the nominal radiologist's absence and pay
    were among the facts that decided.
What it does not mean: that the owner is a straw: an owner may lead a practice without seeing patients.
Facts it needs: shares, encounters of the last twelve months, home state and the states of the practice, how the
    owner is paid, whether it documents governance meetings and supervises care.
When it is undecided: one of these is not recorded and could decide; the majority owner may not be listed: the list of
    owners is not complete, no person who is listed certainly has the majority, and all who are listed, companies
    included, do not certainly have half of the shares, so that somebody else may have more than half.
What clears it: records of governance meetings and of supervision by the owner; or an owner who works at the
    practice, in its state, and shares in the profit. Where an owner has several holdings that say different things,
    what speaks for the owner counts.
References: Andrew Carothers, M.D., P.C. v. Progressive, 33 N.Y.3d 389 (2019); State Farm v. Mallela, 4 N.Y.3d 313
    (2005); North Carolina Medical Board on straw ownership.
"""

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.missing import ASK_SHARE
from ownergraph.rules.parties import person_owners, unlisted_share

c = pl.col


@rule(
    "CTRL-04",
    name="absentee-or-nominal-owner",
    severity="high",
    basis="enforcement",
    parties=("owner",),
    law=("cpom_weight",),
    gated=True,
    says="{owner} owns the majority of {practice} ({share}) and is an owner in name by these signs: {signs}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each person who may own the majority of a practice and state, and one for owners not listed."""
    scope = c("cpom_weight_stated") >= 1
    states = (
        g.relations["OPERATES_IN"].lazy().group_by(practice="entity").agg(practice_states=c("state").unique().sort())
    )
    homes = g.entities.lazy().select(owner="id", home_state="home_state")
    rows = (
        person_owners(g, g.owners.filter(scope))
        .join(homes, on="owner", how="left", maintain_order="left")
        .join(states, on="practice", how="left", maintain_order="left")
        .with_columns(
            absent=c("encounters_12m") == 0,
            elsewhere=pl.when(c("practice_states").list.contains(c("home_state")))
            .then(False)
            .when(c("home_state").is_not_null() & g.complete("states", "practice"))
            .then(True),
        )
        .with_columns(
            signs=pl.concat_list(
                pl.when("absent").then(pl.lit("no patient seen in twelve months")),
                pl.when("elsewhere").then(pl.format("lives in {}, where the practice does not work", "home_state")),
                pl.when("stipend_only").then(pl.lit("a flat stipend without distributions")),
            )
            .list.drop_nulls()
            .list.join("; ")
        )
    )
    majority = fact(c("majority"), ASK_SHARE)
    absent = fact(c("absent"), "How many patients did {owner} see at {practice} in the last twelve months?")
    elsewhere = fact(
        c("elsewhere"), "In which state does {owner} live or mainly work, and in which states does {practice} work?"
    )
    stipend = fact(c("stipend_only"), "Does {owner} get a flat stipend and no distribution of the profit?")
    governs = fact(c("governs"), "Does {owner} document governance meetings of {practice} and supervise care there?")
    decided = rows.filter(c("majority")).select("practice", "state").unique()
    rest = (
        g.practice_states.filter(scope)
        .join(decided, on=["practice", "state"], how="anti", maintain_order="left")
        .with_columns(owner=pl.lit(None, dtype=pl.String))
    )
    listed = declared(
        unlisted_share(g) * 2 <= WHOLE,
        "Is the list of owners of {practice} complete, and does nobody else own more than half?",
    )
    return [
        Cases(rows, majority & (absent | elsewhere | stipend) & ~governs, evidence=("holdings",)),
        Cases(rest, listed),
    ]
