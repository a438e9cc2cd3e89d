"""The report as a memo: what a lawyer reads first stands first."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

from ownergraph.analysis.moves import how
from ownergraph.audit.evidence import Namer, chains
from ownergraph.audit.results import Authority, ControlAnswer, Counts, Question, Report, Result
from ownergraph.report import answers
from ownergraph.report.defenses import SHOWN, sentences
from ownergraph.report.glossary import GLOSSARY
from ownergraph.report.lines import Line, as_text, heading, places, plural, stop, wrap
from ownergraph.report.money import sections
from ownergraph.report.safe import clean

T = TypeVar("T")

STANDING = (
    "Results are indicators: questions for counsel to confirm, not conclusions of law. "
    "A practice without a finding has not been cleared."
)
VERIFIED = {
    "counsel": "counsel's own",
    "primary": "primary text read",
    "secondary": "secondary source read",
    "unverified": "unverified",
}
"""What a verification is called in everything that people read."""


class Options(NamedTuple):
    """How the memo is made.

    Attributes:
        client: leave out severities and scores, for a client's copy.
        privileged: head the memo "Privileged and confidential. Draft."
        all_questions: list every question, not the most decisive ones.
    """

    client: bool = False
    privileged: bool = False
    all_questions: bool = False


QUESTIONS = 25
"""Questions that the memo lists unless asked for all."""
CHAINS = 6
"""Paths, and places of one source, that a finding of the memo shows."""


def memo(report: Report, options: Options | None = None) -> list[Line]:
    """The whole memo, line by line. O(results)."""
    options = options or Options()
    name = Namer(dict(report.names))
    lines = list(_head(report, options))
    lines += _controls(report, name, options)
    lines += _checklist(report, name)
    lines += _findings(report, name, options)
    lines += sections(report.relationships, report.returns, name)
    lines += _questions(report, options)
    lines += _table(report)
    lines += _foot(report)
    # names come from the input: nothing in them may steer a terminal or turn the direction of the text
    return [Line(clean(line.text), line.style) for line in lines]


def render(report: Report, options: Options | None = None) -> str:
    """The memo as plain text."""
    return as_text(memo(report, options))


def counted(counts: Counts) -> str:
    """How many results there are of each kind, in a line."""
    law = f" ({counts.undecided_law:,} of them wait for verified law)" if counts.undecided_law else ""
    return f"{counts.found:,} found, {counts.undecided:,} undecided{law}, {counts.not_found:,} not indicated"


def _head(report: Report, options: Options) -> Iterator[Line]:
    if options.privileged:
        yield Line("PRIVILEGED AND CONFIDENTIAL. ATTORNEY WORK PRODUCT. DRAFT.", "bold")
        yield Line("")
    yield Line(counted(report.counts), "bold")
    title = report.structure or ", ".join(dict.fromkeys(i.split("!")[0] for i in report.inputs)) or "unnamed"
    yield from wrap(f"Structure: {title}")
    yield from wrap(f"Facts as of {report.as_of}. Law as of {report.law_as_of}. ownergraph {report.version}.")
    yield from wrap(STANDING, style="italic")


def _controls(report: Report, name: Namer, options: Options) -> Iterator[Line]:
    if not report.controls:
        return
    yield from heading("Who controls each practice")
    for alike in _alike(report.controls, lambda a: _control_shape(a, name)):
        first = alike[0]
        yield from _control(first, report, name, options)
        if len(alike) > 1:
            rest = "; ".join(f"{name(a.practice)} ({a.state})" for a in alike[1:])
            yield from wrap(stop(f"The same for {rest}"), 3, style="dim")


def _control_shape(a: ControlAnswer, name: Namer) -> tuple[object, ...]:
    """What must be equal for two practices to be told of together: all but the practice itself."""
    by = tuple((b.controller, b.mechanism, b.certain, b.physician, b.ultimate) for b in a.by)
    return a.state, a.answer, a.score, by, tuple(q.kind for q in a.questions) if a.answer == "undecided" else ()


def _control(a: ControlAnswer, report: Report, name: Namer, options: Options) -> Iterator[Line]:
    indicators = a.indicators and not options.client
    style = {"found": "bold red", "not found": "yellow" if indicators else "green", "undecided": "yellow"}[a.answer]
    told = answers.said(a, report.threshold, client=options.client)
    yield from wrap(f"{name(a.practice)} ({a.state}): {told}", 0, 3, style)
    certain = [b for b in a.by if b.certain]
    tops = [b for b in certain if b.ultimate]
    shown = tops or certain
    between = [b for b in certain if b not in shown]
    possible = [b for b in a.by if not b.certain and not b.physician]
    for b in shown:
        tier = "votes" if b.tier == 1 else "contract"
        top = "ultimately " if b.ultimate and len(shown) > 1 else ""
        verb = "control" if b.controller.startswith("group:") else "controls"
        ring = f", in a ring with {', '.join(name(m) for m in b.ring if m != b.controller)}" if b.ring else ""
        said = (
            f"{name(b.controller)}, {b.label}, is owner of record; others may use the votes (tier {b.tier}: {tier}):"
            if answers.lent(b, a.by)
            else f"{name(b.controller)}, {b.label}, {top}{verb} it by {how(b.mechanism)} (tier {b.tier}: {tier}){ring}:"
        )
        yield from wrap(said, 3, 3)
        for chain in chains(b.proof, name):
            yield from wrap(chain, 6, 8, "cyan")
    if between:
        yield from wrap(stop(f"Through: {'; '.join(name(b.controller) for b in between)}"), 3)
    if possible:
        names = ", ".join(f"{name(b.controller)} ({how(b.mechanism)})" for b in possible)
        yield from wrap(f"Possible, where facts are missing: {names}.", 3)
    if a.answer == "undecided":
        for question in a.questions[:CHAINS]:
            yield from wrap(f"Ask: {question.text}", 3, 5, "yellow")
    if a.score and not options.client:
        reached = ", reached: indicators of control" if a.indicators else ", not reached"
        rules = next(s.rules for s in report.scores if (s.practice, s.state) == (a.practice, a.state))
        parts = ", ".join(f"{code} {weight}" for code, weight in rules)
        yield from wrap(
            f"Control score {a.score} of 100 (heuristic, for triage only; threshold {report.threshold}{reached}): "
            f"{parts}.", 3,
        )  # fmt: skip


def _checklist(report: Report, name: Namer) -> Iterator[Line]:
    if not report.checklist:
        return
    yield from heading("Checklist")
    cases: dict[tuple[str, str], list[tuple[str, str, tuple[str, ...]]]] = {}
    for check in report.checklist:
        cases.setdefault((check.practice, check.state), []).append((check.point, check.answer, check.because))
    for same in _alike(cases.items(), lambda case: tuple(case[1])):
        who = "; ".join(f"{name(p)} ({s or 'no state'})" for (p, s), _ in same)
        yield from wrap(who, 0, 3, "bold")
        for point, answer, because in same[0][1]:
            note = f"  {', '.join(because)}" if because and answer != "yes" else ""
            style = {"yes": "green", "no": "red", "not recorded": "yellow"}[answer]
            yield Line(f"   {point:<52}{answer:<14}{note}".rstrip(), style)


def _alike(items: Iterable[T], key: Callable[[T], object]) -> list[list[T]]:
    found: dict[object, list[T]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return list(found.values())


def _findings(report: Report, name: Namer, options: Options) -> Iterator[Line]:
    yield from heading("Findings, by arrangement and state")
    if not report.findings:
        yield Line("None on the facts given.")
        return
    groups: dict[str, list[Result]] = {}
    for result in report.findings:
        groups.setdefault(result.arrangement, []).append(result)
    # arrangements with the same findings, between the same manager and other practices, are told once
    for same in _alike(groups.items(), lambda item: _shape(item[1])):
        arrangement, results = same[0]
        yield from _arrangement(arrangement, results, name, options)
        if len(same) > 1:
            rest = "; ".join(_arrangement_name(a, r, name) for a, r in same[1:])
            yield from wrap(stop(f"The same {plural(len(results), 'finding')} in: {rest}"), 3, style="dim")


def _shape(results: list[Result]) -> tuple[object, ...]:
    def parties(result: Result) -> tuple[str | None, ...]:
        # the owner of each practice may be another person; the manager is what makes two deals alike
        return tuple(v for k, v in result.parties.items() if k in ("manager", "holder", "grantee"))

    return tuple(sorted((r.rule, r.state or "", r.severity, parties(r)) for r in results))


def _arrangement_name(arrangement: str, results: list[Result], name: Namer) -> str:
    for result in results:
        for item in result.evidence:
            if item.row == arrangement and item.second:
                return f"{name(item.first)} and {name(item.second)}"
    return name(arrangement)


_KINDS = {
    "MANAGES": "Agreement", "PAYS": "Payment", "LEASES_TO": "Lease", "EMPLOYS": "Employment", "OWNS": "Holding",
    "HOLDS_ROLE": "Position", "LENDS_TO": "Loan", "SUPPLIES": "Supplies", "REFERS_TO": "Referrals",
}  # fmt: skip


def arrangement_title(arrangement: str, results: list[Result], name: Namer) -> str:
    """What a group of results is about, as "Agreement of Summit MSO and Coastal PC"."""
    relation = next((i.relation for r in results for i in r.evidence if i.row == arrangement), "")
    kind = f"{_KINDS.get(relation, 'Arrangement')} of " if relation else ""
    return f"{kind}{_arrangement_name(arrangement, results, name)}"


def _arrangement(arrangement: str, results: list[Result], name: Namer, options: Options) -> Iterator[Line]:
    yield Line("")
    yield from wrap(arrangement_title(arrangement, results, name), style="bold")
    states: dict[str, list[Result]] = {}
    for result in results:
        states.setdefault(result.state or "all states", []).append(result)
    for state, inside in sorted(states.items()):
        yield Line(f" {state}", "bold")
        for result in sorted(inside, key=lambda r: r.rank):
            yield from _finding(result, name, options)


_SEVERITY = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "", "info": "dim"}


def _finding(result: Result, name: Namer, options: Options) -> Iterator[Line]:
    mark = "" if options.client else f"[{result.severity}] "
    yield from wrap(stop(f"{mark}{result.rule}  {result.message}"), 3, 6, _SEVERITY[result.severity])
    # the agreement that the group is about stands in its heading
    rows = tuple(item for item in result.evidence if item.row != result.arrangement) or result.evidence
    if any(item.relation == "REFERS_TO" for item in rows):
        rows = result.evidence  # a path that comes back is drawn whole
    drawn = chains(rows, name)
    for chain in drawn[:CHAINS]:
        yield from wrap(chain, 6, 8, "cyan")
    if len(drawn) > CHAINS:
        yield from wrap(f"and {len(drawn) - CHAINS} more rows; every other format has them all.", 6, 8, "dim")
    yield from wrap(f"Basis: {result.basis}. {_authorities(result.authorities)}", 6, 8, "dim")
    for text in sentences(result.defenses, name, SHOWN):
        yield from wrap(text, 6, 8, "dim")
    if result.clears:
        yield from wrap(f"Would clear it: {result.clears}", 6, 8, "dim")
    if result.evidence:
        yield from wrap(f"Recorded in: {places(result.evidence)}.", 6, 8, "dim")


def _authorities(found: tuple[Authority, ...]) -> str:
    if not found:
        return "No authority beyond the rule itself."
    parts = (f"{short_citation(a)} [{VERIFIED.get(a.verification, a.verification)}]" for a in found)
    return f"Authority: {'; '.join(parts)}."


def short_citation(authority: Authority) -> str:
    """The citation; a state's own row is long and stands in the table of authorities."""
    state, _, group = authority.id.partition("-")
    if group in ("cpom", "ownership", "fee"):
        subject = {"cpom": "corporate practice", "ownership": "ownership of practices", "fee": "fee splitting"}[group]
        return f"law of {state} on {subject}"
    return authority.citation


