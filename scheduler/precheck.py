"""What can never be placed, found exactly and before any search, in the operator's words and numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scheduler.network import Choice, Network
from scheduler.paths import heads, latest_ends
from scheduler.problem import Problem
from scheduler.wording import listed, moment, span

__all__ = ["Unplaceable", "unplaceable"]


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

    Tasks that only wait for one of these are not told again. An empty answer does not promise a plan: machines may
    still be in each other's way.
    """
    return tuple(_Check(problem).findings())


class _Check:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.network = Network(problem)
        self.heads = heads(self.network)
        self.due = latest_ends(self.network)

    def findings(self) -> Iterator[Unplaceable]:
        for task in self.network.order:
            if self.network.tasks[task].fixed is None:
                reason = self.reason(task)
                if reason is not None:
                    yield Unplaceable(self.network.tasks[task].id, reason)

    def reason(self, task: int) -> str | None:
        if any(self.heads[arc.task] is None for arc in self.network.before[task]):
            return None
        head = self.heads[task]
        if head is None:
            return self.closed(task)
        if head.end_s > self.due[task]:
            return self.late(task, head.end_s)
        return None

    def closed(self, task: int) -> str:
        """Why no option has a run, alone or after what comes before it."""
        ready_s = self.ready_s(task)
        choices = self.network.choices[task]
        if not choices:
            wait, start, end = span(self.network.fastest_s(task)), self.told(ready_s), self.told(self.problem.horizon_s)
            return f"its wait of {wait} from {start} ends after the horizon ({end})"
        return "; ".join(self.option(choice, ready_s) for choice in choices)

    def ready_s(self, task: int) -> int:
        ends = [self.network.tasks[task].release_s]
        for arc in self.network.before[task]:
            head = self.heads[arc.task]
            if head is not None:
                ends.append(head.end_s + arc.lag_s)
        return max(ends)

    def option(self, choice: Choice, ready_s: int) -> str:
        machine = self.problem.machines[choice.machine]
        rules = self.network.rules[choice.machine]
        ready_s = max(ready_s, rules.free_from_s)
        run, lab = span(choice.duration_s), machine.lab
        if not rules.hours.starts:
            return f"machine {machine.id}: lab {lab} never opens before {self.told(self.problem.horizon_s)}"
        if not machine.unattended and choice.duration_s > rules.hours.longest_s():
            longest = span(rules.hours.longest_s())
            return f"machine {machine.id}: an attended run of {run} is longer than any opening of lab {lab} ({longest})"
        last = self.told(rules.hours.ends[-1])
        if rules.hours.next_start(ready_s) is None:
            return f"machine {machine.id}: it can start at {self.told(ready_s)}, after lab {lab} closes last ({last})"
        if machine.unattended:
            started = f"a run of {run} from {self.told(ready_s)}"
            return f"machine {machine.id}: {started} ends after lab {lab} closes last ({last})"
        return f"machine {machine.id}: no opening of lab {lab} from {self.told(ready_s)} on has {run} left"

    def late(self, task: int, end_s: int) -> str:
        """Why it cannot end before what is fixed behind it."""
        behind = [self.network.tasks[arc.task].id for arc in self.network.after[task]]
        return (
            f"it ends at {self.told(end_s)} at the earliest, but must end by {self.told(self.due[task])} "
            f"for what comes after it ({listed(behind)})"
        )

    def told(self, seconds: int) -> str:
        return moment(self.problem.origin, seconds)
