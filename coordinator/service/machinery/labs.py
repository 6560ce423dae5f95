"""Labs and machines, as their entries of a labs document say: kept, shown in public, put together as a network."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from coordinator.schema.network import LabRow, MachineRow, WayRow
from coordinator.schema.stock import LoadedRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Call, Change, House, View
from coordinator.service.machinery.networks import entry_of
from coordinator.service.paging import Page, page_of
from coordinator.service.planning.orders import want_plans
from coordinator.service.refusals import ChangedError, UnknownError
from core.errors import InputError, StateError
from machines.exchange.document import lab_document
from machines.lab import Driver, Lab, Network
from machines.labs_document import LabsDocument
from machines.network import network_of

__all__ = ["LabView", "Labs", "LabsStored", "MachineView", "machine_row", "put_machines", "refuse_real"]


class LabView(View):
    """A lab. `entry` is its entry of a labs document (docs/labs.md); private facts only for those who may see them."""

    id: str
    name: str
    changed_at: datetime
    entry: dict[str, Any]


class MachineView(View):
    """A machine. `entry` is its entry of a labs document; how it is reached only for those who may see it.

    `cleared_at` is when a person last said that it is clear and loaded; a virtual machine always is.
    """

    id: str
    lab: str
    cleared_at: datetime | None
    entry: dict[str, Any]


class LabsStored(View):
    """What was stored of a labs document."""

    labs: list[str]
    machines: int


class Labs:
    """Who can make."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._shown: tuple[Network | None, dict[str, dict[str, Any]]] = (None, {})

    def all(self, actor: Actor, *, after: str | None = None, limit: int = 50) -> Page[LabView]:
        """Every lab, by id."""
        with self._house.reading() as session:
            return page_of(
                session, select(LabRow), LabRow.id, lambda row: self._view(session, row, actor), after=after,
                limit=limit,
            )  # fmt: skip

    def one(self, actor: Actor, lab_id: str) -> LabView:
        """One lab.

        Raises:
            UnknownError: there is no such lab.
        """
        with self._house.reading() as session:
            return self._view(session, _lab(session, lab_id), actor)

    def machines(
        self, actor: Actor, lab: str | None = None, *, after: str | None = None, limit: int = 50
    ) -> Page[MachineView]:
        """Machines, of one lab or of all."""
        query = select(MachineRow) if lab is None else select(MachineRow).where(MachineRow.lab == lab)
        with self._house.reading() as session:
            return page_of(
                session, query, MachineRow.id, lambda row: _machine_view(row, actor), after=after, limit=limit
            )

    def machine(self, actor: Actor, machine_id: str) -> MachineView:
        """One machine.

        Raises:
            UnknownError: there is no such machine.
        """
        with self._house.reading() as session:
            return _machine_view(machine_row(session, machine_id), actor)

    def _view(self, session: Session, row: LabRow, actor: Actor) -> LabView:
        """A lab as who reads may see it; what strangers see is worked out once for each change of the network."""
        network = self._house.networks.of(session)
        if actor.may(Right.SEE_LAB, row.id) or network is None:
            return _view_of(row, actor)
        known, shown = self._shown
        if known is not network:
            known, shown = self._shown = (network, {})
        if row.id not in shown:
            shown[row.id] = lab_document(network.lab(row.id).public())
        return _view_of(row, actor, shown[row.id])

    def put_one(self, call: Call, lab_id: str, entry: Mapping[str, Any], seen: str | None = None) -> LabView:
        """Store one lab's entry.

        Args:
            call: who asks.
            lab_id: of the lab.
            entry: of a labs document.
            seen: how the fingerprint of the view that the caller saw begins, or None to write whatever stands there.

        Raises:
            ChangedError: it is no longer as the caller saw it.
            ForbiddenError: as for `put`.
            InputError: as for `put`, or the entry is of another lab.
        """
        call.actor.require(Right.KEEP_LAB, lab_id)  # before any work is done on what a stranger sends
        if entry.get("id") != lab_id:
            raise InputError(f"this is not the entry of {lab_id!r}", where="id")
        document = {"labs": [dict(entry)]}
        network_of(document, where="the labs document")
        written = LabsDocument.model_validate(document).labs[0].model_dump(mode="json", exclude_unset=True)

        def work(change: Change) -> LabView:
            row = change.session.get(LabRow, lab_id)
            if seen is not None and (row is None or not _view_of(row, call.actor).fingerprint.startswith(seen)):
                raise ChangedError("the lab has changed since you read it", where=lab_id, hint="read it again")
            _put_lab(self._house, change, call.actor, written)
            want_plans(change, f"{lab_id} has changed")
            return _view_of(_lab(change.session, lab_id), call.actor)

        return self._house.perform(call, LabView, work)

    def put(self, call: Call, document: Mapping[str, Any]) -> LabsStored:
        """Store labs with their machines and ways, new ones and known ones, as a labs document has them.

        A machine that a known lab no longer names is gone: what was planned on it is planned anew.

        Raises:
            ForbiddenError: a lab is new, or a way is stated, and who asks is no steward; or who asks is neither a
                steward nor an operator of a lab that is known.
            InputError: the document says something impossible, or a machine belongs to another lab.
        """
        call.actor.require(Right.KEEP_LAB)  # before any work is done on what a stranger sends
        network_of(document, where="the labs document")
        parsed = LabsDocument.model_validate(document)

        def work(change: Change) -> LabsStored:
            count = 0
            for lab in parsed.labs:
                entry = lab.model_dump(mode="json", exclude_unset=True)
                count += len(entry.get("machines", ()))
                _put_lab(self._house, change, call.actor, entry)
            for way in parsed.transport:
                call.actor.require(Right.ADD_LAB)
                first, second = sorted(way.between)
                change.session.merge(WayRow(a=first, b=second, minutes=way.minutes))
                change.record("lab.way", f"lab {first}", to=second, minutes=way.minutes)
            want_plans(change, "the labs have changed")
            return LabsStored(labs=[lab.id for lab in parsed.labs], machines=count)

        return self._house.perform(call, LabsStored, work)

    def clear(self, call: Call, machine_id: str) -> MachineView:
        """Say that a machine is clear and loaded, so that its next job may start.

        Raises:
            ForbiddenError: who asks is no operator of its lab.
            UnknownError: there is no such machine.
        """

        def work(change: Change) -> MachineView:
            row = machine_row(change.session, machine_id)
            call.actor.require(Right.ANSWER, row.lab)
            row.cleared_at, row.cleared_by = change.at, change.who
            change.record("machine.cleared", f"machine {machine_id}", lab=row.lab)
            return _machine_view(row, call.actor)

        return self._house.perform(call, MachineView, work)


