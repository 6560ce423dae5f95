"""The wall: what every machine of a lab is at, to be read across the room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Path

from coordinator.api.context import App, Who
from coordinator.schema.builds import JobState
from coordinator.service.machinery.held import HeldView
from coordinator.service.machinery.labs import MachineView
from coordinator.service.machinery.locks import LockView
from coordinator.service.work.board import WorkView
from coordinator.web.languages import mark
from coordinator.web.page import Page, Shown

__all__ = ["Mood", "Tile", "tiles", "wall"]


class Mood(StrEnum):
    """What a machine is to who walks by."""

    NEEDS = "bad"  # somebody has to come
    LOCKED = "asks"
    WORKS = "busy"
    STANDS = "calm"


@dataclass(frozen=True, slots=True)
class Tile:
    """One machine on the wall.

    Attributes:
        id, name: of the machine.
        mood: how loudly it is shown.
        words: what it is at, in a few.
        job: that it works on, or None.
        why: what stands in the way, or None.
        next: the start of what comes then, or None.
    """

    id: str
    name: str
    mood: Mood
    words: str
    job: WorkView | None
    why: str | None
    next: WorkView | None


def wall(application: App, actor: Who, lab_id: Annotated[str, Path(max_length=40)]) -> Page:
    """One lab on a large screen."""

    def show() -> Shown:
        found = application.labs.one(actor, lab_id)
        machines = application.labs.machines(actor, lab_id, limit=200).items
        facts = {
            "lab": found,
            "tiles": tiles(
                machines,
                application.board.at_work(lab=lab_id),
                application.board.to_come(lab_id),
                application.held.all(lab_id),
                application.locks.open(lab_id, limit=200).items,
            ),
            "waiting": application.board.waiting(lab=lab_id),
        }
        return Shown("wall", facts, ZoneInfo(found.entry["timezone"]))

    return Page(application, actor, show)


def tiles(
    machines: Sequence[MachineView], work: Sequence[WorkView], to_come: Sequence[WorkView],
    held: Sequence[HeldView], locks: Sequence[LockView],
) -> list[Tile]:  # fmt: skip
    """A tile for each machine; those that need somebody stand first, else they keep their order."""
    at_work = {each.machine: each for each in reversed(work)}
    after = {each.machine: each for each in reversed(to_come)}
    why = {each.machine: each.why for each in reversed(held)}
    locked = {each.machine: each.why for each in locks}
    found = [_tile(each, at_work, after, why, locked) for each in machines]
    return sorted(found, key=lambda tile: tile.mood is not Mood.NEEDS)


def _tile(
    machine: MachineView, work: Mapping[str, WorkView], after: Mapping[str, WorkView], held: Mapping[str, str],
    locked: Mapping[str, str],
) -> Tile:  # fmt: skip
    job, name = work.get(machine.id), str(machine.entry.get("name") or machine.id)
    following = after.get(machine.id)
    if job is not None:
        words = mark("starts") if job.state is JobState.DISPATCHED else mark("works")
        return Tile(machine.id, name, Mood.WORKS, words, job, None, following)
    if machine.id in locked:
        return Tile(machine.id, name, Mood.LOCKED, mark("locked"), None, locked[machine.id], following)
    if machine.id in held:
        return Tile(machine.id, name, Mood.NEEDS, mark("waits for you"), None, held[machine.id], following)
    return Tile(machine.id, name, Mood.STANDS, mark("stands still"), None, None, following)
