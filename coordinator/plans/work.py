"""From tasks to lots: how many pieces one run makes, and which machines could make them.

A lot is a job to be: one machine, one plate, sheet or program. It has no machine yet. Once stored, a lot keeps its
number of pieces for good, whoever declines it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from types import MappingProxyType

from bom.graph import Task, TaskGraph, TaskKind
from coordinator.plans.needs import Measurer, Need
from coordinator.plans.programs import PartProgram, find_program, programs_of, refusal, vouching
from coordinator.plans.sizing import cut_into_runs, holds, pieces_per_run
from coordinator.plans.substitutes import NO_SUBSTITUTES, Substitute, Substitutes
from coordinator.plans.supplies import Supply, takes_of
from coordinator.plans.visiting import terms_of
from coordinator.plans.weighing import piece_kg
from core.errors import InputError
from core.provenance import Finding, Severity
from core.trees import processes
from designs.design import Design
from machines.calibration import UNCALIBRATED, Calibration
from machines.durations import Estimate, estimate_run, of_program
from machines.lab import Machine, Network
from machines.matching import Match, Reason, Requirement, Verdict, Visitor, match

__all__ = ["NOTHING_FIRM", "NOTHING_LEARNED", "Candidate", "Firm", "Lot", "Unplaceable", "Workload", "form_lots"]

NOTHING_LEARNED: Mapping[str, Calibration] = MappingProxyType({})
_ASSEMBLY = Requirement("assembly")
_UNKNOWN_AMOUNT = Reason("quantity", Verdict.UNKNOWN, "the bill does not say how many: one for each product is taken")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A machine that could make a lot.

    Attributes:
        match: why, and what is still to be asked.
        estimate: how long it takes there.
        program: the instructions it would follow; None when they are still missing or hands do the work.
        takes: how much material the lot takes there; None where nothing is shaped or it is not known.
        substitute: what its lab was allowed to use instead, and uses; or None.
    """

    machine: Machine
    match: Match
    estimate: Estimate
    program: PartProgram | None
    takes: Supply | None = None
    substitute: Substitute | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """Pieces of one task that one run makes; a purchase is a lot without candidates.

    Attributes:
        id: unique in its build: the task's id and a number.
        pieces: how many it makes; of what is not counted in pieces the whole amount is one.
        candidates: machines that could make it; empty for a purchase and for what already stands.
        piece_kg: what one piece of it weighs by its own geometry, or in words why that is not known.
    """

    id: str
    task: Task
    pieces: int
    candidates: tuple[Candidate, ...] = ()
    piece_kg: float | str = "it is not measured"


@dataclass(frozen=True, slots=True)
class Firm:
    """What already stands in a build, and constrains what is planned anew.

    Attributes:
        sizes: by task id, the lots that it was cut into: id and pieces.
        placed: finished and running lots and ordered purchases by id, with machine (or None), start and end in UTC.
        machines: accepted lots by id, and the machine that accepted; they stay there, their times may move.
        barred: pairs of lot id and machine id: declined, or failed too often.
        missing: by task id, how many pieces the lots that it was cut into do not make, where more are wanted now.
        first_articles: by task id and lab, where the rest of a batch waits until its first run is checked: the lot
            that is the first, or None where it may be any.
        first_alone: ids of tasks whose first lot, where it is not cut yet, is one piece.
    """

    sizes: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    placed: Mapping[str, tuple[str | None, datetime, datetime]] = field(default_factory=dict)
    machines: Mapping[str, str] = field(default_factory=dict)
    barred: frozenset[tuple[str, str]] = frozenset()
    missing: Mapping[str, int] = field(default_factory=dict)
    first_articles: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    first_alone: frozenset[str] = frozenset()


NOTHING_FIRM = Firm()


@dataclass(frozen=True, slots=True)
class Unplaceable:
    """A task that cannot be planned, or not all of it, and why."""

    task: Task
    reason: str


