"""A page of headless Chromium that keeps count of what a chart must never do.

A chart is one file. It asks for nothing outside itself, runs under its own content security policy, and writes no
error to the console. `watched` opens a page and fails when that was not so by the time it is closed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, BrowserType, ConsoleMessage, Page, Request

FLAGS = [
    "--no-sandbox",  # Chromium's sandbox does not start for root, nor in many containers
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE = {"width": 1400, "height": 900}
INSIDE = {"data", "blob"}
GRAVE = {"serious", "critical"}
PATIENCE = 120_000  # milliseconds to start in; machines that run tests are shared and slow

REPORT_VIOLATIONS = """
window.addEventListener("securitypolicyviolation", event => window.__violated(
  `${event.effectiveDirective} blocked ${event.blockedURI || "inline"}`
  + ` (line ${event.lineNumber}) ${event.sample}`.trimEnd()), true)
"""
# Hints open connections before, or without, any request that the browser would tell of.
HINTS = ", ".join(f"link[rel~={rel} i]" for rel in ("preconnect", "dns-prefetch", "prefetch", "prerender"))
READ_HINTS = "links => links.map(link => link.outerHTML)"


@dataclass
class Watch:
    """What pages did that they must not. A test that means one of these to happen takes it off its list."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Fail when anything is listed."""
        __tracebackhide__ = True
        lists = (
            ("request outside the file", self.requests),
            ("error", self.errors),
            ("violation of the content security policy", self.violations),
        )
        told = [f"{name}: {what}" for name, found in lists for what in found]
        if told:
            pytest.fail("\n".join(told), pytrace=False)


def launch(kind: BrowserType, program: str) -> Browser:
    """Chromium without a window, and without its own traffic."""
    return kind.launch(executable_path=program, args=FLAGS, headless=True, timeout=PATIENCE)


@contextmanager
def watched(browser: Browser, watch: Watch | None = None, **options: Any) -> Iterator[Page]:
    """A new page without a network, watched until the block ends. Options are those of `Browser.new_context`."""
    __tracebackhide__ = True
    watch = Watch() if watch is None else watch
    # West of Greenwich a date read as midnight UTC shows as the day before.
    usual = {"viewport": WIDE, "offline": True, "locale": "en-US", "timezone_id": "America/Los_Angeles"}
    context = browser.new_context(**{**usual, **options})
    try:
        _listen(context, watch)
        yield context.new_page()
        _settle(context, watch)
    finally:
        context.close()
    watch.check()


def _listen(context: BrowserContext, watch: Watch) -> None:
    document: list[str] = []

    def asked(request: Request) -> None:
        address = urldefrag(request.url).url
        if urlsplit(address).scheme in INSIDE:
            return
        if not document and request.resource_type == "document" and address.startswith("file:"):
            document.append(address)
        if request.resource_type != "document" or address not in document:
            watch.requests.append(f"{request.resource_type} {request.url}")

    def logged(message: ConsoleMessage) -> None:
        if message.type in {"error", "assert"}:
            watch.errors.append(f"console: {message.text}")

    def opened(page: Page) -> None:
        page.on("websocket", lambda socket: watch.requests.append(f"websocket {socket.url}"))
        page.on("crash", lambda _: watch.errors.append("the page crashed"))

    context.on("request", asked)
    context.on("console", logged)
    context.on("weberror", lambda raised: watch.errors.append(f"uncaught: {raised.error}"))
    context.on("page", opened)
    context.expose_binding("__violated", lambda _, what: watch.violations.append(what))
    context.add_init_script(REPORT_VIOLATIONS)


def _settle(context: BrowserContext, watch: Watch) -> None:
    """Wait for what pages have set going, and read the hints they carry."""
    for page in context.pages:
        if "the page crashed" in watch.errors:
            return
        page.wait_for_timeout(50)
        watch.requests.extend(f"hint {link}" for link in page.eval_on_selector_all(HINTS, READ_HINTS))


def dark(page: Page) -> None:
    """What a reader sees whose system prefers dark."""
    page.emulate_media(color_scheme="dark")


def on_paper(page: Page) -> None:
    """What a printer gets."""
    page.emulate_media(media="print")


def narrow(page: Page, width: int = 375) -> None:
    """What fits on a telephone."""
    page.set_viewport_size({"width": width, "height": 812})


def axe(page: Page, context: Any = None) -> list[str]:
    """Serious and critical violations that axe-core finds in the page, or in what a selector of it gives.

    It computes no contrast for text inside SVG; `tests.browser.contrast` does.
    """
    found = Axe().run(page, context, {"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {rule['help']}: {[node['target'] for node in rule['nodes']]}"
        for rule in found
        if rule["impact"] in GRAVE
    ]
