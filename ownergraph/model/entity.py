"""Entities: the nodes of the graph."""

from datetime import date
from typing import Annotated

from pydantic import Field

from ownergraph.model.base import Row
from ownergraph.model.identifiers import Ccn, Ein, Id, Lei, Npi, PecosId
from ownergraph.model.vocabulary import AsList, Exempt, Form, Kind, Role, State, Words


def _none() -> list[Role]:
    # not `list` itself: pydantic asks for the signature of what makes a default, and that of a builtin is parsed text
    return []


class Entity(Row):
    """A person, organization, trust, government body or bank account.

    Whether a person is a physician is never typed here: it is derived, for a state and a date, from LICENSED_IN.
    """

    id: Id = Field()
    """Short name that rows use to point here, as coastal_pc."""
    name: str | None = Field(default=None, max_length=500)
    """Full name as in the documents."""
    kind: Kind
    roles: Annotated[list[Role], AsList] = Field(default_factory=_none)
    """What it does in the structure; several are allowed."""
    form: Form | None = None
    """Legal form, as PC or LLC."""
    state_formed: State | None = None
    formed_on: date | None = None
    professional: bool | None = None
    """Formed under a state's professional entity act."""
    exempt_as: Annotated[list[Exempt], AsList] | None = None
    """Classes that a state's law may exempt, as hospital or charitable_nonprofit; an empty list means none."""
    facility_licenses: Words | None = None
    """Facility or clinic licenses held; an empty list means none."""
    tax_status: str | None = None
    listed: bool | None = None
    """Shares are traded on an exchange."""
    bills_federal_programs: bool | None = None
    """Bills Medicare, Medicaid or TRICARE."""
    offers_patient_care: bool | None = None
    """Gives direct patient care. A practice does unless this says no."""
    dhs: Words | None = None
    """Designated health services that it furnishes (42 CFR 411.351)."""
    home_state: State | None = None
    """Where a person lives or mainly works."""
    excluded: bool | None = None
    """Excluded from federal health care programs."""
    titular: bool | None = None
    """A titular owner: without rights to the profit (42 CFR 411.354(c)(3))."""
    npi: Npi | None = None
    ein: Ein | None = None
    ccn: Ccn | None = None
    pecos_id: PecosId | None = None
    lei: Lei | None = None
    address: str | None = None
    city: str | None = None
    zip: str | None = None
    equity_usd: float | None = Field(default=None, ge=0)
    staff: int | None = Field(default=None, ge=0)
    """How many people it employs."""
    beds: int | None = Field(default=None, ge=0)
    """Licensed beds, operating and procedure rooms together."""
    holds_stock: bool | None = None
    """Keeps an inventory of what it sells."""
    investor_revenue_pct: float | None = Field(default=None, ge=0, le=100)
    """Share of its health care revenue of the last 12 months that comes from referrals of its investors."""
