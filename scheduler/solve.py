"""The one way in: list schedules, local search and CP-SAT behind one call, the best of all returned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from math import inf

import numpy as np

from core.errors import InputError, PlanError
from scheduler.bounds import Bound, lower_bound, path_bound
from scheduler.capacity import Capacity
from scheduler.collecting import collection_paused
from scheduler.compiled import COMPILED
from scheduler.conflicts import conflicts, refusal
from scheduler.cpsat import CpSat, fits
from scheduler.effort import Effort
from scheduler.forming import form_and_solve
from scheduler.improvement import improve
from scheduler.incumbent import Incumbent
from scheduler.lateness import hurry
from scheduler.list_schedule import (
    Schedule,
    Stuck,
    allowed_by,
    cheap_choices,
    placed,
    priorities,
    quick_numbers,
    schedule_of,
)
from scheduler.lots import is_split
from scheduler.network import Choice, Network
from scheduler.orders import order_rules
from scheduler.paths import Head, heads, tails, ways_on
from scheduler.plan import Plan
from scheduler.problem import Problem
from scheduler.promises import Promises
from scheduler.resuming import resumed
from scheduler.search.elite import Elite, Sequenced
from scheduler.search.graph import Graph
from scheduler.sequencing import beside, level_choices, sequencable, sequenced, settled, tail_numbers
from scheduler.shop import FREE, MODE, Ints, Shop
from scheduler.splitting import split_and_solve
from scheduler.validator import violations
from scheduler.wishes import RATES, Wishes
from scheduler.wording import listed, moment, span

__all__ = ["solve"]

_LIST = "list schedule"
_SEARCH = "tabu search"
_ANNEALING = "annealing"
_PATHS = "paths and loads"
_PATIENCE_S = 0.7
_SMALL_SHARE = 0.1  # of the time: local search before CP-SAT, and settling after it
_SMALL_MOST_S = 0.5
_LATENESS_SHARE = 0.6
_MOST_WAY_S = 2**40
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
    incumbent: Plan | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan found: the least weighted lateness, then the smallest sum of wishes, then the smallest sum of ends.

    It ends at the limit, when the plan is proved optimal, when patience ends, or when it is cancelled. Every plan is
    judged by `scheduler.validator` before it counts.

    Args:
        problem: what to plan.
        seconds: the limit of time.
        workers: threads.
        seed: of all random numbers.
        progress: told every better plan; it may be called from another thread.
        patience_s: stop when nothing was gained for so long and for half of the time spent; None to go on to the limit.
        work: a limit of work instead of the two of time (a unit is about a second): equal inputs then give equal plans,
            on one worker.
        incumbent: a plan to begin with, such as the last one; it counts if it is valid, and nothing worse is returned.
        cancelled: asked often, from several threads; once it tells True, the best plan so far is returned.

    Raises:
        PlanError: no plan is possible, or none was found, with the reason.
        InputError: a limit is not positive.
    """
    if seconds <= 0 or workers < 1 or (work is not None and work <= 0):
        raise InputError("seconds, workers and work must be positive", where="solve")
    plates = any(machine.plate is not None for machine in problem.machines)
    if plates or is_split(problem):
        formed = split_and_solve if is_split(problem) else form_and_solve
        return formed(
            problem, solve, seconds=seconds, work=work, incumbent=incumbent, workers=workers, seed=seed,
            progress=progress, patience_s=patience_s, cancelled=cancelled,
        )  # fmt: skip
    settling_s = min(seconds * _SMALL_SHARE, _SMALL_MOST_S)
    effort = Effort(seconds - settling_s, patience_s=patience_s, work=work, cancelled=cancelled)
    with collection_paused():
        search = _Search(problem, effort, workers, seed, progress)
        search.begin(incumbent)
    search.run()
    rest = Effort(
        settling_s, work=None if work is None else min(work * _SMALL_SHARE, _SMALL_MOST_S), cancelled=cancelled
    )
    search.settle(rest)
    return search.plan()


