"""Nothing that a rule decides is contradicted by any completion of what is not known.

Random small structures with unknown fields, wide shares and open registers; of each several random completions. What
is found or not found about a subject and its parties stays so; and where the report says "not indicated" for a
practice and state, no completion finds anything.
"""

import random
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest

from ownergraph.analysis import Graph
from ownergraph.rules.api import Rule, all_rules
from tests.rules.completions import World, completion, graph, partial
from tests.rules.judged import ABOUT, answers, contradictions, minimal, told

BATCHES, WORLDS, COMPLETIONS = 5, 40, 6
RULES = list(all_rules().values())
FAULTS: dict[str, str] = {}
"""Contradictions that are known and open; the test says when one is gone."""
UNTRIED = {
    "AKS-03", "AKS-05", "AKS-07", "LOOP-01", "LOOP-02", "LOOP-04", "LOOP-05", "LOOP-06", "LOOP-07", "LOOP-08",
    "LOOP-09", "LOOP-10", "LOOP-11", "LOOP-12", "LOOP-13", "LOOP-14", "STARK-06", "STARK-07", "STARK-08", "STARK-09",
}  # fmt: skip
"""Rules that the random structures never reach: they hold few referrals, and no supplies. Only fixtures try them."""


@dataclass
class Batch:
    """Structures side by side in one graph, so that control is worked out once for all of them."""

    worlds: dict[str, World]

    @cached_property
    def graph(self) -> Graph:
        """The one graph of all."""
        return graph(list(self.worlds.values()))


@pytest.fixture(scope="module")
def samples() -> list[tuple[Batch, list[Batch]]]:
    """Batches of 40 structures, each with several completions."""
    made = []
    for batch in range(BATCHES):
        rng = random.Random(zlib.crc32(b"ownergraph") + batch)
        before = Batch({f"s{k}_": partial(rng, f"s{k}_") for k in range(WORLDS)})
        after = [Batch({t: completion(w, rng) for t, w in before.worlds.items()}) for _ in range(COMPLETIONS)]
        made.append((before, after))
    return made


def _with_faults() -> list[Any]:
    def marks(code: str) -> list[pytest.MarkDecorator]:
        return [pytest.mark.xfail(reason=FAULTS[code], strict=True)] if code in FAULTS else []

    return [pytest.param(rule, id=rule.code, marks=marks(rule.code)) for rule in RULES]


@pytest.mark.parametrize("rule", _with_faults())
def test_sound(rule: Rule, samples: list[tuple[Batch, list[Batch]]]) -> None:
    """What the rule decides holds in every completion; the least example is shown where it does not."""
    for before, completions in samples:
        known = answers(before.graph, [rule])
        for full in completions:
            after = _asked(full, before, rule)
            for kind, key in contradictions(known, answers(after.graph, [rule])):
                tag = next(t for t in before.worlds if any(p.removeprefix("group:").startswith(t) for p in key))
                one, two = minimal(before.worlds[tag], after.worlds[tag], rule, kind)
                pytest.fail(f"{rule.code}: {kind}: {'/'.join(key)}\n{told(one, two)}", pytrace=False)


def _asked(after: Batch, before: Batch, rule: Rule) -> Batch:
    """The completions without added rows of tables that the rule leaves out, as its page says."""
    left_out = ABOUT.get(rule.code, frozenset())
    if not left_out:
        return after
    made = {}
    for tag, world in after.worlds.items():
        made[tag] = world.copy()
        for table in left_out:
            old = {row["id"] for row in before.worlds[tag].rows.get(table, [])}
            made[tag].rows[table] = [row for row in world.rows.get(table, []) if row["id"] in old]
    return Batch(made)


def test_rules_are_tried(samples: list[tuple[Batch, list[Batch]]]) -> None:
    """The structures are worth something: every rule has something to look at."""
    tried = {key[0] for before, _ in samples for key in answers(before.graph, RULES)}
    assert {rule.code for rule in RULES} - tried == UNTRIED
