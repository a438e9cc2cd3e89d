"""Who is licensed where: derived from LICENSED_IN for a state and a day, never typed."""

import polars as pl

from ownergraph.graph import Store


def with_license(store: Store, frame: pl.LazyFrame, person: str, state: str = "state") -> pl.LazyFrame:
    """Add what is known of the licenses of the entities in column `person` in the state of column `state`.

    Adds `<person>_kind`, and nullable Booleans `<person>_physician`, `<person>_licensed` (any health profession),
    `<person>_physician_elsewhere` (in another state), and the list `<person>_professions`. An entity that is no
    person holds no license. A person's missing license is null in an open register and false in a complete one;
    a license whose status is unknown is null, one that is not active counts as none.

    Complexity: O(rows + licenses).
    """
    licenses = store.relations["LICENSED_IN"].lazy()
    active = pl.col("status") == "active"
    here = licenses.group_by("person", pl.col("state").alias("_state")).agg(
        _here_physician=(active & (pl.col("profession") == "physician")).any(ignore_nulls=False),
        _here_licensed=active.any(ignore_nulls=False),
        _here=pl.len(),
        _professions=pl.col("profession").filter(active.fill_null(True)).unique().sort(),
    )
    physician = active & (pl.col("profession") == "physician")
    where = licenses.group_by("person").agg(
        _states=pl.col("state").filter(physician.fill_null(True)).unique().sort(),
        _any=physician.any(ignore_nulls=False),
        _elsewhere=pl.len(),
    )
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

    elsewhere = (pl.col("_states").list.set_difference(pl.concat_list(pl.col(state))).list.len() > 0) & pl.col("_any")
    return (
        frame.join(kinds, on=person, how="left", maintain_order="left")
        .join(here.rename({"person": person, "_state": state}), on=[person, state], how="left", maintain_order="left")
        .join(where.rename({"person": person}), on=person, how="left", maintain_order="left")
        .with_columns(
            known(pl.col("_here_physician"), pl.col("_here")).alias(f"{person}_physician"),
            known(pl.col("_here_licensed"), pl.col("_here")).alias(f"{person}_licensed"),
            known(elsewhere, pl.col("_elsewhere")).alias(f"{person}_physician_elsewhere"),
            pl.col("_professions").alias(f"{person}_professions"),
        )
        .drop("_here_physician", "_here_licensed", "_professions", "_states", "_any", "_here", "_elsewhere")
    )
