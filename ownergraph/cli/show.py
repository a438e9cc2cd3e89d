"""ownergraph show."""

from typing import Annotated

import typer

from ownergraph.cli.common import AsOf, Paths, fail, graph, write

CANDIDATES = 20
"""How many entities that a name may mean are listed."""


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
        shown, more = lines[:CANDIDATES], len(lines) - CANDIDATES
        shown += [f"  and {more:,} more; write more of the name"] if more > 0 else []
        fail(["\n".join([f'"{name}" may be any of {len(found):,}; give the id of the one you mean:', *shown])])
    write(entity_page(g, found[0]), None)
