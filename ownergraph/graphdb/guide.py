"""A guide for Neo4j Browser: the queries of the folder `queries/` to click, and a style for what they draw.

Browser renders the `<slide>` elements of an `<article class="guide">` and makes every `<pre class="... runnable">` a
statement to click. Every text is escaped: titles and examples are ours, the name of the structure and values of
parameters are not.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final

from ownergraph.graphdb.browser import examples, filled, literal
from ownergraph.graphdb.connect import DatabaseError
from ownergraph.graphdb.queries import Query, all_queries, bound, folder
from ownergraph.graphdb.shares import SIZES

FAMILIES: Final = {
    "cpom-own": "Who may own a practice",
    "ctrl": "Signs that somebody else controls a practice",
    "fee": "Fees of managers",
    "msa": "Management agreements",
    "ownx": "Ownership that must be told or asked for",
    "loop": "Value that comes back for referrals",
    "aks": "Anti-Kickback Statute",
    "stark": "Stark law",
    "ekra": "EKRA",
}
"""Families of rules with what their slide is called; others are called by their name."""

STYLE: Final = """\
node {
  diameter: 50px; color: #A5ABB6; border-color: #6C7480; border-width: 2px; text-color-internal: #FFFFFF;
  font-size: 10px; caption: '{name}';
}
relationship {
  color: #8C939E; shaft-width: 1px; font-size: 8px; padding: 3px; text-color-external: #3A3F47;
  text-color-internal: #FFFFFF; caption: '<type>';
}
"""
_NODES: Final[tuple[tuple[str, str, str, int, str], ...]] = (
    # what a later row says wins; a role says more than a kind
    ("Organization", "#8C939E", "#5C636D", 50, "{name}"),
    ("Person", "#B5853B", "#85602A", 50, "{name}"),
    ("Trust", "#8A6FA8", "#644F7C", 50, "{name}"),
    ("Government", "#5C636D", "#3A3F47", 50, "{name}"),
    ("Account", "#6B8F71", "#4B664F", 40, "{name}"),
    ("Physician", "#1F7A8C", "#14545F", 50, "{name}"),
    ("Practice", "#2E5EAA", "#1E407A", 65, "{name}"),
    ("Mso", "#C4591B", "#8C3F12", 60, "{name}"),
    ("Investor", "#A32A4B", "#731C34", 60, "{name}"),
    ("Fund", "#A32A4B", "#731C34", 60, "{name}"),
    ("PrivateEquity", "#A32A4B", "#731C34", 60, "{name}"),
    ("Hospital", "#4F6D2F", "#384D21", 60, "{name}"),
    ("Laboratory", "#4F6D2F", "#384D21", 55, "{name}"),
    ("Group", "#D9A3B1", "#A32A4B", 50, "{id}"),
    ("State", "#E4E7EB", "#8C939E", 40, "{id}"),
    ("License", "#E4E7EB", "#8C939E", 40, "{profession}"),
    ("Result", "#F2C14E", "#B98D22", 50, "{code}"),
)
"""Label, color, color of the border, diameter in pixels, caption."""
_DARK_TEXT: Final = {"Group", "State", "License", "Result"}
_LINES: Final[tuple[tuple[str, str, int, str], ...]] = (
    ("OWNS", "#2E5EAA", 3, "{min_pct} %"),
    ("MANAGES", "#C4591B", 3, "<type>"),
    ("CONTROLS", "#A32A4B", 5, "{mechanism}"),
    ("CONTROLS_PRACTICE", "#A32A4B", 5, "{mechanism}"),
    ("ULTIMATELY_OWNS", "#6E9BDE", 2, "{min_pct} %"),
    ("PAYS", "#4F6D2F", 3, "{amount_usd}"),
    ("VALUE_FLOWS", "#4F6D2F", 3, "{kind}"),
    ("VALUE_RETURNS", "#4F6D2F", 5, "<type>"),
    ("REFERS_TO", "#B98D22", 3, "<type>"),
    ("REFERRAL", "#B98D22", 3, "<type>"),
    ("RESTRICTS_TRANSFER", "#8A6FA8", 3, "<type>"),
    ("HOLDS_PROXY", "#8A6FA8", 3, "<type>"),
    # the dark caption stands on a wide line, beside a narrow one
    *((one.type, "#7FA9E3" if one.width > 8 else "#2E5EAA", one.width, "{share}") for one in SIZES),
)
"""Type, color, width in pixels, caption. A style gives widths to types only, so each size of share is a type."""


def style() -> str:
    """The style as GraSS: colors by role, captions by name, widths by share (`shares.SIZES`) and by type."""
    rules = [STYLE]
    for label, color, border, size, caption in _NODES:
        text = "#2A2E34" if label in _DARK_TEXT else "#FFFFFF"
        rules.append(
            f"node.{label} {{\n  color: {color}; border-color: {border}; diameter: {size}px; "
            f"text-color-internal: {text}; caption: '{caption}';\n}}\n"
        )
    for kind, color, width, caption in _LINES:
        rules.append(f"relationship.{kind} {{\n  color: {color}; shaft-width: {width}px; caption: '{caption}';\n}}\n")
    return "".join(rules)


def values(structure: str, given: Iterable[str]) -> dict[str, Any]:
    """Values for the queries of a guide, of the types that their heads give.

    Args:
        structure: name of the structure.
        given: `name=value`, for every query that has such a parameter.

    Raises:
        DatabaseError: no query has such a parameter, or the value is of another type.
    """
    found: dict[str, Any] = {}
    for one in given:
        name = one.partition("=")[0]
        having = [query for query in all_queries().values() if name in query.parameters]
        if not having or "=" not in one:
            known = sorted({name for query in all_queries().values() for name in query.parameters})
            raise DatabaseError(f'--param: "{one}" is no parameter of a query; there are {", ".join(known)}')
        found |= bound(having[0], [one])
    return found | {"structure": structure}


def guide(given: Mapping[str, Any], style_address: str) -> str:
    """The guide as HTML.

    Args:
        given: what `values` gives; other parameters have the example of their head.
        style_address: where Browser finds the style.

    Complexity: O(length of all queries).
    """
    explore = {path.stem for path in (folder() / "explore").glob("*.cypher")}
    every = all_queries().values()
    slides = [_first(given["structure"], style_address)]
    slides += [_slide(query.title, _query(query, given, headed=False)) for query in every if query.name in explore]
    families: dict[str, list[Query]] = {}
    for query in every:
        if query.name not in explore:
            families.setdefault(query.name.rpartition("-")[0], []).append(query)
    for family, queries in families.items():
        inside = "".join(_query(query, given, headed=True) for query in queries)
        slides.append(_slide(FAMILIES.get(family, family.upper()), f"<p>{_OUTCOME}</p>\n{inside}"))
    body = "\n".join(slides)
    return (
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>ownergraph</title></head>\n<body>\n'
        f'<article class="guide">\n<carousel class="deck container-fluid">\n{body}\n</carousel>\n</article>\n'
        "</body>\n</html>\n"
    )


_OUTCOME: Final = (
    "Each query answers one rule of the audit. <b>found</b> is true, false, or null where facts or verified law are "
    "missing. A result is a question for counsel, not a conclusion of law."
)


def _first(structure: str, style_address: str) -> str:
    named, sizes = literal(structure), "|".join(one.type for one in SIZES)
    blocks = (
        ("Colors by role and captions by name, once for this browser:", f":style {style_address}"),
        ("Only the relationships that a query gives, and no others between them:", ":config autoComplete: false"),
        ("The structures that this database holds:",
         "MATCH (s:Structure) RETURN s.name AS structure, s.as_of AS as_of, s.whole AS whole ORDER BY structure"),
        ("Practices with their owners and managers:",
         f"MATCH path = (:Entity)-[:OWNS|MANAGES {{in_force: true}}]->(:Practice {{structure: {named}}}) RETURN path"),
        ("All holdings, each line as wide as the share that is certain:",
         f"MATCH path = (:Entity)-[:{sizes}]->(:Entity {{structure: {named}}}) RETURN path"),
        ("Everybody, to find ids for the next slides:",
         f"MATCH (e:Entity {{structure: {named}}}) RETURN e.id AS id, e.name AS name, labels(e) AS labels ORDER BY id"),
    )  # fmt: skip
    inside = "".join(f"<p>{escape(said)}</p>\n{_code(text)}" for said, text in blocks)
    about = (
        f"<p>Structure: <b>{escape(structure)}</b>. Click a query: it goes to the editor above, where it runs with the "
        "blue arrow and its values in quotes can be changed.</p>\n"
    )
    return _slide("Who owns, controls and pays whom", about + inside)


def _slide(title: str, inside: str) -> str:
    return (
        f'<slide class="row-fluid">\n<div class="col-sm-12">\n<h3>{escape(title)}</h3>\n<br/>\n{inside}</div>\n</slide>'
    )


def _query(query: Query, given: Mapping[str, Any], *, headed: bool) -> str:
    text = filled(query, examples(query, given))
    head = f"<h4>{escape(query.title)}</h4>\n" if headed else ""
    answers = f"<p>{_sentence(query.sections['What it answers'])}</p>\n"
    misses = "" if headed else f"<p><i>What it misses:</i> {escape(query.sections['What it misses'])}</p>\n"
    return f"{head}{answers}{_code(f'// {query.title}' + chr(10) + text)}{misses}"


def _sentence(text: str) -> str:
    return escape(text[:1].upper() + text[1:])


def _code(text: str) -> str:
    return f'<pre class="pre-scrollable code runnable">\n{escape(text)}</pre>\n'
