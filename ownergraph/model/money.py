"""Referrals and payments, and the figures of a practice."""

from datetime import date
from typing import ClassVar

from pydantic import Field, model_validator

from ownergraph.model.base import Relation, Row
from ownergraph.model.compensation import Terms
from ownergraph.model.identifiers import Id
from ownergraph.model.vocabulary import InKind, PayerClass, PaymentBasis, PaymentPurpose


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
    personally_performed: bool | None = None
    """The referrer itself performs the services: no referral (42 CFR 411.351)."""
    shared_patients: bool | None = None
    """The row counts shared patients: a proxy, not a referral."""


class Pays(Terms, _Period, Relation):
    """`payer` pays `payee`, or gives it something of value."""

    relation: ClassVar[str] = "PAYS"
    ends: ClassVar[tuple[str, str]] = ("payer", "payee")
    references: ClassVar[tuple[str, ...]] = ("payer", "payee")
    verb: ClassVar[str] = "pays"

    payer: Id
    payee: Id
    amount_usd: float | None = Field(default=None, ge=0)
    paid_on: date | None = None
    label: str | None = None
    """What the ledger calls it."""
    purpose: PaymentPurpose | None = None
    """What it is said to be for."""
    basis: PaymentBasis | None = None
    """What the amount is worked out from."""
    in_kind: InKind | None = None
    """What is given, where it is not money; amount_usd is then its value."""
    charged_usd: float | None = Field(default=None, ge=0)
    """What the payee pays for it, where it is not money."""
    specimen_collection_only: bool | None = None
    """Staff placed with the payee that only collect specimens."""
    work_product: bool | None = None
    """There is a record of the work that is paid: time logs, reports, slides."""
    hours: float | None = Field(default=None, ge=0)
    """Hours that are paid."""
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
