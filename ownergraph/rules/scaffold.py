"""Write the parts of a new rule: `python -m ownergraph.rules.scaffold CTRL-30 some-name`.

The parts say TODO where something is to be written; the tests of rules fail until all of it is. See
docs/writing_rules.md.
"""

import argparse
import re
import sys
from pathlib import Path

from ownergraph.rules.api import HEADINGS

KINDS = ("found", "not_found", "undecided")

MODULE = '''"""TODO: one sentence that says what is found.

{headings}
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "{code}",
    name="{name}",
    severity="medium",
    basis="law",
    parties=("manager",),
    says="TODO: one sentence about {{practice}} and {{manager}}",
)
def cases(g: Graph) -> Cases:
    """One row for each TODO."""
    rows = g.agreements
    found = fact(pl.lit(None, dtype=pl.Boolean), "TODO: the question that asks for this fact of {{practice}}?")
    return Cases(rows, found, evidence=("agreement",))
'''

FIXTURE = """# TODO: what is special here
structure: {code}
as_of: 2026-11-24
complete: [agreements]

entities:
  - {{id: clinic, kind: practice, name: "Valley Clinic, P.C.", form: PC, operates_in: CA}}
  - {{id: manager, kind: mso, name: "Ridge Management, LLC"}}

manages:
  - {{id: msa, manager: manager, managed: clinic}}
"""

EXPECTED = """{
  "TODO": "write what the rule answers, checked by hand"
}
"""


def parts(code: str, name: str) -> dict[str, str]:
    """Path below the project, and text, of every file of a new rule.

    Raises:
        ValueError: code or name are not written as rules are.

    Example:
        >>> list(parts("CTRL-30", "some-name"))[0]
        'ownergraph/rules/ctrl/ctrl_30_some_name.py'
    """
    if not re.fullmatch(r"[A-Z]+(-[A-Z0-9]+)*-\d{2}", code):
        raise ValueError(f'"{code}" is no code of a rule; write a family and two digits, as CTRL-30')
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f'"{name}" is no name of a rule; write lower case words joined by hyphens, as break-fee')
    family = code.rsplit("-", 1)[0].lower().replace("-", "_")
    module = f"{code}_{name}".lower().replace("-", "_")
    headings = "\n".join(f"{heading}: TODO" for heading in HEADINGS)
    made = {f"ownergraph/rules/{family}/{module}.py": MODULE.format(code=code, name=name, headings=headings)}
    for kind in KINDS:
        fixture = f"fixtures/rules/{code}/{kind}_todo"
        made[f"{fixture}.yaml"] = FIXTURE.format(code=code)
        made[f"{fixture}.expect.json"] = EXPECTED
    return made


def write(root: Path, code: str, name: str) -> list[Path]:
    """Write the parts below `root`; nothing is overwritten, and nothing written where something is in the way.

    Raises:
        ValueError: code or name are not written as rules are.
        FileExistsError: the code has a module or fixtures already.
    """
    made = {root / path: text for path, text in parts(code, name).items()}
    module = next(iter(made))
    prefix = code.lower().replace("-", "_")
    taken = [*module.parent.glob(f"{prefix}_*.py"), *(path for path in made if path.exists())]
    if taken:
        raise FileExistsError(f"{code} is taken: {taken[0]} exists")
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    package = module.parent / "__init__.py"
    if not package.exists():
        package.write_text('"""Rules of one family, one a module."""\n', encoding="utf-8")
        made[package] = ""
    return list(made)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; 0, or 2 where the rule cannot be written."""
    parser = argparse.ArgumentParser(prog="python -m ownergraph.rules.scaffold", description="Start a new rule.")
    parser.add_argument("code", help="its code, as CTRL-30")
    parser.add_argument("name", help="its name, as break-fee")
    parser.add_argument("--root", type=Path, default=Path(), help="the project's folder; this one by default")
    given = parser.parse_args(arguments)
    try:
        written = write(given.root, given.code, given.name)
    except (ValueError, FileExistsError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write("".join(f"{path}\n" for path in written))
    sys.stdout.write("Fill in every TODO, then run: pytest tests/rules. See docs/writing_rules.md.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
