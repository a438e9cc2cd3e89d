"""Benchmarks: one command each, peers in the same run, answers compared."""
