"""A real Neo4j server for the tests, with the random structures loaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from neo4j import Driver

from ownergraph.graphdb.connect import Target, connected
from tests.neo4j import server as servers
from tests.neo4j import twins


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder that all processes of the tests share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def target(shared_folder: Path) -> Target:
    """The server of the tests; it asks for a password."""
    return servers.target(servers.shared(shared_folder))


@pytest.fixture(scope="session")
def driver(target: Target) -> Iterator[Driver]:
    """A driver that is connected to it."""
    with connected(target) as made:
        yield made


@pytest.fixture(scope="session")
def bundled_loaded(driver: Driver, shared_folder: Path) -> None:
    """The structures and cases that the project brings, loaded once for all processes."""
    with servers.locked(shared_folder):
        for name, g in twins.bundled().items():
            twins.ensure(driver, g, name)


@pytest.fixture(scope="session")
def random_loaded(driver: Driver, shared_folder: Path) -> None:
    """The random structures, loaded once for all processes."""
    with servers.locked(shared_folder):
        twins.load_random(driver)
