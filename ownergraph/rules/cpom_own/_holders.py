"""What the rules on ownership share: scope, exempt kinds of practice, who counts as licensed, bounds of a group."""

from collections.abc import Sequence

import polars as pl

from ownergraph.model import WHOLE
from ownergraph.model.vocabulary import PROFESSIONAL_FORMS
from ownergraph.rules.api import Graph, Leaf, Test, fact

c = pl.col

EXACT = 12
"""Digits to which fractions are rounded before they are compared; products of two recorded shares have no more."""


def is_professional() -> pl.Expr:
    """Whether a practice is recorded as a professional entity, by the act it was formed under or by its form."""
    return c("professional").fill_null(False) | c("form").is_in(PROFESSIONAL_FORMS).fill_null(False)


def in_scope() -> pl.Expr:
    """Where rules on ownership apply: a doctrine of moderate strength or more, or a professional entity anywhere."""
    return c("state").is_not_null() & ((c("cpom_weight_stated") >= 2).fill_null(False) | is_professional())


def exempt_practice() -> Leaf:
    """Whether the practice itself is of a kind that lay persons may own. See `analysis.exempt.with_practice_exempt`."""
    return fact(
        c("practice_exempt"),
        "Is {practice} itself a hospital, clinic or other entity that unlicensed persons may own in {state}?",
    )


FACILITIES = ("hospital", "hospital_affiliate", "hmo", "fqhc", "cmhc", "licensed_clinic", "public", "tribal", "pace")
"""Classes of entities that are licensed or chartered as health facilities."""


def facility(who: str) -> Leaf:
    """Whether the practice is a licensed hospital or health facility, by a license recorded or by its class."""
    named = c("facility_licenses").list.len() > 0
    value = named | (c("exempt_as").list.set_intersection(list(FACILITIES)).list.len() > 0)
    return fact(value, f"Does {{{who}}} hold a hospital, clinic or other health facility license?")


def split(verdict: pl.Expr, reasons: Sequence[Leaf]) -> Test:
    """A verdict whose questions depend on why it is open.

    Args:
        verdict: nullable Boolean.
        reasons: leaves whose value says whether the reason applies where the verdict is open; the last is asked for
            where no other applies, too.
    """
    open_ = verdict.is_null()
    others = [leaf.value.fill_null(False) for leaf in reasons[:-1]]
    none = ~pl.any_horizontal(others) if others else pl.lit(True)
    applies = [*others, reasons[-1].value.fill_null(False) | none]
    test: Test = fact(verdict.fill_null(True), "")
    for leaf, asked in zip(reasons, applies, strict=True):
        test = test & Leaf(pl.when(~(open_ & asked)).then(True), leaf.ask, leaf.kind)
    return test


def with_elsewhere(g: Graph, frame: pl.LazyFrame, person: str) -> pl.LazyFrame:
    """Add `<person>_elsewhere`: an active license of any health profession in another state (nullable)."""
    active = g.relations["LICENSED_IN"].lazy().with_columns(active=c("status") == "active")
    where = active.group_by(c("person").alias(person)).agg(
        _sure=c("state").filter(c("active").fill_null(False)).unique(),
        _maybe=c("state").filter(c("active").is_null()).unique(),
    )
    here = pl.concat_list("state")
    return (
        frame.join(where, on=person, how="left", maintain_order="left")
        .with_columns(
            pl.when(c(f"{person}_kind") != "person")
            .then(False)
            .when(c("_sure").list.set_difference(here).list.len() > 0)
            .then(True)
            .when(c("_maybe").list.set_difference(here).list.len() > 0)
            .then(None)
            .when(g.complete("licenses", person))
            .then(False)
            .alias(f"{person}_elsewhere")
        )
        .drop("_sure", "_maybe")
    )


