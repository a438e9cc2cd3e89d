"""Value flows out of each of the eight sources, hand-worked. Refunds are in test_refunds."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ownergraph.analysis.flows import SCHEMA
from tests.support import graph

Rows = list[dict[str, Any]]
ENTITIES = [
    {"id": "dr", "kind": "physician", "licensed_in": "TX"},
    {"id": "lab", "kind": "laboratory"},
    {"id": "mso", "kind": "mso"},
    {"id": "llc", "kind": "company"},
]
ALWAYS = (None, None, False, True)
"""Start, end, undated, standing of what has stood for all time and still does."""


def flows(folder: Path, **tables: Any) -> list[tuple[Any, ...]]:
    """Whole flows but for the numbers of the rows: flow, relation, kind, giver, taker, amount, start, end, ..."""
    g = graph(folder, entities=ENTITIES, **tables)
    made = g.flows
    assert list(SCHEMA.items()) == list(made.schema.items())
    numbers = dict(g.entities.select("id", "ix").iter_rows())
    assert [(numbers[row["giver"]], numbers[row["taker"]]) for row in made.iter_rows(named=True)] == list(
        made.select("src", "dst").iter_rows()
    )
    return list(made.drop("src", "dst").iter_rows())


def pay(row: str, payer: str = "lab", payee: str = "dr", usd: float | None = 900, **more: Any) -> dict[str, Any]:
    known = {} if usd is None else {"amount_usd": usd}
    return {"id": row, "payer": payer, "payee": payee, **known, "paid_on": "2025-03-01", **more}


# --- what a payment is ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({"paid_on": "2025-03-01"}, (date(2025, 3, 1), date(2025, 3, 1), False, False)),
        (
            {"period_start": "2025-01-01", "period_end": "2025-03-31"},
            (date(2025, 1, 1), date(2025, 3, 31), False, False),
        ),
        ({"period_start": "2025-01-01"}, (date(2025, 1, 1), date(2025, 1, 1), False, False)),
        ({"period_end": "2025-03-31"}, (date(2025, 3, 31), date(2025, 3, 31), False, False)),
        # the day of the payment goes before the period that it is for, and before the time of the row
        (
            {"paid_on": "2025-04-10", "period_start": "2025-01-01", "period_end": "2025-03-31"},
            (date(2025, 4, 10), date(2025, 4, 10), False, False),
        ),
        (
            {"paid_on": "2025-04-10", "valid_from": "2025-01-01"},
            (date(2025, 4, 10), date(2025, 4, 10), False, False),
        ),
        (
            {"valid_from": "2025-01-01", "valid_to": "2025-04-01"},
            (date(2025, 1, 1), date(2025, 3, 31), False, True),
        ),
        ({"valid_from": "2025-01-01"}, (date(2025, 1, 1), None, False, True)),
        ({"valid_to": "2025-04-01"}, (None, date(2025, 3, 31), False, True)),
        ({}, (None, None, True, False)),
    ],
)
def test_when_a_payment_flows(tmp_path: Path, when: dict[str, str], expected: tuple[Any, ...]) -> None:
    row = {"id": "p", "payer": "lab", "payee": "dr", "amount_usd": 900, **when}
    assert [("p", "PAYS", "payment", "lab", "dr", 900.0, *expected)] == flows(tmp_path, pays=[row])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, [("payment", 900.0)]),
        ({"amount_usd": None}, [("payment", None)]),
        ({"amount_usd": 0}, []),
        ({"purpose": "distribution"}, [("distribution", 900.0)]),
        ({"purpose": "consulting"}, [("payment", 900.0)]),
        ({"in_kind": "staff"}, [("in_kind", 900.0)]),
        # what is no money, and is paid for in part, in full, or with more than it is worth
        ({"in_kind": "staff", "charged_usd": 400}, [("in_kind", 500.0)]),
        ({"in_kind": "staff", "charged_usd": 900}, []),
        ({"in_kind": "staff", "charged_usd": 901}, []),
        ({"in_kind": "staff", "amount_usd": None, "charged_usd": 400}, [("in_kind", None)]),
        # something given instead of money is no distribution of money, whatever it is said to be for
        ({"in_kind": "staff", "purpose": "distribution"}, [("in_kind", 900.0)]),
        # a charge counts only against what is no money
        ({"charged_usd": 400}, [("payment", 900.0)]),
    ],
)
def test_what_a_payment_is(tmp_path: Path, facts: dict[str, Any], expected: list[tuple[str, float | None]]) -> None:
    row = {name: value for name, value in {**pay("p"), **facts}.items() if value is not None}
    assert expected == [(kind, usd) for _, _, kind, _, _, usd, *_ in flows(tmp_path, pays=[row])]


# --- what stands for a time -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "flowing"),
    [
        ({"share": "40%"}, True),
        ({}, True),
        ({"share": "at most 49%"}, True),
        ({"share": "0%"}, False),
        ({"shares_held": 0}, False),
        ({"share": "40%", "titular": False}, True),
        ({"share": "40%", "titular": True}, False),
    ],
)
def test_a_holding_gives_from_the_company_to_its_owner(tmp_path: Path, facts: dict[str, Any], flowing: bool) -> None:
    """Value goes along OWNS backwards; what is not known to be nothing flows, in an amount that nobody knows."""
    made = flows(tmp_path, owns=[{"id": "o", "owner": "dr", "owned": "llc", **facts}])
    assert ([("o", "OWNS", "ownership", "llc", "dr", None, *ALWAYS)] if flowing else []) == made


@pytest.mark.parametrize(
    ("facts", "amount"),
    [
        ({"fee_basis": "fixed", "fee_usd": 120000}, [120000.0]),
        ({"fee_usd": 120000}, [120000.0]),
        ({}, [None]),
        ({"fee_basis": "fixed"}, [None]),
        ({"fee_basis": "pct_revenue", "fee_pct": 20}, [None]),
        ({"fee_basis": "fixed", "fee_usd": 0}, []),
    ],
)
def test_a_fee_goes_to_the_manager(tmp_path: Path, facts: dict[str, Any], amount: list[float | None]) -> None:
    made = flows(tmp_path, manages=[{"id": "m", "manager": "mso", "managed": "lab", **facts}])
    assert [("m", "MANAGES", "fee", "lab", "mso", usd, *ALWAYS) for usd in amount] == made


@pytest.mark.parametrize(("annual", "amount"), [(90000, [90000.0]), (None, [None]), (0, [])])
def test_pay_of_a_job(tmp_path: Path, annual: float | None, amount: list[float | None]) -> None:
    """A job whose pay is not recorded is paid."""
    row = {"id": "e", "employer": "lab", "employee": "dr", **({} if annual is None else {"annual_usd": annual})}
    made = flows(tmp_path, employs=[row])
    assert [("e", "EMPLOYS", "pay", "lab", "dr", usd, *ALWAYS) for usd in amount] == made


@pytest.mark.parametrize(("monthly", "amount"), [(4000, [48000.0]), (None, []), (0, [])])
def test_pay_of_a_position(tmp_path: Path, monthly: float | None, amount: list[float | None]) -> None:
    """A year of the monthly fee. A position without a fee on record, unlike a job, is not taken for a paid one."""
    row = {"id": "h", "person": "dr", "organization": "lab", "role": "medical_director"}
    made = flows(tmp_path, holds_role=[row | ({} if monthly is None else {"monthly_fee_usd": monthly})])
    assert [("h", "HOLDS_ROLE", "pay", "lab", "dr", usd, *ALWAYS) for usd in amount] == made


RENT, BELOW = ("rent", "lab", "dr"), ("below_market", "dr", "lab")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, [(*RENT, None)]),
        ({"rent_usd": 9000}, [(*RENT, 9000.0)]),
        ({"rent_pct": 10}, [(*RENT, None)]),
        ({"rent_usd": 0, "rent_pct": 10}, [(*RENT, 0.0)]),
        ({"rent_usd": 0}, []),
        ({"rent_usd": 0, "rent_pct": 0}, []),
        # below the market both ways: the rent, and what it is short of the market
        ({"rent_usd": 9000, "market_usd": 12000}, [(*RENT, 9000.0), (*BELOW, 3000.0)]),
        ({"rent_usd": 0, "market_usd": 12000}, [(*BELOW, 12000.0)]),
        ({"rent_usd": 12000, "market_usd": 12000}, [(*RENT, 12000.0)]),
        ({"rent_usd": 15000, "market_usd": 12000}, [(*RENT, 15000.0)]),
        ({"market_usd": 12000}, [(*RENT, None)]),
    ],
)
def test_a_lease(tmp_path: Path, facts: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    """Rent goes from the lessee to the lessor, what it is below the market the other way."""
    made = flows(tmp_path, leases_to=[{"id": "l", "lessor": "dr", "lessee": "lab", "item": "space", **facts}])
    assert [("l", "LEASES_TO", *flow, *ALWAYS) for flow in expected] == made


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, [("loan", None)]),
        ({"principal_usd": 50000}, [("loan", 50000.0)]),
        ({"principal_usd": 0}, []),
        ({"principal_usd": 50000, "forgiven_usd": 20000}, [("forgiven", 20000.0)]),
        ({"principal_usd": 50000, "forgiven_usd": 0}, [("loan", 50000.0)]),
        ({"forgiven_usd": 20000}, [("forgiven", 20000.0)]),
    ],
)
def test_a_loan(tmp_path: Path, facts: dict[str, Any], expected: list[tuple[str, float | None]]) -> None:
    made = flows(tmp_path, lends_to=[{"id": "l", "lender": "lab", "borrower": "dr", **facts}])
    assert [("l", "LENDS_TO", kind, "lab", "dr", usd, *ALWAYS) for kind, usd in expected] == made


def test_all_relations_at_once_in_order(tmp_path: Path) -> None:
    """PAYS first, then what stands for a time, each in the order of the input."""
    made = flows(
        tmp_path,
        lends_to=[{"id": "loan", "lender": "lab", "borrower": "dr", "principal_usd": 5}],
        leases_to=[{"id": "lease", "lessor": "dr", "lessee": "lab", "item": "space", "rent_usd": 1, "market_usd": 2}],
        holds_role=[{"id": "role", "person": "dr", "organization": "lab", "role": "officer", "monthly_fee_usd": 1}],
        employs=[{"id": "job", "employer": "lab", "employee": "dr"}],
        manages=[{"id": "msa", "manager": "mso", "managed": "lab"}],
        owns=[{"id": "units", "owner": "mso", "owned": "lab"}, {"id": "more", "owner": "dr", "owned": "lab"}],
        pays=[pay("z"), pay("a", "mso")],
    )
    assert [
        ("z", "payment", "lab", "dr"), ("a", "payment", "mso", "dr"),
        ("units", "ownership", "lab", "mso"), ("more", "ownership", "lab", "dr"), ("msa", "fee", "lab", "mso"),
        ("job", "pay", "lab", "dr"), ("role", "pay", "lab", "dr"), ("lease", "rent", "lab", "dr"),
        ("lease", "below_market", "dr", "lab"), ("loan", "loan", "lab", "dr"),
    ] == [(row, kind, giver, taker) for row, _, kind, giver, taker, *_ in made]  # fmt: skip


def test_no_rows_no_flows(tmp_path: Path) -> None:
    assert [] == flows(tmp_path)


STANDING: dict[str, dict[str, Any]] = {
    "owns": {"owner": "dr", "owned": "llc", "share": "20%"},
    "manages": {"manager": "mso", "managed": "lab", "fee_usd": 1},
    "employs": {"employer": "lab", "employee": "dr"},
    "holds_role": {"person": "dr", "organization": "lab", "role": "officer", "monthly_fee_usd": 1},
    "leases_to": {"lessor": "dr", "lessee": "lab", "item": "space", "rent_usd": 1, "market_usd": 2},
    "lends_to": {"lender": "lab", "borrower": "dr", "principal_usd": 5},
    "pays": {"payer": "lab", "payee": "dr", "amount_usd": 5},
}


@pytest.mark.parametrize("table", STANDING)
def test_what_ended_stays_and_what_has_not_begun_is_left_out(tmp_path: Path, table: str) -> None:
    """Referrals lie in the past, too: a row that ended long before the day of the audit flows until its last day."""
    times = {
        "past": {"valid_from": "2019-01-01", "valid_to": "2020-01-01"},
        "last_day": {"valid_from": "2026-11-24"},
        "to_come": {"valid_from": "2026-11-25"},
        "to_end": {"valid_to": "2030-01-01"},
    }
    made = flows(tmp_path, **{table: [{"id": name, **STANDING[table], **when} for name, when in times.items()]})
    expected = {
        ("past", date(2019, 1, 1), date(2019, 12, 31), False, True),
        ("last_day", date(2026, 11, 24), None, False, True),
        ("to_end", None, date(2029, 12, 31), False, True),
    }
    assert expected == {(row[0], *row[6:]) for row in made}
    assert len(made) == (6 if table == "leases_to" else 3)
