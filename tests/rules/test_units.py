"""A rule is a whole unit: text, fixtures of three kinds, a page, known authorities and columns of law."""

import re
from pathlib import Path

import pytest

from ownergraph.law import authorities, rule_authorities, states
from ownergraph.rules.api import HEADINGS, SEVERITIES, Rule, all_rules

ROOT = Path(__file__).parents[2]
RULES = list(all_rules().values())
KINDS = ("found", "not_found", "undecided")

every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


@every_rule
def test_text(rule: Rule) -> None:
    """The docstring has every heading, in order, none of them empty or left as the scaffold wrote it."""
    assert tuple(name for name in rule.sections if name) == HEADINGS
    assert rule.sections[""]
    empty = [name for name, text in rule.sections.items() if not text or "TODO" in text]
    assert empty == []


@every_rule
def test_identity(rule: Rule) -> None:
    """Code, name, module and the other facts of the rule agree with each other."""
    assert re.fullmatch(r"[A-Z]+(-[A-Z]+)?-\d{2}|[A-Z]{2}-\d{3}-\d{2}", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    module = rule.cases.__module__.rsplit(".", 1)[1]
    assert module == f"{rule.code}_{rule.name}".lower().replace("-", "_")
    assert rule.severity in SEVERITIES
    assert rule.says
    assert "TODO" not in rule.says
    assert "violat" not in rule.says.lower()
    assert not set(rule.subject) & set(rule.parties)


@every_rule
@pytest.mark.parametrize("kind", KINDS)
def test_fixtures(rule: Rule, kind: str) -> None:
    """There is a fixture of each kind with its expected results: no rule is without a case in which it fires."""
    files = sorted((ROOT / "fixtures" / "rules" / rule.code).glob(f"{kind}_*.yaml"))
    assert files, f"write fixtures/rules/{rule.code}/{kind}_<what>.yaml"
    assert [f.name for f in files if not f.with_suffix(".expect.json").exists()] == []


@every_rule
def test_page(rule: Rule) -> None:
    """The page in docs/rules is there; `test_docs` compares it with the rule."""
    page = ROOT / "docs" / "rules" / f"{rule.code.lower()}.md"
    assert page.exists(), f"generate docs/rules/{rule.code.lower()}.md"


@every_rule
def test_authorities(rule: Rule) -> None:
    """There is an authority, and every one of them is known to the law tables."""
    named = rule.authority or rule_authorities(rule.code)
    assert named, f"{rule.code} rests on no authority: add it to law/data/rule_authorities.csv"
    assert [one for one in named if one not in authorities()] == []


@every_rule
def test_law_columns(rule: Rule) -> None:
    """Cells that decide are columns of the table of states, which can be withheld where unverified."""
    columns = set(states().columns)
    assert [name for name in rule.law if name not in columns or f"{name}_stated" not in columns] == []


def test_fixture_folders() -> None:
    """No folder of fixtures belongs to a rule that does not exist."""
    folders = {folder.name for folder in (ROOT / "fixtures" / "rules").iterdir() if folder.is_dir()}
    assert folders - set(all_rules()) == set()
