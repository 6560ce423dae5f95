"""What the forms of a lab and of a machine say, as entries of a labs document (docs/labs.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from coordinator.web.carriage_entry import CarriageSent
from coordinator.web.forms import Sent
from core.errors import InputError
from core.makers import Maker
from core.trees import processes
from machines.exchange.words import slug
from machines.hours import WEEKDAYS, parse_opening_hours
from machines.lab import Policy
from machines.library import library
from machines.machine import Driver

__all__ = ["WAYS", "LabSent", "MachineSent", "hours_by_day"]

WAYS: Final = ("hands", "virtual", "marlin", "grbl", "octoprint", "moonraker", "prusalink", "duet")
"""How a machine is driven: by a driver's name, or by a virtual twin of what its model speaks."""
_Line = Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", strip_whitespace=True)]
_Spans = Annotated[str, StringConstraints(max_length=100, pattern=r"^[0-9:,\s-]*$")]
_Degrees = Annotated[str, StringConstraints(pattern=r"^(-?\d{1,3}([.,]\d{1,8})?)?$")]
_Length = Annotated[str, StringConstraints(pattern=r"^(\d{1,5}([.,]\d{1,3})?)?$")]


_Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
_LIMITS: Final = ("nozzle_c", "bed_c", "feed_mm_min", "spindle_s")


class LabSent(CarriageSent):
    """What a lab says of itself; a day without spans is closed. `seen` tells what stood there when it was read."""

    name: Annotated[_Line, Field(min_length=1)]
    zone: Annotated[_Line, Field(min_length=1)]
    mon: _Spans = ""
    tue: _Spans = ""
    wed: _Spans = ""
    thu: _Spans = ""
    fri: _Spans = ""
    sat: _Spans = ""
    sun: _Spans = ""
    city: _Line = ""
    latitude: _Degrees = ""
    longitude: _Degrees = ""
    accepts: Policy = Policy.ASKS
    unattended_starts: bool = False
    maker: Maker | Literal[""] = ""
    seen: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32})?$")] = ""

    def over(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """The entry with what the form says; what the form does not ask for stays.

        Raises:
            InputError: the lab never opens, or its place is stated without latitude and longitude.
        """
        policy = {**entry.get("policy", {}), "accepts": str(self.accepts), "unattended_starts": self.unattended_starts}
        made = {**entry, "name": self.name, "timezone": self.zone, "opening_hours": self._hours(), "policy": policy}
        for key, value in (("place", self._place()), ("maker", str(self.maker))):
            if value:
                made[key] = value
            else:
                made.pop(key, None)
        return self.with_carriage(made)

    def _hours(self) -> dict[str, list[str]]:
        hours = {day: [span.strip() for span in getattr(self, day).split(",") if span.strip()] for day in WEEKDAYS}
        if not any(hours.values()):
            raise InputError("a lab that never opens makes nothing", where="opening hours", hint="write 09:00-17:00")
        return {day: spans for day, spans in hours.items() if spans}

    def _place(self) -> dict[str, Any]:
        place: dict[str, Any] = {"city": self.city} if self.city else {}
        if not self.latitude or not self.longitude:
            if place or self.latitude or self.longitude:
                hint = "look them up on a map, to a hundredth of a degree; or leave all of it empty"
                raise InputError("a place has a latitude and a longitude", where="place", hint=hint)
            return {}
        place |= {"latitude": _number(self.latitude), "longitude": _number(self.longitude)}
        return place


class MachineSent(Sent):
    """A machine: of a model of the library, or of a name and a process of its own."""

    model: _Line = ""
    name: _Line = ""
    process: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{0,60}$")] = ""
    x_mm: _Length = ""
    y_mm: _Length = ""
    z_mm: _Length = ""
    material: list[_Id] = Field(default=[], max_length=100)
    nozzle_c: _Length = ""
    bed_c: _Length = ""
    feed_mm_min: _Length = ""
    spindle_s: _Length = ""
    way: Annotated[str, StringConstraints(pattern=f"^({'|'.join(WAYS)})$")] = "hands"
    reached_at: Annotated[_Line, StringConstraints(max_length=200)] = ""
    unattended: bool = False

    def entry(self, taken: set[str]) -> dict[str, Any]:
        """The machine as a labs document says it, under an id that is not taken.

        Args:
            taken: the ids of all machines of the network.

        Raises:
            InputError: no model or several go by this name, or there is neither a model nor a name and a process.
        """
        if self.model:
            model = library().require(self.model, where="model")
            made: dict[str, Any] = {"id": slug(self.name or model.id, taken, "machine"), "model": model.id}
            made |= {"name": self.name} if self.name else {}
            speaks, does = model.driver, model.processes
        elif self.name and self.process:
            made = {"id": slug(self.name, taken, "machine"), "name": self.name, "processes": [self.process]}
            speaks, does = None, (self.process,)
        else:
            hint = "choose a model; or give the machine a name and a process"
            raise InputError("what kind of machine this is nobody has said", where="model", hint=hint)
        sizes = (self.x_mm, self.y_mm, self.z_mm)
        if any(sizes):
            if not all(sizes):
                raise InputError("a working space has three lengths", where="working space")
            made["envelope_mm"] = [_number(each) for each in sizes]
        if self.material:
            made["materials"] = list(dict.fromkeys(self.material))
        limits = {each: _number(value) for each in _LIMITS if (value := getattr(self, each))}
        if limits:
            made["limits"] = limits
        if self.unattended:
            made["unattended"] = True
        connection = self._connection(speaks or _driver_for(does))
        return made | ({"connection": connection} if connection else {})

    def _connection(self, speaks: Driver) -> dict[str, Any]:
        if self.way == "hands":
            return {}
        if self.way == "virtual":
            return {"driver": str(speaks), "port": "virtual"}
        if not self.reached_at:
            raise InputError(
                "how the machine is reached is not stated", where="reached at", hint="a port or an address"
            )
        key = "port" if self.way in (Driver.MARLIN, Driver.GRBL) else "address"
        return {"driver": self.way, key: self.reached_at}


def hours_by_day(entry: Mapping[str, Any]) -> dict[str, str]:
    """Weekly hours as the form shows them: by day, spans with commas between; a closed day has none."""
    hours = parse_opening_hours(entry.get("opening_hours", {}), where="opening_hours")
    return {
        day: ", ".join(f"{begin:%H:%M}-{_end(end)}" for begin, end in hours.get(at, ()))
        for at, day in enumerate(WEEKDAYS)
    }


def _end(of_span: time) -> str:
    """The end of a span: midnight is that of the same day."""
    return "24:00" if of_span == time() else f"{of_span:%H:%M}"


def _driver_for(does: tuple[str, ...]) -> Driver:
    """What a virtual twin speaks where no model says it: Marlin prints, GRBL cuts."""
    prints = any(each in processes() and processes().is_a(each, "additive") for each in does)
    return Driver.MARLIN if prints else Driver.GRBL


def _number(text: str) -> float:
    return float(text.replace(",", "."))
