"""Boxes, lines and folds of the chart, before anything is placed."""

import json
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import ownergraph
from ownergraph.cli.app import program
from ownergraph.report.chart import build
from ownergraph.report.chart.boxes import boxes
from ownergraph.report.chart.edges import lines, rows_of
from ownergraph.report.chart.folds import FEWEST, SMALL, fold
from ownergraph.report.chart.model import GROUP_OF, Edge, Node
from ownergraph.report.chart.page import page
from ownergraph.report.chart.payload import page_data
from ownergraph.report.lines import as_text
from ownergraph.report.text import memo

FIXTURES = Path(__file__).parents[2] / "fixtures"

DEAL = {
    "structure": "Deal",
    "as_of": "2025-06-01",
    "complete": {"pc": ["owners"]},
    "entities": [
        {"id": "fund", "kind": "private_equity", "name": "Fund III, L.P.", "form": "LP"},
        {"id": "mso", "kind": "mso", "name": "Summit MSO"},
        {"id": "pc", "kind": "practice", "name": "Coastal PC", "form": "PC", "operates_in": ["CA", "NV"]},
        {"id": "ray", "kind": "physician", "name": "Dr. Ray", "licensed_in": "CA"},
        {"id": "acct", "kind": "account", "name": "Operating account", "held_by": "pc"},
        {"id": "kids", "kind": "trust", "name": "Ray Family Trust"},
    ],
    "owns": [
        {"id": "o1", "owner": "fund", "owned": "mso", "share": "80%", "votes": "100%"},
        {"id": "o2", "owner": "ray", "owned": "pc", "share": "60%"},
        {"id": "o3", "owner": "kids", "owned": "pc", "share": "unknown", "valid_to": "2025-01-01"},
    ],
    "manages": [
        {
            "id": "m",
            "manager": "mso",
            "managed": "pc",
            "fee_basis": "pct_net",
            "fee_pct": 30,
            "valid_from": "2024-01-01",
        }
    ],
    "restricts_transfer": [{"id": "r", "holder": "mso", "owner": "ray", "over": "pc", "triggers": ["death"]}],
    "pays": [
        {
            "id": "p1",
            "payer": "pc",
            "payee": "mso",
            "amount_usd": 10,
            "paid_on": "2024-02-01",
            "purpose": "management_fee",
        },
        {"id": "p2", "payer": "pc", "payee": "mso", "purpose": "management_fee", "paid_on": "2024-03-01"},
    ],
    "refers_to": [
        {
            "id": "f",
            "referrer": "ray",
            "receiver": "mso",
            "count": 12,
            "period_start": "2024-01-01",
            "period_end": "2024-12-31",
        }
    ],
}


def test_a_deal_becomes_boxes_and_lines(tmp_path: Path) -> None:
    path = tmp_path / "deal.yaml"
    path.write_text(yaml.safe_dump(DEAL))
    g = ownergraph.load(path)
    rows = rows_of(g)
    nodes = boxes(g, None)
    assert [(n.id, n.shape, n.lines, n.caption, n.licensed, n.hidden_owners) for n in nodes] == [
        ("fund", "partnership", ("Fund III, L.P.",), "private equity", False, True),
        ("mso", "company", ("Summit MSO",), "MSO", False, True),
        ("pc", "company", ("Coastal PC",), "practice, CA, NV", False, False),
        ("ray", "person", ("Dr. Ray",), "physician, CA", True, False),
        ("acct", "account", ("Operating account",), "", False, False),
        ("kids", "trust", ("Ray Family Trust",), "", False, False),
    ]
    drawn = lines(g, rows, {n.id for n in nodes})
    assert {(e.source, e.target, e.relation, e.label, e.rows, e.possible, e.start, e.end) for e in drawn} == {
        ("fund", "mso", "OWNS", "80%, 100% of votes", ("o1",), False, None, None),
        ("ray", "pc", "OWNS", "60%", ("o2",), False, None, None),
        ("kids", "pc", "OWNS", "share unknown", ("o3",), True, None, date(2025, 1, 1)),
        ("mso", "pc", "MANAGES", "manages: 30% of net income", ("m",), False, date(2024, 1, 1), None),
        ("mso", "pc", "RESTRICTS_TRANSFER", "may replace the owner: death", ("r",), False, None, None),
        ("pc", "mso", "PAYS", "at least $10 management fee (2 payments)", ("p1", "p2"), False, date(2024, 2, 1), None),
        ("ray", "mso", "REFERS_TO", "refers 12", ("f",), False, date(2024, 1, 1), None),
        ("acct", "pc", "HELD_BY", "is held by", ("held_by:acct>pc",), False, None, None),
    }


