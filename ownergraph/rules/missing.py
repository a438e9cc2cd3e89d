"""What is not recorded on the path by which somebody may control a practice, as questions.

Who may control is no question to put to anybody: the shares, powers and papers on which it hangs are. Where another
rule asks for the same fact its question serves, so that one answer is asked for once.
"""

from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

from ownergraph.analysis.moves import how
from ownergraph.model.shares import show_share
from ownergraph.rules.api import Graph
from ownergraph.rules.powers import ASK_POWERS
from ownergraph.rules.transfers import ASK_DESIGNEE, ASK_EVENTS

ASK_SHARE = "What share of {practice} does {owner} own? Recorded: {share}"
MISSING = "missing"
"""The column that `with_missing` adds: one question, or null."""


def with_missing(g: Graph, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of controllers, those that are only possible once for each fact that is missing on their path.

    Args:
        g: the graph.
        frame: rows as `Graph.controllers` has them; where `certain` is null and the controller is not certainly a
            physician, the questions are asked.

    Returns:
        The same columns and `missing`. A row on whose path nothing is missing by itself has a question in general.

    Complexity: O(rows x length of the path).
    """
    rows = frame.collect(engine="in-memory")
    asked = [
        questions(g, row) if row["certain"] is None and row["controller_is_physician"] is not True else [None]
        for row in rows.select("controller", "practice", "mechanism", "certain", "controller_is_physician", "proof")
        .iter_rows(named=True)
    ]  # fmt: skip
    return rows.lazy().with_columns(pl.Series(MISSING, asked, dtype=pl.List(pl.String))).explode(MISSING)


def questions(g: Graph, row: Mapping[str, Any]) -> list[str]:
    """What is missing on the path of one possible controller; never empty."""
    open_ = g.control.votes.open_rights
    found = []
    for row_id in row["proof"]:
        name, number = g.rows[row_id]
        ask = _ASKS.get(name)
        if ask is not None and (name in {"OWNS", "APPOINTS_BOARD"} or row_id in open_):
            text = ask(g, g.structure.tables[name.lower()].row(number, named=True))
            if text is not None:
                found.append(text)
    return list(dict.fromkeys(found)) or [
        f"Does {g.name(row['controller'])} control {g.name(row['practice'])}? It may, by "
        f"{how(row['mechanism'])}; the shares, votes or powers that decide are not recorded"
    ]


def _share(g: Graph, row: dict[str, Any]) -> str | None:
    voting = row["votes_min"] is not None
    low, high = (row[f"{'votes' if voting else 'share'}_{end}"] for end in ("min", "max"))
    if low is not None and low == high:
        return None
    asked = ASK_SHARE.replace("What share of", "What share of the votes of") if voting else ASK_SHARE
    return asked.format(practice=g.name(row["owned"]), owner=g.name(row["owner"]), share=show_share(low, high))


def _powers(g: Graph, row: dict[str, Any]) -> str:
    return ASK_POWERS.format(practice=g.name(row["managed"]), manager=g.name(row["manager"]))


def _right(g: Graph, row: dict[str, Any]) -> str:
    asked = ASK_EVENTS if row["triggers"] is None else ASK_DESIGNEE
    return asked.format(holder=g.name(row["holder"]), owner=g.name(row["owner"]), practice=g.name(row["over"]))


def _proxy(g: Graph, row: dict[str, Any]) -> str:
    over = f" over {g.name(row['over'])}" if row["over"] else ""
    return (
        f"What does the {(row['instrument'] or 'power').replace('_', ' ')} of {g.name(row['grantor'])}{over} let "
        f"{g.name(row['grantee'])} do?"
    )


def _seats(g: Graph, row: dict[str, Any]) -> str | None:
    if row["seats"] is not None and row["seats_total"] is not None:
        return None
    return f"How many of how many directors of {g.name(row['organization'])} does {g.name(row['appointer'])} appoint?"


_ASKS: dict[str, Callable[[Graph, dict[str, Any]], str | None]] = {
    "OWNS": _share, "MANAGES": _powers, "RESTRICTS_TRANSFER": _right, "HOLDS_PROXY": _proxy, "APPOINTS_BOARD": _seats,
}  # fmt: skip
