from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownergraph.law import LawError, states, verification
from ownergraph.law.cells import read_cell
from ownergraph.law.columns import COLUMNS

GOOD = """
NJ:
  authority: Opinion of counsel, 2026-10-01
  verification: counsel
  physician_test: at_least
  min_physician_pct: 51
  proxy_ban: true
  allied_professions: [chiropractor, podiatrist]
  officer_exempt: []
"""


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "counsel.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_counsel_wins_and_counts_as_verified(written):
    path = written(GOOD)
    row = states(overlay=path).row(by_predicate=pl.col("state") == "NJ", named=True)
    expected = {
        "physician_test": "at_least",
        "min_physician_pct": 51,
        "proxy_ban": True,
        "allied_professions": ["chiropractor", "podiatrist"],
        "officer_exempt": [],
        "physician_test_verification": "counsel",
        "lay_max_pct": None,
        "lay_max_pct_verification": "unverified",
        "counsel_authority": "Opinion of counsel, 2026-10-01",
    }
    assert {name: row[name] for name in expected} == expected
    assert verification("NJ", "proxy_ban", overlay=path) == "counsel"


def test_other_states_are_untouched(written):
    others = pl.col("state") != "NJ"
    assert states(overlay=written(GOOD)).filter(others).equals(states().filter(others))


def test_every_error_at_once_naming_file_state_column_value_and_what_is_allowed(written):
    path = written("""
XX: {authority: a, verification: counsel, cpom: weak}
CA:
  verification: mine
  cpom: heavy
  cpom_weight: 7
  proxy_ban: maybe
  forms_allowed: [PC, GmbH]
  weather: fine
  lay_max_pct:
TX: 5
""")
    with pytest.raises(LawError) as caught:
        states(overlay=path)
    messages = caught.value.messages
    assert [message.removeprefix(f"{path}: ").split(";")[0] for message in messages] == [
        '"XX" is no state',
        "CA: authority is missing",
        'CA: verification is "mine"',
        'CA: cpom is "heavy"',
        'CA: cpom_weight is "7"',
        'CA: proxy_ban is "maybe"',
        "CA: forms_allowed is \"['PC', 'GmbH']\"",
        'CA: "weather" is no column',
        "CA: lay_max_pct has no value",
        'TX is "5"',
    ]
    assert messages[3].endswith("allowed: none, weak, moderate, strong")
    assert messages[4].endswith("allowed: a whole number from 0 to 3")


@pytest.mark.parametrize("text", ["", "- a list", "CA: {cpom: [", "5"])
def test_a_file_that_is_no_table_of_states(written, text):
    with pytest.raises(LawError):
        states(overlay=written(text))


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(LawError, match="cannot be read"):
        states(overlay=tmp_path / "none.yaml")


def test_a_repeated_state_is_refused(written):
    again = "CA: {authority: a, verification: counsel, cpom: weak}\n"
    with pytest.raises(LawError, match='line 2: "CA" is given twice'):
        states(overlay=written(again + again))


closed = [column for column in COLUMNS if column.type in ("word", "words", "flag")]


@given(st.sampled_from(closed), st.text(max_size=12))
def test_only_listed_words_are_good(column, text):
    value, good = read_cell(column, text)
    words = {part.strip() for part in text.split(";")} - {"", "none"}
    if good and value is not None and column.type != "flag" and text != "any_licensed":
        assert words - set(column.allowed) == set()


@given(st.data())
def test_lists_of_allowed_words_read_back_the_same(data):
    column = data.draw(st.sampled_from([column for column in closed if column.type == "words"]))
    chosen = data.draw(st.lists(st.sampled_from(column.allowed), unique=True))
    assert read_cell(column, list(chosen)) == (tuple(chosen), True)


def test_the_example_of_the_documentation(written):
    text = (Path(__file__).parents[2] / "docs" / "law.md").read_text(encoding="utf-8")
    frame = states(overlay=written(text.split("```yaml\n")[1].split("```")[0]))
    california = frame.row(by_predicate=pl.col("state") == "CA", named=True)
    assert (california["pct_mgmt_fee"], california["pct_mgmt_fee_verification"]) == ("allowed_fmv", "counsel")


def test_the_documentation_names_every_deciding_column():
    text = (Path(__file__).parents[2] / "docs" / "law.md").read_text(encoding="utf-8")
    assert [column.name for column in COLUMNS if column.deciding and f"| `{column.name}` |" not in text] == []