def _table(report: Report) -> Iterator[Line]:
    """Every authority of the findings once: citation, verification, address, consequence."""
    # one may be a state's own for one result and another state's for the next: then it stands here as both
    seen = {(a.id, a.citation): a for r in report.findings for a in r.authorities}
    if not seen:
        return
    yield from heading("Table of authorities")
    for authority in sorted(seen.values(), key=lambda a: (short_citation(a).lower(), a.id)):
        short = short_citation(authority)
        text = short if short == authority.citation else f"{short}: {authority.citation.partition(': ')[2]}"
        yield from wrap(f"- {text} [{VERIFIED.get(authority.verification, authority.verification)}]", 1, 3)
        if authority.consequence and authority.consequence != "none known":
            how = VERIFIED.get(authority.consequence_verification or "", "unverified")
            yield from wrap(f"Possible consequence: {authority.consequence} [{how}].", 3, 5)
        if authority.address:
            yield from wrap(authority.address, 3, 5, "dim")


def _questions(report: Report, options: Options) -> Iterator[Line]:
    ranked = ranked_questions(report)
    law = [one for one in ranked if one[0].kind == "law"]
    parts = (
        ("What to ask, most decisive first", ranked[: len(ranked) - len(law)]),
        ("Law that counsel may verify", law),
    )
    for title, some in parts:
        if some:
            yield from heading(title)
            yield from _asked(some, options)


