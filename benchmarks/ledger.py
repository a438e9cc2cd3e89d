"""A compliance officer's ledger through the command line: seconds, memory, and how many pairs it finds.

    python -m benchmarks.ledger
    python -m benchmarks.ledger --scale 0.01

Data, in Parquet, the same at every run: 300,000 entities (physicians with a license, practices, facilities),
1,000,000 payments and 8,000,000 referrals on days of two years, 90,000 holdings and 170,000 jobs. Who pays, gets
referrals, refers or employs follows a power law: the largest facility gets some 38,000 referrals and pays some 8,000
times. One payment in twenty goes to somebody who refers to the payer. Some amounts and purposes are not recorded.

`ownergraph loops FOLDER --format json` runs as a process of its own, from the files to the report. The search alone,
against its peers: `benchmarks.loops`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SEED = 20_261_124
ENTITIES, PAYMENTS, REFERRALS, HOLDINGS, JOBS = 300_000, 1_000_000, 8_000_000, 90_000, 170_000
SECONDS, MEGABYTES = 180, 12_000
"""Bars of a run at full scale."""
STATES = ("CA", "NY", "TX", "FL", "OH", "WA")
KINDS = ("laboratory", "hospital", "surgery_center", "pharmacy", "facility")
PURPOSES = (None, "consulting", "speaker", "medical_director", "rent", "commission", "distribution", "goods")


def write(folder: Path, scale: float) -> None:
    """The tables, `scale` times the full size."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(SEED)
    n, payments, referrals, holdings, jobs = (
        max(1, round(scale * size)) for size in (ENTITIES, PAYMENTS, REFERRALS, HOLDINGS, JOBS)
    )
    people, practices = round(0.6 * n), round(0.25 * n)
    facilities = n - people - practices
    ids = np.array(
        [f"dr_{k}" for k in range(people)] + [f"pc_{k}" for k in range(practices)]
        + [f"fac_{k}" for k in range(facilities)]
    )  # fmt: skip
    first = np.datetime64("2024-01-01")

    def some(size: int, low: int, many: int, power: float = 1.0) -> np.ndarray:
        """Entities low .. low + many; the first of them the more often, the greater the power."""
        return low + (many * rng.random(size) ** power).astype(np.int64)

    def either(share: float, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.where(rng.random(one.size) < share, one, other)

    def save(name: str, ends: tuple[str, str], a: np.ndarray, b: np.ndarray, **columns: object) -> None:
        frame = pl.DataFrame({"id": np.arange(a.size), ends[0]: ids[a], ends[1]: ids[b], **columns})
        frame = frame.with_columns(id=pl.lit(f"{name}_") + pl.col("id").cast(pl.String))
        frame.filter(pl.Series(a != b)).write_parquet(folder / f"{name}.parquet")

    def days(size: int) -> np.ndarray:
        return first + rng.integers(0, 730, size)

    def gaps(values: np.ndarray, share: float) -> pl.Series:
        """The values, some of them not recorded."""
        return pl.select(pl.when(pl.Series(rng.random(values.size) >= share)).then(pl.Series(values))).to_series()

    def words(out_of: tuple[str | None, ...], size: int) -> pl.Series:
        return pl.Series(out_of).gather(rng.integers(0, len(out_of), size))

    kinds = ["person"] * people + ["practice"] * practices + [KINDS[k % len(KINDS)] for k in range(facilities)]
    labels = [f"Dr. {k}" for k in range(people)] + [f"Practice {k}" for k in range(practices)]
    labels += [f"Facility {k}" for k in range(facilities)]
    pl.DataFrame({"id": ids, "name": labels, "kind": kinds}).write_parquet(folder / "entities.parquet")
    pl.DataFrame(
        {"person": ids[:people], "state": words(STATES, people), "profession": ["physician"] * people}
    ).write_parquet(folder / "licensed_in.parquet")

    own = some(holdings, 0, people)
    owned = either(0.8, some(holdings, people, practices), some(holdings, people + practices, facilities, 2))
    share = rng.integers(1_000, 10_000, holdings)  # millionths: the holders of one company stay under the whole
    save("owns", ("owner", "owned"), own, owned, share_min=share, share_max=share)

    boss = either(0.7, some(jobs, people, practices, 2), some(jobs, people + practices, facilities, 3))
    save("employs", ("employer", "employee"), boss, some(jobs, 0, people), annual_usd=gaps(
        rng.integers(60, 500, jobs) * 1_000.0, 0.4), clinical=[True] * jobs)  # fmt: skip

    referrer = either(0.9, some(referrals, 0, people, 1.3), some(referrals, people, practices))
    receiver = some(referrals, people + practices, facilities, 2)
    payer = either(0.6, some(payments, people + practices, facilities, 2.5), some(payments, people, practices, 1.5))
    payee = either(0.4, some(payments, 0, people, 1.3), some(payments, people, n - people, 1.2))
    some_back = rng.integers(0, payments, payments // 20)
    which = rng.integers(0, referrals, some_back.size)
    payer[some_back], payee[some_back] = receiver[which], referrer[which]
    save(
        "pays",
        ("payer", "payee"),
        payer,
        payee,
        amount_usd=gaps(rng.integers(10, 900, payments) * 10.0, 0.02),
        paid_on=days(payments),
        purpose=words(PURPOSES, payments),
    )
    save(
        "refers_to",
        ("referrer", "receiver"),
        referrer,
        receiver,
        period_start=days(referrals),
        count=rng.integers(1, 20, referrals),
        payer_class=words(("medicare", "medicaid", "commercial"), referrals),
        dhs=words(("LAB", "IMAGING", "THERAPY"), referrals),
    )


@dataclass(frozen=True)
class Ran:
    """What a run took, and where it wrote.

    Attributes:
        seconds: from start to end of the process.
        mb: its peak memory.
        pairs: in the report.
        cut: receivers whose search was cut short.
    """

    seconds: float
    mb: int
    pairs: int
    cut: int


def run(folder: Path, out: Path, *options: str) -> Ran:
    """Run the program over a folder; its messages go to this process's standard error.

    Raises:
        RuntimeError: it could not use the input.
    """
    command = [sys.executable, "-m", "ownergraph.cli.app", "loops", str(folder), "--format", "json", "-o", str(out)]
    start = time.perf_counter()
    process = subprocess.Popen([*command, *options])
    _, status, usage = os.wait4(process.pid, 0)  # this child alone; RUSAGE_CHILDREN is the largest of all
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode not in (0, 1):
        raise RuntimeError(f"exit status {process.returncode}")
    pairs, cut, inside = 0, 0, False
    with out.open(encoding="utf-8") as lines:  # counted line by line: the report may be larger than memory
        for line in lines:
            pairs += line.startswith('      "referrer": ')
            inside = inside and line.startswith("    ")
            cut += inside
            inside = inside or line.startswith('  "truncated": [\n')
    return Ran(seconds, usage.ru_maxrss // 1024, pairs, cut)


def main() -> int:
    """Write the ledger, run over it; exit status 1 where a bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.0, help="size of the ledger, as a part of the full one")
    parser.add_argument("--keep", type=Path, help="folder to write the tables to, and the report beside them")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given, options = parser.parse_known_args()
    if given.write:
        write(given.write, given.scale)
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary) / "ledger"
        folder.mkdir(parents=True, exist_ok=True)
        # in a process of its own, because a child starts with the peak of its parent
        command = [sys.executable, "-m", "benchmarks.ledger", "--scale", str(given.scale), "--write", str(folder)]
        subprocess.run(command, check=True)
        out = folder.parent / f"{folder.name}.json"
        ran = run(folder, out, *options)
        size = out.stat().st_size // 1_000_000
    print(f"{ran.seconds:.1f} s, {ran.mb:,} MB, {ran.pairs:,} pairs, {ran.cut:,} searches cut, report of {size:,} MB")
    print(json.dumps(vars(ran)))
    return int(given.scale >= 1 and (ran.seconds > SECONDS or ran.mb > MEGABYTES))


if __name__ == "__main__":
    raise SystemExit(main())
