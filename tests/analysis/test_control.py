"""Control over whole structures, worked by hand: votes, moves, boards, contracts, groups, what is unknown."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import graph

DR = {"id": "dr", "kind": "physician", "licensed_in": "CA"}
PC = {"id": "pc", "kind": "practice", "operates_in": "CA"}


def company(name: str, kind: str = "organization") -> dict[str, Any]:
    return {"id": name, "kind": kind}


def person(name: str) -> dict[str, Any]:
    return {"id": name, "kind": "person", "licensed_in": []}


def pairs(folder: Path, **tables: Any) -> list[tuple[Any, ...]]:
    return sorted(graph(folder, **tables).control.pairs.iter_rows())


def own(owner: str, owned: str, share: str, **more: Any) -> dict[str, Any]:
    return {"owner": owner, "owned": owned, "share": share, **more}


def test_exactly_half_is_not_control(tmp_path: Path) -> None:
    entities = [person("a"), person("b"), company("x")]
    assert pairs(tmp_path, entities=entities, owns=[own("a", "x", "50%"), own("b", "x", "50%")]) == []


def test_more_than_half_by_one_share(tmp_path: Path) -> None:
    entities = [person("a"), person("b"), company("x")]
    owns = [
        {"owner": "a", "owned": "x", "shares_held": 5_000_001, "shares_outstanding": 10_000_001},
        {"owner": "b", "owned": "x", "shares_held": 5_000_000, "shares_outstanding": 10_000_001},
    ]
    assert pairs(tmp_path, entities=entities, owns=owns) == [("a", "x", 1, "owned votes", True)]


def test_joint_control_through_companies(tmp_path: Path) -> None:
    entities = [person("a"), company("x"), company("y"), company("z")]
    owns = [own("a", "x", "60%"), own("a", "y", "30%"), own("x", "y", "30%"), own("y", "z", "100%")]
    expected = [
        ("a", "x", 1, "owned votes", True), ("a", "y", 1, "owned votes", True), ("a", "z", 1, "owned votes", True),
        ("y", "z", 1, "owned votes", True),
    ]  # fmt: skip
    assert expected == pairs(tmp_path, entities=entities, owns=owns)


def test_family_counts_together(tmp_path: Path) -> None:
    entities = [person("a"), person("b"), company("x")]
    tables = {
        "entities": entities,
        "owns": [own("a", "x", "30%"), own("b", "x", "30%")],
        "family_of": [{"person": "a", "relative": "b", "kinship": "spouse"}],
    }
    assert pairs(tmp_path, **tables) == [("group:a+b", "x", 1, "owned votes", True)]


def test_cousins_do_not(tmp_path: Path) -> None:
    entities = [person("a"), person("b"), company("x")]
    tables = {
        "entities": entities,
        "owns": [own("a", "x", "30%"), own("b", "x", "30%")],
        "family_of": [{"person": "a", "relative": "b", "kinship": "cousin"}],
    }
    assert pairs(tmp_path, **tables) == []


MSO = company("mso", "mso")
RIGHT = {
    "id": "right", "holder": "mso", "owner": "dr", "over": "pc", "triggers": ["any_time"],
    "designee_chosen_by": "holder", "first_refusal_at_fmv": False,
}  # fmt: skip


def test_an_unrestricted_right_to_replace_the_owner_moves_the_votes(tmp_path: Path) -> None:
    tables = {"entities": [DR, PC, MSO], "owns": [own("dr", "pc", "100%", id="own")], "restricts_transfer": [RIGHT]}
    g = graph(tmp_path, **tables)
    # the owner of record stays one of those who can use the votes
    expected = [("dr", "pc", 1, "owned votes", True), ("mso", "pc", 1, "moved votes", True)]
    assert expected == list(g.control.pairs.iter_rows())
    assert g.control.proof("mso", "pc").rows == ("right", "own")


@pytest.mark.parametrize(
    "change",
    [{"triggers": ["death", "license_loss"]}, {"designee_chosen_by": "practice", "designee_unrestricted": False},
     {"designee_chosen_by": "practice", "designee_unrestricted": True, "first_refusal_at_fmv": True}],
)  # fmt: skip
def test_a_restricted_right_does_not(tmp_path: Path, change: dict[str, Any]) -> None:
    tables = {"entities": [DR, PC, MSO], "owns": [own("dr", "pc", "100%")], "restricts_transfer": [RIGHT | change]}
    assert pairs(tmp_path, **tables) == [("dr", "pc", 1, "owned votes", True)]


def test_a_right_whose_terms_are_not_recorded_may(tmp_path: Path) -> None:
    tables = {
        "entities": [DR, PC, MSO],
        "owns": [own("dr", "pc", "100%")],
        "restricts_transfer": [{"holder": "mso", "owner": "dr", "over": "pc"}],
    }
    expected = [("dr", "pc", 1, "owned votes", True), ("mso", "pc", 1, "moved votes", False)]
    assert expected == pairs(tmp_path, **tables)


def test_a_group_counts_votes_once_that_two_of_it_may_use(tmp_path: Path) -> None:
    tables = {
        "entities": [DR, PC, MSO, person("a")],
        "owns": [own("dr", "pc", "30%"), own("a", "pc", "70%")],
        "restricts_transfer": [RIGHT],
        "acts_with": [{"entity": "dr", "partner": "mso"}],
    }
    assert [("a", "pc", 1, "owned votes", True)] == pairs(tmp_path, **tables)


def test_two_who_may_both_claim_the_votes(tmp_path: Path) -> None:
    tables = {
        "entities": [DR, PC, MSO, person("a")],
        "owns": [own("dr", "pc", "100%")],
        "restricts_transfer": [RIGHT],
        "holds_proxy": [{"grantee": "a", "grantor": "dr", "over": "pc", "scope": ["vote_shares"]}],
    }
    expected = [
        ("a", "pc", 1, "moved votes", True), ("dr", "pc", 1, "owned votes", True),
        ("mso", "pc", 1, "moved votes", True),
    ]  # fmt: skip
    assert expected == pairs(tmp_path, **tables)


def test_undated_papers_move_the_votes(tmp_path: Path) -> None:
    tables = {
        "entities": [DR, PC, person("a")],
        "owns": [own("dr", "pc", "100%", id="own")],
        "documents": [{"id": "paper", "document": "undated_resignation", "signer": "dr", "holder": "a", "over": "pc"}],
    }
    g = graph(tmp_path, **tables)
    expected = [("a", "pc", 1, "moved votes", True), ("dr", "pc", 1, "owned votes", True)]
    assert expected == list(g.control.pairs.iter_rows())
    assert g.control.proof("a", "pc").rows == ("paper", "own")


@pytest.mark.parametrize(("seats", "total", "expected"), [
    (3, 5, [("a", "pc", 1, "moved votes", True), ("dr", "pc", 1, "owned votes", True)]),
    (2, 4, [("dr", "pc", 1, "owned votes", True)]),
    (None, 5, [("a", "pc", 1, "moved votes", False), ("dr", "pc", 1, "owned votes", True)]),
])  # fmt: skip
def test_a_majority_of_the_board(tmp_path: Path, seats: int | None, total: int, expected: list[Any]) -> None:
    board = {"id": "board", "appointer": "a", "organization": "pc", "seats": seats, "seats_total": total}
    tables = {"entities": [DR, PC, person("a")], "owns": [own("dr", "pc", "100%")], "appoints_board": [board]}
    assert expected == pairs(tmp_path, **tables)


ASC = {
    "id": "msa", "manager": "mso", "managed": "pc", "term_years": 10, "practice_can_terminate": "cause_only",
    "powers": ["approve_budget", "borrow", "capex", "payer_parameters", "set_prices", "set_physician_comp",
               "hire_fire_clinical"],
    "physician_final_say": [], "interest_transferable": True, "fee_basis": "pct_net", "evergreen": False,
}  # fmt: skip


@pytest.mark.parametrize(("change", "outcome"), [
    ({}, True),
    ({"term_years": 9}, None),
    ({"powers": ["approve_budget"]}, None),
    ({"physician_final_say": ["set_prices"]}, None),
    ({"fee_basis": "fixed"}, None),
    ({"interest_transferable": "unknown"}, False),
    ({"physician_final_say": "unknown"}, False),
    ({"term_years": 9, "evergreen": "unknown"}, False),
    ({"term_years": "unknown"}, False),
])  # fmt: skip
def test_a_contract_that_meets_every_element(tmp_path: Path, change: dict[str, Any], outcome: bool | None) -> None:
    tables = {"entities": [DR, PC, MSO], "owns": [own("dr", "pc", "100%")], "manages": [ASC | change]}
    by_contract = [] if outcome is None else [("mso", "pc", 2, "contract", outcome)]
    assert [("dr", "pc", 1, "owned votes", True), *by_contract] == pairs(tmp_path, **tables)


def test_control_passes_through_a_contract(tmp_path: Path) -> None:
    tables = {
        "entities": [DR, PC, MSO, company("fund", "fund")],
        "owns": [own("dr", "pc", "100%"), own("fund", "mso", "80%", id="stake")],
        "manages": [ASC],
    }
    g = graph(tmp_path, **tables)
    expected = [
        ("dr", "pc", 1, "owned votes", True), ("fund", "mso", 1, "owned votes", True),
        ("fund", "pc", 2, "contract", True),
        ("mso", "pc", 2, "contract", True),
    ]  # fmt: skip
    assert expected == sorted(g.control.pairs.iter_rows())
    assert g.control.proof("fund", "pc").rows == ("stake", "msa")
    assert [(c.id, c.ultimate) for c in g.control.of("pc")] == [("dr", True), ("fund", True), ("mso", False)]


def test_a_ring_is_reported_as_a_ring(tmp_path: Path) -> None:
    tables = {
        "entities": [company("a"), company("b"), PC],
        "owns": [own("a", "b", "60%"), own("b", "a", "60%"), own("a", "pc", "100%")],
    }
    g = graph(tmp_path, **tables)
    assert [(c.id, c.ultimate, c.ring) for c in g.control.of("pc")] == [
        ("a", True, ("a", "b")),
        ("b", True, ("a", "b")),
    ]


def test_an_open_register_makes_control_possible(tmp_path: Path) -> None:
    entities = [person("a"), person("b"), company("x")]
    owns = [own("a", "x", "30%"), own("b", "x", "40%")]
    # 30% are not listed: with them b may have 70%, a 60%
    expected = [("a", "x", 1, "owned votes", False), ("b", "x", 1, "owned votes", False)]
    assert expected == pairs(tmp_path, complete=["licenses"], entities=entities, owns=owns)
    assert pairs(tmp_path, complete=["licenses", "owners"], entities=entities, owns=owns) == []


def test_a_complete_register_tells_by_what_the_others_leave(tmp_path: Path) -> None:
    entities = [person("a"), person("b"), company("x")]
    owns = [own("a", "x", "unknown"), own("b", "x", "at most 20%")]
    assert pairs(tmp_path, entities=entities, owns=owns) == [("a", "x", 1, "owned votes", True)]


def test_options_and_debt_do_not_vote(tmp_path: Path) -> None:
    entities = [person("a"), person("b"), company("x")]
    owns = [own("a", "x", "100%"), own("b", "x", "60%", instrument="option")]
    assert pairs(tmp_path, entities=entities, owns=owns) == [("a", "x", 1, "owned votes", True)]


def test_facts_count_from_their_first_day_and_no_longer(tmp_path: Path) -> None:
    entities = [person("a"), person("b"), company("x")]
    owns = [
        own("a", "x", "100%", valid_to="2025-01-01"),
        own("b", "x", "100%", valid_from="2025-01-01"),
    ]
    for day, who in (("2024-12-31", "a"), ("2025-01-01", "b")):
        assert [(who, "x", 1, "owned votes", True)] == pairs(tmp_path, as_of=day, entities=entities, owns=owns)


def test_ultimate_controllers_of_a_long_chain(tmp_path: Path) -> None:
    links = 2_000
    entities = [person("a"), *(company(f"c{k}") for k in range(links))]
    owns = [own("a", "c0", "60%"), *(own(f"c{k}", f"c{k + 1}", "60%") for k in range(links - 1))]
    g = graph(tmp_path, entities=entities, owns=owns)
    assert sorted((f"c{k}", "a", []) for k in range(links)) == list(g.control.ultimate.iter_rows())


def test_ultimate_agrees_with_the_pairs(tmp_path: Path) -> None:
    tables = {
        "entities": [DR, PC, MSO, company("fund", "fund"), company("b"), company("c")],
        "owns": [
            own("dr", "pc", "100%"), own("fund", "mso", "80%"), own("b", "c", "60%"), own("c", "b", "60%"),
            own("c", "fund", "70%"),
        ],
        "restricts_transfer": [RIGHT],
    }  # fmt: skip
    g = graph(tmp_path, **tables)
    expected = sorted(
        {
            (c.controlled, min(c.ring) if c.ring else c.id, c.ring)
            for who in g.ids
            for c in g.control.of(who)
            if c.ultimate and c.certain
        }
    )
    assert expected == [(y, x, tuple(ring)) for y, x, ring in g.control.ultimate.iter_rows()]
