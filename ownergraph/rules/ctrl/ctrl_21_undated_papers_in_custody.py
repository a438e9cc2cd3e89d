"""An undated resignation, blank stock power or presigned transfer in the custody of the manager's side.

What it finds: such a paper about the practice, held by the manager or by somebody under common control with it. It
    applies where the state has the doctrine at all (weight 1 to 3).
Why it matters: whoever has it in the drawer can remove the owner or take the shares by filling in a date or a name;
    in Northfield it was a mark of a practice owned in name only.
What it does not mean: that the paper was used, or that the signer was forced.
Facts it needs: the papers, who signed them, about which practice, in whose custody; whether the list is complete.
When it is undecided: the custodian or its tie to the manager is not recorded; the paper names no practice, so that it
    may be about each that its signer owns or has a position in; there may be more papers: the list is not complete,
    or one paper that is listed names no practice, whoever signed it, and there is or may be a manager.
What clears it: the paper is destroyed or dated and handed back, or is kept by the owner or by the practice.
References: Allstate v. Northfield Medical Center, 228 N.J. 596, 159 A.3d 412 (2017).
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.parties import managed, on_side, with_side

PAPERS = ["undated_resignation", "blank_stock_power", "presigned_transfer"]

c = pl.col


@rule(
    "CTRL-21",
    name="undated-papers-in-custody",
    severity="critical",
    basis="enforcement",
    parties=("holder", "signer"),
    law=("cpom_weight",),
    gated=True,
    says="{holder} has custody of the {document} of {signer} over {practice}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each paper about a practice and state, and one for papers that are not listed."""
    scope = g.practice_states.filter(c("cpom_weight_stated") >= 1)
    papers = g.table("documents").lazy().filter(c("document").is_in(PAPERS))
    papers = papers.select("document", "holder", "signer", "over", paper="id")
    ties = pl.concat(
        [
            g.relations["OWNS"].lazy().select(signer="owner", practice="owned"),
            g.relations["HOLDS_ROLE"].lazy().select(signer="person", practice="organization"),
        ]
    ).unique(maintain_order=True)
    named = papers.filter(c("over").is_not_null()).with_columns(practice="over", about=pl.lit(True))
    # a paper that names no company may be about any practice that its signer owns or serves
    unnamed = (
        papers.filter(c("over").is_null())
        .join(ties, on="signer", how="inner", maintain_order="left_right")
        .with_columns(about=pl.lit(None, dtype=pl.Boolean))
        .select(*named.collect_schema().names())
    )
    found = pl.concat([named, unnamed])
    rows = with_side(g, scope.join(found, on="practice", how="inner", maintain_order="left_right"), "holder")
    about = fact(c("about"), "Is the {document} of {signer} about {practice}?")
    held = c("holder").is_not_null()
    custody = fact(pl.when(held).then(True), "Who has the {document} of {signer} over {practice} in custody?")
    side = fact(pl.when(held).then("holder_side").otherwise(True), on_side("holder").ask)
    nameless = papers.filter(c("over").is_null()).collect(engine="in-memory").height > 0
    rest = scope.with_columns(holder=pl.lit(None, dtype=pl.String), signer=pl.lit(None, dtype=pl.String))
    closed = declared(
        g.complete("documents", "practice") & (not nameless),
        "Is there an undated resignation, blank stock power or presigned transfer over {practice} that is not listed?",
    )
    return [
        Cases(rows, custody & side & about, evidence=("holder_via", "paper")),
        Cases(rest, managed(g) & closed),
    ]
