"""What an audit says of money and referrals. Apart from the other results: most structures record no referrals."""

from dataclasses import dataclass
from datetime import date

from ownergraph.audit.results import Evidence


@dataclass(frozen=True)
class Statistic:
    """Whether payments move with the volume or value of referrals; evidence, not proof.

    Attributes:
        periods: months or quarters that were compared.
        unit: "month" or "quarter".
        rho: Spearman's rank correlation at the best of the lags that were tried.
        lag: periods by which payments follow referrals there.
        p_value: of a permutation test, corrected for the lags.
        p_adjusted: the same, corrected for all pairs that were compared (Holm).
        slope_usd: dollars a referral (median of slopes).
        income_share: share of the payee's recorded receipts that comes from the receiver, 0 to 1.
    """

    periods: int
    unit: str
    rho: float
    lag: int
    p_value: float
    p_adjusted: float
    slope_usd: float | None
    income_share: float | None


@dataclass(frozen=True)
class ReturnAnswer:
    """Value that comes back to a party that refers, from a receiver of its referrals.

    Attributes:
        how: why what `taker` gets counts as the referrer's: self, owner, owned, family, employer, group.
        certain: true where every date is recorded and linked; null where it may be so.
        proxy: the referrals are shared-patient counts only.
        order: whether value comes before, after, or in the period of the referrals.
        amount_usd: the smallest recorded amount along the shortest path.
        referrals: rows of referrals that are linked.
        paths: the shortest path first, each from the receiver to the referrer.
        truncated: the search was cut short; paths may be missing.
    """

    referrer: str
    receiver: str
    taker: str
    how: str
    certain: bool | None
    proxy: bool
    hops: int
    order: str | None
    amount_usd: float | None
    first: date | None
    last: date | None
    referrals: tuple[Evidence, ...]
    paths: tuple[tuple[Evidence, ...], ...]
    statistic: Statistic | None
    truncated: bool

    @property
    def closed(self) -> tuple[Evidence, ...]:
        """The shortest path with a referral before it: it begins and ends with the referrer."""
        return (*self.referrals[:1], *self.paths[0])


@dataclass(frozen=True)
class RelationshipAnswer:
    """A financial relationship between one who refers designated health services and the entity that furnishes them.

    Attributes:
        party: who has it: the referrer, a member of its family, or an organization in whose shoes it stands.
        kind: ownership or compensation.
        rows: the chain, from the party to the receiver.
        attribution: rows that tie the party to the referrer.
        federal: some of the referrals are paid by Medicare or Medicaid; null where it is not recorded.
        in_force: the relationship was in force at a referral; null where dates are missing.
    """

    referrer: str
    party: str
    receiver: str
    kind: str
    direct: bool
    rows: tuple[Evidence, ...]
    attribution: tuple[Evidence, ...]
    services: tuple[str, ...]
    federal: bool | None
    in_force: bool | None
