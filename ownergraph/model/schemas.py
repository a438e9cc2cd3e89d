"""JSON Schemas of what people write: one of a whole YAML or JSON file, one of the rows of each table.

Editors use them while typing. They take what the reader takes, except that case, spaces and hyphens in words of
closed lists must be as written here.
"""

import json
from pathlib import Path
from typing import Any, get_args

from ownergraph.model import TABLES, WHOLE, Row
from ownergraph.model.shapes import json_shape
from ownergraph.model.vocabulary import LicenseStatus, Profession, Register, Role, State

DIALECT = "https://json-schema.org/draft/2020-12/schema"
STRUCTURE_FILE = "structure.schema.json"

_UNKNOWN = {"enum": ["unknown", None]}
_LIST_OF = "a list, or words joined by semicolons or commas; an empty list means none"
_STATES: dict[str, Any] = {
    "anyOf": [
        {"enum": list(get_args(State))},
        {"type": "array", "items": {"enum": list(get_args(State))}},
        {"type": "string", "pattern": "^[A-Za-z]{2}([;, ]+[A-Za-z]{2})+$|^none$"},
        _UNKNOWN,
    ]
}
_INLINE: dict[str, dict[str, Any]] = {
    "licensed_in": {
        "description": "State or states in which the person is licensed; an empty list means in none.", **_STATES
    },
    "profession": {
        "description": "Profession of the license, where kind is person.",
        "anyOf": [{"enum": list(get_args(Profession))}, _UNKNOWN],
    },
    "license_status": {
        "description": "Status of the licenses in licensed_in; active unless it says otherwise.",
        "anyOf": [{"enum": list(get_args(LicenseStatus))}, _UNKNOWN],
    },
    "operates_in": {
        "description": "State, or states, in which it works; an empty list means in none.", **_STATES
    },
    "held_by": {
        "description": "Entity in whose name the account is.",
        "anyOf": [
            {"type": ["string", "integer", "null"]},
            {"type": "array", "items": {"type": ["string", "integer"]}},
        ],
    },
    "complete": {
        "description": "Registers that are complete for this entity: what they lack is absent, not unknown.",
        "anyOf": [{"type": "array", "items": {"enum": list(get_args(Register))}}, {"type": ["string", "null"]}],
    },
}  # fmt: skip
_PROFESSIONS = list(get_args(Profession))


def _scalar(name: str, shape: dict[str, Any]) -> list[dict[str, Any]]:
    """What may be written for one value that is not a list."""
    if "enum" in shape or "const" in shape:
        return [{"enum": shape.get("enum", [shape.get("const")])}]
    kind = shape.get("type")
    limits = {key: value for key, value in shape.items() if key.startswith(("minimum", "maximum", "exclusive"))}
    if kind == "boolean":
        return [{"type": "boolean"}, {"enum": ["yes", "no"]}]
    if kind in ("integer", "number"):
        percent = "%?" if name.endswith("_pct") else ""
        digits = r"^\$?[+-]?(\d{1,3}(,\d{3})+|\d+)" + ("" if kind == "integer" else r"(\.\d+)?") + f"{percent}$"
        return [{"type": kind, **limits}, {"type": "string", "pattern": digits}]
    if shape.get("format") == "date":
        return [{"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$", "examples": ["2024-01-31"]}]
    texts = {key: value for key, value in shape.items() if key in ("minLength", "maxLength")}
    return [{"type": "string", **texts}, {"type": ["number", "boolean"]}]


def _field(name: str, shape: dict[str, Any], required: bool) -> dict[str, Any]:
    """What may be written for a field, from what the model's own schema says."""
    options = shape.get("anyOf", [shape])
    written: list[dict[str, Any]] = []
    if any("of 1,000" in str(option.get("examples", "")) for option in options):
        written = [option for option in options if option.get("type") != "null"]
        written.append({"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": WHOLE},
                        "minItems": 2, "maxItems": 2, "description": "bounds in millionths"})  # fmt: skip
    else:
        for option in options:
            if option.get("type") == "array":
                item = _scalar(name, option.get("items", {}))
                written.append({"type": "array", "items": {"anyOf": item} if len(item) > 1 else item[0]})
                written += item
                written.append({"type": "string", "pattern": "[;,]|^none$", "description": _LIST_OF})
            elif option.get("type") != "null":
                written += _scalar(name, option)
    if not required:
        written.append(_UNKNOWN)
    described = {"description": shape["description"]} if "description" in shape else {}
    return {**described, "anyOf": written}


