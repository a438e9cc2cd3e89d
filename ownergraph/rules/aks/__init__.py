"""Remuneration between those who refer federal business and those who receive it (42 U.S.C. 1320a-7b(b))."""
