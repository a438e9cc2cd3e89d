"""Value flows: who gives value to whom, when and how much, from every relation that carries it, net of refunds.

A row has the period in which its value flows. A payment with one date is a period of one day. What stands for a time
(a holding, an agreement, a job, a lease, a loan) flows all the while, from `valid_from` (null: always) to the day
before `valid_to` (null: still). Rows that ended before the day of the audit are kept: referrals lie in the past, too.
"""

from typing import TYPE_CHECKING

import polars as pl

from ownergraph.analysis.refunds import net_of_refunds
from ownergraph.graph.days import begun
from ownergraph.model.columns import no_share

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

SCHEMA: dict[str, pl.DataType] = {
    "flow": pl.String(),
    "relation": pl.String(),
    "kind": pl.String(),
    "giver": pl.String(),
    "taker": pl.String(),
    "amount_usd": pl.Float64(),
    "start": pl.Date(),
    "end": pl.Date(),
    "undated": pl.Boolean(),
    "standing": pl.Boolean(),
    "src": pl.Int64(),
    "dst": pl.Int64(),
}

_DAY = pl.duration(days=1)


def value_flows(g: "Graph") -> pl.DataFrame:
    """One row a value flow, in the order of `_SOURCES` and of the input.

    Columns: flow (id of the input row), relation, kind (payment, distribution, ownership, fee, pay, rent,
    below_market, loan, forgiven, in_kind), giver and taker (ids), amount_usd (net of refunds; a year's amount for pay,
    fees and positions; null unknown), start and end (first and last day; null open), undated (the day is not known at
    all), standing (flows all the while between start and end), src and dst (row numbers of giver and taker in
    `Store.entities`).

    No flow: what is recorded as zero (an amount, a share that is at most zero, a position without a fee), holdings
    without a right to profit (`titular`), what a party gives itself, payments that were given back in full. A lease
    below market gives two flows, the rent and what it is below market, opposite ways. O(rows).
    """
    parts = [made for make in _SOURCES if (made := make(g)) is not None]
    if not parts:
        return pl.DataFrame(schema=SCHEMA)
    flows = pl.concat(parts).filter(c("giver") != c("taker"))
    key = g.entities.select("id", "ix")
    return (
        flows.join(key.rename({"id": "giver", "ix": "src"}), on="giver", how="left", maintain_order="left")
        .join(key.rename({"id": "taker", "ix": "dst"}), on="taker", how="left", maintain_order="left")
        .select(c(name).cast(dtype) for name, dtype in SCHEMA.items())
    )


def known_by(g: "Graph", table: str) -> pl.DataFrame:
    """Rows of a table that had begun on the day of the audit, those that have ended among them."""
    return g.structure.tables[table].filter(begun(g.as_of))


def _standing(
    g: "Graph", table: str, kind: pl.Expr | str, giver: str, taker: str, amount: pl.Expr, keep: pl.Expr | None = None
) -> pl.DataFrame | None:
    """Flows of a relation that stands for a time; none where the table has no rows."""
    if not g.structure.tables[table].height:
        return None
    rows = known_by(g, table)
    if keep is not None:
        rows = rows.filter(keep.fill_null(True))
    return rows.select(
        flow="id",
        relation=pl.lit(table.upper()),
        kind=pl.lit(kind) if isinstance(kind, str) else kind,
        giver=giver,
        taker=taker,
        amount_usd=amount.cast(pl.Float64),
        start="valid_from",
        end=c("valid_to") - _DAY,
        undated=pl.lit(False),
        standing=pl.lit(True),
    )


def _pays(g: "Graph") -> pl.DataFrame | None:
    if not g.structure.tables["pays"].height:
        return None
    one_day = c("paid_on")
    first, last = pl.coalesce("period_start", "period_end"), pl.coalesce("period_end", "period_start")
    dated = one_day.is_not_null() | first.is_not_null()
    stands = ~dated & (c("valid_from").is_not_null() | c("valid_to").is_not_null())
    rows = net_of_refunds(known_by(g, "pays"))
    kept = c("amount_usd") - pl.when(c("in_kind").is_not_null()).then(c("charged_usd").fill_null(0)).otherwise(0)
    return (
        rows.with_columns(amount_usd=kept)
        .filter((c("amount_usd") > 0).fill_null(True))
        .select(
            flow="id",
            relation=pl.lit("PAYS"),
            kind=pl.when(c("in_kind").is_not_null())
            .then(pl.lit("in_kind"))
            .when(c("purpose") == "distribution")
            .then(pl.lit("distribution"))
            .otherwise(pl.lit("payment")),
            giver="payer",
            taker="payee",
            amount_usd="amount_usd",
            start=pl.when(dated).then(pl.coalesce(one_day, first)).otherwise("valid_from"),
            end=pl.when(dated).then(pl.coalesce(one_day, last)).otherwise(c("valid_to") - _DAY),
            undated=~dated & ~stands,
            standing=stands,
        )
    )


def _owns(g: "Graph") -> pl.DataFrame | None:
    keep = ~no_share() & ~c("titular").fill_null(False)
    return _standing(g, "owns", "ownership", "owned", "owner", pl.lit(None), keep)


def _manages(g: "Graph") -> pl.DataFrame | None:
    keep = (c("fee_usd") > 0) | (c("fee_basis") != "fixed").fill_null(False)
    return _standing(g, "manages", "fee", "managed", "manager", c("fee_usd"), keep)


def _employs(g: "Graph") -> pl.DataFrame | None:
    return _standing(g, "employs", "pay", "employer", "employee", c("annual_usd"), c("annual_usd") > 0)


def _holds_role(g: "Graph") -> pl.DataFrame | None:
    keep = (c("monthly_fee_usd") > 0).fill_null(False)
    return _standing(g, "holds_role", "pay", "organization", "person", 12 * c("monthly_fee_usd"), keep)


def _rent(g: "Graph") -> pl.DataFrame | None:
    keep = (c("rent_usd") > 0) | (c("rent_pct") > 0).fill_null(False)
    return _standing(g, "leases_to", "rent", "lessee", "lessor", c("rent_usd"), keep)


def _below_market(g: "Graph") -> pl.DataFrame | None:
    gap = c("market_usd") - c("rent_usd")
    return _standing(g, "leases_to", "below_market", "lessor", "lessee", gap, (gap > 0).fill_null(False))


def _loans(g: "Graph") -> pl.DataFrame | None:
    forgiven = (c("forgiven_usd") > 0).fill_null(False)
    kind = pl.when(forgiven).then(pl.lit("forgiven")).otherwise(pl.lit("loan"))
    amount = pl.when(forgiven).then("forgiven_usd").otherwise("principal_usd")
    return _standing(g, "lends_to", kind, "lender", "borrower", amount, amount > 0)


_SOURCES = (_pays, _owns, _manages, _employs, _holds_role, _rent, _below_market, _loans)
