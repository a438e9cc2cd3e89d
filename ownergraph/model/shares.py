"""Shares of a whole as intervals of integer millionths, and the ways people write them.

A share is never guessed: what is not recorded is None, what is recorded as a range stays a range. Bounds are
rounded outward, so that the interval always holds the true value.
"""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from fractions import Fraction
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, WithJsonSchema

WHOLE = 1_000_000
"""One whole, in millionths."""

_NUMBER = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
_RANGE = re.compile(rf"^{_NUMBER}\s*%?\s*(?:-|–|to)\s*{_NUMBER}\s*%$")
_POINT = re.compile(rf"^{_NUMBER}\s*%$")
_BOUND = re.compile(rf"^(>=|<=|>|<|≥|≤|at least|at most|more than|less than|up to|over|under)\s*{_NUMBER}\s*%$")
_COUNT = re.compile(rf"^{_NUMBER}\s+of\s+{_NUMBER}(?:\s+(?:shares|units|votes|interests))?$")
_UNKNOWN = {"", "unknown", "not recorded", "n/a", "?"}

_LOWER = {">": 1, "more than": 1, "over": 1, ">=": 0, "≥": 0, "at least": 0}
_UPPER = {"<": 1, "less than": 1, "under": 1, "<=": 0, "≤": 0, "at most": 0, "up to": 0}

HOW = 'write "51%", "25-50%", ">50%", "at most 49%", "700 of 1,000" or "unknown"'


class Interval(NamedTuple):
    """A share between `low` and `high`, both in millionths of the whole, 0 to 1,000,000."""

    low: int
    high: int

    def __str__(self) -> str:
        return show_share(self.low, self.high)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:  # the patterns let nothing else through; kept for callers of the helpers
        raise ValueError(f'"{text}" is not a number; {HOW}') from None


def _floor(percent: Decimal) -> int:
    return int((percent * 10_000).to_integral_value(ROUND_FLOOR))


def _ceil(percent: Decimal) -> int:
    return int((percent * 10_000).to_integral_value(ROUND_CEILING))


def _checked(low: int, high: int, text: object) -> Interval:
    if high > WHOLE:
        raise ValueError(f'"{text}" is more than 100%; a share is between 0% and 100%')
    if low > high:
        raise ValueError(f'"{text}" ends below where it starts; write the smaller bound first')
    return Interval(low, high)


def from_count(held: int, total: int) -> Interval:
    """The interval of `held` of `total` equal shares, rounded outward.

    Example:
        >>> from_count(1, 3)
        Interval(low=333333, high=333334)

    Raises:
        ValueError: `total` is not positive or `held` is not between 0 and `total`.
    """
    if total <= 0 or not 0 <= held <= total:
        raise ValueError(f"{held} of {total} shares cannot be; the number held is between 0 and the total")
    part = Fraction(held * WHOLE, total)
    return Interval(part.__floor__(), part.__ceil__())


def parse_share(value: object, unit: str | None = None) -> Interval | None:
    """Read a share the way people write it.

    Args:
        value: text ("51%", "25-50%", ">50%", "at most 49%", "700 of 1,000", "unknown"), a number (only with a
            unit), a pair of millionths, or None.
        unit: "percent" or "fraction", needed for a bare number.

    Returns:
        The interval, or None where the share is not known. ">50%" starts one millionth above half.

    Raises:
        ValueError: the text cannot be read; the message says why and what to write.

    Example:
        >>> parse_share("51%"), parse_share(">50%"), parse_share("unknown")
        (Interval(low=510000, high=510000), Interval(low=500001, high=1000000), None)
    """
    if value is None:
        return None
    if isinstance(value, list | tuple):
        if len(value) == 2 and all(isinstance(v, int) and not isinstance(v, bool) for v in value):
            return _checked(int(value[0]), int(value[1]), list(value))
        raise ValueError(f"{value!r} is not a pair of millionths; {HOW}")
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not a share; {HOW}")
    if isinstance(value, int | float):
        return _bare(Decimal(str(value)), unit, value)
    text = " ".join(str(value).split()).lower()
    if text in _UNKNOWN:
        return None
    if found := _COUNT.match(text):
        held, total = (_decimal(part) for part in found.groups())
        if held != held.to_integral_value() or total != total.to_integral_value():
            raise ValueError(f'"{value}" counts parts of shares; write whole numbers, or a percentage')
        return from_count(int(held), int(total))
    if found := _RANGE.match(text):
        return _checked(_floor(_decimal(found[1])), _ceil(_decimal(found[2])), value)
    if found := _POINT.match(text):
        return _checked(_floor(_decimal(found[1])), _ceil(_decimal(found[1])), value)
    if found := _BOUND.match(text):
        sign, percent = found[1], _decimal(found[2])
        if sign in _LOWER:
            return _checked(_floor(percent) + _LOWER[sign], WHOLE, value)
        return _checked(0, _ceil(percent) - _UPPER[sign], value)
    if re.fullmatch(_NUMBER, text):
        return _bare(_decimal(text), unit, value)
    raise ValueError(f'"{value}" is not a share; {HOW}')


def _bare(number: Decimal, unit: str | None, shown: object) -> Interval:
    if unit == "percent":
        return _checked(_floor(number), _ceil(number), shown)
    if unit == "fraction":
        return _checked(_floor(number * 100), _ceil(number * 100), shown)
    meant = f' or "{(number * 100).normalize():f}%", whichever is meant' if number <= 1 else ""
    raise ValueError(
        f"{shown} has no unit, so it could be a percentage or a fraction; "
        f'write "{shown}%"{meant}, or set share_unit: percent or fraction'
    )


def show_share(low: int | None, high: int | None) -> str:
    """A share as people read it: "51%", "25-50%", "more than 50%", "unknown"."""
    if low is None or high is None:
        return "unknown share"
    if low == high:
        return f"{_percent(low)}%"
    if high - low == 1:
        return f"about {round(low / 10_000, 2):g}%"
    if high == WHOLE:
        if low == 0:
            return "unknown share"
        return f"more than {_percent(low - 1)}%" if (low - 1) % 10_000 == 0 else f"at least {_percent(low)}%"
    if low == 0:
        return f"less than {_percent(high + 1)}%" if (high + 1) % 10_000 == 0 else f"at most {_percent(high)}%"
    return f"{_percent(low)}-{_percent(high)}%"


def _percent(millionths: int) -> str:
    return f"{millionths / 10_000:.4f}".rstrip("0").rstrip(".")


_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {
            "type": "string",
            "description": HOW,
            "examples": ["51%", "25-50%", ">50%", "at most 49%", "700 of 1,000", "unknown"],
        },
        {"type": "number", "description": "only together with share_unit"},
        {"type": "null"},
    ]
}

Share = Annotated[Interval | None, BeforeValidator(parse_share), WithJsonSchema(_SCHEMA)]
"""A field that holds a share; None where it is not known."""
