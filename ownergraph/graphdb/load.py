"""Load a structure into a Neo4j database: rows, law, what is worked out, results.

Rows go in batches, each in a transaction of its own, and every statement may run twice without harm: nodes and
relationships are merged by their key. A structure is marked as not whole until all of it is there; a load that was cut
off is mended by running it again.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ownergraph.graphdb import derived
from ownergraph.graphdb.connect import DatabaseError
from ownergraph.graphdb.remove import remove
from ownergraph.graphdb.rows import about, joins, prepared, properties
from ownergraph.graphdb.schema import statements
from ownergraph.graphdb.shape import (
    EDGES,
    ENTITY,
    GROUP,
    LAW_CODE,
    NODES,
    RESULT,
    SEPARATOR,
    STATE,
    STRUCTURE,
    TRADE_NAME,
    key,
    labels_of,
)
from ownergraph.law import tables
from ownergraph.model.progress import Progress, quiet
from ownergraph.version import VERSION

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

    from ownergraph.analysis import Graph
    from ownergraph.audit.results import Report

BATCH: Final = 5_000
"""Rows of one transaction."""


@dataclass(frozen=True)
class Loaded:
    """What was loaded: how many nodes and relationships, in how many seconds."""

    name: str
    nodes: int
    relationships: int
    seconds: float


def load(
    driver: "Driver",
    g: "Graph",
    name: str,
    *,
    database: str = "neo4j",
    replace: bool = False,
    report: "Report | None" = None,
    derive: bool = True,
    progress: Progress = quiet,
) -> Loaded:
    """Load a graph under a name.

    Args:
        driver: connected.
        g: the graph on its day.
        name: of the structure in the database; one name is one structure.
        database: name of the database.
        replace: remove a structure of that name first.
        report: results to load as nodes; none without it.
        derive: load what is worked out, too; without it only what the input and the law say.
        progress: told how far it is.

    Raises:
        DatabaseError: the name cannot be used, or belongs to a structure of other content.

    O(rows) statements' work, plus what control, ownership and money cost.
    """
    return _Loader(driver, g, name, database, progress).run(replace, report, derive)


def check_name(name: str) -> None:
    """See that a name can be one of a structure.

    Raises:
        DatabaseError: it is empty or holds the separator.
    """
    if not name.strip() or name != name.strip() or SEPARATOR in name or not name.isprintable():
        raise DatabaseError(
            f'"{name}" cannot be the name of a structure: it is text without "{SEPARATOR}" and without spaces around '
            "it; give another with --name"
        )


def digest(g: "Graph") -> str:
    """What the content of a structure in the database follows from: input, day, law, version; SHA-256."""
    made = hashlib.sha256(f"{VERSION} {g.as_of} {g.trust_unverified} {g.structure.digest}".encode())
    if not g.structure.digest:
        for table, frame in g.structure.tables.items():
            made.update(table.encode() + frame.write_json().encode())
    if g.law_overlay is not None:
        made.update(g.law_overlay.read_bytes())
    return made.hexdigest()


class _Loader:
    def __init__(self, driver: "Driver", g: "Graph", name: str, database: str, progress: Progress) -> None:
        check_name(name)
        self.driver, self.g, self.name, self.database, self.progress = driver, g, name, database, progress
        self.nodes = self.relationships = 0

    def run(self, replace: bool, report: "Report | None", derive: bool) -> Loaded:
        start = monotonic()
        self.schema()
        self.begin(replace, digest(self.g) + ("" if derive else " rows"))
        self.entities(derive)
        self.law()
        self.tables()
        self.edges(derive)
        if derive:
            self.derived()
        if report is not None:
            self.results(report)
        self.one("MATCH (s:Structure {key: $key}) SET s.whole = true", key=self.name)
        return Loaded(self.name, self.nodes, self.relationships, monotonic() - start)

    def one(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run one statement in a transaction of its own; its rows."""

        def work(tx: "ManagedTransaction") -> list[dict[str, Any]]:
            return tx.run(statement, parameters).data()

        with self.driver.session(database=self.database) as session:
            return session.execute_write(work)

    def schema(self) -> None:
        self.progress("Constraints and indexes")
        known = {row["name"] for row in self.one("SHOW INDEXES YIELD name RETURN name")}
        missing = [text for text in statements() if text.split(" IF NOT EXISTS")[0].split()[-1] not in known]

        def work(tx: "ManagedTransaction") -> None:
            for statement in missing:
                tx.run(statement)

        with self.driver.session(database=self.database) as session:
            session.execute_write(work)
        self.one("CALL db.awaitIndexes(300)")

    def begin(self, replace: bool, stamp: str) -> None:
        """Mark the structure as not whole; refuse to mix it with other content of the same name."""
        found = self.one("MATCH (s:Structure {key: $key}) RETURN s.digest AS digest", key=self.name)
        if found and replace:
            remove(self.driver, self.name, database=self.database, progress=self.progress)
        elif found and found[0]["digest"] != stamp:
            raise DatabaseError(
                f'the database has a structure "{self.name}" of other content (input, day, law or version); add '
                "--replace to put this one in its place, or give another --name"
            )
        p = structure_properties(self.g, self.name, stamp)
        self.one(f"MERGE (s:{STRUCTURE} {{key: $key}}) SET s = $p", key=self.name, p=p)

    def batches(self, statement: str, rows: Iterable[dict[str, Any]], stage: str, total: int = 0) -> int:
        """Run a statement over rows as `$rows`, in batches."""
        done = 0
        left = iter(rows)
        with self.driver.session(database=self.database) as session:
            while batch := list(islice(left, BATCH)):
                session.execute_write(_write, statement, batch)
                done += len(batch)
                self.progress(stage, done, max(total, done))
        return done

    def entities(self, derive: bool) -> None:
        """Entities, by their labels: those of one set of labels in one statement."""
        g, structure = self.g, self.g.structure
        facts = derived.entity_facts(g) if derive else {}
        complete = complete_for(g)
        physicians = doctors(g)
        by: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for p in properties(prepared(structure, "entities", g.as_of), structure, self.name):
            who = p["id"]
            labels = labels_of(p["kind"], p.get("roles"), who in physicians)
            everything = {**p, **facts.get(who, {}), "complete": complete[who][0], "complete_own": complete[who][1]}
            by.setdefault(labels, []).append(everything)
        for labels, rows in sorted(by.items()):
            extra = "".join(f":{one}" for one in labels)
            statement = f"UNWIND $rows AS p MERGE (n:{ENTITY} {{key: p.key}}) SET n = p, n{extra}"
            self.nodes += self.batches(statement, rows, "Entities", g.entities.height)

    def law(self) -> None:
        """The law of each state that the input names."""
        rows = []
        for row in self.g.law.iter_rows(named=True):
            p = {k: v for k, v in row.items() if v is not None}
            rows.append({**p, "id": row["state"], "structure": self.name, "key": key(self.name, row["state"])})
        self.nodes += self.batches(f"UNWIND $rows AS p MERGE (n:{STATE} {{key: p.key}}) SET n = p", rows, "Law")
        codes = {base: [p for p in law_codes() if p["label"] == base] for base in sorted(LAW_TABLES)}
        for base, found in codes.items():
            self.batches(f"UNWIND $rows AS p MERGE (n:{LAW_CODE} {{key: p.key}}) SET n = p.p, n:{base}", found, "Law")
        self.one(f"MATCH (n:{LAW_CODE}) WHERE NOT n.key IN $keys DETACH DELETE n", keys=[p["key"] for p in law_codes()])

    def tables(self) -> None:
        """Tables beside the relations, and licenses: nodes, joined to the entities that they are about."""
        structure = self.g.structure
        ends = about(structure)
        for table, base in NODES.items():
            frame = prepared(structure, table, self.g.as_of)
            if table == "complete":
                frame = frame.filter(pl.col("source").is_not_null())
            if not frame.height:
                continue
            rows = properties(frame, structure, self.name)
            statement = f"UNWIND $rows AS p MERGE (n:{base} {{key: p.key}}) SET n = p"
            self.nodes += self.batches(statement, rows, table, frame.height)
            if table == "licensed_in":
                self._licenses(frame)
                continue
            statement = (
                f"UNWIND $rows AS j MATCH (n:{base} {{key: j.from}}) MATCH (e:{ENTITY} {{key: j.to}}) "
                "MERGE (n)-[:ABOUT {field: j.field}]->(e)"
            )
            self.relationships += self.batches(statement, joins(structure, table, self.name, ends), table)

    def _licenses(self, frame: pl.DataFrame) -> None:
        rows = [
            {"key": key(self.name, i), "who": key(self.name, who), "state": key(self.name, state)}
            for i, who, state in frame.select("id", "person", "state").iter_rows()
        ]
        statement = (
            f"UNWIND $rows AS r MATCH (n:License {{key: r.key}}) MATCH (e:{ENTITY} {{key: r.who}}) "
            f"MATCH (s:{STATE} {{key: r.state}}) MERGE (e)-[:HAS_LICENSE]->(n) MERGE (n)-[:ISSUED_IN]->(s)"
        )
        self.relationships += 2 * self.batches(statement, rows, "licensed_in")

    def edges(self, derive: bool) -> None:
        """Relations: a relationship a row."""
        structure = self.g.structure
        shielded = derived.defended(self.g) if derive else {}
        for table, edge in EDGES.items():
            frame = prepared(structure, table, self.g.as_of)
            if not frame.height:
                continue
            (first, start), (second, end) = edge.start, edge.end
            if second == TRADE_NAME:
                names = [{"key": key(self.name, n), "name": n, "structure": self.name} for n in set(frame[end])]
                statement = f"UNWIND $rows AS p MERGE (n:{TRADE_NAME} {{key: p.key}}) SET n = p"
                self.nodes += self.batches(statement, sorted(names, key=str), table)
            rows = (
                {"a": key(self.name, p[start]), "b": key(self.name, p[end]), "p": p}
                for p in _shielded(properties(frame, structure, self.name), shielded)
            )
            self.relationships += self.batches(_merged(edge.type, first, second), rows, edge.type, frame.height)

    def derived(self) -> None:
        """What is worked out."""
        groups = derived.groups(self.g, self.name)
        statement = f"UNWIND $rows AS p MERGE (n:{GROUP} {{key: p.key}}) SET n = p"
        self.nodes += self.batches(statement, groups, "Groups")
        for one in derived.relationships(self.g, self.name):
            rows = ({"a": link["from"], "b": link["to"], "p": link["p"]} for link in one.links())
            self.relationships += self.batches(_merged(one.type, one.start, one.end), rows, one.type)

    def results(self, report: "Report") -> None:
        """Results of the audit: nodes, joined to the entities of their subject and parties."""
        rows, links = [], []
        for result in report.results:
            identity = key(self.name, result.id)
            rows.append(
                {
                    "key": identity, "id": result.id, "structure": self.name, "derived": True, "code": result.rule,
                    "title": result.title, "outcome": result.outcome, "severity": result.severity,
                    "message": result.message, "state": result.state, "arrangement": result.arrangement,
                    "evidence_ids": list(dict.fromkeys(item.row for item in result.evidence)),
                    "questions": [question.text for question in result.questions],
                }
            )  # fmt: skip
            for field, who in {**result.subject, **result.parties}.items():
                for one in (who or "").removeprefix("group:").split("+") if who else ():
                    links.append({"from": identity, "to": key(self.name, one), "field": field})
        self.nodes += self.batches(f"UNWIND $rows AS p MERGE (n:{RESULT} {{key: p.key}}) SET n = p", rows, "Results")
        for base in (ENTITY, STATE):
            statement = (
                f"UNWIND $rows AS j MATCH (n:{RESULT} {{key: j.from}}) MATCH (e:{base} {{key: j.to}}) "
                "MERGE (n)-[r:ABOUT {field: j.field}]->(e) SET r.derived = true"
            )
            self.batches(statement, links, "Results")


