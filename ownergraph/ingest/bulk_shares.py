"""Shares of a large table, by columns: text read once for each way it is written, numbers by arithmetic."""

import polars as pl

from ownergraph.ingest.bulk_columns import Column, cleaned, looked_up, nothing
from ownergraph.ingest.fields import NUMBER, SHARE_ENDS, UNKNOWN, FieldError, Spec, coerce, plain_word
from ownergraph.ingest.rows import UNITS, share_unit_of
from ownergraph.model import WHOLE


def read_share(frame: pl.DataFrame, name: str) -> tuple[pl.Series, pl.Series, pl.Series, set[int]]:
    """Bounds of a share, the rows that are not decided here, and the first row of each unit that is used."""
    height = frame.height
    low = high = pl.Series([None], dtype=pl.Int64).new_from_index(0, height)
    unit, bad = _units(frame)
    first = set[int]()
    if name in frame.columns and frame[name].null_count() < height:
        low, high, bad, first = _written(frame, name, unit, bad)
    there = low.is_not_null()
    sides: dict[str, pl.Series] = {}
    for end in SHARE_ENDS:
        column = f"{name}_{end}"
        if column not in frame.columns or frame[column].null_count() == height:
            continue
        bound = _bound(frame[column], end)
        bad = bad | bound.bad | (there & bound.values.is_not_null())
        side = end[:3]
        if side in sides:
            bad = bad | (sides[side].is_not_null() & bound.values.is_not_null())
            bound.values = sides[side].zip_with(sides[side].is_not_null(), bound.values)
        sides[side] = bound.values
    if sides:
        empty = pl.Series([None], dtype=pl.Int64).new_from_index(0, height)
        least, most = sides.get("min", empty), sides.get("max", empty)
        given = least.is_not_null() | most.is_not_null()
        least, most = least.fill_null(0), most.fill_null(WHOLE)
        bad = bad | (given & ((least > most) | (least < 0) | (most > WHOLE)))
        low, high = least.zip_with(given, low), most.zip_with(given, high)
    return low, high, bad, first


def _bound(cells: pl.Series, end: str) -> Column:
    there = cells.is_not_null()
    if cells.dtype == pl.String:
        text = cleaned(cells)
        text = text.set(text.str.to_lowercase().is_in(list(UNKNOWN)).fill_null(False), None)
        there = text.is_not_null()
        plain = text.str.contains(NUMBER) & (text.str.len_bytes() <= 18) & ~text.str.contains("[,eE]")
        cells = text.set(~plain.fill_null(False), None).cast(
            pl.Float64 if end.endswith("pct") else pl.Int64, strict=False
        )
    if end.endswith("pct") and cells.dtype.is_numeric() and cells.dtype != pl.Float32:
        low, high, unsure = _scaled(cells.cast(pl.Float64), 10_000)
        return Column(low if end == "min_pct" else high, there & unsure)
    if cells.dtype.is_integer():
        values = cells.cast(pl.Int64, strict=False)
        return Column(values, there & (values.is_null() | (values < 0) | (values > WHOLE)).fill_null(True))
    return Column(pl.Series([None], dtype=pl.Int64).new_from_index(0, there.len()), there)


def _scaled(numbers: pl.Series, scale: int) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Millionths of numbers, rounded outward, and where the arithmetic is not sure of it.

    A double is written as the shortest decimal that reads back as it. If `near / scale` is that double, the decimal
    is a whole number of millionths; otherwise, well away from a whole number, flooring is safe.
    """
    scaled = numbers * scale
    near = scaled.round(0)
    exact = (near / scale) == numbers
    sure = (exact | ((scaled - near).abs() > 1e-3)) & (numbers >= 0) & (scaled <= WHOLE) & numbers.is_finite()
    sure = sure.fill_null(False)
    low = scaled.floor().zip_with(~exact.fill_null(False), near).set(~sure, None).cast(pl.Int64)
    high = scaled.ceil().zip_with(~exact.fill_null(False), near).set(~sure, None).cast(pl.Int64)
    return low, high, ~sure


def _units(frame: pl.DataFrame) -> tuple[pl.Series, pl.Series]:
    """The unit of each row, null where none is given, and the rows whose unit is not decided here."""
    height = frame.height
    unit = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    if "share_unit" not in frame.columns or frame["share_unit"].null_count() == height:
        return unit, nothing(height)
    if frame["share_unit"].dtype != pl.String:
        return unit, frame["share_unit"].is_not_null()
    words = frame["share_unit"].drop_nulls().unique().to_list()
    units = [plain_word(word) if plain_word(word) in UNITS else None for word in words]
    said = [word.strip().lower() not in ("", *UNKNOWN) for word in words]
    wrong = pl.Series([one is None and there for one, there in zip(units, said, strict=True)], dtype=pl.Boolean)
    found = looked_up(frame["share_unit"], words, pl.Series(units, dtype=pl.String), wrong)
    return found.values, found.bad


def _written(
    frame: pl.DataFrame, name: str, unit: pl.Series, doubtful: pl.Series
) -> tuple[pl.Series, pl.Series, pl.Series, set[int]]:
    cells, height = frame[name], frame.height
    if cells.dtype == pl.String:
        low, high, bad, used = _texts(cleaned(cells), unit)
    elif cells.dtype.is_integer() or cells.dtype == pl.Float64:
        fraction = unit == "fraction"
        numbers = cells.cast(pl.Float64)
        in_percent, in_parts = _scaled(numbers, 10_000), _scaled(numbers, WHOLE)
        pairs = zip(in_parts, in_percent, strict=True)
        low, high, unsure = (parts.zip_with(fraction.fill_null(False), percent) for parts, percent in pairs)
        bad = cells.is_not_null() & (unsure | unit.is_null())
        used = unit.set(cells.is_null(), None)
    else:
        bad = cells.is_not_null()
        low = high = pl.Series([None], dtype=pl.Int64).new_from_index(0, height)
        used = pl.Series([None], dtype=pl.String).new_from_index(0, height)
    starts = {word: (used == word).fill_null(False).arg_max() for word in UNITS}
    first = {at for word, at in starts.items() if at is not None and used[at] == word}
    return low, high, bad | doubtful, first


def _texts(text: pl.Series, unit: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series, pl.Series]:
    pairs = pl.DataFrame({"text": text, "unit": unit})
    rows = pairs.filter(pl.col("text").is_not_null()).unique()
    spec, found = Spec("share", "share"), []
    for written, measure in rows.iter_rows():
        low = high = used = None
        bad = False
        if written.lower() not in UNKNOWN:
            try:
                share = coerce(spec, written, measure)
                low, high = share if share is not None else (None, None)
                used = share_unit_of(written, measure)
            except FieldError:
                bad = True
        found.append((low, high, bad, used))
    schema = {"low": pl.Int64, "high": pl.Int64, "bad": pl.Boolean, "used": pl.String}
    table = pl.concat([rows, pl.DataFrame(found, schema=schema, orient="row")], how="horizontal")
    if unit.null_count() == unit.len():
        done = pairs.join(table.drop("unit"), on="text", how="left", maintain_order="left")
    else:
        done = pairs.join(table, on=["text", "unit"], how="left", nulls_equal=True, maintain_order="left")
    return done["low"], done["high"], done["bad"].fill_null(False), done["used"]
