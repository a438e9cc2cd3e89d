"""Relations of ownership and of the power to vote, appoint and replace."""

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field, model_validator

from ownergraph.model.base import Relation
from ownergraph.model.identifiers import Id
from ownergraph.model.shares import Share
from ownergraph.model.vocabulary import (
    AsList,
    ChosenBy,
    Consolidation,
    FamilyRelation,
    Instrument,
    Program,
    ProxyInstrument,
    ProxyScope,
    Trigger,
)


class Owns(Relation):
    """`owner` holds a share of `owned`."""

    relation: ClassVar[str] = "OWNS"
    ends: ClassVar[tuple[str, str]] = ("owner", "owned")
    references: ClassVar[tuple[str, ...]] = ("owner", "owned", "consideration_financed_by", "bought_from")
    verb: ClassVar[str] = "owns"

    owner: Id
    owned: Id
    share: Share = None
    """Share of the whole equity: "51%", "25-50%", ">50%", "unknown"."""
    votes: Share = None
    """Share of all votes, where it differs from the share; one share, one vote is assumed otherwise."""
    share_class: str | None = None
    """Name of the class, where there are several."""
    class_share: Share = None
    """Share of the votes of that class."""
    shares_held: int | None = Field(default=None, ge=0)
    """Number of shares held; counts stay counts."""
    shares_outstanding: int | None = Field(default=None, gt=0)
    """Number of shares that all holders together have."""
    instrument: Instrument | None = None
    """Equity unless it says otherwise; options and secured debt carry no votes."""
    consideration_usd: float | None = Field(default=None, ge=0)
    """What was paid for the shares."""
    consideration_financed_by: Id | None = None
    """Who put up the money, where that is not the owner."""
    founder_issue: bool | None = None
    """Issued at formation, at par, before there was revenue."""
    encounters_12m: int | None = Field(default=None, ge=0)
    """Patient encounters of the owner at the practice in the last 12 months."""
    stipend_only: bool | None = None
    """The owner gets a flat stipend and no distribution of profit."""
    governs: bool | None = None
    """The owner documents governance meetings and supervises care."""
    titular: bool | None = None
    """The owner has no right to the profit (42 CFR 411.354(c)(3))."""
    passive: bool | None = None
    """A passive investor."""
    bought_from: Id | None = None
    """Who sold the interest."""
    price_counts_referrals: bool | None = None
    """The price pays for future referrals, or for goodwill that is worth something only through them."""
    terms_follow_referrals: bool | None = None
    """Terms or size of the offer depend on referrals, expected or made."""
    must_refer: bool | None = None
    """The owner must refer, or loses the interest, or must sell it when referrals fall."""
    return_proportional: bool | None = None
    """The return is in proportion to the capital invested."""
    same_terms: bool | None = None
    """Holders who cannot refer got the same terms."""

    @model_validator(mode="after")
    def _counts(self) -> "Owns":
        if self.shares_held is not None and self.shares_outstanding is not None:
            if self.shares_held > self.shares_outstanding:
                raise ValueError(
                    f"shares_held {self.shares_held:,} is more than shares_outstanding {self.shares_outstanding:,}"
                )
            if self.share is not None:
                raise ValueError("share and shares_held are both given; keep the count, or the percentage")
        if self.owner == self.owned:
            raise ValueError(
                f'"{self.owner}" owns itself; leave treasury shares out, or name the company that holds them'
            )
        return self


class RestrictsTransfer(Relation):
    """`holder` may keep `owner` from transferring, or make it transfer, its interest in `over`."""

    relation: ClassVar[str] = "RESTRICTS_TRANSFER"
    ends: ClassVar[tuple[str, str]] = ("holder", "owner")
    references: ClassVar[tuple[str, ...]] = ("holder", "owner", "over")
    verb: ClassVar[str] = "may replace the owner of"

    holder: Id
    owner: Id
    over: Id
    """The practice whose shares it is about."""
    triggers: Annotated[list[Trigger], AsList] | None = None
    """What lets the holder act; any_time and holder_election need no event."""
    designee_chosen_by: ChosenBy | None = None
    """Who names the new owner."""
    designee_unrestricted: bool | None = None
    """The new owner may be anyone the holder likes, or anyone licensed whom it likes."""
    first_refusal_at_fmv: bool | None = None
    """Only a right of first refusal at fair market value, for a licensed buyer chosen by the practice."""
    price_usd: float | None = Field(default=None, ge=0)
    signed_on: date | None = None


