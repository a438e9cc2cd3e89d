"""Rules, one a module, by family. They are discovered, not listed: see `ownergraph.rules.api.all_rules`."""
