"""A receiver of referrals pays a management or marketing company that those who refer, or their family, own.

What it finds: a company that a receiver of federal referrals pays, directly or through one more company or person that
    does not itself belong to who refers or to family (then it is the company that is paid), for commissions, marketing,
    management, consulting or other services; an interest in that company, or a distribution of it, of the physician who
    refers, of immediate family, of a company that they own, or of a person who owns the practice that refers; each
    payment and the interest at most 120 days from the same referral (our heuristic). All of that is necessary, and so
    is one mark: the company manages no practice; the holder's interest cost at most $10,000 in all; payments on the
    path, or distributions, are by the test, order or referral, are recorded to vary with referrals, or rise and fall
    with them (rank correlation of at least 0.6, corrected p-value of at most 5%); the terms of the interest follow
    referrals, or the holder must refer. Critical with one of the last two or with both of the first two; high with one
    of the first two alone. Marks, their numbers and the grades are heuristics: the cases speak of no or trivial managed
    practices and of a few thousand dollars.
Why it matters: the return on the investment may be the laboratory's or hospital's pay for orders.
What it does not mean: that the company does nothing, or that anybody was paid for referrals. Physicians own real
    management companies, and a small one costs little.
Facts it needs: payments with purpose, basis and day; holdings with what was paid for them; agreements of the company;
    referrals with payer and time; licenses, family. Practices and other furnishers of care are no such companies, and
    pay called wages, rent, goods or a loan is not looked at; nor are payments, holdings and referrals that are not
    listed, longer chains, and whether most investors refer. Distributions count whatever their day.
When it is undecided: no mark is recorded, and one is not known (with an open list of agreements it is not known that
    the company manages no practice); what the payments are for, or what the company does, is not recorded; the share
    may be nothing; payer or time of the referrals or the day of a payment is not recorded, or they are counts of shared
    patients; it is not recorded whether the referrer is a physician; the link of the holder is not certain, or whether
    the one between belongs to the side of who refers.
What clears it: no mark; or every element of a safe harbor recorded as met for the interest (42 CFR 1001.952(a)), and
    for each payment on the path (1001.952(d)).
References: US ex rel. STF, LLC v. Grottenthaler, No. 4:16-cv-547 (E.D. Tex.).
"""

from typing import Final

import polars as pl

from ownergraph.analysis.flows import known_by
from ownergraph.model.columns import no_share, some_share
from ownergraph.model.compensation import FOLLOWS_REFERRALS
from ownergraph.model.vocabulary import PER_REFERRAL
from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.loop._marks import clauses, how_many, is_so, told
from ownergraph.rules.loop._passed import furnishers
from ownergraph.rules.loop._payments import SHOWN, streams
from ownergraph.rules.referring import any_referrals, arrangements, known_rows, referred, sure_link

c = pl.col

SMALL_USD: Final = 10_000
"""Most that a small buy-in costs (heuristic; the cases: a few thousand dollars)."""
CORRELATION: Final = 0.6
CHANCE: Final = 0.05
"""Least rank correlation, and most corrected p-value, with which payments follow referrals (heuristics, as AKS-01)."""
BRINGING: Final = ("commission", "marketing", "management_fee")
"""What only a company for management or marketing is paid for."""
SERVICES: Final = (*BRINGING, "consulting", "other")

MARKS: Final = {
    "the company manages no practice": c("manages_none"),
    f"the interest cost at most ${SMALL_USD:,}": c("small"),
    "payments follow the orders": c("follows"),
    "the terms of the interest follow referrals": c("terms"),
}


