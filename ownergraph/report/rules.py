"""Rules as people read them: a table, one page of text, and the Markdown pages of docs/rules.

Write the pages anew with `python -m ownergraph.report.rules docs/rules`.
"""

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ownergraph.audit.scores import WEIGHTS
from ownergraph.law.authorities import Authority, authorities, rule_authorities
from ownergraph.report.defenses import LAWS
from ownergraph.report.defenses import page as defenses_page
from ownergraph.rules.api import HEADINGS, Rule, all_rules

WIDTH = 100
GENERATED = (
    "<!-- Written from the rule by python -m ownergraph.report.rules docs/rules. Edit the rule, not this page. -->"
)
VERIFIED = {
    "counsel": "counsel's own",
    "primary": "primary text read",
    "secondary": "secondary source read",
    "unverified": "unverified",
}
"""What a word of verification means."""


def table(rules: Sequence[Rule]) -> str:
    """The rules, one a line: code, severity, basis, weight in the control score, title. O(rules)."""
    rows = [("CODE", "SEVERITY", "BASIS", "WEIGHT", "TITLE")]
    rows += [(r.code, _severity(r), r.basis, str(WEIGHTS.get(r.code, "")), r.title) for r in rules]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = ["  ".join((*(v.ljust(w) for v, w in zip(row, widths, strict=False)), row[4])) for row in rows]
    gated, weighed = any(r.gated for r in rules), any(r.code in WEIGHTS for r in rules)
    lines += [""] if gated or weighed else []
    if gated:
        lines.append("* follows the weight that the state gives to the doctrine: none makes it info, little one less.")
    if weighed:
        lines.append("Weights are those of the control score (heuristic, for triage only).")
    return "\n".join(line.rstrip() for line in lines)


def _severity(rule: Rule) -> str:
    return f"{rule.severity}*" if rule.gated else rule.severity


def cited(rule: Rule) -> list[Authority]:
    """The authorities of a rule, as its results cite them."""
    known = authorities()
    return [known[name] for name in rule.authority or rule_authorities(rule.code) if name in known]


def notes(rule: Rule) -> Iterator[tuple[str, str]]:
    """What a reader must know of a rule beside its sections: label and text."""
    yield (
        "Severity",
        rule.severity
        + (
            ", scaled by the weight that the state gives to the doctrine: none makes it info, little one step less"
            if rule.gated
            else ""
        ),
    )
    yield "Basis", rule.basis
    yield "One result for each", ", ".join(_words(column) for column in (*rule.subject, *rule.parties))
    if rule.law:
        cells = ", ".join(_words(column) for column in rule.law)
        yield "Cells of the state's row", f"{cells}; where one is unverified, the result is undecided"
    if rule.defenses:
        yield (
            "Defenses",
            f"{LAWS[rule.defenses]}, tested element by element; a result goes away only where every element of one is "
            "recorded, and counsel must confirm that (docs/rules/defenses.md)",
        )
    if rule.code in WEIGHTS:
        yield "Weight", f"{WEIGHTS[rule.code]} of 100 in the control score (heuristic, for triage only)"
    yield "Says", re.sub(r"\{(\w+)\}", lambda found: f"[{_words(found[1])}]", rule.says)
    yield "Since", rule.since


def section(rule: Rule, heading: str) -> str:
    """The text of the docstring under a heading, as a sentence of its own."""
    text = " ".join(rule.sections.get(heading, "").split())
    return text[:1].upper() + text[1:]


def _words(column: str) -> str:
    return column.replace("_", " ")


def _verified(word: str) -> str:
    return VERIFIED.get(word, word)


