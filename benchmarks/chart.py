"""The chart in a browser: first paint, search, frames while dragging, at several sizes.

    python -m benchmarks.chart

Structures are invented platforms: an investor, regional MSOs, practices in ten states, physicians who own or work in
them, accounts. The browser is a headless Chromium without a graphics card, so that canvas work is done by the
processor: a reader's machine is faster. At 500 the structure is drawn unfolded, so that all boxes are on the canvas.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20_261_124
BARS = {"paint_s": 3.0, "search_ms": 200.0, "frames": 20.0}
STATES = ["CA", "TX", "NY", "FL", "IL", "OR", "CO", "TN", "WA", "NC"]


def structure(size: int) -> dict[str, Any]:
    """A platform of about `size` entities. The same size gives the same structure."""
    rng = np.random.default_rng(SEED)
    regions = max(1, size // 120)
    entities: list[dict[str, Any]] = [
        {"id": "fund", "kind": "private_equity", "name": "Northway Capital Fund II, L.P."},
        {"id": "holdings", "kind": "organization", "name": "Northway Health Holdings, Inc.", "form": "corp"},
        *({"id": f"mso{k}", "kind": "mso", "name": f"Northway Region {k} Management, LLC"} for k in range(regions)),
    ]
    owns = [{"owner": "fund", "owned": "holdings", "share": "78%"}]
    owns += [{"owner": "holdings", "owned": f"mso{k}", "share": "100%"} for k in range(regions)]
    manages, employs, signs = [], [], []
    number = 0
    while len(entities) < size:
        number += 1
        region, state = int(rng.integers(regions)), STATES[int(rng.integers(len(STATES)))]
        practice, doctor = f"pc{number}", f"dr{number}"
        entities.append({"id": practice, "kind": "practice", "name": f"Practice {number}, P.C.", "operates_in": state})
        entities.append({"id": doctor, "kind": "physician", "name": f"Dr. {number}", "licensed_in": state})
        owns.append({"owner": doctor, "owned": practice, "share": "100%"})
        fees = ["pct_net", "fixed", "cost_plus"]
        manages.append({"manager": f"mso{region}", "managed": practice, "fee_basis": fees[int(rng.integers(3))]})
        if rng.random() < 0.4:
            entities.append({"id": f"acct{number}", "kind": "account", "held_by": practice})
            signs.append({"signer": doctor, "account": f"acct{number}"})
        for more in range(int(rng.integers(0, 3))):
            worker = f"dr{number}_{more}"
            entities.append({"id": worker, "kind": "physician", "name": f"Dr. {number}-{more}", "licensed_in": state})
            employs.append({"employer": practice, "employee": worker, "status": "w2"})
    return {
        "structure": f"A platform of {size:,} entities", "as_of": "2026-11-24", "entities": entities, "owns": owns,
        "manages": manages, "employs": employs, "signs_on": signs,
    }  # fmt: skip


DRAG = """async () => {
    const area = document.querySelector('#canvas canvas');
    const box = area.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + 12];
    const fire = (kind, dx, dy) => area.dispatchEvent(new PointerEvent(kind, {
        pointerId: 1, pointerType: 'mouse', button: 0, buttons: kind === 'pointerup' ? 0 : 1, bubbles: true,
        isPrimary: true, clientX: x + dx, clientY: y + dy }));
    let drawn = 0;
    og.network.on('afterDrawing', () => { drawn += 1 });
    fire('pointerdown', 0, 0);
    const start = performance.now();
    let step = 0;
    while (performance.now() - start < 3000) {
        step += 1;
        fire('pointermove', 120 * Math.sin(step / 9), 60 + 60 * Math.cos(step / 9));
        await new Promise(requestAnimationFrame);
    }
    fire('pointerup', 0, 0);
    return { frames: drawn / 3, boxes: og.drawn.nodes.size };
}"""
SEARCH = """() => {
    const box = document.querySelector('#search');
    const took = ['p', 'pr', 'practice 1', 'dr. 7', 'zzz'].map(text => {
        const start = performance.now();
        box.value = text;
        box.dispatchEvent(new Event('input', { bubbles: true }));
        document.querySelector('#suggestions').getBoundingClientRect();
        return performance.now() - start;
    });
    return Math.max(...took);
}"""


def measure(path: Path) -> dict[str, float]:
    """What a page needs to be there, to search, and to be dragged, in a browser of its own."""
    from playwright.sync_api import sync_playwright

    from tests.browser import chromium
    from tests.browser.harness import launch

    with sync_playwright() as driver:
        browser = launch(driver.chromium, chromium.program())
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=true]", state="attached")
        # the page is ready once its scripts have run; the frame after that is the first one with the chart in it
        painted = page.evaluate(
            """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
                done(performance.now()))))"""
        )
        dragged = page.evaluate(DRAG)
        searched = page.evaluate(SEARCH)
        browser.close()
    return {"paint_s": painted / 1000, "search_ms": searched, "frames": dragged["frames"], "boxes": dragged["boxes"]}


def main() -> int:
    """Draw and measure; exit status 1 where a bar is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="50,500,5000")
    parser.add_argument("--results", action="store_true", help="audit the structures, too")
    given = parser.parse_args()
    missed = False
    for size in map(int, given.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "platform.json", Path(folder) / "chart.html"
            source.write_text(json.dumps(structure(size)))
            options = [] if given.results else ["--no-results"]
            options += ["--unfold"] if size == 500 else []
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "ownergraph.cli.app", "draw", str(source), *options, "-o", str(target)],
                check=True,
            )
            drawing = time.perf_counter() - start
            got = measure(target)
            print(
                f"{size:6,} entities: drawn in {drawing:.1f} s, {target.stat().st_size / 1e6:.1f} MB; painted after "
                f"{got['paint_s']:.2f} s, search {got['search_ms']:.0f} ms, {got['frames']:.0f} frames a second with "
                f"{got['boxes']:.0f} boxes"
            )
            missed |= got["paint_s"] > BARS["paint_s"] or got["search_ms"] > BARS["search_ms"]
            missed |= got["frames"] < BARS["frames"] and got["boxes"] <= 520
    return int(missed)


if __name__ == "__main__":
    raise SystemExit(main())
