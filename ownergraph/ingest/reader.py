"""Files to a structure: find out what each input is, read its rows, check them, check them together."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ownergraph.ingest.checks import check_together
from ownergraph.ingest.defenses import Elements
from ownergraph.ingest.documents import DocumentReader, Head
from ownergraph.ingest.frames import frame, together
from ownergraph.ingest.problems import Problems, hint
from ownergraph.ingest.rows import Checker, Inputs, Raw
from ownergraph.ingest.shorthand import expand
from ownergraph.model import TABLES, Row
from ownergraph.model.progress import Progress, quiet
from ownergraph.model.structure import Structure

DOCUMENTS = (".yaml", ".yml", ".json")
SHEETS = (".csv", ".parquet")
WORKBOOKS = (".xlsx", ".xlsm")
BY_NAME = {name.lower(): name for name in TABLES}


def read(paths: Sequence[Path | str], elements: Elements | None = None, progress: Progress = quiet) -> Structure:
    """Read and check inputs, together one structure.

    Args:
        paths: each a YAML or JSON file, an XLSX workbook with a sheet per table, a CSV or Parquet file named after
            its table, or a folder of such files.
        elements: gives the elements of every defense that the law knows; called only where the input has defenses,
            whose ids and codes are not checked without it.
        progress: told what is being read.

    Returns:
        The structure; every reference in it points at an entity, every id is unique.

    Raises:
        InputError: something cannot be used. It lists every problem, each with file, line, field, value, why, and
            what to do.
    """
    return Reader(elements, progress).read(paths)


class Reader:
    """Reads inputs, and collects their rows and problems."""

    def __init__(self, elements: Elements | None = None, progress: Progress = quiet) -> None:
        self.elements, self.progress = elements, progress
        self.inputs, self.problems, self.head = Inputs(), Problems(), Head()
        self.checker = Checker(self.inputs, self.problems)
        self.parts: dict[str, list[pl.DataFrame]] = {table: [] for table in TABLES}
        self.hash = hashlib.sha256()

    def read(self, paths: Sequence[Path | str]) -> Structure:
        """Read and check inputs; see `read`."""
        if not paths:
            self.problems.unread("input", "no file is named; name a YAML, JSON, XLSX, CSV or Parquet file")
        for path in paths:
            self.input(Path(path), str(path))
        self.progress("Checking tables together")
        tables = {table: together(table, parts) for table, parts in self.parts.items()}
        check_together(tables, self.inputs, self.checker.seen, self.problems, self.elements)
        days = sorted({day for day, _ in self.head.as_of})
        if len(days) > 1:
            said = ", ".join(f"{day} ({place})" for day, place in self.head.as_of)
            self.problems.add("inputs", "", "as_of", f"they ask for different dates: {said}; keep one")
        self.problems.raise_any()
        return Structure(
            tables=tables,
            inputs=tuple(self.inputs.names),
            digest=self.hash.hexdigest(),
            name=" + ".join(dict.fromkeys(self.head.names)) or None,
            as_of=days[0] if days else None,
            notes=tuple(self.head.notes),
        )

    def input(self, path: Path, name: str) -> None:
        """Read one input that the user named."""
        if path.is_dir():
            self.folder(path, name)
            return
        suffix = path.suffix.lower()
        if suffix in SHEETS and path.stem.lower() not in BY_NAME:
            self.no_table(path, name)
            return
        if suffix not in (*DOCUMENTS, *SHEETS, *WORKBOOKS):
            kinds = ".yaml, .json, .xlsx, .csv or .parquet"
            self.problems.unread(name, f'files of type "{suffix}" are not read; use {kinds}')
            return
        if (data := self.content(path, name)) is None:
            return
        self.file(path, name, suffix, data)

    def content(self, path: Path, name: str) -> bytes | None:
        """Content of a file, or None after the problem was recorded."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            self.problems.unread(name, "there is no such file; check the path")
        except (OSError, ValueError) as error:
            self.problems.unread(name, f"the file cannot be read ({getattr(error, 'strerror', None) or error})")
        else:
            if data:
                return data
            self.problems.unread(name, "the file is empty")
        return None

    def file(self, path: Path, name: str, suffix: str, data: bytes) -> None:
        """Read one file of a known type."""
        self.progress(f"Reading {path.name}")
        self.hash.update(data)
        if suffix in DOCUMENTS:
            self.keep(DocumentReader(self.inputs, self.problems, self.head).read(name, data))
        elif suffix in WORKBOOKS:
            from ownergraph.ingest.workbook import read_workbook

            self.keep(read_workbook(name, data, self.inputs, self.problems))
        else:
            self.table(BY_NAME[path.stem.lower()], name, suffix, data)

    def table(self, table: str, name: str, suffix: str, data: bytes) -> None:
        """Read a file that is one table."""
        from ownergraph.ingest import bulk, tabular

        file = self.inputs.add(name)
        reader = tabular.read_csv if suffix == ".csv" else tabular.read_parquet
        found = reader(data, file, table, self.inputs, self.problems, threshold=bulk.THRESHOLD)
        if isinstance(found, list):
            self.keep(found)
            return
        made, uncounted = bulk.check_bulk(
            table,
            found.frame,
            found.lines,
            file,
            slow=lambda raws: self.check(raws, table),
            problems=lambda: len(self.problems.found),
        )
        self.problems.uncounted += uncounted
        self.problems.unreadable |= uncounted > 0
        self.parts[table].append(made)

    def folder(self, path: Path, name: str) -> None:
        """Read a folder of tables, in the order of their names."""
        found = sorted(child for child in path.iterdir() if child.suffix.lower() in SHEETS and child.is_file())
        if not found:
            self.problems.unread(name, "the folder has no tables; put files there as entities.csv and owns.parquet")
        for child in found:
            self.hash.update(child.name.encode("utf-8", "surrogateescape"))
            shown = f"{name.rstrip('/')}/{child.name}"
            if child.stem.lower() not in BY_NAME:
                self.no_table(child, shown)
            elif (data := self.content(child, shown)) is not None:
                self.file(child, shown, child.suffix.lower(), data)

    def no_table(self, path: Path, name: str) -> None:
        """Record that a file is named after no table."""
        said = hint(path.stem, tuple(TABLES), f"the tables are {', '.join(TABLES)}")
        self.problems.unread(name, f'no table is called "{path.stem}"; a file is named after its table{said}')

    def keep(self, raws: Sequence[Raw]) -> None:
        """Check rows one by one and keep those that can be used, in order."""
        self.check(raws, None)

    def check(self, raws: Sequence[Raw], apart: str | None) -> list[tuple[int, Row]]:
        """Check rows one by one, those of other tables that they stand for included, and keep the good ones.

        Args:
            raws: the rows.
            apart: a table whose rows are not kept but given back, with their positions in `raws`.
        """
        good: list[tuple[int, Row]] = []
        kept: dict[str, list[tuple[Row, int, int | None]]] = {}
        for place, raw in enumerate(raws):
            extra = expand(raw, self.inputs, self.problems) if raw.table == "entities" else ()
            for one in (raw, *extra):
                self.inputs.remember(one)
                row = self.checker.check(one)
                if row is None:
                    continue
                if one.table == apart:
                    good.append((place, row))
                else:
                    kept.setdefault(one.table, []).append((row, one.file, one.line))
        for table, rows in kept.items():
            self.parts[table].append(frame(table, rows))
        return good
