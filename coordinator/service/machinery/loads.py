"""What is on machines: a spool, a sheet, a tool is loaded and taken off; a person may waive what a job asks for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coordinator.consumption import move_use
from coordinator.schema.builds import JobRow, JobState
from coordinator.schema.network import MachineRow
from coordinator.schema.service import OrderRow
from coordinator.schema.stock import LoadedRow, Place, StockKind, WaiverRow
from coordinator.service.access import Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.machinery.fitness import load_block
from coordinator.service.machinery.labs import machine_row
from coordinator.service.machinery.stock import StockView, item_of, stock_view
from coordinator.service.refusals import UnknownError
from coordinator.service.runs.feeding import Feeding
from core.errors import InputError, StateError

__all__ = ["LoadedView", "Loads", "MachineLoad", "WaiverView"]

_BEFORE_START = (JobState.WAITING_FOR_TOOLPATH, JobState.SCHEDULED, JobState.DISPATCHED)


class LoadedView(View):
    """An item on a machine. Slot 0 is the only one of a machine with one; others are counted as its programs do."""

    place: Place
    slot: int
    item: StockView
    loaded_at: datetime
    loaded_by: str


class MachineLoad(View):
    """All that is on a machine."""

    machine: str
    lab: str
    items: list[LoadedView]


class WaiverView(View):
    """That a job may start with what is loaded; `waived` is what would have kept it from that."""

    job_id: str
    waived: str
    at: datetime
    who: str
    why: str


class Loads:
    """What machines are loaded with."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._feeding = Feeding(house)

    def of(self, machine: str) -> MachineLoad:
        """What is on a machine.

        Raises:
            UnknownError: there is no such machine.
        """
        with self._house.reading() as session:
            return _view(session, machine_row(session, machine))

    def load(self, call: Call, machine: str, stock_id: int, slot: int = 0) -> MachineLoad:
        """Put an item on a machine; what was in the slot comes off, and so does the item from where it was.

        What a run that goes on has taken so far is booked on the item that comes off.

        Raises:
            UnknownError: there is no such machine or item.
            ForbiddenError: who asks is no operator of the machine's lab.
            StateError: the item is of another lab, or is gone.
        """
        with self._house.reading() as session:
            call.actor.require(Right.ANSWER, machine_row(session, machine).lab)
        fed = self._feeding.on_machine(machine, slot)

        def work(change: Change) -> MachineLoad:
            session = change.session
            row = machine_row(session, machine)
            item = item_of(session, stock_id)
            if item.lab != row.lab:
                raise StateError(f"{item.name} is of {item.lab}, not of {row.lab}", where=f"stock {stock_id}")
            if item.retired_at is not None:
                raise StateError(f"{item.name} is gone", where=f"stock {stock_id}")
            place = Place.TOOL if item.kind is StockKind.TOOL else Place.MATERIAL
            for each in session.scalars(select(LoadedRow).where(LoadedRow.stock_id == stock_id)):
                _take_off(change, each)
            there = session.get(LoadedRow, (machine, place, slot))
            if there is not None:
                _take_off(change, there)
            if place is Place.MATERIAL:
                move_use(session, machine, slot, item, change.at, who=change.who, fed=fed)
            loaded = LoadedRow(machine=machine, place=place, slot=slot, loaded_at=change.at, loaded_by=change.who)
            loaded.item = item
            session.add(loaded)
            session.flush()
            change.record(
                "machine.loaded", f"machine {machine}", lab=row.lab, stock=stock_id, name=item.name, slot=slot
            )
            return _view(session, row)

        return self._house.perform(call, MachineLoad, work)

    def unload(self, call: Call, machine: str, place: Place, slot: int = 0) -> MachineLoad:
        """Take an item off a machine.

        Raises:
            UnknownError: there is no such machine, or nothing is there.
            ForbiddenError: who asks is no operator of its lab.
        """

        def work(change: Change) -> MachineLoad:
            row = machine_row(change.session, machine)
            call.actor.require(Right.ANSWER, row.lab)
            there = change.session.get(LoadedRow, (machine, place, slot))
            if there is None:
                raise UnknownError(f"nothing is in slot {slot} of {machine}")
            _take_off(change, there)
            return _view(change.session, row)

        return self._house.perform(call, MachineLoad, work)

    def waive(self, call: Call, job_id: str, why: str) -> WaiverView:
        """Let a job start with what is loaded, though it asks for something else. Whoever does that answers for it.

        Raises:
            UnknownError: there is no such job.
            ForbiddenError: who asks is no operator of its lab.
            InputError: no reason is given.
            StateError: it has started, was waived before, or nothing that is loaded stands against it.
        """
        if not why.strip():
            raise InputError("say why it may start all the same", where="why", hint="others read it in the log")

        def work(change: Change) -> WaiverView:
            job = change.session.get(JobRow, job_id)
            if job is None or change.session.get(OrderRow, job.build_id) is None:
                raise UnknownError(f"there is no job {job_id[:60]!r}")
            call.actor.require(Right.ANSWER, job.lab)
            if job.state not in _BEFORE_START:
                raise StateError(f"a job that is {job.state} has nothing to be waived", where=f"job {job_id}")
            block = load_block(change.session, job)
            if block is None:
                raise StateError("nothing that is loaded stands against it", where=f"job {job_id}")
            row = WaiverRow(job_id=job_id, at=change.at, who=change.who, why=why)
            change.session.add(row)
            change.record("job.waived", f"job {job_id}", why, lab=job.lab, machine=job.machine, waived=block.why)
            return WaiverView(job_id=job_id, waived=block.why, at=row.at, who=row.who, why=row.why)

        return self._house.perform(call, WaiverView, work)


def _take_off(change: Change, row: LoadedRow) -> None:
    item, subject = row.item, f"machine {row.machine}"
    change.record("machine.unloaded", subject, stock=item.id, name=item.name, slot=row.slot, lab=item.lab)
    change.session.delete(row)
    change.session.flush()


def _view(session: Session, row: MachineRow) -> MachineLoad:
    query = select(LoadedRow).where(LoadedRow.machine == row.id).order_by(LoadedRow.place, LoadedRow.slot)
    items = [
        LoadedView(
            place=each.place,
            slot=each.slot,
            item=stock_view(session, each.item),
            loaded_at=each.loaded_at,
            loaded_by=each.loaded_by,
        )
        for each in session.scalars(query)
    ]
    return MachineLoad(machine=row.id, lab=row.lab, items=items)
