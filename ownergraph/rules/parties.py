"""Who stands on the manager's side of a practice, and who is unlicensed: what several rules ask about parties.

The side of the manager: the managers of a practice, all that control them, that they control, or that share a
controller with them. The practice itself is never on it. A relation that no row gives may still hold where a register
that could give control is open; then the answer is null.
"""

from functools import partial
from typing import Final

import polars as pl

from ownergraph.analysis.lay import Physicians, open_registers
from ownergraph.model import WHOLE
from ownergraph.model.vocabulary import INVESTOR_ROLES
from ownergraph.rules.api import Graph, Leaf, Test, fact

c = pl.col

LISTS: Final = pl.List(pl.String)
OPEN: Final = pl.lit(None, dtype=pl.Boolean)
NO_PROOF: Final = pl.lit(None, dtype=LISTS)


def controls(g: Graph) -> pl.LazyFrame:
    """Pairs of control: x, y, certain, who (controller or group that proves it). Members stand for their group."""
    return g.once("control pairs", lambda: _paired(g).collect(engine="in-memory")).lazy()


def _paired(g: Graph) -> pl.LazyFrame:
    pairs = g.control.pairs.lazy().select(x="controller", y="controlled", certain="certain", who="controller")
    members = pl.LazyFrame(
        [(member, group.id) for group in g.control.groups for member in group.members],
        schema={"x": pl.String, "who": pl.String},
        orient="row",
    )
    return pl.concat([pairs, members.join(pairs.drop("x"), on="who").select("x", "y", "certain", "who")])


def control_closed(g: Graph, entity: str) -> bool:
    """Whether nobody who is not listed can control `entity`: every register that could give control is complete.

    O(what is above it), once for each entity.
    """
    return not open_registers(g, entity)


def with_closed(g: Graph, rows: pl.DataFrame, entity: str, name: str) -> pl.DataFrame:
    """Add `name`: whether nobody who is not listed can control the entity of a row."""
    names = rows[entity].drop_nulls().unique().sort().to_list()
    closed = pl.DataFrame(
        {entity: names, name: [control_closed(g, who) for who in names]}, schema={entity: pl.String, name: pl.Boolean}
    )
    return rows.join(closed, on=entity, how="left", maintain_order="left")


def related(g: Graph, keys: pl.DataFrame) -> pl.DataFrame:
    """Whether `party` and `manager` of each row are the same, or one controls the other, or somebody controls both.

    Args:
        g: the graph.
        keys: columns party, manager; no row twice.

    Returns:
        keys with `related` (true, null where it may be, false) and `proof` (ids of rows, where it is true).

    Complexity: O(rows x controllers of a manager), and one proof for each pair that is related; once for each pair.
    """
    pair = ["party", "manager"]
    made: dict[str, pl.DataFrame] = g.once("related", dict)
    known = made.get("all")
    missing = keys if known is None else keys.join(known, on=pair, how="anti", nulls_equal=True, maintain_order="left")
    if known is None or missing.height:
        fresh = _related(g, missing.select(pair))
        known = made["all"] = fresh if known is None else pl.concat([known, fresh])
    return keys.join(known, on=pair, how="left", nulls_equal=True, maintain_order="left")