@dataclass(frozen=True, slots=True)
class Workload:
    """All lots of a build, and what cannot be placed.

    Attributes:
        lots: to be planned.
        left: lots that no machine takes; their tasks are unplaceable.
        unplaceable: tasks, those that wait for another included.
        findings: what was odd about files.
    """

    lots: tuple[Lot, ...]
    left: tuple[Lot, ...] = ()
    unplaceable: tuple[Unplaceable, ...] = ()
    findings: tuple[Finding, ...] = ()

    def without(self, lost: Mapping[str, str], graph: TaskGraph) -> Workload:
        """The same without some lots, and without what waits for them.

        Args:
            lost: reasons by lot id.
            graph: which task waits for which.
        """
        left = tuple(lot for lot in self.lots if lot.id in lost)
        reasons = {each.task.id: each.reason for each in self.unplaceable} | {lot.task.id: lost[lot.id] for lot in left}
        waiting = _waiting(reasons, graph)
        lots = tuple(lot for lot in self.lots if lot.id not in lost and lot.task.id not in waiting)
        told = tuple(Unplaceable(graph.task(each), why) for each, why in (reasons | waiting).items())
        return replace(self, lots=lots, left=(*self.left, *left), unplaceable=told)


def form_lots(
    design: Design,
    graph: TaskGraph,
    network: Network,
    firm: Firm = NOTHING_FIRM,
    learned: Mapping[str, Calibration] = NOTHING_LEARNED,
    visitor: Visitor | None = None,
    substitutes: Substitutes = NO_SUBSTITUTES,
) -> Workload:
    """Cut the tasks of a build into lots and find the machines for each.

    Args:
        design: open, so that part files can be measured.
        graph: its tasks.
        network: the labs.
        firm: what already stands.
        learned: what machines' own runs taught, by machine id.
        visitor: who runs the machines; None when the labs' own people do.
        substitutes: what labs may use instead.
    """
    former = _Former(design, network, firm, learned, visitor, substitutes)
    former.survey(graph)
    for task in graph.order():
        former.add(task)
    waiting = _waiting(former.reasons, graph)
    lots = tuple(lot for lot in former.lots if lot.task.id not in waiting or lot.id in firm.placed)
    told = tuple(Unplaceable(graph.task(each), why) for each, why in (former.reasons | waiting).items())
    return Workload(lots, tuple(former.left), told, tuple(former.findings))


def _waiting(reasons: Mapping[str, str], graph: TaskGraph) -> dict[str, str]:
    """Tasks that wait for an unplaceable one, and for which."""
    waiting: dict[str, str] = {}
    for task in graph.order():
        ahead = next((each for each in graph.before(task.id) if each.id in reasons or each.id in waiting), None)
        if ahead is not None and task.id not in reasons:
            waiting[task.id] = f"waits for {ahead.name!r}"
    return waiting


