"""What a fixture says is not contradicted by what the rule says with one of its facts blanked.

For the rules that the random structures of `test_soundness` never reach: of every fixture as many copies as it has
facts, each with one field not recorded or one register not declared complete, side by side in one graph. The whole
fixture is a completion of each of them, so that what is found or not found of a copy has to be so of the fixture.
Defenses are left out: an element of a defense that is not recorded leaves a result found, by law.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_origin

import polars as pl
import pytest

import ownergraph
from ownergraph.analysis import Graph
from ownergraph.model import TABLES
from ownergraph.model.columns import is_share
from ownergraph.model.structure import Structure
from ownergraph.rules.api import all_rules
from tests.rules.completions import AS_OF, DATES, GIVEN, _plain
from tests.rules.judged import Answers, answers, contradictions
from tests.rules.test_fixtures import FILES
from tests.rules.test_soundness import UNTRIED

c = pl.col

Tables = dict[str, pl.DataFrame]

LEFT: frozenset[str] = frozenset({"defenses", "sources", "assumptions", "fmv_opinions"})
"""Tables that are never blanked: a fact that an opinion leaves out makes it another opinion, or none."""
MEANT: frozenset[str] = frozenset(GIVEN) | {"shared_patients"}
"""Columns whose absence means something of its own; a row that does not say that it is a proxy is a referral."""
NOT_ASKED: dict[str, set[str]] = {
    "AKS-03": {"pays.purpose"},
    "LOOP-07": {"pays.charged_usd"},
    "LOOP-09": {"pays.purpose"},
    "LOOP-10": {"pays.purpose"},
    "STARK-09": {"pays.charged_usd"},
}
"""By rule the table and column of facts without which a row is not looked at, as the page of the rule says."""


@dataclass(frozen=True)
class Blank:
    """One fact that a copy does not know: columns of one row of a table; a row of `complete` goes away as a whole."""

    table: str
    row: int
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """What is blanked, whatever the row."""
        return ".".join((self.table, *self.columns[:1]))


def blanks(tables: Tables) -> Iterator[Blank]:
    """Every single fact of the structure that may be unknown, and every register that is declared complete."""
    for table, frame in tables.items():
        if table in LEFT:
            continue
        if table == "complete":
            yield from (Blank(table, row, ()) for row in range(frame.height))
            continue
        for row, values in enumerate(frame.iter_rows(named=True)):
            dates = tuple(name for name in DATES if values.get(name) is not None)
            if dates:  # one date is a period of one day, so that the others are not unknown
                yield Blank(table, row, dates)
            for name, info in TABLES[table].model_fields.items():
                column = info.alias or name
                if info.is_required() or column in MEANT or column in DATES:
                    continue
                parts = (f"{column}_min", f"{column}_max") if is_share(info.annotation) else (column,)
                if any(values[part] is not None for part in parts):
                    yield Blank(table, row, parts)


def copies(tables: Tables, blanked: dict[str, Blank | None]) -> Tables:
    """The structure once for each tag, without what is blanked there; ids begin with the tag.

    A register that is complete for all is so for every entity of its copy.
    """
    ids = pl.concat([frame["id"] for frame in tables.values()]).drop_nulls().unique()
    tags = pl.DataFrame({"_tag": list(blanked)})
    made = {}
    for table, frame in tables.items():
        if not frame.height:
            made[table] = frame
            continue
        many = frame.with_row_index("_row").join(tags, how="cross").with_columns(_at=pl.format("{} {}", "_tag", "_row"))
        gone: dict[str, list[str]] = {}
        for tag, blank in blanked.items():
            if blank is not None and blank.table == table:
                for column in blank.columns or ("",):
                    gone.setdefault(column, []).append(f"{tag} {blank.row}")
        if table == "complete":
            many = many.filter(~c("_at").is_in(gone.get("", [])))
            every = many.filter(c("entity").is_null()).drop("entity").join(ids.alias("entity").to_frame(), how="cross")
            many = pl.concat([many.filter(c("entity").is_not_null()), every], how="diagonal").with_columns(
                id=pl.format("{} {}", "id", "entity"), entity=c("_tag") + c("entity")
            )
        else:
            many = many.with_columns(
                pl.when(~c("_at").is_in(at)).then(c(name)).alias(name) for name, at in gone.items()
            )
        texts = [
            info.alias or name
            for name, info in TABLES[table].model_fields.items()
            if frame.schema.get(info.alias or name) == pl.String and get_origin(_plain(info.annotation)) is not Literal
        ]
        made[table] = many.with_columns(
            pl.when(c(name).is_in(ids.implode()) | pl.lit(name == "id"))
            .then(c("_tag") + c(name))
            .otherwise(name)
            .alias(name)
            for name in texts
        ).select(frame.columns)
    return made


def beside(parts: list[Tables]) -> Graph:
    """One graph of several structures."""
    return Graph(Structure({name: pl.concat([part[name] for part in parts]) for name in TABLES}), AS_OF)


def by_copy(found: Answers) -> dict[str, Answers]:
    """Answers by the tag of the copy that they are about, under the ids of the fixture. Tags look like `~7.`."""
    made: dict[str, Answers] = {}
    for key, value in found.items():
        tag = next(part for part in key[1:] if "~" in part)
        tag = tag[tag.index("~") : tag.index(".") + 1]
        made.setdefault(tag, {})[tuple(part.replace(tag, "") for part in key)] = value
    return made


@pytest.mark.parametrize("code", sorted(UNTRIED))
def test_blanked(code: str) -> None:
    """No copy of a fixture of the rule with one fact less contradicts the fixture."""
    files = [file for file in FILES if file.parent.name == code]
    parts: list[Tables] = []
    tried: dict[str, tuple[str, str, Blank]] = {}
    whole: dict[str, str] = {}
    for file in files:
        structure = ownergraph.load(file).structure
        assert structure.as_of == AS_OF
        tables = dict(structure.tables)
        first = len(tried) + len(whole)
        whole[f"~{first}."] = file.stem
        mine = {f"~{first + 1 + k}.": blank for k, blank in enumerate(blanks(tables))}
        tried.update({tag: (file.stem, f"~{first}.", blank) for tag, blank in mine.items()})
        parts.append(copies(tables, {f"~{first}.": None, **mine}))
    found = by_copy(answers(beside(parts), [all_rules()[code]]))
    assert len(tried) > len(files)
    assert set(whole) <= set(found)
    wrong: dict[str, list[str]] = {}
    for tag, (stem, of, blank) in tried.items():
        for what, key in contradictions(found.get(tag, {}), found[of]):
            where = wrong.setdefault(blank.name, [])
            where.append(f"{stem}, row {blank.row} of {blank.table}: {what}: {'/'.join(key)}")
    known = NOT_ASKED.get(code, set())
    assert {name: where for name, where in wrong.items() if name not in known} == {}
    assert known == set(wrong)


@pytest.mark.parametrize("code", sorted(UNTRIED))
def test_copies_are_alike(code: str) -> None:
    """A copy in which nothing is blanked answers as the fixture alone: standing side by side changes nothing."""
    rule = all_rules()[code]
    graphs = [ownergraph.load(file) for file in FILES if file.parent.name == code]
    parts = [copies(dict(g.structure.tables), {f"~{k}.": None}) for k, g in enumerate(graphs)]
    found = by_copy(answers(beside(parts), [rule]))
    assert found == {f"~{k}.": answers(g, [rule]) for k, g in enumerate(graphs)}
