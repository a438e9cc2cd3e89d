"""The program as a process of its own: plain pipes, no tracebacks, the same bytes every time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ownergraph.cli.app import COMMANDS, program

FORMATS = ("text", "json", "sarif", "csv", "xlsx")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_input_gives_the_same_bytes(start, files: Path, name: str) -> None:
    made = []
    for seed in ("0", "1", "4242"):
        done = start("audit", "found.yaml", "--format", name, "-o", "report.out", PYTHONHASHSEED=seed)
        assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
        made.append((files / "report.out").read_bytes())
    assert made[0] == made[1] == made[2]


def test_a_page_is_the_same_every_time(start) -> None:
    made = {start("show", "coastal_pc", "found.yaml", PYTHONHASHSEED=seed).stdout for seed in ("0", "1", "4242")}
    assert len(made) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("audit", "found.yaml"), ("audit", "missing.yaml"), ("show", "coastal_pc", "found.yaml"), ("rules",),
        ("rules", "FEE-01"), ("check", "found.yaml"), ("--help",), ("audit", "--help"),
    ],
)  # fmt: skip
def test_a_pipe_has_no_colors(start, arguments: tuple[str, ...]) -> None:
    done = start(*arguments)
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 1, 2)


@pytest.mark.parametrize("arguments", [("audit", "odd.yaml"), ("show", "coastal_pc", "odd.yaml")])
def test_a_locale_without_the_letters(start, files: Path, arguments: tuple[str, ...]) -> None:
    text = (files / "found.yaml").read_text(encoding="utf-8").replace("Dr. Ana Lopez", "Dr. Ana López 中")
    (files / "odd.yaml").write_text(text, encoding="utf-8")
    expected = start(*arguments)
    done = start(*arguments, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C", PYTHONCOERCECLOCALE="0")
    assert (expected.returncode, expected.stdout, b"") == (done.returncode, done.stdout, done.stderr)


def test_a_reader_that_leaves_early(start, files: Path) -> None:
    import subprocess
    import sys

    import ownergraph

    root = str(Path(ownergraph.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-m", "ownergraph.cli.app", "schema"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=files, env={"PYTHONPATH": root},
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_the_number_of_threads_changes_nothing(start) -> None:
    """Small inputs are read in one thread unless the environment says otherwise; the report is the same."""
    one = start("audit", "found.yaml")
    many = start("audit", "found.yaml", POLARS_MAX_THREADS="4", OPENBLAS_NUM_THREADS="4")
    assert (one.returncode, one.stdout, one.stderr) == (many.returncode, many.stdout, many.stderr)


PREPARE = """
import os, sys
from pathlib import Path
from ownergraph.cli.common import prepare
prepare([Path(name) for name in sys.argv[1:]])
print(os.environ.get("POLARS_MAX_THREADS"), os.environ.get("OPENBLAS_NUM_THREADS"))
"""


@pytest.mark.parametrize(
    ("names", "given", "expected"),
    [
        (["found.yaml"], {}, "1 1"),
        (["found.yaml", "clear.yaml"], {"POLARS_MAX_THREADS": "3"}, "3 1"),
        (["large.csv"], {}, "None None"),
        (["found.yaml", "large.csv"], {}, "None None"),
        (["."], {}, "None None"),
        (["missing.yaml"], {}, "None None"),
    ],
)
def test_one_thread_for_small_files_only(files: Path, names: list[str], given: dict[str, str], expected: str) -> None:
    (files / "large.csv").write_bytes(b"x" * (1 << 20) + b"y")
    without = {k: v for k, v in os.environ.items() if k not in ("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", PREPARE, *names],
        check=False,
        env={**without, **given},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.stdout.strip(), done.stderr) == (expected, "")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_alone_tells_the_same(name: str) -> None:
    """The program with only the command that is called differs in nothing from the whole."""
    run = CliRunner()
    for arguments in ([name, "--help"], [name, "--no-such-option"]):
        alone, whole = run.invoke(program([name]), arguments), run.invoke(program(), arguments)
        assert (whole.exit_code, whole.output) == (alone.exit_code, alone.output)


def test_a_misspelt_command_is_told_of_all(tmp_path: Path) -> None:
    """Where no command is named rightly, every one is known: near names are found, and help lists them all."""
    command = [sys.executable, "-m", "ownergraph.cli.app"]
    misspelt = subprocess.run([*command, "audti"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert misspelt.returncode == 2
    assert "audit" in misspelt.stderr
    listed = subprocess.run([*command, "--help"], capture_output=True, text=True, check=False, cwd=tmp_path).stdout
    assert [name for name in COMMANDS if f" {name} " not in listed] == []
