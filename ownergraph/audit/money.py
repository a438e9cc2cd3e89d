"""What an audit says of money and referrals: financial relationships, and value that comes back."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ownergraph.analysis import Graph
from ownergraph.audit.evidence import evidence_of
from ownergraph.audit.money_results import RelationshipAnswer, ReturnAnswer, Statistic
from ownergraph.audit.results import Evidence
from ownergraph.graph import Store
from ownergraph.model import RELATIONS, TABLES
from ownergraph.model.progress import Progress, quiet
from ownergraph.model.structure import empty_frame

if TYPE_CHECKING:
    from ownergraph.analysis.returns import Returns

TOLD: Final = 1_000
"""Pairs after which progress is told again."""


def return_answers(
    g: Graph, returns: "Returns", *, paths: int = 1, progress: Progress = quiet
) -> tuple[ReturnAnswer, ...]:
    """Value that comes back to each who refers: certain before possible, then by amount, most first.

    Args:
        g: the graph.
        returns: the search that was made over it.
        paths: how many distinct paths are shown for each pair.
        progress: told what is being done.

    Complexity: O(pairs x rows of their paths).
    """
    if not returns.pairs.height:
        return ()
    progress("Comparing payments with referrals")
    statistics = _statistics(g)
    drawn = _Drawn(g, returns, paths)
    made = []
    for number, row in enumerate(returns.pairs.iter_rows(named=True)):
        if not number % TOLD:
            progress("Drawing paths", number, returns.pairs.height)
        made.append(_answer(row, drawn.paths[number], drawn, statistics))
    return tuple(
        sorted(
            made,
            key=lambda a: (a.proxy, a.certain is not True, -(a.amount_usd or 0), a.hops, a.referrer, a.receiver),
        )
    )


class _Drawn:
    """Paths and referrals of pairs as evidence. A row that stands in many of them is worded once.

    Rows are looked up in a store of the rows that occur, because a dictionary of all rows of a ledger is large.
    """

    def __init__(self, g: Graph, returns: "Returns", paths: int) -> None:
        pairs = returns.pairs
        self.paths = [[rows] for rows in pairs["path"].to_list()]
        if paths > 1:
            for shown, (referrer, receiver) in zip(
                self.paths, pairs.select("referrer", "receiver").iter_rows(), strict=True
            ):
                others = [[step.row for step in one.steps] for one in returns.of(referrer, receiver)]
                shown.extend([rows for rows in others if rows != shown[0]][: paths - 1])
        self.said: dict[str, Evidence | None] = {}
        said = [pl.Series([row for shown in self.paths for rows in shown for row in rows], dtype=pl.String)]
        wanted = pl.concat([*said, pairs["referrals"].explode().drop_nulls()]).unique()
        tables = {name: empty_frame(name) for name in TABLES}
        for name in (relation.lower() for relation in RELATIONS):
            frame = g.structure.tables[name]
            tables[name] = frame.filter(pl.col("id").is_in(wanted.implode()))
        self.store = Store(replace(g.structure, tables=tables), g.as_of)

    def evidence(self, rows: Iterable[str]) -> tuple[Evidence, ...]:
        said = self.said
        for row in rows:
            if row not in said:
                said[row] = evidence_of(self.store, row)
        return tuple(one for row in rows if (one := said[row]) is not None)


def _answer(
    row: dict[str, Any], paths: list[list[str]], drawn: _Drawn, statistics: dict[tuple[str, str], Statistic]
) -> ReturnAnswer:
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
        referrals=drawn.evidence(row["referrals"]),
        paths=tuple(drawn.evidence(rows) for rows in paths),
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
