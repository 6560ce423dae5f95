"""Labs, as values: where one is, when it is open, who works there, what it has; and the ways between labs.

Lengths are millimetres, times minutes or seconds as the name says. `None` means *not stated*, which is never taken for
no. Machines have a module of their own; their names can be imported from here too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from enum import StrEnum

from core.makers import Maker
from machines.carriage import Carriage
from machines.machine import Access, Confirmation, Connection, Driver, Machine, MachineLimits, Mode, Motion
from machines.people import Address, Contact, Person, PrivateFact
from machines.period import Period
from machines.stock import Form, Stock, Unit

__all__ = [
    "Access",
    "Address",
    "Confirmation",
    "Connection",
    "Contact",
    "Driver",
    "FirstArticle",
    "Form",
    "Lab",
    "Machine",
    "MachineLimits",
    "Maker",
    "Mode",
    "Motion",
    "Network",
    "OpeningHours",
    "Period",
    "Person",
    "Place",
    "Policy",
    "PrivateFact",
    "Stock",
    "Transport",
    "Unit",
]


class Policy(StrEnum):
    """What a lab does with an offer."""

    AUTOMATICALLY = "automatically"  # accepted at once when every reason is a yes
    ASKS = "asks"  # a person of the lab answers


class FirstArticle(StrEnum):
    """Whether the first run of a batch is to be checked by a peer before the rest of it starts."""

    ALWAYS = "always"
    NEW = "new"  # where the lab has not made this file in this material before
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lab is.

    Attributes:
        latitude, longitude: degrees, north and east positive.
        city: as people say.
    """

    latitude: float
    longitude: float
    city: str | None = None

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError("latitude lies within 90 and longitude within 180 degrees of zero")

    def distance_km(self, other: Place) -> float:
        """Great-circle distance by the haversine formula on a sphere of 6371 km."""
        lat1, lat2 = math.radians(self.latitude), math.radians(other.latitude)
        half_chord = (
            math.sin((lat2 - lat1) / 2) ** 2
            + math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(other.longitude - self.longitude) / 2) ** 2
        )
        return 2 * 6371.0 * math.asin(math.sqrt(half_chord))


OpeningHours = Mapping[int, tuple[tuple[time, time], ...]]
"""Weekday (0 is Monday) to open spans in the lab's own zone; an end at or before its start lies on the next day."""


@dataclass(frozen=True, slots=True)
class Lab:
    """One workshop.

    Attributes:
        id: unique in the network.
        zone: IANA name of its time zone.
        opening_hours: weekly.
        policy: what it does with an offer.
        machines: in the order of the file.
        place: where it is, or None.
        closures: when it is closed in spite of its weekly hours.
        special_openings: when it is open in spite of its weekly hours and its closures.
        access: who may use it, where a machine does not say otherwise; or None.
        languages: that are spoken (BCP 47 tags: "es", "pt-BR").
        currency: of its costs (ISO 4217: "EUR"), or None.
        contact, address: private facts, unless `disclosed` names them.
        disclosed: private facts that everybody may know.
        people: who holds which training.
        stock: materials at hand.
        website: public.
        unattended_starts: whether machines that are automatic may start without a person.
        first_article: when the first run of a batch is checked before the rest starts, where the order says nothing.
        maker: what kind of maker it is, which licences tell apart; or None.
        carriage: what it asks for sending things.
    """

    id: str
    name: str
    zone: str
    opening_hours: OpeningHours
    policy: Policy
    machines: tuple[Machine, ...]
    place: Place | None = None
    closures: tuple[Period, ...] = ()
    special_openings: tuple[Period, ...] = ()
    access: Access | None = None
    languages: tuple[str, ...] = ()
    currency: str | None = None
    contact: Contact | None = None
    address: Address | None = None
    disclosed: frozenset[PrivateFact] = frozenset()
    people: tuple[Person, ...] = ()
    stock: tuple[Stock, ...] = ()
    website: str | None = None
    unattended_starts: bool = False
    first_article: FirstArticle = FirstArticle.NEW
    maker: Maker | None = None
    carriage: tuple[Carriage, ...] = ()

    def mode(self, machine: Machine) -> Mode:
        """Who starts a machine's jobs here: automatic only where machine and lab both allow it, or it is virtual."""
        if machine.mode is None:
            return Mode.AUTOMATIC if machine.connection.virtual else Mode.ARMED
        if machine.mode is Mode.AUTOMATIC and not (self.unattended_starts or machine.connection.virtual):
            return Mode.ARMED
        return machine.mode

    def operators(self, machine: Machine) -> tuple[Person, ...]:
        """People who hold the training that a machine of this lab asks for; all of them when it asks for none."""
        return tuple(each for each in self.people if machine.training is None or machine.training in each.training)

    def public(self) -> Lab:
        """The lab as everybody may know it: without private facts, the place to a hundredth of a degree (1 km).

        How machines are reached is never anybody else's business.
        """
        place = self.place
        if place is not None and PrivateFact.ADDRESS not in self.disclosed:
            place = replace(place, latitude=round(place.latitude, 2), longitude=round(place.longitude, 2))
        return replace(
            self,
            place=place,
            contact=self.contact if PrivateFact.CONTACT in self.disclosed else None,
            address=self.address if PrivateFact.ADDRESS in self.disclosed else None,
            people=self.people if PrivateFact.PEOPLE in self.disclosed else (),
            machines=tuple(replace(machine, connection=Connection(Driver.HANDS)) for machine in self.machines),
        )


