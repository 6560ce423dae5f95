"""The part of the API under `machines`, and what it answers.

Made by `./dev python -m coordinator.client.generate`: change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coordinator.client.caller import new_key
from coordinator.client.calls import Calls, segment
from coordinator.client.nouns.shared import (
    JobState,
)

__all__ = [
    "CareView",
    "ConflictView",
    "HeldView",
    "LockView",
    "Machines",
    "MovedView",
    "OutsideView",
    "ReservationView",
    "Standing",
    "TrialBuildView",
    "TrialView",
    "UpkeepView",
    "UtilisationView",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class CareView:
    """Something that was done to a machine; `hours` is how long it had run for this network by then."""

    id: int
    machine: str
    at: datetime
    who: str
    what: str
    hours: float
    upkeep: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictView:
    """Work that was promised, or goes on, when a machine is reserved."""

    job_id: str
    task: str
    state: JobState
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldView:
    """A job whose time has come and that may not start, and why."""

    job_id: str
    build_id: int
    task: str
    machine: str
    lab: str
    why: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LockView:
    """A lock. `until` is when its end is expected; `running` is a job that went on when the machine was locked."""

    id: int
    machine: str
    lab: str
    why: str
    locked_at: datetime
    locked_by: str
    until: datetime | None
    unlocked_at: datetime | None
    unlocked_by: str | None
    running: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedView:
    """Work that would be made at another time or place; a machine is null where there would be none."""

    task: str
    machine: str | None
    start: datetime
    new_machine: str | None
    new_start: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideView:
    """Work that a machine does and nobody here has started; `ends_at` is when it is expected to end."""

    machine: str
    lab: str
    what: str
    began_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReservationView:
    """A time for which a person has a machine.

    Who, and what for, only the person and those see who see their lab. `conflicts` is work that is in the way: what has
    not begun is planned anew.
    """

    id: int
    machine: str
    lab: str
    starts_at: datetime
    ends_at: datetime
    person: str | None
    why: str | None
    conflicts: tuple[ConflictView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What keeps a machine from its work now, and the jobs that wait for that."""

    machine: str
    lock: LockView | None
    outside: OutsideView | None
    held: tuple[HeldView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialBuildView:
    """A build: when it ends as things stand and as they would stand; `why` says why it would have no plan."""

    build_id: int
    design: str
    end: datetime | None
    new_end: datetime | None
    moved: tuple[MovedView, ...]
    more_moved: int
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialView:
    """What would change if a machine stopped; builds without work on it are not looked at."""

    machine: str
    hours: float
    builds: tuple[TrialBuildView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepView:
    """What is to be done regularly.

    Of `hours_left` and `next_at` the one that counts is there; `due_at` if it is due. `rule` is an RRULE value, such as
    FREQ=WEEKLY, that begins at `starts_at`. One that `locks` locks its machine when it is due.
    """

    id: int
    machine: str
    lab: str
    name: str
    every_hours: float | None
    rule: str | None
    starts_at: datetime | None
    locks: bool
    done_at: datetime
    done_hours: float
    hours_left: float | None
    next_at: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilisationView:
    """What a machine did from one moment to another, in hours; the parts add up to `hours`.

    `running` is work of this network, `outside` other work that was seen; `share` is both, of the whole, 0 to 1.
    """

    machine: str
    lab: str
    since: datetime
    until: datetime
    hours: float
    running: float
    outside: float
    locked: float
    reserved: float
    idle: float
    share: float
    runs: int
    hours_run_ever: float


class Machines(Calls):
    """The part of the API under `machines`."""

    def read_standing(self, machine_id: str) -> Standing:
        """What keeps a machine from its work: a lock, work from outside, and jobs that may not start, with the reason."""  # noqa: E501 (the words of the route)
        return self._one(Standing, "GET", f"/machines/{segment(machine_id)}/standing")

    def list_locks(self, *, lab: str | None = None) -> Iterator[LockView]:
        """Locks that hold now, of one lab or of all."""
        return self._pages(LockView, "/locks", {"lab": lab}, 200)

    def lock_machine(
        self, machine_id: str, why: str, *, until: datetime | None = None, key: str | None = None
    ) -> LockView:
        """Lock a machine: no job starts on it until it is unlocked. One that runs goes on."""
        return self._one(
            LockView,
            "POST",
            f"/machines/{segment(machine_id)}/lock",
            body={"why": why, "until": until},
            key=new_key(key),
        )

    def unlock_machine(self, machine_id: str, *, done: str = "", key: str | None = None) -> LockView:
        """Unlock a machine, and say what was done: the upkeep for which it was locked begins to count anew."""
        return self._one(
            LockView, "POST", f"/machines/{segment(machine_id)}/unlock", body={"done": done}, key=new_key(key)
        )

    def list_care(self, machine_id: str) -> Iterator[CareView]:
        """What was done to a machine, the newest first, with the hours that it had run."""
        return self._pages(CareView, f"/machines/{segment(machine_id)}/care", {}, 200)

    def note_care(self, machine_id: str, *, done: str = "", key: str | None = None) -> CareView:
        """Write down what was done to a machine."""
        return self._one(
            CareView, "POST", f"/machines/{segment(machine_id)}/care", body={"done": done}, key=new_key(key)
        )

    def list_upkeep(self, machine_id: str) -> tuple[UpkeepView, ...]:
        """What is to be done to a machine regularly, and when next."""
        found: tuple[UpkeepView, ...] = self._any(
            tuple[UpkeepView, ...], "GET", f"/machines/{segment(machine_id)}/upkeep"
        )
        return found

    def add_upkeep(
        self,
        machine_id: str,
        name: str,
        *,
        every_hours: float | None = None,
        rule: str | None = None,
        starts_at: datetime | None = None,
        locks: bool = False,
        key: str | None = None,
    ) -> UpkeepView:
        """Say what is to be done to a machine regularly; when it is due, that is told, and the machine locked if wanted."""  # noqa: E501 (the words of the route)
        return self._one(
            UpkeepView,
            "POST",
            f"/machines/{segment(machine_id)}/upkeep",
            body={"name": name, "every_hours": every_hours, "rule": rule, "starts_at": starts_at, "locks": locks},
            key=new_key(key),
        )

    def do_upkeep(self, upkeep_id: int, *, done: str = "", key: str | None = None) -> UpkeepView:
        """Say that it was done: it begins to count anew."""
        return self._one(
            UpkeepView, "POST", f"/upkeep/{segment(upkeep_id)}/done", body={"done": done}, key=new_key(key)
        )

    def end_upkeep(self, upkeep_id: int, *, key: str | None = None) -> UpkeepView:
        """Say that it is to be done no more."""
        return self._one(UpkeepView, "DELETE", f"/upkeep/{segment(upkeep_id)}", key=new_key(key))

    def read_utilisation(
        self, machine_id: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> UtilisationView:
        """What a machine did in a time of up to a year: hours run, reserved, locked, busy with other work, idle.

        `since`: 30 days before the end, where it is not said.
        `until`: Now, where it is not said.
        """
        return self._one(
            UtilisationView,
            "GET",
            f"/machines/{segment(machine_id)}/utilisation",
            query={"since": since, "until": until},
        )

    def list_reservations(self, *, lab: str | None = None, machine: str | None = None) -> Iterator[ReservationView]:
        """Reservations that are not over; who has them is told to their lab and to themselves."""
        return self._pages(ReservationView, "/reservations", {"lab": lab, "machine": machine}, 200)

    def reserve_machine(
        self,
        machine: str,
        starts_at: datetime,
        ends_at: datetime,
        *,
        why: str = "",
        anyway: bool = False,
        key: str | None = None,
    ) -> ReservationView:
        """Reserve a machine: of your own lab, or one that its lab opens to everybody."""
        return self._one(
            ReservationView,
            "POST",
            "/reservations",
            body={"machine": machine, "starts_at": starts_at, "ends_at": ends_at, "why": why, "anyway": anyway},
            key=new_key(key),
        )

    def end_reservation(self, reservation_id: int, *, why: str = "", key: str | None = None) -> ReservationView:
        """Give a machine back, before its time or in the midst of it."""
        return self._one(
            ReservationView, "POST", f"/reservations/{segment(reservation_id)}/end", body={"why": why}, key=new_key(key)
        )

    def try_stop(self, machine_id: str, hours: float) -> TrialView:
        """What would change if a machine stopped: the builds with work on it, planned as they stand and without it.

        Nothing is stored. It takes some seconds a build.
        """
        return self._one(TrialView, "POST", f"/machines/{segment(machine_id)}/trial", body={"hours": hours})
