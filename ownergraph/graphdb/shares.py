"""Holdings by the size of their share, so that a style can draw them: one type of relationship a size.

A style of Neo4j Browser chooses the width of a line by the type of the relationship and by nothing else. So each
holding in force stands a second time in the graph, as what is worked out: the type tells how much of the company is
certainly held, and `share` tells it in words.
"""

from typing import Final, NamedTuple


class Size(NamedTuple):
    """A size of holdings: its type, the least percentage, whether that itself belongs to it, pixels of a line."""

    type: str
    over: float
    including: bool
    width: int


SIZES: Final = (
    Size("OWNS_ALL", 100, True, 14),
    Size("OWNS_OVER_50", 50, False, 10),
    Size("OWNS_25_TO_50", 25, True, 6),
    Size("OWNS_5_TO_25", 5, True, 3),
    Size("OWNS_UNDER_5", 0, True, 1),
)
"""From large to small; the first that fits what is certainly held. What is not recorded is under 5."""


def size(min_pct: float | None) -> Size:
    """The size of a holding of which so many percent are certain; None where nothing is recorded."""
    low = min_pct or 0.0
    return next(one for one in SIZES if low > one.over or (one.including and low == one.over))


def in_words(min_pct: float | None, max_pct: float | None) -> str:
    """The share as the line shows it: `80 %`, `25 to 50 %`, `not recorded`."""
    if min_pct is None and max_pct is None:
        return "not recorded"
    low, high = min_pct or 0.0, 100.0 if max_pct is None else max_pct
    return f"{low:g} %" if low == high else f"{low:g} to {high:g} %"
