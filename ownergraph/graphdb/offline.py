"""Files for the offline import of Neo4j, for many millions of rows: a load over the network would take too long.

Only what the input and the law say; nothing that is worked out. The import fills an empty database while the server is
stopped; `finish.cypher` then makes constraints and indexes, and sets what files cannot say: lists that are empty.
"""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ownergraph.graphdb.load import LAW_TABLES, complete_for, doctors, law_codes, structure_properties
from ownergraph.graphdb.rows import about, joins, prepared
from ownergraph.graphdb.schema import statements
from ownergraph.graphdb.shape import (
    EDGES,
    ENTITY,
    KINDS,
    LAW_CODE,
    NODES,
    PHYSICIAN,
    ROLES,
    SEPARATOR,
    STATE,
    STRUCTURE,
    TRADE_NAME,
    key,
)
from ownergraph.model.progress import Progress, quiet
from ownergraph.model.structure import FILE, LINE

if TYPE_CHECKING:
    from ownergraph.analysis import Graph

LARGE: Final = 2_000_000
"""Rows above which files are written instead of a load over the network."""
_BETWEEN: Final = "\x1f"
"""Between the items of a list; no text of a structure holds it."""
_TYPES: Final[dict[Any, str]] = {
    pl.String: "string", pl.Int64: "long", pl.Float64: "double", pl.Boolean: "boolean", pl.Date: "date",
}  # fmt: skip
c = pl.col


