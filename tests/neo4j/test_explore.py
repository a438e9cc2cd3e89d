"""queries/explore: what each answers on a real server is what Python and networkx make of the same rows, whole."""

import json
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver

import ownergraph
from ownergraph.analysis import Graph
from ownergraph.graphdb import queries
from tests.neo4j import explored, twins
from tests.neo4j.explore_worlds import WORLDS, ids, worlds
from tests.neo4j.server import locked
from tests.support import graph

ROOT = Path(__file__).parents[2]
FILES = {
    "platform": "fixtures/platform.yaml", "little_river": "fixtures/cases/little_river.yaml",
    "ring": "fixtures/ring.yaml", "resignation": "fixtures/rules/CTRL-21/found_resignation.yaml",
}  # fmt: skip
EXPLORE = sorted(path.stem for path in (queries.folder() / "explore").glob("*.cypher"))
Ask = Callable[..., list[dict[str, Any]]]
Graphs = dict[str, Graph]


def hand(folder: Path) -> Graph:
    """13 companies, each with half of the next; one held by counts, an option and an unknown share; accounts."""
    chain = [f"c{k:02}" for k in range(13)]
    return graph(
        folder,
        entities=[{"id": one, "kind": "organization", "name": one} for one in [*chain, "d", "x", "y", "z"]]
        + [{"id": one, "kind": "account", "name": one} for one in ("a0", "a1", "b0")],
        held_by=[{"account": one, "holder": {"a": "c00", "b": "c01"}[one[0]]} for one in ("a0", "a1", "b0")],
        signs_on=[
            *({"signer": "x", "account": one, "on_behalf_of": "d", "sweep": one == "b0"} for one in ("a0", "b0")),
            *({"signer": "y", "account": one} for one in ("a0", "a1")),
            {"signer": "z", "account": "a0"},
            {"signer": "z", "account": "b0", "valid_to": "2026-11-24"},
        ],
        owns=[
            *({"owner": one, "owned": two, "share": "50%"} for one, two in pairwise(chain)),
            {"owner": "x", "owned": "d", "shares_held": 700, "shares_outstanding": 1000},
            {"owner": "y", "owned": "d", "share": "30%", "instrument": "option"},
            {"owner": "z", "owned": "d", "share": "unknown"},
        ],
    )


