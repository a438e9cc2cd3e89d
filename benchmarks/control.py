"""Company control: ownergraph and its peers, in one run, on one answer.

    python -m benchmarks.control --n 1000000
    python -m benchmarks.control --n 1000000 --big

Data. n entities, 0.4 n holdings, of known size. Holders have power-law degrees, every fourth holding is in a company
that itself holds something, and the shares of a company add up to at most the whole. The question is every pair
(x, y) such that x controls y.

Each engine runs in a process of its own, so that its peak memory is its own; times are medians of ``--repeat`` runs
after the data have been made, and compared with ownergraph's just before and just after. networkx and the
dictionaries get their graph built before the clock starts (the build is listed beside); DuckDB reads and writes
native tables; ownergraph starts from unsorted arrays. All but ownergraph are told the short cut that holds for known
shares: who has no majority at first never has one. clingo runs on a tenth of the entities, where ownergraph runs
again to be compared. ``--big`` adds ownergraph on ten times the entities. Last, the ultimate controllers of four
times the entities (the size of the Italian register at n = 1,000,000).
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ownergraph.analysis.fixpoint import control_pairs
from ownergraph.analysis.keys import IntArray, sums_by
from ownergraph.analysis.register import Holdings
from ownergraph.analysis.ultimate import ultimate_controllers

WHOLE = 1_000_000
SEED = 20_261_124
BARS = {"networkx": 10.0, "duckdb": 4.0}
GROWTH = 14.0

Work = Callable[[], Any]
Adjacency = Mapping[int, Iterable[tuple[int, int]]]


def national(n: int, rows: float = 0.4) -> Holdings:
    """Holdings of n entities, unsorted; some companies with several holders, chains and a few rings."""
    rng = np.random.default_rng(SEED)
    m = int(rows * n)
    holder = (n * rng.random(m) ** 3).astype(np.int64)
    company = rng.integers(0, n, m)
    up = rng.random(m) < 0.25
    company[up] = holder[rng.integers(0, m, int(up.sum()))]
    holder, company = holder[holder != company], company[holder != company]
    votes = rng.integers(1, 100, len(holder)) * 10_000
    votes = votes * WHOLE // np.maximum(sums_by(company, votes, n), WHOLE)[company]
    total = np.zeros(n, dtype=np.int64)
    total[company] = WHOLE
    return Holdings(n, holder, company, votes, votes, total)


def ours(h: Holdings) -> tuple[Work, Work]:
    """Arrays in, arrays out."""
    return lambda: None, lambda: control_pairs(h, bound="certain")


def _worklists(h: Holdings, rows_of: Callable[[int], Iterable[tuple[int, int]]]) -> list[int]:
    """The textbook loop: for each controller a worklist of what joined, over any adjacency."""
    n = h.n
    direct = h.holder * n + h.company
    key, place = np.unique(direct, return_inverse=True)
    strong = key[2 * sums_by(place, h.low, len(key)) > WHOLE] // n
    found: list[int] = []
    for x in np.unique(strong).tolist():
        held: dict[int, int] = {}
        joined, todo = {x}, [x]
        while todo:
            for y, votes in rows_of(todo.pop()):
                if y not in joined:
                    held[y] = held.get(y, 0) + votes
                    if 2 * held[y] > WHOLE:
                        joined.add(y)
                        todo.append(y)
        joined.discard(x)
        found.extend(x * n + y for y in joined)
    return found


def python(h: Holdings) -> tuple[Work, Work]:
    """Dictionaries of lists."""
    graph: dict[int, list[tuple[int, int]]] = {}

    def build() -> None:
        graph.clear()
        for x, y, votes in zip(h.holder.tolist(), h.company.tolist(), h.low.tolist(), strict=True):
            graph.setdefault(x, []).append((y, votes))

    return build, lambda: _worklists(h, lambda z: graph.get(z, ()))


def networkx(h: Holdings) -> tuple[Work, Work]:
    """networkx.DiGraph as the adjacency; rows of the same pair are added."""
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()

    def build() -> None:
        graph.clear()
        graph.add_nodes_from(range(h.n))
        for x, y, votes in zip(h.holder.tolist(), h.company.tolist(), h.low.tolist(), strict=True):
            if graph.has_edge(x, y):
                graph[x][y]["votes"] += votes
            else:
                graph.add_edge(x, y, votes=votes)

    def rows_of(z: int) -> Iterable[tuple[int, int]]:
        return ((y, data["votes"]) for y, data in graph.adj[z].items())

    return build, lambda: _worklists(h, rows_of)


RECURSION = """
create or replace table answer as
with recursive held(x, y, before, votes) using key (x, y) as (
    select holder, company, 0::bigint, sum(votes)::bigint from own
    where holder in (select holder from own group by holder, company having 2 * sum(votes) > {whole})
    group by holder, company
  union
    select gain.x, gain.y, coalesce(old.votes, 0), coalesce(old.votes, 0) + gain.votes
    from (
        select new.x, own.company as y, sum(own.votes)::bigint as votes
        from held as new join own on own.holder = new.y
        where 2 * new.votes > {whole} and 2 * new.before <= {whole} and own.company <> new.x
        group by new.x, own.company
    ) as gain
    left join recurring.held as old on old.x = gain.x and old.y = gain.y
)
select x * {n} + y as pair from held where 2 * votes > {whole}
"""


def duckdb(h: Holdings) -> tuple[Work, Work]:
    """A recursive CTE with USING KEY: the sums are kept and updated, not piled up."""
    import duckdb as engine

    con = engine.connect()

    def build() -> None:
        arrays = {"holder": h.holder, "company": h.company, "votes": h.low}
        con.register("arrays", arrays)
        con.execute("create or replace table own as select * from arrays")

    def run() -> Work:
        con.execute(RECURSION.format(n=h.n, whole=WHOLE))
        return lambda: con.execute("select pair from answer").fetchnumpy()["pair"]

    return build, run


def clingo(h: Holdings) -> tuple[Work, Work]:
    """Answer set programming: the definition, word for word."""
    import clingo as engine

    program = f"""
        in(X,X) :- start(X).
        may(X,Y) :- in(X,Z), own(Z,Y,_), X != Y.
        in(X,Y) :- may(X,Y), #sum {{ 2*W,Z : in(X,Z), own(Z,Y,W) }} > {WHOLE}.
        #show in/2.
    """
    key, place = np.unique(h.holder * h.n + h.company, return_inverse=True)
    votes = sums_by(place, h.low, len(key))
    facts = "".join(f"own({k // h.n},{k % h.n},{v})." for k, v in zip(key.tolist(), votes.tolist(), strict=True))
    facts += "".join(f"start({x})." for x in np.unique(key[2 * votes > WHOLE] // h.n).tolist())

    def run() -> list[int]:
        control = engine.Control(["--warn=none"])
        control.add("base", [], program + facts)
        control.ground([("base", [])])
        with control.solve(yield_=True) as models:
            shown = [tuple(a.number for a in s.arguments) for m in models for s in m.symbols(shown=True)]
        return [x * h.n + y for x, y in shown if x != y]

    return lambda: None, run


ENGINES: dict[str, Callable[[Holdings], tuple[Work, Work]]] = {
    "ownergraph": ours,
    "python": python,
    "networkx": networkx,
    "duckdb": duckdb,
    "clingo": clingo,
}


def as_keys(answer: Any, n: int) -> IntArray:
    """Any engine's answer as sorted x * n + y."""
    if callable(answer):
        answer = answer()
    if isinstance(answer, tuple):
        answer = answer[0] * n + answer[1]
    return np.sort(np.asarray(answer, dtype=np.int64))


