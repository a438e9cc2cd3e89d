"""A director or officer of a practice lacks the license that the state asks for.

What it finds: an unlicensed director or officer where the state wants all of them licensed, or all but some
    offices; an unlicensed president where it wants the president licensed; fewer licensed directors than a
    majority, half or one, where that is the rule; one who sits in several seats counts once. In Oregon and Texas they
    must be physicians; elsewhere other professions qualify that the state lists for owners beside physicians. In
    Colorado a lay director with clinical authority. Where one is asked for, a professional corporation whose complete
    list names none is found; a company need not have a board. Asked of every practice where the state's doctrine has
    weight 2 or 3, elsewhere of professional entities.
Why it matters: the board and its officers run the practice; seats for unlicensed persons are a common way to move
    control without shares.
What it does not mean: that the person controls the practice, or takes clinical decisions.
Facts it needs: directors and officers with their offices, and their licenses; whether the list of roles is
    complete; where offices are exempt for one owner, how many owners there are; of what kind the practice is
    (`exempt_as`).
When it is undecided: licenses are not recorded; the list is open; an officer whose office is not named (`officer`)
    may hold the one in question, or one that is exempt, in practices of one owner as the case may be; a second owner
    may hold nothing; whether a licensed profession other than physician qualifies is not settled in the state's row;
    nobody is on a complete list where one is asked for, and whether the practice is a corporation is not recorded;
    the practice may itself be of an exempt kind; the row was not read or is not verified.
What clears it: a complete list of roles on which everyone holds the license that the state asks for, or an exempt
    office; a practice that is itself of a kind that the state lets unlicensed persons own or, where it is no
    professional entity, lets employ physicians (undecided where the kind is not recorded, or is let on terms that were
    not read).
References: the state's row; ORS 58.500 (formerly 58.375(1)(b)-(c)); N.Y. BCL 1508; Tenn. R. 0880-02-.20(1)(c);
    T.C.A. 48-101-618; C.R.S. 12-240-138.
"""

import polars as pl

from ownergraph.model.vocabulary import OFFICER_ROLES, PROFESSIONAL_FORMS
from ownergraph.rules.api import Cases, Graph, Test, declared, fact, law, rule
from ownergraph.rules.cpom_own._holders import exempt_practice, in_scope, now, with_closed
from ownergraph.rules.cpom_own._professions import with_eligible
from ownergraph.rules.cpom_own._sized import owners_sized

c = pl.col
KEY = ["practice", "state"]
COUNTED = ["majority", "half", "at_least_one"]
EACH = ["all", "all_but_exempt", "president"]
NOBODY = pl.lit(None, dtype=pl.String)


