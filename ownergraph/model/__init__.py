"""The one definition of every table. Schemas, loaders, frames and database constraints come from it."""

from ownergraph.model.base import Dated, Relation, Row
from ownergraph.model.business import GroupPractice, HospitalBaseline, Supplies
from ownergraph.model.compensation import DefenseRow
from ownergraph.model.contracts import (
    DepositsTo,
    FeeComponent,
    FmvOpinion,
    HeldBy,
    LeasesTo,
    LendsTo,
    Manages,
    SignsOn,
)
from ownergraph.model.entity import Entity
from ownergraph.model.money import Financials, Pays, RefersTo
from ownergraph.model.ownership import (
    ActsWith,
    AppointsBoard,
    Consolidates,
    Discloses,
    FamilyOf,
    HoldsProxy,
    Owns,
    RestrictsTransfer,
)
from ownergraph.model.people import AdvertisesAs, Employs, HoldsRole, LicensedIn, OperatesIn
from ownergraph.model.records import Assumption, Complete, Document, Event, Source
from ownergraph.model.shares import WHOLE, Interval, parse_share, show_share

RELATIONS: dict[str, type[Relation]] = {
    model.relation: model
    for model in (
        Owns, Manages, RefersTo, Pays, LicensedIn, OperatesIn, HoldsRole, Employs, RestrictsTransfer, HoldsProxy,
        AppointsBoard, ActsWith, SignsOn, HeldBy, DepositsTo, LendsTo, LeasesTo, FamilyOf, AdvertisesAs,
        Consolidates, Discloses, Supplies,
    )
}  # fmt: skip
"""Every relation by its name."""

TABLES: dict[str, type[Row]] = {
    "entities": Entity,
    **{name.lower(): model for name, model in RELATIONS.items()},
    "fee_components": FeeComponent,
    "fmv_opinions": FmvOpinion,
    "defenses": DefenseRow,
    "hospital_baselines": HospitalBaseline,
    "group_practices": GroupPractice,
    "documents": Document,
    "financials": Financials,
    "events": Event,
    "sources": Source,
    "assumptions": Assumption,
    "complete": Complete,
}
"""Every table by the name that YAML sections, sheets and files have."""

__all__ = [
    "RELATIONS", "TABLES", "WHOLE", "ActsWith", "AdvertisesAs", "AppointsBoard", "Assumption", "Complete",
    "Consolidates", "Dated", "DefenseRow", "DepositsTo", "Discloses", "Document", "Employs", "Entity", "Event",
    "FamilyOf", "FeeComponent", "Financials", "FmvOpinion", "GroupPractice", "HeldBy", "HoldsProxy",
    "HoldsRole", "HospitalBaseline", "Interval", "LeasesTo", "LendsTo", "LicensedIn", "Manages", "OperatesIn",
    "Owns", "Pays", "RefersTo", "Relation", "RestrictsTransfer", "Row", "SignsOn", "Source", "Supplies",
    "parse_share", "show_share",
]  # fmt: skip
