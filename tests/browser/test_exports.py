"""What leaves the page: PNG, SVG, CSV, paper; and a page without scripts."""

import csv
import io
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

import ownergraph
from tests.browser.conftest import Chart, Download, NewPage
from tests.browser.harness import on_paper
from tests.browser.pages import FIXTURES, drawn_boxes, drawn_lines, opened, written

SVG = "{http://www.w3.org/2000/svg}"
CAPTIVE = FIXTURES / "captive_pc.yaml"


def test_png(page: Page, chart: Chart, download: Download) -> None:
    opened(page, chart(CAPTIVE))
    path = download(page, lambda: page.get_by_role("button", name="PNG").click())
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    canvas = page.evaluate("() => { const c = document.querySelector('#canvas canvas'); return [c.width, c.height] }")
    assert [width, height - 34] == canvas
    assert path.suffix == ".png"


@pytest.mark.parametrize("lit", [False, True])
def test_svg_holds_what_is_drawn(page: Page, chart: Chart, download: Download, lit: bool) -> None:
    opened(page, chart(FIXTURES / "platform.yaml"))
    if lit:
        page.evaluate("() => og.choose(og.results[0].id)")
    path = download(page, lambda: page.get_by_role("button", name="SVG").click())
    root = ElementTree.fromstring(path.read_text(encoding="utf-8"))
    groups = {
        kind: {g.get("data-id") for g in root.iter(f"{SVG}g") if kind in (g.get("class") or "").split()}
        for kind in ("node", "edge")
    }
    assert groups == {"node": drawn_boxes(page), "edge": set(drawn_lines(page))}
    text = "".join(root.itertext())
    assert "Indicators, not conclusions of law" in text
    assert not list(root.iter(f"{SVG}script"))
    places = page.evaluate(
        """() => Object.fromEntries([...og.at].map(([id, { x, y }]) =>
            [id, `translate(${x.toFixed(1)},${y.toFixed(1)})`]))"""
    )
    assert {
        g.get("data-id"): g.get("transform") for g in root.iter(f"{SVG}g") if "node" in (g.get("class") or "").split()
    } == places


def test_csv_is_the_table_and_no_formula(page: Page, chart: Chart, download: Download, tmp_path: Path) -> None:
    structure = {
        "structure": "=1+1",
        "entities": [
            {"id": "a", "kind": "practice", "name": '=HYPERLINK("x")', "operates_in": "CA"},
            {"id": "b", "kind": "physician", "name": "@SUM(A1), Jr.", "licensed_in": "CA"},
        ],
        "owns": [{"id": "o", "owner": "b", "owned": "a", "share": "60%", "source": "+cmd"}],
    }
    opened(page, chart(written(tmp_path, structure)))
    path = download(page, lambda: page.get_by_role("button", name="CSV").click())
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
    assert rows == [
        ["Relation", "From", "What", "To", "Valid from", "Valid to", "Source", "Recorded in"],
        ["OWNS", "'@SUM(A1), Jr.", "owns 60%", '\'=HYPERLINK("x")', "", "", "'+cmd", rows[1][7]],
    ]


def test_the_table_holds_every_row_that_is_drawn(page: Page, chart: Chart) -> None:
    opened(page, chart(CAPTIVE))
    page.get_by_role("tab", name="Table").click()
    g = ownergraph.load(CAPTIVE)
    rows = page.locator("#panel-table table").nth(1).locator("tbody tr")
    parties = page.locator("#panel-table table").nth(0).locator("tbody tr")
    assert rows.count() == sum(len(line["rows"]) for line in drawn_lines(page).values())
    assert {row.locator("td").first.inner_text() for row in parties.all()} == {g.name(box) for box in drawn_boxes(page)}


def test_paper(page: Page, chart: Chart) -> None:
    opened(page, chart(CAPTIVE))
    on_paper(page)
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("#drawing svg")).to_be_visible()
    for hidden in ("#canvas", ".tools", "aside"):
        expect(page.locator(hidden)).to_be_hidden()
    printed = page.locator("#printed")
    expect(printed).to_contain_text("Who controls each practice")
    expect(printed).to_contain_text("Findings")
    expect(page.locator(".standing").first).to_be_visible()
    findings = page.evaluate("() => og.results.filter(r => r.outcome === 'found').map(r => r.message)")
    text = " ".join(printed.inner_text().split())
    assert [message for message in findings if " ".join(message.split()) not in text] == []
    places = page.evaluate("() => og.results.filter(r => r.rows).flatMap(r => r.rows.slice(0, 3).map(og.recorded))")
    assert [place for place in places if place not in text] == []
    for said in ("Authorities", "Would clear it", "Possible consequence"):
        assert said in text
    for kept in ("What the words mean", "Documents relied on", "SHA-256"):
        expect(page.locator("#about").get_by_text(kept).first).to_be_visible()
    expect(page.locator(".legend .marks")).to_be_hidden()
    pdf = page.pdf(format="Letter", landscape=True)
    assert pdf[:5] == b"%PDF-"
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert printed.inner_text() == ""


def test_without_scripts_the_drawing_is_there(new_page: NewPage, chart: Chart) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(chart(CAPTIVE).as_uri())
    expect(page.locator("#drawing svg")).to_be_visible()
    expect(page.get_by_text("Indicators, not conclusions of law").first).to_be_visible()


def test_in_a_notebook(page: Page, tmp_path: Path) -> None:
    drawing = ownergraph.load(CAPTIVE).draw()
    path = tmp_path / "notebook.html"
    path.write_text(f"<!doctype html><title>notebook</title><h1>cell</h1>{drawing._repr_html_()}", encoding="utf-8")
    page.goto(path.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("html[data-ready=true]").wait_for(state="attached")
    expect(frame.get_by_role("tab", name="Results")).to_be_visible()
    assert drawing.save(tmp_path / "saved.html").read_text(encoding="utf-8") == drawing.html
