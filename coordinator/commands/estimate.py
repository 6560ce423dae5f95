"""`fabcommons estimate`."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from coordinator.commands.output import print_json, say, warn
from coordinator.make.inspection import choose_machine
from core.errors import InputError
from core.hashes import sha256_of_file
from core.trees import materials, processes
from geometry.drawing import DrawingFacts
from geometry.fit import FitVerdict, fit, pieces_per_plate
from geometry.mesh import MeshFacts
from geometry.part import BODY_SUFFIXES, measure_part, read_body
from machines.calibration import UNCALIBRATED, Calibration, LoggedJob, calibrate
from machines.durations import Estimate, Shape, estimate_run
from machines.machine import Connection, Driver, Machine
from machines.matching.objections import objections, open_question
from machines.printing.compiled import is_compiled
from machines.printing.defaults import assumptions, print_profile
from machines.printing.estimate import PrintEstimate, estimate_print
from machines.printing.profile import PrintProfile

__all__ = ["VERSION", "estimate", "estimate_document", "read_jobs", "show"]

VERSION = "fabcommons-estimate/1"
_MOST_BYTES = 2**20
_SPACING_MM = 5.0
_HANDS = Connection(Driver.HANDS)
_SOLIDS = ("fdm", "additive", "milling", "machining")  # what makes a solid, the likeliest first
_SHEETS = ("laser_cutting", "sheet_cutting", "milling", "laser_engraving")


@dataclass(frozen=True, slots=True)
class _Answer:
    """An estimate with what it was made from.

    Attributes:
        run: with the operator's minutes.
        printed: of the moves alone; None for other processes.
        notes: what is odd about the file or had to be assumed, a clause each.
    """

    file: Path
    machine: Machine
    process: str
    material: str | None
    quality: str
    quantity: int
    run: Estimate
    printed: PrintEstimate | None
    notes: tuple[str, ...]


def show(
    file: Path, machine: str | None, labs: Path | None, material: str | None, quality: str, jobs: Path | None, *,
    quantity: int, thickness_mm: float | None, supports: bool, as_json: bool,
) -> None:  # fmt: skip
    """Print how long a part takes and what it uses.

    Raises:
        InputError: the file is no part, or machine, material or quality are not known.
    """
    answer = estimate(
        file, machine, labs, material, quality, jobs, quantity=quantity, thickness_mm=thickness_mm, supports=supports
    )
    if as_json:
        print_json(estimate_document(answer))
        return
    for line in _lines(answer):
        say(line)


def estimate(
    file: Path, machine: str | None, labs: Path | None, material: str | None, quality: str, jobs: Path | None, *,
    quantity: int, thickness_mm: float | None, supports: bool,
) -> _Answer:  # fmt: skip
    """The estimate of one run, as `show`."""
    if not file.is_file():
        raise InputError("there is no such file", where=str(file))
    facts = measure_part(file)
    flat = isinstance(facts, DrawingFacts)
    chosen = _plain(flat=flat) if machine is None else choose_machine(machine, labs)
    node = None if material is None else materials().require(material, where="--material").id
    process = _process(chosen, flat=flat)
    calibration = UNCALIBRATED if jobs is None else calibrate(read_jobs(jobs))
    notes: tuple[str, ...] = () if machine is not None else (f"no machine named: {chosen.name}",)
    shape, doubts = _shape(file, facts)
    printed = None
    if process == "fdm" and file.suffix.lower() in BODY_SUFFIXES:
        if not is_compiled():
            warn("fabcommons: the first estimate on this computer takes longer: its passes are compiled, once")
        profile = print_profile(chosen, node, quality, supports=supports)
        printed = _printed(file, profile, quantity)
        run = _of_print(printed, chosen, calibration)
        notes += tuple(f"assumed: {each}" for each in assumptions(chosen, node))
        if printed.overhang_mm2 > 0 and not supports:
            flatter = f"flatter than {profile.supports.threshold_deg:g} degrees"
            notes += (f"{printed.overhang_mm2:.0f} mm2 of overhang {flatter} and no supports",)
        if printed.inside_out:
            notes += ("the mesh is inside out: it was taken the other way round",)
    else:
        run = estimate_run(
            process, shape, quantity, chosen,
            material=node, thickness_mm=thickness_mm, quality=quality, calibration=calibration,
        )  # fmt: skip
    notes += (*objections(process, node, thickness_mm, chosen), *_size_doubts(facts, chosen), *doubts)
    if machine is not None and (asked := open_question(process, node, chosen)):
        notes += (asked,)
    if printed is not None:
        notes += _plate_doubts(facts.extents_mm, quantity, chosen) if isinstance(facts, MeshFacts) else ()
    return _Answer(file, chosen, process, node, quality, quantity, run, printed, notes)


def _printed(file: Path, profile: PrintProfile, pieces: int) -> PrintEstimate:
    try:
        return estimate_print(read_body(file), profile, pieces=pieces)
    except InputError as error:
        raise InputError(error.what, where=error.where or file.name, hint=error.hint) from error


def _of_print(printed: PrintEstimate, machine: Machine, calibration: Calibration) -> Estimate:
    low, high = calibration.interval_s(printed.duration_s, printed.high_s / printed.duration_s - 1)
    more = 60 * (machine.set_up_min + machine.take_off_min)
    learned = f"{calibration.jobs} runs of this machine" if calibration.jobs else "no run of this machine yet"
    total = calibration.duration_s(printed.duration_s)
    return Estimate(total + more, low + more, high + more, f"{printed.basis}; {learned}")


def _plain(*, flat: bool) -> Machine:
    if flat:
        return Machine("unnamed", "", "a CO2 laser of 60 W is taken", ("co2_laser_cutting",), _HANDS, power_w=60.0)
    return Machine("unnamed", "", "a printer with a 0.4 mm nozzle is taken", ("fdm",), _HANDS)


def _process(machine: Machine, *, flat: bool) -> str:
    """What of the machine's processes makes such a part."""
    tree = processes()
    for wanted in _SHEETS if flat else _SOLIDS:
        for each in machine.processes:
            if tree.is_a(each, wanted) or tree.is_a(wanted, each):
                return each if tree.is_a(each, wanted) else wanted
    kind = "a drawing" if flat else "a solid"
    does = ", ".join(tree[each].label for each in machine.processes)
    raise InputError(f"{machine.name} does not make {kind}", where=machine.id, hint=f"it does {does}")


