"""Kinds of entities that a state lets lay persons own, or that may hold shares though they are no licensees."""

import polars as pl

from ownergraph.model.vocabulary import PROFESSIONAL_FORMS

c = pl.col

HOLDER_ONLY = ("estate", "qualified_trust", "esop", "qualified_entity", "professional_entity", "own_employees")
"""Exempt classes that a holder of shares may belong to, a practice not."""


def class_of(words: pl.Expr, exempt: pl.Expr, conditional: pl.Expr, apply: pl.Expr | None = None) -> pl.Expr:
    """Whether an entity is of a kind that a list of the state exempts (nullable).

    Args:
        words: its classes, a list; null where they are not recorded, empty where it has none.
        exempt: the list of the state; null where it is not stated.
        conditional: kinds that the state exempts on terms that were not read: null.
        apply: where given, classes outside this list cannot be the entity's while its classes are not recorded.
    """
    listed = pl.concat_list(exempt.fill_null([]), conditional.fill_null([]))
    open_to = listed if apply is None else listed.list.set_intersection(apply)
    return (
        pl.when(words.is_null())
        .then(pl.when(open_to.list.len() == 0).then(False))
        .when(words.list.set_intersection(exempt).list.len() > 0)
        .then(True)
        .when(words.list.set_intersection(conditional).list.len() > 0)
        .then(None)
        .when(exempt.is_null() & (words.list.len() > 0))
        .then(None)
        .otherwise(False)
    )


def with_practice_exempt(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Add `practice_exempt`: whether the practice of each row is itself of a kind that lay persons may own.

    Kinds that the state lists for owners; for a practice that is no professional entity also kinds of lay entity that
    may employ physicians. Null where only the second list decides and it is not recorded which the practice is.
    """
    personal = list(HOLDER_ONLY)
    owner, conditional, employer, on_terms = (
        c(f"lay_{who}_{kind}_stated").fill_null([])
        for who in ("owner", "may_employ")
        for kind in ("exempt", "conditional")
    )
    act, form = c("professional"), c("form").is_in(PROFESSIONAL_FORMS)
    # step by step: what stands several times in an expression is planned and worked out as often
    return (
        frame.with_columns(
            _words=c("exempt_as").list.set_difference(personal),
            _owner=owner.list.set_difference(personal),
            _conditional=conditional.list.set_difference(personal),
            _both=pl.concat_list(owner, employer).list.set_difference(personal),
            _both_conditional=pl.concat_list(conditional, on_terms).list.set_difference(personal),
            _act=act | form,
        )
        .with_columns(
            _strict=class_of(c("_words"), c("_owner"), c("_conditional")),
            _wide=class_of(c("_words"), c("_both"), c("_both_conditional")),
        )
        .with_columns(
            practice_exempt=pl.when(c("_act")).then("_strict").when(~c("_act")).then("_wide")
            .when(c("_strict").eq_missing(c("_wide"))).then("_strict").otherwise(None)
        )
        .drop("_words", "_owner", "_conditional", "_both", "_both_conditional", "_act", "_strict", "_wide")
    )  # fmt: skip
