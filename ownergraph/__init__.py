"""Who really controls a medical practice, and does money come back for referrals?

A knowledge graph of ownership and control in US health care, and its auditor.

Example:
    >>> import ownergraph
    >>> g = ownergraph.load("fixtures/friendly_pc.yaml", as_of="2026-11-24")
    >>> report = g.audit(families=["OWNX"])
    >>> [(a.practice, a.state, a.answer) for a in report.controls]
    [('coastal_pc', 'CA', 'not found')]
"""

from ownergraph.api import Graph, load
from ownergraph.audit.results import Report, Result
from ownergraph.model.structure import InputError
from ownergraph.version import VERSION

__version__ = VERSION

__all__ = ["Graph", "InputError", "Report", "Result", "__version__", "load"]
