"""The columnar graph: dense ids, one frame a relation, as of one day, with the registers that are complete."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from ownergraph.graph.days import in_force
from ownergraph.model import RELATIONS, TABLES
from ownergraph.model.structure import Structure, without_rows

if TYPE_CHECKING:
    import networkx as nx


class Relations(Mapping[str, pl.DataFrame]):
    """Frames of relations by name, each made when it is first asked for.

    Beside the columns of its model a frame has `row` (row number in the structure's table) and, where an end is an
    entity, `src` and `dst` (row numbers in `Store.entities`).
    """

    def __init__(self, store: "Store") -> None:
        self._store = store
        self._made: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._made:
            self._made[name] = self._store._relation(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(RELATIONS)

    def __len__(self) -> int:
        return len(RELATIONS)


class Store:
    """A structure as a graph on one day.

    Args:
        structure: the validated input.
        as_of: the day; facts count when valid_from <= as_of < valid_to. Without it the structure's own date, and
            without that today.
    """

    def __init__(self, structure: Structure, as_of: date | None = None) -> None:
        self.structure = structure
        self.as_of = as_of or structure.as_of or date.today()
        self.entities: pl.DataFrame = structure.tables["entities"].with_row_index("ix").cast({"ix": pl.Int64})
        """All entities; `ix` is the dense id."""
        self.relations: Mapping[str, pl.DataFrame] = Relations(self)

    @cached_property
    def ids(self) -> dict[str, int]:
        """Dense id of every entity."""
        return {name: number for number, name in enumerate(self.entities["id"])}

    @cached_property
    def names(self) -> dict[str, str]:
        """What people call an entity: its name, or else its id."""
        return dict(self.entities.select("id", pl.coalesce("name", "id").alias("name")).iter_rows())

    @cached_property
    def kind_of(self) -> dict[str, str]:
        """Kind of every entity."""
        return dict(self.entities.select("id", "kind").iter_rows())

    @cached_property
    def roles_of(self) -> dict[str, list[str]]:
        """Roles of every entity."""
        return dict(self.entities.select("id", pl.col("roles").fill_null([])).iter_rows())

    def ends_of(self, row: str) -> tuple[str, ...]:
        """The entities that a row of the input names, in the order of its fields; none for an unknown id."""
        if row not in self.rows:
            return ()
        name, number = self.rows[row]
        table = name.lower()
        values = self.structure.tables[table].row(number, named=True)
        return tuple(values[field] for field in TABLES[table].references if values.get(field) is not None)

    def name(self, entity: str | None) -> str:
        """What people call `entity`."""
        if entity is None:
            return "someone not recorded"
        if entity.startswith("group:"):
            return " and ".join(self.names.get(member, member) for member in entity.removeprefix("group:").split("+"))
        return self.names.get(entity, entity)

    def table(self, name: str) -> pl.DataFrame:
        """A table beside the graph, with `row`, as of the day where its rows have a time."""
        table = self.structure.tables[name]
        if not table.height:
            return without_rows({"row": pl.Int64(), **table.schema})
        return self._on_the_day(name).collect(engine="in-memory")

    def _on_the_day(self, name: str) -> pl.LazyFrame:
        table = self.structure.tables[name]
        frame = table.lazy().with_row_index("row").cast({"row": pl.Int64})
        if "valid_from" in table.columns:
            frame = frame.filter(in_force(self.as_of))
        return frame

    def _relation(self, name: str) -> pl.DataFrame:
        table = self.structure.tables[name.lower()]
        ends = zip(RELATIONS[name].ends, ("src", "dst"), strict=True)
        placed = [(end, number) for end, number in ends if end in RELATIONS[name].references]
        if not table.height:
            numbers = dict.fromkeys([number for _, number in placed], pl.Int64())
            return without_rows({"row": pl.Int64(), **table.schema, **numbers})
        frame = self._on_the_day(name.lower())
        key = self.entities.lazy().select("id", "ix")
        for end, number in placed:
            frame = frame.join(key.rename({"id": end, "ix": number}), on=end, how="left", maintain_order="left")
        return frame.collect(engine="in-memory")

    @cached_property
    def _complete(self) -> dict[str, frozenset[str | None]]:
        found: dict[str, set[str | None]] = {}
        for register, entity in self.structure.tables["complete"].select("register", "entity").iter_rows():
            found.setdefault(register, set()).add(entity)
        return {register: frozenset(entities) for register, entities in found.items()}

    def complete(self, register: str, entity: str = "practice") -> pl.Expr:
        """Whether a register is declared complete for the entity in column `entity`. Never null.

        Absence from a complete register is false, from an open one null.
        """
        entities = self._complete.get(register, frozenset())
        if None in entities:
            return pl.lit(True)
        if not entities:
            return pl.lit(False)
        return pl.col(entity).is_in(sorted(e for e in entities if e is not None)).fill_null(False)

    def is_complete(self, register: str, entity: str) -> bool:
        """Whether a register is declared complete for one entity."""
        entities = self._complete.get(register, frozenset())
        return None in entities or entity in entities

    @cached_property
    def rows(self) -> dict[str, tuple[str, int]]:
        """Relation name or table, and row number there, of every row that has an id; for witnesses, not for rules."""
        found: dict[str, tuple[str, int]] = {}
        for table, frame in self.structure.tables.items():
            name = table.upper() if table.upper() in RELATIONS else table
            for number, row in enumerate(frame["id"]):
                if row is not None:
                    found.setdefault(row, (name, number))
        return found

    def find(self, text: str) -> list[str]:
        """Ids of entities that `text` may mean: the id itself, else an exact name, else names that contain it.

        O(entities). Several candidates are all returned; the caller never chooses silently.
        """
        if text in self.ids:
            return [text]
        low = " ".join(text.lower().split())
        folded = {entity: " ".join(name.lower().split()) for entity, name in self.names.items()}
        for match in (
            lambda entity, name: name == low or entity.lower() == low,
            lambda entity, name: low in name or low in entity.lower(),
        ):
            if found := sorted(entity for entity, name in folded.items() if match(entity, name)):
                return found
        return []

    def around(self, entity: str, hops: int = 2) -> "View":
        """The part of the graph within `hops` relations of `entity`, either direction. O(hops x relations)."""
        if entity not in self.ids:
            raise KeyError(f'no entity "{entity}"; find("{entity}") lists what comes near')
        near = {self.ids[entity]}
        for _ in range(hops):
            grown = set(near)
            for name in RELATIONS:
                frame = self.relations[name]
                if "src" in frame.columns and "dst" in frame.columns and frame.height:
                    touched = frame.filter(pl.col("src").is_in(sorted(near)) | pl.col("dst").is_in(sorted(near)))
                    grown.update(touched["src"].drop_nulls().to_list(), touched["dst"].drop_nulls().to_list())
            if grown == near:
                break
            near = grown
        return View(self, frozenset(near))


class View:
    """Some of the entities of a graph, and the relations among them."""

    def __init__(self, store: Store, members: frozenset[int]) -> None:
        self._store = store
        self.entities = store.entities.filter(pl.col("ix").is_in(sorted(members)))
        self._members = sorted(members)

    def to_networkx(self) -> "nx.MultiDiGraph[str]":
        """The part as a networkx multigraph: entity ids as nodes, one edge a relation row, keyed by its id."""
        import networkx as nx

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for row in self.entities.iter_rows(named=True):
            graph.add_node(row["id"], **{k: v for k, v in row.items() if v is not None and not k.startswith("_")})
        for name, model in RELATIONS.items():
            frame = self._store.relations[name]
            if not {"src", "dst"} <= set(frame.columns):
                continue
            inside = frame.filter(pl.col("src").is_in(self._members) & pl.col("dst").is_in(self._members))
            for row in inside.iter_rows(named=True):
                facts = {k: v for k, v in row.items() if v is not None and k not in {"src", "dst", "row"}}
                facts = {k: v for k, v in facts.items() if not k.startswith("_")}
                graph.add_edge(row[model.ends[0]], row[model.ends[1]], key=row["id"], relation=name, **facts)
        return graph
