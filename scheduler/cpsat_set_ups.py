"""Set-ups in the CP-SAT model: the order of two runs of different families, and the round of families on a machine.

The rounds carry the bound: whatever the order of its runs, a machine pays at least the shortest round that visits each
family it does once (shortest ways keep the triangle inequality, so visiting a family again never pays).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from ortools.sat.python import cp_model

from scheduler.network import Booking, Network
from scheduler.rounds import Round, cheapest_rounds
from scheduler.shop import NEVER, Ints

__all__ = ["MachineWork", "Rounds", "least_gaps", "shortest_ways"]

_MOST_FAMILIES = 20  # of a round, whose arcs grow with the square
_MOST_LISTED = 6  # of rounds that are listed, whose number doubles with each

MachineWork = Mapping[int, int]  # seconds on the machine by task


class Rounds:
    """What set-ups cost on each machine.

    Args:
        model: where the constraints go.
        network: what is planned.
        work: by machine, the free tasks that it may do.
        picked: by task and machine, whether it stands there, where there is a choice.

    Attributes:
        family: number of each task's family.
    """

    def __init__(
        self,
        model: cp_model.CpModel,
        network: Network,
        work: Sequence[MachineWork],
        picked: Mapping[tuple[int, int], cp_model.IntVar],
    ) -> None:
        self._model, self._network, self._work, self._picked = model, network, work, picked
        self.family = [network.families[task.family] for task in network.tasks]
        self._ways = shortest_ways(network.shop.change)
        self._follows: dict[
            tuple[int, int, int], cp_model.IntVar
        ] = {}  # by machine and pair of families, 0 at its start
        self._rounds: dict[int, list[tuple[cp_model.IntVar, Round]]] = {}  # by machine, of which one is picked
        self._first: dict[tuple[int, int], cp_model.IntVar] = {}  # by pair of tasks, whether one comes first

    def cost(self, machine: int, from_s: int) -> cp_model.LinearExpr:
        """The least seconds of set-up on a machine from a moment on; 0 where nothing is certain."""
        families = sorted({self.family[task] for task in self._work[machine]} - {0})
        certain = not self._network.bookings[machine] and len(families) <= _MOST_FAMILIES
        if not certain or not self._ways[np.ix_(families, families)].any():
            return cp_model.LinearExpr.sum([])
        first_s = [self._first_s(machine, family, from_s) for family in families]
        if len(families) <= _MOST_LISTED:
            return self._one_of_all(machine, families, first_s)
        return self._circuit(machine, families, first_s)

    def _one_of_all(self, machine: int, families: Sequence[int], first_s: Sequence[int]) -> cp_model.LinearExpr:
        """A literal for the cheapest round through each set of families: far tighter than a circuit (measured)."""
        rounds = [(self._model.new_bool_var(""), each) for each in cheapest_rounds(families, self._ways, first_s)]
        self._model.add_exactly_one([literal for literal, _ in rounds])
        for family in families:
            visits = cp_model.LinearExpr.sum([literal for literal, each in rounds if family in each.families])
            for task in self._work[machine]:
                if self.family[task] == family:
                    self._model.add(visits >= self._picked.get((task, machine), 1))
        self._rounds[machine] = rounds
        return cp_model.LinearExpr.sum([literal * each.set_up_s for literal, each in rounds])

    def _circuit(self, machine: int, families: Sequence[int], first_s: Sequence[int]) -> cp_model.LinearExpr:
        """A round as a circuit, which may leave families out."""
        arcs: list[tuple[int, int, cp_model.IntVar]] = []
        costs: list[cp_model.LinearExprT] = []
        for place, family in enumerate(families, start=1):
            arcs.append((place, place, self._absent(machine, family)))
            first, last = self._model.new_bool_var(""), self._model.new_bool_var("")
            arcs += [(0, place, first), (place, 0, last)]
            self._follows[machine, 0, family] = first
            costs.append(first * first_s[place - 1])
            for other_place, other in enumerate(families, start=1):
                if other != family:
                    follows = self._model.new_bool_var("")
                    arcs.append((place, other_place, follows))
                    self._follows[machine, family, other] = follows
                    costs.append(follows * int(self._ways[family, other]))
        arcs.append((0, 0, self._model.new_bool_var("")))  # nothing is done on the machine
        self._model.add_circuit(arcs)
        return cp_model.LinearExpr.sum(costs)

    def __bool__(self) -> bool:
        return bool(self._follows or self._rounds)

    def families(self, machine: int, value: Callable[[cp_model.IntVar], int]) -> list[int]:
        """The families of a machine in the order of a solution; empty where nothing is certain."""
        if machine in self._rounds:
            return [family for literal, each in self._rounds[machine] if value(literal) for family in each.families]
        after = {one: other for (on, one, other), arc in self._follows.items() if on == machine and value(arc)}
        result = [after[0]] if 0 in after else []
        while result and result[-1] in after:
            result.append(after[result[-1]])
        return result

    def _absent(self, machine: int, family: int) -> cp_model.IntVar:
        """Whether no task of a family stands on a machine."""
        absent = self._model.new_bool_var("")
        tasks = [task for task in self._work[machine] if self.family[task] == family]
        picks = [self._picked[task, machine] for task in tasks if (task, machine) in self._picked]
        if len(picks) < len(tasks):
            self._model.add(absent == 0)
            return absent
        for pick in picks:
            self._model.add_implication(pick, absent.negated())
        self._model.add_bool_or([*picks, absent])
        return absent

    def _first_s(self, machine: int, family: int, from_s: int) -> int:
        """Seconds of the first set-up that lie after a moment; before it, the machine may have been idle."""
        set_to = self._network.families[self._network.problem.machines[machine].set_to]
        idle_s = max(0, from_s - self._network.rules[machine].free_from_s)
        return max(0, int(self._ways[set_to, family]) - idle_s)

    def order(self, machine: int, start: Mapping[int, cp_model.IntVar], end: Mapping[int, cp_model.IntVar]) -> None:
        """An order, and a gap behind whichever is first, for each pair of different families on a machine."""
        gaps = least_gaps(self._network, machine, self._work[machine])
        tasks = list(self._work[machine])
        for position, one in enumerate(tasks):
            self._start_set_up(machine, one, start[one], gaps)
            for other in tasks[position + 1 :]:
                there_s = int(gaps[self.family[one], self.family[other]])
                back_s = int(gaps[self.family[other], self.family[one]])
                if not there_s and not back_s:
                    continue
                first = self._first_of(one, other)
                both = [self._picked[task, machine] for task in (one, other) if (task, machine) in self._picked]
                self._model.add(start[other] >= end[one] + there_s).only_enforce_if([first, *both])
                self._model.add(start[one] >= end[other] + back_s).only_enforce_if([first.negated(), *both])

    def _first_of(self, one: int, other: int) -> cp_model.IntVar:
        if (one, other) not in self._first:
            self._first[one, other] = self._model.new_bool_var(f"{one} before {other}")
        return self._first[one, other]

    def _start_set_up(self, machine: int, task: int, start: cp_model.IntVar, gaps: Ints) -> None:
        set_to = self._network.families[self._network.problem.machines[machine].set_to]
        takes_s = int(gaps[set_to, self.family[task]])
        if takes_s and not self._network.bookings[machine]:
            row = self._model.add(start >= self._network.rules[machine].free_from_s + takes_s)
            if (task, machine) in self._picked:
                row.only_enforce_if(self._picked[task, machine])

    def hint(self, start_s: Sequence[int], on: Sequence[int | None]) -> None:
        """Suggest the orders of a schedule; tasks on different machines have none."""
        for (one, other), first in self._first.items():
            if on[one] == on[other]:
                self._model.add_hint(first, start_s[one] < start_s[other])


def least_gaps(network: Network, machine: int, work: MachineWork) -> Ints:
    """By pair of families, the least seconds between the end of a run of one and the start of a run of the other.

    Other work may lie between: it takes its time, and its set-ups instead of the direct one; work without a family
    leaves the machine as it was. No set-up is judged between fixed runs.
    """
    change = network.shop.change
    shortest = np.full(len(change), NEVER, dtype=np.int64)
    for task, duration_s in work.items():
        family = network.families[network.tasks[task].family]
        shortest[family] = min(shortest[family], duration_s)
    gaps = change.copy()
    shortest[0] = NEVER
    for middle in np.flatnonzero(shortest < NEVER).tolist():
        gaps = np.minimum(gaps, gaps[:, middle, None] + shortest[middle] + gaps[None, middle, :])
    return _with_bookings(gaps, [each for each in network.bookings[machine] if each.set_for])


def _with_bookings(gaps: Ints, bookings: Sequence[Booking]) -> Ints:
    """The gaps if any stretch of fixed work, from one run with a family to another, may lie in them."""
    result = gaps
    for position, first in enumerate(bookings):
        for last in bookings[position:]:
            taken_s = last.end_s - first.start_s
            result = np.minimum(result, gaps[:, first.set_for, None] + taken_s + gaps[None, last.left_with, :])
    return result


def shortest_ways(change: Ints) -> Ints:
    """Shortest ways between families (Floyd and Warshall); 0 stands for no family and leads nowhere."""
    result = change.copy()
    for middle in range(1, len(result)):
        result[1:, 1:] = np.minimum(result[1:, 1:], result[1:, middle, None] + result[None, middle, 1:])
    return result
