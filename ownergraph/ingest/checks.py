"""Checks of rows against each other: unique ids, references, kinds, and totals of shares."""

from collections.abc import Collection, Mapping

import polars as pl

from ownergraph.ingest.defenses import Elements, check_defenses
from ownergraph.ingest.problems import Problems, closest
from ownergraph.ingest.rows import Inputs
from ownergraph.ingest.totals import check_totals
from ownergraph.model import TABLES
from ownergraph.model.structure import FILE, LINE

Tables = Mapping[str, pl.DataFrame]

KINDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("licensed_in", "person"): ("person",),
    ("holds_role", "person"): ("person",),
    ("family_of", "person"): ("person",),
    ("family_of", "relative"): ("person",),
    ("manages", "signed_by_manager"): ("person",),
    ("manages", "signed_by_managed"): ("person",),
    ("signs_on", "account"): ("account",),
    ("held_by", "account"): ("account",),
    ("deposits_to", "account"): ("account",),
    ("owns", "owned"): ("organization", "trust", "government", "account"),
}
"""Kinds of entity that a reference may point at, where not all will do."""

ROWS: dict[tuple[str, str], str | None] = {
    ("fee_components", "agreement"): "manages",
    ("fmv_opinions", "about"): None,
    ("defenses", "about"): None,
    ("leases_to", "sublease_of"): "leases_to",
    ("pays", "agreement"): None,
    ("pays", "refund_of"): "pays",
}
"""Fields that hold the id of a row, and the table it is in where only one will do."""

ARTICLES = {"person": "a person", "organization": "an organization", "trust": "a trust",
            "government": "a government", "account": "an account"}  # fmt: skip

APART = ("entities", "sources")
"""Tables whose ids are names of their own; the ids of all other rows are unique together."""

LISTED = 1000
"""How many rows of one kind of problem are written out; the rest are counted."""

FEW = 1000
"""Rows up to which Python's sets are faster than a plan."""


def check_together(
    tables: Tables,
    inputs: Inputs,
    unused: Mapping[str, Mapping[str, str]],
    problems: Problems,
    elements: Elements | None = None,
) -> None:
    """Check what no row can tell alone, and record the problems. O(rows).

    Args:
        tables: frames of all tables.
        inputs: names of the inputs.
        unused: ids of rows that could not be used, by table; they are no dangling references.
        problems: where to record.
        elements: elements of the defenses that are known; see `defenses.Elements`.
    """
    for table in APART:
        _unique(tables, (table,), inputs, unused, problems)
    _unique(tables, tuple(table for table in tables if table not in APART), inputs, unused, problems)
    if not problems.unreadable:
        _references(tables, inputs, unused.get("entities", {}), problems)
        _row_references(tables, inputs, unused, problems)
    _kinds(tables, inputs, problems)
    check_totals(tables["owns"], inputs, problems)
    check_defenses(tables["defenses"], elements, inputs, problems)


def _unique(
    tables: Tables,
    names: tuple[str, ...],
    inputs: Inputs,
    unused: Mapping[str, Mapping[str, str]],
    problems: Problems,
) -> None:
    parts = [
        tables[name].select("id", FILE, LINE, table=pl.lit(name)) for name in names if tables[name].height
    ]  # fmt: skip
    if not parts:
        return
    rows = parts[0] if len(parts) == 1 else pl.concat(parts)
    others = {one: (name, place) for name in names for one, place in unused.get(name, {}).items()}
    for row in rows.filter(pl.col("id").is_in(list(others))).to_dicts() if others else ():
        name, where = others[row["id"]]
        place = inputs.place(row["table"], row[FILE], row[LINE], "id")
        problems.add(place, row["table"], "id", _again(row["id"], where, name))
    if rows["id"].n_unique() == rows.height:
        return
    rows = rows.with_row_index("at")
    first = rows.unique("id", keep="first", maintain_order=True).select("id", "at", FILE, LINE, "table")
    again = rows.join(first, on="id", suffix="_1", maintain_order="left").filter(pl.col("at") != pl.col("at_1"))
    for row in again.head(LISTED).to_dicts():
        where = inputs.place(row["table_1"], row[f"{FILE}_1"], row[f"{LINE}_1"], "id")
        problems.add(
            inputs.place(row["table"], row[FILE], row[LINE], "id"), row["table"], "id",
            _again(row["id"], where, row["table_1"]),
        )  # fmt: skip
    problems.uncounted += max(0, again.height - LISTED)


