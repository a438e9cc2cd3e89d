"""A physician, or immediate family, owns part of who furnishes what the physician refers.

What it finds: an ownership or investment interest, direct or through companies, that a physician or a member of the
    immediate family holds in an entity that furnishes designated health services, in force at a time at which the
    physician refers such services to it and Medicare or Medicaid pays. Options, and loans secured with property or
    revenue of the entity, are such interests.
Why it matters: without an exception the physician may not refer, and the entity may not bill for what was referred,
    whatever anybody intended and however small the interest is.
What it does not mean: that a referral was made for the sake of the interest, or that no exception applies: those who
    rely on one may have what they need on file.
Facts it needs: who owns what, and when; whether an interest is titular; family; licenses; referrals with service,
    payer and time. Holdings, distributions and referrals that are not listed are not looked at, nor is a receiver of
    which it is not recorded that it furnishes such services, nor chains of more than six holdings.
When it is undecided: it is not recorded whether the interest carries a right to profit or proceeds (a titular one is no
    interest; a distribution, or an instrument that carries the right, settle it), or an interest on record as titular
    stands beside a payment of which nobody says that it was no distribution; whether it is of any size (a share of 0
    to 10 %, say), whether a loan is secured, or whether an option without a price was received as pay, which makes it
    compensation; the payer, the time, the service or the nature of the referrals (counts of shared patients) is open; a
    practice refers, and it is open which of its owners do.
What clears it: an exception of which every element is recorded: publicly traded securities, mutual funds, a rural
    provider, a whole hospital with physician owners since 2010, in-office ancillary services; a titular interest; no
    payment by Medicare or Medicaid.
References: 42 U.S.C. 1395nn(a), (c), (d); 42 CFR 411.353, 411.354(b), 411.355, 411.356, 411.362.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.stark._chains import chains, holds, of_chains, relates

c = pl.col


@rule(
    "STARK-01",
    name="physician-owned-entity",
    severity="critical",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("party",),
    defenses="stark",
    says="{referrer} refers {services}, paid by Medicare or Medicaid, to {receiver}, in which {holder} has an "
    "ownership or investment interest",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each referrer, receiver and chain of holdings.

    A physician stands in the shoes of a practice for compensation only (42 CFR 411.354(c)(1)(ii)), so that what the
    practice owns is looked at through the holding in the practice.
    """
    rows = of_chains(chains(g), ((c("kind") == "ownership") | c("loan")) & (c("how") != "owned"))
    if rows is None:
        return ()
    bought = fact(
        ~c("option"), "Was the option through which {party} holds part of {receiver} bought, and not received as pay?"
    )
    secured = fact(c("secured"), "Is the loan of {party} to {receiver} secured with property or revenue of {receiver}?")
    return Cases(
        _with_defended(g, rows).lazy(), relates() & holds() & bought & secured, evidence=("path",), defended="defended"
    )


def _with_defended(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the holding that an exception has to be about.

    The exceptions are about the interest in the entity. Along a chain that may be the physician's own holding (a share
    in a listed parent) or one further down (a company's share in a whole hospital): the first that an exception covers,
    the physician's own where none does.
    """
    indirect = rows.filter(~c("direct"))["rows"].explode().unique()
    covered = g.defenses.excused("stark", indirect.drop_nulls()) if len(indirect) else frozenset()
    first = c("rows").list.eval(pl.element().filter(pl.element().is_in(sorted(covered)))).list.first()
    return rows.with_columns(defended=pl.coalesce(first, "link"))
