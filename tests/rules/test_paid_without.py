"""MSA-01 on payments: every mixture of up to four, held to all completions of what is not recorded of them."""

from itertools import combinations_with_replacement, product
from pathlib import Path
from typing import Any

from tests.support import graph

DAYS = {"under": "2024-05-01", "after": "2026-05-01", None: None}
"""A day on which the agreement stood, one after its end, and none."""
KINDS = list(product(DAYS, (True, False, None)))


def expected(payments: tuple[tuple[str | None, bool | None], ...]) -> bool | None:
    """Found or not found where all completions say so, and otherwise null."""
    said = set()
    days = [("under", "after") if day is None else (day,) for day, _ in payments]
    marks = [(True, False) if regular is None else (regular,) for _, regular in payments]
    for when, which in product(product(*days), product(*marks)):
        outside = [regular for day, regular in zip(when, which, strict=True) if day == "after"]
        said.add(len(outside) >= 3 or any(outside))
    return said.pop() if len(said) == 1 else None


def test_every_mixture(tmp_path: Path) -> None:
    mixtures = [one for n in range(1, 5) for one in combinations_with_replacement(KINDS, n)]
    tables: dict[str, Any] = {"entities": [], "manages": [], "pays": []}
    for k, payments in enumerate(mixtures):
        here = {"payer": f"pc{k}", "payee": f"mso{k}"}
        tables["entities"] += [
            {"id": f"pc{k}", "kind": "practice", "operates_in": "CA"}, {"id": f"mso{k}", "kind": "mso"},
        ]  # fmt: skip
        tables["manages"].append(
            {"manager": f"mso{k}", "managed": f"pc{k}", "valid_from": "2020-01-01", "valid_to": "2025-01-01"}
        )
        for day, regular in payments:
            known = {"paid_on": DAYS[day], "regular": regular}
            tables["pays"].append({**here, **{name: value for name, value in known.items() if value is not None}})
    report = graph(tmp_path, **tables).audit(rules=["MSA-01"])
    answers = {result.id: result.outcome == "found" or None for result in report.results}
    found = [answers.get(f"MSA-01/pc{k}/CA/mso{k}", False) for k in range(len(mixtures))]
    assert found == [expected(payments) for payments in mixtures]
    assert report.counts.not_found == found.count(False)
