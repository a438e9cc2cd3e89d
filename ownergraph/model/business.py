"""Facts of health care businesses that the federal rules ask for: supplies, hospitals with physician owners, groups."""

from datetime import date
from typing import ClassVar

from pydantic import Field, model_validator

from ownergraph.model.base import Relation, Row
from ownergraph.model.compensation import Terms
from ownergraph.model.contracts import Percent
from ownergraph.model.identifiers import Id


class Supplies(Terms, Relation):
    """`supplier` sells or furnishes items or services to `customer`."""

    relation: ClassVar[str] = "SUPPLIES"
    ends: ClassVar[tuple[str, str]] = ("supplier", "customer")
    references: ClassVar[tuple[str, ...]] = ("supplier", "customer")
    verb: ClassVar[str] = "supplies"

    supplier: Id
    customer: Id
    item: str | None = None
    price_usd: float | None = Field(default=None, ge=0)
    """Price of a unit to this customer."""
    cost_usd: float | None = Field(default=None, ge=0)
    """Cost of a unit to the supplier."""
    peer_price_usd: float | None = Field(default=None, ge=0)
    """Price of a unit to comparable customers."""
    customer_bears_cost: bool | None = None
    """The customer pays for it out of a fixed payment, and cannot bill a program for it."""
    customer_bills: bool | None = None
    """The customer bills payers for it as its own service."""
    for_nonpatients_pct: Percent | None = None
    """Share that is for people who are no patients of the customer."""
    times_peers: float | None = Field(default=None, ge=0)
    """Volume a bed, as a multiple of what comparable customers have."""
    sole_supplier: bool | None = None
    conditioned_on_business: bool | None = None
    """The customer is told to buy here, or loses the business of the supplier's owners."""


class HospitalBaseline(Row):
    """What decides whether a hospital may have physician owners (42 U.S.C. 1395nn(i))."""

    references: ClassVar[tuple[str, ...]] = ("hospital",)

    hospital: Id
    physician_owned_2010: bool | None = None
    """Physicians owned part of it on 2010-12-31."""
    medicare_agreement_2010: bool | None = None
    """It had a Medicare provider agreement on 2010-12-31."""
    physician_pct_2010: Percent | None = None
    """Share of all physician owners together on 2010-03-23."""
    beds_2010: int | None = Field(default=None, ge=0)
    """Licensed beds, operating and procedure rooms together on 2010-03-23."""
    expansion_approved: bool | None = None
    approved_beds: int | None = Field(default=None, ge=0)
    """Beds and rooms that were approved, in all."""


class GroupPractice(Row):
    """What makes a group practice (42 CFR 411.352)."""

    references: ClassVar[tuple[str, ...]] = ("practice",)

    practice: Id
    relies_on_in_office: bool | None = None
    """It relies on the exception for in-office ancillary services."""
    billed_through_group_pct: Percent | None = None
    """Share of its members' patient care time that is billed through the group."""
    encounters_by_members_pct: Percent | None = None
    """Share of its encounters that members conduct."""
    profit_pool_size: int | None = Field(default=None, ge=0)
    """Physicians in the smallest pool that shares profit from designated health services."""
    physicians: int | None = Field(default=None, ge=0)
    """Physicians of the whole group."""
    profit_follows_referrals: bool | None = None
    """Profit from designated health services is split by who referred."""
    started_on: date | None = None

    @model_validator(mode="after")
    def _pool(self) -> "GroupPractice":
        if (
            self.profit_pool_size is not None
            and self.physicians is not None
            and self.profit_pool_size > self.physicians
        ):
            raise ValueError(
                f"profit_pool_size {self.profit_pool_size} is more than physicians {self.physicians}; "
                "a pool is a part of the group"
            )
        return self
