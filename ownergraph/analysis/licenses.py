"""Who is licensed where: derived from LICENSED_IN for a state and a day, never typed."""

from typing import NamedTuple

import polars as pl

from ownergraph.graph import Store


class Licenses(NamedTuple):
    """What the rows of LICENSED_IN say, before anybody asks about a state.

    Attributes:
        here: by person and state, whether a license is active, as a physician's and as any; the professions.
        where: by person, the states of a physician's license that is or may be active, and whether one is.
    """

    here: pl.DataFrame
    where: pl.DataFrame


def licenses(store: Store) -> Licenses:
    """Gather the licenses of everybody. O(licenses)."""
    rows = store.relations["LICENSED_IN"].lazy()
    active = pl.col("status") == "active"
    physician = active & (pl.col("profession") == "physician")
    here = rows.group_by("person", "state").agg(
        _here_physician=physician.any(ignore_nulls=False),
        _here_licensed=active.any(ignore_nulls=False),
        _here=pl.len(),
        _professions=pl.col("profession").filter(active.fill_null(True)).unique().sort(),
    )
    where = rows.group_by("person").agg(
        _states=pl.col("state").filter(physician.fill_null(True)).unique().sort(),
        _any=physician.any(ignore_nulls=False),
        _elsewhere=pl.len(),
    )
    return Licenses(here.collect(engine="in-memory"), where.collect(engine="in-memory"))


def with_license(store: Store, held: Licenses, frame: pl.LazyFrame, person: str, state: str = "state") -> pl.LazyFrame:
    """Add what is known of the licenses of the entities in column `person` in the state of column `state`.

    Adds `<person>_kind`, and nullable Booleans `<person>_physician`, `<person>_licensed` (any health profession),
    `<person>_physician_elsewhere` (in another state), and the list `<person>_professions`. An entity that is no
    person holds no license. A person's missing license is null in an open register and false in a complete one;
    a license whose status is unknown is null, one that is not active counts as none.

    Complexity: O(rows + entities + licenses).
    """
    kinds = store.entities.lazy().select(
        pl.col("id").alias(person),
        pl.col("kind").alias(f"{person}_kind"),
        pl.col("home_state").alias(f"{person}_home"),
    )
    closed = store.complete("licenses", person)

    def known(seen: pl.Expr, rows: pl.Expr) -> pl.Expr:
        # no row at all is absence, which a complete register makes false; a row of unknown status stays null
        absent = rows.fill_null(0) == 0
        value = (
            pl.when(seen).then(True).when(absent & closed).then(False).when(~absent & closed).then(seen).otherwise(None)
        )
        return pl.when(pl.col(f"{person}_kind") == "person").then(value).otherwise(False)

    here = held.here.lazy().rename({"person": person, "state": state})
    elsewhere = (pl.col("_states").list.set_difference(pl.concat_list(pl.col(state))).list.len() > 0) & pl.col("_any")
    return (
        frame.join(kinds, on=person, how="left", maintain_order="left")
        .join(here, on=[person, state], how="left", maintain_order="left")
        .join(held.where.lazy().rename({"person": person}), on=person, how="left", maintain_order="left")
        .with_columns(
            known(pl.col("_here_physician"), pl.col("_here")).alias(f"{person}_physician"),
            known(pl.col("_here_licensed"), pl.col("_here")).alias(f"{person}_licensed"),
            known(elsewhere, pl.col("_elsewhere")).alias(f"{person}_physician_elsewhere"),
            pl.col("_professions").alias(f"{person}_professions"),
        )
        .drop("_here_physician", "_here_licensed", "_professions", "_states", "_any", "_here", "_elsewhere")
    )
