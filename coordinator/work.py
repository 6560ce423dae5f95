"""From tasks to runs: how many pieces a run makes, and which machines could make them.

A run is a job to be: one machine, one plate, sheet or program. It has no machine yet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bom.graph import Task, TaskGraph, TaskKind
from coordinator.needs import Measurer, Need
from coordinator.programs import PartProgram, find_program, refusal
from core.errors import InputError
from core.provenance import Finding, Severity
from core.trees import processes
from designs.design import Design
from geometry.fit import pieces_per_plate
from machines.durations import Estimate, estimate_run, of_program
from machines.lab import Driver, Machine, Network
from machines.matching import Match, Requirement, Verdict, match

__all__ = ["Candidate", "PlannedRun", "Unplaceable", "Workload", "form_runs"]

_ASSEMBLY = Requirement("assembly")
_LONGEST_RUN_S = 10 * 3600.0  # a plate is not filled beyond this, so that a failure costs a night at most
_LONGEST_HAND_WORK_S = 4 * 3600.0
_SPACING_MM = 5.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A machine that could do a run.

    Attributes:
        match: why, and what is still to be asked.
        estimate: how long it takes there.
        program: the instructions it would follow; None when they are still missing or hands do the work.
    """

    machine: Machine
    match: Match
    estimate: Estimate
    program: PartProgram | None


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """A job to be.

    Attributes:
        id: unique in the plan: the task's id, and a number when the task takes several runs.
        task: what it belongs to.
        pieces: how many it makes.
        candidates: machines that could do it; empty for a purchase.
    """

    id: str
    task: Task
    pieces: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Unplaceable:
    """A task that cannot be planned, and why."""

    task: Task
    reason: str


@dataclass(frozen=True, slots=True)
class Workload:
    """All runs of a build, and what cannot be placed."""

    runs: tuple[PlannedRun, ...]
    unplaceable: tuple[Unplaceable, ...]
    findings: tuple[Finding, ...]

    def without(self, reasons: Mapping[str, str], graph: TaskGraph) -> Workload:
        """The same without some tasks, and without what waits for them.

        Args:
            reasons: why, by task id.
            graph: which task waits for which.
        """
        lost = {each.task.id: each.reason for each in self.unplaceable} | dict(reasons)
        for task in graph.order():
            blocked = next((each for each in graph.before(task.id) if each.id in lost), None)
            if blocked is not None:
                lost.setdefault(task.id, f"waits for {blocked.name!r}")
        runs = tuple(run for run in self.runs if run.task.id not in lost)
        return replace(
            self, runs=runs, unplaceable=tuple(Unplaceable(graph.task(each), why) for each, why in lost.items())
        )


def form_runs(
    design: Design, graph: TaskGraph, network: Network, *, barred: frozenset[tuple[str, str]] = frozenset()
) -> Workload:
    """Cut the tasks of a build into runs and find the machines for each.

    Args:
        design: open, so that part files can be measured.
        graph: its tasks.
        network: the labs.
        barred: pairs of task id and machine id that a lab has declined.
    """
    measurer = Measurer(design)
    runs: list[PlannedRun] = []
    reasons: dict[str, str] = {}
    findings: list[Finding] = []
    for task in graph.order():
        if task.kind is TaskKind.PURCHASE:
            runs.append(PlannedRun(task.id, task, 1, ()))
        else:
            answer = _runs_of(task, design, measurer, network, barred, findings)
            if isinstance(answer, str):
                reasons[task.id] = answer
            else:
                runs.extend(answer)
    everything = Workload(tuple(runs), (), (*measurer.findings, *findings))
    return everything.without(reasons, graph)


