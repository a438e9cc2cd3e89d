"""Authorities: the statutes, rules, cases and guidance that rules cite, and what follows from a violation."""

from datetime import date
from functools import cache
from typing import Literal

from ownergraph.law.facts import Fact, read_facts
from ownergraph.law.files import rows, table
from ownergraph.law.vocabulary import Verification


class Consequence(Fact):
    """What follows from a violation, as far as it was read."""

    kind: Literal[
        "contract_void", "fee_recovery", "discipline", "false_claims_act", "criminal", "civil_penalty",
        "dissolution", "none_known",
    ]  # fmt: skip
    text: str
    verification: Verification
    """Of the consequence, not of the authority."""


class Authority(Fact):
    """A statute, rule, case or other source that a rule cites."""

    id: str
    citation: str
    title: str
    jurisdiction: str
    """US, or the two letters of a state."""
    kind: Literal[
        "statute", "regulation", "case", "settlement", "agency_guidance", "accounting_standard", "secondary",
        "source_guide",
    ]  # fmt: skip
    address: str
    """Public page; empty where none is known."""
    verification: Verification
    read_on: date | None
    """Day on which it, or a source about it, was read; null where it was not."""
    note: str
    consequence: Consequence


@cache
def authorities() -> dict[str, Authority]:
    """Every authority by its id.

    Example:
        >>> authorities()["NY-BCL-1507"].consequence.kind
        'contract_void'
    """
    return {fact.id: fact for fact in read_facts(Authority, "authorities.json", table("authorities.json"))}


def authority(name: str) -> Authority:
    """One authority.

    Raises:
        KeyError: There is none with this id.
    """
    if name not in authorities():
        raise KeyError(f'"{name}" is no authority; see ownergraph/law/data/authorities.json')
    return authorities()[name]


@cache
def _by_rule() -> dict[str, tuple[str, ...]]:
    result: dict[str, tuple[str, ...]] = {}
    for row in rows("rule_authorities.csv"):
        result[row["rule"]] = (*result.get(row["rule"], ()), row["authority"])
    return result


def rule_authorities(rule: str, state: str | None = None) -> tuple[str, ...]:
    """Ids of the authorities that a rule cites, most telling first; empty where the catalogue names none.

    Args:
        rule: Code of the rule.
        state: Keep what is of this state or of the United States; everything otherwise.

    Example:
        >>> rule_authorities("CTRL-12", "CA")
        ('ASC-810-10-15-22', 'CA-AG-ARTCENTER')
        >>> rule_authorities("CTRL-12", "NY")
        ('ASC-810-10-15-22',)
    """
    ids = _by_rule().get(rule, ())
    if state is None:
        return ids
    return tuple(name for name in ids if authorities()[name].jurisdiction in ("US", state))
