"""The page of one entity."""

from pathlib import Path

import pytest

import ownergraph
from ownergraph.report import entity
from ownergraph.report.entity import entity_page


def loaded(path: Path, text: str) -> ownergraph.Graph:
    path.write_text(text, encoding="utf-8")
    return ownergraph.load(path)


PRACTICE = """\
Coastal Medical, PC
===================
id:           coastal_pc
kind:         organization, practice
form:         PC
operates in:  CA, NY
recorded in:  deal.yaml line 6
facts as of:  2026-11-24

OWNERS
   ├─ 60%  Dr. Ana Lopez (person)
   └─ not listed: 40%

HOLDINGS
   Nothing is recorded that it holds.

MANAGEMENT
   managed by Summit MSO (12% of collections)

RIGHTS OVER ITS VOTES
   Summit MSO --manages (12% of collections)--> Coastal Medical, PC (may move votes: what decides is
      not recorded); deal.yaml line 15
   Summit MSO --may replace the owner of--> Coastal Medical, PC; deal.yaml line 17

CONTROLLED BY
   Fund III: by rights over votes or the board (tier 1: votes); certain, ultimate
      Fund III --owns 80%--> Holdco --owns 100%--> Summit MSO --may replace the owner of--> Coastal
        Medical, PC
      Dr. Ana Lopez --owns 60%--> Coastal Medical, PC
   Dr. Ana Lopez: by owned votes (tier 1: votes); certain, ultimate
      Dr. Ana Lopez --owns 60%--> Coastal Medical, PC
   Holdco: by rights over votes or the board (tier 1: votes); certain
      Holdco --owns 100%--> Summit MSO --may replace the owner of--> Coastal Medical, PC
      Dr. Ana Lopez --owns 60%--> Coastal Medical, PC
   Summit MSO: by rights over votes or the board (tier 1: votes); certain
      Summit MSO --may replace the owner of--> Coastal Medical, PC
      Dr. Ana Lopez --owns 60%--> Coastal Medical, PC

CONTROLS
   Nothing, on the facts given.

ULTIMATE OWNERS
   Dr. Ana Lopez           60%
"""

PERSON = """\
Dr. Ana Lopez
=============
id:           lopez
kind:         person
licenses:     physician in CA (active)
recorded in:  deal.yaml line 5
facts as of:  2026-11-24

HOLDINGS
   └─ 60%  Coastal Medical, PC (practice)

MANAGEMENT
   No management agreement is recorded.

CONTROLS
   Coastal Medical, PC: by owned votes (tier 1), certain

ULTIMATE HOLDINGS
   Coastal Medical, PC           60%
"""


def label(text: str, deal: Path) -> str:
    """The page as expected, with the right as the evidence of the graph words it."""
    from ownergraph.audit.evidence import evidence_of

    g = ownergraph.load(deal)
    item = evidence_of(g, g.relations["RESTRICTS_TRANSFER"]["id"][0])
    assert item is not None
    return text.replace("may replace the owner of", item.label)


def test_a_practice(deal: Path) -> None:
    assert label(PRACTICE, deal) == entity_page(ownergraph.load(deal), "coastal_pc")


def test_a_person(deal: Path) -> None:
    assert entity_page(ownergraph.load(deal), "lopez") == PERSON


def section(text: str, title: str) -> list[str]:
    """The lines under a title."""
    return text.split(f"\n{title}\n")[1].split("\n\n", maxsplit=1)[0].rstrip("\n").splitlines()


RING = """\
as_of: 2026-11-24
entities:
  - {id: a, name: Alpha, kind: organization}
  - {id: b, name: Beta, kind: organization}
  - {id: c, name: Gamma, kind: practice, operates_in: CA}
  - {id: p, name: Pat, kind: person}
  - {id: q, name: Quinn, kind: person}
owns:
  - {owner: a, owned: b, share: "60%"}
  - {owner: b, owned: a, share: "51-70%"}
  - {owner: p, owned: a, share: "10-20%"}
  - {owner: b, owned: c, shares_held: 700, shares_outstanding: 1000}
  - {owner: q, owned: c, shares_held: 200, shares_outstanding: 1000, share_class: B}
  - {owner: q, owned: b, share: unknown}
"""


def test_rings_are_cut_and_what_is_not_listed_is_said(tmp_path: Path) -> None:
    text = entity_page(loaded(tmp_path / "ring.yaml", RING), "c")
    assert section(text, "OWNERS") == [
        "   ├─ 700 of 1,000 shares  Beta",
        "   │  ├─ unknown share  Quinn (person)",
        "   │  ├─ 60%  Alpha",
        "   │  │  ├─ 51-70%  Beta (ring: see above)",
        "   │  │  ├─ 10-20%  Pat (person)",
        "   │  │  └─ not listed: 10-39%",
        "   │  └─ not listed: 0-40%",
        "   ├─ 200 of 1,000 shares [class B]  Quinn (person)",
        "   └─ not listed: 10%",
    ]
    assert "   Alpha: by owned votes (tier 1: votes); certain, ultimate, in a ring with Beta" in text.splitlines()