def _shape(file: Path, facts: MeshFacts | DrawingFacts) -> tuple[Shape, tuple[str, ...]]:
    if isinstance(facts, DrawingFacts):
        size = (facts.width_mm, facts.height_mm, 0.0)
        note = (facts.unit_note,) if facts.unit_note else ()
        return Shape(size, cut_length_mm=facts.cut_length_mm, pierce_count=facts.pierce_count), (*note, *facts.doubts)
    notes = [] if facts.watertight else ["the mesh leaks: slice it and look before it is printed"]
    if facts.unit_suspicion:
        notes.append(f"the part measures {max(facts.extents_mm):g} mm: is it in {facts.unit_suspicion}?")
    has_body = file.suffix.lower() in BODY_SUFFIXES
    mesh = partial(read_body, file) if has_body else None
    return Shape(facts.extents_mm, facts.volume_mm3, facts.area_mm2, mesh=mesh), tuple(notes)


def _size_doubts(facts: MeshFacts | DrawingFacts, machine: Machine) -> tuple[str, ...]:
    """What the machine's envelope says against the part; a time is told all the same, for another machine's sake."""
    if machine.envelope_mm is None:
        return ()
    flat = isinstance(facts, DrawingFacts)
    extents = (facts.width_mm, facts.height_mm, 0.0) if isinstance(facts, DrawingFacts) else facts.extents_mm
    found = fit(extents, machine.envelope_mm, machine.margin_mm, flat=flat)
    if found.as_modelled:
        return ()
    if found.verdict is FitVerdict.YES:
        return (f"{machine.name} takes it only turned: it {found.reason}; the time is that of how it lies in the file",)
    return (f"it does not fit {machine.name} at right angles: {found.reason}",)