def _asked(ranked: list[tuple[Question, list[Result]]], options: Options) -> Iterator[Line]:
    shown = ranked if options.all_questions else ranked[:QUESTIONS]
    for number, (question, results) in enumerate(shown, 1):
        codes = sorted({r.rule for r in results})
        many = f" ({plural(len(results), 'result')})" if len(results) > 1 else ""
        yield from wrap(f"{number}. {question.text}", 1, 4)
        yield from wrap(f"Would help decide {', '.join(codes)}{many}.", 4, 4, "dim")
    if len(shown) < len(ranked):
        yield from wrap(
            f"{len(ranked) - len(shown):,} more questions are not shown here; --all-questions lists them, and every "
            "other format has them all.", 1, 4, "italic",
        )  # fmt: skip


_WORTH = {"register": 0.25}
_MAIN = 4
"""How much more it counts to decide who controls."""


def ranked_questions(report: Report) -> list[tuple[Question, list[Result]]]:
    """Every question once, with the results that wait for it: the most and most severe results first, law last.

    A question that settles a result alone counts whole, one of several its part. Whether a list is complete counts less
    than a fact about the deal: lists are mostly complete. What the law says is asked of counsel, not of the parties.
    """
    asked: dict[Question, list[Result]] = {}
    for result in report.undecided:
        for question in result.questions:
            asked.setdefault(question, []).append(result)
    weight = {"critical": 8, "high": 4, "medium": 2, "low": 1, "info": 0}

    def decisive(item: tuple[Question, list[Result]]) -> tuple[bool, float, str]:
        question, results = item
        worth = sum(weight[r.severity] * (_MAIN if r.rule == "OWNX-10" else 1) / len(r.questions) for r in results)
        return (question.kind == "law", -worth * _WORTH.get(question.kind, 1), question.text)

    return sorted(asked.items(), key=decisive)


def _foot(report: Report) -> Iterator[Line]:
    yield from heading("What the words mean")
    for term, meaning in GLOSSARY:
        yield from wrap(f"- {term}: {meaning}", 1, 3)
    yield from heading("Documents relied on")
    for text in report.documents or ("None is named in the input; places in the input files stand instead.",):
        yield from wrap(f"- {text}", 1, 3)
    yield from heading("Assumptions and limits")
    for text in (*report.assumptions, *report.notes):
        yield from wrap(f"- {text}", 1, 3)
    yield from wrap(f"- {STANDING}", 1, 3)
    yield from wrap(f"- Inputs: {', '.join(report.inputs) or 'none'}; SHA-256 {report.digest or 'not computed'}.", 1, 3)
