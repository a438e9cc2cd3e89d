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


class DefenseScope(Fact):
    """A relation to which a defense can apply; several rows of one defense are alternatives.

    Our reading of what each defense is about, in words of the input; for counsel to check.
    """

    defense: str
    relation: str
    where: dict[str, tuple[str, ...]]
    """Columns of the row, or of one of its ends (`payer_roles`), and the words of which one must stand there."""

    @field_validator("where", mode="before")
    @classmethod
    def _conditions(cls, value: str) -> dict[str, list[str]]:
        parts = (part.partition("=") for part in value.split("&") if part)
        return {column: words.split("|") for column, _, words in parts}


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


def elements() -> dict[str, tuple[str, ...]]:
    """Codes of the elements of every defense, by its id.

    Example:
        >>> elements()["aks_referral_service"]
        ('fee_only_cost', 'disclosures')
    """
    return {name: tuple(element.code for element in defense.elements) for name, defense in defenses().items()}


@cache
def defense_scopes() -> dict[str, tuple[DefenseScope, ...]]:
    """For each relation the defenses that can apply to it, in the order of the table.

    Example:
        >>> [scope.defense for scope in defense_scopes()["EMPLOYS"] if scope.where == {"status": ("w2",)}]
        ['stark_employment', 'aks_employee']
    """
    found: dict[str, list[DefenseScope]] = {}
    for scope in read_csv(DefenseScope, "defense_scope.csv"):
        found.setdefault(scope.relation, []).append(scope)
    return {relation: tuple(scopes) for relation, scopes in found.items()}


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
