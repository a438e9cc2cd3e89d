"""Tables checked by columns give what the check row by row gives: the same frames, the same problems."""

import csv
import inspect
import io
from datetime import date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ownergraph.ingest import InputError, bulk, read
from ownergraph.ingest.fields import extra_fields, specs
from ownergraph.model import TABLES

NEVER = 10**9


def outcome(paths: list[Path], threshold: int) -> Any:
    with patch.object(bulk, "THRESHOLD", threshold):
        try:
            structure = read(paths)
        except InputError as error:
            return error.problems
    return {table: (frame.schema, frame.rows()) for table, frame in structure.tables.items()}


ODD = [
    "", " ", "unknown", "?", "none", "[]", "a", " b ", "x", "yes", "No", "1", "0", "-1", "3.0", "3.5", "1,000", "$5",
    "1e3", "1e400", "nan", "inf", "30%", "130", "51%", ">50%", "25-50%", "0.51", "700 of 1,000", "50-20%", "101%",
    "percent", "fraction", "Fraction", "2024-01-31", "2024-02-30", "0001-01-01", "2023-01-01", "1/2/2024", "CA", "ca",
    "CA; NV", "ZZ", "equity", "option", "organization", "person", "account", "practice", "mso; fund", "physician",
    "active", "lapsed", "director", "pct_net", "any_time; death", "1234567893", "1234567890", "123456789", "245381",
    "12-3456789", "500000", "1000001", "333333", "é", "a\u2028b", "\x1cq", "a,b", 'say "so"', "two\nlines", "owners",
    "2024-01-31 00:00:00", "2024-01-31T00:00", "9" * 30, "x" * 201,
]  # fmt: skip
CELL = st.sampled_from(ODD) | st.text(max_size=6).filter(lambda text: "\r" not in text and "\x00" not in text)


def columns(table: str) -> list[str]:
    taken = specs(TABLES[table])
    return [*taken, *extra_fields(table, taken)]


ENTITIES = ("id,kind\n" + "".join(f"{name},organization\n" for name in ("a", "b", "x", "1", "0"))).encode()


@st.composite
def tables(draw: st.DrawFn) -> tuple[str, list[str], list[list[str]]]:
    table = draw(st.sampled_from(["owns", "entities", "manages", "licensed_in", "refers_to", "appoints_board",
                                  "restricts_transfer", "complete", "financials", "discloses"]))  # fmt: skip
    taken = specs(TABLES[table])
    needed = [name for name, spec in taken.items() if spec.required]
    chosen = draw(st.lists(st.sampled_from(columns(table)), max_size=6, unique=True))
    names = list(dict.fromkeys([*needed, *chosen]))
    good = {"entity": "a", "kind": "person", "profession": "dentist", "state": "CA", "register": "owners"}
    row = st.tuples(*(
        CELL | st.sampled_from([good.get(name, "a"), good.get(name, "b"), ""]) if name in needed else CELL
        for name in names
    ))  # fmt: skip
    return table, names, [list(cells) for cells in draw(st.lists(row, min_size=1, max_size=6))]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tables())
def test_csv(tmp_path: Path, made: tuple[str, list[str], list[list[str]]]) -> None:
    table, names, rows = made
    out = io.StringIO()
    csv.writer(out).writerows([names, *rows])
    paths = [tmp_path / f"{table}.csv"]
    paths[0].write_bytes(out.getvalue().encode("utf-8", "replace"))
    if table != "entities":
        paths.append(tmp_path / "entities.csv")
        paths[1].write_bytes(ENTITIES)
    assert outcome(paths, NEVER) == outcome(paths, 0)


