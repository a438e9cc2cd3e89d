"""Return paths that AKS-01 tells of: over chosen referrals, past what is defended, and whether they are ordinary."""

from copy import copy
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from ownergraph.analysis.attribution import surest
from ownergraph.analysis.flows import known_by
from ownergraph.model.columns import some_share
from ownergraph.model.compensation import FOLLOWS_REFERRALS
from ownergraph.model.vocabulary import PER_REFERRAL
from ownergraph.rules.api import Graph
from ownergraph.rules.referring import WINDOW

if TYPE_CHECKING:
    from ownergraph.analysis.returns import ReturnPath

c = pl.col

PAIR: Final = ["referrer", "receiver"]
OTHERS: Final = 20
"""Other paths of a pair that are looked at where the shortest is defended."""
FOLLOWS: Final = {
    "pays": FOLLOWS_REFERRALS,
    "employs": (*FOLLOWS_REFERRALS, "counts_referrals"),
    "owns": ("terms_follow_referrals", "must_refer", "price_counts_referrals"),
}
"""Facts of a row that say that it follows referrals."""


def pairs_over(g: Graph, referrals: pl.DataFrame) -> pl.DataFrame:
    """Pairs to which value comes back, as `returns.Returns.pairs`, where these referrals are all that there are.

    The search of the graph itself serves where they are all of it. One search otherwise.
    """
    if referrals.height == g.referrals.height and referrals.height:
        return g.returns.pairs
    if not referrals.height:
        from ownergraph.analysis.returns import PAIRS

        return pl.DataFrame(schema=PAIRS)
    return _with(g, referrals=referrals).returns.pairs


def _with(g: Graph, **frames: pl.DataFrame) -> Graph:
    """The same graph with other frames in the place of what it works out."""
    other = copy(g)
    other.__dict__.pop("returns", None)
    other.__dict__.update(frames)
    return other


def past_defended(g: Graph, pairs: pl.DataFrame, referrals: pl.DataFrame) -> pl.DataFrame:
    """The pairs; where every flow of the shortest path is defended, with another path of which one is not.

    So a defended lease hides no check beside it. Where there is no such path, among the `OTHERS` shortest that are
    certain, the pair stays as it is. O(flows) where something is defended, then one search a pair of that kind.

    Args:
        g: the graph.
        pairs: rows of `returns.Returns.pairs` that are certain.
        referrals: those that they rest on.
    """
    clear = g.defenses.excused("aks", pairs["value_rows"].explode().drop_nulls().unique().to_list())
    if not clear:
        return pairs
    hidden = pairs.filter(c("value_rows").list.eval(pl.element().is_in(sorted(clear)).all()).list.first())
    if not hidden.height:
        return pairs
    excused = g.defenses.excused("aks")
    sides = surest(g.referral_sides.filter("certain"))
    # of flows between the same two those that are not defended come first
    from ownergraph.analysis.returns import usable_flows

    flows = (
        usable_flows(g, g.returns.settings)
        .filter(~c("unsure"))
        .sort(c("flow").is_in(sorted(excused)), maintain_order=True)
        .select(g.flows.columns)
    )
    wanted = referrals.filter(c("start").is_not_null() & c("end").is_not_null()).join(hidden, on=PAIR, how="semi")
    search = _with(g, referrals=wanted, flows=flows, referral_sides=sides).return_paths(n=OTHERS)
    how = {(one, party): said for one, party, said in sides.select("referrer", "party", "how").iter_rows()}
    made: list[dict[str, Any]] = []
    for pair in hidden.iter_rows(named=True):
        for path in search.of(pair["referrer"], pair["receiver"]):
            values = [step for step in path.steps if step.kind != "side"]
            if any(step.row not in excused for step in values):
                made.append(pair | _row(path, how[pair["referrer"], values[-1].taker]))
                break
    other = pl.DataFrame(made, schema=pairs.schema)
    return pl.concat([pairs.join(other, on=PAIR, how="anti", maintain_order="left"), other]).sort(PAIR)


