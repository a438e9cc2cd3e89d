"""Nursing-home owner edges of CMS, as CSV tables: what is certain, possible and unknown comes out right.

The file has no percentages: an owner of 5% or more is recorded as "at least 5%". It states no license and so is not
part of the project; where it is absent the test is skipped.
"""

import csv
from collections import Counter
from pathlib import Path

import pytest

import ownergraph

EDGES = Path(__file__).parents[2] / "shared/data/snf_owners_map/party_facility_edges.csv"
pytestmark = pytest.mark.skipif(not EDGES.exists(), reason="the owner edges are not beside the project")


def tables(folder: Path) -> list[dict[str, str]]:
    """Write entities, owns and manages as CSV; return the rows read."""
    with EDGES.open(encoding="utf-8", newline="") as file:
        edges = list(csv.DictReader(file))
    entities: dict[str, dict[str, str]] = {}
    relations: dict[str, list[dict[str, str]]] = {"owns": [], "manages": []}
    for edge in edges:
        party, home = f"party_{edge['party_pac_id']}", f"home_{edge['facility_index']}"
        tags = set(edge["party_tags"].split(";"))
        kind = "person" if "IND" in tags else "organization"
        words = {"MGMT": "mso", "PE": "private_equity", "REIT": "reit", "HOLD": "holding"}
        roles = [role for tag, role in words.items() if tag in tags]
        entities[party] = {
            "id": party, "name": edge["party_name"] or party, "kind": kind, "roles": ";".join(roles),
            "pecos_id": edge["party_pac_id"],
        }  # fmt: skip
        entities[home] = {"id": home, "name": f"Nursing home {edge['facility_index']}", "kind": "organization",
                          "roles": "facility", "pecos_id": ""}  # fmt: skip
        if edge["relation"].startswith("OWNER"):
            relations["owns"].append({"owner": party, "owned": home, "share": "at least 5%"})
        else:
            relations["manages"].append({"manager": party, "managed": home})
    for name, rows in {"entities": list(entities.values()), **relations}.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    return edges


def test_owner_edges_of_nursing_homes(tmp_path: Path) -> None:
    edges = tables(tmp_path)
    g = ownergraph.load(tmp_path, as_of="2026-11-24")
    owners = Counter((e["facility_index"]) for e in edges if e["relation"].startswith("OWNER"))
    pairs = {(e["party_pac_id"], e["facility_index"]) for e in edges if e["relation"].startswith("OWNER")}
    managers = {(e["party_pac_id"], e["facility_index"]) for e in edges if not e["relation"].startswith("OWNER")}
    assert g.relations["OWNS"].height == sum(owners.values())

    # 5% and no more is known, so nobody certainly controls; alone or with what is not listed everyone may, unless
    # ten others have 5% each: then at most 50% are left, which is no majority. What a manager may do by its contract
    # is not recorded either
    per_home = Counter(home for _, home in pairs)
    expected = {(f"party_{p}", f"home_{h}", False) for p, h in pairs if 100 - 5 * (per_home[h] - 1) > 50} | {
        (f"party_{p}", f"home_{h}", False) for p, h in managers
    }
    actual = set(g.control.pairs.select("controller", "controlled", "certain").iter_rows())
    assert expected == actual

    # ultimate stakes: at least 5% each, at most what the others certainly leave
    home = max(per_home, key=lambda h: (per_home[h], h))
    low, high = 5.0, 100.0 - 5 * (per_home[home] - 1)
    expected_stakes = sorted((f"party_{p}", low, high) for p, h in pairs if h == home)
    actual_stakes = sorted(g.ownership.of(f"home_{home}").iter_rows())
    assert expected_stakes == [(who, round(a, 4), round(b, 4)) for who, a, b in actual_stakes]

    report = g.audit()
    assert report.findings == ()
    assert [n for n in report.notes if "practice" in n] == [
        "No entity has the role practice: rules about practices had nothing to look at."
    ]
