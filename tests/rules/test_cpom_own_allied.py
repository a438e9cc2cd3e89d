"""CPOM-OWN-04 against the law read in plain Python, in every completion of small practices whose facts are unknown.

A completion gives each owner a share within its bounds (all shares add up to the whole), each license of unknown status
a status, and, in open registers, one more license or one more owner. What the rule decides holds in all of them.
"""

import json
import random
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import pytest

import ownergraph
from ownergraph.rules.api import all_rules
from tests.rules.judged import answers

STEP = 25
"""Shares are multiples of it: sums that bound a share reach their extremes there."""

LISTED = {
    "CA": {"physician_assistant", "podiatrist"}, "CO": {"physician_assistant"}, "IA": {"physician_assistant"},
    "TX": {"physician_assistant", "podiatrist"}, "TN": {"podiatrist", "chiropractor"},
}  # fmt: skip
"""Professions of PROFESSIONS that may own with physicians, of the state's statute."""

PROFESSIONS = ["physician", "physician_assistant", "podiatrist", "dentist"]
UNSETTLED = {"TN": {"physician_assistant"}}
"""Allowed on terms: not tried there."""


@dataclass
class Owner:
    """Licenses as (profession, state, whether active or null), and bounds of the share in steps."""

    licenses: list[tuple[str, str, bool | None]]
    low: int
    high: int
    licenses_open: bool


@dataclass
class Practice:
    """A practice of one state with its listed owners."""

    state: str
    owners: list[Owner]
    open: bool
    name: str = ""
    truths: dict[tuple[str, str], set[bool]] = field(default_factory=dict)


def practice(rng: random.Random) -> Practice:
    """A practice whose true shares add up to the whole, with bounds around them."""
    state = rng.choice([*LISTED, "CA", "TX"])
    professions = [p for p in PROFESSIONS if p not in UNSETTLED.get(state, set())]
    left, owners = 100 // STEP, []
    unsure = rng.choice([0.0, 0.3, 0.7])
    for k in range(n := rng.choice([1, 2, 2, 3, 3])):
        true = left if k == n - 1 else rng.randint(0, left)
        left -= true
        low = rng.randint(0, true) if rng.random() < unsure else true
        high = rng.randint(true, 100 // STEP) if rng.random() < unsure else true
        held = [
            (rng.choice(professions), rng.choice([state, state, "GA"]), None if rng.random() < 0.2 else True)
            for _ in range(rng.choice([0, 1, 1, 1, 1, 2]))
        ]
        if high:
            owners.append(Owner(list(dict.fromkeys(held)), low, high, rng.random() < 0.2))
    return Practice(state, owners, rng.random() < 0.2)


def counted(state: str, licenses: list[tuple[str, str, bool]]) -> set[str]:
    """Professions of licenses that the state counts: Tennessee takes those of any state."""
    return {p for p, at, active in licenses if active and state in (at, "TN")}


def truth(state: str, owners: list[tuple[str, int, set[str]]]) -> set[tuple[str, str]]:
    """What the law of the state finds among owners (name, share in percent, professions): limits and owners."""
    held = [one for one in owners if one[1] > 0]
    doctors = [(who, share) for who, share, p in held if "physician" in p]
    allied = [(who, share, p) for who, share, p in held if p and "physician" not in p]
    assistants = [(who, share) for who, share, p in allied if "physician_assistant" in p]
    found = set()
    if state == "CA" and (sum(share for _, share, _ in allied) > 49):
        found.add(("share_of_allied_owners", "None"))
    if state in ("CO", "TX") and sum(share for _, share in assistants) >= 50:
        found.add(("share_of_allied_owners", "None"))
    if state == "CA" and len(allied) > len(doctors):
        found.add(("number_of_allied_owners", "None"))
    if state == "TX":
        found |= {("share_of_one_owner", a) for a, share in assistants if any(share >= other for _, other in doctors)}
    return found | {("profession_of_the_owner", who) for who, _, p in allied if not p & LISTED[state]}


def completions(one: Practice) -> list[set[tuple[str, str]]]:
    """What the law finds in each completion."""
    found = []
    professions = [p for p in PROFESSIONS if p not in UNSETTLED.get(one.state, set())]
    kinds: list[list[set[str]]] = []
    for owner in one.owners:
        options: list[list[tuple[str, str, bool]]] = [[]]
        for p, at, active in owner.licenses:
            options = [[*o, (p, at, a)] for o in options for a in ([True, False] if active is None else [active])]
        more = [(p, one.state, True) for p in professions] if owner.licenses_open else []
        options += [[*o, extra] for o in options for extra in more]
        kinds.append([set(s) for s in {frozenset(counted(one.state, o)) for o in options}])
    whole = 100 // STEP
    for shares in product(*(range(o.low, o.high + 1) for o in one.owners)):
        rest = whole - sum(shares)
        if rest < 0 or (rest and not one.open):
            continue
        others = [set(), *({p} for p in professions)] if rest else [set()]
        for held in product(*kinds):
            for other in others:
                listed = [(f"{one.name}_o{k}", s * STEP, p) for k, (s, p) in enumerate(zip(shares, held, strict=True))]
                found.append(truth(one.state, [*listed, ("unlisted", rest * STEP, other)]))
    return found


def written(practices: list[Practice]) -> dict[str, object]:
    """The input of all practices side by side."""
    entities: list[dict[str, object]] = []
    owns: list[dict[str, object]] = []
    licenses: list[dict[str, object]] = []
    complete: dict[str, list[str]] = {}
    for one in practices:
        form = "PA" if one.state == "TX" else "PC"
        entities.append({
            "id": one.name, "kind": "practice", "form": form, "professional": True, "operates_in": one.state,
            "exempt_as": [],
        })  # fmt: skip
        complete[one.name] = [] if one.open else ["owners"]
        for k, owner in enumerate(one.owners):
            who = f"{one.name}_o{k}"
            entities.append({"id": who, "kind": "person", "exempt_as": []})
            complete[who] = [] if owner.licenses_open else ["licenses"]
            low, high = owner.low * STEP, owner.high * STEP
            share = f"{low}-{high}%" if low < high else f"{low}%"
            owns.append({"id": f"{who}_own", "owner": who, "owned": one.name, "share": share})
            licenses += [
                {"id": f"{who}_l{n}", "person": who, "state": at, "profession": p,
                 "status": "active" if active else "unknown"}
                for n, (p, at, active) in enumerate(owner.licenses)
            ]  # fmt: skip
    return {
        "structure": "allied owners", "as_of": "2026-11-24", "complete": {k: v for k, v in complete.items() if v},
        "entities": entities, "owns": owns, "licensed_in": licenses,
    }  # fmt: skip


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Practice, dict[tuple[str, str], bool | None]]]:
    """800 practices, each with what the rule says of each limit and owner."""
    rng = random.Random(20261128)
    practices = [practice(rng) for _ in range(800)]
    for k, one in enumerate(practices):
        one.name = f"p{k}"
    path: Path = tmp_path_factory.mktemp("allied") / "all.json"
    path.write_text(json.dumps(written(practices)), encoding="utf-8")
    said: dict[str, dict[tuple[str, str], bool | None]] = {one.name: {} for one in practices}
    for (_, who, _, limit, owner), value in answers(ownergraph.load(path), [all_rules()["CPOM-OWN-04"]]).items():
        said[who][limit, owner] = value
    return [(one, said[one.name]) for one in practices]