def _related(g: Graph, keys: pl.DataFrame) -> pl.DataFrame:
    if not keys.height:
        return keys.with_columns(related=OPEN, proof=NO_PROOF)
    pairs = controls(g)
    lazy = keys.lazy()
    shape = ["party", "manager", "certain", "top", "down"]
    over = lazy.join(pairs, left_on=["party", "manager"], right_on=["x", "y"]).select(
        "party", "manager", "certain", top="who", down=pl.lit(None, dtype=pl.String)
    )
    under = lazy.join(pairs, left_on=["manager", "party"], right_on=["x", "y"]).select(
        "party", "manager", "certain", top=pl.lit(None, dtype=pl.String), down="who"
    )
    shared = (
        lazy.join(pairs.drop("x").unique(), left_on="manager", right_on="y")
        .join(pairs.drop("x").unique(), left_on=["who", "party"], right_on=["who", "y"])
        .select("party", "manager", certain=c("certain") & c("certain_right"), top="who", down="who")
    )
    same = lazy.filter(c("party") == c("manager")).select(
        "party",
        "manager",
        certain=pl.lit(True),
        top=pl.lit(None, dtype=pl.String),
        down=pl.lit(None, dtype=pl.String),
    )
    # of several who control both the nearest is shown: the one with the most controllers of its own
    depth = pairs.group_by(top="y").agg(depth=pl.len())
    best = (
        pl.concat([frame.select(*shape, rank=pl.lit(rank)) for rank, frame in enumerate((same, over, under, shared))])
        .join(depth, on="top", how="left")
        .sort(
            [~c("certain"), "rank", -c("depth").fill_null(0).cast(pl.Int64), "top", "down"],
            nulls_last=True,
            maintain_order=True,
        )
        .group_by("party", "manager", maintain_order=True)
        .first()
        .drop("rank", "depth")
        .collect(engine="in-memory")
    )
    rows = keys.join(best, on=["party", "manager"], how="left", maintain_order="left")
    rows = with_closed(g, with_closed(g, rows, "party", "_p"), "manager", "_m")
    rows = rows.with_columns(
        related=pl.when(c("certain")).then(True).when(c("certain").is_null() & c("_p") & c("_m")).then(False)
    )
    proofs: list[list[str]] = []
    for party, manager, top, down, yes in rows.select("party", "manager", "top", "down", "related").iter_rows():
        steps: list[str] = []
        if yes and top:
            steps += g.control.proof(top, manager).rows
        if yes and down:
            steps += g.control.proof(down, party).rows
        proofs.append(list(dict.fromkeys(steps)))
    return rows.with_columns(pl.Series("proof", proofs, dtype=LISTS)).drop("certain", "top", "down", "_p", "_m")


def with_side(g: Graph, rows: pl.LazyFrame, party: str) -> pl.LazyFrame:
    """Add whether `party` stands on the side of the manager of `practice`, and the rows that say so.

    Adds `<party>_side` (null where it may stand there) and `<party>_via`, ids of rows from the party to the manager
    and on to the practice. Complexity as `related`.
    """
    wanted = rows.select("practice", party=party).filter(c("party").is_not_null()).unique()
    managers = g.relations["MANAGES"].lazy().select(practice="managed", manager="manager", agreement="id")
    cases = (
        wanted.join(managers, on="practice", how="inner")
        .filter(c("party") != c("practice"))
        .collect(engine="in-memory")
    )
    sided = rows.with_columns(_side=OPEN, _via=NO_PROOF) if not cases.height else _with_sides(g, rows, party, cases)
    return sided.with_columns(
        pl.when(c(party) == c("practice"))
        .then(False)
        .when(c(party).is_null())
        .then(None)
        # a party without a listed agreement may be a manager, too, where agreements are not complete
        .when(c("_side").fill_null(False))
        .then(True)
        .when(g.complete("agreements", "practice"))
        .then(pl.when(c("practice").is_in(_managed(g))).then("_side").otherwise(False))
        .otherwise(None)
        .alias(f"{party}_side"),
        c("_via").fill_null([]).list.drop_nulls().list.unique(maintain_order=True).alias(f"{party}_via"),
    ).drop("_side", "_via")


def _with_sides(g: Graph, rows: pl.LazyFrame, party: str, cases: pl.DataFrame) -> pl.LazyFrame:
    """Add `_side` and `_via`: over the agreements of each practice, from `cases` (practice, party, manager, ...)."""
    known = related(g, cases.select("party", "manager").unique(maintain_order=True))
    sides = (
        cases.lazy()
        .join(known.lazy(), on=["party", "manager"], how="left")
        .sort("practice", "party", "agreement")
        .group_by("practice", "party", maintain_order=True)
        .agg(
            _side=c("related").any(ignore_nulls=False),
            _via=pl.concat_list("proof", "agreement")
            .filter(c("related").fill_null(False))
            .list.explode(keep_nulls=False, empty_as_null=False),
        )
    )
    return rows.join(sides.rename({"party": party}), on=["practice", party], how="left", maintain_order="left")


class _Licensed(Physicians):
    """The same as `Physicians`, for everybody who holds a license of any health profession in the state."""

    def _known(self) -> tuple[dict[str, bool | None], dict[str, bool | None]]:
        licensed = Physicians.of(self.g, self.state).licensed
        return licensed, licensed


