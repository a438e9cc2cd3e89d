"""What can go wrong with a database: a message, exit status 2, and nothing that a second run does not mend."""

import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from neo4j import Driver
from typer.testing import CliRunner, Result

import ownergraph
from ownergraph.cli.app import program
from ownergraph.graphdb import connect
from ownergraph.graphdb.connect import DatabaseError, Target, connected, told
from ownergraph.graphdb.load import load
from ownergraph.graphdb.remove import structures
from tests.neo4j.contents import contents
from tests.neo4j.server import shared
from tools.neo4j import server as servers

FIXTURES = Path(__file__).parents[2] / "fixtures"
Run = Callable[..., Result]


@pytest.fixture
def run(target: Target, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`ownergraph neo4j ...` on the server of the tests."""
    assert target.password is not None
    monkeypatch.setenv("TEST_PASSWORD", target.password)

    def runs(*arguments: str, **options: str) -> Result:
        given = {"uri": target.uri, "password-env": "TEST_PASSWORD", **options}
        named = [part for name, value in given.items() for part in (f"--{name}", value)]
        result = CliRunner().invoke(program(), ["neo4j", *arguments, *named])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return runs


def refused(result: Result, *parts: str) -> None:
    """It stopped with one message that has these parts."""
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert [part for part in parts if part not in result.stderr] == []


def test_nothing_listens(run: Run) -> None:
    uri = f"bolt://127.0.0.1:{servers.free_port()}"
    refused(run("load", str(FIXTURES / "ring.yaml"), uri=uri), uri, "no connection", "see that it runs")


def test_no_address(run: Run) -> None:
    refused(run("list", uri="http://127.0.0.1"), '"http://127.0.0.1"', "write bolt://host:7687")


def test_wrong_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRONG", "wrong")
    refused(run("list", **{"password-env": "WRONG"}), 'user "neo4j" and the password do not match', "--password-env")


def test_no_password(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    refused(
        CliRunner().invoke(program(), ["neo4j", "list", "--uri", target.uri]), "asks for a password", "--password-env"
    )


def test_variable_is_not_set(run: Run) -> None:
    refused(run("list", **{"password-env": "NOT_SET_AT_ALL"}), "NOT_SET_AT_ALL is not set")


def test_no_such_database(run: Run) -> None:
    refused(run("list", database="nope"), 'no database "nope"', "--database")


def test_a_database_without_graphs(run: Run) -> None:
    refused(run("list", database="system"), '"system" holds users and settings', "--database")


def test_web_port(run: Run, shared_folder: Path) -> None:
    """The port of Neo4j Browser in place of that of Bolt."""
    uri = f"bolt://127.0.0.1:{shared(shared_folder).http}"
    refused(run("list", uri=uri), f"{uri}: this port is for web pages", "7687")


def test_old_version(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version that the server gives is compared with the oldest one."""
    monkeypatch.setattr(connect, "OLDEST", (2099, 1))
    refused(run("list"), "the server is Neo4j 5.26", "needs 2099.1 or newer")


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        # what Neo4j 4.4.48 and 3.5 choose out of the versions that the driver offers
        ("00000404", "the server is too old, it speaks Bolt 4.4; this needs Neo4j 5.26 or newer"),
        ("00000003", "the server is too old, it speaks Bolt 3.0; this needs Neo4j 5.26 or newer"),
        # servers before 3.5 know none of them
        ("00000000", "the server speaks no version of Bolt that is known here; this needs Neo4j 5.26 or newer"),
    ],
)
def test_old_protocol(answer: str, said: str, scheme: str, run: Run) -> None:
    """A server that answers the handshake of Bolt as an old one does; the driver goes no further."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serves() -> None:
            with suppress(OSError):  # the server is closed
                while True:
                    client, _ = server.accept()
                    with client:
                        client.recv(20)
                        client.sendall(bytes.fromhex(answer))
                        client.recv(1)

        thread = threading.Thread(target=serves)
        thread.start()
        uri = f"{scheme}://127.0.0.1:{server.getsockname()[1]}"
        result = run("list", uri=uri)
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    assert not thread.is_alive()
    assert (result.exit_code, result.stderr) == (2, f"error: {uri}: {said}\n")


def test_password_to_change(run: Run, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the first password of a new server, or of a user whom an administrator has made."""
    driver.execute_query(
        "CREATE USER fresh IF NOT EXISTS SET PASSWORD 'for-once-1' CHANGE REQUIRED", database_="system"
    )
    monkeypatch.setenv("ONCE", "for-once-1")
    refused(
        run("list", user="fresh", **{"password-env": "ONCE"}), 'password of user "fresh" must be changed', "Browser"
    )


