"""Rights to replace the owner of a practice: what CTRL-01 finds and CTRL-02 asks about."""

import polars as pl

from ownergraph.law.tables import transfer_triggers
from ownergraph.rules.api import Graph, Leaf, Test, fact
from ownergraph.rules.parties import on_side, with_side

c = pl.col

SUSPICIOUS = [code for code, trigger in transfer_triggers().items() if trigger.suspicious]
ASK_EVENTS = "What lets {holder} make {owner} give up its interest in {practice} (which events, or none)?"
ASK_DESIGNEE = "Who names the new owner of {practice}: {holder}, or somebody else?"


def rights(g: Graph, weight: int) -> pl.LazyFrame:
    """RESTRICTS_TRANSFER x practice x state x law row, with the side of `holder`; `restriction` is the row's id."""
    return g.once(("rights", weight), lambda: _rights(g, weight).collect(engine="in-memory")).lazy()


def _rights(g: Graph, weight: int) -> pl.LazyFrame:
    rows = (
        g.relations["RESTRICTS_TRANSFER"]
        .lazy()
        .select(
            "holder", "owner", "triggers", "designee_chosen_by", "designee_unrestricted", "first_refusal_at_fmv",
            "price_usd", practice="over", restriction="id",
        )
    )  # fmt: skip
    cases = g.practice_states.filter(c("cpom_weight_stated") >= weight)
    return with_side(g, cases.join(rows, on="practice", how="inner", maintain_order="left_right"), "holder")


def replaces() -> Test:
    """Whether a row of `rights` lets the manager's side replace the owner.

    A designee whom the holder chooses, or a trigger of the suspicious kind; not a mere right of first refusal at fair
    market value. In Oregon a designee whom the holder chooses, on triggers that may be permitted, is undecided: the
    list of permitted triggers is not verified.
    """
    oregon = c("state") == "OR"
    suspicious = fact(c("triggers").list.set_intersection(SUSPICIOUS).list.len() > 0, ASK_EVENTS)
    named_by_holder = (c("designee_chosen_by") == "holder") | c("designee_unrestricted")
    designee = fact(named_by_holder, ASK_DESIGNEE)
    untold = fact(pl.when(oregon & c("triggers").is_null()).then(None).otherwise(False), ASK_EVENTS)
    permitted = Leaf(
        pl.when(oregon & (c("triggers").list.len() > 0)).then(None).otherwise(False),
        "Counsel must verify whether Oregon permits a transfer on: {triggers}",
        kind="law",
    )
    # whoever names the new owner, or whoever the new owner may be, holds more than a right of first refusal
    refusal = fact(
        pl.when(named_by_holder)
        .then(False)
        .when(~c("first_refusal_at_fmv") | ~named_by_holder)
        .then("first_refusal_at_fmv"),
        "Is the right of {holder} only a first refusal at fair market value, for a licensed buyer whom {practice} "
        "chooses?",
    )
    named = designee & ~untold & ~permitted
    return on_side("holder") & (suspicious | named) & ~refusal
