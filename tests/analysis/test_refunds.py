"""Payments net of refunds: hand-worked cases, and any ledger against plain Python."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownergraph.analysis.refunds import net_of_refunds
from ownergraph.model import TABLES
from ownergraph.model.columns import to_frame
from tests.analysis.test_flows import Rows, flows, pay


def amounts(folder: Path, *pays: dict[str, Any]) -> dict[str, float | None]:
    """What is left of each payment that still flows."""
    terms = [{"id": "msa", "manager": "mso", "managed": "lab"}]
    return {row[0]: row[5] for row in flows(folder, pays=list(pays), manages=terms) if row[1] == "PAYS"}


# --- by hand --------------------------------------------------------------------------------------------------------


def back(row: str, of: str | None = "p", usd: float | None = 400, **more: Any) -> dict[str, Any]:
    """What the payee of `p` gives its payer."""
    return pay(row, "dr", "lab", usd, **({"refund_of": of} if of else {}), **more)


@pytest.mark.parametrize(
    ("refunds", "expected"),
    [
        ([], {"p": 900.0}),
        ([back("r")], {"p": 500.0}),
        ([back("r", usd=900)], {}),
        ([back("r", usd=1000)], {"r": 100.0}),  # the rest flows the other way
        ([back("r"), back("s", usd=300)], {"p": 200.0}),
        ([back("r"), back("s", usd=600)], {"s": 100.0}),
        # a refund that is itself given back counts for the rest only
        ([back("r"), pay("s", usd=150, refund_of="r")], {"p": 650.0}),
        ([back("r"), pay("s", usd=400, refund_of="r")], {"p": 900.0}),
        ([back("r"), pay("s", usd=500, refund_of="r")], {"p": 900.0, "s": 100.0}),
        # unknown amounts
        ([back("r", usd=None)], {"p": None}),
        ([back("r", usd=None), back("s", usd=100)], {"p": None}),
        ([back("r"), pay("s", usd=None, refund_of="r")], {"p": None}),
        # whose payer does not get it, or which gives itself back, or a row that is not there, is a payment
        ([pay("r", "dr", "mso", 400, refund_of="p")], {"p": 900.0, "r": 400.0}),
        ([pay("r", usd=400, refund_of="p")], {"p": 900.0, "r": 400.0}),
        # nor has a ring a first payment
        ([back("r", "s", 400), pay("s", usd=300, refund_of="r")], {"p": 900.0, "r": 400.0, "s": 300.0}),
        # somebody else may give it back for the payee
        ([pay("r", "mso", "lab", 400, refund_of="p")], {"p": 500.0}),
        # a zero amount is no flow, refund or not
        ([back("r", usd=0)], {"p": 900.0}),
    ],
)
def test_refunds_that_name_their_payment(tmp_path: Path, refunds: Rows, expected: dict[str, float | None]) -> None:
    assert expected == amounts(tmp_path, pay("p"), *refunds)


def test_a_refund_of_an_unknown_amount_is_unknown(tmp_path: Path) -> None:
    assert amounts(tmp_path, pay("p", usd=None), back("r")) == {"p": None}


def test_dates_do_not_matter_to_a_refund_that_names_its_payment(tmp_path: Path) -> None:
    """Undated, or dated before what it gives back."""
    undated = {"id": "r", "payer": "dr", "payee": "lab", "amount_usd": 400, "refund_of": "p"}
    early = back("r", paid_on="2024-01-01")
    for refund in (undated, early):
        made = flows(tmp_path, pays=[refund, pay("p")])
        assert [("p", "PAYS", "payment", "lab", "dr", 500.0, date(2025, 3, 1), date(2025, 3, 1), False, False)] == made


@pytest.mark.parametrize(
    ("refund", "expected"),
    [
        (back("r", None, label="Refund of overpaid fees"), {"p": 500.0}),
        (back("r", None, label="RECOUPMENT 2025"), {"p": 500.0}),
        (back("r", None, label="claw-back"), {"p": 500.0}),
        (back("r", None, label="Clawback"), {"p": 500.0}),
        (back("r", None, label="overpayment returned"), {"p": 500.0}),
        (back("r", None, label="volume rebate"), {"p": 900.0, "r": 400.0}),
        (back("r", None, label="nonrefundable deposit"), {"p": 900.0, "r": 400.0}),
        (back("r", None), {"p": 900.0, "r": 400.0}),
        # on the day itself, before it, undated
        (back("r", None, label="refund", paid_on="2025-03-01"), {"p": 500.0}),
        (back("r", None, label="refund", paid_on="2025-02-28"), {"p": 900.0, "r": 400.0}),
        ({"id": "r", "payer": "dr", "payee": "lab", "amount_usd": 400, "label": "refund"}, {"p": 500.0}),
        # more than was paid gives no single payment back
        (back("r", None, 901, label="refund"), {"p": 900.0, "r": 901.0}),
        (back("r", None, None, label="refund"), {"p": None}),
        # of another agreement than the payment, which names none
        (back("r", None, label="refund", agreement="msa"), {"p": 900.0, "r": 400.0}),
        # to somebody else
        (pay("r", "dr", "mso", 400, label="refund"), {"p": 900.0, "r": 400.0}),
    ],
)
def test_refunds_by_their_label(tmp_path: Path, refund: dict[str, Any], expected: dict[str, float | None]) -> None:
    assert expected == amounts(tmp_path, pay("p"), refund)


@pytest.mark.parametrize(
    ("refund", "expected"),
    [
        # fits both: which one it gives back is not guessed
        ({}, {"p": 900.0, "q": 500.0, "r": 400.0}),
        # fits one by its agreement, its amount, or its day
        ({"agreement": "msa"}, {"p": 900.0, "q": 100.0}),
        ({"amount_usd": 500}, {"p": 900.0}),
        ({"amount_usd": 600}, {"p": 300.0, "q": 500.0}),
        ({"paid_on": "2025-03-15"}, {"p": 500.0, "q": 500.0}),
    ],
)
def test_a_label_that_fits_one_payment_of_two(tmp_path: Path, refund: dict[str, Any], expected: Any) -> None:
    one, two = pay("p"), pay("q", usd=500, paid_on="2025-04-01", agreement="msa")
    found = back("r", None, label="refund", paid_on="2025-05-01")
    assert expected == amounts(tmp_path, one, two, found | refund)


def test_the_charge_for_what_is_no_money_comes_off_after_refunds(tmp_path: Path) -> None:
    given_ = pay("p", in_kind="staff", charged_usd=300)
    assert amounts(tmp_path, given_, back("r")) == {"p": 200.0}


# --- any ledger -----------------------------------------------------------------------------------------------------

PARTIES = ("a", "b", "c")
DAYS = [date(2025, 1, 1) + timedelta(days=k) for k in range(3)]
LABELS = (None, None, "fee", "rebate", "refund", "Recoupment")


@st.composite
def ledgers(draw: st.DrawFn) -> Rows:
    """A few payments among three parties, whose refunds name rows of the ledger, or carry a label."""
    rows: Rows = []
    size = draw(st.integers(1, 8))
    for k in range(size):
        payer, payee = draw(st.permutations(PARTIES))[:2]
        row: dict[str, Any] = {"id": f"p{k}", "payer": payer, "payee": payee}
        row["amount_usd"] = float(draw(st.sampled_from([0, 1, 2, 2, 3, 5])))
        row["paid_on"] = draw(st.sampled_from([None, *DAYS]))
        row["label"] = draw(st.sampled_from(LABELS))
        row["agreement"] = draw(st.sampled_from([None, None, "msa"]))
        of = draw(st.integers(0, 2 * size))
        if of < size:
            row["refund_of"] = f"p{of}"
        rows.append(row)
    return rows


def tied_by_hand(rows: Rows) -> dict[str, str]:
    """Refund and what it gives back, by the words of `net_of_refunds`."""
    by = {row["id"]: row for row in rows}
    tied = {
        row["id"]: of
        for row in rows
        if (of := row.get("refund_of")) and of != row["id"] and by[of]["payer"] == row["payee"]
    }
    marked = [
        row for row in rows if row.get("refund_of") is None and row["label"] in ("refund", "Recoupment")
    ]  # fmt: skip
    payments = [row for row in rows if row not in marked and row["id"] not in tied]
    more = {}
    for row in marked:
        fits = [
            one
            for one in payments
            if (one["payer"], one["payee"]) == (row["payee"], row["payer"])
            and row["agreement"] in (None, one["agreement"])
            and (one["paid_on"] is None or row["paid_on"] is None or one["paid_on"] <= row["paid_on"])
            and row["amount_usd"] <= one["amount_usd"]
        ]
        alike = [one for one in fits if one["amount_usd"] == row["amount_usd"]] or fits
        if len(alike) == 1:
            more[row["id"]] = alike[0]["id"]
    tied |= more  # those that name their payment stand first

    def rings(row: str) -> bool:
        at = tied.get(row)
        for _ in rows:
            if at == row:
                return True
            at = tied.get(at) if at else None
        return False

    return {row: of for row, of in tied.items() if not rings(row)}


def net_by_hand(rows: Rows) -> dict[str, float]:
    """What is left of every row: a refund first loses what was given back of it, then reduces its payment."""
    tied = tied_by_hand(rows)
    left = {row["id"]: row["amount_usd"] for row in rows}
    done: set[str] = set()

    def settle(payment: str) -> None:
        for refund in [row for row, of in tied.items() if of == payment]:  # those that name it go first
            settle(refund)
            both = min(left[payment], left[refund])
            left[payment] -= both
            left[refund] -= both
        done.add(payment)

    for row in rows:
        if row["id"] not in tied:
            settle(row["id"])
    assert done == set(left)
    return left


def netted(rows: Rows) -> pl.DataFrame:
    return net_of_refunds(to_frame(TABLES["pays"], [TABLES["pays"].model_construct(**row) for row in rows]))


@given(ledgers())
@settings(max_examples=300, deadline=None)
def test_any_ledger_nets_as_by_hand(rows: Rows) -> None:
    """Row by row the same as plain Python; what a party has got from another, all in all, is what it was before.

    The latter where refunds come from those who were paid; another one may give a payment back for them.
    """
    made = netted(rows)
    tied = tied_by_hand(rows)
    ends = {row["id"]: (row["payer"], row["payee"]) for row in rows}
    touched = set(tied) | set(tied.values())
    left = net_by_hand(rows)
    expected = [(row["id"], left[row["id"]]) for row in rows if row["id"] not in touched or left[row["id"]] > 0]
    assert expected == list(made.select("id", "amount_usd").iter_rows())

    def balance(ledger: list[tuple[str, str, float]]) -> dict[tuple[str, str], float]:
        net = {(one, two): 0.0 for one in PARTIES for two in PARTIES}
        for payer, payee, usd in ledger:
            net[payer, payee] += usd
            net[payee, payer] -= usd
        return net

    before = [(row["payer"], row["payee"], row["amount_usd"]) for row in rows]
    if all(ends[row] == ends[of][::-1] for row, of in tied.items()):
        assert balance(before) == balance(list(made.select("payer", "payee", "amount_usd").iter_rows()))


@given(ledgers(), st.data())
@settings(max_examples=200, deadline=None)
def test_unknown_amounts(rows: Rows, data: st.DataObject) -> None:
    """An amount that is given for a row that names its payment holds, whatever the unknown amounts turn out to be."""
    for row in rows:
        row["label"] = None  # labels look for their payment by amounts
    hidden = data.draw(st.sets(st.sampled_from([row["id"] for row in rows])))
    known = netted([row | ({"amount_usd": None} if row["id"] in hidden else {}) for row in rows])
    left = net_by_hand(rows)
    for name, usd in known.select("id", "amount_usd").iter_rows():
        if usd is not None:
            assert left[name] == usd