def _shares(properties: dict[str, Any]) -> dict[str, Any]:
    """Fields that a row with shares may have beside those of its model."""
    shares = [name for name, shape in properties.items() if "of 1,000" in str(shape)]
    if not shares:
        return {}
    found: dict[str, Any] = {
        "share_unit": {"description": "Unit of shares that are bare numbers.", "enum": ["percent", "fraction", None]}
    }
    number: dict[str, Any] = {"type": ["number", "string", "null"]}
    for name in shares:
        for end, word in (("min", "Lower"), ("max", "Upper")):
            found[f"{name}_{end}"] = {"description": f"{word} bound of {name}, in millionths of the whole.", **number}
            found[f"{name}_{end}_pct"] = {"description": f"{word} bound of {name}, in percent.", **number}
    return found


def _row(table: str) -> dict[str, Any]:
    model: type[Row] = TABLES[table]
    own = json_shape(model)
    required = list(own.get("required", ()))
    properties = {}
    for name, shape in own["properties"].items():
        properties[name] = _field(name, shape, name in required)
    described = " ".join((model.__doc__ or "").split()).replace("`", "")
    made: dict[str, Any] = {
        "title": table,
        "description": described,
        "type": "object",
        "properties": {**properties, **_shares(own["properties"])},
        "required": required,
        "additionalProperties": False,
    }
    if table == "entities":
        kinds = own["properties"]["kind"]["enum"]
        made["properties"]["kind"] = {
            "description": "Kind of entity, or a short form: a role (an organization with that role) or a profession "
            "(a person with that license; licensed_in says where).",
            "enum": [*kinds, "company", *get_args(Role), *_PROFESSIONS],
        }
        made["properties"].update(_INLINE)
        made["allOf"] = [
            {
                "if": {"properties": {"kind": {"enum": _PROFESSIONS}}, "required": ["kind"]},
                "then": {"required": ["licensed_in"]},
            }
        ]
    return made


def table_schema(name: str) -> dict[str, Any]:
    """JSON Schema of a row of a table.

    Args:
        name: a key of `ownergraph.model.TABLES`.

    Raises:
        KeyError: there is no such table.
    """
    return {"$schema": DIALECT, "$id": f"{name}.schema.json", **_row(name)}


def structure_schema() -> dict[str, Any]:
    """JSON Schema of a whole YAML or JSON file."""
    registers: dict[str, Any] = {"type": "array", "items": {"enum": list(get_args(Register))}}
    sections: dict[str, Any] = {
        "structure": {"description": "Name of the structure.", "type": ["string", "number", "null"]},
        "as_of": {
            "description": "The day that the audit is about.", "type": ["string", "null"],
            "pattern": r"^\d{4}-\d{2}-\d{2}$", "examples": ["2026-11-24"],
        },
        "notes": {
            "description": "Things that a reader of the report should know about the input.",
            "anyOf": [{"type": ["string", "null"]}, {"type": "array", "items": {"type": "string"}}],
        },
    }  # fmt: skip
    for table in TABLES:
        reference = {"$ref": f"#/$defs/{table}"}
        described = " ".join((TABLES[table].__doc__ or "").split()).replace("`", "")
        sections[table] = {"description": described, "type": ["array", "null"], "items": reference}
    sections["assumptions"] = {
        "description": "Things taken as given; printed in every report.",
        "anyOf": [
            {"type": "array", "items": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/assumptions"}]}},
            {"type": ["string", "null"]},
        ],
    }
    sections["complete"] = {
        "description": "Registers that are complete: what they lack is absent, not unknown. A list for all entities, "
        "or a mapping of entity ids (and all) to lists.",
        "anyOf": [
            {"type": "array", "items": {"anyOf": [{"enum": list(get_args(Register))}, {"$ref": "#/$defs/complete"}]}},
            {"type": "object", "additionalProperties": {"anyOf": [registers, {"enum": list(get_args(Register))}]}},
            {"enum": [*get_args(Register), None]},
        ],
    }
    return {
        "$schema": DIALECT,
        "$id": STRUCTURE_FILE,
        "title": "ownergraph structure",
        "description": "Who owns, manages, employs, refers to and pays whom. A missing field means unknown.",
        "type": "object",
        "properties": sections,
        "additionalProperties": False,
        "examples": [
            {
                "structure": "Coastal",
                "entities": [
                    {"id": "dr_ray", "kind": "physician", "licensed_in": "CA"},
                    {"id": "coastal_pc", "kind": "practice", "form": "PC", "operates_in": "CA"},
                ],
                "owns": [{"owner": "dr_ray", "owned": "coastal_pc", "share": "100%"}],
            }
        ],
        "$defs": {table: _row(table) for table in TABLES},
    }


def schema_files() -> dict[str, str]:
    """Text of every schema file by its path."""
    made = {STRUCTURE_FILE: structure_schema(), **{f"tables/{t}.schema.json": table_schema(t) for t in TABLES}}
    return {path: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for path, schema in made.items()}


def write_schemas(folder: Path) -> list[Path]:
    """Write all schemas into a folder; the files written."""
    written = []
    for path, text in schema_files().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        written.append(target)
    return written