def _truths(one: Practice, said: dict[tuple[str, str], bool | None]) -> dict[tuple[str, str], set[bool]]:
    """For each limit and owner, the answers of the law in the completions."""
    made = completions(one)
    assert made, one
    named = {key for key in said if key[0] != "None"}.union(*made)
    return {key: {key in found for found in made} for key in named if key[1] != "unlisted"}


def test_nothing_decided_is_contradicted(
    judged: list[tuple[Practice, dict[tuple[str, str], bool | None]]],
) -> None:
    """Found, not found, and no row at all hold in every completion."""
    wrong = []
    for one, said in judged:
        for key, truths in _truths(one, said).items():
            value = said.get(key, False)
            if value is not None and truths != {value}:
                wrong.append((one, key, value))
    assert wrong == []


def test_no_practice_is_passed_over(judged: list[tuple[Practice, dict[tuple[str, str], bool | None]]]) -> None:
    """Where nothing is found or undecided, no completion finds anything, of owners not listed either."""
    quiet = [(one, said) for one, said in judged if set(said.values()) <= {False}]
    assert len(quiet) > 50
    assert [one for one, _ in quiet if any(completions(one))] == []


def test_what_every_completion_agrees_on_is_decided(
    judged: list[tuple[Practice, dict[tuple[str, str], bool | None]]],
) -> None:
    """Where shares are recorded and the registers of owners and licenses are complete; statuses may be open."""
    exact = [
        (one, said)
        for one, said in judged
        if not one.open and all(o.low == o.high and not o.licenses_open for o in one.owners)
    ]
    assert sum(None in said.values() for _, said in exact) > 10
    wrong = []
    for one, said in exact:
        for key, truths in _truths(one, said).items():
            if said.get(key, False) is None and len(truths) == 1:
                wrong.append((one, key, truths))
    assert wrong == []