def with_unlicensed(g: Graph, rows: pl.LazyFrame, party: str) -> pl.LazyFrame:
    """Add `<party>_unlicensed`: holds no health license of `state`, and nobody who does controls it; nullable.

    Complexity: O(parties), and what control costs once a state.
    """
    wanted = rows.select("state", party).drop_nulls().unique().sort("state", party).collect(engine="in-memory")
    values: list[bool | None] = []
    for state, who in wanted.iter_rows():
        licensed = g.once(("licensed", state), partial(_Licensed, g, state))
        holds = licensed.classify(who)[0]
        values.append(None if holds is None else not holds)
    frame = wanted.with_columns(pl.Series(f"{party}_unlicensed", values, dtype=pl.Boolean)).lazy()
    return rows.join(frame, on=["state", party], how="left", maintain_order="left")


def with_physician_managers(g: Graph, rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add `manager_physicians`: physicians licensed in `state` control every manager of `practice`; nullable."""
    managers = g.relations["MANAGES"].lazy().select(practice="managed", manager="manager").unique()
    cases = (
        rows.select("practice", "state").unique().join(managers, on="practice").drop_nulls().collect(engine="in-memory")
    )
    keys = cases.select("state", "manager").unique().sort("state", "manager")
    # what an investor controls is not physicians' own, whoever owns the investor; what it only has a part in may be
    # theirs where the investor's own owners are not all listed
    investors = {who for who, roles in g.roles_of.items() if set(roles) & set(INVESTOR_ROLES)}
    pairs = g.control.pairs.filter("certain")["controller", "controlled"]
    theirs = investors | {who for x, who in pairs.iter_rows() if x in investors}
    open_ = tuple(sorted(one for one in investors if not control_closed(g, one)))
    values: list[bool | None] = []
    for state, who in keys.iter_rows():
        value = False if who in theirs else Physicians.of(g, state).classify(who)[0]
        maybe = value is False and who not in theirs and Physicians.of(g, state).may_control_with(open_, who)
        values.append(None if maybe else value)
    known = keys.with_columns(pl.Series("_yes", values, dtype=pl.Boolean))
    frame = (
        cases.join(known, on=["state", "manager"])
        .group_by("practice", "state")
        .agg(manager_physicians=c("_yes").all(ignore_nulls=False))
    )
    return rows.join(frame.lazy(), on=["practice", "state"], how="left", maintain_order="left")


def _counted(of: list[str]) -> pl.Expr:
    """Whether all holdings of a practice are counts of one number of shares, so that nothing is rounded."""
    held, whole = c("shares_held"), c("shares_outstanding")
    return ((held.is_not_null() & whole.is_not_null()).all() & (whole.n_unique() == 1)).over(of)


def within(low: pl.Expr, high: pl.Expr, of: str | list[str], whole: pl.Expr | int, closed: pl.Expr) -> list[pl.Expr]:
    """Least and most of a holder, narrowed by what the others of the same whole leave.

    Args:
        low: least by itself, one row a holder.
        high: most by itself.
        of: columns that say of what whole.
        whole: all of it.
        closed: whether nobody else holds any of it; then a holder has at least what the others cannot have.
    """
    least = pl.when(closed).then(pl.max_horizontal(low, whole - (high.sum().over(of) - high))).otherwise(low)
    return [least, pl.max_horizontal(low, pl.min_horizontal(high, whole - (low.sum().over(of) - low)))]


def person_owners(g: Graph, owners: pl.LazyFrame) -> pl.LazyFrame:
    """Persons among the direct owners, one row a practice, state and person, and whether each has the majority.

    Adds to the law's weight: share_min, share_max (of the shares, whatever votes they have; narrowed by what the others
    hold), `majority` (more than half; nullable), `governs`, `encounters_12m`, `stipend_only`, `holdings` (ids). Where
    several holdings of one person say different things, what speaks for the person counts: the most encounters, any
    record that it governs, any that it gets more than a stipend. O(holdings).
    """
    of_practice = ["practice", "state"]
    exact = _counted(of_practice)
    least, most = within(c("low"), c("high"), of_practice, c("_whole"), g.complete("owners", "practice"))
    return (
        owners.with_columns(
            _low=pl.when(exact).then("shares_held").otherwise(pl.coalesce("share_min", 0)),
            _high=pl.when(exact).then("shares_held").otherwise(pl.coalesce("share_max", WHOLE)),
            _whole=pl.when(exact).then("shares_outstanding").otherwise(WHOLE),
        )
        .group_by("practice", "state", "owner", "owner_kind", maintain_order=True)
        .agg(
            c("cpom_weight", "cpom_weight_stated", "_whole").first(),
            low=pl.min_horizontal(c("_low").sum(), c("_whole").first()),
            high=pl.min_horizontal(c("_high").sum(), c("_whole").first()),
            encounters_12m=c("encounters_12m").max(),
            stipend_only=pl.when(c("stipend_only").count() > 0).then(c("stipend_only").all()),
            governs=pl.when(c("governs").count() > 0).then(c("governs").any()),
            holdings=c("holding"),
        )
        .with_columns(_least=least, _most=most)
        .with_columns(
            share_min=c("_least") * WHOLE // c("_whole"),
            share_max=-(-c("_most") * WHOLE // c("_whole")),
            majority=pl.when(c("_least") * 2 > c("_whole")).then(True).when(c("_most") * 2 <= c("_whole")).then(False),
        )
        .filter(c("owner_kind") == "person")
        .drop("low", "high", "_least", "_most", "_whole")
    )


def unlisted_share(g: Graph, practice: str = "practice") -> pl.Expr:
    """The most that owners who are not listed may have of the shares of a practice, in millionths; never null.

    Nothing where the register of owners is complete; otherwise what the listed ones do not certainly hold.
    """
    spare = g.once("spare", lambda: _spare(g))
    rest = c(practice).replace_strict(spare, default=WHOLE, return_dtype=pl.Int64) if spare else pl.lit(WHOLE)
    return pl.when(g.complete("owners", practice)).then(0).otherwise(rest)


def _spare(g: Graph) -> dict[str, int]:
    """Of every entity with owners what those who are listed do not certainly hold, in millionths."""
    held = g.ownership.rows.group_by("owned", maintain_order=True).agg(
        pl.col("low").sum(),
        # a third three times is the whole, though each is rounded down
        all=(c("shares_held").is_not_null() & c("shares_outstanding").is_not_null()).all()
        & (c("shares_outstanding").n_unique() == 1)
        & (c("shares_held").sum() >= c("shares_outstanding").first()),
    )
    left = held.select("owned", spare=pl.when("all").then(0).otherwise((WHOLE - c("low")).clip(lower_bound=0)))
    return dict(left.iter_rows())


def owners_closed(g: Graph) -> pl.Expr:
    """Whether `practice` has no owner who is not listed.

    The register is complete, or those who are listed certainly have all the votes and all the shares: there are shares
    without votes, and votes without shares.
    """
    return g.complete("owners", "practice") | (
        c("practice").is_in(g.once("whole", lambda: _whole(g))) & (unlisted_share(g) == 0)
    )


def _whole(g: Graph) -> list[str]:
    """Practices of which those who are listed certainly have all the votes."""
    owned = g.owners.select("practice").unique().collect(engine="in-memory")["practice"]
    return [practice for practice in owned if g.control.is_whole(practice)]


def _managed(g: Graph) -> list[str]:
    """Practices with a management agreement."""
    return g.once("managed", lambda: g.relations["MANAGES"]["managed"].unique().to_list())


def managed(g: Graph) -> Leaf:
    """Whether somebody manages `practice`: true by a row, false where agreements are complete, otherwise null."""
    value = pl.when(c("practice").is_in(_managed(g))).then(True).when(g.complete("agreements", "practice")).then(False)
    return Leaf(value, "Is there a management agreement for {practice}?", kind="register")


def on_side(party: str, kind: str = "manager") -> Leaf:
    """Whether the party stands on the manager's side, as a leaf over the column that `with_side` adds."""
    return fact(
        c(f"{party}_side"),
        f"Is {{{party}}} the {kind} of {{practice}}, or does it control it, or are both under common control?",
    )


def oregon_exempt() -> Test:
    """Whether ORS 676.555 exempts the practice: the list of exempt entities was not read, so never true."""
    oregon = c("state") == "OR"
    named = fact(
        pl.when(oregon & c("exempt_as").is_null()).then(None).otherwise(False),
        "Is {practice} of a class that ORS 676.555 exempts (hospital or affiliate, behavioral health, telehealth "
        "without a site in Oregon, tribal, PACE, ...)?",
    )
    unread = Leaf(
        pl.when(oregon & (c("exempt_as").list.len() > 0)).then(None).otherwise(False),
        "Counsel must verify whether ORS 676.555 exempts {practice} ({exempt_as}): its list was not read",
        kind="law",
    )
    return named | unread
