"""A hospital with physician owners outside what was grandfathered in 2010.

What it finds: a hospital of which physicians, or their immediate family, own a part, directly or through companies,
    and: physicians owned no part of it, or it had no Medicare provider agreement, on December 31, 2010; or their
    aggregate share is more than on March 23, 2010; or it has more beds, operating and procedure rooms than on that day,
    beyond what an approved expansion allows (at most twice the baseline).
Why it matters: only a grandfathered hospital is within the exception for ownership of a whole hospital; outside it the
    physician owners may not refer Medicare or Medicaid patients to it.
What it does not mean: that 40% or any other fixed share is the limit: the law freezes the share of 2010. Nor that the
    rural provider exception does not apply; it asks for the same tests, and for more.
Facts it needs: owners of the hospital at every level, their licenses (any state; physicians, dentists, podiatrists,
    optometrists and chiropractors count) and family; a row in the table of hospital baselines; `beds` of the hospital.
    Hospitals without a baseline and without a physician among their listed owners are not looked at.
When it is undecided: the baseline or the beds of today are not recorded and decide; the share of physicians today is
    known only within bounds that decide (shares not recorded, owners not listed, licenses not recorded); an expansion
    may have been approved.
What clears it: both tests of December 31, 2010 met, the aggregate share of physicians today at most that of March 23,
    2010, and beds and rooms at most the baseline or what was approved, at most twice the baseline; no physician owner;
    or every element of an exception recorded as met for each holding.
References: 42 U.S.C. 1395nn(d)(3), (i)(1), (i)(3), (i)(5); 42 CFR 411.356(c)(3), 411.362.
"""

import polars as pl

from ownergraph.law.tables import family
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.referring import PHYSICIANS, plain

c = pl.col
CAP = 2
"""Times the baseline that an approved expansion may reach (42 U.S.C. 1395nn(i)(3)(C)(ii))."""
CLOSE = 1e-6
"""Percentage points within which two shares are equal: they are read to a millionth of the whole."""
LEVELS = 12
"""Companies between a physician and the hospital, at most."""


