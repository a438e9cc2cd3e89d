"""Court cases: each YES is found, by the right mechanism; no NO is found; the page is in step."""

import importlib.util
import json
from pathlib import Path

import pytest

import ownergraph

ROOT = Path(__file__).parent.parent
CASES = ROOT / "fixtures/cases"
LABELS = json.loads((CASES / "labels.json").read_text())

_spec = importlib.util.spec_from_file_location("make_cases", ROOT / "docs/make_cases.py")
assert _spec is not None
assert _spec.loader is not None
make_cases = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_cases)


@pytest.mark.parametrize("key", LABELS)
def test_answer(key: str) -> None:
    label = LABELS[key]
    report = ownergraph.load(CASES / f"{key.split('#', maxsplit=1)[0]}.yaml").audit()
    answer = make_cases.ask(report, label["question"])
    if label["court"] == "YES" and label["mechanism"] == "indicators":
        assert answer.answer == "indicators of control"
    elif label["court"] in ("YES", "alleged", "alert"):
        assert answer.answer == "found"
        assert label["mechanism"] in answer.by.split(", ")
    else:  # decided NO, or not decided: nothing may be found
        assert answer.answer in {"not found", "undecided"}


def test_every_structure_has_a_label() -> None:
    assert {p.stem for p in CASES.glob("*.yaml")} == {key.split("#")[0] for key in LABELS}


def test_page_is_in_step() -> None:
    assert (ROOT / "docs/cases.md").read_text() == make_cases.page(), "run python docs/make_cases.py"
