"""The SARIF report, against the parts of the SARIF 2.1.0 schema that it uses."""

import hashlib
import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

import ownergraph
from ownergraph.audit.results import Report
from ownergraph.report.sarif import LEVELS, SCHEMA, layout, render_sarif, uri
from ownergraph.rules.api import SEVERITIES, all_rules


def closed(required: list[str], **fields: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": fields}


def each(item: dict[str, Any], **limits: Any) -> dict[str, Any]:
    return {"type": "array", "items": item, **limits}


TEXT = {"type": "string"}
MESSAGE = closed(["text"], text={"type": "string", "minLength": 1})
LEVEL = {"enum": ["none", "note", "warning", "error"]}
BAG = {"type": "object"}
LOCATION = closed(
    [],
    id={"type": "integer", "minimum": -1},
    message=MESSAGE,
    physicalLocation=closed(
        ["artifactLocation"],
        artifactLocation=closed(["uri"], uri={"type": "string", "pattern": r"^[!-~]+$", "format": "uri-reference"}),
        region=closed(["startLine"], startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=each(closed([], name=TEXT, fullyQualifiedName=TEXT, kind=TEXT), uniqueItems=True),
)
RULE = closed(
    ["id"], id=TEXT, name=TEXT, shortDescription=MESSAGE, fullDescription=MESSAGE, help=MESSAGE,
    defaultConfiguration=closed([], level=LEVEL), properties=BAG,
)  # fmt: skip
RESULT = {
    **closed(
        ["message"], ruleId=TEXT, ruleIndex={"type": "integer", "minimum": 0}, level=LEVEL, message=MESSAGE,
        kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
        locations=each(LOCATION), relatedLocations=each(LOCATION, uniqueItems=True),
        partialFingerprints={"type": "object", "additionalProperties": TEXT}, properties=BAG,
    ),
    # SARIF 3.27.10: whatever is not "fail" has the level "none"
    "if": {"properties": {"kind": {"const": "fail"}}},
    "else": {"properties": {"level": {"const": "none"}}},
}  # fmt: skip
DRIVER = closed(
    ["name"], name=TEXT, version=TEXT, semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    shortDescription=MESSAGE, fullDescription=MESSAGE, rules=each(RULE, uniqueItems=True),
)  # fmt: skip
RUN = closed(
    ["tool"], tool=closed(["driver"], driver=DRIVER), results=each(RESULT), properties=BAG,
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
)  # fmt: skip
LOG = closed(["version", "runs"], **{"$schema": TEXT, "version": {"const": "2.1.0"}, "runs": each(RUN)})


def check(made: Any) -> None:
    Draft202012Validator(LOG, format_checker=FormatChecker()).validate(made)
    for run in made["runs"]:
        rules = run["tool"]["driver"]["rules"]
        assert [r["ruleId"] for r in run["results"]] == [rules[r["ruleIndex"]]["id"] for r in run["results"]]


def test_whole_results(report: Report) -> None:
    made = json.loads(render_sarif(report))
    check(made)
    expected = [
        {
            "ruleId": "FEE-01",
            "ruleIndex": 0,
            "kind": "fail",
            "level": "error",
            "message": {"text": "Summit is paid by Coastal PC on the basis 12% of collections."},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "deal.yaml"},
                        "region": {"startLine": 12},
                    },
                    "logicalLocations": [
                        {"name": "Coastal PC", "fullyQualifiedName": "pc", "kind": "practice"},
                        {"name": "NY", "fullyQualifiedName": "NY", "kind": "state"},
                        {"name": "Summit", "fullyQualifiedName": "mso", "kind": "manager"},
                    ],
                }
            ],
            "relatedLocations": [
                {
                    "id": 1,
                    "physicalLocation": {"artifactLocation": {"uri": "deal.yaml"}, "region": {"startLine": 12}},
                    "message": {"text": "Fund III owns 80% Summit (Cap table p. 3); deal.yaml line 12"},
                },
                {
                    "id": 2,
                    "physicalLocation": {"artifactLocation": {"uri": "deal.xlsx"}},
                    "message": {"text": "Summit manages (12% of collections) Coastal PC; deal.xlsx!manages row 2"},
                },
                {"id": 3, "message": {"text": "Coastal PC operates in NY; not recorded"}},
            ],
            "partialFingerprints": {"ownergraph/v1": hashlib.sha256(b"FEE-01/pc/NY/mso").hexdigest()},
            "properties": {
                "id": "FEE-01/pc/NY/mso",
                "severity": "critical",
                "basis": "law",
                "outcome": "found",
                "state": "NY",
                "arrangement": "manages:mso>pc",
                "authorities": [
                    {
                        "citation": "8 NYCRR 29.1",
                        "verification": "primary",
                        "consequence": "Discipline",
                        "consequenceVerification": "unverified",
                    },
                    {
                        "citation": "Educ. Law 6530",
                        "verification": "unverified",
                        "consequence": "none known",
                        "consequenceVerification": "unverified",
                    },
                ],
                "questions": [],
                "clears": "A flat fee.",
                "defenses": [
                    {
                        "id": "aks_outcomes_based",
                        "citation": "42 CFR 1001.952(d)(2)",
                        "verification": "secondary",
                        "row": "manages:mso>pc",
                        "about": "manages:mso>pc",
                        "reliedOnBy": "mso",
                        "elements": {"methodology_set_in_advance": True, "monitored": None, "writing": False},
                    }
                ],
            },
        },
        {
            "ruleId": "OWNX-10",
            "ruleIndex": 1,
            "kind": "open",
            "level": "none",
            "message": {
                "text": "Non physician control: not decided on the facts given. Who owns Coastal PC? "
                "Counsel must verify the law of NY"
            },
            "locations": [
                {
                    "logicalLocations": [
                        {"name": "Coastal PC", "fullyQualifiedName": "pc", "kind": "practice"},
                        {"name": "NY", "fullyQualifiedName": "NY", "kind": "state"},
                    ]
                }
            ],
            "relatedLocations": [],
            "partialFingerprints": {"ownergraph/v1": hashlib.sha256(b"OWNX-10/pc/NY/-").hexdigest()},
            "properties": {
                "id": "OWNX-10/pc/NY/-",
                "severity": "medium",
                "basis": "law",
                "outcome": "undecided",
                "state": "NY",
                "arrangement": "pc",
                "authorities": [],
                "questions": [
                    {"text": "Who owns Coastal PC?", "kind": "fact"},
                    {"text": "Counsel must verify the law of NY", "kind": "law"},
                ],
                "clears": "",
                "defenses": [],
            },
        },
    ]
    assert expected == made["runs"][0]["results"]
    assert (made["$schema"], made["version"]) == (SCHEMA, "2.1.0")


