import csv
import json
from pathlib import Path

import polars as pl
import pytest

from ownergraph.law import STATES, STRENGTH, stated, states, verification
from ownergraph.law.columns import BY_NAME, COLUMNS, GROUPS
from ownergraph.law.files import rows
from ownergraph.law.vocabulary import ALLIED

RESEARCH = Path(__file__).parents[2].parent / "shared" / "law" / "state_cpom.csv"
EXPECTED = json.loads(Path(__file__).with_name("expected_states.json").read_text(encoding="utf-8"))
"""Whole rows, checked by hand against the research: values as stated, then what stands behind them."""
GRADE = {"V1": "primary", "V2": "secondary"}
RESEARCHED = """
    AK:spu AL:suu AR:suu AZ:suu CA:ppu CO:ppu CT:spu DC:suu DE:spu FL:spp GA:spu HI:spp IA:sps ID:sup IL:pps
    IN:spu KS:suu KY:spu LA:uuu MA:upu MD:suu ME:suu MI:spu MN:ppu MO:spp MS:spu MT:suu NC:ppu ND:ppp NE:spp
    NH:suu NJ:puu NM:spp NV:sus NY:spp OH:suu OK:suu OR:ppu PA:spu RI:spu SC:spp SD:ppp TN:ppp TX:upu UT:uuu
    VA:spp VT:spp WA:ppp WI:spp WV:ssp WY:upp
"""
"""Doctrine, ownership, fee: p primary, s secondary, u unverified, as researched on 2026-11-24."""
SOURCE_COLUMN = {"cpom": "cpom_conf", "ownership": "own_conf", "fee": "fee_conf"}


def research() -> dict[str, dict[str, str]]:
    if not RESEARCH.exists():
        pytest.skip("the research tables are not here")
    with RESEARCH.open(newline="", encoding="utf-8") as file:
        return {row["state"]: row for row in csv.DictReader(file)}


def plain(value: object) -> object:
    if value == ALLIED:
        return "any_licensed"
    return list(value) if isinstance(value, tuple) else value


def deciding(state: str) -> dict[str, object]:
    row = next(row for row in stated() if row.state == state)
    values = {column.name: plain(row.values[column.name]) for column in COLUMNS if column.deciding}
    return values | {"verification": [row.groups[group] for group in GROUPS], "cells": row.cells}


def test_has_every_state_once_in_order():
    assert [row.state for row in stated()] == list(STATES)
    assert len(STATES) == 51


def test_every_cell_is_in_its_closed_list():
    for row in stated():  # stated() itself raises on a wrong word; this holds the types
        for column in COLUMNS:
            value = row.values[column.name]
            kinds = {"flag": bool, "number": int, "words": tuple, "word": str, "text": str}
            assert value is None or type(value) is kinds[column.type], (row.state, column.name)


def test_the_file_has_the_columns_of_the_definition_and_no_others():
    expected = {"state", *BY_NAME, *(f"{group}_verification" for group in GROUPS)}
    assert set(rows("states.csv")[0]) == expected


@pytest.mark.parametrize("state", sorted(EXPECTED))
def test_whole_row_checked_by_hand(state):
    assert deciding(state) == EXPECTED[state]


def test_verification_is_never_stronger_than_in_the_research():
    source = research()
    for row in stated():
        for column in COLUMNS:
            most = GRADE.get(source[row.state][SOURCE_COLUMN[column.group]], "unverified")
            assert STRENGTH[row.verification(column.name)] <= STRENGTH[most], (row.state, column.name)


def test_no_verification_is_stronger_than_researched():
    most = dict(word.split(":") for word in RESEARCHED.split())
    grade = {"u": 0, "s": 1, "p": 2}
    for row in stated():
        for group, letter in zip(GROUPS, most[row.state], strict=True):
            assert STRENGTH[row.groups[group]] <= grade[letter], (row.state, group)


def test_group_verification_is_that_of_the_research():
    source = research()
    for row in stated():
        for group in GROUPS:
            assert row.groups[group] == GRADE.get(source[row.state][SOURCE_COLUMN[group]], "unverified")


def test_words_that_need_no_judgment_are_those_of_the_research():
    source = research()
    for row in stated():
        given = source[row.state]
        assert row.values["cpom"] == given["cpom"]
        assert row.values["cpom_weight"] == int(given["cpom_weight"])
        assert row.values["pct_mgmt_fee"] == given["pct_mgmt_fee"]


def test_strict_bounds_are_those_decided():
    strict = {row.state for row in stated() if row.values["physician_test"] == "more_than"}
    inclusive = {row.state for row in stated() if row.values["min_physician_pct"] == 51}
    some = {row.state for row in stated() if row.values["physician_test"] == "some"}
    none = {row.state for row in stated() if row.values["physician_test"] == "none"}
    assert strict == {"CO", "NJ", "OR", "TX"}
    assert inclusive == {"CA", "AZ", "DC"}
    assert some == {"CT", "GA", "IA", "TN"}
    assert none == {"IN", "RI", "VA", "WA", "WI"}
    assert {row.state for row in stated() if row.values["physician_per_class"]} == {"OR"}
    assert {row.state for row in stated() if row.values["lay_max_strict"]} == {"OR"}


