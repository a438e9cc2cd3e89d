"""Identifiers of US health care, checked: NPI, EIN, CCN, PECOS associate id, LEI.

Sources: NPI check digit, 45 CFR 162.406 and ISO 7812 (Luhn over 80840 + the number); LEI, ISO 17442
(mod 97-10); CCN, CMS State Operations Manual 2779A.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field


def luhn_ok(digits: str) -> bool:
    """Whether the digits, the check digit last, pass the Luhn test. O(length).

    Example:
        >>> luhn_ok("80840" + "1234567893")
        True
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def _npi(text: str) -> str:
    if not re.fullmatch(r"[12]\d{9}", text):
        raise ValueError(f'"{text}" is not an NPI; an NPI is ten digits and starts with 1 or 2')
    if not luhn_ok("80840" + text):
        raise ValueError(f'"{text}" fails the NPI check digit; compare it with the NPI registry')
    return text


def _ein(text: str) -> str:
    plain = text.replace("-", "")
    if not re.fullmatch(r"\d{9}", plain):
        raise ValueError(f'"{text}" is not an EIN; an EIN is nine digits, as 12-3456789')
    return f"{plain[:2]}-{plain[2:]}"


def _ccn(text: str) -> str:
    if not re.fullmatch(r"\d{2}[0-9A-Z]\d{3}[0-9A-Z]{0,4}", text):
        raise ValueError(f'"{text}" is not a CCN; a CCN is six to ten characters, as 245381')
    return text


def _pecos(text: str) -> str:
    if not re.fullmatch(r"\d{10}", text):
        raise ValueError(f'"{text}" is not a PECOS associate id; it is ten digits, leading zeros kept')
    return text


def _lei(text: str) -> str:
    if not re.fullmatch(r"[A-Z0-9]{18}\d{2}", text):
        raise ValueError(f'"{text}" is not an LEI; an LEI is 18 letters or digits and two check digits')
    if int("".join(str(int(c, 36)) for c in text)) % 97 != 1:
        raise ValueError(f'"{text}" fails the LEI check digits')
    return text


def _text(value: object) -> object:
    # YAML and spreadsheets turn digits into numbers; an identifier is text
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Npi = Annotated[str, BeforeValidator(_text), AfterValidator(_npi)]
Ein = Annotated[str, BeforeValidator(_text), AfterValidator(_ein)]
Ccn = Annotated[str, BeforeValidator(_text), AfterValidator(_ccn)]
PecosId = Annotated[str, BeforeValidator(_text), AfterValidator(_pecos)]
Lei = Annotated[str, BeforeValidator(_text), AfterValidator(_lei)]


def _id(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise ValueError("an id is text without spaces around it, as coastal_pc")
    return text


Id = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=200), AfterValidator(_id)]
"""The id of an entity or a row: any text without spaces around it, at most 200 characters."""
