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


def exempt_practice() -> pl.Expr:
    """Whether the practice of a row of `frames.practice_states` is itself of a kind that lay persons may own.

    Kinds that the state lists for owners; for a practice that is no professional entity also kinds of lay entity that
    may employ physicians. Null where only the second list decides and it is not recorded which the practice is.
    """
    words = c("exempt_as").list.set_difference(list(HOLDER_ONLY))
    owner = [c(f"lay_owner_{kind}_stated").fill_null([]) for kind in ("exempt", "conditional")]
    employer = [c(f"lay_may_employ_{kind}_stated").fill_null([]) for kind in ("exempt", "conditional")]
    strict = class_of(words, *(part.list.set_difference(list(HOLDER_ONLY)) for part in owner))
    wide = class_of(
        words,
        *(pl.concat_list(a, b).list.set_difference(list(HOLDER_ONLY)) for a, b in zip(owner, employer, strict=True)),
    )
    act, form = c("professional"), c("form").is_in(PROFESSIONAL_FORMS)
    return (
        pl.when(act | form).then(strict).when((act | form) == False).then(wide)  # noqa: E712
        .when(strict.eq_missing(wide)).then(strict).otherwise(None)
    )  # fmt: skip
