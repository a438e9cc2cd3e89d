"""Paths on which a defense does not cover every flow, where the shortest one is covered whole."""

from typing import Final

import polars as pl

from ownergraph.analysis.returns import usable_flows
from ownergraph.rules.api import Graph

c = pl.col

PATHS: Final = 50
"""Paths of one pair that are looked at."""


def undefended(g: Graph, pairs: pl.DataFrame) -> pl.DataFrame:
    """Pairs of `g.returns.pairs`, those whose shortest path is defended whole with the next that is not, if any.

    A safe harbor for one way on which value comes back says nothing of another. O(pairs), and up to `PATHS` paths of
    each that is defended.
    """
    rows = pairs["value_rows"].explode(keep_nulls=False, empty_as_null=False).unique().to_list()
    excused = g.defenses.excused("aks", rows)
    if not excused:
        return pairs
    unsure: set[str] | None = None
    made = []
    for row in pairs.iter_rows(named=True):
        if set(row["value_rows"]) <= excused:
            if unsure is None:
                unsure = set(usable_flows(g, g.returns.settings).filter("unsure")["flow"])
            made.append({**row, **_other(g, row, excused, unsure)})
        else:
            made.append(row)
    return pl.DataFrame(made, schema=pairs.schema)


def _other(g: Graph, row: dict[str, object], excused: frozenset[str], unsure: set[str]) -> dict[str, object]:
    """What changes in the row of a pair; nothing where every path is defended."""
    for path in g.returns.of(str(row["referrer"]), str(row["receiver"]), n=PATHS):
        flows = [step for step in path.steps if step.kind != "side"]
        names = [step.row for step in flows]
        if g.defenses.excused("aks", names) >= set(names):
            continue
        sides = len(path.steps) - len(flows)
        known = row["certain"] is True and not unsure & set(names)
        taker = flows[-1].taker
        how = "self" if not sides else g.referral_sides.filter(
            (c("referrer") == row["referrer"]) & (c("party") == taker)
        )["how"][0]  # fmt: skip
        return {
            "path": [step.row for step in path.steps], "value_rows": names, "kinds": [step.kind for step in flows],
            "hops": len(flows) + bool(sides), "taker": taker, "how": how, "certain": True if known else None,
        }  # fmt: skip
    return {}
