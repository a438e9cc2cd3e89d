r"""Neo4j Browser: statements that need no parameters, and addresses that open them in its editor.

Names and ids come from whoever filled in an input, so what is put into a statement is a string literal that cannot end
early. Cypher turns `\uXXXX` into a character before it looks for the ends of literals, so a quotation mark is never
written that way: a literal is a sum of pieces, a backslash and an apostrophe each a piece of its own.

Browser decodes its whole address once and takes from `arg=` up to the next `&` or `#`, encoded or not, so a statement
may hold neither; inside literals they are written `\u0026` and `\u0023`. It fills the editor and runs nothing.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, quote_plus, urlsplit, urlunsplit

from ownergraph.graphdb.connect import DatabaseError
from ownergraph.graphdb.queries import Query, all_queries, bound

if TYPE_CHECKING:
    from ownergraph.audit.results import Result

_TOKEN: Final = re.compile(
    r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`|(?P<comment>//[^\n]*|/\*.*?\*/)|\$(?P<parameter>\w+)""",
    re.DOTALL,
)
_ESCAPED: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Categories of Unicode that are written by number: what is not seen, or turns the direction of a line."""


def literal(value: Any) -> str:
    r"""A value as an expression of Cypher that is that value, whatever it holds.

    Example:
        >>> literal("it's"), literal("A & B"), literal(["a", 25, True])
        ('(\'it\' + "\'" + \'s\')', "'A \\u0026 B'", "['a', 25, true]")

    Raises:
        TypeError: it is no text, number, date, truth value, None or list of these.

    Complexity: O(size).
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, date):
        return f"date('{value.isoformat()}')"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, str):
        pieces = [_piece(part) for part in re.split(r"(['\\])", value) if part]
        return f"({' + '.join(pieces)})" if len(pieces) > 1 else "".join(pieces) or "''"
    raise TypeError(f"{type(value).__name__} has no literal")


def _piece(text: str) -> str:
    if text == "'":
        return '"\'"'
    if text == "\\":
        return r"'\\'"
    return "'" + "".join(map(_character, text)) + "'"


def _character(one: str) -> str:
    if one not in "&#" and unicodedata.category(one) not in _ESCAPED:
        return one
    units = one.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[k]:02x}{units[k + 1]:02x}" for k in range(0, len(units), 2))


def filled(query: Query, values: Mapping[str, Any]) -> str:
    """The statement of a query with values in the place of its parameters, without comments.

    Args:
        query: the query.
        values: a value for every parameter.

    Raises:
        KeyError: a parameter without a value.

    Complexity: O(length).
    """

    def put(found: re.Match[str]) -> str:
        if found["comment"]:
            return ""
        return literal(values[found["parameter"]]) if found["parameter"] else found[0]

    lines = _TOKEN.sub(put, query.text).splitlines()
    return "\n".join(line.rstrip() for line in lines if line.strip())


def examples(query: Query, given: Mapping[str, Any]) -> dict[str, Any]:
    """A value for every parameter of a query: what is given, else the example of its head."""
    found = bound(query, [f"{name}={example}" for name, example in query.parameters.items()])
    return found | {name: value for name, value in given.items() if name in found}


def browser_address(text: str) -> str:
    """The address of a Neo4j Browser as people give it, up to where `cmd=` goes.

    Example:
        >>> browser_address("http://127.0.0.1:7474")
        'http://127.0.0.1:7474/browser/?'

    Raises:
        DatabaseError: it is no address of a page, or holds a password.
    """
    wrong = DatabaseError(f'--neo4j-browser: "{text}" is no address of Neo4j Browser; write http://127.0.0.1:7474')
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment or "@" in parts.netloc:
        raise wrong
    if port == 0 or not re.fullmatch(r"[!-~]+", text) or re.search(r"[\"'<>\\`{}|^]", text):
        raise wrong
    path = parts.path if "/browser" in parts.path else parts.path.rstrip("/") + "/browser/"
    query = f"{parts.query}&" if parts.query else ""
    return urlunsplit((parts.scheme, parts.netloc, path, "", "")) + "?" + query


def connecting(browser: str, uri: str, user: str | None, database: str) -> str:
    """The address that opens Browser and connects it, up to where `cmd=` goes; without a user nobody is asked for.

    A password is never part of it: Browser asks for that.
    """
    scheme, _, host = uri.partition("://")
    dbms = uri if user is None else f"{scheme}://{quote(user, safe='')}@{host}"
    method = "NO_AUTH" if user is None else "NATIVE"
    named = "" if database == "neo4j" else f"db={quote_plus(database)}&"
    return f"{browser_address(browser)}dbms={quote_plus(dbms, safe=':/@')}&{named}preselectAuthMethod={method}&"


@dataclass
class Links:
    """Addresses that put the twin of a rule, for one result, into the editor of Neo4j Browser.

    Attributes:
        browser: what `browser_address` gives.
        structure: name of the structure in the database.
    """

    browser: str
    structure: str
    _starts: dict[str, str | None] = field(default_factory=dict)

    def start(self, rule: str) -> str | None:
        """What the addresses of all results of a rule start with; None where the rule has no twin."""
        if rule not in self._starts:
            query = all_queries().get(rule.lower())
            self._starts[rule] = None if query is None else self._start(query)
        return self._starts[rule]

    def _start(self, query: Query) -> str | None:
        text = filled(query, examples(query, {"structure": self.structure}))
        if re.search("[&#]", text):  # Browser would cut it there; no query of ours has one, and a test says so
            return None
        head = f"// {query.title}\nCALL () {{\n{text}\n}}\nWITH *\n"
        return f"{self.browser}cmd=edit&arg={quote_plus(head)}"

    def end(self, result: "Result") -> str:
        """What the address of a result ends with: its subject and parties, as conditions."""
        parties = {**result.subject, **result.parties}
        wanted = [
            f"`{name}` IS NULL" if value is None else f"`{name}` = {literal(value)}" for name, value in parties.items()
        ]
        return quote_plus((f"WHERE {' AND '.join(wanted)}\n" if wanted else "") + "RETURN *")
