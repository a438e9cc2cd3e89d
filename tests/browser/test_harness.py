"""The harness catches what it says it catches: each check is shown a page that must fail it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import chromium as programs
from tests.browser.conftest import Download, NewPage
from tests.browser.harness import Watch, axe, dark, narrow, on_paper, watched

ROOT = Path(__file__).parents[2]
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:"


def written(folder: Path, body: str, policy: str | None = None) -> str:
    """The address of a small page."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    path = folder / "page.html"
    path.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{meta}<title>A page</title></head>'
        f"<body><main><h1>A page</h1>{body}</main></body></html>",
        encoding="utf-8",
    )
    return path.as_uri()


PIXEL = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
GOOD = f"""
<style>h1 {{ color: #111 }} @media (prefers-color-scheme: dark) {{ h1 {{ color: #eee }} }}
@media print {{ p {{ display: none }} }}</style>
<p>Text</p><img alt="a dot" src="{PIXEL}">"""
BLOB = """
<button>Save</button>
<script>document.querySelector("button").onclick = () => {
  const link = document.createElement("a")
  link.href = URL.createObjectURL(new Blob(["saved"])); link.download = "saved.txt"; link.click()
}</script>"""


def test_a_good_page_passes(page: Page, watch: Watch, tmp_path: Path) -> None:
    page.goto(written(tmp_path, GOOD, POLICY))
    page.reload()
    page.goto(page.url + "#part")
    assert axe(page) == []
    page.screenshot()
    watch.check()


