"""Planted return paths: every one is found, none is invented, and each near miss fails for its reason alone."""

import copy
from pathlib import Path
from typing import Any

import pytest

from tests.planted import MISSES, PLANTED, planted
from tests.support import graph


def answers(tmp_path: Path, tables: dict[str, Any], **settings: Any) -> dict[tuple[str, str], int]:
    g = graph(tmp_path, **tables)
    made = g.return_paths(**settings).pairs
    assert made["certain"].to_list() == [True] * made.height
    return {(u, v): hops for u, v, hops in made.select("referrer", "receiver", "hops").iter_rows()}


@pytest.mark.parametrize("seed", range(3))
def test_all_that_is_planted_and_nothing_else(tmp_path: Path, seed: int) -> None:
    tables, plots = planted(seed, 150)
    assert {plot.name for plot in plots} == {*PLANTED, *MISSES}
    assert {plot.pair: plot.hops for plot in plots if plot.hops is not None} == answers(tmp_path, tables)


def test_near_misses_are_found_where_their_reason_goes(tmp_path: Path) -> None:
    """What a wider window, one hop more, or the fact that is missing lets through, and that alone."""
    tables, plots = planted(7, 150)
    base = set(answers(tmp_path, tables))

    def more(why: str) -> set[tuple[str, str]]:
        return {plot.pair for plot in plots if plot.why == why}

    assert more("window") == set(answers(tmp_path, tables, window=500)) - base
    assert more("hops") == set(answers(tmp_path, tables, hops=5)) - base
    kept = copy.deepcopy(tables)
    for row in kept["pays"]:
        row.pop("refund_of", None)
    assert more("refund") == set(answers(tmp_path, kept)) - base
    work = copy.deepcopy(tables)
    for row in work["refers_to"]:
        row.pop("personally_performed", None)
    assert more("no referral") == set(answers(tmp_path, work)) - base
    held = copy.deepcopy(tables)
    for row in held["owns"]:
        row["share"] = "5%"
    assert more("no share") == set(answers(tmp_path, held)) - base
    tied = copy.deepcopy(tables)
    for plot in plots:
        if plot.why == "no tie":
            kin = next(e["id"] for e in plot.tables["entities"] if e["kind"] == "person")
            tied["family_of"].append({"person": kin, "relative": plot.pair[0], "kinship": "sibling"})
    assert more("no tie") == set(answers(tmp_path, tied)) - base
    turned = copy.deepcopy(tables)
    wrong = {plot.pair for plot in plots if plot.why == "direction"}
    for row in turned["pays"]:
        if (row["payer"], row["payee"]) in wrong:
            row["payer"], row["payee"] = row["payee"], row["payer"]
    assert more("direction") == set(answers(tmp_path, turned)) - base
