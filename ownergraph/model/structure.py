"""One input, read and validated: a frame for every table, and where each row came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

import polars as pl

from ownergraph.model import TABLES
from ownergraph.model.columns import frame_schema

FILE, LINE = "_file", "_line"
"""Two columns that every frame has beside those of its model: index into `Structure.inputs`, and line or row there."""


class InputError(ValueError):
    """Input that cannot be used. `problems` lists every one of them, each a whole sentence with its place."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@cache
def _empty(dtype: Any) -> pl.Series:
    return pl.Series(dtype=dtype)


def without_rows(schema: Mapping[str, Any]) -> pl.DataFrame:
    """A frame without rows. Most tables of most inputs are empty: a column of each type is made once, and named."""
    return pl.DataFrame([_empty(dtype).alias(name) for name, dtype in schema.items()])


def empty_frame(table: str) -> pl.DataFrame:
    """A frame of `table` without rows."""
    return without_rows({**frame_schema(TABLES[table]), FILE: pl.Int32, LINE: pl.Int64})


@dataclass(frozen=True)
class Structure:
    """Entities, relations, sources and assumptions of one or several inputs.

    Every table of `ownergraph.model.TABLES` has a frame, with the columns of `frame_schema` and then `_file` and
    `_line`. Ids of entities and of rows are unique, and every reference points at an entity.
    """

    tables: Mapping[str, pl.DataFrame]
    inputs: tuple[str, ...] = ()
    """Names of the files read, as the user gave them; an XLSX workbook counts once a sheet (`deal.xlsx!owns`)."""
    digest: str = ""
    """SHA-256 over the bytes of all inputs, in the order given."""
    name: str | None = None
    as_of: date | None = None
    """The date that the input itself asks for, if it does."""
    notes: tuple[str, ...] = field(default=())
    """Things that a reader of the report should know about the input."""

    def where(self, table: str, row: int) -> str:
        """Place of a row as people say it: "deal.yaml line 12", "deal.xlsx!owns row 3"."""
        frame = self.tables[table]
        file, line = frame[FILE][row], frame[LINE][row]
        if file is None or not self.inputs:
            return "not recorded"
        name = self.inputs[file]
        unit = "line" if name.lower().endswith((".yaml", ".yml", ".json", ".csv")) else "row"
        return name if line is None else f"{name} {unit} {line}"
