"""Control by contract: every element of one named legal test, on the facts of one agreement.

Sources: ASC 810-10-15-22 (EITF 97-2), as described in accounting guides (verification: secondary); ORS 676.555
(Oregon SB 951 of 2025, amended by HB 3410; verification: secondary). Each test is one nullable Boolean expression over
MANAGES: true when every element is recorded true, null when one is not recorded.
"""

from datetime import date
from typing import NamedTuple

import polars as pl

from ownergraph.graph import Store
from ownergraph.model.vocabulary import PERCENTAGE

OPERATING_POWERS = ["approve_budget", "borrow", "capex", "payer_parameters", "set_prices"]
PAY_POWERS = ["hire_fire_clinical", "set_physician_comp"]
OREGON_POWERS = [
    "approve_equipment", "clinical_standards", "clinical_staffing_levels", "coding_billing_decisions",
    "contract_other_clinicians", "hire_fire_clinical", "payer_parameters", "set_patient_volume_hours",
    "set_physician_comp", "set_prices", "set_schedules",
]  # fmt: skip
OREGON_NEW = date(2025, 6, 9)
OREGON_APPLIES_NEW = date(2026, 1, 1)
OREGON_APPLIES_OLD = date(2029, 1, 1)


class ContractTest(NamedTuple):
    """A legal test of control by contract.

    Attributes:
        code: short name, shown as the mechanism.
        authority: id in law/data.
        elements: name of each element and its nullable expression over MANAGES with `in_oregon` added.
    """

    code: str
    authority: str
    elements: tuple[tuple[str, pl.Expr], ...]

    @property
    def met(self) -> pl.Expr:
        """Whether every element is met; null where that is open."""
        return pl.all_horizontal([expr for _, expr in self.elements])


def _holds(words: list[str]) -> pl.Expr:
    """Whether the manager holds all the powers, without a physician's final say in any of them."""
    holds = pl.lit(words).list.set_difference(pl.col("powers")).list.len() == 0
    return holds & (pl.col("physician_final_say").list.set_intersection(words).list.len() == 0)


def tests(as_of: date) -> tuple[ContractTest, ...]:
    """The named tests, as of a day."""
    asc = ContractTest(
        "ASC 810-10-15-22",
        "ASC-810-10-15-22",
        (
            ("term of ten years or more", (pl.col("term_years") >= 10) | pl.col("evergreen")),
            ("practice cannot end it without cause", pl.col("practice_can_terminate").is_in(["no", "cause_only"])),
            ("exclusive authority over operations", _holds(OPERATING_POWERS)),
            ("exclusive authority over pay and hiring of clinicians", _holds(PAY_POWERS)),
            ("interest that the manager may sell alone", pl.col("interest_transferable")),
            ("income that moves with the results of the practice", pl.col("fee_basis").is_in(PERCENTAGE)),
        ),
    )
    since = pl.coalesce("first_engaged_on", "valid_from", "signed_on")
    in_force: pl.Expr = (
        pl.when(since >= OREGON_NEW)
        .then(as_of >= OREGON_APPLIES_NEW)
        .when(since < OREGON_NEW)
        .then(as_of >= OREGON_APPLIES_OLD)
    )
    if as_of >= OREGON_APPLIES_OLD:
        in_force = pl.lit(True)
    elif as_of < OREGON_APPLIES_NEW:
        in_force = pl.lit(False)
    held = pl.col("powers").list.set_intersection(OREGON_POWERS)
    veto = (held.list.len() > 0) & (held.list.set_difference(pl.col("physician_final_say")).list.len() > 0)
    oregon = ContractTest(
        "ORS 676.555",
        "OR-676.555",
        (
            ("practice in Oregon", pl.col("in_oregon")),
            ("written agreement for pay", pl.col("in_writing") & pl.col("fee_basis").is_not_null()),
            ("statute in force for this agreement", in_force),
            ("de facto control of business or clinical operations", veto),
        ),
    )
    return (asc, oregon)


def contract_edges(store: Store) -> pl.DataFrame:
    """Agreements that give, or may give, control under a named test.

    Columns: manager, managed, right (agreement id), test, authority, certain (true, or null where an element is not
    recorded), missing (names of the elements not recorded). Agreements that fail every test are left out.
    Complexity: O(agreements).
    """
    oregon = store.relations["OPERATES_IN"].filter(pl.col("state") == "OR")["entity"].unique().to_list()
    states_known = store.relations["OPERATES_IN"]["entity"].unique().to_list()
    in_oregon = (
        pl.when(pl.col("managed").is_in(oregon))
        .then(True)
        .when(pl.col("managed").is_in(states_known))
        .then(False)
        .otherwise(None)
    )
    rows = store.relations["MANAGES"].lazy().with_columns(in_oregon=in_oregon)
    frames = []
    for test in tests(store.as_of):
        missing = pl.concat_list(
            [pl.when(expr.is_null()).then(pl.lit(name)).otherwise(None) for name, expr in test.elements]
        ).list.drop_nulls()
        frames.append(
            rows.select(
                "manager",
                "managed",
                right="id",
                test=pl.lit(test.code),
                authority=pl.lit(test.authority),
                certain=test.met,
                missing=missing,
            ).filter(pl.col("certain").is_null() | pl.col("certain"))
        )
    return pl.concat(frames).collect(engine="in-memory")
