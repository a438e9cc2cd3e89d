"""Text from the input made fit to be shown: no control characters, no tricks of direction, no formulas.

Names come from whoever filled in the input. A name must not move the cursor of a terminal, turn the direction of the
line in which it stands, or run as a formula in a spreadsheet.
"""

import re

from ownergraph.audit.evidence import Namer
from ownergraph.audit.results import Report

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # control characters
    "\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"  # direction and nothing to see
    "\u2028\u2029\ufffe\uffff\ud800-\udfff]"  # line ends of Unicode, and what is no character
)
_SPACES = "\t\n\v\f\r\x85\u2028\u2029"
_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


def clean(text: str) -> str:
    r"""`text` on one line, with every control or direction character replaced.

    Line ends and tabs become spaces, other characters of the kind U+FFFD, so that a reader sees that something is
    there.

    Example:
        >>> clean("Summit\tMSO"), clean("\x1b[31mred\u202e")
        ('Summit MSO', '�[31mred�')
    """
    return _HIDDEN.sub(lambda found: " " if found[0] in _SPACES else "\ufffd", text)


def cell(text: str) -> str:
    """`text` as the cell of a sheet: clean, and neutralized by an apostrophe where it could start a formula.

    Example:
        >>> cell("=1+1"), cell("51%")
        ("'=1+1", '51%')
    """
    shown = clean(text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) or text[:1] in ("\t", "\r") else shown


def escape_json(text: str) -> str:
    r"""JSON text with every control or direction character inside its strings written as \\uXXXX. Loses nothing.

    Example:
        >>> escape_json('"a\u202eb"')
        '"a\\u202eb"'
    """
    return _HIDDEN.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", text)


class _Names(Namer):
    """Names of entities, of groups (joined from their members'), and of nobody."""

    def __call__(self, entity: str) -> str:
        if not entity:
            return "someone not recorded"
        if entity.startswith("group:") and entity not in self.names:
            return " and ".join(super(_Names, self).__call__(m) for m in entity.removeprefix("group:").split("+"))
        return super().__call__(entity)


def namer(report: Report, *, safe: bool = False) -> Namer:
    """The names of a report, as the input writes them or, with `safe`, clean."""
    return _Names({k: clean(v) for k, v in report.names.items()} if safe else dict(report.names))
