"""The answer to "who controls this practice", put together from control, its rule and the score."""

from typing import Literal

from ownergraph.audit.evidence import evidence_of
from ownergraph.audit.results import ControlAnswer, ControlledBy, Result, Score
from ownergraph.rules.api import Graph
from ownergraph.rules.missing import questions as missing


def control_answers(
    g: Graph, results: tuple[Result, ...], scores: tuple[Score, ...], threshold: int
) -> tuple[ControlAnswer, ...]:
    """One answer for each practice and state, sorted by both. O(controllers)."""
    score_of = {(s.practice, s.state): s.score for s in scores}
    by: dict[tuple[str, str], list[ControlledBy]] = {}
    for row in g.controllers.iter_rows(named=True):
        proof = tuple(item for r in row["proof"] if (item := evidence_of(g, r)) is not None)
        by.setdefault((row["practice"], row["state"]), []).append(
            ControlledBy(
                row["controller"], row["tier"], row["mechanism"], bool(row["certain"]), row["ultimate"],
                tuple(row["ring"]), row["controller_is_physician"], row["controller_class"], proof,
                () if row["certain"] else tuple(missing(g, row)),
            )
        )  # fmt: skip
    mine: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        if result.rule == "OWNX-10":
            mine.setdefault((str(result.subject["practice"]), str(result.state)), []).append(result)
    answers = []
    cases = (
        g.practice_states.select("practice", "state").drop_nulls().collect(engine="in-memory").sort("practice", "state")
    )
    for practice, state in cases.iter_rows():
        own = mine.get((practice, state), [])
        outcomes = {r.outcome for r in own}
        answer: Literal["found", "not found", "undecided"] = (
            "found" if "found" in outcomes else "undecided" if outcomes else "not found"
        )
        score = score_of.get((practice, state), 0)
        questions = tuple(dict.fromkeys(q for r in own if r.outcome == "undecided" for q in r.questions))
        found = sorted(
            by.get((practice, state), []),
            key=lambda b: (not b.certain, b.physician is not False, not b.ultimate, b.tier, b.controller),
        )
        answers.append(ControlAnswer(practice, state, answer, score >= threshold, score, tuple(found), questions))
    return tuple(answers)
