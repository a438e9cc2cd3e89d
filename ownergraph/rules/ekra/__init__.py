"""Pay that brings people to laboratories, recovery homes and treatment facilities (18 U.S.C. 220)."""
