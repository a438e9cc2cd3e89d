"""ownergraph loops: paths drawn, in every format; settings; mistakes."""

import csv
import io
import json
import os
import pty
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import ownergraph
from benchmarks import ledger
from tests.cli.conftest import Run, Start

LOOP = """\
structure: Bay deal
as_of: 2026-11-24
entities:
  - {id: ray, name: Dr. Ray, kind: physician, licensed_in: TX}
  - {id: ann, name: Ann Ray, kind: person}
  - {id: lab, name: Bay Lab, kind: laboratory, dhs: [LAB]}
  - {id: mso, name: Gulf MSO, kind: mso}
owns:
  - {id: o1, owner: ray, owned: mso, share: "40%"}
family_of:
  - {id: f1, person: ann, relative: ray, kinship: spouse}
refers_to:
  - {id: r1, referrer: ray, receiver: lab, period_start: 2025-01-01, period_end: 2025-01-31, count: 120,
     amount_usd: 40000, dhs: LAB, payer_class: medicare}
pays:
  - {id: p1, payer: lab, payee: mso, amount_usd: 5000, paid_on: 2025-02-10, purpose: commission, basis: per_test,
     source: Ledger}
  - {id: p2, payer: lab, payee: ann, amount_usd: 700, paid_on: 2025-01-20, purpose: consulting}
"""
TEXT = """\
1 return path, 0 possible only (a date is missing), 0 on shared-patient counts
Structure: Bay deal. Facts as of 2026-11-24. ownergraph 0.1.0.
Looked for value that comes back in at most 4 hops, at most 120 days from a referral, before or
after the referral.
A path is a link to look into: payments at fair market value for real services come back to those
who refer, too.

1. Dr. Ray refers to Bay Lab
   Value comes back to the referrer itself in 2 hops, after the referrals (on 2025-02-10); at least
   $5,000 on every step with an amount; every date is recorded.
   Dr. Ray --refers to (120 LAB medicare, $40,000, 2025-01-01 to 2025-01-31)--> Bay Lab --pays
     $5,000 (commission, per test, on 2025-02-10) to--> Gulf MSO <--owns 40%-- Dr. Ray
   another path: Dr. Ray --refers to (120 LAB medicare, $40,000, 2025-01-01 to 2025-01-31)--> Bay
     Lab --pays $700 (consulting, on 2025-01-20) to--> Ann Ray --is spouse of--> Dr. Ray
   Recorded in: bay.yaml line 13, 9; Ledger (bay.yaml line 16).
"""


@pytest.fixture
def bay(files: Path) -> Path:
    path = files / "bay.yaml"
    path.write_text(LOOP, encoding="utf-8")
    return path


def test_text(bay: Path, run: Run) -> None:
    result = run("loops", "bay.yaml", "--paths", "3")
    assert (result.exit_code, result.stdout) == (1, TEXT)


def test_json(bay: Path, run: Run) -> None:
    made = json.loads(run("loops", "bay.yaml", "--format", "json").stdout)
    (one,) = made["returns"]
    assert [made["format"], made["hops"], made["window_days"], made["timing"]] == ["ownergraph-loops", 4, 120, "either"]
    assert [one["referrer"], one["receiver"], one["how"], one["hops"], one["certain"], one["order"]] == [
        "ray", "lab", "self", 2, True, "after",
    ]  # fmt: skip
    assert [[step["row"] for step in path] for path in one["paths"]] == [["p1", "o1"]]
    assert made["names"] == {"lab": "Bay Lab", "mso": "Gulf MSO", "ray": "Dr. Ray"}


def test_csv_is_neutralized(files: Path, run: Run) -> None:
    (files / "bay.yaml").write_text(LOOP.replace("name: Dr. Ray", 'name: "=cmd()"'), encoding="utf-8")
    (row,) = csv.DictReader(io.StringIO(run("loops", "bay.yaml", "--format", "csv").stdout))
    assert (row["referrer"], row["receiver"], row["rows"]) == ("'=cmd()", "Bay Lab", "r1 p1 o1")


@pytest.mark.parametrize(
    ("arguments", "hops"),
    [(("--hops", "1"), None), (("--window", "9d"), 2), (("--window", "2w"), 2), (("--min-amount", "6000"), None),
     (("--min-amount", "1000"), 2), (("--from", "Dr. Ray"), 2), (("--timing", "after"), 2)],
)  # fmt: skip
def test_settings(bay: Path, run: Run, arguments: tuple[str, ...], hops: int | None) -> None:
    result = run("loops", "bay.yaml", "--format", "json", *arguments)
    assert [one["hops"] for one in json.loads(result.stdout)["returns"]] == ([] if hops is None else [hops])
    assert result.exit_code == int(hops is not None)


