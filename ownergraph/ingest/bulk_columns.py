"""One column of a large table: its values, and the rows that a closer look must decide."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

import polars as pl
from pydantic import AfterValidator, TypeAdapter, ValidationError

from ownergraph.ingest.fields import DAY, NUMBER, UNKNOWN, FieldError, Spec, coerce
from ownergraph.model import Row
from ownergraph.model.columns import frame_schema
from ownergraph.model.identifiers import Id

DTYPES: dict[str, Any] = {
    "text": pl.String, "choice": pl.String, "bool": pl.Boolean, "int": pl.Int64, "float": pl.Float64, "date": pl.Date,
}  # fmt: skip


@dataclass(slots=True)
class Column:
    """Values of a column; `bad` marks rows that are not decided here."""

    values: pl.Series
    bad: pl.Series


def nothing(height: int) -> pl.Series:
    """A column of False."""
    return pl.Series([False], dtype=pl.Boolean).new_from_index(0, height)


def cleaned(cells: pl.Series) -> pl.Series:
    """Text without spaces around it; null where empty."""
    text = cells.str.strip_chars()
    return text.set(text == "", None) if (text == "").any() else text


def read_column(model: type[Row], spec: Spec, cells: pl.Series | None, height: int) -> Column:
    """The values of one field."""
    dtype = frame_schema(model)[spec.name]
    if cells is None or cells.null_count() == height:
        empty = pl.Series([spec.default], dtype=dtype).new_from_index(0, height)
        return Column(empty, nothing(height) if not spec.required else ~nothing(height))
    if cells.dtype in (pl.Categorical, pl.Enum):
        cells = cells.cast(pl.String)
    column = (_from_text if cells.dtype == pl.String else _from_typed)(spec, cells, dtype)
    column.bad = column.bad | _out_of_bounds(model, spec, column.values)
    if spec.required:
        column.bad = column.bad | column.values.is_null()
    return Column(column.values, column.bad.fill_null(True))


def _from_text(spec: Spec, cells: pl.Series, dtype: Any) -> Column:
    text = cleaned(cells)
    odd = text.str.contains("[\x1c-\x1f]").fill_null(False)
    by_word = spec.many or spec.sort in ("choice", "bool")
    column = _by_unique(spec, text, dtype) if by_word else _plain_text(spec, text)
    column.bad = column.bad | odd
    if spec.default is not None:
        fill = pl.Series([spec.default], dtype=dtype).new_from_index(0, cells.len())
        column.values = column.values.zip_with(text.is_not_null(), fill)
    return column


def _plain_text(spec: Spec, text: pl.Series) -> Column:
    short = text.str.len_bytes() <= 12
    if (short & text.str.to_lowercase().is_in(list(UNKNOWN))).any():
        text = text.set(text.str.to_lowercase().is_in(list(UNKNOWN)).fill_null(False), None)
    there = text.is_not_null()
    if spec.sort == "text":
        return Column(text, nothing(text.len()))
    if spec.sort == "date":
        day = text.str.contains(DAY) & text.str.contains("^[12]")
        values = text.set(~day.fill_null(False), None).str.to_date("%Y-%m-%d", strict=False)
        return Column(values, there & values.is_null())
    number = text.str.strip_prefix("$").str.strip_chars()
    if spec.name.endswith("_pct"):
        number = number.str.strip_suffix("%").str.strip_chars()
    wellformed = (number.str.contains(NUMBER) & (number.str.len_bytes() <= 18)).fill_null(False)
    number = number.set(~wellformed, None).str.replace_all(",", "", literal=True)
    values = number.cast(DTYPES[spec.sort], strict=False)
    if spec.sort == "float":
        values = values.set(~values.is_finite().fill_null(False), None)
    return Column(values, there & values.is_null())


def _by_unique(spec: Spec, text: pl.Series, dtype: Any) -> Column:
    """Read each different text once."""
    words = text.drop_nulls().unique().to_list()
    values, wrong = [], []
    for word in words:
        value, bad = None, False
        if word.lower() in UNKNOWN:
            bad = not spec.nullable
        else:
            try:
                value = coerce(spec, word)
            except FieldError:
                bad = True
        values.append(value)
        wrong.append(bad)
    return looked_up(text, words, pl.Series("value", values, dtype), pl.Series("bad", wrong, pl.Boolean))


def looked_up(text: pl.Series, words: list[Any], values: pl.Series, wrong: pl.Series) -> Column:
    """Values of a column from the values of its different words."""
    key = pl.Series("key", words, dtype=text.dtype)
    table = pl.DataFrame([key, values.rename("value"), wrong.rename("bad")])
    found = text.rename("key").to_frame().join(table, on="key", how="left", maintain_order="left")
    return Column(found["value"], found["bad"].fill_null(False))


def _from_typed(spec: Spec, cells: pl.Series, dtype: Any) -> Column:
    there = cells.is_not_null()
    kind = cells.dtype
    fill = pl.Series([spec.default], dtype=dtype).new_from_index(0, cells.len())

    def given(values: pl.Series, bad: pl.Series | None = None) -> Column:
        values = values if spec.default is None else values.zip_with(there, fill)
        return Column(values, nothing(cells.len()) if bad is None else bad.fill_null(False))

    if spec.many and kind == dtype and spec.sort == "text":
        return given(cells, cells.list.eval(_untidy(pl.element())).list.any())
    if spec.many and isinstance(kind, pl.List) and kind.inner == pl.String and spec.sort == "choice":
        return given(cells, ~cells.list.eval(pl.element().is_in(list(spec.choices))).list.all())
    if spec.many and kind == dtype and spec.sort == "date":
        return given(cells, cells.list.eval(pl.element().is_null()).list.any())
    if not spec.many:
        if spec.sort == "bool" and kind == pl.Boolean:
            return given(cells)
        if spec.sort == "text" and kind.is_integer():
            return given(cells.cast(pl.String))
        if spec.sort == "int" and kind.is_integer():
            values = cells.cast(pl.Int64, strict=False)
            return given(values, there & values.is_null())
        if spec.sort == "int" and kind.is_float():
            whole = (cells == cells.round(0)) & (cells.abs() < 2**53)
            return given(cells.set(~whole.fill_null(False), None).cast(pl.Int64), there & ~whole)
        if spec.sort == "float" and (kind.is_integer() or kind == pl.Float64):
            values = cells.cast(pl.Float64)
            return given(values, there & ~values.is_finite())
        if spec.sort == "date" and kind == pl.Date:
            year = cells.dt.year()
            return given(cells, there & ((year < 1000) | (year > 9999)))
    return Column(pl.Series([None], dtype=dtype).new_from_index(0, cells.len()), there)


def _untidy(element: pl.Expr) -> pl.Expr:
    return (element.is_null() | (element.str.strip_chars() != element) | (element == "")).fill_null(True)


@cache
def _bounds(model: type[Row]) -> dict[str, dict[str, Any]]:
    """Constraints of the fields as JSON Schema says them."""
    found = {}
    for name, shape in model.model_json_schema(by_alias=True)["properties"].items():
        merged = dict(shape)
        for option in shape.get("anyOf", ()):
            merged.update(option)
        found[name] = merged
    return found


def _out_of_bounds(model: type[Row], spec: Spec, values: pl.Series) -> pl.Series:
    bounds = _bounds(model).get(spec.name, {})
    bad = nothing(values.len())
    if spec.sort in ("int", "float") and not spec.many:
        tests: dict[str, Callable[[Any], pl.Series]] = {
            "minimum": lambda least: values < least, "exclusiveMinimum": lambda least: values <= least,
            "maximum": lambda most: values > most, "exclusiveMaximum": lambda most: values >= most,
        }  # fmt: skip
        for key, test in tests.items():
            if key in bounds:
                bad = bad | test(bounds[key]).fill_null(False)
    if spec.sort == "text" and not spec.many:
        if "maxLength" in bounds:
            bad = bad | (values.str.len_chars() > bounds["maxLength"]).fill_null(False)
        bad = bad | _refused(model, spec, values)
    return bad


def _refused(model: type[Row], spec: Spec, values: pl.Series) -> pl.Series:
    """Rows whose text a validator of the field may refuse or change; ids are known to be well-formed here."""
    info = next(info for name, info in model.model_fields.items() if (info.alias or name) == spec.name)
    annotation: Any = info.annotation
    inside = [item for part in (annotation, *get_args(annotation)) for item in getattr(part, "__metadata__", ())]
    checks = [item for item in (*info.metadata, *inside) if isinstance(item, AfterValidator)]
    known = [item for item in Id.__metadata__ if isinstance(item, AfterValidator)]  # type: ignore[attr-defined]
    checks = [item for item in checks if item not in known]
    if not checks:
        return nothing(values.len())
    adapter = TypeAdapter(annotation)
    words = values.drop_nulls().unique().to_list()
    same = [_same(adapter, word) for word in words]
    column = looked_up(values, words, pl.Series("value", same, pl.Boolean), pl.Series("bad", [not s for s in same]))
    return column.bad


def _same(adapter: TypeAdapter[Any], word: str) -> bool:
    try:
        return bool(adapter.validate_python(word) == word)
    except ValidationError:
        return False
