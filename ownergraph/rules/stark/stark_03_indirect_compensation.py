"""Pay of a physician, through somebody between, that follows what the physician refers.

What it finds: a chain of ownership and compensation, with at least one party between, from a physician who refers
    designated health services that Medicare or Medicaid pays for (or the immediate family, or the practice in whose
    shoes the physician stands) to the entity that furnishes them; the pay of the arrangement nearest to the physician
    varies in the aggregate with referrals or other business for that entity; and its unit is not at fair market value,
    or may rise with referrals or other business, or is paid for space or equipment; and the entity knows, or ignores,
    that it does.
Why it matters: an indirect compensation arrangement bars the referrals and the bills just as a direct one does, unless
    the exception for indirect arrangements is met.
What it does not mean: that anybody pays for referrals. A chain alone is no arrangement: without pay that follows
    referrals there is none. Pay for services that the physician personally performs does not count.
Facts it needs: the chain; of the arrangement nearest to the physician whether it varies with referrals in the
    aggregate, whether its unit does and is at fair market value, whether it is paid for personally performed services
    only; who controls the parties; referrals with service, payer and time. Chains of more than four links are not
    looked at, nor those through parties with more than 200 links, such as payers and banks.
When it is undecided: one of these facts is not recorded, and those on record do not settle it. That the entity knows is
    taken from the records only where it and who pays are the same, or one controls the other, or somebody controls
    both, or where the entity's own arrangement in the chain counts referrals: our reading; otherwise it is asked. A
    basis such as per test, or a formula on record that counts referrals, says that pay varies, and that its unit does.
    What the physician pays is received by nobody but the other side; where it is not at fair market value, or varies,
    the physician gets something for it.
What clears it: pay that does not vary with referrals; pay for personally performed services only; units at fair market
    value that count no referrals; every element of 42 CFR 411.357(p) recorded for the arrangement nearest to the
    physician. An owner who stands in the shoes of the practice has a direct arrangement instead (STARK-02); a titular
    owner's holding is no link.
References: 42 CFR 411.354(c)(2) as amended by 86 Fed. Reg. 64996 (effective January 1, 2022); 411.354(b)(3), (c)(1),
    (c)(3); 411.357(p).
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, Test, fact, rule
from ownergraph.rules.parties import related
from ownergraph.rules.stark._chains import chains, holds, of_chains, relates
from ownergraph.rules.stark._terms import terms

c = pl.col


@rule(
    "STARK-03",
    name="indirect-compensation",
    severity="high",
    basis="law",
    subject=("referrer", "receiver"),
    parties=("party",),
    defenses="stark",
    says="{referrer} refers {services}, paid by Medicare or Medicaid, to {receiver}; what {payer} pays {paid} varies "
    "with that business, and a chain of financial relationships links {holder} to {receiver}",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each referrer, receiver and arrangement nearest to the physician.

    A holding of the referrer itself in a practice is no first link: where it is titular it is no financial
    relationship, and otherwise the arrangement is direct.
    """
    rows = of_chains(chains(g), (c("kind") == "compensation") & ~c("direct") & ~c("own_practice"))
    if rows is None:
        return ()
    rows = _with_knowledge(g, _with_terms(g, rows))
    return Cases(
        rows.lazy(),
        relates() & holds() & _received() & _varies() & _unit() & _knows(),
        evidence=("path", "proof"),
        defended="pay",
    )


def _received() -> Test:
    return fact(c("received"), "Does {near} get more from {other} than what it pays for at fair market value?")


def _varies() -> Test:
    return fact(
        c("varies"),
        "Does what {payer} pays {paid} vary, in the aggregate, with what {referrer} refers to {receiver}, or with "
        "other business for it?",
    )


def _unit() -> Test:
    """What makes a unit of the pay count; a unit that rises with referrals is not personally performed only."""
    rises = fact(
        c("rises"), "May a unit of what {payer} pays {paid} (an hour, a use, an item) rise or fall with referrals?"
    )
    not_fmv = fact(~c("unit_is_fmv"), "Is each unit of what {payer} pays {paid} at fair market value?")
    lease = fact(c("lease"), "Does {payer} pay {paid} for space, for equipment or for the use of premises?")
    others = fact(
        ~c("own_services"),
        "Does {payer} pay {paid} for services only that {paid} personally performs?",
    )
    return rises | lease | (not_fmv & others)


def _knows() -> Test:
    return fact(c("knows"), "Does {receiver} know, or ignore, that what {payer} pays {paid} varies with that business?")


def _with_terms(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the terms of `pay`, `other` (its party further from the physician) and what follows from the terms.

    A fact on record wins over one that follows from another.
    """
    told = terms(g, rows["pay"].unique())
    gets = c("near") == c("paid")
    counts = pl.when(c("counts") | c("formula_counts_referrals")).then(True)
    return (
        rows.join(told, on="pay", how="left", maintain_order="left")
        .with_columns(
            other=pl.when(gets).then("payer").otherwise("paid"),
            rises=pl.coalesce("unit_varies_with_referrals", counts),
            # what the physician pays for is no service of the physician
            own_services=pl.when(gets).then("personally_performed_only").otherwise(False),
        )
        .with_columns(
            varies=pl.coalesce("varies_with_referrals", pl.when(c("rises")).then(True)),
        )
        .with_columns(
            received=pl.when(gets).then(True).otherwise(pl.coalesce(pl.when(c("varies")).then(True), ~c("is_fmv"))),
        )
    )


def _with_knowledge(g: Graph, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with `knows` (true or null) and `proof`, ids of rows that show common control."""
    keys = rows.select(party="receiver", manager="other").unique(maintain_order=True)
    last = rows.select(pay=c("rows").list.last()).unique(maintain_order=True)["pay"]
    own = terms(g, last).select(
        last="pay", _own=c("varies_with_referrals") | c("counts") | c("formula_counts_referrals")
    )
    tied = related(g, keys).rename({"party": "receiver", "manager": "other", "related": "_tied"})
    return (
        rows.with_columns(last=c("rows").list.last())
        .join(own, on="last", how="left", maintain_order="left")
        .join(tied, on=["receiver", "other"], how="left", maintain_order="left")
        .with_columns(knows=pl.when(c("_own") | c("_tied")).then(True), proof=c("proof").fill_null([]))
    )
