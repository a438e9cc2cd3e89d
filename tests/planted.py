"""Planted return paths: structures in which it is known which value comes back, and why the rest does not.

Each plot has parties of its own. A path that is planted is found by the default settings; a near miss fails for exactly
one reason, and is found where that reason is taken away. A defended path is a near miss of the rules alone: the search
finds it, and AKS-01 does not, because every element of a safe harbor is recorded for what comes back. Between the plots
money flows that closes no path.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from ownergraph.law import defenses

DAY = date(2025, 6, 15)
Tables = dict[str, list[dict[str, Any]]]
NAMES = (
    "entities", "refers_to", "pays", "owns", "employs", "family_of", "leases_to", "lends_to", "manages", "holds_role",
    "defenses",
)  # fmt: skip


@dataclass
class Plot:
    """One plot: its rows, and what is true of it.

    Attributes:
        name: of its kind.
        pair: referrer and receiver.
        hops: of the shortest path; None for a near miss of the search.
        why: what a near miss lacks, or what excuses it; empty for a planted path.
    """

    name: str
    pair: tuple[str, str]
    hops: int | None
    why: str = ""
    tables: Tables = field(default_factory=lambda: {name: [] for name in NAMES})


class _Maker:
    def __init__(self, number: int, name: str, rng: random.Random) -> None:
        self.tag, self.rng = f"{name}_{number}", rng
        self.u, self.v = f"{self.tag}_dr", f"{self.tag}_lab"
        self.plot = Plot(name, (self.u, self.v), None)
        self.entity(self.u, kind="physician", licensed_in="TX")
        self.entity(self.v, kind="laboratory", dhs=["LAB"], bills_federal_programs=True)

    def entity(self, who: str, **facts: Any) -> str:
        self.plot.tables["entities"].append({"id": who, **facts})
        return who

    def firm(self, name: str = "llc") -> str:
        return self.entity(f"{self.tag}_{name}", kind="company")

    def add(self, table: str, **row: Any) -> str:
        rows = self.plot.tables[table]
        rows.append({"id": f"{self.tag}_{table}_{len(rows)}", **row})
        return str(rows[-1]["id"])

    def refer(self, **more: Any) -> None:
        start = DAY + timedelta(days=self.rng.randrange(-60, 60))
        self.day = start
        self.add(
            "refers_to",
            **{"referrer": self.u, "receiver": self.v, "period_start": str(start),
               "period_end": str(start + timedelta(days=20)), "dhs": "LAB", "payer_class": "medicare", "count": 12,
               **more},
        )  # fmt: skip

    def pay(self, payer: str, payee: str, gap: int | None = None, **more: Any) -> str:
        """A payment `gap` days after the last day of the referral."""
        gap = self.rng.randrange(0, 120) if gap is None else gap
        day = self.day + timedelta(days=20 + gap)
        usd = self.rng.choice([500, 1200, 9000])
        return self.add("pays", **{"payer": payer, "payee": payee, "amount_usd": usd, "paid_on": str(day), **more})

    def defend(self, row: str, name: str) -> None:
        """Every element of a defense, recorded as met."""
        codes = [element.code for element in defenses()[name].elements]
        self.add("defenses", about=row, defense=name, met=codes, relied_on_by=self.v)

    def lease(self) -> str:
        """A lease of the referrer's space, with rent paid under it; not defended."""
        lease = self.add("leases_to", lessor=self.u, lessee=self.v, item="space", rent_usd=90000)
        self.pay(self.v, self.u, purpose="rent", agreement=lease)
        return lease

    def chain(self, steps: int) -> str:
        """Payments from the receiver through companies; the last company."""
        at = self.v
        for k in range(steps):
            nxt = self.firm(f"firm{k}")
            self.pay(at, nxt)
            at = nxt
        return at


def _direct(m: _Maker) -> int:
    m.refer()
    m.pay(m.v, m.u)
    return 1


def _in_advance(m: _Maker) -> int:
    m.refer()
    m.pay(m.v, m.u, gap=-140)
    return 1


def _distribution(m: _Maker) -> int:
    m.refer()
    firm = m.chain(1)
    m.add("owns", owner=m.u, owned=firm, share="40%")
    return 2


def _family_company(m: _Maker) -> int:
    m.refer()
    kin = m.entity(f"{m.tag}_spouse", kind="person")
    m.add("family_of", person=kin, relative=m.u, kinship="spouse")
    m.pay(m.chain(2), kin)
    return 4


def _rent(m: _Maker) -> int:
    m.refer()
    m.add("leases_to", lessor=m.u, lessee=m.v, item="space", rent_usd=90000)
    return 1


def _below_market(m: _Maker) -> int:
    m.refer()
    m.add("leases_to", lessor=m.v, lessee=m.u, item="space", rent_usd=1, market_usd=60000)
    return 1


def _forgiven(m: _Maker) -> int:
    m.refer()
    m.add("lends_to", lender=m.v, borrower=m.u, principal_usd=50000, forgiven_usd=50000)
    return 1


def _gift(m: _Maker) -> int:
    m.refer()
    m.pay(m.v, m.u, in_kind="staff")
    return 1


def _directorship(m: _Maker) -> int:
    m.refer()
    m.add("holds_role", person=m.u, organization=m.v, role="medical_director", monthly_fee_usd=4000)
    return 1