@pytest.fixture(scope="session")
def graphs(driver: Driver, shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Graphs:
    """Fixtures and random structures, loaded once for all processes."""
    made: Graphs = {name: ownergraph.load(ROOT / path) for name, path in FILES.items()}
    made["worlds"] = worlds(tmp_path_factory.mktemp("worlds"))
    made["hand"] = hand(tmp_path_factory.mktemp("hand"))
    with locked(shared_folder):
        for name, g in made.items():
            twins.ensure(driver, g, name)
    return made


@pytest.fixture
def ask(driver: Driver) -> Ask:
    """Rows of a query, with paths as text; the columns are those that its head names."""

    def asked(name: str, **parameters: Any) -> list[dict[str, Any]]:
        query = queries.find(name)
        rows = list(queries.run(driver, query, parameters))
        assert all(tuple(row) == query.columns for row in rows)
        return explored.plain_rows(rows)

    return asked


@pytest.mark.parametrize("name", EXPLORE)
def test_example(name: str, ask: Ask, graphs: Graphs) -> None:
    """The example of each head gives rows, but that of addresses: the platform gives none (`test_addresses`)."""
    query = queries.find(name)
    parameters = queries.bound(query, [f"{k}={v}" for k, v in query.parameters.items()])
    rows = ask(name, **parameters)
    assert (rows != []) is (name != "shared-address")
    assert parameters["structure"] in graphs


def parties(g: Graph, name: str) -> list[str]:
    """Whom the queries are asked about: some of the platform, all of the others but accounts."""
    if name == "platform":
        return ["alder_pc", "ironwood_pc", "msa_west", "dr_abbott", "fund_iv"]
    return [one for one, kind in g.kind_of.items() if kind != "account"]


@pytest.mark.parametrize("name", [*FILES, "worlds"])
def test_control(name: str, ask: Ask, graphs: Graphs) -> None:
    """Who controls, the raw paths, and everything below."""
    g = graphs[name]
    for party in parties(g, name):
        found = (
            ask("who-controls", structure=name, practice=party),
            [{k: v for k, v in row.items() if k != "goes_on"}
             for row in ask("control-paths", structure=name, practice=party, without=[])],
            ask("under-investor", structure=name, investor=party, without=[]),
        )  # fmt: skip
        assert found == (
            explored.who_controls(g, party), explored.control_paths(g, party, []), explored.under(g, party, [])
        )  # fmt: skip


def test_without(ask: Ask, graphs: Graphs) -> None:
    """Hubs are left out where they are named, and only then."""
    g, seen = graphs["worlds"], 0
    for k in range(WORLDS):
        who = ids(k)
        hubs = [who[4], who[6]]
        for party in (who[2], who[9], who[5]):
            found = (
                [{k: v for k, v in row.items() if k != "goes_on"}
                 for row in ask("control-paths", structure="worlds", practice=party, without=hubs)],
                ask("under-investor", structure="worlds", investor=party, without=hubs),
            )  # fmt: skip
            expected = explored.control_paths(g, party, hubs), explored.under(g, party, hubs)
            assert found == expected
            seen += expected != (explored.control_paths(g, party, []), explored.under(g, party, []))
    assert seen > 5


def by_holder(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(
        ({k: v for k, v in row.items() if k != "goes_on"} for row in rows), key=lambda row: str(row["holder"])
    )


@pytest.mark.parametrize("name", [*FILES, "worlds", "hand"])
def test_holdings(name: str, ask: Ask, graphs: Graphs) -> None:
    """Every holding above a party once, by its size, and without what lies behind a hub."""
    g, sizes = graphs[name], set()
    for party in parties(g, name):
        rows = ask("holdings", structure=name, owned=party, without=[])
        assert rows == explored.holdings(g, party, [])
        sizes |= {row["size"] for row in rows}
        for hub in sorted({row["owner"] for row in rows} - {party})[:1]:
            assert ask("holdings", structure=name, owned=party, without=[hub]) == explored.holdings(g, party, [hub])
    if name in ("worlds", "hand"):
        assert len(sizes) > 2


@pytest.mark.parametrize("name", [*FILES, "worlds"])
def test_owners_over(name: str, ask: Ask, graphs: Graphs) -> None:
    """Sums of products along chains, and against the integrated ownership of the analysis."""
    g = graphs[name]
    for party in parties(g, name):
        for percent, without in ((25, []), (0, list(g.ids)[4::7])):
            rows = ask("owners-over", structure=name, company=party, percent=percent, without=without)
            expected = explored.owners_over(g, party, percent, without)
            assert by_holder(rows) == [
                {k: pytest.approx(v, abs=2e-6) if isinstance(v, float) else v for k, v in row.items()}
                for row in by_holder(expected)
            ]


def test_owners_over_is_integrated_ownership(ask: Ask, graphs: Graphs) -> None:
    """Without rings: exact shares agree with the analysis; of ranges the least does, and the greatest is not less.

    With rings: the least is not more.
    """
    g, compared, rings = graphs["worlds"], [0, 0], 0
    for party in parties(g, "worlds"):
        exact = int(party[1 : party.index("_")]) % 2 == 0
        rows = ask("owners-over", structure="worlds", company=party, percent=0, without=[])
        analysis = {x: (low, high) for x, low, high in g.ownership.of(party).iter_rows()}
        if any(row["ring"] for row in rows):
            rings += sum(
                row["min_pct"] < analysis[row["holder"]][0] - 1e-5 for row in rows if row["holder"] in analysis
            )
            assert all(row["min_pct"] <= analysis[row["holder"]][0] + 1e-5 for row in rows if row["holder"] in analysis)
            continue
        compared[exact] += len(rows)
        found = {row["holder"]: (row["min_pct"], row["max_pct"]) for row in rows}
        assert {x: low for x, (low, _) in found.items()} == pytest.approx(
            {x: low for x, (low, _) in analysis.items()}, abs=1e-5
        )
        if exact:
            assert {x: high for x, (_, high) in found.items()} == pytest.approx(
                {x: high for x, (_, high) in analysis.items()}, abs=1e-5
            )
        else:
            assert all(high >= analysis[x][1] - 1e-5 for x, (_, high) in found.items())
    assert min(compared) > 20
    assert rings > 0


@pytest.mark.parametrize("name", ["platform", "worlds"])
def test_nominee(name: str, ask: Ask, graphs: Graphs) -> None:
    g, found = graphs[name], 0
    owners = [one for one in parties(g, name) if not one.endswith("_pc")]
    for party in owners:
        rows = ask("nominee", structure=name, owner=party)
        assert rows == explored.nominee(g, party)
        found += len(rows)
    assert found > 5


@pytest.mark.parametrize("name", ["platform", "worlds"])
def test_between(name: str, ask: Ask, graphs: Graphs) -> None:
    """Also where a hub is taken out, and where there is no chain."""
    g = graphs[name]
    pairs = [("dr_abbott", "dr_baker"), ("fund_iv", "alder_pc"), ("k_stone", "fund_iv"), ("lender", "dr_abbott")]
    if name == "worlds":
        pairs = [
            (ids(k)[i], ids(m)[j]) for k in range(WORLDS) for i, j, m in ((0, 2, k), (1, 8, k), (3, 9, k), (0, 1, 3))
        ]
        pairs = [pair for pair in pairs if pair[0] != pair[1]]
    for start, end in pairs:
        for without in (
            [],
            ["k_stone", "meridian", start, end],
            [one for one in g.ids if one.endswith(("_m0", "_c1"))],
        ):
            rows = ask("between", structure=name, **{"from": start, "to": end}, without=without)
            assert rows == explored.between(g, start, end, without)


@pytest.mark.parametrize("name", ["little_river", "worlds"])
def test_value_back(name: str, ask: Ask, graphs: Graphs) -> None:
    """Within windows of several lengths, and without a hub."""
    g = graphs[name]
    found: dict[tuple[int, bool], int] = {}
    for party in sorted(set(g.referrals["referrer"])):
        for days in (0, 90, 365):
            for without in ([], [party, *(one for one in g.ids if one.endswith(("_m0", "_c1", "mso")))]):
                rows = ask("value-back", structure=name, physician=party, days=days, without=without)
                assert rows == explored.value_back(g, party, days, without)
                found[days, bool(without)] = found.get((days, bool(without)), 0) + len(rows)
    if name == "worlds":
        assert 0 < found[0, False] < found[90, False] < found[365, False]
        assert found[365, True] < found[365, False]


def test_addresses(driver: Driver, tmp_path: Path) -> None:
    """Case and blanks at the ends make no difference, city and zip do; a tie is a row in force between two parties."""
    places = {
        "a1": ("12 Elm St", "Waco", "76701"), "a2": (" 12 ELM st ", "waco ", "76701"),
        "a3": ("12 Elm St", "Waco", None),
        "a4": ("12 Elm St", None, "76701"), "a5": ("12 elm st", None, "76701"), "b1": ("9 Oak Ave", "Waco", "76701"),
        "b2": ("9 Oak Ave", "Waco", "76701"), "b3": ("9 Oak Ave", "Waco", "76701"), "c1": ("  ", "Waco", "76701"),
        "c2": ("  ", "Waco", "76701"), "d1": ("12 Elm Street", "Waco", "76701"), "e1": (None, "Waco", "76701"),
    }  # fmt: skip
    content = graph(
        tmp_path,
        entities=[
            {"id": one, "kind": "organization", "name": one, "address": address, "city": city, "zip": zip_}
            for one, (address, city, zip_) in places.items()
        ],
        owns=[
            {"id": "a1_a2", "owner": "a1", "owned": "a2", "share": "60%"},
            {"id": "a1_a3", "owner": "a1", "owned": "a3", "share": "60%"},
            {"id": "a4_a5", "owner": "a4", "owned": "a5", "share": "60%", "valid_to": "2026-11-24"},
            {"id": "b1_b2", "owner": "b1", "owned": "b2", "share": "60%"},
        ],
        pays=[{"id": "b3_b2", "payer": "b3", "payee": "b2", "paid_on": "2026-01-01"}],
    )
    twins.ensure(driver, content, "addresses")
    elm, oak = ("12 elm st", "waco", "76701"), ("9 oak ave", "waco", "76701")
    pair = [(*elm, ["a1", "a2"], True, ["a1", "a2", "a1_a2"])]
    no_city = [("12 elm st", None, "76701", ["a4", "a5"], False, ["a4", "a5"])]
    three = [(*oak, ["b1", "b2", "b3"], True, ["b1", "b2", "b3", "b1_b2", "b3_b2"])]
    for most, expected in ((1, []), (2, pair + no_city), (3, pair + no_city + three)):
        rows = queries.run(driver, queries.find("shared-address"), {"structure": "addresses", "max_sharing": most})
        found = [
            (
                *(row[name] for name in ("address", "city", "zip", "parties", "tied")),
                [path.relationships[0]["id"] if path.relationships else path.start_node["id"] for path in row["path"]],
            )
            for row in rows
        ]
        assert found == expected


@pytest.mark.parametrize("name", ["platform", "worlds"])
def test_shared(name: str, ask: Ask, graphs: Graphs) -> None:
    """Addresses and signers; those left out by number or by name."""
    g = graphs[name]
    for most in (2, 4, 20):
        assert ask("shared-address", structure=name, max_sharing=most) == explored.shared_address(g, most)
    for without in ([], ["w0_p0", "k_stone"]):
        rows = ask("shared-signer", structure=name, without=without)
        sets = [
            {k: set(v) if k in ("holders", "accounts", "on_behalf_of", "sweeps") else v for k, v in row.items()}
            for row in rows
        ]
        assert sorted(sets, key=lambda row: row["signer"]) == sorted(
            explored.shared_signer(g, without), key=lambda row: row["signer"]
        )
        assert all(row["holders"] == sorted(set(row["holders"])) for row in rows)


@pytest.mark.parametrize("name", ["platform", "little_river", "worlds"])
def test_changes(name: str, ask: Ask, graphs: Graphs) -> None:
    """A day is after the one date and not after the other."""
    for start, end in (
        (date(2020, 1, 1), date(2024, 5, 1)),
        (date(2019, 12, 31), date(2026, 11, 24)),
        (date(2024, 5, 1),) * 2,
    ):
        rows = ask("changes", structure=name, **{"from": start, "to": end})
        assert rows == explored.changes(graphs[name], start, end)


@pytest.mark.parametrize("name", ["platform", "worlds"])
def test_hubs(name: str, ask: Ask, graphs: Graphs) -> None:
    for more_than in (8, 20, 1000):
        assert ask("hubs", structure=name, more_than=more_than) == explored.hubs(graphs[name], more_than)


def test_who_controls_a_practice_of_the_platform(ask: Ask, graphs: Graphs) -> None:
    """By hand: the nominee by shares, and four levels above the manager through its right to replace the nominee."""
    rows = ask("who-controls", structure="platform", practice="alder_pc")
    top = next(row for row in rows if row["controller"] == "fund_iv")
    assert {row["controller"] for row in rows} == {"dr_abbott", "msa_west", "meridian", "holdings", "fund_iv"}
    assert (top["tier"], top["certain"], top["ultimate"]) == (1, True, True)
    assert top["path"] == sorted([
        "fund_iv [CONTROLS] alder_pc", "fund_iv [owns:fund_iv>holdings] holdings",
        "holdings [owns:holdings>meridian] meridian", "meridian [owns:meridian>msa_west] msa_west",
        "msa_west [stra_alder] dr_abbott", "dr_abbott [owns:dr_abbott>alder_pc] alder_pc",
    ])  # fmt: skip


def test_bounded_length_is_told(ask: Ask, graphs: Graphs) -> None:
    """The longest chain that is followed says whether it goes on; a hub that is left out does not count."""
    for without, on in (([], True), (["c03"], False)):
        rows = ask("control-paths", structure="hand", practice="c12", without=without)
        found = {row["party"]: (row["steps"], row["goes_on"]) for row in rows}
        assert found == {f"c{k:02}": (12 - k, k == 4 and on) for k in range(4, 12)}
    for without, on in (([], True), (["c01"], False)):
        rows = ask("owners-over", structure="hand", company="c12", percent=0, without=without)
        shares = {row["holder"]: (row["min_pct"], row["max_pct"], row["goes_on"]) for row in rows}
        assert shares == {
            f"c{k:02}": (pytest.approx(100 / 2 ** (12 - k), abs=2e-6),) * 2 + (k == 2 and on,) for k in range(2, 12)
        }


def test_owners_by_hand(ask: Ask, graphs: Graphs) -> None:
    """Counts are shares, an option is none, and an unknown share is at most what the others leave."""
    rows = ask("owners-over", structure="hand", company="d", percent=25, without=[])
    assert [(row["holder"], row["over"], row["min_pct"], row["max_pct"], row["path"]) for row in by_holder(rows)] == [
        ("x", True, 70.0, 70.0, ["x [owns:x>d] d"]), ("z", None, 0.0, 30.0, ["z [owns:z>d] d"])
    ]  # fmt: skip


def test_signers_by_hand(ask: Ask, graphs: Graphs) -> None:
    """Several accounts of one holder are not shared, nor is one that somebody no longer signs on."""
    path = [
        f"x [signs_on:x>{one}] {one} [held_by:{one}>{holder}] {holder}"
        for one, holder in (("a0", "c00"), ("b0", "c01"))
    ]
    assert ask("shared-signer", structure="hand", without=[]) == [
        {
            "signer": "x", "holders": ["c00", "c01"], "accounts": ["a0", "b0"], "on_behalf_of": ["d"], "sweeps": ["b0"],
            "path": path,
        }
    ]  # fmt: skip


def test_lists_from_the_terminal() -> None:
    """A list is ids with commas between them; an id with a comma is written as JSON has it."""
    query = queries.find("between")
    given = {"without=": [], "without=[]": [], "without=a,b": ["a", "b"], "without=[a, b]": ["a", "b"],
             "without=" + json.dumps(["a, b", 'c"']): ["a, b", 'c"'], "without=[1]": ["1"]}  # fmt: skip
    assert {text: queries.bound(query, [text])["without"] for text in given} == given
