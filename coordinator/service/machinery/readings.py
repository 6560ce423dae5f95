"""What machines were last seen doing: state, temperatures, what runs there that was not sent from here.

The last reading of each machine is kept, and a short history of its temperatures; an older one is written over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import Field
from sqlalchemy import select

from coordinator.schema.network import MachineRow
from coordinator.schema.request import ReadingRow
from coordinator.service.access import Actor, Right
from coordinator.service.house import Change, House, View
from coordinator.service.machinery.drivers import Drivers
from coordinator.service.machinery.outside_work import note_outside
from coordinator.service.refusals import UnknownError
from core.errors import FabcommonsError

__all__ = ["BUSY_OUTSIDE", "MOST_POINTS", "Point", "ReadingView", "Readings", "Seen"]

BUSY_OUTSIDE: Final = "busy outside"
"""The state of a machine that does what was not sent from here."""
MOST_POINTS: Final = 120
_POINT_EVERY_S = 10.0
Heat = Mapping[str, tuple[float, float]]


class Seen(View):
    """What an agent sees of a machine. `outside` names what runs there that was not sent from here."""

    machine: str
    state: str
    report: str = ""
    temperatures_c: dict[str, tuple[float, float]] = Field(default={})
    outside: str | None = None
    left_s: float | None = None


class Point(View):
    """Temperatures of one moment, C by heater."""

    at: datetime
    temperatures_c: dict[str, float]


class ReadingView(View):
    """What a machine was last seen doing, at `at`; `temperatures_c` is actual and target by heater ("T", "B")."""

    machine: str
    at: datetime
    state: str
    report: str
    temperatures_c: dict[str, tuple[float, float]]
    outside: str | None
    left_s: float | None
    history: list[Point]


class Readings:
    """What machines were last seen doing."""

    def __init__(self, house: House, drivers: Drivers) -> None:
        """Args: house: what it stands on; drivers: who tells of a machine drives it, if nobody else does."""
        self._house = house
        self._drivers = drivers

    def note(self, actor: Actor, seen: Sequence[Seen]) -> None:
        """Take note of what an agent sees of its lab's machines.

        Raises:
            UnknownError: one is no machine of that lab.
        """
        (error,) = self.note_all([(actor, seen)])
        if error is not None:
            raise error

    def of(self, machine_id: str) -> ReadingView | None:
        """The last reading of a machine; None when it was never seen.

        Raises:
            UnknownError: there is no such machine.
        """
        with self._house.reading() as session:
            if session.get(MachineRow, machine_id) is None:
                raise UnknownError(f"there is no machine {machine_id[:60]!r}")
            row = session.get(ReadingRow, machine_id)
            return None if row is None else _view(row)

    def note_all(self, asked: Sequence[tuple[Actor, Sequence[Seen]]]) -> list[FabcommonsError | None]:
        """As `note`, of many agents in one transaction; each is answered, if only with what is wrong."""
        answers: list[FabcommonsError | None] = []
        with self._house.change("agents") as change:
            ids = {each.machine for _, seen in asked for each in seen}
            machines = {row.id: row for row in change.session.scalars(select(MachineRow).where(MachineRow.id.in_(ids)))}
            labs = {row.id: row.lab for row in machines.values()}
            rows = {
                row.machine: row
                for row in change.session.scalars(select(ReadingRow).where(ReadingRow.machine.in_(ids)))
            }
            for actor, seen in asked:
                strange = [each for each in seen if not _may_tell(actor, machines.get(each.machine))]
                if strange:
                    answers.append(UnknownError(f"{actor.id} drives no machine {strange[0].machine[:60]!r}"))
                    continue
                for each in seen:
                    _note(change, rows, each, actor)
                answers.append(None)
        for (actor, seen), error in zip(asked, answers, strict=True):
            if error is None and seen:  # all of the agent's own lab, or it would be told that it drives them not
                self._drivers.held(actor.id, labs[seen[0].machine], [each.machine for each in seen])
        return answers


def _may_tell(actor: Actor, machine: MachineRow | None) -> bool:
    return machine is not None and actor.may(Right.DRIVE, machine.lab)


def _note(change: Change, rows: dict[str, ReadingRow], seen: Seen, actor: Actor) -> None:
    row = rows.get(seen.machine)
    if row is None:
        row = rows[seen.machine] = ReadingRow(machine=seen.machine, state="", history=[])
        change.session.add(row)
    if (row.state == BUSY_OUTSIDE) != (seen.state == BUSY_OUTSIDE):
        busy = seen.state == BUSY_OUTSIDE
        kind = "machine.busy-outside" if busy else "machine.free-again"
        change.record(kind, f"machine {seen.machine}", seen.outside or "", agent=actor.id, left_s=seen.left_s)
    concerns_outside = BUSY_OUTSIDE in (row.state, seen.state)
    row.at, row.state, row.report = change.at, seen.state, seen.report
    row.temperatures_c = {name: list(pair) for name, pair in seen.temperatures_c.items()}
    row.outside, row.left_s = seen.outside, seen.left_s
    row.history = _longer(row.history, change.at, seen.temperatures_c)
    if concerns_outside:
        note_outside(change, seen.machine, seen.outside, seen.left_s, busy=seen.state == BUSY_OUTSIDE)


def _longer(history: Sequence[Any], at: datetime, heat: Heat) -> list[Any]:
    """The history with one point more, where the last is old enough."""
    now_s = round(at.timestamp(), 1)
    points = list(history)
    if heat and (not points or now_s - points[-1][0] >= _POINT_EVERY_S):
        points.append([now_s, {name: round(actual, 1) for name, (actual, _) in heat.items()}])
    return points[-MOST_POINTS:]


def _view(row: ReadingRow) -> ReadingView:
    return ReadingView(
        machine=row.machine, at=row.at, state=row.state, report=row.report, temperatures_c=row.temperatures_c,
        outside=row.outside, left_s=row.left_s,
        history=[Point(at=datetime.fromtimestamp(at, row.at.tzinfo), temperatures_c=heat) for at, heat in row.history],
    )  # fmt: skip
