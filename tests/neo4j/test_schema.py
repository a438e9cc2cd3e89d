"""schemas/neo4j.cypher is what the model says, and the graph has a place for every table."""

from pathlib import Path

from ownergraph.graphdb import schema, shape
from ownergraph.model import TABLES

FILE = Path(__file__).parents[2] / "schemas" / "neo4j.cypher"


def test_file_is_in_step() -> None:
    """The file written is the one that is made."""
    assert schema.schema_file() == FILE.read_text(encoding="utf-8")


def test_every_table_has_a_place() -> None:
    """Each table is nodes or relationships, and none is both."""
    assert sorted([*shape.NODES, *shape.EDGES, "entities"]) == sorted(TABLES)


def test_labels_are_told_apart() -> None:
    """No role, kind or table shares a label with another."""
    labels = [*shape.BASES, *shape.KINDS.values(), *(label for role, label in shape.ROLES.items() if role != "other")]
    assert len(labels) == len(set(labels))
