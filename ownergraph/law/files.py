"""Reading the data files of this package. Nothing here is heavy: the csv and json modules only."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"

LAW_DATE = date(2026, 11, 24)
"""The day on which the tables were researched; later changes in the law are not in them."""

NONE = "none"
"""In a list cell: the list is empty. An empty cell means unknown."""


class LawError(ValueError):
    """One or more faults in a law table, each a message of its own.

    Attributes:
        messages: Every fault found, each naming file, row, column, value and what is allowed.
    """

    def __init__(self, messages: list[str]) -> None:
        """Keep every message; the text of the error is all of them, one a line."""
        self.messages = messages
        super().__init__("\n".join(messages))


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file of this package, in order.

    Example:
        >>> rows("states.csv")[0]["state"]
        'AK'
    """
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        head = next(lines)
        return [dict(zip(head, line, strict=True)) for line in lines]


def table(name: str) -> Any:
    """The content of a JSON file of this package."""
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def words(cell: str) -> tuple[str, ...]:
    """The words of a list cell, joined by semicolons; `none` is an empty list.

    Example:
        >>> words("PC; PLLC"), words("none")
        (('PC', 'PLLC'), ())
    """
    return () if cell.strip() == NONE else tuple(part.strip() for part in cell.split(";") if part.strip())
