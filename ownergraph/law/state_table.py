"""The table of states: one row a state, null wherever the law is not verified."""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from ownergraph.law.cells import Value, allowed_text, read_cell
from ownergraph.law.columns import BY_NAME, COLUMNS, GROUPS, Column
from ownergraph.law.files import LawError, rows
from ownergraph.law.overlay import Overlay, read_overlay
from ownergraph.law.vocabulary import STATES, STRENGTH


class StateRow(NamedTuple):
    """One state as stated: values before any cell is withheld, and what stands behind each.

    Attributes:
        state: Two letters.
        values: Column to value; null means unknown or not stated.
        groups: Group to verification, of the row.
        cells: Column to verification, where it is weaker than that of its group.
        authorities: Column to the authority that counsel names, for overlaid cells.
    """

    state: str
    values: dict[str, Value]
    groups: dict[str, str]
    cells: dict[str, str]
    authorities: dict[str, str]

    def verification(self, column: str) -> str:
        """What stands behind `column` of this state."""
        return self.cells.get(column) or self.groups[BY_NAME[column].group]


def _message(file: str, state: str, column: Column, value: object) -> str:
    return f'{file}: {state}: {column.name} is "{value}"; allowed: {allowed_text(column)}'


@cache
def _cells() -> list[dict[str, str]]:
    return rows("cell_verification.csv")


def _weaker(state: str, groups: dict[str, str]) -> dict[str, str]:
    """Columns with less behind them than their row has. A cell of its own, or of all states, can only weaken."""
    result: dict[str, str] = {}
    for row in _cells():
        if row["state"] in (state, "*"):
            known = result.get(row["column"]) or groups[BY_NAME[row["column"]].group]
            result[row["column"]] = min(known, row["verification"], key=STRENGTH.__getitem__)
    return {name: word for name, word in result.items() if word != groups[BY_NAME[name].group]}


@cache
def _texts() -> dict[str, dict[str, str]]:
    """The package's table as text, by state, in order of the two letters."""
    return {row["state"]: row for row in rows("states.csv")}


@cache
def _stated(state: str) -> StateRow:
    """One state as stated in the package's table."""
    row, faults, values = _texts()[state], [], {}
    for column in COLUMNS:
        values[column.name], good = read_cell(column, row[column.name])
        if not good:
            faults.append(_message("states.csv", state, column, row[column.name]))
    groups = {group: row[f"{group}_verification"] for group in GROUPS}
    faults += [f"states.csv: {state}: {v!r} is no verification" for v in groups.values() if v not in STRENGTH]
    if faults:
        raise LawError(faults)
    return StateRow(state, values, groups, _weaker(state, groups), {})


@cache
def stated() -> tuple[StateRow, ...]:
    """Every state as stated in the package's table, in order of its two letters.

    Raises:
        LawError: The table holds a value outside its closed lists; every fault at once.
    """
    faults: list[str] = []
    result = []
    for state in _texts():
        try:
            result.append(_stated(state))
        except LawError as error:
            faults += error.messages
    if faults:
        raise LawError(faults)
    return tuple(result)


def _overlaid(row: StateRow, own: Overlay | None) -> StateRow:
    if own is None:
        return row
    return StateRow(
        row.state,
        {**row.values, **own.values},
        row.groups,
        {**row.cells, **dict.fromkeys(own.values, "counsel")},
        dict.fromkeys(own.values, own.authority),
    )


def _decided(row: StateRow, column: Column, trust: bool) -> Value:
    value = row.values[column.name]
    if value in column.unread and column.unread:
        return None
    if row.verification(column.name) == "unverified" and not trust:
        return None
    if trust and column.name == "allied_professions_unverified":
        return ()
    return value


def _dtype(column: Column) -> Any:
    types: dict[str, Any] = {"flag": pl.Boolean, "number": pl.Int64, "words": pl.List(pl.String)}
    return types.get(column.type, pl.String)


def _listed(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def _rows(overlay: Path | None, only: Collection[str] | None = None) -> list[StateRow]:
    own = read_overlay(overlay) if overlay else {}
    known = stated() if only is None else [_stated(state) for state in _texts() if state in only]
    return [_overlaid(row, own.get(row.state)) for row in known]


def states(
    *, trust_unverified: bool = False, overlay: Path | None = None, only: frozenset[str] | None = None
) -> pl.DataFrame:
    """The law of every state, one row a state, as rules join it.

    A deciding column is null where its verification is unverified, unless it is trusted; `<column>_stated` always
    has what the table states, and `<column>_verification` what stands behind it. Lists are lists, an unknown list
    is null. Where a whole column was not read (`not_read`), the deciding column is null in any case.

    Args:
        trust_unverified: Take unverified cells as law.
        overlay: Counsel's own cells, a YAML file; they win and count as verified. See docs/law.md.
        only: States to give rows for; all of them where it is left out.

    Raises:
        LawError: A cell of the overlay is wrong; every fault at once.

    Example:
        >>> row = states().row(by_predicate=pl.col("state") == "NY", named=True)
        >>> row["pct_mgmt_fee"], row["pct_mgmt_fee_verification"]
        ('barred', 'primary')
    """
    if overlay is None:
        return _frame(trust_unverified, only).clone()
    return _built(_rows(overlay, only), trust_unverified)


@cache
def _frame(trust: bool, only: frozenset[str] | None) -> pl.DataFrame:
    """The frame without overlay, made once; callers get a cheap copy."""
    return _built(_rows(None, only), trust)


def _built(everything: list[StateRow], trust: bool) -> pl.DataFrame:
    schema: dict[str, Any] = {"state": pl.String, **{f"{group}_verification": pl.String for group in GROUPS}}
    for column in COLUMNS:
        schema[column.name] = _dtype(column)
        if column.deciding:
            schema[f"{column.name}_stated"] = schema[column.name]
            schema[f"{column.name}_verification"] = pl.String
    schema["counsel_authority"] = pl.String
    # by rows: a series a column costs more than the few rows of a table of law
    cells = [list(_cells_of(row, trust).values()) for row in everything]
    return pl.DataFrame(cells, schema=schema, orient="row", strict=True)


def _cells_of(row: StateRow, trust: bool) -> dict[str, object]:
    """One row of the frame. A group of one column has its name: what stands behind that column is said once."""
    cells: dict[str, object] = {"state": row.state}
    cells.update((f"{group}_verification", row.groups[group]) for group in GROUPS)
    for column in COLUMNS:
        name, told = column.name, _listed(row.values[column.name])
        cells[name] = told
        if column.deciding:
            cells[name] = _listed(_decided(row, column, trust))
            cells[f"{name}_stated"] = told
            cells[f"{name}_verification"] = row.verification(name)
    cells["counsel_authority"] = ";".join(sorted(set(row.authorities.values()))) or None
    return cells


def verification(state: str, column: str, *, overlay: Path | None = None) -> str:
    """What stands behind one cell: counsel, primary, secondary or unverified.

    Raises:
        KeyError: There is no such state or column.

    Example:
        >>> verification("FL", "director_rule"), verification("FL", "proxy_ban")
        ('unverified', 'primary')
    """
    if column not in BY_NAME:
        raise KeyError(f'"{column}" is no column of the table of states; columns: {", ".join(BY_NAME)}')
    if state not in STATES:
        raise KeyError(f'"{state}" is no state; states: {", ".join(STATES)}')
    return _rows(overlay, (state,))[0].verification(column)
