"""Whether payments move with referrals: statistics against scipy and plain Python, series against plain sums."""

import itertools
import random
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import ownergraph
from ownergraph.analysis.lagged import FEWEST, follows, holm, median_slope, ranks, spearman
from tests.support import graph

SMALL = st.lists(st.integers(0, 5), min_size=2, max_size=12)
Rows = list[dict[str, Any]]


@settings(deadline=None)
@given(SMALL)
def test_ranks_are_average_ranks(values: list[int]) -> None:
    assert ranks(np.array(values, float)).tolist() == stats.rankdata(values).tolist()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=3, max_size=20))
def test_spearman_and_slope_are_those_of_scipy(points: list[tuple[int, int]]) -> None:
    x, y = (np.array(column, float) for column in zip(*points, strict=True))
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert spearman(x, y) is None
    else:
        assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)
    if np.ptp(x) == 0:
        assert median_slope(x, y) is None
    else:
        with np.errstate(invalid="ignore"):  # scipy's confidence interval, which is not asked for
            assert median_slope(x, y) == pytest.approx(stats.theilslopes(y, x).slope)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_by_its_definition(values: list[float]) -> None:
    """In ascending order the i-th of m is multiplied by m - i, and never falls below one before it."""
    found = holm(np.array(values))
    order = sorted(range(len(values)), key=lambda i: (values[i], i))
    worst = 0.0
    for step, i in enumerate(order):
        worst = max(worst, min(1.0, values[i] * (len(values) - step)))
        assert found[i] == pytest.approx(worst)


def plain(measures: list[list[float]], series: list[float], lags: int) -> tuple[float, float] | None:
    """The largest correlation, and the share of all orders of the series with one as large; in plain Python."""

    def correlation(x: list[float], y: list[float]) -> float | None:
        if len(set(x)) < 2 or len(set(y)) < 2:
            return None
        rank = [[sum(b < a for b in v) + (sum(b == a for b in v) + 1) / 2 for a in v] for v in (x, y)]
        mean = (len(x) + 1) / 2
        top = sum((a - mean) * (b - mean) for a, b in zip(*rank, strict=True))
        low = [sum((a - mean) ** 2 for a in r) for r in rank]
        return float(top / np.sqrt(low[0] * low[1]))

    usable = []
    for lag in range(lags + 1):
        for x in measures:
            at = [t for t in range(lag, len(series)) if not np.isnan(series[t]) and not np.isnan(x[t - lag])]
            near = [x[t - lag] for t in at]
            if len(at) >= FEWEST and correlation(near, [series[t] for t in at]) is not None:
                usable.append((at, near))
    if not usable:
        return None
    known = sorted({t for at, _ in usable for t in at})

    def largest(values: dict[int, float]) -> float:
        found = [correlation(near, [values[t] for t in at]) for at, near in usable]
        return max((rho for rho in found if rho is not None), default=-9.0)

    observed = largest({t: series[t] for t in known})
    orders = list(itertools.permutations([series[t] for t in known]))
    above = sum(largest(dict(zip(known, order, strict=True))) >= observed - 1e-9 for order in orders)
    return observed, above / len(orders)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_the_largest_over_lags_and_its_exact_p_value(data: st.DataObject) -> None:
    """Up to seven periods every order is tried; unknown periods, ties, two measures and lags included."""
    n = data.draw(st.integers(6, 9))
    cell = st.one_of(st.integers(0, 4).map(float), st.integers(0, 4).map(float), st.just(float("nan")))
    full = st.lists(st.integers(0, 4).map(float), min_size=n, max_size=n)
    measures = [data.draw(full), data.draw(st.lists(cell, min_size=n, max_size=n))]
    series = data.draw(full)
    blank = data.draw(st.sets(st.integers(0, n - 1), min_size=n - 6, max_size=n - 6))
    series = [float("nan") if t in blank else x for t, x in enumerate(series)]
    expected = plain(measures, series, 1)
    found = follows([np.array(m) for m in measures], np.array(series), lags=1)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert (found.rho, found.p_value) == pytest.approx(expected)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=6, max_size=6))
def test_one_lag_is_the_permutation_test_of_scipy(points: list[tuple[int, int]]) -> None:
    x, y = (np.array(column, float) for column in zip(*points, strict=True))
    found = follows([x], y, lags=0)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        assert found is None
        return
    rank = stats.rankdata(y)
    test = stats.permutation_test(
        (stats.rankdata(x),), lambda a: float(np.corrcoef(a, rank)[0, 1]), permutation_type="pairings",
        alternative="greater", n_resamples=720, vectorized=False,
    )  # fmt: skip
    assert found is not None
    assert found.p_value == pytest.approx(test.pvalue)


