"""What the graph looks like in Neo4j: labels, relationship types, keys. All of it follows from `ownergraph.model`.

A node or relationship that stands for a row has every column of the row as a property, and `structure`, `key`, `row`
(its number in the table), `file` and `line`. What is null is absent. What is worked out is on nodes and relationships
with `derived: true`, or is one of the properties that `docs/neo4j.md` lists.
"""

from dataclasses import dataclass
from typing import Final, get_args

from ownergraph.graphdb.shares import SIZES
from ownergraph.model import RELATIONS, TABLES
from ownergraph.model.vocabulary import Kind, Role

SEPARATOR: Final = "|"
"""Between the name of a structure and an id, in `key`. A structure's name must not hold it; an id may."""

ENTITY: Final = "Entity"
STATE: Final = "State"
TRADE_NAME: Final = "TradeName"
STRUCTURE: Final = "Structure"
GROUP: Final = "Group"
RESULT: Final = "Result"
LAW_CODE: Final = "LawCode"
"""Codes of the law tables (services, powers, ...), the same for all structures: nodes without a structure."""


def label(word: str) -> str:
    """A label for a kind, role or table.

    Example:
        >>> label("private_equity"), label("mso")
        ('PrivateEquity', 'Mso')
    """
    return "".join(part.capitalize() for part in word.split("_"))


KINDS: Final = {kind: label(kind) for kind in get_args(Kind)}
ROLES: Final = {role: label(role) for role in get_args(Role)}
PHYSICIAN: Final = "Physician"
"""Label of persons with an active license as a physician, in any state, on the day of the structure."""

NODES: Final = {
    "licensed_in": "License",
    "fee_components": "FeeComponent",
    "fmv_opinions": "FmvOpinion",
    "defenses": "Defense",
    "hospital_baselines": "HospitalBaseline",
    "group_practices": "GroupPractice",
    "documents": "Document",
    "financials": "Financials",
    "events": "Event",
    "sources": "Source",
    "assumptions": "Assumption",
    "complete": "CompleteRegister",
}
"""Tables whose rows are nodes, with their labels. Of `complete` only rows that say something beside the register."""


@dataclass(frozen=True)
class Edge:
    """How rows of a relation stand in the graph.

    Attributes:
        type: of the relationship.
        start: label of the node at its start, and column that names it.
        end: label of the node at its end, and column that names it.
    """

    type: str
    start: tuple[str, str]
    end: tuple[str, str]


def _edge(name: str) -> Edge:
    model = RELATIONS[name]
    first, second = model.ends
    other = {"state": STATE, "name": TRADE_NAME}.get(second, ENTITY)
    return Edge(name, (ENTITY, first), (other, second))


EDGES: Final = {name.lower(): _edge(name) for name in RELATIONS if name.lower() not in NODES}
"""Tables whose rows are relationships."""

DERIVED_EDGES: Final = (
    "CONTROLS", "CONTROLS_PRACTICE", "IN_GROUP", "ULTIMATELY_OWNS", "CLASSED_IN", "JUDGED_IN", "LAY_PART_IN",
    "REFERRAL", "SIDE_OF", "VALUE_FLOWS", "VALUE_RETURNS", "MOVES_WITH_REFERRALS", "FINANCIAL_RELATIONSHIP",
    "MOVES_VOTES", *(one.type for one in SIZES),
)  # fmt: skip
"""Relationships that are worked out, all with `derived: true`."""

BASES: Final = (ENTITY, STATE, TRADE_NAME, STRUCTURE, GROUP, RESULT, LAW_CODE, *NODES.values())
"""Labels of which every node has exactly one; its `key` is unique there."""

if missing := set(TABLES) - set(EDGES) - set(NODES) - {"entities"}:
    raise AssertionError(f"tables without a place in the graph: {sorted(missing)}")


def key(structure: str, identity: str) -> str:
    """The key of a node or relationship: unique among all structures of a database."""
    return f"{structure}{SEPARATOR}{identity}"


def labels_of(kind: str, roles: list[str] | None, physician: bool) -> tuple[str, ...]:
    """Labels of an entity beside `Entity`: its kind, its roles, `Physician`; sorted, none twice."""
    found = {KINDS[kind], *(ROLES[role] for role in roles or ())} | ({PHYSICIAN} if physician else set())
    return tuple(sorted(found))
