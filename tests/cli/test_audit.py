"""ownergraph audit: exit statuses, formats, files written whole or not at all."""

import io
import json
import os
from pathlib import Path

import openpyxl
import pytest

FEE = ("--rule", "FEE-01")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("found.yaml", *FEE), 1),
        (("clear.yaml", *FEE), 0),
        (("undecided.yaml", *FEE), 0),
        (("undecided.yaml", *FEE, "--fail-on-undecided"), 1),
        (("clear.yaml", *FEE, "--fail-on-undecided"), 0),
        (("found.yaml", *FEE, "--fail-on", "critical"), 1),
        (("found.yaml", *FEE, "--fail-on", "info"), 1),
        (("undecided.yaml", *FEE, "--fail-on", "critical", "--fail-on-undecided"), 1),
        (("found.yaml", *FEE, "--no-fail"), 0),
        (("undecided.yaml", *FEE, "--fail-on-undecided", "--no-fail"), 0),
        (("found.yaml", *FEE, "--format", "json"), 1),
        (("found.yaml", *FEE, "--format", "sarif"), 1),
        (("found.yaml", *FEE, "--format", "csv"), 1),
        (("clear.yaml", "--rule", "fee-01", "--family", "fee"), 0),
    ],
)
def test_exit_status(run, arguments: tuple[str, ...], expected: int) -> None:
    assert expected == run("audit", *arguments).exit_code


