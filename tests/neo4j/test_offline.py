"""The files for the offline import, taken in by Neo4j's own importer, give the database that a load gives."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from neo4j import Driver

import ownergraph
from ownergraph.graphdb import offline
from ownergraph.graphdb.connect import Target, connected
from ownergraph.graphdb.load import load
from ownergraph.graphdb.remove import structures
from tests.neo4j.contents import contents
from tests.neo4j.server import PASSWORD
from tools.neo4j import server as servers

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.mark.slow
def test_import(driver: Driver, tmp_path: Path) -> None:
    """Commands as they are told, run; then everything is compared but what is worked out."""
    g = ownergraph.load(FIXTURES / "platform.yaml")
    folder, home = tmp_path / "files", tmp_path / "home"
    told = offline.write(g, "imported", folder).splitlines()
    command = next(line for line in told if "neo4j-admin" in line).strip().removeprefix("neo4j-admin ")
    server = servers.start(home, password=PASSWORD, until=os.getpid())
    servers.stop(server)
    subprocess.run(
        [*servers.java(), "org.neo4j.server.startup.Neo4jAdminCommand", *shlex.split(command)],
        cwd=folder,
        env={**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")},
        check=True,
        capture_output=True,
    )
    server = servers.start(home, password=PASSWORD)
    with connected(Target(uri=server.uri, password=PASSWORD)) as other:
        with other.session() as session:
            for statement in (folder / "finish.cypher").read_text(encoding="utf-8").split(";\n"):
                if statement.strip():
                    session.run(statement).consume()  # type: ignore[arg-type]
        load(driver, g, "sent", derive=False, replace="sent" in [row["name"] for row in structures(driver)])
        sent, imported = contents(driver, "sent"), contents(other, "imported")
        # what defends a row is worked out, and only a load over the network says so
        assert not any("defended" in said for _, said, *_ in sent["relationships"])
        assert sent == imported
    servers.stop(server)
