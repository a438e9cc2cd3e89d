"""The columns of the table of states: what each may hold, and whose verification it carries."""

from typing import Literal, NamedTuple, get_args

from ownergraph.law.vocabulary import ALLIED, STATES, Form, Holder, Officer

Group = Literal["cpom", "ownership", "fee"]
Type = Literal["word", "words", "flag", "number", "text"]

HOLDERS: tuple[str, ...] = get_args(Holder)
FORMS: tuple[str, ...] = get_args(Form)
OFFICERS: tuple[str, ...] = get_args(Officer)


class Column(NamedTuple):
    """One column of the table of states.

    Attributes:
        name: Name of the column.
        type: What a cell holds; `words` is a list, `text` decides nothing.
        group: Whose verification it carries where the cell has none of its own.
        allowed: The closed list of words, for `word` and `words`.
        deciding: Whether a rule may depend on it; it is null where the law is not verified.
        unread: Words that mean "not read": always null in the deciding column.
        meaning: One line for the reader.
    """

    name: str
    type: Type
    group: Group
    allowed: tuple[str, ...] = ()
    deciding: bool = True
    unread: tuple[str, ...] = ()
    meaning: str = ""


def _word(name: str, group: Group, meaning: str, *allowed: str, unread: tuple[str, ...] = ()) -> Column:
    return Column(name, "word", group, allowed, unread=unread, meaning=meaning)


def _words(name: str, group: Group, meaning: str, allowed: tuple[str, ...]) -> Column:
    return Column(name, "words", group, allowed, meaning=meaning)


def _flag(name: str, group: Group, meaning: str) -> Column:
    return Column(name, "flag", group, ("true", "false"), meaning=meaning)


def _number(name: str, group: Group, meaning: str) -> Column:
    return Column(name, "number", group, meaning=meaning)


def _text(name: str, group: Group, meaning: str) -> Column:
    return Column(name, "text", group, deciding=False, meaning=meaning)


_NOT_READ = ("not_read",)

COLUMNS: tuple[Column, ...] = (
    _word("cpom", "cpom", "How strong the corporate practice doctrine is", "none", "weak", "moderate", "strong"),
    _number("cpom_weight", "cpom", "How strong the corporate practice doctrine is, from 0 (none) to 3 (strong)"),
    _text("cpom_authority", "cpom", "Statutes, cases and opinions of the doctrine"),
    _text("cpom_source", "cpom", "Where they were read"),
    _word(
        "lay_may_employ", "cpom", "Whether a lay entity may employ physicians",
        "no", "limited", "conditional", "yes", "unclear",
    ),
    _words("lay_may_employ_exempt", "cpom", "Kinds of lay entity that may", HOLDERS),
    _words("lay_may_employ_conditional", "cpom", "Kinds for which it is not settled: undecided", HOLDERS),
    _text("lay_may_employ_note", "cpom", "Terms of employment by a lay entity"),
    _number("min_physician_pct", "ownership", "Share that physicians must hold"),
    _word(
        "physician_test", "ownership", "How that share is tested; `some` asks for one physician owner",
        "at_least", "more_than", "some", "none",
    ),
    _flag("physician_per_class", "ownership", "Tested in each class that may vote"),
    _words(
        "physician_test_undecided_with", "ownership",
        "Professions whose shares, if they close the gap, make the test undecided", ALLIED,
    ),
    _flag("counts_out_of_state_physicians", "ownership", "Physicians licensed in another state count"),
    _number("lay_max_pct", "ownership", "Share that unlicensed holders may have"),
    _flag("lay_max_strict", "ownership", "That share must stay below the limit"),
    _words("lay_owner_exempt", "ownership", "Kinds of holder that may own lawfully", HOLDERS),
    _words("lay_owner_conditional", "ownership", "Kinds that may for a time or on terms: undecided", HOLDERS),
    _text("lay_owner_note", "ownership", "Terms for such holders"),
    _word(
        "allied_rule", "ownership", "Which other licensed professions may own",
        "none_allowed", "capped", "listed", "any_health_professional", "unclear",
    ),
    _number("allied_max_pct", "ownership", "Share that the capped professions together may have"),
    _flag("allied_max_strict", "ownership", "That share must stay below the limit"),
    _words("allied_capped", "ownership", "Professions the cap applies to", ALLIED),
    _word(
        "allied_count_rule", "ownership", "A rule on numbers or single shares of allied owners",
        "none", "not_more_than_physicians", "each_less_than_each_physician",
    ),
    _words("allied_professions", "ownership", "Professions on the list; empty where it is not stated", ALLIED),
    _words("allied_professions_conditional", "ownership", "Those of them on terms: undecided", ALLIED),
    _words("allied_professions_unverified", "ownership", "Those of them not verified: undecided", ALLIED),
    _text("allied_note", "ownership", "Terms for allied owners"),
    _word(
        "director_rule", "ownership", "How many directors must be licensed",
        "all", "majority", "half", "at_least_one", "none", "not_read", unread=_NOT_READ,
    ),
    _text("director_note", "ownership", "Terms for directors"),
    _word(
        "officer_rule", "ownership", "Which officers must be licensed",
        "all", "all_but_exempt", "president", "at_least_one", "none", "not_read", unread=_NOT_READ,
    ),
    _words("officer_exempt", "ownership", "Offices that need no license", OFFICERS),
    _words("officer_exempt_sole_owner", "ownership", "The same, in a practice with one owner", OFFICERS),
    _text("officer_note", "ownership", "Terms for officers"),
    _word(
        "instate_license", "ownership", "Whether owners need a license of the state; `one`: one of them",
        "yes", "no", "one", "partly",
    ),
    _text("instate_note", "ownership", "Terms of that license"),
    _words("forms_allowed", "ownership", "Legal forms in which medicine may be practiced", FORMS),
    _text("form_note", "ownership", "Terms for a form"),
    _flag("ordinary_entity_with_facility_license", "ownership", "An ordinary entity may, with a facility license"),
    _flag("proxy_ban", "ownership", "A statute bars giving the vote to an unlicensed person"),
    _word(
        "one_owner_many_practices", "ownership", "One person as owner of several practices",
        "none", "barred", "approval",
    ),
    _text("ownership_source", "ownership", "Where the ownership rules were read"),
    _word(
        "pct_mgmt_fee", "fee", "Percentage management fee", "barred", "restricted", "allowed_fmv", "unclear",
    ),
    _word(
        "pct_fee_carve_out", "fee", "What saves a percentage fee",
        "none", "il_billing_account", "tn_disclosed_or_related_to_value", "admin_fmv_no_marketing",
        "commensurate_value", "ny_article_28",
    ),
    _text("pct_fee_note", "fee", "Terms of a percentage fee"),
    _text("fee_authority", "fee", "Statutes, rules and cases on fee splitting"),
    _text("fee_source", "fee", "Where they were read"),
    _text("special_rule", "ownership", "What else the state asks"),
)  # fmt: skip

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
GROUPS: tuple[str, ...] = get_args(Group)
RANGES: dict[str, tuple[int, int]] = {"cpom_weight": (0, 3)}
"""Bounds of number columns; 0 to 100 where nothing is said."""

__all__ = ["BY_NAME", "COLUMNS", "GROUPS", "RANGES", "STATES", "Column"]
