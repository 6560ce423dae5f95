"""Machines, as values: what one can do, how it is reached, what it may be asked for.

Lengths are millimetres, times minutes or seconds as the name says, temperatures degrees Celsius. `None` means *not
stated*, which is never taken for no.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from machines.period import Period

__all__ = ["Access", "AfterAlarm", "Confirmation", "Connection", "Driver", "Machine", "MachineLimits", "Mode", "Motion"]


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(what)


def _check_reach(
    where: str, reach_mm: Mapping[str, tuple[float, float]], envelope_mm: tuple[float, float, float] | None
) -> None:
    _require(set(reach_mm) <= set("xyz"), f"{where}: the axes of a reach are x, y and z")
    for axis, (least, greatest) in reach_mm.items():
        _require(
            all(map(math.isfinite, (least, greatest))) and least < greatest,
            f"{where}: the reach of {axis} runs from {least:g} to {greatest:g} mm",
        )
        length = envelope_mm["xyz".index(axis)] if envelope_mm is not None else 0.0
        _require(greatest - least >= length, f"{where}: the reach of {axis} is at least as long as the envelope")


_MOST_AXES = 12
_ANY_HEIGHT_MM = 1000.0  # no sheet is thicker


class Driver(StrEnum):
    """Who or what moves a machine."""

    MARLIN = "marlin"
    GRBL = "grbl"
    OCTOPRINT = "octoprint"
    MOONRAKER = "moonraker"
    PRUSALINK = "prusalink"
    DUET = "duet"  # RepRapFirmware over HTTP
    HANDS = "hands"

    @property
    def is_server(self) -> bool:
        """Whether a print server drives the machine."""
        return self in {Driver.OCTOPRINT, Driver.MOONRAKER, Driver.PRUSALINK, Driver.DUET}

    @property
    def dialect(self) -> str:
        """Of the G-code that its machine takes: one of `gcode.safety_rules.DIALECTS`."""
        own = {Driver.GRBL: "grbl", Driver.MOONRAKER: "klipper", Driver.DUET: "reprap"}
        return own.get(self, "marlin")


class Mode(StrEnum):
    """Who starts a machine's jobs."""

    AUTOMATIC = "automatic"  # the coordinator, when the lab allows starts without a person too
    ARMED = "armed"  # the coordinator, after an operator has armed the machine for that start
    MONITORED = "monitored"  # a person at the machine; its jobs are shown and never sent


class Confirmation(StrEnum):
    """What a person confirms of a job."""

    BED_CLEAR = "bed_clear"  # before a start: the last pieces are off, what the job needs is on
    FIRST_LAYER = "first_layer"  # after the first layer, for which the machine pauses


class Access(StrEnum):
    """Who may run a machine."""

    PUBLIC = "public"  # whoever comes in
    MEMBERS = "members"
    OPERATORS = "operators"  # people of the lab only


class AfterAlarm(StrEnum):
    """What a lab's agent does with a machine that an alarm (a limit switch, a lost position) has locked."""

    ASK = "ask"  # a person of the lab looks, then homes it or unlocks it
    HOME = "home"  # it is homed before its next job, as after a reset


