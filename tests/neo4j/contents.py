"""All that a structure has in a database, for comparing. Not a test."""

from typing import Any

from neo4j import Driver

Contents = dict[str, list[Any]]


def contents(driver: Driver, name: str) -> Contents:
    """Nodes with labels and properties, relationships with type, ends and properties; without the name."""
    nodes, _, _ = driver.execute_query("MATCH (n {structure: $name}) RETURN n", name=name)
    edges, _, _ = driver.execute_query(
        "MATCH (a {structure: $name})-[r]->(b {structure: $name}) RETURN a.key AS a, r, b.key AS b", name=name
    )

    def said(item: Any) -> str:
        p = {k: v for k, v in item.items() if k not in ("structure", "digest", "stamp")}
        p = {k: v.removeprefix(name) if k in ("key", "name") and isinstance(v, str) else v for k, v in p.items()}
        return repr(sorted(p.items()))

    return {
        "nodes": sorted((sorted(r["n"].labels), said(r["n"])) for r in nodes),
        "relationships": sorted(
            (r["r"].type, said(r["r"]), r["a"].removeprefix(name), r["b"].removeprefix(name)) for r in edges
        ),
    }
