"""Addresses of databases: which one is meant where nothing is said, and those among the inputs.

It loads neither the driver nor anything else of this package, so that the command line may read it at its start.
"""

import re
from typing import Final

URI: Final = "bolt://127.0.0.1:7687"
USER: Final = "neo4j"
DATABASE: Final = "neo4j"

_ADDRESS: Final = re.compile(r"^(neo4j|bolt)(\+s|\+ssc)?:/")


def is_address(text: str) -> bool:
    """Whether an input is the address of a database, and no file; also where a path has eaten one of its slashes.

    Example:
        >>> is_address("neo4j://host?name=deal"), is_address("neo4j:/host"), is_address("neo4j.yaml")
        (True, True, False)
    """
    return _ADDRESS.match(text) is not None


def named(text: str) -> str | None:
    """The name of the structure in the address of a database, where the input is one and has it.

    Example:
        >>> named("neo4j:/host?name=deal&user=me"), named("deal.yaml")
        ('deal', None)
    """
    from urllib.parse import parse_qs, urlsplit

    return parse_qs(urlsplit(text).query).get("name", [None])[0] if is_address(text) else None
