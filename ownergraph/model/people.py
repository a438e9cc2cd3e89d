"""Relations of persons and places: licenses, sites, positions, employment, names."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from ownergraph.model.base import Relation
from ownergraph.model.compensation import Terms
from ownergraph.model.identifiers import Id
from ownergraph.model.vocabulary import Employment, LicenseStatus, PayBasis, PositionRole, Profession, State


class LicensedIn(Relation):
    """`person` holds a license of a state. From these rows alone it follows who is a physician, where and when."""

    relation: ClassVar[str] = "LICENSED_IN"
    ends: ClassVar[tuple[str, str]] = ("person", "state")
    references: ClassVar[tuple[str, ...]] = ("person",)
    verb: ClassVar[str] = "is licensed in"

    person: Id
    state: State
    profession: Profession
    status: LicenseStatus | None = "active"
    """Active unless it says otherwise."""
    number: str | None = None


class OperatesIn(Relation):
    """`entity` works in `state`, at a site where an address is given."""

    relation: ClassVar[str] = "OPERATES_IN"
    ends: ClassVar[tuple[str, str]] = ("entity", "state")
    references: ClassVar[tuple[str, ...]] = ("entity",)
    verb: ClassVar[str] = "operates in"

    entity: Id
    state: State
    address: str | None = None


class HoldsRole(Terms, Relation):
    """`person` is a director, officer, manager or medical director of `organization`."""

    relation: ClassVar[str] = "HOLDS_ROLE"
    ends: ClassVar[tuple[str, str]] = ("person", "organization")
    references: ClassVar[tuple[str, ...]] = ("person", "organization", "appointed_by")
    verb: ClassVar[str] = "holds a role in"

    person: Id
    organization: Id
    role: PositionRole
    clinical_authority: bool | None = None
    """May decide clinical matters."""
    appointed_by: Id | None = None
    monthly_fee_usd: float | None = Field(default=None, ge=0)
    encounters_12m: int | None = Field(default=None, ge=0)
    """Patient encounters at the organization in the last 12 months."""
    service: str | None = None
    """The department or service that a medical director heads."""
    time_logs: bool | None = None
    """The hours are logged."""
    hours_month: float | None = Field(default=None, ge=0)
    """Hours a month that the fee is for."""


class Employs(Terms, Relation):
    """`employer` employs or engages `employee`."""

    relation: ClassVar[str] = "EMPLOYS"
    ends: ClassVar[tuple[str, str]] = ("employer", "employee")
    references: ClassVar[tuple[str, ...]] = ("employer", "employee")
    verb: ClassVar[str] = "employs"

    employer: Id
    employee: Id
    status: Employment | None = None
    """w2 (employee) or contractor."""
    title: str | None = None
    clinical: bool | None = None
    """The work is patient care."""
    judgment_reserved: bool | None = None
    """The contract reserves independent medical judgment."""
    comp_basis: PayBasis | None = None
    comp_pct: float | None = Field(default=None, ge=0, le=100)
    annual_usd: float | None = Field(default=None, ge=0)
    fmv_low_usd: float | None = Field(default=None, ge=0)
    fmv_high_usd: float | None = Field(default=None, ge=0)
    term_years: float | None = Field(default=None, ge=0)
    collections_usd: float | None = Field(default=None, ge=0)
    """What the employee's own work brings in a year."""
    counts_referrals: bool | None = None
    """The employer's figures count the income from the employee's referrals when the pay is set."""
    part_time: bool | None = None
    profit_markup: bool | None = None
    """The employer bills more than the physician's pay and cost."""
    signed_on: date | None = None


class AdvertisesAs(Relation):
    """`entity` advertises under `name`."""

    relation: ClassVar[str] = "ADVERTISES_AS"
    ends: ClassVar[tuple[str, str]] = ("entity", "name")
    references: ClassVar[tuple[str, ...]] = ("entity",)
    verb: ClassVar[str] = "advertises as"

    entity: Id
    name: str
