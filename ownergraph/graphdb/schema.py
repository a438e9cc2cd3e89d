"""Constraints and indexes of the database, made from the model: schemas/neo4j.cypher.

Neo4j Community takes uniqueness constraints on one property, and indexes; so what identifies a node or relationship is
one property, `key`.
"""

import re
from typing import Final

from ownergraph.graphdb.shape import BASES, DERIVED_EDGES, EDGES, ENTITY, GROUP, NODES

_LOOKED_UP: Final = {
    "FeeComponent": ("agreement",), "FmvOpinion": ("about",), "Defense": ("about",), "Event": ("entity",),
    ENTITY: ("id", "npi", "ein", "ccn", "address"),
}  # fmt: skip
"""Properties by which queries find nodes, beside the structure."""


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def constraints() -> list[str]:
    """A statement for every constraint: keys of nodes and of relationships are unique."""
    made = []
    for base in BASES:
        made.append(f"CREATE CONSTRAINT {_snake(base)}_key IF NOT EXISTS FOR (n:{base}) REQUIRE n.key IS UNIQUE")
    for name in (*(edge.type for edge in EDGES.values()), *DERIVED_EDGES):
        made.append(
            f"CREATE CONSTRAINT {name.lower()}_edge_key IF NOT EXISTS FOR ()-[r:{name}]-() REQUIRE r.key IS UNIQUE"
        )
    return made


def indexes() -> list[str]:
    """A statement for every index: by structure, by what rows are about, and by name for people who search."""
    made = []
    for base in (ENTITY, "Practice", GROUP, "State", "TradeName", "Result", *NODES.values()):
        made.append(f"CREATE INDEX {_snake(base)}_structure IF NOT EXISTS FOR (n:{base}) ON (n.structure)")
    for base, properties in _LOOKED_UP.items():
        for name in properties:
            made.append(f"CREATE INDEX {_snake(base)}_{name} IF NOT EXISTS FOR (n:{base}) ON (n.structure, n.{name})")
    for name in (edge.type for edge in EDGES.values()):
        made.append(f"CREATE INDEX {name.lower()}_edge_id IF NOT EXISTS FOR ()-[r:{name}]-() ON (r.structure, r.id)")
    made.append(f"CREATE FULLTEXT INDEX entity_names IF NOT EXISTS FOR (n:{ENTITY}) ON EACH [n.name, n.id]")
    return made


def statements() -> list[str]:
    """Every statement, in the order in which they run."""
    return [*constraints(), *indexes()]


def schema_file() -> str:
    """Text of schemas/neo4j.cypher."""
    head = "// Constraints and indexes of a Neo4j database, made from the model by ownergraph schema; do not edit.\n"
    return head + "".join(f"{one};\n" for one in statements())
