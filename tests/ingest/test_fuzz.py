"""Whatever a file holds, reading it gives a structure or a list of problems."""
# ruff: noqa: E501  messages and inputs stand here as they are

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownergraph.ingest import InputError, Structure, read
from ownergraph.ingest.templates import yaml_template

WITHIN = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEMPLATE = yaml_template()
PIECES = ["{", "}", "[", "]", ": ", "- ", "\n", "\t", "*a", "&a ", "!!x ", ">", "|", '"', "'", "%", "#", "null", "unknown",
          "\x00", "\ufeff", "é", "9" * 400, "1e999", "-", "share: 101%", "<<: ", "---\n", "? ", "id: [a]", "\u2028"]  # fmt: skip


def survives(path: Path) -> None:
    found: Structure | InputError
    try:
        found = read([path])
    except InputError as error:
        found = error
    told = found.problems if isinstance(found, InputError) else ["a structure"]
    assert isinstance(found, InputError | Structure)
    assert [problem for problem in told if not problem or "\n" in problem] == []
    assert told


@WITHIN
@given(st.binary(max_size=300), st.sampled_from(["a.yaml", "a.json", "owns.csv", "owns.parquet", "a.xlsx"]))
def test_bytes(tmp_path: Path, data: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(data)
    survives(tmp_path / name)


@WITHIN
@given(st.text(max_size=300), st.sampled_from(["a.yaml", "a.json", "entities.csv", "owns.csv"]))
def test_text(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", errors="replace")
    survives(tmp_path / name)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = TEMPLATE
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        until = min(len(text), at + draw(st.integers(0, 12)))
        text = text[:at] + draw(st.sampled_from(PIECES)) + text[until:]
    return text


@WITHIN
@given(mutated())
def test_mutated_yaml(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    survives(tmp_path / "a.yaml")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(PIECES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@WITHIN
@given(st.dictionaries(st.sampled_from(["id", "kind", "owner", "owned", "share", "roles", "licensed_in", "complete",
                                        "held_by", "valid_from", "npi", "share_unit", "shares_held"]), VALUES, max_size=8),
       st.sampled_from(["entities", "owns", "complete", "assumptions", "notes", "as_of", "structure"]))  # fmt: skip
def test_values_of_any_shape(tmp_path: Path, row: dict[str, object], section: str) -> None:
    import json

    (tmp_path / "a.json").write_text(json.dumps({section: [row], "notes": row}, allow_nan=True))
    survives(tmp_path / "a.json")
    (tmp_path / "a.yaml").write_text(json.dumps({section: row}, allow_nan=True))
    survives(tmp_path / "a.yaml")
