"""ownergraph rules."""

from typing import Annotated

import typer

from ownergraph.cli.common import fail


def rules(
    code: Annotated[
        str | None, typer.Argument(help="A rule or a family; all rules without it.", show_default=False)
    ] = None,
) -> None:
    """List the rules, or explain one."""
    from ownergraph.audit.engine import choose
    from ownergraph.report.rules import explain, table
    from ownergraph.rules.api import all_rules

    if code is None:
        typer.echo(table(list(all_rules().values())))
        return
    try:
        chosen = choose([code]) if code.upper() in all_rules() else choose((), [code])
    except KeyError as error:
        fail([str(error.args[0])])
    typer.echo(explain(chosen[0]) if len(chosen) == 1 else table(chosen))
