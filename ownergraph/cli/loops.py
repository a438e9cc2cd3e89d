"""ownergraph loops."""

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ownergraph.cli.common import AsOf, Paths, fail, graph, one_entity, with_progress, working, write, write_lines

if TYPE_CHECKING:
    from ownergraph.analysis.returns import Returns
    from ownergraph.audit.money_results import ReturnAnswer
    from ownergraph.model.progress import Progress


class Format(StrEnum):
    """How the report is written."""

    text = "text"
    json = "json"
    csv = "csv"


class Timing(StrEnum):
    """When value may flow, seen from the referral."""

    either = "either"
    after = "after"


class Kernel(StrEnum):
    """What searches."""

    auto = "auto"
    numpy = "numpy"
    compiled = "compiled"


def loops(
    paths: Paths,
    as_of: AsOf = None,
    hops: Annotated[int, typer.Option("--hops", min=1, max=8, help="Relations on a path, at most.")] = 4,
    window: Annotated[
        str, typer.Option("--window", metavar="DAYS", help="Days between a referral and a payment, at most: 120d.")
    ] = "120d",
    timing: Annotated[
        Timing, typer.Option("--timing", help="Value before or after the referral, or after it only.")
    ] = Timing.either,
    from_: Annotated[str | None, typer.Option("--from", metavar="NAME", help="One who refers: name or id.")] = None,
    min_amount: Annotated[
        float | None, typer.Option("--min-amount", metavar="USD", min=0, help="Leave out smaller amounts.")
    ] = None,
    shown: Annotated[int, typer.Option("--paths", min=1, max=50, help="Distinct paths shown for each pair.")] = 1,
    kernel: Annotated[
        Kernel,
        typer.Option("--kernel", help="What searches; the answers are the same. compiled: the extra ownergraph[fast]."),
    ] = Kernel.auto,
    format_: Annotated[Format, typer.Option("--format", help="How the report is written.")] = Format.text,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write to.")] = None,
    no_fail: Annotated[bool, typer.Option("--no-fail", help="Exit status 0 whatever is found.")] = False,
) -> None:
    """Find value that comes back to those who refer, and draw each path.

    Exit status: 0 no return path, 1 return paths, possible ones too, 2 the input cannot be used.
    """
    days = _days(window)
    if kernel is Kernel.compiled:
        _load_compiled()
    g = graph(paths, as_of)
    referrer = one_entity(g, from_) if from_ is not None else None
    from ownergraph.audit.money import return_answers
    from ownergraph.report.loops import Loops, json_parts, lines, render_csv
    from ownergraph.version import VERSION

    def search(progress: "Progress") -> "tuple[Returns, tuple[ReturnAnswer, ...]]":
        returns = g.return_paths(
            hops=hops, window=days, timing=timing.value, min_amount_usd=min_amount,
            referrers=None if referrer is None else [referrer], n=shown, kernel=kernel.value,
            progress=progress,
        )  # fmt: skip
        return returns, return_answers(g, returns, paths=shown, progress=progress)

    returns, answers = with_progress(search)
    said = {
        end for a in answers for rows in (a.referrals, *a.paths) for e in rows for end in (e.first, e.second) if end
    }
    said |= {who for a in answers for who in (a.referrer, a.receiver, a.taker)} | set(returns.truncated)
    made = Loops(
        answers, hops, days, timing.value, min_amount, tuple(returns.truncated), g.structure.name, g.as_of,
        g.structure.digest, VERSION, {who: g.name(who) for who in said},
    )  # fmt: skip
    if format_ is Format.text:
        write_lines(working("Writing", lambda: lines(made)), output)
    elif format_ is Format.csv:
        write(working("Writing", lambda: render_csv(made)), output)
    elif output is None:
        write(json_parts(made), output)
    else:
        working("Writing", lambda: write(json_parts(made), output))
    raise typer.Exit(int(bool(answers)) if not no_fail else 0)


def _load_compiled() -> None:
    """Before anything is read: a large ledger takes a while."""
    from ownergraph.analysis.returns_find import KernelMissingError, compiled_search

    try:
        compiled_search()
    except KernelMissingError as problem:
        fail([f"--kernel compiled: {problem}"])


def _days(text: str) -> int:
    """Days of a window, as 120, 120d, 17w or 4m (30 days a month)."""
    found = re.fullmatch(r"\s*(\d{1,5})\s*([dwm]?)\s*", text)
    if found is None:
        fail([f'--window: "{text}" is not a number of days; write it as 120d (or 17w, 4m)'])
    return int(found[1]) * {"": 1, "d": 1, "w": 7, "m": 30}[found[2]]
