"""Text to nodes: YAML as a tree that remembers lines. Scalars stay text; the field they fill says what they mean.

Nothing is guessed from how a value looks (`NO`, `0123`, `1e3`), no tag is executed, and aliases cannot blow up.
"""

from dataclasses import dataclass, field
from typing import Any

import yaml

MAX_DEPTH = 40
TOO_DEEP = f"lists and mappings are nested more than {MAX_DEPTH} deep"
MAX_NODES = 2_000_000
"""How many values a file may have once its aliases are written out."""

NULLS = ("", "~", "null", "Null", "NULL")


class UnreadableError(Exception):
    """The text cannot be read at all.

    Args:
        line: where, from 1; None where it is the whole file.
        why: what is wrong and what to do.
    """

    def __init__(self, line: int | None, why: str) -> None:
        super().__init__(why)
        self.line, self.why = line, why


SyntaxProblem = UnreadableError
"""The name under which other packages import it."""


@dataclass(slots=True)
class Scalar:
    """One value as text; None for an empty one."""

    text: str | None
    line: int
    size: int = 1


@dataclass(slots=True)
class Items:
    """A list."""

    items: "list[Node]"
    line: int
    size: int = 1


@dataclass(slots=True)
class Pairs:
    """A mapping; keys are unique."""

    pairs: "dict[str, tuple[int, Node]]"
    line: int
    size: int = 1


Node = Scalar | Items | Pairs


@dataclass(slots=True)
class Tree:
    """What a file holds, and what is wrong with it: pairs of line and text."""

    root: Node | None = None
    problems: list[tuple[int, str]] = field(default_factory=list)


def decode(data: bytes) -> str:
    """The text of a file.

    Raises:
        UnreadableError: it is empty, or not UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableError(line, "the file is not UTF-8 text; save it with the encoding UTF-8") from None
    if not text.strip():
        raise UnreadableError(None, "the file is empty")
    return text


class _Open:
    """A list or mapping that is being read."""

    __slots__ = ("anchor", "key", "key_line", "node")

    def __init__(self, node: Items | Pairs, anchor: str | None) -> None:
        self.node, self.anchor = node, anchor
        self.key: str | None = None
        self.key_line = 0


class _Builder:
    """Builds the tree from the events of the parser, without recursion."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.open: list[_Open] = []
        self.anchors: dict[str, Node] = {}

    def place(self, node: Node) -> None:
        """Put a finished node into the list or mapping around it."""
        if not self.open:
            self.tree.root = node
            return
        around = self.open[-1]
        around.node.size += node.size
        if around.node.size > MAX_NODES:
            raise UnreadableError(
                node.line, f"more than {MAX_NODES:,} values once aliases are written out; use tables (CSV, Parquet)"
            )
        if isinstance(around.node, Items):
            around.node.items.append(node)
        elif around.key is None:
            self.key(around, node)
        else:
            key, around.key = around.key, None
            if key in around.node.pairs:
                self.tree.problems.append(
                    (around.key_line, f'"{key}" is given twice, first on line {around.node.pairs[key][0]}; keep one')
                )
            else:
                around.node.pairs[key] = (around.key_line, node)

    def key(self, around: _Open, node: Node) -> None:
        """Take a node as the key of the next value."""
        if isinstance(node, Scalar) and node.text == "<<":
            raise UnreadableError(node.line, 'merge keys ("<<") are not read; write the fields out')
        if not isinstance(node, Scalar) or node.text is None:
            raise UnreadableError(node.line, "a field name is missing; write it as text before the colon")
        around.key, around.key_line = node.text, node.line

    def event(self, event: Any) -> None:
        """Take the next event."""
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            node = self.anchors.get(str(event.anchor))
            if node is None:
                raise UnreadableError(line, f'nothing above is marked "&{event.anchor}"; write the value out')
            self.place(node)
            return
        if getattr(event, "tag", None) is not None:
            raise UnreadableError(line, f'tags ("{event.tag}") are not read; write the plain value')
        if isinstance(event, yaml.ScalarEvent):
            scalar = Scalar(_text(event, line), line)
            if event.anchor:
                self.anchors[event.anchor] = scalar
            self.place(scalar)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(self.open) >= MAX_DEPTH:
                raise UnreadableError(line, TOO_DEEP)
            fresh = Items([], line) if isinstance(event, yaml.SequenceStartEvent) else Pairs({}, line)
            self.open.append(_Open(fresh, event.anchor))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            done = self.open.pop()
            if done.anchor:
                self.anchors[done.anchor] = done.node
            self.place(done.node)
        elif isinstance(event, yaml.DocumentStartEvent) and self.tree.root is not None:
            raise UnreadableError(line, 'a second document starts here ("---"); write one structure a file')


def _text(event: Any, line: int) -> str | None:
    text: str = event.value
    if event.style in ("|", ">") and not text.strip():
        raise UnreadableError(
            line, f'nothing follows "{event.style}"; put values that start with it in quotes, as ">50%"'
        )
    return None if not event.style and text in NULLS else text


def parse_yaml(text: str) -> Tree:
    """Read YAML. O(length).

    Raises:
        UnreadableError: the text is not YAML, or uses what is not read (tags, merge keys, several documents).
    """
    builder = _Builder()
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            builder.event(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise UnreadableError(line, f"not valid YAML: {_why(error, text)}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0] if str(error) else "it cannot be read"
        raise UnreadableError(None, f"not valid YAML: {reason}") from None
    return builder.tree


def _why(error: yaml.MarkedYAMLError, text: str) -> str:
    problem = error.problem or "it cannot be read"
    context = f"{error.context}" if error.context else ""
    start = f" (from line {error.context_mark.line + 1})" if error.context and error.context_mark else ""
    said = f"{context}{start}: {problem}" if context else problem
    lines = text.split("\n")
    at = error.problem_mark.line if error.problem_mark else len(lines)
    if at < len(lines) and "\t" in lines[at][: len(lines[at]) - len(lines[at].lstrip())]:
        return f"{said}; use spaces, not tabs, at the start of lines"
    if "maximum nesting depth" in problem:
        return TOO_DEEP
    if "block scalar" in context:
        return f'{said}; put values that start with ">" or "|" in quotes, as ">50%"'
    if "mapping values are not allowed" in problem:
        return f'{said}; put text that holds ": " in quotes, or check the indentation'
    if "cannot start any token" in problem:
        return f"{said}; put values that start with %, @ or ` in quotes"
    return f"{said}; check the indentation, quotes and brackets here and just above"
