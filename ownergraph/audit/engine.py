"""Choose rules, run them all at once, and make results of what they find."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from string import Formatter
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from ownergraph.audit.authorities import authorities_of
from ownergraph.audit.defended import Taken, shields
from ownergraph.audit.evidence import evidence_of, fee
from ownergraph.audit.labels import money, phrase
from ownergraph.audit.results import Authority, Evidence, Outcome, Question, Result
from ownergraph.model.shares import show_share
from ownergraph.rules.api import SEVERITIES, Cases, Graph, Leaf, Rule, Test, all_rules, law

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from ownergraph.analysis.defenses import CheckedDefense


class Ran(NamedTuple):
    """What the rules gave: results found or undecided, by rank, and how many were not indicated."""

    results: tuple[Result, ...]
    not_found: int
    closed: frozenset[tuple[str, str | None, str | None]]
    """(rule, practice, state) that are not indicated, for the checklist."""
    notes: tuple[str, ...] = ()
    """Results that defenses took away."""


def choose(rules: Iterable[str] = (), families: Iterable[str] = ()) -> list[Rule]:
    """Rules by code and by family; all of them where neither is given.

    Raises:
        KeyError: a code or family that no rule has; the message lists what comes near.
    """
    known = all_rules()
    wanted = {code.upper() for code in rules}
    groups = {family.upper() for family in families}
    names = {rule.family for rule in known.values()}
    if bad := sorted((wanted - set(known)) | (groups - names)):
        import difflib

        near = sorted({m for b in bad for m in difflib.get_close_matches(b, [*known, *names], n=3, cutoff=0.4)})
        hint = f"; did you mean {', '.join(near)}?" if near else "."
        raise KeyError(f"no rule or family {', '.join(bad)}{hint} Families: {', '.join(sorted(names))}")
    if not wanted and not groups:
        return list(known.values())
    return [rule for rule in known.values() if rule.code in wanted or rule.family in groups]


def run(g: Graph, rules: Sequence[Rule]) -> Ran:
    """Run the rules over the graph. O(rules x rows).

    Each rule's frames are collected in a second thread while the next rule is put together: both take about as long,
    and polars works outside the interpreter's lock. In a small structure handing over costs more than that saves, and
    so does improving plans: they are run as they stand.
    """
    flags = pl.QueryOptFlags.none() if g.small else pl.QueryOptFlags()
    plans: list[tuple[Rule, Cases, Test]] = []
    pending: list[Callable[[], list[pl.DataFrame]]] = []
    with nullcontext() if g.small else _second_thread() as pool:
        for rule in rules:
            made = rule.cases(g)
            frames: list[pl.LazyFrame] = []
            for cases in [made] if isinstance(made, Cases) else made:
                # leaves become columns first: what is built on them stays small
                test = _with_law(rule, cases.found)
                columns = {leaf: f"_leaf_{k}" for k, leaf in enumerate(test.leaves())}
                found = test.on(columns)
                severity = cases.severity if cases.severity is not None else pl.lit(rule.severity)
                plans.append((rule, cases, found))
                frames.append(
                    cases.frame.with_columns(
                        severity.alias("_severity"), *[leaf.value.alias(name) for leaf, name in columns.items()]
                    ).with_columns(found.expr().alias("_found"))
                )
            pending.append(pool.submit(_collect, frames, flags).result if pool else partial(_collect, frames, flags))
        collected = [frame for part in pending for frame in part()]
    make = _Maker(g)
    merged: dict[tuple[str, ...], _Merged] = {}
    closed: set[tuple[str, str | None, str | None]] = set()
    taken = Taken()
    not_found = 0
    for (rule, cases, found), frame in zip(plans, collected, strict=True):
        if not frame.height:
            continue
        answers = frame["_found"].to_list()
        not_found += answers.count(False)
        if False in answers:
            practices, where = (
                frame[n].to_list() if n in frame.columns else [None] * frame.height for n in ("practice", "state")
            )
            closed.update(
                (rule.code, practice, state)
                for practice, state, answer in zip(practices, where, answers, strict=True)
                if answer is False
            )
        if answers.count(False) == len(answers):
            continue
        leaves = found.leaves()
        # first columns, then rows: a row of law is wide
        loud = frame[_shown(rule, cases, leaves, frame.columns)]
        if False in answers:
            loud = loud.filter(pl.Series([answer is not False for answer in answers]))
        for row, shield in zip(loud.iter_rows(named=True), shields(g, rule, cases, loud), strict=True):
            key = (rule.code, *(str(row.get(k)) for k in (*rule.subject, *rule.parties)))
            if shield.away:
                not_found += 1
                closed.add((rule.code, row.get("practice"), row.get("state")))
                taken.add(key, rule, row, shield)
                continue
            values = {leaf: row[f"_leaf_{k}"] for k, leaf in enumerate(leaves)}
            asked = found.asks_of(values) if row["_found"] is None else []
            row["_evidence"] = _evidence_ids(row, cases.evidence)
            merged.setdefault(key, _Merged()).add(make(rule, row, asked, shield.listed))
    results = [m.result for m in merged.values()]
    found_for = {(r.rule, r.subject.get("practice"), r.state) for r in results if r.outcome == "found"}
    # "is there anything more?" is not worth asking where the rule is found already
    results = [
        r
        for r in results
        if r.outcome == "found"
        or any(v is not None for v in r.parties.values())
        or (r.rule, r.subject.get("practice"), r.state) not in found_for
        or not all(q.kind == "register" for q in r.questions)
    ]
    notes = taken.notes(g, merged)
    return Ran(tuple(sorted(results, key=lambda r: r.rank)), not_found, frozenset(closed), notes)


def _second_thread() -> "ThreadPoolExecutor":
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(max_workers=1)


def _collect(frames: list[pl.LazyFrame], flags: pl.QueryOptFlags) -> list[pl.DataFrame]:
    # the streaming engine of polars 2.1 panics in set operations on two list columns (list/sets.rs:241)
    return pl.collect_all(frames, engine="in-memory", optimizations=flags)


def _with_law(rule: Rule, found: Test) -> Test:
    for column in rule.law:
        found = law(column) & found
    return found


def _evidence_ids(row: dict[str, Any], columns: tuple[str, ...]) -> list[str]:
    """Ids of the evidence of a row, in the order of its columns; each may hold one, a list, or nothing."""
    ids: list[str] = []
    for name in columns:
        value = row[name]
        ids += value if isinstance(value, list) else [value]
    return [i for i in dict.fromkeys(ids) if i is not None]


@dataclass
class _Merged:
    """Rows of one identity: found if any is found, with all their evidence and questions."""

    made: Result | None = None

    def add(self, new: Result) -> None:
        old = self.made
        if old is None:
            self.made = new
            return
        lead, other = (old, new) if old.outcome == "found" or new.outcome != "found" else (new, old)
        if lead.outcome != other.outcome:
            self.made = lead
            return
        worse = max(lead.severity, other.severity, key=SEVERITIES.index)
        self.made = replace(
            lead,
            severity=worse,
            evidence=tuple(dict.fromkeys(lead.evidence + other.evidence)),
            questions=tuple(dict.fromkeys(lead.questions + other.questions)),
            defenses=tuple(sorted({*lead.defenses, *other.defenses}, key=lambda d: d.rank)),
        )

    @property
    def result(self) -> Result:
        if self.made is None:
            raise AssertionError("a key without a row")
        return self.made


def _starts_with_id(g: Graph, says: str, row: dict[str, Any], message: str) -> bool:
    """Whether a message begins with a party that has no name: its id stands as it is written."""
    first = row.get(says[1:].partition("}")[0]) if says.startswith("{") else None
    return isinstance(first, str) and first in g.kind_of and message.startswith(first)


class _Values(dict[str, Any]):
    """Values of a row as the message shows them."""

    def __init__(self, g: Graph, row: dict[str, Any]) -> None:
        super().__init__(row)
        self.g, self.row = g, row

    def __missing__(self, key: str) -> str:
        if f"{key}_min" in self.row:
            return show_share(self.row[f"{key}_min"], self.row[f"{key}_max"])
        return "not recorded"

    def __getitem__(self, key: str) -> str:
        value = self.row.get(key)
        if value is None:
            return self.__missing__(key) if key != "state" else "a state not recorded"
        if isinstance(value, list):
            shown = [self._show(key, item) for item in value]
            return ("; " if any(", " in item for item in shown) else ", ").join(shown) or "none"
        return self._show(key, value)

    def _show(self, key: str, value: Any) -> str:
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            return money(value) if key.endswith("_usd") else f"{value:g}"
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, str):
            if value in self.g.ids or value.startswith("group:"):
                return self.g.name(value)
            if key in ("fee_basis", "fee_bases"):
                return fee(value, self.row.get("fee_pct"))
            # codes are lower case words joined by underscores; free text stays as it is
            return phrase(key, value) if value.replace("_", "").isalnum() and value.islower() else value
        return str(value)


def _shown(rule: Rule, cases: Cases, leaves: list[Leaf], columns: list[str]) -> list[str]:
    """Columns of a row that a result is made of; the others, most of them law, need not leave the frame."""
    texts = [rule.says, *(leaf.ask for leaf in leaves)]
    named = {field.split(".")[0].split("[")[0] for text in texts for _, field, _, _ in _FORMATTER.parse(text) if field}
    kept = {
        *rule.subject, *rule.parties, *cases.evidence, cases.defended, *_ALWAYS,
        *named, *(f"{name}_{end}" for name in named for end in ("min", "max")),
    }  # fmt: skip
    return [name for name in columns if name in kept or name.startswith("_leaf_")]


_FORMATTER = Formatter()
_ALWAYS = ("_severity", "_found", "practice", "state", "agreement", "fee_pct", "cpom_weight_stated")


class _Maker:
    """Makes results of rows. What many of them share (evidence, authorities) is worked out once."""

    def __init__(self, g: Graph) -> None:
        self.g = g
        self._evidence: dict[str, Evidence | None] = {}
        self._authorities: dict[tuple[str, str | None], tuple[Authority, ...]] = {}

    def _evidence_of(self, row: str) -> Evidence | None:
        if row not in self._evidence:
            self._evidence[row] = evidence_of(self.g, row)
        return self._evidence[row]

    def _authorities_of(self, rule: Rule, row: dict[str, Any]) -> tuple[Authority, ...]:
        key = (rule.code, row.get("state"))
        if key not in self._authorities:
            self._authorities[key] = authorities_of(self.g, rule, row)
        return self._authorities[key]

    def __call__(
        self, rule: Rule, row: dict[str, Any], asked: list[Leaf], listed: "tuple[CheckedDefense, ...]" = ()
    ) -> Result:
        g = self.g
        outcome: Outcome = "found" if row["_found"] else "undecided"
        values = _Values(g, row)
        questions = tuple(Question(leaf.ask.format_map(values), leaf.kind) for leaf in asked if leaf.ask)
        evidence = tuple(item for item in (self._evidence_of(str(r)) for r in row["_evidence"]) if item is not None)
        undecided = f"{rule.title}: not decided on the facts given"
        message = rule.says.format_map(values) if outcome == "found" else undecided
        subject = {k: row.get(k) for k in rule.subject}
        parties = {k: row.get(k) for k in rule.parties}
        return Result(
            rule=rule.code,
            title=rule.title,
            outcome=outcome,
            severity=_severity(rule, row),
            basis=rule.basis,
            subject=subject,
            parties=parties,
            message=message if _starts_with_id(g, rule.says, row, message) else message[:1].upper() + message[1:],
            arrangement=_arrangement(g, row, evidence, subject),
            authorities=self._authorities_of(rule, row),
            evidence=evidence,
            questions=tuple(dict.fromkeys(questions)),
            clears=" ".join(rule.sections.get("What clears it", "").split()),
            defenses=listed,
        )


def _severity(rule: Rule, row: dict[str, Any]) -> str:
    severity = str(row["_severity"])
    if not rule.gated:
        return severity
    weight = row.get("cpom_weight_stated")
    if weight is None or weight >= 2:
        return severity
    if weight == 0:
        return "info"
    return SEVERITIES[max(0, SEVERITIES.index(severity) - 1)]


def _arrangement(g: Graph, row: dict[str, Any], evidence: tuple[Evidence, ...], subject: dict[str, Any]) -> str:
    """What results are grouped by: the agreement, or the practice's only one; where there is none, the practice."""
    if row.get("agreement"):
        return str(row["agreement"])
    for item in evidence:
        if item.relation == "MANAGES" and item.second == subject.get("practice", item.second):
            return item.row
    if only := g.only_agreement.get(str(subject.get("practice"))):
        return only
    return str(subject.get("practice") or next(iter(subject.values()), ""))
