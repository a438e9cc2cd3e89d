"""Helpers for work on the project; nothing here is part of the program."""
