"""A real Neo4j Community server, started from jars that Maven brings. See `server`."""
