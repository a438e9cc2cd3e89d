"""The program: its commands, and what it does with a user's mistake."""

import gc
import importlib
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Annotated

import typer

from ownergraph.version import VERSION

COMMANDS = ("audit", "draw", "loops", "check", "show", "rules", "new", "schema", "neo4j")
"""In the order in which the help lists them; each is a module of its own."""


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"ownergraph {VERSION}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Options that come before a command."""


def program(names: Sequence[str] = COMMANDS) -> typer.Typer:
    """The program, with these of its commands. Each costs time to build, whether it is called or not."""
    made = typer.Typer(
        name="ownergraph",
        help="Who really controls a medical practice? Audits of ownership and control in US health care. "
        "Results are questions for counsel, never conclusions of law.",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    made.callback()(_root)
    for name in names:
        module = importlib.import_module(f"ownergraph.cli.{name}")
        if name == "neo4j":
            made.add_typer(module.app, name=name)
        else:
            made.command(name)(getattr(module, name))
    return made


def main() -> None:
    """Run the program. A broken pipe ends it quietly, and a letter that the terminal lacks is replaced."""
    # input is checked by its models alone; looking for plugins of pydantic means reading every installed package
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        # a command that is named needs none of the others; help, completion and a misspelt name need all
        named = sys.argv[1:2]
        program(named if named and named[0] in COMMANDS else COMMANDS)()
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
    finally:
        gc.freeze()  # what is left ends with the process; the interpreter need not look for cycles in it first


if __name__ == "__main__":
    main()
