"""Arrays of integer keys: sorted, merged, taken apart and added up. Everything in integers, exactly."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
PairArrays = tuple[IntArray, IntArray]
Columns = tuple[IntArray, ...]

BLOCK = 65_536
"""Values that are worked on at a time, where what comes between would not fit the cache."""
_SMALL = 4096  # up to here numpy sorts faster on any processor


def parts_of(key: IntArray, n: int) -> PairArrays:
    """X and y of keys x * n + y, shape as `key` both. Multiplying back takes a quarter of the time of np.divmod."""
    return (x := key // max(n, 1)), key - x * n


def row_starts(holder: IntArray, n: int) -> IntArray:
    """Where the rows of each holder start, for sorted holders of shape (rows,); shape (n + 1,)."""
    start: IntArray = np.bincount(holder + 1, minlength=n + 1)
    np.cumsum(start, out=start)
    return start


class Runs(NamedTuple):
    """Sorted rows by id 0..n-1, of k ids that have some.

    Attributes:
        busy: whether there are rows of an id, shape (n,).
        place: which of the k ids it is, shape (n,); 0 for ids without rows.
        start: where the rows of the k ids begin, and the last of them end, shape (k + 1,).
    """

    busy: BoolArray
    place: npt.NDArray[np.int32]
    start: IntArray


def runs(ids: IntArray, n: int) -> Runs:
    """The runs of sorted ids 0..n-1, shape (rows,). O(rows), and n of memory, of which most is never touched."""
    first = np.flatnonzero(np.append(ids[:1] >= 0, ids[1:] != ids[:-1]))
    has = ids[first]
    busy, place = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.int32)
    busy[has] = True
    place[has] = np.arange(len(has), dtype=np.int32)
    return Runs(busy, place, np.append(first, len(ids)))


def sums_by(group: IntArray, values: IntArray, n: int) -> IntArray:
    """Exact sums of `values` by `group`, shape (k,) both; shape (n,). ValueError where a sum is 2**60 or more."""
    sums = np.bincount(group, weights=values, minlength=n)
    top = float(sums.max(initial=0.0))
    if top < 2**53:  # sums of integers in float64 are exact
        whole = sums.view(np.int64)
        for i in range(0, len(sums), BLOCK):  # in place: fresh memory costs more than the sums
            whole[i : i + BLOCK] = sums[i : i + BLOCK].astype(np.int64)
        return whole
    if top >= 2**60:  # twice a sum of votes must fit
        raise ValueError(f"the votes in one company add up to {top:.3g}, more than can be counted exactly")
    exact = np.zeros(n, dtype=np.int64)
    np.add.at(exact, group, values)
    return exact


def in_order(keys: IntArray) -> IntArray:
    """The keys sorted, shape as `keys`, perhaps not to be written to. O(keys log keys).

    numpy sorts with an instruction that some processors (AMD Zen 4) have in microcode only: polars takes a third.
    """
    return np.sort(keys) if len(keys) <= _SMALL else pl.Series(keys).sort().to_numpy()


def sorted_order(key: IntArray) -> IntArray:
    """Indices that sort keys of 0 or more, stable; shape as `key`.

    Sorting key and row packed into one integer is faster than an argsort. Where both do not fit, the lowest bits of
    the key are left out, and the few that are then equal are sorted among themselves.
    """
    row_bits = max(len(key) - 1, 1).bit_length()
    dropped = max(int(key.max(initial=0)).bit_length() + row_bits - 63, 0)
    packed = in_order(key >> dropped << row_bits | np.arange(len(key), dtype=np.int64))
    order: IntArray = packed & ((1 << row_bits) - 1)
    if dropped:
        packed = packed >> row_bits
        equal = packed[1:] == packed[:-1]
        at = np.flatnonzero(np.append(equal, False) | np.append(False, equal))
        order[at] = order[at][np.argsort(key[order[at]], kind="stable")]
    return order


def merge_keys(key: IntArray, values: Columns) -> tuple[IntArray, Columns]:
    """Sort by key and add up the values of equal keys: keys of shape (distinct,), and as many of each value.

    Without values it is np.unique, which loads numpy.ma first; that takes longer than a small audit.
    """
    if (key[1:] < key[:-1]).any():
        order = sorted_order(key)
        key, values = key[order], tuple(v[order] for v in values)
    again = np.flatnonzero(key[1:] == key[:-1]) + 1
    if not len(again):
        return key, values
    first = np.ones(len(key), dtype=np.bool_)
    first[again] = False
    at = np.flatnonzero(first)
    if 8 * len(again) > len(key):
        return key[at], tuple(np.add.reduceat(v, at) for v in values)
    into = np.searchsorted(at, again, side="right") - 1  # few: most sums are of one value
    sums = tuple(v[at] for v in values)
    for total, v in zip(sums, values, strict=True):
        np.add.at(total, into, v[again])
    return key[at], sums
