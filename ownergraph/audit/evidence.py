"""Rows of the input as evidence: who, what, to whom, from where."""

from typing import Any

from ownergraph.audit.labels import money, money_label, words
from ownergraph.audit.results import Evidence
from ownergraph.graph import Store
from ownergraph.model import RELATIONS, TABLES
from ownergraph.model.shares import show_share

_FEES = {
    "fixed": "fixed fee", "cost_plus": "cost-plus fee", "pct_collections": "% of collections",
    "pct_revenue": "% of revenue", "pct_net": "% of net income", "residual": "what is left over",
    "hourly": "hourly fee",
    "per_unit": "fee per unit",
}  # fmt: skip


def fee(basis: str | None, pct: float | None) -> str:
    """A fee as people say it."""
    if basis is None:
        return "fee not recorded"
    text = _FEES.get(basis, words(basis))
    if text.startswith("%"):
        return f"{pct:g}{text}" if pct is not None else f"a percentage{text.removeprefix('%')}"
    return text


def _label(name: str, row: dict[str, Any], store: Store) -> str:
    """What stands on the arrow."""
    match name:
        case "OWNS":
            if row["shares_held"] is not None and row["shares_outstanding"] is not None:
                text = f"owns {row['shares_held']:,} of {row['shares_outstanding']:,} shares of"
            else:
                text = f"owns {show_share(row['share_min'], row['share_max'])}"
                text = text.replace("owns unknown share", "owns an unknown share of")
            if row["votes_min"] is not None and row["votes_min"] != row["share_min"]:
                text += f" ({show_share(row['votes_min'], row['votes_max'])} of votes)"
            if row["share_class"]:
                of = show_share(row["class_share_min"], row["class_share_max"])
                text += f" (class {row['share_class']}" + (f": {of})" if row["class_share_min"] is not None else ")")
            return text if row["instrument"] in (None, "equity") else f"holds {words(row['instrument'])} in"
        case "MANAGES":
            return f"manages ({fee(row['fee_basis'], row['fee_pct'])})"
        case "RESTRICTS_TRANSFER":
            return "may replace the owner of"
        case "HOLDS_PROXY":
            over = " in" if row["over"] else ""
            return (
                f"holds {words(row['instrument'] or 'proxy')} of {store.name(row['grantor'])}{over}"
                if row["over"]
                else (f"holds {words(row['instrument'] or 'power of attorney')} of")
            )
        case "LICENSED_IN":
            return f"is licensed as {words(row['profession'])} ({row['status'] or 'status unknown'}) in {row['state']}"
        case "OPERATES_IN":
            return f"operates in {row['state']}"
        case "HOLDS_ROLE":
            fee_of = f" ({money(row['monthly_fee_usd'])} a month)" if row["monthly_fee_usd"] is not None else ""
            return f"is {words(row['role'])}{fee_of} of"
        case "EMPLOYS":
            hires = {"w2": "employs", "contractor": "engages as contractor"}.get(
                row["status"] or "", "employs or engages"
            )
            return hires if row["annual_usd"] is None else f"{hires} ({money(row['annual_usd'])} a year)"
        case "APPOINTS_BOARD":
            seats = f"{row['seats']} of {row['seats_total']}" if row["seats"] is not None else "an unknown number of"
            return f"appoints {seats} directors of"
        case "SIGNS_ON":
            how = [w for w, yes in (("alone", row["sole"]), ("with sweep", row["sweep"])) if yes]
            return " ".join(["signs", *how, "on"])
        case "documents":
            return f"holds {words(row['document'])} of {store.name(row['signer'])} in"
        case "REFERS_TO" | "PAYS" | "LEASES_TO" | "LENDS_TO" | "SUPPLIES":
            return money_label(name, row)
        case "FAMILY_OF":
            return f"is {words(row['kinship'])} of" if row["kinship"] else "is family of"
        case "fmv_opinions":
            return "opinion on fair market value"
        case _:
            return RELATIONS[name].verb if name in RELATIONS else words(name)


def evidence_of(store: Store, row_id: str) -> Evidence | None:
    """A row of the input as evidence; None for an id that no row has."""
    if row_id not in store.rows:
        return None
    name, number = store.rows[row_id]
    table = name.lower()
    row = store.structure.tables[table].row(number, named=True)
    second: str | None
    match name:
        case "RESTRICTS_TRANSFER":
            first, second = row["holder"], row["over"]
        case "HOLDS_PROXY":
            first, second = row["grantee"], row["over"] or row["grantor"]
        case "documents":
            first, second = row["holder"] or row["signer"] or "", row["over"]
        case "LICENSED_IN" | "OPERATES_IN":
            first, second = row[RELATIONS[name].ends[0]], None
        case "ADVERTISES_AS":
            first, second = row["entity"], row["name"]
        case _ if name in RELATIONS:
            first, second = row[RELATIONS[name].ends[0]], row[RELATIONS[name].ends[1]]
        case _:
            named = [row[field] for field in TABLES[table].references if row.get(field) is not None]
            first, second = (named[0] if named else row_id), (named[1] if len(named) > 1 else None)
    return Evidence(
        row_id, name, first, _label(name, row, store), second, row["source"], store.structure.where(table, number)
    )


def chains(evidence: tuple[Evidence, ...], name: "Namer") -> list[str]:
    """Evidence drawn as chains: `Fund III --owns 80%--> Holdco --owns 100%--> Summit MSO`.

    Rows that follow on each other are joined; a row that does not starts a new chain. Rows with a referral are a path
    on which value comes back: referrals first, then the others in their order, and one that points the other way is
    drawn so (`Lab --pays $900 to--> MSO <--owns 40%-- Dr. Ray`). O(rows).
    """
    lines: list[str] = []
    end: str | None = None
    path = any(item.relation == "REFERS_TO" for item in evidence)
    for item in sorted(evidence, key=lambda e: e.relation != "REFERS_TO") if path else _ordered(list(evidence)):
        if item.second is None:
            lines.append(f"{name(item.first)} {item.label}")
            end = None
        elif end == item.first:
            lines[-1] += f" --{item.label}--> {name(item.second)}"
            end = item.second
        elif path and end == item.second:
            lines[-1] += f" <--{item.label}-- {name(item.first)}"
            end = item.first
        else:
            lines.append(f"{name(item.first)} --{item.label}--> {name(item.second)}")
            end = item.second
    return lines


def _ordered(items: list[Evidence]) -> list[Evidence]:
    """The same rows so that chains are long: from a row whose first party nobody points at, follow the arrows."""
    left, out = list(items), []
    while left:
        targets = {item.second for item in left}
        at = next((k for k, item in enumerate(left) if item.first not in targets), 0)
        item = left.pop(at)
        out.append(item)
        while (k := next((k for k, other in enumerate(left) if other.first == item.second), None)) is not None:
            item = left.pop(k)
            out.append(item)
    return out


class Namer:
    """Entity ids as people call them."""

    def __init__(self, names: dict[str, str] | None = None) -> None:
        self.names = names or {}

    def __call__(self, entity: str) -> str:
        """The name, or the id where there is none."""
        return self.names.get(entity, entity) or "someone not recorded"
