"""The audit: a graph in, a report out."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import polars as pl

from ownergraph.audit.checklist import checklist
from ownergraph.audit.control import control_answers
from ownergraph.audit.engine import choose, run
from ownergraph.audit.results import ControlAnswer, Counts, Evidence, Report, Result
from ownergraph.audit.scores import THRESHOLD, scores
from ownergraph.law.files import LAW_DATE
from ownergraph.rules.api import SEVERITIES, Graph
from ownergraph.version import VERSION

if TYPE_CHECKING:
    from ownergraph.audit.money_results import RelationshipAnswer, ReturnAnswer


def audit(
    g: Graph,
    *,
    rules: Iterable[str] = (),
    families: Iterable[str] = (),
    min_severity: str = "info",
    threshold: int = THRESHOLD,
) -> Report:
    """Run rules over a graph.

    Args:
        g: the graph.
        rules: codes of rules to run; all where neither rules nor families are given.
        families: families of rules to run.
        min_severity: leave out results below it.
        threshold: control score from which a practice shows indicators of control.

    Raises:
        KeyError: a rule or family that is not known.

    Complexity: O(rules x rows) and what control costs (`analysis.fixpoint`).
    """
    chosen = choose(rules, families)
    codes = frozenset(rule.code for rule in chosen)
    ran = run(g, chosen)
    floor = SEVERITIES.index(min_severity)
    kept = [r for r in ran.results if SEVERITIES.index(r.severity) >= floor]
    made = scores(ran.results)
    findings = tuple(r for r in kept if r.outcome == "found")
    undecided = tuple(r for r in kept if r.outcome == "undecided")
    waiting = sum(1 for r in undecided if r.questions and all(q.kind == "law" for q in r.questions))
    relationships, returns = _money(g, {rule.family for rule in chosen})
    controls = control_answers(g, ran.results, made, threshold) if "OWNX-10" in codes else ()
    return Report(
        findings=findings,
        undecided=undecided,
        counts=Counts(len(findings), len(undecided), waiting, ran.not_found),
        controls=controls,
        scores=made,
        checklist=checklist(g, ran, codes),
        assumptions=_assumptions(g),
        notes=(*g.structure.notes, *_notes(g), *ran.notes, *_unused(g)),
        as_of=g.as_of,
        law_as_of=LAW_DATE,
        digest=g.structure.digest,
        version=VERSION,
        structure=g.structure.name,
        inputs=g.structure.inputs,
        documents=_documents(
            g,
            [
                *(item for r in kept for item in r.evidence),
                *(item for a in returns for item in a.closed),
                *(item for r in relationships for item in (*r.rows, *r.attribution)),
            ],
        ),
        names={**g.names, **{group: g.name(group) for group in _groups(kept, controls)}},
        threshold=threshold,
        relationships=relationships,
        returns=returns,
    )


def _money(g: Graph, families: set[str]) -> "tuple[tuple[RelationshipAnswer, ...], tuple[ReturnAnswer, ...]]":
    """Financial relationships and return paths, where rules of their families were asked for and somebody refers."""
    if not g.relations["REFERS_TO"].height:
        return (), ()
    from ownergraph.audit.money import relationship_answers, return_answers

    related = relationship_answers(g) if "STARK" in families else ()
    return related, (return_answers(g, g.returns) if families & {"AKS", "LOOP", "EKRA"} else ())


def _groups(results: list[Result], controls: tuple[ControlAnswer, ...]) -> set[str]:
    """Ids of the groups that occur: they are no entities of the input, and need names of their own."""
    who = [v for r in results for v in r.parties.values() if v] + [b.controller for a in controls for b in a.by]
    return {one for one in who if one.startswith("group:")}


def _assumptions(g: Graph) -> tuple[str, ...]:
    """What the structure takes as given, and what this audit does."""
    made = [text for text in g.structure.tables["assumptions"]["text"] if text]
    holdings = g.relations["OWNS"]
    assumed = holdings["votes_min"].null_count() if holdings.height else 0
    if assumed:
        made.append(f"One share, one vote, where votes are not recorded ({assumed} of {holdings.height} holdings).")
    if g.trust_unverified:
        made.append("Unverified cells of the law tables are counted as law, as asked for.")
    if g.law_overlay:
        made.append(f"Counsel's rows of {g.law_overlay.name} win over the law tables.")
    return tuple(made)


def _unused(g: Graph) -> tuple[str, ...]:
    """Defenses that are recorded for rows that they cannot be about."""
    return g.defenses.notes if g.structure.tables["defenses"].height else ()


def _notes(g: Graph) -> list[str]:
    stateless = (
        g.practice_states.filter(pl.col("state").is_null())
        .select("practice")
        .collect(engine="in-memory")["practice"]
        .to_list()
    )
    made = [
        f"No state is recorded in which {g.name(p)} operates: no rule of state law was applied to it."
        for p in stateless
    ]
    if not g.practice_states.collect(engine="in-memory").height:
        made.append("No entity has the role practice: rules about practices had nothing to look at.")
    return made


def _documents(g: Graph, evidence: list[Evidence]) -> tuple[str, ...]:
    """Sources that the evidence cites, with their titles, sorted."""
    titles = dict(g.structure.tables["sources"].select("id", "title").iter_rows())
    cited = {item.source for item in evidence if item.source}
    return tuple(sorted(f"{titles[s]} ({s})" if titles.get(s) else s for s in cited))
