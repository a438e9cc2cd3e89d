"""Terms of compensation, that every paid relation may carry, and what defends it."""

from typing import ClassVar

from pydantic import BaseModel

from ownergraph.model.base import Row
from ownergraph.model.identifiers import Id
from ownergraph.model.vocabulary import Words


class Terms(BaseModel):
    """What the law of self-referral and kickbacks asks of compensation, whatever it is paid for."""

    is_fmv: bool | None = None
    """It is at fair market value."""
    unit_is_fmv: bool | None = None
    """Each unit of it (per hour, per use, ...) is at fair market value (42 CFR 411.354(c)(2))."""
    varies_with_referrals: bool | None = None
    """In the aggregate it varies with the volume or value of referrals, or of other business."""
    unit_varies_with_referrals: bool | None = None
    """A unit of it rises or falls with referrals (42 CFR 411.354(d)(5), (6))."""
    formula_counts_referrals: bool | None = None
    """Its formula has referrals, or other business, as a variable."""
    personally_performed_only: bool | None = None
    """It is paid for services only that the recipient personally performs."""
    commercially_reasonable: bool | None = None
    """It makes sense even if no referrals were made."""


FOLLOWS_REFERRALS = ("varies_with_referrals", "unit_varies_with_referrals", "formula_counts_referrals")
"""Terms that say that pay follows referrals."""


class DefenseRow(Row):
    """A Stark exception or Anti-Kickback safe harbor that is relied on, element by element.

    Whoever relies on it has to show every element; what is in neither list is not recorded.
    """

    references: ClassVar[tuple[str, ...]] = ("relied_on_by",)

    about: Id
    """The id of the row (payment, lease, employment, agreement, holding, ...) that it is about."""
    defense: str
    """Its id, as stark_personal_services or aks_space."""
    met: Words | None = None
    """Elements that are recorded as met."""
    not_met: Words | None = None
    """Elements that are recorded as not met."""
    relied_on_by: Id | None = None
