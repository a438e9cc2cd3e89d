"""Load rate into Neo4j over the network, and rules there against Python: `python -m benchmarks.neo4j --n 100000`.

Starts a server of its own (Java and Maven) in a temporary folder. `--n` is the number of holdings; the same number of
payments and half as many entities go with them. What the input says is loaded, nothing that is worked out. Then the
platform of the fixtures is loaded whole, and each twin runs against its rule, the best of five runs each.

`--explore 20000` loads another structure of so many entities in its place, with all that is worked out, and runs the
queries of `queries/explore` on it: the first run, which plans, and the best of three more.
"""

import argparse
import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import polars as pl
from neo4j import Driver, Query
from neo4j.exceptions import ClientError

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
    frames: dict[str, dict[str, Any]] = {
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
    return _graph({name: pl.DataFrame(columns) for name, columns in frames.items()}, f"made {n}")


def _graph(frames: Mapping[str, pl.DataFrame], digest: str) -> Graph:
    """A graph of some columns of some tables; the other columns are null. Registers are open."""
    tables = {}
    for table, model in TABLES.items():
        if table not in frames:
            tables[table] = empty_frame(table)
            continue
        schema = {**frame_schema(model), FILE: pl.Int32, LINE: pl.Int64}
        frame = frames[table]
        missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
        tables[table] = frame.with_columns(missing).select(pl.col(n).cast(t) for n, t in schema.items())
    return Graph(Structure(tables, digest=digest), date(2026, 11, 24))


def platforms(n: int) -> Graph:
    """About `n` entities: platforms of 20, whose companies a few funds hold, three levels up, through two others.

    Each platform has a management company, four practices with an owner, a referred patient stream to a laboratory that
    pays the owner each quarter, an account with an officer of the management company as signer, and one address. An
    index fund has a little of every company, and a payer pays every practice. O(n).
    """
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def entity(name: str, kind: str, *roles: str, **more: Any) -> None:
        rows["entities"].append({"id": name, "kind": kind, "name": name, "roles": list(roles), **more})

    def row(table: str, **columns: Any) -> None:
        rows[table].append({"id": f"{table}_{len(rows[table])}", **columns})

    entity("index", "organization", "fund")
    entity("payer", "organization", "payer")
    for f in range(tops := max(n // 400, 1)):
        for level in ("fund", "upper", "lower"):
            entity(f"{level}{f}", "organization", "fund" if level == "fund" else "holding")
        row("owns", owner=f"fund{f}", owned=f"upper{f}", share_min=800_000, share_max=800_000)
        row("owns", owner=f"fund{f}", owned=f"lower{f}", share_min=100_000, share_max=300_000)
        row("owns", owner=f"upper{f}", owned=f"lower{f}", share_min=600_000, share_max=600_000)
    for k in range(n // 20):
        place = {"address": f"{k} Main Street", "city": "Fresno", "zip": "93701"}
        entity(m := f"mso{k}", "organization", "mso", **place)
        entity(lab := f"lab{k}", "organization", "laboratory")
        entity(officer := f"officer{k}", "person")
        row("owns", owner=f"lower{k % tops}", owned=m, share_min=700_000, share_max=700_000)
        row("owns", owner="index", owned=m, share_min=10_000, share_max=20_000)
        row("owns", owner=f"lower{(k + 1) % tops}", owned=lab, share_min=510_000, share_max=510_000)
        for j in range(4):
            entity(p := f"pc{k}_{j}", "organization", "practice", **place)
            entity(d := f"dr{k}_{j}", "person")
            entity(a := f"account{k}_{j}", "account")
            began = date(2022 + j, 1 + k % 12, 1)
            row("operates_in", entity=p, state="CA")
            row("licensed_in", person=d, state="CA", profession="physician", status="active")
            row("owns", owner=d, owned=p, share_min=1_000_000, share_max=1_000_000, valid_from=began)
            row("manages", manager=m, managed=p, in_writing=True, services=["billing"], valid_from=began)
            row("restricts_transfer", holder=m, owner=d, over=p)
            row("held_by", account=a, holder=p)
            row("signs_on", signer=officer, account=a, on_behalf_of=m, sweep=j == 0)
            row("pays", payer="payer", payee=p, amount_usd=90_000.0, paid_on=date(2026, 6, 1))
            row(
                "refers_to",
                referrer=d,
                receiver=lab,
                count=40,
                period_start=date(2026, 1, 1),
                period_end=date(2026, 6, 30),
            )
            for month in (1, 4, 7, 10):
                row("pays", payer=lab, payee=d, amount_usd=3_000.0, paid_on=date(2026, month, 15))
    frames = {name: pl.DataFrame(made_, infer_schema_length=None) for name, made_ in rows.items()}
    return _graph(frames, f"platforms {n}")


def explore(driver: Driver, n: int, *, seconds: float = 60) -> None:
    """Load `platforms(n)` and print how long each query of `queries/explore` takes, and how many rows it gives.

    Args:
        driver: connected to a server.
        n: number of entities.
        seconds: a run that takes longer is stopped, and told.
    """
    done = load(driver, platforms(n), "platforms")
    print(f"{n:,} entities: {done.nodes:,} nodes, {done.relationships:,} relationships in {done.seconds:.1f} s")
    asked: dict[str, dict[str, Any]] = {
        "between": {"from": "dr0_0", "to": "dr1_1", "without": ["index", "payer"]},
        "changes": {"from": date(2024, 1, 1), "to": date(2026, 11, 24)},
        "control-paths": {"practice": "pc0_0", "without": ["index"]},
        "hubs": {"more_than": 20},
        "nominee": {"owner": "dr0_0"},
        "owners-over": {"company": "pc0_0", "percent": 25, "without": []},
        "shared-address": {"max_sharing": 20},
        "shared-signer": {"without": []},
        "under-investor": {"investor": "fund0", "without": []},
        "value-back": {"physician": "dr0_0", "days": 365, "without": ["payer"]},
        "who-controls": {"practice": "pc0_0"},
    }
    print(f"{'query':<15} {'rows':>7} {'first, ms':>10} {'again, ms':>10}")
    for query in queries.all_queries().values():
        if query.name not in asked:
            continue
        given = {"structure": "platforms", **asked.pop(query.name)}
        took, rows = [], 0
        with driver.session(default_access_mode="READ") as session:
            for _ in range(4):
                start = perf_counter()
                try:
                    rows = len(list(session.run(Query(query.text, timeout=seconds), given)))
                except ClientError as error:
                    print(f"{query.name:<15} stopped after {perf_counter() - start:.0f} s: {error.code}")
                    break
                took.append((perf_counter() - start) * 1000)
            else:
                print(f"{query.name:<15} {rows:>7,} {took[0]:>10.1f} {min(took[1:]):>10.1f}")
    if asked:
        raise SystemExit(f"no such query: {', '.join(asked)}")


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
    parser.add_argument("--explore", type=int, metavar="ENTITIES", help="run queries/explore on so many entities")
    given = parser.parse_args()
    n = given.n
    if (why := servers.missing()) is not None:
        print(f"left out: {why}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        server = servers.start(Path(folder) / "home", password="benchmarks-1", until=os.getpid())
        try:
            with connected(Target(uri=server.uri, password="benchmarks-1")) as driver:
                if given.explore is not None:
                    explore(driver, given.explore)
                    return 0
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
