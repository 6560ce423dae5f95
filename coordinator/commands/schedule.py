"""`fabcommons schedule`: problems and plans from files, solved, judged, explained, repaired and drawn.

Solvers are imported once a problem is read, so that a file with a mistake in it is refused at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from rich.table import Table
from rich.text import Text

from coordinator.charts.gantt import Bar, Row, gantt_page
from coordinator.commands.interruption import interruptible
from coordinator.commands.output import console, print_json, say, write_json
from core.clock import utc
from core.errors import InputError, LimitError
from scheduler.document import plan_document, problem_document, read_plan, read_problem
from scheduler.events import Declined, Event, Failed, LabCloses, MachineDown, Nothing, TaskEnds
from scheduler.fjs import read_fjs
from scheduler.plan import Placement, Plan
from scheduler.problem import Problem, Task
from scheduler.terms import terms_of
from scheduler.validator import violations
from scheduler.wording import listed, moment, span

__all__ = ["explain_file", "gantt_svg", "read_event", "repair_file", "solve_file", "validate_file"]

_MOST_BYTES = 200_000_000
_MOST_SHOWN = 40
_CHART = re.compile(r'<svg viewBox="[^"]*" role="img"')  # the legend has small drawings of its own
_SVG = "http://www.w3.org/2000/svg"
_EVENTS = "down:MACHINE:FROM:UNTIL, closed:LAB:FROM:UNTIL, failed:TASK, ends:TASK:AT, declined:TASK:MACHINE, new"
_T = TypeVar("_T")


def solve_file(
    file: Path, limits: tuple[float, int, int], out: Path | None, svg: Path | None, *, as_json: bool
) -> None:
    """Solve a problem; print, write and draw the plan. Ctrl-C ends the search with the best plan so far.

    Args:
        file: the problem.
        limits: seconds, threads and seed.
        out: where the plan is written.
        svg: where it is drawn.
        as_json: print the plan as JSON instead of a table.
    """
    problem = _problem(file)
    from scheduler.solve import solve

    seconds, workers, seed = limits
    with interruptible() as interrupted:
        plan = solve(problem, seconds=seconds, workers=workers, seed=seed, patience_s=None, cancelled=interrupted)
    if out is not None:
        write_json(out, plan_document(problem, plan))
    if svg is not None:
        svg.write_text(gantt_svg(file.stem, problem, plan), encoding="utf-8")
    if as_json:
        print_json(plan_document(problem, plan))
    else:
        _print(problem, plan)


def validate_file(file: Path, plan_file: Path) -> int:
    """Judge a plan; the exit status: 0 when it keeps all rules, else 1."""
    problem, plan = _problem(file), _plan(plan_file)
    wrong = violations(problem, plan)
    for each in wrong:
        say(each)
    if not wrong:
        say(f"valid: {len(plan.placements)} placements keep all rules")
        _print_terms(problem, plan)
    return 1 if wrong else 0


def explain_file(file: Path, plan_file: Path, task: str) -> None:
    """Tell why a task stands where it does."""
    problem, plan = _problem(file), _sound(file, plan_file)
    from scheduler.explain import explain

    told = explain(problem, plan, task)
    if told.lots:
        say(f"{task}: {told.lots}")
        task = f"its last lot, {told.placement.task},"
    labs = {machine.id: machine.lab for machine in problem.machines}
    on = told.placement.machine
    place = f"on {on} in {labs[on]}" if on is not None else "on no machine"
    say(f"{task} stands {place} until {moment(problem.origin, told.placement.end_s)}: {told.when}")
    for each in told.alternatives:
        until = f", until {moment(problem.origin, each.end_s)}" if each.end_s is not None else ""
        say(f"not on {each.machine} in {each.lab}{until}: {each.reason}")


def repair_file(
    file: Path, plan_file: Path, what: tuple[str, int], out: Path | None, problem_out: Path | None, *, as_json: bool
) -> None:
    """Change a plan for an event.

    Args:
        file: the problem.
        plan_file: the plan.
        what: the event's text, and the moment in seconds from the origin.
        out: where the new plan is written.
        problem_out: where the problem with the event in it is written.
        as_json: print both as JSON.
    """
    problem, plan = _problem(file), _sound(file, plan_file, partial=True)
    from scheduler.repair import repair

    repaired = repair(problem, plan, read_event(what[0]), what[1])
    if out is not None:
        write_json(out, plan_document(repaired.problem, repaired.plan))
    if problem_out is not None:
        write_json(problem_out, problem_document(repaired.problem))
    if as_json:
        print_json(
            {
                "problem": problem_document(repaired.problem),
                "plan": plan_document(repaired.problem, repaired.plan),
                "moved": list(repaired.moved),
            }
        )
        return
    say(f"{len(repaired.moved)} of {len(plan.placements)} tasks move: {listed(repaired.moved) or 'none'}")
    say(
        f"the last end is {moment(problem.origin, repaired.plan.makespan_s)}, it was "
        f"{moment(problem.origin, plan.makespan_s)}"
    )


def read_event(text: str) -> Event:
    """The event of a command line.

    Raises:
        InputError: it is none, or a time is not a whole number of seconds.
    """
    kind, *words = text.split(":")
    makers: dict[tuple[str, int], Callable[[list[str]], Event]] = {
        ("new", 0): lambda _: Nothing(),
        ("failed", 1): lambda w: Failed(w[0]),
        ("ends", 2): lambda w: TaskEnds(w[0], _seconds(w[1])),
        ("declined", 2): lambda w: Declined(w[0], w[1]),
        ("down", 3): lambda w: MachineDown(w[0], _seconds(w[1]), _seconds(w[2])),
        ("closed", 3): lambda w: LabCloses(w[0], _seconds(w[1]), _seconds(w[2])),
    }
    make = makers.get((kind, len(words)))
    if make is None:
        raise InputError(
            f"{text!r} is no event",
            where="--event",
            hint=_EVENTS,
        )
    return make(words)


def gantt_svg(title: str, problem: Problem, plan: Plan) -> str:
    """The plan as a drawing that stands alone: the chart of `coordinator.charts.gantt` with its style."""
    origin = utc(problem.origin)
    labs = {machine.id: machine.lab for machine in problem.machines}
    tasks = {task.id: task for task in problem.tasks}

    def at(seconds: int) -> datetime:
        return origin + timedelta(seconds=seconds)

    bars = [
        Bar(each.machine, labs[each.machine], _label(tasks[each.task], each), at(each.start_s), at(each.end_s),
            process=tasks[each.task].family)
        for each in plan.placements
        if each.machine is not None
    ]  # fmt: skip
    rows = [Row(machine.id, machine.lab) for machine in problem.machines]
    page = gantt_page(title, bars, generated=origin, rows=rows)
    chart = _CHART.search(page)
    if chart is None:
        return f'<svg xmlns="{_SVG}"/>\n'
    begin = chart.start()
    drawing = page[begin : page.index("</svg>", begin) + len("</svg>")]
    style = page[page.index("<style>") : page.index("</style>") + len("</style>")]
    head, rest = drawing.split(">", 1)
    named = head.replace("<svg ", f'<svg xmlns="{_SVG}" ')
    return f"{named}>{style}{rest}\n"


def _label(task: Task, at: Placement) -> str:
    """What people call it, with the number and the pieces of a lot."""
    name = task.name or task.id
    return f"{name}, lot {at.lot}: {at.pieces}" if at.lot else name


def _seconds(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{text!r} is not a whole number of seconds", where="--event") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LimitError(f"the file is larger than {_MOST_BYTES // 1_000_000} MB", where=str(path))
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"the file cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("the file is not UTF-8 text", where=str(path)) from None


def _document(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"the file is not JSON: {error}", where=str(path)) from None


def _problem(path: Path) -> Problem:
    if path.suffix.lower() == ".fjs":
        return read_fjs(_text(path), where=path.name)
    return read_problem(_document(path), where=path.name)


def _plan(path: Path) -> Plan:
    return read_plan(_document(path), where=path.name)


def _sound(file: Path, plan_file: Path, *, partial: bool = False) -> Plan:
    """A plan that keeps the rules; a partial one may leave tasks out."""
    plan = _plan(plan_file)
    wrong = [each for each in violations(_problem(file), plan) if not (partial and each.endswith(" is not placed"))]
    if wrong:
        raise InputError(f"the plan breaks {len(wrong)} rules, first: {wrong[0]}", where=plan_file.name)
    return plan


def _print(problem: Problem, plan: Plan) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("start", "end", "machine", "task"):
        table.add_column(heading, overflow="fold")
    tasks = {task.id: task for task in problem.tasks}
    placed = sorted(plan.placements, key=lambda each: (each.start_s, each.task))
    for each in placed[:_MOST_SHOWN]:
        cells = (
            moment(problem.origin, each.start_s), moment(problem.origin, each.end_s), each.machine or "-",
            _label(tasks[each.task], each),
        )  # fmt: skip
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    if len(placed) > _MOST_SHOWN:
        say(f"and {len(placed) - _MOST_SHOWN} more tasks")
    _print_terms(problem, plan)
    proof = f", proved by {plan.bound_by}" if plan.bound_by else ""
    say(
        f"no plan can be shorter than {span(plan.lower_bound_s)}{proof} "
        f"(gap {plan.gap:.1%}, {plan.status}, {plan.solver})"
    )


def _print_terms(problem: Problem, plan: Plan) -> None:
    terms = asdict(terms_of(problem, plan.placements))
    say(", ".join(f"{name.replace('_', ' ')} {value}" for name, value in terms.items() if value))