def _plate_doubts(extents_mm: tuple[float, float, float], quantity: int, machine: Machine) -> tuple[str, ...]:
    """That the pieces of one run do not stand on one plate side by side."""
    if machine.envelope_mm is None or quantity == 1:
        return ()
    x, y, z = (max(0.0, length - 2 * machine.margin_mm) for length in machine.envelope_mm)
    on_one = pieces_per_plate(extents_mm, (x, y, z), _SPACING_MM)
    if not 0 < on_one < quantity:
        return ()
    runs = math.ceil(quantity / on_one)
    return (f"about {on_one} stand on one plate of {machine.name}: {runs} runs, and each is heated and tended anew",)


def read_jobs(path: Path) -> list[LoggedJob]:
    """Jobs that a machine has run: a CSV file with the columns `estimated_s` and `real_s`.

    Raises:
        InputError: it is not one.
    """
    hint = "give a CSV file with the columns estimated_s and real_s"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"a log of jobs is at most {_MOST_BYTES} bytes long", where=str(path), hint=hint)
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("the log of jobs cannot be read", where=str(path), hint=hint) from error
    jobs = []
    try:
        for number, row in enumerate(csv.DictReader(lines), 2):
            try:
                jobs.append(LoggedJob(float(row["estimated_s"]), float(row["real_s"])))
            except (KeyError, TypeError, ValueError) as error:
                raise InputError("the line is no job", where=f"{path}:{number}", hint=hint) from error
    except csv.Error as error:
        raise InputError("the log of jobs is no CSV", where=str(path), hint=hint) from error
    return jobs


def estimate_document(answer: _Answer) -> dict[str, Any]:
    """The estimate in JSON values, as `docs/durations.md` describes them."""
    printed = answer.printed
    return {
        "version": VERSION,
        "file": answer.file.name,
        "sha256": sha256_of_file(answer.file),
        "machine": answer.machine.id,
        "process": answer.process,
        "material": answer.material,
        "quality": answer.quality if printed else None,
        "quantity": answer.quantity,
        "duration_s": round(answer.run.duration_s, 1),
        "low_s": round(answer.run.low_s, 1),
        "high_s": round(answer.run.high_s, 1),
        "basis": answer.run.basis,
        "notes": list(answer.notes),
        "print": None if printed is None else _print_document(printed),
    }


def _print_document(printed: PrintEstimate) -> dict[str, Any]:
    return {
        "moves_s": round(printed.duration_s, 1),
        "low_s": round(printed.low_s, 1),
        "high_s": round(printed.high_s, 1),
        "filament_mm": round(printed.filament_mm, 1),
        "filament_cm3": round(printed.volume_mm3 / 1000, 3),
        "filament_g": round(printed.mass_g, 2),
        "layers": printed.layers,
        "overhang_mm2": round(printed.overhang_mm2, 1),
        "role_s": {str(role): round(seconds, 1) for role, seconds in printed.role_s.items()},
    }


def _lines(answer: _Answer) -> Sequence[str]:
    run, printed = answer.run, answer.printed
    label = processes()[answer.process].label
    lines = [
        f"{answer.quantity} x {answer.file.name} by {label} on {answer.machine.name}",
        f"time {_clock(run.duration_s)}, nine times in ten {_clock(run.low_s)} to {_clock(run.high_s)} ({run.basis})",
    ]
    if printed is not None:
        used = f"{printed.mass_g:.1f} g, {printed.filament_mm / 1000:.2f} m, {printed.volume_mm3 / 1000:.1f} cm3"
        lines.append(f"filament {used}; {printed.layers} layers; moves alone {_clock(printed.duration_s)}")
    return [*lines, *(f"note: {each}" for each in answer.notes)]


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
