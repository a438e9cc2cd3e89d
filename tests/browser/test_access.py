"""Hostile names are inert; axe-core finds nothing serious, in light and dark, wide and narrow."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Chart
from tests.browser.harness import axe, dark, narrow
from tests.browser.pages import FIXTURES, opened, written

HOSTILE = [
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=2</script>",
    "<img src=x onerror=window.pwned=3>",
    "\"'><svg onload=window.pwned=4>",
    "{{ 7 * 7 }} ${window.pwned=5} {% raw %}",
    "<!-- --> ]]> </style> </title> </svg>",
    "מרפאה של ד״ר כהן",
    "عيادة\u202e gpj.exe",
    "N" * 300,
    "A name of many words " * 14,
    "__proto__",
    "javascript:window.pwned=6",
]


def hostile(folder: Path) -> Path:
    """A structure in which every text that a user writes is hostile."""
    entities: list[dict[str, object]] = [
        {"id": f"e{k}{name[:20]}".strip(), "kind": "mso" if k % 2 else "practice", "name": name, "operates_in": "CA"}
        for k, name in enumerate(HOSTILE)
    ]
    entities.append({"id": "doc", "kind": "physician", "name": HOSTILE[0], "licensed_in": "CA"})
    ids = [str(one["id"]) for one in entities[: len(HOSTILE)]]
    return written(
        folder,
        {
            "structure": HOSTILE[1],
            "sources": [{"id": HOSTILE[2], "title": HOSTILE[3]}],
            "entities": entities,
            "owns": [
                {"id": f"{HOSTILE[0]}{k}", "owner": ids[k], "owned": ids[k + 1], "share": "60%", "source": HOSTILE[2]}
                for k in range(len(ids) - 1)
            ],
            "manages": [{"id": HOSTILE[4], "manager": ids[1], "managed": ids[0], "source": HOSTILE[1]}],
            "supplies": [{"id": "s", "supplier": ids[3], "customer": ids[2], "item": HOSTILE[2]}],
        },
        "hostile",
    )


def test_hostile_names_are_inert(page: Page, chart: Chart, tmp_path: Path) -> None:
    opened(page, chart(hostile(tmp_path)))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    for tab in ("Results", "Ask", "Money back", "Table", "Who controls"):
        page.get_by_role("tab", name=tab).click()
    for box in page.evaluate("() => [...og.nodes.keys()]"):
        page.evaluate("id => og.pick({node: id})", box)
    for result in page.evaluate("() => og.results.map(r => r.id)")[:30]:
        page.evaluate("id => og.choose(id)", result)
    page.evaluate("() => og.redraw()")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    page.wait_for_timeout(100)
    assert page.evaluate("() => window.pwned") is None
    assert page.title() == HOSTILE[1]
    expect(page.locator("h1")).to_have_text(HOSTILE[1])
    page.locator("#search").fill("many words")
    expect(page.get_by_role("option").first).to_be_visible()
    # nothing became an element that was not one
    assert page.locator("img").count() == 0
    assert page.locator("body script:not([type])").count() == 2
    # long names stay inside their boxes, and no text turns the direction of the page
    assert page.evaluate(
        "() => [...og.nodes.values()].every(n => n.og.w <= 244 && n.og.lines.every(l => l.length <= 40))"
    )
    assert "\u202e" not in page.locator("body").inner_text()


STRUCTURES = {
    "captive": FIXTURES / "captive_pc.yaml",
    "return path": FIXTURES / "cases" / "bluewave.yaml",
    "platform": FIXTURES / "platform.yaml",
}


@pytest.mark.parametrize("look", ["light", "dark", "narrow"])
@pytest.mark.parametrize("name", STRUCTURES)
def test_axe_finds_nothing_serious(page: Page, chart: Chart, name: str, look: str) -> None:
    if look == "dark":
        dark(page)
    if look == "narrow":
        narrow(page)
    opened(page, chart(STRUCTURES[name]))
    found = []
    for tab in ("Who controls", "Results", "Ask", "Money back", "Table"):
        page.get_by_role("tab", name=tab).click()
        if tab == "Results" and page.locator("#panel-results .head").count():
            page.locator("#panel-results .head").first.click()
        found += [f"{tab}: {line}" for line in axe(page)]
    page.evaluate("() => og.pick({node: [...og.nodes.keys()][0]})")
    found += [f"Selected: {line}" for line in axe(page)]
    assert found == []
    if look == "narrow":
        assert page.evaluate("document.documentElement.scrollWidth") <= 375


def test_colors_are_told_apart_without_color(page: Page, chart: Chart) -> None:
    """Every kind of line has a label on the line, and every outcome a word or a number: color never stands alone."""
    opened(page, chart(FIXTURES / "captive_pc.yaml"))
    assert page.evaluate("() => og.drawn.edges.every(edge => og.lineLabel(edge).length > 0)")
    page.get_by_role("tab", name="Results").click()
    assert all(page.locator(".chip").all_inner_texts())
