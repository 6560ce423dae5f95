"""Labs and their machines, as values.

Lengths are millimetres, times minutes or seconds as the name says, temperatures degrees Celsius. `None` means *not
stated*, which is never taken for no.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import time
from enum import StrEnum

__all__ = [
    "Connection",
    "Driver",
    "Lab",
    "Machine",
    "MachineLimits",
    "Motion",
    "Network",
    "OpeningHours",
    "Place",
    "Policy",
    "Transport",
]


class Driver(StrEnum):
    """Who or what moves a machine."""

    MARLIN = "marlin"
    GRBL = "grbl"
    HANDS = "hands"


class Policy(StrEnum):
    """What a lab does with an offer."""

    AUTOMATICALLY = "automatically"  # accepted at once when every reason is a yes
    ASKS = "asks"  # a person of the lab answers


@dataclass(frozen=True, slots=True)
class Connection:
    """How a machine is reached.

    Attributes:
        driver: the protocol it speaks, or hands.
        port: a serial device, "virtual" for a virtual twin, or None for hands.
        baud: of the serial line.
    """

    driver: Driver
    port: str | None = None
    baud: int = 115200

    def __post_init__(self) -> None:
        if self.driver is not Driver.HANDS and not self.port:
            raise ValueError(f"a {self.driver} machine needs a port (a serial device, or 'virtual')")
        if self.baud <= 0:
            raise ValueError("baud is above zero")

    @property
    def virtual(self) -> bool:
        """Whether a virtual twin stands in for the machine."""
        return self.port == "virtual"


@dataclass(frozen=True, slots=True)
class MachineLimits:
    """What the machine may be asked for at most; None is not stated."""

    nozzle_c: float | None = None
    bed_c: float | None = None
    feed_mm_min: float | None = None
    spindle_s: float | None = None


@dataclass(frozen=True, slots=True)
class Motion:
    """How fast the machine moves; None is not stated.

    Attributes:
        travel_mm_s: highest speed of a move that makes nothing.
        work_mm_s: highest speed of a move that makes something.
        acceleration_mm_s2: of a move that makes something.
        travel_acceleration_mm_s2: of a move that makes nothing.
        junction_deviation_mm, jerk_mm_s: how corners are taken, one of the two.
    """

    travel_mm_s: float | None = None
    work_mm_s: float | None = None
    acceleration_mm_s2: float | None = None
    travel_acceleration_mm_s2: float | None = None
    junction_deviation_mm: float | None = None
    jerk_mm_s: float | None = None

    def __post_init__(self) -> None:
        stated = [getattr(self, each.name) for each in fields(self) if getattr(self, each.name) is not None]
        if stated and min(stated) <= 0:
            raise ValueError("speeds, accelerations and corners are above zero")


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine or workbench.

    Attributes:
        id: unique in the network.
        lab: id of its lab.
        name: model or what people call it.
        processes: ids of the process tree.
        materials: ids of the material tree; empty is not stated.
        thickness_mm: by material, the least and greatest sheet thickness it cuts.
        envelope_mm: x, y, z of the working space.
        unattended: whether a run may go on in a closed lab.
        set_up_min, take_off_min: an operator's minutes before and after each run.
        connection: how it is reached.
        limits: what it may be asked for at most.
        model: id in the library of models (`machines/models`), or None.
        nozzles_mm: diameters of the nozzles at hand, the fitted one first; empty is not stated.
        tools_mm: diameters of the milling tools at hand, or the width of the beam or blade; empty is not stated.
        tolerance_mm: what it holds, plus or minus.
        power_w: of the beam or the spindle.
        margin_mm: kept free on each side of the envelope.
        motion: how fast it moves.
        certificates: what it or its lab is certified for ("food_contact", "iso_9001").
        training: id of the skill that an operator needs, or None.
        changeover_min: an operator's minutes by what changes ("material", "colour", "tool", "sheet").
        hourly_cost: of the machine, in the lab's currency.
        energy_w: mean electric power while it runs.
    """

    id: str
    lab: str
    name: str
    processes: tuple[str, ...]
    connection: Connection
    materials: tuple[str, ...] = ()
    thickness_mm: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    envelope_mm: tuple[float, float, float] | None = None
    unattended: bool = False
    set_up_min: float = 0.0
    take_off_min: float = 0.0
    limits: MachineLimits = field(default_factory=MachineLimits)
    model: str | None = None
    nozzles_mm: tuple[float, ...] = ()
    tools_mm: tuple[float, ...] = ()
    tolerance_mm: float | None = None
    power_w: float | None = None
    margin_mm: float = 0.0
    motion: Motion = field(default_factory=Motion)
    certificates: tuple[str, ...] = ()
    training: str | None = None
    changeover_min: Mapping[str, float] = field(default_factory=dict)
    hourly_cost: float | None = None
    energy_w: float | None = None

    def __post_init__(self) -> None:
        if not self.processes:
            raise ValueError(f"machine {self.id} names no process")
        if self.envelope_mm is not None and min(self.envelope_mm) <= 0:
            raise ValueError(f"machine {self.id}: every length of the envelope is above zero")
        if self.set_up_min < 0 or self.take_off_min < 0:
            raise ValueError(f"machine {self.id}: operator minutes are not below zero")
        for material, (least, greatest) in self.thickness_mm.items():
            if not 0 <= least <= greatest:
                raise ValueError(f"machine {self.id}: thickness of {material} runs from {least} to {greatest} mm")


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
    """

    id: str
    name: str
    zone: str
    opening_hours: OpeningHours
    policy: Policy
    machines: tuple[Machine, ...]
    place: Place | None = None


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

    @property
    def machines(self) -> tuple[Machine, ...]:
        """The machines of all labs."""
        return tuple(machine for lab in self.labs for machine in lab.machines)

    def lab(self, lab_id: str) -> Lab:
        """The lab of this id.

        Raises:
            KeyError: there is none.
        """
        for lab in self.labs:
            if lab.id == lab_id:
                return lab
        raise KeyError(lab_id)

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
        return next((machine for machine in self.machines if machine.id == machine_id), None)

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
