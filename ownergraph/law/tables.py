"""The small tables: services, powers, professions, transfer triggers, family, health services."""

from functools import cache
from typing import Literal

from pydantic import field_validator

from ownergraph.law.facts import Fact, read_csv
from ownergraph.law.vocabulary import ProfessionCode, Verification

Listing = Literal["yes", "no", "implied"]
Severity = Literal["info", "low", "medium", "high", "critical"]


class Service(Fact):
    """A service that a manager may provide under its agreement."""

    code: str
    group: Literal[
        "revenue_cycle", "human_resources", "compliance", "marketing", "information_technology", "facilities",
        "clinical", "other",
    ]  # fmt: skip
    kind: Literal["administrative", "clinical_adjacent", "clinical"]
    """Clinical-adjacent services touch clinical judgment in some states."""
    referral_generating: bool
    """It brings patients: with a percentage fee it matters for FEE-03."""
    vague: bool
    """It names no service (MSA-04)."""
    billing: bool
    """Billing, administrative preparation or collection: what the Illinois carve-out covers."""
    in_guide: bool
    """Named in the source guide."""
    effect: str


class Power(Fact):
    """A power over a practice that a manager may hold, reserve or veto."""

    code: str
    class_: Literal["clinical", "clinical_business", "financial", "ownership"]
    meaning: str
    ca_mbc: Listing
    """Listed by the Medical Board of California as the physician's own."""
    ca_sb351: Listing
    """Barred to private equity groups and hedge funds in California."""
    or_sb951: Listing
    """De facto control in Oregon."""
    ca_sb351_section: str
    ca_mbc_verification: Verification
    ca_sb351_verification: Verification
    or_sb951_verification: Verification
    note: str
    severity: Severity
    verification: Verification
    source: str


class Profession(Fact):
    """A licensed health profession."""

    code: ProfessionCode
    name: str
    is_physician: bool
    is_licensed_health_professional: bool


class TransferTrigger(Fact):
    """What lets the holder of a transfer restriction replace the owner."""

    code: str
    unrestricted: bool
    """It needs no event: the right is a power to replace at will."""
    suspicious: bool
    """It is in the trigger of CTRL-01."""
    or_permitted: Literal["yes", "no", "unverified"]
    """Whether Oregon permits it."""
    verification: Verification
    meaning: str


class Kinship(Fact):
    """A family relation, and whether it makes an immediate family member (42 CFR 411.351)."""

    relation: str
    stark_immediate: bool
    inverse: str | None
    """The relation seen from the other side; null where it has no word."""
    verification: Verification
    note: str

    @field_validator("inverse", mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        return value or None


class HealthService(Fact):
    """A category of designated health services (42 CFR 411.351)."""

    code: str
    category: str
    authority: str
    verification: Verification


@cache
def services() -> dict[str, Service]:
    """Every service by its code.

    Example:
        >>> services()["coding"].kind
        'clinical_adjacent'
    """
    return {fact.code: fact for fact in read_csv(Service, "services.csv")}


@cache
def powers() -> dict[str, Power]:
    """Every power by its code.

    Example:
        >>> powers()["choose_auditor"].class_
        'financial'
    """
    return {fact.code: fact for fact in read_csv(Power, "powers.csv")}


@cache
def professions() -> dict[str, Profession]:
    """Every licensed profession by its code.

    Example:
        >>> [code for code, fact in professions().items() if fact.is_physician]
        ['physician']
    """
    return {fact.code: fact for fact in read_csv(Profession, "professions.csv")}


@cache
def transfer_triggers() -> dict[str, TransferTrigger]:
    """Every trigger of a transfer restriction by its code.

    Example:
        >>> [code for code, fact in transfer_triggers().items() if fact.unrestricted]
        ['any_time', 'holder_election']
    """
    return {fact.code: fact for fact in read_csv(TransferTrigger, "transfer_triggers.csv")}


@cache
def family() -> dict[str, Kinship]:
    """Every family relation by its word.

    Example:
        >>> family()["cousin"].stark_immediate
        False
    """
    return {fact.relation: fact for fact in read_csv(Kinship, "family.csv")}


@cache
def dhs() -> dict[str, HealthService]:
    """Every category of designated health services by its code.

    Example:
        >>> dhs()["LAB"].category
        'clinical laboratory services'
    """
    return {fact.code: fact for fact in read_csv(HealthService, "dhs.csv")}
