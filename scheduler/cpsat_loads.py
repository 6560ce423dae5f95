"""Which machine does what, with nothing about when: loads and rounds of set-ups alone, as a CP-SAT model.

Every plan keeps these rows, so the least makespan is a lower bound; where tasks wait for nothing, some plan attains it.
The model is far smaller than the whole, and proves in seconds what that does not prove in minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ortools.sat.python import cp_model

from scheduler.capacity import spans
from scheduler.cpsat_set_ups import Rounds
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Network
from scheduler.paths import Head

__all__ = ["LoadsModel", "add_load"]


def add_load(
    model: cp_model.CpModel,
    makespan: cp_model.IntVar,
    picks: Sequence[tuple[cp_model.IntVar | None, int]],
    set_up_s: cp_model.LinearExpr,
    around_s: int,
) -> None:
    """A row for a machine: what is picked for it adds up, and if anything is, so do the times around it.

    Args:
        model: where it goes.
        makespan: what it limits.
        picks: whether a task stands on the machine (None: it does), and its seconds.
        set_up_s: of all runs.
        around_s: the earliest start plus the shortest tail of the tasks.
    """
    certain_s = sum(duration_s for pick, duration_s in picks if pick is None)
    load = cp_model.LinearExpr.sum([pick * duration_s for pick, duration_s in picks if pick is not None]) + set_up_s
    if certain_s:
        model.add(load + (certain_s + around_s) <= makespan)
        return
    used = model.new_bool_var("")
    for pick, _ in picks:
        if pick is not None:
            model.add_implication(pick, used)
    model.add(load + around_s * used <= makespan)


class LoadsModel:
    """Variables and rows for all free tasks.

    Args:
        network: what is planned; some set-up takes time.
        head: of `scheduler.paths.heads`.
        tail: of `scheduler.paths.tails`.
        within_s: the least and the greatest makespan to look at.
    """

    def __init__(
        self, network: Network, head: Sequence[Head | None], tail: Sequence[int], within_s: tuple[int, int]
    ) -> None:
        self.model = cp_model.CpModel()
        self._network, self._tail = network, tail
        makespan = self.model.new_int_var(*within_s, "makespan")
        self._work: list[dict[int, int]] = [{} for _ in network.rules]
        self._picked: dict[tuple[int, int], cp_model.IntVar] = {}
        for task in network.free:
            for choice in network.choices[task]:
                self._work[choice.machine][task] = choice.duration_s
                if len(network.choices[task]) > 1:
                    self._picked[task, choice.machine] = self.model.new_bool_var("")
            if len(network.choices[task]) > 1:
                self.model.add_exactly_one([self._picked[task, each.machine] for each in network.choices[task]])
        self._rounds = Rounds(self.model, network, self._work, self._picked)
        for machine, (start_s, tail_s) in enumerate(spans(network, head, tail)):
            work = self._work[machine]
            if work:
                first_s = max(start_s, network.rules[machine].free_from_s)
                picks = [(self._picked.get((task, machine)), seconds) for task, seconds in work.items()]
                around_s = first_s + (0 if network.bookings[machine] else tail_s)
                add_load(self.model, makespan, picks, self._rounds.cost(machine, first_s), around_s)
        self.model.minimize(makespan)

    @property
    def bounds(self) -> bool:
        """Whether some machine certainly pays for set-ups: without, there is nothing that other bounds do not know."""
        return bool(self._rounds)

    def schedules(self, value: Callable[[cp_model.IntVar], int]) -> list[Schedule]:
        """A list schedule with the machines of a solution, each family of work after the other; none if one is stuck.

        Args:
            value: tells the value of a variable.
        """
        numbers = [0.0] * len(self._network.tasks)
        for machine, work in enumerate(self._work):
            order = {family: place for place, family in enumerate(self._rounds.families(machine, value))}
            here = [task for task in work if self._stands(task, machine, value)]
            here.sort(key=lambda task: (order.get(self._rounds.family[task], 0), -self._tail[task]))
            begun_s = 0
            for task in here:
                numbers[task] = float(begun_s)
                begun_s += work[task]
        choices = [
            [choice for choice in row if self._stands(task, choice.machine, value)]
            for task, row in enumerate(self._network.choices)
        ]
        found = decode(self._network, numbers, choices)
        return [found] if isinstance(found, Schedule) else []

    def _stands(self, task: int, machine: int, value: Callable[[cp_model.IntVar], int]) -> bool:
        pick = self._picked.get((task, machine))
        return pick is None or bool(value(pick))
