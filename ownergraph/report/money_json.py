"""Money and referrals as JSON holds them, and the schema of both."""

from typing import TYPE_CHECKING, Any

from ownergraph.audit.evidence import Namer, chains
from ownergraph.audit.results import Evidence

if TYPE_CHECKING:
    from ownergraph.audit.money_results import RelationshipAnswer, ReturnAnswer


def return_layout(one: "ReturnAnswer", name: Namer) -> dict[str, Any]:
    """Value that comes back from one receiver to one who refers."""
    return {
        "referrer": one.referrer,
        "receiver": one.receiver,
        "taker": one.taker,
        "how": one.how,
        "certain": one.certain,
        "proxy": one.proxy,
        "hops": one.hops,
        "order": one.order,
        "amount_usd": one.amount_usd,
        "first": one.first.isoformat() if one.first else None,
        "last": one.last.isoformat() if one.last else None,
        "referrals": [evidence_layout(e) for e in one.referrals],
        "paths": [[evidence_layout(e) for e in rows] for rows in one.paths],
        "path": chains(one.closed, name),
        "statistic": None if one.statistic is None else dict(vars(one.statistic)),
        "truncated": one.truncated,
    }


def relationship_layout(one: "RelationshipAnswer") -> dict[str, Any]:
    """One financial relationship."""
    return {
        "referrer": one.referrer,
        "party": one.party,
        "receiver": one.receiver,
        "kind": one.kind,
        "direct": one.direct,
        "rows": [evidence_layout(e) for e in one.rows],
        "attribution": [evidence_layout(e) for e in one.attribution],
        "services": list(one.services),
        "federal": one.federal,
        "in_force": one.in_force,
    }


def evidence_layout(e: Evidence) -> dict[str, Any]:
    """A row of the input as every JSON report holds it."""
    return {
        "row": e.row, "relation": e.relation, "from": e.first or None, "label": e.label, "to": e.second,
        "source": e.source, "place": e.place,
    }  # fmt: skip


_TEXT: dict[str, Any] = {"type": "string"}
_WORD: dict[str, Any] = {"type": "string", "minLength": 1}
_YES: dict[str, Any] = {"type": "boolean"}
_MAYBE: dict[str, Any] = {"type": ["boolean", "null"]}
_COUNT: dict[str, Any] = {"type": "integer", "minimum": 0}
_NUMBER: dict[str, Any] = {"type": ["number", "null"]}
_DAY: dict[str, Any] = {"type": ["string", "null"], "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_ROWS: dict[str, Any] = {"type": "array", "items": {"$ref": "#/$defs/evidence"}}


def _whole(**fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def money_definitions() -> dict[str, Any]:
    """Definitions of `relationship` and `return`, over the definition `evidence` of the report."""
    statistic = _whole(
        periods=_COUNT, unit={"enum": ["month", "quarter"]}, rho={"type": "number", "minimum": -1, "maximum": 1},
        lag=_COUNT, p_value={"type": "number", "minimum": 0, "maximum": 1},
        p_adjusted={"type": "number", "minimum": 0, "maximum": 1}, slope_usd=_NUMBER, income_share=_NUMBER,
    )  # fmt: skip
    returned = _whole(
        referrer=_WORD, receiver=_WORD, taker={**_WORD, "description": "Who gets the value."},
        how={"enum": ["self", "owner", "owned", "family", "employer", "group"],
             "description": "Why the taker counts as the referrer's side."},
        certain={**_MAYBE, "description": "Every date is recorded and linked; null where it may be so."},
        proxy={**_YES, "description": "The referrals are shared-patient counts only."},
        hops=_COUNT, order={"enum": ["before", "after", "overlap", None]}, amount_usd=_NUMBER, first=_DAY, last=_DAY,
        referrals=_ROWS, paths={"type": "array", "items": _ROWS, "minItems": 1},
        path={"type": "array", "items": _TEXT, "description": "The shortest path, drawn."},
        statistic={"anyOf": [statistic, {"type": "null"}]},
        truncated={**_YES, "description": "The search was cut short: paths may be missing."},
    )  # fmt: skip
    relationship = _whole(
        referrer=_WORD, party=_WORD, receiver=_WORD, kind={"enum": ["ownership", "compensation"]}, direct=_YES,
        rows=_ROWS, attribution=_ROWS, services={"type": "array", "items": _TEXT}, federal=_MAYBE, in_force=_MAYBE,
    )  # fmt: skip
    return {"relationship": relationship, "return": returned}
