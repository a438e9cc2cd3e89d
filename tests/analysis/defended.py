"""What tests of defenses share: a lease of which facts answer every element, and reading answers. Not a test."""

from pathlib import Path
from typing import Any

import ownergraph
from ownergraph.analysis.defenses import CheckedDefense
from ownergraph.law import defenses
from tests.support import graph

LEASE = {
    "id": "lease", "lessor": "pc", "lessee": "lab", "item": "equipment", "rent_basis": "fixed", "rent_usd": 1000,
    "shared_with_lessor": False, "exclusive_use": True, "term_months": 12, "in_writing": True,
    "signed_on": "2024-01-01", "set_in_advance": True, "needed": True, "specified": True, "covers_all": True,
    "is_fmv": True, "varies_with_referrals": False, "formula_counts_referrals": False, "commercially_reasonable": True,
}  # fmt: skip
"""A lease of equipment of which facts answer every element of both laws."""

FACTS: dict[str, list[dict[str, Any]]] = {
    "entities": [
        {"id": "ray", "kind": "physician", "licensed_in": "CA", "name": "Dr. Ray"},
        {"id": "pc", "kind": "practice", "bills_federal_programs": True},
        {"id": "lab", "kind": "laboratory", "name": "Harbor Lab"},
        {"id": "hospital", "kind": "hospital"},
    ]
}


def made(folder: Path, **tables: Any) -> ownergraph.Graph:
    return graph(folder, **{**FACTS, **tables})


def find(g: ownergraph.Graph, row: str, name: str) -> CheckedDefense:
    found = {one.id: one for one in g.defenses.of(row, defenses()[name].law)}
    assert name in found, f"{name} is not among {sorted(found)}"
    return found[name]


def told(g: ownergraph.Graph, row: str, name: str) -> dict[str, bool | None]:
    return dict(find(g, row, name).elements)
