"""What documents say, as values: the parsers behind `scheduler.document`."""

from __future__ import annotations

import dataclasses

from core.errors import InputError
from scheduler.calendars import Calendar, Window
from scheduler.fields import Fields
from scheduler.objective import Objective
from scheduler.plan import Placement, Plan
from scheduler.problem import Lab, Machine, Option, Precedence, Problem, Promise, SetUps, Task, Transport
from scheduler.resources import Delivery, Need, Person, Plate, Shift, Stock, Use
from scheduler.split import Split

__all__ = ["PLAN_VERSION", "PROBLEM_VERSION", "plan_in", "problem_in"]

PROBLEM_VERSION = "fabcommons-problem/4"
PLAN_VERSION = "fabcommons-plan/2"
_PROBLEMS = (*(f"fabcommons-problem/{number}" for number in (1, 2, 3)), PROBLEM_VERSION)  # the old is sound in the new
_PLANS = ("fabcommons-plan/1", PLAN_VERSION)


def problem_in(document: object, where: str) -> Problem:
    """The problem of JSON values at a place; errors are `scheduler.document.read_problem`'s."""
    fields = _versioned(
        document, where, _PROBLEMS,
        ("origin", "horizon_s", "labs", "machines", "tasks", "precedences", "transport", "set_ups", "objective",
         "stocks", "people"),
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
        stocks=fields.each("stocks", _stock),
        people=fields.each("people", _person),
    )


