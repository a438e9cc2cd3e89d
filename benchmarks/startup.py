"""CPU time of the whole process that audits a 50-entity YAML, against `import pydantic, typer, numpy`, in the same run.

    python -m benchmarks.startup [--runs 7]

Bar: at most 3 times. Both are started in turn, so that drift of the machine falls on both alike; medians of user
and system time are compared, which other work on the machine changes less than time by the clock. The package is
compiled first, as an installation does: where writing byte code is forbidden, every run would compile it again.
"""

import argparse
import compileall
import os
import statistics
import subprocess
import sys
from pathlib import Path

from tests.support import ALL

BASE = "import pydantic, typer, numpy"


def structure() -> str:
    """A YAML of 50 entities: 8 practices of one platform, with agreements, rights, accounts and signers."""
    lines = ["as_of: 2026-11-24", f"complete: [{', '.join(ALL)}]", "entities:"]
    lines += ["  - {id: fund, kind: private_equity}", "  - {id: mso, kind: mso}"]
    owns = ['  - {owner: fund, owned: mso, share: "80%"}']
    manages, rights, signs = [], [], []
    for k in range(8):
        lines += [
            f"  - {{id: pc_{k}, kind: practice, form: PC, professional: true, operates_in: {('CA', 'NY')[k % 2]}}}",
            f"  - {{id: acct_{k}, kind: account, held_by: pc_{k}}}",
            *(f"  - {{id: dr_{k}_{j}, kind: physician, licensed_in: [CA, NY]}}" for j in range(4)),
        ]
        owns += [f'  - {{owner: dr_{k}_{j}, owned: pc_{k}, share: "25%"}}' for j in range(4)]
        manages.append(
            f"  - {{manager: mso, managed: pc_{k}, fee_basis: pct_collections, fee_pct: 12, term_years: 10}}"
        )
        rights.append(
            f"  - {{holder: mso, owner: dr_{k}_0, over: pc_{k}, triggers: [any_time], designee_chosen_by: holder}}"
        )
        signs.append(f"  - {{signer: mso, account: acct_{k}, sole: true, sweep: true}}")
    return "\n".join(
        [*lines, "owns:", *owns, "manages:", *manages, "restricts_transfer:", *rights, "signs_on:", *signs]
    )


def once(command: list[str]) -> float:
    """User and system time of one process, in seconds."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Measure and print; exit status 1 where the bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    compileall.compile_dir("ownergraph", quiet=2)
    path = Path("out/fifty.yaml")
    path.parent.mkdir(exist_ok=True)
    path.write_text(structure(), encoding="utf-8")
    base = [sys.executable, "-c", BASE]
    audit = [sys.executable, "-m", "ownergraph.cli.app", "audit", str(path), "--no-fail"]
    for command in (base, audit):
        once(command)
    times = [(once(base), once(audit)) for _ in range(runs)]
    low, high = (statistics.median(t) for t in zip(*times, strict=True))
    ratio = statistics.median(b / a for a, b in times)
    sys.stdout.write(f"{BASE}: {low:.3f} s; audit of 50 entities: {high:.3f} s; ratio {ratio:.2f} (bar: 3.00)\n")
    return int(ratio > 3)


if __name__ == "__main__":
    raise SystemExit(main())
