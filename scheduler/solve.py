"""The one way in: list schedules, local search and CP-SAT behind one call, the best of all returned."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from core.errors import InputError, PlanError
from scheduler.bounds import lower_bound
from scheduler.cpsat import CpSat, fits
from scheduler.effort import Effort
from scheduler.improvement import improve
from scheduler.incumbent import Incumbent
from scheduler.list_schedule import Schedule, Stuck, cheap_choices, decode, priorities
from scheduler.network import Network
from scheduler.paths import heads, heads_by_lab, tails
from scheduler.plan import Plan
from scheduler.precheck import Unplaceable, unplaceable_in
from scheduler.problem import Problem
from scheduler.wording import listed, moment, span

__all__ = ["solve"]

_LIST = "list schedule"
_PATIENCE_S = 0.7
_SMALL_SHARE = 0.1  # of the time: local search before CP-SAT, and settling after it
_SMALL_MOST_S = 0.5
_SMALL_VAIN = 100  # passes of local search without a gain


def solve(
    problem: Problem,
    *,
    seconds: float = 10.0,
    workers: int = 2,
    seed: int = 0,
    progress: Callable[[Plan], None] | None = None,
    patience_s: float | None = _PATIENCE_S,
    work: float | None = None,
) -> Plan:
    """The best plan found: the smallest makespan, then the smallest sum of ends.

    It ends at the limit, when the plan is proved optimal, or when patience ends. Every plan is judged by
    `scheduler.validator` before it counts.

    Args:
        problem: what to plan.
        seconds: the limit of time.
        workers: threads of CP-SAT.
        seed: of all random numbers.
        progress: told every better plan; it may be called from another thread.
        patience_s: stop when nothing was gained for so long and for half of the time spent; None to go on to the limit.
        work: a limit of work instead of the two of time (a unit is about a second): equal inputs then give equal plans,
            on one worker.

    Raises:
        PlanError: no plan is possible, or none was found, with the reason.
        InputError: a limit is not positive.
    """
    if seconds <= 0 or workers < 1 or (work is not None and work <= 0):
        raise InputError("seconds, workers and work must be positive", where="solve")
    settling_s = min(seconds * _SMALL_SHARE, _SMALL_MOST_S)
    effort = Effort(seconds - settling_s, patience_s=patience_s, work=work)
    search = _Search(problem, effort, CpSat(workers, seed), progress)
    search.run()
    search.settle(Effort(settling_s, work=None if work is None else min(work * _SMALL_SHARE, _SMALL_MOST_S)))
    return search.plan()


def _refuse(found: tuple[Unplaceable, ...]) -> None:
    if found:
        more = f"; {len(found) - 1} more tasks have no place: {listed(each.task for each in found[1:])}"
        raise PlanError(
            f"task {found[0].task} has no place: {found[0].reason}{more if len(found) > 1 else ''}",
            hint="add a machine, longer opening hours or a later horizon, or leave the task out",
        )


class _Search:
    def __init__(self, problem: Problem, effort: Effort, cpsat: CpSat, progress: Callable[[Plan], None] | None) -> None:
        self.problem = problem
        self.network = Network(problem)
        by_lab = heads_by_lab(self.network)
        _refuse(unplaceable_in(self.network, by_lab))
        self.head, self.tail = heads(by_lab), tails(self.network)
        self.effort = effort
        self.cpsat = cpsat
        self.bound = lower_bound(self.network, self.head, self.tail)
        self.incumbent = Incumbent(problem, self.bound.makespan_s, progress)
        self.small = fits(self.network)
        self.stuck: Stuck | None = None
        self.impossible = False

    def run(self) -> None:
        self.list_schedules()
        self.improve(self.effort.part(_SMALL_SHARE, _SMALL_MOST_S) if self.small else self.effort)
        if self.small and not self.incumbent.proved:
            self.impossible = self.cpsat.shorten(self.network, self.head, self.tail, self.incumbent, self.effort)

    def settle(self, effort: Effort) -> None:
        if self.small and self.network.free:
            self.cpsat.settle(self.network, self.head, self.tail, self.incumbent, effort)

    def plan(self) -> Plan:
        plan = self.incumbent.plan
        if plan is None:
            raise self.failure()
        return plan

    def list_schedules(self) -> None:
        """Offer one schedule for each rule, on all options and on cheap ones, at least until one is found."""
        thrifty = cheap_choices(self.network, self.bound.prices)
        for numbers, choices in product(
            priorities(self.network, self.head, self.tail).values(), (self.network.choices, thrifty)
        ):
            if self.incumbent.schedule is not None and self.effort.over():
                return
            found = decode(self.network, numbers, choices)
            if isinstance(found, Stuck):
                self.stuck = self.stuck or found
            elif self.incumbent.offer(found, self.named(_LIST)):
                self.effort.note(self.incumbent.gap)

    def improve(self, effort: Effort) -> None:
        schedule = self.incumbent.schedule
        if schedule is None:
            return
        name = self.named(f"{_LIST} with local search")

        def take(found: Schedule) -> None:
            self.incumbent.offer(found, name)
            effort.note(self.incumbent.gap)

        improve(
            self.network,
            schedule,
            effort=effort,
            seed=self.cpsat.seed,
            found=take,
            enough_s=self.incumbent.lower_bound_s,
            most_vain=_SMALL_VAIN if self.small else None,
        )

    def named(self, solver: str) -> str:
        """The solver's name, with the reason why CP-SAT had no part if it had none."""
        if self.small:
            return solver
        return f"{solver} ({len(self.network.free)} tasks are too many for CP-SAT)"

    def failure(self) -> PlanError:
        horizon = f"{span(self.problem.horizon_s)}, until {moment(self.problem.origin, self.problem.horizon_s)}"
        proof = "no plan exists" if self.impossible else "no plan was found"
        detail = ""
        if self.stuck is not None:
            on = f" on {listed(self.stuck.machines)}" if self.stuck.machines else ""
            detail = f": task {self.stuck.task} found no free and open time{on}"
        return PlanError(
            f"{proof} within the horizon ({horizon}){detail}",
            hint="plan further ahead, open the labs longer, add machines or release fixed work",
        )
