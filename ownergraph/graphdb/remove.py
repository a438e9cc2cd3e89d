"""Remove a structure from a database, whole, and list those that are there."""

from typing import TYPE_CHECKING, Any, Final

from ownergraph.graphdb.connect import DatabaseError
from ownergraph.graphdb.shape import BASES, STRUCTURE
from ownergraph.model.progress import Progress, quiet

if TYPE_CHECKING:
    from neo4j import Driver

SHOWN: Final = 8
"""Names that a message lists."""
BATCH: Final = 5_000
"""Nodes of one transaction."""


def structures(driver: "Driver", *, database: str = "neo4j") -> list[dict[str, Any]]:
    """The structures of a database: name, as_of, whole (false while a load is not finished), version; by name."""
    rows, _, _ = driver.execute_query(
        f"MATCH (s:{STRUCTURE}) RETURN s.name AS name, s.as_of AS as_of, s.whole AS whole, s.version AS version "
        "ORDER BY name",
        database_=database,
    )
    return [row.data() for row in rows]


def listed(names: list[str], near: str | None = None) -> str:
    """Some names for a message, those that come near to one first, and how many more there are."""
    import difflib

    first = difflib.get_close_matches(near, names, n=SHOWN, cutoff=0.6) if near else []
    shown = (first + [name for name in names if name not in first])[:SHOWN]
    more = len(names) - len(shown)
    return (", ".join(shown) or "none") + (f" and {more:,} more" if more else "")


def remove(driver: "Driver", name: str, *, database: str = "neo4j", progress: Progress = quiet) -> int:
    """Remove a structure with all that belongs to it; how many nodes that were.

    In batches; one that was cut off is finished by running it again, because the structure's own node goes last.

    Raises:
        DatabaseError: there is no such structure.
    """
    known = [row["name"] for row in structures(driver, database=database)]
    if name not in known:
        raise DatabaseError(f'the database has no structure "{name}"; it has {listed(known, name)}')
    removed = 0
    with driver.session(database=database) as session:
        session.run(f"MATCH (s:{STRUCTURE} {{key: $name}}) SET s.whole = false", name=name).consume()
        for base in (*(one for one in BASES if one != STRUCTURE), STRUCTURE):
            statement = (
                f"MATCH (n:{base} {{structure: $name}}) CALL (n) {{ DETACH DELETE n }} IN TRANSACTIONS OF {BATCH} ROWS"
            )
            removed += session.run(statement, name=name).consume().counters.nodes_deleted
            progress("Removing", removed)
    return removed
