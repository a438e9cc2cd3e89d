"""What the queries of queries/explore are to answer, in plain Python and networkx, from the rows. Not a test.

Each function gives the rows that a query is to give, as `plain_rows` makes them of the query's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise, product
from typing import Any, cast

import networkx as nx
from neo4j.graph import Node, Path
from neo4j.time import Date

from ownergraph.analysis import Graph
from ownergraph.graphdb.shape import EDGES, ENTITY
from ownergraph.model import RELATIONS, TABLES

Row = dict[str, Any]
Edge = tuple[str, str, Row]
"""An end, the other, the row with `type`."""

CONTROL = ("OWNS", "MANAGES", "HOLDS_PROXY", "RESTRICTS_TRANSFER", "APPOINTS_BOARD", "CONSOLIDATES")
UNDER = ("OWNS", "MANAGES", "APPOINTS_BOARD", "CONSOLIDATES")


def drawn(path: Path) -> str:
    """A path as text: ids of its nodes, and of its rows between them, or the types of what is worked out."""
    said = str(path.nodes[0]["id"])
    for node, one in zip(path.nodes[1:], path.relationships, strict=True):
        name = one.type if one.get("derived") else one.get("id", one.type)
        said += f" [{name}] {node.get('id', node.get('name'))}"
    return said


def plain_rows(rows: Iterable[Row]) -> list[Row]:
    """Rows of a query with paths as text, lists of paths sorted, dates as Python has them; sorted."""

    def plain(value: Any) -> Any:
        if isinstance(value, Path):
            return drawn(value)
        if isinstance(value, Date):
            return value.to_native()
        if isinstance(value, Node):
            raise AssertionError("a node where an id is to be")
        if isinstance(value, list):
            made = [plain(one) for one in value]
            return sorted(made) if value and isinstance(value[0], Path) else made
        return value

    return in_order({name: plain(value) for name, value in row.items()} for row in rows)


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Rows in one order, whatever order they came in."""
    return sorted(rows, key=repr)


def said(start: str, edges: Iterable[Edge]) -> str:
    """As `drawn`, of rows; each edge is walked from the end reached to the other."""
    text, at = start, start
    for first, second, row in edges:
        at = second if at == first else first
        text += f" [{row['id']}] {at}"
    return text


def rows_of(g: Graph, types: Iterable[str] | None = None) -> Iterator[Edge]:
    """All rows between parties that are in the input, of these types or of all."""
    for name in RELATIONS:
        table = name.lower()
        if table in EDGES and EDGES[table].end[0] == ENTITY and (types is None or name in types):
            first, second = RELATIONS[name].ends
            for row in g.structure.tables[table].iter_rows(named=True):
                yield row[first], row[second], {**row, "type": name}


def stands(row: Row, day: date) -> bool:
    """Whether a row is in force on a day."""
    return (row["valid_from"] or day) <= day and (row["valid_to"] is None or day < row["valid_to"])


def standing(g: Graph, types: Iterable[str], without: Iterable[str] = ()) -> "nx.MultiDiGraph[str]":
    """Rows in force as a graph; nothing leads from or to what is left out."""
    made: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    made.add_nodes_from(g.ids)
    left_out = set(without)
    for first, second, row in rows_of(g, types):
        if stands(row, g.as_of) and first not in left_out and second not in left_out:
            made.add_edge(first, second, key=row["id"], row=row)
    return made


def chains(graph: "nx.MultiDiGraph[str]", start: str, end: str, longest: int) -> Iterator[list[Edge]]:
    """Every chain from a party to another that passes nobody twice."""
    if start != end:
        for edges in nx.all_simple_edge_paths(graph, start, end, cutoff=longest):
            yield [(u, v, graph.edges[u, v, key]["row"]) for u, v, key in cast(list[tuple[str, str, str]], edges)]


def shortest(graph: Any, start: str, end: str) -> list[list[Edge]]:
    """All shortest chains, parallel rows each by themselves."""
    if start == end or start not in graph or end not in graph or not nx.has_path(graph, start, end):
        return []
    return [
        [(u, v, row) for (u, v), row in zip(pairwise(nodes), rows, strict=True)]
        for nodes in nx.all_shortest_paths(nx.MultiGraph(graph) if not graph.is_directed() else graph, start, end)
        for rows in product(*([one["row"] for one in graph[u][v].values()] for u, v in pairwise(nodes)))
    ]


def _valid(edges: list[Edge]) -> bool:
    """Whether each right leads into the company that it is over."""
    ends = [second for _, second, _ in edges]
    return all(row.get("over") in (None, *ends[k : k + 2]) for k, (_, _, row) in enumerate(edges))


