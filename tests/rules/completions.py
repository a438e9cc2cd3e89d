"""Random structures with unknowns, and random completions of them. Not a test; see test_soundness."""

import random
import types
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import polars as pl
from pydantic import ValidationError

from ownergraph.analysis import Graph
from ownergraph.law import powers, services
from ownergraph.model import TABLES, WHOLE, Interval, Row
from ownergraph.model.columns import is_share, to_frame
from ownergraph.model.structure import FILE, LINE, Structure, empty_frame

AS_OF = date(2026, 11, 24)
DAYS = [
    date(2019, 1, 1), date(2023, 6, 1), date(2024, 11, 24), date(2025, 1, 1), date(2025, 6, 9), date(2025, 10, 1),
    date(2026, 1, 15), date(2026, 9, 1),
]  # fmt: skip
STATES = ["CA", "CA", "NY", "IL", "FL", "TN", "NM", "OR", "TX", "NJ", "CO", "WA", "MA", "AL", "NV", "WY", "SD", "MN"]

REGISTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "owns": ("owners", ("owned",)),
    "manages": ("agreements", ("managed", "manager")),
    "licensed_in": ("licenses", ("person",)),
    "held_by": ("accounts", ("holder",)),
    "deposits_to": ("accounts", ("depositor",)),
    "signs_on": ("signers", ("account", "signer", "on_behalf_of")),
    "holds_proxy": ("proxies", ("grantor", "over", "grantee")),
    "restricts_transfer": ("transfer_restrictions", ("over", "owner", "holder")),
    "appoints_board": ("boards", ("organization", "appointer")),
    "holds_role": ("roles", ("organization", "person")),
    "employs": ("employment", ("employer", "employee")),
    "documents": ("documents", ("over", "signer", "holder")),
    "fmv_opinions": ("fmv_opinions", ("about",)),
    "family_of": ("family", ("person", "relative")),
    "lends_to": ("loans", ("lender", "borrower")),
    "leases_to": ("leases", ("lessor", "lessee")),
    "pays": ("payments", ("payer", "payee")),
    "refers_to": ("referrals", ("referrer", "receiver")),
    "operates_in": ("states", ("entity",)),
}
"""For each table its register, and whose it is: a row may be missing where it is complete for none of them."""

GIVEN = {
    "id", "source", "valid_from", "valid_to", "over", "instrument", "share_class", "class_share", "votes", "name",
    "shares_held", "shares_outstanding", "label", "address", "city", "zip", "npi", "ein", "ccn", "pecos_id", "lei",
    "offers_patient_care", "tax_status", "number", "title", "page", "agreement", "refund_of", "about", "appraiser",
    "filing", "accession", "period", "counsel_manager", "counsel_managed", "sweep_frequency", "role_code", "roles",
    "kind",
}  # fmt: skip
"""Fields whose absence means something of its own, or that decide nothing: never filled in."""

DATES = ("paid_on", "period_start", "period_end")
"""Days of a payment or referral."""

WORDS = {
    "services": list(services()),
    "powers": list(powers()),
    "physician_final_say": list(powers()),
    "secured_by": ["shares", "receivables", "all_assets"],
    "facility_licenses": ["clinic", "hospital"],
    "dhs": ["LAB", "DMEPOS"],
}
PEOPLE = {
    "licensed_in": ("person",), "holds_role": ("person",), "family_of": ("person", "relative"),
    "manages": ("signed_by_manager", "signed_by_managed"),
}  # fmt: skip
ACCOUNTS = {"signs_on": ("account",), "held_by": ("account",), "deposits_to": ("account",)}

Table = dict[str, Any]


@dataclass
class World:
    """A structure as plain rows, and which registers are complete for which of its entities."""

    tag: str
    rows: dict[str, list[Table]] = field(default_factory=dict)
    complete: set[tuple[str, str]] = field(default_factory=set)

    def ids(self, *kinds: str) -> list[str]:
        """Entities, of these kinds where some are named."""
        return [e["id"] for e in self.rows["entities"] if not kinds or e["kind"] in kinds]

    def copy(self) -> "World":
        """The same rows again."""
        rows = {table: [dict(row) for row in listed] for table, listed in self.rows.items()}
        return World(self.tag, rows, set(self.complete))


def _plain(annotation: Any) -> Any:
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _plain(next(p for p in get_args(annotation) if p is not type(None)))
    if origin is not None and origin is not list and origin is not Literal:
        return _plain(get_args(annotation)[0])
    return annotation


