"""ownergraph show."""

from typing import Annotated

import typer

from ownergraph.cli.common import AsOf, Paths, fail, graph


def show(
    name: Annotated[str, typer.Argument(help="Name or id of an entity.", show_default=False)],
    paths: Paths,
    as_of: AsOf = None,
) -> None:
    """Show one entity: owners above, holdings below, who controls it and why, ultimate owners."""
    from ownergraph.report.entity import entity_page

    g = graph(paths, as_of)
    found = g.find(name)
    if not found:
        import difflib

        near = difflib.get_close_matches(
            name.lower(), [n.lower() for n in [*g.names.values(), *g.ids]], n=5, cutoff=0.5
        )
        fail([f'nobody in the input is called "{name}"' + (f"; did you mean {', '.join(near)}?" if near else "")])
    if len(found) > 1:
        lines = [f"  {entity}: {g.name(entity)} ({g.kind_of[entity]})" for entity in found]
        fail([f'"{name}" may be any of {len(found)}; give the id of the one you mean:', *lines])
    typer.echo(entity_page(g, found[0]), nl=False)
