"""Pages of a headless Chromium, one browser for each process of the tests, and charts to open in them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from typer.testing import CliRunner

from ownergraph.cli.app import program
from tests.browser.harness import Watch, watched


@pytest.fixture
def watch() -> Watch:
    """What pages of this test did that they must not; `page` and `new_page` fail on it at the end of the test."""
    return Watch()


NewPage = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, watch: Watch) -> Iterator[NewPage]:
    """More pages, each with its own document and options of `Browser.new_context`: `new_page(has_touch=True)`."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(watched(browser, watch, **options))


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page of 1400 by 900 that may open one file, and nothing else."""
    return new_page()


Download = Callable[[Page, Callable[[], Any]], Path]


@pytest.fixture
def download(tmp_path: Path) -> Download:
    """The file that an action makes a page save, under the name the page gave it."""
    folder = tmp_path / "downloads"
    folder.mkdir()

    def downloads(page: Page, action: Callable[[], Any]) -> Path:
        with page.expect_download() as started:
            action()
        path = folder / Path(started.value.suggested_filename).name
        started.value.save_as(path)
        return path

    return downloads


Chart = Callable[..., Path]


@pytest.fixture(scope="session")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Chart:
    """The chart that `ownergraph draw` makes of a structure. The same structure and options are drawn once."""
    drawn: dict[tuple[object, ...], Path] = {}
    folder = tmp_path_factory.mktemp("charts")

    def draws(structure: Path, *arguments: str) -> Path:
        key = (structure.name, structure.read_bytes(), arguments)
        if key not in drawn:
            path = folder / f"{structure.stem}-{len(drawn)}.html"
            result = CliRunner().invoke(program(), ["draw", str(structure), *arguments, "-o", str(path)])
            if result.exception is not None and not isinstance(result.exception, SystemExit):
                raise result.exception
            assert result.exit_code == 0, result.output
            drawn[key] = path
        return drawn[key]

    return draws
