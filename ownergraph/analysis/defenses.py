"""Stark exceptions and Anti-Kickback safe harbors, element by element, for rows of the input.

They are defenses: whoever relies on one has to show every element. An element is met, not met, or not recorded; one
that is not recorded leaves a result of a rule as it is. Only a defense of which every element is met takes a result
away, and then counsel must confirm it.

What the table `defenses` records about a row comes first; an element that it leaves open is taken from the facts of the
row where they clearly say so (`defense_facts`). A payment under an agreement is covered by what defends the agreement,
a distribution by what defends the payee's holdings in the payer, unless facts of the payment itself say otherwise. What
is paid above what the agreement provides was not set in advance there, nor found fair: these elements are open for it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import polars as pl

from ownergraph.analysis.defense_ends import above_agreement
from ownergraph.analysis.defense_facts import IF_SO, derived, tell
from ownergraph.law.defenses import Defense, defense_scopes, defenses
from ownergraph.law.files import LawError
from ownergraph.model.structure import LINE

if TYPE_CHECKING:
    from ownergraph.analysis.graph import Graph

Law = Literal["stark", "aks"]
c = pl.col

OF_THE_AMOUNT = frozenset(
    (
        "comp_set_in_advance", "rent_set_in_advance", "aggregate_rent_set_in_advance", "aggregate_comp_set_in_advance",
        "methodology_set_in_advance", "compensation_specified", "fmv", "fmv_arms_length", "comp_not_above_fmv",
        "comp_fmv_for_services_actually_provided",
    )
)  # fmt: skip
"""Elements about the amount that an agreement provides: they say nothing of what is paid above it."""


@dataclass(frozen=True)
class CheckedDefense:
    """A defense as far as it is recorded for a row.

    Attributes:
        row: id of the row that is defended.
        about: id of the row that its elements are about: the row itself, its agreement, or a holding.
        id: of the defense.
        citation: where it stands.
        verification: how far its text was verified.
        elements: code of each element, and whether it is met; None where that is not recorded.
        derived: codes of elements that the table `defenses` leaves open, and facts of the row answer.
        relied_on: whether the table `defenses` has it for the row, or for the row that it is about.
        relied_on_by: who relies on it, where that is recorded.
    """

    row: str
    about: str
    id: str
    citation: str
    verification: str
    elements: tuple[tuple[str, bool | None], ...]
    derived: frozenset[str]
    relied_on: bool
    relied_on_by: str | None
    trusted: bool = True
    """Its text was read, or the user trusts what was not."""

    @property
    def met(self) -> bool:
        """Whether every element is recorded as met."""
        return all(value is True for _, value in self.elements)

    @property
    def excuses(self) -> bool:
        """Whether it takes a result away: met, and its elements are verified law. Unverified law clears nothing."""
        return self.met and self.trusted

    def codes(self, value: bool | None) -> tuple[str, ...]:
        """Codes of the elements that are met (True), not met (False), not recorded (None)."""
        return tuple(code for code, met in self.elements if met is value)

    @property
    def rank(self) -> tuple[bool, bool, int, int, str, str, str]:
        """Sort key: what excuses first, all met, then the most met, then the fewest not met."""
        return (
            not self.excuses,
            not self.met,
            -len(self.codes(True)),
            len(self.codes(False)),
            self.id,
            self.row,
            self.about,
        )


@dataclass(frozen=True)
class _Record:
    """A row of the table `defenses`."""

    met: frozenset[str]
    not_met: frozenset[str]
    relied_on_by: str | None

    def get(self, code: str) -> bool | None:
        return True if code in self.met else False if code in self.not_met else None


@dataclass(frozen=True, eq=False)
class _Facts:
    """What the facts of a row say: of elements, and of which defenses it can be about."""

    told: dict[str, bool | None]
    fits: dict[str, bool | None]
    above: bool = False
    """A payment of more than the agreement provides under which it is made."""


_NOTHING = _Facts({}, {})


class Defenses:
    """Defenses of the rows of a graph. Nothing is worked out before it is asked for.

    Args:
        g: the graph.

    Raises:
        LawError: the table `defenses` names a defense or an element that the law tables do not have. `api.load` tells
            this with every other problem; a structure that was made in another way is checked here.
    """

    def __init__(self, g: "Graph") -> None:
        self._g = g
        self._facts: dict[str, _Facts] = {}
        self._alike: dict[tuple[object, ...], _Facts] = {}
        """Rows with the same answers share them, and what follows from them."""
        self._known: dict[tuple[object, ...], list[CheckedDefense]] = {}
        self._recorded: dict[str, dict[str, _Record]] = {}
        known, faults = defenses(), []
        for number, row in enumerate(g.structure.tables["defenses"].iter_rows(named=True)):
            met, not_met = frozenset(row["met"] or ()), frozenset(row["not_met"] or ())
            if row["defense"] not in known:
                faults.append(f'{self._place(number)}: no defense is called "{row["defense"]}"')
            elif strange := sorted((met | not_met) - {e.code for e in known[row["defense"]].elements}):
                faults.append(f"{self._place(number)}: {row['defense']} has no element {', '.join(strange)}")
            record = _Record(met, not_met, row["relied_on_by"])
            self._recorded.setdefault(row["about"], {})[row["defense"]] = record
        if faults:
            raise LawError(faults)

    def _place(self, number: int) -> str:
        if LINE not in self._g.structure.tables["defenses"].columns:
            return f"defenses row {number}"
        return f"{self._g.structure.where('defenses', number)}, defenses"

    # --- facts ------------------------------------------------------------------------------------------------------

    def prepare(self, rows: Iterable[str]) -> None:
        """Work out facts of many rows, and of what they are paid under, at once. O(rows), in columns."""
        wanted: dict[str, set[str]] = {}
        for row in rows:
            for group in self._sources(row):
                for about in group:
                    if about not in self._facts:
                        wanted.setdefault(self._g.rows[about][0] if about in self._g.rows else "", set()).add(about)
        for relation, ids in sorted(wanted.items()):
            self._facts.update(dict.fromkeys(ids, _NOTHING))
            if relation in derived():
                told = tell(self._g, relation, pl.Series(sorted(ids), dtype=pl.String))
                codes = list(derived()[relation])
                names = [name.removeprefix("fits:") for name in told.columns[1 + len(codes) :]]
                more = above_agreement(self._g, told["id"]) if relation == "PAYS" else frozenset()
                for row, *values in told.iter_rows():
                    key = (relation, row in more, *values)
                    if key not in self._alike:
                        said, fits = values[: len(codes)], values[len(codes) :]
                        self._alike[key] = _Facts(
                            dict(zip(codes, said, strict=True)), dict(zip(names, fits, strict=True)), row in more
                        )
                    self._facts[row] = self._alike[key]

    def _sources(self, row: str) -> list[list[str]]:
        """The row itself; then groups of rows of which all members have to be defended so that it is."""
        name, number = self._g.rows.get(row, ("", 0))
        if name != "PAYS":
            return [[row]]
        agreement, purpose, payee, payer = self._payments.row(number)
        groups = [[row]]
        if agreement is not None and agreement != row:
            groups.append([agreement])
        if purpose == "distribution" and (held := self._holdings.get((payee, payer))):
            groups.append(held)
        return groups

    @cached_property
    def _payments(self) -> pl.DataFrame:
        return self._g.structure.tables["pays"].select("agreement", "purpose", "payee", "payer")

    @cached_property
    def _holdings(self) -> dict[tuple[str, str], list[str]]:
        """Holdings by owner and company, whatever their time."""
        found: dict[tuple[str, str], list[str]] = {}
        for owner, owned, row in self._g.structure.tables["owns"].select("owner", "owned", "id").iter_rows():
            found.setdefault((owner, owned), []).append(row)
        return found

    # --- answers ----------------------------------------------------------------------------------------------------

    def of(self, row: str, law: Law) -> list[CheckedDefense]:
        """Defenses of a law that are relied on for a row, or that have at least one element met; the best first.

        An element that holds only because its condition is not so (`defense_facts.IF_SO`) brings no defense here.
        O(defenses of the law x their elements).
        """
        self.prepare([row])
        best: dict[str, CheckedDefense] = {}
        for group in self._sources(row):
            for one in self._checked(row, group, law):
                if one.id not in best or one.rank < best[one.id].rank:
                    best[one.id] = one
        return sorted(best.values(), key=lambda d: d.rank)

    def _checked(self, row: str, group: list[str], law: Law) -> list[CheckedDefense]:
        """Defenses of a row that are about a group of rows; worked out once for all that have the same answers."""
        ids = (row, *group)
        said = tuple(one if one in self._recorded else None for one in ids)
        key = (law, group == [row], said, *(id(self._facts.get(one, _NOTHING)) for one in ids))
        if key not in self._known:
            self._known[key] = list(self._work_out(row, group, law))
        return [
            one if (one.row, one.about) == (row, group[0]) else replace(one, row=row, about=group[0])
            for one in self._known[key]
        ]

    def _work_out(self, row: str, group: list[str], law: Law) -> Iterator[CheckedDefense]:
        facts = [self._facts.get(about, _NOTHING) for about in group]
        own = self._facts.get(row, _NOTHING)
        for name in facts[0].fits:
            defense = defenses()[name]
            if defense.law != law:
                continue
            records = [self._recorded.get(about, {}).get(name) for about in group]
            of_row = None if group == [row] else self._recorded.get(row, {}).get(name)
            relied_on = of_row is not None or any(records)
            # what is not known to fit counts only for one who relies on it
            if any(fact.fits.get(name) is False for fact in (own, *facts)):
                continue  # a payment for consulting is not made under the lease that it names
            if not relied_on and not all(fact.fits.get(name) for fact in facts):
                continue
            made = self._elements(defense, records, facts, of_row, own if group != [row] else None)
            if not relied_on and not any(value and code not in IF_SO for code, (value, _) in made.items()):
                continue
            who = next((r.relied_on_by for r in (of_row, *records) if r is not None and r.relied_on_by), None)
            yield CheckedDefense(
                row, group[0], name, defense.citation, defense.verification,
                tuple((code, value) for code, (value, _) in made.items()),
                frozenset(code for code, (value, told) in made.items() if told and value is not None), relied_on, who,
                self._g.trust_unverified or defense.verification != "unverified",
            )  # fmt: skip

    @staticmethod
    def _elements(
        defense: Defense,
        records: list[_Record | None],
        facts: list[_Facts],
        of_row: _Record | None,
        own: _Facts | None,
    ) -> dict[str, tuple[bool | None, bool]]:
        """Whether each element is met, and whether facts rather than the table say so."""
        made: dict[str, tuple[bool | None, bool]] = {}
        for element in defense.elements:
            code = element.code
            said = of_row.get(code) if of_row is not None else None
            told = own.told.get(code) if own is not None else None
            if said is not None:
                made[code] = said, False
            elif told is False:
                made[code] = False, True
            else:
                pairs = [
                    (record.get(code), False)
                    if record is not None and record.get(code) is not None
                    else (fact.told.get(code), True)
                    for record, fact in zip(records, facts, strict=True)
                ]
                values = [value for value, _ in pairs]
                if own is not None and own.above and code in OF_THE_AMOUNT:
                    values.append(None)
                whole = False if False in values else None if None in values else True
                made[code] = (told, True) if whole is None else (whole, all(derived for _, derived in pairs))
        return made

    def excused(self, law: Law, rows: Iterable[str] | None = None) -> frozenset[str]:
        """Rows for which one defense of the law has every element recorded as met.

        Args:
            law: "stark" or "aks".
            rows: ids of the rows that matter; all rows of the graph where it is None.

        Complexity: O(rows that matter); for all rows, O(rows of the relations that defenses are about), in columns, and
        O(rows that may be excused).
        """
        wanted = sorted(self._candidates(law) if rows is None else set(rows))
        self.prepare(wanted)
        return frozenset(row for row in wanted if any(one.excuses for one in self.of(row, law)))

    def _candidates(self, law: Law) -> set[str]:
        """Rows that may be excused: recorded, or with facts for a whole defense; and what is paid under them."""
        found = set(self._recorded)
        for relation, scopes in defense_scopes().items():
            names = dict.fromkeys(scope.defense for scope in scopes if defenses()[scope.defense].law == law)
            whole = {
                name: [e.code for e in defenses()[name].elements]
                for name in names
                if all(e.code in derived()[relation] for e in defenses()[name].elements)
            }
            if whole and self._g.structure.tables[relation.lower()].height:
                told = tell(self._g, relation)
                met = pl.any_horizontal(*(pl.all_horizontal(c(f"fits:{n}"), *map(c, e)) for n, e in whole.items()))
                found.update(told.filter(met)["id"])
        pays = self._g.structure.tables["pays"]
        found.update(pays.filter(c("agreement").is_in(sorted(found)))["id"])
        holdings = self._g.structure.tables["owns"].filter(c("id").is_in(sorted(found)))
        shared = pays.filter(c("purpose") == "distribution").join(
            holdings.select(payee="owner", payer="owned"), on=["payee", "payer"], how="semi"
        )
        return found | set(shared["id"])

    # --- notes ------------------------------------------------------------------------------------------------------

    @property
    def notes(self) -> tuple[str, ...]:
        """Defenses that the table `defenses` has for rows that they cannot be about; they count for nothing."""
        self.prepare(self._recorded)
        made = []
        for about, records in sorted(self._recorded.items()):
            for name in sorted(records):
                groups = self._sources(about)
                if all(self._facts.get(group[0], _NOTHING).fits.get(name, False) is False for group in groups):
                    what = self._g.rows[about][0] if about in self._g.rows else "a row that is not there"
                    made.append(
                        f"{name} is recorded for {about} ({what}), but {defenses()[name].citation} is about something "
                        "else there; it was not counted."
                    )
        return tuple(made)
