"""Physicians, and the financial relationships they have with those they refer to (42 U.S.C. 1395nn)."""