LAW_TABLES: Final = {
    "Service": tables.services, "Power": tables.powers, "Profession": tables.professions,
    "TransferTrigger": tables.transfer_triggers, "Kinship": tables.family, "HealthService": tables.dhs,
}  # fmt: skip
"""Labels of codes, and the tables that they come from."""


def law_codes() -> list[dict[str, Any]]:
    """Codes of the law tables: label, key and properties of each."""
    found = []
    for base, read in LAW_TABLES.items():
        for code, fact in read().items():  # type: ignore[attr-defined]
            p = {k.rstrip("_"): v for k, v in fact.model_dump(mode="json").items() if v is not None}
            identity = f"{base}{SEPARATOR}{code}"
            found.append({"label": base, "key": identity, "p": {**p, "code": code, "key": identity}})
    return found


def _write(tx: "ManagedTransaction", statement: str, rows: list[dict[str, Any]]) -> None:
    tx.run(statement, rows=rows).consume()


def _merged(type_: str, start: str, end: str) -> str:
    return (
        f"UNWIND $rows AS r MATCH (a:{start} {{key: r.a}}) MATCH (b:{end} {{key: r.b}}) "
        f"MERGE (a)-[e:{type_} {{key: r.p.key}}]->(b) SET e = r.p"
    )


def _shielded(rows: Iterator[dict[str, Any]], shielded: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for p in rows:
        yield p | shielded.get(p["id"], {})


def complete_for(g: "Graph") -> dict[str, tuple[list[str], list[str]]]:
    """For each entity the registers that are complete for it, and those that the input declares so for it alone."""
    own: dict[str, set[str]] = {}
    everywhere: set[str] = set()
    for register, who in g.structure.tables["complete"].select("register", "entity").iter_rows():
        (everywhere if who is None else own.setdefault(who, set())).add(register)
    return {who: (sorted(everywhere | own.get(who, set())), sorted(own.get(who, set()))) for who in g.ids}


def doctors(g: "Graph") -> set[str]:
    """Persons with an active license as a physician, in any state, on the day of the graph."""
    active = (pl.col("profession") == "physician") & (pl.col("status") == "active")
    return set(g.relations["LICENSED_IN"].filter(active)["person"])


def structure_properties(g: "Graph", name: str, stamp: str) -> dict[str, Any]:
    """Properties of the node of a structure; it is not whole yet."""
    structure = g.structure
    everywhere = structure.tables["complete"].filter(pl.col("entity").is_null())["register"]
    return {
        "key": name, "name": name, "structure": name, "title": structure.name, "as_of": g.as_of,
        "asked_as_of": structure.as_of, "digest": stamp, "input_digest": structure.digest,
        "inputs": list(structure.inputs), "notes": list(structure.notes), "complete": sorted(set(everywhere)),
        "trust_unverified": g.trust_unverified, "whole": False, "version": VERSION,
    }  # fmt: skip
