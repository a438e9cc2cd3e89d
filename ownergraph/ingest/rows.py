"""Rows as read, checked one by one against the models; every problem in the user's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ownergraph.ingest.fields import FieldError, Spec, coerce, extra_fields, is_empty, is_unknown, plain_word, specs
from ownergraph.ingest.problems import Problems, hint, shown
from ownergraph.model import TABLES, WHOLE, Interval, Row

UNITS = ("percent", "fraction")


@dataclass(slots=True)
class Raw:
    """One row as it was read."""

    table: str
    file: int
    """Index into the names of the inputs."""
    line: int | None
    """Line of the file, or row of the sheet or table."""
    values: dict[str, Any]
    spots: dict[str, int | str] = field(default_factory=dict)
    """Line or cell of each field, where it is not the row's."""
    broken: bool = False
    """Whether a problem was found in it that its check does not see."""
    percent: frozenset[str] = frozenset()
    """Fields whose number stands in a cell that shows it as a percentage."""


class Inputs:
    """Names of what was read, and where rows and fields stand in it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._rows: dict[tuple[str, int, int | None], Raw] = {}

    def add(self, name: str) -> int:
        """Index of a new input."""
        self.names.append(name)
        return len(self.names) - 1

    def remember(self, raw: Raw) -> None:
        """Keep a row, so that later checks can name the line of a field."""
        self._rows.setdefault((raw.table, raw.file, raw.line), raw)

    def place(self, table: str, file: int, line: int | None, name: str = "") -> str:
        """Place of a row, or of a field of it, as people say it."""
        raw = self._rows.get((table, file, line))
        spot = raw.spots.get(name, line) if raw is not None and name else line
        return self.spot(file, spot)

    def spot(self, file: int, spot: int | str | None) -> str:
        """Place of a line, row or cell."""
        name = self.names[file]
        if spot is None:
            return name
        if isinstance(spot, str):
            return f"{name} cell {spot}"
        return f"{name} {'line' if name.lower().endswith(('.yaml', '.yml', '.json', '.csv')) else 'row'} {spot}"


class Checker:
    """Turns rows into models, and what does not fit into problems."""

    def __init__(self, inputs: Inputs, problems: Problems) -> None:
        self.inputs, self.problems = inputs, problems
        self.seen: dict[str, dict[str, str]] = {}
        """Ids, with places, of rows that could not be used: they exist, so references to them do not dangle."""
        self.units: dict[tuple[str, int, str], dict[str, str]] = {}
        """By table, file and field: the place where each unit of shares was first used."""

    def check(self, raw: Raw) -> Row | None:
        """The row as a model, or None after its problems were recorded."""
        before = len(self.problems.found)
        model = TABLES[raw.table]
        taken = specs(model)
        given = self._known(raw, taken)
        unit = self._unit(raw, given, taken)
        given = self._bounds(raw, given, taken)
        values: dict[str, Any] = {}
        bad: set[str] = set()
        for name, value in given.items():
            spec = taken[name]
            if is_unknown(value):
                if spec.nullable:
                    values[name] = None
                elif spec.required:
                    bad.add(name)
                    self._say(raw, name, f"it is unknown, but every row of {raw.table} needs it; {_instead(raw.table)}")
                continue
            try:
                if spec.sort == "share":
                    values[name] = self._share(raw, spec, value, unit)
                elif name in raw.percent and spec.sort == "float" and name.endswith("_pct"):
                    values[name] = coerce(spec, round(value * 100, 9))
                else:
                    values[name] = coerce(spec, value)
            except FieldError as error:
                bad.add(name)
                self._say(raw, name, str(error))
        for name, spec in taken.items():
            if spec.required and name not in given:
                bad.add(name)
                self._say(raw, "", f"{name} is missing; every row of {raw.table} needs it")
        row = self._model(raw, model, values, bad)
        if raw.broken or len(self.problems.found) > before:
            if isinstance(identity := raw.values.get("id"), str | int) and not is_empty(identity):
                spot = self.inputs.spot(raw.file, raw.spots.get("id", raw.line))
                self.seen.setdefault(raw.table, {}).setdefault(str(identity).strip(), spot)
            return None
        return row

    def _known(self, raw: Raw, taken: Mapping[str, Spec]) -> dict[str, Any]:
        given = {}
        extra = extra_fields(raw.table, taken)
        for name, value in raw.values.items():
            if name not in taken and name not in extra:
                self._say(raw, name, unknown_field(raw.table, name), named=False)
            elif not is_empty(value):
                given[name] = value
        return given

    def _unit(self, raw: Raw, given: dict[str, Any], taken: Mapping[str, Spec]) -> str | None:
        unit = given.pop("share_unit", None) if "share_unit" not in taken else None
        if unit is None or is_unknown(unit):
            return None
        word = plain_word(str(unit))
        if word not in UNITS:
            self._say(raw, "share_unit", f"unknown share_unit {shown(unit)}{hint(word, UNITS)}")
            return None
        return word

    def _share(self, raw: Raw, spec: Spec, value: Any, unit: str | None) -> Interval | None:
        used: str | None
        if spec.name in raw.percent and isinstance(value, int | float) and not isinstance(value, bool):
            share, used = coerce(spec, round(value, 12), "fraction"), "percent"
        else:
            share, used = coerce(spec, value, unit), share_unit_of(value, unit)
        if used:
            spot = self.inputs.spot(raw.file, raw.spots.get(spec.name, raw.line))
            places = self.units.setdefault((raw.table, raw.file, spec.name), {})
            new = used not in places
            places.setdefault(used, spot)
            if new and len(places) == 2:
                other = next(unit for unit in places if unit != used)
                words = {"percent": "a percentage", "fraction": "a fraction"}
                raise FieldError(
                    f"{shown(value)} is {words[used]}, but {places[other]} has {words[other]}; "
                    "use one unit for the whole column"
                )
        return share  # type: ignore[no-any-return]

    def _bounds(self, raw: Raw, given: dict[str, Any], taken: Mapping[str, Spec]) -> dict[str, Any]:
        """Replace `share_min`, `share_max`, `share_min_pct`, `share_max_pct` by the share that they mean."""
        for name, spec in taken.items():
            if spec.sort != "share":
                continue
            parts = {suffix: given.pop(f"{name}_{suffix}", None) for suffix in ("min", "max", "min_pct", "max_pct")}
            parts = {suffix: value for suffix, value in parts.items() if value is not None and not is_unknown(value)}
            if not parts:
                continue
            if name in given and not is_unknown(given[name]):
                self._say(raw, name, f"{name} and {name}_{next(iter(parts))} are both given; keep one")
                continue
            bounds = {}
            for suffix, value in parts.items():
                if (bound := self._bound(raw, name, suffix, value)) is not None:
                    if (side := suffix[:3]) in bounds:
                        self._say(raw, name, f"{name}_{side} and {name}_{side}_pct are both given; keep one")
                    bounds[side] = bound
            if bounds:
                given[name] = [bounds.get("min", 0), bounds.get("max", WHOLE)]
        return given

    def _bound(self, raw: Raw, name: str, suffix: str, value: Any) -> int | None:
        column = f"{name}_{suffix}"
        try:
            if suffix in ("min", "max"):
                bound: int = coerce(Spec(column, "int"), value)
                if 0 <= bound <= WHOLE:
                    return bound
                raise FieldError(
                    f"{shown(value)} is not between 0 and 1,000,000 millionths; for percentages use {column}_pct"
                )
            number = coerce(Spec(column, "float"), value)
            if column in raw.percent:
                number = round(number * 100, 9)
            if not 0 <= number <= 100:
                raise FieldError(f"{shown(value)} is not between 0 and 100 percent")
            interval = coerce(Spec(name, "share"), number, "percent")
            return int(interval[0 if suffix == "min_pct" else 1])
        except FieldError as error:
            self._say(raw, column, str(error))
            return None

    def _model(self, raw: Raw, model: type[Row], values: dict[str, Any], bad: set[str]) -> Row | None:
        try:
            return model.model_validate(values)
        except ValidationError as error:
            for item in error.errors(include_url=False):
                name = str(item["loc"][0]) if item["loc"] else ""
                if name not in bad:
                    self._say(raw, name, explain(item))
        return None

    def _say(self, raw: Raw, name: str, message: str, *, named: bool = True) -> None:
        spot = raw.spots.get(name, raw.line)
        self.problems.add(self.inputs.spot(raw.file, spot), raw.table, name if named else "", message)


def unknown_field(table: str, name: str) -> str:
    """A sentence about a field that a table does not have."""
    taken = specs(TABLES[table])
    many = f"the fields of {table} are {', '.join(taken)}"
    return f"unknown field {shown(name)}{hint(name, (*taken, *extra_fields(table, taken)), many)}"


def share_unit_of(value: Any, unit: str | None) -> str | None:
    """Whether a share is written as a percentage or a fraction; None for counts and pairs of millionths."""
    if isinstance(value, int | float):
        return unit
    if isinstance(value, str):
        if "%" in value:
            return "percent"
        return None if " of " in value.lower() else unit
    return None


def _instead(table: str) -> str:
    return {
        "licensed_in": "leave the row out, or write kind: person where the license is not known",
        "entities": "every entity has an id and a kind",
    }.get(table, "leave the row out, or name an entity that stands for the unknown one")


def explain(item: Mapping[str, Any]) -> str:
    """A sentence for one error of pydantic."""
    kind, value, context = item["type"], item["input"], item.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])
    texts = {
        "greater_than_equal": "{v} is below {ge}",
        "greater_than": "{v} is not above {gt}",
        "less_than_equal": "{v} is above {le}",
        "less_than": "{v} is not below {lt}",
        "string_too_long": "{v} is longer than {max_length} characters; shorten it",
        "string_too_short": "it is empty; write at least one character",
    }
    if kind in texts:
        numbers = {name: f"{bound:,g}" if isinstance(bound, int | float) else bound for name, bound in context.items()}
        return texts[kind].format(v=shown(f"{value:.15g}" if isinstance(value, float) else value), **numbers)
    return f"{shown(value)} is not taken here"
