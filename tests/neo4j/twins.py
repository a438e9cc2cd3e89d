"""What a rule and its Cypher twin answer, on fixtures and on random structures, as the same mapping. Not a test."""

import hashlib
import random
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from neo4j import Driver

import ownergraph
from ownergraph.analysis import Graph
from ownergraph.audit.defended import shields
from ownergraph.graphdb import queries
from ownergraph.graphdb.load import load
from ownergraph.rules.api import Rule
from tests.rules.completions import graph, partial
from tests.rules.judged import Answers, decided, identities, put

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures" / "rules"
BATCHES, WORLDS = 5, 40
RANDOM = [f"random-{batch}" for batch in range(BATCHES)]
"""Names of structures in the database; each holds 40 random structures, told apart by the tags of their ids."""


@cache
def random_graph(batch: int) -> Graph:
    """40 random structures side by side, the same in every run."""
    rng = random.Random(zlib.crc32(b"ownergraph") + batch)
    return graph([partial(rng, f"s{k}_") for k in range(WORLDS)])


def fixtures(code: str) -> list[Path]:
    """Fixtures of a rule."""
    return sorted((FIXTURES / code).glob("*.yaml"))


def name_of(fixture: Path) -> str:
    """Name of a fixture's structure in the database."""
    return f"{fixture.parent.name}/{fixture.stem}"


@cache
def _stamp() -> str:
    """What the loaded content follows from, beside the input: the loader, model and law.

    Not the analysis: somebody who changes that loads again with `try_twin --fresh`; tests always load.
    """
    made = hashlib.sha256()
    package = ROOT / "ownergraph"
    for folder in ("graphdb", "law", "model"):
        for path in sorted((package / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                made.update(path.read_bytes())
    return made.hexdigest()


def ensure(driver: Driver, g: Graph, name: str, *, fresh: bool = False) -> None:
    """Load a graph under a name, unless the database has it by the same loader."""
    from ownergraph.graphdb.load import digest

    rows, _, _ = driver.execute_query(
        "MATCH (s:Structure {key: $name}) RETURN s.digest AS digest, s.stamp AS stamp, s.whole AS whole", name=name
    )
    mark = hashlib.sha256((_stamp() + digest(g)).encode()).hexdigest()
    if rows and rows[0]["stamp"] == mark and rows[0]["whole"] and not fresh:
        return
    load(driver, g, name, replace=bool(rows))
    driver.execute_query("MATCH (s:Structure {key: $name}) SET s.stamp = $mark", name=name, mark=mark)


def load_random(driver: Driver, *, fresh: bool = False) -> None:
    """Load all random structures that are not loaded yet."""
    for batch, name in enumerate(RANDOM):
        ensure(driver, random_graph(batch), name, fresh=fresh)


def load_fixtures(driver: Driver, code: str, *, fresh: bool = False) -> dict[str, Graph]:
    """Load the fixtures of a rule, all side by side; their graphs by name."""
    made = {name_of(path): ownergraph.load(path) for path in fixtures(code)}
    for name, g in made.items():
        ensure(driver, g, name, fresh=fresh)
    return made


@cache
def bundled() -> dict[str, Graph]:
    """The structures and cases that the project brings, by the names they are loaded under."""
    paths = sorted(p for folder in (ROOT / "fixtures", ROOT / "fixtures" / "cases") for p in folder.glob("*.yaml"))
    return {f"bundled/{path.stem}": ownergraph.load(path) for path in paths}


def in_python(g: Graph, rule: Rule) -> Answers:
    """What the audit says of every subject and its parties: found, not found, undecided; not found where defended.

    As `tests.rules.judged.answers`, and then what `audit.engine` does with defenses.
    """
    found: Answers = {}
    for cases, frame in decided(g, rule):
        away = [shield.away for shield in shields(g, rule, cases, frame)] if frame.height else []
        for key, value, gone in zip(identities(rule, frame), frame["_found"], away, strict=True):
            put(found, key, False if gone else value)
    return found


def in_cypher(driver: Driver, rule: Rule, structure: str, query: queries.Query | None = None) -> Answers:
    """What the rule's twin (or another query) says of the same."""
    query = query or queries.find(rule.code)
    found: Answers = {}
    for row in queries.run(driver, query, {"structure": structure}):
        key = (rule.code, *(str(row[column]) for column in (*rule.subject, *rule.parties)))
        value: Any = row["found"]
        if value not in (True, False, None):
            raise AssertionError(f"{query.name}: found is {value!r}")
        put(found, key, value)
    return found


def differences(python: Answers, cypher: Answers) -> list[str]:
    """A line for every identity of which the two say something else."""
    said = {True: "found", False: "not found", None: "undecided"}
    lines = []
    for key in sorted({*python, *cypher}):
        one = said[python[key]] if key in python else "no row"
        two = said[cypher[key]] if key in cypher else "no row"
        if one != two:
            lines.append(f"{'/'.join(key)}: the rule {one}, its twin {two}")
    return lines
