"""A connection to a Neo4j database, and messages for what can go wrong with it."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ownergraph.graphdb.address import DATABASE, URI, USER
from ownergraph.model.structure import InputError

if TYPE_CHECKING:
    from neo4j import Driver

OLDEST: Final = (5, 26)
"""The oldest server that all statements and queries run on."""
PASSWORD_VARIABLE: Final = "NEO4J_PASSWORD"  # noqa: S105 - the name of a variable


class DatabaseError(InputError):
    """The database cannot do what was asked; the message says what, why and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__([message])


@dataclass(frozen=True)
class Target:
    """Which database.

    Attributes:
        uri: as bolt://127.0.0.1:7687, neo4j://host or neo4j+s://host.
        user: name of the user.
        password: None where the server asks for none.
        database: its name.
    """

    uri: str = URI
    user: str = USER
    password: str | None = None
    database: str = DATABASE

    @staticmethod
    def of(uri: str, user: str, password_env: str | None, database: str) -> "Target":
        """A target whose password is in an environment variable.

        Args:
            uri: the address.
            user: name of the user.
            password_env: name of the variable; without one NEO4J_PASSWORD is taken where it is set.
            database: its name.

        Raises:
            DatabaseError: the variable is not set, the address is none, or the database holds no graphs.
        """
        if not re.match(r"^(bolt|neo4j)(\+s|\+ssc)?://[^/\s]+", uri):
            raise DatabaseError(
                f'--uri: "{uri}" is no address of a Neo4j server; write bolt://host:7687 or neo4j+s://host'
            )
        if database.lower() == "system":
            raise DatabaseError(
                '--database: "system" holds users and settings of the server and no graph; name another'
            )
        if password_env is not None and password_env not in os.environ:
            raise DatabaseError(
                f"--password-env: the environment variable {password_env} is not set; set it to the password of {user}"
            )
        return Target(uri, user, os.environ.get(password_env or PASSWORD_VARIABLE), database)


@contextmanager
def connected(target: Target) -> Iterator["Driver"]:
    """A driver that is connected to a server new enough; errors of the server while it is used become messages.

    Raises:
        DatabaseError: no connection, wrong password, no right, no such database, an old server.
    """
    import logging

    from neo4j import GraphDatabase
    from neo4j.exceptions import ConfigurationError, DriverError, Neo4jError

    # without a handler of its own Python prints what the driver logs of attempts that it makes again
    logging.getLogger("neo4j").addHandler(logging.NullHandler())
    auth = None if target.password is None else (target.user, target.password)
    try:
        with GraphDatabase.driver(
            target.uri,
            auth=auth,
            connection_timeout=10,
            connection_acquisition_timeout=15,
            max_transaction_retry_time=5,
            notifications_min_severity="OFF",
            user_agent="ownergraph",
        ) as driver:
            driver.verify_connectivity()  # at once: a query would try for some time
            _check(driver, target)
            yield driver
    except (Neo4jError, DriverError, ConfigurationError) as error:
        raise DatabaseError(told(error, target)) from error


def _check(driver: "Driver", target: Target) -> None:
    rows, _, _ = driver.execute_query(
        "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0] AS version",
        database_=target.database,
    )
    version = str(rows[0]["version"])
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers < OLDEST:
        raise DatabaseError(f"{target.uri}: the server is Neo4j {version}; this needs {OLDEST[0]}.{OLDEST[1]} or newer")


def told(error: Exception, target: Target) -> str:
    """An error of the driver or the server as a sentence: what, where, why, what to do."""
    code = getattr(error, "code", None) or ""
    text = " ".join(str((getattr(error, "message", None) if code else None) or error).split())
    where, needed = target.uri, f"this needs Neo4j {OLDEST[0]}.{OLDEST[1]} or newer"
    if code == "Neo.ClientError.Security.Unauthorized":
        if target.password is None:
            return (
                f"{where}: the server asks for a password; put it into an environment variable and name that with "
                f"--password-env (or set {PASSWORD_VARIABLE})"
            )
        return f'{where}: user "{target.user}" and the password do not match; check --user and --password-env'
    if code == "Neo.ClientError.Security.CredentialsExpired":
        return (
            f'{where}: the password of user "{target.user}" must be changed before it is used; connect with '
            "Neo4j Browser, which asks for a new one"
        )
    if code == "Neo.ClientError.Security.AuthenticationRateLimit":
        return f"{where}: too many wrong passwords; wait a minute and try again"
    if code == "Neo.ClientError.Database.DatabaseNotFound":
        return f'{where}: there is no database "{target.database}"; check --database (SHOW DATABASES lists them)'
    if code == "Neo.ClientError.Security.Forbidden":
        return f'{where}: user "{target.user}" may not do this: {text}; ask the administrator for the right to write'
    if code in (
        "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase",
        "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
        "Neo.ClientError.Statement.AccessMode",
    ):
        return f'{where}: database "{target.database}" may only be read; name another with --database'
    if code.startswith("Neo.TransientError.Transaction.") or code.startswith("Neo.TransientError.General.MemoryPool"):
        return f"{where}: the server could not finish: {text}; run the same command again, it goes on where it stopped"
    if code.startswith("Neo."):
        return f"{where}: {text} ({code})"
    if old := re.match(r"Notification filtering is not supported for the Bolt Protocol (\d+\.\d+)", text):
        return f"{where}: the server is too old, it speaks Bolt {old[1]}; {needed}"
    if type(error).__name__ == "UnsupportedServerProduct":
        return f"{where}: the server speaks no version of Bolt that is known here; {needed}"
    if "(looks like HTTP)" in text:
        return f"{where}: this port is for web pages; give that of Bolt, which is 7687 unless it was changed"
    if type(error).__name__ in (
        "ServiceUnavailable",
        "SessionExpired",
        "IncompleteCommit",
        "ConnectionAcquisitionTimeoutError",
    ):
        why = text.split(" (resolved", 1)[0]
        return (
            f"{where}: no connection to a Neo4j server ({why}); see that it runs and that the "
            "address is right. A load that was cut off goes on when the same command is run again"
        )
    return f"{where}: {text}"