def test_other_content(run: Run) -> None:
    assert run("load", str(FIXTURES / "ring.yaml"), "--name", "mine", "--replace").exit_code == 0
    refused(run("load", str(FIXTURES / "captive_pc.yaml"), "--name", "mine"), "other content", "--replace", "--name")
    assert run("remove", "mine").exit_code == 0
    refused(run("remove", "mine"), 'no structure "mine"')


def test_bad_name_and_bad_input(run: Run, tmp_path: Path) -> None:
    refused(run("load", str(FIXTURES / "ring.yaml"), "--name", "a|b"), "cannot be the name", "--name")
    refused(run("load", str(tmp_path / "none.yaml")), "none.yaml", "no such file")


def test_missing_right() -> None:
    """The error of Enterprise and Aura: Community has no roles, but databases that nobody may write to (below)."""

    class Forbidden(Exception):  # noqa: N818
        code = "Neo.ClientError.Security.Forbidden"
        message = "Create node with labels 'Entity' is not allowed for user 'reader'."

    said = told(Forbidden(), Target(user="reader"))
    assert said == (
        "bolt://127.0.0.1:7687: user \"reader\" may not do this: Create node with labels 'Entity' is not allowed for "
        "user 'reader'.; ask the administrator for the right to write"
    )


def test_connection_is_lost_and_read_only(
    driver: Driver, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server dies in the middle of a load: a message; the same load again gives what an unbroken one gives.

    Then the same server lets nobody write: what reads goes on, what writes is told.
    """
    g = ownergraph.load(FIXTURES / "captive_pc.yaml")
    home = tmp_path / "home"
    server = servers.start(home, password="another-1", until=os.getpid())
    target = Target(uri=server.uri, password="another-1")

    def dies(stage: str, done: int = 0, total: int = 0) -> None:
        if stage == "MANAGES":
            os.kill(server.pid, signal.SIGKILL)

    with pytest.raises(DatabaseError, match="no connection"), connected(target) as broken:
        load(broken, g, "cut", progress=dies)
    servers.stop(server)  # takes note of its end
    target = Target(uri=servers.start(home, password="another-1").uri, password="another-1")
    with connected(target) as mended:
        assert [row["whole"] for row in structures(mended)] == [False]
        load(mended, g, "cut")
        load(driver, g, "whole", replace="whole" in [row["name"] for row in structures(driver)])
        assert contents(driver, "whole") == contents(mended, "cut")
    mended_server = servers.running(home)
    assert mended_server is not None
    servers.stop(mended_server)
    server = servers.start(home, password="another-1", settings={"server.databases.default_to_read_only": "true"})
    monkeypatch.setenv("ANOTHER", "another-1")
    there = {"uri": server.uri, "password-env": "ANOTHER"}
    listed = run("list", **there)
    assert (listed.exit_code, listed.stdout) == (0, "cut  as of 2026-11-24\n")
    assert run("query", "fee-01", **there).exit_code == 0
    for arguments in (("load", str(FIXTURES / "ring.yaml")), ("remove", "cut")):
        refused(run(*arguments, **there), 'database "neo4j" may only be read', "--database")
    os.kill(server.pid, signal.SIGKILL)
    servers.stop(server)
