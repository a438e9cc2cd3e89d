"""Short forms on entities, as `kind: physician` and `licensed_in: CA`, written out as rows of their tables."""

from typing import Any, get_args

from ownergraph.ingest.fields import INLINE, is_empty, is_unknown, plain_word, split
from ownergraph.ingest.problems import Problems, hint, shown
from ownergraph.ingest.rows import Inputs, Raw
from ownergraph.model.vocabulary import PROFESSIONS, Kind, Role

KINDS: tuple[str, ...] = get_args(Kind)
ROLES: tuple[str, ...] = get_args(Role)
MEANT = {
    "company": "organization", "corporation": "organization", "individual": "person", "people": "person",
    "doctor": "physician", "bank_account": "account", "private_equity_fund": "private_equity",
}  # fmt: skip
"""Familiar words, of which only `company` is taken; the others are suggested."""


def expand(raw: Raw, inputs: Inputs, problems: Problems) -> list[Raw]:
    """Rows of other tables that an entity's short forms stand for; the entity itself is changed in place.

    A short form that cannot be understood is recorded as a problem, and leaves no row.
    """
    return _Entity(raw, inputs, problems).expand()


class _Entity:
    def __init__(self, raw: Raw, inputs: Inputs, problems: Problems) -> None:
        self.raw, self.inputs, self.problems = raw, inputs, problems
        self.inline = {name: raw.values.pop(name) for name in INLINE if name in raw.values}
        self.inline = {name: value for name, value in self.inline.items() if not is_empty(value)}
        self.rows: list[Raw] = []
        identity = raw.values.get("id")
        self.id = "" if is_empty(identity) or is_unknown(identity) else str(identity).strip()

    def say(self, name: str, message: str) -> None:
        spot = self.raw.spots.get(name, self.raw.line)
        self.problems.add(self.inputs.spot(self.raw.file, spot), "entities", name, message)

    def row(self, table: str, field: str, values: dict[str, Any], named: dict[str, str]) -> None:
        """Add a row that `field` stands for; `named` says which inline field filled which field of the row."""
        spot = self.raw.spots.get(field, self.raw.line)
        line = spot if isinstance(spot, int) else self.raw.line
        spots = {name: self.raw.spots[inline] for name, inline in named.items() if inline in self.raw.spots}
        if not is_empty(source := self.raw.values.get("source")):
            values["source"] = source
        if self.id:
            self.rows.append(Raw(table, self.raw.file, line, values, spots))

    def expand(self) -> list[Raw]:
        written = self.raw.values.get("kind")
        kind, profession = self.kind()
        if "profession" in self.inline and not is_unknown(self.inline["profession"]):
            profession = self.inline["profession"]
        self.licenses(kind, profession, shown(written))
        self.states()
        self.holders(kind)
        self.complete()
        return self.rows

    def kind(self) -> tuple[str, Any]:
        """The kind and the profession that the word under `kind` stands for."""
        values = self.raw.values
        if is_empty(values.get("kind")) or is_unknown(values["kind"]):
            return "", None
        word = plain_word(str(values["kind"]))
        if word in KINDS:
            values["kind"] = word
            return word, None
        if word == "company":
            values["kind"] = "organization"
            return "organization", None
        if word in PROFESSIONS:
            values["kind"] = "person"
            return "person", word
        if word in ROLES:
            values["kind"] = "organization"
            given = [] if is_empty(values.get("roles")) or is_unknown(values["roles"]) else split(values["roles"])
            values["roles"] = [word, *(role for role in given if plain_word(str(role)) != word)]
            return "organization", None
        options = [*KINDS, "company", *ROLES, *PROFESSIONS]
        meant = f'; did you mean "{MEANT[word]}"?' if word in MEANT else hint(
            word, options, f"write one of {', '.join(KINDS)}, a role as practice or mso, or a profession as physician"
        )  # fmt: skip
        self.say("kind", f"unknown kind {shown(values['kind'])}{meant}")
        values["kind"] = "organization"  # so that no second problem is made of it
        self.raw.broken = True
        return "", None

    def licenses(self, kind: str, profession: Any, written: str) -> None:
        states = self.inline.get("licensed_in")
        if states is None or is_unknown(states):
            if profession is not None:
                self.say(
                    "kind" if "profession" not in self.inline else "profession",
                    f"a {plain_word(str(profession))} without a state; licenses are a state's: write licensed_in: CA "
                    "(or a list of states), licensed_in: [] for one who holds no license, or kind: person where it "
                    "is not known",
                )
            elif "license_status" in self.inline:
                self.say("license_status", "the license is missing; write licensed_in and profession, too")
            return
        if kind not in ("person", ""):
            self.say("licensed_in", f"only persons hold professional licenses, and this is kind {written}; "
                     "write facility_licenses for those of a facility, operates_in for where it works")  # fmt: skip
            return
        listed = split(states)
        if not listed:
            self.row("complete", "licensed_in", {"register": "licenses", "entity": self.id}, {})
            return
        if profession is None:
            self.say("licensed_in", "of which profession is missing; write profession: physician, or kind: physician")
            return
        for state in listed:
            values = {"person": self.id, "state": state, "profession": profession}
            if "license_status" in self.inline:
                values["status"] = self.inline["license_status"]
            named = {"state": "licensed_in", "profession": "profession", "status": "license_status"}
            self.row("licensed_in", "licensed_in", values, named)

    def states(self) -> None:
        states = self.inline.get("operates_in")
        if states is None or is_unknown(states):
            return
        listed = split(states)
        if not listed:
            self.row("complete", "operates_in", {"register": "states", "entity": self.id}, {})
        for state in listed:
            self.row("operates_in", "operates_in", {"entity": self.id, "state": state}, {"state": "operates_in"})

    def holders(self, kind: str) -> None:
        holders = self.inline.get("held_by")
        if holders is None or is_unknown(holders):
            return
        if kind != "account":
            if kind:
                self.say("held_by", "only accounts are held by someone; write kind: account, or a row of owns")
            return
        for holder in split(holders):
            self.row("held_by", "held_by", {"account": self.id, "holder": holder}, {"holder": "held_by"})

    def complete(self) -> None:
        registers = self.inline.get("complete")
        if registers is None or is_unknown(registers):
            return
        for register in split(registers):
            self.row("complete", "complete", {"register": register, "entity": self.id}, {"register": "complete"})
