"""A practice has a legal form in which medicine may not be practiced in the state.

What it finds: a practice whose form is not among those that the state's row allows: a limited liability company or
    a general corporation in California, a professional corporation in Texas.
Why it matters: in a form that is not open to medicine the entity itself may be held to practice without a license,
    whoever owns it.
What it does not mean: that its owners are unlicensed. The list of forms was read in secondary sources.
Facts it needs: the form of the practice; for a company or corporation whether it was formed under a professional
    entity act; hospital and facility licenses.
When it is undecided: the form, or the act it was formed under, is not recorded; the practice is a partnership or an
    estate, which lists of forms seldom speak about; whether it holds a facility license is not recorded; the row is
    not verified.
What clears it: a form on the state's list; a hospital or health facility license; an individual in practice alone.
References: the state's row; Medical Board of California, corporate practice guidance; Tex. BOC 301.003(3); Va. Code
    13.1-542.1.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.cpom_own._holders import facility

c = pl.col

SAME = {"professional_association": "PA", "partnership": "GP", "RLLP": "LLP"}
"""Words for one form."""


@rule(
    "CPOM-OWN-05",
    name="form-not-allowed",
    severity="high",
    basis="law",
    law=("forms_allowed",),
    gated=True,
    says="{practice} has the form {shown_form}; the forms open to medicine in {state} are {forms}",
)
def cases(g: Graph) -> Cases:
    """One row a practice and state of moderate strength or more."""
    rows = g.practice_states.filter(
        (c("cpom_weight_stated") >= 2) & c("forms_allowed_stated").is_not_null()
    ).with_columns(
        shown_form=pl.when(c("professional"))
        .then(pl.format("{} (under a professional entity act)", _words()))
        .otherwise(_words()),
        forms=c("forms_allowed_stated").list.eval(pl.element().str.replace_all("_", " ")).list.join(", "),
    )
    allowed = fact(
        _allowed(),
        "What is the legal form of {practice}, and was it formed under a professional entity act? Recorded: {form}",
    )
    return Cases(rows, ~allowed & ~facility("practice"), evidence=("site",))


def _words() -> pl.Expr:
    return c("form").str.replace_all("_", " ").str.replace("^corp$", "corporation")


def _allowed() -> pl.Expr:
    """Whether the form is open to medicine (nullable)."""
    listed = c("forms_allowed_stated").list.eval(pl.element().replace(SAME))
    form = c("form").replace(SAME)
    # a company or corporation of a professional act is the professional form of the same name
    as_professional = form.replace_strict({"LLC": "PLLC", "corp": "PC"}, default=None, return_dtype=pl.String)
    under_act = pl.when(listed.list.contains(as_professional)).then(c("professional")).otherwise(False)
    return (
        pl.when(form == "sole_proprietor")
        .then(True)
        .when(listed.list.contains(form))
        .then(True)
        .when(form.is_in(["GP", "estate", "other"]) | form.is_null())
        .then(None)
        .otherwise(pl.when(as_professional.is_not_null()).then(under_act).otherwise(False))
    )
