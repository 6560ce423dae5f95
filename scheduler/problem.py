"""The value that goes in: labs with opening hours, machines, tasks with their options, their order, transport.

Times are integer seconds from the problem's origin. Every class refuses bad data with one sentence a rule. What is
sound but can never be placed (too long for any opening, say) is not refused here; `scheduler.precheck` names it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from types import MappingProxyType

from core.errors import InputError
from scheduler.calendars import Calendar
from scheduler.objective import Objective
from scheduler.plan import Placement
from scheduler.wording import listed

__all__ = ["Lab", "Machine", "Option", "Precedence", "Problem", "Promise", "SetUps", "Task", "Transport"]


_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_MOST_S = 100 * 366 * 24 * 3600
_MOST_WEIGHT = 1_000_000
_MOST_PRICE = 1e9


def _require(holds: bool, what: str, where: str | None = None, hint: str | None = None) -> None:
    if not holds:
        raise InputError(what, where=where, hint=hint)


@dataclass(frozen=True, slots=True)
class Lab:
    """A workshop and its opening hours."""

    id: str
    calendar: Calendar

    def __post_init__(self) -> None:
        _require(bool(self.id), "a lab has no id")


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, which does one thing at a time.

    Attributes:
        id: unique in the problem.
        lab: id of the lab it stands in.
        unattended: True when its run may go on while the lab is closed; False when the whole run lies in one window.
        busy_until_s: nothing starts on it before.
        pauses: True for hand work that stops when the lab closes and goes on where it was when it opens.
        set_to: the family of work (a material, tool or colour) that it is set up for; empty when that does not matter.
    """

    id: str
    lab: str
    unattended: bool
    busy_until_s: int = 0
    set_to: str = ""
    pauses: bool = False

    def __post_init__(self) -> None:
        _require(bool(self.id), "a machine has no id")
        _require(
            not (self.pauses and self.unattended),
            "work goes on or pauses while the lab is closed, not both",
            f"machine {self.id}",
        )
        _require(
            self.busy_until_s >= 0, f"busy_until_s is {self.busy_until_s}, before the origin", f"machine {self.id}"
        )


@dataclass(frozen=True, slots=True)
class Option:
    """A machine that can do a task, and how long its run takes there."""

    machine: str
    duration_s: int

    def __post_init__(self) -> None:
        _require(
            self.duration_s >= 1,
            f"a run of {self.duration_s} s is shorter than one second",
            f"option {self.machine}",
        )


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
        _require(0 <= self.price < _MOST_PRICE, f"a price of {self.price} for a change is not from 0 to 1e9", "promise")


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

    def __post_init__(self) -> None:
        where = f"task {self.id}"
        _require(0 <= self.weight <= _MOST_WEIGHT, f"a weight of {self.weight} is not from 0 to {_MOST_WEIGHT}", where)
        _require(
            self.promise is None or bool(self.options), "only work that is still to be placed has a promise", where
        )
        _require(bool(self.id), "a task has no id")
        _require(self.release_s >= 0, f"release_s is {self.release_s}, before the origin", where)
        _require(self.delay_s is None or self.delay_s >= 0, f"a delay of {self.delay_s} s is negative", where)
        _require(
            self.delay_s is None or not self.options, "it has both options and a delay", where, "keep one of the two"
        )
        machines = [option.machine for option in self.options]
        _require(len(set(machines)) == len(machines), "a machine stands twice among its options", where)
        if self.fixed is not None:
            _require(self.fixed.task == self.id, f"its fixed placement is that of task {self.fixed.task}", where)
            _require(
                self.delay_s is None or self.fixed.machine is None, "it is a wait, but is fixed on a machine", where
            )
        elif self.delay_s is None:
            _require(bool(self.options), "no machine can do it and it is no wait", where, "leave it out of the problem")


@dataclass(frozen=True, slots=True)
class Precedence:
    """`after` starts at least `lag_s` seconds (and the transport between their labs) after the end of `before`.

    Between two fixed tasks it is history and holds nothing up.
    """

    before: str
    after: str
    lag_s: int = 0

    def __post_init__(self) -> None:
        where = f"precedence {self.before} -> {self.after}"
        _require(self.before != self.after, "a task cannot come before itself", where)
        _require(self.lag_s >= 0, f"a lag of {self.lag_s} s is negative", where)


