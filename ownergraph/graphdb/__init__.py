"""The graph in a Neo4j database: its shape, loading, removal, reading back, and queries that answer there."""
