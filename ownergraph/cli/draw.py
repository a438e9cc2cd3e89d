"""ownergraph draw."""

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
    one_entity,
    working,
    write,
)


def draw(
    paths: Paths,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: chart.html, or chart.svg for a static drawing.")
    ],
    as_of: AsOf = None,
    around: Annotated[
        str | None, typer.Option("--around", metavar="NAME", help="Draw only what is near this party: name or id.")
    ] = None,
    hops: Annotated[int, typer.Option("--hops", min=1, max=20, help="Relations around it, at most.")] = 2,
    results: Annotated[bool, typer.Option("--results/--no-results", help="Audit it and show the results.")] = True,
    unfold: Annotated[bool, typer.Option("--unfold", help="Draw each one where many are alike.")] = False,
    client: Client = False,
    privileged: Privileged = False,
    trust_unverified: Trust = False,
    law: Overlay = None,
    neo4j_browser: Browser = None,
    neo4j_structure: Structure = None,
) -> None:
    """Draw a structure as an interactive chart: one HTML file that needs no network.

    Exit status: 0 drawn, 2 the input cannot be used.
    """
    from ownergraph.analysis.fixpoint import ControlTooLarge
    from ownergraph.report.chart.build import TooManyError
    from ownergraph.report.chart.page import page, picture

    ending = output.suffix.lower()
    if ending not in (".html", ".htm", ".svg"):
        fail([f'--output: "{output}" does not say what to write; name a file that ends in .html or .svg'])
    if ending == ".svg" and (client or privileged):
        named = "--client" if client else "--privileged"
        fail([f"{named} is for the page; a static drawing shows no results. Leave it out, or write a .html file"])
    if neo4j_browser is not None and (ending == ".svg" or not results):
        fail(["--neo4j-browser is for the results of a page: name a .html file and leave out --no-results"])
    linked = links(neo4j_browser, neo4j_structure, paths)
    g = graph(paths, as_of, trust_unverified, law)
    near = None if around is None else one_entity(g, around)
    try:
        if ending == ".svg":
            write(working("Drawing", lambda: picture(g, around=near, hops=hops, folded=not unfold)), output)
            return
        report = working("Auditing", g.audit) if results else None
        text = working(
            "Drawing",
            lambda: page(
                g, report, around=near, hops=hops, folded=not unfold, client=client, privileged=privileged, links=linked
            ),
        )
    except (ControlTooLarge, TooManyError) as error:
        fail([str(error)])
    write(text, output)
