"""Load rate into Neo4j over the network, and rules there against Python: `python -m benchmarks.neo4j --n 100000`.

Starts a server of its own (Java and Maven) in a temporary folder. `--n` is the number of holdings; the same number of
payments and half as many entities go with them. What the input says is loaded, nothing that is worked out. Then the
platform of the fixtures is loaded whole, and each twin runs against its rule, the best of five runs each.
"""

import argparse
import os
import random
import tempfile
from pathlib import Path
from time import perf_counter

import polars as pl

import ownergraph
from ownergraph.analysis import Graph
from ownergraph.graphdb import queries
from ownergraph.graphdb.connect import Target, connected
from ownergraph.graphdb.load import load
from ownergraph.model import TABLES
from ownergraph.model.columns import frame_schema
from ownergraph.model.structure import FILE, LINE, Structure, empty_frame
from ownergraph.rules.api import all_rules
from tools.neo4j import server as servers

ROOT = Path(__file__).parents[1]


def made(n: int) -> Graph:
    """`n` holdings and `n` payments among n/2 entities, in a fixed order. O(n)."""
    rng = random.Random(7)
    size = max(n // 2, 2)
    kinds = ["person" if k % 2 else "organization" for k in range(size)]
    owned = [2 * rng.randrange(size // 2) for _ in range(n)]
    owner = [(one + 1 + rng.randrange(size - 1)) % size for one in owned]
    frames = {
        "entities": {"id": [f"e{k}" for k in range(size)], "kind": kinds},
        "owns": {
            "id": [f"o{k}" for k in range(n)], "owner": [f"e{k}" for k in owner], "owned": [f"e{k}" for k in owned],
            "share_min": [1_000] * n, "share_max": [2_000] * n,
        },
        "pays": {
            "id": [f"p{k}" for k in range(n)], "payer": [f"e{k}" for k in owned], "payee": [f"e{k}" for k in owner],
            "amount_usd": [float(k) for k in range(n)],
        },
    }  # fmt: skip
    tables = {}
    for table, model in TABLES.items():
        if table not in frames:
            tables[table] = empty_frame(table)
            continue
        schema = {**frame_schema(model), FILE: pl.Int32, LINE: pl.Int64}
        frame = pl.DataFrame(frames[table])
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
        tables[table] = frame.with_columns(missing).select(pl.col(n).cast(t) for n, t in schema.items())
    return Graph(Structure(tables, digest=f"made {n}"))


def best(task: "object", runs: int = 5) -> float:
    """Seconds of the fastest of some runs."""
    assert callable(task)
    took = []
    for _ in range(runs):
        start = perf_counter()
        task()
        took.append(perf_counter() - start)
    return min(took)


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100_000)
    n = parser.parse_args().n
    if (why := servers.missing()) is not None:
        print(f"left out: {why}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        server = servers.start(Path(folder) / "home", password="benchmarks-1", until=os.getpid())
        try:
            with connected(Target(uri=server.uri, password="benchmarks-1")) as driver:
                done = load(driver, made(n), "made", derive=False)
                all_ = done.nodes + done.relationships
                rate = f"{all_ / done.seconds:,.0f} a second"
                print(f"loaded {all_:,} nodes and relationships in {done.seconds:.1f} s: {rate}")
                path = ROOT / "fixtures" / "platform.yaml"
                g = ownergraph.load(path)
                done = load(driver, g, "platform", report=g.audit())
                print(f"platform, worked out and audited: {done.nodes + done.relationships:,} in {done.seconds:.1f} s")
                print(f"{'rule':<12} {'Neo4j, ms':>10} {'Python, ms':>11}")
                for code in all_rules():
                    if code.lower() not in queries.all_queries():
                        continue
                    query = queries.find(code)
                    cypher = best(lambda query=query: list(queries.run(driver, query, {"structure": "platform"})))
                    python = best(lambda code=code: ownergraph.load(path).audit(rules=[code]))
                    print(f"{code:<12} {cypher * 1000:>10.1f} {python * 1000:>11.1f}")
        finally:
            servers.stop(server)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
