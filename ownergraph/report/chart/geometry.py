"""The path of a line from box to box, and where its label stands. Arithmetic only: a page draws by the same rules.

Ownership, control, management and accounts run from border to border as upright curves, straight where the boxes stand
above each other. Money, referrals and people bow aside, the two directions on different sides. Between boxes side by
side all lines are arcs, over or under them. Lines between the same two boxes are spread by their slot.
"""

from dataclasses import dataclass
from itertools import pairwise
from math import hypot, sqrt

from ownergraph.report.chart.model import Edge, Node, Place

_UPRIGHT = {"ownership", "control", "management", "accounts"}
_UNDER = {"money", "referral"}
_SPREAD = 30.0


@dataclass(frozen=True)
class Route:
    """A drawn line.

    Attributes:
        path: data of an SVG path.
        x: middle of the label.
        y: middle of the label.
        curve: x and y of the ends and control points: 2 points a straight line, 3 a quadratic curve, 4 a cubic one.
        t: where on the curve, in 0..1, the label stands.
    """

    path: str
    x: float
    y: float
    curve: tuple[tuple[float, float], ...]
    t: float = 0.5

    def at(self, t: float) -> tuple[float, float]:
        """The point of the curve at t in 0..1 (de Casteljau)."""
        points = list(self.curve)
        while len(points) > 1:
            points = [(a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t) for a, b in pairwise(points)]
        return points[0]


def route(edge: Edge, source: Node, a: Place, target: Node, b: Place) -> Route:
    """The line of an edge between two boxes whose centers stand at a and b."""
    middle = (edge.slots - 1) / 2
    room = max(0.0, min(source.width, target.width) / 2 - 14)
    step = min(_SPREAD, room / middle) if middle else 0.0
    aside = (edge.slot - middle) * step
    apart = abs(b.y - a.y) - (source.height + target.height) / 2
    if apart < 8:
        return _arc(edge, source, a, target, b)
    down = 1.0 if b.y > a.y else -1.0
    if edge.group not in _UPRIGHT:
        return _bow(edge, source, a, target, b)
    lean = 0.3 * (b.x - a.x)  # lines of a fan part at the border, and those of a ring come and go apart
    x1, x2 = a.x + aside + _lean(source, lean, aside), b.x + aside - _lean(target, lean, aside)
    if abs(a.x - b.x) <= 0.5 * min(source.width, target.width) - abs(aside) and abs(a.x - b.x) < 30:
        x1 = x2 = (a.x + b.x) / 2 + aside
    y1, y2 = a.y + down * _border(source, x1 - a.x), b.y - down * _border(target, x2 - b.x)
    t = 0.5 + (edge.slot - middle) * min(0.2, 0.6 / edge.slots)
    if x1 == x2:
        return _made(((x1, y1), (x2, y2)), t)
    bend = (y2 - y1) * 0.5
    return _made(((x1, y1), (x1, y1 + bend), (x2, y2 - bend), (x2, y2)), t)


def _arc(edge: Edge, source: Node, a: Place, target: Node, b: Place) -> Route:
    """Boxes side by side: over them, money and referrals under them; every other line between the two the other way."""
    ahead = 1.0 if b.x >= a.x else -1.0
    up = 1.0 if (edge.group in _UNDER) == (edge.slot % 2 == 1) else -1.0
    x1, x2 = a.x + ahead * source.width * 0.28, b.x - ahead * target.width * 0.28
    y1, y2 = a.y - up * _border(source, x1 - a.x), b.y - up * _border(target, x2 - b.x)
    high = min(36.0 + 0.04 * abs(b.x - a.x), 70.0) + 16.0 * edge.slot
    top = min(y1, y2) - 1.5 * high if up > 0 else max(y1, y2) + 1.5 * high
    return _made(((x1, y1), ((x1 + x2) / 2, top), (x2, y2)), 0.5)


def _bow(edge: Edge, source: Node, a: Place, target: Node, b: Place) -> Route:
    """A curve beside the straight way: seen along it always to the right, so the way back is on the other side."""
    dx, dy = b.x - a.x, b.y - a.y
    far = hypot(dx, dy)
    wide = 26.0 + 0.08 * far + 26.0 * edge.slot
    bx, by = (a.x + b.x) / 2 - dy / far * wide, (a.y + b.y) / 2 + dx / far * wide
    (x1, y1), (x2, y2) = _toward(source, a, bx, by), _toward(target, b, bx, by)
    return _made(((x1, y1), (bx, by), (x2, y2)), 0.5)


def _lean(node: Node, wanted: float, aside: float) -> float:
    most = min(0.34 * node.width, node.width / 2 - 12 - abs(aside))
    return 0.0 if most < 0 or node.shape == "partnership" else min(most, max(-most, wanted))


def _border(node: Node, dx: float) -> float:
    """How far the border is over or under the middle of a box, dx beside it."""
    half = node.height / 2
    return half * sqrt(max(0.0, 1 - (2 * dx / node.width) ** 2)) if node.shape == "person" else half


def _toward(node: Node, center: Place, x: float, y: float) -> tuple[float, float]:
    """Where the way from the middle of a box to a point leaves the box."""
    dx, dy = (x - center.x) / (node.width / 2), (y - center.y) / (node.height / 2)
    scale = (hypot(dx, dy) if node.shape == "person" else max(abs(dx), abs(dy))) or 1.0
    return center.x + (x - center.x) / scale, center.y + (y - center.y) / scale


def _made(points: tuple[tuple[float, float], ...], t: float) -> Route:
    text = [f"{x:.1f},{y:.1f}" for x, y in points]
    path = f"M{text[0]} {' LQC'[len(points) - 1]}{' '.join(text[1:])}"
    x, y = Route(path, 0.0, 0.0, points).at(t)
    return Route(path, round(x, 1), round(y, 1), points, t)