def _row(path: "ReturnPath", how: str) -> dict[str, Any]:
    values = [step for step in path.steps if step.kind != "side"]
    return {
        "hops": len(path.steps), "path": [step.row for step in path.steps], "value_rows": [step.row for step in values],
        "kinds": [step.kind for step in values], "taker": values[-1].taker, "how": how,
    }  # fmt: skip


def with_referral(g: Graph, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add `referral`, of the linked ones that fit the path in time the one of which most is known, and its facts.

    Adds real (null for counts of shared patients), paid (a federal program pays; nullable), and referral_dated.
    """
    flows = g.flows.select("flow", "start", "end")
    times = (
        pairs.select(*PAIR, flow="value_rows")
        .explode("flow")
        .join(flows.unique("flow", keep="first"), on="flow", how="left", maintain_order="left")
        .group_by(PAIR)
        .agg(_from=c("start").max(), _to=c("end").min())
    )
    window = pl.duration(days=WINDOW)
    facts = g.referrals.select(
        "referral", referral_start="start", referral_end="end", real=pl.when(~c("proxy")).then(True), paid="federal"
    )
    best = (
        pairs.select(*PAIR, referral="referrals")
        .explode("referral")
        .join(facts, on="referral", how="left", maintain_order="left")
        .join(times, on=PAIR, how="left", maintain_order="left")
        .with_columns(
            referral_dated=c("referral_start").is_not_null() & c("referral_end").is_not_null(),
            _open=c("real").is_null().cast(pl.Int32) + c("paid").is_null().cast(pl.Int32),
            # each flow lies at most a window from the referral
            _fits=(c("referral_end") >= c("_from") - window).fill_null(True)
            & (c("referral_start") <= c("_to") + window).fill_null(True),
        )
        .sort("_open", ~c("_fits"), ~c("referral_dated"), "referral")
        .unique(PAIR, keep="first", maintain_order=True)
        .select(*PAIR, "referral", "real", "paid", "referral_dated")
    )
    return pairs.join(best, on=PAIR, how="left", maintain_order="left")


def with_missing(g: Graph, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add what keeps a path from being certain, each true or null, and who is asked about.

    Adds dated (each flow has a day) with undated_from and undated_to, held (no holding on the path may be nothing) with
    holders and companies, kept (no payment on the path may have been given back whole) with payers and payees, and
    timed (the referral has a day; or what is missing is none of these).
    """
    undated = g.flows.filter("undated").select("flow", "giver", "taker")
    sure = known_by(g, "owns").filter(some_share())["id"]
    unsure = g.structure.tables["owns"].filter(~c("id").is_in(sure.implode())).select("id", "owner", "owned")
    steps = pairs.select(*PAIR, row="path").explode("row")
    days = (
        steps.join(undated, left_on="row", right_on="flow", how="inner", maintain_order="left")
        .group_by(PAIR)
        .agg(undated_from=c("giver").unique(maintain_order=True), undated_to=c("taker").unique(maintain_order=True))
    )
    shares = (
        steps.join(unsure, left_on="row", right_on="id", how="inner", maintain_order="left")
        .group_by(PAIR)
        .agg(holders=c("owner").unique(maintain_order=True), companies=c("owned").unique(maintain_order=True))
    )
    back = g.structure.tables["pays"].filter(c("id").is_in(g.payments_in_doubt.implode()))
    back = back.select("id", "payer", "payee")
    refunded = (
        steps.join(back, left_on="row", right_on="id", how="inner", maintain_order="left")
        .group_by(PAIR)
        .agg(payers=c("payer").unique(maintain_order=True), payees=c("payee").unique(maintain_order=True))
    )
    return (
        pairs.join(days, on=PAIR, how="left", maintain_order="left")
        .join(shares, on=PAIR, how="left", maintain_order="left")
        .join(refunded, on=PAIR, how="left", maintain_order="left")
        .with_columns(
            dated=pl.when(c("undated_from").is_null()).then(True),
            held=pl.when(c("holders").is_null()).then(True),
            kept=pl.when(c("payers").is_null()).then(True),
        )
        .with_columns(
            timed=pl.when(
                c("certain").fill_null(False)
                | (c("referral_dated") & (c("dated").is_null() | c("held").is_null() | c("kept").is_null()))
            ).then(True)
        )
    )


def with_ordinary(g: Graph, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add `ordinary`: "pay" or "profit" where a path is of an everyday kind, else null.

    "pay": all of it is the pay of employees (`EMPLOYS` with status w2, or wages under one), to the referrer or somebody
    of the same practice, after steps by which a company's profit goes to an organization that owns it, if any.
    "profit": the profit of a practice that goes to its owner, who refers to that very practice. Never where a row says
    that it follows referrals.
    """
    tables = g.structure.tables
    jobs = tables["employs"].filter((c("status") == "w2").fill_null(False))
    practices = g.entities.filter(c("roles").list.contains("practice").fill_null(False))["id"].implode()
    organizations = g.entities.filter(c("kind") == "organization")["id"].implode()
    pays = tables["pays"]
    wages = (
        pays.filter((c("purpose") == "wages").fill_null(False) & ~c("basis").is_in(list(PER_REFERRAL)).fill_null(False))
        .join(jobs, left_on=["payer", "payee"], right_on=["employer", "employee"], how="semi")
        .select(row="id", giver="payer", taker="payee", kind=pl.lit("pay"), follows=_follows("pays"))
    )
    profit = (
        pays.filter((c("purpose") == "distribution").fill_null(False))
        .join(tables["owns"], left_on=["payer", "payee"], right_on=["owned", "owner"], how="semi")
        .select(row="id", giver="payer", taker="payee", kind=pl.lit("profit"), follows=_follows("pays"))
    )
    held = tables["owns"].select(
        row="id", giver="owned", taker="owner", kind=pl.lit("profit"), follows=_follows("owns")
    )
    paid = jobs.select(
        row="id", giver="employer", taker="employee", kind=pl.lit("pay"),
        follows=_follows("employs") | (c("comp_basis") == "per_referral").fill_null(False),
    )  # fmt: skip
    known = pl.concat([paid, wages, profit, held]).filter(~c("follows")).drop("follows")
    own = c("giver").is_in(practices) & (c("giver") == c("receiver")) & (c("taker") == c("referrer"))
    # the number of the step in the path: the last is what reaches the side of the referrer
    steps = (
        pairs.select(*PAIR, row="value_rows")
        .with_columns(step=pl.int_ranges(c("row").list.len()))
        .explode("row", "step")
        .join(known, on="row", how="left", maintain_order="left")
        .with_columns(
            kind=pl.when(c("kind") == "pay").then(pl.lit("pay"))
            .when((c("kind") == "profit") & own).then(pl.lit("profit"))
            .when((c("kind") == "profit") & c("taker").is_in(organizations)).then(pl.lit("up"))
        )
    )  # fmt: skip
    told = steps.group_by(PAIR).agg(
        _all=c("kind").is_not_null().all(), _last=c("kind").sort_by("step").last(), _own=(c("kind") == "profit").any()
    )
    return (
        pairs.join(told, on=PAIR, how="left", maintain_order="left")
        .with_columns(
            ordinary=pl.when(c("_all") & (c("_last") != "up") & c("how").is_in(["self", "group"]))
            .then(pl.when(c("_own").fill_null(False)).then(pl.lit("profit")).otherwise(pl.lit("pay")))
        )
        .drop("_all", "_last", "_own")
    )  # fmt: skip


def _follows(table: str) -> pl.Expr:
    return pl.any_horizontal(*(c(name).fill_null(False) for name in FOLLOWS[table]))