@rule(
    "CPOM-OWN-06",
    name="unqualified-director-or-officer",
    severity="high",
    basis="law",
    parties=("person", "office"),
    gated=True,
    says="{about} {finding}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each director and officer where each must qualify; one for each board or list that is counted."""
    scope = now(g.practice_states.filter(in_scope()).with_columns(person=NOBODY, office=NOBODY, about=c("practice")))
    roles = (
        g.relations["HOLDS_ROLE"]
        .lazy()
        .filter(c("role").is_in(["director", *OFFICER_ROLES]))
        .select(practice="organization", person="person", office="role", holds="id", clinical="clinical_authority")
    )
    seats = now(scope.lazy().drop("person", "office").join(roles, on="practice"))
    if seats.height:
        held = pl.when(c("person_may").list.len() > 0).then("person_may")
        placed = with_eligible(g, seats.lazy(), "person").with_columns(about="person", licensed_as=held)
        people = now(_with_sole(g, placed))
    else:
        people = seats.with_columns(person_eligible=pl.lit(None, dtype=pl.Boolean))
    board, officers = people.filter(c("office") == "director"), people.filter(c("office") != "director")
    exempt = exempt_practice()
    closed = g.complete("roles", "practice")
    open_ = {
        kind: scope.filter(~closed, c(f"{kind}_rule_stated").is_in([*EACH, "not_read"]))
        for kind in ("director", "officer")
    }
    unlisted = declared(closed, "Is the list of directors and officers of {practice} complete?")
    return [
        *_each_director(board, exempt),
        *_each_officer(officers, exempt),
        *_lay_authority(board, exempt),
        *_counted(scope, board, closed, "director", exempt),
        *_counted(scope, officers, closed, "officer", exempt),
        *(Cases(rows.lazy(), law(f"{kind}_rule") & unlisted & ~exempt) for kind, rows in open_.items() if rows.height),
    ]


def _with_sole(g: Graph, people: pl.LazyFrame) -> pl.LazyFrame:
    """Add `sole_owner`: whether the practice has one owner (nullable); a share on record may be nothing."""
    count = (
        owners_sized(g)
        .filter(c("share_max").is_null() | (c("share_max") > 0))
        .group_by(KEY)
        .agg(_some=c("owner").filter(c("sized")).n_unique(), _all=c("owner").n_unique())
    )
    some, every = c("_some").fill_null(0), c("_all").fill_null(0)
    return (
        with_closed(g, people.join(count, on=KEY, how="left", maintain_order="left"))
        .with_columns(
            sole_owner=pl.when((some > 1) | (c("owners_closed") & (every == 0)))
            .then(False)
            .when(c("owners_closed") & (every == 1))
            .then(True)
        )
        .drop("_some", "_all")
    )


def _qualified() -> Test:
    return fact(
        c("person_eligible"),
        "Does {person} hold a license in {state} that qualifies for the office ({office}) in {practice}? Recorded: "
        "{licensed_as}",
    )


def _missing() -> pl.Expr:
    """What the person lacks, in words."""
    return pl.when(c("person_counts")).then(pl.lit("is licensed but no physician")).otherwise(
        pl.format("holds no active health license that counts in {}", "state")
    )  # fmt: skip


def _each_director(board: pl.DataFrame, exempt: Test) -> list[Cases]:
    ruled = board.filter(c("director_rule_stated").is_in(["all", "not_read"]))
    if not ruled.height:
        return []
    rows = ruled.lazy().with_columns(finding=pl.format("is a director and {}; directors must be licensed", _missing()))
    return [Cases(rows, law("director_rule") & ~_qualified() & ~exempt, evidence=("holds",))]


def _each_officer(officers: pl.DataFrame, exempt: Test) -> list[Cases]:
    rule_word = c("officer_rule_stated")
    ruled = officers.filter(rule_word.is_in([*EACH, "not_read"]))
    if not ruled.height:
        return []
    office, listed = c("office"), c("officer_exempt_stated").fill_null([])
    alone = c("officer_exempt_sole_owner_stated").fill_null([])
    always_exempt = listed.list.contains(office)
    alone_exempt = alone.list.contains(office) & c("sole_owner")
    may_be_alone = c("sole_owner").fill_null(True)
    in_question = (
        pl.when(rule_word == "president")
        .then(pl.when(office == "president").then(True).when(office == "officer").then(None).otherwise(False))
        .when(always_exempt | alone_exempt)
        .then(False)
        # an officer whose office is not named may hold one of those that are exempt
        .when((office == "officer") & (listed.list.len() > 0))
        .then(None)
        .when(may_be_alone & (alone.list.contains(office) | ((office == "officer") & (alone.list.len() > 0))))
        .then(None)
        .otherwise(True)
    )
    rows = ruled.lazy().with_columns(
        in_question=in_question,
        finding=pl.format("is {} and {}; the office needs a license", office.str.replace_all("_", " "), _missing()),
    )
    needs = fact(
        c("in_question"),
        "Which office does {person} hold in {practice} ({office}), and does the practice have one owner?",
    )
    return [Cases(rows, law("officer_rule") & needs & ~_qualified() & ~exempt, evidence=("holds",))]


def _lay_authority(board: pl.DataFrame, exempt: Test) -> list[Cases]:
    """Colorado: a lay director is allowed, without authority over medical judgment."""
    ruled = board.filter((c("state") == "CO") & (c("director_rule_stated") == "none"))
    if not ruled.height:
        return []
    rows = ruled.lazy().with_columns(finding=pl.format("is a director with clinical authority and {}", _missing()))
    clinical = fact(c("clinical"), "May {person}, as a director of {practice}, decide clinical matters?")
    return [Cases(rows, law("director_rule") & clinical & ~_qualified() & ~exempt, evidence=("holds",))]


def _counted(scope: pl.DataFrame, people: pl.DataFrame, closed: pl.Expr, kind: str, exempt: Test) -> list[Cases]:
    """Boards and lists of officers of which a majority, half or one must qualify."""
    word = c(f"{kind}_rule_stated")
    ruled = scope.filter(word.is_in(COUNTED))
    if not ruled.height:
        return []
    each = people.lazy().group_by(*KEY, "person").agg(c("person_eligible").first(), holds=c("holds").sort())
    count = each.group_by(KEY).agg(
        qualified=c("person_eligible").fill_null(False).sum().cast(pl.Int64),
        may=c("person_eligible").fill_null(True).sum().cast(pl.Int64),
        total=pl.len().cast(pl.Int64),
        seats=c("holds").list.explode().sort(),
    )
    least, most, total = (c(name).fill_null(0) for name in ("qualified", "may", "total"))
    corporate = c("form").is_in(PROFESSIONAL_FORMS) & ~c("form").is_in(["PLLC", "PLLP"])
    # what is no professional entity is no professional corporation either, whatever its form
    corporate = pl.coalesce(corporate, pl.when(~c("professional")).then(False))
    enough = (
        pl.when((total == 0) & ~((word == "at_least_one") & corporate))
        .then(pl.when(closed).then(True))
        .when(word == "at_least_one")
        .then(pl.when(least >= 1).then(True).when(closed & (most == 0)).then(False))
        .when(~closed)
        .then(None)
        .when(word == "majority")
        .then(pl.when(2 * least > total).then(True).when(2 * most <= total).then(False))
        .otherwise(pl.when(2 * least >= total).then(True).when(2 * most < total).then(False))
    )
    needed = word.replace_strict(
        {"majority": "more than half", "half": "at least half", "at_least_one": "one"},
        default="",
        return_dtype=pl.String,
    )
    rows = (
        ruled.lazy()
        .join(count, on=KEY, how="left", maintain_order="left")
        .with_columns(
            office=pl.lit(kind),
            enough=enough,
            # a board of nobody is one too few in a corporation only
            formed=pl.when((total > 0) | corporate | (word != "at_least_one") | ~closed).then(True),
            finding=pl.format(
                "has {} qualified of {} {}s recorded; {} must be licensed", most, total, pl.lit(kind), needed
            ),
        )
    )
    found = law(f"{kind}_rule") & ~fact(
        c("enough"), f"Who are the {kind}s of {{practice}}, and which of them hold a qualifying license of {{state}}?"
    )
    formed = fact(
        c("formed"),
        f"What form does {{practice}} have? A professional corporation must have {kind}s; a company need not",
    )
    return [Cases(rows, found & formed & ~exempt, evidence=("seats",))]
