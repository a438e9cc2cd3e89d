"""Text to values and back to messages: the check of one cell of the table of states."""

from collections.abc import Sequence

from ownergraph.law.columns import RANGES, Column
from ownergraph.law.files import NONE, words
from ownergraph.law.vocabulary import ALLIED, ANY_LICENSED

Value = str | int | bool | tuple[str, ...] | None


def allowed_text(column: Column) -> str:
    """What a cell of `column` may hold, for a message.

    Example:
        >>> from ownergraph.law.columns import BY_NAME
        >>> allowed_text(BY_NAME["cpom_weight"])
        'a whole number from 0 to 3'
    """
    if column.type == "number":
        low, high = RANGES.get(column.name, (0, 100))
        return f"a whole number from {low} to {high}"
    if column.type == "flag":
        return "true, false"
    if column.type == "text":
        return "any text"
    listed = ", ".join(column.allowed)
    if column.type == "words":
        many = f" or {ANY_LICENSED}" if column.allowed == ALLIED else ""
        return f"a list of {listed}{many}; none for an empty list"
    return listed


def _plain(value: object) -> str | None:
    """A cell or a YAML value as cell text; null where it can be none."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int)):
        return str(value).strip()
    if isinstance(value, Sequence) and all(isinstance(part, str) for part in value):
        return ";".join(value) or NONE
    return None


def read_cell(column: Column, raw: object) -> tuple[Value, bool]:
    """The value of a cell, and whether the cell is good. An empty cell is null: unknown.

    Example:
        >>> from ownergraph.law.columns import BY_NAME
        >>> read_cell(BY_NAME["forms_allowed"], "PC;PLLC")
        (('PC', 'PLLC'), True)
        >>> read_cell(BY_NAME["cpom"], "heavy")
        (None, False)
    """
    text = _plain(raw)
    if text is None:
        return None, False
    if text == "":
        return None, True
    if column.type == "text":
        return text, True
    if column.type == "flag":
        return text == "true", text in column.allowed
    if column.type == "number":
        low, high = RANGES.get(column.name, (0, 100))
        good = text.isdigit() and low <= int(text) <= high
        return (int(text), True) if good else (None, False)
    if column.type == "words":
        parts = ALLIED if text == ANY_LICENSED and column.allowed == ALLIED else words(text)
        return (parts, True) if set(parts) <= set(column.allowed) else (None, False)
    return (text, True) if text in column.allowed else (None, False)
