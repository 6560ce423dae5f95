"""How machines stand, on their pages: what is loaded, what keeps them from work, and the forms to say so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form
from fastapi.responses import Response
from pydantic import Field, StringConstraints, ValidationInfo, field_validator

from coordinator.api.common import LabId, MachineId, RowId
from coordinator.api.context import App, Who
from coordinator.ledger import MOST
from coordinator.schema.stock import Place, StockKind
from coordinator.service.access import VISITOR, Actor
from coordinator.service.application import Application
from coordinator.service.house import Call
from coordinator.service.machinery.held import HeldView
from coordinator.service.machinery.loads import MachineLoad
from coordinator.service.machinery.locks import CareView, LockView
from coordinator.service.machinery.outside_work import OutsideView
from coordinator.service.machinery.reservations import ReservationView
from coordinator.service.machinery.running import UtilisationView
from coordinator.service.machinery.stock import NewItem, StockView
from coordinator.service.machinery.upkeep import UpkeepView
from coordinator.web.forms import Plain, Sent, back_to, taken_by
from core.errors import InputError

__all__ = ["Standing", "router", "standing_of", "stock_of"]

router = APIRouter(include_in_schema=False)
_act = taken_by(router)
_MOST_SHOWN: Final = 200
_MOST_CARE: Final = 20
_Wall = Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?)?$")]
_Words = Annotated[str, StringConstraints(max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Amount = Annotated[float, Field(ge=0, le=MOST)]
_LengthMm = Annotated[float, Field(gt=0, le=100_000)]


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page of a machine shows of how it stands."""

    load: MachineLoad
    stock: Sequence[StockView]
    lock: LockView | None
    outside: OutsideView | None
    held: Sequence[HeldView]
    reservations: Sequence[ReservationView]
    upkeep: Sequence[UpkeepView]
    care: Sequence[CareView]
    month: UtilisationView


def standing_of(application: Application, actor: Actor, machine_id: str, lab_id: str) -> Standing:
    """How a machine stands, as somebody may see it."""
    return Standing(
        load=application.loads.of(machine_id),
        stock=stock_of(application, lab_id),
        lock=application.locks.of(machine_id),
        outside=application.outside_work.of(machine_id),
        held=application.held.all(machine=machine_id),
        reservations=sorted(
            application.reservations.all(actor, machine=machine_id, limit=_MOST_SHOWN).items,
            key=lambda each: each.starts_at,
        ),
        upkeep=application.upkeep.of(machine_id),
        care=application.locks.log(machine_id, limit=_MOST_CARE).items,
        month=application.running.utilisation(machine_id),
    )


def stock_of(application: Application, lab_id: str) -> Sequence[StockView]:
    """What a lab has, by kind and name; 200 items at most."""
    items = application.stock.all(lab_id, limit=_MOST_SHOWN).items
    return sorted(items, key=lambda each: (each.kind, each.material or "", each.name))


class _Blank(Sent):
    """A form in which a field that is left empty says nothing."""

    @field_validator("*", mode="before")
    @classmethod
    def _empty_says_nothing(cls, value: Any, info: ValidationInfo) -> Any:
        field = cls.model_fields[str(info.field_name)]
        return field.get_default() if value == "" and not field.is_required() else value


class StockSent(_Blank):
    """An item for a lab's stock."""

    kind: StockKind
    name: _Name
    amount: _Amount = 1.0
    material: _Words | None = None
    colour: _Words | None = None
    diameter_mm: _LengthMm | None = None
    thickness_mm: _LengthMm | None = None
    length_mm: _LengthMm | None = None
    width_mm: _LengthMm | None = None
    low: _Amount | None = None


class CorrectionSent(Sent):
    """What is left of an item."""

    left: _Amount


class LoadSent(Sent):
    """An item for a slot."""

    stock_id: Annotated[int, Field(ge=1, le=2**53 - 1)]
    slot: Annotated[int, Field(ge=0, le=31)] = 0


class UnloadSent(Sent):
    """What comes off."""

    place: Place
    slot: Annotated[int, Field(ge=0, le=31)] = 0


class LockSent(Sent):
    """A lock, until a wall time of the lab or for as long as it takes."""

    until: _Wall = ""


class ReservationSent(Sent):
    """A time, as the clock of the lab shows it."""

    starts: _Wall
    ends: _Wall
    anyway: bool = False


class UpkeepSent(_Blank):
    """What is to be done every so many hours run, or every so many days."""

    name: _Name
    every_hours: Annotated[float, Field(gt=0, le=100_000)] | None = None
    every_days: Annotated[int, Field(ge=1, le=999)] | None = None
    locks: bool = False


@_act("/labs/{lab_id}/stock")
def add_stock(application: App, actor: Who, lab_id: LabId, sent: Annotated[StockSent, Form()]) -> Response:
    """Put an item into stock."""
    new = NewItem(**sent.model_dump(exclude={"why", "back"}))
    application.stock.add(Call(actor), lab_id, new, sent.why)
    return back_to(sent.back)


