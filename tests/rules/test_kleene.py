"""The algebra of tests is Kleene's, and what it asks for is what would settle the row."""

from itertools import product

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.rules.kleene import Leaf, Test, always, declared, fact, law, listed, only

NAMES = ("a", "b", "c", "d")
VALUES = (True, False, None)
ROWS = list(product(VALUES, repeat=len(NAMES)))
FRAME = pl.DataFrame(ROWS, schema=dict.fromkeys(NAMES, pl.Boolean), orient="row")

Tree = str | tuple[str, "Tree"] | tuple[str, "Tree", "Tree"]

trees = st.recursive(
    st.sampled_from(NAMES),
    lambda below: st.one_of(st.tuples(st.just("not"), below), st.tuples(st.sampled_from(["and", "or"]), below, below)),
    max_leaves=8,
)


def build(tree: Tree, leaves: dict[str, Leaf]) -> Test:
    """The test that a tree of words stands for."""
    if isinstance(tree, str):
        return leaves[tree]
    if len(tree) == 2:
        return ~build(tree[1], leaves)
    left, right = build(tree[1], leaves), build(tree[2], leaves)
    return left & right if tree[0] == "and" else left | right


def kleene(tree: Tree, row: dict[str, bool | None]) -> bool | None:
    """Strong Kleene logic by its tables: false < unknown < true, and is the least, or the greatest."""
    order: dict[bool | None, int] = {False: 0, None: 1, True: 2}
    if isinstance(tree, str):
        return row[tree]
    if len(tree) == 2:
        value = kleene(tree[1], row)
        return None if value is None else not value
    both = (kleene(tree[1], row), kleene(tree[2], row))
    return min(both, key=order.__getitem__) if tree[0] == "and" else max(both, key=order.__getitem__)


def names(tree: Tree) -> set[str]:
    """The leaves that occur."""
    return {tree} if isinstance(tree, str) else set().union(*(names(part) for part in tree[1:]))


def fresh() -> dict[str, Leaf]:
    """One leaf a column."""
    return {name: fact(pl.col(name), name) for name in NAMES}


@settings(max_examples=200, deadline=None)
@given(tree=trees)
def test_algebra(tree: Tree) -> None:
    """On all 81 rows the expression has the value that Kleene's tables give."""
    expected = [kleene(tree, dict(zip(NAMES, row, strict=True))) for row in ROWS]
    assert expected == FRAME.select(v=build(tree, fresh()).expr())["v"].to_list()


@settings(max_examples=200, deadline=None)
@given(tree=trees)
def test_sound(tree: Tree) -> None:
    """What is decided with unknown leaves is so in every completion of them."""
    decided = FRAME.select(v=build(tree, fresh()).expr())["v"].to_list()
    for row, value in zip(ROWS, decided, strict=True):
        if value is not None:
            choices = [VALUES[:2] if v is None else (v,) for v in row]
            assert {kleene(tree, dict(zip(NAMES, full, strict=True))) for full in product(*choices)} == {value}


@settings(max_examples=200, deadline=None)
@given(tree=trees)
def test_asks(tree: Tree) -> None:
    """Asked for are the null leaves of which one value settles the row; where there is none, all null leaves."""
    test = build(tree, fresh())
    assert {leaf.ask for leaf in test.leaves()} == names(tree)
    for row in ROWS:
        facts = dict(zip(NAMES, row, strict=True))
        null = {name for name in names(tree) if facts[name] is None}
        settles = {n for n in null if any(kleene(tree, {**facts, n: v}) is not None for v in (True, False))}
        undecided = kleene(tree, facts) is None
        expected = (settles or null) if undecided else set()
        values = {leaf: facts[leaf.ask] for leaf in test.leaves()}
        assert expected == {leaf.ask for leaf in test.asks_of(values)}


@settings(max_examples=200, deadline=None)
@given(tree=trees)
def test_by_row_as_by_columns(tree: Tree) -> None:
    """What is decided row by row is what the expressions over columns give."""
    test = build(tree, fresh())
    columns = {leaf: leaf.ask for leaf in test.leaves()}
    assert FRAME.select(v=test.expr())["v"].to_list() == FRAME.select(v=test.on(columns).expr())["v"].to_list()
    for row in ROWS:
        facts = dict(zip(NAMES, row, strict=True))
        values = {leaf: facts[leaf.ask] for leaf in test.leaves()}
        assert test.decide(values) == kleene(tree, facts)


def test_same_leaf_twice() -> None:
    """A leaf that occurs twice is one fact: a given value replaces both."""
    leaf = fact(pl.col("a"), "a")
    frame = pl.DataFrame({"a": [None]}, schema={"a": pl.Boolean})
    assert frame.select(v=(leaf & ~leaf).expr({leaf: True}))["v"].to_list() == [False]


def test_lists() -> None:
    """`listed` and `only` are null where the list is not recorded; an empty list has nothing."""
    frame = pl.DataFrame({"x": [["a"], ["a", "b"], ["b"], [], None]}, schema={"x": pl.List(pl.String)})
    got = frame.select(any=listed("x", ["a"], "?").expr(), only=only("x", ["a"], "?").expr())
    assert got["any"].to_list() == [True, True, False, False, None]
    assert got["only"].to_list() == [True, False, False, False, None]


def test_registers_and_law() -> None:
    """A complete register is false, an open one null; a withheld cell of law is null, else true."""
    frame = pl.DataFrame(
        {"x": [True, False], "pct_mgmt_fee": ["barred", None], "pct_mgmt_fee_stated": ["barred", "barred"]}
    )
    got = frame.select(
        declared=declared(pl.col("x"), "?").expr(), law=law("pct_mgmt_fee").expr(), always=always().expr()
    )
    assert got["declared"].to_list() == [False, None]
    assert got["law"].to_list() == [True, None]
    assert got["always"].to_list() == [True, True]
    assert [leaf.kind for leaf in (law("pct_mgmt_fee").leaves()[0], declared(pl.col("x"), "?"))] == ["law", "register"]
