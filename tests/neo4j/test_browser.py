"""Neo4j Browser in headless Chromium: the guide by its link, a query drawn, and the query behind a result."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote_plus, urlsplit

import jsonschema
import pytest
from neo4j import Driver
from playwright.sync_api import Browser, BrowserContext, Page, expect
from typer.testing import CliRunner

import ownergraph
from ownergraph.cli.app import program
from ownergraph.graphdb.browser import connecting, literal
from ownergraph.graphdb.connect import Target
from ownergraph.graphdb.load import load
from ownergraph.graphdb.remove import structures
from ownergraph.report.formats import report_schema
from tests.neo4j import server as servers

ROOT = Path(__file__).parents[2]
HOSTILE = (
    "it's", "a\\u0027 OR true //", "x\\", "'", "\\'", 'a"b`c', "A & B # c", "tab\there\nand", "\u202eabc", "\U000e0001",
    "\\\\u0027", "$structure", "a;b", "%26arg=1", "?arg=1&arg=2", "*/ /* //", "</pre><script>", "",
)  # fmt: skip
ID = "mso') RETURN 1 // \\u0027 & </pre><script>\"`"
DEAL = f"""\
structure: Deal
as_of: 2026-11-24
complete: [agreements]
entities:
  - {{id: pc, name: "Coastal, PC", kind: practice, form: PC, operates_in: [NY], exempt_as: []}}
  - {{id: {json.dumps(ID)}, name: Summit MSO, kind: mso}}
manages:
  - {{id: msa, manager: {json.dumps(ID)}, managed: pc, fee_basis: pct_collections}}
"""
NODES = "g.node"
RUN = "[data-testid=editor-Run]"


@pytest.fixture
def deal(driver: Driver, tmp_path: Path) -> Path:
    """A file whose manager has a hostile id, loaded as "hostile"."""
    path = tmp_path / "hostile.yaml"
    path.write_text(DEAL, encoding="utf-8")
    known = [row["name"] for row in structures(driver)]
    load(driver, ownergraph.load(path), "hostile", replace="hostile" in known)
    return path


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that reaches this machine only."""
    context: BrowserContext = browser.new_context(viewport={"width": 1400, "height": 900})
    context.route(
        lambda url: urlsplit(url).hostname not in (None, "127.0.0.1", "localhost"), lambda route: route.abort()
    )
    opened = context.new_page()
    opened.set_default_timeout(20_000)
    yield opened
    context.close()


@pytest.fixture
def address(shared_folder: Path) -> str:
    """Where Neo4j Browser of the tests is."""
    return f"http://127.0.0.1:{servers.shared(shared_folder).http}"


@contextmanager
def guided(target: Target, browser: str, *arguments: str) -> Iterator[str]:
    """`ownergraph neo4j guide` while it runs; gives its link. At the end it is stopped as Ctrl-C does."""
    command = [sys.executable, "-m", "ownergraph.cli.app", "neo4j", "guide", "--uri", target.uri, "--browser", browser]
    env = {**os.environ, "NEO4J_PASSWORD": target.password or ""}
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            _, told = process.communicate(timeout=30)
    assert (process.returncode, told.splitlines()[-1]) == (0, "The guide is closed.")


def sign_in(page: Page, target: Target) -> None:
    """What a reader does where the server asks for a password."""
    page.locator("[data-testid=password]").fill(target.password or "")
    page.locator("[data-testid=connect]").click()
    expect(page.locator("body")).to_contain_text("You are connected as user neo4j")


def test_the_guide_opens_by_its_link_and_its_query_is_drawn(
    deal: Path, target: Target, address: str, page: Page
) -> None:
    """Connect by the link, see the guide, click a query, see its nodes; the hostile id is a text among others."""
    with guided(target, address, "--structure", "hostile", "--param", f"practice={ID}") as link:
        page.goto(link)
        sign_in(page, target)
        frame = page.locator("[data-testid=frame]").filter(has=page.locator("pre.runnable"))
        expect(frame.locator("pre.runnable").first).to_contain_text(":style http://localhost:")
        frame.locator("pre.runnable").filter(has_text=":OWNS|MANAGES").click()
        page.locator(RUN).click()
        expect(page.locator(NODES)).to_have_count(2)
        frame.locator("pre.runnable").filter(has_text=":style").click()
        page.locator(RUN).click()
        # the style is there: a practice is blue, a manager orange
        count = "fill => document.querySelectorAll(`g.node circle[fill='${fill}']`).length"
        for fill in ("#2E5EAA", "#C4591B"):
            page.wait_for_function(f"fill => ({count})(fill) > 0", arg=fill)


