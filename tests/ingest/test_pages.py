"""Schemas, templates and the page about inputs are in step with the models, and with the reader."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ownergraph.ingest import read
from ownergraph.ingest.input_page import input_page
from ownergraph.ingest.nodes import Items, Node, Scalar, parse_yaml
from ownergraph.ingest.templates import cell_text, xlsx_template, yaml_template
from ownergraph.model import TABLES
from ownergraph.model.schemas import schema_files, structure_schema, table_schema, write_schemas

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = sorted(ROOT.glob("fixtures/**/*.yaml"))


def as_editors_see(node: Node) -> Any:
    """The value of YAML 1.2's core schema."""
    if isinstance(node, Scalar):
        text = node.text
        if text is None:
            return None
        if text in ("true", "false"):
            return text == "true"
        if re.fullmatch(r"[-+]?\d+", text):
            return int(text)
        return float(text) if re.fullmatch(r"[-+]?(\d+\.\d*|\.\d+)", text) else text
    if isinstance(node, Items):
        return [as_editors_see(item) for item in node.items]
    return {key: as_editors_see(item) for key, (_, item) in node.pairs.items()}


def problems(text: str) -> list[str]:
    root = parse_yaml(text).root
    assert root is not None
    found = Draft202012Validator(structure_schema()).iter_errors(as_editors_see(root))
    return [f"{error.json_path}: {error.message}"[:300] for error in found]


def test_schema_files_are_in_step(tmp_path: Path) -> None:
    folder = ROOT / "schemas"
    assert {name: (folder / name).read_text() for name in schema_files()} == schema_files()
    tables = {path.relative_to(folder).as_posix() for path in folder.glob("tables/*.json")}
    written = {path.relative_to(tmp_path).as_posix() for path in write_schemas(tmp_path)}
    assert written == tables | {"structure.schema.json"} == set(schema_files())


@pytest.mark.parametrize("schema", [structure_schema(), *map(table_schema, TABLES)], ids=lambda s: s["title"])
def test_schemas_are_schemas(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema


def test_examples_of_the_schema_are_valid() -> None:
    schema = structure_schema()
    assert [list(Draft202012Validator(schema).iter_errors(example)) for example in schema["examples"]] == [[]]


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_fixtures_are_valid(path: Path) -> None:
    assert problems(path.read_text()) == []


def test_schema_refuses_what_the_reader_refuses() -> None:
    text = (
        "entitys: []\nentities: [{id: a, kind: physician}, {id: b, kind: mso, onwer: c}]\n"
        "owns: [{owner: a, owned: b, shares_held: -1}]"
    )
    assert sorted(problems(text)) == [
        "$.entities[0]: 'licensed_in' is a required property",
        "$.entities[1]: Additional properties are not allowed ('onwer' was unexpected)",
        "$.owns[0].shares_held: -1 is not valid under any of the given schemas",
        "$: Additional properties are not allowed ('entitys' was unexpected)",
    ]


def test_templates_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(yaml_template())
    xlsx_template(tmp_path / "template.xlsx")
    one, other = read([tmp_path / "template.yaml"]), read([tmp_path / "template.xlsx"])
    places = ("_file", "_line")
    assert {table: frame.drop(places).to_dicts() for table, frame in one.tables.items()} == {
        table: frame.drop(places).to_dicts() for table, frame in other.tables.items()
    }
    assert problems(yaml_template()) == []


def test_workbook_has_no_formulas(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    xlsx_template(tmp_path / "template.xlsx")
    book = load_workbook(tmp_path / "template.xlsx")
    kinds = {cell.data_type for sheet in book.worksheets for row in sheet.iter_rows() for cell in row}
    assert kinds <= {"s", "n"}
    assert cell_text([]) == "none"


def test_template_cannot_be_written_to_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be written"):
        xlsx_template(tmp_path / "none" / "template.xlsx")


def test_page_is_in_step() -> None:
    assert (ROOT / "docs" / "input.md").read_text() == input_page()


def test_example_of_the_page_can_be_read(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", input_page(), re.S)
    assert found is not None
    (tmp_path / "deal.yaml").write_text(found[1])
    assert read([tmp_path / "deal.yaml"]).tables["owns"].height == 1
