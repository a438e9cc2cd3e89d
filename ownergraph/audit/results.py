"""What an audit says: results, their evidence, and the report that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from ownergraph.rules.api import SEVERITIES

if TYPE_CHECKING:
    from ownergraph.analysis.defenses import CheckedDefense
    from ownergraph.audit.money_results import RelationshipAnswer, ReturnAnswer

Outcome = Literal["found", "undecided"]


class Evidence(NamedTuple):
    """One row of the input that a result rests on.

    Attributes:
        row: id of the row.
        relation: name of the relation or table.
        first: id of the party from which it is drawn.
        label: what stands on the arrow ("owns 80%").
        second: id of the party to which it is drawn, where there is one.
        source: document or page that the input gives for it.
        place: file and line, or sheet and row.
    """

    row: str
    relation: str
    first: str
    label: str
    second: str | None
    source: str | None
    place: str


class Question(NamedTuple):
    """Something to ask for, because the answer would decide a result."""

    text: str
    kind: Literal["fact", "law", "register"]


class Authority(NamedTuple):
    """What a result rests on in law, and how far its text has been verified."""

    id: str
    citation: str
    verification: str
    address: str | None = None
    consequence: str | None = None
    consequence_verification: str | None = None


@dataclass(frozen=True)
class Result:
    """The answer of one rule about one subject and its parties. A question for counsel, never a verdict.

    The identity is rule, subject and parties; never amounts, dates or wording. `defenses` are exceptions and safe
    harbors of the rows that it is about, as far as they are recorded, the best first.
    """

    rule: str
    title: str
    outcome: Outcome
    severity: str
    basis: str
    subject: Mapping[str, str | None]
    parties: Mapping[str, str | None]
    message: str
    arrangement: str
    authorities: tuple[Authority, ...]
    evidence: tuple[Evidence, ...] = ()
    questions: tuple[Question, ...] = ()
    clears: str = ""
    defenses: tuple["CheckedDefense", ...] = ()

    @property
    def id(self) -> str:
        """Stable identity: rule, then the values of subject and parties, each escaped and joined by "/"."""
        values = [*self.subject.values(), *self.parties.values()]
        return "/".join([self.rule, *(_escape(value) for value in values)])

    @property
    def state(self) -> str | None:
        """The state whose law it is about."""
        return self.subject.get("state")

    @property
    def rank(self) -> tuple[int, int, str]:
        """Sort key: found first, then the most severe, then identity."""
        return (0 if self.outcome == "found" else 1, -SEVERITIES.index(self.severity), self.id)


def _escape(value: str | None) -> str:
    return "-" if value is None else value.replace("%", "%25").replace("/", "%2F")


class Counts(NamedTuple):
    """How many results there are of each kind; `undecided_law` of the undecided wait for verified law alone."""

    found: int
    undecided: int
    undecided_law: int
    not_found: int


@dataclass(frozen=True)
class Report:
    """The whole answer of an audit.

    Attributes:
        findings: results that are found, by rank.
        undecided: results that are undecided, by rank.
        counts: of both, and of those not indicated.
        controls: for each practice and state the answer to "who controls it".
        scores: the control score of each practice, state and manager (heuristic, for triage only).
        checklist: for each practice and state the points of the source guide.
        assumptions: taken as given; printed.
        notes: what a reader must know about the input.
        as_of: the day of the facts.
        law_as_of: the day of the law tables.
        digest: SHA-256 of the inputs.
        version: of ownergraph.
        names: what people call each entity that occurs.
        relationships: financial relationships of those who refer designated health services (Stark).
        returns: value that comes back to those who refer (Anti-Kickback).
    """

    findings: tuple[Result, ...]
    undecided: tuple[Result, ...]
    counts: Counts
    controls: tuple["ControlAnswer", ...]
    scores: tuple["Score", ...]
    checklist: tuple["Check", ...]
    assumptions: tuple[str, ...]
    notes: tuple[str, ...]
    as_of: date
    law_as_of: date
    digest: str
    version: str
    structure: str | None
    inputs: tuple[str, ...]
    documents: tuple[str, ...]
    names: Mapping[str, str]
    threshold: int
    relationships: tuple["RelationshipAnswer", ...] = ()
    returns: tuple["ReturnAnswer", ...] = ()

    @property
    def results(self) -> tuple[Result, ...]:
        """Findings, then what is undecided."""
        return self.findings + self.undecided


@dataclass(frozen=True)
class ControlAnswer:
    """Who controls a practice, in one state.

    Attributes:
        answer: found, not found or undecided: does somebody who is no physician control it?
        indicators: whether the control score reaches the threshold ("indicators of control").
        by: the controllers, each with tier, mechanism, how sure, class, and its proof as evidence.
    """

    practice: str
    state: str
    answer: Literal["found", "not found", "undecided"]
    indicators: bool
    score: int
    by: tuple["ControlledBy", ...]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class ControlledBy:
    """One controller of a practice.

    Attributes:
        missing: where control is only possible, what is not recorded on the path of its proof, as questions.
    """

    controller: str
    tier: int
    mechanism: str
    certain: bool
    ultimate: bool
    ring: tuple[str, ...]
    physician: bool | None
    label: str
    proof: tuple[Evidence, ...]
    missing: tuple[str, ...] = ()


class Score(NamedTuple):
    """The control score of a practice: a sum of weights of the distinct control rules that are found, at most 100.

    Heuristic, for ordering what to read first; never an edge of control.
    """

    practice: str
    state: str
    score: int
    band: str
    rules: tuple[tuple[str, int], ...]


class Check(NamedTuple):
    """One point of the source guide for a practice: yes, no, or not recorded."""

    practice: str
    state: str
    point: str
    answer: Literal["yes", "no", "not recorded"]
    because: tuple[str, ...]
