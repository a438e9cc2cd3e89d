"""Writes docs/images/neo4j_*.png: Neo4j Browser with the guide, and with a query of it drawn.

Run `make neo4j`, load fixtures/platform.yaml as "platform", then `python docs/make_neo4j_screenshots.py`. Needs
Chromium. The places of nodes differ from run to run, so no test compares the pictures.
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect, sync_playwright

from ownergraph.graphdb import serve
from ownergraph.graphdb.browser import connecting
from ownergraph.graphdb.guide import guide, style, values
from tests.browser import chromium
from tests.browser.harness import launch

IMAGES = Path(__file__).resolve().parent / "images"
BROWSER, URI = "http://127.0.0.1:7474", "bolt://127.0.0.1:7687"
RUN = "[data-testid=editor-Run]"


def run(page: Page, title: str) -> None:
    """Click a block of the guide and run it."""
    # blocks of slides that are not shown are not in the page yet
    block = page.locator("pre.runnable").filter(has_text=title)
    while not block.count():
        page.locator("[data-testid=nextSlide]").last.click()
        page.wait_for_timeout(200)
    block.first.click()
    page.locator(RUN).click()
    page.wait_for_timeout(1500)


def main() -> None:
    """Write both pictures."""
    program = chromium.find()
    if program is None:
        sys.exit("pictures need Chromium on the PATH")
    pages = {serve.STYLE: ("text/plain", style())}
    with serve.serving(pages, serve.origins(BROWSER)) as port, sync_playwright() as driver:
        here = f"http://{serve.NAME}:{port}"
        pages[serve.GUIDE] = ("text/html", guide(values("platform", ()), here + serve.STYLE))
        browser = launch(driver.chromium, program)
        context = browser.new_context(viewport={"width": 1300, "height": 900}, device_scale_factor=1.5)
        context.route(lambda url: urlsplit(url).hostname not in ("127.0.0.1", "localhost"), lambda route: route.abort())
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{connecting(BROWSER, URI, None, 'neo4j')}cmd=play&arg={here}{serve.GUIDE}")
        expect(page.locator("body")).to_contain_text("You have a working connection")
        page.locator("pre.runnable").first.wait_for()
        page.screenshot(path=IMAGES / "neo4j_guide.png")
        run(page, ":style")
        run(page, ":config")
        run(page, "// Who controls this practice")
        page.locator("g.node").first.wait_for()
        page.wait_for_timeout(6000)  # until the nodes have come to rest
        page.locator("[data-testid=frame]").first.screenshot(path=IMAGES / "neo4j_query.png")
        browser.close()


if __name__ == "__main__":
    main()
