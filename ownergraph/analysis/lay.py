"""Whether those who control a practice are physicians."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

from ownergraph.analysis.control import Proof
from ownergraph.model.vocabulary import INVESTOR_ROLES

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

REGISTERS = ("owners", "agreements", "proxies", "transfer_restrictions", "boards", "documents")
"""Registers whose missing rows could give somebody control."""

SCHEMA: dict[str, Any] = {
    "practice": pl.String, "state": pl.String, "cpom_weight": pl.Int64, "cpom_weight_stated": pl.Int64,
    "controller": pl.String, "tier": pl.Int64, "mechanism": pl.String, "certain": pl.Boolean, "ultimate": pl.Boolean,
    "ring": pl.List(pl.String), "controller_is_physician": pl.Boolean, "controller_class": pl.String,
    "proof": pl.List(pl.String), "tier_note": pl.String,
}  # fmt: skip


def controllers(g: "Graph") -> pl.DataFrame:
    """Everyone who controls or may control a practice, for each of its states.

    Columns as in SCHEMA: `certain` is true or null (possible). `controller_is_physician` is nullable: a person's
    license in the state; for an organization whether physicians licensed in the state together control it, except
    that an investor (fund, private equity, REIT, lender) is none whoever owns it; for a group whether any member is a
    physician. Where no single party controls, but those who are certainly no physicians together do, they are one row.
    Complexity: one group fixpoint a state, and one minimal proof a row.
    """
    rows = []
    for practice, state, weight, stated in _cases(g).iter_rows():
        physicians = Physicians.of(g, state)
        found = g.control.of(practice)
        seen = False
        for one in found:
            physician, label = physicians.classify(one.id)
            seen |= one.certain and physician is False
            proof = list(g.control.proof(one.id, practice).rows)
            note = "" if one.tier == 1 else ": every element of a named test is recorded"
            rows.append(
                (
                    practice, state, weight, stated, one.id, one.tier, one.mechanism, True if one.certain else None,
                    one.ultimate, list(one.ring), physician, label, proof, note,
                )
            )  # fmt: skip
        if not seen and (joint := physicians.lay_together(practice)):
            who, proof = joint
            label = "none of them a physician, together"
            rows.append(
                (practice, state, weight, stated, who, 1, "owned votes", True, True, [], False, label, proof, "")
            )
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _cases(g: "Graph") -> pl.DataFrame:
    return (
        g.practice_states.filter(pl.col("state").is_not_null())
        .select("practice", "state", "cpom_weight", "cpom_weight_stated")
        .collect(engine="in-memory")
    )


class Physicians:
    """Physicians of one state as a group, and everyone's class with regard to it."""

    def __init__(self, g: "Graph", state: str) -> None:
        self.g, self.state = g, state
        self._with: dict[tuple[str, ...], frozenset[str]] = {}
        self.physician, self.licensed = self._known()

    def _known(self) -> tuple[dict[str, bool | None], dict[str, bool | None]]:
        """Whether each entity is a physician licensed in the state, and whether it has any health license there."""
        people = self.g.entities.lazy().select(pl.col("id").alias("person")).with_columns(state=pl.lit(self.state))
        facts = self.g.with_license(people, "person").collect(engine="in-memory")
        who = facts["person"].to_list()
        physician, licensed = (facts[f"person_{name}"].to_list() for name in ("physician", "licensed"))
        return dict(zip(who, physician, strict=True)), dict(zip(who, licensed, strict=True))

    @staticmethod
    def of(g: "Graph", state: str) -> "Physicians":
        """The one of the graph, made once."""
        return g.once(("physicians", state), lambda: Physicians(g, state))

    @cached_property
    def _maybe(self) -> list[str]:
        """Physicians, those who may be, and organizations that a physician not listed may control."""
        # an organization whose owners are not recorded may be a physician's; an investor is none whoever owns it
        unknown = [who for who in self.g.control.may_be_held_by_others if not self._investor(who)]
        return sorted([who for who, yes in self.physician.items() if yes is not False] + unknown)

    @cached_property
    def _controlled(self) -> tuple[frozenset[str], frozenset[str]]:
        """What physicians together certainly control, and what they may."""
        certain = [who for who, yes in self.physician.items() if yes]
        unknown = [who for who in self._maybe if self.g.kind_of[who] != "person"]
        reached = self.g.control.reached
        return reached(certain, "certain"), reached(self._maybe, "possible") | frozenset(unknown)

    def may_control_with(self, others: tuple[str, ...], who: str) -> bool:
        """Whether physicians, with what `others` hold, may control `who`."""
        if others not in self._with:
            self._with[others] = self.g.control.reached([*self._maybe, *others], "possible")
        return who in self._with[others]

    def _investor(self, who: str) -> bool:
        return bool(set(self.g.roles_of[who]) & set(INVESTOR_ROLES))

    def classify(self, who: str) -> tuple[bool | None, str]:
        """Whether a controller counts as a physician in the state, and how to call it."""
        if who.startswith("group:"):
            each = [self.classify(member)[0] for member in who.removeprefix("group:").split("+")]
            return True if True in each else None if None in each else False, "acting together"
        kind, state = self.g.kind_of[who], self.state
        if kind == "person":
            physician, licensed = self.physician[who], self.licensed[who]
            if physician:
                return True, f"a physician licensed in {state}"
            if physician is None:
                return None, f"a person whose licenses in {state} are not recorded"
            return (
                False,
                f"licensed in {state} but no physician" if licensed else f"a person without a license in {state}",
            )
        if self._investor(who):
            return False, "an investor"
        roles = self.g.roles_of[who]
        name = (
            "a practice" if "practice" in roles else "a management company" if "mso" in roles else f"a company ({kind})"
        )
        certain, possible = self._controlled
        if who in certain:
            return True, f"{name} that physicians licensed in {state} control"
        if who in possible:
            return None, f"{name} whose owners or their licenses are not all recorded"
        return False, f"{name} that physicians licensed in {state} do not control"

    @cached_property
    def _lay(self) -> tuple[list[str], frozenset[str]]:
        """Those who are certainly no physicians, and what they together certainly control."""
        kind_of = self.g.kind_of
        lay = [who for who, yes in self.physician.items() if yes is False and kind_of[who] == "person"]
        lay += [who for who in kind_of if self._investor(who)]
        return lay, self.g.control.reached(lay, "certain")

    @cached_property
    def _lay_proof(self) -> Callable[[str], Proof]:
        return self.g.control.group_prover(self._lay[0])

    def lay_together(self, practice: str) -> tuple[str, list[str]] | None:
        """Those who are certainly no physicians, where they together control the practice, and the proof."""
        members, reached = self._lay
        if practice not in reached:
            return None
        proof = self._lay_proof(practice)
        used = {end for row in proof.rows for end in self.g.ends_of(row)} & set(members)
        return "group:" + "+".join(sorted(used)), list(proof.rows)