def plan_in(document: object, where: str) -> Plan:
    """The plan of JSON values at a place; errors are `scheduler.document.read_plan`'s."""
    fields = _versioned(
        document, where, _PLANS,
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
    fields = Fields(value, where, ("id", "windows", "operators", "share", "had_s"))
    return Lab(
        fields.text("id"),
        Calendar(fields.each("windows", _window)),
        fields.each("operators", _shift) if "operators" in fields else None,
        fields.number("share") if "share" in fields else None,
        fields.whole("had_s", 0),
    )


def _shift(value: object, where: str) -> Shift:
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise InputError("a list [start, end] or [start, end, operators] is expected here", where=where)
    names = ("start", "end", "operators")
    parts = Fields(dict(zip(names, value, strict=False)), where, names)
    return Shift(parts.seconds("start"), parts.seconds("end"), parts.whole("operators", 1))


def _stock(value: object, where: str) -> Stock:
    fields = Fields(value, where, ("id", "amount", "unit", "deliveries"))
    return Stock(
        fields.text("id"), fields.whole("amount"), fields.each("deliveries", _delivery), fields.text("unit", "")
    )


def _delivery(value: object, where: str) -> Delivery:
    fields = Fields(value, where, ("at_s", "amount"))
    return Delivery(fields.seconds("at_s"), fields.whole("amount"))


def _person(value: object, where: str) -> Person:
    fields = Fields(value, where, ("id", "lab", "skills", "windows"))
    hours = Calendar(fields.each("windows", _window)) if "windows" in fields else None
    return Person(fields.text("id"), fields.text("lab"), fields.each("skills", _word), hours)


def _word(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise InputError(f"{value!r} is not a text", where=where)
    return value


def _need(value: object, where: str) -> Need:
    fields = Fields(value, where, ("skill", "people"))
    return Need(fields.text("skill"), fields.whole("people", 1))


def _use(value: object, where: str) -> Use:
    fields = Fields(value, where, ("stock", "amount"))
    return Use(fields.text("stock"), fields.whole("amount"))


def _window(value: object, where: str) -> Window:
    if not isinstance(value, list) or len(value) != 2:
        raise InputError("a pair [start, end] of seconds is expected here", where=where)
    ends = Fields({"start": value[0], "end": value[1]}, where, ("start", "end"))
    return Window(ends.seconds("start"), ends.seconds("end"))


def _machine(value: object, where: str) -> Machine:
    fields = Fields(
        value, where,
        ("id", "lab", "unattended", "busy_until_s", "set_to", "pauses",
         "attend_start_s", "attend_end_s", "attends_run", "attends_set_up", "cost_h",
         "plate"),
    )  # fmt: skip
    return Machine(
        id=fields.text("id"),
        lab=fields.text("lab"),
        unattended=fields.boolean("unattended"),
        busy_until_s=fields.seconds("busy_until_s", 0),
        set_to=fields.text("set_to", ""),
        pauses=fields.boolean("pauses", False),
        attend_start_s=fields.seconds("attend_start_s", 0),
        attend_end_s=fields.seconds("attend_end_s", 0),
        attends_run=fields.boolean("attends_run", False),
        attends_set_up=fields.boolean("attends_set_up", False),
        cost_h=fields.number("cost_h", 0.0),
        plate=fields.inner("plate", _plate) if "plate" in fields else None,
    )


def _plate(value: object, where: str) -> Plate:
    fields = Fields(value, where, ("most_tasks", "most_area", "fixed_s", "at_once"))
    return Plate(
        fields.whole("most_tasks") if "most_tasks" in fields else None,
        fields.whole("most_area") if "most_area" in fields else None,
        fields.seconds("fixed_s", 0),
        fields.boolean("at_once", False),
    )


def _task(value: object, where: str) -> Task:
    known = ("id", "name", "options", "release_s", "delay_s", "fixed", "family", "due_s", "weight", "promise",
             "uses", "batch", "area", "needs", "quantity", "split")  # fmt: skip
    fields = Fields(value, where, known)
    task_id = fields.text("id")

    def fixed(inner: object, place: str) -> Placement:
        times = Fields(inner, place, ("machine", "start_s", "run_end_s", "end_s", "people"))
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
        uses=fields.each("uses", _use),
        batch=fields.text("batch", ""),
        area=fields.whole("area", 0),
        needs=fields.each("needs", _need),
        quantity=fields.whole("quantity", 1),
        split=fields.inner("split", _split) if "split" in fields else None,
    )


def _split(value: object, where: str) -> Split:
    fields = Fields(value, where, ("smallest", "largest"))
    return Split(fields.whole("smallest", 1), fields.whole("largest") if "largest" in fields else None)


def _promise(value: object, where: str) -> Promise:
    fields = Fields(value, where, ("machine", "start_s", "price"))
    return Promise(fields.text("machine"), fields.seconds("start_s"), fields.number("price"))


def _option(value: object, where: str) -> Option:
    known = ("machine", "duration_s", "attend_start_s", "attend_end_s", "cost", "energy_kwh", "uses", "lot_s")
    fields = Fields(value, where, known)
    return Option(
        machine=fields.text("machine"),
        duration_s=fields.seconds("duration_s"),
        attend_start_s=fields.seconds("attend_start_s") if "attend_start_s" in fields else None,
        attend_end_s=fields.seconds("attend_end_s") if "attend_end_s" in fields else None,
        cost=fields.number("cost", 0.0),
        energy_kwh=fields.number("energy_kwh", 0.0),
        uses=fields.each("uses", _use),
        lot_s=fields.seconds("lot_s", 0),
    )


def _placement(value: object, where: str) -> Placement:
    known = ("task", "name", "machine", "lab", "start", "run_end", "end", "start_s", "run_end_s", "end_s", "people",
             "lot", "pieces")  # fmt: skip
    fields = Fields(value, where, known)
    placed = _placed(fields.text("task"), fields)
    return dataclasses.replace(placed, lot=fields.whole("lot", 0), pieces=fields.whole("pieces", 0))


def _placed(task_id: str, fields: Fields) -> Placement:
    machine = fields.text("machine") if "machine" in fields else None
    start_s, run_end_s, end_s = (fields.seconds(key) for key in ("start_s", "run_end_s", "end_s"))
    return Placement(task_id, machine, start_s, run_end_s, end_s, fields.each("people", _word))


def _precedence(value: object, where: str) -> Precedence:
    fields = Fields(value, where, ("before", "after", "lag_s", "pieces"))
    pieces = fields.whole("pieces") if "pieces" in fields else None
    return Precedence(fields.text("before"), fields.text("after"), fields.seconds("lag_s", 0), pieces)


def _transport(value: object, where: str) -> Transport:
    fields = Fields(value, where, ("default_s", "pairs"))
    default_s = fields.seconds("default_s") if "default_s" in fields else None
    return Transport(_ways(fields, where, "labs"), default_s)


def _set_ups(value: object, where: str) -> SetUps:
    fields = Fields(value, where, ("default_s", "pairs"))
    return SetUps(_ways(fields, where, "families"), fields.seconds("default_s", 0))


def _objective(value: object, where: str) -> Objective:
    names = tuple(each.name for each in dataclasses.fields(Objective))
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
