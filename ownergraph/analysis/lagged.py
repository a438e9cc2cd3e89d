"""Whether one series follows another: rank correlation at several lags, with one honest p-value for all of them.

Spearman's rank correlation (C. Spearman, 1904), the largest over the lags and over the measures that are tried. Its
p-value is that of a permutation test of this very maximum (P. Westfall, S. Young, Resampling-Based Multiple Testing,
1993): trying more lags makes it larger, as it should. Many pairs are corrected by S. Holm (1979). The slope is the
median of all slopes (H. Theil, 1950; P. Sen, 1968): a single large payment does not move it.

A permutation takes the periods to be exchangeable. Two series that both grow are correlated for no other reason, which
no permutation shows; `Lagged.changes`, the correlation of the changes from one period to the next, does.
"""

import itertools
import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

LAGS: Final = 3
"""Periods by which one series may follow the other, at most."""
FEWEST: Final = 6
"""Periods below which there is no statistic."""
DRAWS: Final = ((199, 20), (1_999, 60), (19_999, 0))
"""Permutations drawn in all, and exceedances among them from which on no more are drawn (J. Besag, P. Clifford, 1991):
most where the p-value is small, so that it stays meaningful among many pairs."""
EXACT: Final = 7
"""Periods up to which every order is tried instead: 5,040 of them."""
SEED: Final = 411_354
_EPS: Final = 1e-9


@dataclass(frozen=True)
class Lagged:
    """How a series follows others.

    Attributes:
        rho: Spearman's rank correlation, the largest over lags and measures.
        lag: periods by which the series follows, there; the shortest of equals.
        measure: index of the measure, there; the first of equals.
        periods: periods compared, there.
        p_value: one-sided, of the permutation test; corrected for lags and measures.
        changes: rank correlation of the changes from one period to the next, there; None where one has no variance.
        tried: rank correlation by lag and measure; what has no variance or too few periods is left out.
    """

    rho: float
    lag: int
    measure: int
    periods: int
    p_value: float
    changes: float | None
    tried: dict[tuple[int, int], float]


def ranks(values: "Floats") -> "Floats":
    """Average ranks, 1 for the smallest. Shape (n,), O(n log n)."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    size = np.diff(np.append(first, values.size))
    found = np.empty(values.size)
    found[order] = np.repeat(first + (size + 1) / 2, size)
    return found


def spearman(x: "Floats", y: "Floats") -> float | None:
    """Spearman's rank correlation; None where a side has no variance. O(n log n)."""
    a, b = ranks(x), ranks(y)
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale > _EPS else None


def median_slope(x: "Floats", y: "Floats") -> float | None:
    """Median of the slopes between all two points that differ in `x`; None where none do. O(n^2)."""
    first, second = np.triu_indices(x.size, 1)
    across = x[second] - x[first]
    apart = across != 0
    return float(np.median((y[second] - y[first])[apart] / across[apart])) if apart.any() else None


def holm(p_values: "Floats") -> "Floats":
    """P-values corrected for their number (Holm), in the order given. Shape (n,), O(n log n)."""
    order = np.argsort(p_values, kind="stable")
    steps = np.maximum.accumulate(p_values[order] * (p_values.size - np.arange(p_values.size)))
    found = np.empty(p_values.size)
    found[order] = np.minimum(steps, 1.0)
    return found


