"""What every rule answers about every subject, results that are not found included. Not a test."""

from collections.abc import Iterable, Sequence

import polars as pl
from completions import World, graph

from ownergraph.analysis import Graph
from ownergraph.audit.engine import _judged, _with_law
from ownergraph.rules.api import Cases, Rule

Key = tuple[str, ...]
Answers = dict[Key, bool | None]

ABOUT: dict[str, frozenset[str]] = {"MSA-01": frozenset({"pays"})}
"""Tables whose missing rows a rule does not ask about although they are open, as its page says."""


def answers(g: Graph, rules: Sequence[Rule]) -> Answers:
    """For each rule, subject and parties: found, not found or undecided, as the engine merges rows of one identity."""
    found: Answers = {}
    for rule in rules:
        made = rule.cases(g)
        keys = (*rule.subject, *rule.parties)
        for cases in [made] if isinstance(made, Cases) else made:
            test = _with_law(rule, cases.found)
            frame = _judged(rule, cases, test, []).collect()
            columns = [pl.col(k).cast(pl.String) if k in frame.columns else pl.lit(None, pl.String).alias(k) for k in keys]
            for *key, value in frame.select(*columns, "_found").iter_rows():
                name = (rule.code, *(str(part) for part in key))
                if name not in found or value or (value is None and found[name] is False):
                    found[name] = value
    return found


def quiet(found: Answers) -> set[Key]:
    """(rule, practice, state) of which the report says "not indicated": rows that are not found, and nothing else."""
    by: dict[Key, set[bool | None]] = {}
    for key, value in found.items():
        by.setdefault(key[:3], set()).add(value)
    return {key for key, values in by.items() if values == {False}}


def contradictions(before: Answers, after: Answers) -> list[tuple[str, Key]]:
    """What was decided with less known and is not so with more known."""
    wrong = []
    loud = {key[:3] for key, value in after.items() if value}
    for key, value in before.items():
        named = key[3:] != tuple("None" for _ in key[3:]) or len(key) == 3
        if value and not any("group:" in part for part in key) and after.get(key) is not True:
            wrong.append(("found, then not", key))
        elif value and any("group:" in part for part in key) and key[:3] not in loud:
            wrong.append(("found, then not", key))
        elif value is False and named and after.get(key, False) is not False:
            wrong.append(("not found, then found or open", key))
    wrong += [("not indicated, then found", key) for key in sorted(quiet(before) & loud)]
    return wrong


def minimal(before: World, after: World, rule: Rule, kind: str) -> tuple[World, World]:
    """The pair of worlds with everything taken out that the contradiction does not need. Greedy."""

    def holds(one: World, two: World) -> bool:
        try:
            made = contradictions(answers(graph([one]), [rule]), answers(graph([two]), [rule]))
        except Exception:  # a smaller structure that cannot be run is no example
            return False
        return any(what == kind for what, _ in made)

    before, after = before.copy(), after.copy()
    changed = True
    while changed:
        changed = False
        for one, two in _smaller(before, after):
            if holds(one, two):
                before, after, changed = one, two, True
                break
    return before, after


def _smaller(before: World, after: World) -> Iterable[tuple[World, World]]:
    """Pairs with one row, or one field, less."""
    ids = [(table, row["id"]) for table, rows in after.rows.items() for row in rows]
    for table, gone in ids:
        if table == "entities" and any(
            gone in (value if isinstance(value, list) else [value])
            for world in (before, after)
            for name, rows in world.rows.items()
            for row in rows
            for column, value in row.items()
            if not (name == "entities" and column == "id")
        ):
            continue
        one, two = before.copy(), after.copy()
        for world in (one, two):
            world.rows[table] = [row for row in world.rows.get(table, []) if row["id"] != gone]
        yield one, two
    for table, rows in after.rows.items():
        for k, row in enumerate(rows):
            for column in [c for c, v in row.items() if c not in ("id", "kind", "roles", "owner", "owned") and v is not None]:
                one, two = before.copy(), after.copy()
                two.rows[table][k][column] = None
                for old in one.rows.get(table, []):
                    if old["id"] == row["id"]:
                        old[column] = None
                yield one, two


def told(before: World, after: World) -> str:
    """Both worlds as text: what is the same, then what was unknown or missing."""
    lines = [f"complete: {sorted({r for r, _ in before.complete})}"]
    for table, rows in after.rows.items():
        old = {row["id"]: row for row in before.rows.get(table, [])}
        for row in rows:
            was = old.get(row["id"])
            parts = []
            for column, value in row.items():
                past = was.get(column) if was else None
                if was is None or past == value:
                    parts += [f"{column}: {value}"] if value is not None else []
                else:
                    parts.append(f"{column}: {past} -> {value}")
            lines.append(f"{'  added ' if was is None else '  '}{table}: {', '.join(parts)}")
    return "\n".join(lines)
