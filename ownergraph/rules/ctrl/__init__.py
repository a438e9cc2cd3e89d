"""Powers that give somebody else control of a practice."""