def test_the_platform_folds_what_is_alike_and_leaves_what_differs() -> None:
    g = ownergraph.load(FIXTURES / "platform.yaml")
    nodes = boxes(g, None)
    edges = lines(g, rows_of(g), {n.id for n in nodes})
    folded, _ = fold(nodes, edges)
    names = {n.name: {m for m in n.members if not m.startswith("acct")} for n in folded if n.members}
    assert names == {
        "6 practices, CA": {"alder_pc", "birch_pc", "cedar_pc", "fir_pc", "gum_pc", "hazel_pc"},
        "5 practices, TX": {"ivy_pc", "juniper_pc", "katsura_pc", "nutmeg_pc", "oak_pc"},
        "4 practices, NY": {"pine_pc", "quince_pc", "redwood_pc", "umber_pc"},
        "3 practices, FL": {"viburnum_pc", "willow_pc", "yew_pc"},
        "3 practices, IL": {"banyan_pc", "cypress_pc", "douglas_pc"},
        "3 practices, OR": {"fig_pc", "ginkgo_pc", "holly_pc"},
        "3 practices, CO": {"jasmine_pc", "koa_pc", "laurel_pc"},
        "3 practices, TN": {"myrtle_pc", "nyssa_pc", "olive_pc"},
    }


@st.composite
def pictures(draw: st.DrawFn) -> tuple[list[Node], list[Edge]]:
    count = draw(st.integers(SMALL + 1, 40))
    nodes = [
        Node(f"n{k}", f"n{k}", (f"n{k}",), draw(st.sampled_from(["company", "person", "account"])), 96, 40,
             roles=tuple(draw(st.sampled_from([(), ("practice",), ("mso",)]))))
        for k in range(count)
    ]  # fmt: skip
    pairs = draw(st.lists(st.tuples(st.integers(0, 5), st.integers(0, count - 1)), max_size=80, unique=True))
    relations = sorted(GROUP_OF)
    edges = []
    for number, (a, b) in enumerate(pairs):
        if a != b:
            relation = relations[draw(st.integers(0, 2))]
            edges.append(Edge(f"e{number}", f"n{a}", f"n{b}", relation, GROUP_OF[relation], "x", (f"r{number}",)))
    return nodes, edges


@settings(max_examples=60, deadline=None)
@given(pictures())
def test_folds_lose_nothing(picture: tuple[list[Node], list[Edge]]) -> None:
    nodes, edges = picture
    folded, joined = fold(nodes, edges)
    inside = {n.id: n.fold for n in folded if n.fold}
    held = {n.id: set(n.members) for n in folded if n.members}
    # every box is still there, and in the one fold that says it holds it
    assert [n.id for n in folded if not n.members] == [n.id for n in nodes]
    assert held == {name: {who for who, fold_of in inside.items() if fold_of == name} for name in held}
    assert all(len(members) >= FEWEST for members in held.values())
    # every line is still there, and the rows of those that cross the border of a fold are on one line of the fold
    assert joined[: len(edges)] == edges
    crossing: dict[tuple[str, str, str], set[str]] = {}
    for edge in edges:
        ends = inside.get(edge.source, edge.source), inside.get(edge.target, edge.target)
        if ends != (edge.source, edge.target) and ends[0] != ends[1]:
            crossing.setdefault((*ends, edge.relation), set()).update(edge.rows)
    assert {(e.source, e.target, e.relation): set(e.rows) for e in joined[len(edges) :]} == crossing


def test_a_page_is_the_same_every_time_and_names_no_address() -> None:
    g = ownergraph.load(FIXTURES / "captive_pc.yaml")
    first = page(g, g.audit())
    again = ownergraph.load(FIXTURES / "captive_pc.yaml")
    assert page(again, again.audit()) == first
    scripts = re.findall(r"<script>.*?</script>", first, flags=re.DOTALL)
    own = first.replace(next(one for one in scripts if "* vis-network" in one), "")  # it names its license
    assert set(re.findall(r"https?://[^\s\"'<>]+", own)) <= {"http://www.w3.org/2000/svg"}
    assert "sourceMappingURL" not in first
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', first)
    assert policy is not None
    assert "unsafe" not in policy[1].replace("&#39;", "'")
    assert policy[1].startswith("default-src &#39;none&#39;") or policy[1].startswith("default-src 'none'")


