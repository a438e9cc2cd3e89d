"""Return paths: ownergraph and its peers, in one run, on one answer.

    python -m benchmarks.loops --n 1000000
    python -m benchmarks.loops --n 20000 --skew heavy
    python -m benchmarks.loops --n 100000 --engines ownergraph,numpy,compiled,duckdb

Data, in Parquet. n entities; 0.4 n holdings, 0.4 n jobs, 2 n payments and 8 n referrals, each on one day of two years;
givers, referrers and receivers have power-law degrees. The question: every referral (u, v) to whose referrer value
comes back from v along at most 4 flows, each at most 120 days from the referral. Holdings and jobs stand all the time.

Each engine runs in a process of its own and starts from the files. ownergraph is the search of `Finder` over arrays
(what `ownergraph loops` calls; names, checks and reports are not part of it: see `benchmarks.ledger`), with the kernel
that it chooses; numpy and compiled are the same with the kernel given. The compiled one comes from its cache, which is
filled before: what that takes is told, and not counted. networkx walks an adjacency; receivers from whom no referrer
can be reached at all are left out first, by DuckDB too. DuckDB joins level by level, and keeps the least hops.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl

SEED = 20_261_124
HOPS, WINDOW = 4, 120
BARS = {"networkx": 20.0, "duckdb": 2.0}
SKEWS = {"usual": (2, 2), "heavy": (4, 3)}
"""Powers of the degrees of payers and of employers; the first of n entities gives n ** (-1 / power) of all."""
FIRST = 20_000
"""The first day, counted from 1970-01-01."""
DAYS = 730


def write(folder: Path, n: int, skew: str) -> None:
    """The four tables."""
    payers, employers = SKEWS[skew]
    rng = np.random.default_rng(SEED)

    def skewed(size: int, power: float) -> np.ndarray:
        return (n * rng.random(size) ** power).astype(np.int64)

    def save(name: str, a: np.ndarray, b: np.ndarray, *, dated: bool) -> None:
        keep = a != b
        frame = pl.DataFrame({"a": a[keep], "b": b[keep]})
        if dated:
            frame = frame.with_columns(day=pl.Series(FIRST + rng.integers(0, DAYS, frame.height)))
        frame.write_parquet(folder / f"{name}.parquet")

    save("owns", skewed(int(0.4 * n), 2), rng.integers(0, n, int(0.4 * n)), dated=False)
    save("employs", skewed(int(0.4 * n), employers), rng.integers(0, n, int(0.4 * n)), dated=False)
    save("pays", skewed(2 * n, payers), rng.integers(0, n, 2 * n), dated=True)
    save("refers", rng.integers(0, n, 8 * n), skewed(8 * n, 1.2), dated=True)


def ours(folder: Path, n: int, kernel: str = "auto") -> np.ndarray:
    """`Finder`, on frames of numbers; answers as u * n + v, sorted."""
    from ownergraph.analysis.returns_find import Finder, Settings

    read = {name: pl.read_parquet(folder / f"{name}.parquet") for name in ("owns", "employs", "pays", "refers")}
    day = pl.col("day").cast(pl.Int32).cast(pl.Date)
    none = pl.lit(None, dtype=pl.Date)
    flows = pl.concat(
        [
            read["pays"].select(src="a", dst="b", start=day, end=day),
            read["owns"].select(src="b", dst="a", start=none, end=none),
            read["employs"].select(src="a", dst="b", start=none, end=none),
        ]
    ).with_columns(undated=pl.lit(False), unsure=pl.lit(False))
    rows = read["refers"].select(u="a", v="b", start=day, end=day).with_row_index("referral")
    sides = pl.DataFrame(schema={"u": pl.Int64, "p": pl.Int64, "rank": pl.Int64, "certain": pl.Boolean})
    finder = Finder(n, rows, flows, sides, Settings(HOPS, WINDOW, budget=n, kernel=kernel))
    return finder.linked()


def networkx(folder: Path, n: int) -> np.ndarray:
    """Breadth-first over a MultiDiGraph, once a receiver and day."""
    import networkx as nx

    read = {name: pl.read_parquet(folder / f"{name}.parquet") for name in ("owns", "employs", "pays", "refers")}
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    graph.add_edges_from((b, a, {"day": None}) for a, b in read["owns"].iter_rows())
    graph.add_edges_from((a, b, {"day": None}) for a, b in read["employs"].iter_rows())
    graph.add_edges_from((a, b, {"day": day}) for a, b, day in read["pays"].iter_rows())
    wanted: dict[int, dict[int, set[int]]] = {}
    for u, v, day in read["refers"].iter_rows():
        if v in graph and u in graph and graph.out_degree(v) and graph.in_degree(u):
            wanted.setdefault(v, {}).setdefault(day, set()).add(u)
    found: list[int] = []
    for v, days in wanted.items():
        ball, front = {v}, [v]
        for _ in range(HOPS):
            front = list({y for x in front for y in graph.adj[x]} - ball)
            ball.update(front)
        for day, who in days.items():
            if not (left := who & ball):
                continue
            seen, front = {v}, [v]
            for _ in range(HOPS):
                step = set()
                for x in front:
                    for y, rows in graph.adj[x].items():
                        if y not in seen and any(
                            row["day"] is None or abs(row["day"] - day) <= WINDOW for row in rows.values()
                        ):
                            step.add(y)
                seen |= step
                front = list(step)
            found += [u * n + v for u in left & seen]
    return np.unique(np.array(found, dtype=np.int64))


def duckdb(folder: Path, n: int) -> np.ndarray:
    """Joins, level by level; receivers that reach no referrer without regard to time are left out first."""
    import duckdb as engine

    con = engine.connect()
    con.execute("set threads = 2")
    con.execute(f"""
        create table flow as
        select a as x, b as y, day from '{folder}/pays.parquet'
        union all select b, a, null from '{folder}/owns.parquet'
        union all select a, b, null from '{folder}/employs.parquet'
    """)
    con.execute(f"create table refers as select distinct a as u, b as v, day from '{folder}/refers.parquet'")
    con.execute("create table edge as select distinct x, y from flow")
    con.execute(
        "create table cand as select * from refers where v in (select x from edge) and u in (select y from edge)"
    )
    con.execute("create table ball as select distinct v as root, v as node from cand")
    con.execute("create table front as select root, node from ball")
    for _ in range(HOPS):
        con.execute("""create or replace table front as select distinct f.root, e.y as node from front f
            join edge e on e.x = f.node where not exists
            (select 1 from ball b where b.root = f.root and b.node = e.y)""")
        con.execute("insert into ball select * from front")
    con.execute(
        """create or replace table cand as select c.* from cand c join ball b on b.root = c.v and b.node = c.u"""
    )
    con.execute("create table seen as select distinct v as root, day, v as node from cand")
    con.execute("create or replace table front as select * from seen")
    for _ in range(HOPS):
        con.execute(f"""create or replace table front as select distinct f.root, f.day, e.y as node from front f
            join flow e on e.x = f.node and (e.day is null or abs(e.day - f.day) <= {WINDOW}) where not exists
            (select 1 from seen s where s.root = f.root and s.day = f.day and s.node = e.y)""")
        con.execute("insert into seen select * from front")
    found = con.execute(f"""select distinct c.u * {n} + c.v as pair from cand c
        join seen s on s.root = c.v and s.day = c.day and s.node = c.u order by pair""").fetchnumpy()["pair"]
    return np.asarray(found, dtype=np.int64)


ENGINES: dict[str, Callable[[Path, int], np.ndarray]] = {
    "ownergraph": ours,
    "numpy": partial(ours, kernel="numpy"),
    "compiled": partial(ours, kernel="compiled"),
    "networkx": networkx,
    "duckdb": duckdb,
}


def one(name: str, folder: Path, n: int) -> None:
    """One engine, in this process: prints seconds, those of the processor, memory, and a digest of the answer."""
    start, cpu = time.perf_counter(), time.process_time()
    answer = ENGINES[name](folder, n)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        json.dumps({"seconds": seconds, "cpu": cpu, "mb": peak, "pairs": len(answer), "digest": hash(answer.tobytes())})
    )


def main() -> int:
    """Run all engines; exit status 1 where a bar is missed or answers differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--skew", choices=SKEWS, default="usual", help="how much the largest payers and employers give")
    parser.add_argument("--engines", default=",".join(ENGINES))
    parser.add_argument("--one", nargs=2)
    given = parser.parse_args()
    if given.one:
        one(given.one[0], Path(given.one[1]), given.n)
        return 0
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import ownergraph.analysis.returns_kernel"], check=True)
    print(f"compiled or loaded in {time.perf_counter() - start:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), given.n, given.skew)
        made = {}
        for name in given.engines.split(","):
            command = [sys.executable, "-m", "benchmarks.loops", "--n", str(given.n), "--one", name, folder]
            ran = subprocess.run(command, check=True, capture_output=True, text=True, env={**_environment()})
            made[name] = json.loads(ran.stdout)
            ran_ = made[name]
            print(f"{name:12} {ran_['seconds']:8.2f} s {ran_['cpu']:8.2f} s of the processor "
                  f"{ran_['mb']:8,} MB {ran_['pairs']:10,} pairs")  # fmt: skip
    mine = made["ownergraph"]
    missed = any(one["digest"] != mine["digest"] for one in made.values())
    print("answers differ" if missed else "answers are the same")
    for name, bar in BARS.items():
        if name in made:
            ratio = made[name]["seconds"] / mine["seconds"]
            missed |= ratio < bar
            print(f"{name}: {ratio:.1f} times (bar {bar:g})")
    return int(missed)


def _environment() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONHASHSEED": "0"}


if __name__ == "__main__":
    raise SystemExit(main())