def _runs_of(
    task: Task,
    design: Design,
    measurer: Measurer,
    network: Network,
    barred: frozenset[tuple[str, str]],
    findings: list[Finding],
) -> list[PlannedRun] | str:
    """The runs of one task, or why it has none."""
    need = Need(_ASSEMBLY, measurer.need(task).shape) if task.kind is TaskKind.ASSEMBLE else measurer.need(task)
    able, refusals = _able(task, need.requirement, network, barred)
    if not able:
        return refusals
    program = _program(design, task, findings)
    safe = [(m, answer) for m, answer in able if program is not None and refusal(program, m) is None]
    if program is not None and not safe and (why := refusal(program, able[0][0])) is not None:
        findings.append(Finding("program-refused", Severity.WARNING, why, program.path, "give another toolpath"))
        program = None
    pieces = _pieces_per_run(task, need, [m for m, _ in able], program)
    runs = []
    for number, size in enumerate(_sizes(math.ceil(task.quantity), pieces, whole=program is not None), start=1):
        candidates = tuple(
            Candidate(machine, answer, _estimate(task, need, size, machine, program), program)
            for machine, answer in (safe if program is not None else able)
        )
        runs.append(PlannedRun(f"{task.id}-{number}", task, size, candidates))
    return runs


def _sizes(wanted: int, per_run: int, *, whole: bool) -> list[int]:
    """Pieces of each run; the last makes what is left, unless every run is `whole` because a program fixes it."""
    runs = math.ceil(wanted / per_run)
    last = per_run if whole else wanted - (runs - 1) * per_run
    return [per_run] * (runs - 1) + [last]


def _able(
    task: Task, need: Requirement, network: Network, barred: frozenset[tuple[str, str]]
) -> tuple[list[tuple[Machine, Match]], str]:
    """Machines that can (or, where none surely can, might), and the words for when there are none."""
    if need.process is None:
        return [], "the design does not say how it is made: answer its question"
    answers = [(machine, match(need, machine)) for machine in network.machines]
    open_ones = [(m, answer) for m, answer in answers if (task.id, m.id) not in barred]
    for verdict in (Verdict.YES, Verdict.UNKNOWN):
        able = [(m, answer) for m, answer in open_ones if answer.verdict is verdict]
        if able:
            return able, ""
    if len(open_ones) < len(answers) and any(answer.verdict is not Verdict.NO for _, answer in answers):
        return [], "every lab that could has declined"
    return [], _why_none(need, [answer for _, answer in answers])


def _why_none(need: Requirement, answers: list[Match]) -> str:
    """The nearest misses: machines that do the process come before those that do not."""
    near = [answer for answer in answers if answer.reasons[0].verdict is not Verdict.NO]
    if near or need.process is None:
        return "; ".join(answer.text for answer in near)
    return f"no machine of these labs does {processes()[need.process].label}"


def _program(design: Design, task: Task, findings: list[Finding]) -> PartProgram | None:
    try:
        return find_program(design, task)
    except InputError as error:
        findings.append(Finding("program-unreadable", Severity.WARNING, error.what, error.where, error.hint))
        return None


def _pieces_per_run(task: Task, need: Need, machines: list[Machine], program: PartProgram | None) -> int:
    """As many as the program makes, else as every candidate's plate holds and a night or half a day allows."""
    wanted = max(1, math.ceil(task.quantity))
    if program is not None:
        return program.pieces
    by_hand = any(machine.connection.driver is Driver.HANDS for machine in machines)
    one = _estimate(task, need, 1, machines[0], None).duration_s
    in_time = int((_LONGEST_HAND_WORK_S if by_hand else _LONGEST_RUN_S) // one)
    return max(1, min(wanted, in_time, wanted if by_hand else _room(need, machines, wanted)))


def _room(need: Need, machines: list[Machine], wanted: int) -> int:
    """How many stand on the smallest plate; all that are wanted where size or plate is unknown."""
    extents = need.requirement.extents_mm
    envelopes = [machine.envelope_mm for machine in machines if machine.envelope_mm is not None]
    if extents is None or not envelopes:
        return wanted
    return min(max(1, pieces_per_plate(extents, envelope, _SPACING_MM)) for envelope in envelopes)


def _estimate(task: Task, need: Need, pieces: int, machine: Machine, program: PartProgram | None) -> Estimate:
    if program is not None:
        return of_program(program.facts.duration_s, machine)
    process = "assembly" if task.kind is TaskKind.ASSEMBLE else task.process
    return estimate_run(process, need.shape, pieces, machine)
