"""What is worked out and stands in the graph with `derived: true`: control, ownership, money, practice and state.

Queries read here what Cypher cannot say by itself (joint control adds up votes until nothing changes) and what has one
definition that several rules use. Each function gives maps with `from` and `to` (keys) and `p` (properties).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal

import polars as pl

from ownergraph.analysis.lay import Physicians, open_registers
from ownergraph.graphdb.rows import prepared
from ownergraph.graphdb.shape import ENTITY, GROUP, STATE, key
from ownergraph.graphdb.shares import SIZES, in_words, size
from ownergraph.model.vocabulary import INVESTOR_ROLES
from ownergraph.rules.cpom_own._lay import lay_shares, workplaces
from ownergraph.rules.parties import _Licensed, with_physician_managers

if TYPE_CHECKING:
    from ownergraph.analysis import Graph

Link = dict[str, Any]
PROVED: Final = 5_000
"""Pairs of control up to which each brings its proof; of more only those whose controlled party is a practice."""


@dataclass(frozen=True)
class Derived:
    """Relationships of one type that are worked out.

    Attributes:
        type: of the relationship.
        start: label of the node at its start.
        end: label of the node at its end.
        links: gives them.
    """

    type: str
    start: str
    end: str
    links: Callable[[], Iterable[Link]]


def _props(row: dict[str, Any], without: Iterable[str] = ()) -> dict[str, Any]:
    left_out = set(without)
    return {k: v for k, v in row.items() if v is not None and k not in left_out and not k.startswith("_")}


def _link(name: str, first: str, second: str, number: object, p: dict[str, Any]) -> Link:
    identity = f"{first}>{second}" if number is None else f"{first}>{second}#{number}"
    p = {**p, "derived": True, "structure": name, "key": key(name, identity)}
    return {"from": key(name, first), "to": key(name, second), "p": p}


def of_frame(name: str, frame: pl.DataFrame, first: str, second: str) -> Iterator[Link]:
    """A relationship a row of a frame, from the entity of one column to that of another; the rest are properties."""
    keep = [c for c, dtype in frame.schema.items() if not _nested(dtype)]
    for number, row in enumerate(frame.select(keep).iter_rows(named=True)):
        if row[first] is not None and row[second] is not None:
            yield _link(name, row[first], row[second], number, _props(row, ("src", "dst")))


def _nested(dtype: Any) -> bool:
    return isinstance(dtype, pl.Struct) or (isinstance(dtype, pl.List) and isinstance(dtype.inner, pl.Struct))


def groups(g: "Graph", name: str) -> Iterator[dict[str, Any]]:
    """Nodes of groups: families, parties that act in concert, and those who together control a practice."""
    seen: dict[str, list[str]] = {group.id: sorted(group.members) for group in g.control.groups}
    for who in g.controllers["controller"]:
        if who.startswith("group:"):
            seen.setdefault(who, who.removeprefix("group:").split("+"))
    for who, members in sorted(seen.items()):
        yield {
            "id": who, "structure": name, "key": key(name, who), "members": members, "name": g.name(who),
            "derived": True,
        }  # fmt: skip


def _members(g: "Graph", name: str) -> Iterator[Link]:
    for group in groups(g, name):
        for member in group["members"]:
            yield _link(name, member, group["id"], None, {})


def _controls(g: "Graph", name: str, of_groups: bool) -> Iterator[Link]:
    pairs = g.control.pairs
    proved = None if pairs.height <= PROVED else set(g.entities.filter(pl.col("roles").list.contains("practice"))["id"])
    ultimate = {
        (one.id, one.controlled): one
        for entity in pairs["controlled"].unique()
        if proved is None or entity in proved
        for one in g.control.of(entity)
    }
    for row in pairs.iter_rows(named=True):
        x, y = row["controller"], row["controlled"]
        if x.startswith("group:") is not of_groups:
            continue
        p = _props(row, ("controller", "controlled"))
        if one := ultimate.get((x, y)):
            p |= {"evidence_ids": list(g.control.proof(x, y).rows), "ultimate": one.ultimate, "ring": list(one.ring)}
        yield _link(name, x, y, None, p)


def _controllers(g: "Graph", name: str, of_groups: bool) -> Iterator[Link]:
    for row in g.controllers.iter_rows(named=True):
        if row["controller"].startswith("group:") is of_groups:
            left_out = (
                "controller",
                "practice",
                "cpom_weight",
                "cpom_weight_stated",
                "proof",
                "controller_is_physician",
            )
            p = {**_props(row, left_out), "evidence_ids": row["proof"]}
            if row["controller_is_physician"] is not None:
                p["physician"] = row["controller_is_physician"]
            yield _link(name, row["controller"], row["practice"], row["state"], p)


def _owned(g: "Graph", name: str) -> Iterator[Link]:
    owned = g.ownership.rows["owned"].unique().sort()
    for company in owned:
        for row in g.ownership.of(company).iter_rows(named=True):
            yield _link(name, row["holder"], company, None, _props(row, ("holder",)))


def _by_size(g: "Graph", name: str) -> dict[str, list[Link]]:
    """Holdings in force, by the type that tells their size."""
    found: dict[str, list[Link]] = {}
    columns = ("id", "owner", "owned", "min_pct", "max_pct", "instrument")
    held = prepared(g.structure, "owns", g.as_of).filter(pl.col("in_force")).select(columns)
    for row in held.iter_rows(named=True):
        p = _props(row, ("id", "owner", "owned"))
        p |= {"holding": row["id"], "share": in_words(row["min_pct"], row["max_pct"])}
        link = _link(name, row["owner"], row["owned"], row["id"], p)
        found.setdefault(size(row["min_pct"]).type, []).append(link)
    return found


def _practice_states(g: "Graph") -> pl.DataFrame:
    return g.practice_states.filter(pl.col("state").is_not_null()).collect(engine="in-memory")


def _classed(g: "Graph", name: str, of_groups: bool) -> Iterator[Link]:
    """For each state of a practice and each entity that is no person: whether physicians, or licensees, control it."""
    states = sorted(set(_practice_states(g)["state"]))
    if of_groups:
        who = [group["id"] for group in groups(g, name)]
    else:
        who = [one for one, kind in g.kind_of.items() if kind not in ("person", "account")]
    for state in states:
        physicians, licensed = Physicians.of(g, state), _Licensed(g, state)
        for one in who:
            yes, label = physicians.classify(one)
            holds = licensed.classify(one)[0]
            p = _props({"physician": yes, "licensed": holds, "class": label})
            yield _link(name, one, state, None, p)


def _judged(g: "Graph", name: str) -> Iterator[Link]:
    """For each practice and state: the lay part of its owners as an interval; whether physicians run its manager."""
    rows = g.practice_states.filter(pl.col("state").is_not_null())
    lay = lay_shares(g, rows)
    both = with_physician_managers(g, rows.select("practice", "state", "practice_exempt")).join(
        lay.lazy(), on=["practice", "state"], how="left"
    )
    frame = both.collect(engine="in-memory").sort("practice", "state")
    for row in frame.iter_rows(named=True):
        p = _props(row, ("practice", "state", "lay_share_min", "lay_share_max", "chain"))
        p |= {"evidence_ids": row["chain"] or []}
        yield _link(name, row["practice"], row["state"], None, p)


def _lay_parts(g: "Graph", name: str) -> Iterator[Link]:
    """For each practice, manager and employer, in each state where it works, or may: its lay part as an interval.

    A state of its own; else of a practice that it manages; else one in which somebody whom it employs is licensed.
    """
    places = workplaces(g).select("employer", "state")
    employs = g.relations["EMPLOYS"].lazy().select("employer", person="employee")
    who = [
        employs.select("employer"),
        g.relations["MANAGES"].lazy().select(employer="manager"),
        g.entities.lazy().filter(pl.col("roles").list.contains("practice")).select(employer="id"),
    ]
    homeless = employs.join(places, on="employer", how="anti").join(
        g.relations["LICENSED_IN"].lazy().select("person", "state"), on="person"
    )
    asked = pl.concat([places.join(pl.concat(who), on="employer", how="semi"), homeless.select("employer", "state")])
    rows = asked.select("state", practice="employer").drop_nulls().unique()
    for row in lay_shares(g, rows).sort("practice", "state").iter_rows(named=True):
        p = {"lay_low": row["lay_low"], "lay_high": row["lay_high"], "evidence_ids": row["chain"] or []}
        yield _link(name, row["practice"], row["state"], None, p)


def _returns(g: "Graph", name: str) -> Iterator[Link]:
    yield from of_frame(name, g.returns.pairs, "receiver", "referrer")


def relationships(g: "Graph", name: str) -> list[Derived]:
    """All relationships that are worked out. Each costs what its analysis costs, when its links are asked for."""
    held = cache(lambda: _by_size(g, name))

    def of_size(type_: str) -> Callable[[], list[Link]]:
        return lambda: held().get(type_, [])

    return [
        Derived("IN_GROUP", ENTITY, GROUP, lambda: _members(g, name)),
        Derived("CONTROLS", ENTITY, ENTITY, lambda: _controls(g, name, False)),
        Derived("CONTROLS", GROUP, ENTITY, lambda: _controls(g, name, True)),
        Derived("CONTROLS_PRACTICE", ENTITY, ENTITY, lambda: _controllers(g, name, False)),
        Derived("CONTROLS_PRACTICE", GROUP, ENTITY, lambda: _controllers(g, name, True)),
        Derived("MOVES_VOTES", ENTITY, ENTITY, lambda: of_frame(name, g.control.votes.moves, "mover", "company")),
        Derived("ULTIMATELY_OWNS", ENTITY, ENTITY, lambda: _owned(g, name)),
        *(Derived(one.type, ENTITY, ENTITY, of_size(one.type)) for one in SIZES),
        Derived("CLASSED_IN", ENTITY, STATE, lambda: _classed(g, name, False)),
        Derived("CLASSED_IN", GROUP, STATE, lambda: _classed(g, name, True)),
        Derived("JUDGED_IN", ENTITY, STATE, lambda: _judged(g, name)),
        Derived("LAY_PART_IN", ENTITY, STATE, lambda: _lay_parts(g, name)),
        Derived("REFERRAL", ENTITY, ENTITY, lambda: of_frame(name, g.referrals, "referrer", "receiver")),
        Derived("SIDE_OF", ENTITY, ENTITY, lambda: of_frame(name, g.referral_sides, "party", "referrer")),
        Derived("VALUE_FLOWS", ENTITY, ENTITY, lambda: of_frame(name, g.flows, "giver", "taker")),
        Derived("VALUE_RETURNS", ENTITY, ENTITY, lambda: _returns(g, name)),
        Derived("MOVES_WITH_REFERRALS", ENTITY, ENTITY, lambda: of_frame(name, g.volume.pairs, "receiver", "referrer")),
        Derived("FINANCIAL_RELATIONSHIP", ENTITY, ENTITY, lambda: of_frame(name, g.relationships, "party", "receiver")),
    ]


def entity_facts(g: "Graph") -> dict[str, dict[str, Any]]:
    """Facts of entities that are worked out: for each its properties.

    `control_closed`: whether nobody who is not listed can control it, and `open_registers` why not; `owners_whole`:
    whether the listed owners certainly have all votes; `others_may_control`: whether somebody not listed may.
    O(entities x what is above them).
    """
    others = g.control.may_be_held_by_others
    found: dict[str, dict[str, Any]] = {}
    for who in g.ids:
        open_ = sorted(open_registers(g, who))
        found[who] = {
            "control_closed": not open_, "open_registers": open_, "owners_whole": g.control.is_whole(who),
            "others_may_control": who in others,
            "investor": bool(set(g.roles_of[who]) & set(INVESTOR_ROLES)),
        }  # fmt: skip
    return found


def defended(g: "Graph") -> dict[str, dict[str, list[str]]]:
    """For each row that a complete and verified defense clears, two properties.

    `defended`: the laws (stark, aks) of such defenses; `defended_by`: their ids, sorted. O(rows that may be defended).
    """
    found: dict[str, dict[str, list[str]]] = {}
    laws: tuple[Literal["aks", "stark"], ...] = ("aks", "stark")
    for law in laws:
        for row in g.defenses.excused(law):
            told = found.setdefault(row, {"defended": [], "defended_by": []})
            told["defended"].append(law)
            told["defended_by"] += sorted({one.id for one in g.defenses.of(row, law) if one.excuses})
    return found
