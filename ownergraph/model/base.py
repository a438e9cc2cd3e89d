"""What every row has, and what every relation has."""

from datetime import date
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ownergraph.model.identifiers import Id


class Row(BaseModel):
    """One row of a table. Frozen; unknown fields are refused, and a missing one means unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    id: Id | None = Field(default=None)
    """The row's own id; made from the parties where it is left out."""
    source: str | None = None
    """Where the fact came from: the id of a source, or a document and page."""

    references: ClassVar[tuple[str, ...]] = ()
    """Fields that hold the id of an entity."""


class Dated(Row):
    """A fact with a time in which it holds: from `valid_from` up to, and without, `valid_to`."""

    valid_from: date | None = None
    """First day on which this holds; empty means always."""
    valid_to: date | None = None
    """First day on which this no longer holds; empty means still."""

    @model_validator(mode="after")
    def _in_order(self) -> "Dated":
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError(
                f"valid_to {self.valid_to} is not after valid_from {self.valid_from}; "
                "valid_to is the first day on which the fact no longer holds"
            )
        return self


class Relation(Dated):
    """An edge of the graph. `ends` names the fields that hold its first and its second party."""

    relation: ClassVar[str] = ""
    ends: ClassVar[tuple[str, str]] = ("", "")
    verb: ClassVar[str] = ""
    """How the edge is drawn in a chain: `A --owns 80%--> B`."""

    def parties(self) -> tuple[Any, Any]:
        """The two ends, first and second."""
        return getattr(self, self.ends[0]), getattr(self, self.ends[1])
