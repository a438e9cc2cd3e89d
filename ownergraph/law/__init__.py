"""The law: tables of states, services, powers, professions, authorities, and typed access to them.

Nothing here is legal advice; every cell carries its verification. See docs/law.md. Only `states`, `stated` and
`verification` load polars, when they are first asked for.
"""

from typing import TYPE_CHECKING, Any

from ownergraph.law.authorities import Authority, Consequence, authorities, authority, rule_authorities
from ownergraph.law.defenses import (
    Defense,
    DefenseScope,
    Element,
    PecosRole,
    TransactionNotice,
    defense_scopes,
    defenses,
    pecos_roles,
    transaction_notices,
)
from ownergraph.law.files import LAW_DATE, LawError
from ownergraph.law.tables import (
    HealthService,
    Kinship,
    Power,
    Profession,
    Service,
    TransferTrigger,
    dhs,
    family,
    powers,
    professions,
    services,
    transfer_triggers,
)
from ownergraph.law.vocabulary import ALLIED, STATES, STRENGTH

if TYPE_CHECKING:
    from ownergraph.law.state_table import StateRow, stated, states, verification

_LATE = ("StateRow", "stated", "states", "verification")

__all__ = [
    "ALLIED", "LAW_DATE", "STATES", "STRENGTH", "Authority", "Consequence", "Defense", "DefenseScope",
    "Element", "HealthService", "Kinship", "LawError", "PecosRole", "Power", "Profession", "Service",
    "StateRow", "TransactionNotice", "TransferTrigger", "authorities", "authority", "defense_scopes",
    "defenses", "dhs", "family", "pecos_roles", "powers", "professions", "rule_authorities", "services",
    "stated", "states", "transaction_notices", "transfer_triggers", "verification",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _LATE:
        from ownergraph.law import state_table

        return getattr(state_table, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
