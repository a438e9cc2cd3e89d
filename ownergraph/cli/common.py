"""What commands share: reading input, telling of problems, writing output whole or not at all."""

import errno
import os
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from ownergraph.api import Graph
    from ownergraph.graphdb.browser import Links
    from ownergraph.model.progress import Progress
    from ownergraph.report.lines import Line

T = TypeVar("T")
BAD_INPUT = 2

Paths = Annotated[
    list[Path],
    typer.Argument(
        help="YAML or JSON files, folders of CSV or Parquet tables, XLSX workbooks; several are read together.",
        show_default=False,
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="YYYY-MM-DD", help="The day of the facts; today, unless the input says."),
]
Trust = Annotated[
    bool, typer.Option("--trust-unverified", help="Count cells of the law tables that no text has verified.")
]
Client = Annotated[bool, typer.Option("--client", help="Leave out severities and scores, for a client's copy.")]
Privileged = Annotated[bool, typer.Option("--privileged", help="Head the report as privileged draft.")]
Browser = Annotated[
    str | None,
    typer.Option("--neo4j-browser", metavar="URL", help="Give each result a link to its query in this Neo4j Browser."),
]
Structure = Annotated[
    str | None,
    typer.Option("--neo4j-structure", metavar="NAME", help="Its name there; that of the first file otherwise."),
]
Overlay = Annotated[
    Path | None, typer.Option("--law", metavar="FILE", help="YAML file of counsel's own rows of the law tables.")
]


def fail(problems: list[str]) -> NoReturn:
    """Print every problem to standard error and stop with exit status 2."""
    from ownergraph.report.safe import clean

    for problem in problems:
        typer.echo("\n".join(clean(line) for line in f"error: {problem}".split("\n")), err=True)
    raise typer.Exit(BAD_INPUT)


SMALL = 1 << 20
"""Bytes of all inputs together up to which one thread is enough."""


def prepare(paths: list[Path]) -> None:
    """Let polars and numpy work in one thread where the inputs are small files: theirs cost more than they save there.

    Both read the number when they are imported, so this comes first in a command; afterwards it does nothing. What
    the environment says wins. Answers are the same with any number of threads.
    """
    if not {"polars", "numpy"} & sys.modules.keys() and _bytes_of(paths) <= SMALL:
        for name in ("POLARS_MAX_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ.setdefault(name, "1")


def _bytes_of(paths: list[Path]) -> float:
    """Size of the files together; without bound where one is a folder or no file."""
    try:
        return sum(path.stat().st_size if path.is_file() else float("inf") for path in paths)
    except (OSError, ValueError):  # the reader tells of it
        return float("inf")


def day(text: str | None) -> date | None:
    """A date of the command line."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail([f'--as-of: "{text}" is not a date; write it as 2026-11-24'])


def graph(paths: list[Path], as_of: str | None, trust: bool = False, overlay: Path | None = None) -> "Graph":
    """Load inputs, or tell every problem and stop."""
    prepare(paths)
    from ownergraph.api import load
    from ownergraph.law import LawError
    from ownergraph.model.structure import InputError

    when = day(as_of)
    try:
        made = with_progress(
            lambda progress: load(*paths, as_of=when, trust_unverified=trust, law_overlay=overlay, progress=progress)
        )
        if overlay is not None:
            made.practice_states.collect(
                engine="in-memory"
            )  # counsel's rows are read here, so that their problems are told now
    except InputError as error:
        fail(error.problems)
    except LawError as error:
        fail(list(error.messages))
    return made


def links(browser: str | None, structure: str | None, paths: list[Path]) -> "Links | None":
    """What gives results their links to Neo4j Browser, where that is asked for, or tell what is wrong and stop."""
    if browser is None:
        if structure is not None:
            fail(["--neo4j-structure is for links: add --neo4j-browser http://127.0.0.1:7474"])
        return None
    from ownergraph.graphdb.address import named
    from ownergraph.graphdb.browser import Links, browser_address
    from ownergraph.model.structure import InputError

    try:
        return Links(browser_address(browser), structure or named(str(paths[0])) or paths[0].stem)
    except InputError as error:
        fail(error.problems)


CANDIDATES = 20
"""How many entities that a name may mean are listed."""


def one_entity(g: "Graph", name: str) -> str:
    """The id of the one entity that a name or id means, or tell what it may mean and stop."""
    found = g.find(name)
    if not found:
        import difflib

        near = difflib.get_close_matches(
            name.lower(), [n.lower() for n in [*g.names.values(), *g.ids]], n=5, cutoff=0.5
        )
        fail([f'nobody in the input is called "{name}"' + (f"; did you mean {', '.join(near)}?" if near else "")])
    if len(found) > 1:
        lines = [f"  {entity}: {g.name(entity)} ({g.kind_of[entity]})" for entity in found]
        shown, more = lines[:CANDIDATES], len(lines) - CANDIDATES
        shown += [f"  and {more:,} more; write more of the name"] if more > 0 else []
        fail(["\n".join([f'"{name}" may be any of {len(found):,}; give the id of the one you mean:', *shown])])
    return found[0]


def working(what: str, task: Callable[[], T]) -> T:
    """Run a task; on a terminal show that it runs, elsewhere be quiet."""

    def told(progress: "Progress") -> T:
        progress(what)
        return task()

    return with_progress(told)


def with_progress(task: "Callable[[Progress], T]") -> T:
    """Run a task that tells how far it is; on a terminal show that, with the time it takes, elsewhere be quiet.

    One line, which is gone when the task has ended.
    """
    from ownergraph.model.progress import quiet

    if not sys.stderr.isatty():
        return task(quiet)
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    from ownergraph.report.safe import clean

    columns = (
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(bar_width=30),
        TextColumn("{task.fields[much]}"), TimeElapsedColumn(),
    )  # fmt: skip
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        one = bar.add_task("", total=None, much="")

        def show(stage: str, done: int = 0, total: int = 0) -> None:
            much = f"{done:,} of {total:,}" if total else ""
            new = bar.tasks[0].description != clean(stage)  # every stage is seen, the shortest too
            bar.update(one, description=clean(stage), completed=done, total=total or None, much=much, refresh=new)

        return task(show)


def write_lines(lines: "list[Line]", path: Path | None) -> None:
    """Write a text report: in colors on a terminal, otherwise as plain text."""
    if path is not None or not sys.stdout.isatty():
        from ownergraph.report.lines import as_text

        write(as_text(lines), path)
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(Text(line.text, style=line.style))


_FOLDER = {errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.EROFS}
"""Errors that another folder would mend."""


def write(content: str | bytes | Iterable[str], path: Path | None) -> None:
    """Write to a file, whole or not at all, or to standard output; what comes in parts is never held as a whole."""
    parts: Iterable[str | bytes] = (content,) if isinstance(content, (str, bytes)) else content
    if path is None:
        for text in parts:
            if isinstance(text, bytes) or not sys.stdout.isatty():
                # a pipe gets the bytes that a file gets, whatever the locale says
                sys.stdout.flush()
                sys.stdout.buffer.write(_bytes(text))
            else:
                sys.stdout.write(text)
        sys.stdout.flush()
        return
    from ownergraph.report.files import write_whole

    try:
        write_whole((_bytes(text) for text in parts), path)
    except OSError as error:
        hint = "; name a folder that exists and that you may write to" if error.errno in _FOLDER else ""
        fail([f"{path}: cannot be written: {error.strerror}{hint}"])


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode(errors="replace")
