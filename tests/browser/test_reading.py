"""What a reader does who wants to know why: search, light, open, follow a reason."""

from playwright.sync_api import Page, expect

from ownergraph.report.chart.edges import joined
from tests.browser.conftest import Chart
from tests.browser.pages import FIXTURES, drawn_boxes, drawn_lines, opened, still
from tests.browser.test_chart import PLATFORM, audited


def test_a_search_shows_who_is_joined_to_what_is_found(page: Page, chart: Chart) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened(page, chart(PLATFORM))
    page.keyboard.press("/")
    page.keyboard.type("elm medical")
    page.keyboard.press("Enter")
    still(page)
    lines = drawn_lines(page).values()
    joined = {"elm_pc"} | {line["from"] for line in lines if line["to"] == "elm_pc"}
    assert {"dr_abbott", "msa_west", "elm_pc"} <= joined
    assert joined <= _whole(page), "each of them is on the screen, whole"


def test_a_result_fits_whole_boxes(page: Page, chart: Chart) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened(page, chart(PLATFORM))
    for rule in ("CTRL-10", "OWNX-10", "CTRL-01"):
        page.evaluate("rule => og.choose(og.results.find(r => r.rule === rule && r.outcome === 'found').id)", rule)
        still(page)
        assert set(page.evaluate("() => [...og.state.lit.nodes, ...og.state.lit.parties]")) <= _whole(page)


def _whole(page: Page) -> set[str]:
    """Boxes that are on the screen from edge to edge."""
    found: list[str] = page.evaluate(
        """() => { const area = document.getElementById("canvas");
        const a = og.network.DOMtoCanvas({x: 0, y: 0});
        const b = og.network.DOMtoCanvas({x: area.clientWidth, y: area.clientHeight});
        const inside = ([id, {x, y}]) => { const {w, h} = og.nodes.get(id).og;
          return x - w / 2 >= a.x && x + w / 2 <= b.x && y - h / 2 >= a.y && y + h / 2 <= b.y; };
        return [...og.at].filter(inside).map(([id]) => id); }"""
    )
    return set(found)


def test_a_result_without_evidence_lights_its_parties(page: Page, chart: Chart) -> None:
    page.emulate_media(reduced_motion="reduce")
    opened(page, chart(PLATFORM))
    undecided = audited(PLATFORM)["undecided"]
    bare = next(r for r in undecided if not r["evidence"] and r["subject"].get("practice") == "elm_pc")
    page.evaluate("id => { og.show('results'); og.choose(id); }", bare["id"])
    still(page)
    assert page.evaluate("() => [...og.state.lit.nodes]") == ["elm_pc"]
    assert "elm_pc" in _whole(page)
    expect(page.get_by_text("No row of the input is evidence; the parties are lit.")).to_be_visible()
    expect(page.locator(f'[data-result="{bare["id"]}"] .detail')).to_contain_text("what the input does not list")


def test_parties_stay_in_sight_beside_the_evidence(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    result = next(r for r in audited(PLATFORM)["findings"] if r["rule"] == "CTRL-01")
    page.evaluate("id => og.choose(id)", result["id"])
    still(page)
    ends = {end for e in result["evidence"] for end in (e["from"], e["to"])}
    parties = {who for who in (*result["subject"].values(), *result["parties"].values()) if who in drawn_boxes(page)}
    assert set(page.evaluate("() => [...og.state.lit.nodes]")) == ends
    assert set(page.evaluate("() => [...og.state.lit.parties]")) == parties
    assert result["parties"]["owner"] in parties - ends


def test_possible_control_is_dashed_and_says_what_it_hangs_on(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    answer = next(c for c in audited(PLATFORM)["controls"] if c["practice"] == "elm_pc")
    page.evaluate("() => og.pick({ node: 'elm_pc' })")
    panel = page.locator("#panel-one")
    for by in answer["by"]:
        for text in by["missing"]:
            expect(panel.get_by_text(text).first).to_be_visible()
    panel.get_by_role("button", name="Show on the chart").first.click()
    still(page)
    lit = {line["rows"][0]: line["dashed"] for line in drawn_lines(page).values() if line["lit"]}
    assert lit == {e["row"]: True for e in answer["by"][0]["proof"]}
    page.evaluate("() => og.pick({ node: 'alder_pc' })")
    panel.get_by_role("button", name="Show on the chart").first.click()
    still(page)
    assert {line["dashed"] for line in drawn_lines(page).values() if line["lit"]} == {False}


def test_a_practice_stays_open_when_its_path_is_shown(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    first = page.locator("#panel-control details").first
    first.locator("summary").click()
    first.get_by_role("button", name="Show on the chart").first.click()
    still(page)
    expect(page.locator("#panel-control details").first).to_have_attribute("open", "")


def test_the_checklist_gives_its_reasons(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    report = audited(PLATFORM)
    titles = {r["rule"]: r["title"] for r in [*report["findings"], *report["undecided"]]}
    page.evaluate("() => og.pick({ node: 'alder_pc' })")
    rows = page.locator("#panel-one .checks tr")
    expected = [
        (c["point"], c["answer"], [f"{b}: {titles[b]}" for b in c["because"] if c["answer"] != "yes"])
        for c in report["checklist"]
        if c["practice"] == "alder_pc"
    ]  # fmt: skip
    shown = [
        (
            row.locator("th").evaluate("th => th.firstChild.textContent"),
            row.locator("td").first.inner_text(),
            row.locator("th .small").all_inner_texts(),
        )
        for row in rows.all()
    ]
    assert expected == shown
    rows.locator("button").first.click()
    expect(page.get_by_role("tab", name="Results")).to_have_attribute("aria-selected", "true")
    assert page.evaluate("() => og.state.lit !== null")


def test_lines_that_stand_for_several_read_alike_in_python_and_on_the_page(page: Page, chart: Chart) -> None:
    opened(page, chart(FIXTURES / "captive_pc.yaml"))
    cases = [
        ["100%"], ["100%"] * 3, ["51%", "60%"], ["51%", "60%", "70%"], ["manages: a", "manages: a", "manages: b"],
        ["manages: a", "manages: b", "manages: c"], ["may replace the owner: death", "may replace the owner"],
        ["a: b: c", "a: b: d", "a: b: c"],
    ]  # fmt: skip
    assert [joined(labels) for labels in cases] == page.evaluate("cases => cases.map(og.joined)", cases)


def test_no_money_back_says_whether_referrals_are_recorded(page: Page, chart: Chart) -> None:
    opened(page, chart(FIXTURES / "captive_pc.yaml"))
    page.get_by_role("tab", name="Money back").click()
    expect(page.get_by_text("No referrals are recorded, so nothing could be looked for").first).to_be_visible()


def test_a_score_leads_to_what_it_is_made_of(page: Page, chart: Chart) -> None:
    opened(page, chart(PLATFORM))
    report = audited(PLATFORM)
    page.evaluate("() => og.pick({ node: 'cedar_pc' })")
    panel = page.locator("#panel-one")
    score = next(s for s in report["scores"] if s["practice"] == "cedar_pc")
    expect(panel).to_contain_text(f"indicators of control are found: score {score['score']}, threshold 40")
    panel.get_by_role("button", name="What it is made of").click()
    shown = page.eval_on_selector_all("#panel-results [data-result]", "cards => cards.map(card => card.dataset.result)")
    assert {r["rule"] for r in score["rules"]} <= {one.split("/")[0] for one in shown}
    page.get_by_role("button", name="Show all parties").click()