def test_lines_are_drawn_as_wide_as_shares(driver: Driver, target: Target, address: str, page: Page) -> None:
    """With the style of the guide, the outline of each line that Browser draws is as wide as its holding."""
    known = [row["name"] for row in structures(driver)]
    load(driver, ownergraph.load(ROOT / "fixtures/captive_pc.yaml"), "captive", replace="captive" in known)
    with guided(target, address, "--structure", "captive", "--param", "owned=summit_mso") as link:
        page.goto(link)
        sign_in(page, target)
        blocks = page.locator("[data-testid=frame] pre.runnable")
        for text in (":style", ":config", ":OWNS_ALL"):
            blocks.filter(has_text=text).first.click()
            page.locator(RUN).click()
        expect(page.locator("g.relationship")).to_have_count(4)
        lines = "[...document.querySelectorAll('g.relationship path.b-outline')].map(line => line.getAttribute('d'))"
        # an outline starts at the edge of a node, half its width above the middle of the line
        page.wait_for_function(f"{lines}.some(line => /^M [0-9.]+ 7 /.test(line))")
        drawn = sorted(2 * float(outline.split()[2]) for outline in page.evaluate(lines))
    assert drawn == [3.0, 10.0, 14.0, 14.0]  # 20, 80, 100 and 100 percent


def test_a_link_of_a_report_puts_its_query_into_the_editor(
    deal: Path, driver: Driver, target: Target, address: str, page: Page
) -> None:
    """It fills the editor and runs nothing; run, it draws that result and no other."""
    browser = connecting(address, target.uri, "neo4j", "neo4j").removesuffix("&")
    arguments = ["audit", str(deal), "--format", "json", "--rule", "FEE-01", "--no-fail", "--neo4j-browser", browser]
    report = json.loads(CliRunner().invoke(program(), arguments).stdout)
    jsonschema.validate(report, report_schema())
    (result,) = report["findings"]
    # what Browser reads: the whole address decoded once, from arg= up to & or #
    found = re.findall("[?&]arg=([^&#]*)", unquote_plus(result["neo4j"]))
    statement = found[0]
    assert found == [statement]
    rows = driver.execute_query(statement).records
    assert [(row["practice"], row["state"], row["manager"], row["found"]) for row in rows] == [("pc", "NY", ID, True)]
    page.goto(result["neo4j"])
    sign_in(page, target)
    assert page.locator(NODES).count() == 0
    page.locator(RUN).click()
    expect(page.locator(NODES)).to_have_count(2)


def test_no_link_without_the_option(deal: Path) -> None:
    """Neither in JSON nor in the page."""
    run = CliRunner()
    report = json.loads(run.invoke(program(), ["audit", str(deal), "--format", "json", "--no-fail"]).stdout)
    assert [one for one in report["findings"] + report["undecided"] if "neo4j" in one] == []
    html = run.invoke(program(), ["audit", str(deal), "--format", "html", "--no-fail"]).stdout
    assert '"links":' not in html


def test_the_page_has_the_links_of_the_json_report(deal: Path, page: Page, tmp_path: Path) -> None:
    """The same addresses, as plain links that tell no referrer."""
    option = ["--neo4j-browser", "http://127.0.0.1:7474"]
    run = CliRunner()
    report = json.loads(run.invoke(program(), ["audit", str(deal), "--format", "json", "--no-fail", *option]).stdout)
    chart = tmp_path / "chart.html"
    assert run.invoke(program(), ["draw", str(deal), "-o", str(chart), *option]).exit_code == 0
    page.goto(chart.as_uri())
    page.wait_for_selector("html[data-ready=true]", state="attached")
    page.locator("#tab-results").click()
    want = {one["id"]: one["neo4j"] for one in report["findings"] + report["undecided"]}
    seen = {}
    for result in want:
        page.evaluate("id => og.choose(id)", result)
        link = page.locator(f"[data-result={json.dumps(result)}] a[rel=noreferrer]")
        seen[result] = link.get_attribute("href") if link.count() else None
    assert seen == want
    assert any(want.values())


@pytest.mark.parametrize("text", HOSTILE)
def test_literals_are_what_they_stand_for(driver: Driver, text: str) -> None:
    written = literal(text)
    assert re.search("[&#\n\u202e]", written) is None
    assert driver.execute_query(f"RETURN {written} AS x").records[0]["x"] == text  # type: ignore[arg-type]
    assert driver.execute_query(f"RETURN {literal([text, 25, True, None])} AS x").records[0]["x"] == [  # type: ignore[arg-type]
        text, 25, True, None,
    ]  # fmt: skip
