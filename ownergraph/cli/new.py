"""ownergraph new."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ownergraph.cli.common import fail, write


def new(
    path: Annotated[Path, typer.Argument(help="File to make: deal.yaml or deal.xlsx.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a commented template that passes `ownergraph check`, to be filled in."""
    if path.exists() and not force:
        fail([f"{path}: is there already; name another file, or add --force to overwrite it"])
    from ownergraph.ingest import templates

    if path.suffix.lower() in (".yaml", ".yml"):
        write(templates.yaml_template(), path)
    elif path.suffix.lower() == ".xlsx":
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "template.xlsx"
            templates.xlsx_template(made)
            write(made.read_bytes(), path)
    else:
        fail([f'{path}: "{path.suffix}" is not a kind of template; name a file that ends in .yaml or .xlsx'])
    typer.echo(f"{path} written; fill it in, then run: ownergraph check {path}")
