"""Somebody who is no physician controls a medical practice, by votes or by contract.

What it finds: a person who is not a licensed physician in the practice's state, an investor, or an organization that
    physicians do not control, and that controls the practice: by votes that it owns, votes that have moved to it
    (proxy, right to replace the owner, undated papers, board), or by a contract that meets every element of a named
    test. Control passes along chains of companies; exactly half is not control.
Why it matters: in states with a corporate practice of medicine doctrine only licensed physicians may own or control
    a practice; the name on the shares does not decide.
What it does not mean: that the law of the state has been broken: states differ in what they allow, and control in
    this sense may be exempt. Another licensed professional in control is reported too: licensed, but no physician.
Facts it needs: owners and votes at every level, rights over votes, boards, the terms of the agreement, licenses; and
    which of these registers are complete.
When it is undecided: somebody may control the practice in one completion of what is not recorded; or a register that
    could give control is not declared complete.
What clears it: physicians licensed in the state hold the majority of votes, free of rights that move them, and the
    agreement leaves them the powers that a named test lists.
References: the state's row; ASC 810-10-15-22; ORS 676.555; Allstate v. Northfield Medical Center, 228 N.J. 596 (2017).
"""

import polars as pl

from ownergraph.analysis.moves import how
from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.missing import with_missing

c = pl.col


@rule(
    "OWNX-10",
    name="non-physician-control",
    severity="critical",
    basis="law",
    gated=True,
    says="{controllers}{controller_class} {verb} {practice} by {how}{tier_note}",
)
def cases(g: Graph) -> list[Cases]:
    """One result for each practice and state, of as many rows as there are controllers, and one for open registers.

    Where a controller at the top is certainly no physician, the companies between it and the practice are its path;
    only then the rest is left out.
    """
    over = ["practice", "state"]
    lay_now = (c("certain") & ~c("controller_is_physician")).fill_null(False)
    settled = lay_now & c("ultimate")
    rows = (
        g.controllers.lazy()
        .filter(settled | ~settled.any().over(over))
        .with_columns(_lay=lay_now)
        .with_columns(
            controllers=pl.when("_lay")
            .then(c("controller").filter("_lay").implode().over(over))
            .otherwise(pl.concat_list("controller")),
            _many=c("_lay").sum().over(over) > 1,
        )
        .with_columns(
            verb=pl.when(c("_many") | c("controller").str.starts_with("group:"))
            .then(pl.lit("control"))
            .otherwise(pl.lit("controls")),
            how=c("mechanism").replace("moved votes", how("moved votes")),
            controller_class=pl.when("_many").then(pl.lit("")).otherwise(pl.format(", {},", "controller_class")),
        )
    )
    known = fact(c("certain"), "{missing}")
    lay = fact(
        ~c("controller_is_physician"),
        "Is {controller} controlled by a physician, or itself a physician, licensed in {state}?",
    )
    practices = g.practice_states.filter(c("state").is_not_null())
    closed = declared(
        c("control_closed"), "Are the lists of {open_registers} complete for {practice} and those above it?"
    )
    rest = practices.join(g.control_closed.lazy(), on="practice", how="left", maintain_order="left").join(
        rows.filter("_lay").unique(over), on=over, how="anti", maintain_order="left"
    )
    return [Cases(with_missing(g, rows), known & lay, evidence=("proof",)), Cases(rest, closed)]