BAD = {
    "console error": ("<script>console.error('told')</script>", "error: console: told"),
    "failed assertion": ("<script>console.assert(false, 'told')</script>", "error: console: .*told"),
    "uncaught error": ("<script>throw new Error('thrown')</script>", "error: uncaught: .*thrown"),
    "rejected promise": ("<script>Promise.reject(new Error('refused'))</script>", "error: uncaught: .*refused"),
    "late error": ("<script>setTimeout(() => { throw new Error('late') }, 5)</script>", "error: uncaught: .*late"),
    "image": ("<img alt='' src='http://outside.invalid/a.png'>", "file: image http://outside.invalid/a.png"),
    "style": ("<link rel=stylesheet href='http://outside.invalid/a.css'>", "file: stylesheet http://outside"),
    "file beside it": ("<img alt='' src='beside.png'>", "file: image file:///.*/beside.png"),
    "frame": ("<iframe title=x src='http://outside.invalid/'></iframe>", "file: document http://outside.invalid/"),
    "fetch": ("<script>fetch('http://outside.invalid/').catch(() => 0)</script>", "file: fetch http://outside"),
    "beacon": ("<script>navigator.sendBeacon('http://outside.invalid/', 'x')</script>", "file: ping http://outside"),
    "socket": ("<script>new WebSocket('ws://outside.invalid/')</script>", "file: websocket ws://outside.invalid/"),
    "moving away": ("<script>location = 'http://outside.invalid/'</script>", "file: document http://outside.invalid/"),
    "hint": ("<link rel=preconnect href='http://outside.invalid/'>", "file: hint <link rel=.preconnect"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_page_fails(kind: str, browser: Browser, tmp_path: Path) -> None:
    body, told = BAD[kind]
    address = written(tmp_path, body)
    with pytest.raises(pytest.fail.Exception, match=told), watched(browser) as page:
        page.goto(address)


VIOLATIONS = {
    "script": ("<script>document.title = 'ran'</script>", "script-src-elem blocked inline"),
    "handler": ("<button onclick='run()'>x</button>", "script-src-attr blocked inline"),
    "image": ("<img alt='' src='http://outside.invalid/a.png'>", "img-src blocked http://outside.invalid/a.png"),
    "font": (
        "<style>@font-face { font-family: a; src: url(http://outside.invalid/a.woff) } p { font-family: a }</style>"
        "<p>Text</p>",
        "font-src blocked http://outside.invalid/a.woff",
    ),
}


@pytest.mark.parametrize("kind", VIOLATIONS)
def test_a_violation_of_the_policy_fails(kind: str, browser: Browser, tmp_path: Path) -> None:
    body, told = VIOLATIONS[kind]
    address = written(tmp_path, body, POLICY)
    told = f"violation of the content security policy: {told}"
    with pytest.raises(pytest.fail.Exception, match=told), watched(browser) as page:
        page.goto(address)


def test_axe_finds_grave_violations_under_a_policy(page: Page, tmp_path: Path) -> None:
    body = "<input><p style='color: #ccc; background: #fff'>Pale</p><h4>Order of headings is no grave matter</h4>"
    page.goto(written(tmp_path, body, POLICY))
    assert [line.split(":")[0] for line in sorted(axe(page))] == ["color-contrast (serious)", "label (critical)"]
    assert [line.split(":")[0] for line in axe(page, "p")] == ["color-contrast (serious)"]


def test_media_and_sizes(page: Page, tmp_path: Path) -> None:
    page.goto(written(tmp_path, GOOD, POLICY))
    color = "getComputedStyle(document.querySelector('h1')).color"
    assert page.evaluate(color) == "rgb(17, 17, 17)"
    dark(page)
    assert page.evaluate(color) == "rgb(238, 238, 238)"
    assert page.get_by_text("Text").is_visible()
    on_paper(page)
    assert not page.get_by_text("Text").is_visible()
    assert page.evaluate("[innerWidth, innerHeight]") == [1400, 900]
    narrow(page)
    assert page.evaluate("innerWidth") == 375


def test_pages_have_their_own_documents_and_options(new_page: NewPage, watch: Watch, tmp_path: Path) -> None:
    for name, options in (("a", {}), ("b", {"has_touch": True})):
        folder = tmp_path / name
        folder.mkdir()
        page = new_page(**options)
        page.goto(written(folder, GOOD))
        assert page.evaluate("navigator.maxTouchPoints > 0") is bool(options)
    watch.check()


def test_a_second_document_in_one_page_is_a_request(page: Page, watch: Watch, tmp_path: Path) -> None:
    page.goto(written(tmp_path, GOOD))
    other = tmp_path / "other"
    other.mkdir()
    address = written(other, GOOD)
    page.goto(address)
    assert watch.requests == [f"document {address}"]
    watch.requests.clear()


def test_downloads_are_kept_and_are_no_requests(page: Page, download: Download, tmp_path: Path) -> None:
    page.goto(written(tmp_path, BLOB))
    path = download(page, lambda: page.click("button"))
    assert (path.name, path.read_text()) == ("saved.txt", "saved")


def test_popups_are_watched(page: Page, watch: Watch, tmp_path: Path) -> None:
    page.goto(written(tmp_path, "<a target=_blank href='http://outside.invalid/'>Out</a>"))
    with page.expect_popup() as opened:
        page.click("a")
    opened.value.close()
    assert watch.requests == ["document http://outside.invalid/"]
    watch.requests.clear()


def inner(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    """A test of its own, with the fixtures of these, run as a process of its own."""
    (folder / "test_inner.py").write_text(
        f"from tests.browser.conftest import *\nfrom tests.conftest import *\n\n\ndef test_inner(page):\n    {body}\n"
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(folder), "-p", "no:cacheprovider",
         str(folder / "test_inner.py")],
        capture_output=True, text=True, check=False, cwd=folder, env={**kept, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_the_fixture_fails_a_test_that_passes(chromium: str, tmp_path: Path) -> None:
    address = written(tmp_path, BAD["console error"][0])
    run = inner(tmp_path, f"page.goto({address!r})")
    assert "1 passed, 1 error" in run.stdout, run.stdout
    assert "error: console: told" in run.stdout
    assert run.returncode == 1


@pytest.mark.parametrize(("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_a_browser(
    ci: str, outcome: type[BaseException], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    with pytest.raises(outcome, match="no chromium"):
        programs.program()


@pytest.mark.parametrize(("ci", "line", "status"), [("", "", 0), ("true", "error: ", 1)])
def test_the_line_before_the_tests(
    ci: str, line: str, status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", ci)
    assert programs.main() == status
    assert capsys.readouterr().err == f"{line}{programs.MISSING}\n"
    program = tmp_path / "google-chrome"
    program.touch(mode=0o755)
    assert programs.find() == str(program)
    assert programs.main() == 0
    assert capsys.readouterr().err == ""
