"""The program: its commands, and what it does with a user's mistake."""

import gc
import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from ownergraph.cli import audit, check, draw, loops, neo4j, new, rules, schema, show
from ownergraph.version import VERSION

app = typer.Typer(
    name="ownergraph",
    help="Who really controls a medical practice? Audits of ownership and control in US health care. "
    "Results are questions for counsel, never conclusions of law.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"ownergraph {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Options that come before a command."""


app.command("audit")(audit.audit)
app.command("draw")(draw.draw)
app.command("loops")(loops.loops)
app.command("check")(check.check)
app.command("show")(show.show)
app.command("rules")(rules.rules)
app.command("new")(new.new)
app.command("schema")(schema.schema)
app.add_typer(neo4j.app, name="neo4j")


def main() -> None:
    """Run the program. A broken pipe ends it quietly, and a letter that the terminal lacks is replaced."""
    # input is checked by its models alone; looking for plugins of pydantic means reading every installed package
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
    finally:
        gc.freeze()  # what is left ends with the process; the interpreter need not look for cycles in it first


if __name__ == "__main__":
    main()
