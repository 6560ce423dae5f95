"""What alone would give a task a place that has none: the changes that an operator can make, the smallest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scheduler.calendars import Calendar, Window
from scheduler.network import Network
from scheduler.paths import heads
from scheduler.precheck import unplaceable_in
from scheduler.problem import Delivery, Machine, Option, Person, Problem, Shift, Task
from scheduler.supplies import attended, used_by
from scheduler.wording import amount, moment, span

__all__ = ["changes"]

_LONGEST_S = 50 * 366 * 24 * 3600
_MOST_TRIES = 20  # pieces of fixed work, openings


def changes(problem: Problem, task: Task) -> tuple[str, ...]:
    """What alone would give a task a place, from the smallest change on; each is tried.

    Args:
        problem: without splits.
        task: of it.
    """
    found: list[tuple[int, str]] = []
    for option in task.options:
        machine = next(each for each in problem.machines if each.id == option.machine)
        found += _longer_hours(problem, task, machine, option.duration_s)
        found += _more_material(problem, task, option)
        found += _more_operators(problem, task, machine, option)
        found += _more_people(problem, task, machine)
    found += _later_horizon(problem, task)
    found += _later_fixed(problem, task)
    found += _moved_fixed(problem, task)
    return tuple(dict.fromkeys(words for _, words in sorted(found)))


def _fits(problem: Problem, task: Task) -> bool:
    return all(each.task != task.id for each in unplaceable_in(Network(problem)))


def _longer_hours(problem: Problem, task: Task, machine: Machine, duration_s: int) -> Iterator[tuple[int, str]]:
    """Whether it is enough that the machine's lab stays open once, or that the machine runs alone."""
    lab = next(each for each in problem.labs if each.id == machine.lab)
    latest_s = problem.horizon_s - duration_s
    windows = [each for each in lab.calendar.windows if each.start_s <= latest_s] or [Window(0, 1)] * (latest_s >= 0)
    for window in windows[-1:] + windows[:1]:
        longer = Window(window.start_s, max(window.end_s, min(window.start_s + duration_s, problem.horizon_s)))
        labs = tuple(
            replace(each, calendar=Calendar.joined([*lab.calendar.windows, longer])) if each.id == lab.id else each
            for each in problem.labs
        )
        if longer.end_s > window.end_s and _fits(replace(problem, labs=labs), task):
            from_, until = (moment(problem.origin, each) for each in (longer.start_s, longer.end_s))
            yield longer.end_s - window.end_s, f"possible if lab {lab.id} is open from {from_} to {until}"
            break
    if not (machine.unattended or machine.pauses or machine.attends_run):
        machines = tuple(replace(each, unattended=True) if each.id == machine.id else each for each in problem.machines)
        if _fits(replace(problem, machines=machines), task):
            yield duration_s, f"possible if machine {machine.id} may run while lab {lab.id} is closed"


def _later_horizon(problem: Problem, task: Task) -> Iterator[tuple[int, str]]:
    """By when there would be a place if the last opening went on for ever."""
    far_s = min(_LONGEST_S, problem.horizon_s + 10 * 366 * 24 * 3600)
    labs = tuple(
        replace(lab, calendar=Calendar.joined([*lab.calendar.windows, Window(problem.horizon_s, far_s)]))
        for lab in problem.labs
    )
    later = Network(replace(problem, labs=labs, horizon_s=far_s))
    head = heads(later)[later.position[task.id]]
    if head is not None and head.end_s > problem.horizon_s and not unplaceable_in(later):
        more = head.end_s - problem.horizon_s
        yield more, f"possible if the plan may reach {span(more)} further, with the labs open then"


def _later_fixed(problem: Problem, task: Task) -> Iterator[tuple[int, str]]:
    """How much later the fixed work behind a task would have to be."""
    network = Network(problem)
    head = network.longest.end[network.position[task.id]].min()
    for arc in network.after[network.position[task.id]]:
        behind = network.tasks[arc.task]
        if behind.fixed is not None and head + arc.lag_s > behind.fixed.start_s:
            late_s = int(head) + arc.lag_s - behind.fixed.start_s
            yield late_s, f"possible if {behind.id}, which is fixed, is {span(late_s)} later or more"


