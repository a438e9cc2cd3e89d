"""Files that scripts write are in step with them; the lock holds hashes and no addresses."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_platform() -> None:
    spec = importlib.util.spec_from_file_location("make_platform", ROOT / "fixtures/make_platform.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.platform() == (ROOT / "fixtures/platform.yaml").read_text(), "run python fixtures/make_platform.py"


def test_lock_has_hashes_and_no_addresses() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert [] == re.findall(r"https?://|index-url|@ file", text)
    pins = re.findall(r"^([a-z0-9._-]+)==[^\s;]+(?: ; .*?)? \\$", text, flags=re.MULTILINE)
    assert sorted(pins) == sorted(re.findall(r"^([a-z0-9._-]+)==", text, flags=re.MULTILINE))
    for block in re.split(r"\n(?=[a-z0-9])", text.strip()):
        assert "--hash=sha256:" in block, block[:60]


@pytest.mark.parametrize("name", ["friendly_pc", "captive_pc", "ring", "oregon_two_class", "physician_owned_mso"])
def test_readme_fixtures_audit(name: str) -> None:
    """Every bundled structure goes through the whole program; findings give 1, none give 0."""
    path = ROOT / "fixtures" / f"{name}.yaml"
    run = subprocess.run(
        [sys.executable, "-m", "ownergraph.cli.app", "audit", str(path)], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.returncode == (0 if name == "friendly_pc" else 1)


def test_friendly_structure_has_nothing_open() -> None:
    import ownergraph

    report = ownergraph.load(ROOT / "fixtures/friendly_pc.yaml").audit()
    assert report.results == ()
    assert {check.answer for check in report.checklist} == {"yes"}


def test_the_example_of_the_readme(tmp_path: Path) -> None:
    """The structure that the README shows: who controls, and that the owner can be replaced."""
    import ownergraph

    found = re.search(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found is not None
    path = tmp_path / "deal.yaml"
    path.write_text(found[1], encoding="utf-8")
    report = ownergraph.load(path).audit()
    assert [("coastal_pc", "CA", "found")] == [(a.practice, a.state, a.answer) for a in report.controls]
    replaced = [(c.answer, c.because) for c in report.checklist if c.point.startswith("Owner cannot be replaced")]
    assert [("no", ("a right over its votes",))] == replaced