def explain(rule: Rule) -> str:
    """One rule as a page of plain text."""
    lines = [f"{rule.code}  {rule.title}", "=" * (len(rule.code) + 2 + len(rule.title)), ""]
    lines += _wrapped(rule.sections.get("", ""))
    for heading in HEADINGS:
        if body := section(rule, heading):
            lines += ["", heading, *_wrapped(body, 3)]
    lines += ["", "Authorities"]
    for a in cited(rule):
        where = "" if a.jurisdiction == "US" else f" ({a.jurisdiction})"
        lines += _wrapped(f"{a.citation}{where}: {a.title} [{_verified(a.verification)}]", 3, 6)
        if a.consequence.kind != "none_known":
            told = a.consequence.text or _words(a.consequence.kind)
            lines += _wrapped(f"may follow: {told} [{_verified(a.consequence.verification)}]", 6, 9)
    if not cited(rule):
        lines.append("   None beyond the rule itself.")
    lines.append("")
    for label, text in notes(rule):
        lines += _wrapped(f"{label}: {text}.", 0, 3)
    return "\n".join(lines)


def _wrapped(text: str, indent: int = 0, hang: int | None = None) -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), WIDTH, initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hang is None else hang), break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def page(rule: Rule) -> str:
    """One rule as Markdown."""
    parts = [GENERATED, f"# {rule.code}: {_markdown(rule.title)}", _markdown(rule.sections.get("", ""))]
    for heading in HEADINGS:
        if body := section(rule, heading):
            parts.append(f"## {heading}\n\n{_markdown(body)}")
    found = cited(rule)
    rows = [
        (
            a.citation if not a.address else f"[{_cell(a.citation)}]({a.address})", a.title, a.jurisdiction,
            _verified(a.verification), _consequence(a),
        )
        for a in found
    ]  # fmt: skip
    header = ("Authority", "Title", "Of", "Verification", "May follow")
    parts.append("## Authorities\n\n" + (_grid(header, rows) if found else "None beyond the rule itself."))
    parts.append("## In short\n\n" + _grid(("What", "Value"), notes(rule)))
    return "\n\n".join(parts) + "\n"


def _consequence(a: Authority) -> str:
    if a.consequence.kind == "none_known":
        return ""
    told = a.consequence.text or _words(a.consequence.kind)
    return f"{told} ({_verified(a.consequence.verification)})"


def index(rules: Iterable[Rule]) -> str:
    """The first page of docs/rules: every rule by family."""
    families: dict[str, list[Rule]] = {}
    for rule in rules:
        families.setdefault(rule.family, []).append(rule)
    parts = [
        GENERATED,
        "# Rules",
        "Each rule has a page of its own; `ownergraph rules CODE` prints the same. A result is a question for "
        "counsel, never a conclusion of law. A severity with \\* follows the weight that the state gives to the "
        "doctrine. What defends a finding about money and referrals is in [defenses](defenses.md).",
    ]
    for family, members in sorted(families.items()):
        rows = [(f"[{r.code}]({r.code.lower()}.md)", r.title, _severity(r), r.basis) for r in members]
        parts.append(f"## {family}\n\n" + _grid(("Code", "Title", "Severity", "Basis"), rows))
    return "\n\n".join(parts) + "\n"


def _grid(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return _markdown(text).replace("|", "\\|") if "](" not in text else text


def _markdown(text: str) -> str:
    return " ".join(text.split()).replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")


def pages() -> dict[str, str]:
    """Every page of docs/rules by its file name."""
    rules = list(all_rules().values())
    return {
        "README.md": index(rules),
        "defenses.md": f"{GENERATED}\n\n{defenses_page()}",
        **{f"{rule.code.lower()}.md": page(rule) for rule in rules},
    }


def write_pages(folder: Path) -> list[Path]:
    """Write every page, and take away generated pages of rules that are gone. Returns what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for old in folder.glob("*.md"):
        if old.name not in made and old.read_text(encoding="utf-8").startswith(GENERATED):
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in made]


if __name__ == "__main__":
    sys.stdout.write(f"{len(write_pages(Path(sys.argv[1] if len(sys.argv) > 1 else 'docs/rules')))} pages written\n")
