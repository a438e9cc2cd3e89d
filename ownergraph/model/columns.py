"""Frame columns of a model: the same definition, by columns."""

import types
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import polars as pl

from ownergraph.model.base import Row
from ownergraph.model.shares import WHOLE, Interval


def is_share(annotation: Any) -> bool:
    """Whether a field holds a share, and so becomes two columns, `_min` and `_max`."""
    if annotation is Interval or get_origin(annotation) is Literal:  # a closed list may be long, and holds words
        return annotation is Interval
    return any(is_share(part) for part in get_args(annotation) if part is not None)


def _dtype(annotation: Any) -> Any:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        inner = [part for part in get_args(annotation) if part is not type(None)]
        return _dtype(inner[0])
    if origin is list:
        return pl.List(_dtype(get_args(annotation)[0]))
    if origin is Literal:
        return pl.String
    if origin is not None:  # Annotated
        return _dtype(get_args(annotation)[0])
    return {str: pl.String, bool: pl.Boolean, int: pl.Int64, float: pl.Float64, date: pl.Date}[annotation]


@cache
def frame_schema(model: type[Row]) -> dict[str, Any]:
    """Column names and types of the frame that holds rows of `model`.

    Shares become two integer columns, `<field>_min` and `<field>_max`, in millionths.

    Example:
        >>> from ownergraph.model import HeldBy
        >>> list(frame_schema(HeldBy))[:4]
        ['id', 'source', 'valid_from', 'valid_to']
    """
    schema: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        column = field.alias or name
        if is_share(field.annotation):
            schema[f"{column}_min"] = pl.Int64
            schema[f"{column}_max"] = pl.Int64
        else:
            schema[column] = _dtype(field.annotation)
    return schema


def to_frame(model: type[Row], rows: Sequence[Row]) -> pl.DataFrame:
    """A frame of the rows, in order, with the columns of `frame_schema`. O(rows x fields)."""
    schema = frame_schema(model)
    fields = [(name, (field.alias or name) not in schema) for name, field in model.model_fields.items()]
    data: list[list[Any]] = []
    for row in rows:
        line: list[Any] = []
        for name, share in fields:
            value = getattr(row, name)
            if share:
                line += (None, None) if value is None else (value.low, value.high)
            else:
                line.append(value)
        data.append(line)
    # by rows: a series a column costs more than the rows of a small table
    return pl.DataFrame(data, schema=schema, orient="row", strict=True)


def counted_share() -> tuple[pl.Expr, pl.Expr]:
    """Bounds in millionths of the share that `shares_held` of `shares_outstanding` is; by columns as `from_count`."""
    scaled = pl.col("shares_held") * WHOLE
    return scaled // pl.col("shares_outstanding"), -(-scaled // pl.col("shares_outstanding"))


def some_share() -> pl.Expr:
    """Whether a row of OWNS surely holds more than nothing, by its share or its count. Never null."""
    return (pl.col("share_min") > 0).fill_null(False) | (pl.col("shares_held") > 0).fill_null(False)


def no_share() -> pl.Expr:
    """Whether a row of OWNS surely holds nothing. Never null."""
    return (pl.col("share_max") <= 0).fill_null(False) | (pl.col("shares_held") == 0).fill_null(False)
