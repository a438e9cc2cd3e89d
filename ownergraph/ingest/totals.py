"""Totals of ownership: no company is held by more than the whole of it at any one time."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from ownergraph.ingest.problems import Problems
from ownergraph.ingest.rows import Inputs
from ownergraph.model import WHOLE, show_share
from ownergraph.model.structure import FILE, LINE

SHARES = (("share", ("owned",)), ("votes", ("owned",)), ("class_share", ("owned", "share_class")))
"""Fields that add up to one whole, and what of."""

COMPANY_CLASS = ["owned", "share_class"]


def check_totals(owns: pl.DataFrame, inputs: Inputs, problems: Problems) -> None:
    """Record companies of which certainly more than 100 percent are held at one time. O(rows log rows)."""
    equity = owns.filter(pl.col("instrument").is_null() | (pl.col("instrument") == "equity"))
    if not equity.height:
        return
    equity = _with_counts(equity)
    for field, group in SHARES:
        _over(equity, field, list(group), inputs, problems)
    _counts(equity, inputs, problems)


def _with_counts(equity: pl.DataFrame) -> pl.DataFrame:
    """Use counts as shares of the whole where the company has one class and no percentage is given."""
    if not equity["shares_held"].count():
        return equity
    classes = pl.col("share_class").n_unique().over("owned")
    count = pl.when(classes == 1).then(pl.col("shares_held") * WHOLE // pl.col("shares_outstanding"))
    return equity.with_columns(share_min=pl.coalesce("share_min", count))


def _groups(rows: pl.DataFrame, by: list[str], amount: str, limit: pl.Expr) -> Iterator[list[dict[str, Any]]]:
    """Rows of the groups whose total, over all times, is beyond the limit."""
    held = rows.filter(pl.col(amount).is_not_null() & (pl.col(amount) > 0))
    if not held.height:
        return
    # saturating: a sum of counts must not wrap around
    total = pl.col(amount).cast(pl.Float64).sum().over(by)
    beyond = held.filter(total > limit.cast(pl.Float64) * (1 - 1e-12))
    for part in beyond.partition_by(by, maintain_order=True):
        yield part.to_dicts()


def _at_once(rows: list[dict[str, Any]]) -> Iterator[tuple[date | None, list[dict[str, Any]]]]:
    """The rows in force together on each day on which one begins, in order of time."""
    for day in sorted({row["valid_from"] or date.min for row in rows}):
        now = [
            row for row in rows
            if (row["valid_from"] or date.min) <= day and (row["valid_to"] is None or row["valid_to"] > day)
        ]  # fmt: skip
        yield (None if day == date.min else day), now


def _over(equity: pl.DataFrame, field: str, by: list[str], inputs: Inputs, problems: Problems) -> None:
    amount = f"{field}_min"
    for rows in _groups(equity, by, amount, pl.lit(WHOLE)):
        for day, now in _at_once(rows):
            total = sum(row[amount] for row in now)
            if total <= WHOLE:
                continue
            last = max(now, key=lambda row: (row[FILE], row[LINE] or 0))
            company = last["owned"]
            what = {"share": "shares", "votes": "votes", "class_share": "votes of a class"}[field]
            of = f"{company}, class {last['share_class']}" if field == "class_share" else company
            problems.add(
                inputs.place("owns", last[FILE], last[LINE], field), "owns", field,
                f"the certain {what} of {of} add up to {_percent(total)}{_since(day)}: {_holders(now, amount)}; "
                "no more than 100% can be held: correct one, or give the dates in valid_from and valid_to",
            )  # fmt: skip
            break


def _counts(equity: pl.DataFrame, inputs: Inputs, problems: Problems) -> None:
    by = COMPANY_CLASS
    counted = equity.filter(pl.col("shares_outstanding").is_not_null())
    if not counted.height:
        return
    several = counted.filter(pl.col("shares_outstanding").n_unique().over(by) > 1)
    for part in several.partition_by(by, maintain_order=True):
        _outstanding(part.to_dicts(), inputs, problems)
    for rows in _groups(counted, by, "shares_held", pl.col("shares_outstanding").max().over(by)):
        for day, now in _at_once(rows):
            total = sum(row["shares_held"] for row in now)
            whole = max((row["shares_outstanding"] for row in now), default=0)
            if total <= whole:
                continue
            last = max(now, key=lambda row: (row[FILE], row[LINE] or 0))
            held = ", ".join(f"{row['owner']} {row['shares_held']:,}" for row in now[:20])
            problems.add(
                inputs.place("owns", last[FILE], last[LINE], "shares_held"), "owns", "shares_held",
                f"{total:,} shares of {_company(last)} are held{_since(day)} ({held}), but {whole:,} are "
                "outstanding; correct one, or give the dates in valid_from and valid_to",
            )  # fmt: skip
            break


def _outstanding(rows: list[dict[str, Any]], inputs: Inputs, problems: Problems) -> None:
    for _, now in _at_once(rows):
        first = now[0] if now else None
        other = next((row for row in now if row["shares_outstanding"] != now[0]["shares_outstanding"]), None)
        if first is None or other is None:
            continue
        where = inputs.place("owns", first[FILE], first[LINE], "shares_outstanding")
        problems.add(
            inputs.place("owns", other[FILE], other[LINE], "shares_outstanding"), "owns", "shares_outstanding",
            f"{other['shares_outstanding']:,} for {_company(other)}, but {first['shares_outstanding']:,} at {where}; "
            "a class has one number of shares at a time",
        )  # fmt: skip
        return


def _company(row: dict[str, Any]) -> str:
    return f"{row['owned']}, class {row['share_class']}" if row["share_class"] else str(row["owned"])


def _since(day: date | None) -> str:
    return f" from {day}" if day else ""


def _percent(millionths: int) -> str:
    return f"{millionths / 10_000:.4f}".rstrip("0").rstrip(".") + "%"


def _holders(rows: list[dict[str, Any]], amount: str) -> str:
    held = [f"{row['owner']} {_at_least(row, amount)}" for row in rows[:20]]
    return ", ".join(held) + (f" and {len(rows) - 20} more" if len(rows) > 20 else "")


def _at_least(row: dict[str, Any], amount: str) -> str:
    low, high = row[amount], row[amount.replace("_min", "_max")]
    return show_share(low, low if high is None else high)
