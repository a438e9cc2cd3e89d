"""What a chart holds: boxes, lines between them, and where they stand. Pixels; y grows downwards; x, y are centers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Shape = Literal["person", "company", "partnership", "trust", "government", "account", "fold"]
"""As in legal structure charts: ovals are persons, rectangles companies, triangles partnerships and funds."""

Group = Literal["ownership", "control", "management", "money", "referral", "people", "accounts"]
"""Kinds of relations that share a color, a curve and a filter."""

GROUPS: dict[Group, str] = {
    "ownership": "Ownership",
    "control": "Rights over votes",
    "management": "Management",
    "money": "Payments, loans, rent, supplies",
    "referral": "Referrals",
    "people": "Employment, roles, family",
    "accounts": "Bank accounts",
}
"""What the legend calls each group."""

GROUP_OF: dict[str, Group] = {
    "OWNS": "ownership",
    "RESTRICTS_TRANSFER": "control",
    "HOLDS_PROXY": "control",
    "APPOINTS_BOARD": "control",
    "ACTS_WITH": "control",
    "CONSOLIDATES": "control",
    "documents": "control",
    "MANAGES": "management",
    "PAYS": "money",
    "LENDS_TO": "money",
    "LEASES_TO": "money",
    "SUPPLIES": "money",
    "REFERS_TO": "referral",
    "EMPLOYS": "people",
    "HOLDS_ROLE": "people",
    "FAMILY_OF": "people",
    "DISCLOSES": "people",
    "SIGNS_ON": "accounts",
    "HELD_BY": "accounts",
    "DEPOSITS_TO": "accounts",
}
"""The group of every relation and table that is drawn as a line."""


@dataclass(frozen=True)
class Node:
    """One box: an entity, or a fold that stands for several.

    Attributes:
        name: whole name, cleaned of control characters.
        lines: the name as it is drawn, broken into lines and shortened where it is long.
        caption: what is drawn small under the name: role and states ("practice, CA"); may be empty.
        roles: what it does, as words.
        states: where it operates, or for a person where it is licensed.
        licensed: a person with a professional license that counts on the day.
        hidden_owners: its owners are not all listed; the share that nobody is listed for may be above zero.
        facts: label and value of what the input records, for the table and the panel.
        fold: id of the fold that it is drawn in at first.
        members: for a fold, ids of what it stands for.
        start: first day on which it stands, by its own row; null is always.
        end: the day from which it does not.
    """

    id: str
    name: str
    lines: tuple[str, ...]
    shape: Shape
    width: int
    height: int
    caption: str = ""
    roles: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    licensed: bool = False
    hidden_owners: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    fold: str | None = None
    members: tuple[str, ...] = ()
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class Edge:
    """One line: rows of one relation between the same two parties.

    Attributes:
        rows: ids of the rows of the input.
        possible: what it says is only possible on what is recorded (share unknown, zero among its values).
        slot: which of the lines between the same two boxes, from 0.
        slots: how many lines there are between them.
        start: earliest first day of its rows; null is always.
        end: latest day from which a row no longer stands; null is still.
        folded: drawn only while the fold at one of its ends is closed.
    """

    id: str
    source: str
    target: str
    relation: str
    group: Group
    label: str
    rows: tuple[str, ...]
    possible: bool = False
    slot: int = 0
    slots: int = 1
    start: date | None = None
    end: date | None = None
    folded: bool = False


@dataclass(frozen=True)
class Place:
    """Where the center of a box stands."""

    x: float
    y: float


@dataclass(frozen=True)
class Block:
    """An opened fold: where its members stand, seen from the middle of the block, and the room they take."""

    width: float
    height: float
    places: Mapping[str, Place]


@dataclass(frozen=True)
class Chart:
    """A chart with every place in it.

    `places` holds folds and what is in no fold, as the chart looks at first; `blocks` where the members of each fold
    stand once it is opened.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    places: Mapping[str, Place]
    blocks: Mapping[str, Block]
