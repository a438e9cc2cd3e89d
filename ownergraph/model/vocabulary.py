"""The closed lists of words that fields may hold."""

from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator

Kind = Literal["person", "organization", "trust", "government", "account"]

Role = Literal[
    "practice", "mso", "investor", "fund", "private_equity", "hedge_fund", "reit", "family_office", "lender",
    "holding", "facility", "hospital", "laboratory", "surgery_center", "pharmacy", "supplier", "payer",
    "treatment_facility", "recovery_home", "recruiter", "appraiser", "counsel", "other",
]  # fmt: skip

INVESTOR_ROLES: tuple[str, ...] = (
    "investor", "fund", "private_equity", "hedge_fund", "reit", "family_office", "lender",
)  # fmt: skip

Form = Literal[
    "PC", "PA", "PSC", "PLLC", "PLLP", "LLC", "LLP", "RLLP", "LP", "GP", "corp", "nonprofit_corp", "medical_corp",
    "professional_company", "professional_association", "partnership", "sole_proprietor", "trust", "estate", "other",
]  # fmt: skip

PROFESSIONAL_FORMS: tuple[str, ...] = (
    "PC", "PA", "PSC", "PLLC", "PLLP", "medical_corp", "professional_company", "professional_association",
)  # fmt: skip

Exempt = Literal[
    "hospital", "hospital_affiliate", "hmo", "fqhc", "cmhc", "public", "charitable_nonprofit",
    "medical_foundation", "medical_school", "professional_entity", "qualified_entity", "licensed_clinic",
    "own_employees", "esop", "qualified_trust", "estate", "behavioral_health", "telehealth_only", "tribal", "pace",
]  # fmt: skip
"""Classes of holder or employer that a state's law may exempt."""

Profession = Literal[
    "physician", "dentist", "chiropractor", "podiatrist", "optometrist", "physician_assistant",
    "nurse_practitioner", "registered_nurse", "psychologist", "physical_therapist", "occupational_therapist",
    "pharmacist", "clinical_social_worker", "marriage_family_therapist", "professional_counselor", "acupuncturist",
    "naturopath", "midwife", "speech_pathologist", "audiologist", "other_licensed",
]  # fmt: skip
PROFESSIONS: tuple[str, ...] = get_args(Profession)

LicenseStatus = Literal["active", "lapsed", "suspended", "revoked", "retired"]

State = Literal[
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS", "KY",
    "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH",
    "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY",
]  # fmt: skip

Instrument = Literal["equity", "debt_secured", "option", "profits"]

FeeBasis = Literal[
    "fixed", "cost_plus", "pct_collections", "pct_revenue", "pct_net", "residual", "hourly", "per_unit",
]  # fmt: skip
PERCENTAGE: tuple[str, ...] = ("pct_collections", "pct_revenue", "pct_net", "residual")
"""Fee bases that rise and fall with the income of the practice."""

Termination = Literal["no", "cause_only", "without_cause"]

PositionRole = Literal[
    "director", "officer", "president", "vice_president", "secretary", "treasurer", "assistant_officer",
    "managing_employee", "manager", "member", "medical_director", "partner",
]  # fmt: skip
OFFICER_ROLES: tuple[str, ...] = (
    "officer", "president", "vice_president", "secretary", "treasurer", "assistant_officer",
)  # fmt: skip

Trigger = Literal[
    "any_time", "holder_election", "msa_termination", "employment_termination", "breach", "material_breach",
    "license_loss", "disqualification", "federal_exclusion", "felony_charge", "death", "disability", "insolvency",
    "sale_attempt", "retirement",
]  # fmt: skip

ChosenBy = Literal["holder", "practice", "owner", "agreed", "law"]

ProxyInstrument = Literal["proxy", "power_of_attorney", "voting_trust", "voting_agreement", "nominee_agreement"]
"""A nominee agreement makes the grantor hold its shares for the grantee, whatever its scope says."""

ProxyScope = Literal[
    "vote_shares", "transfer_shares", "sign_payer_contracts", "hire", "open_accounts", "borrow", "general",
    "endorse_checks", "submit_claims", "collect",
]  # fmt: skip

DocumentKind = Literal[
    "undated_resignation", "blank_stock_power", "presigned_transfer", "bylaws", "operating_agreement",
    "management_agreement", "lease", "loan", "opinion", "letter", "chart", "filing", "other",
]  # fmt: skip

RentBasis = Literal["fixed", "pct", "per_use", "time_block"]
LeaseItem = Literal["space", "equipment"]
Employment = Literal["w2", "contractor"]
PayBasis = Literal[
    "salary", "hourly", "flat_stipend", "productivity", "pct_collections", "pct_net", "per_referral", "per_unit",
]  # fmt: skip
PaymentPurpose = Literal[
    "distribution", "management_fee", "wages", "rent", "loan", "loan_repayment", "medical_director", "supervision",
    "consulting", "speaker", "specimen", "commission", "marketing", "purchase", "goods", "gift", "research", "other",
]  # fmt: skip
"""What a payment is said to be for."""
PaymentBasis = Literal[
    "fixed", "hourly", "per_unit", "per_referral", "per_test", "per_specimen", "per_order", "per_head",
    "pct_revenue", "pct_collections", "pct_net", "productivity", "discretionary",
]  # fmt: skip
"""What the amount of a payment is worked out from."""
PER_REFERRAL: tuple[str, ...] = ("per_referral", "per_test", "per_specimen", "per_order", "per_head")
"""Payment bases that count what was referred."""
FIXED: tuple[str, ...] = ("fixed", "hourly")
"""Bases of pay that do not vary with the business that it is paid for, unless that is recorded."""
InKind = Literal["staff", "equipment", "space", "supplies", "meals", "travel", "software", "services", "other"]
"""What is given instead of money."""
FamilyRelation = Literal[
    "spouse", "parent", "child", "sibling", "stepparent", "stepchild", "stepsibling", "parent_in_law",
    "child_in_law", "sibling_in_law", "grandparent", "grandchild", "grandparent_spouse", "grandchild_spouse",
    "cousin", "domestic_partner", "other",
]  # fmt: skip
PayerClass = Literal["medicare", "medicaid", "tricare", "commercial", "self", "other"]
Consolidation = Literal["vie", "voting", "contract"]
Program = Literal["pecos", "cms855", "form990", "state", "sec", "other"]
EventKind = Literal["false_claims_act", "exclusion", "conviction", "indictment", "settlement", "inquiry"]

Register = Literal[
    "owners", "agreements", "licenses", "accounts", "signers", "proxies", "transfer_restrictions", "boards",
    "roles", "employment", "documents", "fmv_opinions", "family", "loans", "leases", "payments", "referrals",
    "states",
]  # fmt: skip
"""Lists that a structure may declare complete; every other list is open: what it lacks is unknown, not absent."""


def _listed(value: object) -> object:
    """A single word where a list is asked for is a list of one; cells hold lists joined by semicolons."""
    if isinstance(value, str):
        parts = [part.strip() for part in value.replace(";", ",").split(",")]
        return [] if parts in ([""], ["none"]) else [part for part in parts if part]
    return value


AsList = BeforeValidator(_listed)

Words = Annotated[list[str], AsList]
"""A list of words; one word, or words joined by commas or semicolons, are taken too."""
