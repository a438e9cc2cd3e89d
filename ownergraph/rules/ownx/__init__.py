"""Answers that follow from ownership and control."""
