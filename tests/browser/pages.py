"""What tests of the chart ask a page."""

from pathlib import Path
from typing import Any

import yaml
from playwright.sync_api import Page

FIXTURES = Path(__file__).parents[2] / "fixtures"


def opened(page: Page, path: Path, fragment: str = "") -> Page:
    """The page of a chart, once its scripts have run."""
    page.goto(path.as_uri() + fragment)
    page.wait_for_selector("html[data-ready=true]", state="attached")
    return page


def drawn_lines(page: Page) -> dict[str, dict[str, Any]]:
    """Every line as it is drawn, by its id: rows that it stands for, ends, whether lit or dimmed, label, dashes."""
    found: dict[str, dict[str, Any]] = page.evaluate("() => og.lineStates()")
    return found


def drawn_boxes(page: Page) -> set[str]:
    """Ids of the boxes that vis-network holds."""
    return set(page.evaluate("() => og.network.body.data.nodes.getIds()"))


def lit_rows(page: Page) -> set[str]:
    """Rows of the input whose lines are lit."""
    return {row for line in drawn_lines(page).values() if line["lit"] for row in line["rows"]}


def still(page: Page) -> None:
    """Wait until the picture has been drawn again."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def at(page: Page, box: str) -> tuple[float, float]:
    """Where the middle of a box is on the screen."""
    place = page.evaluate(
        """id => { const p = og.network.canvasToDOM(og.network.getPositions([id])[id]);
            const r = document.querySelector('#canvas').getBoundingClientRect(); return [r.x + p.x, r.y + p.y] }""",
        box,
    )
    return place[0], place[1]


def written(folder: Path, structure: dict[str, Any], name: str = "structure") -> Path:
    """A structure as a YAML file."""
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(structure, sort_keys=False, allow_unicode=True), encoding="utf-8")
    return path
