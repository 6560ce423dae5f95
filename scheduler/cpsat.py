"""Running CP-SAT: first the makespan, then, with that kept, the sum of all ends, so that nothing is late without need.

Every solution goes to the incumbent at once, and the solver is stopped from outside when patience ends: a complete hint
does not protect (google/or-tools issues 3750, 4373), so the answer is never the solver's own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, inf, isfinite
from threading import Event, Thread

from ortools.sat.python import cp_model

from scheduler.cpsat_loads import LoadsModel
from scheduler.cpsat_model import Model
from scheduler.effort import Effort
from scheduler.incumbent import Incumbent
from scheduler.network import Network
from scheduler.paths import Head

__all__ = ["CpSat", "fits"]

_log = logging.getLogger(__name__)

_MOST_TASKS = 300
_MOST_OPTIONS = 6_000
_GLANCE_S = 0.05
_ROUNDING = 1e-6
_ANSWERS = (cp_model.OPTIMAL, cp_model.FEASIBLE, cp_model.UNKNOWN)
_ASSIGNING_SHARE, _ASSIGNING_MOST_S = 0.85, 60.0  # of the time, where there are set-ups
_LATENESS_SHARE = 0.6  # of the time, where there are due dates


def fits(network: Network) -> bool:
    """Whether CP-SAT is worth its time: measured, it finds nothing better than a list schedule on larger networks."""
    if any(rules.pauses for rules in network.rules) or any(task.needs for task in network.tasks):
        return False
    options = sum(len(network.tasks[task].options) for task in network.free)
    return len(network.free) <= _MOST_TASKS and options <= _MOST_OPTIONS


@dataclass(frozen=True, slots=True)
class CpSat:
    """How to run the solver.

    Attributes:
        workers: threads.
        seed: of its random numbers.
    """

    workers: int
    seed: int

    def shorten(
        self, network: Network, head: Sequence[Head | None], tail: Sequence[int], incumbent: Incumbent, effort: Effort
    ) -> bool:
        """Look for less lateness, where there are due dates, then for a smaller makespan or sum of wishes.

        Returns:
            Whether the solver proved that there is no plan at all.
        """
        dated = any(task.due_s is not None and task.weight for task in network.tasks)
        if dated and self._hasten(network, head, tail, incumbent, effort.part(_LATENESS_SHARE, inf)):
            return True
        if not incumbent.plain:
            return self._wish(network, head, tail, incumbent, effort)
        known = incumbent.schedule
        far_s = max(network.problem.horizon_s, incumbent.lower_bound_s)
        most_s = known.makespan_s if known and not dated else far_s
        if not dated and network.shop.change.any():
            self._assign(network, head, tail, incumbent, effort)
            known = incumbent.schedule
            most_s = known.makespan_s if known else far_s
            if effort.over() or incumbent.proved:
                return False
        tables = network, head, tail
        status = self._shorten_within(tables, most_s, incumbent, effort)
        if status == cp_model.INFEASIBLE and known is not None and most_s < far_s:
            # OR-Tools 9.15 calls some small models infeasible that their plan fits; with more room it has solved them.
            _log.warning("CP-SAT calls a problem infeasible that has a plan of %d s, and is asked again", most_s)
            status = self._shorten_within(tables, far_s, incumbent, effort)
        if status == cp_model.INFEASIBLE and known is not None:
            _log.error("CP-SAT calls a problem infeasible that has a plan of %d s", known.makespan_s)
        return bool(status == cp_model.INFEASIBLE and known is None)

    def _shorten_within(
        self,
        tables: tuple[Network, Sequence[Head | None], Sequence[int]],
        most_s: int,
        incumbent: Incumbent,
        effort: Effort,
    ) -> int:
        """Look for a smaller makespan up to a limit; the solver's status."""
        dated = any(task.due_s is not None and task.weight for task in tables[0].tasks)
        model = Model(*tables, (min(incumbent.lower_bound_s, most_s), most_s))
        if incumbent.schedule:
            model.hint(incumbent.schedule)
        if dated and incumbent.score is not None:
            model.keep_lateness(incumbent.score[0])
        solver = self._solver(effort)
        status = _run(solver, model, incumbent, effort, bounds=not dated)
        if status in _ANSWERS and not dated:
            _note_bound(incumbent, solver.best_objective_bound)
        return status

    def _assign(
        self, network: Network, head: Sequence[Head | None], tail: Sequence[int], incumbent: Incumbent, effort: Effort
    ) -> None:
        """Look for the least load with set-ups, which is a bound, and often leads to a plan that attains it."""
        known = incumbent.schedule
        most_s = known.makespan_s if known else max(network.problem.horizon_s, incumbent.lower_bound_s)
        model = LoadsModel(network, head, tail, (min(incumbent.lower_bound_s, most_s), most_s))
        if not model.bounds:
            return
        part = effort.part(_ASSIGNING_SHARE, _ASSIGNING_MOST_S)
        solver = self._solver(part)
        solver.parameters.num_workers = 1
        # Measured: with all rows linear and no cuts most are proved in seconds, with either alone few.
        solver.parameters.linearization_level, solver.parameters.cut_level = 2, 0
        if _run(solver, model, incumbent, part, bounds=True) in _ANSWERS:
            _note_bound(incumbent, solver.best_objective_bound)
        effort.refresh()

    def _hasten(
        self, network: Network, head: Sequence[Head | None], tail: Sequence[int], incumbent: Incumbent, effort: Effort
    ) -> bool:
        """Look for less weighted lateness; whether there is no plan at all."""
        known = incumbent.schedule
        if incumbent.score is not None and incumbent.score[0] == 0:
            return False
        most_s = max(network.problem.horizon_s, incumbent.lower_bound_s)
        model = Model(network, head, tail, (min(incumbent.lower_bound_s, most_s), most_s))
        model.minimize_lateness()
        if known:
            model.hint(known)
        status = _run(self._solver(effort), model, incumbent, effort, bounds=False)
        return bool(status == cp_model.INFEASIBLE and known is None)

    def _wish(
        self, network: Network, head: Sequence[Head | None], tail: Sequence[int], incumbent: Incumbent, effort: Effort
    ) -> bool:
        """Look for a smaller sum of wishes with the lateness kept; whether there is no plan at all."""
        known = incumbent.schedule
        most_s = max(network.problem.horizon_s, incumbent.lower_bound_s)
        model = Model(network, head, tail, (min(incumbent.lower_bound_s, most_s), most_s))
        model.minimize_wishes()
        if known and incumbent.score is not None:
            model.hint(known)
            model.keep_lateness(incumbent.score[0])
        status = _run(self._solver(effort), model, incumbent, effort, bounds=False)
        return bool(status == cp_model.INFEASIBLE and known is None)

    def settle(
        self, network: Network, head: Sequence[Head | None], tail: Sequence[int], incumbent: Incumbent, effort: Effort
    ) -> None:
        """Keep the makespan and bring the ends forward."""
        known = incumbent.schedule
        if known is None:
            return
        model = Model(network, head, tail, (min(incumbent.lower_bound_s, known.makespan_s), known.makespan_s))
        if incumbent.score is not None:
            model.keep_lateness(incumbent.score[0])
        if not incumbent.plain:
            model.keep_machines(known)
        model.prefer_early(known.makespan_s)
        model.hint(known)
        _run(self._solver(effort), model, incumbent, effort, bounds=False)

    def _solver(self, effort: Effort) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        solver.parameters.random_seed = self.seed
        solver.parameters.num_workers = self.workers if effort.work is None else 1
        if effort.work is None:
            solver.parameters.max_time_in_seconds = effort.left_s
        else:
            solver.parameters.max_deterministic_time = effort.work
        return solver