def control_paths(g: Graph, practice: str, without: list[str]) -> list[Row]:
    graph = standing(g, CONTROL)
    graph.remove_nodes_from(set(without) - {practice})
    found = []
    for start in graph:
        for edges in chains(graph, start, practice, 8):
            if _valid(edges):
                found.append({"party": start, "steps": len(edges), "path": said(start, edges)})
    return in_order(found)


def groups_of(g: Graph) -> dict[str, list[str]]:
    """Groups that control something, and their members."""
    return {x: x.removeprefix("group:").split("+") for x in g.control.pairs["controller"] if x.startswith("group:")}


def who_controls(g: Graph, practice: str) -> list[Row]:
    """From the control that is worked out: that the rows behind it are all drawn."""
    ends = {row["id"]: (first, second) for first, second, row in rows_of(g)}
    named = TABLES["documents"].references
    papers = {
        row["id"]: [row[field] for field in named if row[field] is not None]
        for row in g.structure.tables["documents"].iter_rows(named=True)
    }
    found = []
    ultimate = {one.id: one.ultimate for one in g.control.of(practice)}
    for row in g.control.pairs.iter_rows(named=True):
        if row["controlled"] == practice:
            x = row["controller"]
            rows = list(g.control.proof(x, practice).rows)
            path = [f"{x} [CONTROLS] {practice}"]
            path += [f"{member} [IN_GROUP] {x}" for member in groups_of(g).get(x, [])]
            path += [f"{ends[one][0]} [{one}] {ends[one][1]}" for one in rows if one in ends]
            path += [f"{one} [ABOUT] {party}" for one in rows if one not in ends for party in papers[one]]
            found.append(
                {
                    "controller": x, "tier": row["tier"], "mechanism": row["mechanism"], "certain": row["certain"],
                    "ultimate": ultimate[x], "rows": rows, "path": sorted(path),
                }
            )  # fmt: skip
    return in_order(found)


def under(g: Graph, investor: str, without: list[str]) -> list[Row]:
    graph = standing(g, UNDER)
    graph.remove_nodes_from(set(without) - {investor})
    kinds = {one["id"]: one for one in g.entities.iter_rows(named=True)}
    groups = groups_of(g)
    controls: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for x, y, certain in g.control.pairs.select("controller", "controlled", "certain").iter_rows():
        if x == investor:
            controls[y].append((f"{investor} [CONTROLS] {y}", certain))
        elif investor in groups.get(x, []):
            controls[y].append((f"{investor} [IN_GROUP] {x} [CONTROLS] {y}", certain))
    found = []
    for party in g.ids:
        if party == investor or party in without:
            continue
        ways = shortest(graph, investor, party)
        links = controls.get(party, [])
        if ways or links:
            sure = "certain" if any(certain for _, certain in links) else "possible"
            found.append(
                {
                    "party": party, "kind": kinds[party]["kind"], "practice": "practice" in kinds[party]["roles"],
                    "steps": len(ways[0]) if ways else None, "controls": sure if links else None,
                    "path": sorted([said(investor, edges) for edges in ways] + [text for text, _ in links]),
                }
            )  # fmt: skip
    return in_order(found)


def equity(g: Graph) -> "nx.MultiDiGraph[str]":
    """Holdings of equity in force, each with `low` and `high`, parts of 1; unknown is what the others leave."""
    graph = standing(g, ["OWNS"])
    for u, v, key, one in list(graph.edges(keys=True, data=True)):
        if one["row"]["instrument"] not in (None, "equity", "profits"):
            graph.remove_edge(u, v, key)
    for _, v, one in graph.edges(data=True):
        rows = [other["row"] for _, _, other in graph.in_edges(v, data=True)]
        others = sum(row["share_min"] or 0 for row in rows) - (one["row"]["share_min"] or 0)
        low, high = one["row"]["share_min"] or 0, one["row"]["share_max"]
        one["low"] = low / 1e6
        one["high"] = max(low, min(1_000_000 if high is None else high, 1_000_000 - others)) / 1e6
    return graph


def owners_over(g: Graph, company: str, percent: float, without: list[str]) -> list[Row]:
    whole = equity(g)
    rings = {x for part in nx.strongly_connected_components(whole) if len(part) > 1 for x in part}
    graph = whole.copy()
    graph.remove_nodes_from(set(without) - {company})
    stakes = {x: (low, high) for x, low, high in g.ownership.of(company).iter_rows()}
    found = []
    for holder in graph:
        ways = list(chains(graph, holder, company, 10))
        low = high = 0.0
        for edges in ways:
            one = two = 1.0
            for u, v, row in edges:
                one, two = one * graph.edges[u, v, row["id"]]["low"], two * graph.edges[u, v, row["id"]]["high"]
            low, high = low + one, high + two
        low, high = round(low * 100, 6), round(min(high, 1) * 100, 6)
        if ways and high > percent:
            exact = stakes.get(holder, (None, None))
            found.append(
                {
                    "holder": holder, "over": True if low > percent else None, "min_pct": low, "max_pct": high,
                    "top": whole.in_degree(holder) == 0,
                    "ring": any(x in rings for edges in ways for u, v, _ in edges for x in (u, v)),
                    "integrated_min_pct": exact[0], "integrated_max_pct": exact[1],
                    "path": sorted(said(holder, edges) for edges in ways),
                }
            )  # fmt: skip
    return in_order(found)