def follows(measures: list["Floats"], series: "Floats", lags: int = LAGS) -> Lagged | None:
    """Whether `series` follows one of `measures`, at a lag of 0 to `lags` periods.

    Args:
        measures: each of shape (n,), one value a period; NaN where it is not known.
        series: shape (n,), NaN where it is not known.
        lags: most periods by which it may follow.

    Returns:
        None where no lag has `FEWEST` periods in which both are known, and variance in both.

    Complexity: O(permutations x n x lags x measures), the permutations as one array.
    """
    tries = itertools.product(range(lags + 1), enumerate(measures))
    windows = [(lag, which, at) for lag, (which, x) in tries if (at := both(x, series, lag)).size]
    tests: list[tuple[int, int, Ints, Floats]] = []
    for lag, which, at in windows:
        if at.size >= FEWEST and np.ptp(series[at]) > 0 and np.ptp(measures[which][at - lag]) > 0:
            tests.append((lag, which, at, ranks(measures[which][at - lag])))
    if not tests:
        return None
    tried = {(lag, which): spearman(x, series[at]) for lag, which, at, x in tests}
    found = {key: rho for key, rho in tried.items() if rho is not None}
    (lag, which), rho = max(found.items(), key=lambda item: (round(item[1], 12), -item[0][0], -item[0][1]))
    at = next(at for one_lag, one, at, _ in tests if (one_lag, one) == (lag, which))
    known = np.unique(np.concatenate([at for _, _, at, _ in tests]))
    places = [(np.searchsorted(known, at), x - x.mean()) for _, _, at, x in tests]
    changes = _changes(measures[which][at - lag], series[at], at)
    return Lagged(rho, lag, which, at.size, _p_value(series[known], places, max(found.values())), changes, found)


def both(x: "Floats", series: "Floats", lag: int) -> "Ints":
    """Periods in which the series is known, and `x` is, `lag` periods before."""
    known = ~np.isnan(series[lag:]) & ~np.isnan(x[: x.size - lag])
    return np.flatnonzero(known) + lag


def _changes(x: "Floats", y: "Floats", at: "Ints") -> float | None:
    """Rank correlation of changes between neighboring periods."""
    near = np.diff(at) == 1
    return spearman(np.diff(x)[near], np.diff(y)[near]) if near.sum() >= FEWEST - 1 else None


def _p_value(values: "Floats", places: list[tuple["Ints", "Floats"]], observed: float) -> float:
    """Share of orders of `values` whose largest correlation is at least the one observed."""
    n = values.size
    if n <= EXACT:
        return float(np.mean(_largest(values, places, _every(n)) >= observed - _EPS))
    done = above = 0
    for number, enough in DRAWS:
        above += int(np.sum(_largest(values, places, _drawn(n, number - done)) >= observed - _EPS))
        done = number
        if above >= enough:
            break
    return (above + 1) / (done + 1)


@cache
def _every(n: int) -> "NDArray[np.int16]":
    """All orders of n periods, shape (n!, n)."""
    return np.array(list(itertools.permutations(range(n))), np.int16)


@lru_cache(maxsize=128)
def _drawn(n: int, number: int) -> "NDArray[np.int16]":
    """The same random orders of n periods for every pair and every run, shape (number, n)."""
    rng = np.random.default_rng((SEED, n, number))
    return np.argsort(rng.random((number, n)), axis=1).astype(np.int16)


def _largest(values: "Floats", places: list[tuple["Ints", "Floats"]], orders: "NDArray[np.int16]") -> "Floats":
    """For every order the largest rank correlation over all windows. Shape (orders,).

    The values are ranked once. Within a window that leaves some out, a rank is less by one for each left-out value
    below it, and by a half for each that equals it.
    """
    n = values.size
    base = ranks(values)
    mixed = base[orders]
    best = np.full(orders.shape[0], -np.inf)
    cache_: dict[tuple[int, ...], tuple[Floats, Floats]] = {}
    for place, x in places:
        key = tuple(place.tolist())
        if key not in cache_:
            inside = mixed[:, place]
            for out in np.setdiff1d(np.arange(n), place):
                gone = mixed[:, out, None]
                inside = inside - (mixed[:, place] > gone) - 0.5 * (mixed[:, place] == gone)
            inside = inside - (place.size + 1) / 2
            cache_[key] = inside, np.sqrt(np.einsum("ij,ij->i", inside, inside))
        inside, scale = cache_[key]
        dot = inside @ x
        size = scale * math.sqrt(float(x @ x))
        # an order that leaves no variance in the window says nothing there
        np.maximum(best, np.divide(dot, size, out=np.full_like(dot, -np.inf), where=size > _EPS), out=best)
    return best