def closed(g: "Graph") -> pl.DataFrame:
    """Whether every register that could give control is complete, for each practice and all that are above it.

    Columns: practice, control_closed, open_registers (names, joined). Owners whose shares add up to the whole close
    their register. O(practices x what is above them).
    """
    rows = []
    for practice in sorted(set(_cases(g)["practice"])):
        names = open_registers(g, practice)
        rows.append((practice, not names, ", ".join(r.replace("_", " ") for r in REGISTERS if r in names)))
    schema = {"practice": pl.String, "control_closed": pl.Boolean, "open_registers": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def open_registers(g: "Graph", entity: str) -> frozenset[str]:
    """Registers that could give somebody not listed control of `entity`, of it and of all above it; once for each.

    A paper that moves votes, and whose holder or company is not recorded, leaves the documents open.
    """
    return g.once(("open registers", entity), lambda: _open_registers(g, entity))


def _open_registers(g: "Graph", entity: str) -> frozenset[str]:
    loose = g.loose_papers
    return frozenset(
        register
        for who in (entity, *g.control.above(entity))
        if g.kind_of.get(who) != "person"
        for register in REGISTERS
        if (register == "documents" and who in loose)
        or not (g.is_complete(register, who) or (register == "owners" and g.control.is_whole(who)))
    )
