"""Small structures, and the program run inside this process and as one of its own."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import ownergraph
from ownergraph.cli.app import program

FOUND = """\
structure: Coastal deal
as_of: 2026-11-24
complete: [licenses, agreements]
entities:
  - {id: lopez, name: Dr. Ana Lopez, kind: physician, licensed_in: NY}
  - {id: coastal_pc, name: "Coastal Medical, PC", kind: practice, form: PC, operates_in: [NY], exempt_as: []}
  - {id: coastal_labs, name: Coastal Labs, kind: laboratory}
  - {id: summit, name: Summit MSO, kind: mso}
  - {id: fund_iii, name: Fund III, kind: private_equity}
owns:
  - {owner: lopez, owned: coastal_pc, share: "100%"}
  - {owner: fund_iii, owned: summit, share: "80%"}
manages:
  - {id: msa, manager: summit, managed: coastal_pc, fee_basis: pct_collections, fee_pct: 12}
"""
UNDECIDED = FOUND.replace("fee_basis: pct_collections, fee_pct: 12", "fee_reset_to_income: false")
CLEAR = FOUND.replace("fee_basis: pct_collections, fee_pct: 12", "fee_basis: fixed, fee_reset_to_income: false")


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the working folder too, with found.yaml, undecided.yaml and clear.yaml."""
    for name, text in (("found", FOUND), ("undecided", UNDECIDED), ("clear", CLEAR)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


Run = Callable[..., Result]


@pytest.fixture
def run(files: Path) -> Run:
    """Run the program in this process. Its exit is the only exception that may leave it."""

    def runs(*arguments: str) -> Result:
        result = CliRunner().invoke(program(), list(arguments))
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return runs


Start = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def start(files: Path) -> Start:
    """Run the program as a process of its own, with its output piped."""

    def starts(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
        root = str(Path(ownergraph.__file__).parents[1])
        return subprocess.run(
            [sys.executable, "-m", "ownergraph.cli.app", *arguments],
            capture_output=True, check=False, cwd=files, env={**os.environ, "PYTHONPATH": root, **environment},
        )  # fmt: skip

    return starts