class _Former:
    """Gathers lots, and reasons why there are none, task by task."""

    def __init__(
        self, design: Design, network: Network, firm: Firm, learned: Mapping[str, Calibration], visitor: Visitor | None,
        substitutes: Substitutes,
    ) -> None:  # fmt: skip
        self._substitutes = substitutes
        self._admitted: dict[tuple[str, str], tuple[Substitute, Need]] = {}  # by task and machine
        self._learned = learned
        self._terms = terms_of(network, visitor)
        self._design = design
        self._network = network
        self._firm = firm
        self._measurer = Measurer(design)
        self._findings: list[Finding] = []
        self.lots: list[Lot] = []
        self.left: list[Lot] = []
        self.reasons: dict[str, str] = {}

    @property
    def findings(self) -> list[Finding]:
        return [*self._measurer.findings, *self._findings]

    def survey(self, graph: TaskGraph) -> None:
        """Measure all part files together."""
        self._measurer.survey(task for task in graph.order() if task.kind is not TaskKind.PURCHASE)

    def add(self, task: Task) -> None:
        if task.kind is TaskKind.PURCHASE:
            self.lots.append(Lot(task.id, task, 1))
            return
        need = self._need(task)
        machines = self._network.machines if need.requirement.process is not None else ()
        answers = [(machine, self._match(task, need, machine)) for machine in machines]
        stored = self._firm.sizes.get(task.id, ())
        wanted = self._wanted(task)
        programs = self._programs(task, answers, stored, wanted)
        weighs = piece_kg(task, need.shape)
        best = max((pieces for pieces in programs if pieces <= wanted), default=None)
        for lot_id, pieces in (*stored, *self._new_lots(task, need, _able(answers), wanted, best)):
            self._place(Lot(lot_id, task, pieces, piece_kg=weighs), need, answers, programs.get(pieces))
        uncut = task.id not in self._firm.sizes or self._firm.missing.get(task.id, 0) > 0
        if uncut and not _able(answers):
            self.reasons[task.id] = _why_none(need.requirement, [answer for _, answer in answers])

    def _place(self, lot: Lot, need: Need, answers: list[tuple[Machine, Match]], program: PartProgram | None) -> None:
        if lot.id in self._firm.placed:
            self.lots.append(lot)
            return
        candidates = tuple(self._candidates(lot, need, answers, program))
        if candidates:
            self.lots.append(replace(lot, candidates=candidates))
            return
        self.left.append(lot)
        barred = any(lot.id == each for each, _ in self._firm.barred)
        why_none = _why_none(need.requirement, [answer for _, answer in answers])
        self.reasons[lot.task.id] = "every lab that could has declined or failed" if barred else why_none

    def _candidates(
        self, lot: Lot, need: Need, answers: list[tuple[Machine, Match]], program: PartProgram | None
    ) -> list[Candidate]:
        kept = self._firm.machines.get(lot.id)
        if kept is not None:
            chosen = [(machine, answer) for machine, answer in answers if machine.id == kept]
        else:
            barred = {machine for lot_id, machine in self._firm.barred if lot_id == lot.id}
            chosen = _able([each for each in answers if each[0].id not in barred])
            if program is None:
                chosen = [each for each in chosen if holds(need, each[0], lot.pieces)]
            elif safe := [each for each in chosen if refusal(program, each[0]) is None]:
                chosen = safe
        found = []
        for machine, answer in chosen:
            substitute, needed = self._admitted.get((lot.task.id, machine.id), (None, need))
            fits = substitute is None or not substitute.needs_program
            usable = program if program is not None and fits and refusal(program, machine) is None else None
            taught = self._learned.get(machine.id, UNCALIBRATED)
            task = lot.task if substitute is None else substitute.of(lot.task)
            task = replace(task, material=answer.instead) if answer.instead is not None else task
            estimate = _estimate(task, needed, lot.pieces, machine, usable, taught)
            takes = takes_of(
                needed.requirement, lot.pieces, machine, self._network.lab(machine.lab), answer, estimate,
                usable.facts.filament_mm if usable is not None else None,
            )  # fmt: skip
            found.append(Candidate(machine, answer, estimate, usable, takes, substitute))
        return found

    def _need(self, task: Task) -> Need:
        need = self._measurer.need(task)
        return Need(_ASSEMBLY, need.shape) if task.kind is TaskKind.ASSEMBLE else need

    def _match(self, task: Task, need: Need, machine: Machine) -> Match:
        answer = self._substituted(task, machine) or match(need.requirement, machine, self._terms[machine.lab])
        return answer if task.quantity_known else replace(answer, reasons=(*answer.reasons, _UNKNOWN_AMOUNT))

    def _substituted(self, task: Task, machine: Machine) -> Match | None:
        """The answer with what the machine's lab may use instead; None where it may not, or could not then either."""
        substitute = self._substitutes.get((task.id, machine.lab))
        if substitute is None:
            return None
        need = self._need(substitute.of(task))
        answer = match(need.requirement, machine, self._terms[machine.lab])
        if answer.verdict is Verdict.NO:
            return None
        self._admitted[task.id, machine.id] = substitute, need
        return substitute.told(answer, task)

    def _wanted(self, task: Task) -> int:
        """How many pieces no lot makes yet."""
        if task.id in self._firm.sizes:
            return self._firm.missing.get(task.id, 0)
        return max(1, math.ceil(task.quantity)) if task.unit == "piece" else 1

    def _programs(
        self, task: Task, answers: list[tuple[Machine, Match]], stored: Sequence[tuple[str, int]], wanted: int
    ) -> dict[int, PartProgram]:
        """What came with the part and some machine that can make the part may run, by the number of pieces made.

        Of what is still to be cut into lots only the one that makes most, without making too many, is looked at.
        """
        brought = {pieces for pieces, _ in programs_of(self._design, task)}
        sizes = {pieces for _, pieces in stored} & brought
        sizes |= {max((each for each in brought if each <= wanted), default=0)} - {0}
        found = {pieces: self._program(task, answers, pieces) for pieces in sorted(sizes)}
        return {pieces: program for pieces, program in found.items() if program is not None}

    def _program(self, task: Task, answers: list[tuple[Machine, Match]], pieces: int) -> PartProgram | None:
        able = _able(answers)
        try:
            program = find_program(self._design, task, pieces)
        except InputError as error:
            self._findings.append(Finding("program-unreadable", Severity.WARNING, error.what, error.where, error.hint))
            return None
        if program is None or not able:
            return None
        refusals = [refusal(program, machine) for machine, _ in able]
        if None in refusals:
            safe = [machine for (machine, _), refused in zip(able, refusals, strict=True) if refused is None]
            self._findings += [finding for machine in safe if (finding := vouching(program, machine)) is not None]
            return program
        fix = "give another toolpath"
        self._findings.append(Finding("program-refused", Severity.WARNING, str(refusals[0]), program.path, fix))
        return None

    def _new_lots(
        self, task: Task, need: Need, able: list[tuple[Machine, Match]], wanted: int, by_program: int | None
    ) -> Iterator[tuple[str, int]]:
        """Id and pieces of lots for what is wanted: all that a program makes, where there is one."""
        if not able or wanted <= 0:
            return
        taken = {lot_id for lot_id, _ in self._firm.sizes.get(task.id, ())}
        free = (lot_id for n in count(1) if (lot_id := f"{task.id}-{n}") not in taken)
        alone = task.id in self._firm.first_alone and not taken and by_program is None
        machines = [machine for machine, _ in able]
        one_s = _estimate(task, need, 1, machines[0], None).duration_s
        per_run = by_program or pieces_per_run(need, machines, wanted, one_s)
        yield from zip(free, cut_into_runs(wanted, per_run, whole=by_program is not None, alone=alone), strict=False)


