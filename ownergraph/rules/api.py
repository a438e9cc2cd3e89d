"""What a rule is made of. A rule imports this module and law, never another rule."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Literal, NamedTuple

import polars as pl

from ownergraph.analysis import Graph
from ownergraph.rules.kleene import Leaf, Test, always, declared, fact, law, listed, only

__all__ = [
    "SEVERITIES", "Cases", "Graph", "Leaf", "Rule", "Test", "all_rules", "always", "declared", "fact", "law",
    "listed", "only", "rule",
]  # fmt: skip

Severity = Literal["info", "low", "medium", "high", "critical"]
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")
"""From least to most."""
Basis = Literal["law", "accounting", "enforcement", "heuristic"]
DefenseLaw = Literal["stark", "aks"]

HEADINGS = (
    "What it finds", "Why it matters", "What it does not mean", "Facts it needs", "When it is undecided",
    "What clears it", "References",
)  # fmt: skip
"""The headings of every rule's docstring, in order."""


class Cases(NamedTuple):
    """The rows that a rule looks at, one a subject and its parties, and the test that decides them.

    Attributes:
        frame: the rows, with the subject's and parties' columns and those that the test and the message use.
        found: the test.
        evidence: columns that hold ids of rows of the input, or lists of them, in the order in which a path is drawn.
        severity: overrides the rule's own, row by row, where given (a string expression).
        defended: a column with the id, or a list of ids, of rows of the input that a defense may be about. Where each
            of them has a defense of the rule's law with every element recorded as met, the row goes away.
    """

    frame: pl.LazyFrame
    found: Test
    evidence: tuple[str, ...] = ()
    severity: pl.Expr | None = None
    defended: str | None = None


@dataclass(frozen=True)
class Rule:
    """One rule: its identity, its authority, and the function that makes its cases."""

    code: str
    name: str
    severity: Severity
    basis: Basis
    subject: tuple[str, ...]
    parties: tuple[str, ...]
    law: tuple[str, ...]
    authority: tuple[str, ...]
    says: str
    gated: bool
    since: str
    cases: Callable[[Graph], Cases | Sequence[Cases]]
    text: str = ""
    """The docstring of its module."""
    defenses: DefenseLaw | None = None
    """The law whose exceptions or safe harbors defend what it finds."""

    @property
    def family(self) -> str:
        """The code without its number: CTRL, CPOM-OWN, ..."""
        return self.code.rsplit("-", 1)[0]

    @property
    def title(self) -> str:
        """The name as words."""
        return self.name.replace("-", " ").capitalize()

    @cached_property
    def sections(self) -> dict[str, str]:
        """Text of the docstring under each heading; what stands before the first heading under ""."""
        return _sections(self.text)


def rule(
    code: str,
    *,
    name: str,
    severity: Severity,
    basis: Basis,
    says: str,
    subject: tuple[str, ...] = ("practice", "state"),
    parties: tuple[str, ...] = (),
    authority: tuple[str, ...] = (),
    law: tuple[str, ...] = (),
    gated: bool = False,
    since: str = "0.1.0",
    defenses: DefenseLaw | None = None,
) -> Callable[[Callable[[Graph], Cases | Sequence[Cases]]], Rule]:
    """Make a rule of a function that gives its cases.

    Args:
        code: as in the catalogue, FEE-01.
        name: lower case words joined by hyphens.
        severity: before it is scaled by the state's weight.
        basis: where the threshold comes from.
        says: one sentence for a result that is found; `{column}` stands for a value of the row.
        subject: columns that say what the result is about; identity.
        parties: columns that say who else is in it; identity.
        authority: ids in law/data; empty takes those that the law tables give for the code.
        law: cells of the state's row that decide. Where one is unverified the result is undecided.
        gated: severity follows the state's weight: 0 info, 1 one step down.
        since: version that brought the rule.
        defenses: the law whose exceptions ("stark") or safe harbors ("aks") defend what `Cases.defended` names. Rules
            never code defenses themselves.
    """

    def made(cases: Callable[[Graph], Cases | Sequence[Cases]]) -> Rule:
        import sys

        text = (sys.modules[cases.__module__].__doc__ or "").strip()
        return Rule(
            code, name, severity, basis, subject, parties, law, authority, says, gated, since, cases, text, defenses,
        )  # fmt: skip

    return made


def _sections(text: str) -> dict[str, str]:
    parts = re.split(rf"^({'|'.join(HEADINGS)}):\s*", text, flags=re.MULTILINE)
    found = {"": parts[0].strip()}
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        found[heading] = body.strip()
    return found


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by its code, found in the modules of the families below this package, sorted by code."""
    import ownergraph.rules as root

    found: dict[str, Rule] = {}
    for family in pkgutil.iter_modules(root.__path__):
        if not family.ispkg:
            continue
        package = importlib.import_module(f"{root.__name__}.{family.name}")
        for module in pkgutil.iter_modules(package.__path__):
            for value in vars(importlib.import_module(f"{package.__name__}.{module.name}")).values():
                if isinstance(value, Rule):
                    if value.code in found:
                        raise RuntimeError(f"two rules have the code {value.code}")
                    found[value.code] = value
    return dict(sorted(found.items()))