class _Listener(cp_model.CpSolverSolutionCallback):
    def __init__(self, model: Model | LoadsModel, incumbent: Incumbent, effort: Effort) -> None:
        super().__init__()
        self._model = model
        self._incumbent = incumbent
        self._effort = effort

    def on_solution_callback(self) -> None:
        for schedule in self._model.schedules(self.value):
            if self._incumbent.offer(schedule, "CP-SAT"):
                self._effort.note(self._incumbent.gap)


def _run(
    solver: cp_model.CpSolver, model: Model | LoadsModel, incumbent: Incumbent, effort: Effort, *, bounds: bool
) -> int:
    def note(bound: float) -> None:
        if _note_bound(incumbent, bound):
            effort.note(incumbent.gap)

    if bounds:
        solver.best_bound_callback = note
    done = Event()
    watch = Thread(target=_watch, args=(effort, solver.stop_search, done), daemon=True)
    watch.start()
    try:
        status = int(solver.solve(model.model, _Listener(model, incumbent, effort)))
    finally:
        done.set()
        watch.join()
    if status == cp_model.MODEL_INVALID:
        _log.error("CP-SAT refused the model: %s", model.model.validate())
    return status


def _watch(effort: Effort, stop: Callable[[], None], done: Event) -> None:
    while not done.wait(_GLANCE_S):
        if effort.over():
            stop()


def _note_bound(incumbent: Incumbent, bound: float) -> bool:
    return isfinite(bound) and incumbent.raise_bound(ceil(bound - _ROUNDING), "CP-SAT")