def test_mistakes(bay: Path, start: Start) -> None:
    def told(*arguments: str) -> tuple[int, str]:
        made = start("loops", "bay.yaml", *arguments)
        return made.returncode, made.stderr.decode()

    assert told("--window", "soon") == (
        2, 'error: --window: "soon" is not a number of days; write it as 120d (or 17w, 4m)\n',
    )  # fmt: skip
    assert told("--from", "Dr. Roy") == (2, 'error: nobody in the input is called "Dr. Roy"; did you mean dr. ray?\n')


def test_either_kernel_gives_the_same_report(bay: Path, run: Run) -> None:
    for arguments in ((), ("--format", "json"), ("--paths", "3", "--format", "csv")):
        by = [run("loops", "bay.yaml", *arguments, "--kernel", kernel) for kernel in ("numpy", "compiled", "auto")]
        assert {(1, by[0].stdout)} == {(one.exit_code, one.stdout) for one in by}


def test_the_compiled_kernel_is_not_installed(bay: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    for module in ("kernel", "loops"):
        monkeypatch.delitem(sys.modules, f"ownergraph.analysis.returns_{module}", raising=False)
        monkeypatch.delattr(ownergraph.analysis, f"returns_{module}", raising=False)
    result = run("loops", "bay.yaml", "--kernel", "compiled")
    assert (result.exit_code, result.stdout, result.stderr) == (
        2,
        "",
        "error: --kernel compiled: the compiled search cannot be used (import of numba halted; None in sys.modules); "
        "install it with: pip install 'ownergraph[fast]', or let numpy search, which has the same answers\n",
    )
    assert run("loops", "bay.yaml").exit_code == 1


def test_a_small_input_does_not_load_the_compiler(bay: Path) -> None:
    code = (
        "import sys; from ownergraph.cli.app import main; sys.argv = ['ownergraph', 'loops', 'bay.yaml']\n"
        "try: main()\nexcept SystemExit as end: print(end.code, 'numba' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(ownergraph.__file__).parents[1])}
    made = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert made.stdout.splitlines()[-1] == "1 False"


def test_the_audit_has_both_outputs(bay: Path, run: Run) -> None:
    text = run("audit", "bay.yaml").stdout
    assert "FINANCIAL RELATIONSHIPS OF THOSE WHO REFER DESIGNATED HEALTH SERVICES" in text
    assert "VALUE THAT COMES BACK TO THOSE WHO REFER" in text
    made = json.loads(run("audit", "bay.yaml", "--format", "json").stdout)
    assert [(r["party"], r["kind"], r["direct"]) for r in made["relationships"]] == [
        ("ann", "compensation", True),
    ]  # fmt: skip
    assert [(r["referrer"], r["receiver"], r["hops"]) for r in made["returns"]] == [("ray", "lab", 2)]


# --- a ledger in Parquet ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ledger of the benchmark, a five-hundredth of its size: 16,000 referrals."""
    folder = tmp_path_factory.mktemp("books") / "ledger"
    folder.mkdir()
    ledger.write(folder, 0.002)
    return folder


def linked(folder: Path, hops: int, window: int) -> dict[tuple[str, str], int]:
    """Pairs and their hops, worked out from the tables alone: one search in plain Python for each receiver and day."""
    tables = {name: pl.read_parquet(folder / f"{name}.parquet")
              for name in ("entities", "owns", "employs", "pays", "refers_to")}  # fmt: skip
    flows: dict[str, list[tuple[str, Any]]] = {}
    side: dict[str, set[str]] = {}
    members: dict[str, set[str]] = {}
    for payer, payee, day in tables["pays"].select("payer", "payee", "paid_on").iter_rows():
        flows.setdefault(payer, []).append((payee, day))
    for owner, owned in tables["owns"].select("owner", "owned").iter_rows():
        flows.setdefault(owned, []).append((owner, None))
        side.setdefault(owner, set()).add(owned)
        side.setdefault(owned, set()).add(owner)
        members.setdefault(owned, set()).add(owner)
    for employer, employee in tables["employs"].select("employer", "employee").iter_rows():
        flows.setdefault(employer, []).append((employee, None))
        side.setdefault(employee, set()).add(employer)
        members.setdefault(employer, set()).add(employee)
    for practice in tables["entities"].filter(pl.col("kind") == "practice")["id"]:
        if len(together := members.get(practice, set())) <= 100:
            for one in together:
                side.setdefault(one, set()).update(together)
    found: dict[tuple[str, str], int] = {}
    days = tables["refers_to"].group_by("receiver", "period_start").agg("referrer")
    for v, day, referrers in days.iter_rows():
        depth, front = {v: 0}, [v]
        for level in range(1, hops + 1):
            front = list({
                y for x in front for y, paid in flows.get(x, ())
                if y not in depth and (paid is None or abs(paid - day) <= timedelta(window))
            })  # fmt: skip
            depth |= dict.fromkeys(front, level)
        for u in referrers:
            ends = [depth[p] + (p != u) for p in {u, *side.get(u, ())} if p != v and p in depth]
            if ends and min(ends) <= hops:
                found[u, v] = min(*ends, found.get((u, v), hops))
    return found


@pytest.mark.parametrize(("hops", "window"), [(4, 120), (3, 30)])
def test_a_ledger(books: Path, hops: int, window: int) -> None:
    """The pairs of the whole program are those of plain Python, and so are their hops."""
    out = books.parent / f"{hops}.json"
    ran = ledger.run(books, out, "--hops", str(hops), "--window", str(window))
    made = {(one["referrer"], one["receiver"]): one["hops"] for one in json.loads(out.read_text())["returns"]}
    assert made == linked(books, hops, window)
    assert (ran.pairs, ran.cut) == (len(made), 0)
    assert len(made) > 20
    assert 0 < ran.mb < 2_000


def test_the_budget_of_a_ledger_is_told(books: Path) -> None:
    """Where a budget cuts searches no pair is invented, and the receivers of missing pairs are named."""
    g = ownergraph.load(books)
    whole, cut = g.return_paths(), g.return_paths(budget=20)
    all_pairs, some = (set(one.pairs.select("referrer", "receiver").iter_rows()) for one in (whole, cut))
    assert (some < all_pairs, whole.truncated, bool(cut.truncated)) == (True, [], True)
    assert {receiver for _, receiver in all_pairs - some} <= set(cut.truncated)


# --- progress ---------------------------------------------------------------------------------------------------------


def terminal(folder: Path, out: Path) -> tuple[str, bytes]:
    """What the program shows on a terminal at standard error, and what it writes to a pipe at standard output."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "ownergraph.cli.app", "loops", str(folder), "--format", "json", "-o", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(Path(ownergraph.__file__).parents[1]), "TERM": "xterm"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=environment) as process:
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65_536):
                shown += part
        except OSError:  # Linux says so where the other end is closed
            pass
        assert process.stdout is not None
        written = process.stdout.read()
    os.close(ours)
    assert process.returncode == 1
    return shown.decode(), written


def test_progress_on_a_terminal(books: Path) -> None:
    """Stages in their order, with how much is done; the line is taken away at the end."""
    shown, written = terminal(books, books.parent / "shown.json")
    stages = ("Reading refers_to.parquet", "Checking tables together", "Attributing referrals", "Following value",
              "Comparing payments with referrals", "Drawing paths", "Writing")  # fmt: skip
    places = [shown.find(stage) for stage in stages]
    assert -1 not in places
    assert places == sorted(places)
    assert "0 of 1" in shown
    assert shown.endswith("\x1b[2K")
    assert written == b""


def test_no_progress_in_a_pipe(books: Path, start: Start) -> None:
    made = start("loops", str(books), "--format", "json", "-o", str(books.parent / "piped.json"))
    assert (made.returncode, made.stdout, made.stderr) == (1, b"", b"")
    assert (books.parent / "piped.json").read_bytes() == start("loops", str(books), "--format", "json").stdout


def test_every_stage_is_told(books: Path) -> None:
    """Reading names each table; work that is counted ends with all of it."""
    told: list[tuple[str, int, int]] = []

    def progress(stage: str, done: int = 0, total: int = 0) -> None:
        told.append((stage, done, total))

    g = ownergraph.load(books, progress=progress)
    g.return_paths(progress=progress)
    stages = list(dict.fromkeys(stage for stage, _, _ in told))
    assert stages == [
        *(f"Reading {name}.parquet" for name in ("employs", "entities", "licensed_in", "owns", "pays", "refers_to")),
        "Checking tables together", "Attributing referrals", "Following value",
    ]  # fmt: skip
    assert told[-1] == ("Following value", told[-1][2], told[-1][2])
    assert told[-1][1] > 10_000
