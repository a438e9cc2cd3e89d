"""What tests of reading share: rows without what is not known, and problems word for word. Not a test."""

from pathlib import Path
from typing import Any

import pytest

from ownergraph.ingest import InputError, Structure, read


def rows(structure: Structure, table: str) -> list[dict[str, Any]]:
    """Rows of a table without the values that are not known, and without places."""
    return [
        {name: value for name, value in row.items() if value is not None and name not in ("_file", "_line")}
        for row in structure.tables[table].to_dicts()
    ]


def failed(*paths: Path) -> list[str]:
    """Every problem, with the folder of the inputs left out."""
    with pytest.raises(InputError) as caught:
        read(paths)
    return [problem.replace(f"{paths[0].parent}/", "") for problem in caught.value.problems]


def written(folder: Path, text: str, name: str = "deal.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def owners(*held: str) -> str:
    entities = "entities:\n  - {id: pc, kind: practice}\n" + "".join(f"  - {{id: o{i}, kind: mso}}\n" for i in range(4))
    return entities + "owns:\n" + "".join(f"  - {{owner: o{i}, owned: pc, {row}}}\n" for i, row in enumerate(held))