def _more_material(problem: Problem, task: Task, option: Option) -> Iterator[tuple[int, str]]:
    """Whether more of what it uses, there at the origin, is enough."""
    for name, needed in used_by(task, option).items():
        stock = next(each for each in problem.stocks if each.id == name)
        lacking = needed - stock.amount - sum(each.amount for each in stock.deliveries)
        taken = sum(
            used_by(other, next((o for o in other.options if o.machine == other.fixed.machine), None)).get(name, 0)
            for other in problem.tasks
            if other.fixed is not None and other.fixed.machine is not None and other.fixed.start_s >= 0
        )
        late = [each.amount for each in stock.deliveries if each.at_s > problem.horizon_s]
        for more in sorted({lacking + taken, lacking + taken + sum(late), needed} - {0}):
            if more > 0:
                filled = replace(stock, deliveries=(*stock.deliveries, Delivery(0, more)))
                stocks = tuple(filled if each.id == name else each for each in problem.stocks)
                if _fits(replace(problem, stocks=stocks), task):
                    at = moment(problem.origin, 0)
                    yield option.duration_s, f"possible with {amount(more, stock.unit)} more of {name} from {at} on"
                    break


def _more_operators(problem: Problem, task: Task, machine: Machine, option: Option) -> Iterator[tuple[int, str]]:
    """Whether it is enough that one more operator is there in one opening of the lab."""
    lab = next(each for each in problem.labs if each.id == machine.lab)
    asked_s = sum(attended(machine, option))
    if lab.operators is None or not asked_s:
        return
    for window in lab.calendar.windows[:_MOST_TRIES]:
        shift = Shift(window.start_s, window.end_s)
        more = replace(lab, operators=(*lab.operators, shift))
        labs = tuple(more if each.id == lab.id else each for each in problem.labs)
        if _fits(replace(problem, labs=labs), task):
            from_, until = (moment(problem.origin, each) for each in (window.start_s, window.end_s))
            yield asked_s, f"possible if one more operator of lab {lab.id} is there from {from_} to {until}"
            return


def _more_people(problem: Problem, task: Task, machine: Machine) -> Iterator[tuple[int, str]]:
    """Whether it is enough that more people have its skills, or that those who do are there in all open hours."""
    lab = machine.lab
    always = tuple(replace(each, hours=None) if each.lab == lab else each for each in problem.people)
    if always != problem.people and task.needs and _fits(replace(problem, people=always), task):
        yield task.options[0].duration_s, f"possible if the people of lab {lab} are there whenever it is open"
        return
    for need in task.needs:
        for more in range(1, need.people + 1):
            name = f"{need.skill} {len(problem.people)}"
            new = tuple(Person(f"{name}.{number}", lab, (need.skill,)) for number in range(more))
            if _fits(replace(problem, people=(*problem.people, *new)), task):
                who = f"{more} more {'person' if more == 1 else 'people'}"
                yield more * task.options[0].duration_s, f"possible with {who} of lab {lab} who can {need.skill}"
                return


def _moved_fixed(problem: Problem, task: Task) -> Iterator[tuple[int, str]]:
    """Whether it is enough that one piece of fixed work gives way."""
    machines = {option.machine for option in task.options}
    fixed = [each for each in problem.tasks if each.fixed is not None and each.fixed.machine in machines]
    fixed.sort(key=lambda each: each.fixed.end_s - each.fixed.start_s if each.fixed is not None else 0)
    waiting = {arrow.before for arrow in problem.precedences} | {arrow.after for arrow in problem.precedences}
    for each in [other for other in fixed if other.id not in waiting][:_MOST_TRIES]:
        tasks = tuple(other for other in problem.tasks if other.id != each.id)
        if each.fixed is not None and _fits(replace(problem, tasks=tasks), task):
            long_s = each.fixed.end_s - each.fixed.start_s
            yield long_s, f"possible if {each.id}, which is fixed on {each.fixed.machine}, gives way"
            return
