"""JSON to nodes, with lines. Strict: no NaN, no duplicate keys, no comments."""

import re
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]

from ownergraph.ingest.nodes import MAX_DEPTH, Items, Node, Pairs, Scalar, Tree, UnreadableError

_SPACE = re.compile(r"[ \t\n\r]*")
_LITERAL = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")


class _Text:
    """The text and where we are in it."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.line, self._counted = text, 0, 1, 0
        self.tree = Tree()

    def here(self) -> int:
        """Line of the current place; lines are counted once, going forward."""
        self.line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self.line

    def skip(self) -> str:
        """Pass over space; the next character, or an empty text at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def fail(self, why: str) -> UnreadableError:
        return UnreadableError(self.here(), f"not valid JSON: {why}")

    def string(self) -> str:
        line = self.here()
        try:
            value, self.at = scanstring(self.text, self.at + 1, True)
        except JSONDecodeError as error:
            raise UnreadableError(line, f"not valid JSON: {error.msg[0].lower()}{error.msg[1:]}") from None
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise UnreadableError(line, "not valid JSON: half of a surrogate pair")
        return str(value)

    def value(self, depth: int) -> Node:
        first = self.skip()
        line = self.here()
        if depth > MAX_DEPTH:
            raise self.fail(f"lists and objects are nested more than {MAX_DEPTH} deep")
        if first == "{":
            return self.pairs(line, depth)
        if first == "[":
            return self.items(line, depth)
        if first == '"':
            return Scalar(self.string(), line)
        if found := _LITERAL.match(self.text, self.at):
            self.at = found.end()
            return Scalar(None if found[0] == "null" else found[0], line)
        word = re.match(r"[^\s,\]}]*", self.text[self.at : self.at + 40])
        said = word[0] if word else ""
        raise self.fail(f'"{said}" is no value; write text in double quotes, a number, true, false or null')

    def items(self, line: int, depth: int) -> Items:
        node = Items([], line)
        self.at += 1
        if self.skip() == "]":
            self.at += 1
            return node
        while True:
            node.items.append(self.value(depth + 1))
            if self.after("]"):
                return node

    def pairs(self, line: int, depth: int) -> Pairs:
        node = Pairs({}, line)
        self.at += 1
        if self.skip() == "}":
            self.at += 1
            return node
        while True:
            if self.skip() != '"':
                raise self.fail("the name of a field is expected here, in double quotes")
            key_line = self.here()
            key = self.string()
            if self.skip() != ":":
                raise self.fail(f'":" is expected after "{key}"')
            self.at += 1
            value = self.value(depth + 1)
            if key in node.pairs:
                said = f'"{key}" is given twice, first on line {node.pairs[key][0]}; keep one'
                self.tree.problems.append((key_line, said))
            else:
                node.pairs[key] = (key_line, value)
            if self.after("}"):
                return node

    def after(self, close: str) -> bool:
        """Pass over the comma or the closing bracket; whether it was the bracket."""
        found = self.skip()
        if found not in (",", close) or not found:
            raise self.fail(f'"," or "{close}" is expected here')
        self.at += 1
        return found == close


def parse_json(text: str) -> Tree:
    """Read JSON. O(length).

    Raises:
        UnreadableError: the text is not JSON.
    """
    reader = _Text(text)
    reader.tree.root = reader.value(0)
    if reader.skip():
        raise reader.fail("something follows the end")
    return reader.tree
