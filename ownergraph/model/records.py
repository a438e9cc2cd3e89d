"""Tables beside the graph: documents, events, sources, assumptions, completeness."""

from datetime import date
from typing import ClassVar

from pydantic import Field

from ownergraph.model.base import Row
from ownergraph.model.identifiers import Id
from ownergraph.model.vocabulary import DocumentKind, EventKind, Register


class Document(Row):
    """A document that itself gives power: an undated resignation, a blank stock power."""

    references: ClassVar[tuple[str, ...]] = ("signer", "holder", "over")

    document: DocumentKind
    """What kind of paper it is."""
    signer: Id | None = None
    holder: Id | None = None
    """Who has it in custody."""
    over: Id | None = None
    """The entity it is about."""
    title: str | None = None
    page: str | None = None
    dated: date | None = None


class Event(Row):
    """Something reported, or to be reported, about an entity."""

    references: ClassVar[tuple[str, ...]] = ("entity",)

    entity: Id
    event: EventKind
    occurred_on: date | None = None
    known_on: date | None = None
    reported_on: date | None = None


class Source(Row):
    """A document, file or page that facts come from."""

    id: Id = Field()
    title: str | None = None
    kind: str | None = None
    dated: date | None = None
    address: str | None = None


class Assumption(Row):
    """Something taken as given; printed in every report."""

    text: str


class Complete(Row):
    """A register that is declared complete: what it lacks is absent, not unknown."""

    references: ClassVar[tuple[str, ...]] = ("entity",)

    register_: Register = Field(alias="register")
    entity: Id | None = None
    """For this entity only; empty means for all."""
