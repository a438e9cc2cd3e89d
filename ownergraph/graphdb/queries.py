"""The queries of the folder `queries/` and its `explore/`: what stands at their head, and running them, bound.

A file starts with `// title`; then comment lines `// What it answers: ...`, `// Parameters: ...`, `// Columns: ...`,
`// What it misses: ...`, each of which may go on in lines that are indented after the slashes.

* Parameters: one a line, `$name (meaning; as example)`, and nothing else; the example of a list is `[a, b]` or `[]`.
* Columns: the names of all columns in their order, with commas between them; a line that ends in a comma goes on in the
  next. What stands in the lines after that is prose.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ownergraph.graphdb.connect import DatabaseError

if TYPE_CHECKING:
    from neo4j import Driver

HEADINGS: Final = ("What it answers", "Parameters", "Columns", "What it misses")
_HEADING = re.compile(rf"^// ({'|'.join(HEADINGS)}): *(.*)$")
_PARAMETER = re.compile(r"\$(\w+) \(.*; as ([^;)]+)\)")
_COLUMN = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Query:
    """One query.

    Attributes:
        name: of its file, without `.cypher`.
        title: its first line.
        sections: text under each heading.
        parameters: name to example, as text.
        columns: names of its columns.
        text: the statement, with its comments.
    """

    name: str
    title: str
    sections: Mapping[str, str]
    parameters: Mapping[str, str]
    columns: tuple[str, ...]
    text: str


def folder() -> Path:
    """Where the queries are: in the package as installed, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    inside = package / "queries"
    return inside if inside.is_dir() else package.parent / "queries"


def parse(name: str, text: str) -> Query:
    """Read a query's head.

    Raises:
        ValueError: a part of the head is missing, or not written as this module says; the message says which.
    """
    lines = text.splitlines()
    if not lines or not lines[0].startswith("// ") or _HEADING.match(lines[0]):
        raise ValueError(f"{name}.cypher: the first line is no title; write // and the title")
    parts: dict[str, list[str]] = {}
    heading = None
    for line in lines[1:]:
        if not line.startswith("//"):
            break
        if found := _HEADING.match(line):
            heading = found[1]
            if heading in parts:
                raise ValueError(f"{name}.cypher: the head has {heading} twice")
            parts[heading] = [found[2].strip()]
        elif heading is not None:
            parts[heading].append(line.removeprefix("//").strip())
    lacks = [one for one in HEADINGS if not any(parts.get(one, ()))]
    if lacks:
        raise ValueError(f"{name}.cypher: the head lacks {', '.join(lacks)}")
    sections = {one: " ".join(said) for one, said in parts.items()}
    parameters, columns = _parameters(name, parts["Parameters"]), _columns(name, parts["Columns"])
    return Query(name, lines[0][3:].strip(), sections, parameters, columns, text)


def _parameters(name: str, lines: list[str]) -> dict[str, str]:
    """Name to example, of the lines of a head. Raises ValueError where one is not written as it should be."""
    found: dict[str, str] = {}
    for line in lines:
        one = _PARAMETER.fullmatch(line)
        if one is None or one[1] in found:
            raise ValueError(
                f'{name}.cypher: Parameters: "{line}" is none that is new; write $name (meaning; as example), '
                "each on a line of its own"
            )
        found[one[1]] = one[2].strip()
    return found


def _columns(name: str, lines: list[str]) -> tuple[str, ...]:
    """Names up to the first line that ends without a comma. Raises ValueError where one is no name, or stands twice."""
    listed: list[str] = []
    for line in lines:
        listed.append(line)
        if not line.endswith(","):
            break
    names = [one.strip() for one in " ".join(listed).split(",")]
    wrong = [one for k, one in enumerate(names) if not _COLUMN.fullmatch(one) or one in names[:k]]
    if wrong:
        raise ValueError(
            f'{name}.cypher: Columns: "{wrong[0]}" is no name of a column that is new; write a, b, path, and what they '
            "mean from the next line on"
        )
    return tuple(names)


@cache
def all_queries() -> dict[str, Query]:
    """Every query by the name of its file, those of rules first."""
    paths = sorted(folder().rglob("*.cypher"), key=lambda path: (len(path.parts), path))
    return {path.stem: parse(path.stem, path.read_text("utf-8")) for path in paths}


def find(name: str) -> Query:
    """The query of a name.

    Raises:
        DatabaseError: there is none; the message names what comes near.
    """
    known = all_queries()
    if name.lower() in known:
        return known[name.lower()]
    import difflib

    near = difflib.get_close_matches(name.lower(), known, n=5, cutoff=0.4)
    raise DatabaseError(
        f'there is no query "{name}"; ' + (f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(known)}")
    )


def bound(query: Query, given: Iterable[str]) -> dict[str, Any]:
    """Values of parameters as people write them, `name=value`; of the type that the example of the head has.

    Example:
        >>> query = Query("q", "Q", {}, {"structure": "platform", "percent": "25"}, (), "")
        >>> bound(query, ["percent=50"])
        {'percent': 50}

    Raises:
        DatabaseError: it is not written so, the query has no such parameter, or the value is of another type.
    """
    found: dict[str, Any] = {}
    for one in given:
        name, sign, text = one.partition("=")
        if not sign or name not in query.parameters:
            known = ", ".join(f"{k}={v}" for k, v in query.parameters.items()) or "none"
            raise DatabaseError(f'--param: "{one}" is no parameter of {query.name}; it has {known}')
        found[name] = _typed(name, text, query.parameters[name])
    return found


def _typed(name: str, text: str, example: str) -> Any:
    if example.startswith("["):
        return _listed(text)
    readers: tuple[Callable[[str], Any], ...] = (_flag, int, float, date.fromisoformat)
    for read in readers:
        try:
            read(example)
        except ValueError:
            continue
        try:
            return read(text)
        except ValueError:
            raise DatabaseError(f'--param {name}: "{text}" is not written as {example}') from None
    return text


def _listed(text: str) -> list[str]:
    """Ids with commas between them, in brackets or not; where an id has a comma, a list as JSON has it."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return found
    return [part.strip() for part in text.removeprefix("[").removesuffix("]").split(",") if part.strip()]


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


def run(
    driver: "Driver", query: Query, parameters: Mapping[str, Any], *, database: str = "neo4j"
) -> Iterator[dict[str, Any]]:
    """Run a query in a read transaction; its rows, streamed.

    Parameters are bound, never put into the text.

    Raises:
        DatabaseError: a parameter is missing, or the query has none of that name.
    """
    lacks, extra = sorted(set(query.parameters) - set(parameters)), sorted(set(parameters) - set(query.parameters))
    if lacks or extra:
        said = [f"--param {name}=... is missing (as {query.parameters[name]})" for name in lacks]
        said += [f"it has no parameter {name}; it has {', '.join(query.parameters) or 'none'}" for name in extra]
        raise DatabaseError(f"query {query.name}: {'; '.join(said)}")
    with driver.session(database=database, default_access_mode="READ") as session:
        for record in session.run(query.text, dict(parameters)):
            yield dict(zip(record.keys(), record.values(), strict=True))
