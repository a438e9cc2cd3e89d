"""Refunds and recoupments: payments that give a payment back reduce it; what is left over flows the other way."""

from collections.abc import Mapping

import polars as pl

c = pl.col

MARKED = r"(?i)\b(refund|recoup|claw-?back|overpayment)"
"""Labels that mark a refund. A rebate is a payment."""


def net_of_refunds(pays: pl.DataFrame) -> pl.DataFrame:
    """The payments with `amount_usd` net of what was given back; those given back in full are left out.

    A row is a refund where `refund_of` names a payment whose payer gets it; or where its label says so and exactly one
    earlier payment the other way fits: under the same agreement where it names one, and of its very amount where some
    are. A marked row that fits none, or several alike, stays a payment: which one it gives back is not guessed.

    Refunds beyond the payment flow the other way. A refund that is itself given back counts for the rest only. Where
    one of the amounts is unknown, so is what is left. O(payments) by columns, then O(refunds).

    Args:
        pays: rows of PAYS, in the order of the input.
    """
    tied = _tied(pays)
    if not tied:
        return pays
    touched = set(tied) | set(tied.values())
    amounts = dict(pays.filter(c("id").is_in(sorted(touched))).select("id", "amount_usd").iter_rows())
    left = _left(tied, amounts)
    change = pl.DataFrame(
        {"id": list(left), "_left": list(left.values())}, schema={"id": pl.String, "_left": pl.Float64}
    )
    changed = c("id").is_in(change["id"].implode())
    return (
        pays.join(change, on="id", how="left", maintain_order="left")
        .with_columns(amount_usd=pl.when(changed).then("_left").otherwise("amount_usd"))
        .filter(~changed | (c("_left") > 0).fill_null(True))
        .drop("_left")
    )


def _tied(pays: pl.DataFrame) -> dict[str, str]:
    """By refund the payment that it gives back. Rows that give each other back in a ring are no refunds."""
    ends = pays.select(of="id", of_payer="payer")
    named = (
        pays.filter(c("refund_of").is_not_null() & (c("refund_of") != c("id")))
        .join(ends, left_on="refund_of", right_on="of", how="inner", maintain_order="left")
        .filter(c("of_payer") == c("payee"))
        .select("id", of="refund_of")
    )
    found = dict(named.iter_rows())
    marked = pays.filter(c("refund_of").is_null() & c("label").str.contains(MARKED).fill_null(False))
    if marked.height:
        found |= _fitting(pays, marked, set(found))
    for start in list(found):  # a ring has no first payment
        seen, at = [], start
        while at in found and at not in seen:
            seen.append(at)
            at = found[at]
        if at in seen:
            for row in seen[seen.index(at) :]:
                del found[row]
    return found


def _fitting(pays: pl.DataFrame, marked: pl.DataFrame, refunds: set[str]) -> dict[str, str]:
    day = pl.coalesce("paid_on", "period_start", "period_end")
    facts = ["id", "payer", "payee", "agreement", "amount_usd", day.alias("day")]
    others = pays.filter(~c("id").is_in(marked["id"].implode()) & ~c("id").is_in(sorted(refunds)))
    others = others.join(marked, left_on=["payer", "payee"], right_on=["payee", "payer"], how="semi")
    fits = (
        marked.select(facts)
        .join(others.select(facts), left_on=["payee", "payer"], right_on=["payer", "payee"], suffix="_of")
        .filter(
            (c("agreement") == c("agreement_of")).fill_null(c("agreement").is_null())
            & (c("day_of") <= c("day")).fill_null(True)
            & (c("amount_usd") <= c("amount_usd_of")).fill_null(True)
        )
        .with_columns(same=(c("amount_usd") == c("amount_usd_of")).fill_null(False))
        .filter(c("same") | ~c("same").any().over("id"))
        .filter(pl.len().over("id") == 1)
        .sort("id")
    )
    return dict(fits.select("id", "id_of").iter_rows())


def _left(tied: Mapping[str, str], amounts: Mapping[str, float | None]) -> dict[str, float | None]:
    """What is left of every payment and refund that is tied to another; 0 where nothing flows. O(refunds)."""
    backs: dict[str, list[str]] = {}
    for refund, payment in tied.items():
        backs.setdefault(payment, []).append(refund)
    order = [payment for payment in backs if payment not in tied]
    for payment in order:  # grows: payments first, then their refunds, then refunds of those
        order.extend(backs.get(payment, ()))
    left = dict.fromkeys(order, 0.0) | {row: amounts[row] for row in order}
    for payment in reversed(order):
        for refund in backs.get(payment, ()):
            have, back = left[payment], left[refund]
            if have is None or back is None:
                left[payment], left[refund] = (None if have is None or have > 0 else have), 0.0
            else:
                left[payment], left[refund] = max(0.0, have - back), max(0.0, back - have)
    return left
