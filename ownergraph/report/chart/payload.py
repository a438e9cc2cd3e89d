"""What the page of a chart is given: boxes and lines as pyvis holds them, rows, and the results of the audit."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ownergraph.analysis.moves import how
from ownergraph.audit.evidence import Namer, chains
from ownergraph.audit.results import Authority, ControlAnswer, Evidence, Report, Result
from ownergraph.report.answers import lent, mark, said
from ownergraph.report.chart.edges import Row
from ownergraph.report.chart.model import GROUPS, Chart, Edge, Node
from ownergraph.report.defenses import sentences
from ownergraph.report.links import Links
from ownergraph.report.safe import clean, namer
from ownergraph.report.text import STANDING, VERIFIED, arrangement_title, ranked_questions, short_citation

if TYPE_CHECKING:
    from ownergraph.audit.money_results import ReturnAnswer

T = TypeVar("T")

OPTIONS: dict[str, Any] = {
    "autoResize": True,
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False},
    "interaction": {
        "hover": True, "multiselect": False,
        "keyboard": {"enabled": False}, "tooltipDelay": 100_000_000, "zoomSpeed": 0.6,
    },
    "nodes": {"shape": "custom", "physics": False},
}  # fmt: skip
"""Options of the drawing: places come from the layout and nothing moves by itself."""


def network(chart: Chart) -> dict[str, Any]:
    """Boxes and lines as pyvis holds them, with what the page needs beside in `og`. O(boxes + lines).

    Boxes of closed folds have no place of their own; the page works it out when their fold is opened.
    """
    from pyvis.edge import Edge as Line
    from pyvis.network import Network
    from pyvis.node import Node as Box

    net = Network(directed=True)
    # add_node and add_edge look through everything for every single one; the objects below are what they would add
    for node in chart.nodes:
        at = chart.places.get(node.id)
        where = {} if at is None else {"x": round(at.x, 1), "y": round(at.y, 1)}
        net.nodes.append(Box(node.id, "custom", "", **where, og=_node(node)).options)
    for edge in chart.edges:
        if edge.folded:
            continue  # the page joins lines of a closed fold itself, for any day and choice of relations
        net.edges.append(Line(edge.source, edge.target, True, id=edge.id, og=_edge(edge)).options)
    nodes, edges, *_ = net.get_network_data()
    return {"nodes": nodes, "edges": edges, "options": OPTIONS}


def _node(node: Node) -> dict[str, Any]:
    return _bare(
        name=node.name, lines=list(node.lines), caption=node.caption, shape=node.shape, w=node.width, h=node.height,
        roles=list(node.roles), states=list(node.states), licensed=node.licensed, hidden=node.hidden_owners,
        facts=[list(fact) for fact in node.facts], fold=node.fold, members=list(node.members),
        start=_day(node.start), end=_day(node.end),
    )  # fmt: skip


def _edge(edge: Edge) -> dict[str, Any]:
    return _bare(
        relation=edge.relation, group=edge.group, label=edge.label, rows=list(edge.rows), possible=edge.possible,
    )  # fmt: skip


def _bare(**fields: Any) -> dict[str, Any]:
    """The fields that say something."""
    return {key: value for key, value in fields.items() if value not in (None, False, "", [])}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def page_data(
    chart: Chart,
    rows: dict[str, Row],
    report: Report | None,
    as_of: date,
    *,
    client: bool = False,
    links: Links | None = None,
) -> dict[str, Any]:
    """Everything that the page shows.

    Args:
        chart: the chart.
        rows: the rows that it draws.
        report: the audit, where results are shown.
        as_of: the day of the facts.
        client: leave severities, scores and places in input files out of the file altogether.
        links: where the query behind a result opens.

    Complexity: O(boxes + lines + rows + results).
    """
    data: dict[str, Any] = {
        "standing": STANDING,
        "asOf": as_of.isoformat(),
        "groups": GROUPS,
        "network": network(chart),
        "blocks": {
            fold: {"w": round(one.width), "h": round(one.height),
                   "places": {who: [round(at.x, 1), round(at.y, 1)] for who, at in one.places.items()}}
            for fold, one in chart.blocks.items()
        },
        "verified": VERIFIED,
    }  # fmt: skip
    wanted = dict(rows)
    if report is not None:
        for item in _evidence(report):
            if item.row not in wanted:
                wanted[item.row] = Row(item, None, None)
        data |= _results(report, client)
        if links is not None:
            data |= _linked(report, links)
    data["rows"] = {row_id: _row(row, client) for row_id, row in wanted.items()}
    return data


def _linked(report: Report, links: Links) -> dict[str, Any]:
    """Addresses in two parts: what those of a rule start with, once, and what that of a result ends with."""
    starts = {rule: links.start(rule) for rule in sorted({r.rule for r in report.results})}
    ends = {r.id: links.end(r) for r in report.results if starts[r.rule] is not None}
    return {"links": {rule: start for rule, start in starts.items() if start is not None}, "linked": ends}


def _row(row: Row, client: bool) -> list[str | None]:
    item = row.evidence
    return [
        item.relation, item.first, clean(item.label), item.second, clean(item.source) if item.source else None,
        None if client else clean(item.place), _day(row.start), _day(row.end),
    ]  # fmt: skip


def _evidence(report: Report) -> Iterable[Evidence]:
    for result in report.results:
        yield from result.evidence
    for answer in report.controls:
        for by in answer.by:
            yield from by.proof
    for one in report.returns:
        yield from one.referrals
        for path in one.paths:
            yield from path
    for relationship in report.relationships:
        yield from (*relationship.rows, *relationship.attribution)


class _Table(Generic[T]):
    """What many results share, each once, by number."""

    def __init__(self) -> None:
        self.number: dict[T, int] = {}

    def __call__(self, one: T) -> int:
        return self.number.setdefault(one, len(self.number))


def _results(report: Report, client: bool) -> dict[str, Any]:
    name = namer(report, safe=True)
    questions: _Table[str] = _Table()
    authorities: _Table[Authority] = (
        _Table()
    )  # one may be a state's own for one result and another state's for the next
    ranked = [
        {"text": questions(question.text), "kind": question.kind, "results": [result.id for result in results]}
        for question, results in ranked_questions(report)
    ]
    arrangements: dict[str, list[Result]] = {}
    for result in report.results:
        arrangements.setdefault(result.arrangement, []).append(result)
    titles = {key: clean(arrangement_title(key, group, name)) for key, group in arrangements.items()}
    groups = {b.controller for a in report.controls for b in a.by if b.controller.startswith("group:")}
    results = [_result(result, name, titles, questions, authorities, client) for result in report.results]
    controls = [_control(answer, name, questions, client, report.threshold) for answer in report.controls]
    return {
        "audit": {
            "structure": clean(report.structure or ""), "lawAsOf": report.law_as_of.isoformat(),
            "version": report.version, "digest": report.digest, "inputs": [clean(one) for one in report.inputs],
            "documents": [clean(one) for one in report.documents],
            "assumptions": [clean(one) for one in (*report.assumptions, *report.notes)],
            "threshold": report.threshold, "found": report.counts.found, "undecided": report.counts.undecided,
            "undecidedLaw": report.counts.undecided_law, "notFound": report.counts.not_found, "client": client,
        },
        "results": results,
        "controls": controls,
        "returns": [_return(one, name) for one in report.returns],
        "relationships": [
            {"referrer": one.referrer, "party": one.party, "receiver": one.receiver, "kind": one.kind,
             "direct": one.direct, "services": list(one.services), "inForce": one.in_force,
             "rows": [e.row for e in (*one.rows, *one.attribution)]}
            for one in report.relationships
        ],
        "checklist": [
            [one.practice, one.state, one.point, one.answer, list(one.because)] for one in report.checklist
        ],
        "asked": ranked,
        "questions": [clean(text) for text in questions.number],
        "authorities": [_authority(a) for a in authorities.number],
        "names": {who: name(who) for who in sorted(groups)},
    }  # fmt: skip


def _result(
    r: Result, name: Namer, titles: dict[str, str], questions: _Table[str], authorities: _Table[Authority], client: bool
) -> dict[str, Any]:
    parties = {**r.subject, **r.parties}
    return _bare(
        id=r.id, rule=r.rule, title=r.title, outcome=r.outcome, severity=None if client else r.severity,
        basis=r.basis, state=r.state,
        parties=[[key.replace("_", " "), who] for key, who in parties.items() if who and key != "state"],
        message=clean(r.message), arrangement=titles[r.arrangement],
        authorities=[authorities(a) for a in r.authorities],
        rows=list(dict.fromkeys(e.row for e in r.evidence)), path=[clean(line) for line in chains(r.evidence, name)],
        questions=[questions(q.text) for q in r.questions], clears=clean(r.clears),
        defenses=[clean(text) for text in sentences(r.defenses, name, 3)],
    )  # fmt: skip


def _control(a: ControlAnswer, name: Namer, questions: _Table[str], client: bool, threshold: int) -> dict[str, Any]:
    return {
        "practice": a.practice,
        "state": a.state,
        "answer": a.answer,
        # what is said with scores left out stands beside: the page can be switched to it
        "told": [[said(a, threshold, client=c), mark(a, client=c)] for c in ((True,) if client else (False, True))],
        **({} if client else {"score": a.score, "indicators": a.indicators}),
        "by": [
            {
                "who": b.controller, "label": clean(b.label), "tier": b.tier, "how": how(b.mechanism),
                "lent": lent(b, a.by), "missing": [questions(text) for text in b.missing],
                "certain": b.certain, "ultimate": b.ultimate, "physician": b.physician, "ring": list(b.ring),
                "rows": list(dict.fromkeys(e.row for e in b.proof)),
                "path": [clean(line) for line in chains(b.proof, name)],
            }
            for b in a.by
        ],
        "questions": [questions(q.text) for q in a.questions],
    }  # fmt: skip


def _return(one: "ReturnAnswer", name: Namer) -> dict[str, Any]:
    return {
        "referrer": one.referrer, "receiver": one.receiver, "taker": one.taker, "how": one.how,
        "certain": one.certain, "proxy": one.proxy, "hops": one.hops, "order": one.order, "amount": one.amount_usd,
        "first": _day(one.first), "last": _day(one.last), "referrals": [e.row for e in one.referrals],
        "paths": [[e.row for e in path] for path in one.paths],
        "path": [clean(line) for line in chains(one.closed, name)], "truncated": one.truncated,
    }  # fmt: skip


def _authority(a: Authority) -> list[str | None]:
    consequence = a.consequence if a.consequence and a.consequence != "none known" else None
    return [
        clean(short_citation(a)), clean(a.citation), a.verification, clean(consequence) if consequence else None,
        a.consequence_verification or "unverified",
    ]  # fmt: skip
