"""When machines are not to be had: locks, upkeep, reservations, work from outside; and what became of their hours."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field, StringConstraints

from coordinator.api.common import Body, MachineId, Moment, Reason, RowId, Why
from coordinator.api.context import After, App, Asked, Limit, Who
from coordinator.service.house import View
from coordinator.service.machinery.held import HeldView
from coordinator.service.machinery.locks import CareView, LockView
from coordinator.service.machinery.outside_work import OutsideView
from coordinator.service.machinery.reservations import ReservationView
from coordinator.service.machinery.running import UtilisationView
from coordinator.service.machinery.upkeep import UpkeepView
from coordinator.service.paging import Page
from coordinator.service.planning.trial_views import TrialView

__all__ = ["router"]

router = APIRouter(tags=["machines"])
Lab = Annotated[str | None, Query(max_length=40)]
Needed = Annotated[Reason, Field(min_length=1)]


class Standing(View):
    """What keeps a machine from its work now, and the jobs that wait for that."""

    machine: str
    lock: LockView | None
    outside: OutsideView | None
    held: list[HeldView]


class LockSent(Body):
    """Why a machine is locked, and until when it may be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"why": "nozzle clogged"}]})
    why: Needed
    until: Moment | None = None


class Stop(Body):
    """For how many hours a machine would stop: 672, which is four weeks, at most."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hours": 24}]})
    hours: Annotated[float, Field(gt=0, le=24 * 28)]


class Done(Body):
    """What was done to a machine."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"done": "nozzle changed"}]})
    done: Reason = ""


class UpkeepSent(Body):
    """What is to be done regularly: by hours run, or by an RRULE value from a moment on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "grease the rods", "every_hours": 200, "locks": True},
                {"name": "check the belts", "rule": "FREQ=WEEKLY", "starts_at": "2030-01-07T09:00:00Z"},
            ]
        }
    )
    name: Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    every_hours: Annotated[float, Field(gt=0, le=100_000)] | None = None
    rule: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=r"^[\x21-\x7e]+$")] | None = None
    starts_at: Moment | None = None
    locks: bool = False


class ReservationSent(Body):
    """A machine, for a time. `anyway` moves work that was promised for it; that is for the lab's operators."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "machine": "north-laser",
                    "starts_at": "2030-01-07T14:00:00Z",
                    "ends_at": "2030-01-07T16:00:00Z",
                    "why": "a course",
                }
            ]
        }
    )
    machine: MachineId
    starts_at: Moment
    ends_at: Moment
    why: Reason = ""
    anyway: bool = False


@router.get("/machines/{machine_id}/standing")
def read_standing(application: App, machine_id: MachineId) -> Standing:
    """What keeps a machine from its work: a lock, work from outside, and jobs that may not start, with the reason."""
    return Standing(
        machine=machine_id,
        lock=application.locks.of(machine_id),
        outside=application.outside_work.of(machine_id),
        held=application.held.all(machine=machine_id),
    )


@router.get("/locks")
def list_locks(application: App, lab: Lab = None, after: After = None, limit: Limit = 50) -> Page[LockView]:
    """Locks that hold now, of one lab or of all."""
    return application.locks.open(lab, after=after, limit=limit)


@router.post("/machines/{machine_id}/lock", status_code=201)
def lock_machine(application: App, call: Asked, machine_id: MachineId, body: LockSent) -> LockView:
    """Lock a machine: no job starts on it until it is unlocked. One that runs goes on."""
    return application.locks.lock(call, machine_id, body.why, body.until)


@router.post("/machines/{machine_id}/unlock")
def unlock_machine(application: App, call: Asked, machine_id: MachineId, body: Done) -> LockView:
    """Unlock a machine, and say what was done: the upkeep for which it was locked begins to count anew."""
    return application.locks.unlock(call, machine_id, body.done)


@router.get("/machines/{machine_id}/care")
def list_care(application: App, machine_id: MachineId, after: After = None, limit: Limit = 50) -> Page[CareView]:
    """What was done to a machine, the newest first, with the hours that it had run."""
    return application.locks.log(machine_id, after=after, limit=limit)


@router.post("/machines/{machine_id}/care", status_code=201)
def note_care(application: App, call: Asked, machine_id: MachineId, body: Done) -> CareView:
    """Write down what was done to a machine."""
    return application.locks.note(call, machine_id, body.done)


@router.get("/machines/{machine_id}/upkeep")
def list_upkeep(application: App, machine_id: MachineId) -> list[UpkeepView]:
    """What is to be done to a machine regularly, and when next."""
    return application.upkeep.of(machine_id)


@router.post("/machines/{machine_id}/upkeep", status_code=201)
def add_upkeep(application: App, call: Asked, machine_id: MachineId, body: UpkeepSent) -> UpkeepView:
    """Say what is to be done to a machine regularly; when it is due, that is told, and the machine locked if wanted."""
    return application.upkeep.add(
        call, machine_id, body.name,
        every_hours=body.every_hours, rule=body.rule, starts_at=body.starts_at, locks=body.locks,
    )  # fmt: skip


@router.post("/upkeep/{upkeep_id}/done")
def do_upkeep(application: App, call: Asked, upkeep_id: RowId, body: Done) -> UpkeepView:
    """Say that it was done: it begins to count anew."""
    return application.upkeep.done(call, upkeep_id, body.done)


@router.delete("/upkeep/{upkeep_id}")
def end_upkeep(application: App, call: Asked, upkeep_id: RowId) -> UpkeepView:
    """Say that it is to be done no more."""
    return application.upkeep.end(call, upkeep_id)


@router.get("/machines/{machine_id}/utilisation")
def read_utilisation(
    application: App,
    machine_id: MachineId,
    since: Annotated[Moment | None, Query(description="30 days before the end, where it is not said.")] = None,
    until: Annotated[Moment | None, Query(description="Now, where it is not said.")] = None,
) -> UtilisationView:
    """What a machine did in a time of up to a year: hours run, reserved, locked, busy with other work, idle."""
    return application.running.utilisation(machine_id, since, until)


@router.get("/reservations")
def list_reservations(
    application: App,
    actor: Who,
    lab: Lab = None,
    machine: Annotated[str | None, Query(max_length=40)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page[ReservationView]:
    """Reservations that are not over; who has them is told to their lab and to themselves."""
    return application.reservations.all(actor, lab, machine, after=after, limit=limit)


@router.post("/reservations", status_code=201)
def reserve_machine(application: App, call: Asked, body: ReservationSent) -> ReservationView:
    """Reserve a machine: of your own lab, or one that its lab opens to everybody."""
    return application.reservations.make(call, body.machine, body.starts_at, body.ends_at, body.why, anyway=body.anyway)


@router.post("/reservations/{reservation_id}/end")
def end_reservation(application: App, call: Asked, reservation_id: RowId, body: Why) -> ReservationView:
    """Give a machine back, before its time or in the midst of it."""
    return application.reservations.end(call, reservation_id, body.why)


@router.post("/machines/{machine_id}/trial")
def try_stop(application: App, actor: Who, machine_id: MachineId, body: Stop) -> TrialView:
    """What would change if a machine stopped: the builds with work on it, planned as they stand and without it.

    Nothing is stored. It takes some seconds a build.
    """
    return application.trials.stopped(actor, machine_id, body.hours)
