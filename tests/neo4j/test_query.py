"""ownergraph neo4j query: the files of the folder, with bound parameters, as table, JSON and CSV."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from neo4j import Driver
from typer.testing import CliRunner, Result

import ownergraph
from ownergraph.cli.app import program
from ownergraph.graphdb import queries
from ownergraph.graphdb.connect import DatabaseError, Target
from ownergraph.graphdb.load import load
from ownergraph.graphdb.remove import structures

DEAL = """\
structure: Deal
as_of: 2026-11-24
complete: [agreements]
entities:
  - {id: pc, name: "=Coastal, PC", kind: practice, form: PC, operates_in: [NY], exempt_as: []}
  - {id: mso, name: Summit MSO, kind: mso}
manages:
  - {id: msa, manager: mso, managed: pc, fee_basis: pct_collections}
"""
CHAIN = "Summit MSO -MANAGES-> =Coastal, PC"


@pytest.fixture
def run(driver: Driver, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`ownergraph neo4j query` where the database has the structure "deal"."""
    path = tmp_path / "deal.yaml"
    path.write_text(DEAL, encoding="utf-8")
    load(driver, ownergraph.load(path), "deal", replace="deal" in [row["name"] for row in structures(driver)])
    assert target.password is not None
    monkeypatch.setenv("NEO4J_PASSWORD", target.password)
    return lambda *arguments: CliRunner().invoke(program(), ["neo4j", "query", *arguments, "--uri", target.uri])


def test_formats(run: Callable[..., Result]) -> None:
    """The same rows three times; text of the database cannot start a formula in a sheet."""
    table = run("fee-01", "--param", "structure=deal").stdout.splitlines()
    assert [line.split("  ")[0].rstrip() for line in table] == ["practice", "pc", "pc"]
    assert table[1].split() == ["pc", "NY", "mso", "found", *CHAIN.split()]
    assert table[2].split() == ["pc", "NY", "-", "not", "found", "-"]
    rows = json.loads(run("FEE-01", "--param", "structure=deal", "--format", "json").stdout)
    path = {
        "nodes": ["mso", "pc"],
        "relationships": [{"type": "MANAGES", "id": "msa", "from": "mso", "to": "pc"}],
    }
    assert rows == [
        {"practice": "pc", "state": "NY", "manager": "mso", "found": True, "path": path},
        {"practice": "pc", "state": "NY", "manager": None, "found": False, "path": None},
    ]
    text = run("fee-01", "--param", "structure=deal", "--format", "csv").stdout
    assert list(csv.reader(io.StringIO(text))) == [
        ["practice", "state", "manager", "found", "path"],
        ["pc", "NY", "mso", "found", CHAIN],
        ["pc", "NY", "'-", "not found", "'-"],
    ]


def test_mistakes(run: Callable[..., Result]) -> None:
    """Each is told, with what there is instead."""
    for arguments, part in (
        (("fee-1",), "did you mean fee-10, fee-01, fee-03, fee-02?"),
        (("fee-01", "--param", "x=1"), "it has structure=platform"),
        (("fee-01", "--param", "structure=deel"), "it has deal"),
        (("fee-01", "--param", "structure=deal' OR true //"), "no structure"),
    ):
        result = run(*arguments)
        assert (result.exit_code, part in result.stderr) == (2, True), result.stderr


def test_heads() -> None:
    """Every query says what it answers, with what parameters, which columns, and what it misses."""
    for query in queries.all_queries().values():
        assert "structure" in query.parameters
        assert query.columns
        assert re.search(r"\bLIMIT\s+[\d$]", query.text, re.IGNORECASE) is None  # nothing is left out silently


def test_a_head_that_lacks_something() -> None:
    with pytest.raises(ValueError, match="lacks Columns"):
        queries.parse(
            "q", "// T\n// What it answers: a\n// Parameters: $structure (s; as x)\n// What it misses: b\nRETURN 1"
        )
    with pytest.raises(ValueError, match="no title"):
        queries.parse("q", "MATCH (n) RETURN n")


@pytest.mark.parametrize(
    ("example", "text", "value"),
    [("25", "50", 50), ("2.5", "3", 3.0), ("true", "false", False), ("2026-11-24", "2024-01-31", "2024-01-31")],
)
def test_values_have_the_type_of_the_example(example: str, text: str, value: object) -> None:
    query = queries.Query("q", "Q", {}, {"x": example}, (), "")
    assert str(queries.bound(query, [f"x={text}"])["x"]) == str(value)
    with pytest.raises(DatabaseError, match="is not written as"):
        queries.bound(query, ["x=much"])
