"""The chart in a real browser: evidence, search, filters, days, folds, focus, keyboard."""

import json
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

import ownergraph
from ownergraph.cli.app import program
from tests.browser.conftest import Chart, NewPage
from tests.browser.pages import FIXTURES, at, drawn_boxes, drawn_lines, lit_rows, opened, still, written

PLATFORM = FIXTURES / "platform.yaml"
CASES = sorted((FIXTURES / "cases").glob("*.yaml"))


def audited(path: Path) -> dict[str, Any]:
    """The same audit as JSON."""
    result = CliRunner().invoke(program(), ["audit", str(path), "--no-fail", "--format", "json"])
    report: dict[str, Any] = json.loads(result.stdout)
    return report


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_every_case_is_drawn_whole(page: Page, chart: Chart, path: Path) -> None:
    opened(page, chart(path))
    g = ownergraph.load(path)
    assert drawn_boxes(page) >= {e for e, kind in g.kind_of.items() if kind != "account"}
    expect(page.get_by_text("Indicators, not conclusions of law").first).to_be_visible()


@pytest.mark.parametrize("path", [FIXTURES / "captive_pc.yaml", FIXTURES / "cases" / "bluewave.yaml", PLATFORM])
def test_a_result_lights_exactly_its_evidence(page: Page, chart: Chart, path: Path) -> None:
    opened(page, chart(path))
    page.get_by_role("tab", name="Results").click()
    found = audited(path)["findings"]
    for result in found[:: max(1, len(found) // 12)]:
        evidence = {e["row"] for e in result["evidence"]}
        card = page.locator(f'[data-result="{result["id"]}"] .head')
        while not card.count():
            page.get_by_role("button", name="Show more").click()
        card.click()
        still(page)
        lines = drawn_lines(page)
        every = {row for line in lines.values() for row in line["rows"]}
        lit = {row for line in lines.values() if line["lit"] for row in line["rows"]}
        drawable = {e["row"] for e in result["evidence"] if e["to"] and e["relation"] != "ADVERTISES_AS"}
        assert drawable <= every, "evidence is on the chart whatever is filtered out or folded"
        # a line that bundles rows of the same relation between the same two parties says how many of them are meant
        assert {row for row in lit if row in evidence} == drawable
        assert all(line["dim"] and not line["label"] for line in lines.values() if not evidence & set(line["rows"]))
        assert page.evaluate("() => [...og.state.lit.rows].sort()") == sorted(evidence)
        detail = page.locator(f'[data-result="{result["id"]}"] .detail')
        expect(detail).to_contain_text(result["basis"])
        for authority in result["authorities"]:
            expect(detail.locator(".verified").first).to_be_visible()
            assert authority["verification"] in {"primary", "secondary", "unverified", "counsel"}
    page.keyboard.press("Escape")
    assert page.evaluate("() => og.state.lit") is None
    assert not any(line["dim"] or line["lit"] for line in drawn_lines(page).values())


def test_evidence_inside_a_fold_opens_it_and_closes_it_again(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    before = drawn_boxes(page)
    assert "alder_pc" not in before
    page.evaluate("() => og.choose(og.results.find(r => r.parties.some(([, who]) => who === 'alder_pc')).id)")
    assert "alder_pc" in drawn_boxes(page)
    page.get_by_role("button", name="Show all").first.click()
    assert drawn_boxes(page) == before


def test_undecided_results_are_hollow_and_ask(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    page.get_by_role("tab", name="Results").click()
    page.get_by_label("Outcome").select_option("undecided")
    card = page.locator(".card").first
    expect(card.locator(".chip")).to_have_class("chip hollow")
    asked = {q["text"] for r in audited(PLATFORM)["undecided"] for q in r["questions"]}
    assert card.locator(".question").inner_text() in asked


@pytest.mark.parametrize(
    ("label", "value", "holds"),
    [
        ("Family", "CTRL", lambda r: r["rule"].startswith("CTRL-")),
        ("State", "CA", lambda r: r["state"] == "CA"),
        ("Law", "unverified", lambda r: any(a["verification"] == "unverified" for a in r["authorities"])),
        ("Outcome", "found", lambda r: r["outcome"] == "found"),
    ],
)
def test_filters(page: Page, chart: Chart, label: str, value: str, holds: Any) -> None:
    opened(page, chart(PLATFORM))
    page.get_by_role("tab", name="Results").click()
    page.get_by_label(label, exact=True).select_option(value)
    while (more := page.get_by_role("button", name="Show more")).count():
        more.click()
    report = audited(PLATFORM)
    expected = {r["id"] for r in [*report["findings"], *report["undecided"]] if holds(r)}
    shown = page.eval_on_selector_all("[data-result]", "cards => cards.map(card => card.dataset.result)")
    assert set(shown) == expected
    assert expected


def test_search_suggests_and_chooses(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    page.keyboard.press("/")
    page.keyboard.type("alder")
    options = page.get_by_role("option")
    expect(options.first).to_have_text("Alder Medical Group, P.C.")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Selected")).to_have_attribute("aria-selected", "true")
    panel = page.locator("#panel-one")
    expect(panel.locator("h3").first).to_have_text("Alder Medical Group, P.C.")
    expect(panel).to_contain_text("control by somebody who is no physician is indicated", ignore_case=True)
    assert "alder_pc" in drawn_boxes(page)
    page.keyboard.press("/")
    page.keyboard.type("nobody at all")
    expect(page.get_by_text("nobody of that name")).to_be_visible()


def test_relations_and_roles_filter(page: Page, chart: Chart) -> None:
    path = FIXTURES / "friendly_pc.yaml"
    opened(page, chart(path))
    g = ownergraph.load(path)
    manages = {row for row, (name, _) in g.rows.items() if name == "MANAGES"}
    assert manages <= {row for line in drawn_lines(page).values() for row in line["rows"]}
    page.get_by_role("checkbox", name="Management").uncheck()
    assert not manages & {row for line in drawn_lines(page).values() for row in line["rows"]}
    page.get_by_label("Role", exact=True).select_option("mso")
    assert drawn_boxes(page) == {e for e, roles in g.roles_of.items() if "mso" in roles}


DATED = {
    "structure": "A fund that came and went",
    "as_of": "2024-06-01",
    "entities": [
        {"id": "fund", "kind": "private_equity", "name": "Fund"},
        {"id": "mso", "kind": "mso", "name": "MSO"},
        {"id": "pc", "kind": "practice", "name": "PC", "operates_in": "CA"},
        {"id": "doc", "kind": "physician", "name": "Doctor", "licensed_in": "CA"},
    ],
    "owns": [
        {"id": "early", "owner": "fund", "owned": "mso", "share": "100%", "valid_to": "2023-01-01"},
        {"id": "late", "owner": "doc", "owned": "mso", "share": "100%", "valid_from": "2023-01-01"},
        {"id": "always", "owner": "doc", "owned": "pc", "share": "100%"},
    ],
    "manages": [{"id": "msa", "manager": "mso", "managed": "pc", "valid_from": "2022-05-01"}],
    "pays": [{"id": "paid", "payer": "mso", "payee": "doc", "paid_on": "2022-07-01", "amount_usd": 5}],
}


def test_the_slider_shows_what_stood_on_a_day(page: Page, chart: Chart, tmp_path: Path) -> None:
    opened(page, chart(written(tmp_path, DATED)))

    def stands() -> set[str]:
        return {row for line in drawn_lines(page).values() for row in line["rows"]}

    assert stands() == {"late", "always", "msa", "paid"}
    slider = page.get_by_role("slider", name="As of")
    assert page.evaluate("og.days") == ["2022-05-01", "2022-07-01", "2023-01-01", "2024-06-01"]
    slider.press("Home")
    assert stands() == {"early", "always", "msa"}
    expect(page.get_by_text("The chart shows 2022-05-01. Results are as of 2024-06-01.")).to_be_visible()
    slider.press("ArrowRight")
    assert stands() == {"early", "always", "msa", "paid"}
    slider.press("ArrowRight")
    assert stands() == {"late", "always", "msa", "paid"}
    page.get_by_role("button", name="Back").click()
    assert slider.get_attribute("aria-valuetext") == "2024-06-01"
    expect(page.locator("#elsewhen")).to_be_hidden()


def test_folds_open_by_double_click_and_by_button(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    closed = drawn_boxes(page)
    folds = sorted(box for box in closed if box.startswith(" fold"))
    assert folds
    fold = folds[0]
    members = set(page.evaluate("id => og.nodes.get(id).og.members", fold))
    page.evaluate("id => og.network.moveTo({position: og.network.getPositions([id])[id], scale: 1})", fold)
    still(page)
    page.mouse.dblclick(*at(page, fold))
    seen = drawn_boxes(page)
    assert fold not in seen
    accounts = {box for box in members if page.evaluate("id => og.nodes.get(id).og.shape", box) == "account"}
    assert members - accounts <= seen
    page.get_by_role("button", name="Open folds").click()
    assert not [box for box in drawn_boxes(page) if box.startswith(" fold")]
    page.get_by_role("button", name="Close folds").click()
    assert drawn_boxes(page) == closed


def test_no_two_boxes_overlap_with_folds_open(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    page.get_by_role("button", name="Open folds").click()
    clashes = page.evaluate(
        """() => {
            const boxes = [...og.at].map(([id, at]) => ({ ...og.nodes.get(id).og, id, x: at.x, y: at.y }));
            const near = (a, b, axis, size) => Math.abs(a[axis] - b[axis]) * 2 < a[size] + b[size];
            return boxes.flatMap((a, i) => boxes.slice(i + 1)
              .filter(b => near(a, b, "x", "w") && near(a, b, "y", "h")).map(b => [a.id, b.id])) }"""
    )
    assert clashes == []


@pytest.mark.parametrize("way", ["up", "down", "both"])
def test_focus_is_what_networkx_reaches(page: Page, chart: Chart, way: str) -> None:
    path = FIXTURES / "captive_pc.yaml"
    opened(page, chart(path))
    lines = drawn_lines(page)
    graph = nx.DiGraph([(line["from"], line["to"]) for line in lines.values()])
    center = next(node for node in graph if graph.in_degree(node) and graph.out_degree(node))
    page.evaluate("id => og.pick({node: id})", center)
    names = {"up": "Upstream only", "down": "Downstream only", "both": "Both"}
    page.get_by_role("button", name=names[way], exact=True).click()
    up, down = nx.ancestors(graph, center), nx.descendants(graph, center)
    assert drawn_boxes(page) == {center} | {"up": up, "down": down, "both": up | down}[way]
    page.keyboard.press("Escape")
    assert drawn_boxes(page) >= set(graph)


def test_a_return_path_is_closed_and_in_order(page: Page, chart: Chart) -> None:
    path = FIXTURES / "cases" / "bluewave.yaml"
    opened(page, chart(path))
    page.get_by_role("tab", name="Money back").click()
    one = audited(path)["returns"][0]
    page.locator("#panel-returns .card .head").first.click()
    rows = [one["referrals"][0], *one["paths"][0]]
    assert rows[0]["from"] == one["referrer"]
    assert rows[-1]["to"] == one["taker"]
    lines = drawn_lines(page)
    for step, row in enumerate(rows):
        line = next(line for line in lines.values() if row["row"] in line["rows"])
        assert line["label"].startswith("①②③④⑤⑥"[step])
        assert line["lit"]
    assert lit_rows(page) >= {row["row"] for row in rows}
    steps = page.locator("#panel-returns .steps li").all_inner_texts()
    assert len(steps) == len(rows)
    assert all(row["label"] in text for row, text in zip(rows, steps, strict=True))


def test_dashed_where_only_possible_and_marked_where_owners_are_not_listed(
    page: Page, chart: Chart, tmp_path: Path
) -> None:
    structure = {
        "structure": "Unknown shares",
        "entities": [
            {"id": "fund", "kind": "private_equity"},
            {"id": "mso", "kind": "mso"},
            {"id": "pc", "kind": "practice", "operates_in": "CA"},
            {"id": "doc", "kind": "physician", "licensed_in": "CA"},
        ],
        "owns": [
            {"id": "open", "owner": "fund", "owned": "mso", "share": "unknown"},
            {"id": "known", "owner": "doc", "owned": "pc", "share": "100%"},
        ],
    }
    opened(page, chart(written(tmp_path, structure)))
    lines = {line["rows"][0]: line for line in drawn_lines(page).values()}
    assert (bool(lines["open"]["dashed"]), bool(lines["known"]["dashed"])) == (True, False)
    marks = page.evaluate(
        "() => Object.fromEntries([...og.nodes].map(([id, n]) => [id, [Boolean(n.og.licensed), Boolean(n.og.hidden)]]))"
    )
    assert marks == {"fund": [False, True], "mso": [False, True], "pc": [False, False], "doc": [True, False]}


def test_the_clients_copy_shows_no_severity(page: Page, new_page: NewPage, chart: Chart) -> None:
    path = FIXTURES / "captive_pc.yaml"
    opened(page, chart(path))
    page.get_by_role("tab", name="Results").click()
    severities = {"info", "low", "medium", "high", "critical"}
    chips = page.locator(".chip")
    assert severities & set(chips.all_inner_texts())
    page.get_by_label("Client’s copy").check()
    assert not severities & set(chips.all_inner_texts())
    page.get_by_role("tab", name="Who controls").click()
    assert "score" not in page.locator("#panel-control").inner_text().lower()
    # made for the client, the file itself does not hold them
    page = opened(new_page(), made := chart(path, "--client", "--privileged"))
    data = json.loads(page.locator("#data").text_content() or "")
    assert {"severity", "score"} & {key for r in [*data["results"], *data["controls"]] for key in r} == set()
    expect(page.get_by_text("PRIVILEGED AND CONFIDENTIAL")).to_be_visible()
    expect(page.get_by_label("Client’s copy")).to_be_hidden()
    assert made.exists()


def test_keyboard(page: Page, chart: Chart) -> None:
    opened(page, chart(FIXTURES / "captive_pc.yaml"))
    page.get_by_role("tab", name="Who controls").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Results")).to_be_focused()
    page.locator("#panel-results .head").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate("() => og.state.lit !== null")
    page.keyboard.press("Escape")
    page.wait_for_timeout(400)  # the picture moves back for a quarter of a second
    page.locator("#canvas").focus()
    x = page.evaluate("og.network.getViewPosition().x")
    scale = page.evaluate("og.network.getScale()")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("og.network.getViewPosition().x") > x
    page.keyboard.press("+")
    assert page.evaluate("og.network.getScale()") == pytest.approx(scale * 1.3, rel=0.01)
    page.keyboard.press("0")
    page.wait_for_timeout(400)
    assert page.evaluate("og.network.getScale()") == pytest.approx(scale, rel=0.02)


def test_a_link_opens_its_result(page: Page, chart: Chart) -> None:
    path = FIXTURES / "captive_pc.yaml"
    result = audited(path)["findings"][-1]
    opened(page, chart(path), f"#result={result['id']}")
    expect(page.locator(f'[data-result="{result["id"]}"] .detail')).to_be_visible()
