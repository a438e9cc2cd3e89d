"""What every field takes, derived from the models, and how a cell or scalar becomes its value."""

import math
import re
import types
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin

from ownergraph.ingest.problems import hint, shown
from ownergraph.model import Row, parse_share
from ownergraph.model.columns import is_share

INLINE = ("licensed_in", "profession", "license_status", "operates_in", "held_by", "complete")
"""Fields of an entity that become rows of other tables."""

SHARE_ENDS = ("min", "max", "min_pct", "max_pct")
"""What may follow the name of a share in the columns of a table."""

UNKNOWN = ("unknown", "not recorded", "n/a", "?")
"""Words that say in any field that the value is not known."""

TRUE = ("yes", "true", "y", "t", "1", "x")
FALSE = ("no", "false", "n", "f", "0")

NUMBER = r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d{1,3})?$"
DAY = r"^\d{4}-\d{2}-\d{2}$"

_NUMBER, _DAY = re.compile(NUMBER), re.compile(DAY)
_MIDNIGHT = re.compile(r"^(\d{4}-\d{2}-\d{2})[ T]00:00(?::00(?:\.0+)?)?$")

Sort = Literal["text", "bool", "int", "float", "date", "choice", "share"]


class FieldError(ValueError):
    """A value that a field does not take; the message says why and what to write."""


class Spec(NamedTuple):
    """What a field takes."""

    name: str
    sort: Sort
    many: bool = False
    """A list of such values."""
    choices: tuple[str, ...] = ()
    words: Mapping[str, str] | None = None
    """Choices by how they may be written: case, spaces and hyphens do not count."""
    required: bool = False
    nullable: bool = True
    default: Any = None


def plain_word(text: str) -> str:
    """A word without case, spaces and hyphens.

    Example:
        >>> plain_word("Private Equity")
        'private_equity'
    """
    return "_".join(text.replace("-", " ").lower().split())


def _sort(annotation: Any) -> tuple[Sort, bool, tuple[str, ...]]:
    origin, parts = get_origin(annotation), get_args(annotation)
    if is_share(annotation):
        return "share", False, ()
    if origin in (Union, types.UnionType):
        return _sort(next(part for part in parts if part is not type(None)))
    if origin is list:
        sort, _, choices = _sort(parts[0])
        return sort, True, choices
    if origin is Literal:
        return "choice", False, tuple(parts)
    if origin is not None:  # Annotated
        return _sort(parts[0])
    names: dict[Any, Sort] = {str: "text", bool: "bool", int: "int", float: "float", date: "date"}
    return names[annotation], False, ()


@cache
def specs(model: type[Row]) -> dict[str, Spec]:
    """What the fields of a model take, by the name that inputs use."""
    found: dict[str, Spec] = {}
    for name, info in model.model_fields.items():
        sort, many, choices = _sort(info.annotation)
        key = info.alias or name
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        found[key] = Spec(
            key, sort, many, choices, {plain_word(word): word for word in choices} or None,
            required=info.is_required(), nullable=not info.is_required() and info.default_factory is None,
            default=default,
        )  # fmt: skip
    return found


def extra_fields(table: str, taken: Mapping[str, Spec]) -> tuple[str, ...]:
    """Fields that inputs may have beside those of the model."""
    shares = [name for name, spec in taken.items() if spec.sort == "share"]
    inline = INLINE if table == "entities" else ()
    ends = (f"{name}_{end}" for name in shares for end in SHARE_ENDS)
    return (*inline, *(("share_unit", *ends) if shares else ()))


def is_unknown(value: object) -> bool:
    """Whether a value says that it is not known."""
    return isinstance(value, str) and value.strip().lower() in UNKNOWN


def is_empty(value: object) -> bool:
    """Whether nothing is written."""
    return value is None or (isinstance(value, str) and not value.strip())


def split(value: object) -> list[object]:
    """The values of a list, which a cell joins by semicolons or commas; "none" and "[]" are the empty list."""
    if isinstance(value, list | tuple):
        return [part for part in value if not is_empty(part)]
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in ("none", "[]"):
            return []
        return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    return [value]


