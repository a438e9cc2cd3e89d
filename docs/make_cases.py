"""Writes docs/cases.md from a run over fixtures/cases: what the court held, what ownergraph answers.

Run `python docs/make_cases.py`; a test holds the page in step. Labels are never used to tune a threshold: the page
shows which answers change as the threshold of the control score goes from 25 to 60.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import ownergraph
from ownergraph.audit.evidence import Namer, chains
from ownergraph.audit.results import Report

ROOT = Path(__file__).resolve().parent.parent
CASES = ROOT / "fixtures/cases"
SWEEP = range(25, 61, 5)
FEES = ("FEE-01", "FEE-02", "FEE-03", "FEE-10")
LOOPS = ("STARK", "AKS", "EKRA", "LOOP")
OWNERSHIP = ("CPOM-OWN-01", "CPOM-OWN-02")


@dataclass(frozen=True)
class Answer:
    """What ownergraph says of one question of one case."""

    answer: str
    by: str


def ask(report: Report, question: str) -> Answer:
    """The answer of a report to "control", "ownership", "fee" or "loop" (referrals and money)."""
    if question == "control":
        found = [a for a in report.controls if a.answer == "found"]
        if found:
            mechanisms = sorted({b.mechanism for a in found for b in a.by if b.certain and b.physician is False})
            return Answer("found", ", ".join(mechanisms))
        if any(a.indicators for a in report.controls):
            return Answer("indicators of control", f"score {max(a.score for a in report.controls)}")
        return Answer(report.controls[0].answer, "")
    if question == "loop":
        codes = tuple(sorted({r.rule for r in report.results if r.rule.split("-")[0] in LOOPS}))
    else:
        codes = FEES if question == "fee" else OWNERSHIP
    hits = sorted({r.rule for r in report.findings if r.rule in codes})
    if hits:
        return Answer("found", ", ".join(hits))
    return Answer("undecided" if any(r.rule in codes for r in report.undecided) else "not found", "")


def page() -> str:
    """The whole page."""
    labels = json.loads((CASES / "labels.json").read_text(encoding="utf-8"))
    lines = [
        "# Court cases",
        "",
        "Made by `python docs/make_cases.py` from the structures in `fixtures/cases`. Facts that could not be verified",
        "are entered as unknown. A court's answer is about its own facts and law; ours is an indicator on what was",
        "recorded.",
        "A `twin` is invented: the same money under an arrangement whose defense is recorded element by element.",
        "`undecided` means that facts are missing, and is no answer either way.",
        "",
        "| case | question | court | ownergraph | by |",
        "|---|---|---|---|---|",
    ]
    details: list[str] = []
    for key, label in labels.items():
        name = key.split("#")[0]
        graph = ownergraph.load(CASES / f"{name}.yaml")
        report = graph.audit()
        mine = ask(report, label["question"])
        lines.append(
            f"| {label['citation']} | {label['question']} | {label['court']} | {mine.answer} | {mine.by or '-'} |"
        )
        if "#" in key:
            continue
        if label["question"] == "loop":
            details += _loop(label, report)
            continue
        scores = sorted({a.score for a in report.controls}) or [0]
        details += [
            "",
            f"## {name}",
            "",
            f"{label['citation']}. The court: {label['held']}.",
            "",
            f"- Found: {', '.join(sorted({r.rule for r in report.findings})) or 'nothing'}.",
            f"- Undecided: {', '.join(sorted({r.rule for r in report.undecided})) or 'nothing'}.",
            f"- Control score: {', '.join(map(str, scores))} of 100 (heuristic).",
        ]
        asked = list(
            dict.fromkeys(
                q.text for r in report.undecided if r.rule == "OWNX-10" for q in r.questions if q.kind != "law"
            )
        )
        details += [f"- Unknown: {text}" for text in asked]
    lines += ["", "## Threshold", "", sweep(labels), *details]
    return "\n".join(lines) + "\n"


def _loop(label: dict[str, str], report: Report) -> list[str]:
    """What is told of a case about referrals and money."""
    paths = [chain for one in report.returns for chain in chains(one.closed, Namer(dict(report.names)))]
    return [
        "",
        f"## {report.structure}",
        "",
        f"{label['citation']}. {label['held']}.",
        "",
        f"- Found: {', '.join(sorted({r.rule for r in report.findings})) or 'nothing'}.",
        f"- Undecided: {', '.join(sorted({r.rule for r in report.undecided})) or 'nothing'}.",
        *(f"- Value comes back: {path}" for path in paths),
        *(f"- {note}" for note in report.notes if "is not indicated for" in note),
    ]


def sweep(labels: dict[str, dict[str, str]]) -> str:
    """Table of the answers to "control" at every threshold."""
    rows = [
        'The control score gives "indicators of control" from a threshold on (40 unless set otherwise). The answers to',
        "the question of control, with the threshold from 25 to 60:",
        "",
        "| case | court | " + " | ".join(map(str, SWEEP)) + " |",
        "|---|---|" + "---|" * len(SWEEP),
    ]
    for name, label in labels.items():
        if label["question"] != "control":
            continue
        graph = ownergraph.load(CASES / f"{name}.yaml")
        answers = [ask(graph.audit(threshold=t), "control").answer for t in SWEEP]
        short = {"found": "found", "indicators of control": "indicators", "undecided": "undecided", "not found": "no"}
        rows.append(f"| {name} | {label['court']} | " + " | ".join(short[a] for a in answers) + " |")
    return "\n".join(rows)


if __name__ == "__main__":
    (ROOT / "docs/cases.md").write_text(page(), encoding="utf-8")
