"""Financial relationships between two parties, of which chains are made: holdings, and compensation of every kind."""

from typing import TYPE_CHECKING, Final

import polars as pl

from ownergraph.analysis.flows import known_by
from ownergraph.model.columns import no_share
from ownergraph.model.compensation import Terms

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

c = pl.col

SERIES: Final = 92
"""Days between payments of one payer to one payee, at most, that make them one arrangement: a quarter."""
LISTED: Final = 60
"""Payments of one arrangement with equal terms, at most, that are a link each: five years of months. Of more the first
stands for all of them."""
WORK: Final = ("EMPLOYS", "HOLDS_ROLE")
TERMS: Final = (*Terms.model_fields, "purpose", "basis", "in_kind", "agreement", "work_product",
                "specimen_collection_only")  # fmt: skip
"""What payments of one arrangement have in common where they count as one link."""
COLUMNS: Final = {
    "id": pl.String(), "relation": pl.String(), "a": pl.String(), "b": pl.String(), "owns": pl.Boolean(),
    "titular": pl.Boolean(), "start": pl.Date(), "end": pl.Date(), "undated": pl.Boolean(), "series": pl.String(),
}  # fmt: skip


def all_links(g: "Graph") -> pl.DataFrame:
    """Everything that may be a link of a chain, one row a link.

    Columns: id (of the row; of more than `LISTED` payments of an arrangement with equal terms the first), relation,
    a and b (the owner and the owned; who gives and who takes), owns (a holding), titular (of the row, else of the
    owner; null where not recorded, and for compensation), start and end (first and last day; null open), undated (the
    day is not known at all), series (id of the first of the payments of an arrangement with equal terms; of other rows
    their own).

    A lease, an agreement to manage and a supply are compensation whatever is paid under them: space, services and goods
    that cost nothing are remuneration, too (42 CFR 411.351 "remuneration"). What an owner gets as owner belongs to its
    holding. Payments of one payer to one payee that are at most `SERIES` days apart are one arrangement, in force from
    the first of them to the last. Not a link: what is recorded as zero (a share, a salary, a loan), positions without a
    fee, payments that were given back. O(rows).
    """
    parts = [part.with_columns(series="id") for part in (_held(g), *_agreed(g), _flowing(g))]
    parts.append(_paid(g))
    found = pl.concat([part.select(c(name).cast(dtype) for name, dtype in COLUMNS.items()) for part in parts])
    return found.filter(c("a") != c("b")).unique("id", keep="first", maintain_order=True)


def _standing(relation: str, a: str, b: str) -> dict[str, pl.Expr]:
    """A compensation row that holds from `valid_from` to before `valid_to`."""
    return {
        "relation": pl.lit(relation),
        "a": c(a),
        "b": c(b),
        "owns": pl.lit(False),
        "titular": pl.lit(None, dtype=pl.Boolean),
        "start": c("valid_from"),
        "end": c("valid_to") - pl.duration(days=1),
        "undated": pl.lit(False),
    }


def _held(g: "Graph") -> pl.DataFrame:
    rows = known_by(g, "owns").filter(~no_share())
    owners = g.entities.select(owner="id", _titular="titular")
    return rows.join(owners, on="owner", how="left", maintain_order="left").select(
        "id",
        **{
            **_standing("OWNS", "owner", "owned"),
            "owns": pl.lit(True),
            "titular": pl.coalesce("titular", "_titular"),
        },
    )


def _agreed(g: "Graph") -> list[pl.DataFrame]:
    """Agreements that are compensation whatever is paid under them."""
    ends = {"SUPPLIES": ("customer", "supplier"), "LEASES_TO": ("lessee", "lessor"), "MANAGES": ("managed", "manager")}
    return [
        known_by(g, relation.lower()).select("id", **_standing(relation, a, b)) for relation, (a, b) in ends.items()
    ]


def _flowing(g: "Graph") -> pl.DataFrame:
    """Pay and loans, and payments that stand for a time or have no date."""
    flows = g.flows.filter(c("relation").is_in([*WORK, "LENDS_TO", "PAYS"]) & (c("standing") | c("undated")))
    return _no_distribution(g, flows).select(
        "relation", "start", "end", "undated", id="flow", a="giver", b="taker", owns=pl.lit(False),
        titular=pl.lit(None, dtype=pl.Boolean),
    )  # fmt: skip


def _no_distribution(g: "Graph", flows: pl.DataFrame) -> pl.DataFrame:
    """Without what owners get as owners."""
    held = g.structure.tables["owns"].select(giver="owned", taker="owner").unique()
    gains = flows.filter(c("kind") == "distribution").join(held, on=["giver", "taker"], how="semi")["flow"]
    return flows.filter(~c("flow").is_in(gains.implode()))


def _paid(g: "Graph") -> pl.DataFrame:
    """Dated payments, by arrangement and terms."""
    flows = g.flows.filter((c("relation") == "PAYS") & ~c("standing") & ~c("undated"))
    ends = ["giver", "taker"]
    until = c("end").cum_max().shift().over(ends)
    apart = ((c("start") - until) > pl.duration(days=SERIES)).fill_null(True)
    # a payment that somebody says is defended stands for itself
    defended = g.structure.tables["defenses"]["about"].unique()
    named = pl.when(c("flow").is_in(defended.implode())).then("flow")
    terms = g.structure.tables["pays"].select("id", *TERMS)
    same = [*ends, "series", "named", *TERMS]
    return (
        _no_distribution(g, flows)
        .sort(*ends, "start", "flow")
        .with_columns(series=apart.cum_sum().over(ends))
        .with_columns(
            start=c("start").min().over(*ends, "series"), end=c("end").max().over(*ends, "series"), named=named,
        )
        .join(terms, left_on="flow", right_on="id", how="left", maintain_order="left")
        .with_columns(first=c("flow").first().over(*same))
        .filter((pl.len().over(*same) <= LISTED) | (c("flow") == c("first")))
        .select(
            "relation", "start", "end", "undated", id="flow", a="giver", b="taker", owns=pl.lit(False),
            titular=pl.lit(None, dtype=pl.Boolean), series="first",
        )
    )  # fmt: skip
