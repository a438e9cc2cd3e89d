"""How long work tells how far it is, to whoever shows it."""

from typing import Protocol


class Progress(Protocol):
    """Told what is being done, and how much of it."""

    def __call__(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Tell.

        Args:
            stage: what is being done ("Following value").
            done: how many of `total` are done.
            total: 0 where nobody knows.
        """


def quiet(stage: str, done: int = 0, total: int = 0) -> None:
    """Tell nobody."""
