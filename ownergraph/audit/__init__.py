"""Choose rules, run them, and report."""

from ownergraph.audit.results import Report, Result
from ownergraph.audit.run import audit

__all__ = ["Report", "Result", "audit"]
