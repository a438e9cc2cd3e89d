"""Rows of a relation with the facts about them that stand elsewhere: their ends, opinions, baselines, groups."""

from typing import TYPE_CHECKING

import polars as pl

from ownergraph.model import RELATIONS

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

OF_ENTITIES = ("kind", "roles", "listed", "equity_usd", "beds", "investor_revenue_pct", "bills_federal_programs")
AMOUNTS = {
    "PAYS": c("amount_usd"),
    "EMPLOYS": c("annual_usd"),
    "MANAGES": pl.when(c("fee_basis") == "fixed").then("fee_usd"),
    "LEASES_TO": pl.when(c("rent_basis").is_in(["fixed", "time_block"])).then("rent_usd"),
    "SUPPLIES": c("price_usd"),
}
"""The amount that an opinion on fair market value is compared with. A monthly fee is none: opinions have no unit."""


def with_ends(g: "Graph", relation: str, ids: pl.Series | None = None) -> pl.DataFrame:
    """Rows of a relation, whatever their time, with facts about them.

    Args:
        g: the graph.
        relation: a relation of the model whose ends are entities.
        ids: rows to look at; all rows where it is None.

    Returns:
        The columns of the model, and `<end>_<fact>` for the facts of `OF_ENTITIES`, `_as_of`, and:
        _opinion_holds: whether independent opinions have the amount within their ranges; null where there are none.
        _opinion_caps: whether it is not above them.
        OWNS: the columns of hospital_baselines and group_practices of the company, `_physician_share` (certain share
        of physicians together, millionths) and `_financier_owns` (who financed the price owns part of the company).
        LEASES_TO: `_lessor_refers` (referrals from lessor to lessee are recorded).

    Complexity: O(rows of the relation + opinions + owners of hospitals).
    """
    frame = g.structure.tables[relation.lower()]
    if ids is not None:
        frame = frame.filter(c("id").is_in(ids.implode()))
    for end in RELATIONS[relation].ends:
        facts = g.entities.select("id", *OF_ENTITIES).rename(lambda name, end=end: f"{end}_{name}")  # type: ignore[misc]
        if frame.height < facts.height:
            facts = facts.filter(c(f"{end}_id").is_in(frame[end].implode()))
        frame = frame.join(facts, left_on=end, right_on=f"{end}_id", how="left", maintain_order="left")
    frame = _opinions(g, relation, frame.with_columns(_as_of=pl.lit(g.as_of)))
    if relation == "OWNS":
        return _hospitals(g, frame)
    if relation == "LEASES_TO":
        referrals = g.structure.tables["refers_to"].select(lessor="referrer", lessee="receiver").unique()
        return frame.join(
            referrals.with_columns(_lessor_refers=pl.lit(True)),
            on=["lessor", "lessee"], how="left", maintain_order="left",
        ).with_columns(c("_lessor_refers").fill_null(False))  # fmt: skip
    return frame


def _opinions(g: "Graph", relation: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Independent, dated opinions with a range, by the row that they are about; of any age, as the terms may be."""
    opinions = g.structure.tables["fmv_opinions"]
    amount = AMOUNTS.get(relation)
    if amount is None or not opinions.height or not frame.height:
        none = pl.lit(None, dtype=pl.Boolean)
        return frame.with_columns(_opinion_holds=none, _opinion_caps=none)
    ends = RELATIONS[relation].ends
    found = (
        frame.select("id", *ends, _amount=amount)
        .join(opinions.select("about", "dated", "appraiser_entity", "low_usd", "high_usd", "independent"),
              left_on="id", right_on="about", how="inner")
        .filter(
            c("independent").fill_null(False)
            & (c("dated") <= g.as_of).fill_null(False)
            & c("_amount").is_not_null()
            & ~pl.any_horizontal(*((c("appraiser_entity") == c(end)).fill_null(False) for end in ends))
        )
        .with_columns(
            _opinion_caps=c("_amount") <= c("high_usd"),
            _opinion_holds=(c("_amount") >= c("low_usd")) & (c("_amount") <= c("high_usd")),
        )
        .group_by("id")
        # opinions that differ say nothing
        .agg(*(pl.when(c(name).n_unique() == 1).then(c(name).first()) for name in ("_opinion_holds", "_opinion_caps")))
    )  # fmt: skip
    return frame.join(found, on="id", how="left", maintain_order="left")


def _hospitals(g: "Graph", frame: pl.DataFrame) -> pl.DataFrame:
    """Add what is recorded of the owned company as a hospital and as a group practice."""
    for table, key in (("hospital_baselines", "hospital"), ("group_practices", "practice")):
        facts = g.structure.tables[table].drop("id", "source", "_file", "_line").unique(key, keep="none")
        frame = frame.join(facts, left_on="owned", right_on=key, how="left", maintain_order="left")
    owns = g.relations["OWNS"]
    if frame.height < owns.height:
        owns = owns.filter(c("owned").is_in(frame["owned"].implode()))
    licenses = g.relations["LICENSED_IN"]
    physicians = licenses.filter((c("profession") == "physician") & (c("status") == "active"))["person"]
    shares = (
        owns.filter(c("owner").is_in(physicians.implode()) & (c("instrument").fill_null("equity") == "equity"))
        .group_by("owned")
        .agg(_physician_share=c("share_min").sum())
    )
    holders = (
        owns.select("owned", consideration_financed_by="owner").unique().with_columns(_financier_owns=pl.lit(True))
    )
    return (
        frame.join(shares, on="owned", how="left", maintain_order="left")
        .join(holders, on=["owned", "consideration_financed_by"], how="left", maintain_order="left")
        .with_columns(
            c("_financier_owns").fill_null(False) & (c("consideration_financed_by") != c("owner")).fill_null(False)
        )
    )
