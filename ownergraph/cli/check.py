"""ownergraph check."""

import typer

from ownergraph.cli.common import Paths, graph


def check(paths: Paths) -> None:
    """Read and validate inputs, and say what they hold. Every problem is told at once, with its place."""
    from ownergraph.model import TABLES

    structure = graph(paths, None).structure
    held = [f"{structure.tables[t].height:,} {t}" for t in TABLES if structure.tables[t].height]
    typer.echo(f"OK: {', '.join(held) or 'nothing recorded'}")
    for note in structure.notes:
        typer.echo(f"note: {note}")
