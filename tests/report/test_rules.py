"""Rules as people read them, and docs/rules in step with the code."""

from dataclasses import replace
from pathlib import Path

import pytest

from ownergraph.audit.scores import WEIGHTS
from ownergraph.report.rules import GENERATED, explain, index, page, pages, table, write_pages
from ownergraph.rules.api import HEADINGS, Rule, all_rules

DOCS = Path(__file__).parents[2] / "docs" / "rules"


@pytest.fixture
def fee() -> Rule:
    return all_rules()["FEE-01"]


def test_the_pages_are_in_step() -> None:
    """Write them anew with `python -m ownergraph.report.rules docs/rules`."""
    assert pages() == {path.name: path.read_text(encoding="utf-8") for path in sorted(DOCS.glob("*.md"))}


def test_a_table(fee: Rule) -> None:
    gated = replace(fee, code="CTRL-07", name="some-thing", severity="high", gated=True, basis="heuristic")
    expected = (
        "CODE     SEVERITY  BASIS      WEIGHT  TITLE\n"
        "FEE-01   critical  law                Percentage fee where barred\n"
        "CTRL-07  high*     heuristic  30      Some thing\n"
        "\n"
        "* follows the weight that the state gives to the doctrine: none makes it info, little one less.\n"
        "Weights are those of the control score (heuristic, for triage only)."
    )
    assert expected == table([fee, gated])


@pytest.mark.parametrize("rule", all_rules().values(), ids=lambda rule: rule.code)
def test_every_rule_explains_itself(rule: Rule) -> None:
    text = explain(rule)
    for heading in HEADINGS:
        assert f"\n{heading}\n" in text
        assert f"\n## {heading}\n" in page(rule)
    assert text.startswith(f"{rule.code}  {rule.title}\n")
    assert max(map(len, text.splitlines())) <= 100
    assert not {"{", "}"} & set(text)


def test_weights_gates_and_cells_are_said(fee: Rule) -> None:
    text = " ".join(explain(replace(fee, code="CTRL-07", gated=True, says="{manager} pays {fee_bases}")).split())
    assert f"Weight: {WEIGHTS['CTRL-07']} of 100 in the control score (heuristic, for triage only)." in text
    assert "Severity: critical, scaled by the weight that the state gives to the doctrine" in text
    assert "Cells of the state's row: pct mgmt fee; where one is unverified, the result is undecided." in text
    assert "Says: [manager] pays [fee bases]." in text


def test_authorities_carry_their_verification(fee: Rule) -> None:
    text = " ".join(explain(fee).split())
    assert "8 NYCRR 29.1(b)(3)-(4) (NY): Unprofessional conduct: fee splitting [primary text read]" in text
    assert "None beyond the rule itself." in explain(replace(fee, code="NONE-01", authority=()))


def test_markdown_of_a_page_is_safe(fee: Rule) -> None:
    made = page(replace(fee, text=fee.text.replace("What it finds:", "What it finds: a < b | c *d* e_f", 1)))
    assert "A &lt; b | c \\*d\\* e\\_f" in made


def test_pages_are_written_and_old_ones_taken_away(tmp_path: Path) -> None:
    (tmp_path / "gone-01.md").write_text(GENERATED + "\n", encoding="utf-8")
    (tmp_path / "by-hand.md").write_text("Mine.\n", encoding="utf-8")
    written = write_pages(tmp_path)
    assert sorted([*pages(), "by-hand.md"]) == sorted(path.name for path in tmp_path.iterdir())
    assert sorted(pages()) == sorted(path.name for path in written)


def test_the_index_links_every_page() -> None:
    text = index(all_rules().values())
    for code in all_rules():
        assert f"[{code}]({code.lower()}.md)" in text
