"""Who refers, and who stands on a referrer's side: hand-worked cases and invariants."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

import ownergraph
from ownergraph.analysis.attribution import GROUP, surest
from tests.support import graph


def sides(g: ownergraph.Graph, referrer: str = "dr") -> dict[str, tuple[Any, ...]]:
    """By party of one referrer: how, rows, immediate, shoes, certain."""
    rows = g.referral_sides.filter(pl.col("referrer") == referrer)
    return {
        row["party"]: (row["how"], row["rows"], row["immediate"], row["shoes"], row["certain"])
        for row in rows.iter_rows(named=True)
    }


def test_every_link(tmp_path: Path) -> None:
    g = graph(
        tmp_path,
        entities=[
            {"id": "dr", "kind": "physician", "licensed_in": "TX"},
            {"id": "spouse", "kind": "person"}, {"id": "cousin", "kind": "person"},
            {"id": "partner", "kind": "physician", "licensed_in": "TX"},
            {"id": "pc", "kind": "practice"}, {"id": "clinic", "kind": "practice"}, {"id": "llc", "kind": "company"},
            {"id": "shell", "kind": "company"}, {"id": "lab", "kind": "laboratory"},
        ],
        owns=[
            {"id": "o1", "owner": "dr", "owned": "pc", "share": "50%", "titular": False},
            {"id": "o2", "owner": "partner", "owned": "pc", "share": "50%"},
            {"id": "o3", "owner": "dr", "owned": "llc", "share": "unknown"},
            {"id": "o4", "owner": "spouse", "owned": "shell", "share": "100%"},
        ],
        employs=[{"id": "e1", "employer": "clinic", "employee": "dr"}],
        family_of=[
            {"id": "f1", "person": "spouse", "relative": "dr", "kinship": "spouse"},
            {"id": "f2", "person": "dr", "relative": "cousin", "kinship": "cousin"},
        ],
        refers_to=[{"id": "r1", "referrer": "dr", "receiver": "lab", "period_start": "2025-01-01"}],
    )  # fmt: skip
    assert sides(g) == {
        "dr": ("self", [], True, False, True),
        "spouse": ("family", ["f1"], True, False, True),
        "cousin": ("family", ["f2"], False, False, True),
        "shell": ("family", ["f1", "o4"], True, False, True),
        "pc": ("owned", ["o1"], True, True, True),
        "llc": ("owned", ["o3"], True, False, False),
        "clinic": ("employer", ["e1"], True, False, True),
        "partner": ("group", ["o1", "o2"], True, False, True),
    }


def test_several_links_of_one_party(tmp_path: Path) -> None:
    """What is certain is not hidden behind a nearer way that is not, nor an employer behind a distant kinship."""
    g = graph(
        tmp_path,
        entities=[
            {"id": "dr", "kind": "physician", "licensed_in": "TX"}, {"id": "cousin", "kind": "person"},
            {"id": "pc", "kind": "practice"}, {"id": "lab", "kind": "laboratory"},
        ],
        owns=[
            {"id": "o1", "owner": "dr", "owned": "pc", "share": "unknown", "valid_from": "2020-01-01"},
            {"id": "o2", "owner": "dr", "owned": "pc", "share": "unknown", "titular": False},
        ],
        employs=[
            {"id": "e1", "employer": "pc", "employee": "dr"}, {"id": "e2", "employer": "cousin", "employee": "dr"},
            {"id": "e3", "employer": "pc", "employee": "dr"},
        ],
        family_of=[{"id": "f1", "person": "dr", "relative": "cousin", "kinship": "cousin"}],
        refers_to=[{"referrer": "dr", "receiver": "lab"}],
    )  # fmt: skip
    columns = ["party", "how", "rows", "immediate", "shoes", "certain"]
    assert g.referral_sides.select(columns).rows() == [
        ("cousin", "family", ["f1"], False, False, True),
        ("cousin", "employer", ["e2"], True, False, True),
        ("dr", "self", [], True, False, True),
        ("pc", "owned", ["o1"], True, None, False),
        ("pc", "owned", ["o2"], True, True, False),
        ("pc", "employer", ["e1"], True, False, True),
    ]
    assert surest(g.referral_sides).select("party", "how").rows() == [
        ("cousin", "family"), ("dr", "self"), ("pc", "employer"),
    ]  # fmt: skip


def test_an_organization_that_refers_has_owners(tmp_path: Path) -> None:
    g = graph(
        tmp_path,
        entities=[
            {"id": "dr", "kind": "physician", "licensed_in": "TX"}, {"id": "pc", "kind": "practice"},
            {"id": "lab", "kind": "laboratory"},
        ],
        owns=[{"id": "o1", "owner": "dr", "owned": "pc", "share": "100%"}],
        refers_to=[{"referrer": "pc", "receiver": "lab"}],
    )  # fmt: skip
    assert sides(g, "pc") == {"pc": ("self", [], True, False, True), "dr": ("owner", ["o1"], True, False, True)}


def test_titular_owners_stand_in_nobodys_shoes(tmp_path: Path) -> None:
    def shoes(**more: object) -> object:
        g = graph(
            tmp_path,
            entities=[
                {"id": "dr", "kind": "physician", "licensed_in": "TX"}, {"id": "pc", "kind": "practice"},
                {"id": "lab", "kind": "laboratory"},
            ],
            owns=[{"owner": "dr", "owned": "pc", "share": "100%", **more}],
            refers_to=[{"referrer": "dr", "receiver": "lab"}],
        )  # fmt: skip
        return sides(g)["pc"][3]

    assert (shoes(titular=True), shoes(titular=False), shoes()) == (False, True, None)


def test_only_persons_stand_in_shoes(tmp_path: Path) -> None:
    g = graph(
        tmp_path,
        entities=[
            {"id": "dr", "kind": "physician", "licensed_in": "TX", "titular": True}, {"id": "pc", "kind": "practice"},
            {"id": "sub", "kind": "practice"}, {"id": "lab", "kind": "laboratory"},
        ],
        owns=[{"owner": "dr", "owned": "pc", "share": "100%"}, {"owner": "pc", "owned": "sub", "share": "100%"}],
        refers_to=[{"referrer": who, "receiver": "lab"} for who in ("dr", "pc")],
    )  # fmt: skip
    # an owner is titular by the row, or else by the person
    assert (sides(g)["pc"][3], sides(g, "pc")["sub"][3]) == (False, False)


def test_members_of_a_large_organization_are_no_group(tmp_path: Path) -> None:
    def members(number: int) -> int:
        who = [f"dr_{k}" for k in range(number)]
        g = graph(
            tmp_path,
            entities=[*({"id": w, "kind": "physician", "licensed_in": "TX"} for w in who),
                      {"id": "pc", "kind": "practice"}, {"id": "lab", "kind": "laboratory"}],
            employs=[{"employer": "pc", "employee": w} for w in who],
            refers_to=[{"referrer": "dr_0", "receiver": "lab"}],
        )  # fmt: skip
        return g.referral_sides.filter(pl.col("how") == "group").height

    assert (members(GROUP), members(GROUP + 1)) == (GROUP - 1, 0)


def test_referrals(tmp_path: Path) -> None:
    g = graph(
        tmp_path,
        entities=[{"id": "dr", "kind": "physician", "licensed_in": "TX"}, {"id": "lab", "kind": "laboratory"}],
        refers_to=[
            {"id": "r1", "referrer": "dr", "receiver": "lab", "period_start": "2025-01-01", "payer_class": "medicaid"},
            {"id": "r2", "referrer": "dr", "receiver": "lab", "valid_from": "2025-02-01", "payer_class": "commercial"},
            {"id": "r3", "referrer": "dr", "receiver": "lab", "shared_patients": True, "payer_class": "other"},
            {"id": "r4", "referrer": "dr", "receiver": "lab", "personally_performed": True},
            {"id": "r5", "referrer": "lab", "receiver": "lab"},
        ],
    )
    assert g.referrals.select("referral", "start", "end", "federal", "proxy").rows() == [
        ("r1", date(2025, 1, 1), date(2025, 1, 1), True, False),
        ("r2", date(2025, 2, 1), date(2026, 11, 24), False, False),
        ("r3", None, None, None, True),
    ]


def test_without_referrals_nothing(tmp_path: Path) -> None:
    g = graph(tmp_path, entities=[{"id": "pc", "kind": "practice"}])
    assert (g.referrals.height, g.referral_sides.height, g.relationships.height) == (0, 0, 0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(5, 8)), max_size=8),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=5),
)
def test_links_of_each_party(tmp_path_factory: Any, owns: list[tuple[int, int]], family: list[tuple[int, int]]) -> None:
    people, firms = [f"p{k}" for k in range(5)], [f"c{k}" for k in range(5, 9)]
    g = graph(
        tmp_path_factory.mktemp("g"),
        entities=[*({"id": p, "kind": "person"} for p in people), *({"id": f, "kind": "practice"} for f in firms),
                  {"id": "lab", "kind": "laboratory"}],
        owns=[{"id": f"o{n}", "owner": f"p{a}", "owned": f"c{b}", "share": "10%"} for n, (a, b) in enumerate(owns)],
        family_of=[{"id": f"f{n}", "person": f"p{a}", "relative": f"p{b}", "kinship": "sibling"}
                   for n, (a, b) in enumerate(family) if a != b],
        refers_to=[{"referrer": p, "receiver": "lab"} for p in people],
    )  # fmt: skip
    made = g.referral_sides
    assert surest(made).select("referrer", "party").is_duplicated().sum() == 0
    # every holding of one who refers is a link of its own
    own = made.filter(pl.col("how") == "owned").select("referrer", "party", pl.col("rows").list.first())
    assert sorted(own.iter_rows()) == sorted((f"p{a}", f"c{b}", f"o{n}") for n, (a, b) in enumerate(owns))
    holds = {(f"p{a}", f"c{b}") for a, b in owns}
    kin = {(f"p{a}", f"p{b}") for a, b in family if a != b}
    kin |= {(b, a) for a, b in kin}
    expected = {(p, p) for p in people} | holds | kin | {(p, f) for p, q in kin for r, f in holds if q == r}
    expected |= {(p, q) for p, f in holds for q, h in holds if f == h}
    assert expected == set(made.select("referrer", "party").iter_rows())