def _able(answers: list[tuple[Machine, Match]]) -> list[tuple[Machine, Match]]:
    """Machines that surely can or, where none can, might."""
    for verdict in (Verdict.YES, Verdict.UNKNOWN):
        able = [(m, a) for m, a in answers if _certainty(a) is verdict and a.reasons[0].verdict is not Verdict.NO]
        if able:
            return able
    return []


def _certainty(answer: Match) -> Verdict:
    """The verdict on machine and part, whatever is known of the amount."""
    return replace(answer, reasons=tuple(each for each in answer.reasons if each is not _UNKNOWN_AMOUNT)).verdict


def _why_none(need: Requirement, answers: list[Match]) -> str:
    """The nearest misses: machines that do the process come before those that do not."""
    if need.process is None:
        return "the design does not say how it is made: answer its question"
    near = [answer for answer in answers if answer.reasons[0].verdict is not Verdict.NO]
    if near:
        return "; ".join(answer.text for answer in near)
    return f"no machine of these labs does {processes()[need.process].label}"


def _estimate(
    task: Task, need: Need, pieces: int, machine: Machine, program: PartProgram | None,
    taught: Calibration = UNCALIBRATED,
) -> Estimate:  # fmt: skip
    if program is not None:
        timed = of_program(program.facts.duration_s, machine, taught)
        unknown = program.facts.unfollowed_count
        return replace(timed, basis=f"{timed.basis}; {unknown} lines not understood") if unknown else timed
    process = "assembly" if task.kind is TaskKind.ASSEMBLE else task.process
    return estimate_run(
        process, need.shape, pieces, machine,
        material=task.material, thickness_mm=task.thickness_mm, settings=task.settings, calibration=taught,
    )  # fmt: skip
