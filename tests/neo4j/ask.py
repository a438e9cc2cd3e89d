"""Ask the server of `make neo4j`: `python -m tests.neo4j.ask "MATCH ... RETURN ..."`. Not a test."""

import sys

from neo4j import GraphDatabase

from ownergraph.graphdb.address import URI


def main(statement: str) -> None:
    """Print the rows, one a line."""
    with GraphDatabase.driver(URI) as driver:
        for record in driver.execute_query(statement).records:
            print(record.data())  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
