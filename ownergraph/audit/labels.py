"""What stands on the arrows of money and referrals: amounts, what they are for, when."""

from datetime import date
from typing import Any

from ownergraph.law import powers, transfer_triggers
from ownergraph.law.tables import Power, TransferTrigger


def words(code: str) -> str:
    """A code as words."""
    return code.replace("_", " ")


def phrase(column: str, code: str) -> str:
    """A code of a column as people say it: powers and triggers by their meaning in the law tables.

    Example:
        >>> phrase("triggers", "holder_election"), phrase("sure", "capex"), phrase("owner", "some_code")
        ('when the holder so elects', 'approve capital spend', 'some code')
    """
    fact: Power | TransferTrigger | None = None
    match column:
        case "triggers":
            fact = transfer_triggers().get(code)
        case "sure":
            fact = powers().get(code)
    return words(code) if fact is None else fact.meaning[:1].lower() + fact.meaning[1:]


def money(amount: float | None) -> str:
    """Dollars as people write them."""
    return "unknown amount" if amount is None else f"${amount:,.2f}".removesuffix(".00")


def period(start: date | None, end: date | None) -> str:
    """A period as people say it; empty where neither day is known.

    Example:
        >>> period(date(2025, 1, 1), date(2025, 1, 1)), period(date(2025, 1, 1), None)
        ('on 2025-01-01', 'from 2025-01-01')
    """
    if start and end:
        return f"on {start}" if start == end else f"{start} to {end}"
    if start:
        return f"from {start}"
    return f"until {end}" if end else ""


def money_label(name: str, row: dict[str, Any]) -> str:
    """What stands on the arrow of a referral, payment, lease, loan or supply.

    Args:
        name: the relation.
        row: the row of the input, by field.
    """
    match name:
        case "REFERS_TO":
            when = period(row["period_start"], row["period_end"])
            count = f"{row['count']:,}" if row["count"] is not None else ""
            what = " ".join(part for part in (count, row["dhs"] or "", words(row["payer_class"] or "")) if part)
            amount = money(row["amount_usd"]) if row["amount_usd"] is not None else ""
            verb = "shares patients with" if row["shared_patients"] else "refers to"
            return _noted(verb, what, amount, when)
        case "PAYS":
            when = period(row["paid_on"] or row["period_start"], row["paid_on"] or row["period_end"])
            how = words(row["basis"]) if row["basis"] and row["basis"] != "fixed" else ""
            what = words(row["purpose"]) if row["purpose"] else ""
            if row["in_kind"]:
                worth = f", worth {money(row['amount_usd'])}," if row["amount_usd"] is not None else ""
                return f"{_noted('gives ' + words(row['in_kind']) + worth, what, how, when)} to"
            return f"{_noted('pays ' + money(row['amount_usd']), what, how, when)} to"
        case "LEASES_TO":
            rent = {"pct": "percentage rent", "per_use": "rent per use"}.get(row["rent_basis"] or "", "rent")
            amount = f"{rent} {money(row['rent_usd'])}" if row["rent_usd"] is not None else ""
            return _noted(f"leases {words(row['item'] or 'property')} to", amount or (rent if rent != "rent" else ""))
        case "LENDS_TO":
            return _noted(
                f"lends {money(row['principal_usd'])} to",
                f"{money(row['forgiven_usd'])} forgiven" if row["forgiven_usd"] else "",
            )
        case _:
            return _noted("supplies", row["item"] or "")


def _noted(text: str, *notes: str) -> str:
    said = ", ".join(note for note in notes if note)
    return f"{text} ({said})" if said else text
