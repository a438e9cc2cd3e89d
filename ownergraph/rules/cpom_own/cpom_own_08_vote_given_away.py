"""The vote of shares in a practice is given to somebody who may not hold them.

What it finds: a proxy, power of attorney, voting agreement or voting trust over shares of a practice whose holder
    is not a physician or another eligible licensee (of a profession that the state lists for owners beside physicians;
    in Oregon and Texas physicians only), or is the manager, its affiliate or its owner. Asked of professional entities
    in the states with a ban, and of every practice where the state's doctrine has weight 2 or 3. A voting trust or a
    nominee's agreement reaches the vote by its nature, another instrument where its scope is voting or general.
Why it matters: eleven states void or bar such an instrument by statute; elsewhere it moves control from the
    licensed owner.
What it does not mean: that the vote was ever used, or that the holder controls the practice (that is OWNX-10).
Facts it needs: who holds the instrument and for whom, its scope, the holder's licenses, and who is affiliated with
    the manager; whether the list of proxies is complete; of what kind the practice is (`exempt_as`).
When it is undecided: the scope or the holder's licenses are not recorded; the list of proxies is open; the holder's
    profession is not settled in the state's row; the statute is wider than the rule (no voting trust or agreement at
    all in Delaware, Florida and Oregon, proxies to fellow owners only in Georgia and Oregon, none at all in
    Pennsylvania); the holder is an entity that may be a qualified one, where the state lets such entities own; the
    practice may itself be of an exempt kind; the ban, or elsewhere the doctrine, is not verified.
What clears it: a holder who is a qualified licensee without ties to the manager; in Oregon an attorney, but for a
    voting trust; an instrument that does not reach the vote; a practice that is itself of a kind that the state lets
    unlicensed persons own or, where it is no professional entity, lets employ physicians (undecided where the kind is
    not recorded, or is let on terms that were not read).
References: N.Y. BCL 1507(a); A.R.S. 10-2231; C.G.S. 33-182g; 8 Del. C. 610; Fla. Stat. 621.09; O.C.G.A. 14-7-5; 805
    ILCS 15/13; Mo. Rev. Stat. 356.121; ORS 58.515; 15 Pa.C.S. 2923(a); SDCL 47-11-3.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, Test, declared, fact, law, rule
from ownergraph.rules.cpom_own._holders import exempt_practice, is_professional, now
from ownergraph.rules.cpom_own._professions import with_eligible
from ownergraph.rules.parties import on_side, with_side

c = pl.col
KEY = ["practice", "state"]
VOTING = ["vote_shares", "general"]


@rule(
    "CPOM-OWN-08",
    name="vote-given-away",
    severity="critical",
    basis="law",
    parties=("grantee", "grantor"),
    gated=True,
    says="{grantee} may vote shares of {grantor} in {practice} by {by}, and {why}",
)
def cases(g: Graph) -> list[Cases]:
    """One row an instrument, practice and state; one for instruments not listed."""
    ban = c("proxy_ban_stated").fill_null(False)
    scope = now(
        g.practice_states.filter(
            c("state").is_not_null() & ((ban & is_professional()) | (c("cpom_weight_stated") >= 2).fill_null(False))
        )
    )
    severity = pl.when(ban).then(pl.lit("critical")).otherwise(pl.lit("high"))
    statute = (fact(ban, "") & law("proxy_ban")) | (fact(~ban, "") & law("cpom_weight"))
    unlisted = declared(
        g.complete("proxies", "practice"),
        "Is the list of proxies, powers of attorney and voting trusts over {practice} complete?",
    )
    rest = scope.lazy().with_columns(grantee=pl.lit(None, dtype=pl.String), grantor=pl.lit(None, dtype=pl.String))
    exempt = exempt_practice()
    held = (
        g.relations["HOLDS_PROXY"]
        .lazy()
        .with_columns(practice=pl.coalesce("over", "grantor"))
        .rename({"id": "proxy"})
        .select("practice", "proxy", "grantee", "grantor", "instrument", "scope")
    )
    given = now(scope.lazy().join(held, on="practice", how="inner", maintain_order="left_right"))
    votes = fact(
        c("instrument").is_in(["voting_trust", "nominee_agreement"])
        | (c("scope").list.set_intersection(VOTING).list.len() > 0),
        "Does the instrument that {grantee} holds reach the vote of the shares of {grantor} in {practice}?",
    )
    found = statute & votes & ~_fit() & ~exempt
    return [
        *([Cases(_held(g, given), found, ("proxy", "grantee_via"), severity)] if given.height else []),
        Cases(rest, statute & unlisted & ~exempt, severity=severity),
    ]


def _held(g: Graph, given: pl.DataFrame) -> pl.LazyFrame:
    """The instruments, with what is known of who holds them."""
    rows = with_eligible(g, with_side(g, given.lazy(), "grantee"), "grantee")
    return (
        rows.join(g.entities.lazy().select(grantee="id", roles_="roles", act="professional"), on="grantee", how="left")
        .join(
            g.ownership.rows.lazy().select(practice="owned", grantee="owner").unique().with_columns(fellow=True),
            on=["practice", "grantee"],
            how="left",
        )
        .with_columns(
            grantee_via=c("grantee_via").fill_null([]),
            by=pl.format("a {}", c("instrument").fill_null("proxy").str.replace_all("_", " ")),
            why=pl.when(c("grantee_side"))
            .then(pl.lit("is the manager of the practice or affiliated with it"))
            .when(c("grantee_kind") != "person")
            .then(pl.lit("is no licensed person"))
            .otherwise(pl.format("is no licensee of {} who may hold them", "state")),
        )
    )


def _fit() -> Test:
    """Whether the holder may have the vote: eligible, without ties to a manager, and nothing wider in the statute."""
    person = c("grantee_kind") == "person"
    # an entity of professionals may be qualified where the state's row lists such holders
    entity = c("lay_owner_exempt_stated").list.contains("qualified_entity") & c("act").fill_null(True)
    eligible = fact(
        pl.when(person).then(c("grantee_eligible")).when(entity).then(None).otherwise(False),
        "Does {grantee} hold a license that lets {grantee} own shares of {practice} in {state}?",
    )
    trust = c("instrument").is_in(["voting_trust", "voting_agreement"]).fill_null(True)
    wider = (
        (c("state") == "PA")
        | (c("state").is_in(["FL", "OR", "DE"]) & trust)
        | (c("state").is_in(["GA", "OR"]) & c("fellow").is_null())
    )
    narrow = fact(
        pl.when(wider).then(None).otherwise(True),
        "Counsel must check: the statute of {state} may bar this instrument whoever holds it, or want a fellow owner",
    )
    attorney = fact(
        pl.when((c("state") != "OR") | ~person | (c("instrument") == "voting_trust").fill_null(False))
        .then(False)
        .when(c("roles_").list.contains("counsel"))
        .then(True)
        .when(c("roles_").list.len() > 0)
        .then(False),
        "Is {grantee} an attorney?",
    )
    return ((eligible & narrow) | attorney) & ~on_side("grantee")
