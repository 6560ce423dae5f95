"""One event, from a problem and a plan to a problem and a plan; and the polish that pays for every change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from core.errors import InputError, PlanError
from scheduler.events import Event, within_reach
from scheduler.lots import apart
from scheduler.plan import Placement, Plan
from scheduler.problem import Problem, Promise, Task
from scheduler.rescheduling import reformed
from scheduler.solve import solve
from scheduler.standing import Standing, stands
from scheduler.validator import violations
from scheduler.wording import listed

__all__ = ["Repaired", "Standing", "polish", "repair"]


@dataclass(frozen=True, slots=True)
class Repaired:
    """What a repair came to.

    Attributes:
        problem: with the event in it; started work is fixed.
        plan: of that problem.
        moved: ids of the tasks that stand elsewhere or at another time than before.
    """

    problem: Problem
    plan: Plan
    moved: tuple[str, ...]


def repair(problem: Problem, plan: Plan, event: Event, now_s: int) -> Repaired:
    """The plan after an event.

    Lots keep their sizes: of what was split, each lot is a task of its own in the new problem, "clips #2".

    Where no people and no runs are shared, `Standing` does the same for one event after another, much quicker. What
    finds no place in a standing plan finds it perhaps when other work moves too: then all is listed anew in its order.

    Args:
        problem: what the plan was for.
        plan: a valid plan; tasks that it does not hold are placed too.
        event: what happened.
        now_s: when; nothing is placed before, and nothing that has started moves.

    Raises:
        PlanError: a task finds no place within the horizon.
        InputError: the event names something unknown, or a task where one of its lots is meant.
    """
    within_reach(now_s)
    _refuse_split(problem, plan, event)
    problem, plan = apart(problem, plan)
    placed = {each.task: each for each in plan.placements}
    after, result = _taken(problem, plan, event, now_s) or _listed_anew(problem, placed, event, now_s)
    wrong = violations(after, result)
    if wrong:
        raise PlanError(f"the repaired plan breaks a rule: {wrong[0]}", hint="plan anew")
    moved = tuple(each.task for each in result.placements if each.task in placed and each != placed[each.task])
    return Repaired(after, result, moved)


def _taken(problem: Problem, plan: Plan, event: Event, now_s: int) -> tuple[Problem, Plan] | None:
    """As a standing plan takes it; None where a plan of the problem cannot stand, or something finds no place."""
    if not stands(problem):
        return None
    standing = Standing(problem, plan.placements)
    with suppress(PlanError):  # when others, too, may move there may be room
        standing.take(event, now_s)
        return standing.problem, standing.plan
    return None


def _listed_anew(problem: Problem, placed: Mapping[str, Placement], event: Event, now_s: int) -> tuple[Problem, Plan]:
    """All that has not started, in its old order."""
    after = event.change(problem, placed, now_s)
    return after, reformed(after, placed)


def _refuse_split(problem: Problem, plan: Plan, event: Event) -> None:
    named = getattr(event, "task", None)
    lots = [f"{each.task} #{each.lot}" for each in plan.placements if each.lot and each.task == named]
    if any(task.id == named and task.split is not None for task in problem.tasks):
        raise InputError(f"task {named} is made in lots", where="event", hint=f"name one of them: {listed(lots)}")


def polish(
    problem: Problem,
    plan: Plan,
    *,
    price: float,
    seconds: float = 10.0,
    workers: int = 2,
    work: float | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Plan:
    """A better plan that pays for every change: after repairs, when there is time.

    Everything that has not started counts as promised where it stands; a promise that the problem has already keeps its
    own place and price. Lateness still counts before all else.

    Args:
        problem: with all events in it, such as `Repaired.problem`; its objective weighs changes, or they count once.
        plan: a valid plan of it.
        price: of another machine, or of a start that differs, for a task; in seconds of makespan when the objective
            says nothing of changes.
        seconds: the limit of time.
        workers: threads.
        work: a limit of work instead, as of `scheduler.solve`.
        cancelled: asked often; once it tells True, the best plan so far is returned.

    Returns:
        A plan of the problem that is at least as good, all changes paid; the plan itself when nothing is worth it.

    Raises:
        InputError: the price is not from 0 to 1e9.
    """
    problem, plan = apart(problem, plan)
    placed = {each.task: each for each in plan.placements}
    tasks = tuple(_promised(task, placed[task.id], price) for task in problem.tasks)
    weighed = problem.objective if problem.objective.change else replace(problem.objective, change=1.0)
    return solve(
        replace(problem, tasks=tasks, objective=weighed),
        seconds=seconds,
        workers=workers,
        work=work,
        incumbent=plan,
        cancelled=cancelled,
    )


def _promised(task: Task, placement: Placement, price: float) -> Task:
    """A task with a promise to stand where it does; fixed work, waits and what is promised already stay as they are."""
    if not task.options or task.fixed is not None or task.promise is not None or placement.machine is None:
        return task
    return replace(task, promise=Promise(placement.machine, placement.start_s, price))
