"""The manager holds, or can veto, a business decision that reaches clinical care.

What it finds: an agreement that gives the manager a power of the clinical-business class: medical records, hiring
    and dismissing clinicians, payer parameters, coding, equipment, prices, schedules; without a physician's final
    say. It applies where the state's doctrine is moderate or strong (weight 2 or 3).
Why it matters: the Medical Board of California and SB 351 list these as the physician's; ORS 676.555 lists most of
    them as de facto control. Elsewhere they are indicators of who runs the practice.
What it does not mean: that the manager used the power; advice and support are allowed. Pay of physicians is left to
    CTRL-23, so that it counts once.
Facts it needs: the powers of the manager under its agreements, and those in which a physician has the final say.
When it is undecided: the powers are not recorded, or one has a code that the table of powers does not know, or not
    whether a physician has the final say in them; in California where the only one is to set terms for other
    clinicians, which is barred for clinical competency or proficiency only; in Oregon where the practice is, or may
    be, of an exempt class: that list was not read; there may be agreements that are not listed.
What clears it: the manager only advises or consults, and the agreement leaves the final say to a physician.
References: Cal. Health & Safety Code 1190-1191 (SB 351); guidance of the Medical Board of California; ORS 676.555
    (SB 951 of 2025). Law in California and Oregon; a heuristic in other states with a moderate or strong doctrine.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.parties import oregon_exempt
from ownergraph.rules.powers import agreements_of, held, of_class

OTHERS = "contract_other_clinicians"

c = pl.col


@rule(
    "CTRL-08",
    name="business-power-reaches-care",
    severity="high",
    basis="heuristic",
    parties=("manager",),
    law=("cpom_weight",),
    gated=True,
    says="{manager} holds business powers over {practice} that reach clinical care: {sure}",
)
def cases(g: Graph) -> Cases:
    """One row for each manager of a practice and state."""
    words = of_class("clinical_business", without=("set_physician_comp",))
    rows, test = held(g, agreements_of(g, weight=2), words)
    only_others = (c("sure").list.set_difference([OTHERS]).list.len() == 0) & c("maybe").list.contains(OTHERS)
    competency = fact(
        pl.when((c("state") == "CA") & only_others).then(None).otherwise(True),
        "Do the terms that {manager} sets for contracts of {practice} with other clinicians rest on clinical "
        "competency or proficiency?",
    )
    return Cases(rows, test & competency & ~oregon_exempt(), evidence=("agreements",))