def nominee(g: Graph, owner: str) -> list[Row]:
    graph = standing(g, ["OWNS"])
    rights = [edge for edge in rows_of(g, ["RESTRICTS_TRANSFER", "HOLDS_PROXY"]) if stands(edge[2], g.as_of)]
    managers = [edge for edge in rows_of(g, ["MANAGES"]) if stands(edge[2], g.as_of)]
    states = g.structure.tables["operates_in"]
    found = []
    for one in g.entities.iter_rows(named=True):
        practice = one["id"]
        if "practice" not in one["roles"]:
            continue
        ways = list(chains(graph, owner, practice, 6))
        if not ways:
            continue
        direct = [edges[0][2] for edges in ways if len(edges) == 1]

        def total(column: str, rows: list[Row] = direct) -> float | None:
            shares = [row[column] for row in rows]
            return None if None in shares or not shares else round(sum(shares) / 10_000, 6)

        over = [edge for edge in rights if edge[1] == owner and edge[2]["over"] == practice]
        by = [edge for edge in managers if edge[1] == practice]
        found.append(
            {
                "practice": practice,
                "states": sorted(
                    {row["state"] for row in states.iter_rows(named=True)
                     if row["entity"] == practice and stands(row, g.as_of)}
                ),
                "min_pct": total("share_min"), "max_pct": total("share_max"),
                "managers": sorted({x for x, _, _ in by}),
                "restricted_by": sorted({x for x, _, row in over if row["type"] == "RESTRICTS_TRANSFER"}),
                "proxies_of": sorted({x for x, _, row in over if row["type"] == "HOLDS_PROXY"}),
                "path": sorted([said(owner, e) for e in ways] + [said(e[0], [e]) for e in (*over, *by)]),
            }
        )  # fmt: skip
    return in_order(found)


def between(g: Graph, start: str, end: str, without: list[str]) -> list[Row]:
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    graph.add_nodes_from([start, end])
    left_out = set(without) - {start, end}
    for u, v, row in rows_of(g):
        money = row["type"] in ("PAYS", "REFERS_TO") and (row["valid_from"] or g.as_of) <= g.as_of
        if (stands(row, g.as_of) or money) and not left_out & {u, v}:
            graph.add_edge(u, v, key=row["id"], row=row)
    return in_order(
        {"steps": len(edges), "relations": [row["type"] for _, _, row in edges], "path": said(start, edges)}
        for edges in shortest(graph, start, end)
    )


def _near(one: tuple[date | None, date | None], two: tuple[date | None, date | None], days: int) -> bool:
    """Whether two periods lie at most so many days apart; an open end reaches everywhere."""
    return all(
        end is None or start is None or (start - end).days <= days
        for end, start in ((one[1], two[0]), (two[1], one[0]))
    )


def value_back(g: Graph, physician: str, days: int, without: list[str]) -> list[Row]:
    flows: dict[str, list[Row]] = defaultdict(list)
    for flow in g.flows.iter_rows(named=True):
        if flow["taker"] not in without or flow["taker"] == physician:
            flows[flow["giver"]].append(flow)
    sides: dict[str, list[str]] = defaultdict(list)
    for row in g.referral_sides.iter_rows(named=True):
        if row["referrer"] == physician:
            sides[row["party"]].append(row["how"])
    found = []

    def go(referral: Row, on: list[str], steps: list[Row]) -> None:
        for how in sides.get(on[-1], ()) if steps else ():
            amounts = [one["amount_usd"] for one in steps]
            text = f"{physician} [REFERRAL] " + " [VALUE_FLOWS] ".join(on) + f" [SIDE_OF] {physician}"
            found.append(
                {
                    "receiver": on[0], "taker": on[-1], "how": how, "steps": len(steps),
                    "flows": [one["flow"] for one in steps], "least_usd": None if None in amounts else min(amounts),
                    "undated": any(one["undated"] for one in steps) or not (referral["start"] or referral["end"]),
                    "path": text,
                }
            )  # fmt: skip
        if len(steps) == 4 or on[-1] == physician:
            return
        last = steps[-1] if steps else referral
        for flow in flows[on[-1]]:
            if flow["taker"] not in on and _near((last["start"], last["end"]), (flow["start"], flow["end"]), days):
                go(referral, [*on, flow["taker"]], [*steps, flow])

    for referral in g.referrals.iter_rows(named=True):
        if referral["referrer"] == physician:
            go(referral, [referral["receiver"]], [])
    return in_order(found)


