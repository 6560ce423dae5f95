"""Operators and material of a plan as the validator counts them, event after event: what changed anew."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from scheduler.calendars import Calendar
from scheduler.plan import Placement
from scheduler.problem import Lab, Machine, Problem, Task
from scheduler.validator_supplies import (
    Span,
    Taken,
    lab_short,
    set_ups_tended,
    taken_by,
    tended,
    used_up,
)

__all__ = ["SupplyWatch"]

Runs = Sequence[tuple[Task, Placement]]


class SupplyWatch:
    """When operators are needed, machine by machine, and what is taken of each stock.

    Args:
        problem: whose machines, set-ups and stocks it knows; hours are told with each question.
    """

    def __init__(self, problem: Problem) -> None:
        self._set_ups = problem.set_ups
        self._stocks = {stock.id: stock for stock in problem.stocks}
        self._machines = {machine.id: machine for machine in problem.machines}
        self._in_lab: dict[str, list[str]] = defaultdict(list)
        for machine in problem.machines:
            self._in_lab[machine.lab].append(machine.id)
        self._spans: dict[str, tuple[Span, ...]] = defaultdict(tuple)
        self._own: dict[str, tuple[Task, Placement, Calendar | None, tuple[Span, ...]]] = {}
        self._taken: dict[str, dict[str, Taken]] = defaultdict(dict)
        self._from: dict[str, set[str]] = {}

    def put(self, labs: Mapping[str, Lab], runs: Mapping[str, Runs]) -> dict[str, list[Span]]:
        """Take in the runs of some machines, in order of start; by lab, when operators are needed newly."""
        fresh: dict[str, list[Span]] = defaultdict(list)
        for name, here in runs.items():
            machine = self._machines[name]
            spans = tuple(self._spans_of(machine, labs[machine.lab], here))
            old = set(self._spans[name])
            fresh[machine.lab] += [span for span in spans if span not in old]
            self._spans[name] = spans
        return fresh

    def between(self, lab: str, from_s: int, until_s: int) -> list[Span]:
        """When operators of a lab are needed from one moment to another."""
        every = (span for machine in self._in_lab[lab] for span in self._spans[machine])
        return [span for span in every if span[0] < until_s and from_s < span[1]]

    def _spans_of(self, machine: Machine, lab: Lab, runs: Runs) -> Iterator[Span]:
        hours = lab.calendar if machine.pauses else None
        for run in runs:
            known = self._own.get(run[0].id)
            if known is None or known[0] is not run[0] or known[1] is not run[1] or known[2] is not hours:
                known = self._own[run[0].id] = *run, hours, tuple(tended(machine, lab.calendar.windows, (run,), {}))
            yield from known[3]
        if machine.attends_set_up:
            yield from set_ups_tended(machine, self._set_ups, runs)

    def take(self, changed: Iterable[tuple[Task, Placement]]) -> set[str]:
        """Take in where tasks stand now; the stocks that they take anything of."""
        touched: set[str] = set()
        for task, at in changed if self._stocks else ():
            for stock in self._from.pop(task.id, ()):
                del self._taken[stock][task.id]
            for stock, (at_s, amount, name, fixed) in taken_by(task, at):
                before = self._taken[stock].get(name, (at_s, 0, name, fixed))
                self._taken[stock][name] = at_s, before[1] + amount, name, fixed
                touched.add(stock)
            self._from[task.id] = {stock for stock, _ in taken_by(task, at)}
        return touched

    def short(self, lab: Lab, fresh: Sequence[Span]) -> Iterator[str]:
        """Where a lab has too few operators at the moments in which some are needed newly."""
        if fresh:
            near = _Moments(fresh)
            first_s, last_s = near.reach
            every = (span for machine in self._in_lab[lab.id] for span in self._spans[machine])
            found = [each for each in every if first_s < each[1] and each[0] < last_s and near.meets(each)]
            yield from lab_short(lab, found)

    def used_up(self, stocks: Iterable[str]) -> Iterator[str]:
        """Where more of these stocks is taken than is there."""
        for name in stocks:
            yield from used_up(self._stocks[name], sorted(self._taken[name].values()))


class _Moments:
    """Spans joined, in order."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for from_s, to_s, *_ in sorted(spans):
            if self._ends and from_s <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], to_s)
            else:
                self._starts.append(from_s)
                self._ends.append(to_s)

    @property
    def reach(self) -> tuple[int, int]:
        """The first and the last moment."""
        return self._starts[0], self._ends[-1]

    def meets(self, span: Span) -> bool:
        """Whether a span has a moment in common with them."""
        place = bisect_left(self._starts, span[1]) - 1
        return place >= 0 and self._ends[place] > span[0]
