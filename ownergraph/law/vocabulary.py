"""The closed lists of words that the law tables may hold."""

from typing import Literal, get_args

Verification = Literal["counsel", "primary", "secondary", "unverified"]
"""What stands behind a cell: counsel's own row, text read, secondary source read, nothing read."""

STRENGTH: dict[str, int] = {"unverified": 0, "secondary": 1, "primary": 2, "counsel": 3}
"""How strong a verification is."""

STATES: tuple[str, ...] = (
    "AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL", "IN", "KS", "KY",
    "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY", "OH",
    "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VT", "WA", "WI", "WV", "WY",
)  # fmt: skip

Holder = Literal[
    "hospital", "hospital_affiliate", "hmo", "fqhc", "cmhc", "public", "charitable_nonprofit",
    "medical_foundation", "medical_school", "professional_entity", "qualified_entity", "licensed_clinic",
    "own_employees", "esop", "qualified_trust", "estate", "behavioral_health", "telehealth_only", "tribal", "pace",
]  # fmt: skip
"""Kinds of owner or employer that a state may exempt."""

Form = Literal[
    "PC", "PA", "PSC", "PLLC", "PLLP", "LLC", "LLP", "RLLP", "LP", "GP", "corp", "nonprofit_corp", "medical_corp",
    "professional_company", "professional_association", "partnership", "sole_proprietor",
]  # fmt: skip

Officer = Literal["officer", "president", "vice_president", "secretary", "treasurer", "assistant_officer"]

ProfessionCode = Literal[
    "physician", "dentist", "chiropractor", "podiatrist", "optometrist", "physician_assistant",
    "nurse_practitioner", "registered_nurse", "psychologist", "physical_therapist", "occupational_therapist",
    "pharmacist", "clinical_social_worker", "marriage_family_therapist", "professional_counselor", "acupuncturist",
    "naturopath", "midwife", "speech_pathologist", "audiologist", "other_licensed",
]  # fmt: skip

ALLIED: tuple[str, ...] = tuple(code for code in get_args(ProfessionCode) if code != "physician")
"""Licensed professions other than physician."""

ANY_LICENSED = "any_licensed"
"""In a cell that lists professions: every allied profession."""
