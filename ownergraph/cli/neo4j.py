"""ownergraph neo4j load, remove, query, queries, guide."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from ownergraph.cli.common import AsOf, Overlay, Paths, Trust, fail, graph, with_progress, write
from ownergraph.graphdb.address import DATABASE, URI, USER

if TYPE_CHECKING:
    from neo4j import Driver

T = TypeVar("T")
Uri = Annotated[str, typer.Option("--uri", help="Address of the server: bolt://host:7687, neo4j+s://host.")]
User = Annotated[str, typer.Option("--user", help="Name of the user.")]
PasswordEnv = Annotated[
    str | None,
    typer.Option(
        "--password-env", metavar="VARIABLE", help="Environment variable with the password; NEO4J_PASSWORD if set."
    ),
]
Database = Annotated[str, typer.Option("--database", help="Name of the database.")]

app = typer.Typer(
    help="The graph in a Neo4j database: load, remove, query.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """How rows are written."""

    table = "table"
    json = "json"
    csv = "csv"


def _with(uri: str, user: str, password_env: str | None, database: str, task: "Callable[[Driver], T]") -> T:
    """Do something with a connected driver, or tell what is wrong and stop with exit status 2."""
    from ownergraph.graphdb.connect import Target, connected
    from ownergraph.model.structure import InputError

    try:
        with connected(Target.of(uri, user, password_env, database)) as driver:
            return task(driver)
    except InputError as error:
        fail(error.problems)


@app.command("load")
def load(
    paths: Paths,
    name: Annotated[
        str | None, typer.Option("--name", help="Name of the structure in the database; the first file's otherwise.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of one of that name.")] = False,
    as_of: AsOf = None,
    trust_unverified: Trust = False,
    law: Overlay = None,
    rows_only: Annotated[
        bool, typer.Option("--rows-only", help="Only what the input says: nothing that is worked out, no results.")
    ] = False,
    offline: Annotated[
        Path | None,
        typer.Option("--offline", metavar="FOLDER", help="Write files for neo4j-admin import instead, rows only."),
    ] = None,
    uri: Uri = URI,
    user: User = USER,
    password_env: PasswordEnv = None,
    database: Database = DATABASE,
) -> None:
    """Load a structure: rows, the law of its states, who controls and ultimately owns whom, results of the audit.

    A load that was cut off goes on when it is run again. Exit status: 0, or 2 where it cannot be done.
    """
    from ownergraph.graphdb import offline as files
    from ownergraph.graphdb.load import check_name
    from ownergraph.graphdb.load import load as loads
    from ownergraph.model.structure import InputError

    called = name or paths[0].stem
    try:
        check_name(called)
    except InputError as error:
        fail(error.problems)
    g = graph(paths, as_of, trust_unverified, law)
    rows = sum(frame.height for frame in g.structure.tables.values())
    if offline is not None:
        told = with_progress(lambda progress: files.write(g, called, offline, database, progress))
        typer.echo(told)
        return
    if rows > files.LARGE and not rows_only:
        folder = Path(f"{called}.neo4j")
        told = with_progress(lambda progress: files.write(g, called, folder, database, progress))
        typer.echo(f"{rows:,} rows are many for a load over the network; files for the import are written instead.")
        typer.echo(told + "\nTo load over the network all the same, what the input says alone: --rows-only")
        return

    def task(driver: "Driver") -> str:
        def work(progress: Any) -> str:
            report = None if rows_only else g.audit()
            made = loads(
                driver, g, called, database=database, replace=replace, report=report, derive=not rows_only,
                progress=progress,
            )  # fmt: skip
            return (
                f'"{called}" is in the database: {made.nodes:,} nodes, {made.relationships:,} relationships, '
                f"{made.seconds:.1f} s"
            )

        return with_progress(work)

    typer.echo(_with(uri, user, password_env, database, task))


@app.command("remove")
def remove(
    name: Annotated[str, typer.Argument(help="Name of the structure in the database.", show_default=False)],
    uri: Uri = URI,
    user: User = USER,
    password_env: PasswordEnv = None,
    database: Database = DATABASE,
) -> None:
    """Remove a structure from the database, whole; others stay as they are."""
    from ownergraph.graphdb.remove import remove as removes

    removed = _with(
        uri, user, password_env, database,
        lambda driver: with_progress(lambda progress: removes(driver, name, database=database, progress=progress)),
    )  # fmt: skip
    typer.echo(f'"{name}" is removed: {removed:,} nodes')


@app.command("list")
def list_(uri: Uri = URI, user: User = USER, password_env: PasswordEnv = None, database: Database = DATABASE) -> None:
    """List the structures in the database."""
    from ownergraph.graphdb.remove import structures
    from ownergraph.report.safe import clean

    found = _with(uri, user, password_env, database, lambda driver: structures(driver, database=database))
    for row in found:
        state = "" if row["whole"] else "  (not whole: load or remove it again)"
        typer.echo(f"{clean(row['name'])}  as of {row['as_of']}{state}")
    if not found:
        typer.echo("no structure")


@app.command("queries")
def queries() -> None:
    """List the queries, with their parameters."""
    from ownergraph.graphdb.queries import all_queries

    for query in all_queries().values():
        parameters = " ".join(f"{name}={example}" for name, example in query.parameters.items())
        typer.echo(f"{query.name:<14} {query.title}\n{'':<14} {parameters}")


@app.command("query")
def query(
    name: Annotated[str, typer.Argument(help="Name of a query, as fee-01.", show_default=False)],
    param: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="NAME=VALUE", help="Value of a parameter; may be given several times."),
    ] = None,
    format_: Annotated[Format, typer.Option("--format", help="How rows are written.")] = Format.table,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write to.")] = None,
    uri: Uri = URI,
    user: User = USER,
    password_env: PasswordEnv = None,
    database: Database = DATABASE,
) -> None:
    """Run a query of the folder `queries`; parameters are bound, never put into its text.

    Without --param structure=... the only structure of the database is taken.
    """
    from ownergraph.graphdb import queries as known
    from ownergraph.graphdb.answers import RENDER
    from ownergraph.graphdb.read import chosen
    from ownergraph.model.structure import InputError

    try:
        one = known.find(name)
        given = known.bound(one, param or ())
    except InputError as error:
        fail(error.problems)

    def task(driver: "Driver") -> str:
        values = dict(given)
        if "structure" in one.parameters:
            values["structure"] = chosen(driver, values.get("structure"), database)
        rows = list(known.run(driver, one, values, database=database))
        return RENDER[format_.value](rows, list(one.columns), _SAFE[format_]())

    write(_with(uri, user, password_env, database, task), output)


@app.command("guide")
def guide(
    structure: Annotated[
        str, typer.Option("--structure", help="Name of the structure that its queries ask about.")
    ] = "platform",
    param: Annotated[
        list[str] | None,
        typer.Option("--param", metavar="NAME=VALUE", help="Value of a parameter in every query that has it."),
    ] = None,
    browser: Annotated[
        str, typer.Option("--browser", metavar="URL", help="Address of Neo4j Browser.")
    ] = "http://127.0.0.1:7474",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to serve on; 0 takes a free one.")] = 0,
    uri: Uri = URI,
    user: User = USER,
    password_env: PasswordEnv = None,
    database: Database = DATABASE,
) -> None:
    """Serve a guide for Neo4j Browser on this machine, and print the link that connects and opens it.

    Ctrl-C ends it. Browser asks for the password where there is one: it is no part of the link.
    """
    import signal
    import threading

    from ownergraph.graphdb import serve
    from ownergraph.graphdb.browser import connecting
    from ownergraph.graphdb.connect import Target
    from ownergraph.graphdb.guide import guide as pages
    from ownergraph.graphdb.guide import style, values
    from ownergraph.model.structure import InputError

    for one in (signal.SIGINT, signal.SIGTERM):  # also where whoever started it had them ignored
        signal.signal(one, signal.default_int_handler)
    try:
        asks = Target.of(uri, user, password_env, database).password is not None
        link = connecting(browser, uri, user if asks else None, database)
        given = values(structure, param or ())
        files: dict[str, tuple[str, str]] = {serve.STYLE: ("text/plain", style())}
        with serve.serving(files, serve.origins(browser), port) as taken:
            here = f"http://{serve.NAME}:{taken}"
            files[serve.GUIDE] = ("text/html", pages(given, here + serve.STYLE))
            typer.echo(f"{link}cmd=play&arg={here}{serve.GUIDE}")
            typer.echo("Open it in a browser. Ctrl-C ends the guide.", err=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        typer.echo("The guide is closed.", err=True)
    except InputError as error:
        fail(error.problems)


def _safe() -> Callable[[str], str]:
    from ownergraph.report.safe import clean

    return clean


def _safe_cell() -> Callable[[str], str]:
    from ownergraph.report.safe import cell

    return cell


def _safe_json() -> Callable[[str], str]:
    from ownergraph.report.safe import escape_json

    return escape_json


_SAFE = {Format.table: _safe, Format.csv: _safe_cell, Format.json: _safe_json}
"""How text of the database is made harmless, for each format."""
