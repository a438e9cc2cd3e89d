"""Return paths: hand-worked cases, and brute force over small random structures."""

import random
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import ownergraph
from ownergraph.analysis import returns_find
from ownergraph.analysis.returns import Returns
from tests.support import graph

DR = {"id": "dr", "kind": "physician", "licensed_in": "TX"}
LAB = {"id": "lab", "kind": "laboratory"}
MSO = {"id": "mso", "kind": "mso"}
REFERRAL = {
    "id": "r1", "referrer": "dr", "receiver": "lab", "period_start": "2025-03-01", "period_end": "2025-03-31",
}  # fmt: skip


def found(returns: Returns) -> list[tuple[Any, ...]]:
    return list(
        returns.pairs.select(
            "referrer", "receiver", "hops", "path", "how", "certain", "order", "amount_usd"
        ).iter_rows()
    )


def pay(row: str, payer: str, payee: str, day: str | None, usd: float | None = 900, **more: Any) -> dict[str, Any]:
    when = {"paid_on": day} if day else {}
    return {"id": row, "payer": payer, "payee": payee, "amount_usd": usd, **when, **more}


@pytest.mark.parametrize(
    ("day", "order"),
    [("2025-04-10", "after"), ("2025-02-01", "before"), ("2025-03-15", "overlap"), ("2025-07-29", "after"),
     ("2025-07-30", None), ("2024-11-01", "before"), ("2024-10-31", None)],
)  # fmt: skip
def test_window_and_order(tmp_path: Path, day: str, order: str | None) -> None:
    """The last day that is linked lies 120 days after the end, the first 120 days before the start."""
    g = graph(tmp_path, entities=[DR, LAB], refers_to=[REFERRAL], pays=[pay("p1", "lab", "dr", day)])
    assert found(g.returns) == ([("dr", "lab", 1, ["p1"], "self", True, order, 900.0)] if order else [])


def test_timing_after(tmp_path: Path) -> None:
    g = graph(
        tmp_path,
        entities=[DR, LAB],
        refers_to=[REFERRAL],
        pays=[pay("p1", "lab", "dr", "2025-02-27"), pay("p2", "lab", "dr", "2025-03-01")],
    )
    assert found(g.return_paths(timing="after")) == [("dr", "lab", 1, ["p2"], "self", True, "overlap", 900.0)]


def test_undated_is_possible_only(tmp_path: Path) -> None:
    g = graph(tmp_path, entities=[DR, LAB], refers_to=[REFERRAL], pays=[pay("p1", "lab", "dr", None)])
    assert found(g.returns) == [("dr", "lab", 1, ["p1"], "self", None, None, 900.0)]


def test_an_undated_referral_is_possible_only(tmp_path: Path) -> None:
    g = graph(
        tmp_path,
        entities=[DR, LAB],
        refers_to=[{"id": "r1", "referrer": "dr", "receiver": "lab"}],
        pays=[pay("p1", "lab", "dr", "2020-01-01")],
    )
    assert found(g.returns) == [("dr", "lab", 1, ["p1"], "self", None, None, 900.0)]


def test_the_side_is_a_hop_and_the_smallest_amount_counts(tmp_path: Path) -> None:
    tables: dict[str, Any] = {
        "entities": [DR, LAB, MSO, {"id": "spouse", "kind": "person"}],
        "refers_to": [REFERRAL],
        "pays": [pay("p1", "lab", "mso", "2025-04-01", 5000), pay("p2", "mso", "spouse", "2025-04-02", 700)],
        "family_of": [{"id": "f1", "person": "spouse", "relative": "dr", "kinship": "spouse"}],
    }
    g = graph(tmp_path, **tables)
    assert found(g.return_paths(hops=3)) == [("dr", "lab", 3, ["p1", "p2", "f1"], "family", True, "after", 700.0)]
    assert found(g.return_paths(hops=2)) == []
    assert found(g.return_paths(min_amount_usd=701)) == []


