"""The compiled search for return paths: its answers are those of numpy, of brute force, and of what is planted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ownergraph
from ownergraph.analysis import returns_find
from ownergraph.analysis.returns import Returns
from ownergraph.analysis.returns_find import Finder, KernelMissingError, Settings
from tests.analysis.test_returns import brute, check_witnesses, random_tables
from tests.planted import planted
from tests.support import graph


def whole(made: Returns) -> tuple[list[Any], list[str]]:
    return list(made.pairs.iter_rows()), made.truncated


@pytest.mark.parametrize("block", range(4))
def test_brute_force(tmp_path: Path, block: int) -> None:
    """Every pair, its hops and its certainty are those of walking every simple path; the rest is that of numpy."""
    for seed in range(1000 + block * 30, 1030 + block * 30):
        g = graph(tmp_path, **random_tables(seed))
        for hops, window in ((4, 120), (3, 60), (1, 30)):
            made = g.return_paths(hops=hops, window=window, kernel="compiled")
            answers = {(r, v): (h, s) for r, v, h, s in
                       made.pairs.select("referrer", "receiver", "hops", "certain").iter_rows()}  # fmt: skip
            assert brute(g, hops, window) == answers, (seed, hops, window)
            check_witnesses(g, made)
            for more in ({}, {"budget": 2}, {"budget": 3}, {"timing": "after"}):
                given_ = {"hops": hops, "window": window, **more}
                expected = whole(g.return_paths(kernel="numpy", **given_))
                assert expected == whole(g.return_paths(kernel="compiled", **given_)), (seed, given_)


# --- any numbers ----------------------------------------------------------------------------------------------------


def numbers(rng: np.random.Generator, n: int, flows: int, referrals: int, days: int, skew: float) -> list[pl.DataFrame]:
    """Referrals, flows and sides among `n` entities, as `Finder` takes them; some without days, some standing."""

    def ends(size: int) -> tuple[np.ndarray, np.ndarray]:
        a, b = (n * rng.random(size) ** skew).astype(np.int64), rng.integers(0, n, size)
        return a[a != b], b[a != b]

    def dates(size: int, gaps: float) -> list[pl.Series]:
        start = 20_000 + rng.integers(0, days, size)
        end = start + rng.integers(0, 1 + days // 10, size)
        return [
            pl.select(pl.when(pl.Series(rng.random(size) >= gaps)).then(pl.Series(one.astype(np.int32)))).to_series()
            .cast(pl.Date) for one in (start, end)
        ]  # fmt: skip

    v, u = ends(referrals)
    start, end = dates(v.size, 0.03)
    names = pl.Series(rng.permutation(v.size)).cast(pl.String)
    rows = pl.DataFrame({"u": u, "v": v, "start": start, "end": end, "referral": names})
    a, b = ends(flows)
    start, end = dates(a.size, 0.2)
    value = pl.DataFrame(
        {"src": a, "dst": b, "start": start, "end": end, "undated": rng.random(a.size) < 0.05}
    ).with_columns(unsure=pl.col("undated") | pl.Series(rng.random(a.size) < 0.1))
    u, p = ends(n // 2)
    sides = pl.DataFrame({"u": u, "p": p, "rank": rng.integers(1, 5, u.size), "certain": rng.random(u.size) < 0.8})
    return [rows, value, sides.sort("u", "rank", "p")]


def answer(n: int, tables: list[pl.DataFrame], given_: Settings) -> tuple[list[Any], set[int], list[int]]:
    finder = Finder(n, *tables, given_)
    return list(finder.run().iter_rows()), finder.cut, finder.linked().tolist()


def both(n: int, tables: list[pl.DataFrame], **more: Any) -> tuple[list[Any], set[int], list[int]]:
    """The answer of numpy, once it is that of the compiled search, too."""
    expected = answer(n, tables, Settings(kernel="numpy", **more))
    assert expected == answer(n, tables, Settings(kernel="compiled", **more)), more
    return expected


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_any_numbers(data: st.DataObject) -> None:
    draw = data.draw
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(2, 60))
    days = draw(st.sampled_from([1, 30, 400, 3000]))
    sizes = (draw(st.integers(1, 8 * n)), draw(st.integers(1, 6 * n)))
    tables = numbers(rng, n, *sizes, days, draw(st.sampled_from([1.0, 3.0])))
    both(
        n, tables, hops=draw(st.integers(1, 8)), window=draw(st.sampled_from([0, 20, 120])),
        timing=draw(st.sampled_from(["either", "after"])), budget=draw(st.integers(1, 2 * n)),
    )  # fmt: skip


@pytest.mark.parametrize("hops", [2, 4, 5])
def test_many_numbers(hops: int) -> None:
    """Receivers with more periods than go together, hubs, tables of every size; budgets that cut few, many and none."""
    rng = np.random.default_rng(hops)
    n = 3_000
    tables = numbers(rng, n, 12_000, 30_000, 700, 3.0)
    cut = [len(both(n, tables, hops=hops, budget=budget)[1]) for budget in (n, 400, 20)]
    assert cut[0] == 0
    assert 0 < cut[1] < cut[2]


@pytest.mark.parametrize("workers", [1, 3])
def test_batches_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    from ownergraph.analysis import returns_kernel

    tables = numbers(np.random.default_rng(5), 300, 1_500, 2_000, 300, 2.0)
    expected = both(300, tables, budget=60)
    monkeypatch.setattr(returns_find, "COMPILED_BATCH", 2_000)
    monkeypatch.setattr(returns_kernel, "WORKERS", workers)
    assert expected == answer(300, tables, Settings(kernel="compiled", budget=60))


@pytest.mark.parametrize("seed", range(2))
def test_what_is_planted(tmp_path: Path, seed: int) -> None:
    tables, plots = planted(seed, 150)
    g = graph(tmp_path, **tables)
    made = g.return_paths(kernel="compiled")
    pairs = {(u, v): hops for u, v, hops in made.pairs.select("referrer", "receiver", "hops").iter_rows()}
    assert {plot.pair: plot.hops for plot in plots if plot.hops is not None} == pairs
    for more in ({}, {"budget": 2}, {"hops": 5, "window": 500}, {"timing": "after"}, {"min_amount_usd": 1000}):
        assert whole(g.return_paths(kernel="numpy", **more)) == whole(g.return_paths(kernel="compiled", **more))


# --- which of them searches -----------------------------------------------------------------------------------------


def one_path(tmp_path: Path) -> ownergraph.Graph:
    return graph(
        tmp_path,
        entities=[{"id": "dr", "kind": "person"}, {"id": "lab", "kind": "company"}],
        refers_to=[{"id": "r1", "referrer": "dr", "receiver": "lab", "period_start": "2025-03-01"}],
        pays=[{"id": "p1", "payer": "lab", "payee": "dr", "amount_usd": 9, "paid_on": "2025-03-02"}],
    )


def test_auto_compiles_only_where_there_is_enough_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    load = returns_find.compiled_search
    monkeypatch.setattr(returns_find, "compiled_search", lambda: asked.append(1) or load())
    g = one_path(tmp_path)
    assert (g.return_paths(hops=3).pairs["hops"].to_list(), asked) == ([1], [])
    monkeypatch.setattr(returns_find, "WORTH", 1)
    assert (g.return_paths(hops=3).pairs["hops"].to_list(), asked) == ([1], [1])


def test_without_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """auto searches by numpy; who asks for the compiled search is told what to install, even where nothing flows."""
    monkeypatch.setitem(sys.modules, "numba", None)
    for module in ("kernel", "loops"):
        monkeypatch.delitem(sys.modules, f"ownergraph.analysis.returns_{module}", raising=False)
        monkeypatch.delattr(ownergraph.analysis, f"returns_{module}", raising=False)
    monkeypatch.setattr(returns_find, "WORTH", 1)
    g = one_path(tmp_path)
    assert g.return_paths(hops=3).pairs["hops"].to_list() == [1]
    for one in (g, graph(tmp_path, entities=[{"id": "dr", "kind": "person"}])):
        with pytest.raises(KernelMissingError, match=r"pip install 'ownergraph\[fast\]'"):
            one.return_paths(kernel="compiled")


SEARCH = """
import sys, numpy as np
sys.path.append(sys.argv[1])
from tests.analysis.test_returns_kernel import both, numbers
import ownergraph
assert ownergraph.__file__.startswith(sys.argv[2]), ownergraph.__file__
print(len(both(40, numbers(np.random.default_rng(1), 40, 150, 100, 300, 1.0))[0]))
"""


def run_copy(home: Path, root: Path, **environment: str) -> str:
    """A search by a copy of the package, in a process whose caches lie where the environment says."""
    left = {name: value for name, value in os.environ.items() if name not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    made = subprocess.run(
        [sys.executable, "-c", SEARCH, str(Path(__file__).parents[2]), str(root)],
        env={**left, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home), **environment},
        capture_output=True, text=True, check=False, cwd=root,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    return made.stdout


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    source = Path(ownergraph.__file__).parent
    shutil.copytree(source, tmp_path / "at" / "ownergraph", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "at"


def test_no_folder_for_a_cache(copied: Path, tmp_path: Path) -> None:
    """Files stand where the folders would be, which not even root can write to."""
    (copied / "ownergraph" / "analysis" / "__pycache__").write_text("")
    (tmp_path / "home").write_text("")
    assert int(run_copy(tmp_path / "home", copied)) > 5


def test_a_cache_that_was_written_by_halves(copied: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = run_copy(tmp_path, copied, NUMBA_CACHE_DIR=str(cache))
    files = [path for path in cache.rglob("*") if path.suffix in (".nbi", ".nbc")]
    assert {path.suffix for path in files} == {".nbi", ".nbc"}
    for suffix in (".nbc", ".nbi"):
        for path in files:
            if path.suffix == suffix:
                path.write_bytes(path.read_bytes()[:40])
        assert first == run_copy(tmp_path, copied, NUMBA_CACHE_DIR=str(cache))
