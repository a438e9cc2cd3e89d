"""Which server is meant where none is named: one answer for the command line and for Python, and cheap to read."""

import inspect
import subprocess
import sys

from ownergraph.cli import neo4j as commands
from ownergraph.graphdb import address
from ownergraph.graphdb.connect import Target


def test_defaults_are_one() -> None:
    expected = (address.URI, address.USER, address.DATABASE)
    assert (Target().uri, Target().user, Target().database) == expected
    for command in (commands.load, commands.remove, commands.list_, commands.query, commands.guide):
        given = inspect.signature(command).parameters
        assert tuple(given[name].default for name in ("uri", "user", "database")) == expected


def test_the_commands_load_no_driver() -> None:
    """The start of the program reads the defaults, and not what connects."""
    code = (
        "import sys; import ownergraph.cli.neo4j; "
        "heavy = {'neo4j', 'polars', 'pydantic', 'numpy', 'ownergraph.model', 'ownergraph.graphdb.connect'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
