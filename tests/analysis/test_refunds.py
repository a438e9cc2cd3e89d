"""Payments net of refunds: hand-worked cases, and any ledger against plain Python."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
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
        # those with an amount come first; one without flows back where they have given back all
        ([back("r", usd=None), back("s", usd=900)], {"r": None}),
        ([back("s", usd=900), back("r", usd=None)], {"r": None}),
        ([back("r", usd=None), back("s", usd=1000)], {"r": None, "s": 100.0}),
        ([back("r", usd=None), back("s", usd=1000), pay("t", usd=100, refund_of="s")], {"r": None}),
        ([back("r", usd=None), back("s", usd=1000), pay("t", usd=101, refund_of="s")], {"p": None}),
        # of several that are more than was paid the last one is, by day, then by id
        ([back("s", usd=600), back("r")], {"s": 100.0}),
        ([back("s", usd=600, paid_on="2025-02-01"), back("r")], {"r": 100.0}),
        # parts of dollars add up
        ([back("r", usd=899.7), back("s", usd=0.1), back("t", usd=0.2)], {}),
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
    assert amounts(tmp_path, back("s", usd=None), pay("p", usd=None), back("r")) == {"p": None}


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


def net_by_hand(rows: Rows) -> dict[str, float | None]:
    """What is left of every row, from sums: each refund first loses what was given back of it.

    All that was given back, where it is less than was paid; else each refund has what is over once it is counted.
    """
    tied = tied_by_hand(rows)
    given_ = {row["id"]: row["amount_usd"] for row in rows}
    left: dict[str, float | None] = dict(given_)
    by_day = sorted(rows, key=lambda row: (row["paid_on"] is None, row["paid_on"] or DAYS[0], row["id"]))

    def worth(payment: str) -> float | None:
        """What is left of a row after its refunds, all of which are settled."""
        refunds = [row["id"] for row in by_day if tied.get(row["id"]) == payment]
        worths = {refund: worth(refund) for refund in refunds}
        known = {refund: usd for refund, usd in worths.items() if usd is not None}
        paid, whole, open_ = given_[payment], sum(known.values()), len(known) < len(worths)
        if paid is None or whole < paid:
            left.update(dict.fromkeys(refunds, 0.0))
            return None if paid is None or open_ else paid - whole
        before = 0.0
        for refund, usd in known.items():
            left[refund] = min(usd, max(0.0, before + usd - paid))
            before += usd
        left.update({refund: None for refund in worths if refund not in known})
        return 0.0

    for row in rows:
        if row["id"] not in tied:
            left[row["id"]] = worth(row["id"])
    return left


def netted(rows: Rows) -> pl.DataFrame:
    return net_of_refunds(to_frame(TABLES["pays"], [TABLES["pays"].model_construct(**row) for row in rows]))


def flowing(rows: Rows) -> list[tuple[str, float | None]]:
    """Rows that still flow, by hand."""
    tied = tied_by_hand(rows)
    touched = set(tied) | set(tied.values())
    left = net_by_hand(rows)
    return [(row["id"], left[row["id"]]) for row in rows if row["id"] not in touched or left[row["id"]] != 0]


@given(ledgers())
@settings(max_examples=300, deadline=None)
def test_any_ledger_nets_as_by_hand(rows: Rows) -> None:
    """Row by row the same as plain Python; what a party has got from another, all in all, is what it was before.

    The latter where refunds come from those who were paid; another one may give a payment back for them.
    """
    made = netted(rows)
    tied = tied_by_hand(rows)
    ends = {row["id"]: (row["payer"], row["payee"]) for row in rows}
    assert flowing(rows) == list(made.select("id", "amount_usd").iter_rows())

    def balance(ledger: list[tuple[str, str, float]]) -> dict[tuple[str, str], float]:
        net = {(one, two): 0.0 for one in PARTIES for two in PARTIES}
        for payer, payee, usd in ledger:
            net[payer, payee] += usd
            net[payee, payer] -= usd
        return net

    before = [(row["payer"], row["payee"], row["amount_usd"]) for row in rows]
    if all(ends[row] == ends[of][::-1] for row, of in tied.items()):
        assert balance(before) == balance(list(made.select("payer", "payee", "amount_usd").iter_rows()))


def hidden(rows: Rows, data: st.DataObject) -> Rows:
    """The rows, some without their amount, and none with a label: labels look for their payment by amounts."""
    names = data.draw(st.sets(st.sampled_from([row["id"] for row in rows])))
    return [row | {"label": None} | ({"amount_usd": None} if row["id"] in names else {}) for row in rows]


@given(ledgers(), st.data())
@settings(max_examples=300, deadline=None)
def test_unknown_amounts_by_hand(rows: Rows, data: st.DataObject) -> None:
    some = hidden(rows, data)
    assert flowing(some) == list(netted(some).select("id", "amount_usd").iter_rows())


@given(ledgers(), st.data())
@settings(max_examples=300, deadline=None)
def test_the_order_of_rows_does_not_matter(rows: Rows, data: st.DataObject) -> None:
    some = rows if data.draw(st.booleans()) else hidden(rows, data)
    other = data.draw(st.permutations(some))
    expected = dict(netted(some).select("id", "amount_usd").iter_rows())
    made = netted(other)
    assert expected == dict(made.select("id", "amount_usd").iter_rows())
    assert [row["id"] for row in other if row["id"] in expected] == made["id"].to_list()


@given(ledgers(), st.data())
@settings(max_examples=300, deadline=None)
def test_no_completion_contradicts(rows: Rows, data: st.DataObject) -> None:
    """What is told of a payment holds for any amounts in the gaps, and so does all that flows back for it.

    Amounts in the gaps are some dollars; a refund without one is no more than what is left to give back by the others,
    and a payment without one no less than its refunds, as `net_of_refunds` takes them to be.
    """
    some = hidden(rows, data)
    tied = tied_by_hand(some)
    told = dict(flowing(some))
    assert told == dict(netted(some).select("id", "amount_usd").iter_rows())
    full = {row["id"]: row["amount_usd"] for row in some}
    worth: dict[str, float] = {}  # of each row, after its refunds

    def fill(payment: str) -> None:
        refunds = [row for row, of in tied.items() if of == payment]
        gaps = [row for row in refunds if row not in told and full[row] is None]
        for row in refunds:
            fill(row)
        back = sum(worth[row] for row in refunds)
        if full[payment] is None:
            full[payment] = back + data.draw(st.integers(0, 3))
        elif payment in told and told[payment] is None and back > full[payment]:
            for row in gaps:  # so much less was given back
                full[row], worth[row] = full[row] - worth[row], 0.0
            back = sum(worth[row] for row in refunds)
            assume(back <= full[payment])  # what was given back of the refunds is unknown, too
        worth[payment] = max(0.0, full[payment] - back)

    for row in some:
        if row["id"] not in tied:
            fill(row["id"])
    complete = [row | {"amount_usd": full[row["id"]]} for row in some]
    made = dict(netted(complete).select("id", "amount_usd").iter_rows())
    for row in some:
        name = row["id"]
        if name in tied:
            continue
        if name not in told:
            assert made.get(name, 0.0) == 0
        elif told[name] is not None:
            assert told[name] == made[name]
        refunds = [row for row, of in tied.items() if of == name]
        over = [told.get(row, 0.0) for row in refunds]
        if None not in over:
            assert sum(over) == sum(made.get(row, 0.0) for row in refunds)
