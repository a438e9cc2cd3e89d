"""Chains of financial relationships between two parties: ownership, and direct and indirect compensation.

42 CFR 411.354(a)(1), (b)(5), (c)(1), (c)(2)(i). Joins level by level over whole numbers; no path is walked by itself.
"""

from collections.abc import Iterator
from typing import Final

import polars as pl

from ownergraph.analysis.links import WORK

c = pl.col

LINKS: Final = 4
"""Links of an indirect chain, at most."""
OWNED: Final = 6
"""Holdings of a chain of ownership, at most."""
HUB: Final = 200
"""A party that deals with more than this many others, its workers aside, is no intermediary: everybody is tied to a
bank or an index fund. Nor is who works for an employer of more than this many, beside another worker of it."""
FRONTIER: Final = 3_000_000
"""Indirect chains looked at in one step, at most: where there would be more, longer ones are not looked for."""
BATCH: Final = 300_000
"""Chains of two links with which one batch of parties goes on: bounds memory, not the answer."""

CHAIN: Final = (
    "party",
    "receiver",
    "kind",
    "direct",
    "rows",
    "link",
    "titular",
    "start",
    "end",
    "undated",
    "truncated",
)
_STEPS: Final = [f"l{n}" for n in range(1, max(LINKS, OWNED) + 1)]
_NODES: Final = [f"n{n}" for n in range(1, max(LINKS, OWNED) + 1)]
_STATE: Final = ["party", "l1", "node", "paid", "start", "end", "undated"]


def chains(links: pl.DataFrame, ends: pl.DataFrame, no_way: pl.Series) -> pl.DataFrame:
    """All chains between parties and receivers, with the columns of `CHAIN`.

    Args:
        links: as `links.all_links` gives them.
        ends: party and receiver, one row a pair that is asked for.
        no_way: entities that are no intermediaries.

    Returns:
        Per party, receiver, kind and link nearest to the party the shortest chains, one for each period in which such
        a chain holds. Ownership runs downwards only; compensation that is indirect has at least one intermediary and
        one link that is no holding. Nobody is passed twice.

    `truncated` is true where longer chains from the party may be missing (`FRONTIER`).

    Complexity: O(chains of up to `LINKS` - 1 links that can still reach a receiver), one for each period.
    """
    names = pl.concat([links["a"], links["b"], ends["party"], ends["receiver"]]).unique().sort()
    number = dict(zip(names, range(names.len()), strict=True))
    coded = [c(name).replace_strict(number, return_dtype=pl.Int64) for name in ("a", "b")]
    ordered = links.sort("id").with_row_index("l").cast({"l": pl.Int64}).with_columns(coded)
    asked = ends.select(c("party", "receiver").replace_strict(number, return_dtype=pl.Int64))
    refused = no_way.filter(no_way.is_in(names.implode())).replace_strict(number, return_dtype=pl.Int64)
    chained, cut = _indirect(ordered, asked, refused)
    rows = pl.concat([*_ownership(ordered, asked), _direct(ordered, asked), *chained], how="diagonal")
    for column in _STEPS:
        if column not in rows.columns:
            rows = rows.with_columns(pl.lit(None, dtype=pl.Int64).alias(column))
    ids, titular = ordered["id"], ordered["titular"]
    own = c("kind") == "ownership"
    return rows.select(
        names.gather(rows["party"]).alias("party"),
        names.gather(rows["node"]).alias("receiver"),
        "kind",
        "direct",
        pl.concat_list(*(pl.Series(ids.gather(rows[step])).alias(step) for step in _STEPS))
        .list.drop_nulls()
        .alias("rows"),
        ids.gather(rows["l1"]).alias("link"),
        pl.when(own).then(titular.gather(rows["l1"])).alias("titular"),
        "start",
        "end",
        "undated",
        c("party").is_in(cut.implode()).alias("truncated"),
    )


def _later(other: str = "start_n") -> pl.Expr:
    return pl.max_horizontal("start", other).alias("start")


def _earlier(other: str = "end_n") -> pl.Expr:
    return pl.min_horizontal("end", other).alias("end")


def holds() -> pl.Expr:
    """There is a day on which all of it holds."""
    return (c("start") <= c("end")).fill_null(True)


def together(start: str, end: str) -> tuple[pl.Expr, pl.Expr]:
    """The period in which a row and what has these columns both hold."""
    return _later(start), _earlier(end)


