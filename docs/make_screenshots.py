"""Writes docs/images/*.png: charts as a browser shows them.

Run `python docs/make_screenshots.py`, or name the pictures to write: `python docs/make_screenshots.py platform`. Needs
Chromium. Pixels differ a little between versions of Chromium and between fonts, so no test compares them.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium
from tests.browser.harness import launch, watched

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs/images"
SCALE = 1.5


@dataclass(frozen=True)
class Shot:
    """One picture: a structure, how it is drawn, and what a reader does before looking."""

    name: str
    structure: str
    arguments: tuple[str, ...] = ()
    actions: tuple[tuple[str, ...], ...] = ()
    """Methods of a Playwright page with their arguments: ("click", "#legend"), ("fill", "#search", "fund")."""
    part: str | None = None
    """A selector, where the picture shows a part of the page."""
    scheme: Literal["light", "dark"] = "light"


SHOTS: tuple[Shot, ...] = (
    Shot("platform", "fixtures/platform.yaml"),
    Shot(
        "result",
        "fixtures/captive_pc.yaml",
        actions=(("click", "#tab-results"), ("click", "#panel-results .card .head >> nth=0")),
    ),
    Shot("case", "fixtures/cases/northfield.yaml"),
    Shot(
        "return_path",
        "fixtures/cases/bluewave.yaml",
        actions=(("click", "#tab-returns"), ("click", "#panel-returns .card .head >> nth=0")),
    ),
    Shot("dark", "fixtures/captive_pc.yaml", scheme="dark"),
)


def draw(shot: Shot, folder: Path) -> Path:
    """The chart of a shot, from the program as its users run it."""
    path = folder / f"{shot.name}.html"
    command = [sys.executable, "-m", "ownergraph.cli.app", "draw", shot.structure]
    subprocess.run([*command, *shot.arguments, "-o", str(path)], check=True, cwd=ROOT)
    return path


def take(shot: Shot, browser: Browser, chart: Path) -> None:
    """Write the picture of a chart. A chart that breaks a rule of the tests gives none."""
    with watched(browser, device_scale_factor=SCALE, color_scheme=shot.scheme, reduced_motion="reduce") as page:
        page.goto(chart.as_uri())
        page.wait_for_selector("html[data-ready=true]", state="attached")
        for method, *arguments in shot.actions:
            getattr(page, method)(*arguments)
        seen = page.locator(shot.part).screenshot() if shot.part else page.screenshot()
    (IMAGES / f"{shot.name}.png").write_bytes(seen)


def main(names: list[str]) -> None:
    """Write the pictures named, or all."""
    unknown = sorted(set(names) - {shot.name for shot in SHOTS})
    if unknown:
        sys.exit(f"no such picture: {', '.join(unknown)}")
    program = chromium.find()
    if program is None:
        sys.exit("pictures need Chromium on the PATH")
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = launch(driver.chromium, program)
        for shot in SHOTS:
            if not names or shot.name in names:
                take(shot, browser, draw(shot, Path(folder)))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
