"""Who may own a medical practice."""
