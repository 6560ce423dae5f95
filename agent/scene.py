"""What there is to see of a station at one moment, as values."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from agent.journal import Entry
from agent.stand import Stand
from agent.station import Station
from core.errors import StateError
from firmware_bridge.device import Progress

__all__ = ["MachineScene", "Scene", "scene_of"]

_TAIL = 8


@dataclass(frozen=True, slots=True)
class MachineScene:
    """One machine.

    Attributes:
        id: of it.
        state: what it does.
        what: its job makes, or "".
        question: why it waits for a person, or "".
        progress: of the job, or None.
        temperatures_c: as last seen, by heater: actual and target.
        tail: the last entries of its journal, the newest first.
        steered: whether a job runs that can be acted on.
        fresh: whether its temperatures are of now: a serial machine is asked for them during jobs only.
    """

    id: str
    state: str
    what: str
    question: str
    progress: Progress | None
    temperatures_c: Mapping[str, tuple[float, float]]
    tail: tuple[Entry, ...]
    steered: bool
    fresh: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """A station.

    Attributes:
        machines: by id.
        contact_ago_s: since the coordinator last answered; None when it never has.
        draining: whether it takes no more jobs.
        untold: what runs, or whose end the coordinator does not know yet.
    """

    machines: tuple[MachineScene, ...]
    contact_ago_s: float | None
    draining: bool
    untold: tuple[str, ...]


async def scene_of(station: Station) -> Scene:
    """What there is to see now; to be called in the station's loop."""
    ago = None if station.contact_at is None else max(0.0, time.time() - station.contact_at)
    machines = sorted((_machine(station, each) for each in station.stands), key=lambda each: each.id)
    return Scene(tuple(machines), ago, station.draining, station.busy)


def _machine(station: Station, stand: Stand) -> MachineScene:
    control, seen = stand.control, station.telling.seen.get(stand.id)
    try:
        tail = stand.journal.tail(_TAIL)
    except StateError:  # a journal that cannot be read stops its machine, not the page
        tail = ()
    idle = seen.state if seen is not None else "idle"
    return MachineScene(
        stand.id,
        str(control.state) if control is not None else idle,
        stand.work.what if stand.work is not None else "",
        (control.question or control.held_by) if control is not None else "",
        stand.progress,
        seen.temperatures_c if seen is not None else {},
        tail,
        control is not None,
        control is not None or stand.address.is_server,
    )
