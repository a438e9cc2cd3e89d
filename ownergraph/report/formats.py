"""Reports for other programs: JSON, SARIF and CSV. Each is a function of the report alone: same input, same bytes."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

from ownergraph.audit.evidence import Namer, chains
from ownergraph.audit.results import Authority, ControlledBy, Question, Report, Result
from ownergraph.report.defenses import defense_definitions, defense_layout, sentences
from ownergraph.report.links import Links, link
from ownergraph.report.money_json import evidence_layout, money_definitions, relationship_layout, return_layout
from ownergraph.report.safe import cell, clean, escape_json, namer
from ownergraph.report.sarif import render_sarif
from ownergraph.report.text import STANDING, ranked_questions

FORMAT_VERSION = "1.1"
"""Of the JSON layout: the first number changes when a field is taken away or changes its meaning."""


# --- JSON -----------------------------------------------------------------------------------------------------------


def layout(report: Report, links: Links | None = None) -> dict[str, Any]:
    """The report as JSON holds it; `report_schema` is its schema. With `links` a result has its address. O(results)."""
    name = namer(report)
    return {
        "format": "ownergraph-report",
        "format_version": FORMAT_VERSION,
        "tool": {"name": "ownergraph", "version": report.version},
        "standing": STANDING,
        "structure": report.structure,
        "as_of": report.as_of.isoformat(),
        "law_as_of": report.law_as_of.isoformat(),
        "inputs": {"files": list(report.inputs), "sha256": report.digest or None},
        "counts": {
            "found": report.counts.found,
            "undecided": report.counts.undecided,
            "undecided_law": report.counts.undecided_law,
            "not_found": report.counts.not_found,
        },
        "threshold": report.threshold,
        "controls": [
            {
                "practice": a.practice,
                "state": a.state,
                "answer": a.answer,
                "score": a.score,
                "indicators": a.indicators,
                "by": [_controller(b, name) for b in a.by],
                "questions": [_question(q) for q in a.questions],
            }
            for a in report.controls
        ],
        "scores": [
            {
                "practice": s.practice,
                "state": s.state,
                "score": s.score,
                "band": s.band,
                "rules": [{"rule": code, "weight": weight} for code, weight in s.rules],
            }
            for s in report.scores
        ],
        "checklist": [
            {
                "practice": c.practice,
                "state": c.state or None,
                "point": c.point,
                "answer": c.answer,
                "because": list(c.because),
            }
            for c in report.checklist
        ],
        "findings": [_result(r, name, links) for r in report.findings],
        "undecided": [_result(r, name, links) for r in report.undecided],
        "relationships": [relationship_layout(one) for one in report.relationships],
        "returns": [return_layout(one, name) for one in report.returns],
        "questions": [
            {**_question(question), "results": [r.id for r in results]}
            for question, results in ranked_questions(report)
        ],
        "documents": list(report.documents),
        "assumptions": list(report.assumptions),
        "notes": list(report.notes),
        "names": {entity: name(entity) for entity in sorted(_occurring(report))},
    }


def render_json(report: Report, links: Links | None = None) -> str:
    """The report as JSON."""
    return escape_json(json.dumps(layout(report, links), indent=2, ensure_ascii=False)) + "\n"


def _result(r: Result, name: Namer, links: Links | None) -> dict[str, Any]:
    return {
        "id": r.id,
        "rule": r.rule,
        "title": r.title,
        "outcome": r.outcome,
        "severity": r.severity,
        "basis": r.basis,
        "state": r.state,
        "subject": dict(r.subject),
        "parties": dict(r.parties),
        "message": r.message,
        "arrangement": r.arrangement,
        "authorities": [_authority(a) for a in r.authorities],
        "evidence": [evidence_layout(e) for e in r.evidence],
        "path": chains(r.evidence, name),
        "questions": [_question(q) for q in r.questions],
        "clears": r.clears or None,
        "defenses": [defense_layout(d) for d in r.defenses],
        **({} if links is None else {"neo4j": link(links, r)}),
    }


def _controller(b: ControlledBy, name: Namer) -> dict[str, Any]:
    return {
        "controller": b.controller,
        "class": b.label,
        "physician": b.physician,
        "tier": b.tier,
        "mechanism": b.mechanism,
        "certain": b.certain,
        "ultimate": b.ultimate,
        "ring": list(b.ring),
        "proof": [evidence_layout(e) for e in b.proof],
        "path": chains(b.proof, name),
        "missing": list(b.missing),
    }


def _authority(a: Authority) -> dict[str, Any]:
    consequence = {"text": a.consequence, "verification": a.consequence_verification or "unverified"}
    return {
        "id": a.id,
        "citation": a.citation,
        "verification": a.verification,
        "address": a.address,
        "consequence": consequence if a.consequence and a.consequence != "none known" else None,
    }


def _question(q: Question) -> dict[str, Any]:
    return {"text": q.text, "kind": q.kind}


def _occurring(report: Report) -> set[str]:
    """Entities that the report speaks of; a national graph has millions more."""
    said = {v for r in report.results for v in (*r.subject.values(), *r.parties.values()) if v}
    said |= {d.relied_on_by for r in report.results for d in r.defenses if d.relied_on_by}
    said |= {end for r in report.results for e in r.evidence for end in (e.first, e.second) if end}
    said |= {end for a in report.controls for b in a.by for e in b.proof for end in (e.first, e.second) if end}
    said |= {a.practice for a in report.controls} | {c.practice for c in report.checklist}
    said |= {who for a in report.controls for b in a.by for who in (b.controller, *b.ring)}
    rows = [*(e for r in report.returns for e in (*r.referrals, *r.paths[0]))]
    rows += [e for r in report.relationships for e in (*r.rows, *r.attribution)]
    said |= {end for e in rows for end in (e.first, e.second) if end}
    return {who for who in said if who in report.names or who.startswith("group:")}


# --- its schema -----------------------------------------------------------------------------------------------------

_TEXT: dict[str, Any] = {"type": "string"}
_WORD: dict[str, Any] = {"type": "string", "minLength": 1}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_DAY: dict[str, Any] = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_BOOL: dict[str, Any] = {"type": "boolean"}
_TEXTS: dict[str, Any] = {"type": "array", "items": _TEXT}
_SCORE: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 100}
_CODE: dict[str, Any] = {"type": "string", "pattern": r"^[A-Z0-9]+(-[A-Z0-9]+)*-\d+$"}


def _one_of(*words: str | int) -> dict[str, Any]:
    return {"enum": list(words)}


def _each(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def _object(optional: tuple[str, ...] = (), **fields: dict[str, Any]) -> dict[str, Any]:
    """An object that has exactly these fields; those of `optional` may be absent."""
    named = {field.rstrip("_"): schema for field, schema in fields.items()}
    return {
        "type": "object",
        "properties": named,
        "required": [one for one in named if one not in optional],
        "additionalProperties": False,
    }


def _about(schema: dict[str, Any], text: str) -> dict[str, Any]:
    return {**schema, "description": text}


_SEVERITY = _one_of("info", "low", "medium", "high", "critical")
_VERIFICATION = _one_of("counsel", "primary", "secondary", "unverified")
_BAND = _one_of("low", "medium", "high", "critical")
_PARTIES = {"type": "object", "additionalProperties": _MAYBE}


def _definitions() -> dict[str, Any]:
    return {
        "question": _object(text=_WORD, kind=_one_of("fact", "law", "register")),
        "authority": _object(
            id=_WORD, citation=_WORD, verification=_VERIFICATION, address=_MAYBE,
            consequence=_about(
                {"anyOf": [_object(text=_WORD, verification=_VERIFICATION), {"type": "null"}]},
                "What may follow from a violation, and how far that was verified.",
            ),
        ),
        "evidence": _object(
            row=_about(_WORD, "Id of the row of the input."), relation=_about(_WORD, "Relation or table of the row."),
            from_=_about(_MAYBE, "Id of the party from which the row is drawn."),
            label=_about(_WORD, "What stands on the arrow."),
            to=_about(_MAYBE, "Id of the party to which it is drawn, where there is one."),
            source=_about(_MAYBE, "Document or page that the input gives."),
            place=_about(_WORD, "File and line, or sheet and row."),
        ),
        "result": _object(
            optional=("neo4j",),
            neo4j=_about(_MAYBE, "With --neo4j-browser: address that opens its query; null where its rule has none."),
            id=_about(_WORD, "Stable: rule, then the values of subject and parties, joined by /."), rule=_CODE,
            title=_WORD, outcome=_one_of("found", "undecided"), severity=_SEVERITY,
            basis=_one_of("law", "accounting", "enforcement", "heuristic"),
            state=_about(_MAYBE, "The state whose law it is about."), subject=_PARTIES, parties=_PARTIES,
            message=_WORD, arrangement=_about(_WORD, "Row or entity by which results are grouped."),
            authorities=_each("authority"), evidence=_each("evidence"),
            path=_about(_TEXTS, "The evidence drawn as chains."), questions=_each("question"), clears=_MAYBE,
            defenses=_about(_each("defense"), "Exceptions and safe harbors, the best first."),
        ),
        "controller": _object(
            controller=_about(_WORD, 'Id of an entity, or "group:" and ids joined by +.'),
            class_=_about(_TEXT, "How the controller is called with regard to the state."),
            physician={"type": ["boolean", "null"]}, tier=_about(_one_of(1, 2), "1 votes, 2 contract."),
            mechanism=_one_of("owned votes", "moved votes", "contract"),
            certain=_about(_BOOL, "In every completion of what is not recorded; otherwise in some."),
            ultimate=_BOOL, ring=_TEXTS, proof=_each("evidence"), path=_TEXTS,
            missing=_about(_TEXTS, "Where control is only possible: what is not recorded on its path, as questions."),
        ),
        "control": _object(
            practice=_WORD, state=_WORD, answer=_one_of("found", "not found", "undecided"), score=_SCORE,
            indicators=_about(_BOOL, "The score reaches the threshold."), by=_each("controller"),
            questions=_each("question"),
        ),
        "score": _object(
            practice=_WORD, state=_WORD, score=_SCORE, band=_BAND,
            rules={"type": "array", "items": _object(rule=_CODE, weight=_COUNT)},
        ),
        "check": _object(
            practice=_WORD, state=_MAYBE, point=_WORD, answer=_one_of("yes", "no", "not recorded"),
            because={"type": "array", "items": _CODE},
        ),
    }  # fmt: skip


def report_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the JSON report: every field is required, and no other is allowed."""
    whole = _object(
        format={"const": "ownergraph-report"}, format_version={"const": FORMAT_VERSION},
        tool=_object(name={"const": "ownergraph"}, version=_WORD), standing=_about(_WORD, "How results are meant."),
        structure=_about(_MAYBE, "Name that the input gives itself."), as_of=_about(_DAY, "Day of the facts."),
        law_as_of=_about(_DAY, "Day of the law tables."),
        inputs=_object(files=_TEXTS, sha256={"type": ["string", "null"], "pattern": "^[0-9a-f]{64}$"}),
        counts=_object(
            found=_COUNT, undecided=_COUNT,
            undecided_law=_about(_COUNT, "Of the undecided, those that wait for verified law alone."),
            not_found=_COUNT,
        ),
        threshold={"type": "integer", "minimum": 1, "maximum": 100},
        controls=_about(_each("control"), "Who controls each practice, state by state."),
        scores=_about(_each("score"), "Control scores: heuristic, for triage only."), checklist=_each("check"),
        findings=_about(_each("result"), "Results that are found, the most severe first."),
        undecided=_about(_each("result"), "Results that wait for facts or for verified law."),
        relationships=_about(_each("relationship"), "Financial relationships of those who refer (Stark)."),
        returns=_about(_each("return"), "Value that comes back to those who refer (Anti-Kickback)."),
        questions=_about(
            {"type": "array", "items": _object(**_definitions()["question"]["properties"], results=_TEXTS)},
            "Every question once, the most decisive first and those about law last, with the results that wait for it.",
        ),
        documents=_TEXTS, assumptions=_TEXTS, notes=_TEXTS,
        names={"type": "object", "additionalProperties": _TEXT},
    )  # fmt: skip
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of ownergraph audit",
        **whole,
        "$defs": {**_definitions(), **money_definitions(), **defense_definitions()},
    }


