"""Lines of the text reports: wrapped, with a style for the terminal."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ownergraph.audit.results import Evidence

WIDTH = 100
PLACES = 6
"""Places of one source that a finding of the memo shows."""


class Line(NamedTuple):
    """One line of the memo, and how a terminal shows it (a rich style)."""

    text: str
    style: str = ""


def as_text(lines: Iterable[Line]) -> str:
    """Lines as plain text."""
    return "\n".join(line.text.rstrip() for line in lines) + "\n"


def wrap(text: str, indent: int = 0, hang: int | None = None, style: str = "") -> Iterator[Line]:
    """Lines of at most `WIDTH` letters; the first indented by `indent`, the others by `hang`."""
    hang = indent if hang is None else hang
    for piece in textwrap.wrap(
        text, WIDTH, initial_indent=" " * indent, subsequent_indent=" " * hang, break_long_words=False,
        break_on_hyphens=False,
    ) or [""]:  # fmt: skip
        yield Line(piece, style)


def heading(text: str) -> Iterator[Line]:
    """The heading of a section."""
    yield Line("")
    yield Line(text.upper(), "bold")
    yield Line("-" * len(text), "dim")


def stop(text: str) -> str:
    """A full stop, unless a name such as "P.C." brought one."""
    return text if text.endswith(".") else f"{text}."


def plural(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 finding", "2 findings"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def places(evidence: tuple[Evidence, ...]) -> str:
    """Sources and places, those of one file together: "STRA (deal.yaml line 3, 7); deal.yaml line 9"."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in evidence:
        file, _, line = item.place.rpartition(" ")
        lines = found.setdefault((item.source or "", file), [])
        if line not in lines:
            lines.append(line)
    parts = []
    for (source, file), lines in found.items():
        shown = ", ".join(lines[:PLACES]) + (" and more" if len(lines) > PLACES else "")
        parts.append(f"{source} ({file} {shown})" if source else f"{file} {shown}")
    return "; ".join(parts)
