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
        (("fee-1",), "did you mean fee-10, fee-01, fee-03, fee-02, ekra-01?"),
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


@pytest.mark.parametrize("query", queries.all_queries().values(), ids=lambda query: query.name)
def test_heads_and_the_server(query: queries.Query, driver: Driver) -> None:
    """The head names the columns that the server returns, in their order, and the parameters that the text has.

    The server refuses a query that asks for a parameter which its head does not name.
    """
    given = queries.bound(query, [f"{name}={example}" for name, example in query.parameters.items()])
    with driver.session(default_access_mode="READ") as session:
        keys = session.run(query.text, {**given, "structure": "no structure has this name"}).keys()
    statement = re.sub(r"//.*|'[^']*'", "", query.text)  # no query has slashes or a quote in a string
    assert (query.columns, set(query.parameters)) == (tuple(keys), set(re.findall(r"\$(\w+)", statement)))


HEAD = """\
// Title
// What it answers: which,
//   and why
// Parameters: $structure (its name (or id); as x)
//   $without (ids; as [a, b])
// Columns: practice, found,
//   path,
//   a_1
//   found, path: prose, with commas; too, many
// What it misses: nothing
RETURN 1
"""


def test_a_head() -> None:
    """Lists end where their lines say so; prose after them is none of it."""
    query = queries.parse("q", HEAD)
    assert (query.title, dict(query.parameters), query.columns) == (
        "Title", {"structure": "x", "without": "[a, b]"}, ("practice", "found", "path", "a_1"),
    )  # fmt: skip
    assert dict(query.sections) == {
        "What it answers": "which, and why",
        "Parameters": "$structure (its name (or id); as x) $without (ids; as [a, b])",
        "Columns": "practice, found, path, a_1 found, path: prose, with commas; too, many",
        "What it misses": "nothing",
    }


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("// Title\n", "", "the first line is no title"),
        ("// Columns: practice, found,\n//   path,\n//   a_1\n", "", "the head lacks Columns"),
        ("// What it misses: nothing", "// What it misses:", "the head lacks What it misses"),
        ("// What it misses: nothing", "// What it answers: x", "the head has What it answers twice"),
        ("practice, found,", "practice, what was found,", 'Columns: "what was found" is no name'),
        ("practice, found,", "practice; found,", 'Columns: "practice; found" is no name'),
        ("practice, found,", "path, found,", 'Columns: "path" is no name of a column that is new'),
        ("practice, found,", "practice,, found,", 'Columns: "" is no name'),
        (
            "//   a_1\n//   found, path: prose, with commas; too, many",
            "//   found: so",
            'Columns: "found: so" is no name',
        ),
        ("; as [a, b])", "; as [a, b]), and more", 'Parameters: "$without (ids; as [a, b]), and more" is none'),
        ("$without (ids; as", "$structure (ids; as", 'Parameters: "$structure (ids; as [a, b])" is none that is new'),
        ("$without (ids; as [a, b])", "$without (ids)", 'Parameters: "$without (ids)" is none'),
    ],
)
def test_a_wrong_head(right: str, wrong: str, said: str) -> None:
    """Each mistake is told, with the file and the words that are wrong."""
    assert right in HEAD
    with pytest.raises(ValueError, match=f"^q.cypher: .*{re.escape(said)}"):
        queries.parse("q", HEAD.replace(right, wrong))


@pytest.mark.parametrize(
    ("example", "text", "value"),
    [("25", "50", 50), ("2.5", "3", 3.0), ("true", "false", False), ("2026-11-24", "2024-01-31", "2024-01-31")],
)
def test_values_have_the_type_of_the_example(example: str, text: str, value: object) -> None:
    query = queries.Query("q", "Q", {}, {"x": example}, (), "")
    assert str(queries.bound(query, [f"x={text}"])["x"]) == str(value)
    with pytest.raises(DatabaseError, match="is not written as"):
        queries.bound(query, ["x=much"])
