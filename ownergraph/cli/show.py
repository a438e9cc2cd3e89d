"""ownergraph show."""

from typing import Annotated

import typer

from ownergraph.cli.common import AsOf, Paths, graph, one_entity, write


def show(
    name: Annotated[str, typer.Argument(help="Name or id of an entity.", show_default=False)],
    paths: Paths,
    as_of: AsOf = None,
) -> None:
    """Show one entity: owners above, holdings below, who controls it and why, ultimate owners."""
    from ownergraph.report.entity import entity_page

    g = graph(paths, as_of)
    write(entity_page(g, one_entity(g, name)), None)