@dataclass(frozen=True, slots=True)
class Transport:
    """How long pieces travel between two labs.

    Attributes:
        minutes: door to door.
        basis: "stated", or how it was derived.
    """

    minutes: float
    basis: str


_HANDLING_MIN = 60.0  # packing, handing over
_ROAD_KM_H = 50.0
_UNKNOWN_MIN = 24 * 60.0


@dataclass(frozen=True, slots=True)
class Network:
    """Labs, and the ways between them."""

    labs: tuple[Lab, ...]
    stated_transport: Mapping[frozenset[str], float] = field(default_factory=dict)
    _labs: Mapping[str, Lab] = field(init=False, repr=False, compare=False)
    _machines: Mapping[str, Machine] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # found by every call of every agent: of two of one id, the first
        object.__setattr__(self, "_labs", {lab.id: lab for lab in reversed(self.labs)})
        object.__setattr__(self, "_machines", {each.id: each for each in reversed(self.machines)})

    @property
    def machines(self) -> tuple[Machine, ...]:
        """The machines of all labs."""
        return tuple(machine for lab in self.labs for machine in lab.machines)

    def lab(self, lab_id: str) -> Lab:
        """The lab of this id.

        Raises:
            KeyError: there is none.
        """
        return self._labs[lab_id]

    def machine(self, machine_id: str) -> Machine:
        """The machine of this id.

        Raises:
            KeyError: there is none.
        """
        machine = self.find(machine_id)
        if machine is None:
            raise KeyError(machine_id)
        return machine

    def find(self, machine_id: str) -> Machine | None:
        """The machine of this id, or None."""
        return self._machines.get(machine_id)

    def transport(self, a: str, b: str) -> Transport:
        """How long pieces travel from lab `a` to lab `b`: as stated, else by distance, else a day."""
        if a == b:
            return Transport(0.0, "same lab")
        stated = self.stated_transport.get(frozenset((a, b)))
        if stated is not None:
            return Transport(stated, "stated")
        place_a, place_b = self.lab(a).place, self.lab(b).place
        if place_a is None or place_b is None:
            return Transport(_UNKNOWN_MIN, "assumed: a day, for want of places")
        distance_km = place_a.distance_km(place_b)
        minutes = _HANDLING_MIN + distance_km / _ROAD_KM_H * 60
        return Transport(minutes, f"derived: {distance_km:.0f} km at {_ROAD_KM_H:.0f} km/h and an hour of handling")