def _again(identity: str, where: str, table: str) -> str:
    return f'"{identity}" is also used at {where} ({table}); give each row an id of its own'


def _missing(
    frame: pl.DataFrame, table: str, field: str, known: pl.Series, *, inputs: Inputs, problems: Problems
) -> list[tuple[str, str]]:
    """Places and values of a field that is not in `known`."""
    values = frame[field]
    if values.null_count() == frame.height:
        return []
    if max(frame.height, known.len()) <= FEW and {None, *known}.issuperset(values):
        return []  # sooner known than a plan is made
    lost = (
        frame.lazy()
        .filter(pl.col(field).is_not_null() & ~pl.col(field).is_in(known.implode()))
        .select(FILE, LINE, field)
        .collect(engine="in-memory")
    )
    problems.uncounted += max(0, lost.height - LISTED)
    return [(inputs.place(table, row[FILE], row[LINE], field), row[field]) for row in lost.head(LISTED).to_dicts()]


def _near(word: str, options: Collection[str]) -> str:
    near = closest(word, dict.fromkeys(options), 3)
    return f"; did you mean {' or '.join(repr(option).replace(chr(39), chr(34)) for option in near)}?" if near else ""


def _references(tables: Tables, inputs: Inputs, unused: Collection[str], problems: Problems) -> None:
    known = tables["entities"]["id"]
    if unused:
        known = pl.concat([known, pl.Series("id", sorted(unused), pl.String)])
    names = known.to_list() if known.len() <= 50_000 else known.head(50_000).to_list()
    for table, frame in tables.items():
        for field in TABLES[table].references if frame.height else ():
            for place, value in _missing(frame, table, field, known, inputs=inputs, problems=problems):
                near = _near(value, names) or "; add it to entities"
                problems.add(place, table, field, f'no entity has the id "{value}"{near}')


def _row_references(
    tables: Tables, inputs: Inputs, unused: Mapping[str, Mapping[str, str]], problems: Problems
) -> None:
    for (table, field), target in ROWS.items():
        frame = tables[table]
        if not frame.height or frame[field].null_count() == frame.height:
            continue
        sources = [target] if target else [name for name in tables if name not in APART]
        also = [identity for name in sources for identity in unused.get(name, {})]
        known = pl.concat([*(tables[name]["id"] for name in sources), pl.Series("id", also, pl.String)])
        for place, value in _missing(frame, table, field, known, inputs=inputs, problems=problems):
            what = f"no row of {target} has" if target else "no row has"
            near = _near(value, known.head(50_000).to_list())
            problems.add(
                place, table, field,
                f'{what} the id "{value}"{near or "; give the row that is meant an id, and write it here"}',
            )  # fmt: skip


def _kinds(tables: Tables, inputs: Inputs, problems: Problems) -> None:
    entities = tables["entities"]
    pairs = list(entities.select("id", "kind").iter_rows()) if entities.height <= FEW else []
    for (table, field), kinds in KINDS.items():
        frame = tables[table]
        if not frame.height or not entities.height:
            continue
        if pairs and frame.height <= FEW and {i for i, kind in pairs if kind not in kinds}.isdisjoint(frame[field]):
            continue
        other = entities.filter(~pl.col("kind").is_in(kinds))
        wrong = frame.filter(pl.col(field).is_in(other["id"].implode()))
        if not wrong.height:
            continue
        other = other.unique("id", keep="first", maintain_order=True).select("id", "kind", f=FILE, n=LINE)
        wrong = wrong.select(FILE, LINE, field).join(other, left_on=field, right_on="id", maintain_order="left")
        problems.uncounted += max(0, wrong.height - LISTED)
        for row in wrong.head(LISTED).to_dicts():
            where = inputs.place("entities", row["f"], row["n"], "kind")
            wanted = " or ".join(ARTICLES[kind] for kind in kinds)
            problems.add(
                inputs.place(table, row[FILE], row[LINE], field), table, field,
                f'"{row[field]}" is {ARTICLES[row["kind"]]} ({where}); {wanted} is needed here',
            )  # fmt: skip
