"""A new line of business for the owner's own patients that a would-be competitor runs: a turn-key joint venture.

What it finds: an agreement by which a manager runs nearly all operations of a new line of its owner, which serves the
    owner's own patients only, or nearly; the manager furnishes the same items or services itself and would be a
    competitor; the owner bears no business risk; what the manager gets varies with the volume or value of the business;
    and federal programs pay for what the line furnishes. All of it has to be recorded (our reading of the bulletin,
    which lists these marks and asks for no fixed number of them).
Why it matters: the owner contributes little but its federal patients, and is paid for them with the profit of the
    line.
What it does not mean: that every contract with a supplier is suspect, or that the fee is too high. A safe harbor for
    the manager's fee does not cover the owner's profit, so that no defense takes this away; those on record are listed.
Facts it needs: the marks named above, recorded with the agreement; the basis of the fee; whether the line bills
    federal programs, or referrals to it with their payer. Agreements that are not in force on the day of the audit are
    not looked at; nor are those of parties of whom no agreement in force says, yes or no, whether it is a new line,
    serves the owner's patients only, is run by the manager, or whether the manager competes (that the owner bears no
    risk makes no venture by itself); nor are agreements and referrals that are not listed.
When it is undecided: some of the marks, the basis of the fee, or the payers are not recorded, and no mark is recorded
    as absent; or the fee covers costs, which may follow the business, and it is not recorded that it does not vary.
What clears it: the owner bears real business risk, runs the line itself, or serves others too; the manager is no
    competitor; or the fee is fixed, or paid by the hour, and nothing on record says that it varies with referrals.
References: OIG Special Advisory Bulletin, 68 Fed. Reg. 23148 (Apr. 30, 2003); OIG Special Fraud Alerts, 59 Fed. Reg.
    65372 (Dec. 19, 1994); Hanlester Network v. Shalala, 51 F.3d 1390 (9th Cir. 1995).
"""

import polars as pl

from ownergraph.model.compensation import FOLLOWS_REFERRALS
from ownergraph.model.vocabulary import FIXED, PERCENTAGE
from ownergraph.rules.api import Cases, Graph, fact, rule

c = pl.col
MARKS = ("new_line", "own_patients_only", "operations_contracted", "manager_competes")
VARIES = (*PERCENTAGE, "per_unit")
"""Bases of a fee that varies with the volume or value of the business."""


@rule(
    "AKS-06",
    name="contractual-joint-venture",
    severity="high",
    basis="law",
    subject=("managed",),
    parties=("manager",),
    defenses="aks",
    says="{manager}, a would-be competitor, runs nearly all operations of {managed}, a new line for its owner's own "
    "patients; the owner bears no business risk, and the pay of {manager} varies with the business",
)
def cases(g: Graph) -> Cases | tuple[()]:
    """One row for each management agreement with a mark of such a venture on record."""
    if all(g.structure.tables["manages"][name].null_count() == g.structure.tables["manages"].height for name in MARKS):
        return ()
    manages = g.relations["MANAGES"]
    mark = pl.any_horizontal(c(name).is_not_null() for name in MARKS)
    marked = manages.filter(mark.any().over("manager", "managed"))
    if not marked.height:
        return ()
    parts = g.table("fee_components").group_by("agreement").agg(_parts=c("basis"))
    bills = g.entities.select("bills_federal_programs", managed="id")
    paid = g.referrals.group_by(managed="receiver").agg(
        _paid=(c("federal") & pl.when(~c("proxy")).then(True)).any(ignore_nulls=False), referrals=c("referral").head(3)
    )
    whole = pl.concat_list(pl.concat_list("fee_basis"), c("_parts").fill_null([]))
    bases = pl.when(c("fee_basis").is_null() & c("_parts").is_not_null()).then("_parts").otherwise(whole)
    follows = bases.list.eval(pl.element().is_in(VARIES).any(ignore_nulls=False)).list.first()
    fixed = bases.list.eval(pl.element().is_in(FIXED).all(ignore_nulls=False)).list.first()
    said = pl.any_horizontal(*(c(name).fill_null(False) for name in FOLLOWS_REFERRALS))
    rows = (
        marked.rename({"id": "agreement"})
        .join(parts, on="agreement", how="left", maintain_order="left")
        .join(bills, on="managed", how="left", maintain_order="left")
        .join(paid, on="managed", how="left", maintain_order="left")
        .with_columns(
            # costs may follow the business, unless it is recorded that the pay does not
            pay_varies=pl.when(follows | said)
            .then(True)
            .when(fixed | (~follows & ~c("varies_with_referrals")))
            .then(False)
            .otherwise(None),
            federal=c("bills_federal_programs") | pl.when(c("referrals").is_null()).then(False).otherwise("_paid"),
            # an id that is null keeps the row, and lists the defenses of the other
            defended=pl.concat_list("agreement", pl.lit(None, dtype=pl.String)),
        )
    )
    marks = (
        fact(c("new_line"), "Is {managed} a new line of its owner?")
        & fact(c("own_patients_only"), "Does {managed} serve its owner's own patients only, or nearly?")
        & fact(c("operations_contracted"), "Does {manager} run nearly all operations of {managed}?")
        & fact(
            c("manager_competes"),
            "Does {manager} furnish the same items or services as {managed}, as a competitor would?",
        )
        & ~fact(c("owner_at_risk"), "Does the owner of {managed} bear business risk?")
    )
    pay = fact(c("pay_varies"), "Does the pay of {manager} vary with the volume or value of the business of {managed}?")
    federal = fact(c("federal"), "Do federal health care programs pay for what {managed} furnishes?")
    return Cases(rows.lazy(), marks & pay & federal, evidence=("referrals", "agreement"), defended="defended")
