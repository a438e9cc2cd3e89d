"""What is recorded of the terms of one arrangement, whatever relation it is: for rules on how pay is worked out."""

from typing import Final

import polars as pl

from ownergraph.analysis.flows import known_by
from ownergraph.model.compensation import Terms
from ownergraph.model.vocabulary import PER_REFERRAL
from ownergraph.rules.api import Graph

c = pl.col

ENDS: Final = {
    "PAYS": ("payer", "payee"), "EMPLOYS": ("employer", "employee"), "HOLDS_ROLE": ("organization", "person"),
    "MANAGES": ("managed", "manager"), "LEASES_TO": ("lessee", "lessor"), "LENDS_TO": ("lender", "borrower"),
    "SUPPLIES": ("customer", "supplier"),
}  # fmt: skip
"""Who pays, and who is paid, of every relation that carries terms."""
LEASING: Final = ("leasing", "space_leasing", "equipment_leasing", "facilities", "all_necessary_services")
"""Services of a manager among which a lease may be."""
FIELDS: Final = tuple(Terms.model_fields)


def _counts(relation: str) -> pl.Expr:
    """True where the basis of the pay itself counts referrals; otherwise null."""
    if relation == "PAYS":
        counts = c("basis").is_in(list(PER_REFERRAL))
    elif relation == "EMPLOYS":
        counts = (c("comp_basis") == "per_referral") | c("counts_referrals")
    elif relation == "LEASES_TO":
        counts = c("noncompete")
    else:
        return pl.lit(None, dtype=pl.Boolean)
    return pl.when(counts).then(True)


def _lease(relation: str) -> pl.Expr:
    """Whether it is paid for space, equipment or premises: null where the purpose, or the services, are not known."""
    if relation == "LEASES_TO":
        return pl.lit(True)
    if relation == "MANAGES":
        return c("services").list.set_intersection(list(LEASING)).list.len() > 0
    if relation == "PAYS":
        used = c("in_kind").is_in(["space", "equipment"]).fill_null(False)
        return (c("purpose") == "rent") | used
    return pl.lit(False)


def terms(g: Graph, ids: pl.Series) -> pl.DataFrame:
    """Terms of rows: pay (id), relation, payer, paid, lease (nullable), counts (true or null), and `FIELDS`.

    Args:
        g: the graph.
        ids: rows of relations that carry terms, each once.

    Complexity: O(rows of those relations).
    """
    parts = [
        known_by(g, relation.lower())
        .filter(c("id").is_in(ids.implode()))
        .select(
            "id", *FIELDS, relation=pl.lit(relation), payer=payer, paid=paid, lease=_lease(relation),
            counts=_counts(relation),
        )
        for relation, (payer, paid) in ENDS.items()
        if g.structure.tables[relation.lower()].height
    ]  # fmt: skip
    none = pl.DataFrame(schema={"id": pl.String, "payer": pl.String, "paid": pl.String})
    return pl.concat([none, *parts], how="diagonal").rename({"id": "pay"})
