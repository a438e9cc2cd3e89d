"""Ask the server of `make neo4j`: `python -m tests.neo4j.ask "MATCH ... RETURN ..."`. Not a test."""

import sys

from neo4j import GraphDatabase

from ownergraph.graphdb.connect import DEFAULT_URI


def main(statement: str) -> None:
    """Print the rows, one a line."""
    with GraphDatabase.driver(DEFAULT_URI) as driver:
        for record in driver.execute_query(statement).records:  # type: ignore[arg-type]
            print(record.data())  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
