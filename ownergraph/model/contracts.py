"""Management agreements and what belongs to them: fee components, opinions, accounts, loans, leases."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from ownergraph.model.base import Relation, Row
from ownergraph.model.compensation import Terms
from ownergraph.model.identifiers import Id
from ownergraph.model.vocabulary import FeeBasis, LeaseItem, RentBasis, Termination, Words

Percent = Annotated[float, Field(ge=0, le=100)]
"""A percentage, 0 to 100."""


class Manages(Terms, Relation):
    """`manager` manages `managed` under a management services agreement."""

    relation: ClassVar[str] = "MANAGES"
    ends: ClassVar[tuple[str, str]] = ("manager", "managed")
    references: ClassVar[tuple[str, ...]] = ("manager", "managed", "signed_by_manager", "signed_by_managed")
    verb: ClassVar[str] = "manages"

    manager: Id
    managed: Id
    in_writing: bool | None = None
    signed_on: date | None = None
    signed_by_manager: Id | None = None
    """The person who signed for the manager."""
    signed_by_managed: Id | None = None
    """The person who signed for the practice."""
    signed_by_both: bool | None = None
    term_years: float | None = Field(default=None, ge=0)
    evergreen: bool | None = None
    """Renews by itself."""
    services: Words | None = None
    """Codes of services.csv; an empty list means that the agreement lists none."""
    services_changed_on: date | None = None
    powers: Words | None = None
    """Codes of powers.csv that the manager holds or can veto; an empty list means none."""
    physician_final_say: Words | None = None
    """Powers in which a physician has the final say, the manager only advises."""
    joint_committee: bool | None = None
    """Reserved powers sit with a committee that physicians lead, or whose deadlock favors the practice."""
    fee_basis: FeeBasis | None = None
    fee_pct: Percent | None = None
    fee_usd: float | None = Field(default=None, ge=0)
    """Fixed fee a year."""
    fee_cap_usd: float | None = Field(default=None, ge=0)
    fee_set_in_advance: bool | None = None
    fee_changed_on: list[date] | None = None
    """Days on which the fee was changed; an empty list means never."""
    fee_change_retroactive: bool | None = None
    fee_reset_to_income: bool | None = None
    """A fixed or tiered fee that is reset to the income of the practice."""
    fee_is_fmv: bool | None = None
    """The fee is at fair market value."""
    fee_related_to_value: bool | None = None
    """A percentage reasonably related to the value of the manager's goods and services."""
    fee_disclosed_to_payer: bool | None = None
    """The payer of the fee is informed of the percentage and agrees to it."""
    practice_controls_charges: bool | None = None
    """The licensee controls what is charged to patients."""
    account_sole_control: bool | None = None
    """All receipts go to an account in the licensee's sole control."""
    marketing_included: bool | None = None
    exclusive: bool | None = None
    practice_can_terminate: Termination | None = None
    terminate_notice_days: int | None = Field(default=None, ge=0)
    break_fee_usd: float | None = Field(default=None, ge=0)
    noncompete_months: float | None = Field(default=None, ge=0)
    noncompete_miles: float | None = Field(default=None, ge=0)
    nondisparagement: bool | None = None
    interest_transferable: bool | None = None
    """The manager may sell or transfer its interest in the agreement alone (ASC 810-10-15-22)."""
    clinical_autonomy_clause: bool | None = None
    """A clause reserves clinical decisions to the practice."""
    roles_defined: bool | None = None
    review_dates: list[date] | None = None
    """Days on which compliance was reviewed; an empty list means never."""
    counsel_manager: str | None = None
    counsel_managed: str | None = None
    first_engaged_on: date | None = None
    """When the manager first worked for the practice."""
    covers_all_services: bool | None = None
    """All services between the parties are in it, or in a list that it refers to."""
    services_needed: bool | None = None
    """The services are no more than what is reasonably needed."""
    new_line: bool | None = None
    """The managed business is a new line of its owner."""
    own_patients_only: bool | None = None
    """That line serves the owner's own patients only, or nearly."""
    operations_contracted: bool | None = None
    """The owner contracts out nearly all operations of that line to the manager."""
    manager_competes: bool | None = None
    """The manager furnishes the same items or services itself, and would be a competitor."""
    owner_at_risk: bool | None = None
    """The owner of that line bears business risk."""

    @model_validator(mode="after")
    def _counts(self) -> "Manages":
        if self.manager == self.managed:
            raise ValueError(f'"{self.manager}" manages itself; an agreement has two parties')
        return self


