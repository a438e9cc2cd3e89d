"""Where Chromium is, and what becomes of the tests in a browser where there is none.

`python -m tests.browser.chromium` says so in one line before the tests run, and stops them in continuous integration,
where a run that leaves tests out would pass for the wrong reason.
"""

import os
import shutil
import sys

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = f"tests in a browser are left out: no {', '.join(NAMES[:-1])} or {NAMES[-1]} on the PATH"


def find() -> str | None:
    """The browser's program, or None."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


def required() -> bool:
    """Whether leaving tests out is an error."""
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def program() -> str:
    """The browser's program. Without one the test that asks is left out, or fails where one is required."""
    found = find()
    if found is None:
        (pytest.fail if required() else pytest.skip)(MISSING)
    return found


def main() -> int:
    """One line where no browser is found; an exit status that stops make where one is required."""
    if find():
        return 0
    sys.stderr.write(f"{'error: ' if required() else ''}{MISSING}\n")
    return int(required())


if __name__ == "__main__":
    sys.exit(main())
