"""Toolpaths for what a plan puts on filament printers without G-code: sliced for the machine that was chosen.

A slice that is doubtful is not used: the job waits for a toolpath, and a finding says why.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final, Protocol, TypeAlias

from bom.graph import TaskKind
from coordinator.computing import Computer, StoppedError
from coordinator.plans.planning import BuildPlan
from coordinator.plans.programs import PartProgram, refusal, runs_prints
from coordinator.plans.slicing import MOST_SENT_BYTES, SliceOrder, plates_of, slice_sent
from coordinator.plans.work import Lot
from core.errors import FabcommonsError, InputError, MissingToolError
from core.hashes import sha256_of_bytes
from core.part_settings import NO_SETTINGS, PartSettings, not_honoured
from core.provenance import Finding, Severity
from core.trees import materials, processes
from designs.design import Design
from gcode.inspection import measure
from gcode.program import read_bytes, read_program
from machines.machine import Machine
from machines.toolpaths.cache import ToolpathCache, cache_key
from machines.toolpaths.part_mesh import PART_MESH_SUFFIXES
from machines.toolpaths.slicer import Slicer
from machines.toolpaths.slicers import find_slicer

__all__ = ["TOOLPATH_CODES", "with_toolpaths"]

TOOLPATH_CODES = frozenset({"no-slicer", "slice-refused", "slice-held"})

_MOST_AT_ONCE = 4  # slicers beside each other
_LIMIT_S: Final = 1800.0  # of one plate elsewhere, the wait for a worker included
_GCODE: Final = "plate.gcode"


_Key: TypeAlias = tuple[str, int, str, str | None, PartSettings]


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be sliced; alike lots share one answer.

    Attributes:
        path: in the design.
        location: on this computer.
        pieces: on the plate.
        machine: that prints it.
        material: id of the material tree, text, or None.
        settings: what is asked of how it is printed.
    """

    path: str
    location: Path
    pieces: int
    machine: Machine
    material: str | None
    settings: PartSettings = NO_SETTINGS

    @property
    def key(self) -> _Key:
        """Alike wishes have the same."""
        return self.path, self.pieces, self.machine.id, self.material, self.settings


_Answers: TypeAlias = Mapping["_Key", PartProgram | Finding]


def with_toolpaths(
    plan: BuildPlan, design: Design, cache: ToolpathCache, computer: Computer | None = None
) -> BuildPlan:
    """The plan with a program for each run that a filament printer makes and that had none, where one can be had.

    Takes as long as slicing takes; what was sliced before comes from the cache. Times stay as planned.

    Args:
        plan: which machine makes what.
        design: open, so that part files can be read.
        cache: where plates are kept.
        computer: slices where its workers are on other computers; else, and without one, this computer does.
    """
    wishes = {lot.id: wish for lot in plan.workload.lots if (wish := _wish(plan, lot, design)) is not None}
    if not wishes:
        return plan
    try:
        way = _There(computer, cache) if computer is not None and computer.far else _Here(find_slicer(), cache)
    except MissingToolError as error:
        return _answered(plan, plan.workload.lots, [Finding("no-slicer", Severity.NOTE, error.what, fix=error.hint)])
    answers = _sliced(wishes.values(), way)
    lots = [_with_program(lot, wishes[lot.id], answers) if lot.id in wishes else lot for lot in plan.workload.lots]
    return _answered(plan, lots, [answer for answer in answers.values() if isinstance(answer, Finding)])


def _wish(plan: BuildPlan, lot: Lot, design: Design) -> _Wish | None:
    """What is missing for a lot, or None: it has a program, is firm, or is no print of a part file that is there."""
    candidate, task = plan.candidate(lot), lot.task
    if candidate is None or candidate.program is not None or task.kind is not TaskKind.FABRICATE or not task.file:
        return None
    if candidate.substitute is not None:
        task = candidate.substitute.of(task)
    if not runs_prints(candidate.machine) or not _is_print(task.process):
        return None
    file = design.file(lot.task.file or "")
    if file is None or not file.present or file.suffix not in PART_MESH_SUFFIXES:
        return None
    material = candidate.match.instead or task.material
    return _Wish(file.path, design.locate(file.path), lot.pieces, candidate.machine, material, task.settings)


def _is_print(process: str | None) -> bool:
    return process is not None and process in processes() and processes().is_a("fdm", process)


