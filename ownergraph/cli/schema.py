"""ownergraph schema."""

from pathlib import Path
from typing import Annotated

import typer

from ownergraph.cli.common import fail, write


def schema(
    table: Annotated[
        str | None,
        typer.Argument(help="A table, or `report`; the whole input file without it.", show_default=False),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write to.")] = None,
) -> None:
    """Print the JSON Schema of the input, of one table, or of the JSON report. Editors complete and check with it."""
    import json

    from ownergraph.model import TABLES
    from ownergraph.model.schemas import structure_schema, table_schema

    if table is None:
        made = structure_schema()
    elif table == "report":
        from ownergraph.report.formats import report_schema

        made = report_schema()
    elif table.lower() in TABLES:
        made = table_schema(table.lower())
    else:
        fail([f'no table "{table}"; tables are {", ".join(TABLES)}, and "report"'])
    write(json.dumps(made, indent=2, ensure_ascii=False) + "\n", output)