def test_drawn_orders_come_near_the_exact_p_value() -> None:
    """Nine periods have 362,880 orders: 19,999 of them are drawn. Three standard errors are allowed."""
    x = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9], float)
    y = np.array([2, 1, 4, 3, 9, 5, 6, 8, 7], float)
    found = follows([x], y, lags=0)
    assert found is not None
    orders = np.array(list(itertools.permutations(range(9))))
    exact = float(np.mean((y[orders] - 5) @ (x - 5) >= (y - 5) @ (x - 5) - 1e-9))
    assert abs(found.p_value - exact) < 3 * np.sqrt(exact * (1 - exact) / 19_999) + 1 / 20_000
    assert follows([x], y, lags=0) == found


def test_p_values_are_honest_under_chance() -> None:
    """Of series without any relation, one in twenty has a p-value of at most 0.05, although four lags are tried."""
    rng = np.random.default_rng(7)
    p = []
    for _ in range(400):
        found = follows([rng.poisson(5, 14).astype(float)], rng.poisson(5, 14).astype(float))
        if found is not None:
            p.append(found.p_value)
    share = np.mean(np.array(p) <= 0.05)
    assert 0.02 <= share <= 0.085


def test_a_common_trend_is_no_common_change() -> None:
    rng = np.random.default_rng(3)
    t = np.arange(24.0)
    found = follows([t + rng.normal(0, 0.4, 24)], t + rng.normal(0, 0.4, 24))
    assert found is not None
    assert found.rho > 0.95
    assert found.changes is not None
    assert found.changes < 0.5


# ---- pairs of a structure


