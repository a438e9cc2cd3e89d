"""Financial relationships: brute force over small random structures, and cases worked by hand."""

import itertools
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ownergraph
from ownergraph.analysis import chains as module
from ownergraph.analysis import relationships
from ownergraph.analysis.links import LISTED, SERIES
from tests.support import graph

Rows = list[dict[str, Any]]
Link = tuple[str, str, str, bool, date, date, bool, bool]
"""id, a, b, owns, first day, last day, undated, first of its series."""
EVER = date(1, 1, 1), date(9999, 12, 31)

PEOPLE, FIRMS, LABS = ("d0", "d1"), ("c0", "c1", "c2"), ("l0", "l1")
ENTITIES: Rows = [
    *({"id": d, "kind": "physician", "licensed_in": "TX"} for d in PEOPLE),
    {"id": "c0", "kind": "practice"}, *({"id": k, "kind": "company"} for k in FIRMS[1:]),
    *({"id": lab, "kind": "laboratory", "dhs": ["LAB"]} for lab in LABS),
]  # fmt: skip


def random_tables(seed: int) -> dict[str, Any]:
    """A few relations of every kind among seven parties, many without dates, others for some months of 2025."""
    chance = random.Random(seed)
    everybody = [*PEOPLE, *FIRMS, *LABS]

    def validity() -> dict[str, str]:
        if chance.random() < 0.5:
            return {}
        first = chance.randint(1, 9)
        made = {"valid_from": f"2025-{first:02}-01"}
        if chance.random() < 0.7:
            made["valid_to"] = f"2025-{chance.randint(first + 1, 12):02}-15"
        return made

    def two(first: tuple[str, ...] = (), second: tuple[str, ...] = ()) -> tuple[str, str]:
        a = chance.choice(first or everybody)
        return a, chance.choice([b for b in second or everybody if b != a])

    tables: dict[str, Rows] = {name: [] for name in ("owns", "employs", "leases_to", "lends_to", "pays", "family_of")}
    for number in range(chance.randint(2, 14)):
        kind = chance.choice(["owns", "owns", "employs", "leases_to", "lends_to", "pays", "pays"])
        row: dict[str, Any] = {"id": f"{kind}_{number}"}
        if kind == "owns":
            row["owner"], row["owned"] = two(second=(*FIRMS, *LABS))
            row |= {"share": chance.choice(["10%", "unknown"]), **validity()}
            if chance.random() < 0.5:
                row["titular"] = chance.random() < 0.4
        elif kind == "employs":
            row["employer"], row["employee"] = two((*FIRMS, *LABS), PEOPLE)
            row |= validity()
        elif kind == "leases_to":
            row["lessor"], row["lessee"] = two()
            row |= validity()
        elif kind == "lends_to":
            row["lender"], row["borrower"] = two()
            row |= validity()
        else:
            row["payer"], row["payee"] = two()
            row["amount_usd"] = 100.0
            if chance.random() < 0.8:
                row["paid_on"] = f"2025-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"
        tables[kind].append(row)
    if chance.random() < 0.3:
        tables["family_of"].append({"id": "kin", "person": "d0", "relative": "d1", "kinship": "spouse"})
    tables["refers_to"] = [
        {"id": f"r{number}", "referrer": chance.choice([*PEOPLE, "c0"]), "receiver": chance.choice(LABS),
         **({} if chance.random() < 0.2 else {"period_start": f"2025-{chance.randint(1, 12):02}-10"})}
        for number in range(chance.randint(1, 4))
    ]  # fmt: skip
    return tables


def plain_links(tables: dict[str, Any]) -> list[Link]:
    """Every link, with dates in place of null."""
    made: list[Link] = []
    ends = {"owns": ("owner", "owned"), "employs": ("employer", "employee"), "leases_to": ("lessee", "lessor"),
            "lends_to": ("lender", "borrower")}  # fmt: skip
    for kind, (a, b) in ends.items():
        for row in tables[kind]:
            start = date.fromisoformat(row.get("valid_from", "0001-01-01"))
            end = date.fromisoformat(row.get("valid_to", "9999-12-31")) - timedelta(days="valid_to" in row)
            made.append((row["id"], row[a], row[b], kind == "owns", start, end, False, True))
    for row in tables["pays"]:
        if "paid_on" not in row:
            made.append((row["id"], row["payer"], row["payee"], False, *EVER, True, True))
            continue
        days = sorted(
            (date.fromisoformat(other["paid_on"]), other["id"])
            for other in tables["pays"]
            if "paid_on" in other and (other["payer"], other["payee"]) == (row["payer"], row["payee"])
        )
        first = last = (date.fromisoformat(row["paid_on"]), row["id"])
        for one in reversed(days):
            first = one if one <= first and (first[0] - one[0]).days <= SERIES else first
        for one in days:
            last = one if one >= last and (one[0] - last[0]).days <= SERIES else last
        made.append((row["id"], row["payer"], row["payee"], False, first[0], last[0], False, first[1] == row["id"]))
    return made


