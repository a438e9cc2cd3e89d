"""The manager's side, or another unlicensed party, alone signs on an account of the practice or sweeps it.

What it finds: a person or company on the manager's side, or without a license, that signs alone on an account in
    the practice's name or has a standing order that moves its money, which the practice may not revoke. Whoever acts
    for such a party counts as it does; the practice's own staff counts where it is not licensed in the state; the
    practice itself never. In Illinois only an account that is not in the licensee's sole control. It applies in every
    state.
Why it matters: Medicare and Medicaid payments may go to the provider only, in an account in its sole control; and
    whoever holds the money holds the practice. In Carothers lay persons held it, without any management company.
What it does not mean: that money was misused. A lockbox in the provider's name and sole control, with a standing
    sweep that the provider may revoke, is the usual and allowed form.
Facts it needs: accounts and in whose name, who signs and for whom, whether alone or by sweep, whether the practice
    may revoke it, whether government payers pay into the account and who controls it.
When it is undecided: one of these is not recorded and could decide; in Illinois it is not recorded who controls the
    account, and nobody else alone signs on it for good (where somebody does, it is in nobody's sole control); accounts
    or signers may not be listed.
What clears it: a signature or sweep that the practice may revoke at any time; a signer who is licensed and acts for
    the practice; in Illinois an account that is recorded as in the licensee's sole control, whoever signs on it.
References: 42 U.S.C. 1395u(b)(6), 1396a(a)(32); 42 CFR 424.71, 424.73, 424.80, 447.10; 225 ILCS 60/22.2(d); Andrew
    Carothers, M.D., P.C. v. Progressive, 33 N.Y.3d 389 (2019). Law for government receivables, critical where the
    account is not in the provider's sole control; a heuristic for other accounts, scaled by the state's doctrine.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, declared, fact, rule
from ownergraph.rules.parties import with_side, with_unlicensed

c = pl.col


def _signers(g: Graph) -> pl.LazyFrame:
    """Signers x accounts in the practice's name x practice and state, with the side and license of each party."""
    held = g.relations["HELD_BY"].lazy()
    held = held.select("account", "government_receivables", "provider_sole_control", practice="holder", holding="id")
    signs = g.relations["SIGNS_ON"].lazy()
    signs = signs.select("signer", "account", "on_behalf_of", "sole", "sweep", "revocable_by_practice", signature="id")
    rows = (
        g.practice_states.filter(c("state").is_not_null())
        .join(held, on="practice", how="inner", maintain_order="left_right")
        .join(signs, on="account", how="inner", maintain_order="left_right")
    )
    for party in ("signer", "on_behalf_of"):
        rows = with_unlicensed(g, with_side(g, rows, party), party)
    itself = c("signer") == c("practice")
    own_staff = c("on_behalf_of") == c("practice")
    return rows.with_columns(
        outside=pl.when(itself)
        .then(False)
        .when(own_staff)
        .then(c("signer_unlicensed"))
        .otherwise(c("signer_side") | c("signer_unlicensed") | c("on_behalf_of_side") | c("on_behalf_of_unlicensed")),
        # nobody is in sole control of an account on which another alone signs for good
        sole_control=pl.when(c("provider_sole_control").is_null() & c("sole") & ~c("revocable_by_practice"))
        .then(False)
        .otherwise(c("provider_sole_control")),
    )


@rule(
    "CTRL-10",
    name="signer-or-sweep-of-manager",
    severity="high",
    basis="heuristic",
    parties=("signer", "account"),
    gated=True,
    says="{signer}{behalf} {how} {account} of {practice}, and {practice} may not revoke it{government}",
)
def cases(g: Graph) -> list[Cases]:
    """One row for each signer on each account of a practice and state, and one for those that are not listed."""
    federal = (c("government_receivables") & ~c("sole_control")).fill_null(False)
    rows = _signers(g).with_columns(
        # the federal rule is the same in every state, whatever the weight of its doctrine
        cpom_weight_stated=pl.when(federal).then(None).otherwise(c("cpom_weight_stated")),
        behalf=pl.lit(""),
        how=pl.when(c("sole") & c("sweep"))
        .then(pl.lit("alone signs on and sweeps"))
        .when("sole")
        .then(pl.lit("alone signs on"))
        .otherwise(pl.lit("sweeps")),
        government=pl.when(federal)
        .then(pl.lit("; government payers pay into it, and it is not in the provider's sole control"))
        .otherwise(pl.lit("")),
    )
    names = pl.DataFrame({"on_behalf_of": list(g.names), "_name": list(g.names.values())}).lazy()
    rows = rows.join(names, on="on_behalf_of", how="left", maintain_order="left").with_columns(
        behalf=pl.when(c("_name").is_not_null() & (c("on_behalf_of") != c("signer")))
        .then(pl.format(" (for {})", "_name"))
        .otherwise(pl.lit(""))
    )
    outside = fact(
        c("outside"),
        "For whom does {signer} sign on {account}: for {practice}, for its manager's side, or for somebody else; and "
        "is that party licensed in {state}?",
    )
    sole = fact(c("sole"), "May {signer} sign on {account} alone?")
    sweep = fact(c("sweep"), "Does a standing order move the money on {account} to the side of {signer}?")
    revocable = fact(c("revocable_by_practice"), "May {practice} revoke the right of {signer} on {account}?")
    illinois = fact(
        pl.when(c("state") == "IL").then(c("sole_control")).otherwise(False),
        "Is {account} in the sole control of the licensee?",
    )
    severity = pl.when(federal).then(pl.lit("critical")).otherwise(pl.lit("high"))
    rest = g.practice_states.filter(c("state").is_not_null()).with_columns(
        signer=pl.lit(None, dtype=pl.String), account=pl.lit(None, dtype=pl.String)
    )
    closed = declared(
        g.complete("accounts", "practice") & g.complete("signers", "practice"),
        "Are the lists of accounts of {practice} and of those who may sign on or sweep them complete?",
    )
    return [
        Cases(
            rows,
            outside & (sole | sweep) & ~revocable & ~illinois,
            evidence=("signer_via", "on_behalf_of_via", "signature", "holding"),
            severity=severity,
        ),
        Cases(rest, closed),
    ]
