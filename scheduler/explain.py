"""Why a task stands where it does: what holds it up, and for every other machine what would come of standing there."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.errors import InputError
from scheduler.among import Among
from scheduler.lot_reasons import why_so_many
from scheduler.lots import apart
from scheduler.plan import Placement, Plan
from scheduler.problem import Option, Problem, Task
from scheduler.wording import moment, span

__all__ = ["Alternative", "Explanation", "explain"]

_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another machine, with all other work left where it is.

    Attributes:
        machine, lab: ids.
        start_s, end_s: the earliest run there; None when there is none within the horizon.
        reason: what that would mean, one sentence without a final full stop.
    """

    machine: str
    lab: str
    start_s: int | None
    end_s: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a task stands where it does.

    Attributes:
        placement: where it stands.
        when: what keeps it from starting earlier, one sentence without a final full stop.
        alternatives: every other machine that can do it.
        lots: of a task that is split, in how many lots it is made and why, without a final full stop; the rest then
            tells of the lot that ends last.
    """

    placement: Placement
    when: str
    alternatives: tuple[Alternative, ...]
    lots: str = ""


def explain(problem: Problem, plan: Plan, task: str) -> Explanation:
    """The reason for the place of a task.

    Args:
        problem: what the plan is for.
        plan: a valid plan.
        task: id of the task, or of a lot of it ("clips #2").

    Raises:
        InputError: the problem or the plan does not have the task.
    """
    runs, placed = apart(problem, plan)
    lots = [each for each in plan.placements if each.task == task and each.lot]
    if not lots:
        return _Reader(runs, placed, task).explanation()
    last = max(lots, key=lambda each: each.end_s)
    told = _Reader(runs, placed, f"{task} #{last.lot}").explanation()
    return replace(told, lots=why_so_many(problem, plan, task))


class _Reader:
    def __init__(self, problem: Problem, plan: Plan, task: str) -> None:
        self.problem = problem
        self.placed = {each.task: each for each in plan.placements}
        self.labs: dict[str | None, str] = {machine.id: machine.lab for machine in problem.machines}
        found = next((each for each in problem.tasks if each.id == task), None)
        if found is None or task not in self.placed:
            raise InputError(f"task {task} is unknown", where="explain", hint="give the id of a task in the plan")
        self.task: Task = found
        self.own = self.placed[task]
        self.among = Among(problem, plan, task)

    def explanation(self) -> Explanation:
        if self.task.fixed is not None:
            return Explanation(self.own, "it is fixed: it has started, or was promised and stays", ())
        others = tuple(self.alternative(option) for option in self.task.options if option.machine != self.own.machine)
        return Explanation(self.own, self.when(), others)

    def ready(self, lab: str | None) -> tuple[int, str]:
        """When it may start in a lab, and what it then waits for."""
        latest, why = self.task.release_s, "its release" if self.task.release_s else "nothing"
        for arrow in self.problem.precedences:
            if arrow.after != self.task.id or arrow.before not in self.placed:
                continue
            before = self.placed[arrow.before]
            way_s = self.way_s(self.labs.get(before.machine), lab)
            at_s = before.end_s + arrow.lag_s + way_s
            if at_s > latest:
                extra = [f"{span(arrow.lag_s)} of lag"] * bool(arrow.lag_s) + [f"{span(way_s)} on the way"] * bool(
                    way_s
                )
                latest, why = at_s, f"task {arrow.before}" + (f" and {' and '.join(extra)}" if extra else "")
        return latest, why

    def wish_s(self, lab: str) -> int:
        """When it must end in a lab so that nothing behind it moves."""
        ends = [
            self.placed[arrow.after].start_s
            - arrow.lag_s
            - self.way_s(lab, self.labs.get(self.placed[arrow.after].machine))
            for arrow in self.problem.precedences
            if arrow.before == self.task.id and arrow.after in self.placed
        ]
        return min(ends, default=self.problem.horizon_s)

    def way_s(self, here: str | None, there: str | None) -> int:
        return self.problem.transport.between(here, there) if here and there else 0

    def when(self) -> str:
        ready_s, why = self.ready(self.labs.get(self.own.machine))
        start = moment(self.problem.origin, self.own.start_s)
        if self.own.start_s <= ready_s:
            return f"it starts at {start}, " + ("as early as can be" if why == "nothing" else f"right after {why}")
        before = [
            each
            for each in self.placed.values()
            if each.machine == self.own.machine and each.machine and ready_s < each.end_s <= self.own.start_s
        ]
        waits = span(self.own.start_s - ready_s)
        lacking = self.among.lacking(self.own, ready_s)
        if lacking is not None:
            return f"it starts at {start}: it waits {waits}, at last for {lacking}"
        if before:
            last = max(before, key=lambda each: each.end_s)
            rest = "" if last.end_s == self.own.start_s else ", then for a set-up or for the lab to open"
            return (
                f"it starts at {start}: it waits {waits} for machine {self.own.machine}, which does {last.task}{rest}"
            )
        return (
            f"it starts at {start}: it waits {waits} for lab {self.labs.get(self.own.machine)} to open, or for a set-up"
        )

    def alternative(self, option: Option) -> Alternative:
        lab = self.labs[option.machine]
        ready_s, why = self.ready(lab)
        found = self.among.earliest(option.machine, ready_s)
        if found is None:
            return Alternative(
                option.machine, lab, None, None, "it finds no free and open time there before the horizon"
            )
        start_s, end_s = found
        reason = self.reason(option, (ready_s, why), start_s, end_s) + self.money(option)
        return Alternative(option.machine, lab, start_s, end_s, reason)

    def money(self, option: Option) -> str:
        """What it would cost more or less, where that is known."""
        cost_h = {machine.id: machine.cost_h for machine in self.problem.machines}
        own = next((each for each in self.task.options if each.machine == self.own.machine), option)
        here, there = (each.cost + cost_h[each.machine] * each.duration_s / _HOUR_S for each in (own, option))
        if round(there - here, 2) == 0:
            return ""
        return f"; it would cost {abs(there - here):.2f} {'more' if there > here else 'less'}"

    def reason(self, option: Option, ready: tuple[int, str], start_s: int, end_s: int) -> str:
        later_s, wish_s = end_s - self.own.end_s, self.wish_s(self.labs[option.machine])
        causes: list[str] = []
        if ready[0] > self.ready(self.labs.get(self.own.machine))[0]:
            causes.append(
                f"it could start at {moment(self.problem.origin, ready[0])} at the earliest, after {ready[1]}"
            )
        if start_s > ready[0]:
            causes.append(
                f"it would wait {span(start_s - ready[0])} for the machine or the lab's hours{self.among.or_more}"
            )
        slower_s = option.duration_s - (self.own.run_end_s - self.own.start_s)
        if slower_s > 0:
            causes.append(f"its run takes {span(slower_s)} longer")
        because = f": {', and '.join(causes)}" if causes else ""
        if end_s > wish_s:
            return f"what comes after it would have to wait {span(end_s - wish_s)}{because}"
        if later_s > 0:
            return f"it would end {span(later_s)} later{because}"
        if later_s == 0:
            return "it would end at the same time"
        return f"it would end {span(-later_s)} earlier, which ends nothing else earlier while the rest stays as it is"
