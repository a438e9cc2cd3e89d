"""The other commands: what they print, and what they say of mistakes."""

import json
from pathlib import Path

import pytest

from ownergraph.report.formats import report_schema
from ownergraph.report.rules import explain, table
from ownergraph.rules.api import all_rules
from ownergraph.version import VERSION


def test_version(run) -> None:
    assert (0, f"ownergraph {VERSION}\n") == ((result := run("--version")).exit_code, result.stdout)


def test_check_counts_what_is_there(run) -> None:
    result = run("check", "found.yaml")
    assert result.exit_code == 0
    assert result.stdout.startswith("OK: 5 entities, 2 owns, 1 manages, 1 licensed_in, 1 operates_in")


def test_show_finds_by_name_and_by_id(run) -> None:
    by_name, by_id = run("show", "coastal medical, pc", "found.yaml"), run("show", "coastal_pc", "found.yaml")
    assert (by_name.exit_code, by_id.exit_code) == (0, 0)
    assert by_name.stdout == by_id.stdout
    assert by_id.stdout.startswith("Coastal Medical, PC\n===================\n")


def test_show_never_chooses_among_several(run) -> None:
    result = run("show", "coastal", "found.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        'error: "coastal" may be any of 2; give the id of the one you mean:\n'
        "  coastal_labs: Coastal Labs (organization)\n"
        "  coastal_pc: Coastal Medical, PC (organization)\n"
    )


def test_show_suggests_what_comes_near(run) -> None:
    result = run("show", "Sumit MSO", "found.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert 'nobody in the input is called "Sumit MSO"; did you mean summit mso' in result.stderr


def test_show_with_a_bad_date(run) -> None:
    assert run("show", "summit", "found.yaml", "--as-of", "2026-02-30").exit_code == 2


def test_rules_are_listed(run) -> None:
    result = run("rules")
    assert (0, table(list(all_rules().values())) + "\n") == (result.exit_code, result.stdout)


@pytest.mark.parametrize("code", ["FEE-01", "fee-01"])
def test_a_rule_is_explained(run, code: str) -> None:
    result = run("rules", code)
    assert (0, explain(all_rules()["FEE-01"]) + "\n") == (result.exit_code, result.stdout)


def test_an_unknown_rule(run) -> None:
    result = run("rules", "FEE-91")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: no rule or family FEE-91; did you mean ")
    assert "FEE-01" in result.stderr


@pytest.mark.parametrize("name", ["deal.yaml", "deal.xlsx"])
def test_a_template_passes_the_check(run, files: Path, name: str) -> None:
    made = run("new", name)
    assert (0, f"{name} written; fill it in, then run: ownergraph check {name}\n") == (made.exit_code, made.stdout)
    assert run("check", name).exit_code == 0


def test_a_template_never_overwrites(run, files: Path) -> None:
    before = (files / "found.yaml").read_bytes()
    result = run("new", "found.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == ("error: found.yaml: is there already; name another file, or add --force to overwrite it\n")
    assert before == (files / "found.yaml").read_bytes()
    assert run("new", "found.yaml", "--force").exit_code == 0
    assert before != (files / "found.yaml").read_bytes()


def test_a_template_of_no_known_kind(run) -> None:
    assert run("new", "deal.docx").exit_code == 2


def test_schemas(run, files: Path) -> None:
    assert "properties" in json.loads(run("schema").stdout)
    assert report_schema() == json.loads(run("schema", "report").stdout)
    assert json.loads(run("schema", "owns").stdout) == json.loads(run("schema", "OWNS").stdout)
    assert run("schema", "report", "-o", "report.schema.json").exit_code == 0
    assert report_schema() == json.loads((files / "report.schema.json").read_text(encoding="utf-8"))


def test_an_unknown_table(run) -> None:
    result = run("schema", "cows")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith('error: no table "cows"; tables are entities, owns, ')


def test_names_in_problems_are_made_safe(run, files: Path) -> None:
    text = (files / "found.yaml").read_text(encoding="utf-8")
    (files / "odd.yaml").write_text(text.replace("Coastal Labs", '"Coastal \\e[31m Labs"'), encoding="utf-8")
    result = run("show", "coastal", "odd.yaml")
    assert result.exit_code == 2
    assert "\x1b" not in result.output
