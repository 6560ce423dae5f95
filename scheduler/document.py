"""Problems and plans as JSON documents; `docs/scheduling-problem.md` describes them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from core.clock import utc
from core.errors import InputError
from scheduler.calendars import Calendar, Window
from scheduler.fields import Fields, read_at
from scheduler.objective import Objective
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Promise, SetUps, Task, Transport
from scheduler.terms import terms_of

__all__ = ["PLAN_VERSION", "PROBLEM_VERSION", "plan_document", "problem_document", "read_plan", "read_problem"]

PROBLEM_VERSION = "fabcommons-problem/2"
_READ_VERSIONS = ("fabcommons-problem/1", PROBLEM_VERSION)  # all of the first is sound in the second
PLAN_VERSION = "fabcommons-plan/1"


def problem_document(problem: Problem) -> dict[str, Any]:
    """The problem as JSON values; `read_problem` gives it back."""
    return {
        "version": PROBLEM_VERSION,
        "origin": utc(problem.origin).isoformat(),
        "horizon_s": problem.horizon_s,
        "labs": [
            {"id": lab.id, "windows": [[window.start_s, window.end_s] for window in lab.calendar.windows]}
            for lab in problem.labs
        ],
        "machines": [
            {
                "id": each.id,
                "lab": each.lab,
                "unattended": each.unattended,
                "busy_until_s": each.busy_until_s,
                "set_to": each.set_to,
                "pauses": each.pauses,
            }
            for each in problem.machines
        ],
        "tasks": [_task_document(task) for task in problem.tasks],
        "precedences": [
            {"before": each.before, "after": each.after, "lag_s": each.lag_s} for each in problem.precedences
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


def _task_document(task: Task) -> dict[str, Any]:
    document: dict[str, Any] = {"id": task.id, "name": task.name, "release_s": task.release_s}
    if task.options:
        document["options"] = [{"machine": each.machine, "duration_s": each.duration_s} for each in task.options]
    if task.delay_s is not None:
        document["delay_s"] = task.delay_s
    if task.family:
        document["family"] = task.family
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
        }
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
    return read_at(_problem, document, where)


def _problem(document: object, where: str) -> Problem:
    fields = _versioned(
        document, where, _READ_VERSIONS,
        ("origin", "horizon_s", "labs", "machines", "tasks", "precedences", "transport", "set_ups", "objective"),
    )  # fmt: skip
    return Problem(
        origin=fields.moment("origin"),
        horizon_s=fields.seconds("horizon_s"),
        labs=fields.each("labs", _lab),
        machines=fields.each("machines", _machine),
        tasks=fields.each("tasks", _task),
        precedences=fields.each("precedences", _precedence),
        transport=fields.inner("transport", _transport) if "transport" in fields else Transport(),
        set_ups=fields.inner("set_ups", _set_ups) if "set_ups" in fields else SetUps(),
        objective=fields.inner("objective", _objective) if "objective" in fields else Objective(),
    )


def read_plan(document: object, *, where: str = "plan") -> Plan:
    """The plan of a document; what follows from its seconds (ISO times, gap, status) is not read.

    Raises:
        InputError: a field is missing, unknown, of the wrong type or out of bounds, or the plan breaks a rule.
    """
    return read_at(_plan, document, where)


def _plan(document: object, where: str) -> Plan:
    fields = _versioned(
        document, where, (PLAN_VERSION,),
        ("origin", "makespan_s", "lower_bound_s", "bound_by", "gap", "terms", "status", "solver", "placements"),
    )  # fmt: skip
    return Plan(
        fields.each("placements", _placement), fields.seconds("lower_bound_s"), fields.text("solver"),
        fields.text("bound_by", ""),
    )  # fmt: skip


def _versioned(document: object, where: str, versions: tuple[str, ...], keys: tuple[str, ...]) -> Fields:
    fields = Fields(document, where, ("version", *keys))
    stated = fields.text("version")
    if stated not in versions:
        hint = f"{' and '.join(versions)} {'is' if len(versions) == 1 else 'are'} read here"
        raise InputError(f"version {stated!r} is unknown", where=f"{where}.version", hint=hint)
    return fields


def _lab(value: object, where: str) -> Lab:
    fields = Fields(value, where, ("id", "windows"))
    return Lab(fields.text("id"), Calendar(fields.each("windows", _window)))


def _window(value: object, where: str) -> Window:
    if not isinstance(value, list) or len(value) != 2:
        raise InputError("a pair [start, end] of seconds is expected here", where=where)
    ends = Fields({"start": value[0], "end": value[1]}, where, ("start", "end"))
    return Window(ends.seconds("start"), ends.seconds("end"))


def _machine(value: object, where: str) -> Machine:
    fields = Fields(value, where, ("id", "lab", "unattended", "busy_until_s", "set_to", "pauses"))
    return Machine(
        fields.text("id"), fields.text("lab"), fields.boolean("unattended"), fields.seconds("busy_until_s", 0),
        fields.text("set_to", ""), fields.boolean("pauses", False),
    )  # fmt: skip


def _task(value: object, where: str) -> Task:
    known = ("id", "name", "options", "release_s", "delay_s", "fixed", "family", "due_s", "weight", "promise")
    fields = Fields(value, where, known)
    task_id = fields.text("id")

    def fixed(inner: object, place: str) -> Placement:
        times = Fields(inner, place, ("machine", "start_s", "run_end_s", "end_s"))
        return _placed(task_id, times)

    return Task(
        id=task_id,
        options=fields.each("options", _option),
        release_s=fields.seconds("release_s", 0),
        delay_s=fields.seconds("delay_s") if "delay_s" in fields else None,
        fixed=fields.inner("fixed", fixed) if "fixed" in fields else None,
        name=fields.text("name", ""),
        family=fields.text("family", ""),
        due_s=fields.seconds("due_s") if "due_s" in fields else None,
        weight=fields.seconds("weight", 1),
        promise=fields.inner("promise", _promise) if "promise" in fields else None,
    )


def _promise(value: object, where: str) -> Promise:
    fields = Fields(value, where, ("machine", "start_s", "price"))
    return Promise(fields.text("machine"), fields.seconds("start_s"), fields.number("price"))


def _option(value: object, where: str) -> Option:
    fields = Fields(value, where, ("machine", "duration_s"))
    return Option(fields.text("machine"), fields.seconds("duration_s"))


def _placement(value: object, where: str) -> Placement:
    known = ("task", "name", "machine", "lab", "start", "run_end", "end", "start_s", "run_end_s", "end_s")
    fields = Fields(value, where, known)
    return _placed(fields.text("task"), fields)


def _placed(task_id: str, fields: Fields) -> Placement:
    machine = fields.text("machine") if "machine" in fields else None
    return Placement(task_id, machine, fields.seconds("start_s"), fields.seconds("run_end_s"), fields.seconds("end_s"))


def _precedence(value: object, where: str) -> Precedence:
    fields = Fields(value, where, ("before", "after", "lag_s"))
    return Precedence(fields.text("before"), fields.text("after"), fields.seconds("lag_s", 0))


def _transport(value: object, where: str) -> Transport:
    fields = Fields(value, where, ("default_s", "pairs"))
    default_s = fields.seconds("default_s") if "default_s" in fields else None
    return Transport(_ways(fields, where, "labs"), default_s)


def _set_ups(value: object, where: str) -> SetUps:
    fields = Fields(value, where, ("default_s", "pairs"))
    return SetUps(_ways(fields, where, "families"), fields.seconds("default_s", 0))


def _objective(value: object, where: str) -> Objective:
    names = ("makespan", "transport", "set_up", "change")
    given = Fields(value, where, names)
    return Objective(**{name: given.number(name) for name in names if name in given})


def _ways(fields: Fields, where: str, of: str) -> dict[tuple[str, str], int]:
    pairs = fields.each("pairs", _way)
    ways = dict(pairs)
    if len(ways) != len(pairs):
        raise InputError(f"a pair of {of} stands twice", where=f"{where}.pairs")
    return ways


def _way(value: object, where: str) -> tuple[tuple[str, str], int]:
    fields = Fields(value, where, ("from", "to", "seconds"))
    return (fields.text("from"), fields.text("to")), fields.seconds("seconds")
