"""No current and independent opinion says that the management fee is at fair market value.

What it finds: an agreement about which there is no opinion on fair market value; or none that is at most 24 months
    old, by an appraiser who is tied to neither side, and not earlier than the last change of the services: one that is
    all of this is enough, also where it is not the newest. An appraiser is independent where that is recorded, unless
    it is the manager or the practice, or one of them certainly controls it, or it them, or somebody certainly controls
    both; control that is only possible takes nothing away from what is recorded. Where the newest opinion is more than
    36 months old it is high.
Why it matters: fair market value is an element of nearly every safe harbor and exception, and of the source guide; an
    opinion is how it is usually shown.
What it does not mean: that the fee is above or below fair market value (FEE-04), or that the law asks for an opinion.
Facts it needs: the opinions, their days, who made them and whether they are independent, who controls the appraiser;
    when the services were last changed (the beginning of the agreement, if never); the basis of the fee; whether the
    lists of opinions and of agreements are complete.
When it is undecided: one of these is not recorded; the list of opinions is not complete, so that there may be a good
    one; the fee is cost plus, in every basis that is recorded of it and its parts, or no basis of it is recorded: it
    needs no opinion where the costs are audited, which the input cannot record; there may be another agreement.
What clears it: an opinion of the last 24 months by an independent appraiser on the services as they are; or audited
    costs under a cost-plus fee.
References: the source guide; 42 CFR 411.351 (fair market value).
"""

import polars as pl

from ownergraph.rules.agreements import other_agreements
from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.parties import related

c = pl.col


@rule(
    "MSA-06",
    name="no-current-opinion-on-fair-market-value",
    severity="medium",
    basis="heuristic",
    parties=("manager",),
    says="for the fee that {practice} pays {manager} no current and independent opinion on fair market value is "
    "recorded: {why}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, and one for other agreements."""
    opinions = _opinions(g)
    newest = opinions.unique("agreement", keep="first", maintain_order=True)
    others = (
        opinions.join(newest, on="opinion", how="anti")
        .group_by("agreement")
        .agg(other=(c("fresh") & c("apart") & c("same_services")).any(ignore_nulls=False), has_other=pl.lit(True))
    )
    rows = (
        g.agreements.join(newest.drop("manager", "practice"), on="agreement", how="left", maintain_order="left")
        .join(others, on="agreement", how="left", maintain_order="left")
        .with_columns(
            why=pl.when(c("opinion").is_null())
            .then(pl.lit("there is none"))
            .when(~c("fresh"))
            .then(pl.format("the newest is of {}", "dated"))
            .when(~c("apart"))
            .then(pl.lit("the appraiser is not independent"))
            .otherwise(pl.lit("the services have changed since"))
        )
    )
    good = (
        fact(_newest("fresh"), "On what day is the opinion {opinion} on the fee of {manager} dated?")
        & fact(_newest("apart"), "Is the appraiser of {opinion} tied to neither side, nor to an investor?")
        & fact(
            _newest("same_services"),
            "When were the services of {manager} for {practice} last changed (the beginning, if never)?",
        )
    )
    other = fact(
        pl.when(c("has_other")).then(c("other")).otherwise(False),
        "Is another opinion on the fee of {manager} current and independent?",
    )
    cost_plus = c("fee_bases").list.set_difference(["cost_plus"]).list.len() == 0  # also where no basis is recorded
    audited = fact(
        pl.when(cost_plus).then(None).otherwise(False),
        "Is the fee of {manager} cost plus, and are the costs audited?",
    )
    unlisted = declared(
        g.complete("fmv_opinions", "practice"),
        "Is there a current, independent opinion on the fee of {manager} that is not listed? Is the list complete?",
    )
    old = c("dated") < pl.lit(g.as_of).dt.offset_by("-36mo")
    severity = pl.when(old).then(pl.lit("high")).otherwise(pl.lit("medium"))
    found = ~audited & ~(good | other | unlisted)
    return [
        Cases(rows, found, evidence=("agreement", "opinion", "tie"), severity=severity),
        other_agreements(g, rows),
    ]


def _newest(column: str) -> pl.Expr:
    """A fact of the newest opinion; false where there is none."""
    return pl.when(c("opinion").is_not_null()).then(c(column)).otherwise(False)


def _opinions(g: Graph) -> pl.LazyFrame:
    """Opinions about agreements, the newest of each first, and whether each is current and independent.

    Complexity: O(opinions), and what it costs to see whether their appraisers are tied (`parties.related`).
    """
    agreements = (
        g.relations["MANAGES"].lazy().select("manager", "services_changed_on", practice="managed", agreement="id")
    )
    rows = (
        g.table("fmv_opinions")
        .lazy()
        .select("dated", "independent", "appraiser_entity", opinion="id", agreement="about")
        .join(agreements, on="agreement", how="inner", maintain_order="left")
    )
    sides = [rows.select(party="appraiser_entity", manager=side) for side in ("manager", "practice")]
    keys = pl.concat(sides).drop_nulls().unique(maintain_order=True).collect(engine="in-memory")
    if keys.height:
        ties = related(g, keys).filter(c("related")).select("party", "manager", "proof")
    else:
        ties = keys.with_columns(proof=pl.lit([], dtype=pl.List(pl.String)))
    for side in ("manager", "practice"):
        rows = rows.join(
            ties.lazy().rename({"party": "appraiser_entity", "manager": side, "proof": f"_{side}"}),
            on=["appraiser_entity", side],
            how="left",
            maintain_order="left",
        )
    return (
        rows.with_columns(
            fresh=c("dated") >= pl.lit(g.as_of).dt.offset_by("-24mo"),
            apart=pl.when(c("_manager").is_not_null() | c("_practice").is_not_null())
            .then(False)
            .otherwise(c("independent")),
            same_services=c("services_changed_on") <= c("dated"),
            tie=pl.coalesce("_manager", "_practice"),
        )
        .sort("agreement", "dated", "opinion", descending=[False, True, False], nulls_last=True, maintain_order=True)
        .select("agreement", "practice", "manager", "opinion", "dated", "fresh", "apart", "same_services", "tie")
    )
