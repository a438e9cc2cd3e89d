"""The report of `ownergraph loops`: value that comes back to those who refer, as text, JSON or CSV."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from json.encoder import encode_basestring
from typing import Any

from ownergraph.audit.evidence import Namer, chains
from ownergraph.audit.money_results import ReturnAnswer
from ownergraph.report.lines import Line, plural, wrap
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


def json_parts(made: Loops) -> Iterator[str]:
    """The report as JSON, a pair at a time: the report of a large ledger is larger than its input. O(answers)."""
    name = Namer(made.names)
    head = {
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
    }
    tail = {"truncated": list(made.truncated), "names": dict(sorted(made.names.items()))}
    yield escape_json(_json(head, "")[:-2]) + ',\n  "returns": ['
    for number, answer in enumerate(made.answers):
        yield ("," if number else "") + "\n    " + escape_json(_json(return_layout(answer, name), "    "))
    yield ("\n  ]" if made.answers else "]") + "," + escape_json(_json(tail, "")[1:]) + "\n"


def _json(value: Any, pad: str) -> str:
    """As json.dumps with indent=2, which has no fast way of its own. O(value)."""
    if isinstance(value, str):
        return encode_basestring(value)
    if not value or not isinstance(value, (dict, list, tuple)):
        return json.dumps(value)
    inner = f"{pad}  "
    if isinstance(value, dict):
        parts = [f"{encode_basestring(key)}: {_json(one, inner)}" for key, one in value.items()]
        first, last = "{", "}"
    else:
        parts = [_json(one, inner) for one in value]
        first, last = "[", "]"
    between = f",\n{inner}"
    return f"{first}\n{inner}{between.join(parts)}\n{pad}{last}"


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
