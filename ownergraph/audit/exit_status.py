"""What the program's exit status says of a report."""

from ownergraph.audit.results import Report
from ownergraph.rules.api import SEVERITIES


def exit_status(report: Report, fail_on: str = "info", *, undecided: bool = False) -> int:
    """1 where a finding reaches the severity (or, if asked for, something of it is undecided), else 0."""
    floor = SEVERITIES.index(fail_on)
    watched = report.findings + (report.undecided if undecided else ())
    return int(any(SEVERITIES.index(r.severity) >= floor for r in watched))
