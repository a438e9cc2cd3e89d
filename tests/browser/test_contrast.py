"""Contrast of text inside SVG: values by the formula of WCAG 2, and what is not to be read is not judged."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.contrast import faint
from tests.browser.harness import dark

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def shown(page: Page, folder: Path, drawing: str, style: str = "") -> None:
    path = folder / "page.html"
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{style}</style>'
        f'<svg width="600" height="300" font-size="14">{drawing}</svg>'
    )
    page.goto(path.as_uri())


BOX = '<rect width="600" height="300" fill="{}"/>'
TEXT = '<text x="20" y="50" fill="{}" {}>Fund</text>'
GRAY = "#777"  # 4.48 to 1 on white: just too faint for small text


CASES: list[tuple[str, list[str]]] = [
    (TEXT.format(GRAY, ""), ['"Fund": 4.48 to 1, needs 4.5']),
    (TEXT.format("#767676", ""), []),
    (TEXT.format(GRAY, 'font-size="24"'), []),
    (TEXT.format("#aaa", 'font-size="24"'), ['"Fund": 2.32 to 1, needs 3']),
    (BOX.format("#222") + TEXT.format("#111", ""), ['"Fund": 1.19 to 1, needs 4.5']),
    (BOX.format("#222") + TEXT.format("#fff", ""), []),
    (BOX.format("none") + TEXT.format("#fff", ""), ['"Fund": 1.00 to 1, needs 4.5']),
    ('<rect width="600" height="300" pointer-events="none"/>' + TEXT.format("#fff", ""), []),
    (TEXT.format("#000", 'opacity="0.3"'), ['"Fund": 2.11 to 1, needs 4.5']),
    (f'<g opacity="0.3">{TEXT.format("#000", "")}</g>', ['"Fund": 2.11 to 1, needs 4.5']),
    (BOX.format("#222") + TEXT.format("#000", 'stroke="#fff" stroke-width="3" paint-order="stroke"'), []),
    ('<text x="20" y="50"><tspan fill="#eee">Fund</tspan></text>', ['"Fund": 1.16 to 1, needs 4.5']),
    (f'<g transform="scale(0.5)" font-size="24">{TEXT.format(GRAY, "")}</g>', ['"Fund": 4.48 to 1, needs 4.5']),
]


def test_contrast(page: Page, tmp_path: Path) -> None:
    """One page for all: a page of its own takes longer to open than its case to judge."""
    for drawing, found in CASES:
        shown(page, tmp_path, drawing)
        assert faint(page) == found, drawing


def test_what_is_not_to_be_read_is_not_judged(page: Page, tmp_path: Path) -> None:
    hidden = '<g visibility="hidden"><text x="20" y="50" fill="#fff">Hidden</text></g>'
    outside = '<text x="20" y="9000" fill="#fff">Outside</text>'
    covered = '<text x="20" y="90" fill="#fff">Covered</text><rect y="70" width="600" height="40" fill="#222"/>'
    shown(page, tmp_path, hidden + outside + covered)
    assert faint(page, at_least=0) == []
    with pytest.raises(AssertionError, match="0 texts seen of at least 1"):
        faint(page)


def test_colors_of_a_dark_page(page: Page, tmp_path: Path) -> None:
    style = ":root { --ink: #222; --paper: #fff } body { background: var(--paper) } text { fill: var(--ink) }"
    shown(
        page,
        tmp_path,
        TEXT.format("", ""),
        f"{style} @media (prefers-color-scheme: dark) {{ :root {{ --paper: #111 }} }}",
    )
    assert faint(page) == []
    dark(page)
    assert faint(page) == ['"Fund": 1.19 to 1, needs 4.5']
