"""Reading back: the audit of a structure that lives in the database is the audit of its files."""

import json
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver

import ownergraph
from ownergraph.graphdb.connect import Target
from ownergraph.graphdb.load import load
from ownergraph.graphdb.remove import structures
from ownergraph.model.structure import InputError
from ownergraph.report.formats import render_json

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = [FIXTURES / "platform.yaml", FIXTURES / "oregon_two_class.yaml", *sorted((FIXTURES / "cases").glob("*.yaml"))]


@pytest.fixture
def address(target: Target, monkeypatch: pytest.MonkeyPatch) -> str:
    """Where the database is, but for the name of the structure."""
    assert target.password is not None
    monkeypatch.setenv("TEST_PASSWORD", target.password)
    return f"{target.uri}?password_env=TEST_PASSWORD&name="


def loaded(driver: Driver, g: ownergraph.Graph, name: str) -> None:
    load(driver, g, name, replace=name in [row["name"] for row in structures(driver)])


def report(g: ownergraph.Graph) -> Any:
    """The JSON report without the digest and names of inputs."""
    made = json.loads(render_json(g.audit()))
    del made["inputs"]
    return made


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_round_trip(file: Path, driver: Driver, address: str) -> None:
    """Loaded and read back, every fixture gives the same report, places in its files included."""
    g = ownergraph.load(file)
    loaded(driver, g, f"back {file.stem}")
    back = ownergraph.load(f"{address}back {file.stem}")
    assert report(g) == report(back)
    assert back.structure.inputs[1:] == g.structure.inputs


def test_tables_are_the_same(driver: Driver, address: str, tmp_path: Path) -> None:
    """Every table, empty lists, dates, counted shares, names and sources of registers included."""
    path = tmp_path / "all.yaml"
    path.write_text(
        """
structure: All
as_of: 2026-11-24
notes: [A note.]
complete: {all: [owners], pc: [agreements]}
sources: [{id: s1, title: Register}]
entities:
  - {id: dr, kind: person}
  - {id: pc, kind: practice, operates_in: [NY], exempt_as: [], formed_on: 2019-02-03, equity_usd: 10.5}
  - {id: mso, kind: mso, roles: [mso, holding], source: s1}
  - {id: bank, kind: account}
owns:
  - {owner: dr, owned: pc, shares_held: 700, shares_outstanding: 1000, valid_from: 2020-01-01}
  - {owner: mso, owned: pc, share: ">10%", votes: "0%", valid_to: 2021-01-01}
manages:
  - {id: msa, manager: mso, managed: pc, services: [], powers: [hire], review_dates: [2024-01-31], fee_usd: 1}
fee_components: [{agreement: msa, basis: fixed, usd: 12}]
fmv_opinions: [{about: msa, appraiser: An appraiser, dated: 2024-05-06}]
advertises_as: [{entity: pc, name: Sunny Health}, {entity: mso, name: Sunny Health}]
financials: [{entity: pc, revenue_usd: 1000000}]
licensed_in: [{person: dr, state: NY, profession: physician, number: "7", status: null}]
held_by: [{account: bank, holder: pc}]
assumptions: [One share, one vote]
""",
        encoding="utf-8",
    )
    g = ownergraph.load(path)
    loaded(driver, g, "all")
    back = ownergraph.load(f"{address}all")
    for table, frame in g.structure.tables.items():
        order = ["register", "entity"] if table == "complete" else frame.columns[:1]
        left_out = ["_file", "_line", "id"] if table == "complete" else ["_file"]
        one, two = (s.drop(left_out).sort(order) for s in (frame, back.structure.tables[table]))
        assert one.rows(named=True) == two.rows(named=True), table
    assert (back.structure.name, back.structure.as_of, back.structure.notes) == ("All", g.as_of, ("A note.",))


def test_changes_in_the_database_are_checked(driver: Driver, address: str) -> None:
    """What people write into the database is checked as files are, every problem at once."""
    g = ownergraph.load(FIXTURES / "ring.yaml")
    loaded(driver, g, "changed")
    driver.execute_query(
        "MATCH (p:Practice {structure: 'changed'}) WITH p LIMIT 1 SET p.kind = 'club', p.npi = '1' "
        "MERGE (x:Entity {key: 'changed|new', structure: 'changed', id: 'new', kind: 'person'}) "
        "MERGE (x)-[:OWNS {share_min: 'much'}]->(p)"
    )
    with pytest.raises(InputError) as told:
        ownergraph.load(f"{address}changed")
    said = "\n".join(told.value.problems)
    assert all(part in said for part in ("club", "NPI", "much"))


def test_a_row_drawn_by_hand(driver: Driver, address: str) -> None:
    """A relationship that somebody draws in the database counts, with an id made for it."""
    g = ownergraph.load(FIXTURES / "ring.yaml")
    loaded(driver, g, "drawn")
    driver.execute_query(
        "MATCH (p:Practice {structure: 'drawn'}) WITH p LIMIT 1 "
        "MERGE (x:Entity {key: 'drawn|new', structure: 'drawn', id: 'new', kind: 'person'}) "
        "MERGE (x)-[:FAMILY_OF {kinship: 'spouse'}]->(y:Entity {key: 'drawn|y', structure: 'drawn', id: 'y', "
        "kind: 'person'})"
    )
    back = ownergraph.load(f"{address}drawn")
    assert back.relations["FAMILY_OF"].select("id", "person", "relative", "kinship").rows() == [
        ("family_of:new>y", "new", "y", "spouse")
    ]


def test_which_structure(driver: Driver, address: str) -> None:
    """The name must be one that is there, whole, and alone."""
    loaded(driver, ownergraph.load(FIXTURES / "ring.yaml"), "half")
    driver.execute_query("MATCH (s:Structure {key: 'half'}) SET s.whole = false")
    for what, why in (
        (f"{address}half", "not whole"),
        (f"{address}nobody", 'no structure "nobody"'),
        (f"{address}half&hops=2", "unknown hops"),
    ):
        with pytest.raises(InputError, match=why):
            ownergraph.load(what)
    with pytest.raises(InputError, match="stands alone"):
        ownergraph.load(f"{address}half", FIXTURES / "ring.yaml")