def test_draw_and_audit_write_pages(tmp_path: Path) -> None:
    captive = str(FIXTURES / "captive_pc.yaml")
    runner = CliRunner()
    drawn = runner.invoke(program(), ["draw", captive, "-o", str(tmp_path / "a.html")])
    audit = runner.invoke(
        program(), ["audit", captive, "--no-fail", "--format", "html", "-o", str(tmp_path / "b.html")]
    )
    assert (drawn.exit_code, audit.exit_code) == (0, 0)
    assert (tmp_path / "a.html").read_text() == (tmp_path / "b.html").read_text()
    plain = runner.invoke(program(), ["draw", captive, "--no-results", "-o", str(tmp_path / "c.html")])
    assert plain.exit_code == 0
    data = re.search(r'type="application/json">(.*?)</script>', (tmp_path / "c.html").read_text(), re.DOTALL)
    assert data is not None
    assert "results" not in json.loads(data[1])
    static = runner.invoke(program(), ["draw", captive, "-o", str(tmp_path / "d.svg")])
    assert static.exit_code == 0
    assert (tmp_path / "d.svg").read_text().lstrip().startswith(("<?xml", "<svg"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.html", "b.html", "c.html", "d.svg"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["-o", "chart.png"],
            'error: --output: "chart.png" does not say what to write; name a file that ends in .html',
        ),
        (["-o", "x.svg", "--client"], "error: --client is for the page"),
        (["-o", "x.html", "--around", "nobody"], 'error: nobody in the input is called "nobody"'),
        (["-o", "no/such/folder/x.html"], "error: no/such/folder/x.html: cannot be written"),
    ],
)
def test_draw_says_what_is_wrong(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(program(), ["draw", str(FIXTURES / "captive_pc.yaml"), *arguments])
    assert result.exit_code == 2
    assert result.stderr.startswith(told)


def test_too_many_to_draw_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(build, "MOST", 5)
    target = tmp_path / "x.html"
    result = CliRunner().invoke(program(), ["draw", str(FIXTURES / "platform.yaml"), "-o", str(target)])
    assert (result.exit_code, target.exists()) == (2, False)
    assert "99 entities are too many for one chart (at most 5); name one with --around" in result.stderr
    near = CliRunner().invoke(
        program(), ["draw", str(FIXTURES / "platform.yaml"), "--around", "fund_iv", "--hops", "1", "-o", str(target)]
    )
    assert near.exit_code == 0


def test_an_authority_is_another_states_only_where_it_is() -> None:
    g = ownergraph.load(FIXTURES / "platform.yaml")
    report = g.audit()
    rows = rows_of(g)
    data = page_data(build.chart(g, rows), rows, report, g.as_of)
    shown = {r["id"]: [data["authorities"][number][1] for number in r.get("authorities", [])] for r in data["results"]}
    assert shown == {r.id: [a.citation for a in r.authorities] for r in report.results}
    own = {
        citation for r in report.results if r.state == "CA" for citation in shown[r.id] if "Carbon Health" in citation
    }
    away = {
        citation for r in report.results if r.state == "NY" for citation in shown[r.id] if "Carbon Health" in citation
    }
    assert own == {"People v. Carbon Health (Cal. settlement, June 2026)"}
    assert away == {"People v. Carbon Health (Cal. settlement, June 2026) (another state's, persuasive at most)"}
    table = as_text(memo(report)).partition("TABLE OF AUTHORITIES")[2]
    assert own | away <= {line.strip().removeprefix("- ").partition(" [")[0] for line in unwrapped(table)}


def unwrapped(text: str) -> list[str]:
    """Items of a list of the memo, each on one line."""
    items: list[str] = []
    for line in text.splitlines():
        if line.startswith(" - "):
            items.append(line.strip())
        elif items and line.startswith("   "):
            items[-1] += f" {line.strip()}"
    return items