@rule(
    "STARK-07",
    name="physician-owned-hospital",
    severity="high",
    basis="law",
    subject=("hospital",),
    defenses="stark",
    says="physicians or their immediate family own at least {physician_pct}% of {hospital}, and {why}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each hospital with a baseline, or with a physician among its owners."""
    baselines = g.structure.tables["hospital_baselines"]
    if not baselines.height and not (
        g.structure.tables["owns"].height and g.entities["roles"].list.contains("hospital").any(ignore_nulls=True)
    ):
        return ()
    physicians = _physicians(g)
    hospitals = _hospitals(g, baselines, physicians)
    if not hospitals:
        return ()
    shares = pl.DataFrame(
        [_shares(g, hospital, physicians) for hospital in hospitals],
        schema={
            "hospital": pl.String, "low": pl.Float64, "high": pl.Float64, "holdings": pl.List(pl.String),
        },
        orient="row",
    )  # fmt: skip
    facts = baselines.drop("source", "_file", "_line").rename({"id": "baseline"}).unique("hospital", keep="none")
    rows = (
        shares.join(facts, on="hospital", how="left", maintain_order="left")
        .join(g.entities.select("beds", hospital="id"), on="hospital", how="left", maintain_order="left")
        .with_columns(
            owned=pl.when(c("low") > 0).then(True).when(c("high") <= CLOSE).then(False).otherwise(None),
            more_share=pl.when(c("low") > c("physician_pct_2010") + CLOSE)
            .then(True)
            .when(c("high") <= c("physician_pct_2010") + CLOSE)
            .then(False)
            .otherwise(None),
            more_beds=_more_beds(),
            physician_pct=plain("low"),
        )
        .with_columns(why=_why())
        .lazy()
    )
    owned = fact(
        c("owned"),
        "Do physicians or their immediate family own a part of {hospital}, directly or through companies? Are all "
        "owners, their shares and licenses recorded?",
    )
    before = fact(c("physician_owned_2010"), "Did physicians own a part of {hospital} on December 31, 2010?")
    agreement = fact(
        c("medicare_agreement_2010"), "Did {hospital} have a Medicare provider agreement on December 31, 2010?"
    )
    share = fact(
        c("more_share"),
        "What share of {hospital} do physicians own together today, and what was it on March 23, 2010?",
    )
    beds = fact(
        c("more_beds"),
        "How many beds, operating and procedure rooms is {hospital} licensed for today, how many were there on March "
        "23, 2010, and was an expansion approved, to how many?",
    )
    found = owned & (~before | ~agreement | share | beds)
    return Cases(rows, found, evidence=("holdings", "baseline"), defended="holdings")


def _more_beds() -> pl.Expr:
    """Whether there are more beds and rooms than allowed; null where that hangs on an approval not recorded."""
    base, beds = c("beds_2010"), c("beds")
    allowed = pl.min_horizontal(CAP * base, pl.max_horizontal(base, "approved_beds"))
    approved = (
        pl.when(beds > CAP * base)
        .then(True)
        .when(c("approved_beds").is_not_null() & base.is_not_null())
        .then(beds > allowed)
        .when(beds <= base)
        .then(False)
        .otherwise(None)
    )
    return (
        pl.when(c("expansion_approved"))
        .then(approved)
        .when(~c("expansion_approved"))
        .then(beds > base)
        .when(beds > CAP * base)
        .then(True)
        .when(beds <= base)
        .then(False)
        .otherwise(None)
    )


def _why() -> pl.Expr:
    parts = [
        pl.when(~c("physician_owned_2010")).then(pl.lit("physicians owned no part of it on December 31, 2010")),
        pl.when(~c("medicare_agreement_2010")).then(
            pl.lit("it had no Medicare provider agreement on December 31, 2010")
        ),
        pl.when(c("more_share")).then(pl.format("their share on March 23, 2010 was {}%", plain("physician_pct_2010"))),
        pl.when(c("more_beds")).then(
            pl.format("it has {} beds and rooms, against {} on March 23, 2010", "beds", "beds_2010")
        ),
    ]
    return pl.concat_str(parts, separator="; ", ignore_nulls=True)


def _physicians(g: Graph) -> dict[str, bool | None]:
    """Persons: True a physician by an active license, or immediate family of one; False surely not; None unknown.

    Who is not in it is unknown, unless both the licenses and the family of that person are complete. O(licenses +
    family).
    """
    counted = g.relations["LICENSED_IN"].filter(c("profession").is_in(list(PHYSICIANS)))
    licensed = counted.group_by("person").agg((c("status") == "active").any(ignore_nulls=False).alias("active"))
    found: dict[str, bool | None] = dict(licensed.filter(c("active").fill_null(True)).iter_rows())
    physicians = {person for person, active in found.items() if active}
    near = {kin for kin, word in family().items() if word.stark_immediate}
    for person, relative, kinship in g.relations["FAMILY_OF"].select("person", "relative", "kinship").iter_rows():
        for one, other in ((person, relative), (relative, person)):
            if other in physicians and one not in physicians:
                if kinship in near:
                    found[one] = True
                elif kinship is None:
                    found.setdefault(one, None)
    return found


def _hospitals(g: Graph, baselines: pl.DataFrame, physicians: dict[str, bool | None]) -> list[str]:
    """Hospitals with a baseline, and those of which a physician, or immediate family, is on record as an owner."""
    owns = g.relations["OWNS"].select("owner", "owned").unique()
    who = [person for person, is_one in physicians.items() if is_one]
    front = owns.filter(c("owner").is_in(who)).select("owned").unique()
    below = front
    for _ in range(LEVELS):
        front = front.join(owns, left_on="owned", right_on="owner", how="inner", suffix="_n").select(owned="owned_n")
        front = front.unique().join(below, on="owned", how="anti")
        if not front.height:
            break
        below = pl.concat([below, front])
    named = g.entities.filter(
        c("roles").list.contains("hospital").fill_null(False) & c("id").is_in(below["owned"].implode())
    )
    return sorted({*named["id"], *baselines["hospital"]})


def _shares(g: Graph, hospital: str, physicians: dict[str, bool | None]) -> tuple[str, float, float, list[str]]:
    """Least and most share of physicians together, in percent, and the direct holdings through which they have it."""
    stakes = g.ownership.of(hospital)
    low = others = 0.0
    for holder, least in stakes.select("holder", "min_pct").iter_rows():
        match _is_physician(g, holder, physicians):
            case True:
                low += least
            case False:
                others += least
            case None:
                pass
    rows = []
    for owner, row in g.relations["OWNS"].filter(c("owned") == hospital).sort("id").select("owner", "id").iter_rows():
        above = [owner] if g.kind_of[owner] == "person" else g.ownership.of(owner)["holder"].to_list()
        if any(physicians.get(who) for who in above):
            rows.append(row)
    return hospital, min(low, 100.0), max(low, min(100.0, 100.0 - others)), rows


def _is_physician(g: Graph, holder: str, physicians: dict[str, bool | None]) -> bool | None:
    """Whether a holder's share is surely a physician's, or surely nobody's who is one; None for what is between.

    An organization whose owners are complete, and that has none, has no physician behind it; others have, or may.
    """
    if g.kind_of[holder] == "person":
        if holder in physicians:
            return physicians[holder]
        return False if g.is_complete("licenses", holder) and g.is_complete("family", holder) else None
    if g.kind_of[holder] == "government":
        return False
    alone = not g.relations["OWNS"].filter(c("owned") == holder).height
    return False if alone and g.is_complete("owners", holder) else None
