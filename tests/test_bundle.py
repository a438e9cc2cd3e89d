"""The same rows give the same answers as a small YAML file and inside a large bundle of Parquet tables."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import ownergraph
from ownergraph.model import TABLES
from ownergraph.model.structure import FILE, LINE

ROOT = Path(__file__).parent.parent
FILLERS = 4_000


def bundle(small: ownergraph.Graph, folder: Path) -> None:
    """Every table of a structure as Parquet, with companies that own each other in pairs added."""
    for table in TABLES:
        frame = small.structure.tables[table].drop(FILE, LINE)
        if table == "entities":
            more = {
                "id": [f"zz_{k}" for k in range(FILLERS)],
                "kind": ["organization"] * FILLERS,
                "roles": [[]] * FILLERS,
            }
            frame = pl.concat(
                [frame, pl.DataFrame(more, schema_overrides={"roles": pl.List(pl.String)})], how="diagonal"
            )
        if table == "owns":
            half = FILLERS // 2
            more = {
                "id": [f"zz_own_{k}" for k in range(half)],
                "owner": [f"zz_{2 * k}" for k in range(half)],
                "owned": [f"zz_{2 * k + 1}" for k in range(half)],
                "share_min": [600_000] * half,
                "share_max": [600_000] * half,
            }
            frame = pl.concat([frame, pl.DataFrame(more)], how="diagonal")
        if frame.height:
            frame.write_parquet(folder / f"{table}.parquet")


def told(g: ownergraph.Graph) -> list[tuple[Any, ...]]:
    """Everything an audit says, but for the places in files."""
    report = g.audit()
    results = [
        (
            r.id,
            r.outcome,
            r.severity,
            r.message,
            r.arrangement,
            [e.row for e in r.evidence],
            [q.text for q in r.questions],
        )
        for r in report.results
    ]
    return [*results, report.counts, report.checklist, report.scores, [(a.practice, a.answer) for a in report.controls]]


@pytest.mark.parametrize("name", ["captive_pc", "physician_owned_mso", "cases/mallela"])
def test_small_and_large_say_the_same(tmp_path: Path, name: str) -> None:
    small = ownergraph.load(ROOT / f"fixtures/{name}.yaml")
    bundle(small, tmp_path)
    assert told(small) == told(ownergraph.load(tmp_path, as_of=small.as_of))
