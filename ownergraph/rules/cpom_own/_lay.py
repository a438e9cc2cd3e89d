"""How much of a practice unlicensed holders ultimately have, as an interval, for the law of each of its states.

The lay part of a company is the sum over its owners of share times the lay part of the owner: 1 for an unlicensed
person, an investor, and an organization that nobody owns and that is no professional entity; 0 for a licensed person
and for a kind of holder that the state's row exempts. That is integrated ownership (`Graph.ownership`) summed over
holders, worked out company by company, so that complete registers count: what nobody certainly holds goes to the listed
owners there, and may be anybody's elsewhere. Least and greatest values are fractional knapsacks at every company; rings
approach their limit from the safe side.
"""

from typing import NamedTuple

import polars as pl

from ownergraph.analysis.exempt import class_of
from ownergraph.model import WHOLE
from ownergraph.model.vocabulary import INVESTOR_ROLES
from ownergraph.rules.api import Graph
from ownergraph.rules.cpom_own._holders import EXACT, now, with_standing

c = pl.col

ROUNDS = 64
"""Levels of companies, or turns of a ring, after which bounds are good enough; they are sound at every one."""

NODE = ["practice", "state", "entity"]
LAW = [
    "state", "lay_owner_exempt_stated", "lay_owner_conditional_stated", "instate_license_stated",
    "allied_rule_stated", "allied_professions_stated", "allied_professions_conditional_stated",
    "allied_professions_unverified",
]  # fmt: skip
PERSONAL = ["estate"]
TRUSTS = ["estate", "qualified_trust", "esop"]


class _Walk(NamedTuple):
    """What is above the entities asked for: holders, and the rows of OWNS that lead to them, with their depth."""

    nodes: pl.DataFrame
    edges: pl.DataFrame


def lay_shares(g: Graph, seeds: pl.LazyFrame) -> pl.DataFrame:
    """The lay part of every entity in columns `practice` and `state`.

    Returns:
        practice, state; `lay_low` and `lay_high`, fractions of the whole; `lay_share_min` and `lay_share_max`, the
        same in millionths; `lay_holders`, ultimate holders that are certainly lay; `chain`, the rows of OWNS that
        lead from them to the entity, the farthest first (those that may, where none is certain); what would narrow
        the interval: `unsure_persons`, `unsure_professions`, `unsure_shares`, `unsure_kinds`, `unsure_registers` (ids);
        `sure_above` and `may_above`, everyone above, as far as the walk goes.

    Complexity: O(rows above the entities x levels).
    """
    wanted = (
        seeds.select("practice", "state").drop_nulls().unique().sort("practice", "state").collect(engine="in-memory")
    )
    # several rules ask the same of the same entities; no pair depends on another
    made: dict[str, pl.DataFrame] = g.once("lay shares", dict)
    known = made.get("all")
    missing = wanted if known is None else wanted.join(known, on=["practice", "state"], how="anti")
    if known is None or missing.height:
        if known is None and g.small:  # one walk for all rules; in a large input it would hold too much at once
            others = now(workplaces(g).select(practice="employer", state="state").drop_nulls())
            missing = pl.concat([missing, others]).unique().sort("practice", "state")
        fresh = _lay_shares(g, missing)
        known = made["all"] = fresh if known is None else pl.concat([known, fresh])
    return wanted.join(known, on=["practice", "state"], how="left", maintain_order="left")


def _lay_shares(g: Graph, wanted: pl.DataFrame) -> pl.DataFrame:
    walk = _walk(g, wanted)
    values = _solve(walk)
    top = values.filter(c("entity") == c("practice")).select(
        "practice", "state", lay_low=c("own_low"), lay_high=c("own_high")
    )
    return (
        wanted.join(top, on=["practice", "state"], how="left", maintain_order="left")
        .join(_witness(walk, values), on=["practice", "state"], how="left", maintain_order="left")
        .join(_above(walk), on=["practice", "state"], how="left", maintain_order="left")
        .with_columns(
            lay_share_min=(c("lay_low") * WHOLE).round(6).floor().cast(pl.Int64),
            lay_share_max=(c("lay_high") * WHOLE).round(6).ceil().cast(pl.Int64),
        )
    )


