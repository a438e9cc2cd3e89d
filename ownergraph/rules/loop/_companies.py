"""Companies of those near to one who refers: of itself, family, owners and their family, staff and officers."""

from typing import Final

import polars as pl

from ownergraph.analysis.flows import known_by
from ownergraph.model.columns import no_share, some_share
from ownergraph.rules.api import Graph
from ownergraph.rules.referring import sure_link

c = pl.col

STAFF: Final = 100
"""Employees of one practice up to which its staff counts as near to those who refer (as `attribution.GROUP`)."""
WHOSE: Final = ("itself", "family", "an owner", "family of an owner", "an officer", "staff")
"""The nearest first: of several the first is kept."""

_COLUMNS: Final = {
    "referrer": pl.String(), "company": pl.String(), "whose": pl.String(), "side_rows": pl.List(pl.String()),
    "tie": pl.Boolean(),
}  # fmt: skip


def near_companies(g: Graph, companies: pl.Series) -> pl.DataFrame:
    """Which of the companies are near to whom: referrer, company, whose (of `WHOSE`), side_rows, tie.

    `side_rows` are the ids of the rows from the referrer to the company; `tie` is true, or null where a share that it
    needs may be nothing or the kinship is not recorded. Kin beyond the immediate family (42 CFR 411.351) does not
    count. Staff and officers are those of the referrer, or of a practice of at most `STAFF` employees that it owns part
    of or works for. O(holdings in the companies x rows of their owners).
    """
    held = (
        known_by(g, "owns")
        .filter(c("owned").is_in(companies.implode()) & ~no_share())
        .select(person="owner", company="owned", holding="id", more=pl.when(some_share()).then(True))
    )
    if not held.height:
        return pl.DataFrame(schema=_COLUMNS)
    sides = g.referral_sides.filter(c("immediate").fill_null(True)).select(
        "referrer", "party", "how", "rows", sure=sure_link()
    )
    mine = sides.filter(c("how").is_in(["self", "family", "owner"])).select(
        "referrer", "rows", "sure", person="party", whose=c("how").replace({"self": "itself", "owner": "an owner"})
    )
    people = [mine, *_family_of_owners(g, mine), *_workers(g, sides, held["person"].unique())]
    rank = {whose: k for k, whose in enumerate(WHOSE)}
    return (
        pl.concat(people, how="diagonal")
        .join(held, on="person", how="inner", maintain_order="left")
        .filter(c("company") != c("referrer"))
        .select(
            "referrer", "company", "whose", side_rows=c("rows").list.concat(pl.concat_list("holding")),
            tie=c("sure") & c("more"),
        )
        .with_columns(_rank=c("whose").replace_strict(rank, return_dtype=pl.Int64), _far=c("side_rows").list.len())
        .sort("referrer", "company", ~c("tie").fill_null(False), "_rank", "_far", c("side_rows").list.join(" "))
        .unique(["referrer", "company"], keep="first", maintain_order=True)
        .select(c(name).cast(dtype) for name, dtype in _COLUMNS.items())
    )  # fmt: skip


def _family_of_owners(g: Graph, mine: pl.DataFrame) -> list[pl.DataFrame]:
    from ownergraph.law.tables import family

    kin = known_by(g, "family_of")
    owners = mine.filter(c("whose") == "an owner")
    if not kin.height or not owners.height:
        return []
    near = {name: fact.stark_immediate for name, fact in family().items()}
    both = pl.concat(
        [kin.select("id", "kinship", one=a, other=b) for a, b in (("person", "relative"), ("relative", "person"))]
    ).with_columns(near=c("kinship").replace_strict(near, default=None, return_dtype=pl.Boolean))
    return [
        owners.join(both.filter(c("near").fill_null(True)), left_on="person", right_on="one", how="inner").select(
            "referrer", person="other", rows=c("rows").list.concat(pl.concat_list("id")), sure=c("sure") & c("near"),
            whose=pl.lit("family of an owner"),
        )
    ]  # fmt: skip


def _workers(g: Graph, sides: pl.DataFrame, persons: pl.Series) -> list[pl.DataFrame]:
    """Staff and officers among the persons: of the referrer, or of a practice that it owns part of or works for."""
    practices = g.entities.filter(c("roles").list.contains("practice").fill_null(False))["id"]
    jobs = known_by(g, "employs")
    large = jobs.group_by("employer").agg(n=c("employee").n_unique()).filter(c("n") > STAFF)["employer"]
    places = sides.filter(
        ((c("how") == "self") | (c("how").is_in(["owned", "employer"]) & c("party").is_in(practices.implode())))
        & ~c("party").is_in(large.implode())
    )
    parts = []
    for table, place, who, whose in (
        ("employs", "employer", "employee", "staff"), ("holds_role", "organization", "person", "an officer"),
    ):  # fmt: skip
        rows = known_by(g, table).filter(c(who).is_in(persons.implode()))
        found = places.join(
            rows.select("id", _place=place, person=who), left_on="party", right_on="_place", how="inner",
            maintain_order="left",
        )  # fmt: skip
        parts.append(
            found.filter(c("person") != c("referrer")).select(
                "referrer", "person", "sure", rows=c("rows").list.concat(pl.concat_list("id")), whose=pl.lit(whose)
            )
        )
    return parts
