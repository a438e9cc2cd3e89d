"""The columnar graph."""

from ownergraph.graph.store import Store, View

__all__ = ["Store", "View"]
