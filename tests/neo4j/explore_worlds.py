"""Small random structures for the queries of queries/explore, side by side in one. Not a test."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

from ownergraph.analysis import Graph
from tests.support import graph

WORLDS = 6
"""Structures; those with an even number have exact shares, number 1 has rings, the others neither."""
PERIODS: list[dict[str, str]] = [
    {}, {}, {}, {"valid_from": "2020-01-01"}, {"valid_from": "2021-05-01", "valid_to": "2024-05-01"},
    {"valid_to": "2026-11-24"}, {"valid_to": "2026-11-25"},
]  # fmt: skip
Tables = dict[str, list[dict[str, Any]]]


def ids(world: int) -> list[str]:
    """The parties of a world, but for its accounts: persons, investors, a manager, companies, practices."""
    return [f"w{world}_{name}" for name in ("p0", "p1", "f0", "f1", "m0", "c0", "c1", "c2", "c3", "pc0", "pc1")]


def worlds(folder: Path) -> Graph:
    """All of them; the same in every run. Registers are open."""
    made: Tables = {name: [] for name in ("entities", "owns", "manages", "holds_proxy", "restricts_transfer",
                                          "appoints_board", "holds_role", "signs_on", "held_by", "family_of",
                                          "refers_to", "pays")}  # fmt: skip
    rng = random.Random(20261124)
    for k in range(WORLDS):
        _one(rng, k, made)
    return graph(folder, complete=[], **cast(dict[str, Any], made))


def _one(rng: random.Random, k: int, made: Tables) -> None:
    who = ids(k)
    kinds = ["physician", "person", *["private_equity"] * 2, "mso", *["organization"] * 4, *["practice"] * 2]
    places: dict[str, dict[str, Any]] = {
        "physician": {"licensed_in": "TX"}, "person": {"licensed_in": []}, "practice": {"operates_in": "TX"}
    }  # fmt: skip
    streets = [f"{k} Main St", f" {k} MAIN st ", f"{k} Oak St", None]
    for one, kind in zip(who, kinds, strict=True):
        entity = {"id": one, "kind": kind, "name": one.upper(), **places.get(kind, {})}
        if address := rng.choice(streets):
            entity |= {"address": address, "city": rng.choice(["Waco", "waco", None]), "zip": "76701"}
        made["entities"].append(entity)
    number = 0

    def add(table: str, **row: Any) -> None:
        nonlocal number
        number += 1
        days = {} if "valid_from" in row else rng.choice(PERIODS)
        made[table].append({"id": f"w{k}_r{number}", **row, **days})

    def pick(*of: int) -> str:
        return who[rng.choice(of)]

    _owns(rng, k, who, add)
    for manager, managed in ((4, 9), (4, 10), (5, 4)):
        if rng.random() < 0.7:
            add("manages", manager=who[manager], managed=who[managed])
    for _ in range(2):
        over = rng.choice([{"over": pick(9, 10)}, {"over": pick(9, 10)}, {"over": pick(7, 8)}])
        add("restricts_transfer", holder=pick(4, 5, 2), owner=pick(0, 1), **over)
        add("holds_proxy", grantee=pick(2, 3, 4), grantor=pick(0, 1, 6), **over)
    add("appoints_board", appointer=pick(2, 3), organization=pick(5, 6, 7))
    add("holds_role", person=pick(0, 1), organization=pick(9, 10), role="president")
    add("family_of", person=who[0], relative=who[1], kinship="spouse")
    for name in ("a", "b", "c"):
        made["entities"].append({"id": f"w{k}_{name}", "kind": "account", "name": name})
        add("held_by", account=f"w{k}_{name}", holder=pick(9, 10, 4))
        add("signs_on", signer=pick(0, 1), account=f"w{k}_{name}", sweep=rng.choice([True, False, None]),
            on_behalf_of=rng.choice([who[4], None]))  # fmt: skip
    _money(rng, who, add)


def _owns(rng: random.Random, k: int, who: list[str], add: Callable[..., None]) -> None:
    exact, ring = k % 2 == 0, k == 1
    for i in range(4, len(who)):
        left, above = 100, list(range(i))
        if ring and 5 <= i <= 7:  # three companies hold 40 % of each other, in a ring
            add("owns", owner=who[5 + (i - 4) % 3], owned=who[i], share="40%", valid_from="2020-01-01")
            left, above = 60, [j for j in range(9) if j != i]
        for j in rng.sample(above, rng.randint(1, 3)):
            low = rng.randint(1, max(1, left // 2)) if left > 1 else 0
            if low == 0:
                continue
            left -= low
            share = f"{low}%" if exact else rng.choice([f"{low}%", f"{low}-{min(100, low + 30)}%", "unknown"])
            instrument = rng.choice(["equity", None, None, None, "profits", "option"])
            add("owns", owner=who[j], owned=who[i], share=share, **({"instrument": instrument} if instrument else {}))


def _money(rng: random.Random, who: list[str], add: Callable[..., None]) -> None:
    def day() -> str:
        return (date(2025, 1, 1) + timedelta(days=rng.randint(0, 600))).isoformat()

    for _ in range(3):
        receiver = rng.choice(who[4:9])
        when = {"valid_from": "2025-02-01", "valid_to": "2025-06-01"} if rng.random() < 0.6 else {}
        add("refers_to", referrer=rng.choice(who[:1] + who[9:]), receiver=receiver, **when)
    for _ in range(9):
        payer, payee = rng.sample(who, 2)
        when = rng.choice([{"paid_on": day()}, {"paid_on": day()}, {}])
        amount = rng.choice([{"amount_usd": rng.randint(1, 9) * 1000}, {}])
        add("pays", payer=payer, payee=payee, purpose="other", **when, **amount)
