"""The Python API: load inputs, ask the graph, audit it."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from ownergraph import analysis
from ownergraph.audit.results import Report
from ownergraph.audit.scores import THRESHOLD
from ownergraph.model.progress import Progress, quiet

if TYPE_CHECKING:
    from ownergraph.report.chart.notebook import Drawing


class Graph(analysis.Graph):
    """A structure as a graph on one day: entities, relations, control, ownership, and the audit.

    Make one with `load`.
    """

    def audit(
        self,
        *,
        rules: Iterable[str] = (),
        families: Iterable[str] = (),
        min_severity: str = "info",
        threshold: int = THRESHOLD,
    ) -> Report:
        """Run rules over the graph. See `ownergraph.audit.run.audit`."""
        from ownergraph.audit.run import audit

        return audit(self, rules=rules, families=families, min_severity=min_severity, threshold=threshold)

    def draw(self, around: str | None = None, *, hops: int = 2, results: bool = True, folded: bool = True) -> "Drawing":
        """The interactive chart; a notebook shows it inline.

        Args:
            around: id of an entity; only what is within `hops` relations of it is drawn.
            hops: relations around it.
            results: audit the structure and show the results.
            folded: whether many alike are drawn as one at first.

        Raises:
            TooManyError: more entities than a chart can show.
            KeyError: no entity `around`.
        """
        from ownergraph.report.chart.notebook import Drawing
        from ownergraph.report.chart.page import page

        return Drawing(page(self, self.audit() if results else None, around=around, hops=hops, folded=folded))


def load(
    *paths: str | Path,
    as_of: str | date | None = None,
    trust_unverified: bool = False,
    law_overlay: str | Path | None = None,
    progress: Progress = quiet,
) -> Graph:
    """Read and validate one input or several together.

    Args:
        paths: YAML or JSON files, folders of CSV or Parquet tables, XLSX workbooks; or the address of one structure in
            a Neo4j database, `neo4j://host:7687?name=deal` (see `graphdb.read`).
        as_of: the day of the facts, as a date or "YYYY-MM-DD"; without it the input's own, or today.
        trust_unverified: count cells of the law tables that no text has verified.
        law_overlay: a YAML file of counsel's own rows of the law tables.
        progress: told what is being read.

    Raises:
        InputError: the input, or the database, cannot be used; it lists every problem with its place.
    """
    from ownergraph.graphdb.address import is_address
    from ownergraph.ingest import read
    from ownergraph.law.defenses import elements

    day = date.fromisoformat(as_of) if isinstance(as_of, str) else as_of
    overlay = Path(law_overlay) if law_overlay is not None else None
    if any(is_address(str(path)) for path in paths):
        from ownergraph.graphdb.read import read_address

        structure = read_address([str(path) for path in paths], progress)
    else:
        structure = read(list(paths), elements, progress)
    return Graph(structure, day, trust_unverified=trust_unverified, law_overlay=overlay)