def _started(ends: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Chains of one link from every party."""
    parties = ends.select("party").unique()
    return parties.join(links, left_on="party", right_on="a", how="inner").select(
        "party", "start", "end", "undated", node="b", l1="l", n1="b", paid=~c("owns")
    )


def _grown(front: pl.DataFrame, links: pl.DataFrame, length: int) -> pl.DataFrame:
    """Chains with one more link, that pass nobody twice and hold on some day."""
    steps, nodes = _STEPS[: length - 1], _NODES[: length - 1]
    new = pl.all_horizontal(c("b") != c(name) for name in ("party", *nodes))
    return (
        front.join(links.select("l", "a", "b", "owns", "start", "end", "undated"), left_on="node", right_on="a",
                   how="inner", suffix="_n")
        .filter(new)
        .select(
            "party", *steps, *nodes, _later(), _earlier(), c("undated") | c("undated_n"), c("paid") | ~c("owns"),
            c("b").alias("node"), c("l").alias(_STEPS[length - 1]), c("b").alias(_NODES[length - 1]),
        )
        .filter(holds())
    )  # fmt: skip


def _next(grown: pl.DataFrame, seen: pl.DataFrame, length: int) -> pl.DataFrame:
    """Of chains that are alike to what may follow, the first two: at least one does not pass a given receiver."""
    steps, nodes = _STEPS[:length], _NODES[:length]
    return (
        grown.join(seen, on=_STATE, how="anti", nulls_equal=True)
        .sort("party", *steps)
        .unique([*_STATE, *nodes], keep="first", maintain_order=True)
        .filter(pl.int_range(pl.len()).over(_STATE) < 2)
    )


def _hits(front: pl.DataFrame, ends: pl.DataFrame, kind: str, direct: bool) -> pl.DataFrame:
    found = front.join(ends, left_on=["party", "node"], right_on=["party", "receiver"], how="semi")
    return found.with_columns(kind=pl.lit(kind), direct=pl.lit(direct))


def _ownership(links: pl.DataFrame, ends: pl.DataFrame) -> list[pl.DataFrame]:
    """Chains of holdings from a party down to a receiver; the shortest for each holding nearest to the party."""
    holdings = links.filter("owns")
    toward = [ends["receiver"].unique()]  # who holds a receiver through at most so many holdings
    for _ in range(OWNED - 1):
        owners = holdings.filter(c("b").is_in(toward[-1].implode()))["a"]
        toward.append(pl.concat([toward[-1], owners]).unique())
    front = _started(ends, holdings).filter(c("node").is_in(toward[OWNED - 1].implode()))
    made = [_hits(front, ends, "ownership", True)]
    seen = front.select(_STATE)
    for length in range(2, OWNED + 1):
        if not front.height:
            break
        onward = holdings.filter(c("b").is_in(toward[OWNED - length].implode()))
        front = _next(_grown(front, onward, length), seen, length)
        made.append(_hits(front, ends, "ownership", False))
        seen = pl.concat([seen, front.select(_STATE)])
    return made


def _direct(links: pl.DataFrame, ends: pl.DataFrame) -> pl.DataFrame:
    """Compensation between a party and a receiver, either direction."""
    paid = links.filter(~c("owns"))
    parts = [
        ends.join(paid, left_on=["party", "receiver"], right_on=way, how="inner") for way in (["a", "b"], ["b", "a"])
    ]
    return pl.concat(
        part.select("party", "start", "end", "undated", node="receiver", l1="l", paid=True, kind=pl.lit("compensation"),
                    direct=True)
        for part in parts
    )  # fmt: skip


def _indirect(links: pl.DataFrame, ends: pl.DataFrame, no_way: pl.Series) -> tuple[list[pl.DataFrame], pl.Series]:
    """Chains of ownership and compensation with an intermediary, at least one link of which is compensation.

    A level is closed by the links of receivers alone, before it is grown by the links of everybody else; grown are only
    chains that can still reach a receiver. Returns the chains, and the parties of which longer ones may be missing.
    """
    single = links.filter(c("id") == c("series"))
    both = pl.concat([single, single.rename({"a": "b", "b": "a"}).select(single.columns)])
    # parallel links that hold at the same time are one
    alike = ["a", "b", "owns", "start", "end", "undated"]
    both = both.with_columns(_first=c("l").min().over(alike))
    one = both.filter(c("l") == c("_first"))
    works = c("relation").is_in(WORK)
    many = both.filter(~works).group_by("a").agg(c("b").n_unique()).filter(c("b") > HUB)["a"]
    employers = single.filter(works).group_by("a").agg(c("b").n_unique()).filter(c("b") > HUB)["a"]
    middle = one.filter(~c("a").is_in(pl.concat([many, no_way]).implode()))
    last = middle.join(ends.select(b="receiver").unique(), on="b", how="semi")
    through = middle.filter(~works | ~c("a").is_in(employers.implode()))
    near = {LINKS - 1: last["a"].unique()}
    for left in range(LINKS - 2, 0, -1):
        onward = through.filter(c("b").is_in(near[left + 1].implode()))["a"]
        near[left] = pl.concat([near[left + 1], onward]).unique()
    started = _started(ends, one).filter(c("node").is_in(near[1].implode()))
    # and back to each of the parallel links nearest to the party
    parallel = both.select("_first", l="l", party="a", n1="b")
    made, cut = [], [pl.Series("party", [], pl.Int64)]
    for front in _batches(started, through):
        found, complete = _levels(front, ends, last, through, near)
        made += [
            part.join(parallel, left_on=["party", "l1", "n1"], right_on=["party", "_first", "n1"], how="inner")
            .with_columns(l1="l")
            .drop("l")
            for part in found
        ]
        if not complete:
            cut.append(front["party"].unique())
    return made, pl.concat(cut)


def _size(front: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Chains of one more link that would come of each party: party, size."""
    degree = links.group_by(node="a").len()
    return front.join(degree, on="node", how="left").group_by("party").agg(size=c("len").sum())


def _batches(front: pl.DataFrame, links: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """The chains of some parties each time: of about `BATCH` chains, or of one party that has more."""
    sizes = _size(front, links).sort("party").with_columns(batch=c("size").cum_sum() // BATCH)
    yield from front.join(sizes.drop("size"), on="party").partition_by("batch", include_key=False, maintain_order=True)


def _levels(
    front: pl.DataFrame, ends: pl.DataFrame, last: pl.DataFrame, through: pl.DataFrame, near: dict[int, pl.Series]
) -> tuple[list[pl.DataFrame], bool]:
    """Chains of two links and more that begin with those of `front`, and whether all were looked for."""
    seen = front.select(_STATE)
    made = []
    for length in range(2, LINKS + 1):
        made.append(_hits(_grown(front, last, length).filter("paid"), ends, "compensation", False))
        if length == LINKS or not front.height:
            break
        onward = through.filter(c("b").is_in(near[length].implode()))
        if _size(front, onward)["size"].sum() > FRONTIER:
            return made, False
        front = _next(_grown(front, onward, length), seen, length)
        seen = pl.concat([seen, front.select(_STATE)])
    return made, True
