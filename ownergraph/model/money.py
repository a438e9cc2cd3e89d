"""Referrals and payments, and the figures of a practice."""

from datetime import date
from typing import ClassVar

from pydantic import Field, model_validator

from ownergraph.model.base import Relation, Row
from ownergraph.model.identifiers import Id
from ownergraph.model.vocabulary import PayerClass


class _Period(Row):
    period_start: date | None = None
    period_end: date | None = None
    """Last day of the period."""

    @model_validator(mode="after")
    def _period(self) -> "_Period":
        if self.period_start and self.period_end and self.period_end < self.period_start:
            raise ValueError(f"period_end {self.period_end} is before period_start {self.period_start}")
        return self


class RefersTo(_Period, Relation):
    """`referrer` sends patients, tests or orders to `receiver`."""

    relation: ClassVar[str] = "REFERS_TO"
    ends: ClassVar[tuple[str, str]] = ("referrer", "receiver")
    references: ClassVar[tuple[str, ...]] = ("referrer", "receiver")
    verb: ClassVar[str] = "refers to"

    referrer: Id
    receiver: Id
    count: int | None = Field(default=None, ge=0)
    amount_usd: float | None = Field(default=None, ge=0)
    """What payers allowed for the referred services."""
    dhs: str | None = None
    """Designated health service, as LAB (42 CFR 411.351)."""
    payer_class: PayerClass | None = None
    shared_patients: bool | None = None
    """The row counts shared patients: a proxy, not a referral."""


class Pays(_Period, Relation):
    """`payer` pays `payee`."""

    relation: ClassVar[str] = "PAYS"
    ends: ClassVar[tuple[str, str]] = ("payer", "payee")
    references: ClassVar[tuple[str, ...]] = ("payer", "payee")
    verb: ClassVar[str] = "pays"

    payer: Id
    payee: Id
    amount_usd: float | None = Field(default=None, ge=0)
    paid_on: date | None = None
    label: str | None = None
    basis: str | None = None
    agreement: Id | None = None
    """The agreement under which it is paid."""
    regular: bool | None = None
    """One of a series."""
    refund_of: Id | None = None
    """The payment that this one gives back."""


class Financials(_Period):
    """Figures of an entity for a period."""

    references: ClassVar[tuple[str, ...]] = ("entity",)

    entity: Id
    revenue_usd: float | None = None
    collections_usd: float | None = None
    net_income_usd: float | None = None
    owner_pay_usd: float | None = None
    management_fee_usd: float | None = None