def day(number: int, first: str = "2025-01-15") -> str:
    """The day in the month so many months after the first."""
    start = date.fromisoformat(first)
    months = start.year * 12 + start.month - 1 + number
    return date(months // 12, months % 12 + 1, start.day).isoformat()


def referred(counts: list[int], start: int = 0, **more: Any) -> Rows:
    return [
        {"id": f"r{start}_{t}", "referrer": "dr", "receiver": "lab", "period_start": day(t + start), "count": count,
         **more}
        for t, count in enumerate(counts)
        if count
    ]  # fmt: skip


def paid(
    amounts: list[float], start: int = 0, payer: str = "lab", payee: str = "dr", first: str = "2025-01-15"
) -> Rows:
    return [
        {"id": f"p_{payer}_{payee}_{start}_{t}", "payer": payer, "payee": payee, "paid_on": day(t + start, first),
         "amount_usd": amount}
        for t, amount in enumerate(amounts)
        if amount
    ]  # fmt: skip


ENTITIES = [
    {"id": "dr", "kind": "physician", "licensed_in": "TX"}, {"id": "spouse", "kind": "person"},
    {"id": "lab", "kind": "laboratory"}, {"id": "agency", "kind": "company"}, {"id": "other", "kind": "company"},
]  # fmt: skip
COUNTS = [10, 14, 9, 20, 25, 12, 30, 18, 22, 16]


def only(g: ownergraph.Graph) -> dict[str, Any]:
    assert g.volume.pairs.height == 1
    return g.volume.pairs.row(0, named=True)


def test_pay_by_the_head_one_month_later(tmp_path: Path) -> None:
    g = graph(
        tmp_path, entities=ENTITIES, refers_to=referred(COUNTS),
        pays=paid([100.0 * n for n in COUNTS], start=1) + paid([500.0] * 12, payer="other"),
    )  # fmt: skip
    row = only(g)
    assert (row["referrer"], row["receiver"], row["unit"], row["lag"], row["periods"]) == ("dr", "lab", "month", 1, 10)
    assert row["rho"] == pytest.approx(1)
    assert row["slope_usd"] == pytest.approx(100)
    assert row["p_value"] == row["p_adjusted"] < 0.001
    assert row["rho_changes"] == pytest.approx(1)
    # in the ten months of payments: 17,600 of these and ten times 500 of the other
    assert row["income_share"] == pytest.approx(17_600 / 22_600)
    assert (row["first"], row["last"], row["payments"]) == (date(2025, 2, 1), date(2025, 11, 30), 10)
    assert (row["measure"], row["proxy"], row["payers"]) == ("volume", False, ["lab"])
    series = g.volume.of("dr", "lab")
    assert series is not None
    assert series.rho[1, "volume"] == pytest.approx(1)
    assert series.starts[:2] == (date(2025, 1, 1), date(2025, 2, 1))
    assert g.volume.of("lab", "dr") is None


def test_silent_without_variance_or_periods(tmp_path: Path) -> None:
    for counts, amounts in (
        (COUNTS, [500.0] * 10),
        ([5] * 10, [1.0 * n for n in COUNTS]),
        (COUNTS[:5], [1.0, 2, 3, 4, 5]),
    ):
        g = graph(tmp_path, entities=ENTITIES, refers_to=referred(counts), pays=paid(amounts))
        assert g.volume.pairs.height == 0
    six = graph(tmp_path, entities=ENTITIES, refers_to=referred(COUNTS[:6]), pays=paid([1.0 * n for n in COUNTS[:6]]))
    # only the order observed gives a correlation of 1
    assert (only(six)["periods"], only(six)["lag"], only(six)["p_value"]) == (6, 0, pytest.approx(1 / 720))
    undated = [
        {key: value for key, value in row.items() if key != "paid_on"} for row in paid([1.0 * n for n in COUNTS])
    ]
    assert graph(tmp_path, entities=ENTITIES, refers_to=referred(COUNTS), pays=undated).volume.pairs.height == 0
    assert graph(tmp_path, entities=ENTITIES, pays=paid([1.0, 2])).volume.pairs.height == 0


def test_quarters_where_months_have_gaps(tmp_path: Path) -> None:
    counts = [3, 8, 5, 9, 2, 7, 6, 4]
    pays = [row for t, n in enumerate(counts) for row in paid([10.0 * n], start=3 * t + 2)]
    refs = [row for t, n in enumerate(counts) for row in referred([n], start=3 * t)]
    row = only(graph(tmp_path, entities=ENTITIES, refers_to=refs, pays=pays, as_of="2027-12-31"))
    assert (row["unit"], row["periods"], row["rho"]) == ("quarter", 8, pytest.approx(1))
    # rows that span a quarter fit no month, either
    spans = [
        {**row, "period_start": day(3 * t, "2025-01-01"),
         "period_end": (date.fromisoformat(day(3 * t + 3, "2025-01-01")) - timedelta(days=1)).isoformat()}
        for t, row in enumerate(refs)
    ]  # fmt: skip
    row = only(graph(tmp_path, entities=ENTITIES, refers_to=spans, pays=pays, as_of="2027-12-31"))
    assert (row["unit"], row["periods"], row["rho"]) == ("quarter", 8, pytest.approx(1))


def test_value_where_counts_say_nothing(tmp_path: Path) -> None:
    refs = [{**row, "count": 5, "amount_usd": 10.0 * n} for row, n in zip(referred(COUNTS), COUNTS, strict=True)]
    row = only(graph(tmp_path, entities=ENTITIES, refers_to=refs, pays=paid([1.0 * n for n in COUNTS])))
    assert (row["measure"], row["rho"], row["slope_usd"]) == ("value", pytest.approx(1), None)


def test_unknown_amounts_are_not_zero(tmp_path: Path) -> None:
    pays = paid([1.0 * n for n in COUNTS])
    del pays[4]["amount_usd"]
    row = only(graph(tmp_path, entities=ENTITIES, refers_to=referred(COUNTS), pays=pays))
    assert (row["periods"], row["rho"], row["income_share"]) == (9, pytest.approx(1), None)


def test_shared_patients_are_marked_and_give_way_to_referrals(tmp_path: Path) -> None:
    pays = paid([1.0 * n for n in COUNTS])
    shared = referred(COUNTS, shared_patients=True)
    assert only(graph(tmp_path, entities=ENTITIES, refers_to=shared, pays=pays))["proxy"]
    real = [{**row, "id": "x" + row["id"], "count": 40 - row["count"]} for row in referred(COUNTS)]
    row = only(graph(tmp_path, entities=ENTITIES, refers_to=shared + real, pays=pays))
    assert not row["proxy"]
    assert row["rho"] < 0.9


def test_family_and_the_last_payer_count(tmp_path: Path) -> None:
    family = [{"person": "spouse", "relative": "dr", "kinship": "spouse"}]
    row = only(
        graph(tmp_path, entities=ENTITIES, family_of=family, refers_to=referred(COUNTS),
              pays=paid([1.0 * n for n in COUNTS], payee="spouse"))
    )  # fmt: skip
    assert row["rho"] == pytest.approx(1)
    row = only(
        graph(tmp_path, entities=ENTITIES, refers_to=referred(COUNTS),
              pays=paid([9000.0] * 10, payee="agency") + paid([1.0 * n for n in COUNTS], payer="agency"))
    )  # fmt: skip
    assert (row["payers"], row["rho"], row["payments"]) == (["agency"], pytest.approx(1), 10)


def test_refunds_are_taken_off(tmp_path: Path) -> None:
    pays = paid([1.0 * n for n in COUNTS])
    pays[3]["amount_usd"] += 1000
    pays.append({"id": "back", "payer": "dr", "payee": "lab", "paid_on": "2025-05-02", "amount_usd": 1000.0,
                 "refund_of": pays[3]["id"]})  # fmt: skip
    assert only(graph(tmp_path, entities=ENTITIES, refers_to=referred(COUNTS), pays=pays))["rho"] == pytest.approx(1)


def test_steps_in_payments_and_in_terms(tmp_path: Path) -> None:
    counts = [4, 5, 4, 5, 15, 16, 15, 17, 16, 18, 15, 16]
    g = graph(tmp_path, entities=ENTITIES, refers_to=referred(counts), pays=paid([1000.0] * 6 + [3000.0] * 6))
    [step] = only(g)["steps"]
    assert step == {
        "on": date(2025, 7, 1),
        "from_usd": 1000,
        "to_usd": 3000,
        "referrals_on": date(2025, 5, 1),
        "row": None,
    }
    assert g.volume.steps.height == 1
    rent = [
        {"id": "l1", "lessor": "dr", "lessee": "lab", "rent_usd": 1000, "valid_from": "2024-01-01",
         "valid_to": "2025-07-01"},
        {"id": "l2", "lessor": "dr", "lessee": "lab", "rent_usd": 2500, "valid_from": "2025-07-01"},
    ]  # fmt: skip
    g = graph(tmp_path, entities=ENTITIES, refers_to=referred(counts), leases_to=rent)
    assert g.volume.pairs.height == 0
    assert g.volume.steps.row(0) == ("dr", "lab", date(2025, 7, 1), 1000, 2500, date(2025, 5, 1), "l2")
    # less rent after more referrals is no step the same way
    rent[1]["rent_usd"] = 500
    assert graph(tmp_path, entities=ENTITIES, refers_to=referred(counts), leases_to=rent).volume.steps.height == 0


def test_many_pairs_are_corrected(tmp_path: Path) -> None:
    others = [f"d{i}" for i in range(4)]
    chance = random.Random(5)
    refs, pays = referred(COUNTS), paid([1.0 * n for n in COUNTS])
    for other in others:
        refs += [
            {**row, "id": other + row["id"], "referrer": other, "count": chance.randint(1, 30)}
            for row in referred(COUNTS)
        ]
        pays += paid([1.0 + chance.randint(1, 30) for _ in COUNTS], payee=other)
    more = [{"id": other, "kind": "physician", "licensed_in": "TX"} for other in others]
    pairs = graph(tmp_path, entities=[*ENTITIES, *more], refers_to=refs, pays=pays).volume.pairs
    assert pairs.height == 5
    assert pairs["referrer"].is_sorted()
    assert pairs["p_adjusted"].to_list() == pytest.approx(holm(pairs["p_value"].to_numpy()).tolist())
    assert pairs.filter(pl.col("referrer") == "dr")["p_adjusted"][0] < 0.01


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_series_are_plain_sums(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """Random ledgers of two who refer and two receivers: every series against sums in plain Python."""
    chance = random.Random(seed)
    people, labs = ("d0", "d1"), ("l0", "l1")
    refs: Rows = []
    pays: Rows = []
    for number in range(70):
        t = chance.randrange(14)
        refs.append({"id": f"r{number}", "referrer": chance.choice(people), "receiver": chance.choice(labs),
                     "period_start": day(t), "count": chance.choice([1, 2, 3, 8])})  # fmt: skip
        pays.append({"id": f"p{number}", "payer": chance.choice(labs), "payee": chance.choice(people),
                     "paid_on": day(chance.randrange(14)), "amount_usd": float(chance.randint(1, 9))})  # fmt: skip
    folder = tmp_path_factory.mktemp("ledger")
    entities = [{"id": d, "kind": "physician", "licensed_in": "TX"} for d in people]
    entities += [{"id": lab, "kind": "laboratory"} for lab in labs]
    g = graph(folder, entities=entities, refers_to=refs, pays=pays)
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    sums: dict[tuple[str, str, str], float] = defaultdict(float)
    for row in refs:
        counts[row["referrer"], row["receiver"], row["period_start"][:7]] += row["count"]
    for row in pays:
        sums[row["payee"], row["payer"], row["paid_on"][:7]] += row["amount_usd"]
    for referrer, receiver in itertools.product(people, labs):
        series = g.volume.of(referrer, receiver)
        if series is None or series.unit != "month":
            continue
        ends = [
            [min(months), max(months)]
            for months in (
                [row["period_start"][:7] for row in refs if row["receiver"] == receiver],
                [row["paid_on"][:7] for row in pays if row["payer"] == receiver],
            )
        ]
        for start, count, spent in zip(series.starts, series.referrals, series.paid_usd, strict=True):
            month = start.isoformat()[:7]
            inside = [low <= month <= high for low, high in ends]
            assert count == (counts[referrer, receiver, month] if inside[0] else None)
            assert spent == (sums[referrer, receiver, month] if inside[1] else None)
