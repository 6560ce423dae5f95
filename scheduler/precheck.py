"""What can never be placed, found exactly and before any search, in the operator's words and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scheduler.lot_bounds import necessary, smallest_lot
from scheduler.network import NOWHERE, Choice, Network
from scheduler.paths import Head, heads, heads_by_lab, latest_ends, ready_at
from scheduler.problem import Problem
from scheduler.shop import NEVER
from scheduler.shortage import alone
from scheduler.wording import listed, moment, span

__all__ = ["Unplaceable", "unplaceable", "unplaceable_in"]


_NEVER_S = 2**62


@dataclass(frozen=True, slots=True)
class Unplaceable:
    """A task for which no plan has a place.

    Attributes:
        task: its id.
        reason: one sentence without a final full stop.
    """

    task: str
    reason: str


def unplaceable(problem: Problem) -> tuple[Unplaceable, ...]:
    """The tasks that have no place even with every machine to themselves.

    Tasks that only wait for one of these are not told again. Of a task that is split, one lot is looked at that no
    division does without. An empty answer does not promise a plan: machines may still be in each other's way.
    """
    found = unplaceable_in(Network(necessary(problem)))
    lots = {task.id: smallest_lot(problem, task) for task in problem.tasks if task.split is not None}
    return tuple(
        replace(each, reason=f"even a lot of {lots[each.task]}: {each.reason}") if each.task in lots else each
        for each in found
    )


def unplaceable_in(network: Network) -> tuple[Unplaceable, ...]:
    """As `unplaceable`, for a problem in indices."""
    reachable = not (network.longest.end.min(axis=1, initial=NEVER) >= NEVER).any()
    if reachable and not any(network.tasks[arc.task].fixed for arcs in network.after for arc in arcs):
        return tuple(_unsupplied(network))
    check = _Check(network, heads_by_lab(network))
    return tuple(check.findings()) or tuple(_beside_fixed(network, check)) or tuple(_unsupplied(network))


def _beside_fixed(network: Network, check: _Check) -> Iterator[Unplaceable]:
    """Tasks for which fixed work leaves no room, though hours would; what waits for one of them is not told again."""
    reached = network.longest.end.min(axis=1, initial=NEVER) < NEVER
    for task in network.order:
        free = network.tasks[task].fixed is None and bool(network.choices[task])
        if free and not reached[task] and all(reached[arc.task] for arc in network.before[task]):
            ready = {lab: ready_at(network, task, lab, check.heads) or 0 for lab in network.labs_of(task)}
            reasons = (check.beside(choice, ready[choice.lab]) for choice in network.choices[task])
            yield Unplaceable(network.tasks[task].id, "; ".join(reasons))


def _unsupplied(network: Network) -> Iterator[Unplaceable]:
    """Tasks for which operators or material are never there."""
    if network.supplies is not None:
        for task, head in zip(network.tasks, heads(network), strict=True):
            index = network.position[task.id]
            reason = alone(network, index, head) if head is not None and task.fixed is None else None
            if reason is not None:
                yield Unplaceable(task.id, reason)


class _Check:
    def __init__(self, network: Network, by_lab: list[dict[int, Head]]) -> None:
        self.problem = network.problem
        self.network = network
        self.heads = by_lab
        self.due = latest_ends(self.network, _NEVER_S)

    def findings(self) -> Iterator[Unplaceable]:
        for task in self.network.order:
            if self.network.tasks[task].fixed is None and all(
                self.heads[arc.task] for arc in self.network.before[task]
            ):
                reason = self.reason(task)
                if reason is not None:
                    yield Unplaceable(self.network.tasks[task].id, reason)

    def reason(self, task: int) -> str | None:
        if not self.heads[task]:
            return self.closed(task)
        if self.is_late(task) and not any(self.is_late(arc.task) for arc in self.network.after[task]):
            return self.late(task)
        return None

    def end_s(self, task: int) -> int:
        return min(head.end_s for head in self.heads[task].values())

    def is_late(self, task: int) -> bool:
        """Whether it ends too late for fixed work somewhere behind it."""
        return self.network.tasks[task].fixed is None and bool(self.heads[task]) and self.end_s(task) > self.due[task]

    def closed(self, task: int) -> str:
        """Why no option has a run, alone or after what comes before it."""
        ready = {lab: ready_at(self.network, task, lab, self.heads) or 0 for lab in self.network.labs_of(task)}
        if NOWHERE in ready:
            wait, start = span(self.network.fastest_s(task)), self.told(ready[NOWHERE])
            return f"its wait of {wait} from {start} ends after the horizon ({self.told(self.problem.horizon_s)})"
        return "; ".join(self.option(choice, ready[choice.lab]) for choice in self.network.choices[task])

    def option(self, choice: Choice, ready_s: int) -> str:
        machine = self.problem.machines[choice.machine]
        rules = self.network.rules[choice.machine]
        start_s, busy = max(ready_s, rules.free_from_s), ready_s < rules.free_from_s
        start, run, lab = self.told(start_s), span(choice.duration_s), f"lab {machine.lab}"
        if not rules.hours.starts:
            why = f"{lab} never opens before {self.told(self.problem.horizon_s)}"
        elif not (machine.unattended or machine.pauses) and choice.duration_s > rules.hours.longest_s():
            longest = span(rules.hours.longest_s())
            why = f"an attended run of {run} is longer than any opening of {lab} ({longest})"
        elif rules.hours.next_start(start_s) is None:
            why = f"it can start at {start}, after {lab} closes last ({self.told(rules.hours.ends[-1])})"
        elif machine.unattended or machine.pauses:
            why = f"a run of {run} from {start} ends after {lab} closes last ({self.told(rules.hours.ends[-1])})"
        else:
            why = f"no opening of {lab} from {start} on has {run} left"
        return f"machine {machine.id}{', which is busy before' if busy else ''}: {why}"

    def beside(self, choice: Choice, ready_s: int) -> str:
        """Why an option has no run beside fixed work."""
        machine, rules = self.problem.machines[choice.machine], self.network.rules[choice.machine]
        start_s, run = max(ready_s, rules.free_from_s), span(choice.duration_s)
        fixed = "fixed work and its set-ups leave" if self.network.shop.change.any() else "fixed work leaves"
        why = f"{fixed} no room from {self.told(start_s)} on for a run of {run}"
        if not (machine.unattended or machine.pauses):
            longest_s = max(self.free_s(choice.machine, start_s), default=0)
            why += f" inside an opening of lab {machine.lab} ({span(longest_s)} at most)" if longest_s else ""
        return f"machine {machine.id}: {why}"

    def free_s(self, machine: int, from_s: int) -> Iterator[int]:
        """The lengths of the open stretches that fixed work leaves a machine."""
        hours = self.network.rules[machine].hours
        for opens_s, closes_s in zip(hours.starts, hours.ends, strict=True):
            start_s = max(opens_s, from_s)
            for booking in self.network.bookings[machine]:
                if start_s < booking.end_s and booking.start_s < closes_s:
                    yield max(0, booking.start_s - start_s)
                    start_s = booking.end_s
            yield max(0, closes_s - start_s)

    def late(self, task: int) -> str:
        """Why it cannot end before what is fixed behind it."""
        behind = [self.network.tasks[arc.task].id for arc in self.network.after[task]]
        return (
            f"it ends at {self.told(self.end_s(task))} at the earliest, but must end by {self.told(self.due[task])} "
            f"for what comes after it ({listed(behind)})"
        )

    def told(self, seconds: int) -> str:
        return moment(self.problem.origin, seconds)
