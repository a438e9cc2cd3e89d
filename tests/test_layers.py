"""Imports point downwards only, and small start-up stays small."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "ownergraph"
LAYERS = ["model", "ingest", "graph", "law", "analysis", "rules", "audit", "report", "graphdb", "cli"]
"""From the ground up; a layer imports itself and what is below it."""
FILES = sorted(ROOT.rglob("*.py"))


def imports(path: Path) -> list[str]:
    """Every module of ours that a file imports, at the top or inside functions."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.append(node.module)
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path}: relative import"
    return [name for name in found if name.startswith("ownergraph")]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    parts = path.relative_to(ROOT).parts
    if parts[0] not in LAYERS:  # the package itself: the facade over all layers
        return
    here = LAYERS.index(parts[0])
    up = {
        name
        for name in imports(path)
        if len(name.split(".")) > 1 and name.split(".")[1] in LAYERS and LAYERS.index(name.split(".")[1]) > here
    }
    # the report and the database stand beside each other
    up |= {name for name in imports(path) if parts[0] == "graphdb" and name.startswith("ownergraph.report")}
    # the facade and the version are above all and beside all
    facade = {n for n in imports(path) if n in {"ownergraph.api"} and parts[0] != "cli"}
    assert up | facade == set()


@pytest.mark.parametrize("path", sorted((ROOT / "rules").glob("*/*.py")), ids=lambda p: p.stem)
def test_rules_do_not_import_each_other(path: Path) -> None:
    own = {f"ownergraph.rules.{p.name}" for p in (ROOT / "rules").iterdir() if p.is_dir()}
    # what a family shares stands in modules of its own, whose names start with an underscore
    rules = [name for name in imports(path) if any(name.startswith(family) for family in own)]
    shared = f"ownergraph.rules.{path.parent.name}._"
    assert [name for name in rules if not name.startswith(shared)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_modules_stay_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 400