def test_refunds_rebates_and_equal_checks(tmp_path: Path) -> None:
    def rows(*pays: dict[str, Any]) -> list[str]:
        g = graph(tmp_path, entities=[DR, LAB], refers_to=[REFERRAL], pays=list(pays))
        return [str(step.row) for path in g.returns.of("dr", "lab") for step in path.steps]

    check = pay("p1", "lab", "dr", "2025-04-01")
    assert rows(check, pay("p2", "dr", "lab", "2025-04-09", refund_of="p1")) == []
    assert rows(check, pay("p2", "dr", "lab", "2025-04-09", 400, refund_of="p1")) == ["p1"]
    assert rows(check, pay("p2", "dr", "lab", "2025-04-09", label="rebate")) == ["p1"]
    # two equal checks are two payments; their path is one
    assert rows(check, pay("p2", "lab", "dr", "2025-04-01")) == ["p1"]


def test_shared_patients_are_a_proxy(tmp_path: Path) -> None:
    g = graph(
        tmp_path,
        entities=[DR, LAB],
        refers_to=[{**REFERRAL, "shared_patients": True}],
        pays=[pay("p1", "lab", "dr", "2025-04-01")],
    )
    assert g.returns.pairs["proxy"].to_list() == [True]


def test_a_hub_is_cut_at_the_budget_and_says_so(tmp_path: Path) -> None:
    who = [f"x{k}" for k in range(30)]
    g = graph(
        tmp_path,
        entities=[DR, LAB, *({"id": w, "kind": "company"} for w in who)],
        refers_to=[REFERRAL],
        pays=[
            *(pay(f"a{k}", "lab", w, "2025-04-01") for k, w in enumerate(who)),
            *(pay(f"b{k}", w, "dr", "2025-04-01") for k, w in enumerate(who)),
        ],
    )
    whole, cut = g.return_paths(), g.return_paths(budget=10)
    assert (found(whole), whole.truncated) == ([("dr", "lab", 2, ["a0", "b0"], "self", True, "after", 900.0)], [])
    assert (found(cut), cut.truncated) == ([], ["lab"])
    assert len(whole.of("dr", "lab")) == whole.settings.n


# --- brute force ----------------------------------------------------------------------------------------------------

DAY = date(2025, 1, 1)


def random_tables(seed: int) -> dict[str, Any]:
    """A small structure of everything that value flows along, some of it without dates."""
    r = random.Random(seed)
    people, firms = [f"p{k}" for k in range(3)], [f"c{k}" for k in range(4)]
    both = people + firms

    def two(first: list[str], second: list[str]) -> tuple[str, str]:
        while True:
            a, b = r.choice(first), r.choice(second)
            if a != b:
                return a, b

    def day() -> str:
        return str(DAY + timedelta(days=r.randrange(400)))

    tables: dict[str, Any] = {"refers_to": [], "pays": [], "owns": [], "employs": [], "family_of": []}
    for n in range(r.randrange(1, 5)):
        a, b = two(both, firms)
        row: dict[str, Any] = {"id": f"r{n}", "referrer": a, "receiver": b}
        if r.random() < 0.85:
            row["period_start"] = day()
        tables["refers_to"].append(row)
    for n in range(r.randrange(0, 9)):
        a, b = two(both, both)
        tables["pays"].append(pay(f"y{n}", a, b, day() if r.random() < 0.85 else None, r.choice([100, 200, None])))
    for n in range(r.randrange(0, 3)):
        a, b = two(both, firms)
        tables["owns"].append({"id": f"o{n}", "owner": a, "owned": b, "share": r.choice(["10%", "unknown"])})
    for n in range(r.randrange(0, 2)):
        a, b = two(firms, people)
        tables["employs"].append({"id": f"e{n}", "employer": a, "employee": b})
    for n in range(r.randrange(0, 2)):
        a, b = two(people, people)
        tables["family_of"].append({"id": f"f{n}", "person": a, "relative": b, "kinship": "sibling"})
    tables["entities"] = [
        *({"id": p, "kind": "person"} for p in people), *({"id": f, "kind": "company"} for f in firms),
    ]  # fmt: skip
    return tables