def _value(world: World, table: str, name: str, annotation: Any, rng: random.Random) -> Any:
    """A random value of a field that is no share."""
    model = TABLES[table]
    if name in model.references:
        if name in PEOPLE.get(table, ()):
            return rng.choice(world.ids("person"))
        if name in ACCOUNTS.get(table, ()):
            return rng.choice(world.ids("account"))
        if name == "owned":
            return rng.choice([e for e in world.ids("organization") if not e.endswith("_ap")])
        others = [e for e in world.ids("person", "organization") if not e.endswith("_ap")]
        return world.tag + "ap" if name == "appraiser_entity" and rng.random() < 0.6 else rng.choice(others)
    plain = _plain(annotation)
    if get_origin(plain) is Literal:
        return rng.choice(get_args(plain))
    if get_origin(plain) is list:
        inner = _plain(get_args(plain)[0])
        pool = list(get_args(inner)) if get_origin(inner) is Literal else WORDS.get(name, DAYS)
        return rng.sample(pool, min(len(pool), rng.choice([0, 1, 1, 2, 3])))
    pools: dict[Any, list[Any]] = {
        bool: [True, False], int: [0, 1, 3, 5, 100], float: [0.0, 0.5, 1.0, 5.0, 10.0, 50.0, 90.0, 100.0, 5e6],
        date: DAYS, str: ["x"],
    }  # fmt: skip
    if name in ("state", "state_formed", "home_state"):
        return rng.choice(STATES)
    return rng.choice(pools[plain])


def new_row(world: World, table: str, rng: random.Random, unknown: float, number: str) -> Table | None:
    """A random valid row of a table; each field that may be is unknown with probability `unknown`."""
    model = TABLES[table]
    for _ in range(20):
        row: Table = {"id": f"{world.tag}{table}{number}"}
        for name, info in model.model_fields.items():
            column = info.alias or name
            if column in GIVEN - {"over", "about", "agreement", "kind", "roles"} or is_share(info.annotation):
                continue
            if table in ("fmv_opinions", "fee_components") and column in ("about", "agreement"):
                agreements = [r["id"] for r in world.rows.get("manages", [])]
                if not agreements:
                    return None
                row[column] = rng.choice(agreements)
            elif info.is_required() or (column in ("over",) and rng.random() < 0.8) or rng.random() >= unknown:
                if column in ("agreement",):
                    continue
                row[column] = _value(world, table, column, info.annotation, rng)
        if table == "licensed_in" and rng.random() < unknown:
            row["status"] = None
        row = _consistent(table, row, row)
        if _valid(table, row):
            return row
    return None


def _valid(table: str, row: Table) -> bool:
    first, second = getattr(TABLES[table], "ends", ("", ""))
    if first and row.get(first) == row.get(second):
        return False
    try:
        TABLES[table].model_validate(row)
    except ValidationError:
        return False
    return True


def _consistent(table: str, row: Table, given: Table) -> Table:
    """The row, where it says what cannot be together changed in what was filled in, never in what was given."""
    fresh = given is row  # all of it was made just now
    row = dict(row)
    if table == "manages":
        signature = ("signed_by_both", "signed_on", "signed_by_manager", "signed_by_managed")
        if row.get("in_writing") is False:
            if fresh or given.get("in_writing") is not None:
                for name in signature:
                    if fresh or given.get(name) is None:
                        row[name] = None
            elif any(given.get(name) for name in signature):
                row["in_writing"] = True
            else:
                for name in signature:
                    row[name] = None
        if row.get("fee_changed_on") == [] and row.get("fee_change_retroactive"):
            if given.get("fee_change_retroactive"):
                row["fee_changed_on"] = [DAYS[5]]
            else:
                row["fee_change_retroactive"] = False
    tied = not str(row.get("appraiser_entity") or "_ap").endswith("_ap")
    if table == "fmv_opinions" and row.get("independent") and tied:
        name = "independent" if fresh or given.get("independent") is None else "appraiser_entity"
        row[name] = False if name == "independent" else None
    if table == "manages":
        both = row.get("signed_by_manager") and row.get("signed_by_managed")
        if both and row.get("signed_by_both") is False:
            names = ("signed_by_both", "signed_by_manager", "signed_by_managed")
            name = next(n for n in names if fresh or given.get(n) is None)
            row[name] = True if name == "signed_by_both" else None
    return row


