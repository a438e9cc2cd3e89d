"""SARIF 2.1.0: results in the format that code hosts and viewers of findings read."""

import hashlib
import json
import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

from ownergraph.audit.evidence import Namer
from ownergraph.audit.results import Evidence, Report, Result
from ownergraph.report.rules import cited, section
from ownergraph.report.safe import clean, escape_json, namer
from ownergraph.report.text import STANDING
from ownergraph.rules.api import HEADINGS, Rule, all_rules

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note", "info": "note"}
"""Level of a finding by its severity. What is undecided has the kind "open" and, as SARIF asks, the level "none"."""

_PLACE = re.compile(r"^(?P<file>.+) (?P<unit>line|row|cell) (?P<at>\w+)$")


def layout(report: Report) -> dict[str, Any]:
    """The report as a SARIF log. O(results)."""
    name = namer(report, safe=True)
    codes = sorted({r.rule for r in report.results})
    number = {code: k for k, code in enumerate(codes)}
    first = {r.rule: r for r in reversed(report.results)}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "ownergraph",
                        "version": report.version,
                        "semanticVersion": report.version,
                        "shortDescription": {"text": "Ownership and control of medical practices"},
                        "fullDescription": {"text": STANDING},
                        "rules": [_rule(all_rules().get(code), first[code]) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [_result(r, number[r.rule], name) for r in report.results],
                "properties": {
                    "structure": report.structure,
                    "asOf": report.as_of.isoformat(),
                    "lawAsOf": report.law_as_of.isoformat(),
                    "inputs": list(report.inputs),
                    "digest": report.digest,
                    "found": report.counts.found,
                    "undecided": report.counts.undecided,
                    "undecidedForLaw": report.counts.undecided_law,
                    "notIndicated": report.counts.not_found,
                    "assumptions": list(report.assumptions),
                    "notes": list(report.notes),
                },
            }
        ],
    }


def render_sarif(report: Report) -> str:
    """The report as SARIF 2.1.0."""
    return escape_json(json.dumps(layout(report), indent=2, ensure_ascii=False)) + "\n"


def _rule(rule: Rule | None, result: Result) -> dict[str, Any]:
    """A reporting descriptor: from the rule, or, for one that is no longer known, from what its result says."""
    title, severity, basis = (
        (rule.title, rule.severity, rule.basis) if rule else (result.title, result.severity, result.basis)
    )
    sections = {h: text for h in HEADINGS if (text := section(rule, h))} if rule else {}
    told = [f"{h}: {text}" for h, text in sections.items() if h != "References"]
    return {
        "id": result.rule,
        "name": "".join(word.capitalize() for word in re.split(r"\W+", title)),
        "shortDescription": {"text": f"{title}."},
        "fullDescription": {"text": sections.get("What it finds", f"{title}.")},
        "help": {"text": "\n\n".join(told) or f"{title}."},
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {
            "severity": severity,
            "basis": basis,
            "authorities": [
                {"id": a.id, "citation": a.citation, "verification": a.verification}
                for a in (cited(rule) if rule else result.authorities)
            ],
            "references": sections.get("References", ""),
        },
    }


def _result(r: Result, number: int, name: Namer) -> dict[str, Any]:
    found = r.outcome == "found"
    logical = [
        {"name": name(who), "fullyQualifiedName": clean(who), "kind": role}
        for role, who in {**r.subject, **r.parties}.items()
        if who is not None
    ]
    where = _physical(r.evidence[0]) if r.evidence else {}
    return {
        "ruleId": r.rule,
        "ruleIndex": number,
        "kind": "fail" if found else "open",
        "level": LEVELS[r.severity] if found else "none",
        "message": {"text": clean(f"{r.message}." if found else _asked(r))},
        "locations": [{**where, "logicalLocations": logical}],
        "relatedLocations": [
            {
                "id": k,
                **_physical(e),
                "message": {"text": clean(_told(e, name))},
            }
            for k, e in enumerate(r.evidence, 1)
        ],
        "partialFingerprints": {"ownergraph/v1": hashlib.sha256(r.id.encode(errors="backslashreplace")).hexdigest()},
        "properties": {
            "id": r.id,
            "severity": r.severity,
            "basis": r.basis,
            "outcome": r.outcome,
            "state": r.state,
            "arrangement": r.arrangement,
            "authorities": [
                {
                    "citation": a.citation,
                    "verification": a.verification,
                    "consequence": a.consequence,
                    "consequenceVerification": a.consequence_verification,
                }
                for a in r.authorities
            ],
            "questions": [{"text": q.text, "kind": q.kind} for q in r.questions],
            "clears": r.clears,
            "defenses": [
                {
                    "id": d.id,
                    "citation": d.citation,
                    "verification": d.verification,
                    "row": clean(d.row),
                    "about": clean(d.about),
                    "reliedOnBy": clean(d.relied_on_by) if d.relied_on_by else None,
                    "elements": dict(d.elements),
                }
                for d in r.defenses
            ],
        },
    }


def _asked(r: Result) -> str:
    return f"{r.message}." + "".join(f" {q.text}" for q in r.questions)


def _told(e: Evidence, name: Namer) -> str:
    end = f" {name(e.second)}" if e.second is not None else ""
    source = f" ({e.source})" if e.source else ""
    return f"{name(e.first)} {e.label}{end}{source}; {e.place}"


def _physical(e: Evidence) -> dict[str, Any]:
    """File and line of a row of the input; nothing where its place is not recorded."""
    if e.place == "not recorded":
        return {}
    found = _PLACE.match(e.place)
    file, unit, at = (found["file"], found["unit"], found["at"]) if found else (e.place, "", "")
    # sheets of a workbook and rows of a table have no lines; the message of the location names them
    place: dict[str, Any] = {"artifactLocation": {"uri": uri(file.split("!")[0] if unit != "line" else file)}}
    if unit == "line" and at.isdigit() and int(at) > 0:
        place["region"] = {"startLine": int(at)}
    return {"physicalLocation": place}


def uri(path: str) -> str:
    r"""A path as a URI: relative ones stay relative.

    Example:
        >>> uri("deals/summit deal.yaml"), uri("/data/a.csv"), uri("C:\\data\\a.csv")
        ('deals/summit%20deal.yaml', 'file:///data/a.csv', 'file:///C:/data/a.csv')
    """
    if PureWindowsPath(path).drive:
        return PureWindowsPath(path).as_uri() if PureWindowsPath(path).is_absolute() else quote(path, safe="/")
    if PurePosixPath(path).is_absolute():
        return PurePosixPath(path).as_uri()
    return quote(path.replace("\\", "/"), safe="/")