def brute(g: ownergraph.Graph, hops: int, window: int) -> dict[tuple[str, str], tuple[int, bool | None]]:
    """By pair: hops of the shortest path, and whether it is certain; every simple path is walked."""
    sure_shares = {o["id"] for o in g.structure.tables["owns"].iter_rows(named=True) if (o["share_min"] or 0) > 0}
    flows = [
        (
            f["giver"],
            f["taker"],
            f["start"],
            f["end"],
            f["undated"],
            f["relation"] != "OWNS" or f["flow"] in sure_shares,
        )
        for f in g.flows.iter_rows(named=True)
    ]
    sides: dict[str, list[tuple[str, bool]]] = {}
    for s in g.referral_sides.filter(pl.col("how") != "self").iter_rows(named=True):
        sides.setdefault(s["referrer"], []).append((s["party"], s["certain"]))
    answers: dict[tuple[str, str], tuple[int, bool | None]] = {}
    for r in g.referrals.iter_rows(named=True):
        u, v = r["referrer"], r["receiver"]
        dated = r["start"] is not None

        def links(flow: tuple[Any, ...], certain: bool, r: dict[str, Any] = r, dated: bool = dated) -> bool:
            _, _, start, end, undated, sure = flow
            if certain and (undated or not sure or not dated):
                return False
            if undated or not dated:
                return True
            low, high = r["start"] - timedelta(days=window), r["end"] + timedelta(days=window)
            return (start is None or start <= high) and (end is None or end >= low)

        for certain in (True, False):
            ends = {u: 0} | {p: 1 for p, sure in sides.get(u, ()) if p != v and (sure or not certain)}
            ends[u] = 0
            best = None
            stack = [(v, (v,))]
            while stack:
                at, nodes = stack.pop()
                used = len(nodes) - 1
                if used and at in ends and used + ends[at] <= hops:
                    best = min(best or 99, used + ends[at])
                if used < hops:
                    stack += [(f[1], (*nodes, f[1])) for f in flows
                              if f[0] == at and f[1] not in nodes and links(f, certain)]  # fmt: skip
            if best is not None:
                old = answers.get((u, v))
                now = (best, True if certain else None)
                if old is None or (old[1] is None, old[0]) > (now[1] is None, now[0]):
                    answers[u, v] = now
    return answers


@pytest.mark.parametrize("block", range(8))
def test_brute_force(tmp_path: Path, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pair, its hops and its certainty are those of walking every simple path, the way of large ledgers too."""
    if block % 2:
        monkeypatch.setattr(returns_find, "BATCH", 1)
        monkeypatch.setattr(returns_find, "TOGETHER", 2)
    for seed in range(block * 40, block * 40 + 40):
        g = graph(tmp_path, **random_tables(seed))
        for hops, window in ((4, 120), (2, 30)):
            made = g.return_paths(hops=hops, window=window)
            expected = brute(g, hops, window)
            answers = {(r, v): (h, s) for r, v, h, s in
                       made.pairs.select("referrer", "receiver", "hops", "certain").iter_rows()}  # fmt: skip
            assert expected == answers, (seed, hops, window)
            check_witnesses(g, made)


def check_witnesses(g: ownergraph.Graph, made: Returns) -> None:
    """Each path is one: its flows follow on each other from the receiver to the taker, and `of` starts with it."""
    flows = {f["flow"]: f for f in g.flows.filter(pl.col("kind") != "below_market").iter_rows(named=True)}
    for row in made.pairs.iter_rows(named=True):
        steps = [flows[one] for one in row["value_rows"]]
        assert row["receiver"] == steps[0]["giver"]
        assert row["taker"] == steps[-1]["taker"]
        assert all(a["taker"] == b["giver"] for a, b in pairwise(steps))
        assert row["hops"] == len(steps) + (row["how"] != "self")
        some = made.of(row["referrer"], row["receiver"])
        assert some
        assert all(len({s.giver for s in path.steps if s.kind != "side"}) == sum(s.kind != "side" for s in path.steps)
                   for path in some)  # fmt: skip