@rule(
    "LOOP-01",
    name="investment-kickback",
    severity="critical",
    basis="enforcement",
    subject=("referrer", "receiver"),
    parties=("company", "owner"),
    defenses="aks",
    says="{receiver} pays {company}{through} (payments: {times}; sum: {total_usd}), {owner} {has} it, and {referrer} "
    "refers federal business to {receiver}; {why}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each interest, way in which the company is paid, and one who refers."""
    if not any_referrals(g) or not g.structure.tables["pays"].height:
        return ()
    interests = _interests(g)
    rows = _paid(g, interests) if interests.height else None
    found = None if rows is None else arrangements(g, "OWNS", law="aks", rows=rows)
    if found is None or not (found := _of_referrers(g, found)).height:
        return ()
    found = _with_marks(g, found)
    test = (
        fact(c("serves"), "What does {receiver} pay for, and what is paid on to {company}?")
        & fact(c("brings"), "Is {company} a company for management, marketing or recruiting?")
        & fact(c("held"), "What share of {company} does {owner} hold? Is it more than nothing?")
        & (
            fact(c("manages_none"), "Which practices does {company} manage? Is the list of its agreements complete?")
            | fact(c("small"), "What did {owner} pay for its interest in {company}?")
            | fact(
                c("follows"),
                "Do the payments of {receiver} to {company}{through}, or the distributions to {owner}, vary with "
                "referrals or orders?",
            )
            | fact(
                c("terms"),
                "Do the terms of the interest of {owner} in {company} follow referrals, or must {owner} refer to keep "
                "it?",
            )
        )
        & fact(c("apart"), "Does {via}, between {receiver} and {company}, itself belong to {referrer} or to family?")
        & fact(c("referrer_physician"), "Is {referrer} a physician?")
        & referred("aks", "the interest in, and the pay of, {company}")
    )
    worst = is_so(c("follows")) | is_so(c("terms")) | (how_many(*MARKS.values()) > 1)
    return Cases(
        found.lazy(),
        test,
        evidence=("referrals", "shown", "interest", "distributions_shown", "side_rows"),
        severity=pl.when(worst).then(pl.lit("critical")).otherwise(pl.lit("high")),
        defended="defended",
    )


def _follows() -> pl.Expr:
    """Whether a payment follows referrals, by its terms (nullable)."""
    yes = c("basis").is_in(list(PER_REFERRAL)) | pl.any_horizontal(*(is_so(c(name)) for name in FOLLOWS_REFERRALS))
    return told(yes, ~c("varies_with_referrals"))


def _interests(g: Graph) -> pl.DataFrame:
    """Interests in companies that furnish no care: holdings, and distributions to those without a holding on record.

    Columns: owner, company, interest (id of the holding; null for a distribution), held (nullable: more than nothing),
    invested_usd (for all holdings of the owner; null where one is not recorded), terms (nullable), distributions (ids),
    dist_follows (nullable; false without distributions), start, end, undated.
    """
    key = ["owner", "company"]
    companies = g.entities.filter((c("kind") != "person") & ~c("id").is_in(furnishers(g)))["id"].implode()
    cost = c("consideration_usd")
    holdings = (
        known_rows(g, "OWNS")
        .filter(~no_share() & ~is_so(c("titular")) & c("owned").is_in(companies))
        .select(
            "owner",
            company="owned",
            interest="agreement",
            more=pl.when(some_share()).then(True),
            invested_usd=pl.when(cost.null_count().over("owner", "owned") == 0).then(cost.sum().over("owner", "owned")),
            terms=told(is_so(c("terms_follow_referrals")) | is_so(c("must_refer")),
                       ~c("terms_follow_referrals") & ~c("must_refer")),
            start="start", end="end", undated="undated",
        )
    )  # fmt: skip
    distributions = (
        g.structure.tables["pays"]
        .filter((c("purpose") == "distribution") & c("payer").is_in(companies))
        .select(owner="payee", company="payer", flow="id", follows=_follows())
        .join(g.flows.select("flow", "start", "end", "undated"), on="flow", how="inner", maintain_order="left")
        .group_by(key, maintain_order=True)
        .agg(
            distributions=c("flow"),
            dist_follows=c("follows").any(ignore_nulls=False),
            _start=pl.when(c("start").null_count() == 0).then(c("start").min()),
            _end=pl.when(c("end").null_count() == 0).then(c("end").max()),
            _undated=c("undated").any(),
        )
    )
    return (
        holdings.join(distributions, on=key, how="full", coalesce=True, maintain_order="left_right")
        .with_columns(
            held=c("more") | pl.when(c("distributions").is_not_null()).then(True),
            dist_follows=pl.when(c("distributions").is_not_null()).then("dist_follows").otherwise(False),
            start=pl.when(c("interest").is_null()).then("_start").otherwise("start"),
            end=pl.when(c("interest").is_null()).then("_end").otherwise("end"),
            undated=pl.when(c("interest").is_null()).then("_undated").otherwise("undated"),
        )
        .drop("more", "_start", "_end", "_undated")
    )


def _paid(g: Graph, interests: pl.DataFrame) -> pl.DataFrame | None:
    """The interests with each way in which a receiver pays the company, as rows for `referring.arrangements`.

    Adds owned (the receiver), via (the company between; null), payments (ids), shown, times, total_usd (of the
    receiver's payments), serves (nullable: all are paid for services), bringing (one is for commissions, marketing or
    management), paid_follows (nullable). Start and end are such that a referral which is in time for them is in time
    for each payment and for the interest.
    """
    paid = streams(
        g, c("purpose").is_in([*SERVICES, "distribution"]).fill_null(True), ("purpose", "basis", *FOLLOWS_REFERRALS)
    )
    if paid is None:
        return None
    each = is_so(c("basis").is_in(list(PER_REFERRAL)))
    paid = paid.select(
        "payer", "payee", "agreement", "payments", "shown", "times", "total_usd", "start", "end", "undated", "purpose",
        serves=pl.when(c("purpose").is_not_null() | each).then(True),
        bringing=is_so(c("purpose").is_in(list(BRINGING))) | each,
        follows=_follows(),
    )  # fmt: skip
    receivers = g.referrals["receiver"].unique().implode()
    into = paid.filter(c("payer").is_in(receivers) & (c("purpose") != "distribution").fill_null(True)).drop("purpose")
    between = into.filter(~c("payee").is_in(furnishers(g))).join(
        paid.filter(c("payee").is_in(interests["company"].implode())).drop("purpose", "times", "total_usd"),
        left_on="payee", right_on="payer", how="inner", suffix="_on", maintain_order="left",
    )  # fmt: skip
    between = between.filter((c("payee_on") != c("payer")) & (c("payee_on") != c("payee")))
    ways = pl.concat(
        [
            into.with_columns(company="payee", via=pl.lit(None, dtype=pl.String)).drop("payee"),
            between.select(
                "payer", "times", "total_usd",
                company="payee_on",
                via="payee",
                agreement=pl.concat_str("agreement", "agreement_on", separator=" "),
                payments=c("payments").list.concat("payments_on"),
                shown=c("shown").list.concat("shown_on"),
                start=pl.max_horizontal("start", "start_on"),
                end=pl.min_horizontal("end", "end_on"),
                undated=c("undated") | c("undated_on"),
                serves=c("serves") & c("serves_on"),
                bringing=c("bringing") | c("bringing_on"),
                follows=c("follows") | c("follows_on"),
            ),
        ],
        how="diagonal",
    )  # fmt: skip
    rows = interests.join(ways, on="company", how="inner", suffix="_paid", maintain_order="left").filter(
        c("owner") != c("payer")
    )
    if not rows.height:
        return None
    return rows.with_columns(
        agreement=pl.concat_str(
            pl.coalesce("interest", c("distributions").list.first()), "agreement", separator=" "
        ),
        owned="payer",
        start=pl.max_horizontal("start", "start_paid"),
        end=pl.min_horizontal("end", "end_paid"),
        undated=c("undated") | c("undated_paid"),
        paid_follows="follows",
    ).drop("payer", "start_paid", "end_paid", "undated_paid", "follows")  # fmt: skip


def _of_referrers(g: Graph, found: pl.DataFrame) -> pl.DataFrame:
    """Rows whose holder is one who refers, family, their company, or a person who owns the practice that refers.

    What is paid through a company of the referrer or of family is left out: it is itself the company that is paid.
    Adds `apart` (null where the one between may be such a company, otherwise true).
    """
    who = g.entities.select(
        referrer="id", _can=(c("kind") == "person") | c("roles").list.contains("practice").fill_null(False)
    )
    persons = g.entities.filter(c("kind") == "person")["id"].implode()
    own = g.referral_sides.filter(c("how").is_in(["self", "family", "owned"])).group_by("referrer", via="party")
    sides = own.agg(_own=sure_link().any(ignore_nulls=False), _listed=pl.lit(True))
    return (
        found.join(who, on="referrer", how="left", maintain_order="left")
        .filter(
            ~c("receiver_first")
            & c("_can")
            & (c("company") != c("receiver"))
            & (c("how").is_in(["self", "family", "owned"]) | ((c("how") == "owner") & c("party").is_in(persons)))
        )
        .join(sides, on=["referrer", "via"], how="left", maintain_order="left")
        .filter(~is_so(c("_own")))
        .with_columns(apart=pl.when(c("_listed").is_null() | ~c("_own")).then(True))
    )


def _with_marks(g: Graph, found: pl.DataFrame) -> pl.DataFrame:
    """Rows with the marks and what the message says of them."""
    roles = g.entities.select(managed="id", _roles=c("roles").fill_null([]))
    # agreements that have ended, too: referrals lie in the past
    managed = known_by(g, "manages").join(roles, on="managed", how="left", maintain_order="left").group_by(
        company="manager"
    ).agg(
        manages=c("_roles").list.contains("practice").any(),
        # what has no role on record may be a practice
        _perhaps=(c("_roles").list.len() == 0).any(),
    )  # fmt: skip
    named = c("roles").fill_null([]).list.set_intersection(["mso", "recruiter"]).list.len() > 0
    companies = g.entities.select(company="id", _named=named)
    moving = g.volume.pairs.filter(~c("proxy") & (c("rho") >= CORRELATION) & (c("p_adjusted") <= CHANCE)).select(
        "referrer", "receiver", "payers"
    )
    none = pl.lit([], dtype=pl.List(pl.String))
    through = pl.when(c("via").is_not_null()).then(pl.format(" through {}", c("via").replace(_names(g, found))))
    return (
        found.join(companies, on="company", how="left", maintain_order="left")
        .join(moving, on=["referrer", "receiver"], how="left", maintain_order="left")
        .join(managed, on="company", how="left", maintain_order="left")
        .with_columns(
            c("manages", "_perhaps").fill_null(False),
            distributions=c("distributions").fill_null(none),
            moves=is_so(c("payers").list.contains(c("company")) | c("payers").list.contains(c("receiver"))),
        )
        .with_columns(
            brings=pl.when(c("_named") | c("manages") | c("bringing")).then(True),
            manages_none=pl.when("manages")
            .then(False)
            .when(g.complete("agreements", "company") & ~c("_perhaps"))
            .then(True),
            small=c("invested_usd") <= SMALL_USD,
            follows=c("moves") | c("paid_follows") | c("dist_follows"),
            distributions_shown=c("distributions").list.head(SHOWN),
            defended=c("payments")
            .list.concat(pl.concat_list(pl.coalesce("interest", c("distributions").list.first())))
            .list.concat("distributions"),
            through=through.otherwise(pl.lit("")),
            has=pl.when(c("interest").is_not_null())
            .then(pl.lit("owns part of"))
            .otherwise(pl.lit("gets distributions of")),
        )
        .with_columns(why=clauses(MARKS), agreement=pl.coalesce("interest", c("payments").list.first()))
    )


def _names(g: Graph, found: pl.DataFrame) -> dict[str, str]:
    return {one: g.name(one) for one in found["via"].drop_nulls().unique().sort()}