def test_rules_are_described_from_their_docstrings(report: Report) -> None:
    rules = layout(report)["runs"][0]["tool"]["driver"]["rules"]
    assert [r["id"] for r in rules] == ["FEE-01", "OWNX-10"]
    assert rules[0]["name"] == "PercentageFeeWhereBarred"
    assert rules[0]["shortDescription"] == {"text": "Percentage fee where barred."}
    assert {"level": LEVELS[all_rules()["FEE-01"].severity]} == rules[0]["defaultConfiguration"]
    assert rules[0]["fullDescription"]["text"].startswith("An agreement whose fee")
    assert "What clears it: A flat fee" in rules[0]["help"]["text"]
    assert rules[0]["properties"]["basis"] == "law"
    assert {"primary", "unverified"} <= {a["verification"] for a in rules[0]["properties"]["authorities"]}


def test_a_rule_that_is_gone_is_described_from_its_result(report: Report) -> None:
    from dataclasses import replace

    gone = replace(report.findings[0], rule="GONE-99")
    made = layout(replace(report, findings=(gone,)))
    check(made)
    assert made["runs"][0]["tool"]["driver"]["rules"][0]["id"] == "GONE-99"


def test_an_empty_report(empty: Report) -> None:
    made = layout(empty)
    check(made)
    assert (made["runs"][0]["results"], made["runs"][0]["tool"]["driver"]["rules"]) == ([], [])


def test_an_audit(deal: Path) -> None:
    made = json.loads(render_sarif(ownergraph.load(deal).audit()))
    check(made)
    assert made["runs"][0]["results"]


def test_hostile_names(hostile: Report) -> None:
    text = render_sarif(hostile)
    check(json.loads(text))
    assert not [c for c in text if c != "\n" and not c.isprintable()]


def test_every_severity_has_a_level() -> None:
    assert set(SEVERITIES) == set(LEVELS)


def test_paths_as_uris() -> None:
    expected = {
        "a b/ä.yaml": "a%20b/%C3%A4.yaml",
        "a:b.yaml": "a%3Ab.yaml",
        "deals\\x.yaml": "deals/x.yaml",
        "/srv/x y.csv": "file:///srv/x%20y.csv",
        "C:\\x\\y.csv": "file:///C:/x/y.csv",
    }
    assert expected == {path: uri(path) for path in expected}
