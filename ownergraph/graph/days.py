"""Whether dated rows stand on a day: `valid_from` null is always, `valid_to` null is still."""

from datetime import date

import polars as pl


def begun(day: date) -> pl.Expr:
    """Whether a row stands on the day or has stood before. Never null."""
    return pl.col("valid_from").is_null() | (pl.col("valid_from") <= day)


def in_force(day: date) -> pl.Expr:
    """Whether a row stands on the day: `valid_from <= day < valid_to`. Never null."""
    return begun(day) & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
