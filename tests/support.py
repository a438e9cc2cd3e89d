"""Small structures for tests, written as people write them."""

from pathlib import Path
from typing import Any

import yaml

import ownergraph

ALL = [
    "owners", "agreements", "licenses", "accounts", "signers", "proxies", "transfer_restrictions", "boards", "roles",
    "employment", "documents", "fmv_opinions", "family", "loans", "leases", "payments", "referrals", "states",
]  # fmt: skip


def graph(folder: Path, *, complete: Any = "all", as_of: str = "2026-11-24", **tables: Any) -> ownergraph.Graph:
    """A graph of the tables given as lists of mappings; every register is complete unless it says otherwise."""
    path = folder / "structure.yaml"
    content = {"as_of": as_of, "complete": ALL if complete == "all" else complete, **tables}
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return ownergraph.load(path)
