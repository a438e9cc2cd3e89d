"""Every fixture of every rule gives exactly the results written next to it."""

import json
from pathlib import Path
from typing import Any

import pytest

import ownergraph
from ownergraph.audit.results import Result

FIXTURES = Path(__file__).parents[2] / "fixtures" / "rules"
FILES = sorted(FIXTURES.glob("*/*.yaml"))


def shown(result: Result) -> dict[str, Any]:
    """A result as fixtures write it."""
    return {
        "id": result.id,
        "outcome": result.outcome,
        "severity": result.severity,
        "message": result.message,
        "evidence": [item.row for item in result.evidence],
        "questions": [question.text for question in result.questions],
    }


def actual(file: Path) -> dict[str, Any]:
    """What the rule that the folder names says of a fixture."""
    report = ownergraph.load(file).audit(rules=[file.parent.name])
    return {"results": [shown(r) for r in report.results], "not_found": report.counts.not_found}


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_fixture(file: Path) -> None:
    """The whole answer of the rule is the expected one, and of the kind that the file's name says."""
    expected = json.loads(file.with_suffix(".expect.json").read_text(encoding="utf-8"))
    found = actual(file)
    assert expected == found
    outcomes = [result["outcome"] for result in found["results"]]
    kind = file.stem.split("_")[0] if not file.stem.startswith("not_found") else "not_found"
    match kind:
        case "found":
            assert outcomes
            assert set(outcomes) == {"found"}
        case "not_found":
            assert not outcomes
            assert found["not_found"] >= 1
        case "undecided":
            assert outcomes
            assert set(outcomes) == {"undecided"}
            assert all(result["questions"] for result in found["results"])
        case _:
            pytest.fail(f"{file.name}: fixtures are named found_*, not_found_* or undecided_*")


def test_there_are_fixtures() -> None:
    """Expected results without a structure are left over from a file that was renamed."""
    assert FILES
    stray = [
        file.name
        for file in FIXTURES.glob("*/*.expect.json")
        if not file.with_name(file.name.replace(".expect.json", ".yaml")).exists()
    ]
    assert stray == []