def where_counted(here: pl.Expr, elsewhere: pl.Expr) -> pl.Expr:
    """A license here, or elsewhere where the state's row takes that: no and one take it, partly leaves it open."""
    rule = c("instate_license_stated")
    return (
        pl.when(rule == "yes")
        .then(here)
        .when(rule.is_in(["no", "one"]))
        .then(here | elsewhere)
        .otherwise(here | pl.when(elsewhere == False).then(False))  # noqa: E712
    )


def with_standing(g: Graph, frame: pl.LazyFrame, person: str) -> pl.LazyFrame:
    """Add license columns and, of them, what the state's row counts.

    Adds those of `Graph.with_license` (where missing), `<person>_elsewhere`, `<person>_counts` (licensed, any health
    profession) and `<person>_doctor` (physician).
    """
    if f"{person}_licensed" not in frame.collect_schema().names():
        frame = g.with_license(frame, person)
    return with_elsewhere(g, frame, person).with_columns(
        where_counted(c(f"{person}_licensed"), c(f"{person}_elsewhere")).alias(f"{person}_counts"),
        where_counted(c(f"{person}_physician"), c(f"{person}_physician_elsewhere")).alias(f"{person}_doctor"),
    )


def now(frame: pl.LazyFrame) -> pl.DataFrame:
    """The rows of a frame, worked out at once: where several plans start from them, or where none may be left.

    A plan costs more than its rows where these are few, so that a rule does not plan for cases that it has not.
    """
    return frame.collect(engine="in-memory")


def owners_standing(g: Graph) -> pl.DataFrame:
    """`Graph.owners` with the columns of `with_standing` for `owner`, made once a graph: several rules start there."""
    return g.once("owners standing", lambda: now(with_standing(g, g.owners, "owner")))


def with_closed(g: Graph, frame: pl.LazyFrame) -> pl.LazyFrame:
    """Add `owners_closed`: the register of owners of `practice` is complete, or they certainly hold all equity."""
    equity = g.relations["OWNS"].lazy().filter((c("instrument") == "equity").fill_null(True)).select("id")
    rows = g.ownership.rows.lazy().join(equity, on="id", how="semi")
    held = rows.group_by(practice="owned").agg(_held=c("low").sum())
    return (
        frame.join(held, on="practice", how="left", maintain_order="left")
        .with_columns(owners_closed=g.complete("owners", "practice") | (c("_held") >= WHOLE).fill_null(False))
        .drop("_held")
    )


def group_share(low: pl.Expr, high: pl.Expr, member: pl.Expr, whole: int) -> dict[str, pl.Expr]:
    """Aggregations that bound the share of a group, to be read with `least` and `most`.

    Args:
        low: least share of a row.
        high: greatest share of a row.
        member: whether the holder is one of the group (nullable).
        whole: the whole.
    """
    not_out, not_in = member.fill_null(True), ~member.fill_null(False)
    return {
        "_in": low.filter(member.fill_null(False)).sum().clip(upper_bound=whole),
        "_may": high.filter(not_out).sum(),
        "_out": low.filter(~not_out).sum().clip(upper_bound=whole),
        "_others": high.filter(not_in).sum(),
        "_listed": low.sum(),
    }


def least(closed: pl.Expr, whole: int) -> pl.Expr:
    """What the group certainly holds: all of its minima, or what the others' maxima leave in a closed register."""
    # where shares do not add up, nothing is left to a group that cannot have any
    full = (closed | (c("_listed") >= whole)) & (c("_may") > 0)
    return pl.when(full).then(pl.max_horizontal("_in", whole - c("_others"))).otherwise(c("_in"))


def most(closed: pl.Expr, whole: int) -> pl.Expr:
    """What the group possibly holds: what the others' minima leave, and in a closed register its own maxima."""
    left = whole - c("_out")
    full = closed | (c("_listed") >= whole)
    return pl.max_horizontal(
        pl.when(full).then(pl.min_horizontal(c("_may"), left)).otherwise(left), least(closed, whole)
    )
