"""What is there: labs with their hours and operators, machines, and stocks of material with what is delivered.

Times are integer seconds from the problem's origin; amounts are whole numbers of a stock's unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from scheduler.calendars import Calendar
from scheduler.rules import MOST_AMOUNT, MOST_PRICE, MOST_S, refuse_repeats, require

__all__ = ["Delivery", "Lab", "Machine", "Need", "Person", "Plate", "Shift", "Stock", "Use"]

_MOST_OPERATORS = 10_000
_MOST_SHARE = 1e6
_MOST_PEOPLE = 1000


@dataclass(frozen=True, slots=True)
class Shift:
    """So many operators of a lab are there from one moment to another. Shifts that overlap add up."""

    start_s: int
    end_s: int
    operators: int = 1

    def __post_init__(self) -> None:
        where = f"shift from {self.start_s} s"
        require(0 <= self.start_s < self.end_s, f"it begins before 0, or ends at {self.end_s} s, not after", where)
        require(
            1 <= self.operators <= _MOST_OPERATORS, f"{self.operators} operators are not 1 to {_MOST_OPERATORS}", where
        )


@dataclass(frozen=True, slots=True)
class Lab:
    """A workshop, its opening hours and its operators.

    Attributes:
        id: unique in the problem.
        calendar: when it is open.
        operators: who is there to tend machines while it is open; None when there are always enough.
        share: how much of all work it should have, measured against the shares of the others; None when it does not
            take part in that.
        had_s: seconds of machine work it has had before the origin.
    """

    id: str
    calendar: Calendar
    operators: tuple[Shift, ...] | None = None
    share: float | None = None
    had_s: int = 0

    def __post_init__(self) -> None:
        where = f"lab {self.id}"
        require(bool(self.id), "a lab has no id")
        require(
            self.share is None or 0 <= self.share <= _MOST_SHARE,
            f"a share of {self.share} is not from 0 to {_MOST_SHARE:.0f}",
            where,
        )
        require(0 <= self.had_s <= MOST_S * 100, f"had_s is {self.had_s}, which is negative or past all measure", where)


@dataclass(frozen=True, slots=True)
class Plate:
    """What one run of a machine may take of several tasks: a print bed, a sheet, an oven.

    Attributes:
        most_tasks: limit of their number; None for none.
        most_area: limit of the sum of their areas, in any whole unit; None for none.
        fixed_s: how much of a run's seconds is spent once, however many take part (heating, levelling, a set-down).
        at_once: True when a run lasts as long as the longest of its tasks would alone (an oven); False when it lasts
            the fixed part and the rest of each (a print bed, a sheet).
    """

    most_tasks: int | None = None
    most_area: int | None = None
    fixed_s: int = 0
    at_once: bool = False

    def __post_init__(self) -> None:
        limits = [each for each in (self.most_tasks, self.most_area) if each is not None]
        require(bool(limits), "a plate has neither a limit of tasks nor one of area", "plate")
        require(all(1 <= each <= MOST_AMOUNT for each in limits), "a limit is not from 1 to 1e12", "plate")
        require(0 <= self.fixed_s <= MOST_S, f"fixed_s is {self.fixed_s}, negative or too much", "plate")

    def takes(self, tasks: int, area: int) -> bool:
        """Whether so many tasks of so much area fit."""
        return tasks <= (self.most_tasks or tasks) and area <= (self.most_area or area)

    def lasts_s(self, alone_s: Sequence[int]) -> int:
        """Seconds of a run of tasks that would take these alone."""
        if self.at_once:
            return max(alone_s)
        return self.fixed_s + sum(each - self.fixed_s for each in alone_s)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, which does one thing at a time.

    Attributes:
        id: unique in the problem.
        lab: id of the lab it stands in.
        unattended: True when its run may go on while the lab is closed; False when the whole run lies in one window.
        busy_until_s: nothing starts on it before.
        set_to: the family of work (a material, tool or colour) that it is set up for; empty when that does not matter.
        pauses: True for hand work that stops when the lab closes and goes on where it was when it opens.
        attend_start_s: an operator is needed for so long from the start of a run, at most for all of it.
        attend_end_s: taking the pieces off, after the run, takes an operator so long; until then the machine is
            occupied.
        attends_run: True when an operator is needed for the whole run.
        attends_set_up: True when a set-up, which lies right before the run it is for, takes an operator.
        cost_h: what an hour of running costs, in the currency of all costs.
        plate: what tasks of one batch may share a run; None when each runs alone.
    """

    id: str
    lab: str
    unattended: bool
    busy_until_s: int = 0
    set_to: str = ""
    pauses: bool = False
    attend_start_s: int = 0
    attend_end_s: int = 0
    attends_run: bool = False
    attends_set_up: bool = False
    cost_h: float = 0.0
    plate: Plate | None = None

    def __post_init__(self) -> None:
        where = f"machine {self.id}"
        require(bool(self.id), "a machine has no id")
        require(
            not (self.pauses and self.unattended), "work goes on or pauses while the lab is closed, not both", where
        )
        require(
            not (self.attends_run and self.unattended),
            "a run that may go on while the lab is closed is not attended as a whole",
            where,
            "give attend_start_s and attend_end_s",
        )
        require(self.busy_until_s >= 0, f"busy_until_s is {self.busy_until_s}, before the origin", where)
        for name, seconds in (("attend_start_s", self.attend_start_s), ("attend_end_s", self.attend_end_s)):
            require(0 <= seconds <= MOST_S, f"{name} is {seconds}, which is negative or past a hundred years", where)
        require(
            not (self.pauses and self.attend_end_s), "the end of hand work is not attended apart from the work", where
        )
        require(
            isfinite(self.cost_h) and 0 <= self.cost_h <= MOST_PRICE,
            f"a cost of {self.cost_h} is not from 0 to 1e9",
            where,
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """Material that arrives."""

    at_s: int
    amount: int

    def __post_init__(self) -> None:
        where = f"delivery at {self.at_s} s"
        require(0 <= self.at_s <= MOST_S, "it lies before the origin or past a hundred years", where)
        require(1 <= self.amount <= MOST_AMOUNT, f"an amount of {self.amount} is not from 1 to 1e12", where)


@dataclass(frozen=True, slots=True)
class Stock:
    """A material at one place, which is used up.

    Attributes:
        id: unique in the problem ("PLA at north").
        amount: what is there at the origin, in whole units.
        deliveries: what arrives later, in any order.
        unit: of all amounts, as people say ("g", "mm", "sheets"); empty for pieces.
    """

    id: str
    amount: int
    deliveries: tuple[Delivery, ...] = ()
    unit: str = ""

    def __post_init__(self) -> None:
        require(bool(self.id), "a stock has no id")
        require(
            0 <= self.amount <= MOST_AMOUNT, f"an amount of {self.amount} is not from 0 to 1e12", f"stock {self.id}"
        )


@dataclass(frozen=True, slots=True)
class Use:
    """So much of a stock is taken when a run starts."""

    stock: str
    amount: int

    def __post_init__(self) -> None:
        require(
            1 <= self.amount <= MOST_AMOUNT, f"an amount of {self.amount} is not from 1 to 1e12", f"use of {self.stock}"
        )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can do things, one at a time.

    Attributes:
        id: unique in the problem; a pseudonym will do.
        lab: id of the lab they work in.
        skills: what they can do, as people call it.
        hours: when they are there; None for whenever the lab is open.
    """

    id: str
    lab: str
    skills: tuple[str, ...]
    hours: Calendar | None = None

    def __post_init__(self) -> None:
        require(bool(self.id), "a person has no id")
        refuse_repeats("skill", self.skills, f"person {self.id}")


@dataclass(frozen=True, slots=True)
class Need:
    """So many people with a skill, for the whole run of a task."""

    skill: str
    people: int = 1

    def __post_init__(self) -> None:
        require(bool(self.skill), "a need names no skill")
        require(
            1 <= self.people <= _MOST_PEOPLE,
            f"{self.people} people are not 1 to {_MOST_PEOPLE}",
            f"need of {self.skill}",
        )


def refuse_double_use(uses: tuple[Use, ...], where: str) -> None:
    """Refuse uses that name a stock twice."""
    refuse_repeats("stock", [each.stock for each in uses], where)
