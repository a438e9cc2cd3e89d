"""What is said of who controls a practice."""

import pytest

from ownergraph.audit.results import ControlAnswer
from ownergraph.report.answers import mark, said


@pytest.mark.parametrize(
    ("answer", "indicators", "client", "expected"),
    [
        ("found", True, False, ("control by somebody who is no physician is indicated", "indicated")),
        (
            "undecided", False, False,
            ("whether somebody who is no physician controls it is not decided on the facts given", "undecided"),
        ),
        (
            "not found", False, False,
            ("control by somebody who is no physician is not indicated on the facts given", "not indicated"),
        ),
        (
            "not found", True, False,
            (
                "votes and contracts do not show control by somebody who is no physician, but indicators of control "
                "are found: score 63, threshold 40",
                "signs only",
            ),
        ),
        (
            "not found", True, True,
            ("control by somebody who is no physician is not indicated on the facts given", "not indicated"),
        ),
    ],
)  # fmt: skip
def test_said(answer: str, indicators: bool, client: bool, expected: tuple[str, str]) -> None:
    """A practice whose score reaches the threshold is never said to be without indication; a client sees no score."""
    one = ControlAnswer("pc", "CA", answer, indicators, 63, (), ())  # type: ignore[arg-type]
    assert expected == (said(one, 40, client=client), mark(one, client=client))
