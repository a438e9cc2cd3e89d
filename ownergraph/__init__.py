"""Who really controls a medical practice, and does money come back for referrals?

A knowledge graph of ownership and control in US health care, and its auditor.

Example:
    >>> import ownergraph
    >>> g = ownergraph.load("fixtures/friendly_pc.yaml", as_of="2026-11-24")
    >>> report = g.audit(families=["OWNX"])
    >>> [(a.practice, a.state, a.answer) for a in report.controls]
    [('coastal_pc', 'CA', 'not found')]
"""

from typing import TYPE_CHECKING, Any

from ownergraph.version import VERSION

if TYPE_CHECKING:
    from ownergraph.api import Graph, load
    from ownergraph.audit.results import Report, Result
    from ownergraph.model.structure import InputError

__version__ = VERSION

__all__ = ["Graph", "InputError", "Report", "Result", "__version__", "load"]

_HOME = {"Graph": "api", "load": "api", "Report": "audit.results", "Result": "audit.results",
         "InputError": "model.structure"}  # fmt: skip


def __getattr__(name: str) -> Any:
    # what is heavy loads when it is first asked for, so that the program can set up its process before
    if name in _HOME:
        import importlib

        return getattr(importlib.import_module(f"ownergraph.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
