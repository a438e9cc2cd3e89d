"""Defenses beside results: those that take a result away, and those that are listed with one that stays.

A row of a rule with `defenses` goes away where every row of the input that its column `Cases.defended` names has one
defense of which every element is recorded as met, and whose text is verified. That is told in a note, because counsel
must confirm it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from ownergraph.rules.api import Cases, Graph, Rule

if TYPE_CHECKING:
    from ownergraph.analysis.defenses import CheckedDefense

NAMED = 10
"""Subjects that one note names; the rest are counted."""


class Shield(NamedTuple):
    """What defends one row of a rule.

    Attributes:
        away: where it goes away, for each row of the input the defense that is met; empty where it stays.
        listed: every defense of those rows, the best first.
    """

    away: "tuple[CheckedDefense, ...]" = ()
    listed: "tuple[CheckedDefense, ...]" = ()


_NONE = Shield()


def shields(g: Graph, rule: Rule, cases: Cases, rows: pl.DataFrame) -> list[Shield]:
    """What defends each of the rows. Costs nothing for a rule without defenses; otherwise O(rows x defenses).

    Raises:
        ValueError: the cases name a column of what is defended, and the rule no law.
    """
    if cases.defended is None:
        return [_NONE] * rows.height
    if rule.defenses is None:
        raise ValueError(f"{rule.code}: cases have defended={cases.defended!r}, but the rule has no defenses=")
    named = [_ids(value) for value in rows[cases.defended].to_list()]
    ids = sorted({one for row in named for one in row if one is not None})
    g.defenses.prepare(ids)
    checked = {one: g.defenses.of(one, rule.defenses) for one in ids}
    return [_shield(row, checked) for row in named]


def _ids(value: Any) -> list[str | None]:
    return list(dict.fromkeys(value)) if isinstance(value, list) else [value]


def _shield(row: list[str | None], checked: "dict[str, list[CheckedDefense]]") -> Shield:
    known = [checked[one] for one in row if one is not None]
    listed = tuple(sorted((d for defenses in known for d in defenses), key=lambda d: d.rank))
    # the best comes first, so that a defense that is met is the first of its row
    whole = len(known) == len(row) > 0 and all(defenses and defenses[0].excuses for defenses in known)
    return Shield(tuple(defenses[0] for defenses in known) if whole else (), listed)


@dataclass
class Taken:
    """Results that went away, by identity, and the notes that tell of them."""

    rows: dict[tuple[str, ...], list[tuple[Rule, dict[str, Any], Shield]]] = field(default_factory=dict)

    def add(self, key: tuple[str, ...], rule: Rule, row: dict[str, Any], shield: Shield) -> None:
        """Remember a row that goes away."""
        self.rows.setdefault(key, []).append((rule, row, shield))

    def notes(self, g: Graph, kept: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
        """One note for each rule and set of defenses, in order; none for what another row keeps. O(rows)."""
        still = set(kept)
        told: dict[tuple[str, str], set[str]] = {}
        for key, rows in self.rows.items():
            if key not in still:
                rule, row, _ = rows[0]
                who = [row.get(name) for name in (*rule.subject, *rule.parties)]
                names = (g.name(one) if one in g.ids else str(one) for one in who if one is not None)
                named = ", ".join(dict.fromkeys(names))
                met = [one for _, _, shield in rows for one in shield.away]
                told.setdefault((rule.code, _said(met)), set()).add(named)
        return tuple(
            f"{code} is not indicated for {_list(sorted(subjects))}: {said}; counsel must confirm."
            for (code, said), subjects in sorted(told.items())
        )


def _said(met: "list[CheckedDefense]") -> str:
    cited = sorted({f"{one.citation} [{one.verification}]" for one in met})
    alone = "" if all(one.relied_on for one in met) else ", though nobody is recorded as relying on it"
    return f"every element of {' and of '.join(cited)} is recorded{alone}"


def _list(names: list[str]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return "; ".join(names[:NAMED]) + more
