"""Defenses as text, as JSON, and as the page of docs/rules that lists them."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ownergraph.audit.evidence import Namer
from ownergraph.audit.labels import words
from ownergraph.law.defenses import Defense, DefenseScope, defense_scopes, defenses

if TYPE_CHECKING:
    from ownergraph.analysis.defenses import CheckedDefense

SHOWN = 3
"""Defenses that a finding of the memo shows."""


def sentences(found: "Iterable[CheckedDefense]", name: Namer, most: int | None = None) -> Iterator[str]:
    """A sentence for each defense, the best first; the same answer for several rows is told once.

    Args:
        found: defenses of one result.
        name: names of entities.
        most: how many are told; the rest are counted. All where it is None.
    """
    groups: dict[tuple[object, ...], list[CheckedDefense]] = {}
    rows = set()
    for one in found:
        rows.add(one.row)
        groups.setdefault((one.id, one.elements, one.relied_on_by), []).append(one)
    for same in list(groups.values())[:most]:
        yield _sentence(same, len(rows) > 1, name)
    if most is not None and len(groups) > most:
        more = len(groups) - most
        few, them = ("defense", "it") if more == 1 else ("defenses", "them")
        yield f"and {more} more {few}, with fewer elements recorded true; every other format has {them}."


def _sentence(same: "list[CheckedDefense]", several: bool, name: Namer) -> str:
    first = same[0]
    where = ""
    if several:
        more = len({one.row for one in same}) - 1
        where = f", for {first.row}" + (f" and {more:,} more" if more else "")
    relied = f", relied on by {name(first.relied_on_by)}" if first.relied_on_by else ""
    if first.met:
        told = "every element is recorded; counsel must confirm"
        if not first.excuses:
            told += " its text first, which is unverified and so takes nothing away"
    else:
        states = (("recorded true", True), ("recorded false", False), ("not recorded", None))
        parts = ((said, ", ".join(map(words, first.codes(value)))) for said, value in states)
        told = "; ".join(f"{said} {codes}" for said, codes in parts if codes)
    return f"Defense {first.id} ({first.citation}) [{first.verification}]{where}{relied}: {told}."


# --- JSON -----------------------------------------------------------------------------------------------------------


def source_of(defense: "CheckedDefense", code: str, value: bool | None) -> str | None:
    """Where the answer for an element comes from: the table "defenses", or "facts" of the row; None without answer."""
    return None if value is None else "facts" if code in defense.derived else "defenses"


def defense_layout(d: "CheckedDefense") -> dict[str, Any]:
    """A defense as JSON holds it."""
    return {
        "id": d.id,
        "citation": d.citation,
        "verification": d.verification,
        "row": d.row,
        "about": d.about,
        "met": d.met,
        "relied_on": d.relied_on,
        "relied_on_by": d.relied_on_by,
        "elements": [
            {"code": code, "met": value, "from": source_of(d, code, value)} for code, value in d.elements
        ],
    }  # fmt: skip


def defense_definitions() -> dict[str, Any]:
    """Their JSON Schema, by name."""
    word = {"type": "string", "minLength": 1}
    element = {
        "code": word,
        "met": {"type": ["boolean", "null"], "description": "Null: not recorded."},
        "from": {"enum": ["defenses", "facts", None], "description": "Table defenses, or facts of the row."},
    }
    fields = {
        "id": word,
        "citation": word,
        "verification": {"enum": ["primary", "secondary", "unverified"]},
        "row": {**word, "description": "Id of the row that is defended."},
        "about": {
            **word,
            "description": "Id of the row that the elements are about: itself, its agreement, a holding.",
        },
        "met": {"type": "boolean", "description": "Every element is recorded as met."},
        "relied_on": {"type": "boolean", "description": "The table defenses has it."},
        "relied_on_by": {"type": ["string", "null"]},
        "elements": {"type": "array", "items": _closed(element)},
    }
    return {"defense": _closed(fields)}


def _closed(fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


# --- the page -------------------------------------------------------------------------------------------------------

LAWS = {"stark": "Stark exceptions", "aks": "Anti-Kickback safe harbors"}
_KNOWN_AS = {
    "_opinion_holds": "fmv_opinions", "_opinion_caps": "fmv_opinions", "_lessor_refers": "refers_to",
    "_physician_share": "owns and licensed_in", "_financier_owns": "owns", "_as_of": "",
    "physician_owned_2010": "hospital_baselines", "medicare_agreement_2010": "hospital_baselines",
    "beds_2010": "hospital_baselines", "approved_beds": "hospital_baselines",
    "expansion_approved": "hospital_baselines", "physician_pct_2010": "hospital_baselines",
    "billed_through_group_pct": "group_practices", "encounters_by_members_pct": "group_practices",
    "profit_follows_referrals": "group_practices", "started_on": "group_practices",
}  # fmt: skip
"""Tables that facts come from, where they are no field of the row."""


def page() -> str:
    """Every defense: what it can be about, its elements, and the facts of a row that answer them. Markdown."""
    parts = [
        "# Defenses",
        "Stark exceptions and Anti-Kickback safe harbors, for the table `defenses`: `defense` takes the id, `met` and "
        "`not_met` take elements. Whoever relies on a defense has to show every element. What is in neither list is "
        "taken from facts of the row, where they clearly say so, and is otherwise not recorded; a result stays until "
        "every element of one defense is recorded as met, and then counsel must confirm it. Which facts answer which "
        "element, and which rows a defense can be about, is our reading, for counsel to check. A payment with "
        "`agreement` is covered by what defends the agreement, a distribution by what defends the payee's holdings in "
        "the payer. What is paid above what the agreement provides leaves its elements about the amount open.",
    ]
    for law, title in LAWS.items():
        parts.append(f"## {title}")
        parts += [_entry(one) for one in defenses().values() if one.law == law]
    return "\n\n".join(parts) + "\n"


def _entry(defense: Defense) -> str:
    scopes = [scope for many in defense_scopes().values() for scope in many if scope.defense == defense.id]
    lines = [f"### {defense.id}", "", f"{defense.citation} [{defense.verification}]. About: {_about(scopes)}."]
    if defense.note:
        lines.append(f"Note: {defense.note}.")
    lines += ["", "| Element | Verification | Facts that answer it |", "| --- | --- | --- |"]
    relations = list(dict.fromkeys(scope.relation for scope in scopes))
    for element in defense.elements:
        facts = "; ".join(text for relation in relations if (text := _facts(relation, element.code)))
        lines.append(f"| `{element.code}` | {element.verification} | {facts} |")
    return "\n".join(lines)


def _about(scopes: list[DefenseScope]) -> str:
    found: dict[str, list[str]] = {}
    for scope in scopes:
        told = " and ".join(f"`{column}` {', '.join(options)}" for column, options in scope.where.items())
        found.setdefault(scope.relation, []).append(told)
    return "; ".join(
        relation + (f" ({' or '.join(where)})" if any(where) else "") for relation, where in found.items()
    )  # fmt: skip


def _facts(relation: str, code: str) -> str:
    from ownergraph.analysis.defense_ends import AMOUNTS
    from ownergraph.analysis.defense_facts import derived

    if code not in derived()[relation]:
        return ""
    read = [
        name for name in derived()[relation][code].meta.root_names()
        if relation in AMOUNTS or not name.startswith("_opinion")
    ]  # fmt: skip
    names = [_KNOWN_AS.get(name, name) for name in read]
    return f"{relation} {', '.join(f'`{name}`' for name in sorted(set(names)) if name) or 'always'}"
