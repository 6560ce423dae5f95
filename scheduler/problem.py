"""The value that goes in: labs with opening hours, machines, tasks with their options, their order, transport.

Times are integer seconds from the problem's origin. Every class refuses bad data with one sentence a rule. What is
sound but can never be placed (too long for any opening, say) is not refused here; `scheduler.precheck` names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from math import isfinite

from core.errors import InputError
from scheduler.objective import Objective
from scheduler.plan import Placement
from scheduler.resources import Delivery, Lab, Machine, Need, Person, Plate, Shift, Stock, Use, refuse_double_use
from scheduler.rules import MOST_AMOUNT, MOST_PRICE, MOST_S, refuse_repeats, require
from scheduler.split import MOST_LOTS, MOST_PIECES, Split
from scheduler.ways import SetUps, Transport

__all__ = [
    "Delivery", "Lab", "Machine", "Need", "Option", "Person", "Plate", "Precedence", "Problem", "Promise", "SetUps",
    "Shift", "Split", "Stock", "Task", "Transport", "Use",
]  # fmt: skip


_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_MOST_WEIGHT = 1_000_000


@dataclass(frozen=True, slots=True)
class Option:
    """A machine that can do a task, how long its run takes there, and what that costs.

    Of a task that may be split, duration, cost, energy and uses are those of one piece.

    Attributes:
        machine: id of the machine.
        duration_s: of the run.
        lot_s: what each lot of a split task takes once, beside its pieces, such as clamping and a first check.
        attend_start_s, attend_end_s: as the machine's, for this run; None where the machine's hold.
        cost: of the run apart from the hours of the machine, such as its material.
        energy_kwh: that the run takes.
        uses: material that the run takes here, beside what the task uses wherever it is done.
    """

    machine: str
    duration_s: int
    attend_start_s: int | None = None
    attend_end_s: int | None = None
    cost: float = 0.0
    energy_kwh: float = 0.0
    uses: tuple[Use, ...] = ()
    lot_s: int = 0

    def __post_init__(self) -> None:
        where = f"option {self.machine}"
        require(0 <= self.lot_s <= MOST_S, f"lot_s is {self.lot_s}, which is negative or too much", where)
        require(self.duration_s >= 1, f"a run of {self.duration_s} s is shorter than one second", where)
        for name, seconds in (("attend_start_s", self.attend_start_s), ("attend_end_s", self.attend_end_s)):
            require(
                seconds is None or 0 <= seconds <= MOST_S, f"{name} is {seconds}, which is negative or too much", where
            )
        for name, number in (("cost", self.cost), ("energy_kwh", self.energy_kwh)):
            require(isfinite(number) and 0 <= number <= MOST_PRICE, f"{name} is {number}, not from 0 to 1e9", where)
        refuse_double_use(self.uses, where)


@dataclass(frozen=True, slots=True)
class Promise:
    """Where a task was promised to stand, and what it costs to change that.

    Attributes:
        machine: id of the machine.
        start_s: when it was to start.
        price: of another machine, or of a start that differs; whatever unit the objective weighs changes in.
    """

    machine: str
    start_s: int
    price: float

    def __post_init__(self) -> None:
        require(0 <= self.price < MOST_PRICE, f"a price of {self.price} for a change is not from 0 to 1e9", "promise")


@dataclass(frozen=True, slots=True)
class Task:
    """Work for one of several machines, or a wait that no machine does (a purchase with its lead time).

    Attributes:
        id: unique in the problem.
        options: exactly one of them is chosen; empty for a wait and for fixed work.
        release_s: it does not start before.
        delay_s: the length of a wait, which keeps nobody's hours; None for work.
        fixed: where running, finished or promised work stands and stays; it is taken as it is, whatever the hours say.
        name: what people call it.
        family: what its machine must be set up for; empty when that does not matter.
        due_s: when it should be done; later is possible, but counts first of all.
        weight: how much a second of lateness counts.
        promise: where it was promised to stand; moving it costs the price of the promise.
        uses: material that its run takes wherever it is done. Fixed work that has begun before the origin has taken it.
        batch: tasks of one batch (material, thickness, temperature) may share a run on a machine with a plate; empty
            for a run of its own.
        area: of a plate that it takes up, in the unit of the plates.
        needs: people whom its run needs, of the lab it is done in; nobody counts for two skills at once.
        quantity: of pieces that it makes.
        split: how they may be divided into lots, which is then for the scheduler to decide; the figures of its options
            and what it uses are then those of one piece. None for a single run that makes them all. It is done when its
            last lot is.
    """

    id: str
    options: tuple[Option, ...] = ()
    release_s: int = 0
    delay_s: int | None = None
    fixed: Placement | None = None
    name: str = ""
    family: str = ""
    due_s: int | None = None
    weight: int = 1
    promise: Promise | None = None
    uses: tuple[Use, ...] = ()
    batch: str = ""
    area: int = 0
    needs: tuple[Need, ...] = ()
    quantity: int = 1
    split: Split | None = None

    def __post_init__(self) -> None:
        where = f"task {self.id}"
        self._check_split(where)
        require(0 <= self.area <= MOST_AMOUNT, f"an area of {self.area} is not from 0 to 1e12", where)
        require(self.delay_s is None or not self.batch, "it is a wait, and shares no run", where)
        require(self.delay_s is None or not self.needs, "it is a wait, but needs people", where)
        require(not (self.needs and self.batch), "it needs people, and shares no run", where)
        refuse_repeats("skill", [need.skill for need in self.needs], where)
        require(self.delay_s is None or not self.uses, "it is a wait, but uses material", where)
        refuse_double_use(self.uses, where)
        require(0 <= self.weight <= _MOST_WEIGHT, f"a weight of {self.weight} is not from 0 to {_MOST_WEIGHT}", where)
        require(self.promise is None or bool(self.options), "only work that is still to be placed has a promise", where)
        require(bool(self.id), "a task has no id")
        require(self.release_s >= 0, f"release_s is {self.release_s}, before the origin", where)
        require(self.delay_s is None or self.delay_s >= 0, f"a delay of {self.delay_s} s is negative", where)
        require(
            self.delay_s is None or not self.options, "it has both options and a delay", where, "keep one of the two"
        )
        machines = [option.machine for option in self.options]
        require(len(set(machines)) == len(machines), "a machine stands twice among its options", where)
        kept = self.promise.machine if self.promise is not None else None
        require(kept is None or kept in machines, f"it is promised to machine {kept}, which cannot do it", where)
        if self.fixed is not None:
            require(self.fixed.task == self.id, f"its fixed placement is that of task {self.fixed.task}", where)
            require(
                self.delay_s is None or self.fixed.machine is None, "it is a wait, but is fixed on a machine", where
            )
        elif self.delay_s is None:
            require(bool(self.options), "no machine can do it and it is no wait", where, "leave it out of the problem")

    def _check_split(self, where: str) -> None:
        require(1 <= self.quantity <= MOST_PIECES, f"a quantity of {self.quantity} is not from 1 to 1e6", where)
        lots = any(option.lot_s for option in self.options)
        require(self.split is not None or not lots, "lot_s stands at an option, but it is not split", where)
        if self.split is None:
            return
        require(self.delay_s is None, "it is a wait, and not split", where)
        require(self.fixed is None, "it is fixed, and not split any more", where, "make each lot a task")
        require(self.promise is None, "it is promised, and not split any more", where, "make each lot a task")
        require(not self.batch, "it is split, and shares no run", where, "let the largest lot be what a plate takes")
        least, most = self.split.fewest_lots(self.quantity), self.split.most_lots(self.quantity)
        sizes = f"lots of {self.split.smallest} to {self.split.most(self.quantity)}"
        require(least <= most, f"{self.quantity} pieces cannot be divided into {sizes}", where)
        require(least <= MOST_LOTS, f"{self.quantity} pieces take {least} lots, over {MOST_LOTS}", where, "larger lots")
        longest_s = max((each.lot_s + each.duration_s * self.quantity for each in self.options), default=0)
        require(longest_s <= MOST_S, "all its pieces together take more than a hundred years", where)
        used = max((each.amount for each in (*self.uses, *(u for o in self.options for u in o.uses))), default=0)
        require(used * self.quantity <= MOST_AMOUNT, "all its pieces together use more than 1e12 of a stock", where)


@dataclass(frozen=True, slots=True)
class Precedence:
    """`after` starts at least `lag_s` seconds (and the transport between their labs) after the end of `before`.

    Between two fixed tasks it is history and holds nothing up.

    Attributes:
        before, after: ids of tasks. Where one is split, every lot of it counts.
        lag_s: least seconds between the two.
        pieces: so many pieces of `before`, which is split, are enough; None for all of its lots.
    """

    before: str
    after: str
    lag_s: int = 0
    pieces: int | None = None

    def __post_init__(self) -> None:
        where = f"precedence {self.before} -> {self.after}"
        require(self.before != self.after, "a task cannot come before itself", where)
        require(self.lag_s >= 0, f"a lag of {self.lag_s} s is negative", where)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be planned.

    Attributes:
        origin: the moment that is second 0, with a time zone; kept as given.
        horizon_s: every end lies at or before it.
        labs, machines, tasks, precedences, transport, set_ups, objective, stocks, people: see their
            classes.

    Raises:
        InputError: an id is unknown or stands twice, the precedences run in a circle, a pair of labs has no transport,
            or a calendar reaches past the horizon.
    """

    origin: datetime
    horizon_s: int
    labs: tuple[Lab, ...]
    machines: tuple[Machine, ...]
    tasks: tuple[Task, ...]
    precedences: tuple[Precedence, ...] = ()
    transport: Transport = field(default_factory=Transport)
    set_ups: SetUps = field(default_factory=SetUps)
    objective: Objective = field(default_factory=Objective)
    stocks: tuple[Stock, ...] = ()
    people: tuple[Person, ...] = ()

    def __post_init__(self) -> None:
        require(self.origin.tzinfo is not None, "the origin has no time zone", "problem", "give it in UTC")
        require(_FIRST_YEAR <= self.origin.year <= _LAST_YEAR, f"the origin's year is {self.origin.year}", "problem")
        require(self.horizon_s > 0, f"the horizon of {self.horizon_s} s is not positive", "problem")
        require(self.horizon_s <= MOST_S, f"the horizon of {self.horizon_s} s is over a hundred years", "problem")
        for kind, ids in (
            ("lab", [lab.id for lab in self.labs]),
            ("machine", [machine.id for machine in self.machines]),
            ("task", [task.id for task in self.tasks]),
            ("stock", [stock.id for stock in self.stocks]),
            ("person", [person.id for person in self.people]),
            ("precedence", [f"{each.before} -> {each.after}" for each in self.precedences]),
        ):
            refuse_repeats(kind, ids)
        self._check_labs()
        self._check_machines()
        self._check_uses()
        self._check_plates()
        self._check_people()
        self._check_precedences()
        self._check_lots()

    def _check_labs(self) -> None:
        labs = {lab.id for lab in self.labs}
        for lab in self.labs:
            last = lab.calendar.windows[-1].end_s if lab.calendar.windows else 0
            require(last <= self.horizon_s, f"its calendar ends {last} s, past the horizon", f"lab {lab.id}")
        for pair in self.transport.seconds:
            for lab_id in pair:
                require(lab_id in labs, f"lab {lab_id} is unknown", "transport")
        if self.transport.default_s is None:
            self._check_every_pair(sorted(labs))

    def _check_every_pair(self, labs: list[str]) -> None:
        given = self.transport.seconds
        for position, here in enumerate(labs):
            for there in labs[position + 1 :]:
                require(
                    (here, there) in given or (there, here) in given,
                    f"no transport is given between {here} and {there}",
                    "transport",
                    "give the pair or a default",
                )

    def _check_machines(self) -> None:
        labs = {lab.id for lab in self.labs}
        machines = {machine.id for machine in self.machines}
        for machine in self.machines:
            require(machine.lab in labs, f"lab {machine.lab} is unknown", f"machine {machine.id}")
        for task in self.tasks:
            for option in task.options:
                known = "there are no machines" if not machines else None
                require(option.machine in machines, f"machine {option.machine} is unknown", f"task {task.id}", known)
            on = task.fixed.machine if task.fixed else None
            require(on is None or on in machines, f"it is fixed on machine {on}, which is unknown", f"task {task.id}")

    def _check_uses(self) -> None:
        stocks = {stock.id for stock in self.stocks}
        pausing = {machine.id for machine in self.machines if machine.pauses}
        for task in self.tasks:
            for use in (*task.uses, *(each for option in task.options for each in option.uses)):
                require(use.stock in stocks, f"it uses stock {use.stock}, which is unknown", f"task {task.id}")
            for option in task.options:
                require(
                    not (option.attend_end_s and option.machine in pausing),
                    f"the end of hand work on machine {option.machine} is not attended apart from the work",
                    f"task {task.id}",
                )

    def _check_people(self) -> None:
        labs, people = {lab.id for lab in self.labs}, {person.id for person in self.people}
        for person in self.people:
            require(person.lab in labs, f"lab {person.lab} is unknown", f"person {person.id}")
        for task in self.tasks:
            for name in task.fixed.people if task.fixed else ():
                require(name in people, f"it is fixed with person {name}, who is unknown", f"task {task.id}")

    def _check_plates(self) -> None:
        plates = {machine.id: machine.plate for machine in self.machines if machine.plate is not None}
        for task in self.tasks if plates else ():
            for option in task.options if task.batch else ():
                plate, where = plates.get(option.machine), f"task {task.id}"
                if plate is not None:
                    fits = plate.takes(1, task.area)
                    require(fits, f"its area of {task.area} is larger than the plate of {option.machine}", where)
                    enough = plate.at_once or option.duration_s > plate.fixed_s
                    require(enough, f"its run on {option.machine} is not longer than the part all runs have", where)

    def _check_lots(self) -> None:
        split = {task.id: task.quantity for task in self.tasks if task.split is not None}
        for each in self.precedences:
            if each.pieces is not None:
                most, where = split.get(each.before, 0), f"precedence {each.before} -> {each.after}"
                require(most > 0, f"pieces are counted only of a task that is split, which {each.before} is not", where)
                require(1 <= each.pieces <= most, f"{each.pieces} pieces are not 1 to the {most} it makes", where)
        for task in self.tasks if split else ():
            whole, _, lot = task.id.rpartition(" #")
            named = whole in split and (lot.isdecimal() or lot == "all")
            require(not named, f"it is named like a lot of task {whole}, which is split", f"task {task.id}")

    def _check_precedences(self) -> None:
        before: dict[str, list[str]] = {task.id: [] for task in self.tasks}
        for each in self.precedences:
            for task_id in (each.before, each.after):
                require(task_id in before, f"task {task_id} is unknown", f"precedence {each.before} -> {each.after}")
            before[each.after].append(each.before)
        try:
            TopologicalSorter(before).prepare()
        except CycleError as error:
            circle = " -> ".join(error.args[1])
            raise InputError(
                f"tasks wait for each other in a circle: {circle}",
                where="precedences",
                hint="take one of these arrows away",
            ) from None
