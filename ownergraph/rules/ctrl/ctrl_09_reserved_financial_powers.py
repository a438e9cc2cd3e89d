"""The manager holds, or can veto, three or more of the financial decisions that owners reserve.

What it finds: at least three different powers among budget, debt, distributions, capital spending, opening sites,
    merger or sale, settling claims and choosing the auditor, over all agreements of the manager with the practice,
    without a physician's final say or a joint committee that takes them away. It applies where the state's doctrine
    is moderate or strong (weight 2 or 3).
Why it matters: whoever decides on money, sites and sale runs the business; courts and the accounting test of
    control by contract look at these powers together.
What it does not mean: that one of these powers is improper, or that the manager controls the practice. The number
    three is a heuristic. Pay of physicians is left to CTRL-23, so that it counts once.
Facts it needs: the powers of the manager, those in which a physician has the final say, whether a joint committee
    decides.
When it is undecided: one of these is not recorded and could decide, also a power with a code that the table of powers
    does not know; there may be agreements that are not listed.
What clears it: fewer than three such powers; a joint operating committee in which physicians have the majority, or
    whose deadlock favors the practice.
References: Flynn Bros. v. First Medical Associates, 715 S.W.2d 782 (Tex. App. 1986); ASC 810-10-15-22(3)-(4).
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, rule
from ownergraph.rules.powers import agreements_of, held, of_class

AT_LEAST = 3

c = pl.col


@rule(
    "CTRL-09",
    name="reserved-financial-powers",
    severity="medium",
    basis="heuristic",
    parties=("manager",),
    law=("cpom_weight",),
    gated=True,
    says="{manager} holds {sure_count} reserved financial powers over {practice}: {sure}",
)
def cases(g: Graph) -> Cases:
    """One row for each manager of a practice and state."""
    rows, test = held(g, agreements_of(g, weight=2), of_class("financial"), at_least=AT_LEAST, committee=True)
    return Cases(rows.with_columns(sure_count=c("sure").list.len()), test, evidence=("agreements",))
