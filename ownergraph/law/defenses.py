"""Defenses and filings: Stark exceptions, Anti-Kickback safe harbors, transaction notices, PECOS role texts."""

from datetime import date
from functools import cache
from typing import Literal

from pydantic import field_validator

from ownergraph.law.facts import Fact, read_csv, read_facts
from ownergraph.law.files import table
from ownergraph.law.vocabulary import Verification


class Element(Fact):
    """One element of a defense; the party that relies on it has to show it."""

    code: str
    verification: Verification


class Defense(Fact):
    """A Stark exception or Anti-Kickback safe harbor. It is met only if every element is recorded true."""

    id: str
    law: Literal["stark", "aks"]
    citation: str
    covers: Literal["ownership", "compensation", "both", "remuneration"]
    verification: Verification
    elements: tuple[Element, ...]
    alternative: str | None
    """What may stand in the place of the term or of the whole, where the text has one."""
    note: str


class TransactionNotice(Fact):
    """A state's notice of a transaction, before it closes."""

    state: str
    authority: str
    notice_days: int
    mso_covered: Literal["yes", "no", "conditional"]
    private_equity_covered: Literal["yes", "no", "conditional"]
    control_pct: int | None
    effective: date | None
    """Null where it was not read."""
    verification: Verification
    note: str

    @field_validator("control_pct", "effective", mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return None if value == "" else value


class PecosRole(Fact):
    """A role text of the Medicare enrollment system, and the relation it stands for. Match on the text."""

    role_text: str
    relation: str | None
    position: str | None
    already_product: bool
    """The percentage is already a product along the chain: it must not be multiplied again."""
    note: str

    @field_validator("relation", "position", mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return None if value == "" else value


@cache
def defenses() -> dict[str, Defense]:
    """Every Stark exception and Anti-Kickback safe harbor by its id.

    Example:
        >>> [element.code for element in defenses()["aks_employee"].elements]
        ['bona_fide_employment_relationship', 'payment_by_employer_for_covered_items_or_services']
    """
    return {fact.id: fact for fact in read_facts(Defense, "defenses.json", table("defenses.json"))}


@cache
def transaction_notices() -> dict[str, TransactionNotice]:
    """Every state that asks for notice of a transaction, by its two letters.

    Example:
        >>> transaction_notices()["WA"].notice_days
        60
    """
    return {fact.state: fact for fact in read_csv(TransactionNotice, "transaction_notice.csv")}


@cache
def pecos_roles() -> dict[str, PecosRole]:
    """Every role text of the Medicare enrollment system.

    Example:
        >>> pecos_roles()["5% OR GREATER INDIRECT OWNERSHIP INTEREST"].already_product
        True
    """
    return {fact.role_text: fact for fact in read_csv(PecosRole, "pecos_roles.csv")}
