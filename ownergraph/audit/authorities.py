"""The authorities of a result: those of its rule, and the row of its state, each with its verification."""

from typing import Any

from ownergraph.audit.results import Authority
from ownergraph.law.authorities import authorities, rule_authorities
from ownergraph.rules.api import Graph, Rule

_STRENGTH = ["unverified", "secondary", "primary", "counsel"]
_STATE_ROW = {"CPOM-OWN": "ownership", "FEE": "fee"}


def authorities_of(g: Graph, rule: Rule, row: dict[str, Any]) -> tuple[Authority, ...]:
    """Authorities of the rule that concern the state (or all states), then the state's own row of the law tables."""
    known = authorities()
    state = row.get("state")
    found = []
    for name in rule.authority or rule_authorities(rule.code):
        item = known[name]
        away = item.jurisdiction not in ("US", state)
        if away and item.kind not in ("case", "settlement"):
            continue
        citation = f"{item.citation} (another state's, persuasive at most)" if away else item.citation
        found.append(
            Authority(
                item.id, citation, item.verification, item.address or None,
                item.consequence.text or item.consequence.kind.replace("_", " "), item.consequence.verification,
            )
        )  # fmt: skip
    if state and (rule.gated or rule.law or rule.family in _STATE_ROW):
        group = _STATE_ROW.get(rule.family, "cpom")
        cells = g.state_law[str(state)]
        text = cells.get("fee_authority") if group == "fee" else cells.get("cpom_authority")
        if counsel := cells.get("counsel_authority"):
            found.append(Authority(f"{state}-counsel", f"{state}: {counsel}", "counsel"))
        if text:
            # the text is the doctrine's; for a rule on owners the ownership cells decide: the weaker of both is shown
            how = min(
                (
                    str(cells.get(f"{name}_verification") or "unverified")
                    for name in {group, "fee" if group == "fee" else "cpom"}
                ),
                key=_STRENGTH.index,
            )
            found.append(Authority(f"{state}-{group}", f"{state}: {text}", how))
    return tuple(found)