def _fee(m: _Maker) -> int:
    m.refer()
    mso = m.entity(f"{m.tag}_mso", kind="mso")
    m.add("manages", manager=mso, managed=m.v, fee_basis="pct_revenue", fee_pct=20)
    m.add("owns", owner=m.u, owned=mso, share="10%")
    return 2


def _part_refunded(m: _Maker) -> int:
    m.refer()
    paid = m.pay(m.v, m.u, gap=10, amount_usd=1000)
    m.pay(m.u, m.v, gap=20, amount_usd=400, refund_of=paid)
    return 1


def _beside_defended(m: _Maker) -> int:
    m.refer()
    m.defend(m.lease(), "aks_space")
    m.pay(m.v, m.u)
    return 1


def _defended_for_other_law(m: _Maker) -> int:
    m.refer()
    m.defend(m.lease(), "stark_office_space")
    return 1


PLANTED: dict[str, Callable[[_Maker], int]] = {
    "direct": _direct, "in_advance": _in_advance, "distribution": _distribution, "family_company": _family_company,
    "rent": _rent, "below_market": _below_market, "forgiven": _forgiven, "gift": _gift,
    "directorship": _directorship, "fee": _fee, "part_refunded": _part_refunded,
    "beside_defended": _beside_defended, "defended_for_other_law": _defended_for_other_law,
}  # fmt: skip


def _late(m: _Maker) -> str:
    m.refer()
    m.pay(m.v, m.u, gap=121)
    return "window"


def _far(m: _Maker) -> str:
    m.refer()
    m.pay(m.chain(4), m.u)
    return "hops"


def _refunded(m: _Maker) -> str:
    m.refer()
    paid = m.pay(m.v, m.u, gap=10, amount_usd=1000)
    m.pay(m.u, m.v, gap=20, amount_usd=1000, refund_of=paid)
    return "refund"


def _wrong_way(m: _Maker) -> str:
    m.refer()
    m.pay(m.u, m.v)
    return "direction"


def _stranger(m: _Maker) -> str:
    m.refer()
    m.pay(m.chain(1), m.entity(f"{m.tag}_stranger", kind="person"))
    return "no tie"


def _own_work(m: _Maker) -> str:
    m.refer(personally_performed=True)
    m.pay(m.v, m.u)
    return "no referral"


def _nothing_held(m: _Maker) -> str:
    m.refer()
    m.add("owns", owner=m.u, owned=m.chain(1), share="0%")
    return "no share"


def _ended(m: _Maker) -> str:
    m.refer()
    m.add("leases_to", lessor=m.u, lessee=m.v, item="space", rent_usd=9000, valid_to="2024-10-01")
    return "window"


MISSES: dict[str, Callable[[_Maker], str]] = {
    "late": _late, "far": _far, "refunded": _refunded, "wrong_way": _wrong_way, "stranger": _stranger,
    "own_work": _own_work, "nothing_held": _nothing_held, "ended": _ended,
}  # fmt: skip


def _defended_lease(m: _Maker) -> int:
    m.refer()
    m.defend(m.lease(), "aks_space")
    return 1


def _defended_job(m: _Maker) -> int:
    m.refer()
    m.defend(m.add("employs", employer=m.v, employee=m.u, annual_usd=90000), "aks_employee")
    return 1


def _defended_services(m: _Maker) -> int:
    m.refer()
    mso = m.entity(f"{m.tag}_mso", kind="mso")
    m.defend(m.add("owns", owner=m.u, owned=mso, share="10%"), "aks_investment_small")  # its profit comes back, too
    terms = m.add("manages", manager=mso, managed=m.v, fee_basis="fixed", fee_usd=60000)
    m.pay(m.v, mso, purpose="management_fee", agreement=terms)
    m.defend(terms, "aks_personal_services_management")
    return 2


DEFENDED: dict[str, Callable[[_Maker], int]] = {
    "defended_lease": _defended_lease, "defended_job": _defended_job, "defended_services": _defended_services,
}  # fmt: skip


def planted(seed: int, plots: int) -> tuple[dict[str, Any], list[Plot]]:
    """Tables of a structure, and the plots that it is made of; the same for the same seed.

    Noise: every receiver pays a vendor, vendors pay strangers, referrers pay a landlord, and none of them pays back.
    """
    rng = random.Random(seed)
    made: list[Plot] = []
    for number in range(plots):
        kinds = [*PLANTED, *MISSES, *DEFENDED]
        name = kinds[number] if number < len(kinds) else rng.choice(kinds)
        maker = _Maker(number, name, rng)
        if name in PLANTED:
            maker.plot.hops = PLANTED[name](maker)
        elif name in DEFENDED:
            maker.plot.hops, maker.plot.why = DEFENDED[name](maker), "defense"
        else:
            maker.plot.why = MISSES[name](maker)
        made.append(maker.plot)
    tables: Tables = {name: [row for plot in made for row in plot.tables[name]] for name in NAMES}
    sinks = [f"sink_{k}" for k in range(max(2, plots // 10))]
    tables["entities"] += [{"id": sink, "kind": "company"} for sink in sinks]
    for number, plot in enumerate(made):
        for who in plot.pair:
            day = str(DAY + timedelta(days=rng.randrange(-200, 200)))
            tables["pays"].append({"id": f"noise_{number}_{who}", "payer": who, "payee": rng.choice(sinks),
                                   "amount_usd": 50, "paid_on": day})  # fmt: skip
    return {"as_of": "2026-11-24", **tables}, made
