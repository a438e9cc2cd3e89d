"""Rows of the input as lines between boxes: what is one line, and what stands on it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ownergraph.analysis import Graph
from ownergraph.audit.evidence import evidence_of, fee
from ownergraph.audit.labels import money, period, phrase, words
from ownergraph.audit.results import Evidence
from ownergraph.model import RELATIONS, show_share
from ownergraph.report.chart.model import GROUP_OF, Edge
from ownergraph.report.safe import clean

_LABEL = 44


@dataclass(frozen=True)
class Row:
    """A row of the input with the time in which it is drawn; payments and referrals stay once they happened."""

    evidence: Evidence
    start: date | None
    end: date | None


def rows_of(g: Graph, members: Collection[str] | None = None) -> dict[str, Row]:
    """Every row that has an id and whose parties are among `members`, whatever its time. O(rows)."""
    out: dict[str, Row] = {}
    inside = None if members is None else set(members)
    for row_id, (name, _) in g.rows.items():
        if name not in RELATIONS and name not in GROUP_OF:
            continue
        item = evidence_of(g, row_id)
        if item is None or (inside is not None and not {item.first, item.second or item.first} <= inside):
            continue
        out[row_id] = Row(item, *_time(name, _values(g, row_id)))
    return out


def _time(name: str, row: dict[str, Any]) -> tuple[date | None, date | None]:
    start, end = row.get("valid_from"), row.get("valid_to")
    if name == "PAYS":
        return start or row["paid_on"] or row["period_start"], end
    if name == "REFERS_TO":
        return start or row["period_start"], end
    return start, end


def lines(g: Graph, rows: dict[str, Row], drawn: set[str]) -> list[Edge]:
    """One line for the rows of one relation between the same two boxes, in the order of the input."""
    bundles: dict[tuple[str, str, str], list[str]] = {}
    for row_id, row in rows.items():
        item = row.evidence
        if item.second is not None and item.relation in GROUP_OF and {item.first, item.second} <= drawn:
            bundles.setdefault((item.first, item.second, item.relation), []).append(row_id)
    out = []
    for (source, target, relation), ids in bundles.items():
        values = [_values(g, row_id) for row_id in ids]
        start, end = span([rows[row_id].start for row_id in ids], [rows[row_id].end for row_id in ids])
        out.append(
            Edge(
                id=f"{relation}:{source}>{target}", source=source, target=target, relation=relation,
                group=GROUP_OF[relation], label=_short(_label(relation, values)), rows=tuple(ids),
                possible=relation == "OWNS" and not any(value["share_min"] for value in values),
                start=start, end=end,
            )
        )  # fmt: skip
    return out


def _values(g: Graph, row_id: str) -> dict[str, Any]:
    name, number = g.rows[row_id]
    return g.structure.tables[name.lower()].row(number, named=True)


def _short(text: str) -> str:
    text = clean(text)
    return text if len(text) <= _LABEL else text[: _LABEL - 2].rstrip(" ,") + " …"


def _label(relation: str, rows: list[dict[str, Any]]) -> str:
    """What stands on the line; the whole text of every row is in the panel and the table."""
    row, many = rows[0], len(rows)
    match relation:
        case "OWNS":
            parts = []
            for one in rows:
                share = show_share(one["share_min"], one["share_max"])
                share = "share unknown" if share.startswith("unknown") else share
                votes = one["votes_min"] is not None and (one["votes_min"], one["votes_max"]) != (
                    one["share_min"], one["share_max"]
                )  # fmt: skip
                text = share + (f", {show_share(one['votes_min'], one['votes_max'])} of votes" if votes else "")
                if one["share_class"]:
                    text += f" (class {one['share_class']})"
                parts.append(text if one["instrument"] in (None, "equity") else words(one["instrument"]))
            return " + ".join(dict.fromkeys(parts))
        case "MANAGES":
            return f"manages: {fee(row['fee_basis'], row['fee_pct'])}" if row["fee_basis"] else "manages"
        case "PAYS":
            return _paid(rows)
        case "REFERS_TO":
            counts = [one["count"] for one in rows if one["count"] is not None]
            verb = "shares patients" if all(one["shared_patients"] for one in rows) else "refers"
            what = sorted({one["dhs"] for one in rows if one["dhs"]})
            number = f" {sum(counts):,}" if counts else ""
            return f"{verb}{number}" + (f" ({words(what[0])})" if len(what) == 1 else "")
        case "LENDS_TO":
            return f"lends {money(row['principal_usd'])}" if row["principal_usd"] is not None else "lends"
        case "LEASES_TO":
            return f"leases {words(row['item'] or 'property')}"
        case "SUPPLIES":
            return f"supplies {row['item']}" if row["item"] else "supplies"
        case "EMPLOYS":
            return {"w2": "employs", "contractor": "contractor"}.get(row["status"] or "", "employs or engages")
        case "HOLDS_ROLE":
            return ", ".join(dict.fromkeys(words(one["role"]) for one in rows if one["role"])) or "holds a role"
        case "RESTRICTS_TRANSFER":
            return _replaces(row["triggers"])
        case "HOLDS_PROXY":
            return words(row["instrument"] or "proxy")
        case "APPOINTS_BOARD":
            return f"appoints {row['seats']} of {row['seats_total']}" if row["seats"] is not None else "appoints board"
        case "documents":
            return words(row["document"])
        case "FAMILY_OF":
            return words(row["kinship"] or "family")
        case "SIGNS_ON":
            return "signs" + (", sweep" if row["sweep"] else "")
        case _:
            text = RELATIONS[relation].verb
            return text.removesuffix(" of").removesuffix(" to").removesuffix(" on") + (f" ({many})" if many > 1 else "")


def _replaces(triggers: list[str] | None) -> str:
    """The right over an owner's shares: at the holder's will, or only on what does not lie with it."""
    if not triggers:
        return "may replace the owner"
    if {"any_time", "holder_election"} & set(triggers):
        return "may replace the owner: at its election"
    return f"may replace the owner: {', '.join(phrase('triggers', one) for one in triggers)}"


def _paid(rows: list[dict[str, Any]]) -> str:
    amounts = [row["amount_usd"] for row in rows if row["amount_usd"] is not None]
    total = money(sum(amounts)) if amounts else "amount unknown"
    if amounts and len(amounts) < len(rows):
        total = f"at least {total}"
    gifts = sorted({words(row["in_kind"]) for row in rows if row["in_kind"]})
    what = gifts or sorted({words(row["purpose"]) for row in rows if row["purpose"]})
    said = f"{total} {what[0]}" if len(what) == 1 else total
    if len(rows) > 1:
        return f"{said} ({len(rows)} payments)"
    row = rows[0]
    when = period(row["paid_on"] or row["period_start"], row["paid_on"] or row["period_end"])
    return f"{said}, {when}" if when and len(said) + len(when) < _LABEL else said


def joined(labels: list[str]) -> str:
    """What stands on a line that stands for several.

    Two kinds of terms are told, each with its number; more are counted. The page has a twin of it (`og.joined`).

    Example:
        >>> joined(["100%", "100%"]), joined(["manages: fixed fee", "manages: hourly fee", "manages: fixed fee"])
        ('100% × 2', 'manages: fixed fee × 2; hourly fee × 1')
        >>> joined(["51%", "60%", "70%"])
        '3 terms × 3'
    """
    counts = Counter(labels)
    if len(counts) == 1:
        return f"{labels[0]} × {len(labels)}" if len(labels) > 1 else labels[0]
    heads = {label.partition(": ")[0] if ": " in label else "" for label in counts}
    head = f"{next(iter(heads))}: " if len(heads) == 1 and "" not in heads else ""
    if len(counts) > 2:
        return f"{head}{len(counts)} terms × {len(labels)}"
    return head + "; ".join(f"{label.removeprefix(head)} × {many}" for label, many in counts.items())


def span(starts: Sequence[date | None], ends: Sequence[date | None]) -> tuple[date | None, date | None]:
    """First and last day of several rows; null where one of them is open at that end."""
    first, last = [day for day in starts if day], [day for day in ends if day]
    return min(first) if len(first) == len(starts) else None, max(last) if len(last) == len(ends) else None


def slots(edges: list[Edge]) -> list[Edge]:
    """Number the lines that join the same two boxes."""
    between: dict[frozenset[str], list[int]] = {}
    for number, edge in enumerate(edges):
        between.setdefault(frozenset((edge.source, edge.target)), []).append(number)
    out = list(edges)
    for numbers in between.values():
        for slot, number in enumerate(numbers):
            out[number] = replace(out[number], slot=slot, slots=len(numbers))
    return out
