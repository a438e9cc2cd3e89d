"""Read a structure back from a Neo4j database: the rows that were loaded, nothing that was worked out.

An address is that of a server with the structure after it:
`neo4j://host:7687?name=platform&database=neo4j&user=neo4j&password_env=NEO4J_PASSWORD`.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import polars as pl

from ownergraph.graphdb.address import DATABASE, USER
from ownergraph.graphdb.connect import DatabaseError, Target, connected
from ownergraph.graphdb.remove import listed, structures
from ownergraph.graphdb.shape import EDGES, ENTITY, NODES
from ownergraph.ingest.given import check_given
from ownergraph.law.defenses import elements
from ownergraph.model import TABLES
from ownergraph.model.progress import Progress, quiet
from ownergraph.model.structure import FILE, LINE, Structure

if TYPE_CHECKING:
    from neo4j import Driver, Session

BATCH: Final = 10_000
"""Rows that are checked at once."""
_OPTIONS: Final = ("name", "database", "user", "password_env")


def read_address(paths: Sequence[str], progress: Progress = quiet) -> Structure:
    """Read the structure that an address names; it stands alone, and is read together with nothing else.

    Raises:
        DatabaseError: the address is wrong, the server cannot be reached, or there is no such structure.
    """
    address = paths[0]
    if len(paths) > 1:
        raise DatabaseError(f"{' '.join(paths)}: the address of a database stands alone; read it without other inputs")
    parts = urlsplit(re.sub(r":/(?!/)", "://", address, count=1))
    options = parse_qs(parts.query)
    if extra := sorted(set(options) - set(_OPTIONS)):
        raise DatabaseError(f"{address}: unknown {', '.join(extra)}; after ? stand {', '.join(_OPTIONS)}, joined by &")
    one = {key: values[-1] for key, values in options.items()}
    target = Target.of(
        f"{parts.scheme}://{parts.netloc}",
        one.get("user", USER),
        one.get("password_env"),
        one.get("database", DATABASE),
    )
    with connected(target) as driver:
        name = chosen(driver, one.get("name"), target.database)
        place = f"{target.uri}?name={name}"
        return read(driver, name, place, database=target.database, progress=progress)


def chosen(driver: "Driver", name: str | None, database: str) -> str:
    """The structure that is meant: the one named, or the only one.

    Raises:
        DatabaseError: there is none, it is not whole, or there are several and none is named.
    """
    known = {row["name"]: row for row in structures(driver, database=database)}
    shown = listed(list(known), name)
    if name is None:
        if len(known) != 1:
            raise DatabaseError(
                f"the database has several structures; name one of {shown}"
                if known
                else "the database has no structure"
            )
        name = next(iter(known))
    if name not in known:
        raise DatabaseError(f'the database has no structure "{name}"; it has {shown}')
    if not known[name]["whole"]:
        raise DatabaseError(
            f'structure "{name}" is not whole: it is being loaded, or a load or removal was cut off; run that again'
        )
    return name


def read(
    driver: "Driver", name: str, address: str, *, database: str = "neo4j", progress: Progress = quiet
) -> Structure:
    """Read a structure and check it as files are checked. What is worked out is left where it is. O(rows).

    Args:
        driver: connected.
        name: of the structure.
        address: what is told as the place of rows that did not come from a file.
        database: name of the database.
        progress: told what is being read.

    Raises:
        InputError: rows that cannot be used, as people may have changed them in the database.
    """
    rows, _, _ = driver.execute_query("MATCH (s:Structure {key: $name}) RETURN s", name=name, database_=database)
    head = rows[0]["s"]
    inputs = (address, *(head.get("inputs") or ()))
    files = {file: number for number, file in enumerate(inputs)}
    with driver.session(database=database, default_access_mode="READ") as session:

        def batches(table: str) -> "Iterator[list[dict[str, Any]]]":
            # one table after the other: a session has one stream at a time
            if table == "complete":
                yield _complete(session, name, list(head.get("complete") or ()))
                return
            found = (_row(record["p"], files) for record in session.run(_statement(table), name=name))
            while batch := list(islice(found, BATCH)):
                yield batch

        tables = check_given({table: batches(table) for table in TABLES}, inputs, elements, progress)
    asked = head.get("asked_as_of")
    return Structure(
        tables=tables,
        inputs=inputs,
        digest=_digest(tables),
        name=head.get("title"),
        as_of=asked.to_native() if asked is not None else None,
        notes=tuple(head.get("notes") or ()),
    )


def _statement(table: str) -> str:
    if table in EDGES:
        edge = EDGES[table]
        (first, start), (second, end) = edge.start, edge.end
        other = {"state": "id", "name": "name"}.get(end, "id") if second != ENTITY else "id"
        # the ends are those of the relationship, whatever its properties say: people may have drawn it by hand
        return (
            f"MATCH (a:{first} {{structure: $name}})-[r:{edge.type}]->(b:{second}) WHERE r.derived IS NULL "
            f"RETURN r {{.*, {start}: a.id, {end}: b.{other}}} AS p ORDER BY r.row, r.id"
        )
    base = ENTITY if table == "entities" else NODES[table]
    return f"MATCH (n:{base} {{structure: $name}}) RETURN n {{.*}} AS p ORDER BY n.row, n.id"


def _row(p: dict[str, Any], files: dict[str, int]) -> dict[str, Any]:
    """The properties of a row, dates as those of Python, with its place."""
    row = {key: _native(value) for key, value in p.items()}
    return {**row, FILE: files.get(p.get("file", ""), 0), LINE: p.get("line")}


def _native(value: Any) -> Any:
    if isinstance(value, list):
        return [_native(one) for one in value]
    return value.to_native() if hasattr(value, "to_native") else value


_OWN: Final = (
    f"MATCH (n:{ENTITY} {{structure: $name}}) WHERE size(n.complete_own) > 0 "
    "RETURN n.id AS id, n.complete_own AS registers ORDER BY n.row, n.id"
)


def _complete(session: "Session", name: str, everywhere: list[str]) -> list[dict[str, Any]]:
    """Registers that are declared complete: rows that say more, and what the structure and its entities say."""
    listed = [{**record["p"], FILE: 0, LINE: None} for record in session.run(_statement("complete"), name=name)]
    known = {(p["register"], p.get("entity")) for p in listed}
    found = [(register, None) for register in everywhere]
    found += [(one, record["id"]) for record in session.run(_OWN, name=name) for one in record["registers"]]
    return listed + [{"register": one, "entity": who} for one, who in found if (one, who) not in known]


def _digest(tables: dict[str, pl.DataFrame]) -> str:
    """SHA-256 over the rows of all tables."""
    made = hashlib.sha256()
    for table, frame in tables.items():
        made.update(table.encode())
        for row in frame.iter_rows():
            made.update(repr(row).encode())
    return made.hexdigest()
