"""The points of the source guide for every practice: yes, no, or not recorded.

A point is "no" where one of its rules is found, "yes" where all of them are not indicated, and otherwise not recorded.
"""

from typing import NamedTuple

from ownergraph.audit.engine import Ran
from ownergraph.audit.results import Check
from ownergraph.rules.api import Graph


class Point(NamedTuple):
    """A point of the guide, and the rules that answer it."""

    text: str
    rules: tuple[str, ...]


REPLACED = "Owner cannot be replaced by the manager"
"""Answered "no", too, by any right that certainly moves the votes of the practice, whoever holds it."""

POINTS: tuple[Point, ...] = (
    Point("Owners are licensed", ("CPOM-OWN-01", "CPOM-OWN-02", "CPOM-OWN-03")),
    Point("No non-physician controls the practice", ("OWNX-10",)),
    Point("Manager provides administrative services only", ("MSA-07", "CTRL-07", "CTRL-08")),
    Point("Agreement is in writing and signed", ("MSA-01", "MSA-02")),
    Point("Agreement defines services and terms", ("MSA-03", "MSA-04", "MSA-05")),
    Point("Fee is at fair market value", ("MSA-06",)),
    Point("Fee does not follow the income of the practice", ("FEE-01", "FEE-02", "FEE-03", "FEE-10")),
    Point("Bank accounts are apart", ("MSA-09", "CTRL-10")),
    Point("Clinical and administrative roles are apart", ("CTRL-03", "MSA-11")),
    Point("Clinical decisions stay with physicians", ("CTRL-07", "CTRL-08", "MSA-08")),
    Point(REPLACED, ("CTRL-01", "CTRL-21", "CPOM-OWN-08")),
    Point("Compliance is reviewed regularly", ("MSA-10",)),
)


def checklist(g: Graph, ran: Ran, rules: frozenset[str]) -> tuple[Check, ...]:
    """Every point whose rules were run, for each practice and state. O(practices x points)."""
    found: dict[tuple[str, str | None, str | None], str] = {}
    for result in ran.results:
        key = (result.rule, result.subject.get("practice"), result.state)
        if result.outcome == "found" or key not in found:
            found[key] = result.outcome
    moves = g.control.votes.moves
    moved = set(moves.filter(moves["certain"])["company"])
    managed = set(g.relations["MANAGES"]["managed"])
    checks = []
    cases = g.practice_states.select("practice", "state").collect(engine="in-memory").sort("practice", "state")
    for practice, state in cases.iter_rows():
        for point in POINTS:
            codes = [code for code in point.rules if code in rules]
            if not codes:
                continue
            answers = [(code, found.get((code, practice, state))) for code in codes]
            failed = tuple(code for code, answer in answers if answer == "found")
            if point.text == REPLACED and practice in moved and not failed:
                failed = ("a right over its votes",)
            open_ = tuple(code for code, answer in answers if answer == "undecided")
            clear = [code for code in codes if (code, practice, state) in ran.closed]
            if failed:
                checks.append(Check(practice, state or "", point.text, "no", failed))
            elif open_ or not clear:
                if not open_ and practice not in managed and not clear and state:
                    continue  # without an agreement its points have no answer to give
                checks.append(Check(practice, state or "", point.text, "not recorded", open_))
            else:
                checks.append(Check(practice, state or "", point.text, "yes", tuple(clear)))
    return tuple(checks)
