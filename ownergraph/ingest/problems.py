"""Problems of an input: collected all at once, each a sentence with its place and what to do."""

from collections.abc import Collection, Iterable

from ownergraph.model.structure import InputError

SHOWN = 200
"""How many problems are printed; the rest are counted."""


class Problems:
    """Everything that is wrong with an input, in the order found."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.uncounted = 0
        """Further rows that are known to be wrong and were not looked at one by one."""
        self.unreadable = False
        """Whether some file could not be read, so that what it defines is not known."""

    def add(self, place: str, table: str, field: str, message: str) -> None:
        """Record one problem. Empty `table` or `field` are left out."""
        self.found.append(f"{', '.join(part for part in (place, table, field) if part)}: {message}")

    def unread(self, place: str, message: str) -> None:
        """Record that a file cannot be read."""
        self.unreadable = True
        self.found.append(f"{place}: {message}")

    def raise_any(self) -> None:
        """Stop if there is any problem.

        Raises:
            InputError: with all problems; beyond `SHOWN` only their number.
        """
        if not self.found:
            return
        more = len(self.found) - SHOWN
        shown = self.found[:SHOWN]
        if more > 0:
            shown.append(f"and {more:,} more problems")
        if self.uncounted:
            shown.append(f"and {self.uncounted:,} more rows that cannot be used")
        raise InputError(shown)


def shown(value: object) -> str:
    """A value as it stands in a message: quoted, in one line, not longer than 80 characters."""
    text = " ".join(str(value).split())
    return f'"{text[:77]}..."' if len(text) > 80 else f'"{text}"'


def closest(word: str, options: Iterable[str], limit: int = 1) -> list[str]:
    """The options nearest to a word, best first; none where nothing is near."""
    from rapidfuzz import fuzz, process, utils

    found = process.extract(
        word, list(options), scorer=fuzz.ratio, processor=utils.default_process, limit=limit, score_cutoff=60
    )
    return [option for option, _, _ in found]


def hint(word: str, options: Collection[str], many: str = "") -> str:
    """End of a sentence about an unknown word: the nearest option, or all of them where they are few.

    Args:
        word: what was written.
        options: what may be written.
        many: what to say where nothing is near and the options are too many to list.
    """
    if near := closest(word, options):
        return f'; did you mean "{near[0]}"?'
    if len(options) <= 25:
        return f"; write one of {', '.join(options)}"
    return f"; {many}" if many else ""
