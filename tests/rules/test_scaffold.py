"""What the scaffold writes is a rule that loads, is refused by the tests of rules, and overwrites nothing."""

import importlib.util
from pathlib import Path

import pytest

import ownergraph
from ownergraph.rules.api import HEADINGS, Rule, all_rules
from ownergraph.rules.scaffold import KINDS, main, parts, write


def _rule(path: Path) -> Rule:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[path.stem] = module  # a rule reads its text from there
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return next(value for value in vars(module).values() if isinstance(value, Rule))


def test_parts_load_and_are_unfinished(tmp_path: Path) -> None:
    written = write(tmp_path, "CTRL-99", "some-name")
    module = tmp_path / "ownergraph/rules/ctrl/ctrl_99_some_name.py"
    assert module in written
    rule = _rule(module)
    assert (rule.code, rule.name) == ("CTRL-99", "some-name")
    assert tuple(name for name in rule.sections if name) == HEADINGS
    # what test_units refuses: TODO under every heading and in the sentence
    assert all("TODO" in rule.sections[name] for name in HEADINGS)
    assert "TODO" in rule.says


@pytest.mark.parametrize("kind", KINDS)
def test_fixtures_are_valid_and_unfinished(tmp_path: Path, kind: str) -> None:
    write(tmp_path, "CTRL-99", "some-name")
    fixture = tmp_path / f"fixtures/rules/CTRL-99/{kind}_todo.yaml"
    assert ownergraph.load(fixture).entities.height == 2
    assert "TODO" in fixture.with_suffix(".expect.json").read_text()


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["CTRL-99", "some-name", "--root", str(tmp_path)]) == 0
    assert "Fill in every TODO" in capsys.readouterr().out
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert main(["CTRL-99", "other-name", "--root", str(tmp_path)]) == 2
    assert "is taken" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("code", "name"), [("ctrl-30", "x"), ("CTRL-3", "x"), ("CTRL30", "x"), ("CTRL-30", "Some Name")]
)
def test_wrong_words(tmp_path: Path, code: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([code, name, "--root", str(tmp_path)]) == 2
    assert "write" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_names_are_those_of_the_rules() -> None:
    root = Path(ownergraph.__file__).parents[1]
    for rule in all_rules().values():
        assert (root / next(iter(parts(rule.code, rule.name)))).exists(), rule.code