class FeeComponent(Row):
    """One part of the fee of an agreement that has several."""

    references: ClassVar[tuple[str, ...]] = ()

    agreement: Id
    """The id of the row of `manages`."""
    basis: FeeBasis | None = None
    pct: Percent | None = None
    usd: float | None = Field(default=None, ge=0)
    services: Words | None = None


class FmvOpinion(Row):
    """An opinion on fair market value about an agreement, lease or employment."""

    references: ClassVar[tuple[str, ...]] = ("appraiser_entity",)

    about: Id
    """The id of the row that the opinion is about."""
    dated: date | None = None
    appraiser: str | None = None
    appraiser_entity: Id | None = None
    low_usd: float | None = Field(default=None, ge=0)
    high_usd: float | None = Field(default=None, ge=0)
    independent: bool | None = None
    """The appraiser is tied to neither side nor to the investor."""


class SignsOn(Relation):
    """`signer` may sign on, or sweep, `account`."""

    relation: ClassVar[str] = "SIGNS_ON"
    ends: ClassVar[tuple[str, str]] = ("signer", "account")
    references: ClassVar[tuple[str, ...]] = ("signer", "account", "on_behalf_of")
    verb: ClassVar[str] = "signs on"

    signer: Id
    account: Id
    on_behalf_of: Id | None = None
    """Whose staff the signer is."""
    sole: bool | None = None
    sweep: bool | None = None
    """Standing order that moves the money to an account of the signer's side."""
    sweep_frequency: str | None = None
    revocable_by_practice: bool | None = None


class HeldBy(Relation):
    """`account` is in the name of `holder`."""

    relation: ClassVar[str] = "HELD_BY"
    ends: ClassVar[tuple[str, str]] = ("account", "holder")
    references: ClassVar[tuple[str, ...]] = ("account", "holder")
    verb: ClassVar[str] = "is held by"

    account: Id
    holder: Id
    government_receivables: bool | None = None
    """Medicare or Medicaid pays into it."""
    provider_sole_control: bool | None = None
    """The provider alone controls it."""


class DepositsTo(Relation):
    """`depositor` deposits its receipts to `account`."""

    relation: ClassVar[str] = "DEPOSITS_TO"
    ends: ClassVar[tuple[str, str]] = ("depositor", "account")
    references: ClassVar[tuple[str, ...]] = ("depositor", "account")
    verb: ClassVar[str] = "deposits to"

    depositor: Id
    account: Id


class LendsTo(Terms, Relation):
    """`lender` lends money to `borrower`."""

    relation: ClassVar[str] = "LENDS_TO"
    ends: ClassVar[tuple[str, str]] = ("lender", "borrower")
    references: ClassVar[tuple[str, ...]] = ("lender", "borrower")
    verb: ClassVar[str] = "lends to"

    lender: Id
    borrower: Id
    principal_usd: float | None = Field(default=None, ge=0)
    rate_pct: float | None = Field(default=None, ge=0)
    market_rate_pct: float | None = Field(default=None, ge=0)
    secured_by: Words | None = None
    """receivables, shares, all_assets, ...; an empty list means unsecured."""
    assets_pledged_pct: Percent | None = None
    cross_default: bool | None = None
    forgivable: bool | None = None
    forgiven_usd: float | None = Field(default=None, ge=0)


class LeasesTo(Terms, Relation):
    """`lessor` leases space or equipment to `lessee`."""

    relation: ClassVar[str] = "LEASES_TO"
    ends: ClassVar[tuple[str, str]] = ("lessor", "lessee")
    references: ClassVar[tuple[str, ...]] = ("lessor", "lessee")
    verb: ClassVar[str] = "leases to"

    lessor: Id
    lessee: Id
    item: LeaseItem | None = None
    rent_basis: RentBasis | None = None
    rent_usd: float | None = Field(default=None, ge=0)
    rent_pct: Percent | None = None
    market_usd: float | None = Field(default=None, ge=0)
    exclusive_use: bool | None = None
    term_months: float | None = Field(default=None, ge=0)
    in_writing: bool | None = None
    signed_on: date | None = None
    set_in_advance: bool | None = None
    needed: bool | None = None
    """The lessee needs what it leases, and no more."""
    specified: bool | None = None
    """The space or equipment, and for part-time use the schedule, stand in the lease."""
    covers_all: bool | None = None
    """All space or equipment between the parties is in it."""
    shared_with_lessor: bool | None = None
    """The lessor or its related persons use it, too."""
    noncompete: bool | None = None
    """The rent pays for a covenant not to compete, or for referrals, too."""
    sublease_of: Id | None = None
    """The lease out of which it is sublet."""
    holdover: bool | None = None
    """It has ended, and goes on on the same terms."""
