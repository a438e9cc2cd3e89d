"""What is recorded of the elements of a defense, in words of a message: met, not met, or not recorded.

Which defense takes a result away is for the audit (`audit.defended`); a rule only says in its message what is missing.
"""

from typing import Final

import polars as pl

from ownergraph.rules.api import Graph

c = pl.col

NAMED: Final = 4
"""Elements not recorded that a message names; more are counted, the list of defenses of the result has them."""
ELEMENTS: Final = {
    "writing_signed": "a writing that both parties signed",
    "premises_specified": "the space, specified",
    "equipment_specified": "the equipment, specified",
    "duration_ge_1y_no_new_lease_same_space_in_first_year": "a term of a year or more",
    "duration_ge_1y_no_new_lease_in_first_year": "a term of a year or more",
    "term_ge_1y": "a term of a year or more",
    "not_exceeding_reasonable_and_necessary": "no more than is needed",
    "no_more_than_reasonably_necessary": "no more than is needed",
    "exclusive_use_against_lessor_and_related": "exclusive use against the lessor and its related persons",
    "common_area_pro_rata": "common areas shared pro rata",
    "rent_set_in_advance": "rent set in advance",
    "aggregate_rent_set_in_advance": "aggregate rent set in advance",
    "fmv": "fair market value",
    "fmv_arms_length": "fair market value",
    "not_volume_value_of_referrals_or_other_business": "no account taken of referrals or other business",
    "not_volume_value_of_federal_business": "no account taken of federal business",
    "not_pct_of_revenue_of_space": "rent that is no percentage of revenue",
    "not_pct_of_revenue_of_equipment": "rent that is no percentage of revenue",
    "not_per_unit_for_patients_referred_by_lessor_to_lessee": "no rent per use by patients whom the lessor refers",
    "commercially_reasonable": "commercially reasonable without referrals",
    "covers_all_premises_between_parties_and_specifies": "all space between the parties, specified",
    "covers_all_equipment_between_parties_and_specifies": "all equipment between the parties, specified",
    "schedule_length_and_exact_rent_per_interval_if_part_time": "schedule, length and rent of part-time use",
    "covers_all_services_and_specifies": "all services between the parties, specified",
    "methodology_set_in_advance": "pay by a method set in advance",
    "no_unlawful_activity": "no unlawful activity",
}
"""Elements of defenses as people say them, of those that rules name in a message."""


def with_elements(g: Graph, rows: pl.DataFrame, relation: str, defense: str) -> pl.DataFrame:
    """Rows with what is recorded of the elements of a defense for `agreement`, as the report lists them.

    Adds not_met and not_recorded (lists of elements as people say them) and `gaps` (`with_gaps`).
    """
    told = elements(g, relation, rows["agreement"].unique(), defense)
    return with_gaps(rows.join(told, on="agreement", how="left", maintain_order="left"), codes(defense))


def codes(defense: str) -> list[str]:
    """Codes of the elements of a defense."""
    from ownergraph.law.defenses import defenses

    return [element.code for element in defenses()[defense].elements]


def elements(g: Graph, relation: str, ids: pl.Series, defense: str) -> pl.DataFrame:
    """What is recorded of the elements of a defense: agreement (id), and a nullable column for each of its `codes`.

    The table of defenses comes first, then facts of the row (`analysis.defense_facts`).

    Args:
        g: the graph.
        relation: of which `ids` are rows.
        ids: rows, each once.
        defense: id of a defense that can be about the relation.

    Complexity: O(rows), in columns.
    """
    from ownergraph.analysis.defense_facts import tell

    facts = tell(g, relation, ids)
    written = g.structure.tables["defenses"].filter(c("defense") == defense).unique("about", keep="first")
    told = facts.join(
        written.select("about", "met", "not_met"), left_on="id", right_on="about", how="left", maintain_order="left"
    )
    return told.select(
        c("id").alias("agreement"),
        *(
            pl.when(c("met").list.contains(code))
            .then(True)
            .when(c("not_met").list.contains(code))
            .then(False)
            .otherwise(c(code) if code in facts.columns else pl.lit(None, dtype=pl.Boolean))
            .alias(code)
            for code in codes(defense)
        ),
    )


def with_gaps(rows: pl.DataFrame, of: list[str]) -> pl.DataFrame:
    """Rows with not_met and not_recorded (lists of elements as people say them) and `gaps`, a clause for a message.

    Args:
        rows: with a nullable column for each element, which go.
        of: codes of the elements.
    """

    def those(missing: bool) -> pl.Expr:
        said = [
            pl.when(c(code).is_null() if missing else ~c(code)).then(pl.lit(ELEMENTS.get(code, code.replace("_", " "))))
            for code in of
        ]
        return pl.concat_list(said).list.drop_nulls()

    bad, open_ = c("not_met"), c("not_recorded")
    many = open_.list.len()
    parts = [
        pl.when(bad.list.len() > 0).then(pl.format("recorded as not met: {}", bad.list.join(", "))),
        pl.when(many > NAMED)
        .then(pl.format("{} elements are not recorded", many))
        .when(many > 0)
        .then(pl.format("not recorded: {}", open_.list.join(", "))),
    ]
    return (
        rows.with_columns(not_met=those(missing=False), not_recorded=those(missing=True))
        .with_columns(
            gaps=pl.concat_str(parts, separator="; ", ignore_nulls=True).replace("", "every one is recorded as met")
        )
        .drop(of)
    )


def with_lease_elements(
    g: Graph, found: pl.DataFrame, *, space: tuple[str, str], equipment: tuple[str, str]
) -> pl.DataFrame:
    """Leases with the elements of the defense for what is leased, and `defense` (its citation), `what`; sorted.

    Args:
        g: the graph.
        found: arrangements of LEASES_TO.
        space: id and citation of the defense for space, and for leases of which it is not recorded what is leased.
        equipment: the same for equipment.
    """
    of_equipment = (c("item") == "equipment").fill_null(False)
    return pl.concat(
        [
            with_elements(g, found.filter(kind), "LEASES_TO", name).with_columns(
                defense=pl.lit(citation), what=c("item").fill_null("space or equipment")
            )
            for kind, (name, citation) in ((~of_equipment, space), (of_equipment, equipment))
        ]
    ).sort("referrer", "receiver", "agreement")