def partial(rng: random.Random, tag: str) -> World:
    """A random small structure around one practice, with unknowns."""
    world = World(tag)
    entity = [
        ("p", "organization", ["practice"]), ("m", "organization", ["mso"]), ("m2", "organization", ["mso"]),
        ("f", "organization", ["private_equity"]), ("h", "organization", ["holding"]),
        ("lab", "organization", ["laboratory"]), ("ap", "organization", ["appraiser"]),
        ("d1", "person", []), ("d2", "person", []), ("l1", "person", []), ("l2", "person", []),
        ("a1", "account", []), ("a2", "account", []),
    ]  # fmt: skip
    unknown = rng.choice([0.1, 0.3, 0.6])
    world.rows["entities"] = []
    for name, kind, roles in entity:
        row = {"id": tag + name, "kind": kind, "roles": roles}
        for column, info in TABLES["entities"].model_fields.items():
            if column not in GIVEN and column not in row and rng.random() >= unknown:
                row[column] = _value(world, "entities", column, info.annotation, rng)
        world.rows["entities"].append(row)
    style = rng.random()
    for register in sorted({register for register, _ in REGISTERS.values()}):
        if style < 0.3 or rng.random() < 0.5:
            world.complete.update((register, e) for e in world.ids())
        elif rng.random() < 0.3:
            world.complete.update((register, e) for e in rng.sample(world.ids(), 4))
    _base(world, rng, unknown)
    tables = [t for t in REGISTERS if t not in ("owns", "operates_in", "manages", "licensed_in")] + ["fee_components"]
    for table in rng.sample(tables, rng.randint(0, 6)):
        for k in range(rng.choice([1, 1, 2])):
            if row := new_row(world, table, rng, unknown, f"_{k}"):
                world.rows.setdefault(table, []).append(row)
    return world


def _base(world: World, rng: random.Random, unknown: float) -> None:
    """States, licenses, owners and agreements: without them few rules have anything to look at."""
    t = world.tag
    for k, state in enumerate(rng.sample(sorted(set(STATES)), rng.choice([1, 1, 2]))):
        world.rows.setdefault("operates_in", []).append({"id": f"{t}site{k}", "entity": t + "p", "state": state})
    here = world.rows["operates_in"][0]["state"]
    for who in ("d1", "d2", "l1"):
        if rng.random() < 0.6:
            row = {"id": f"{t}lic_{who}", "person": t + who, "state": rng.choice([here, here, "NV"])}
            row["profession"] = rng.choice(["physician", "physician", "physician", "chiropractor", "registered_nurse"])
            row["status"] = rng.choice(["active", "active", "active", "lapsed", None])
            world.rows.setdefault("licensed_in", []).append(row)
    pools = {"p": ["d1", "d2", "l1", "f", "m", "h"], "m": ["h", "f", "l1", "d1"], "h": ["f", "l2", "d2", "m"]}
    for owned, pool in pools.items():
        holders = rng.sample(pool, rng.choice([0, 1, 2, 2, 3]))
        cuts = sorted(rng.choice([0, 10, 25, 49, 50, 51, 75, 90, 100]) for _ in holders[1:])
        parts = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
        open_ = ("owners", t + owned) not in world.complete
        for holder, part in zip(holders, parts, strict=False):
            true = int(part * WHOLE / 100 * (rng.choice([1, 1, 0.8]) if open_ else 1))
            share: Interval | None = Interval(true, true)
            if rng.random() < unknown:
                wide = Interval(
                    max(0, true - rng.choice([0, 200_000])), min(WHOLE, true + rng.choice([0, 10, 300_000]))
                )
                share = rng.choice([None, wide])
            row = {"id": f"{t}owns_{holder}_{owned}", "owner": t + holder, "owned": t + owned, "share": share}
            for name in ("encounters_12m", "stipend_only", "governs", "founder_issue", "titular", "passive"):
                if rng.random() >= unknown:
                    row[name] = _value(world, "owns", name, TABLES["owns"].model_fields[name].annotation, rng)
            world.rows.setdefault("owns", []).append(row)
    for k in range(rng.choice([0, 1, 1, 1, 2])):
        row_ = new_row(world, "manages", rng, unknown, f"_{k}")
        if row_:
            row_.update(manager=t + rng.choice(["m", "m", "m2"]), managed=t + "p")
            row_["valid_from"] = rng.choice([None, *DAYS])
            world.rows.setdefault("manages", []).append(row_)


def completion(world: World, rng: random.Random) -> World:
    """A random world in which more is known: unknown fields filled in, rows added where registers are open."""
    full = world.copy()
    share_of = rng.choice([0.5, 1, 1])
    for table, listed in full.rows.items():
        for k, row in enumerate(listed):
            listed[k] = _filled(full, table, row, rng, share_of)
    additions = rng.choice([0.0, 0.3, 0.8])
    for table in REGISTERS:
        if table == "owns" or rng.random() >= additions:
            continue
        for k in range(rng.choice([1, 1, 2])):
            row_ = new_row(full, table, rng, 0.1, f"+{k}")
            if row_ and table == "manages":
                row_.update(managed=full.tag + "p", manager=full.tag + rng.choice(["m", "m2", "h", "d1"]))
            if row_ and _may_be_missing(world, full, table, row_):
                full.rows.setdefault(table, []).append(row_)
    _shares(full, rng, additions)
    return full


