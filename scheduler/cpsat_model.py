"""The problem as a CP-SAT model.

One start and one end for each task; an optional interval for each option on them; on each machine no overlap; the hours
as domains of start and end (attended: the whole run inside one window; unattended: start and end open, the size free
above the duration); transport by literals of labs; set-ups (`scheduler.cpsat_set_ups`); operators and material
(`scheduler.cpsat_supplies`); and for each machine one redundant row that adds up its load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

from ortools.sat.python import cp_model

from scheduler.capacity import spans
from scheduler.cpsat_loads import add_load
from scheduler.cpsat_set_ups import Rounds
from scheduler.cpsat_supplies import Runs, add_supplies, attendance
from scheduler.cpsat_wishes import weighted_sum
from scheduler.list_schedule import Schedule, decode
from scheduler.network import Arc, Choice, Network
from scheduler.paths import Head, latest_ends
from scheduler.plan import Placement, Plan
from scheduler.timetable import RunRules
from scheduler.validator import violations

__all__ = ["Model"]

Spans = list[tuple[int, int]]
Value = Callable[[cp_model.IntVar], int]


class Model:
    """Variables and constraints for all free tasks.

    Args:
        network: what is planned.
        head: of `scheduler.paths.heads`; every free task has one.
        tail: of `scheduler.paths.tails`.
        within_s: the least and the greatest makespan to look at.
    """

    def __init__(
        self, network: Network, head: Sequence[Head | None], tail: Sequence[int], within_s: tuple[int, int]
    ) -> None:
        self.network = network
        self.model = cp_model.CpModel()
        self.makespan = self.model.new_int_var(*within_s, "makespan")
        self._start: dict[int, cp_model.IntVar] = {}
        self._end: dict[int, cp_model.IntVar] = {}
        self._picked: dict[tuple[int, int], cp_model.IntVar] = {}  # by task and machine, where there is a choice
        self._there: dict[tuple[int, int], cp_model.IntVar] = {}  # by task and lab, where there is a choice
        self._size: dict[tuple[int, int], cp_model.IntVar] = {}  # by task and machine, where closed hours stretch it
        self._choices: list[list[Choice]] = [[] for _ in network.tasks]
        self._on: list[list[cp_model.IntervalVar]] = [[] for _ in network.rules]
        due = latest_ends(network, network.problem.horizon_s)
        for task in network.free:
            each = head[task]
            earliest_s = each.start_s if each else 0
            self._add_task(task, earliest_s, min(due[task], within_s[1] - tail[task]))
        for task, arcs in enumerate(network.after):
            for arc in arcs:
                self._add_arc(task, arc)
        self._runs = Runs(self._start, self._end, self._picked, self._choices)
        add_supplies(self.model, network, self._runs)
        self._rounds: Rounds | None = None
        self._add_machines(spans(network, head, tail))
        for task, fixed in ((task, each.fixed) for task, each in enumerate(network.tasks)):
            if fixed is not None or not network.after[task]:
                self.model.add(self.makespan >= (fixed.end_s if fixed else self._end[task]))
        self.model.minimize(self.makespan)

    def minimize_lateness(self) -> None:
        """From now on the weighted lateness is minimised."""
        self.model.minimize(self._lateness())

    def minimize_wishes(self) -> None:
        """From now on the weighted sum of wishes is minimised, set-ups left out."""
        self.model.minimize(weighted_sum(self.model, self.network, self.makespan, self._runs, self._there))

    def keep_machines(self, schedule: Schedule) -> None:
        """From now on each task is done where a schedule has it."""
        machines = {machine.id: index for index, machine in enumerate(self.network.problem.machines)}
        for (task, machine), literal in self._picked.items():
            at = schedule.placements[task].machine
            self.model.add(literal == int(at is not None and machines[at] == machine))

    def keep_lateness(self, most: int) -> None:
        """From now on the weighted lateness is at most this."""
        self.model.add(self._lateness() <= most)

    def _lateness(self) -> cp_model.LinearExprT:
        terms: list[cp_model.LinearExprT] = []
        for index, task in enumerate(self.network.tasks):
            if task.due_s is None or not task.weight:
                continue
            if task.fixed is not None:
                terms.append(task.weight * max(0, task.fixed.end_s - task.due_s))
                continue
            late = self.model.new_int_var(0, max(0, self.network.problem.horizon_s - task.due_s), f"late {index}")
            self.model.add(late >= self._end[index] - task.due_s)
            terms.append(late * task.weight)
        return cp_model.LinearExpr.sum(terms)

    def prefer_early(self, makespan_s: int) -> None:
        """From now on the makespan is at most this, and the sum of all ends is minimised."""
        self.model.add(self.makespan <= makespan_s)
        self.model.minimize(cp_model.LinearExpr.sum(list(self._end.values())))

    def hint(self, schedule: Schedule) -> None:
        """Suggest a schedule to begin with; once for a model."""
        network, placements = self.network, schedule.placements
        machines = {machine.id: index for index, machine in enumerate(network.problem.machines)}
        on = [machines[each.machine] if each.machine else None for each in placements]
        lab = [None if machine is None else network.lab_of[machine] for machine in on]
        self.model.add_hint(self.makespan, schedule.makespan_s)
        for task, start in self._start.items():
            self.model.add_hint(start, placements[task].start_s)
            self.model.add_hint(self._end[task], placements[task].end_s)
        for (task, machine), literal in self._picked.items():
            self.model.add_hint(literal, on[task] == machine)
        told = {literal.index for literal in self._picked.values()}  # the only option in a lab speaks for the lab
        for (task, place), literal in self._there.items():
            if literal.index not in told:
                self.model.add_hint(literal, lab[task] == place)
        for (task, machine), size in self._size.items():
            if on[task] == machine:
                self.model.add_hint(size, placements[task].end_s - placements[task].start_s)
        if self._rounds is not None:
            self._rounds.hint([each.start_s for each in placements], on)

    def schedules(self, value: Value) -> list[Schedule]:
        """What a solution comes to: with everything moved as early as order and machines allow, and as it stands.

        As it stands it counts only if it is valid, and where moving it may make it worse: where there are wishes, or
        operators or material are shared. The model allows a little more than the problem does.

        Args:
            value: tells the value of a variable.
        """
        moved = self._moved(value)
        found = [] if moved is None else [moved]
        network = self.network
        if network.supplies is not None or not network.problem.objective.plain:
            stands = self._as_it_stands(value)
            if not violations(network.problem, Plan(stands.placements, 0, "CP-SAT")):
                found.append(stands)
        return found

    def _as_it_stands(self, value: Value) -> Schedule:
        network, placements = self.network, list[Placement]()
        for index, task in enumerate(network.tasks):
            if task.fixed is not None:
                placements.append(task.fixed)
                continue
            start_s, end_s = value(self._start[index]), value(self._end[index])
            choice = next(
                (
                    each
                    for each in self._choices[index]
                    if (index, each.machine) not in self._picked or value(self._picked[index, each.machine])
                ),
                None,
            )
            if choice is None:
                placements.append(Placement(task.id, None, start_s, end_s, end_s))
                continue
            run_end_s = start_s + choice.duration_s
            if not attendance(network, index, choice)[1]:
                rules = network.rules[choice.machine]
                end_s = max(run_end_s, rules.hours.next_end(run_end_s) or 0) if rules.unattended else run_end_s
            name = network.problem.machines[choice.machine].id
            placements.append(Placement(task.id, name, start_s, run_end_s, max(end_s, run_end_s)))
        return Schedule.of(placements)

    def _moved(self, value: Value) -> Schedule | None:
        numbers = [
            float(value(self._start[task])) if task in self._start else 0.0 for task in range(len(self._choices))
        ]
        choices = [
            [
                each
                for each in options
                if (task, each.machine) not in self._picked or value(self._picked[task, each.machine])
            ]
            for task, options in enumerate(self._choices)
        ]
        found = decode(self.network, numbers, choices)
        return found if isinstance(found, Schedule) else None

    def _add_task(self, task: int, earliest_s: int, latest_s: int) -> None:
        model = self.model
        domains = {
            choice: _domains(
                self.network.rules[choice.machine],
                choice.duration_s,
                attendance(self.network, task, choice)[1],
                (earliest_s, latest_s),
            )
            for choice in self.network.choices[task]
        }
        domains = {choice: (starts, ends) for choice, (starts, ends) in domains.items() if starts and ends}
        self._choices[task] = list(domains)
        delay_s = self.network.tasks[task].delay_s
        if delay_s is not None:
            both = ([(earliest_s, latest_s - delay_s)], [(earliest_s + delay_s, latest_s)])
            self._start[task], self._end[task] = self._new_pair(task, *both)
            model.add(self._end[task] == self._start[task] + delay_s)
            return
        all_starts = [span for starts, _ in domains.values() for span in starts]
        all_ends = [span for _, ends in domains.values() for span in ends]
        self._start[task], self._end[task] = self._new_pair(task, all_starts, all_ends)
        self._add_literals(task)
        self._add_labs(task)
        for choice, (starts, ends) in domains.items():
            self._add_run(task, choice, starts, ends)

    def _new_pair(self, task: int, starts: Spans, ends: Spans) -> tuple[cp_model.IntVar, cp_model.IntVar]:
        start, end = (cp_model.Domain.from_intervals([list(span) for span in spans]) for spans in (starts, ends))
        return (
            self.model.new_int_var_from_domain(start, f"start {task}"),
            self.model.new_int_var_from_domain(end, f"end {task}"),
        )

    def _add_literals(self, task: int) -> None:
        """A literal for each option, if there are several."""
        if len(self._choices[task]) < 2:
            return
        literals = [self.model.new_bool_var(f"task {task} on {choice.machine}") for choice in self._choices[task]]
        self.model.add_exactly_one(literals)
        for choice, literal in zip(self._choices[task], literals, strict=True):
            self._picked[task, choice.machine] = literal

    def _add_labs(self, task: int) -> None:
        """A literal for each lab, if the task may be done in several."""
        choices = self._choices[task]
        labs = sorted({choice.lab for choice in choices})
        if len(labs) < 2:
            return
        for lab in labs:
            literals = [self._picked[task, choice.machine] for choice in choices if choice.lab == lab]
            if len(literals) == 1:
                self._there[task, lab] = literals[0]
            else:
                self._there[task, lab] = self.model.new_bool_var(f"task {task} in {lab}")
                self.model.add(cp_model.LinearExpr.sum(literals) == self._there[task, lab])

    def _add_run(self, task: int, choice: Choice, starts: Spans, ends: Spans) -> None:
        """The interval of one option, and the hours that hold if it is picked."""
        model, machine, duration_s = self.model, choice.machine, choice.duration_s
        start, end, literal = self._start[task], self._end[task], self._picked.get((task, machine))
        size: cp_model.IntVar | int = duration_s
        off_s = attendance(self.network, task, choice)[1]
        if off_s or _stretches(self.network.rules[machine]):
            least_s = duration_s + off_s
            most_s = max(least_s, ends[-1][1] - starts[0][0])
            size = self._size[task, machine] = model.new_int_var(least_s, most_s, f"size {task} on {machine}")
        name = f"run {task} on {machine}"
        if literal is None:
            self._on[machine].append(model.new_interval_var(start, size, end, name))
            return
        self._on[machine].append(model.new_optional_interval_var(start, size, end, literal, name))
        for variable, allowed in ((start, starts), (end, ends)):
            domain = cp_model.Domain.from_intervals([list(span) for span in allowed])
            model.add_linear_expression_in_domain(variable, domain).only_enforce_if(literal)

    def _add_arc(self, task: int, arc: Arc) -> None:
        """What comes after starts after the end, the lag and the way between the labs that are picked."""
        network = self.network
        pairs = [
            (network.travel_s(here, there), here, there)
            for here, there in product(self._labs(task), self._labs(arc.task))
        ]
        least_s = min(travel_s for travel_s, _, _ in pairs)
        one, other = network.tasks[task].fixed, network.tasks[arc.task].fixed
        end = one.end_s if one else self._end[task]
        start = other.start_s if other else self._start[arc.task]
        self.model.add(start >= end + (arc.lag_s + least_s))
        for travel_s, here, there in pairs:
            if travel_s > least_s:
                literals = [self._there.get((task, here)), self._there.get((arc.task, there))]
                row = self.model.add(start >= end + (arc.lag_s + travel_s))
                row.only_enforce_if([literal for literal in literals if literal is not None])

    def _labs(self, task: int) -> Sequence[int]:
        return sorted({choice.lab for choice in self._choices[task]}) or self.network.labs_of(task)

    def _add_machines(self, edges: Spans) -> None:
        """No overlap, fixed work included, and the load of each machine."""
        loads: list[dict[int, int]] = [{} for _ in self._on]
        for task, choices in enumerate(self._choices):
            for choice in choices:
                loads[choice.machine][task] = choice.duration_s
        if self.network.shop.change.any():
            self._rounds = Rounds(self.model, self.network, loads, self._picked)
        for machine, intervals in enumerate(self._on):
            if intervals:
                bookings = self.network.bookings[machine]
                fixed = [self.model.new_fixed_size_interval_var(start, end - start, "") for start, end, *_ in bookings]
                self.model.add_no_overlap([*intervals, *fixed])
                start_s, tail_s = edges[machine]
                first_s = max(start_s, self.network.rules[machine].free_from_s)
                set_up_s = cp_model.LinearExpr.sum([])
                if self._rounds is not None:
                    self._rounds.order(machine, self._start, self._end)
                    set_up_s = self._rounds.cost(machine, first_s)
                picks = [(self._picked.get((task, machine)), seconds) for task, seconds in loads[machine].items()]
                add_load(self.model, self.makespan, picks, set_up_s, first_s + (0 if bookings else tail_s))


def _stretches(rules: RunRules) -> bool:
    """Whether closed hours may lengthen a run, from its start to the moment it is taken off."""
    return rules.unattended and (len(rules.hours.starts) > 1 or rules.hours.starts[0] > 0)


def _domains(rules: RunRules, duration_s: int, off_s: int, within_s: tuple[int, int]) -> tuple[Spans, Spans]:
    """Where a run may start and where it may end, hours and limits kept; `off_s` seconds take it off after the run."""
    (earliest_s, latest_s), takes_s = within_s, duration_s + off_s
    first_s = max(earliest_s, rules.free_from_s)
    windows = list(zip(rules.hours.starts, rules.hours.ends, strict=True))
    if rules.unattended:
        starts = [(max(opens, first_s), min(closes - 1, latest_s - takes_s)) for opens, closes in windows]
    else:
        starts = [(max(opens, first_s), min(closes, latest_s - off_s) - duration_s) for opens, closes in windows]
    if rules.unattended or off_s:
        ends = [(max(opens + off_s, first_s + takes_s), min(closes, latest_s)) for opens, closes in windows]
    else:
        ends = [(start + duration_s, last + duration_s) for start, last in starts]
    return [span for span in starts if span[0] <= span[1]], [span for span in ends if span[0] <= span[1]]