def coerce(spec: Spec, value: object, unit: str | None = None) -> Any:
    """The value of a field from what is written. Constraints of the model are not looked at here.

    Args:
        spec: what the field takes.
        value: text, number, bool, date or a list of them; neither empty nor unknown.
        unit: share_unit of the row.

    Raises:
        FieldError: the field does not take it.
    """
    if isinstance(value, dict):
        raise FieldError("fields of its own are not taken here; write a plain value")
    if spec.sort == "share":
        return _share(value, unit)
    if spec.many:
        return [_one(spec, part) for part in split(value)]
    if isinstance(value, list | tuple):
        raise FieldError(f"a list of {len(value)} is not taken here; write one value")
    return _one(spec, value)


def _one(spec: Spec, value: object) -> Any:
    if isinstance(value, list | tuple | dict):
        raise FieldError("lists within lists are not taken; write plain values")
    return _READ[spec.sort](spec, value.strip() if isinstance(value, str) else value)


def _share(value: object, unit: str | None) -> Any:
    if isinstance(value, str) and len(value) > 100:
        raise FieldError(f"{shown(value)} is not a share")
    try:
        return parse_share(value, unit)
    except (ValueError, OverflowError) as error:
        raise FieldError(str(error)) from None


def _text(spec: Spec, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime) and value.time() == value.min.time():
        return value.date().isoformat()
    return value if isinstance(value, str) else value.isoformat() if isinstance(value, date) else str(value)


def _bool(spec: Spec, value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = _text(spec, value).lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise FieldError(f"{shown(value)} is not yes or no; write yes, no or unknown")


def _number(spec: Spec, value: object) -> float | int:
    if isinstance(value, bool | date):
        raise FieldError(f"{shown(value)} is not a number; write digits, as 1250.50")
    if isinstance(value, int | float):
        return value
    text = str(value).removeprefix("$").strip()
    if spec.name.endswith("_pct"):
        text = text.removesuffix("%").strip()
    if len(text) > 60 or not _NUMBER.match(text) or not any(c.isdigit() for c in text) or not text.isascii():
        raise FieldError(f"{shown(value)} is not a number; write digits, as 1250.50")
    text = text.replace(",", "")
    try:
        return int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        raise FieldError(f"{shown(value)} is not a number; write digits, as 1250.50") from None


def _float(spec: Spec, value: object) -> float:
    number = float(_number(spec, value))
    if not math.isfinite(number):
        raise FieldError(f"{shown(value)} is not a finite number; leave the field empty where it is not known")
    return number


def _int(spec: Spec, value: object) -> int:
    number = _number(spec, value)
    if isinstance(number, float):
        if not number.is_integer():
            raise FieldError(f"{shown(value)} is not a whole number; write digits, as 1250")
        number = int(number)
    if abs(number) >= 2**63:
        raise FieldError(f"{shown(value)} is too large")
    return number


def _date(spec: Spec, value: object) -> date:
    if isinstance(value, datetime):
        if value.time() == value.min.time():
            return value.date()
    elif isinstance(value, date):
        return value
    elif isinstance(value, str):
        text = found[1] if (found := _MIDNIGHT.match(value)) else value
        if _DAY.match(text) and text.isascii():
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise FieldError(
                    f"{shown(value)} is not a day of the calendar; write year-month-day, as 2024-01-31"
                ) from None
    raise FieldError(f"{shown(value)} is not a date; write year-month-day, as 2024-01-31")


def _choice(spec: Spec, value: object) -> str:
    word = _text(spec, value)
    assert spec.words is not None
    found = spec.words.get(plain_word(word))
    if found is not None:
        return found
    if "CA" in spec.choices:
        raise FieldError(f"unknown state {shown(word)}; write its two letters, as CA")
    raise FieldError(f"unknown {spec.name} {shown(word)}{hint(word, spec.choices)}")


_READ = {
    "text": _text, "bool": _bool, "int": _int, "float": _float, "date": _date, "choice": _choice,
}  # fmt: skip