def _may_be_missing(world: World, full: World, table: str, row: Table) -> bool:
    register, names = REGISTERS[table]
    parties = {row[name] for name in names if row.get(name)}
    if table == "fmv_opinions":
        about = next((r for r in full.rows.get("manages", []) if r["id"] == row["about"]), None)
        parties = {about["managed"], about["manager"]} if about else set()
    if table in ("signs_on", "deposits_to", "held_by"):
        parties |= {r["holder"] for r in full.rows.get("held_by", []) if r["account"] == row["account"]}
    return not any((register, party) in world.complete for party in parties)


def _filled(world: World, table: str, row: Table, rng: random.Random, share_of: float) -> Table:
    components = {r["agreement"] for r in world.rows.get("fee_components", [])}
    titular = {e["id"]: e.get("titular") for e in world.rows["entities"]}
    for _ in range(50):
        new = dict(row)
        for name, info in TABLES[table].model_fields.items():
            column = info.alias or name
            explicit = column == "status" and table == "licensed_in" and "status" in row
            if column in DATES and any(row.get(date) for date in DATES):
                continue  # one date is a period of one day: the others are not unknown
            if column in GIVEN or is_share(info.annotation) or row.get(column) is not None or info.is_required():
                continue
            if table == "licensed_in" and column == "status" and not explicit:
                continue
            if table == "manages" and column == "fee_basis" and row["id"] in components:
                continue  # the parts of the fee say it
            if table == "owns" and column == "titular" and titular.get(row["owner"]) is not None:
                continue  # what is recorded of the owner is said of each holding that says nothing else
            if rng.random() < share_of:
                new[column] = _value(world, table, column, info.annotation, rng)
        new = _consistent(table, new, row)
        if _valid(table, new):
            return new
    return dict(row)


def _shares(world: World, rng: random.Random, additions: float) -> None:
    """Choose a share for every holding so that together they are the whole, or less where owners may be missing."""
    by: dict[str, list[Table]] = {}
    for row in world.rows.get("owns", []):
        by.setdefault(row["owned"], []).append(row)
    for owned in world.ids("organization"):
        listed = by.get(owned, [])
        open_ = ("owners", owned) not in world.complete
        low = [row["share"].low if row.get("share") else 0 for row in listed]
        high = [row["share"].high if row.get("share") else WHOLE for row in listed]
        left = WHOLE - sum(low)
        new = list(low)
        if open_:
            left = rng.choice([left, left, rng.randint(0, max(left, 0))])
        for k in rng.sample(range(len(listed)), len(listed)):
            step = min(left, high[k] - low[k])
            step = rng.choice([step, step, rng.randint(0, max(step, 0)), step // 2])
            new[k] += step
            left -= step
        for k in range(len(listed)):  # what must be reached is
            if open_:
                break
            step = min(left, high[k] - new[k])
            new[k] += step
            left -= step
        for row, share in zip(listed, new, strict=True):
            row["share"] = Interval(share, share)
        free = WHOLE - sum(new)
        if open_ and free > 0 and rng.random() < additions:
            taken = {row["owner"] for row in listed} | {owned}
            others = [e for e in world.ids("person", "organization") if e not in taken and not e.endswith("_ap")]
            part = rng.choice([free, free, free // 2])
            if part:
                row = {"id": f"{owned}+owner", "owner": rng.choice(others), "owned": owned}
                world.rows.setdefault("owns", []).append({**row, "share": Interval(part, part)})


@cache
def _empty(table: str) -> pl.DataFrame:
    return empty_frame(table)


def graph(worlds: list[World], **options: Any) -> Graph:
    """One graph of several structures side by side. Their rows have been validated where they were made."""
    tables: dict[str, pl.DataFrame] = {}
    for table, model in TABLES.items():
        rows = [row for world in worlds for row in world.rows.get(table, [])]
        if table == "complete":
            rows = [{"id": f"c:{r}:{e}", "register": r, "entity": e} for w in worlds for r, e in sorted(w.complete)]
        if not rows:
            tables[table] = _empty(table)
            continue
        made: list[Row] = [model.model_construct(**row) for row in rows]
        tables[table] = to_frame(model, made).with_columns(
            pl.lit(None, dtype=pl.Int32).alias(FILE), pl.lit(None, dtype=pl.Int64).alias(LINE)
        )
    return Graph(Structure(tables), AS_OF, **options)
