"""The control score: which control rules are found for a practice, weighed and added up.

Heuristic, for triage only (weights of the catalogue); never an edge of control. A power counts once: where the rule
that a weight belongs to is found more than once, its weight is added once.
"""

from collections.abc import Iterable

from ownergraph.audit.results import Result, Score

WEIGHTS: dict[str, int] = {
    "CTRL-01": 20, "CTRL-02": 8, "CTRL-03": 15, "CTRL-04": 15, "CTRL-05": 10, "CTRL-06": 12, "CTRL-07": 30,
    "CTRL-08": 15, "CTRL-09": 10, "CTRL-10": 15, "CTRL-11": 8, "CTRL-12": 12, "CTRL-13": 8, "CTRL-14": 4,
    "CTRL-15": 6, "CTRL-16": 12, "CTRL-17": 25, "CTRL-18": 15, "CTRL-19": 6, "CTRL-20": 4, "CTRL-21": 20,
    "CTRL-22": 12, "CTRL-23": 6,
}  # fmt: skip
THRESHOLD = 40
"""Score from which a practice shows "indicators of control", unless set otherwise."""


def band(score: int) -> str:
    """60 and more critical, 40 high, 20 medium, below that low."""
    return "critical" if score >= 60 else "high" if score >= 40 else "medium" if score >= 20 else "low"


def scores(results: Iterable[Result]) -> tuple[Score, ...]:
    """Scores of every practice and state with a control rule that is found; highest first. O(results).

    One result of a practice's owner (CTRL-05) counts for each practice that it names.
    """
    rules: dict[tuple[str, str], set[str]] = {}
    for result in results:
        if result.outcome == "found" and result.rule in WEIGHTS and result.state and result.subject.get("practice"):
            rules.setdefault((str(result.subject["practice"]), result.state), set()).add(result.rule)
    made = []
    for (practice, state), codes in rules.items():
        score = min(100, sum(WEIGHTS[code] for code in codes))
        made.append(Score(practice, state, score, band(score), tuple((code, WEIGHTS[code]) for code in sorted(codes))))
    return tuple(sorted(made, key=lambda s: (-s.score, s.practice, s.state)))
