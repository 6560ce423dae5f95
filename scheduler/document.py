"""Problems and plans as JSON documents; `docs/scheduling-problem.md` describes them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from core.clock import utc
from scheduler.fields import read_at
from scheduler.plan import Plan
from scheduler.problem import Lab, Machine, Option, Problem, Task
from scheduler.reading import PLAN_VERSION, PROBLEM_VERSION, plan_in, problem_in
from scheduler.resources import Person, Stock, Use
from scheduler.terms import terms_of

__all__ = ["PLAN_VERSION", "PROBLEM_VERSION", "plan_document", "problem_document", "read_plan", "read_problem"]


def problem_document(problem: Problem) -> dict[str, Any]:
    """The problem as JSON values; `read_problem` gives it back."""
    return {
        "version": PROBLEM_VERSION,
        "origin": utc(problem.origin).isoformat(),
        "horizon_s": problem.horizon_s,
        "labs": [_lab_document(lab) for lab in problem.labs],
        "machines": [_machine_document(each) for each in problem.machines],
        "stocks": [_stock_document(each) for each in problem.stocks],
        "people": [_person_document(each) for each in problem.people],
        "tasks": [_task_document(task) for task in problem.tasks],
        "precedences": [
            {"before": each.before, "after": each.after, "lag_s": each.lag_s}
            | ({"pieces": each.pieces} if each.pieces is not None else {})
            for each in problem.precedences
        ],
        "transport": {
            "default_s": problem.transport.default_s,
            "pairs": [
                {"from": here, "to": there, "seconds": seconds}
                for (here, there), seconds in problem.transport.seconds.items()
            ],
        },
        "set_ups": {
            "default_s": problem.set_ups.default_s,
            "pairs": [
                {"from": one, "to": other, "seconds": seconds}
                for (one, other), seconds in problem.set_ups.seconds.items()
            ],
        },
        "objective": asdict(problem.objective),
    }


def _lab_document(lab: Lab) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": lab.id,
        "windows": [[window.start_s, window.end_s] for window in lab.calendar.windows],
    }
    if lab.operators is not None:
        document["operators"] = [[each.start_s, each.end_s, each.operators] for each in lab.operators]
    if lab.share is not None:
        document["share"] = lab.share
    return document | ({"had_s": lab.had_s} if lab.had_s else {})


def _machine_document(machine: Machine) -> dict[str, Any]:
    """All that older versions have, and of the rest what is not as usual."""
    usual = Machine("-", "-", unattended=False)
    always = ("id", "lab", "unattended", "busy_until_s", "set_to", "pauses")
    return {key: value for key, value in asdict(machine).items() if key in always or value != getattr(usual, key)}


def _stock_document(stock: Stock) -> dict[str, Any]:
    return {
        "id": stock.id,
        "amount": stock.amount,
        "unit": stock.unit,
        "deliveries": [{"at_s": each.at_s, "amount": each.amount} for each in stock.deliveries],
    }


def _person_document(person: Person) -> dict[str, Any]:
    document: dict[str, Any] = {"id": person.id, "lab": person.lab, "skills": list(person.skills)}
    if person.hours is not None:
        document["windows"] = [[window.start_s, window.end_s] for window in person.hours.windows]
    return document


def _option_document(option: Option) -> dict[str, Any]:
    usual = Option("-", 1)
    document: dict[str, Any] = {"machine": option.machine, "duration_s": option.duration_s}
    for key in ("attend_start_s", "attend_end_s", "cost", "energy_kwh", "lot_s"):
        if getattr(option, key) != getattr(usual, key):
            document[key] = getattr(option, key)
    return document | ({"uses": _uses_document(option.uses)} if option.uses else {})


def _uses_document(uses: tuple[Use, ...]) -> list[dict[str, Any]]:
    return [{"stock": each.stock, "amount": each.amount} for each in uses]


def _task_document(task: Task) -> dict[str, Any]:
    document: dict[str, Any] = {"id": task.id, "name": task.name, "release_s": task.release_s}
    if task.options:
        document["options"] = [_option_document(each) for each in task.options]
    if task.needs:
        document["needs"] = [{"skill": each.skill, "people": each.people} for each in task.needs]
    if task.uses:
        document["uses"] = _uses_document(task.uses)
    if task.delay_s is not None:
        document["delay_s"] = task.delay_s
    document |= {key: value for key in ("family", "batch", "area") if (value := getattr(task, key))}
    document |= _pieces_document(task)
    if task.due_s is not None:
        document["due_s"] = task.due_s
    if task.weight != 1:
        document["weight"] = task.weight
    if task.promise is not None:
        document["promise"] = asdict(task.promise)
    if task.fixed is not None:
        document["fixed"] = {
            "machine": task.fixed.machine,
            "start_s": task.fixed.start_s,
            "run_end_s": task.fixed.run_end_s,
            "end_s": task.fixed.end_s,
        } | ({"people": list(task.fixed.people)} if task.fixed.people else {})
    return document


def _pieces_document(task: Task) -> dict[str, Any]:
    document: dict[str, Any] = {"quantity": task.quantity} if task.quantity != 1 else {}
    if task.split is not None:
        largest = {"largest": task.split.largest} if task.split.largest is not None else {}
        document["split"] = {"smallest": task.split.smallest, **largest}
    return document


def plan_document(problem: Problem, plan: Plan) -> dict[str, Any]:
    """The plan as JSON values: ISO 8601 times in UTC beside the seconds, names and labs beside the ids.

    Args:
        problem: what the plan is for; the plan places only tasks and machines of it.
        plan: what to write.
    """
    origin = utc(problem.origin)
    labs = {machine.id: machine.lab for machine in problem.machines}
    names = {task.id: task.name for task in problem.tasks}
    return {
        "version": PLAN_VERSION,
        "origin": origin.isoformat(),
        "makespan_s": plan.makespan_s,
        "lower_bound_s": plan.lower_bound_s,
        "bound_by": plan.bound_by,
        "gap": plan.gap,
        "terms": asdict(terms_of(problem, plan.placements)),
        "status": plan.status,
        "solver": plan.solver,
        "placements": [
            {
                "task": each.task,
                "name": names[each.task],
                "machine": each.machine,
                "lab": labs[each.machine] if each.machine is not None else None,
                "start": _told(origin, each.start_s),
                "run_end": _told(origin, each.run_end_s),
                "end": _told(origin, each.end_s),
                "start_s": each.start_s,
                "run_end_s": each.run_end_s,
                "end_s": each.end_s,
            }
            | ({"people": list(each.people)} if each.people else {})
            | ({"lot": each.lot, "pieces": each.pieces} if each.lot else {})
            for each in plan.placements
        ],
    }


def _told(origin: datetime, seconds: int) -> str:
    return (origin + timedelta(seconds=seconds)).isoformat()


def read_problem(document: object, *, where: str = "problem") -> Problem:
    """The problem of a document.

    Args:
        document: JSON values.
        where: what the document is called, such as its file's name.

    Raises:
        InputError: a field is missing, unknown, of the wrong type or out of bounds, or the problem breaks a rule.
    """
    return read_at(problem_in, document, where)


def read_plan(document: object, *, where: str = "plan") -> Plan:
    """The plan of a document; what follows from its seconds (ISO times, gap, status) is not read.

    Raises:
        InputError: a field is missing, unknown, of the wrong type or out of bounds, or the plan breaks a rule.
    """
    return read_at(plan_in, document, where)
