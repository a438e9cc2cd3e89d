"""Rows of a relation with the facts about them that stand elsewhere: their ends, opinions, baselines, groups."""

from typing import TYPE_CHECKING

import polars as pl

from ownergraph.model import RELATIONS

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

OF_ENTITIES = ("kind", "roles", "listed", "equity_usd", "beds", "investor_revenue_pct", "bills_federal_programs")
MONTHLY = {
    "employs": pl.when(c("comp_basis").fill_null("salary") == "salary").then(c("annual_usd") / 12),
    "holds_role": c("monthly_fee_usd"),
    "manages": pl.when(c("fee_basis") == "fixed").then(c("fee_usd") / 12),
    # the unit of a rent is not in the input: a month is the reading by which the most is provided
    "leases_to": pl.when(c("rent_basis").is_in(["fixed", "time_block"])).then("rent_usd"),
}
"""What an agreement provides for a month, at most, where its amount is fixed."""
YEAR = 12
"""Months that a payment may be for that does not say for which."""
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


def above_agreement(g: "Graph", ids: pl.Series) -> frozenset[str]:
    """Payments of more than the agreement under which they are made provides, less what was given back.

    A payment with a period may be for every month that the period touches, another one for a year. So only what is
    above in any case counts: an agreement without a fixed amount, or an amount that is not recorded, says nothing.

    Args:
        g: the graph.
        ids: payments to look at.

    Complexity: O(payments + rows of the agreements).
    """
    pays = g.structure.tables["pays"]
    rows = pays.filter(c("id").is_in(ids.implode()) & c("agreement").is_not_null() & c("amount_usd").is_not_null())
    if not rows.height:
        return frozenset()
    provided = pl.concat(
        [g.structure.tables[table].select(agreement="id", monthly=usd) for table, usd in MONTHLY.items()],
        how="vertical_relaxed",
    ).drop_nulls("monthly")
    back = pays.group_by(id="refund_of").agg(back=c("amount_usd").sum())
    first, last = c("period_start"), c("period_end")
    months = (last.dt.year() - first.dt.year()) * 12 + last.dt.month().cast(pl.Int32) - first.dt.month() + 1
    above = (
        rows.join(provided, on="agreement", how="inner")
        .join(back, on="id", how="left")
        .filter(
            # rounded, so that a twelfth of a year is not above itself
            (c("amount_usd") - c("back").fill_null(0)).round(2) > (c("monthly") * months.fill_null(YEAR)).round(2)
        )
    )
    return frozenset(above["id"])
