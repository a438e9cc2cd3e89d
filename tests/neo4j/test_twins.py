"""Every rule and its Cypher twin say the same of every subject: found, not found, undecided.

The twins are written from the pages of the rules, not from the Python. They run on a real server that holds the
fixtures and 200 random structures side by side.
"""

from dataclasses import replace

import pytest
from neo4j import Driver

from ownergraph.graphdb import queries
from ownergraph.rules.api import Rule, all_rules
from tests.neo4j import twins

RULES = all_rules()


def test_every_rule_has_a_twin() -> None:
    assert [code for code in RULES if code.lower() not in queries.all_queries()] == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_fixtures(rule: Rule, driver: Driver) -> None:
    """On each fixture of the rule."""
    found = []
    for name, g in twins.load_fixtures(driver, rule.code).items():
        found += [
            f"{name}: {line}"
            for line in twins.differences(twins.in_python(g, rule), twins.in_cypher(driver, rule, name))
        ]
    assert found == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
@pytest.mark.usefixtures("random_loaded")
def test_random_structures(rule: Rule, driver: Driver) -> None:
    """On 200 random structures with unknown fields, wide shares and open registers."""
    found = []
    for batch, name in enumerate(twins.RANDOM):
        python, cypher = twins.in_python(twins.random_graph(batch), rule), twins.in_cypher(driver, rule, name)
        found += [f"{name}: {line}" for line in twins.differences(python, cypher)]
    assert found == []


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
@pytest.mark.usefixtures("bundled_loaded")
def test_bundled_structures(rule: Rule, driver: Driver) -> None:
    """On every structure and case that the project brings, whichever rules they are about."""
    found = []
    for name, g in twins.bundled().items():
        lines = twins.differences(twins.in_python(g, rule), twins.in_cypher(driver, rule, name))
        found += [f"{name}: {line}" for line in lines]
    assert found == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("OR reset)", "OR false)"),
        (" AND a.account_sole_control)", ")"),
        ("'agreements' IN p.complete", "true"),
    ],
)
@pytest.mark.usefixtures("random_loaded")
def test_a_wrong_twin_is_seen(right: str, wrong: str, driver: Driver) -> None:
    """The comparison is worth something: a twin with one fact less differs on some structure."""
    rule, query = RULES["FEE-01"], queries.find("FEE-01")
    assert right in query.text
    bad = replace(query, text=query.text.replace(right, wrong))
    graphs = twins.load_fixtures(driver, rule.code)
    graphs |= {name: twins.random_graph(batch) for batch, name in enumerate(twins.RANDOM)}
    assert any(
        twins.differences(twins.in_python(g, rule), twins.in_cypher(driver, rule, name, bad))
        for name, g in graphs.items()
    )


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_columns(rule: Rule) -> None:
    """A twin's head names the columns that the rule's identity has."""
    assert queries.find(rule.code).columns[: len(rule.subject) + len(rule.parties) + 2] == (
        *rule.subject, *rule.parties, "found", "path",
    )  # fmt: skip
