"""Very wide rows drawn as two, each second box lower, so that a wide chart can still be read on one page."""

from collections.abc import Mapping, Sequence

from ownergraph.report.chart.layout_units import GAP_X
from ownergraph.report.chart.model import Node, Place

WIDE = 12
"""Boxes in a row from which on a chart is drawn narrower."""
_FEW = 6
"""A row of no more boxes stays one row."""
_NARROWER = 0.56
_UNDER = 38.0
"""Room between the two rows made of one."""


def stagger(nodes: Sequence[Node], places: Mapping[str, Place]) -> dict[str, Place]:
    """The same order from left to right and from top to bottom, in about half the width.

    Args:
        nodes: boxes.
        places: their centers.

    Returns:
        The centers as they were, where no row holds more than `WIDE` boxes.

    Complexity: O(boxes log boxes).
    """
    bands: list[list[Node]] = []
    bottom = 0.0
    for node in sorted(nodes, key=lambda n: (places[n.id].y - n.height / 2, places[n.id].x, n.id)):
        at = places[node.id]
        if not bands or at.y - node.height / 2 >= bottom:
            bands.append([])
            bottom = at.y + node.height / 2
        bands[-1].append(node)
        bottom = max(bottom, at.y + node.height / 2)
    if max(map(len, bands), default=0) <= WIDE:
        return dict(places)
    out: dict[str, Place] = {}
    lower = 0.0
    for band in bands:
        row = sorted(band, key=lambda n: (places[n.id].x, n.id))
        halves = [row] if len(row) <= _FEW else [row[::2], row[1::2]]
        for number, half in enumerate(halves):
            if number:
                upper = [(places[n.id].y, n.height / 2) for n in row]
                lower += max(y + h for y, h in upper) - min(y - h for y, h in upper) + _UNDER
            for node, x in zip(half, _spread(half, places), strict=True):
                out[node.id] = Place(round(x, 1), round(places[node.id].y + lower, 1))
    left = min(out[node.id].x - node.width / 2 for node in nodes)
    return {who: Place(round(at.x - left, 1), at.y) for who, at in out.items()}


def _spread(row: Sequence[Node], places: Mapping[str, Place]) -> list[float]:
    """Places nearer together, moved apart where boxes would meet, around the same middle."""
    wanted = [places[node.id].x * _NARROWER for node in row]
    placed: list[float] = []
    for k, (node, x) in enumerate(zip(row, wanted, strict=True)):
        least = placed[-1] + (row[k - 1].width + node.width) / 2 + GAP_X if k else x
        placed.append(max(x, least))
    moved = sum(placed) / len(placed) - sum(wanted) / len(wanted)
    return [x - moved for x in placed]