class HoldsProxy(Relation):
    """`grantee` may act for `grantor` in `over`: proxy, power of attorney, voting trust."""

    relation: ClassVar[str] = "HOLDS_PROXY"
    ends: ClassVar[tuple[str, str]] = ("grantee", "grantor")
    references: ClassVar[tuple[str, ...]] = ("grantee", "grantor", "over")
    verb: ClassVar[str] = "holds a proxy of"

    grantee: Id
    grantor: Id
    over: Id | None = None
    """The company it is about; empty where the grantor is the company."""
    instrument: ProxyInstrument | None = None
    scope: Annotated[list[ProxyScope], AsList] | None = None
    """What the grantee may do; vote_shares moves the votes."""
    irrevocable: bool | None = None
    signed_on: date | None = None


class AppointsBoard(Relation):
    """`appointer` appoints, and may remove, directors of `organization`."""

    relation: ClassVar[str] = "APPOINTS_BOARD"
    ends: ClassVar[tuple[str, str]] = ("appointer", "organization")
    references: ClassVar[tuple[str, ...]] = ("appointer", "organization")
    verb: ClassVar[str] = "appoints the board of"

    appointer: Id
    organization: Id
    seats: int | None = Field(default=None, ge=0)
    seats_total: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _seats(self) -> "AppointsBoard":
        if self.seats is not None and self.seats_total is not None and self.seats > self.seats_total:
            raise ValueError(f"seats {self.seats} is more than seats_total {self.seats_total}")
        return self


class ActsWith(Relation):
    """`entity` and `partner` act in concert: their votes count together."""

    relation: ClassVar[str] = "ACTS_WITH"
    ends: ClassVar[tuple[str, str]] = ("entity", "partner")
    references: ClassVar[tuple[str, ...]] = ("entity", "partner")
    verb: ClassVar[str] = "acts in concert with"

    entity: Id
    partner: Id
    basis: str | None = None


class FamilyOf(Relation):
    """`person` is the `kinship` of `relative`."""

    relation: ClassVar[str] = "FAMILY_OF"
    ends: ClassVar[tuple[str, str]] = ("person", "relative")
    references: ClassVar[tuple[str, ...]] = ("person", "relative")
    verb: ClassVar[str] = "is family of"

    person: Id
    relative: Id
    kinship: FamilyRelation | None = None


class Consolidates(Relation):
    """`parent` consolidates `subsidiary` in its accounts: evidence of control, and a lawful disclosure."""

    relation: ClassVar[str] = "CONSOLIDATES"
    ends: ClassVar[tuple[str, str]] = ("parent", "subsidiary")
    references: ClassVar[tuple[str, ...]] = ("parent", "subsidiary")
    verb: ClassVar[str] = "consolidates"

    parent: Id
    subsidiary: Id
    method: Consolidation | None = None
    filing: str | None = None
    accession: str | None = None
    period: str | None = None


class Discloses(Relation):
    """`discloser` has disclosed `disclosed` to a program, as an owner or manager."""

    relation: ClassVar[str] = "DISCLOSES"
    ends: ClassVar[tuple[str, str]] = ("discloser", "disclosed")
    references: ClassVar[tuple[str, ...]] = ("discloser", "disclosed")
    verb: ClassVar[str] = "discloses"

    discloser: Id
    disclosed: Id
    program: Program | None = None
    role_code: str | None = None
    share: Share = None
    as_of: date | None = None
