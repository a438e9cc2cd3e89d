"""Addresses that open the query behind a result elsewhere; who makes them is no business of the reports."""

from typing import Protocol

from ownergraph.audit.results import Result


class Links(Protocol):
    """Addresses in two parts, because the first is the same for all results of a rule; together they are whole.

    Both are encoded, and the first starts with http:// or https://.
    """

    def start(self, rule: str) -> str | None:
        """What the addresses of a rule's results start with; None where it has none."""

    def end(self, result: Result) -> str:
        """What the address of a result ends with."""


def link(links: Links, result: Result) -> str | None:
    """The address of a result, or None where its rule has none."""
    start = links.start(result.rule)
    return None if start is None else start + links.end(result)
