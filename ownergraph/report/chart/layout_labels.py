"""Labels moved along their lines until they lie on no box, on no other label and, where possible, on no other line.

Greedy, shortest lines first, because they have the least room: choosing places for labels of lines so that as many as
possible are free is NP-hard.

References:
    Christensen, Marks, Shieber, "An empirical study of algorithms for point-feature label placement", ACM Transactions
    on Graphics 14(3), 1995 (candidates and costs). Kakoulis, Tollis, "On the complexity of the edge label placement
    problem", Computational Geometry 18(1), 2001.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from ownergraph.report.chart.geometry import Route

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_CELL = 140.0
_LETTER = 6.1
_HIGH = 15.0
_ALONG = (0.0, 0.06, -0.06, 0.12, -0.12, 0.18, -0.18, 0.24, -0.24, 0.3, -0.3, 0.36, -0.36)
_LARGE = 2_000
"""Lines above which crossings with other lines are not looked at."""


def room(text: str) -> float:
    """Width of a label, about."""
    return _LETTER * len(text) + 6


class _Cells:
    """Boxes by the squares of the plane that they touch."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], list[Box]] = {}

    def add(self, box: Box) -> None:
        for cell in _touched(box):
            self.cells.setdefault(cell, []).append(box)

    def over(self, box: Box) -> float:
        """Area that lies on what was added (counted once for each square)."""
        total = 0.0
        for cell in _touched(box):
            for other in self.cells.get(cell, ()):
                wide = min(box[2], other[2]) - max(box[0], other[0])
                high = min(box[3], other[3]) - max(box[1], other[1])
                if wide > 0 and high > 0:
                    total += wide * high
        return total


def _touched(box: Box) -> Iterator[tuple[int, int]]:
    for i in range(int(box[0] // _CELL), int(box[2] // _CELL) + 1):
        for j in range(int(box[1] // _CELL), int(box[3] // _CELL) + 1):
            yield i, j


def spread(lines: Sequence[tuple[str, Route, str]], boxes: Iterable[Box]) -> Mapping[str, tuple[float, float]]:
    """Middles of labels.

    Args:
        lines: id, route and text of every line.
        boxes: what is drawn over the lines.

    Returns:
        Place by id. O((lines + boxes) x what is near).
    """
    solid = _Cells()
    for box in boxes:
        solid.add(box)
    dots: dict[tuple[int, int], list[tuple[float, float, str]]] = {}
    if len(lines) <= _LARGE:
        for name, route, _ in lines:
            for step in range(1, 32):
                x, y = route.at(step / 32)
                dots.setdefault((int(x // _CELL), int(y // _CELL)), []).append((x, y, name))
    out: dict[str, tuple[float, float]] = {}
    for name, route, text in sorted(lines, key=lambda line: (_length(line[1]), line[0])):
        if not text:
            out[name] = route.x, route.y
            continue
        wide = room(text) / 2
        best, least = (route.x, route.y), float("inf")
        for turn, along in enumerate(_ALONG if dots else _ALONG[:5]):
            t = route.t + along
            if not 0.12 <= t <= 0.88:
                continue
            x, y = route.at(t) if turn else (route.x, route.y)
            box = (x - wide, y - _HIGH / 2, x + wide, y + _HIGH / 2)
            cost = solid.over(box) * 20 + turn
            for cell in _touched(box):
                for a, b, other in dots.get(cell, ()):
                    if other != name and box[0] < a < box[2] and box[1] < b < box[3]:
                        cost += 12
            if cost < least:
                best, least = (x, y), cost
            if cost <= turn:
                break
        x, y = best
        solid.add((x - wide, y - _HIGH / 2, x + wide, y + _HIGH / 2))
        out[name] = round(x, 1), round(y, 1)
    return out


def _length(route: Route) -> float:
    (a, b), (c, d) = route.curve[0], route.curve[-1]
    return round(abs(c - a) + abs(d - b), 1)
