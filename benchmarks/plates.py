"""How few plates: the runs that `scheduler.plates` forms beside those of a plain CP-SAT model of slots, in one run.

    ./dev python -m benchmarks.plates --seconds 15

Parts have areas of 5 to 60 % of a plate, or, where they are called *tight*, such that a packing without any waste
exists; a plate takes at most twelve. The peer puts each part into one of as many slots as there are parts, the slots in
order, and minimises those that are used: two workers, no hint, no first fit. No packing needs fewer plates than the sum
of all areas, or the number of parts that are too large to share, tells.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

from ortools.sat.python import cp_model

from scheduler.calendars import Calendar
from scheduler.plates import fewest
from scheduler.problem import Lab, Machine, Option, Plate, Problem, Task

__all__ = ["parts", "plates_problem", "slots"]

_AREA = 10_000
_MOST = 12


def parts(number: int, seed: int, *, tight: bool = False) -> list[int]:
    """Areas of so many parts; tight ones fill plates of three to five parts exactly."""
    random = Random(seed)
    if not tight:
        return [random.randint(_AREA // 20, _AREA * 3 // 5) for _ in range(number)]
    areas: list[int] = []
    while len(areas) < number:
        cuts = sorted(random.sample(range(1, _AREA), random.choice((2, 3, 4))))
        areas += [end - begin for begin, end in zip((0, *cuts), (*cuts, _AREA), strict=True)]
    return areas


def plates_problem(areas: Sequence[int]) -> Problem:
    """One printer, and a part of one batch for each area."""
    lab = Lab("lab", Calendar.always(10_000_000))
    printer = Machine("printer", "lab", True, plate=Plate(_MOST, _AREA))
    tasks = tuple(Task(f"t{n}", (Option("printer", 600),), batch="PLA", area=area) for n, area in enumerate(areas))
    return Problem(datetime(2026, 3, 2, tzinfo=UTC), 10_000_000, (lab,), (printer,), tasks)


def slots(areas: Sequence[int], seconds: float, workers: int) -> int | None:
    """The plates that CP-SAT alone uses; None when it finds no packing in its time."""
    model = cp_model.CpModel()
    used = [model.new_bool_var("") for _ in areas]
    inside = [[model.new_bool_var("") for _ in used] for _ in areas]
    for row in inside:
        model.add_exactly_one(row)
    for slot, open_ in enumerate(used):
        column = [row[slot] for row in inside]
        model.add(cp_model.LinearExpr.weighted_sum(column, list(areas)) <= _AREA * open_)
        model.add(cp_model.LinearExpr.sum(column) <= _MOST * open_)
    for one, other in pairwise(used):
        model.add_implication(other, one)
    model.minimize(cp_model.LinearExpr.sum(used))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, workers
    found = solver.solve(model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    return round(solver.objective_value) if found else None


def _least(areas: Sequence[int]) -> int:
    return max(-(-sum(areas) // _AREA), sum(2 * area > _AREA for area in areas), -(-len(areas) // _MOST))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sizes", type=int, nargs="+", default=[30, 60, 100, 200])
    given = parser.parse_args()
    print("| parts | no fewer than | ours | in s | CP-SAT slots |")
    print("|---|---|---|---|---|")
    for number in given.sizes:
        for tight in (False, True):
            areas = parts(number, seed=number, tight=tight)
            problem = plates_problem(areas)
            began = time.perf_counter()
            ours = len(fewest(problem, problem.tasks))
            took_s = time.perf_counter() - began
            peer = slots(areas, given.seconds, given.workers)
            kind = f"{len(areas)}, tight" if tight else str(len(areas))
            print(f"| {kind} | {_least(areas)} | {ours} | {took_s:.2f} | {peer or 'none found'} |", flush=True)


if __name__ == "__main__":
    main()
