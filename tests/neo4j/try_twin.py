"""Compare a rule with its Cypher twin on a server that runs (`make neo4j`): `python -m tests.neo4j.try_twin CODE`.

Fixtures and random structures are loaded once and kept; `--fresh` loads them again, after a change to the analysis.
Prints each difference with the structure it is in.
"""

import sys
from time import monotonic

from ownergraph.graphdb.connect import DatabaseError, Target, connected
from ownergraph.rules.api import all_rules
from tests.neo4j import twins
from tests.neo4j.server import locked
from tools.neo4j.server import FOLDER


def main(arguments: list[str]) -> int:
    """Compare the rules named; an exit status."""
    codes = [one.upper() for one in arguments if not one.startswith("--")]
    rules = all_rules()
    if not codes or any(code not in rules for code in codes):
        print(f"name a rule: {', '.join(rules)}")  # noqa: T201
        return 2
    fresh, wrong = "--fresh" in arguments, 0
    try:
        with connected(Target()) as driver:
            with locked(FOLDER):
                twins.load_random(driver, fresh=fresh)
            for code in codes:
                start = monotonic()
                with locked(FOLDER):
                    graphs = twins.load_fixtures(driver, code, fresh=fresh)
                graphs |= {name: twins.random_graph(k) for k, name in enumerate(twins.RANDOM)}
                rows = found = undecided = 0
                for name, g in graphs.items():
                    python = twins.in_python(g, rules[code])
                    cypher = twins.in_cypher(driver, rules[code], name)
                    rows, found = rows + len(python), found + list(python.values()).count(True)
                    undecided += list(python.values()).count(None)
                    for line in twins.differences(python, cypher):
                        wrong += 1
                        print(f"{name}: {line}")  # noqa: T201
                print(  # noqa: T201
                    f"{code}: {len(graphs)} structures, {rows} rows ({found} found, {undecided} undecided), "
                    f"{monotonic() - start:.1f} s; {wrong} differences"
                )
    except (DatabaseError, ValueError) as error:
        print(f"error: {error}")  # noqa: T201
        return 2
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
