"""The page that says how an input is written: every table and field, from the models."""

from collections.abc import Iterator
from typing import get_args

from ownergraph.ingest.fields import INLINE, Spec, specs
from ownergraph.ingest.shorthand import ROLES
from ownergraph.model import TABLES
from ownergraph.model.schemas import table_schema
from ownergraph.model.shapes import json_shape
from ownergraph.model.vocabulary import PROFESSIONS, Register

_HOW = """\
# Writing an input

<!-- Made from the models by ownergraph.ingest.input_page; a test holds it in step. -->

An input is one structure: entities, relations between them, sources and assumptions. It can be written as

- a YAML or JSON file (`.yaml`, `.yml`, `.json`) with a section for every table;
- an XLSX workbook with a sheet for every table, named after it. Sheets whose names start with `readme` or `_` are left
  out;
- CSV or Parquet files, each named after its table (`owns.csv`, `pays.parquet`), one by one or together in a folder.

Several inputs are read together as one structure; ids are unique across all of them. Case does not count in the names
of files and sheets. Files of text are UTF-8.

```yaml
# yaml-language-server: $schema=schemas/structure.schema.json
structure: Coastal
as_of: 2026-11-24
complete: {all: [owners], coastal_pc: [agreements]}
entities:
  - {id: dr_ray, kind: physician, licensed_in: CA}
  - {id: coastal_pc, kind: practice, form: PC, operates_in: CA}
  - {id: harbor_mso, kind: mso}
owns:
  - {owner: dr_ray, owned: coastal_pc, share: 100%}
manages:
  - {manager: harbor_mso, managed: coastal_pc, fee_basis: pct_net, fee_pct: 30}
assumptions:
  - The stock ledger is current.
```

## Sections beside the tables

| key | what it holds |
|---|---|
| `structure` | name of the structure |
| `as_of` | the day that the audit is about |
| `notes` | a text or a list of texts that readers of the report should know |
| `complete` | a list of registers that are complete for all, or a mapping `{all: [...], entity_id: [...]}` |
| `assumptions` | a list of texts (or of rows) |

## What is not known

A field that is missing, an empty cell, `null`, and the words `unknown`, `not recorded`, `n/a` and `?` mean that the
value is not known. Nothing is guessed. An empty list (`[]`, in a cell `none`) means that there are none. In a field with
a default (`status` of `licensed_in`) a missing value means the default, the word `unknown` that it is not known.

Registers are open: what they lack is unknown. `complete` declares a register closed, for all or for one entity; what it
lacks is then absent. Registers: {registers}.

## Short forms on entities

| field | what it stands for |
|---|---|
| `kind: practice`, or another role | `kind: organization` with that role; further `roles` are kept. Roles: {roles} |
| `kind: company` | `kind: organization` |
| `kind: physician`, or another profession | `kind: person` and a row of `licensed_in` for each state in `licensed_in`, which must be given. Professions: {professions} |
| `licensed_in: CA` or `[CA, NV]` | rows of `licensed_in`, with `profession` and `license_status`; `[]`: holds no license anywhere (register `licenses` is complete for the entity) |
| `profession` | with `kind: person` and `licensed_in`: the profession of the license |
| `license_status` | status of those licenses |
| `operates_in: CA` or `[CA, NV]` | rows of `operates_in`; `[]`: works in no state (register `states` is complete for the entity) |
| `held_by` | on `kind: account`: a row of `held_by` for each holder |
| `complete: [owners]` | registers that are complete for the entity |

## Values

| values | how they are written |
|---|---|
| shares | `51%`, `25-50%`, `">50%"`, `">=50%"` (in YAML in quotes), `<50%`, `at most 49%`, `700 of 1,000`, or two integers `[510000, 510000]` in millionths. A bare number needs `share_unit: percent` or `share_unit: fraction` in its row. A column that mixes percentages and fractions is refused. Cells of a sheet that show a percentage mean what they show |
| bounds of shares | `share_min`, `share_max` in millionths of the whole, or `share_min_pct`, `share_max_pct` in percent; one alone leaves the other side open. The same for `votes` and `class_share` |
| dates | `2024-01-31`; in sheets also cells with a date |
| yes and no | `yes`, `no`, `true`, `false` |
| numbers | `1250.5`, `1,250.50`, `$1,250.50`; fields that end in `_pct` also `30%` |
| lists | a YAML list, or values in one cell joined by semicolons or commas |
| words of a closed list | case, spaces and hyphens do not count: `pc` is `PC`, `private equity` is `private_equity` |
| ids | any text without spaces around it, at most 200 characters; the digits of a number are taken as text |

In YAML a value with `: ` or ` #` in it, or that starts with `>`, `|`, `@`, `%`, `&` or `*`, stands in quotes. Tags, merge
keys (`<<`) and several documents in one file are not read; anchors and aliases are.

## Ids of rows

A row without an id gets one from its table and its parties: `owns:dr_ray>coastal_pc`, the next one of the same parties
`owns:dr_ray>coastal_pc#2`, in the order of the input. Give a row an id where another row points at it, as
`fee_components.agreement` and `pays.agreement` do.

## What is checked

Every problem is reported at once, with file and line (or sheet and cell), table, field, value, why, and what to do:
unknown sections, fields and words; values that a field does not take; dates that end before they start; ids that are
used twice; references to nothing, or to the wrong kind of thing; shares of one company that certainly add up to more
than 100% at one time, counts of shares that exceed the shares outstanding, or contradict each other.

Tables of more than 2,000 rows in CSV and Parquet are checked by columns, with the same result. Lines of CSV files
are those on which a row begins, also where cells hold line breaks.

# Tables
"""  # noqa: E501  the rows of Markdown tables are long

_SORTS = {
    "text": "text", "bool": "yes or no", "int": "whole number", "float": "number", "date": "date", "share": "share",
}  # fmt: skip


def _sort(spec: Spec) -> str:
    said = ", ".join(f"`{word}`" for word in spec.choices) if spec.sort == "choice" else _SORTS[spec.sort]
    if "`AK`" in said:
        said = "state, as `CA`"
    return f"list of: {said}" if spec.many else said


def _table(table: str) -> Iterator[str]:
    model = TABLES[table]
    described = json_shape(model)["properties"]
    yield f"## {table}\n"
    yield " ".join((model.__doc__ or "").split()) + "\n"
    yield "| field | what it takes | |"
    yield "|---|---|---|"
    for name, spec in specs(model).items():
        needed = "**needed.** " if spec.required else ""
        text = " ".join(str(described[name].get("description", "")).split()).replace("|", "\\|")
        yield f"| `{name}` | {_sort(spec)} | {needed}{text} |".replace("  |", " |")
    if table == "entities":
        inline = table_schema("entities")["properties"]
        for name in INLINE:
            yield f"| `{name}` | short form | {inline[name]['description']} |"
    yield ""


def input_page() -> str:
    """The page, as Markdown."""
    words = {"{registers}": get_args(Register), "{roles}": ROLES, "{professions}": PROFESSIONS}
    how = _HOW
    for mark, listed in words.items():
        how = how.replace(mark, ", ".join(f"`{word}`" for word in listed))
    return "\n".join([how, *(line for table in TABLES for line in _table(table))]).rstrip() + "\n"