@_act("/stock/{stock_id}/correction")
def correct_stock(application: App, actor: Who, stock_id: RowId, sent: Annotated[CorrectionSent, Form()]) -> Response:
    """Say what is left."""
    application.stock.correct(Call(actor), stock_id, sent.left, sent.why)
    return back_to(sent.back)


@_act("/stock/{stock_id}/retirement")
def retire_stock(application: App, actor: Who, stock_id: RowId, sent: Plain) -> Response:
    """Say that an item is gone."""
    application.stock.retire(Call(actor), stock_id, sent.why)
    return back_to(sent.back)


@_act("/machines/{machine_id}/load")
def load(application: App, actor: Who, machine_id: MachineId, sent: Annotated[LoadSent, Form()]) -> Response:
    """Say what is on a machine."""
    application.loads.load(Call(actor), machine_id, sent.stock_id, sent.slot)
    return back_to(sent.back)


@_act("/machines/{machine_id}/unload")
def unload(application: App, actor: Who, machine_id: MachineId, sent: Annotated[UnloadSent, Form()]) -> Response:
    """Say what is on a machine no more."""
    application.loads.unload(Call(actor), machine_id, sent.place, sent.slot)
    return back_to(sent.back)


@_act("/jobs/{job_id}/waiver")
def waive(application: App, actor: Who, job_id: str, sent: Plain) -> Response:
    """Let a job start with what is loaded."""
    application.loads.waive(Call(actor), job_id, sent.why)
    return back_to(sent.back)


@_act("/machines/{machine_id}/lock")
def lock(application: App, actor: Who, machine_id: MachineId, sent: Annotated[LockSent, Form()]) -> Response:
    """Lock a machine."""
    until = _moment(application, machine_id, sent.until) if sent.until else None
    application.locks.lock(Call(actor), machine_id, sent.why, until)
    return back_to(sent.back)


@_act("/machines/{machine_id}/unlock")
def unlock(application: App, actor: Who, machine_id: MachineId, sent: Plain) -> Response:
    """Unlock a machine."""
    application.locks.unlock(Call(actor), machine_id, sent.why)
    return back_to(sent.back)


@_act("/machines/{machine_id}/care")
def care(application: App, actor: Who, machine_id: MachineId, sent: Plain) -> Response:
    """Write down what was done."""
    application.locks.note(Call(actor), machine_id, sent.why)
    return back_to(sent.back)


@_act("/machines/{machine_id}/upkeep")
def add_upkeep(application: App, actor: Who, machine_id: MachineId, sent: Annotated[UpkeepSent, Form()]) -> Response:
    """Say what is to be done regularly; days count from now on."""
    rule = None if sent.every_days is None else f"FREQ=DAILY;INTERVAL={sent.every_days}"
    starts_at = None if rule is None else application.house.clock.now()
    application.upkeep.add(
        Call(actor), machine_id, sent.name,
        every_hours=sent.every_hours, rule=rule, starts_at=starts_at, locks=sent.locks,
    )  # fmt: skip
    return back_to(sent.back)


@_act("/upkeep/{upkeep_id}/done")
def upkeep_done(application: App, actor: Who, upkeep_id: RowId, sent: Plain) -> Response:
    """Say that it was done."""
    application.upkeep.done(Call(actor), upkeep_id, sent.why)
    return back_to(sent.back)


@_act("/upkeep/{upkeep_id}/end")
def upkeep_end(application: App, actor: Who, upkeep_id: RowId, sent: Plain) -> Response:
    """Say that it is to be done no more."""
    application.upkeep.end(Call(actor), upkeep_id)
    return back_to(sent.back)


@_act("/machines/{machine_id}/reservations")
def reserve(application: App, actor: Who, machine_id: MachineId, sent: Annotated[ReservationSent, Form()]) -> Response:
    """Reserve a machine."""
    starts, ends = (_moment(application, machine_id, each) for each in (sent.starts, sent.ends))
    application.reservations.make(Call(actor), machine_id, starts, ends, sent.why, anyway=sent.anyway)
    return back_to(sent.back)


@_act("/reservations/{reservation_id}/end")
def end_reservation(application: App, actor: Who, reservation_id: RowId, sent: Plain) -> Response:
    """Give a machine back."""
    application.reservations.end(Call(actor), reservation_id, sent.why)
    return back_to(sent.back)


def _moment(application: Application, machine_id: str, wall: str) -> datetime:
    """The moment that a clock of the machine's lab shows so."""
    lab = application.labs.machine(VISITOR, machine_id).lab
    zone = ZoneInfo(application.labs.one(VISITOR, lab).entry["timezone"])
    try:
        at = datetime.fromisoformat(wall)
        if not 1970 < at.year < 2200:
            raise ValueError
    except ValueError:
        raise InputError("this is no time of a clock", where="time", hint="such as 2030-01-07T09:30") from None
    return at.replace(tzinfo=zone).astimezone(UTC)
