"""One headless Chromium for each process of the tests: charts and Neo4j Browser are opened in it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import chromium as programs
from tests.browser.harness import launch


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program. Without one its tests are left out, which in continuous integration is a failure."""
    return programs.program()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for all tests of this process."""
    with sync_playwright() as driver:
        opened = launch(driver.chromium, chromium)
        yield opened
        opened.close()
