"""Which questions come first: the parties' facts, and last what counsel has to verify."""

from pathlib import Path

import ownergraph
from ownergraph.report.text import memo, ranked_questions

ROOT = Path(__file__).parents[2]


def test_law_is_asked_last_and_under_a_heading_of_its_own() -> None:
    """Every question of every undecided result stands once; none about law stands before one about facts or lists."""
    report = ownergraph.load(ROOT / "fixtures/platform.yaml").audit()
    ranked = ranked_questions(report)
    kinds = [question.kind for question, _ in ranked]
    assert {question for question, _ in ranked} == {q for r in report.undecided for q in r.questions}
    assert len(ranked) == len({question for question, _ in ranked})
    assert kinds == sorted(kinds, key=lambda kind: kind == "law")
    assert {"fact", "law"} <= set(kinds)
    lines = [line.text for line in memo(report)]
    facts, law = lines.index("WHAT TO ASK, MOST DECISIVE FIRST"), lines.index("LAW THAT COUNSEL MAY VERIFY")
    first = next(question.text for question, _ in ranked if question.kind == "law")
    assert facts < law
    assert lines[facts + 2].strip().startswith(f"1. {ranked[0][0].text}"[:60])
    assert lines[law + 2].strip().startswith(f"1. {first}"[:60])
