"""Counsel's own cells, laid over the table of states."""

from pathlib import Path
from typing import Any, NamedTuple

from ownergraph.law.cells import Value, allowed_text, read_cell
from ownergraph.law.columns import BY_NAME
from ownergraph.law.files import LawError
from ownergraph.law.vocabulary import STATES


class Overlay(NamedTuple):
    """Counsel's cells for one state.

    Attributes:
        values: Column to value.
        authority: The authority counsel relies on.
    """

    values: dict[str, Value]
    authority: str


def _content(path: Path) -> Any:
    import yaml

    from ownergraph.ingest.nodes import SyntaxProblem, parse_yaml

    try:
        text = path.read_text(encoding="utf-8")
        tree = parse_yaml(text)  # finds what safe_load lets pass: repeated keys, tags, anchors out of hand
        if tree.problems:
            raise LawError([f"{path} line {line}: {why}" for line, why in tree.problems])
        return yaml.safe_load(text)
    except OSError as error:
        raise LawError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise LawError([f"{path}: is no YAML: the file is not UTF-8 text"]) from error
    except (SyntaxProblem, yaml.YAMLError) as error:
        raise LawError([f"{path}: is no YAML: {error}"]) from error


def _state(path: Path, state: str, cells: dict[Any, Any], faults: list[str]) -> Overlay:
    at = f"{path}: {state}"
    authority = cells.get("authority")
    if not isinstance(authority, str) or not authority.strip():
        faults.append(f"{at}: authority is missing; name the statute, rule or opinion that you rely on")
    if cells.get("verification") != "counsel":
        faults.append(f'{at}: verification is "{cells.get("verification")}"; allowed: counsel')
    values: dict[str, Value] = {}
    for name, raw in cells.items():
        if name in ("authority", "verification"):
            continue
        column = BY_NAME.get(str(name))
        if column is None:
            faults.append(f'{at}: "{name}" is no column; columns: {", ".join(BY_NAME)}')
            continue
        value, good = read_cell(column, raw)
        if not good:
            faults.append(f'{at}: {name} is "{raw}"; allowed: {allowed_text(column)}')
        elif value is None:
            faults.append(f"{at}: {name} has no value; leave it out, or give one of: {allowed_text(column)}")
        values[column.name] = value
    return Overlay(values, str(authority))


def read_overlay(path: Path) -> dict[str, Overlay]:
    """Counsel's own cells by state.

    Each state has columns and values, a required `authority` and the line `verification: counsel`.

    Raises:
        LawError: The file cannot be read, or holds wrong cells; every fault at once.
    """
    content = _content(path)
    if not isinstance(content, dict) or not content:
        raise LawError([f"{path}: must map states to columns, as `NY: {{pct_mgmt_fee: barred, ...}}`"])
    faults: list[str] = []
    result: dict[str, Overlay] = {}
    for state, cells in content.items():
        if state not in STATES:
            faults.append(f'{path}: "{state}" is no state; allowed: {", ".join(STATES)}')
        elif not isinstance(cells, dict):
            faults.append(f'{path}: {state} is "{cells}"; allowed: columns and values, authority, verification')
        else:
            result[state] = _state(path, state, cells, faults)
    if faults:
        raise LawError(faults)
    return result
