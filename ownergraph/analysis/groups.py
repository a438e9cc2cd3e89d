"""Groups whose votes count together: families, and parties that act in concert."""

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from ownergraph.graph import Store

FAMILY = ("spouse", "parent", "child", "sibling", "stepparent", "stepchild", "stepsibling")
"""Kinship that counts votes together: the household and those who grew up in it."""


class Group(NamedTuple):
    """Entities whose votes are counted together.

    Attributes:
        id: "group:" and the members' ids joined by +.
        members: ids, sorted.
        reason: why they count together.
        rows: the input rows that say so.
    """

    id: str
    members: tuple[str, ...]
    reason: Literal["family", "acting in concert"]
    rows: tuple[str, ...]


def groups(store: "Store") -> list[Group]:
    """Connected components of close FAMILY_OF, and of ACTS_WITH. O(rows), deterministic."""
    found: list[Group] = []
    for relation, reason in (("FAMILY_OF", "family"), ("ACTS_WITH", "acting in concert")):
        frame = store.relations[relation]
        if not frame.height:
            continue
        if relation == "FAMILY_OF":
            pairs = [
                (a, b, i)
                for a, b, i, k in frame.select("person", "relative", "id", "kinship").iter_rows()
                if k in FAMILY
            ]
        else:
            pairs = list(frame.select("entity", "partner", "id").iter_rows())
        parent: dict[str, str] = {}

        def root(node: str, parent: dict[str, str] = parent) -> str:
            while parent.setdefault(node, node) != node:
                parent[node] = parent[parent[node]]
                node = parent[node]
            return node

        for a, b, _ in pairs:
            parent[root(a)] = root(b)
        members: dict[str, set[str]] = {}
        rows: dict[str, list[str]] = {}
        for a, b, row in pairs:
            members.setdefault(root(a), set()).update((a, b))
            rows.setdefault(root(a), []).append(row)
        for top in sorted(members, key=lambda t: sorted(members[t])):
            names = tuple(sorted(members[top]))
            found.append(
                Group(
                    "group:" + "+".join(names),
                    names,
                    "family" if reason == "family" else "acting in concert",
                    tuple(rows[top]),
                )
            )
    unique: dict[str, Group] = {}
    for group in found:
        unique.setdefault(group.id, group)
    return list(unique.values())
