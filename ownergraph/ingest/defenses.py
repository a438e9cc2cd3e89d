"""Checks of the table `defenses` against what the law knows: ids, elements, and no element both met and not met."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import polars as pl

from ownergraph.ingest.problems import Problems, closest, hint, shown
from ownergraph.ingest.rows import Inputs
from ownergraph.model.structure import FILE, LINE

Elements = Callable[[], Mapping[str, Collection[str]]]
"""Gives the codes of the elements of every defense that is known, by its id. The law stands above the layer that reads
inputs, so whoever reads passes this in; it is called only where an input has defenses."""


def check_defenses(defenses: pl.DataFrame, elements: Elements | None, inputs: Inputs, problems: Problems) -> None:
    """Record what is wrong with rows of the table `defenses`. O(rows).

    Args:
        defenses: the frame of the table.
        elements: what is known; without it ids and codes are not looked at.
        inputs: names of the inputs.
        problems: where to record.
    """
    if not defenses.height:
        return
    known = elements() if elements is not None else None
    first: dict[tuple[str, str], str] = {}
    for row in defenses.iter_rows(named=True):
        _Row(row, inputs, problems).check(known, first)


class _Row:
    def __init__(self, row: dict[str, Any], inputs: Inputs, problems: Problems) -> None:
        self.row, self.inputs, self.problems = row, inputs, problems

    def place(self, field: str) -> str:
        return self.inputs.place("defenses", self.row[FILE], self.row[LINE], field)

    def say(self, field: str, message: str) -> None:
        self.problems.add(self.place(field), "defenses", field, message)

    def check(self, known: Mapping[str, Collection[str]] | None, first: dict[tuple[str, str], str]) -> None:
        """Check the row; `first` has the place of the first row of each defense of a row of the input."""
        name, about = self.row["defense"], self.row["about"]
        if known is not None and name not in known:
            said = _near(name, known, f"the defenses are {', '.join(known)}")
            self.say("defense", f"no defense is called {shown(name)}{said}")
        for field in ("met", "not_met"):
            for code in dict.fromkeys(self.row[field] or ()):
                if known is not None and name in known and code not in known[name]:
                    said = _near(code, known[name], f"its elements are {', '.join(known[name])}")
                    self.say(field, f"{name} has no element {shown(code)}{said}")
        for code in dict.fromkeys(self.row["met"] or ()):
            if code in (self.row["not_met"] or ()):
                at = self.place("met")
                self.say(
                    "not_met",
                    f"{shown(code)} is in met ({at}), too; keep it in one of them, or in none where it is not known",
                )
        if (name, about) in first:
            self.say(
                "defense",
                f'{name} is recorded for "{about}" at {first[name, about]} already; put all of its elements in one row',
            )
        first.setdefault((name, about), self.place("defense"))


def _near(word: str, options: Iterable[str], many: str) -> str:
    """End of a sentence about an unknown word: up to three that come near, or all of them."""
    known = list(options)
    near = closest(word, known, 3)
    if not near:
        return hint(word, known, many) if len(known) <= 25 else f"; {many}"
    return f"; did you mean {' or '.join(shown(option) for option in near)}?"
