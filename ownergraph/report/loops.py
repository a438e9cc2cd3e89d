"""The report of `ownergraph loops`: value that comes back to those who refer, as text, JSON or CSV."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from ownergraph.audit.evidence import Namer, chains
from ownergraph.audit.results import ReturnAnswer
from ownergraph.report.lines import Line, as_text, plural, wrap
from ownergraph.report.money import NOT_MEANT, return_path
from ownergraph.report.money_json import return_layout
from ownergraph.report.safe import cell, clean, escape_json

FORMAT_VERSION = "1.0"
"""Of the JSON layout: the first number changes when a field is taken away or changes its meaning."""


@dataclass(frozen=True)
class Loops:
    """What `ownergraph loops` found, and how it looked.

    Attributes:
        truncated: receivers whose search was cut short.
        names: what people call each entity that occurs.
    """

    answers: tuple[ReturnAnswer, ...]
    hops: int
    window: int
    timing: str
    min_amount_usd: float | None
    truncated: tuple[str, ...]
    structure: str | None
    as_of: date
    digest: str
    version: str
    names: dict[str, str]


def render_text(made: Loops) -> str:
    """The report as text."""
    return as_text(lines(made))


def lines(made: Loops) -> list[Line]:
    """The report line by line; nothing in it may steer a terminal. O(answers)."""
    return [Line(clean(line.text), line.style) for line in _lines(made, Namer(made.names))]


def _lines(made: Loops, name: Namer) -> Iterator[Line]:
    sure = [a for a in made.answers if a.certain and not a.proxy]
    proxies = [a for a in made.answers if a.proxy]
    rest = len(made.answers) - len(sure) - len(proxies)
    yield Line(
        f"{plural(len(sure), 'return path')}, {rest:,} possible only (a date is missing), {len(proxies):,} on "
        "shared-patient counts", "bold",
    )  # fmt: skip
    yield from wrap(f"Structure: {made.structure or 'unnamed'}. Facts as of {made.as_of}. ownergraph {made.version}.")
    order = "on or after the referral" if made.timing == "after" else "before or after the referral"
    floor = f", amounts from ${made.min_amount_usd:,.0f}" if made.min_amount_usd else ""
    yield from wrap(
        f"Looked for value that comes back in at most {plural(made.hops, 'hop')}, at most {plural(made.window, 'day')} "
        f"from a referral, {order}{floor}."
    )
    yield from wrap(NOT_MEANT, style="italic")
    for number, answer in enumerate(made.answers, 1):
        yield Line("")
        yield from return_path(number, answer, name)
    if made.truncated:
        yield Line("")
        who = ", ".join(name(one) for one in made.truncated[:20])
        more = f" and {len(made.truncated) - 20:,} more" if len(made.truncated) > 20 else ""
        yield from wrap(
            f"Cut short at the budget, paths may be missing: referrals to {who}{more}. Ask for fewer hops, a shorter "
            "window, or one referrer (--from).", style="yellow",
        )  # fmt: skip


def render_json(made: Loops) -> str:
    """The report as JSON."""
    name = Namer(made.names)
    content = {
        "format": "ownergraph-loops",
        "format_version": FORMAT_VERSION,
        "tool": {"name": "ownergraph", "version": made.version},
        "standing": NOT_MEANT,
        "structure": made.structure,
        "as_of": made.as_of.isoformat(),
        "sha256": made.digest or None,
        "hops": made.hops,
        "window_days": made.window,
        "timing": made.timing,
        "min_amount_usd": made.min_amount_usd,
        "returns": [return_layout(answer, name) for answer in made.answers],
        "truncated": list(made.truncated),
        "names": dict(sorted(made.names.items())),
    }
    return escape_json(json.dumps(content, indent=2, ensure_ascii=False)) + "\n"


COLUMNS = (
    "referrer", "receiver", "taker", "how", "certain", "proxy", "hops", "order", "amount_usd", "first", "last", "path",
    "rows", "places", "rho", "lag", "p_adjusted", "truncated",
)  # fmt: skip


def render_csv(made: Loops) -> str:
    """One row a pair, as RFC 4180 says. Cells that could be formulas are neutralized."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    name = Namer(made.names)
    for a in made.answers:
        said = a.statistic
        values = (
            name(a.referrer), name(a.receiver), name(a.taker), a.how, a.certain, a.proxy, a.hops, a.order,
            a.amount_usd, a.first, a.last, " | ".join(chains(a.closed, name)), " ".join(e.row for e in a.closed),
            " | ".join(dict.fromkeys(e.place for e in a.closed)), said.rho if said else None,
            said.lag if said else None, said.p_adjusted if said else None, a.truncated,
        )  # fmt: skip
        writer.writerow("" if v is None else cell(str(v)) for v in values)
    return out.getvalue()


RENDER: dict[str, Callable[[Loops], str]] = {"text": render_text, "json": render_json, "csv": render_csv}
"""Renderers by the name of their format."""
