"""Writing Open Know-Where: facilities and their equipment, in snake_case JSON or YAML values.

Source: Open Know-Where 1 (Internet of Production Alliance); the standard prescribes no serialisation, and the
snake_case JSON of the Open Hardware Manager is the one in use. Lengths and powers are whole numbers in the standard,
which cannot say a nozzle of 0.4 mm: they are rounded down, so that no lab claims more than it has, and what cannot be
whole is left out. The true values, and all that Open Know-Where has no field for, stand in the extension key
`fabcommons`.
"""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from typing import Any

from core.crosswalks import code_of
from core.trees import materials, processes
from machines.exchange.document import lab_document
from machines.exchange.hours_text import hours_text
from machines.exchange.words import article_of
from machines.lab import Lab
from machines.library import library
from machines.machine import Access, Machine

__all__ = ["ACCESS", "DIALECTS", "EXTENSION", "Dialect", "facility", "with_extension"]

EXTENSION = "fabcommons"
ACCESS = {Access.PUBLIC: "Public", Access.MEMBERS: "Membership", Access.OPERATORS: "Restricted"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a facility is written.

    Attributes:
        name: of the format.
        whole: whether numbers are whole, as the standard demands.
        codes: whether processes are named by the codes of the Open Hardware Manager instead of Wikipedia articles.
    """

    name: str
    whole: bool
    codes: bool


DIALECTS = {each.name: each for each in (Dialect("okw", True, False), Dialect("ohm", False, True))}


def with_extension(lab: Lab, dialect: Dialect) -> dict[str, Any]:
    """The facility, and in its extension the lab as our labs file says it."""
    return facility(lab, dialect) | {EXTENSION: {"version": 1, "lab": lab_document(lab)}}


def facility(lab: Lab, dialect: Dialect) -> dict[str, Any]:
    """One lab in the fields of the standard alone."""
    every = sorted({_process(word, dialect) for machine in lab.machines for word in machine.processes} - {""})
    stocked = sorted({each.material for each in lab.stock})
    document = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"fabcommons:lab:{lab.id}")),
        "name": lab.name,
        "location": _location(lab),
        "facility_status": "Active",
        "owner": _agent(lab.name, website=lab.website, languages=list(lab.languages)),
        "contact": _contact(lab),
        "opening_hours": hours_text(lab.opening_hours, lab.zone),
        "access_type": ACCESS[lab.access] if lab.access else None,
        "equipment": [_equipment(machine, dialect) for machine in lab.machines],
        "manufacturing_processes": every,
        "typical_materials": [{"material_type": materials()[word].label} for word in stocked],
        "certifications": sorted({each for machine in lab.machines for each in machine.certificates}),
    }
    if dialect.codes:
        document["domain"] = "manufacturing"
    return {key: value for key, value in document.items() if value or key in ("location", "equipment")}


def _location(lab: Lab) -> dict[str, Any]:
    city = lab.place.city if lab.place else None
    own = lab.address
    address = {
        "street": own.street if own else None,
        "city": city,
        "region": own.region if own else None,
        "country": own.country if own else None,
        "postcode": own.postcode if own else None,
    }
    document: dict[str, Any] = {"address": {key: value for key, value in address.items() if value}}
    if lab.place is not None:
        document["gps_coordinates"] = f"{lab.place.latitude + 0.0!r}, {lab.place.longitude + 0.0!r}"  # -0.0 is 0.0
    return {key: value for key, value in document.items() if value}


def _agent(name: str, **more: Any) -> dict[str, Any]:
    said = {key: value for key, value in more.items() if value}
    return {"name": name, **said} if said else {}


def _contact(lab: Lab) -> dict[str, Any]:
    if lab.contact is None:
        return {}
    ways = {"landline": lab.contact.phone, "email": lab.contact.email}
    reached = {key: value for key, value in ways.items() if value}
    return _agent(lab.name, contact_person=lab.contact.name, contact=reached)


def _equipment(machine: Machine, dialect: Dialect) -> dict[str, Any]:
    model = library()[machine.model] if machine.model else None
    main = machine.processes[0]
    document: dict[str, Any] = {
        "equipment_type": article_of(main) or processes()[main].label,
        "manufacturing_process": _process(main, dialect),
        "make": model.maker if model else None,
        "model": model.name if model else machine.name,
        "quantity": 1,
        "materials_worked": [{"material_type": materials()[word].label} for word in machine.materials],
        "maintenance_schedule": "; ".join(_maintenance(machine)),
    }
    if machine.envelope_mm is not None:
        x, y, z = machine.envelope_mm
        document |= {"x_travel": x, "y_travel": y, "z_travel": z, "build_volume": x * y * z}
    if machine.nozzles_mm:
        document["nozzle_size"] = machine.nozzles_mm[0]
    if machine.power_w is not None and processes().is_a(main, "laser_cutting"):
        document["laser_power"] = machine.power_w
    numbers = {key: _number(value, dialect) for key, value in document.items() if isinstance(value, float)}
    return {key: value for key, value in (document | numbers).items() if value}


def _maintenance(machine: Machine) -> list[str]:
    return [
        f"{each.start:%Y-%m-%d %H:%M} to {each.end:%Y-%m-%d %H:%M} {each.rule or ''}".rstrip()
        for each in machine.maintenance
    ]


def _number(value: float, dialect: Dialect) -> float | int:
    return math.floor(value) if dialect.whole or value.is_integer() else value


def _process(word: str, dialect: Dialect) -> str:
    """What the dialect calls a process, or "" where it has no word."""
    if not dialect.codes:
        return article_of(word) or ""
    code = code_of(word, "ohm")
    return code.value if code else ""