def timed(work: Work) -> tuple[float, Any]:
    """Seconds and the answer."""
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def child(engine: str, n: int, repeat: int, out: Path) -> None:
    """Run one engine and print its figures as JSON."""
    spent = [0.0]
    if engine == "ultimate":
        h = national(n, rows=0.99)
        times = [timed(lambda: ultimate_controllers(h))[0] for _ in range(repeat + 1)][1:]
        pairs, build = len(ultimate_controllers(h).controlled), 0.0
    else:
        h = national(n)
        prepare, run = ENGINES[engine](h)
        build = timed(prepare)[0]
        times = []
        for _ in range(repeat + 1 if engine == "ownergraph" else repeat):
            begin = time.process_time()
            seconds, answer = timed(run)
            times.append(seconds)
            spent.append(time.process_time() - begin)
        times = times[len(times) - repeat :]
        keys = as_keys(answer, h.n)
        np.save(out, keys)
        pairs = len(keys)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu = statistics.median(spent[-repeat:])
    print(json.dumps({"seconds": statistics.median(times), "cpu": cpu, "build": build, "pairs": pairs, "peak": peak}))


def measure(engine: str, n: int, repeat: int, out: Path) -> dict[str, float]:
    """One engine in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.control", "--child", engine, "--out", str(out)]
    command += ["--n", str(n), "--repeat", str(repeat)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def show(engine: str, n: int, figures: Mapping[str, float], ours_seconds: float) -> None:
    """One line of the table."""
    print(
        f"{engine:<12}{n:>11,}{figures['seconds']:>10.3f}{figures['build']:>9.2f}"
        f"{figures['seconds'] / ours_seconds:>8.1f}{figures['peak']:>9.0f}{figures['pairs']:>12,.0f}",
        flush=True,
    )


def compare(n: int, repeat: int, *, big: bool) -> bool:
    """Print the table; whether every answer is the same and every bar is met."""
    good = True
    print(f"{'engine':<12}{'n':>11}{'seconds':>10}{'build':>9}{'times':>8}{'peak MB':>9}{'pairs':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for size, peers in ((n, ("python", "networkx", "duckdb")), (n // 10, ("clingo",))):
            answer = Path(folder) / f"ownergraph-{size}.npy"
            mine = measure("ownergraph", size, repeat, answer)
            show("ownergraph", size, mine, mine["seconds"])
            for peer in peers:
                out = Path(folder) / f"{peer}-{size}.npy"
                figures = measure(peer, size, min(repeat, 3), out)
                again = measure("ownergraph", size, repeat, answer)  # the machine may not be the same any more
                mine["seconds"] = statistics.mean((mine["seconds"], again["seconds"]))
                show(peer, size, figures, mine["seconds"])
                if not np.array_equal(np.load(answer), np.load(out)):
                    print(f"  {peer}: another answer")
                    good = False
                if (ratio := figures["seconds"] / mine["seconds"]) < BARS.get(peer, 0):
                    print(f"  {peer}: {ratio:.1f} times as long; the bar is {BARS[peer]:.0f}")
                    good = False
                mine = again
            if size == n and big:
                most = measure("ownergraph", 10 * n, repeat, Path(folder) / "big.npy")
                show("ownergraph", 10 * n, most, most["seconds"])
                again = measure("ownergraph", n, repeat, answer)
                growth = most["seconds"] / statistics.mean((mine["seconds"], again["seconds"]))
                cpu = most["cpu"] / statistics.mean((mine["cpu"], again["cpu"]))
                print(f"  growth to {10 * n:,}: {growth:.1f} times (bar: {GROWTH:.0f}); processor time {cpu:.1f} times")
                good &= growth <= GROWTH
        top = measure("ultimate", 4 * n, repeat, Path(folder) / "ultimate.npy")
        print(f"{'ultimate':<12}{4 * n:>11,}{top['seconds']:>10.3f}{'':>17}{top['peak']:>9.0f}{top['pairs']:>12,.0f}")
    return good


def main() -> int:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--n", type=int, default=1_000_000, help="entities")
    parser.add_argument("--repeat", type=int, default=5, help="runs of which the median counts")
    parser.add_argument("--big", action="store_true", help="ownergraph on ten times the entities, too")
    parser.add_argument("--child", choices=[*ENGINES, "ultimate"], help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, default=Path("answer.npy"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        child(chosen.child, chosen.n, chosen.repeat, chosen.out)
        return 0
    return 0 if compare(chosen.n, chosen.repeat, big=chosen.big) else 1


if __name__ == "__main__":
    sys.exit(main())
