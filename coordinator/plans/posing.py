"""What the scheduler is asked: the lots of one build, or of several that share labs, as one problem."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from bom.graph import TaskGraph
from coordinator.plans.calendars import attendance_s, resources
from coordinator.plans.supplies import Supply
from coordinator.plans.work import NOTHING_FIRM, Firm, Lot, Workload
from machines.lab import Network
from scheduler.objective import Objective
from scheduler.plan import Placement
from scheduler.problem import Option, Precedence, Problem, Promise, SetUps, Stock, Task, Use

__all__ = ["Promised", "Question", "Wanted"]

_SET_UP_WEIGHT: Final = 10.0  # who pools orders waits ten minutes to save one of changing over
_NO_TIME_STATED_S: Final = 60  # where no lab says how long it takes: enough that like follows like


@dataclass(frozen=True, slots=True)
class Promised:
    """Where a lot stands that is not to be moved without need.

    Attributes:
        machine: id.
        start: UTC.
        price_s: by how many seconds all work must end earlier, for one that it is worth to move it.
    """

    machine: str
    start: datetime
    price_s: float


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be planned of one build.

    Attributes:
        workload: the lots to place.
        graph: which task comes before which.
        lead_days: how long a purchase is assumed to take.
        firm: what already stands.
        due: by when all should be done.
        promised: by lot id.
        name: tells its lots from those of the others that are planned together; empty for a build alone.
    """

    workload: Workload
    graph: TaskGraph
    lead_days: float
    firm: Firm = NOTHING_FIRM
    due: datetime | None = None
    promised: Mapping[str, Promised] = field(default_factory=dict)
    name: str = ""

    def task(self, lot_id: str) -> str:
        """What the scheduler calls a lot."""
        return f"{self.name}:{lot_id}" if self.name else lot_id

    def due_s(self, lot: Lot, origin: datetime) -> int | None:
        """By when a lot should be done: what nothing else waits for, when all should be."""
        if self.due is None or self.graph.after(lot.task.id):
            return None
        return max(0, math.floor((self.due - origin).total_seconds()))

    def precedences(self) -> Iterable[Precedence]:
        """Every lot of a task waits for every lot of the tasks ahead of it; what has begun waits for nothing more.

        A part may be made again when its assembly has begun, or a person began that without it.
        """
        lots: dict[str, list[str]] = {}
        begun = {self.task(lot_id) for lot_id in self.firm.placed}
        for lot in self.workload.lots:
            lots.setdefault(lot.task.id, []).append(self.task(lot.id))
        for task_id, mine in lots.items():
            waiting = [each for each in mine if each not in begun]
            for ahead in self.graph.before(task_id):
                for before in lots.get(ahead.id, ()):
                    yield from (Precedence(before, after) for after in waiting)


