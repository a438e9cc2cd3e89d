"""ownergraph audit."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ownergraph.cli.common import (
    AsOf,
    Browser,
    Client,
    Overlay,
    Paths,
    Privileged,
    Structure,
    Trust,
    fail,
    graph,
    links,
    prepare,
    working,
    write,
    write_lines,
)


class Format(StrEnum):
    """How a report is written."""

    text = "text"
    json = "json"
    sarif = "sarif"
    csv = "csv"
    xlsx = "xlsx"
    html = "html"


class Level(StrEnum):
    """Severities, from least to most."""

    info = "info"
    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


def audit(
    paths: Paths,
    as_of: AsOf = None,
    rule: Annotated[
        list[str] | None,
        typer.Option("--rule", metavar="CODE", help="Run this rule only; may be given several times."),
    ] = None,
    family: Annotated[
        list[str] | None, typer.Option("--family", metavar="NAME", help="Run this family of rules only, as CTRL.")
    ] = None,
    min_severity: Annotated[Level, typer.Option("--min-severity", help="Leave out results below it.")] = Level.info,
    format_: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.text,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write to.")] = None,
    fail_on: Annotated[
        Level | None, typer.Option("--fail-on", help="Exit status 1 only for findings of this severity or above.")
    ] = None,
    fail_on_undecided: Annotated[
        bool, typer.Option("--fail-on-undecided", help="Exit status 1 for undecided results too.")
    ] = False,
    no_fail: Annotated[bool, typer.Option("--no-fail", help="Exit status 0 whatever is found.")] = False,
    trust_unverified: Trust = False,
    law: Overlay = None,
    threshold: Annotated[
        int, typer.Option("--threshold", min=1, max=100, help="Control score that shows indicators of control.")
    ] = 40,
    client: Client = False,
    privileged: Privileged = False,
    all_questions: Annotated[bool, typer.Option("--all-questions", help="List every question.")] = False,
    neo4j_browser: Browser = None,
    neo4j_structure: Structure = None,
) -> None:
    """Audit a structure: who controls each practice, what is found, what to ask.

    Exit status: 0 nothing found at the threshold, 1 findings, 2 the input cannot be used.
    """
    prepare(paths)
    from ownergraph.analysis.fixpoint import ControlTooLarge
    from ownergraph.audit.engine import choose
    from ownergraph.audit.exit_status import exit_status

    try:
        # before anything is read, and apart from the audit: a KeyError of a rule is no mistake of the user
        choose(rule or (), family or ())
    except KeyError as error:
        fail([str(error.args[0])])
    if format_ not in (Format.text, Format.html) and (client or privileged):
        named = "--client" if client else "--privileged"
        fail([f"{named} is for the text report and the page only; leave it out, or write --format text or html"])
    if format_ is Format.xlsx and output is None:
        fail(["--format xlsx needs a file: add -o report.xlsx"])
    if neo4j_browser is not None and format_ not in (Format.json, Format.html):
        fail(["--neo4j-browser is for --format json and html: the others have no links to a query"])
    linked = links(neo4j_browser, neo4j_structure, paths)
    g = graph(paths, as_of, trust_unverified, law)
    try:
        report = working(
            "Auditing",
            lambda: g.audit(
                rules=rule or (), families=family or (), min_severity=min_severity.value, threshold=threshold
            ),
        )
    except ControlTooLarge as error:
        fail([str(error)])
    if format_ is Format.text:
        from ownergraph.report import text

        options = text.Options(client, privileged, all_questions)
        write_lines(text.memo(report, options), output)
    elif format_ is Format.html:
        from ownergraph.report.chart.build import TooManyError
        from ownergraph.report.chart.page import page

        try:
            drawn = working("Drawing", lambda: page(g, report, client=client, privileged=privileged, links=linked))
        except TooManyError as error:
            fail([f"{error}: that is, with ownergraph draw"])
        write(drawn, output)
    elif format_ is Format.xlsx:
        from ownergraph.report.xlsx import render_xlsx

        write(render_xlsx(report), output)
    elif format_ is Format.json:
        from ownergraph.report.formats import render_json

        write(render_json(report, linked), output)
    else:
        from ownergraph.report.formats import RENDER

        write(RENDER[format_.value](report), output)
    raise typer.Exit(
        exit_status(report, fail_on.value if fail_on else "info", undecided=fail_on_undecided) if not no_fail else 0
    )
