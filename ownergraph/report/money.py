"""Money and referrals as text: financial relationships, and paths on which value comes back."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ownergraph.audit.evidence import Namer, chains
from ownergraph.audit.labels import money, period
from ownergraph.report.lines import Line, heading, places, plural, stop, wrap

if TYPE_CHECKING:
    from ownergraph.audit.money_results import RelationshipAnswer, ReturnAnswer, Statistic

SHOWN = 25
"""Relationships, and paths, that the memo of an audit shows; every other format has them all."""
ROWS = 4
"""Referral rows that one item shows."""
NOT_MEANT = (
    "A path is a link to look into: payments at fair market value for real services come back to those who refer, too."
)
_HOW = {
    "self": "to the referrer itself",
    "owner": "to an owner of the referrer",
    "owned": "to a company of the referrer",
    "family": "to the family of the referrer",
    "employer": "to the employer of the referrer",
    "group": "to the group of the referrer",
}
_ORDER = {
    "before": "before the referrals", "after": "after the referrals", "overlap": "in the period of the referrals",
}  # fmt: skip


def sections(
    relationships: "tuple[RelationshipAnswer, ...]", returns: "tuple[ReturnAnswer, ...]", name: Namer
) -> Iterator[Line]:
    """Both sections of an audit's memo; nothing where there is nothing."""
    if relationships:
        yield from heading("Financial relationships of those who refer designated health services")
        yield from wrap(
            "In force at a referral, in either direction, whatever is paid for. Whether an exception answers it stands "
            "with the findings.", style="dim",
        )  # fmt: skip
        for one in relationships[:SHOWN]:
            yield from relationship(one, name)
        yield from _rest(len(relationships))
    if returns:
        yield from heading("Value that comes back to those who refer")
        yield from wrap(NOT_MEANT, style="dim")
        for number, answer in enumerate(returns[:SHOWN], 1):
            yield from return_path(number, answer, name)
        yield from _rest(len(returns))


def _rest(number: int) -> Iterator[Line]:
    if number > SHOWN:
        yield from wrap(f"and {number - SHOWN:,} more; every other format has them all.", 3, style="italic")


def relationship(one: "RelationshipAnswer", name: Namer) -> Iterator[Line]:
    """One financial relationship."""
    unsure = [
        *(["whether it was in force at a referral is not recorded"] if one.in_force is None else []),
        *(["whether Medicare or Medicaid pays is not recorded"] if one.federal is None else []),
    ]
    direct = "direct" if one.direct else "indirect"
    what = "ownership" if one.kind == "ownership" else f"{direct} compensation"
    services = f" ({', '.join(one.services)})" if one.services else ""
    yield from wrap(
        stop(f"{name(one.referrer)} refers{services} to {name(one.receiver)}: {what}{'; ' if unsure else ''}"
             f"{'; '.join(unsure)}"), 0, 3, "yellow" if unsure else "bold",
    )  # fmt: skip
    if one.party != one.referrer:
        for chain in chains(one.attribution, name) or [f"through {name(one.party)}"]:
            yield from wrap(chain, 3, 5, "dim")
    for chain in chains(one.rows, name):
        yield from wrap(chain, 3, 5, "cyan")


def return_path(number: int, one: "ReturnAnswer", name: Namer) -> Iterator[Line]:
    """One pair: how value comes back, drawn as a chain that closes on the referrer."""
    sure = (
        "the rows count shared patients, a proxy and no referrals"
        if one.proxy
        else "every date is recorded"
        if one.certain
        else "possible only: a date is missing"
    )
    when = f", {_ORDER[one.order]}" if one.order else ""
    days = period(one.first, one.last)
    amount = f"; at least {money(one.amount_usd)} on every step with an amount" if one.amount_usd is not None else ""
    style = "bold" if one.certain and not one.proxy else "yellow"
    yield from wrap(f"{number}. {name(one.referrer)} refers to {name(one.receiver)}", 0, 3, style)
    yield from wrap(
        stop(f"Value comes back {_HOW[one.how]} in {plural(one.hops, 'hop')}{when}"
             f"{f' ({days})' if days else ''}{amount}; {sure}"), 3,
    )  # fmt: skip
    for chain in chains(one.closed, name):
        yield from wrap(chain, 3, 5, "cyan")
    for item in one.referrals[1:ROWS]:
        yield from wrap(f"also: {name(item.first)} --{item.label}--> {name(item.second or '')}", 3, 5, "dim")
    if len(one.referrals) > ROWS:
        yield from wrap(f"and {len(one.referrals) - ROWS:,} more rows of referrals.", 3, style="dim")
    for rows in one.paths[1:]:
        yield from wrap(f"another path: {'; '.join(chains((*one.referrals[:1], *rows), name))}", 3, 5, "cyan")
    if one.statistic is not None:
        yield from wrap(statistic(one.statistic), 3, 5)
    if one.truncated:
        yield from wrap("The search was cut short at its budget: other paths may exist.", 3, style="yellow")
    yield from wrap(f"Recorded in: {places(one.closed)}.", 3, 5, "dim")


def statistic(one: "Statistic") -> str:
    """The statistic in a sentence."""
    lag = f" at a lag of {plural(one.lag, one.unit)}" if one.lag else ""
    slope = f"; {money(round(one.slope_usd, 2))} a referral (median)" if one.slope_usd is not None else ""
    share = f"; {one.income_share:.0%} of the payee's recorded receipts" if one.income_share is not None else ""
    return (
        f"Do payments move with referrals? Spearman's rho {one.rho:.2f} over {plural(one.periods, one.unit)}{lag}, "
        f"p {one.p_value:.3g}, corrected for all pairs {one.p_adjusted:.3g}{slope}{share}."
    )
