"""`python -m tools.neo4j start`, `stop`, `watch`."""

import sys
from pathlib import Path

from tools.neo4j.server import FOLDER, LOOPBACK, ServerError, running, start, stop, watch

HOME = FOLDER / "home"
BOLT, HTTP = 7687, 7474


def main(arguments: list[str]) -> int:
    """Do what the first argument says; an exit status."""
    match arguments:
        case ["start"]:
            try:
                server = running(HOME) or start(HOME, bolt=BOLT, http=HTTP)
            except ServerError as error:
                sys.stderr.write(f"error: {error}\n")
                return 2
            sys.stdout.write(
                f"Neo4j answers at {server.uri} (no password; this machine only)\n"
                f"Browser: http://{LOOPBACK}:{server.http}/browser/?dbms={server.uri}&preselectAuthMethod=NO_AUTH\n"
            )
        case ["stop"]:
            if (one := running(HOME)) is None:
                sys.stdout.write("Neo4j does not run\n")
            else:
                stop(one)
                sys.stdout.write("Neo4j stopped\n")
        case ["watch", pid, until, home]:
            watch(int(pid), int(until), Path(home))
        case _:
            sys.stderr.write("usage: python -m tools.neo4j start | stop\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
