"""YAML and JSON files: one structure, a section for every table."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ownergraph.ingest.fields import FieldError, Spec, coerce, is_empty, is_unknown
from ownergraph.ingest.nodes import Items, Node, Pairs, Scalar, Tree, UnreadableError, decode, parse_yaml
from ownergraph.ingest.problems import Problems, hint, shown
from ownergraph.ingest.rows import Inputs, Raw
from ownergraph.model import TABLES

HEAD = ("structure", "as_of", "notes")
"""Keys beside those of tables."""


@dataclass(slots=True)
class Head:
    """What inputs say about themselves."""

    names: list[str] = field(default_factory=list)
    as_of: list[tuple[date, str]] = field(default_factory=list)
    """Dates asked for, with their places."""
    notes: list[str] = field(default_factory=list)


class DocumentReader:
    """Reads YAML and JSON into rows."""

    def __init__(self, inputs: Inputs, problems: Problems, head: Head) -> None:
        self.inputs, self.problems, self.head = inputs, problems, head

    def read(self, name: str, data: bytes) -> list[Raw]:
        """Rows of one file, in order. Problems are recorded."""
        file = self.inputs.add(name)
        try:
            text = decode(data)
            tree = self._parse(name, text)
        except UnreadableError as problem:
            self.problems.unread(self.inputs.spot(file, problem.line), problem.why)
            return []
        for line, message in tree.problems:
            self.problems.add(self.inputs.spot(file, line), "", "", message)
        if not isinstance(tree.root, Pairs):
            start = tree.root.line if tree.root else None
            self.problems.unread(
                self.inputs.spot(file, start),
                "sections are missing; write entities:, owns: and so on, each with a list",
            )
            return []
        return list(self._sections(file, tree.root))

    @staticmethod
    def _parse(name: str, text: str) -> Tree:
        if name.lower().endswith(".json"):
            from ownergraph.ingest.json_nodes import parse_json

            return parse_json(text)
        return parse_yaml(text)

    def _sections(self, file: int, root: Pairs) -> Iterator[Raw]:
        for key, (line, node) in root.pairs.items():
            if key in HEAD:
                self._head(file, key, node)
            elif key == "complete":
                yield from self._complete(file, node)
            elif key in TABLES:
                yield from self._table(file, key, node)
            else:
                options = [*HEAD, *TABLES]
                many = f"the sections are {', '.join(options)}"
                self._say(file, line, "", f"unknown section {shown(key)}{hint(key, options, many)}")

    def _say(self, file: int, line: int, section: str, message: str) -> None:
        self.problems.add(self.inputs.spot(file, line), section, "", message)

    def _head(self, file: int, key: str, node: Node) -> None:
        values = plain(node)
        if isinstance(values, dict) or (isinstance(values, list) and key != "notes"):
            self._say(file, node.line, key, "one value is expected here")
            return
        if is_empty(values) or is_unknown(values):
            return
        if key == "structure":
            self.head.names.append(str(values))
        elif key == "notes":
            listed = values if isinstance(values, list) else [values]
            self.head.notes.extend(str(value) for value in listed if isinstance(value, str) and value.strip())
        else:
            try:
                day = coerce(Spec("as_of", "date"), values)
            except FieldError as error:
                self._say(file, node.line, key, str(error))
            else:
                self.head.as_of.append((day, self.inputs.spot(file, node.line)))

    def _table(self, file: int, table: str, node: Node) -> Iterator[Raw]:
        if isinstance(node, Scalar) and table == "assumptions" and node.text is not None:
            node = Items([node], node.line)
        if isinstance(node, Scalar) and node.text is None:
            return
        if not isinstance(node, Items):
            self._say(file, node.line, table, 'a list of rows is expected here; start each row with "- "')
            return
        for item in node.items:
            if isinstance(item, Pairs):
                yield self._row(file, table, item)
            elif table == "assumptions" and isinstance(item, Scalar) and item.text is not None:
                yield Raw(table, file, item.line, {"text": item.text})
            else:
                got = "a list" if isinstance(item, Items) else shown(item.text) if item.text else "nothing"
                self._say(file, item.line, table, f'fields are expected here, as "- id: ...", and not {got}')

    def _row(self, file: int, table: str, item: Pairs) -> Raw:
        values = {name: plain(node) for name, (_, node) in item.pairs.items()}
        first = min([item.line, *(line for line, _ in item.pairs.values())])
        spots: dict[str, int | str] = {name: line for name, (line, _) in item.pairs.items() if line != first}
        return Raw(table, file, first, values, spots)

    def _complete(self, file: int, node: Node) -> Iterator[Raw]:
        if isinstance(node, Pairs):
            for entity, (_, registers) in node.pairs.items():
                yield from self._registers(file, registers, None if entity == "all" else entity)
        else:
            yield from self._registers(file, node, None)

    def _registers(self, file: int, node: Node, entity: str | None) -> Iterator[Raw]:
        for item in node.items if isinstance(node, Items) else [node]:
            if isinstance(item, Pairs) and entity is None:
                yield self._row(file, "complete", item)
            elif isinstance(item, Scalar):
                if item.text is not None and not is_unknown(item.text):
                    values = {"register": item.text} if entity is None else {"register": item.text, "entity": entity}
                    yield Raw("complete", file, item.line, values)
            else:
                self._say(file, item.line, "complete", "names of registers are expected here, as owners or agreements")


def plain(node: Node) -> Any:
    """The value of a node: text, a list, or a mapping (which no field takes). Only two levels deep."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Items):
        return [item.text if isinstance(item, Scalar) else {} if isinstance(item, Pairs) else [] for item in node.items]
    return {}
