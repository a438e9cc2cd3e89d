"""What an audit says of money and referrals: financial relationships, and value that comes back."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ownergraph.analysis import Graph
from ownergraph.audit.evidence import evidence_of
from ownergraph.audit.results import Evidence, RelationshipAnswer, ReturnAnswer, Statistic

if TYPE_CHECKING:
    from ownergraph.analysis.returns import Returns


def money_answers(g: Graph, families: set[str]) -> tuple[tuple[RelationshipAnswer, ...], tuple[ReturnAnswer, ...]]:
    """Financial relationships and return paths, where rules of their families were asked for and somebody refers."""
    if not g.relations["REFERS_TO"].height:
        return (), ()
    related = relationship_answers(g) if "STARK" in families else ()
    return related, (return_answers(g, g.returns) if families & {"AKS", "LOOP", "EKRA"} else ())


def return_answers(g: Graph, returns: "Returns", *, paths: int = 1) -> tuple[ReturnAnswer, ...]:
    """Value that comes back to each who refers: certain before possible, then by amount, most first.

    Args:
        g: the graph.
        returns: the search that was made over it.
        paths: how many distinct paths are shown for each pair.

    Complexity: O(pairs x rows of their paths).
    """
    if not returns.pairs.height:
        return ()
    statistics = _statistics(g)
    made = [_answer(g, returns, row, statistics, paths) for row in returns.pairs.iter_rows(named=True)]
    return tuple(
        sorted(
            made,
            key=lambda a: (a.proxy, a.certain is not True, -(a.amount_usd or 0), a.hops, a.referrer, a.receiver),
        )
    )


def _answer(
    g: Graph,
    returns: "Returns",
    row: dict[str, Any],
    statistics: dict[tuple[str, str], Statistic],
    paths: int,
) -> ReturnAnswer:
    drawn = [_evidence(g, row["path"])]
    if paths > 1:
        others = [[step.row for step in one.steps] for one in returns.of(row["referrer"], row["receiver"])]
        drawn += [_evidence(g, rows) for rows in others if rows != row["path"]][: paths - 1]
    return ReturnAnswer(
        referrer=row["referrer"],
        receiver=row["receiver"],
        taker=row["taker"],
        how=row["how"],
        certain=row["certain"],
        proxy=row["proxy"],
        hops=row["hops"],
        order=row["order"],
        amount_usd=row["amount_usd"],
        first=row["first"],
        last=row["last"],
        referrals=_evidence(g, row["referrals"]),
        paths=tuple(drawn),
        statistic=statistics.get((row["referrer"], row["receiver"])),
        truncated=row["truncated"],
    )


def relationship_answers(g: Graph) -> tuple[RelationshipAnswer, ...]:
    """Every financial relationship of those who refer designated health services. O(relationships)."""
    return tuple(
        RelationshipAnswer(
            referrer=row["referrer"],
            party=row["party"],
            receiver=row["receiver"],
            kind=row["kind"],
            direct=row["direct"],
            rows=_evidence(g, row["rows"]),
            attribution=_evidence(g, row["attribution"]),
            services=tuple(row["dhs"] or ()),
            federal=row["federal"],
            in_force=row["in_force"],
        )
        for row in g.relationships.iter_rows(named=True)
    )


def _statistics(g: Graph) -> dict[tuple[str, str], Statistic]:
    return {
        (row["referrer"], row["receiver"]): Statistic(
            row["periods"], row["unit"], row["rho"], row["lag"], row["p_value"], row["p_adjusted"],
            row["slope_usd"], row["income_share"],
        )
        for row in g.volume.pairs.iter_rows(named=True)
    }  # fmt: skip


def _evidence(g: Graph, rows: Iterable[str]) -> tuple[Evidence, ...]:
    return tuple(item for item in (evidence_of(g, row) for row in rows) if item is not None)
