"""Which professions a person is licensed in by what a state counts, and whether they let the person own or decide."""

import polars as pl

from ownergraph.rules.api import Graph
from ownergraph.rules.cpom_own._holders import with_standing

c = pl.col
NONE = pl.lit([], dtype=pl.List(pl.String))


def with_professions(g: Graph, frame: pl.LazyFrame, person: str) -> pl.LazyFrame:
    """Add `<person>_sure`, professions of licenses that count in `state`, and `<person>_may`, of all that may count.

    A license counts that is active and of the state, or of any state where the row takes those (`instate_license`: no
    and one; partly leaves it open). O(rows + licenses).
    """
    rule = c("instate_license_stated")
    place = (
        pl.when((c("_at") == c("state")) | rule.is_in(["no", "one"]).fill_null(False))
        .then(True)
        .when(rule == "yes")
        .then(False)
    )
    licenses = g.relations["LICENSED_IN"].lazy().select(c("person").alias(person), "profession", "status", _at="state")
    held = (
        frame.select("state", person, "instate_license_stated")
        .unique()
        .join(licenses, on=person)
        .with_columns(_counts=place & (c("status") == "active"))
        .group_by("state", person)
        .agg(
            c("profession").filter(c("_counts").fill_null(False)).unique().sort().alias(f"{person}_sure"),
            c("profession").filter(c("_counts").fill_null(True)).unique().sort().alias(f"{person}_may"),
        )
    )
    return frame.join(held, on=["state", person], how="left", maintain_order="left").with_columns(
        c(f"{person}_sure").fill_null(NONE), c(f"{person}_may").fill_null(NONE)
    )


def settled() -> pl.Expr:
    """Professions that the state lists for owners beside physicians without terms, and with verified text (a list)."""
    unsettled = pl.concat_list(
        c("allied_professions_conditional_stated").fill_null(NONE),
        c("allied_professions_unverified_stated").fill_null(NONE),
    )
    return c("allied_professions_stated").fill_null(NONE).list.set_difference(unsettled)


def with_eligible(g: Graph, frame: pl.LazyFrame, person: str) -> pl.LazyFrame:
    """Add the columns of `with_standing` and `with_professions`, and `<person>_eligible`.

    Eligible is a physician; the unlicensed are not; of other professions those are that the state's row lists without
    terms, or any where it takes all; Oregon and Texas want physicians. Null where the row does not settle it.
    """
    licensed, doctor = c(f"{person}_counts"), c(f"{person}_doctor")
    takes = (
        pl.when(c("state").is_in(["OR", "TX"]))
        .then(False)
        .when(c("allied_rule_stated") == "any_health_professional")
        .then(True)
        .when(c(f"{person}_sure").list.set_intersection(settled()).list.len() > 0)
        .then(True)
    )
    return (
        with_professions(g, with_standing(g, frame, person), person)
        .with_columns(_takes=takes)
        .with_columns(
            pl.when(doctor)
            .then(True)
            .when(licensed == False)  # noqa: E712
            .then(False)
            # a physician or not, that is enough
            .when(licensed & c("_takes"))
            .then(True)
            .when(licensed & ~doctor)
            .then("_takes")
            .alias(f"{person}_eligible")
        )
        .drop("_takes")
    )
