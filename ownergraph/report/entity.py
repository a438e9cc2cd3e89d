"""One entity on a page: who it is, who is above and below it, who controls it and why."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from ownergraph.analysis import Graph
from ownergraph.analysis.control import Controller
from ownergraph.analysis.fixpoint import ControlTooLarge
from ownergraph.analysis.holdings import OverOwnedError
from ownergraph.analysis.moves import how
from ownergraph.audit.evidence import Namer, chains, evidence_of, fee
from ownergraph.audit.labels import words
from ownergraph.model import WHOLE, show_share
from ownergraph.report.safe import clean

WIDTH = 100
DEPTH = 8
"""Levels of owners or holdings that are drawn."""
ROWS = 30
"""Lines of a list, or branches of one entity, that are drawn."""
LINES = 400
"""Lines of a tree that are drawn."""

Side = Literal["above", "below"]


class _Names(Namer):
    def __init__(self, g: Graph) -> None:
        super().__init__()
        self.g = g

    def __call__(self, entity: str) -> str:
        return clean(self.g.name(entity or None))


def entity_page(g: Graph, entity: str) -> str:
    """The page of `ownergraph show`.

    Args:
        g: the graph.
        entity: its id.

    Raises:
        KeyError: no such entity.

    Complexity: O(what is above and below), and what control costs.
    """
    number = g.ids[entity]
    row = g.entities.row(number, named=True)
    name = _Names(g)
    lines = [*_head(g, row, name), ""]
    if row["kind"] != "person":
        lines += ["OWNERS", *_Tree(g, name, "above").of(entity), ""]
    lines += ["HOLDINGS", *_Tree(g, name, "below").of(entity), ""]
    lines += ["MANAGEMENT", *_management(g, entity, name), ""]
    who: Literal["holder", "company"] = "company"
    if row["kind"] != "person":
        who = "holder"
        lines += ["RIGHTS OVER ITS VOTES", *_rights(g, entity, name), ""]
    try:
        if row["kind"] != "person":
            lines += ["CONTROLLED BY", *_controllers(g, entity, name), ""]
        lines += ["CONTROLS", *_controlled(g, entity, name), ""]
    except ControlTooLarge as error:
        lines += ["CONTROL", *_wrap(f"Not worked out: {error}.", 3), ""]
    lines += ["ULTIMATE OWNERS" if who == "holder" else "ULTIMATE HOLDINGS", *_ultimate(g, entity, name, who)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _wrap(text: str, indent: int = 0, hang: int | None = None) -> list[str]:
    return textwrap.wrap(
        clean(text), WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent if hang is None else hang),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


# --- who it is ------------------------------------------------------------------------------------------------------


def _head(g: Graph, row: dict[str, Any], name: Namer) -> Iterator[str]:
    yield name(row["id"])
    yield "=" * min(WIDTH, len(name(row["id"])))
    kind = ", ".join([row["kind"], *(words(role) for role in row["roles"] or [])])
    formed = [
        text
        for text in (row["form"], row["state_formed"] and f"formed in {row['state_formed']}", _day(row["formed_on"]))
        if text
    ]
    numbers = ((label, row[field]) for label, field in _NUMBERS)
    facts: list[tuple[str, Iterable[str]]] = [
        ("id", [row["id"]]),
        ("kind", [kind]),
        ("form", formed),
        ("numbers", [f"{label} {value}" for label, value in numbers if value]),
        ("address", [part for part in (row["address"], row["city"], row["home_state"], row["zip"]) if part]),
        ("operates in", _states(g, row["id"])),
        ("licenses", _licenses(g, row["id"])),
        ("source", [row["source"]] if row["source"] else []),
        ("recorded in", [g.structure.where("entities", row["ix"])]),
    ]
    for label, values in facts:
        if text := ", ".join(values):
            yield from _wrap(f"{label + ':':<14}{text}", 0, 14)
    yield f"{'facts as of:':<14}{g.as_of}"


_NUMBERS = (("NPI", "npi"), ("EIN", "ein"), ("CCN", "ccn"), ("PECOS", "pecos_id"), ("LEI", "lei"))


def _day(day: object) -> str | None:
    return f"on {day}" if day else None


def _states(g: Graph, entity: str) -> list[str]:
    states = g.relations["OPERATES_IN"].filter(pl.col("entity") == entity)["state"]
    return sorted(set(states.drop_nulls()))


def _licenses(g: Graph, entity: str) -> list[str]:
    rows = g.relations["LICENSED_IN"].filter(pl.col("person") == entity).sort("state", "profession", "id")
    return [
        f"{words(profession)} in {state} ({status or 'status not recorded'})"
        for profession, state, status in rows.select("profession", "state", "status").iter_rows()
    ]


# --- trees ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Branch:
    """One line of a tree: a holder or a holding with its share, or (without `entity`) a note."""

    text: str
    entity: str | None = None


class _Tree:
    """Owners above or holdings below. A ring is cut where it closes, and each entity is drawn out once.

    O(rows drawn x rows of OWNS): rows are looked up entity by entity, so that a national graph needs no index.
    """

    def __init__(self, g: Graph, name: Namer, side: Side) -> None:
        self.g, self.name, self.side = g, name, side
        self.mine, self.other = ("dst", "owner") if side == "above" else ("src", "owned")
        self.lines: list[str] = []
        self.drawn: set[str] = set()
        self.made: dict[str, list[_Branch]] = {}
        self.deep = False

    def of(self, entity: str) -> list[str]:
        """The tree of an entity, line by line."""
        self._grow(entity, (entity,), "   ")
        if not self.lines:
            if self.side == "below":
                return ["   Nothing is recorded that it holds."]
            closed = self.g.is_complete("owners", entity)
            return ["   It has no owner: the list of owners is complete." if closed else "   No owner is recorded."]
        if len(self.lines) >= LINES:
            self.lines.append(f"   ... cut after {LINES} lines; show one of the companies to see what belongs to it.")
        elif self.deep:
            self.lines.append(f"   ... more than {DEPTH} levels; show one of the last companies to see what is beyond.")
        return self.lines

    def _grow(self, of: str, path: tuple[str, ...], stem: str) -> None:
        branches = self._branches(of)
        for at, branch in enumerate(branches):
            if len(self.lines) >= LINES:
                return
            last, who = at == len(branches) - 1, branch.entity
            note, onward = "", who is not None and bool(self._branches(who))
            if who in path:
                note, onward = " (ring: see above)", False
            elif onward and who in self.drawn:
                note, onward = " (drawn out above)", False
            elif onward and len(path) >= DEPTH:
                note, onward, self.deep = " ...", False, True
            self.lines.append(f"{stem}{'└─ ' if last else '├─ '}{branch.text}{note}")
            if onward and who is not None:
                self.drawn.add(who)
                self._grow(who, (*path, who), stem + ("   " if last else "│  "))

    def _branches(self, of: str) -> list[_Branch]:
        if of not in self.made:
            rows = self.g.relations["OWNS"].filter(pl.col(self.mine) == self.g.ids[of]).rows(named=True)
            found = [
                _Branch(f"{_share(row)}  {self.name(row[self.other])}{_kind(self.g, row[self.other])}", row[self.other])
                for row in sorted(rows, key=lambda r: (-_most(r), self.name(r[self.other]), r["id"] or ""))
            ]
            if (more := len(found) - ROWS) > 0:
                found = [*found[:ROWS], _Branch(f"and {more:,} more, with smaller shares")]
            if self.side == "above" and (rest := _unlisted(self.g, of, rows)):
                found.append(_Branch(rest))
            self.made[of] = found
        return self.made[of]


def _share(row: dict[str, Any]) -> str:
    if row["shares_held"] is not None:
        whole = f" of {row['shares_outstanding']:,}" if row["shares_outstanding"] is not None else ""
        text = f"{row['shares_held']:,}{whole} shares"
    else:
        text = show_share(row["share_min"], row["share_max"])
    if row["votes_min"] is not None and (row["votes_min"], row["votes_max"]) != (row["share_min"], row["share_max"]):
        text += f" ({show_share(row['votes_min'], row['votes_max'])} of votes)"
    if row["share_class"]:
        of = "" if row["class_share_min"] is None else f" {show_share(row['class_share_min'], row['class_share_max'])}"
        text += f" [class {row['share_class']}{of}]"
    return text if row["instrument"] in (None, "equity") else f"{text} ({words(row['instrument'])})"


def _most(row: dict[str, Any]) -> int:
    if row["shares_held"] is not None and row["shares_outstanding"]:
        return int(row["shares_held"] * WHOLE // row["shares_outstanding"])
    return WHOLE if row["share_max"] is None else int(row["share_max"])


def _kind(g: Graph, entity: str) -> str:
    roles = [words(role) for role in g.roles_of[entity]]
    return (
        f" ({', '.join(roles)})" if roles else "" if g.kind_of[entity] == "organization" else f" ({g.kind_of[entity]})"
    )


def _unlisted(g: Graph, entity: str, rows: list[dict[str, Any]]) -> str:
    """What is left for holders that are not listed. Empty where the register is closed."""
    if not rows or g.is_complete("owners", entity):
        return ""
    equity = [row for row in rows if row["instrument"] in (None, "equity")]
    low, high = 0, 0
    for row in equity:
        if row["shares_held"] is not None and row["shares_outstanding"]:
            low += row["shares_held"] * WHOLE // row["shares_outstanding"]
            high += -(-row["shares_held"] * WHOLE // row["shares_outstanding"])
        else:
            low += row["share_min"] or 0
            high += WHOLE if row["share_max"] is None else row["share_max"]
    least, most = max(0, WHOLE - high), max(0, WHOLE - low)
    if most == 0:
        return ""
    shown = f"0-{most / 10_000:g}%" if least == 0 else show_share(least, most)
    return f"not listed: {shown}"


# --- management, rights, control ------------------------------------------------------------------------------------


def _management(g: Graph, entity: str, name: Namer) -> list[str]:
    rows = g.relations["MANAGES"].sort("manager", "managed", "id")
    lines = []
    for mine, other, verb in (("managed", "manager", "managed by"), ("manager", "managed", "manages")):
        found = rows.filter(pl.col(mine) == entity).select(other, "fee_basis", "fee_pct")
        lines += [f"{verb} {name(who)} ({fee(basis, pct)})" for who, basis, pct in found.iter_rows()]
    return _listed(lines, "No management agreement is recorded.")


def _listed(lines: list[str], none: str) -> list[str]:
    more = [f"... and {len(lines) - ROWS:,} more"] if len(lines) > ROWS else []
    return [piece for line in [*lines[:ROWS], *more] or [none] for piece in _wrap(line, 3, 6)]


def _rights(g: Graph, entity: str, name: Namer) -> list[str]:
    rows = g.control.votes.moves.filter(pl.col("company") == entity).sort("mover", "owner", "right", nulls_last=False)
    lines = []
    for right, certain in rows.select("right", "certain").unique(maintain_order=True).iter_rows():
        item = evidence_of(g, right)
        if item is not None:
            how = "" if certain else " (may move votes: what decides is not recorded)"
            lines += [f"{chain}{how}; {item.place}" for chain in chains((item,), name)]
    return _listed(lines, "None is recorded.")


def _label(one: Controller, name: Namer) -> str:
    tier = "votes" if one.tier == 1 else "contract"
    sure = "certain" if one.certain else "possible, where facts are missing"
    top = ", ultimate" if one.ultimate else ""
    ring = f", in a ring with {', '.join(name(m) for m in one.ring if m != one.id)}" if len(one.ring) > 1 else ""
    return f"by {how(one.mechanism)} (tier {one.tier}: {tier}); {sure}{top}{ring}"


def _controllers(g: Graph, entity: str, name: Namer) -> list[str]:
    found = g.control.of(entity)
    lines = []
    for one in found[:ROWS]:
        lines += _wrap(f"{name(one.id)}: {_label(one, name)}", 3, 6)
        rows = g.control.proof(one.id, entity).rows
        proof = tuple(item for row in rows if (item := evidence_of(g, row)) is not None)
        lines += [piece for chain in chains(proof, name) for piece in _wrap(chain, 6, 8)]
    if len(found) > ROWS:
        lines.append(f"   ... and {len(found) - ROWS:,} more")
    return lines or ["   Nobody alone, on the facts given."]


def _controlled(g: Graph, entity: str, name: Namer) -> list[str]:
    rows = g.control.pairs.filter(pl.col("controller") == entity).sort(
        "certain", "controlled", descending=[True, False]
    )
    lines = [
        f"{name(who)}: by {how(mechanism)} (tier {tier}), {'certain' if certain else 'possible'}"
        for who, tier, mechanism, certain in rows.select("controlled", "tier", "mechanism", "certain").iter_rows()
    ]
    return _listed(lines, "Nothing, on the facts given.")


def _ultimate(g: Graph, entity: str, name: Namer, who: Literal["holder", "company"]) -> list[str]:
    try:
        frame = g.ownership.of(entity) if who == "holder" else g.ownership.holdings(entity)
    except OverOwnedError as error:
        ids = g.entities["id"]
        held = ", ".join(
            f"{name(ids[int(c)])} ({s / 10_000:g}%)" for c, s in zip(error.companies, error.sums, strict=True)
        )
        return _wrap(f"Not worked out: holdings add up to more than the whole of {held}. Correct the shares first.", 3)
    rows = [(name(x), _percent(low, high)) for x, low, high in frame.iter_rows()]
    if not rows:
        return ["   None on the facts given."]
    width = min(60, max(len(x) for x, _ in rows[:ROWS]))
    lines = [f"   {x:<{width}}  {share:>12}" for x, share in rows[:ROWS]]
    return [*lines, f"   ... and {len(rows) - ROWS:,} more"] if len(rows) > ROWS else lines


def _percent(low: float, high: float) -> str:
    def shown(value: float) -> str:
        return f"{value:.2f}".rstrip("0").rstrip(".")

    return f"{shown(low)}%" if shown(low) == shown(high) else f"{shown(low)}-{shown(high)}%"
