"""Reading labs and machines from a YAML file.

The format is described in `docs/labs.md`; `examples/labs.yaml` is one. Unknown keys are errors that name the key, so
that a typing slip never becomes a silent default.
"""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import InputError
from core.trees import materials, processes
from machines.lab import Connection, Driver, Lab, Machine, MachineLimits, Network, OpeningHours, Place, Policy

__all__ = ["parse_opening_hours", "read_network"]

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_MAX_BYTES = 5_000_000
_PLAIN = {  # pydantic's words for what people do most, in theirs
    "extra_forbidden": "this key is not known",
    "missing": "this key is missing",
    "model_type": "keys and values are expected here",
    "list_type": "a list is expected here",
}


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Place(_Document):
    latitude: float
    longitude: float
    city: str | None = None


class _Policy(_Document):
    accepts: Policy = Policy.ASKS


class _Connection(_Document):
    driver: Driver = Driver.HANDS
    port: str | None = None
    baud: int = 115200


class _Limits(_Document):
    nozzle_c: float | None = Field(default=None, ge=0, le=600)
    bed_c: float | None = Field(default=None, ge=0, le=300)
    feed_mm_min: float | None = Field(default=None, gt=0, le=1_000_000)
    spindle_s: float | None = Field(default=None, ge=0, le=1_000_000)


class _Machine(_Document):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str
    processes: list[str]
    materials: list[str] = []
    thickness_mm: dict[str, tuple[float, float]] = {}
    envelope_mm: tuple[float, float, float] | None = None
    unattended: bool = False
    set_up_min: float = Field(default=0.0, ge=0, le=10_080)
    take_off_min: float = Field(default=0.0, ge=0, le=10_080)
    connection: _Connection = _Connection()
    limits: _Limits = _Limits()


class _Lab(_Document):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    name: str
    timezone: str
    opening_hours: dict[str, str | list[str]]
    place: _Place | None = None
    policy: _Policy = _Policy()
    machines: list[_Machine] = []


class _Transport(_Document):
    between: tuple[str, str]
    minutes: float = Field(ge=0, le=525_600)


class _Network(_Document):
    labs: list[_Lab] = Field(min_length=1)
    transport: list[_Transport] = []


def read_network(path: Path) -> Network:
    """Read labs, machines and transport.

    Raises:
        InputError: the file is missing, no YAML, or says something impossible; the place is named.
    """
    document = _load(path)
    try:
        parsed = _Network.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        key = _place_in_words(document, first["loc"])
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        hint = "docs/labs.md describes the format"
        what = _PLAIN.get(first["type"], first["msg"])
        raise InputError(f"{key}: {what}{more}", where=str(path), hint=hint) from None
    labs = tuple(_lab(lab, f"{path}: lab {lab.id}") for lab in parsed.labs)
    _refuse_duplicates([lab.id for lab in labs], "lab", path)
    _refuse_duplicates([machine.id for lab in labs for machine in lab.machines], "machine", path)
    known = {lab.id for lab in labs}
    _refuse_duplicates([" and ".join(sorted(way.between)) for way in parsed.transport], "the way between", path)
    for way in parsed.transport:
        if way.between[0] == way.between[1]:
            raise InputError(f"transport from {way.between[0]!r} to itself", where=str(path))
        if strangers := set(way.between) - known:
            raise InputError(f"transport names the unknown lab {sorted(strangers)[0]!r}", where=str(path))
    return Network(labs, {frozenset(way.between): way.minutes for way in parsed.transport})


def parse_opening_hours(written: dict[str, str | list[str]], *, where: str) -> OpeningHours:
    """Weekly hours from ``{"mon-fri": "09:00-19:00", "sat": ["10:00-12:00", "13:00-16:00"], "sun": "closed"}``.

    Raises:
        InputError: a day or a span cannot be read. A span that ends before it begins ends on the next day.
    """
    hours: dict[int, tuple[tuple[time, time], ...]] = {}
    for days, spans in written.items():
        listed = [spans] if isinstance(spans, str) else spans
        parsed = tuple(sorted(_span(span, where) for span in listed if span.strip().casefold() != "closed"))
        for weekday in _weekdays(days, where):
            if weekday in hours:
                raise InputError(f"opening_hours names {_WEEKDAYS[weekday]} twice", where=where)
            hours[weekday] = parsed
    return {weekday: spans for weekday, spans in sorted(hours.items()) if spans}


