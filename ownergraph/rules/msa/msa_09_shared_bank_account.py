"""Practice and manager share a bank account, or the practice has none of its own.

What it finds: an account that both deposit to or hold, or that one of them holds and the other deposits to; or a
    practice in whose name no account is, where the list of accounts is complete.
Why it matters: the source guide asks for independent accounts; Medicare pays into an account that the provider alone
    controls; courts took the mixing of funds as a sign that the manager is the true owner.
What it does not mean: that money was misused, or that the manager may sign for the account (CTRL-10).
Facts it needs: the accounts, in whose name they are, who deposits to them; whether the list of accounts is complete
    for practice and manager, and the list of agreements for the practice.
When it is undecided: these lists are not complete; there may be another agreement.
What clears it: an account in the practice's own name for its receipts, and another for the manager's.
References: the source guide; 42 CFR 424.73; 42 CFR 424.80; Andrew Carothers, M.D., P.C. v. Progressive Insurance Co.,
    33 N.Y.3d 389 (2019).
"""

import polars as pl

from ownergraph.rules.agreements import other_agreements
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col


@rule(
    "MSA-09",
    name="shared-bank-account",
    severity="high",
    basis="law",
    parties=("manager",),
    says="{practice}, which {manager} manages, {how}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each agreement, and one for other agreements."""
    held = g.relations["HELD_BY"].lazy().select("account", "id", party="holder")
    uses = pl.concat([held, g.relations["DEPOSITS_TO"].lazy().select("account", "id", party="depositor")])
    pairs = g.agreements.select("practice", "manager").unique()
    shared = (
        pairs.join(uses.rename({"party": "practice", "id": "_p"}), on="practice")
        .join(uses.rename({"party": "manager", "id": "_m"}), on=["manager", "account"])
        .group_by("practice", "manager")
        .agg(
            shared=c("account").unique().sort(),
            rows=pl.concat_list("_p", "_m").list.explode(keep_nulls=False, empty_as_null=False).unique().sort(),
        )
    )
    own = held.group_by(practice="party").agg(own=c("account").sort())
    rows = (
        g.agreements.join(shared, on=["practice", "manager"], how="left", maintain_order="left")
        .join(own, on="practice", how="left", maintain_order="left")
        .with_columns(together=c("shared").is_not_null())
        .with_columns(
            how=pl.when(c("together"))
            .then(pl.lit("shares an account with it"))
            .otherwise(pl.lit("has no account in its own name"))
        )
    )
    both = g.complete("accounts", "practice") & g.complete("accounts", "manager")
    together = fact(
        pl.when(c("together")).then(True).when(both).then(False),
        "Which accounts do {practice} and {manager} hold or deposit to, and is any of them the same?",
    )
    none = fact(
        pl.when(c("own").is_not_null()).then(False).when(g.complete("accounts", "practice")).then(True),
        "Does {practice} have an account in its own name?",
    )
    return [Cases(rows, together | none, evidence=("agreement", "rows")), other_agreements(g, rows)]