def refuse_real(entry: Mapping[str, Any], machine_id: str) -> None:
    """Refuse a real machine where the clock is a fast one: it would be told that its time has come when it has not.

    Raises:
        StateError: the machine is real.
    """
    connection = entry.get("connection", {})
    if connection.get("driver", Driver.HANDS) != Driver.HANDS and connection.get("port") != "virtual":
        hint = "serve in real time, or make the machine virtual"
        raise StateError("a real machine cannot be driven by a fast clock", where=machine_id, hint=hint)


def _put_lab(house: House, change: Change, actor: Actor, entry: dict[str, Any]) -> None:
    session, lab_id = change.session, entry["id"]
    machines = entry.pop("machines", [])
    if house.settings.simulated:
        for each in machines:
            refuse_real(each, each["id"])
    row = session.get(LabRow, lab_id)
    if row is None:
        actor.require(Right.ADD_LAB)
        rank = len(session.scalars(select(LabRow.id)).all())
        row = LabRow(id=lab_id, rank=rank, document=entry, changed_at=change.at, changed_by=change.who)
        session.add(row)
        change.record("lab.added", f"lab {lab_id}", machines=len(machines))
    else:
        actor.require(Right.KEEP_LAB, lab_id)
        row.document, row.changed_at, row.changed_by = entry, change.at, change.who
        change.record("lab.changed", f"lab {lab_id}", machines=len(machines))
    session.flush()
    put_machines(session, row, machines)


def put_machines(session: Session, row: LabRow, entries: list[dict[str, Any]]) -> None:
    """Give a lab these machines and no others.

    Raises:
        InputError: a machine belongs to another lab.
    """
    known = {machine.id: machine for machine in row.machines}
    for rank, entry in enumerate(entries):
        machine = known.pop(entry["id"], None)
        if machine is None:
            taken = session.get(MachineRow, entry["id"])
            if taken is not None:
                raise InputError(f"machine {taken.id!r} belongs to {taken.lab}", where=f"lab {row.id}")
            row.machines.append(MachineRow(id=entry["id"], rank=rank, document=entry))
        else:
            machine.rank, machine.document = rank, entry
    for gone in known.values():
        session.execute(delete(LoadedRow).where(LoadedRow.machine == gone.id))
        row.machines.remove(gone)
        session.delete(gone)
    session.flush()


def _lab_of(row: LabRow) -> Lab:
    return network_of({"labs": [entry_of(row)]}, where=f"lab {row.id}").labs[0]


def _view_of(row: LabRow, actor: Actor, public: dict[str, Any] | None = None) -> LabView:
    """A lab; `public` is what strangers may see of it, where that is known."""
    if actor.may(Right.SEE_LAB, row.id):
        entry = entry_of(row)
    else:
        entry = public if public is not None else lab_document(_lab_of(row).public())
    return LabView(id=row.id, name=row.document["name"], changed_at=row.changed_at, entry=entry)


def _machine_view(row: MachineRow, actor: Actor) -> MachineView:
    entry = dict(row.document)
    if not actor.may(Right.SEE_LAB, row.lab):
        entry.pop("connection", None)
    return MachineView(id=row.id, lab=row.lab, cleared_at=row.cleared_at, entry=entry)


def _lab(session: Session, lab_id: str) -> LabRow:
    found = session.get(LabRow, lab_id)
    if found is None:
        raise UnknownError(f"there is no lab {lab_id[:60]!r}")
    return found


def machine_row(session: Session, machine_id: str) -> MachineRow:
    """A machine's row.

    Raises:
        UnknownError: there is no such machine.
    """
    found = session.get(MachineRow, machine_id)
    if found is None:
        raise UnknownError(f"there is no machine {machine_id[:60]!r}")
    return found