def write(g: "Graph", name: str, folder: Path, database: str = "neo4j", progress: Progress = quiet) -> str:
    """Write the files; the exact commands to run, as text. O(rows), by columns.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = _Files(g, name, folder, progress)
    files.nodes()
    files.edges()
    (folder / "finish.cypher").write_text(_finish(name), encoding="utf-8")
    arguments = [f"--nodes={base}={file}" for base, file in files.node_files]
    arguments += [f"--relationships={type_}={file}" for type_, file in files.edge_files]
    return "\n".join(
        [
            f"Files for the import are in {folder}. The import replaces all that the database holds.",
            "Stop the server, then run in that folder:",
            f"  neo4j-admin database import full {shlex.quote(database)} --overwrite-destination --id-type=string "
            f"--array-delimiter=U+001F --multiline-fields=true {' '.join(map(shlex.quote, arguments))}",
            "Start the server, then run:",
            f"  cypher-shell -d {shlex.quote(database)} -f finish.cypher",
        ]
    )


class _Files:
    def __init__(self, g: "Graph", name: str, folder: Path, progress: Progress) -> None:
        self.g, self.name, self.folder, self.progress = g, name, folder, progress
        self.node_files: list[tuple[str, str]] = []
        self.edge_files: list[tuple[str, str]] = []

    def key(self, column: str) -> pl.Expr:
        """Keys of the entities, states or rows that a column names."""
        return pl.lit(f"{self.name}{SEPARATOR}") + c(column)

    def rows(self, table: str) -> pl.DataFrame:
        """A table as it is loaded over the network."""
        inputs = dict(enumerate(self.g.structure.inputs))
        frame = prepared(self.g.structure, table, self.g.as_of)
        return frame.with_columns(
            c(FILE).replace_strict(inputs, default=None, return_dtype=pl.String).alias("file"),
            c(LINE).alias("line"),
            pl.lit(self.name).alias("structure"),
            self.key("id").alias("key"),
        ).drop(FILE, LINE)

    def csv(self, file: str, frame: pl.DataFrame, header: dict[str, str]) -> None:
        """Write a frame; columns that the header does not name are properties of the type they have."""
        self.progress(f"Writing {file}")
        lists = [n for n, dtype in frame.schema.items() if isinstance(dtype, pl.List) and n not in header]
        empty = [pl.when(c(n).list.len() == 0).then(pl.lit(n)) for n in lists]
        if empty:
            frame = frame.with_columns(empty_lists=pl.concat_list(empty).list.drop_nulls())
            frame = frame.with_columns(c("empty_lists").list.join(_BETWEEN).replace("", None))
            header = {**header, "empty_lists": "empty_lists:string[]"}
        types = {n: header.get(n) or _typed(n, dtype) for n, dtype in frame.schema.items()}
        made = frame.with_columns(
            pl.when(c(n).list.len() > 0).then(c(n).cast(pl.List(pl.String)).list.join(_BETWEEN)).alias(n) for n in lists
        )
        made.rename(types).write_csv(self.folder / file, date_format="%Y-%m-%d")

    def put_nodes(self, base: str, file: str, frame: pl.DataFrame, extra: dict[str, str] | None = None) -> None:
        """Write nodes of a base label."""
        if frame.height:
            self.csv(file, frame, {"key": f"key:ID({base})", **(extra or {})})
            self.node_files.append((base, file))

    def put_edges(self, type_: str, file: str, frame: pl.DataFrame, start: str, end: str) -> None:
        """Write relationships, whose ends are in columns `_a` and `_b`."""
        if frame.height:
            self.csv(file, frame, {"_a": f":START_ID({start})", "_b": f":END_ID({end})"})
            self.edge_files.append((type_, file))

    def nodes(self) -> None:
        """Entities, law, tables beside the relations."""
        g = self.g
        entities = self.rows("entities")
        complete = complete_for(g)
        labels = pl.concat_list(
            pl.concat_list(c("kind").replace_strict(KINDS)),
            c("roles").fill_null([]).list.eval(pl.element().replace_strict(ROLES, return_dtype=pl.String)),
            pl.concat_list(pl.when(c("id").is_in(sorted(doctors(g)))).then(pl.lit(PHYSICIAN))).list.drop_nulls(),
        )
        entities = entities.with_columns(
            pl.Series("complete", [complete[i][0] for i in entities["id"]], pl.List(pl.String)),
            pl.Series("complete_own", [complete[i][1] for i in entities["id"]], pl.List(pl.String)),
            labels.list.unique(maintain_order=True).list.join(_BETWEEN).alias("_labels"),
        )
        self.put_nodes(ENTITY, "entities.csv", entities, {"_labels": ":LABEL"})
        law = g.law.with_columns(id=c("state"), structure=pl.lit(self.name), key=self.key("state"))
        self.put_nodes(STATE, "states.csv", law)
        codes = law_codes()
        for base in LAW_TABLES:
            found = pl.DataFrame([p["p"] for p in codes if p["label"] == base]).with_columns(_labels=pl.lit(base))
            self.put_nodes(LAW_CODE, f"law_{base.lower()}.csv", found, {"_labels": ":LABEL"})
        head = {k: v for k, v in structure_properties(g, self.name, "").items() if v is not None}
        schema = {k: pl.List(pl.String) for k, v in head.items() if isinstance(v, list)}
        self.put_nodes(STRUCTURE, "structure.csv", pl.DataFrame([head], schema_overrides=schema))
        names = self.g.structure.tables["advertises_as"].select("name").unique().sort("name")
        names = names.with_columns(structure=pl.lit(self.name), key=self.key("name"))
        self.put_nodes(TRADE_NAME, "trade_names.csv", names)
        ends = about(g.structure)
        for table, base in NODES.items():
            frame = self.rows(table)
            if table == "complete":
                frame = frame.filter(c("source").is_not_null())
            self.put_nodes(base, f"{table}.csv", frame)
            if table == "licensed_in" and frame.height:
                has = frame.select(_a=self.key("person"), _b="key")
                self.put_edges("HAS_LICENSE", "has_license.csv", has, ENTITY, base)
                issued = frame.select(_a="key", _b=self.key("state"))
                self.put_edges("ISSUED_IN", "issued_in.csv", issued, base, STATE)
                continue
            kept = set(frame["key"])
            links = [one for one in joins(g.structure, table, self.name, ends) if one["from"] in kept]
            if links:
                said = pl.DataFrame(links).select(_a="from", _b="to", field="field")
                self.put_edges("ABOUT", f"{table}_about.csv", said, base, ENTITY)

    def edges(self) -> None:
        """Relations."""
        for table, edge in EDGES.items():
            frame = self.rows(table).with_columns(_a=self.key(edge.start[1]), _b=self.key(edge.end[1]))
            self.put_edges(edge.type, f"{table}.csv", frame, edge.start[0], edge.end[0])


def _typed(name: str, dtype: Any) -> str:
    inner = dtype.inner if isinstance(dtype, pl.List) else dtype
    return (
        f"{name}:{_TYPES[type(inner) if isinstance(inner, pl.DataType) else inner]}{'[]' * isinstance(dtype, pl.List)}"
    )


def _finish(name: str) -> str:
    """What runs when the server is up again: constraints, indexes, empty lists, the mark that all is there."""
    quoted = "'" + key(name, "")[: -len(SEPARATOR)].replace("\\", "\\\\").replace("'", "\\'") + "'"
    lists = [
        f"{match} WHERE x.empty_lists IS NOT NULL CALL (x) {{ FOREACH (p IN x.empty_lists | SET x[p] = []) "
        "REMOVE x.empty_lists } IN TRANSACTIONS OF 10000 ROWS"
        for match in ("MATCH (x)", "MATCH ()-[x]->()")
    ]
    marked = f"MATCH (s:{STRUCTURE} {{key: {quoted}}}) SET s.whole = true"
    return "".join(f"{one};\n" for one in (*statements(), *lists, marked))
