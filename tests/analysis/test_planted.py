"""Planted return paths: every one is found, none is invented, and each near miss fails for its reason alone.

What is defended is a path, which the search finds; the rule does not tell of it.
"""

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from tests.planted import DEFENDED, MISSES, PLANTED, Plot, planted
from tests.support import graph


def answers(tmp_path: Path, tables: dict[str, Any], **settings: Any) -> dict[tuple[str, str], int]:
    g = graph(tmp_path, **tables)
    made = g.return_paths(**settings).pairs
    assert made["certain"].to_list() == [True] * made.height
    return {(u, v): hops for u, v, hops in made.select("referrer", "receiver", "hops").iter_rows()}


@pytest.mark.parametrize("seed", range(3))
def test_all_that_is_planted_and_nothing_else(tmp_path: Path, seed: int) -> None:
    tables, plots = planted(seed, 150)
    assert {plot.name for plot in plots} == {*PLANTED, *MISSES, *DEFENDED}
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


def of_rule(tmp_path: Path, tables: dict[str, Any]) -> tuple[set[tuple[str | None, str | None]], tuple[str, ...]]:
    """Referrers and receivers between which AKS-01 finds something, and what its notes say."""
    report = graph(tmp_path, **tables).audit(rules=["AKS-01"])
    assert {"found"} == {result.outcome for result in report.results}
    return {(r.subject["referrer"], r.subject["receiver"]) for r in report.results}, report.notes


def pairs(plots: list[Plot], *why: str) -> set[tuple[str, str]]:
    """Those of plots that have a path, and for which this is so."""
    return {plot.pair for plot in plots if plot.hops is not None and plot.why in why}


def test_the_rule_finds_what_is_planted_but_not_what_is_defended(tmp_path: Path) -> None:
    """A whole safe harbor for what comes back, and that alone, takes a path from the rule; its note says so."""
    tables, plots = planted(3, len(PLANTED) + len(MISSES) + len(DEFENDED))
    assert len(DEFENDED) == len(pairs(plots, "defense"))
    found, notes = of_rule(tmp_path, tables)
    assert pairs(plots, "") == found
    away = [note for note in notes if note.startswith("AKS-01 is not indicated for ")]
    for plot in plots:
        said = [note for note in away if f"{plot.pair[0]}, {plot.pair[1]}:" in note]
        assert (plot.why == "defense") == bool(said), plot.name
    cited = {plot.name: _cited(away, plot) for plot in plots if plot.why == "defense"}
    assert {
        "defended_job": "42 CFR 1001.952(i); 42 U.S.C. 1320a-7b(b)(3)(B)",
        "defended_lease": "42 CFR 1001.952(b)",
        "defended_services": "42 CFR 1001.952(a)(2) and of 42 CFR 1001.952(d)(1)",
    } == cited


def _cited(notes: list[str], plot: Plot) -> str:
    (note,) = [note for note in notes if plot.pair[0] in note]
    return re.sub(r" \[\w+\]", "", note.split("every element of ")[1].split(" is recorded")[0])


@pytest.mark.parametrize("number", range(8))
def test_a_defended_path_is_found_where_one_element_goes(tmp_path: Path, number: int) -> None:
    """Whichever element it is; that of one plot, and the others stay away. Not recorded is as good as not met."""
    tables, plots = planted(number, len(PLANTED) + len(MISSES) + len(DEFENDED))
    for plot in [plot for plot in plots if plot.why == "defense"]:
        for name in [row["id"] for row in plot.tables["defenses"]]:
            less = copy.deepcopy(tables)
            (record,) = [row for row in less["defenses"] if row["id"] == name]
            gone = record["met"].pop(number % len(record["met"]))
            record["not_met"] = [gone] if number == 0 else None
            found, _ = of_rule(tmp_path, less)
            assert pairs(plots, "") | {plot.pair} == found


def test_without_the_defenses_all_of_them_are_found(tmp_path: Path) -> None:
    tables, plots = planted(11, 60)
    found, notes = of_rule(tmp_path, {**tables, "defenses": []})
    assert pairs(plots, "", "defense") == found
    assert not [note for note in notes if "not indicated" in note]