@dataclass(frozen=True, slots=True)
class _Plate:
    """What slicing gave: how many plates, the G-code where it is one, and why that waits for a person."""

    count: int
    gcode: Path
    holds: tuple[str, ...]


class _Way(Protocol):
    """How plates are sliced."""

    def __call__(self, wish: _Wish, material: str) -> _Plate: ...


@dataclass(frozen=True, slots=True)
class _Here:
    """By this computer."""

    slicer: Slicer
    cache: ToolpathCache

    def __call__(self, wish: _Wish, material: str) -> _Plate:
        plates = plates_of(
            wish.location, wish.pieces, wish.machine, material, wish.settings, self.slicer, self.cache
        )  # fmt: skip
        return _Plate(len(plates), plates[0].gcode, tuple(each.reason for each in plates[0].holds))


@dataclass(frozen=True, slots=True)
class _There:
    """By workers on other computers, to which the part file is sent; what they made is kept here by its hash."""

    computer: Computer
    cache: ToolpathCache

    def __call__(self, wish: _Wish, material: str) -> _Plate:
        data = read_bytes(wish.location, max_bytes=MOST_SENT_BYTES)
        name = f"part{PurePosixPath(wish.path).suffix.lower()}"
        order = SliceOrder(name, sha256_of_bytes(data), data, wish.pieces, wish.machine, material, wish.settings)
        made = self.computer.run(_LIMIT_S, slice_sent, order)
        if made.plates != 1:
            return _Plate(made.plates, wish.location, ())
        if sha256_of_bytes(made.gcode) != made.sha256:
            raise InputError("the G-code that came is not what its hash says", where=wish.path, hint="plan again")
        kept = self.cache.put(cache_key("made elsewhere", made.sha256), {}, {_GCODE: made.gcode})
        return _Plate(1, kept.files[_GCODE], made.holds)


def _sliced(wishes: Iterable[_Wish], way: _Way) -> _Answers:
    unlike = {wish.key: wish for wish in wishes}
    with ThreadPoolExecutor(min(_MOST_AT_ONCE, os.cpu_count() or 1)) as pool:
        return dict(zip(unlike, pool.map(lambda wish: _answer(wish, way), unlike.values()), strict=True))


def _answer(wish: _Wish, way: _Way) -> PartProgram | Finding:
    """The program, or why there is none."""
    material = materials().find(wish.material) if wish.material else None
    if material is None:
        what = "no toolpath, because the design names no material that is known"
        return Finding("slice-refused", Severity.NOTE, what, wish.path, "name the material in the bill")
    try:
        plate = way(wish, material.id)
        if plate.count != 1:
            what = f"{wish.pieces} pieces need {plate.count} plates of {wish.machine.id}"
            return Finding("slice-refused", Severity.WARNING, what, wish.path, "slice them by hand")
        name = f"{PurePosixPath(wish.path).stem}_x{wish.pieces}.gcode"
        program = read_program(plate.gcode)
        made = PartProgram(name, plate.gcode, wish.pieces, program, measure(program))
    except StoppedError:  # nothing is wrong with it: the process ends
        raise
    except (FabcommonsError, OSError) as error:
        return Finding("slice-refused", Severity.WARNING, f"no toolpath for {wish.machine.id}: {error}", wish.path)
    reasons = [*plate.holds, *not_honoured(wish.settings, "fdm", by_slicer=True)]
    if (refused := refusal(made, wish.machine)) is not None:
        reasons.append(refused)
    if not reasons:
        return made
    what = f"the slice for {wish.machine.id} waits for a person: {'; '.join(reasons)}"
    return Finding("slice-held", Severity.WARNING, what, wish.path, "look at the part, then give its G-code")


def _with_program(lot: Lot, wish: _Wish, answers: _Answers) -> Lot:
    program = answers[wish.key]
    if isinstance(program, Finding):
        return lot
    given = (replace(each, program=program) if each.machine.id == wish.machine.id else each for each in lot.candidates)
    return replace(lot, candidates=tuple(given))


def _answered(plan: BuildPlan, lots: Sequence[Lot], findings: Sequence[Finding]) -> BuildPlan:
    workload = replace(plan.workload, lots=tuple(lots), findings=(*plan.workload.findings, *findings))
    return replace(plan, workload=workload)
