"""The lay part of a practice does not depend on what else is asked in the same walk."""

from pathlib import Path

import polars as pl
import pytest

import ownergraph
from ownergraph.rules.cpom_own._lay import lay_shares

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = [
    FIXTURES / "platform.yaml", FIXTURES / "ring.yaml", FIXTURES / "captive_pc.yaml",
    *sorted((FIXTURES / "rules" / "CPOM-OWN-01").glob("*.yaml")),
    *sorted((FIXTURES / "rules" / "CPOM-OWN-07").glob("*.yaml")),
]  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_one_walk_for_all_gives_what_a_walk_for_each_gives(path: Path) -> None:
    alone = ownergraph.load(path)
    alone.__dict__["small"] = False
    together = ownergraph.load(path)
    assert together.small
    pairs = list(alone.practice_states.select("practice", "state").collect(engine="in-memory").iter_rows())
    expected = [
        row
        for practice, state in sorted(p for p in pairs if None not in p)
        for row in lay_shares(alone, pl.LazyFrame({"practice": [practice], "state": [state]})).rows(named=True)
    ]
    assert expected == lay_shares(together, together.practice_states).rows(named=True)