@dataclass(frozen=True, slots=True)
class Question:
    """What does not change while a plan is sought.

    Attributes:
        wanted: the builds.
        network: labs, hours and ways.
        origin: nothing starts before; UTC.
        horizon_s: everything ends before.
        held_back_s: for machines by id, how long before each maintenance nothing starts.
        within_stock: whether no more is taken of labs' material than they list.
        waits: lots that wait for the first article of their batch.
        labs: where lots are to stay, by what the scheduler calls them.
        set_ups_shared: whether runs that need a machine alike are to follow each other: what changing it over takes is
            planned, and weighed before the end of all.
    """

    wanted: tuple[Wanted, ...]
    network: Network
    origin: datetime
    horizon_s: int
    held_back_s: Mapping[str, int] = field(default_factory=dict)
    within_stock: bool = False
    waits: tuple[Precedence, ...] = ()
    labs: Mapping[str, str] = field(default_factory=dict)
    set_ups_shared: bool = False

    def problem(self) -> Problem:
        """As the scheduler is asked."""
        labs, machines, transport = resources(self.network, self.origin, self.horizon_s, self.held_back_s)
        tasks = tuple(self._task(each, lot) for each in self.wanted for lot in each.workload.lots)
        begun = {each.task(lot_id) for each in self.wanted for lot_id in each.firm.placed}
        waits = (each for each in self.waits if each.after not in begun)
        precedences = (*(arrow for each in self.wanted for arrow in each.precedences()), *waits)
        stocks = tuple(self._stocks()) if self.within_stock else ()
        change = 1.0 if any(each.promised for each in self.wanted) else 0.0
        objective = Objective(change=change, set_up=_SET_UP_WEIGHT if self.set_ups_shared else 0.0)
        set_ups = SetUps(default_s=self._set_up_s()) if self.set_ups_shared else SetUps()
        return Problem(
            self.origin, self.horizon_s, labs, machines, tasks, precedences, transport, objective=objective,
            stocks=stocks, set_ups=set_ups,
        )  # fmt: skip

    def without(self, lost: Mapping[str, str]) -> Question:
        """The same without some lots, by what the scheduler calls them, and without what waits for them."""
        wanted = []
        for each in self.wanted:
            mine = {lot.id: lost[each.task(lot.id)] for lot in each.workload.lots if each.task(lot.id) in lost}
            wanted.append(replace(each, workload=each.workload.without(mine, each.graph)) if mine else each)
        left = {each.task(lot.id) for each in wanted for lot in each.workload.lots}
        waits = tuple(each for each in self.waits if {each.before, each.after} <= left)
        return replace(self, wanted=tuple(wanted), waits=waits)

    def _task(self, wanted: Wanted, lot: Lot) -> Task:
        name, due_s = wanted.task(lot.id), wanted.due_s(lot, self.origin)
        if lot.id in wanted.firm.placed:
            machine, start, end = wanted.firm.placed[lot.id]
            start_s, end_s = (round((moment - self.origin).total_seconds()) for moment in (start, end))
            return _firm_task(name, lot, self.network, machine, (start_s, end_s))
        if not lot.candidates:
            return Task(name, delay_s=round(wanted.lead_days * 86400), name=lot.task.name, due_s=due_s)
        home = self.labs.get(name)
        options = tuple(
            Option(
                each.machine.id,
                max(1, round(each.estimate.duration_s) - attendance_s(each.machine)[1]),  # taking off comes after
                uses=_uses(each.takes) if self.within_stock else (),
            )
            for each in lot.candidates
            if home is None or each.machine.lab == home
        )
        promise = self._promise(wanted.promised.get(lot.id), options)
        family = _family(lot) if self.set_ups_shared else ""
        return Task(name, options, name=lot.task.name, due_s=due_s, promise=promise, family=family)

    def _set_up_s(self) -> int:
        """How long changing a machine over is planned for: the longest that a lab states, as one figure has to do."""
        lots = [lot for each in self.wanted for lot in each.workload.lots]
        machines = {each.machine.id: each.machine for lot in lots for each in lot.candidates if each.takes is not None}
        stated = [each.changeover_min.get(what, 0.0) for each in machines.values() for what in ("material", "sheet")]
        return round(60 * max(stated, default=0.0)) or _NO_TIME_STATED_S

    def _promise(self, promised: Promised | None, options: Iterable[Option]) -> Promise | None:
        if promised is None or promised.machine not in {each.machine for each in options}:
            return None
        start_s = round((promised.start - self.origin).total_seconds())
        return Promise(promised.machine, max(0, start_s), promised.price_s)

    def _stocks(self) -> Iterable[Stock]:
        lots = [lot for each in self.wanted for lot in each.workload.lots]
        taken = (each.takes for lot in lots for each in lot.candidates)
        listed = {_stock_id(each): each.has for each in taken if each is not None and each.has is not None}
        return (Stock(name, math.floor(1000 * has), unit="thousandths") for name, has in sorted(listed.items()))


def _family(lot: Lot) -> str:
    """What its machine must be set up for: a material, and how thick; empty where nothing is shaped or known."""
    taken = {(each.takes.material, each.takes.thickness_mm) for each in lot.candidates if each.takes is not None}
    if len(taken) != 1:  # of two that labs may use, the plan chooses the machine first
        return ""
    material, thickness_mm = taken.pop()
    return f"{material} {thickness_mm:g} mm" if thickness_mm else material


def _firm_task(name: str, lot: Lot, network: Network, machine_id: str | None, span_s: tuple[int, int]) -> Task:
    """What already stands, with the operators that it takes."""
    start_s, end_s = span_s
    machine = None if machine_id is None else network.find(machine_id)
    take_off_s = 0 if machine is None else attendance_s(machine)[1]
    run_end_s = max(start_s, end_s - take_off_s)
    options = (Option(machine.id, max(1, run_end_s - start_s)),) if machine is not None else ()
    return Task(name, options, name=lot.task.name, fixed=Placement(name, machine_id, start_s, run_end_s, end_s))


def _uses(takes: Supply | None) -> tuple[Use, ...]:
    """What a lot takes of what its lab lists, in thousandths of the list's unit."""
    if takes is None or takes.has is None or takes.amount > takes.has:
        return ()  # more than there is has to be bought anyway
    return (Use(_stock_id(takes), max(1, math.ceil(1000 * takes.amount))),)


def _stock_id(taken: Supply) -> str:
    return f"{taken.name} at {taken.lab}, {taken.unit}"