def _walk(g: Graph, wanted: pl.DataFrame) -> _Walk:
    """Everyone above, not looking through persons, investors and exempt holders."""
    if not wanted.height:
        return _empty()
    holds = g.ownership.rows.filter(c("high") > 0).select("id", "owner", "owned", "low", "high")
    holders = _holders(g, wanted, holds)
    front = wanted.with_columns(entity=c("practice"))
    nodes, edges, depth = [], [], 0
    seen = front.select(NODE)
    while front.height:
        known = front.join(holders, on=["state", "entity"], how="left", maintain_order="left")
        nodes.append(known)
        through = known.filter(c("fixed").is_null() & (c("kind") != "person") | (c("entity") == c("practice")))
        step = through.select(NODE).join(holds, left_on="entity", right_on="owned").with_columns(depth=pl.lit(depth))
        edges.append(step)
        front = step.select("practice", "state", entity="owner").unique(maintain_order=True).join(
            seen, on=NODE, how="anti", maintain_order="left"
        )  # fmt: skip
        seen = pl.concat([seen, front])
        depth += 1
    return _Walk(pl.concat(nodes), pl.concat(edges))


def _holders(g: Graph, wanted: pl.DataFrame, holds: pl.DataFrame) -> pl.DataFrame:
    """What the law of each state says of everyone above, worked out at once: a plan a level would cost more."""
    front = seen = wanted.select("state", entity="practice")
    while front.height:
        step = front.join(holds, left_on="entity", right_on="owned").select("state", entity="owner").unique()
        front = step.join(seen, on=["state", "entity"], how="anti")
        seen = pl.concat([seen, front])
    facts = g.entities.lazy().select(
        entity="id", kind="kind", roles="roles", form="form", exempt_as="exempt_as", professional="professional"
    )
    law = g.law.lazy().select(LAW)
    owned = holds["owned"].unique().to_frame("entity").with_columns(has_owners=True)
    placed = seen.lazy().join(facts, on="entity", how="left").join(law, on="state", how="left")
    standing = with_standing(g, placed.join(owned.lazy(), on="entity", how="left"), "entity")
    return (
        _with_exempt(standing.with_columns(closed=g.complete("owners", "entity")))
        .select(
            "state",
            "entity",
            "closed",
            "kind",
            "kind_exempt",
            fixed=_fixed(),
            person=c("entity_counts"),
            profession=(~_investor() & _ownerless() & c("professional").is_null()).fill_null(False),
        )
        .collect(engine="in-memory")
    )


def workplaces(g: Graph) -> pl.LazyFrame:
    """Where an employer works: its own states, else those of the practices that it manages (not `recorded`)."""
    own = g.relations["OPERATES_IN"].lazy().select(employer="entity", state="state", recorded=pl.lit(True))
    managed = (
        g.relations["MANAGES"]
        .lazy()
        .join(g.relations["OPERATES_IN"].lazy().select(managed="entity", state="state"), on="managed")
        .select(employer="manager", state="state", recorded=pl.lit(False))
        .join(own.select("employer").unique(), on="employer", how="anti")
    )
    return pl.concat([own, managed]).unique().sort("employer", "state")


def _empty() -> _Walk:
    schema = dict.fromkeys(NODE, pl.String)
    nodes = pl.DataFrame(
        schema={
            **schema, "closed": pl.Boolean, "kind": pl.String, "kind_exempt": pl.Boolean, "fixed": pl.Float64,
            "person": pl.Boolean, "profession": pl.Boolean,
        }
    )  # fmt: skip
    edges = pl.DataFrame(
        schema={
            **schema, "id": pl.String, "owner": pl.String, "low": pl.Int64, "high": pl.Int64, "depth": pl.Int32,
        }
    )  # fmt: skip
    return _Walk(nodes, edges)


def _investor() -> pl.Expr:
    return c("roles").list.set_intersection(list(INVESTOR_ROLES)).list.len().fill_null(0) > 0


