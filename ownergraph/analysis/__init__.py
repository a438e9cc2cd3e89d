"""Control, ownership and the frames that rules start from."""

from ownergraph.analysis.graph import Graph

__all__ = ["Graph"]
