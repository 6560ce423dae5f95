"""The peer of `benchmarks.scheduling`: CP-SAT alone, modelled as its manual shows, without hint or list schedule."""

from __future__ import annotations

from itertools import product

from ortools.sat.python import cp_model

from scheduler.problem import Problem

__all__ = ["plain_cpsat"]


def plain_cpsat(problem: Problem, seconds: float, workers: int) -> int | None:
    """The makespan that CP-SAT finds alone, in seconds; None when it finds no plan in its time.

    Args:
        problem: labs that are always open, no set-ups, no waits and no fixed work.
        seconds: for solving; building the model is not counted.
        workers: threads.
    """
    model = cp_model.CpModel()
    until_s = problem.horizon_s
    makespan = model.new_int_var(0, until_s, "makespan")
    lab_of = {machine.id: machine.lab for machine in problem.machines}
    start, end = {}, {}
    there: dict[str, dict[str, list[cp_model.IntVar]]] = {}
    on: dict[str, list[cp_model.IntervalVar]] = {machine.id: [] for machine in problem.machines}
    for task in problem.tasks:
        start[task.id] = model.new_int_var(task.release_s, until_s, "")
        end[task.id] = model.new_int_var(task.release_s, until_s, "")
        model.add(makespan >= end[task.id])
        labs = there[task.id] = {}
        picks = [model.new_bool_var("") for _ in task.options]
        model.add_exactly_one(picks)
        for option, pick in zip(task.options, picks, strict=True):
            run = model.new_optional_interval_var(start[task.id], option.duration_s, end[task.id], pick, "")
            on[option.machine].append(run)
            labs.setdefault(lab_of[option.machine], []).append(pick)
    for runs in on.values():
        model.add_no_overlap(runs)
    for arc in problem.precedences:
        model.add(start[arc.after] >= end[arc.before] + arc.lag_s)
        for (here, ones), (away, others) in product(there[arc.before].items(), there[arc.after].items()):
            way_s = problem.transport.between(here, away)
            for one, other in product(ones, others) if way_s else ():
                row = model.add(start[arc.after] >= end[arc.before] + arc.lag_s + way_s)
                row.only_enforce_if(one, other)
    model.minimize(makespan)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = workers
    status = solver.solve(model)
    return int(solver.objective_value) if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None