def _with_exempt(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Add `kind_exempt`: of a kind that the state's row lets own (nullable); an investor company never is."""
    implied = pl.concat_list(
        pl.when(c("roles").list.contains("hospital")).then(pl.lit("hospital")),
        pl.when(c("kind") == "government").then(pl.lit("public")),
    ).list.drop_nulls()
    words = (
        pl.when(c("exempt_as").is_not_null())
        .then(pl.concat_list("exempt_as", "_implied"))
        .when(c("_implied").list.len() > 0)
        .then("_implied")
    )
    exempt, conditional = c("lay_owner_exempt_stated"), c("lay_owner_conditional_stated")
    listed = pl.concat_list(exempt.fill_null([]), conditional.fill_null([]))
    # a person can be an heir; estates and trusts are of the kinds for them; a company of known form is not
    known_form = (c("kind") == "organization") & ~c("form").is_in(["trust", "estate"]).fill_null(True)

    def of_kind(classes: str) -> pl.Expr:
        words = c(classes).list
        return (
            pl.when(c("kind") == "person")
            .then(words.set_intersection(PERSONAL))
            .when(c("kind") == "trust")
            .then(words.set_intersection(TRUSTS))
            .when(known_form)
            .then(words.set_difference(TRUSTS))
            .otherwise(classes)
        )

    # step by step: what stands several times in an expression is planned and worked out as often
    return (
        frame.with_columns(_implied=implied, _listed=listed)
        .with_columns(_words=words)
        .with_columns(_words=of_kind("_words"), _listed=of_kind("_listed"))
        .with_columns(
            kind_exempt=pl.when(_investor() & (c("kind") == "organization"))
            .then(False)
            .otherwise(class_of(c("_words"), exempt, conditional, c("_listed")))
        )
    )


def _fixed() -> pl.Expr:
    """The lay part of a holder that does not depend on its owners; null for one looked through, or unknown."""
    licensed = c("entity_counts")
    person = pl.when(licensed).then(0.0).when((licensed == False) & ~c("kind_exempt")).then(1.0)  # noqa: E712
    lay = pl.when(~c("kind_exempt")).then(1.0)
    return (
        pl.when(c("kind_exempt"))
        .then(0.0)
        .when(c("kind") == "person")
        .then(person)
        .when(_investor())
        .then(lay)
        # a professional entity may have owners of its own although none is recorded
        .when(_ownerless() & ~c("professional"))
        .then(lay)
    )


def _ownerless() -> pl.Expr:
    """Whether nobody owns an organization, by a complete register, and it is no practice."""
    nobody = (c("kind") == "organization") & c("has_owners").is_null() & c("closed")
    return nobody & ~c("roles").list.contains("practice")


def _solve(walk: _Walk) -> pl.DataFrame:
    """Bounds of every node: `own_*` by its owners, `low` and `high` as a holder."""
    nodes = walk.nodes.with_columns(
        own_low=pl.lit(0.0), own_high=pl.lit(1.0), low=c("fixed").fill_null(0.0), high=c("fixed").fill_null(1.0)
    )
    look = c("fixed").is_null() & c("kind").is_in(["organization", "trust"])
    free = (WHOLE - c("share_low").sum().over(NODE)).clip(lower_bound=0)
    holdings = (
        walk.edges.rename({"low": "share_low", "high": "share_high"})
        .join(nodes.select(*NODE, "closed"), on=NODE)
        .with_columns(free=free, room=c("share_high") - c("share_low"))
    )
    # where nobody above is looked through, what holders count for does not change, and one round settles it
    moving = nodes.filter(look).join(holdings, left_on=NODE, right_on=["practice", "state", "owner"], how="semi").height
    for _ in range(ROUNDS if moving else 1):
        held = holdings.join(
            nodes.select("practice", "state", owner="entity", low="low", high="high"),
            on=["practice", "state", "owner"],
        )
        low = _filled(held, "low", descending=False)
        high = _filled(held, "high", descending=True)
        fresh = (
            nodes.drop("own_low", "own_high")
            .join(low, on=NODE, how="left", maintain_order="left")
            .join(high, on=NODE, how="left", maintain_order="left")
            .with_columns(c("own_low").fill_null(0.0), c("own_high").fill_null(1.0))
            .with_columns(
                low=pl.when(look & (c("kind_exempt") == False)).then(c("own_low")).otherwise(c("low")),  # noqa: E712
                high=pl.when(look).then(c("own_high")).otherwise(c("high")),
            )
            .select(nodes.columns)
        )
        same = fresh.equals(nodes)
        nodes = fresh
        if same:
            break
    return nodes


def _filled(held: pl.DataFrame, value: str, *, descending: bool) -> pl.DataFrame:
    """The sum of shares times `value`, what is free handed out first to the greatest, or to the least."""
    worst = 1.0 if descending else 0.0
    taken = pl.min_horizontal((c("free") - (c("room").cum_sum().over(NODE) - c("room"))).clip(lower_bound=0), "room")
    ordered = held.sort(value, descending=descending, maintain_order=True)
    # in an open register what is free may be an unlisted holder's, who is lay at most and licensed at best
    taken = pl.when(c("closed")).then(taken).otherwise(0)
    return (
        ordered.with_columns(taken=taken)
        .group_by(NODE)
        .agg(
            held=((c("share_low") + c("taken")) * c(value)).sum() / WHOLE,
            left=(c("free").first() - c("taken").sum()).clip(lower_bound=0) / WHOLE,
            listed=c(value).first(),
            closed=c("closed").first(),
        )
        .select(
            *NODE,
            (c("held") + c("left") * pl.when("closed").then(c("listed")).otherwise(worst))
            .clip(0.0, 1.0)
            .round(EXACT)
            .alias(f"own_{value}"),
        )
    )


def _witness(walk: _Walk, values: pl.DataFrame) -> pl.DataFrame:
    """Rows that lead to lay holders, who these are, and what is not recorded."""
    holder = values.select(
        "practice", "state", "kind", "kind_exempt", "fixed", "person", "profession", owner="entity", l="low", h="high"
    )
    rows = walk.edges.join(holder, on=["practice", "state", "owner"]).sort("depth", "id", descending=[True, False])
    key = ["practice", "state"]
    sure = c("l") > 0
    chains = rows.group_by(key, maintain_order=True).agg(
        sure_chain=c("id").filter(sure), may_chain=c("id").filter(c("h") > 0),
        lay_holders=c("owner").filter(sure & (c("fixed") == 1)).unique().sort(),
        unsure_persons=c("owner").filter((c("kind") == "person") & c("person").is_null()).unique().sort(),
        unsure_shares=c("owner").filter((c("low") < c("high")) & (c("h") > 0)).unique().sort(),
        unsure_professions=c("owner").filter(c("profession") & (c("h") > 0)).unique().sort(),
        unsure_kinds=c("owner").filter(c("kind_exempt").is_null() & (c("h") > 0)).unique().sort(),
    )  # fmt: skip
    total = walk.edges.group_by(NODE).agg(listed=c("low").sum())
    registers = (
        values.filter(~c("closed") & c("kind").is_in(["organization", "trust"]))
        .filter(c("fixed").is_null() | (c("entity") == c("practice")))
        .join(total, on=NODE, how="left")
        .filter(c("listed").fill_null(0) < WHOLE)
        .group_by(key)
        .agg(unsure_registers=c("entity").sort())
    )
    unsure = ["persons", "professions", "shares", "kinds", "registers"]
    lists = ["lay_holders", *(f"unsure_{name}" for name in unsure), "chain"]
    return (
        values.select(key)
        .unique(maintain_order=True)
        .join(chains, on=key, how="left")
        .join(registers, on=key, how="left")
        .with_columns(chain=pl.when(c("sure_chain").list.len() > 0).then("sure_chain").otherwise("may_chain"))
        .select(*key, *[c(name).fill_null([]) for name in lists])
    )


def _above(walk: _Walk) -> pl.DataFrame:
    """Who is above each entity: `sure_above` by rows that certainly give something, `may_above` by any (lists)."""
    key = ["practice", "state"]
    sure = walk.edges.select("practice", "state", entity=c("practice")).unique()
    for depth in sorted(walk.edges["depth"].unique().to_list()):
        step = walk.edges.filter((c("depth") == depth) & (c("low") > 0)).join(sure, on=NODE, how="semi")
        sure = pl.concat([sure, step.select("practice", "state", entity="owner")]).unique()
    listed = sure.group_by(key).agg(sure_above=c("entity").sort())
    return walk.edges.group_by(key).agg(may_above=c("owner").unique().sort()).join(listed, on=key, how="left")


def over_limit() -> pl.Expr:
    """Whether the lay part is beyond the stated limit of the state (nullable)."""
    limit, low, high = c("lay_max_pct_stated") / 100, c("lay_low"), c("lay_high")
    strict = c("lay_max_strict_stated").fill_null(False)
    over = pl.when(strict).then(low >= limit).otherwise(low > limit)
    within = pl.when(strict).then(high < limit).otherwise(high <= limit)
    return pl.when(over).then(True).when(within).then(False)