@dataclass(frozen=True, slots=True)
class Connection:
    """How a machine is reached.

    Attributes:
        driver: the protocol it speaks, or hands.
        port: a serial device, "virtual" for a virtual twin, or None for hands.
        baud: of the serial line.
        address: of the print server, or None.
        key_variable: name of the environment variable that holds the server's key; a key is never in the file.
        after_alarm: what is done once an alarm has locked the machine.
    """

    driver: Driver
    port: str | None = None
    baud: int = 115200
    address: str | None = None
    key_variable: str | None = None
    after_alarm: AfterAlarm = AfterAlarm.ASK

    def __post_init__(self) -> None:
        if self.driver.is_server and not self.address:
            raise ValueError(f"a machine behind {self.driver} needs the server's address")
        if not self.driver.is_server and (self.address or self.key_variable):
            raise ValueError(f"address and key_variable are for print servers, not for {self.driver}")
        if self.driver.is_server and self.port:
            raise ValueError(f"a machine behind {self.driver} has an address, no port")
        if self.driver in {Driver.MARLIN, Driver.GRBL} and not self.port:
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
        envelope_mm: x, y, z of the working space: what it makes lies in there.
        bed_mm: x and y of a bed for sheets, where no height is known; an envelope counts before it.
        feed_through: "x" or "y", the axis along which a longer sheet goes through and is moved on by hand; or None.
        reach_mm: by axis ("x", "y", "z"), the least and greatest coordinate to which the tool goes, where that is more
            than the envelope or its zero lies elsewhere: for purging, wiping and parking, never for pieces.
        unattended: whether a run may go on in a closed lab.
        set_up_min, take_off_min: an operator's minutes before and after each run.
        connection: how it is reached.
        limits: what it may be asked for at most.
        model: id in the library of models (`machines/models`), or None.
        nozzles_mm: diameters of the nozzles at hand, the fitted one first; empty is not stated.
        tools_mm: diameters of the milling tools at hand, or the width of the beam or blade; empty is not stated.
        tolerance_mm: what it holds, plus or minus.
        power_w: of the beam or the spindle.
        axes: how many axes of a mill move, or None.
        margin_mm: kept free on each side of the envelope.
        motion: how fast it moves.
        certificates: what it or its lab is certified for ("food_contact", "iso_9001").
        training: id of the skill that an operator needs, or None.
        access: who may run it, or None.
        maintenance: when it does not run.
        changeover_min: an operator's minutes by what changes ("material", "colour", "tool", "sheet").
        hourly_cost: of the machine, in the lab's currency.
        energy_w: mean electric power while it runs.
        mode: who starts its jobs; None: operators arm a real machine, a virtual one is automatic.
        confirm: what a person confirms; None: that the bed is clear, of a real machine.
        allow: commands and macros beyond the dialect's list that the lab vouches for on this machine.
        from_model: names of the attributes that come from the library, because the lab does not state them.
    """

    id: str
    lab: str
    name: str
    processes: tuple[str, ...]
    connection: Connection
    materials: tuple[str, ...] = ()
    thickness_mm: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    envelope_mm: tuple[float, float, float] | None = None
    bed_mm: tuple[float, float] | None = None
    feed_through: str | None = None
    reach_mm: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    unattended: bool = False
    set_up_min: float = 0.0
    take_off_min: float = 0.0
    limits: MachineLimits = field(default_factory=MachineLimits)
    model: str | None = None
    nozzles_mm: tuple[float, ...] = ()
    tools_mm: tuple[float, ...] = ()
    tolerance_mm: float | None = None
    power_w: float | None = None
    axes: int | None = None
    margin_mm: float = 0.0
    motion: Motion = field(default_factory=Motion)
    certificates: tuple[str, ...] = ()
    training: str | None = None
    changeover_min: Mapping[str, float] = field(default_factory=dict)
    hourly_cost: float | None = None
    energy_w: float | None = None
    access: Access | None = None
    maintenance: tuple[Period, ...] = ()
    mode: Mode | None = None
    confirm: tuple[Confirmation, ...] | None = None
    allow: tuple[str, ...] = ()
    from_model: tuple[str, ...] = ()

    @property
    def travel_mm(self) -> tuple[tuple[float, float], ...] | None:
        """The least and greatest x, y and z to which the tool may go; None where the envelope is not known."""
        if self.envelope_mm is None:
            return None
        spans = zip("xyz", self.envelope_mm, strict=True)
        return tuple(self.reach_mm.get(axis, (0.0, length)) for axis, length in spans)

    @property
    def sheet_room_mm(self) -> tuple[float, float, float] | None:
        """The space for a sheet: the envelope, else the bed under any height: what it cuts through goes under it."""
        if self.envelope_mm is not None or self.bed_mm is None:
            return self.envelope_mm
        return (*self.bed_mm, _ANY_HEIGHT_MM)

    @property
    def confirms(self) -> tuple[Confirmation, ...]:
        """What a person confirms of its jobs, by what is stated or by default."""
        if self.confirm is None:
            return () if self.connection.virtual else (Confirmation.BED_CLEAR,)
        return self.confirm

    def __post_init__(self) -> None:
        where = f"machine {self.id}"
        _require(bool(self.processes), f"{where} names no process")
        _require(min(self.envelope_mm or (1,)) > 0, f"{where}: every length of the envelope is above zero")
        _require(min(self.bed_mm or (1,)) > 0, f"{where}: both lengths of the bed are above zero")
        _require(self.feed_through in (None, "x", "y"), f"{where}: sheets pass through along x or y")
        _require(self.axes is None or 1 <= self.axes <= _MOST_AXES, f"{where}: a machine has 1 to {_MOST_AXES} axes")
        minutes = (self.set_up_min, self.take_off_min, *self.changeover_min.values())
        _require(min(minutes) >= 0, f"{where}: operator minutes are not below zero")
        diameters = (*self.nozzles_mm, *self.tools_mm)
        _require(min(diameters, default=1) > 0, f"{where}: diameters of nozzles and tools are above zero")
        amounts = (self.tolerance_mm, self.margin_mm, self.power_w, self.hourly_cost, self.energy_w)
        _require(
            all(amount is None or amount >= 0 for amount in amounts),
            f"{where}: tolerance, margin, power, cost and energy are not below zero",
        )
        _check_reach(where, self.reach_mm, self.envelope_mm)
        for material, (least, greatest) in self.thickness_mm.items():
            _require(0 <= least <= greatest, f"{where}: thickness of {material} runs from {least} to {greatest} mm")