@dataclass(frozen=True, slots=True)
class Transport:
    """How long it takes from lab to lab.

    Attributes:
        seconds: by pair of lab ids (from, to). One direction stands for both unless both are given.
        default_s: for pairs that are not given; None when every pair must be.
    """

    seconds: Mapping[tuple[str, str], int] = field(default_factory=dict)
    default_s: int | None = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "seconds", MappingProxyType(dict(self.seconds)))
        for (here, there), duration_s in self.seconds.items():
            where = f"transport {here} -> {there}"
            _require(here != there, "a lab needs no transport to itself", where)
            _require(duration_s >= 0, f"a transport of {duration_s} s is negative", where)
        _require(
            self.default_s is None or self.default_s >= 0, f"a default of {self.default_s} s is negative", "transport"
        )

    def between(self, here: str, there: str) -> int:
        """Seconds from one lab to another; 0 inside a lab.

        Raises:
            KeyError: the pair is not given and there is no default.
        """
        if here == there:
            return 0
        given = self.seconds.get((here, there), self.seconds.get((there, here), self.default_s))
        if given is None:
            raise KeyError((here, there))
        return given


@dataclass(frozen=True, slots=True)
class SetUps:
    """How long a machine is set up between runs of different families.

    Attributes:
        seconds: by pair of families (from, to). One direction stands for both unless both are given.
        default_s: for pairs that are not given. Within a family, and from or to work without one, nothing is to be
            set up.
    """

    seconds: Mapping[tuple[str, str], int] = field(default_factory=dict)
    default_s: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "seconds", MappingProxyType(dict(self.seconds)))
        _require(self.default_s >= 0, f"a default of {self.default_s} s is negative", "set_ups")
        for (one, other), duration_s in self.seconds.items():
            where = f"set-up {one} -> {other}"
            _require(bool(one and other) and one != other, "a set-up is between two different families", where)
            _require(duration_s >= 0, f"a set-up of {duration_s} s is negative", where)

    def between(self, one: str, other: str) -> int:
        """Seconds of set-up from one family to another."""
        if one == other or not one or not other:
            return 0
        return self.seconds.get((one, other), self.seconds.get((other, one), self.default_s))


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be planned.

    Attributes:
        origin: the moment that is second 0, with a time zone; kept as given.
        horizon_s: every end lies at or before it.
        labs, machines, tasks, precedences, transport, set_ups, objective: see their classes.

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

    def __post_init__(self) -> None:
        _require(self.origin.tzinfo is not None, "the origin has no time zone", "problem", "give it in UTC")
        _require(_FIRST_YEAR <= self.origin.year <= _LAST_YEAR, f"the origin's year is {self.origin.year}", "problem")
        _require(self.horizon_s > 0, f"the horizon of {self.horizon_s} s is not positive", "problem")
        _require(self.horizon_s <= _MOST_S, f"the horizon of {self.horizon_s} s is over a hundred years", "problem")
        for kind, ids in (
            ("lab", [lab.id for lab in self.labs]),
            ("machine", [machine.id for machine in self.machines]),
            ("task", [task.id for task in self.tasks]),
            ("precedence", [f"{each.before} -> {each.after}" for each in self.precedences]),
        ):
            _refuse_repeats(kind, ids)
        self._check_labs()
        self._check_machines()
        self._check_precedences()

    def _check_labs(self) -> None:
        labs = {lab.id for lab in self.labs}
        for lab in self.labs:
            last = lab.calendar.windows[-1].end_s if lab.calendar.windows else 0
            _require(last <= self.horizon_s, f"its calendar ends {last} s, past the horizon", f"lab {lab.id}")
        for pair in self.transport.seconds:
            for lab_id in pair:
                _require(lab_id in labs, f"lab {lab_id} is unknown", "transport")
        if self.transport.default_s is None:
            self._check_every_pair(sorted(labs))

    def _check_every_pair(self, labs: list[str]) -> None:
        given = self.transport.seconds
        for position, here in enumerate(labs):
            for there in labs[position + 1 :]:
                _require(
                    (here, there) in given or (there, here) in given,
                    f"no transport is given between {here} and {there}",
                    "transport",
                    "give the pair or a default",
                )

    def _check_machines(self) -> None:
        labs = {lab.id for lab in self.labs}
        machines = {machine.id for machine in self.machines}
        for machine in self.machines:
            _require(machine.lab in labs, f"lab {machine.lab} is unknown", f"machine {machine.id}")
        for task in self.tasks:
            for option in task.options:
                _require(option.machine in machines, f"machine {option.machine} is unknown", f"task {task.id}")
            if task.promise is not None:
                kept = task.promise.machine
                _require(kept in machines, f"it is promised to machine {kept}, which is unknown", f"task {task.id}")
            on = task.fixed.machine if task.fixed else None
            _require(on is None or on in machines, f"it is fixed on machine {on}, which is unknown", f"task {task.id}")

    def _check_precedences(self) -> None:
        before: dict[str, list[str]] = {task.id: [] for task in self.tasks}
        for each in self.precedences:
            for task_id in (each.before, each.after):
                _require(task_id in before, f"task {task_id} is unknown", f"precedence {each.before} -> {each.after}")
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


def _refuse_repeats(kind: str, ids: Iterable[str]) -> None:
    twice = [each for each, number in Counter(ids).items() if number > 1]
    _require(not twice, f"{kind} {listed(twice)} stands twice", "problem")