def _load(path: Path) -> Any:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise InputError(f"the file is larger than {_MAX_BYTES // 1_000_000} MB", where=str(path))
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the labs file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("the labs file is not UTF-8 text", where=str(path)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        spot = f"{path}:{mark.line + 1}" if mark else str(path)
        raise InputError(f"not YAML: {getattr(error, 'problem', None) or 'cannot be parsed'}", where=spot) from None
    except (ValueError, RecursionError) as error:  # a date that does not exist, a list a thousand deep
        raise InputError(
            f"not YAML that can be used: {str(error) or 'it is nested too deep'}", where=str(path)
        ) from None


def _place_in_words(document: Any, loc: tuple[int | str, ...]) -> str:
    """Where an error stands: ``labs[north].machines[printer].envelope``, by ids where the document has them."""
    words, at = "", document
    for part in loc:
        known = (isinstance(at, dict) and part in at) or (isinstance(at, list) and isinstance(part, int))
        at = at[part] if known else None
        if isinstance(part, int):
            words += f"[{at.get('id', part) if isinstance(at, dict) else part}]"
        else:
            words += f".{part}" if words else part
    return words or "the document"


def _weekdays(written: str, where: str) -> list[int]:
    if written.strip().casefold() == "daily":
        return list(range(7))
    first, _, last = (part.strip().casefold() for part in written.partition("-"))
    try:
        start = _WEEKDAYS.index(first)
        stop = _WEEKDAYS.index(last) if last else start
    except ValueError:
        raise InputError(f"{written!r} is no weekday", where=where, hint="write mon, mon-fri or daily") from None
    return [day % 7 for day in range(start, (stop if stop >= start else stop + 7) + 1)]


def _span(written: str, where: str) -> tuple[time, time]:
    match = _SPAN.fullmatch(written.strip())
    if not match:
        raise InputError(f"{written!r} is no span of time", where=where, hint="write 09:00-19:00")
    hour1, minute1, hour2, minute2 = (int(part) for part in match.groups())
    if (hour2, minute2) == (24, 0):
        hour2 = 0
    try:
        return time(hour1, minute1), time(hour2, minute2)
    except ValueError:
        raise InputError(f"{written!r} is no span of time", where=where, hint="write 09:00-19:00") from None


def _lab(lab: _Lab, where: str) -> Lab:
    try:
        ZoneInfo(lab.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = "write one such as Europe/Berlin"
        raise InputError(f"{lab.timezone!r} is no time zone", where=where, hint=hint) from None
    try:
        place = Place(lab.place.latitude, lab.place.longitude, lab.place.city) if lab.place else None
    except ValueError as error:
        raise InputError(str(error), where=where) from None
    hours = parse_opening_hours(lab.opening_hours, where=where)
    made = tuple(_machine(machine, lab.id, f"{where}, machine {machine.id}") for machine in lab.machines)
    return Lab(lab.id, lab.name, lab.timezone, hours, lab.policy.accepts, made, place)


def _machine(machine: _Machine, lab_id: str, where: str) -> Machine:
    def material(word: str) -> str:
        return materials().require(word, where=where).id

    try:
        return Machine(
            id=machine.id,
            lab=lab_id,
            name=machine.name,
            processes=tuple(processes().require(word, where=where).id for word in machine.processes),
            connection=Connection(**machine.connection.model_dump()),
            materials=tuple(material(word) for word in machine.materials),
            thickness_mm={material(word): span for word, span in machine.thickness_mm.items()},
            envelope_mm=machine.envelope_mm,
            unattended=machine.unattended,
            set_up_min=machine.set_up_min,
            take_off_min=machine.take_off_min,
            limits=MachineLimits(**machine.limits.model_dump()),
        )
    except ValueError as error:
        raise InputError(str(error), where=where) from None


def _refuse_duplicates(ids: list[str], what: str, path: Path) -> None:
    for each in ids:
        if ids.count(each) > 1:
            raise InputError(f"{what} {each!r} stands twice", where=str(path))
