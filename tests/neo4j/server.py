"""The server of the tests: one for all of their processes, killed when the tests have ended. Not a test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest

from ownergraph.graphdb.connect import Target
from tests.browser.chromium import required
from tools.neo4j import server as servers

PASSWORD = "tests-only-1"
MISSING = "tests with Neo4j are left out"


def why_not() -> str | None:
    """Why there is no server, or None."""
    found = servers.missing()
    return None if found is None else f"{MISSING}: {found}"


def main() -> int:
    """One line where there is no server; an exit status that stops make where one is required."""
    import sys

    if (why := why_not()) is None:
        return 0
    sys.stderr.write(f"{'error: ' if required() else ''}{why}\n")
    return int(required())


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One process of the tests at a time."""
    with (folder / "neo4j.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


def shared(folder: Path) -> servers.Server:
    """The server of all processes of these tests, started by the first that asks. Without one the test is left out.

    Args:
        folder: one that all processes of the tests share. It is removed with the server.
    """
    if (why := why_not()) is not None:
        (pytest.fail if required() else pytest.skip)(why)
    home = folder / "neo4j"
    with locked(folder):
        # a worker's parent lives as long as all workers do
        until = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
        return servers.running(home) or servers.start(home, password=PASSWORD, until=until)


def target(server: servers.Server) -> Target:
    """How to connect to it."""
    return Target(uri=server.uri, password=server.password)


if __name__ == "__main__":
    raise SystemExit(main())
