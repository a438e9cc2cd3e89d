"""What rules about management agreements share: services by the table, other agreements, when an agreement began."""

from collections.abc import Sequence

import polars as pl

from ownergraph.law.tables import services
from ownergraph.rules.api import Cases, Graph, Leaf, declared, fact

c = pl.col

KNOWN: tuple[str, ...] = tuple(code for code, service in services().items() if not service.vague)
"""Codes of the table of services that name one. What is done under another, or under a vague one, is unknown."""
ADMINISTRATIVE = tuple(code for code in KNOWN if services()[code].kind == "administrative")
CLINICAL = tuple(code for code in KNOWN if services()[code].kind == "clinical")
BRINGING_PATIENTS = tuple(code for code in KNOWN if services()[code].referral_generating)
BILLING = tuple(code for code in KNOWN if services()[code].billing)
VAGUE = tuple(code for code, service in services().items() if service.vague)

STARTED = pl.coalesce("valid_from", "first_engaged_on")
"""When the agreement began, or else when the manager first worked for the practice; null where not recorded."""


def _unnamed() -> pl.Expr:
    """Whether one of the services is not in the table, or is one that names none: "all necessary services"."""
    return c("services").list.set_difference(list(KNOWN)).list.len() > 0


def has_service(codes: Sequence[str], ask: str) -> Leaf:
    """Whether one of the services is among `codes`; null where none is, but one names no known service."""
    has = c("services").list.set_intersection(list(codes)).list.len() > 0
    return fact(pl.when(has).then(True).when(_unnamed()).then(None).otherwise(has), ask)


def only_services(codes: Sequence[str], ask: str) -> Leaf:
    """Whether there are services, all among `codes`; null where that hangs on one that names no known service."""
    others = [code for code in KNOWN if code not in codes]
    out = (c("services").list.len() == 0) | (c("services").list.set_intersection(others).list.len() > 0)
    return fact(pl.when(out).then(False).when(_unnamed()).then(None).otherwise(~out), ask)


def other_agreements(g: Graph, rows: pl.LazyFrame) -> Cases:
    """Whether practices with an agreement in `rows` may have another one that is not listed; one row each."""
    frame = rows.unique(["practice", "state"], keep="first", maintain_order=True).with_columns(
        agreement=pl.lit(None, dtype=pl.String), manager=pl.lit(None, dtype=pl.String)
    )
    closed = g.complete("agreements", "practice")
    return Cases(frame, declared(closed, "Is the list of the management agreements of {practice} complete?"))
