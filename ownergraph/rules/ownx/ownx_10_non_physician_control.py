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

from ownergraph.rules.api import Cases, Graph, declared, fact, rule

c = pl.col


@rule(
    "OWNX-10",
    name="non-physician-control",
    severity="critical",
    basis="law",
    parties=("controller",),
    gated=True,
    says="{controller}, {controller_class}, controls {practice} by {mechanism}{tier_note}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each controller of each practice and state, and one for what no register closes.

    Where a controller at the top is certainly no physician, the companies between it and the practice are its path,
    not results of their own.
    """
    settled = (c("certain") & c("ultimate") & ~c("controller_is_physician")).fill_null(False)
    controllers = g.controllers.filter(settled | ~settled.any().over("practice", "state"))
    known = fact(
        c("certain"),
        "Does {controller} control {practice}? It may, by {mechanism}; the shares, votes or powers that decide are not recorded",
    )
    lay = fact(
        ~c("controller_is_physician"),
        "Is {controller} controlled by a physician, or itself a physician, licensed in {state}?",
    )
    rows = Cases(controllers.lazy(), known & lay, evidence=("proof",))
    cases = g.practice_states.filter(c("state").is_not_null())
    closed = declared(
        c("control_closed"), "Are the lists of {open_registers} complete for {practice} and those above it?"
    )
    decided = controllers.lazy().filter(c("certain") & ~c("controller_is_physician"))
    rest = (
        cases.join(g.control_closed.lazy(), on="practice", how="left", maintain_order="left")
        .join(decided.unique(["practice", "state"]), on=["practice", "state"], how="anti", maintain_order="left")
        .with_columns(controller=pl.lit(None, dtype=pl.String))
    )
    return [rows, Cases(rest, closed)]