class _Search:
    """One call of `solve`.

    The quickest list schedule comes first, so that there is a plan at once; then what is exact (pre-checks, bounds),
    the other list schedules, and the searches.
    """

    def __init__(
        self, problem: Problem, effort: Effort, workers: int, seed: int, progress: Callable[[Plan], None] | None
    ) -> None:
        self.problem = problem
        self.network = Network(problem)
        self.effort = effort
        self.workers, self.seed = workers if effort.work is None else 1, seed
        self.incumbent = Incumbent(problem, 0, progress)
        self.small = fits(self.network)
        self.sequencable = sequencable(self.network)
        self.starts: list[Sequenced] = []
        self.best: Graph | None = None
        self.stuck: Stuck | None = None
        self.impossible = False
        self.head: list[Head | None] = []
        self.tail: list[int] = []
        self.bound = Bound(0, ())

    def begin(self, incumbent: Plan | None) -> None:
        """The first plan, in plain Python where compiled code is not at hand."""
        if incumbent is not None:
            self.begin_with(incumbent)
        self.network.patient = False
        self.list_schedule(quick_numbers(self.network))

    def run(self) -> None:
        """All else, as far as the effort goes."""
        self.keep_promises()
        self.keep_wishes()
        self.network.patient = not self.effort.over()
        if self.small or self.best is None or not self.effort.over():
            self.analyse()
            if not self.list_orders():
                self.list_schedules()
            self.search()
        else:  # no time for more than the quick half of the bound
            self.incumbent.raise_bound(path_bound(heads(self.network), tails(self.network)), _PATHS)

    def begin_with(self, plan: Plan) -> None:
        by_task = {each.task: each for each in plan.placements}
        if all(task.id in by_task for task in self.problem.tasks):
            placements = tuple(by_task[task.id] for task in self.problem.tasks)
            if not violations(self.problem, replace(plan, placements=placements, lower_bound_s=0)):
                self.incumbent.offer(Schedule.of(placements), plan.solver)
                self.best = resumed(self.network, placements)
                if self.sequencable:
                    self.starts.append(sequenced(self.best))

    def analyse(self) -> None:
        """What is exact: what cannot be, and bounds."""
        told = conflicts(self.problem) if self.best is None and self.incumbent.schedule is None else ()
        if told:
            raise refusal(told)
        self.head, self.tail = heads(self.network), tails(self.network)
        self.bound = lower_bound(self.network, self.head, self.tail)
        self.incumbent.raise_bound(self.bound.makespan_s, _PATHS)

    def list_schedules(self) -> None:
        """Offer one schedule for each rule, on all options, on cheap ones and on those that even loads out."""
        network = self.network
        ways: list[Sequence[Sequence[Choice]]] = [network.choices, cheap_choices(network, self.bound.prices)]
        rules = priorities(network, self.head, self.tail)
        if any(network.choices) and self.bound.makespan_s > 0:
            size = Capacity(network, self.head, self.tail).offered(self.bound.makespan_s)
            options, level = level_choices(network, self.bound, size, self.seed)
            ways.append(level)
            rules["tail behind"] = tail_numbers(network, options)
        allowed = [allowed_by(network, choices) for choices in reversed(ways)]
        if network.shop.travel.any():
            # Where ways are long, an option must end earlier by half of the way that it has more than others.
            allowed.insert(0, np.where(allowed[0] > 0, 1 + np.minimum(ways_on(network), _MOST_WAY_S) // 2, 0))
        for each, numbers in product(allowed, rules.values()):
            if self.incumbent.schedule is not None and self.effort.over():
                return
            self.list_schedule(numbers, None, None, each)

    def list_orders(self) -> bool:
        """Offer list schedules by due dates that spare what limits all orders; whether one was the best of all."""
        before = self.incumbent.score
        for numbers, allowed in order_rules(self.network, self.bound, self.tail):
            if self.incumbent.schedule is not None and self.effort.over():
                break
            self.list_schedule(numbers.tolist(), self.network.choices, None, allowed)
        return self.incumbent.score != before

    def keep_promises(self) -> None:
        """Offer list schedules that keep all promises, as far as there is room."""
        promises = Promises(self.network)
        if promises:
            numbers = promises.first(quick_numbers(self.network))
            for choices in (promises.choices(), None):
                self.list_schedule(numbers, choices, promises.held())

    def keep_wishes(self) -> None:
        """Offer list schedules that take cheap options, at several rates."""
        wishes = Wishes(self.network)
        if wishes and self.best is not None:
            numbers, every = quick_numbers(self.network), np.ones(len(self.network.shop.options), dtype=np.int64)
            for rate in RATES:
                self.list_schedule(numbers, None, None, wishes.priced(every, rate, self.best))

    def list_schedule(
        self,
        numbers: Sequence[float],
        choices: Sequence[Sequence[Choice]] | None = None,
        shop: Shop | None = None,
        allowed: Ints | None = None,
    ) -> None:
        found = placed(self.network, numbers, choices, shop, allowed)
        if isinstance(found, Stuck):
            self.stuck = self.stuck or found
            return
        if self.sequencable:
            self.starts.append(sequenced(found))
        self.offer(found, _LIST)

    def offer(self, graph: Graph, solver: str) -> None:
        if self.incumbent.offer(schedule_of(self.network, graph.nodes), self.named(solver)):
            self.best = graph
            self.effort.note(self.incumbent.gap)

    def search(self) -> None:
        if self.incumbent.proved:
            return
        if self.plain and self.starts:
            self.sequence()
        else:
            self.hurry(self.effort.part(_SMALL_SHARE, _SMALL_MOST_S) if self.small else self.hurrying)
            # CP-SAT's weighted sum knows no set-ups: where they are weighed, half of the time goes to what does.
            share = (0.5, inf) if self.problem.objective.set_up else (_SMALL_SHARE, _SMALL_MOST_S)
            self.improve(self.effort.part(*share) if self.small else self.effort)
            if self.small and not self.incumbent.proved:
                self.exact(self.workers)

    @property
    def hurrying(self) -> Effort:
        """What goes to lateness alone; where more than the makespan is weighed, that has the rest."""
        return self.effort if self.incumbent.plain else self.effort.part(_LATENESS_SHARE, inf, patient=False)

    @property
    def plain(self) -> bool:
        """Whether the makespan is all that counts."""
        return self.incumbent.plain and all(task.due_s is None for task in self.problem.tasks)

    def sequence(self) -> None:
        """Search on the disjunctive graph, with CP-SAT beside or after it where that is of use."""
        threads = self.workers - 1 if self.small and self.workers > 1 else self.workers
        searches = [Elite(self.network.shop, self.seed + 1000 * number) for number in range(threads)]
        for elite in searches:
            for each in self.starts:
                elite.add(each)

        def found(result: Sequenced) -> None:
            graph = settled(self.network, result)
            if graph is not None:
                self.offer(graph, _SEARCH)

        def proved() -> bool:
            return self.incumbent.proved

        if not self.small:
            # Under closed hours most moves of critical tasks end at the same opening: shaking finds others.
            shaken = self.workers > 1 and bool((self.network.shop.machines[:, MODE] != FREE).any())
            beside(
                searches[1:] if shaken else searches,
                effort=self.effort,
                found=found,
                enough=proved,
                main=(lambda: self.improve(self.effort)) if shaken else None,
            )
            return
        beside(searches[:1], effort=self.effort.part(_SMALL_SHARE, _SMALL_MOST_S), found=found, enough=proved)
        if self.incumbent.proved:
            return
        self.effort.refresh()
        if self.workers > 1:
            beside(searches, effort=self.effort, found=found, enough=proved, main=lambda: self.exact(1))
        else:
            beside(searches, effort=self.effort.part(0.5, 1e9), found=found, enough=proved)
            self.effort.refresh()
            self.exact(1)

    def exact(self, workers: int) -> None:
        if not self.incumbent.proved and not self.effort.over():
            solver = CpSat(workers, self.seed)
            self.impossible = solver.shorten(self.network, self.head, self.tail, self.incumbent, self.effort)

    def settle(self, effort: Effort) -> None:
        if self.small and self.network.free and self.head:
            CpSat(self.workers, self.seed).settle(self.network, self.head, self.tail, self.incumbent, effort)

    def plan(self) -> Plan:
        plan = self.incumbent.plan
        if plan is None:
            raise self.failure()
        return plan

    def hurry(self, effort: Effort) -> None:
        """Search on machine sequences for less lateness, where they tell the plan and nothing is promised."""
        late = self.incumbent.score is not None and self.incumbent.score[0] > 0
        if not late or not self.starts or self.best is None or Promises(self.network):
            return

        def found(result: Sequenced) -> None:
            graph = settled(self.network, result)
            if graph is not None:
                self.offer(graph, _ANNEALING)

        hurry(self.network, sequenced(self.best), effort=effort, workers=self.workers, seed=self.seed, found=found)

    def improve(self, effort: Effort) -> None:
        if self.best is None:
            return

        def take(found: Graph) -> None:
            self.offer(found, f"{_LIST} with local search")
            effort.note(self.incumbent.gap)

        improve(
            self.network,
            self.best,
            effort=effort,
            seed=self.seed,
            found=take,
            enough=lambda: self.incumbent.proved,
            most_vain=_SMALL_VAIN if self.small and not self.problem.objective.set_up else None,
        )

    def named(self, solver: str) -> str:
        """The solver's name, with the reason why CP-SAT had no part if it had none."""
        if not COMPILED:
            solver += ", slow for want of numba"
        if self.small:
            return solver
        if any(rules.pauses for rules in self.network.rules):
            return f"{solver} (CP-SAT has no model of work that pauses)"
        if any(task.needs for task in self.network.tasks):
            return f"{solver} (CP-SAT has no model of people)"
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
