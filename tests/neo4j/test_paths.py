"""What the paths of twins draw: the rows that matter, and no others."""

from pathlib import Path
from typing import Any, Final

from neo4j import Driver

from ownergraph.graphdb import queries
from ownergraph.graphdb.load import load
from ownergraph.graphdb.remove import structures
from tests.support import graph

ACCOUNTS: Final[dict[str, Any]] = {
    "entities": [
        *({"id": one, "kind": "practice", "name": one, "operates_in": "CA"} for one in ("alone", "apart", "shares")),
        {"id": "mso", "kind": "mso", "name": "MSO"},
        *({"id": f"a{k}", "kind": "account", "name": f"Account {k}"} for k in range(6)),
    ],
    "manages": [{"id": f"msa_{one}", "manager": "mso", "managed": one} for one in ("alone", "apart", "shares")],
    "held_by": [
        {"id": "shares_a0", "account": "a0", "holder": "shares"},
        {"id": "shares_a1", "account": "a1", "holder": "shares"},
        {"id": "apart_a2", "account": "a2", "holder": "apart"},
        *({"id": f"mso_a{k}", "account": f"a{k}", "holder": "mso"} for k in (3, 4)),
        {"id": "mso_a1_once", "account": "a1", "holder": "mso", "valid_to": "2025-01-01"},
    ],
    "deposits_to": [
        {"id": "mso_a1", "account": "a1", "depositor": "mso"},
        {"id": "alone_a5", "account": "a5", "depositor": "alone"},
    ],
}


def test_accounts(driver: Driver, tmp_path: Path) -> None:
    """MSA-09: accounts that both use; else those of the practice; of a manager with many accounts not all of them."""
    here = "paths of accounts"
    load(driver, graph(tmp_path, **ACCOUNTS), here, replace=here in [row["name"] for row in structures(driver)])
    rows = queries.run(driver, queries.find("MSA-09"), {"structure": here})
    found: dict[tuple[Any, ...], list[list[str]]] = {
        (row["practice"], row["manager"], row["found"]): [[r["id"] for r in path.relationships] for path in row["path"]]
        for row in rows
    }
    assert found == {
        ("alone", "mso", True): [["msa_alone"], ["alone_a5"]],
        ("apart", "mso", False): [["msa_apart"], ["apart_a2"]],
        ("shares", "mso", True): [["msa_shares"], ["shares_a1"], ["mso_a1"]],
        ("alone", None, False): [],
        ("apart", None, False): [],
        ("shares", None, False): [],
    }
