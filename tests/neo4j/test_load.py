"""Loading: what is there is what the input says; twice is once; structures do not touch each other."""

from pathlib import Path

import polars as pl
import pytest
from neo4j import Driver

import ownergraph
from ownergraph.graphdb.connect import DatabaseError
from ownergraph.graphdb.load import load
from ownergraph.graphdb.remove import remove, structures
from ownergraph.model import RELATIONS
from tests.neo4j.contents import contents

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture(scope="module")
def deal() -> ownergraph.Graph:
    return ownergraph.load(FIXTURES / "captive_pc.yaml")


@pytest.fixture(scope="module")
def other() -> ownergraph.Graph:
    return ownergraph.load(FIXTURES / "ring.yaml")


def test_every_row_is_there(driver: Driver, deal: ownergraph.Graph) -> None:
    """Each row of each relation, with all that it says; and its day."""
    load(driver, deal, "rows", replace=bool(_there(driver, "rows")), derive=False)
    for relation, model in RELATIONS.items():
        frame = deal.structure.tables[relation.lower()].drop("_file", "_line")
        if relation in ("LICENSED_IN", "ADVERTISES_AS") or not frame.height:
            continue
        rows, _, _ = driver.execute_query(
            f"MATCH (a)-[r:{relation} {{structure: 'rows'}}]->(b) RETURN a.id AS a, b.id AS b, r ORDER BY r.row"
        )
        assert frame.select(model.ends).rows() == [(row["a"], row["b"]) for row in rows]
        found = [{k: _native(v) for k, v in row["r"].items()} for row in rows]
        wanted = [{k: v for k, v in row.items() if v is not None} for row in frame.iter_rows(named=True)]
        assert wanted == [{k: row[k] for k in row if k in frame.columns} for row in found]
        standing = set(deal.relations[relation]["id"])
        assert [row["id"] in standing for row in found] == [row["in_force"] for row in found]


def _native(value: object) -> object:
    if isinstance(value, list):
        return [_native(one) for one in value]
    return value.to_native() if hasattr(value, "to_native") else value


def _there(driver: Driver, name: str) -> bool:
    return name in [row["name"] for row in structures(driver)]


def test_twice_is_once(driver: Driver, deal: ownergraph.Graph) -> None:
    """Loading again changes nothing."""
    load(driver, deal, "twice", report=deal.audit(), replace=_there(driver, "twice"))
    before = contents(driver, "twice")
    assert before["nodes"]
    load(driver, deal, "twice", report=deal.audit())
    assert before == contents(driver, "twice")


def test_side_by_side(driver: Driver, deal: ownergraph.Graph, other: ownergraph.Graph) -> None:
    """One is replaced, and removed, without a change to another; nothing of it is left."""
    load(driver, deal, "left", replace=_there(driver, "left"))
    load(driver, deal, "right", replace=_there(driver, "right"))
    kept = contents(driver, "left")
    with pytest.raises(DatabaseError, match="--replace"):
        load(driver, other, "right")
    load(driver, other, "right", replace=True)
    load(driver, other, "alone", replace=_there(driver, "alone"))
    assert contents(driver, "alone") == contents(driver, "right")
    remove(driver, "right")
    assert contents(driver, "right") == {"nodes": [], "relationships": []}
    rows, _, _ = driver.execute_query("MATCH ()-[r {structure: 'right'}]->() RETURN count(r) AS n")
    assert rows[0]["n"] == 0
    assert kept == contents(driver, "left")
    with pytest.raises(DatabaseError, match='no structure "right"'):
        remove(driver, "right")


def test_derived_is_marked(driver: Driver, deal: ownergraph.Graph) -> None:
    """What is worked out says so, and nothing else does."""
    load(driver, deal, "marked", report=deal.audit(), replace=_there(driver, "marked"))
    rows, _, _ = driver.execute_query(
        "MATCH ({structure: 'marked'})-[r]->() RETURN DISTINCT type(r) AS type, r.derived AS derived"
    )
    by = {(row["type"], row["derived"]) for row in rows}
    given = {*RELATIONS, "HAS_LICENSE", "ISSUED_IN"}
    assert {type_ for type_, derived in by if derived is None} <= given | {"ABOUT"}
    assert not {type_ for type_, derived in by if derived} & given


def test_control_is_that_of_python(driver: Driver, deal: ownergraph.Graph) -> None:
    """CONTROLS and ULTIMATELY_OWNS are what the graph says."""
    load(driver, deal, "control", replace=_there(driver, "control"))
    rows, _, _ = driver.execute_query(
        "MATCH (a)-[r:CONTROLS {structure: 'control'}]->(b) "
        "RETURN a.id AS controller, b.id AS controlled, r.tier AS tier, r.mechanism AS mechanism, r.certain AS certain"
    )
    pairs = deal.control.pairs.sort("controller", "controlled")
    assert pairs.height
    assert pairs.equals(
        pl.DataFrame([row.data() for row in rows], schema=pairs.schema).sort("controller", "controlled")
    )
    owned, _, _ = driver.execute_query(
        "MATCH (a)-[r:ULTIMATELY_OWNS {structure: 'control'}]->(b {id: $id}) RETURN a.id AS holder, r.min_pct AS "
        "min_pct, r.max_pct AS max_pct",
        id=pairs["controlled"][0],
    )
    held = deal.ownership.of(pairs["controlled"][0]).sort("holder")
    assert held.equals(pl.DataFrame([row.data() for row in owned], schema=held.schema).sort("holder"))


@pytest.mark.parametrize("name", ["", " deal", "a|b", "a\nb"])
def test_names(driver: Driver, deal: ownergraph.Graph, name: str) -> None:
    """Names that cannot be are refused before anything is written."""
    with pytest.raises(DatabaseError, match="cannot be the name"):
        load(driver, deal, name)
