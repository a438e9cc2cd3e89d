"""One person owns the majority of many practices that the same management company, or its affiliates, manage.

What it finds: a person with more than half of the shares of at least five practices, or of two or more practices in at
    least three states together, on the same manager's side (medium); ten practices or five states (high); 25
    practices (critical). Where the state allows one practice only (Alaska, North Dakota), or asks for approval (Rhode
    Island): two or more there. Two practices are on the same side where a manager of the one is a manager of the
    other, or controls it, or both are under common control; a practice that nobody manages is on no side.
    It applies in every state.
Why it matters: nobody can lead 25 practices in as many towns; the usual reason for one owner of many is that the
    manager chose a friendly physician.
What it does not mean: that the owner is a straw: a group that its owners run may have many companies.
Facts it needs: owners and shares of each practice, their managers and who controls these, the states of each
    practice, whether the owner documents governance; approval in Rhode Island.
When it is undecided: shares, managers, their ties or states are not recorded and could decide, also of practices in
    which the person is not listed, where owners may be missing and those listed have less than half for certain; it
    is not recorded for each practice that counts, or may count, that the owner governs it, and for none that counts
    that it does not; the state's rule on several practices is not verified. Practices that are not in the input are
    not asked about.
What clears it: records that the owner governs each practice; in Rhode Island the board's written approval. Where
    the state bars it nothing but fewer practices.
References: Alaska Stat. 10.45.060; N.D.C.C. 10-31-06; R.I. Gen. Laws 7-5.1-3; AAEM Physician Group v. Envision
    (N.D. Cal., complaint). Law in these three states; elsewhere the numbers are a heuristic.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, Leaf, fact, rule
from ownergraph.rules.ctrl._unlisted import Unlisted, managers_of
from ownergraph.rules.parties import person_owners, related

MEDIUM, HIGH, CRITICAL = 5, 10, 25
STATES_MEDIUM, STATES_HIGH = 3, 5

c = pl.col


def _owned(g: Graph) -> pl.DataFrame:
    """Persons and the practices of which they have, or may have, the majority; one row a practice and person."""
    rows = person_owners(g, g.owners).select("practice", "owner", "majority", "governs", "holdings")
    return (
        rows.filter(c("majority").is_null() | c("majority"))
        .unique(["practice", "owner"], maintain_order=True)
        .collect(engine="in-memory")
    )


def _same_side(g: Graph, owned: pl.DataFrame, managers: pl.DataFrame) -> pl.DataFrame:
    """For each person and practice the person's practices on the same manager's side: practice, owner, other, same.

    `same` is true, or null where it may be. O(pairs of practices of one person).
    """
    cases = owned.select("practice", "owner").join(managers, on="practice")
    others = cases.rename({"practice": "other", "manager": "other_manager", "more_managers": "more_there"})
    pairs = cases.join(others.drop("agreement"), on="owner")
    keys = pairs.select(party="other_manager", manager="manager").drop_nulls().unique(maintain_order=True)
    known = related(g, keys).select("party", "manager", "related").rename({"party": "other_manager"})
    open_ = c("more_managers") | c("more_there")
    # a practice that certainly has no manager is on no manager's side
    none = (c("manager").is_null() & ~c("more_managers")) | (c("other_manager").is_null() & ~c("more_there"))
    return (
        pairs.join(known, on=["other_manager", "manager"], how="left", maintain_order="left")
        .with_columns(
            same=pl.when(c("manager").is_null() | c("other_manager").is_null()).then(False).otherwise("related")
        )
        .group_by("practice", "owner", "other", maintain_order=True)
        .agg(same=c("same").any(ignore_nulls=False), open=open_.any(), none=none.any())
        .with_columns(
            same=pl.when(c("same")).then(True).when("none").then(False).when("open").then(None).otherwise("same")
        )
        .filter(c("same").is_null() | c("same"))
        .drop("open", "none")
    )


def _counted(g: Graph, owned: pl.DataFrame) -> pl.LazyFrame:
    """One row a practice, state and person: practices and states for certain (`sure_`) and at most (`most_`).

    O(pairs of practices of one person), and what `Unlisted` costs.
    """
    managers = managers_of(g)
    sites = (
        g.practice_states.select(other="practice", other_state="state", states_open=~g.complete("states", "practice"))
        .unique(maintain_order=True)
        .collect(engine="in-memory")
    )
    agreements = managers.group_by(other="practice").agg(other_agreements=c("agreement").drop_nulls().sort())
    listed = (
        _same_side(g, owned, managers)
        .join(
            owned.rename({"practice": "other", "holdings": "other_holdings"}),
            on=["other", "owner"],
            maintain_order="left",
        )
        .join(agreements, on="other", how="left", maintain_order="left")
        .join(sites, on="other", how="left", maintain_order="left")
        .with_columns(sure=(c("same") & c("majority")).fill_null(False))
        .sort("practice", "owner", "other", "other_state")
    )
    key = ["practice", "state", "owner"]
    here = (
        g.practice_states.filter(c("state").is_not_null())
        .collect(engine="in-memory")
        .join(owned.select("practice", "owner", "majority"), on="practice", maintain_order="left_right")
    )
    there = (c("other_state") == c("state")).fill_null(False)
    none: list[str] = []
    counts = (
        here.select(key)
        .join(listed.drop("majority"), on=["practice", "owner"], maintain_order="left_right")
        .group_by(key, maintain_order=True)
        .agg(
            sure=c("other").filter("sure").n_unique(),
            listed=c("other").n_unique(),
            sure_states=c("other_state").filter("sure").drop_nulls().n_unique(),
            listed_states=c("other_state").drop_nulls().unique(),
            listed_open=c("states_open").any(),
            sure_here=c("other").filter(c("sure") & there).n_unique(),
            listed_here=c("other").filter(there | c("states_open")).n_unique(),
            one_does_not=(c("sure") & ~c("governs").fill_null(True)).any(),
            all_do=c("governs").fill_null(False).all(),
            holdings=c("other_holdings").filter("sure").list.explode(keep_nulls=False, empty_as_null=False),
            agreements=c("other_agreements").filter("sure").list.explode(keep_nulls=False, empty_as_null=False),
        )
    )
    return (
        here.join(counts, on=key, how="left", maintain_order="left")
        .join(Unlisted(g, managers).beside(here, MEDIUM), on=key, how="left", maintain_order="left")
        .with_columns(
            c("sure", "listed", "sure_states", "sure_here", "listed_here").fill_null(0),
            c("listed_open", "one_does_not").fill_null(False),
            all_do=c("all_do").fill_null(True),
            listed_states=c("listed_states").fill_null(none),
        )
        .with_columns(
            most=c("listed") + c("extra"),
            most_states=c("listed_states").list.set_union("extra_states").list.len(),
            most_here=c("listed_here") + c("extra_here"),
            states_open=c("listed_open") | c("extra_open"),
            governs=pl.when("one_does_not").then(False).when(c("all_do") & (c("extra") == 0)).then(True),
        )
        .lazy()
    )


@rule(
    "CTRL-05",
    name="one-owner-many-practices",
    severity="medium",
    basis="heuristic",
    parties=("owner",),
    gated=True,
    says="{owner} owns the majority of {practice}, one of {sure} practices in {in_states} that {owner} owns on the "
    "same manager's side",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each practice, state and person who may own its majority."""
    owned = _owned(g)
    if not owned.height:
        return []
    rows = _counted(g, owned).with_columns(
        in_states=pl.when(c("sure_states") == 1)
        .then(pl.lit("one state"))
        .otherwise(pl.format("{} states", "sure_states"))
    )
    enough = (c("sure") >= MEDIUM) | ((c("sure") >= 2) & (c("sure_states") >= STATES_MEDIUM))
    states_may_do = (c("most_states") >= STATES_MEDIUM) | c("states_open")
    may_be = (c("most") >= MEDIUM) | ((c("most") >= 2) & states_may_do)
    own = fact(c("majority"), "Does {owner} own more than half of {practice}?")
    many = fact(
        pl.when(enough).then(True).when(~may_be).then(False),
        "Of which practices does {owner} own more than half, in which states, and who manages them? Recorded for "
        "certain: {sure} on the same manager's side, in {sure_states} states",
    )
    governs = fact(c("governs"), "Does {owner} document governance of each of its practices and supervise care there?")
    two_here = fact(
        pl.when(c("sure_here") >= 2).then(True).when(c("most_here") < 2).then(False),
        "Does {owner} own more than half of another practice in {state} on the same manager's side?",
    )
    cell = c("one_owner_many_practices")
    barred = Leaf(
        pl.when(cell.is_not_null()).then(cell == "barred"),
        "Counsel must verify whether {state} lets one person own several practices",
        kind="law",
    )
    approval = fact((c("one_owner_many_practices_stated") == "approval").fill_null(False), "")
    approved = fact(
        pl.when(c("state") == "RI").then(None).otherwise(False),
        "Did the board of {state} approve in writing that {owner} owns several practices?",
    )
    severity = (
        pl.when(c("sure") >= CRITICAL)
        .then(pl.lit("critical"))
        .when((c("sure") >= HIGH) | (c("sure_states") >= STATES_HIGH))
        .then(pl.lit("high"))
        .otherwise(pl.lit("medium"))
    )
    found = own & ((many & ~governs) | (two_here & (barred | (approval & ~approved))))
    return [Cases(rows, found, evidence=("holdings", "agreements"), severity=severity)]