def test_fail_on_looks_at_the_severity_of_what_is_found() -> None:
    """With findings of medium severity at most, --fail-on high is quiet."""
    from dataclasses import dataclass

    from ownergraph.audit.exit_status import exit_status

    @dataclass
    class One:
        severity: str

    @dataclass
    class All:
        findings: tuple[One, ...]
        undecided: tuple[One, ...]

    report = All((One("medium"), One("low")), (One("critical"),))
    expected = {"info": 1, "low": 1, "medium": 1, "high": 0, "critical": 0}
    assert expected == {level: exit_status(report, level) for level in expected}  # type: ignore[arg-type]
    assert exit_status(report, "high", undecided=True) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("missing.yaml",), "error: missing.yaml: there is no such file; check the path\n"),
        (("found.yaml", "--as-of", "tomorrow"), 'error: --as-of: "tomorrow" is not a date; write it as 2026-11-24\n'),
        (("found.yaml", "--rule", "FEE-91"), "error: no rule or family FEE-91; did you mean "),
        (("found.yaml", "--family", "PHONE"), "error: no rule or family PHONE"),
        (("found.yaml", "--format", "docx"), "'docx' is not one of 'text', 'json', 'sarif', 'csv', 'xlsx'"),
        (("found.yaml", "--min-severity", "huge"), "'huge' is not one of"),
        (("found.yaml", "--fail-on", "huge"), "'huge' is not one of"),
        (("found.yaml", "--threshold", "0"), "Invalid value for '--threshold'"),
        (("found.yaml", "--format", "xlsx"), "error: --format xlsx needs a file: add -o report.xlsx\n"),
        (("found.yaml", "--format", "csv", "--client"), "error: --client is for the text report and the page only"),
        (("found.yaml", "--format", "json", "--privileged"), "error: --privileged is for the text report and"),
        (("found.yaml", "--law", "missing.yaml"), "error: missing.yaml"),
        ((), "Missing argument"),
        (("found.yaml", "--fromat", "csv"), "No such option"),
    ],
)
def test_a_mistake_is_told_and_ends_with_two(run, arguments: tuple[str, ...], told: str) -> None:
    result = run("audit", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert "Traceback" not in result.output


def test_every_problem_of_the_input_is_told_at_once(run, files: Path) -> None:
    (files / "bad.yaml").write_text(
        "entities:\n  - {id: a, kind: practise}\n  - {id: b, kind: organization}\n"
        "owns:\n  - {owner: nobody, owned: b, share: 120%}\n",
        encoding="utf-8",
    )
    result = run("audit", "bad.yaml")
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert all(line.startswith("error: bad.yaml line ") for line in lines)
    assert sorted({int(line.split(" line ")[1].split(",")[0].split(":")[0]) for line in lines}) == [2, 5]


@pytest.mark.parametrize("name", ["text", "json", "sarif", "csv"])
def test_a_file_holds_what_a_pipe_gets(run, files: Path, name: str) -> None:
    piped = run("audit", "found.yaml", *FEE, "--format", name)
    written = run("audit", "found.yaml", *FEE, "--format", name, "-o", "report.out")
    assert (piped.exit_code, written.exit_code, written.output) == (1, 1, "")
    assert piped.stdout_bytes == (files / "report.out").read_bytes()


def test_json_and_sarif_can_be_read(run) -> None:
    found = json.loads(run("audit", "found.yaml", *FEE, "--format", "json").stdout)["findings"]
    results = json.loads(run("audit", "found.yaml", *FEE, "--format", "sarif").stdout)["runs"][0]["results"]
    assert ["FEE-01/coastal_pc/NY/summit"] == [r["id"] for r in found] == [r["properties"]["id"] for r in results]


def test_a_workbook_is_written(run, files: Path) -> None:
    assert run("audit", "found.yaml", *FEE, "--format", "xlsx", "-o", "report.xlsx").exit_code == 1
    book = openpyxl.load_workbook(io.BytesIO((files / "report.xlsx").read_bytes()))
    assert book["Findings"]["A2"].value == "FEE-01/coastal_pc/NY/summit"


def test_a_file_is_replaced_whole(run, files: Path) -> None:
    out = files / "report.txt"
    out.write_text("old", encoding="utf-8")
    before = set(files.iterdir())
    run("audit", "clear.yaml", *FEE, "-o", "report.txt")
    assert out.read_text(encoding="utf-8").startswith("0 found")
    assert before == set(files.iterdir())  # no temporary file is left


def test_nothing_is_written_where_the_input_is_bad(run, files: Path) -> None:
    (files / "report.txt").write_text("old", encoding="utf-8")
    before = set(files.iterdir())
    assert run("audit", "missing.yaml", "-o", "report.txt").exit_code == 2
    assert ("old", before) == ((files / "report.txt").read_text(encoding="utf-8"), set(files.iterdir()))


@pytest.mark.parametrize("target", ["no/such/folder/report.txt", "."])
def test_a_place_that_cannot_be_written(run, files: Path, target: str) -> None:
    before = set(files.iterdir())
    result = run("audit", "found.yaml", *FEE, "-o", target)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {target}: cannot be written: ")
    assert before == set(files.iterdir())


def test_a_folder_that_may_not_be_written(run, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files / "locked"
    folder.mkdir(mode=0o500)
    if os.geteuid() == 0:  # the superuser may write anywhere: the system's refusal is played

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("tempfile.mkstemp", refuse)
    result = run("audit", "found.yaml", *FEE, "-o", "locked/report.txt")
    assert result.exit_code == 2
    assert "locked/report.txt: cannot be written: Permission denied" in result.stderr


def test_a_failure_while_writing_leaves_the_old_file(run, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    (files / "report.txt").write_text("old", encoding="utf-8")
    before = set(files.iterdir())
    monkeypatch.setattr(Path, "replace", full)
    result = run("audit", "found.yaml", *FEE, "-o", "report.txt")
    assert (result.exit_code, result.stderr) == (2, "error: report.txt: cannot be written: No space left on device\n")
    assert ("old", before) == ((files / "report.txt").read_text(encoding="utf-8"), set(files.iterdir()))


def test_min_severity_leaves_out_what_is_below(run, files: Path) -> None:
    text = run("audit", "found.yaml", "--format", "json", "--min-severity", "critical").stdout
    made = json.loads(text)
    assert {"critical"} == {r["severity"] for r in made["findings"]}


def test_a_client_copy_has_no_severities(run) -> None:
    text = run("audit", "found.yaml", *FEE, "--client", "--privileged").stdout
    assert text.startswith("PRIVILEGED AND CONFIDENTIAL. ATTORNEY WORK PRODUCT. DRAFT.\n")
    assert "[critical]" not in text
    assert "[critical]" in run("audit", "found.yaml", *FEE).stdout


def test_a_fault_of_a_rule_is_no_mistake_of_the_user(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from ownergraph.api import Graph
    from ownergraph.cli.app import program

    def broken(*_: object, **__: object) -> None:
        raise KeyError("column")

    monkeypatch.setattr(Graph, "audit", broken)
    result = CliRunner().invoke(program(), ["audit", "found.yaml"])
    assert isinstance(result.exception, KeyError)
