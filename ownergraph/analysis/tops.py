"""Ultimate controllers of everything at once, without all the pairs between."""

from typing import TYPE_CHECKING, Any

import polars as pl

from ownergraph.analysis.ultimate import ultimate_controllers
from ownergraph.analysis.votes import edge_arrays

if TYPE_CHECKING:
    from ownergraph.analysis.control import Control


def ultimate_frame(control: "Control") -> pl.DataFrame:
    """Who ultimately and certainly controls each controlled entity, by votes, boards and contracts.

    Columns: controlled, ultimate (entity or group; of a ring its first member), ring (its members; empty where it is
    none). Sorted by controlled, then ultimate. A long chain of companies costs no more than its length, where the
    pairs of `Control.pairs` are quadratically many. Complexity: O(holdings log**2 holdings), see `ultimate`.
    """
    holdings, size = control.votes.certain, control.store.entities.height
    edges = edge_arrays(control.edges(contract=True, possible=False)[0])
    found = ultimate_controllers(holdings, members=control.members(holdings.n), edges=edges)
    names = control.store.entities["id"].to_list()

    def name(number: int) -> str | None:
        if number >= holdings.n:
            return control.groups[number - holdings.n].id
        return names[number] if number < size else None

    rings: dict[int, list[str]] = {}
    for ring, member in zip(found.ring.tolist(), found.member.tolist(), strict=True):
        if (who := name(member)) is not None:
            rings.setdefault(ring, []).append(who)
    rows = []
    for controlled, ultimate, is_ring in zip(
        found.controlled.tolist(), found.ultimate.tolist(), found.is_ring.tolist(), strict=True
    ):
        who = name(ultimate)
        if controlled < size and who is not None:  # numbers beyond stand for a holding, or for what is not listed
            rows.append((names[controlled], who, sorted(rings.get(ultimate, [])) if is_ring else []))
    schema: dict[str, Any] = {"controlled": pl.String, "ultimate": pl.String, "ring": pl.List(pl.String)}
    return pl.DataFrame(rows, schema=schema, orient="row").sort("controlled", "ultimate")
