"""The management agreement itself."""
