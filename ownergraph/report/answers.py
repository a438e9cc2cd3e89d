"""The answer to "who controls this practice" in the words that the memo and the page share."""

from ownergraph.audit.results import ControlAnswer, ControlledBy


def said(answer: ControlAnswer, threshold: int, *, client: bool = False) -> str:
    """What is said of a practice, without its name, as the end of a sentence.

    Args:
        answer: the answer.
        threshold: score from which indicators are told of.
        client: leave scores out.
    """
    match answer.answer:
        case "found":
            return "control by somebody who is no physician is indicated"
        case "undecided":
            return "whether somebody who is no physician controls it is not decided on the facts given"
    if answer.indicators and not client:
        return (
            "votes and contracts do not show control by somebody who is no physician, but indicators of control are "
            f"found: score {answer.score}, threshold {threshold}"
        )
    return "control by somebody who is no physician is not indicated on the facts given"


def mark(answer: ControlAnswer, *, client: bool = False) -> str:
    """The same in one word or two."""
    if answer.answer == "not found":
        return "signs only" if answer.indicators and not client else "not indicated"
    return "indicated" if answer.answer == "found" else "undecided"


def lent(by: ControlledBy, all_of: tuple[ControlledBy, ...]) -> bool:
    """Whether it is the owner of record while others certainly may use the votes."""
    return by.mechanism == "owned votes" and any(one.certain and one.mechanism == "moved votes" for one in all_of)
