"""The joined frames that rules start from."""

import polars as pl

from ownergraph.analysis.exempt import with_practice_exempt
from ownergraph.graph import Store
from ownergraph.model.columns import counted_share
from ownergraph.model.vocabulary import INVESTOR_ROLES, PERCENTAGE

ENTITY_FACTS = (
    "kind", "roles", "form", "state_formed", "formed_on", "professional", "exempt_as", "facility_licenses",
    "bills_federal_programs", "offers_patient_care", "tax_status",
)  # fmt: skip
"""Facts of an entity that joined frames bring along, after a prefix where one is given."""


def entity_facts(store: Store, entity: str, prefix: str = "") -> pl.LazyFrame:
    """The facts of every entity, keyed by column `entity`, each after `prefix`."""
    return store.entities.lazy().select(
        pl.col("id").alias(entity), *[pl.col(name).alias(prefix + name) for name in ENTITY_FACTS]
    )


def practices(store: Store) -> pl.LazyFrame:
    """Every medical practice: `practice` and its facts (`form`, `professional`, ...)."""
    facts = entity_facts(store, "practice")
    return facts.filter(pl.col("roles").list.contains("practice") & pl.col("offers_patient_care").fill_null(True))


def practice_states(store: Store, law_rows: pl.DataFrame) -> pl.LazyFrame:
    """One row a practice and state in which it operates: the practice's facts and the state's row of `law_rows`.

    `practice_exempt` is whether the state lets lay persons own it for what it is (nullable); see `exempt`.
    A practice without a recorded state is one row whose state is null; no rule of state law applies to it, and the
    report says so.
    """
    where = (
        store.relations["OPERATES_IN"]
        .lazy()
        .group_by("entity", "state")
        .agg(pl.col("id").first().alias("site"))
        .sort("entity", "state")
        .rename({"entity": "practice"})
    )
    # what decides and what is stated; notes and verifications are looked up for what is reported
    deciding = [name for name in law_rows.columns if f"{name}_stated" in law_rows.columns]
    wanted = ["state", *deciding, *[f"{name}_stated" for name in deciding]]
    return with_practice_exempt(
        practices(store)
        .join(where, on="practice", how="left", maintain_order="left_right")
        .join(law_rows.select(wanted).lazy(), on="state", how="left", maintain_order="left")
    )


def agreements(store: Store, cases: pl.LazyFrame) -> pl.LazyFrame:
    """MANAGES x practice x state x law row.

    Adds to the columns of `practice_states` those of MANAGES (`agreement` is its id) and `manager_roles`,
    `manager_exempt_as`; `fee_percentage`, whether any part of the fee follows the income of the practice
    (null where not recorded); `fee_bases`, every basis of the fee.
    """
    parts = (
        store.table("fee_components")
        .lazy()
        .group_by("agreement")
        .agg(
            pl.col("basis").alias("_bases"),
            pl.col("basis").is_in(PERCENTAGE).any(ignore_nulls=False).alias("_any_pct"),
            pl.col("pct").max().alias("_pct"),
        )
    )
    rows = (
        store.relations["MANAGES"]
        .lazy()
        .rename({"id": "agreement", "managed": "practice"})
        .drop("src", "dst", "row", "_file", "_line")
        .join(parts, on="agreement", how="left", maintain_order="left")
        .with_columns(
            fee_percentage=pl.when(pl.col("_any_pct").is_not_null() | pl.col("_bases").is_not_null())
            .then(pl.col("_any_pct") | pl.col("fee_basis").is_in(PERCENTAGE).fill_null(False))
            .otherwise(pl.col("fee_basis").is_in(PERCENTAGE)),
            fee_bases=pl.concat_list(pl.concat_list("fee_basis"), pl.col("_bases").fill_null([])).list.drop_nulls(),
            fee_pct=pl.coalesce("fee_pct", "_pct"),
        )
        .drop("_bases", "_any_pct", "_pct")
    )
    manager = entity_facts(store, "manager", "manager_").select("manager", "manager_roles", "manager_exempt_as")
    return (
        cases.join(rows, on="practice", how="inner", maintain_order="left_right")
        .join(manager, on="manager", how="left", maintain_order="left")
        .sort("practice", "state", "agreement", maintain_order=True)
    )


def owners(store: Store, cases: pl.LazyFrame) -> pl.LazyFrame:
    """Direct owners x practice x state x law row.

    Adds to `practice_states` the columns of OWNS (`holding` is its id; `votes_min`, `votes_max` fall back to the
    share: one share, one vote), and the owner's facts with the prefix `owner_`. Options and secured debt are no
    ownership and are left out.
    """
    count_low, count_high = counted_share()
    rows = (
        store.relations["OWNS"]
        .lazy()
        .filter(pl.col("instrument").is_null() | pl.col("instrument").is_in(["equity", "profits"]))
        .with_columns(share_min=pl.coalesce("share_min", count_low), share_max=pl.coalesce("share_max", count_high))
        .with_columns(votes_min=pl.coalesce("votes_min", "share_min"), votes_max=pl.coalesce("votes_max", "share_max"))
        .rename({"id": "holding", "owned": "practice"})
        .drop("src", "dst", "row", "_file", "_line")
    )
    facts = entity_facts(store, "owner", "owner_").drop("owner_kind")
    return (
        cases.join(rows, on="practice", how="inner", maintain_order="left_right")
        .join(facts, on="owner", how="left", maintain_order="left")
        .with_columns(owner_investor=pl.col("owner_roles").list.set_intersection(list(INVESTOR_ROLES)).list.len() > 0)
        .sort("practice", "state", "owner", "holding", maintain_order=True)
    )