def shared_address(g: Graph, max_sharing: int) -> list[Row]:
    at: dict[tuple[str, str | None, str | None], list[str]] = defaultdict(list)
    for one in g.entities.iter_rows(named=True):
        if (one["address"] or "").strip():
            city = one["city"]
            at[one["address"].strip().lower(), city.strip().lower() if city else None, one["zip"]].append(one["id"])
    found = []
    for (address, city, zip_), parties in at.items():
        ties = [
            said(u, [(u, v, row)])
            for u, v, row in rows_of(g)
            if u in parties and v in parties and u != v and stands(row, g.as_of)
        ]
        if 2 <= len(parties) <= max_sharing:
            found.append(
                {
                    "address": address, "city": city, "zip": zip_, "parties": sorted(parties), "tied": bool(ties),
                    "path": sorted([*parties, *ties]),
                }
            )  # fmt: skip
    return in_order(found)


def shared_signer(g: Graph, without: list[str]) -> list[Row]:
    held = [edge for edge in rows_of(g, ["HELD_BY"]) if stands(edge[2], g.as_of)]
    by: dict[str, list[tuple[Row, str, str, str]]] = defaultdict(list)
    for signer, account, row in rows_of(g, ["SIGNS_ON"]):
        for one, holder, other in held:
            if one == account and stands(row, g.as_of) and signer not in without:
                by[signer].append((row, account, holder, said(signer, [(signer, account, row), (one, holder, other)])))
    return in_order(
        {
            "signer": signer, "holders": {one[2] for one in links}, "accounts": {one[1] for one in links},
            "on_behalf_of": {one[0]["on_behalf_of"] for one in links if one[0]["on_behalf_of"]},
            "sweeps": {one[1] for one in links if one[0]["sweep"]}, "path": sorted(one[3] for one in links),
        }
        for signer, links in by.items() if len({one[2] for one in links}) > 1
    )  # fmt: skip


def changes(g: Graph, start: date, end: date) -> list[Row]:
    found = []
    for name, model in RELATIONS.items():
        first, second = model.ends
        for row in g.structure.tables[name.lower()].iter_rows(named=True):
            x, y, one = row[first], row[second], row["id"]
            path = f"{x} [HAS_LICENSE] {one} [ISSUED_IN] {y}" if name == "LICENSED_IN" else f"{x} [{one}] {y}"
            for day, change in ((row["valid_from"], "began"), (row["valid_to"], "ended")):
                if day is not None and start < day <= end:
                    found.append(
                        {
                            "day": day, "change": change, "relation": name, "row": one, "first": x, "second": y,
                            "path": path,
                        }
                    )  # fmt: skip
    return in_order(found)


def hubs(g: Graph, more_than: int) -> list[Row]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for first, second, row in rows_of(g):
        for party in {first, second}:
            counts[party][row["type"]] += 1
    return in_order(
        {
            "party": one["id"], "name": one["name"], "kind": one["kind"], "relations": sum(counts[one["id"]].values()),
            "types": [f"{t} {n}" for t, n in sorted(counts[one["id"]].items(), key=lambda item: (-item[1], item[0]))],
            "path": one["id"],
        }
        for one in g.entities.iter_rows(named=True) if sum(counts[one["id"]].values()) > more_than
    )  # fmt: skip


def holdings(g: Graph, owned: str, without: list[str]) -> list[Row]:
    graph = standing(g, ["OWNS"])
    graph.remove_nodes_from(set(without) - {owned})
    above = {owned} | (nx.ancestors(graph, owned) if owned in graph else set())
    found = []
    for x, y, one in graph.edges(data=True):
        if y not in above or x in without:
            continue
        row = one["row"]
        if row["share_min"] is None and row["shares_held"] is not None and row["shares_outstanding"]:
            low = high = row["shares_held"] * 100 / row["shares_outstanding"]
        else:
            low, high = (None if part is None else part / 10_000 for part in (row["share_min"], row["share_max"]))
        if low is None and high is None:
            size, share = "OWNS_UNDER_5", "not recorded"
        else:
            sure, most = low or 0, 100 if high is None else high
            size = (
                "OWNS_ALL" if sure == 100 else "OWNS_OVER_50" if sure > 50 else "OWNS_25_TO_50" if sure >= 25
                else "OWNS_5_TO_25" if sure >= 5 else "OWNS_UNDER_5"
            )  # fmt: skip
            share = f"{sure:g} %" if sure == most else f"{sure:g} to {most:g} %"
        found.append(
            {"owner": x, "owned": y, "size": size, "share": share, "holding": row["id"], "path": f"{x} [{size}] {y}"}
        )
    return in_order(found)
