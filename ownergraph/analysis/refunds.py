"""Refunds and recoupments: payments that give a payment back reduce it; what is left over flows the other way."""

from collections.abc import Mapping

import polars as pl

c = pl.col

MARKED = r"(?i)\b(refund|recoup|claw-?back|overpayment)"
"""Labels that mark a refund. A rebate is a payment."""
_DAY = pl.coalesce("paid_on", "period_start", "period_end")


def net_of_refunds(pays: pl.DataFrame) -> pl.DataFrame:
    """The payments with `amount_usd` net of what was given back; those given back in full are left out.

    A row is a refund where `refund_of` names a payment whose payer gets it; or where its label says so and exactly one
    earlier payment the other way fits: under the same agreement where it names one, and of its very amount where some
    are. A marked row that fits none, or several alike, stays a payment: which one it gives back is not guessed.

    Refunds beyond the payment flow the other way. A refund that is itself given back counts for the rest only.

    Refunds with an amount come first, those of one payment by their day and id, whatever the order of the input; then
    those without one. What these leave is unknown, and they are taken to be no more than that: nothing flows the other
    way because of an amount that is not recorded. Where those with an amount have given back all, they flow in full.
    Of a payment without an amount an unknown part is left, and its refunds do not flow.

    Complexity: O(payments) by columns, then O(refunds x log).

    Args:
        pays: rows of PAYS; those that are left keep their order.
    """
    left, _ = _reckoned(pays)
    if not left:
        return pays
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


def in_doubt(pays: pl.DataFrame) -> pl.Series:
    """Payments of which nothing may be left: what was given back of them, or all that was paid, is not recorded.

    Complexity: as `net_of_refunds`.

    Returns:
        Ids, sorted.
    """
    left, given_back = _reckoned(pays)
    return pl.Series(sorted(one for one in given_back if left[one] is None), dtype=pl.String)


def _reckoned(pays: pl.DataFrame) -> tuple[dict[str, float | None], set[str]]:
    """What `_left` gives for the payments and refunds that belong together, and those of them that are given back."""
    tied = _tied(pays)
    if not tied:
        return {}, set()
    touched = pays.filter(c("id").is_in(sorted({*tied, *tied.values()})))
    amounts = dict(touched.select("id", "amount_usd").iter_rows())
    order = [row for row in touched.sort(_DAY, "id", nulls_last=True)["id"] if row in tied]
    return _left({row: tied[row] for row in order}, amounts), set(tied.values())


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
    facts = ["id", "payer", "payee", "agreement", "amount_usd", _DAY.alias("day")]
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
    """What is left of every payment and refund that is tied to another; 0 where nothing flows. O(refunds).

    Args:
        tied: by refund what it gives back, in the order in which refunds count.
        amounts: of each row; None where it is unknown.
    """
    backs: dict[str, list[str]] = {}
    for refund, payment in tied.items():
        backs.setdefault(payment, []).append(refund)
    order = [payment for payment in backs if payment not in tied]
    for payment in order:  # grows: payments first, then their refunds, then refunds of those
        order.extend(backs.get(payment, ()))
    left = {row: amounts[row] for row in order}
    for payment in reversed(order):
        rest, unknown = left[payment], []
        for refund in backs.get(payment, ()):
            back = left[refund]
            if back is None:
                unknown.append(refund)
            elif rest is None:
                left[refund] = 0.0
            else:
                rest, left[refund] = max(0.0, _cents(rest - back)), max(0.0, _cents(back - rest))
        if unknown and (rest is None or rest > 0):
            left |= dict.fromkeys(unknown, 0.0)
            rest = None
        left[payment] = rest
    return left


def _cents(usd: float) -> float:
    """Without what is left of parts of cents in floating point: 0.3 - 0.1 - 0.2 is nothing."""
    return round(usd, 4)