def test_statutory_bans_and_limits_on_owners():
    banned = {row.state for row in stated() if row.values["proxy_ban"]}
    assert banned == {"NY", "AZ", "CT", "DE", "FL", "GA", "IL", "MO", "OR", "PA", "SD"}
    several = {row.state: row.values["one_owner_many_practices"] for row in stated()}
    assert {state: word for state, word in several.items() if word != "none"} == {
        "AK": "barred",
        "ND": "barred",
        "RI": "approval",
    }


def test_no_carve_out_in_new_mexico_and_south_dakota():
    carve_outs = {row.state: row.values["pct_fee_carve_out"] for row in stated()}
    assert (carve_outs["NM"], carve_outs["SD"]) == ("none", "none")


def test_conditional_and_unverified_professions_are_on_the_list():
    for row in stated():
        listed = set(row.values["allied_professions"] or ())
        assert set(row.values["allied_professions_conditional"]) <= listed
        assert set(row.values["allied_professions_unverified"]) <= listed


def test_no_kind_is_both_settled_and_conditional():
    for row in stated():
        for settled, open_ in (
            ("lay_may_employ_exempt", "lay_may_employ_conditional"),
            ("lay_owner_exempt", "lay_owner_conditional"),
        ):
            assert not set(row.values[settled] or ()) & set(row.values[open_] or ()), row.state


@pytest.mark.parametrize("trusted", [False, True])
def test_a_deciding_cell_is_null_exactly_where_it_is_not_law(trusted):
    frame = states(trust_unverified=trusted)
    for column in COLUMNS:
        if not column.deciding or column.name == "allied_professions_unverified":
            continue
        unread = pl.col(f"{column.name}_stated").is_in(column.unread) if column.unread else pl.lit(False)
        withheld = (pl.col(f"{column.name}_verification") == "unverified") & (not trusted)
        expected = pl.col(f"{column.name}_stated").is_null() | unread | withheld
        wrong = frame.filter(pl.col(column.name).is_null() != expected)
        assert wrong["state"].to_list() == [], column.name


def test_trust_gives_what_the_table_states():
    withheld = states().row(by_predicate=pl.col("state") == "NJ", named=True)
    trusted = states(trust_unverified=True).row(by_predicate=pl.col("state") == "NJ", named=True)
    assert (withheld["physician_test"], trusted["physician_test"]) == (None, "more_than")
    assert withheld["physician_test_stated"] == trusted["physician_test_stated"] == "more_than"
    assert trusted["physician_test_verification"] == "unverified"


def test_trust_never_reads_what_was_not_read():
    frame = states(trust_unverified=True).filter(pl.col("director_rule_stated") == "not_read")
    assert frame["director_rule"].to_list() == [None] * frame.height
    assert frame.height > 0


def test_trust_settles_unverified_professions():
    texas = pl.col("state") == "TX"
    assert states().filter(texas)["allied_professions_unverified"].to_list() == [["chiropractor"]]
    assert states(trust_unverified=True).filter(texas)["allied_professions_unverified"].to_list() == [[]]


def test_any_licensed_is_every_allied_profession():
    oregon = next(row for row in stated() if row.state == "OR")
    assert oregon.values["allied_capped"] == ALLIED


def test_types_of_the_frame():
    schema = states().schema
    types = {"flag": pl.Boolean, "number": pl.Int64, "words": pl.List(pl.String)}
    for column in COLUMNS:
        assert schema[column.name] == types.get(column.type, pl.String), column.name


def test_a_cell_can_only_weaken_its_row():
    for row in rows("cell_verification.csv"):
        for state in stated():
            if row["state"] in (state.state, "*"):
                group = state.groups[BY_NAME[row["column"]].group]
                expected = min(group, row["verification"], key=STRENGTH.__getitem__)
                assert STRENGTH[state.verification(row["column"])] <= STRENGTH[expected]
    assert verification("FL", "director_rule") == "unverified"
    assert verification("FL", "lay_max_pct") == "primary"
    assert verification("CA", "forms_allowed") == "secondary"
    assert verification("NJ", "forms_allowed") == "unverified"


@pytest.mark.parametrize(("state", "column"), [("XX", "cpom"), ("CA", "weather")])
def test_asking_for_what_is_not_there(state, column):
    with pytest.raises(KeyError, match="is no"):
        verification(state, column)


def test_weight_is_the_doctrine_as_a_number():
    weights = {"none": 0, "weak": 1, "moderate": 2, "strong": 3}
    assert [row.values["cpom_weight"] for row in stated()] == [weights[row.values["cpom"]] for row in stated()]
    strong = {row.state for row in stated() if row.values["cpom"] == "strong"}
    assert strong == {"CA", "IL", "NC", "NJ", "NY", "OR", "TN", "TX", "WA", "WV"}