# --- CSV ------------------------------------------------------------------------------------------------------------

COLUMNS = (
    "id", "rule", "title", "outcome", "severity", "basis", "state", "practice", "parties", "message", "path",
    "questions", "authorities", "sources", "arrangement", "defenses",
)  # fmt: skip


def render_csv(report: Report) -> str:
    """One row a result, found and undecided, as RFC 4180 says. Cells that could be formulas are neutralized."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    name = namer(report)
    for result in report.results:
        writer.writerow(cell(" | ".join(parts)) for parts in row(result, name))
    return out.getvalue()


def row(r: Result, name: Namer) -> list[list[str]]:
    """The cells of a result, in the order of COLUMNS, each as its values."""
    practice = r.subject.get("practice")
    values: list[list[str]] = [
        [r.id], [r.rule], [r.title], [r.outcome], [r.severity], [r.basis], [r.state or ""],
        [name(practice) if practice else ""], list(_parties(r, name)), [r.message], chains(r.evidence, name),
        [q.text for q in r.questions], [f"{a.citation} [{a.verification}]" for a in r.authorities],
        list(dict.fromkeys(f"{e.source} ({e.place})" if e.source else e.place for e in r.evidence)), [r.arrangement],
        list(sentences(r.defenses, name)),
    ]  # fmt: skip
    return [[clean(part) for part in parts] for parts in values]


def _parties(r: Result, name: Namer) -> Iterator[str]:
    others = {k: v for k, v in r.subject.items() if k not in ("practice", "state")}
    for role, who in {**others, **r.parties}.items():
        if who is not None:
            yield f"{role.replace('_', ' ')}: {name(who)}"


RENDER: dict[str, Callable[[Report], str]] = {"json": render_json, "sarif": render_sarif, "csv": render_csv}
"""Renderers by the name of their format."""
