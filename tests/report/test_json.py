"""The JSON report: its layout, its schema, and the file that holds the schema."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

import ownergraph
from ownergraph.audit.results import Report
from ownergraph.report.formats import layout, render_json, report_schema
from ownergraph.report.text import STANDING

SCHEMA = Path(__file__).parents[2] / "schemas" / "report.schema.json"

OWNS = {
    "row": "owns:fund>mso",
    "relation": "OWNS",
    "from": "fund",
    "label": "owns 80%",
    "to": "mso",
    "source": "Cap table p. 3",
    "place": "deal.yaml line 12",
}
WHO = {"text": "Who owns Coastal PC?", "kind": "fact"}
LAW = {"text": "Counsel must verify the law of NY", "kind": "law"}


def check(made: object) -> None:
    Draft202012Validator(report_schema(), format_checker=FormatChecker()).validate(made)


def test_the_whole_layout(report: Report) -> None:
    expected = {
        "format": "ownergraph-report",
        "format_version": "1.1",
        "tool": {"name": "ownergraph", "version": "0.1.0"},
        "standing": STANDING,
        "structure": "Coastal deal",
        "as_of": "2026-11-24",
        "law_as_of": "2026-11-01",
        "inputs": {"files": ["deal.yaml", "deal.xlsx!manages"], "sha256": "ab" * 32},
        "counts": {"found": 1, "undecided": 1, "undecided_law": 0, "not_found": 7},
        "threshold": 40,
        "controls": [
            {
                "practice": "pc",
                "state": "NY",
                "answer": "found",
                "score": 45,
                "indicators": True,
                "by": [
                    {
                        "controller": "fund",
                        "class": "an investor",
                        "physician": False,
                        "tier": 1,
                        "mechanism": "moved votes",
                        "certain": True,
                        "ultimate": True,
                        "ring": [],
                        "proof": [OWNS],
                        "path": ["Fund III --owns 80%--> Summit"],
                        "missing": [],
                    }
                ],
                "questions": [],
            }
        ],
        "scores": [
            {
                "practice": "pc",
                "state": "NY",
                "score": 45,
                "band": "high",
                "rules": [{"rule": "CTRL-07", "weight": 30}, {"rule": "CTRL-08", "weight": 15}],
            }
        ],
        "checklist": [
            {
                "practice": "pc",
                "state": "NY",
                "point": "Fee is at fair market value",
                "answer": "no",
                "because": ["FEE-01"],
            }
        ],
        "findings": [
            {
                "id": "FEE-01/pc/NY/mso",
                "rule": "FEE-01",
                "title": "Percentage fee where barred",
                "outcome": "found",
                "severity": "critical",
                "basis": "law",
                "state": "NY",
                "subject": {"practice": "pc", "state": "NY"},
                "parties": {"manager": "mso"},
                "message": "Summit is paid by Coastal PC on the basis 12% of collections",
                "arrangement": "manages:mso>pc",
                "authorities": [
                    {
                        "id": "NY-1",
                        "citation": "8 NYCRR 29.1",
                        "verification": "primary",
                        "address": "https://example.org/29",
                        "consequence": {"text": "Discipline", "verification": "unverified"},
                    },
                    {
                        "id": "NY-2",
                        "citation": "Educ. Law 6530",
                        "verification": "unverified",
                        "address": None,
                        "consequence": None,
                    },
                ],
                "evidence": [
                    OWNS,
                    {
                        "row": "manages:mso>pc",
                        "relation": "MANAGES",
                        "from": "mso",
                        "label": "manages (12% of collections)",
                        "to": "pc",
                        "source": None,
                        "place": "deal.xlsx!manages row 2",
                    },
                    {
                        "row": "operates_in:pc>NY",
                        "relation": "OPERATES_IN",
                        "from": "pc",
                        "label": "operates in NY",
                        "to": None,
                        "source": None,
                        "place": "not recorded",
                    },
                ],
                "path": [
                    "Fund III --owns 80%--> Summit --manages (12% of collections)--> Coastal PC",
                    "Coastal PC operates in NY",
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
                        "met": False,
                        "relied_on": True,
                        "relied_on_by": "mso",
                        "elements": [
                            {"code": "methodology_set_in_advance", "met": True, "from": "facts"},
                            {"code": "monitored", "met": None, "from": None},
                            {"code": "writing", "met": False, "from": "defenses"},
                        ],
                    }
                ],
            }
        ],
        "undecided": [
            {
                "id": "OWNX-10/pc/NY/-",
                "rule": "OWNX-10",
                "title": "Non physician control",
                "outcome": "undecided",
                "severity": "medium",
                "basis": "law",
                "state": "NY",
                "subject": {"practice": "pc", "state": "NY"},
                "parties": {"controller": None},
                "message": "Non physician control: not decided on the facts given",
                "arrangement": "pc",
                "authorities": [],
                "evidence": [],
                "path": [],
                "questions": [WHO, LAW],
                "clears": None,
                "defenses": [],
            }
        ],
        "relationships": [],
        "returns": [],
        "questions": [{**WHO, "results": ["OWNX-10/pc/NY/-"]}, {**LAW, "results": ["OWNX-10/pc/NY/-"]}],
        "documents": ["Cap table p. 3"],
        "assumptions": ["One share, one vote."],
        "notes": ["A note."],
        "names": {"fund": "Fund III", "mso": "Summit", "pc": "Coastal PC"},
    }
    made = json.loads(render_json(report))
    assert expected == made
    assert list(expected) == list(made)  # the order of fields is part of the layout
    check(made)


def test_an_empty_report_is_valid(empty: Report) -> None:
    made = json.loads(render_json(empty))
    check(made)
    assert made["inputs"] == {"files": [], "sha256": None}


def test_an_audit_is_valid(deal: Path) -> None:
    made = json.loads(render_json(ownergraph.load(deal).audit()))
    check(made)
    assert made["counts"]["found"] == len(made["findings"]) > 0
    assert set(made["names"]) >= {"coastal_pc", "fund_iii", "summit"}


def test_the_schema_is_strict(report: Report) -> None:
    for change in ({"more": 1}, {"as_of": "yesterday"}, {"counts": {"found": 1}}):
        assert not Draft202012Validator(report_schema()).is_valid({**layout(report), **change})


def test_every_object_of_the_schema_is_closed() -> None:
    Draft202012Validator.check_schema(report_schema())

    def objects(part: object) -> list[dict[str, object]]:
        if isinstance(part, dict):
            here = [part] if part.get("type") == "object" else []
            return here + [o for value in part.values() for o in objects(value)]
        return [o for item in part for o in objects(item)] if isinstance(part, list) else []

    found = objects(report_schema())
    assert found
    for one in found:
        assert "additionalProperties" in one
        assert one["additionalProperties"] is not True
        named = set(one.get("properties", {}))  # type: ignore[call-overload]
        # the address of a result's query is there only with --neo4j-browser
        assert set(one.get("required", [])) == named - {"neo4j"}  # type: ignore[call-overload]


def test_the_file_holds_the_schema() -> None:
    """Written by `ownergraph schema report -o schemas/report.schema.json`."""
    expected = json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"
    assert expected == SCHEMA.read_text(encoding="utf-8")


def test_hostile_names_are_escaped_and_kept(hostile: Report) -> None:
    text = render_json(hostile)
    assert not [c for c in text if c != "\n" and not c.isprintable()]
    assert json.loads(text)["structure"] == hostile.structure
    check(json.loads(text))


@pytest.mark.parametrize("broken", ["\ud800", "a\x85b\u2028c\ufeff"])
def test_text_that_is_no_text_can_still_be_written(broken: str, report: Report) -> None:
    from dataclasses import replace

    text = render_json(replace(report, structure=broken))
    assert broken == json.loads(text.encode().decode())["structure"]


def test_a_group_without_a_name_is_named_after_its_members(report: Report) -> None:
    from dataclasses import replace

    by = replace(report.controls[0].by[0], controller="group:fund+mso")
    made = layout(replace(report, controls=(replace(report.controls[0], by=(by,)),)))
    assert made["names"]["group:fund+mso"] == "Fund III and Summit"
