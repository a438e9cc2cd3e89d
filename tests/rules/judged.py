"""What every rule answers about every subject, results that are not found included. Not a test."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from time import monotonic

import polars as pl

from ownergraph.analysis import Graph
from ownergraph.model import TABLES
from ownergraph.rules.api import Cases, Rule, law
from tests.rules.completions import World, graph

Key = tuple[str, ...]
Answers = dict[Key, bool | None]

ABOUT: dict[str, frozenset[str]] = {
    "MSA-01": frozenset({"pays"}),
    "AKS-06": frozenset({"manages", "refers_to"}),
}
"""Tables whose missing rows a rule does not ask about although they are open, as its page says."""


def answers(g: Graph, rules: Sequence[Rule]) -> Answers:
    """For each rule, subject and parties: found, not found or undecided; rows of one identity are merged."""
    found: Answers = {}
    for rule in rules:
        for _, frame in decided(g, rule):
            for key, value in zip(identities(rule, frame), frame["_found"], strict=True):
                put(found, key, value)
    return found


def decided(g: Graph, rule: Rule) -> Iterator[tuple[Cases, pl.DataFrame]]:
    """The rows that a rule looks at, worked out as the audit does, with the answer in `_found`."""
    made = rule.cases(g)
    for cases in [made] if isinstance(made, Cases) else made:
        test = cases.found
        for column in rule.law:
            test = law(column) & test
        leaves = {leaf: f"_leaf_{k}" for k, leaf in enumerate(test.leaves())}
        yield (
            cases,
            cases.frame.with_columns(leaf.value.alias(name) for leaf, name in leaves.items())
            .with_columns(_found=test.on(leaves).expr())
            .collect(engine="in-memory"),
        )


def identities(rule: Rule, frame: pl.DataFrame) -> Iterator[Key]:
    """What each row is about: the rule, its subject and its parties."""
    keys = (*rule.subject, *rule.parties)
    named = [pl.col(k).cast(pl.String) if k in frame.columns else pl.lit(None, pl.String).alias(k) for k in keys]
    for row in frame.select("_found", *named).iter_rows():
        yield (rule.code, *(str(part) for part in row[1:]))


def put(found: Answers, key: Key, value: bool | None) -> None:
    """Rows of one identity are one: found if one is, else undecided if one is."""
    if key not in found or value or (value is None and found[key] is False):
        found[key] = value


def quiet(found: Answers) -> set[Key]:
    """(rule, practice, state) of which the report says "not indicated": rows that are not found, and nothing else."""
    by: dict[Key, set[bool | None]] = {}
    for key, value in found.items():
        by.setdefault(key[:3], set()).add(value)
    return {key for key, values in by.items() if values == {False}}


def _unnamed(key: Key) -> bool:
    """Whether the parties of a row are null: it asks whether there are more rows."""
    return len(key) > 3 and all(part == "None" for part in key[3:])


def contradictions(before: Answers, after: Answers) -> list[tuple[str, Key]]:
    """What was decided with less known and is not so with more known."""
    wrong = []
    # where it is asked whether there are more rows, not found is said of the listed rows only
    asked = {key[:3] for key, value in before.items() if value is None and _unnamed(key)}
    loud = {key[:3] for key, value in after.items() if value}
    for key, value in before.items():
        named = not _unnamed(key) and key[:3] not in asked
        # a group may be another one when more is known
        holds = key[:3] in loud if any("group:" in part for part in key) else after.get(key) is True
        if value and not holds:
            wrong.append(("found, then not", key))
        elif value is False and named and after.get(key, False) is not False:
            wrong.append(("not found, then found or open", key))
    wrong += [("not indicated, then found", key) for key in sorted(quiet(before) & loud)]
    return wrong


def minimal(before: World, after: World, rule: Rule, kind: str, seconds: float = 20) -> tuple[World, World]:
    """The pair of worlds without what the contradiction does not need, as far as the time goes. Greedy."""
    end = monotonic() + seconds

    def holds(one: World, two: World) -> bool:
        try:
            made = contradictions(answers(graph([one]), [rule]), answers(graph([two]), [rule]))
        except Exception:  # a smaller structure that cannot be run is no example
            return False
        return any(what == kind for what, _ in made)

    if not holds(before, after):
        return before, after  # it hangs on the other structures of the batch
    for parts in (_tables, _rows, _fields, _entities):
        for one_less in list(parts(after)):
            if monotonic() > end:
                return before, after
            one, two = one_less(before), one_less(after)
            if holds(one, two):
                before, after = one, two
    return before, after


Less = Callable[[World], World]


def _without(table: str, ids: frozenset[str]) -> Less:
    def less(world: World) -> World:
        made = world.copy()
        made.rows[table] = [row for row in made.rows.get(table, []) if row["id"] not in ids]
        return made

    return less


def _tables(world: World) -> Iterable[Less]:
    for table, rows in world.rows.items():
        if table != "entities" and rows:
            yield _without(table, frozenset(row["id"] for row in rows))


def _rows(world: World) -> Iterable[Less]:
    for table, rows in world.rows.items():
        for row in rows if table != "entities" else ():
            yield _without(table, frozenset({row["id"]}))


def _entities(world: World) -> Iterable[Less]:
    """Each entity, where no row names it."""
    for entity in world.ids():

        def less(world: World, entity: str = entity) -> World:
            named = any(
                entity in (value if isinstance(value, list) else [value])
                for table, rows in world.rows.items()
                for row in rows
                for column, value in row.items()
                if not (table == "entities" and column == "id")
            )
            return world if named else _without("entities", frozenset({entity}))(world)

        yield less


def _fields(world: World) -> Iterable[Less]:
    for table, rows in world.rows.items():
        required = {name for name, info in TABLES[table].model_fields.items() if info.is_required()}
        for row in rows:
            for column in [c for c in row if c not in required | {"id", "roles"}]:

                def less(world: World, table: str = table, name: str = row["id"], column: str = column) -> World:
                    made = world.copy()
                    for one in made.rows.get(table, []):
                        if one["id"] == name:
                            one.pop(column, None)
                    return made

                yield less


def told(before: World, after: World) -> str:
    """Both worlds as text: what is the same, then what was unknown or missing."""
    everyone = len(before.ids()) - 1
    registers = sorted({r for r, _ in before.complete})
    of = {r: sorted(e for x, e in before.complete if x == r) for r in registers}
    lines = ["complete: " + ", ".join(r if len(of[r]) > everyone else f"{r} of {of[r]}" for r in registers)]
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