def test_a_complete_register_has_nobody_not_listed(tmp_path: Path) -> None:
    g = loaded(tmp_path / "ring.yaml", RING + "complete: [owners]\n")
    assert "not listed" not in entity_page(g, "c")
    alone = loaded(
        tmp_path / "alone.yaml",
        "as_of: 2026-11-24\ncomplete: [owners]\nentities:\n  - {id: c, kind: practice, operates_in: CA}\n",
    )
    assert section(entity_page(alone, "c"), "OWNERS") == ["   It has no owner: the list of owners is complete."]


def chain(length: int) -> str:
    entities = "".join(f"  - {{id: c{k}, kind: organization}}\n" for k in range(length))
    owns = "".join(f"  - {{owner: c{k}, owned: c{k + 1}, share: 100%}}\n" for k in range(length - 1))
    return f"as_of: 2026-11-24\nentities:\n{entities}owns:\n{owns}"


def test_deep_trees_are_cut_and_say_so(tmp_path: Path) -> None:
    g = loaded(tmp_path / "chain.yaml", chain(entity.DEPTH + 3))
    lines = section(entity_page(g, "c0"), "HOLDINGS")
    assert [
        *(
            f"   {'   ' * (k - 1)}└─ 100%  c{k}{' ...' if k == entity.DEPTH else ''}"
            for k in range(1, entity.DEPTH + 1)
        ),
        f"   ... more than {entity.DEPTH} levels; show one of the last companies to see what is beyond.",
    ] == lines


def test_wide_trees_are_cut_and_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = entity.ROWS + 2
    text = "as_of: 2026-11-24\nentities:\n  - {id: f, kind: fund}\n"
    text += "".join(f"  - {{id: c{k:03}, kind: organization}}\n" for k in range(many))
    text += "owns:\n" + "".join(f"  - {{owner: f, owned: c{k:03}, share: 100%}}\n" for k in range(many))
    g = loaded(tmp_path / "wide.yaml", text)
    page = entity_page(g, "f")
    assert section(page, "HOLDINGS")[-1] == "   └─ and 2 more, with smaller shares"
    assert section(page, "CONTROLS")[-1] == "   ... and 2 more"
    monkeypatch.setattr(entity, "LINES", 5)
    assert section(
        entity_page(g, "f"), "HOLDINGS"
    )[-1] == "   ... cut after 5 lines; show one of the companies to see what belongs to it."  # fmt: skip


def test_an_entity_is_drawn_out_once(tmp_path: Path) -> None:
    text = """\
as_of: 2026-11-24
entities:
  - {id: t, kind: organization}
  - {id: l, kind: organization}
  - {id: r, kind: organization}
  - {id: top, kind: organization}
  - {id: z, kind: person}
owns:
  - {owner: l, owned: t, share: 60%}
  - {owner: r, owned: t, share: 40%}
  - {owner: top, owned: l, share: 100%}
  - {owner: top, owned: r, share: 100%}
  - {owner: z, owned: top, share: 100%}
"""
    assert section(entity_page(loaded(tmp_path / "d.yaml", text), "t"), "OWNERS") == [
        "   ├─ 60%  l",
        "   │  └─ 100%  top",
        "   │     └─ 100%  z (person)",
        "   └─ 40%  r",
        "      └─ 100%  top (drawn out above)",
    ]


def test_names_are_made_safe(tmp_path: Path) -> None:
    g = loaded(tmp_path / "ring.yaml", RING.replace("name: Beta", 'name: "\\e[31mBeta\\u202E"'))
    text = entity_page(g, "c") + entity_page(g, "b")
    assert "�[31mBeta�" in text
    assert not [c for c in text if c != "\n" and not c.isprintable()]


def test_possible_control_is_told_apart(tmp_path: Path) -> None:
    text = """\
as_of: 2026-11-24
entities:
  - {id: pc, kind: practice, operates_in: CA}
  - {id: x, name: Xavier, kind: person}
owns:
  - {owner: x, owned: pc, share: 40-60%}
"""
    lines = section(entity_page(loaded(tmp_path / "p.yaml", text), "pc"), "CONTROLLED BY")
    assert lines[0] == "   Xavier: by owned votes (tier 1: votes); possible, where facts are missing, ultimate"


def test_an_unknown_entity(deal: Path) -> None:
    with pytest.raises(KeyError):
        entity_page(ownergraph.load(deal), "nobody")
