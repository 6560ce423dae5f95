"""When labs are open and machines run, on the planner's time axis: weekly hours, closures, openings, maintenance.

The scheduler knows calendars of labs only. A machine with maintenance therefore stands in a lab of its own, open when
the lab is open and the machine not down, and no distance from it. That keeps every attended run clear of maintenance,
and every start; an unattended run goes on when a lab closes, so `runs_into_maintenance` looks whether one does, and a
second plan holds such machines back for as long as their longest run before each maintenance.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from machines.lab import Lab, Machine, Network
from machines.period import Period
from scheduler import problem as posed
from scheduler.calendars import Calendar, Window, weekly_calendar
from scheduler.plan import Plan

__all__ = [
    "Resources",
    "attendance_s",
    "calendar_of",
    "first_start",
    "lab_calendar",
    "longest_runs",
    "maintenance_of",
    "period_between",
    "resources",
    "runs_into_maintenance",
]

_LONGEST_PERIOD = timedelta(days=366)
Resources = tuple[tuple[posed.Lab, ...], tuple[posed.Machine, ...], posed.Transport]


def lab_calendar(lab: Lab, origin: datetime, horizon_s: int) -> Calendar:
    """When a lab is open, in seconds from the origin: its weekly hours less its closures, and its special openings."""
    zone = ZoneInfo(lab.zone)
    weekly = weekly_calendar(origin, zone, lab.opening_hours, horizon_s).windows
    if not lab.closures and not lab.special_openings:
        return Calendar(weekly)
    open_ = _spans(lab.special_openings, zone, origin, horizon_s, wide=False)
    return Calendar.joined([*_less(weekly, _spans(lab.closures, zone, origin, horizon_s, wide=True)), *open_])


def calendar_of(
    network: Network, lab_id: str, origin: datetime, horizon_s: int, machine: Machine | None = None
) -> Calendar:
    """When a lab is open, in seconds from the origin; with a machine, when it is open and the machine is not down."""
    lab = network.lab(lab_id)
    calendar = lab_calendar(lab, origin, horizon_s)
    if machine is None or not machine.maintenance:
        return calendar
    return Calendar(tuple(_less(calendar.windows, maintenance_of(lab, machine, origin, horizon_s))))


def maintenance_of(lab: Lab, machine: Machine, origin: datetime, horizon_s: int) -> tuple[Window, ...]:
    """When a machine is down, in seconds from the origin."""
    return _spans(machine.maintenance, ZoneInfo(lab.zone), origin, horizon_s, wide=True)


def period_between(lab: Lab, start: datetime, end: datetime, why: str) -> Period:
    """Two moments as a period of a lab, in its wall time, to whole seconds and no longer than a period may be."""
    first, last = (each.astimezone(ZoneInfo(lab.zone)).replace(tzinfo=None, microsecond=0) for each in (start, end))
    last = min(max(last, first) + timedelta(seconds=1), first + _LONGEST_PERIOD)
    return Period(first, last, why=why)


def first_start(
    calendar: Calendar, down: Iterable[Window], run_s: float, *, attended: bool, earliest_s: int = 0
) -> int | None:
    """The first second at which a run may start, or None.

    Args:
        calendar: when the lab is open and the machine runs.
        down: when the machine is down.
        run_s: how long the run takes.
        attended: whether the whole run lies in one window; else only its start does, and none of it where it is down.
        earliest_s: not before that.
    """
    down = tuple(down)
    for window in calendar.windows:
        if window.end_s <= earliest_s:
            continue
        start_s = max(window.start_s, earliest_s)
        if attended:
            if window.end_s - start_s >= run_s:
                return start_s
        elif not any(start_s < each.end_s and each.start_s < start_s + run_s for each in down):
            return start_s
    return None


def resources(network: Network, origin: datetime, horizon_s: int, held_back_s: Mapping[str, int]) -> Resources:
    """The labs, machines and ways that the scheduler is to plan with.

    Args:
        network: labs, hours and ways.
        origin: second 0 of the plan; UTC.
        horizon_s: calendars end here.
        held_back_s: for machines by id, how long before each maintenance nothing starts.
    """
    labs, machines, home = [], [], {}
    for lab in network.labs:
        calendar = lab_calendar(lab, origin, horizon_s)
        labs.append(posed.Lab(lab.id, calendar, _operators(lab, calendar)))
        home[lab.id] = lab.id
        for machine in lab.machines:
            down = maintenance_of(lab, machine, origin, horizon_s)
            stands_in = lab.id
            if down:
                stands_in = f"{lab.id} ({machine.id})"
                home[stands_in] = lab.id
                early = held_back_s.get(machine.id, 0)
                kept_free = [Window(max(0, each.start_s - early), each.end_s) for each in down]
                open_ = Calendar(tuple(_less(calendar.windows, kept_free)))
                labs.append(posed.Lab(stands_in, open_, _operators(lab, open_)))
            set_up_s, take_off_s = attendance_s(machine)
            machines.append(
                posed.Machine(
                    machine.id, stands_in, machine.unattended, attend_start_s=set_up_s, attend_end_s=take_off_s
                )
            )
    return tuple(labs), tuple(machines), _transport(network, home)


def attendance_s(machine: Machine) -> tuple[int, int]:
    """Whole seconds that an operator spends before a run, and on taking its pieces off."""
    return round(60 * machine.set_up_min), round(60 * machine.take_off_min)


def _operators(lab: Lab, calendar: Calendar) -> tuple[posed.Shift, ...] | None:
    """All of a lab's people while it is open, for want of their own hours; None where the lab names nobody.

    A machine with maintenance stands in a lab of its own, so it does not compete for them with the others.
    """
    if not lab.people:
        return None
    return tuple(posed.Shift(each.start_s, each.end_s, len(lab.people)) for each in calendar.windows)


def longest_runs(network: Network, problem: posed.Problem) -> dict[str, int]:
    """For unattended machines with maintenance, how long the longest run is that the problem may give them."""
    longest: dict[str, int] = {}
    for task in problem.tasks:
        for option in task.options:
            machine = network.find(option.machine)
            if machine is not None and machine.unattended and machine.maintenance:
                longest[machine.id] = max(longest.get(machine.id, 0), option.duration_s)
    return longest


def runs_into_maintenance(network: Network, problem: posed.Problem, plan: Plan) -> bool:
    """Whether a run that is not fixed goes on where its machine is down."""
    down = {
        machine.id: maintenance_of(lab, machine, problem.origin, problem.horizon_s)
        for lab in network.labs
        for machine in lab.machines
        if machine.maintenance
    }
    fixed = {task.id for task in problem.tasks if task.fixed is not None}
    return any(
        placed.start_s < each.end_s and each.start_s < placed.run_end_s
        for placed in plan.placements
        if placed.machine in down and placed.task not in fixed
        for each in down[placed.machine]
    )


def _transport(network: Network, home: Mapping[str, str]) -> posed.Transport:
    ids = list(home)
    pairs = [(a, b) for i, a in enumerate(ids) for b in ids[i + 1 :]]
    return posed.Transport({(a, b): round(60 * network.transport(home[a], home[b]).minutes) for a, b in pairs})


def _spans(
    periods: Iterable[Period], zone: ZoneInfo, origin: datetime, horizon_s: int, *, wide: bool
) -> tuple[Window, ...]:
    """When the periods are, joined and in order; part of a second counts as a second of a wide span, else of none."""
    last = origin + timedelta(seconds=horizon_s)
    down, up = (math.floor, math.ceil) if wide else (math.ceil, math.floor)
    windows = []
    for period in periods:
        for begins, ends in period.occurrences(origin, last, zone, wide=wide):
            start_s = max(0, down((begins - origin).total_seconds()))
            end_s = min(horizon_s, up((ends - origin).total_seconds()))
            if start_s < end_s:
                windows.append(Window(start_s, end_s))
    return Calendar.joined(windows).windows


def _less(windows: Iterable[Window], taken: Iterable[Window]) -> Iterator[Window]:
    """What is left of windows, in order, when spans are taken out of them."""
    taken = tuple(taken)
    for window in windows:
        start_s = window.start_s
        for each in taken:
            if each.end_s <= start_s or each.start_s >= window.end_s:
                continue
            if each.start_s > start_s:
                yield Window(start_s, each.start_s)
            start_s = each.end_s
        if start_s < window.end_s:
            yield Window(start_s, window.end_s)