def walks(links: list[Link], at: str, goal: str, longest: int, down: bool) -> list[list[Link]]:
    """All chains from one party to another that pass nobody twice, at most `longest` links long."""
    found: list[list[Link]] = []

    def go(node: str, chain: list[Link], passed: set[str]) -> None:
        if node == goal:
            found.append(chain)
            return
        if len(chain) == longest:
            return
        for link in links:
            for near, far in ((link[1], link[2]), (link[2], link[1])):
                if near == node and far not in passed and not (down and (not link[3] or near != link[1])):
                    go(far, [*chain, link], passed | {far})

    go(at, [], {at})
    return found


def expected(g: ownergraph.Graph, tables: dict[str, Any]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """By referrer, party, receiver, kind, direct and nearest link: in force, length, all chains as good, referrals."""
    links = plain_links(tables)
    spans = {link[0]: link[4:6] for link in links}
    persons = set(PEOPLE)
    best: dict[tuple[Any, ...], tuple[Any, ...]] = {}
    for side in g.referral_sides.iter_rows(named=True):
        party, how = side["party"], side["how"]
        counts = how == "self" or (how == "family" and party in persons) or (how == "owner" and party in persons)
        if not counts and not (how == "owned" and side["shoes"] is not False):
            continue
        for receiver in LABS:
            refs = [r for r in tables["refers_to"] if (r["referrer"], r["receiver"]) == (side["referrer"], receiver)]
            if not refs or party == receiver:
                continue
            for kind, chain in [
                *(("ownership", w) for w in walks(links, party, receiver, 6, True)),
                *(("compensation", w) for w in walks(links, party, receiver, 4, False)),
            ]:
                if kind == "compensation" and all(link[3] for link in chain):
                    continue
                # a chain has one link for a whole series of payments
                if len(chain) > 1 and not all(link[7] for link in chain):
                    continue
                start = max([link[4] for link in chain] + [spans[r][0] for r in side["rows"] if r in spans])
                end = min([link[5] for link in chain] + [spans[r][1] for r in side["rows"] if r in spans])
                undated = any(link[6] for link in chain)
                if start > end:
                    continue
                at: dict[str, bool | None] = {}
                for r in refs:
                    if "period_start" not in r or undated:
                        at[r["id"]] = None
                    elif start <= date.fromisoformat(r["period_start"]) <= end:
                        at[r["id"]] = True
                if not at:
                    continue
                key = (side["referrer"], party, receiver, kind, len(chain) == 1, chain[0][0])
                value = (True not in at.values(), len(chain))
                ids = ([link[0] for link in chain], sorted(at))
                if key not in best or value < best[key][0]:
                    best[key] = (value, [ids])
                elif value == best[key][0]:
                    best[key][1].append(ids)
    return best


@settings(max_examples=250, deadline=None)
@given(st.integers(0, 10**9))
def test_all_chains_by_brute_force(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    tables = random_tables(seed)
    g = graph(tmp_path_factory.mktemp("g"), entities=ENTITIES, **tables)
    wanted = expected(g, tables)
    found = {}
    for row in g.relationships.iter_rows(named=True):
        key = tuple(row[name] for name in ("referrer", "party", "receiver", "kind", "direct", "link"))
        assert key not in found
        found[key] = row
    assert set(found) == set(wanted)
    for key, row in found.items():
        value, chains = wanted[key]
        assert (row["in_force"] is not True, len(row["rows"])) == value
        assert (row["rows"], sorted(row["referrals"])) in chains


# ---- by hand

DR = {"id": "dr", "kind": "physician", "licensed_in": "TX"}
LAB = {"id": "lab", "kind": "laboratory", "dhs": ["LAB"]}
REFERRAL = {"id": "r", "referrer": "dr", "receiver": "lab", "period_start": "2025-06-15", "payer_class": "medicare"}


def found(folder: Path, entities: Rows = [], **tables: Any) -> list[tuple[Any, ...]]:  # noqa: B006 (not changed)
    """party, kind, direct, rows, in force, of a doctor who refers to a laboratory."""
    g = graph(folder, entities=[DR, LAB, *entities], **{"refers_to": [REFERRAL], **tables})
    return g.relationships.select("party", "kind", "direct", "rows", "in_force").rows()


def test_every_kind_of_direct_compensation(tmp_path: Path) -> None:
    tables: dict[str, Rows] = {
        "pays": [{"id": "x", "payer": "dr", "payee": "lab", "amount_usd": 5, "paid_on": "2025-06-15"}],
        "employs": [{"id": "x", "employer": "lab", "employee": "dr"}],
        "holds_role": [{"id": "x", "person": "dr", "organization": "lab", "role": "medical_director",
                        "monthly_fee_usd": 1000}],
        "leases_to": [{"id": "x", "lessor": "lab", "lessee": "dr", "rent_usd": 0, "item": "space"}],
        "lends_to": [{"id": "x", "lender": "lab", "borrower": "dr", "principal_usd": 1000, "forgiven_usd": 1000}],
        "supplies": [{"id": "x", "supplier": "lab", "customer": "dr"}],
    }  # fmt: skip
    for name, rows in tables.items():
        assert found(tmp_path, **{name: rows}) == [("dr", "compensation", True, ["x"], True)], name
    staff = {"id": "x", "payer": "lab", "payee": "dr", "in_kind": "staff", "period_start": "2025-06-01",
             "period_end": "2025-06-30"}  # fmt: skip
    assert found(tmp_path, pays=[staff]) == [("dr", "compensation", True, ["x"], True)]
    pc = {"id": "pc", "kind": "practice"}
    manages = [{"id": "x", "manager": "lab", "managed": "pc", "fee_usd": 0}]
    refers = [{**REFERRAL, "referrer": "pc"}]
    assert found(tmp_path, [pc], manages=manages, refers_to=refers) == [("pc", "compensation", True, ["x"], True)]
    unpaid = [{"id": "x", "person": "dr", "organization": "lab", "role": "director", "monthly_fee_usd": 0}]
    assert found(tmp_path, holds_role=unpaid) == []


def test_ownership_of_every_instrument_and_downwards_only(tmp_path: Path) -> None:
    company = {"id": "co", "kind": "company"}
    for instrument in ("equity", "option", "debt_secured", "profits"):
        owns = [{"id": "o", "owner": "dr", "owned": "lab", "share": "1%", "instrument": instrument}]
        assert found(tmp_path, owns=owns) == [("dr", "ownership", True, ["o"], True)]
    down = [{"id": "o1", "owner": "dr", "owned": "co", "share": "5%"}, {"id": "o2", "owner": "co", "owned": "lab"}]
    assert found(tmp_path, [company], owns=down) == [("dr", "ownership", False, ["o1", "o2"], True)]
    # a holding in a subsidiary is none in its parent, nor compensation from it
    up = [{"id": "o1", "owner": "dr", "owned": "co", "share": "5%"}, {"id": "o2", "owner": "lab", "owned": "co"}]
    assert found(tmp_path, [company], owns=up) == []
    for between, rows in ((5, 1), (6, 0)):
        line = ["dr", *(f"co{n}" for n in range(between)), "lab"]
        owns = [
            {"id": f"o{n}", "owner": a, "owned": b, "share": "60%"} for n, (a, b) in enumerate(itertools.pairwise(line))
        ]
        assert len(found(tmp_path, [{"id": co, "kind": "company"} for co in line[1:-1]], owns=owns)) == rows
    nothing = [{"id": "o", "owner": "dr", "owned": "lab", "share": "0%"}]
    assert found(tmp_path, owns=nothing) == []


def test_shoes(tmp_path: Path) -> None:
    """The lease of the practice is direct for its owner, and a chain for one who is an owner in name only."""
    pc = {"id": "pc", "kind": "practice"}
    lease = [{"id": "l", "lessor": "lab", "lessee": "pc", "rent_usd": 10}]
    chain = ("dr", "compensation", False, ["o", "l"], True)
    direct = ("pc", "compensation", True, ["l"], True)
    for titular, expect in ((False, [direct, chain]), (True, [chain]), (None, [direct, chain])):
        owns = [
            {"id": "o", "owner": "dr", "owned": "pc", "share": "100%"}
            | ({} if titular is None else {"titular": titular})
        ]
        assert found(tmp_path, [pc], owns=owns, leases_to=lease) == expect
    # titular may be recorded of the person, too
    g = graph(tmp_path, entities=[{**DR, "titular": True}, LAB, pc], refers_to=[REFERRAL], leases_to=lease,
              owns=[{"id": "o", "owner": "dr", "owned": "pc", "share": "100%"}])  # fmt: skip
    assert g.relationships["party"].to_list() == ["dr"]


def test_family_and_owners_of_an_organization_that_refers(tmp_path: Path) -> None:
    kin = {"id": "kin", "kind": "person"}
    pays = [{"id": "p", "payer": "lab", "payee": "kin", "amount_usd": 9, "paid_on": "2025-06-15"}]
    for kinship, rows in (("sibling_in_law", 1), ("cousin", 0)):
        family = [{"id": "f", "person": "kin", "relative": "dr", "kinship": kinship}]
        assert len(found(tmp_path, [kin], family_of=family, pays=pays)) == rows
    pc = {"id": "pc", "kind": "practice"}
    owns = [{"id": "o", "owner": "dr", "owned": "pc", "share": "50%"}]
    pays = [{"id": "p", "payer": "lab", "payee": "dr", "amount_usd": 9, "paid_on": "2025-06-15"}]
    refers = [{**REFERRAL, "referrer": "pc"}]
    assert ("dr", "compensation", True, ["p"], True) in found(tmp_path, [pc], owns=owns, pays=pays, refers_to=refers)


def test_in_force(tmp_path: Path) -> None:
    def force(day: str | None, **lease: str) -> list[Any]:
        row = {key: value for key, value in REFERRAL.items() if key != "period_start"}
        rows = found(tmp_path, refers_to=[row | ({"period_start": day} if day else {})],
                     leases_to=[{"id": "l", "lessor": "lab", "lessee": "dr", "rent_usd": 10, **lease}])  # fmt: skip
        return [row[-1] for row in rows]

    assert force("2025-06-15") == [True]
    assert force("2025-06-15", valid_from="2025-06-15") == [True]
    assert force("2025-06-15", valid_to="2025-06-15") == []
    # what has ended by the day of the audit was in force then
    assert force("2025-06-15", valid_to="2025-06-16") == [True]
    assert force("2025-06-15", valid_from="2025-06-16") == []
    assert force(None, valid_from="2025-06-16") == [None]


def test_payments_of_a_series_are_one_arrangement(tmp_path: Path) -> None:
    """A referral between two payments a month apart lies in the arrangement; one long after the last does not."""

    def paid(*days: str, **more: Any) -> Rows:
        return [{"id": f"p{n}", "payer": "lab", "payee": "dr", "amount_usd": 100, "paid_on": day, **more}
                for n, day in enumerate(days)]  # fmt: skip

    assert [row[3] for row in found(tmp_path, pays=paid("2025-05-31", "2025-06-30"))] == [["p0"], ["p1"]]
    assert found(tmp_path, pays=paid("2025-03-15", "2025-06-16")) == []  # 93 days
    assert found(tmp_path, pays=paid("2025-06-14")) == []
    # through an agency, paid on other days
    agency = {"id": "agency", "kind": "company"}
    pays = paid("2025-05-31", "2025-06-30", payer="agency")
    pays += [
        {**row, "id": "q" + row["id"], "payer": "lab", "payee": "agency"} for row in paid("2025-05-01", "2025-07-02")
    ]
    assert [row[3] for row in found(tmp_path, [agency], pays=pays)] == [["p0", "qp0"]]
    # a long series is listed by its first payment
    days = [(date(2025, 5, 1) + timedelta(days=n)).isoformat() for n in range(LISTED + 1)]
    assert [row[3] for row in found(tmp_path, pays=paid(*days))] == [["p0"]]
    assert len(found(tmp_path, pays=paid(*days[30:]))) == LISTED - 29


def test_what_the_referrals_are_for(tmp_path: Path) -> None:
    clinic = {"id": "clinic", "kind": "facility"}
    owns = [{"id": "o", "owner": "dr", "owned": "clinic", "share": "1%"}]
    refer = {**REFERRAL, "receiver": "clinic"}
    assert found(tmp_path, [clinic], owns=owns, refers_to=[refer]) == []
    assert len(found(tmp_path, [clinic], owns=owns, refers_to=[{**refer, "dhs": "PT"}])) == 1
    classes = {"medicaid": True, "commercial": False, "tricare": False, None: None}
    for payer, federal in classes.items():
        g = graph(tmp_path, entities=[DR, LAB], owns=[{"owner": "dr", "owned": "lab", "share": "1%"}],
                  refers_to=[{**REFERRAL, "payer_class": payer}])  # fmt: skip
        assert g.relationships.select("dhs", "federal", "proxy").row(0) == (["LAB"], federal, False)


def test_payers_and_hubs_are_no_intermediaries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pays(middle: str) -> Rows:
        return [{"id": f"p_{to}", "payer": middle, "payee": to} for to in ("dr", "lab")]

    plan, bank = {"id": "plan", "kind": "payer"}, {"id": "bank", "kind": "company"}
    assert found(tmp_path, [plan], pays=pays("plan")) == []
    assert len(found(tmp_path, [bank], pays=pays("bank"))) == 1
    monkeypatch.setattr(module, "HUB", 2)
    other = {"id": "other", "kind": "company"}
    more = [{"id": "p_other", "payer": "bank", "payee": "other"}]
    assert found(tmp_path, [bank, other], pays=pays("bank") + more) == []
    # many payments to few are no hub; nor are many workers, whose employer owns the laboratory
    twice = pays("bank") + [{**row, "id": "again_" + row["id"]} for row in pays("bank")]
    assert len(found(tmp_path, [bank], pays=twice)) == 2
    workers: Rows = [{"id": f"w{n}", "kind": "person"} for n in range(4)]
    employs = [{"id": f"e_{w}", "employer": "bank", "employee": w} for w in ("dr", *(x["id"] for x in workers))]
    owns = [{"id": "o", "owner": "bank", "owned": "lab", "share": "100%"}]
    assert found(tmp_path, [bank, *workers], employs=employs, owns=owns) == [
        ("dr", "compensation", False, ["e_dr", "o"], True)
    ]


def test_four_links_through_another_receiver(tmp_path: Path) -> None:
    """A chain may pass a party that is a receiver of referrals itself."""
    others: Rows = [{"id": "lab2", "kind": "laboratory", "dhs": ["LAB"]}, {"id": "a", "kind": "company"},
              {"id": "b", "kind": "company"}]  # fmt: skip
    chain = list(itertools.pairwise(("dr", "lab2", "a", "b", "lab")))
    loans = [{"id": f"n{n}", "lender": x, "borrower": y} for n, (x, y) in enumerate(chain)]
    refers = [REFERRAL, {**REFERRAL, "id": "r2", "receiver": "lab2"}]
    rows = {tuple(row[3]) for row in found(tmp_path, others, lends_to=loans, refers_to=refers)}
    assert rows == {("n0",), ("n0", "n1", "n2", "n3")}


def test_batches_change_nothing_and_a_cut_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = [random_tables(seed) for seed in range(40)]
    whole = [graph(tmp_path, entities=ENTITIES, **one).relationships for one in tables]
    assert not any(frame["truncated"].any() for frame in whole)
    monkeypatch.setattr(module, "BATCH", 1)
    monkeypatch.setattr(relationships, "BATCH", 1)
    for one, expect in zip(tables, whole, strict=True):
        assert graph(tmp_path, entities=ENTITIES, **one).relationships.equals(expect)
    monkeypatch.setattr(module, "FRONTIER", 0)
    cut = [graph(tmp_path, entities=ENTITIES, **one).relationships for one in tables]
    assert any(frame["truncated"].any() for frame in cut)
    for frame, expect in zip(cut, whole, strict=True):
        # short chains are all there, and what is missing is told
        short = (pl.col("rows").list.len() <= 2) | (pl.col("kind") == "ownership")
        assert frame.filter(short).height == expect.filter(short).height
        missing = expect.filter(~short)
        told = frame.filter("truncated")["party"]
        assert set(missing["party"]) & set(frame["party"]) <= set(told)
