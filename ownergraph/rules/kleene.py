"""Three-valued tests: the expression of a rule, whose unknown facts can be named.

A test is a nullable Boolean polars expression, put together from leaves with `&`, `|` and `~` (Kleene's strong
logic, which polars and Cypher share): true is found, false not found, null undecided. What has to be known to decide
an undecided row falls out of the expression: its null leaves whose value would settle it.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from ownergraph.law.columns import BY_NAME


class Test(ABC):
    """A nullable Boolean over the columns of a frame. Make leaves with `fact` and `law`; combine with & | ~."""

    __test__ = False  # not a test case

    def __and__(self, other: "Test") -> "Test":
        return _Node("and", self, other)

    def __or__(self, other: "Test") -> "Test":
        return _Node("or", self, other)

    def __invert__(self) -> "Test":
        return _Node("not", self, self)

    @abstractmethod
    def leaves(self) -> list["Leaf"]:
        """Every leaf once, in the order in which they are written."""

    @abstractmethod
    def expr(self, given: Mapping["Leaf", bool] | None = None) -> pl.Expr:
        """The expression; leaves in `given` are replaced by the value there."""

    @abstractmethod
    def on(self, columns: Mapping["Leaf", str]) -> "Test":
        """The same test with each leaf read from a column that holds its value."""

    @abstractmethod
    def decide(self, values: Mapping["Leaf", bool | None]) -> bool | None:
        """The same in plain Python, for one row: values of the leaves in, the value of the test out."""

    def asks_of(self, values: Mapping["Leaf", bool | None]) -> list["Leaf"]:
        """The facts to ask for in one row: those not known of which one value settles it.

        Where no single fact settles the row, all that are not known. O(leaves x size of the test).
        """
        if self.decide(values) is not None:
            return []
        missing = [leaf for leaf, value in values.items() if value is None]
        settling = [
            leaf for leaf in missing if any(self.decide({**values, leaf: value}) is not None for value in (True, False))
        ]
        return settling or missing


@dataclass(frozen=True, eq=False)
class Leaf(Test):
    """One fact: a nullable Boolean, and the question that asks for it where it is null."""

    value: pl.Expr
    ask: str
    kind: Literal["fact", "law", "register"] = "fact"

    def leaves(self) -> list["Leaf"]:
        """Itself."""
        return [self]

    def on(self, columns: Mapping["Leaf", str]) -> "Leaf":
        """Itself, read from its column."""
        return Leaf(pl.col(columns[self]), self.ask, self.kind)

    def decide(self, values: Mapping["Leaf", bool | None]) -> bool | None:
        """Its value in the row."""
        return values[self]

    def expr(self, given: Mapping["Leaf", bool] | None = None) -> pl.Expr:
        """Its value, or the one given for it."""
        return pl.lit(given[self]) if given and self in given else self.value


@dataclass(frozen=True, eq=False)
class _Node(Test):
    operator: Literal["and", "or", "not"]
    left: Test
    right: Test

    def leaves(self) -> list[Leaf]:
        both = self.left.leaves() + ([] if self.operator == "not" else self.right.leaves())
        return list(dict.fromkeys(both))

    def on(self, columns: Mapping[Leaf, str]) -> Test:
        made: dict[int, Test] = {}

        def again(test: Test) -> Test:
            # a leaf or part that stands twice stays one
            if id(test) not in made:
                if isinstance(test, _Node):
                    made[id(test)] = _Node(test.operator, again(test.left), again(test.right))
                else:
                    made[id(test)] = test.on(columns)
            return made[id(test)]

        return again(self)

    def decide(self, values: Mapping[Leaf, bool | None]) -> bool | None:
        left = self.left.decide(values)
        if self.operator == "not":
            return None if left is None else not left
        right = self.right.decide(values)
        settles = self.operator == "or"  # what decides whatever the other side is
        if settles in (left, right):
            return settles
        return None if None in (left, right) else not settles

    def expr(self, given: Mapping[Leaf, bool] | None = None) -> pl.Expr:
        left = self.left.expr(given)
        if self.operator == "not":
            return ~left
        right = self.right.expr(given)
        return left & right if self.operator == "and" else left | right


def fact(value: pl.Expr, ask: str) -> Leaf:
    """A fact about a row.

    Args:
        value: nullable Boolean expression; null where the fact is not recorded.
        ask: the question for it; `{column}` stands for a value of the row.
    """
    return Leaf(value, ask)


def listed(column: str, words: list[str] | tuple[str, ...], ask: str) -> Leaf:
    """Whether a list column has any of `words`. Null where the list is not recorded."""
    return Leaf(pl.col(column).list.set_intersection(list(words)).list.len() > 0, ask)


def only(column: str, words: list[str] | tuple[str, ...], ask: str) -> Leaf:
    """Whether a list column has something, and nothing but `words`. Null where the list is not recorded."""
    value = (pl.col(column).list.len() > 0) & (pl.col(column).list.set_difference(list(words)).list.len() == 0)
    return Leaf(value, ask)


def law(column: str) -> Leaf:
    """That the cell of the state's row which decides is verified: true, or null where it is not."""
    meaning = BY_NAME[column].meaning
    return Leaf(
        pl.when(pl.col(column).is_not_null()).then(True).otherwise(None),
        f"Counsel must verify the law of {{state}}: {meaning[:1].lower()}{meaning[1:]} (the table says: "
        f"{{{column}_stated}}; unverified)",
        kind="law",
    )


def declared(complete: pl.Expr, ask: str) -> Leaf:
    """False where a register is complete and, so, has nothing more; null where it is open."""
    return Leaf(pl.when(complete).then(False).otherwise(None), ask, kind="register")


def always(value: bool = True) -> Leaf:
    """A test that is the same for every row."""
    return Leaf(pl.lit(value), "")
