"""A practice has a legal form in which medicine may not be practiced in the state.

What it finds: a practice whose form is not among those that the state's row allows: a limited liability company or
    a general corporation in California, a professional corporation in Texas. Professional corporation, professional
    service corporation and medical corporation are names of one form, as are LLP and RLLP; in Texas the professional
    association is another. A company, corporation or partnership formed under a professional entity act is the
    professional form of its kind (PLLC, professional corporation, PLLP). Where a form is on the list, so is its
    professional form.
Why it matters: in a form that is not open to medicine the entity itself may be held to practice without a license,
    whoever owns it.
What it does not mean: that its owners are unlicensed, nor that a practice formed in another state is not qualified as
    a foreign entity, which is not looked at. The list of forms was read in secondary sources.
Facts it needs: the form of the practice; for a company, corporation or partnership whether it was formed under a
    professional entity act; hospital and facility licenses.
When it is undecided: the form is not recorded, or the act it was formed under where only the professional form of
    its kind is on the list; the practice is a general partnership, an estate or of another form that has no name
    here, which lists of forms seldom speak about; whether it holds a facility license is not recorded; the row is
    not verified.
What clears it: a form on the state's list; a hospital or health facility license; an individual in practice alone.
References: the state's row; Medical Board of California, corporate practice guidance; Tex. BOC 301.003(3); Va. Code
    13.1-542.1.
"""

import polars as pl

from ownergraph.rules.api import Cases, Graph, fact, rule
from ownergraph.rules.cpom_own._holders import facility

c = pl.col

SAME = {"professional_association": "PA", "partnership": "GP", "RLLP": "LLP", "PSC": "PC", "medical_corp": "PC"}
"""Words for one form."""

PROFESSIONAL = {"LLC": "PLLC", "corp": "PC", "LLP": "PLLP"}
"""The form that one becomes under a professional entity act."""


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
    professional = form.replace_strict(PROFESSIONAL, default=None, return_dtype=pl.String)
    plain = form.replace_strict({v: k for k, v in PROFESSIONAL.items()}, default=None, return_dtype=pl.String)
    return (
        pl.when(form == "sole_proprietor")
        .then(True)
        .when(listed.list.contains(form) | (plain.is_not_null() & listed.list.contains(plain)))
        .then(True)
        .when(form.is_in(["GP", "estate", "other"]) | form.is_null())
        .then(None)
        .when(professional.is_not_null() & listed.list.contains(professional))
        .then(c("professional"))
        .otherwise(False)
    )
