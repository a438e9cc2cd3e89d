"""A chart in a notebook."""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from ownergraph.report.files import write_whole


@dataclass(frozen=True)
class Drawing:
    """An interactive chart as an HTML page. A notebook shows it inline; `save` writes it to a file.

    Attributes:
        html: the whole page.
        height: pixels that it takes in a notebook.
    """

    html: str
    height: int = 720

    def _repr_html_(self) -> str:
        """The page in a frame of its own: its style and scripts touch nothing else of the notebook."""
        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts allow-downloads allow-modals" '
            f'title="Structure chart" width="100%" height="{self.height}" style="border:1px solid #ccc"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Drawing({len(self.html):,} characters of HTML; save(path) writes it)"

    def save(self, path: str | Path) -> Path:
        """Write the page to a file, whole or not at all.

        Raises:
            OSError: the file cannot be written.
        """
        path = Path(path)
        write_whole([self.html.encode()], path)
        return path