VALUES: list[tuple[Any, list[Any]]] = [
    (pl.String, ODD),
    (pl.Int64, [None, 0, 1, -1, 51, 500_000, 2_000_000, 1234567893]),
    (
        pl.Float64,
        [None, 0.0, 0.51, 51.0, 33.3333, 33.33333, 1 / 3, 0.1 + 0.2, -1.0, 130.0, float("nan"), float("inf")],
    ),
    (pl.Boolean, [None, True, False]),
    (pl.Date, [None, date(2024, 1, 31), date(2023, 1, 1)]),
    (pl.Datetime, [None, datetime(2024, 1, 31), datetime(2024, 1, 31, 5)]),
    (pl.List(pl.String), [None, [], ["CA"], ["mso", "fund"], ["any_time"], ["a", ""], [None], [" x"]]),
    (pl.Null, [None]),
]


@st.composite
def frames(draw: st.DrawFn) -> tuple[str, pl.DataFrame]:
    table, names, rows = draw(tables())
    made = {}
    for at, name in enumerate(names):
        if draw(st.integers(0, 3)) == 0:
            dtype, values = draw(st.sampled_from(VALUES))
            made[name] = pl.Series([draw(st.sampled_from(values)) for _ in rows], dtype=dtype)
        else:
            made[name] = pl.Series([row[at] for row in rows], dtype=pl.String)
    return table, pl.DataFrame(made)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frames())
def test_parquet(tmp_path: Path, made: tuple[str, pl.DataFrame]) -> None:
    table, frame = made
    paths = [tmp_path / f"{table}.parquet"]
    frame.write_parquet(paths[0])
    if table != "entities":
        paths.append(tmp_path / "entities.csv")
        paths[1].write_bytes(ENTITIES)
    assert outcome(paths, NEVER) == outcome(paths, 0)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.floats(0, 100) | st.decimals(0, 100, places=5).map(float), min_size=1, max_size=20),
    st.sampled_from(["share", "share_min_pct", "share_max_pct"]),
)
def test_percentages(tmp_path: Path, numbers: list[float], column: str) -> None:
    rows = pl.DataFrame({"owner": "a", "owned": [f"o{i}" for i in range(len(numbers))], column: numbers})
    rows.with_columns(share_unit=pl.lit("percent")).write_parquet(tmp_path / "owns.parquet")
    entities = pl.DataFrame({"id": ["a", *rows["owned"]], "kind": "organization"})
    entities.write_csv(tmp_path / "entities.csv")
    assert outcome([tmp_path], NEVER) == outcome([tmp_path], 0)


def test_a_unit_that_changes_far_down(tmp_path: Path) -> None:
    rows = [f"a,b{i},0.5,fraction" for i in range(3000)] + ["a,b,51,percent", "a,c,52,percent"]
    (tmp_path / "owns.csv").write_text("owner,owned,share,share_unit\n" + "\n".join(rows) + "\n")
    names = ["a", "b", "c", *(f"b{i}" for i in range(3000))]
    (tmp_path / "entities.csv").write_text("id,kind\n" + "".join(f"{name},mso\n" for name in names))
    said = [
        f'{tmp_path}/owns.csv line 3002, owns, share: "51" is a percentage, but {tmp_path}/owns.csv line 2 has a '
        "fraction; use one unit for the whole column"
    ]
    assert outcome([tmp_path], 2000) == said
    assert outcome([tmp_path], NEVER) == said


@pytest.mark.parametrize("table", TABLES)
def test_every_validator_of_a_model_has_its_column_check(table: str) -> None:
    found = {item.func.__qualname__ for item in TABLES[table].__pydantic_decorators__.model_validators.values()}
    assert found - set(bulk.DOUBTS) == set()


def test_no_column_check_is_left_over() -> None:
    used = {
        item.func.__qualname__
        for model in TABLES.values()
        for item in model.__pydantic_decorators__.model_validators.values()
    }
    assert set(bulk.DOUBTS) == used
    assert inspect.isfunction(bulk.doubts)


def test_too_many_problems_are_counted(tmp_path: Path) -> None:
    (tmp_path / "entities.csv").write_text("id,kind\n" + "".join(f"e{i},thing\n" for i in range(12_000)))
    found = outcome([tmp_path / "entities.csv"], 2000)
    assert (len(found), found[200:]) == (
        202, ["and 4,800 more problems", "and 7,000 more rows that cannot be used"],
    )  # fmt: skip
