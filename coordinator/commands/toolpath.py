"""`fabcommons toolpath`: one part file to a machine's instructions."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coordinator.commands.output import print_json, say, write_json
from coordinator.plans.measuring import cache_folder
from coordinator.plans.programs import policy_for
from core.errors import InputError
from core.trees import materials, processes
from gcode.inspection import check
from gcode.program import parse_program
from geometry.drawing import DRAWING_SUFFIXES
from machines.machine import Machine
from machines.matching.objections import objections
from machines.network import read_network
from machines.printing.defaults import print_profile
from machines.toolpaths.cache import ToolpathCache
from machines.toolpaths.cut_lines import Action
from machines.toolpaths.expectation import ProfileExpectation
from machines.toolpaths.holds import Hold
from machines.toolpaths.laser import laser_bed, laser_sheets
from machines.toolpaths.laser_settings import LaserSettings, laser_settings
from machines.toolpaths.openscad import SCAD_SUFFIX, render_scad
from machines.toolpaths.part_mesh import PART_MESH_SUFFIXES, stl_bytes
from machines.toolpaths.slicers import find_slicer
from machines.toolpaths.slicing import WantedPart, slice_parts

__all__ = ["CutOptions", "PrintOptions", "Program", "make"]


@dataclass(frozen=True, slots=True)
class PrintOptions:
    """How a part is printed: names of `machines.printing.defaults`."""

    quality: str = "standard"
    supports: bool = False
    millimetres: bool = False  # a person says that the file's numbers are
    slicer: str | None = None  # of `machines.toolpaths.slicers`; None is the first that is installed


@dataclass(frozen=True, slots=True)
class CutOptions:
    """How a drawing is cut; None is the machine's or the table's.

    Attributes:
        thickness_mm: of the sheet.
        sheet: its size, as "600x400".
        layers: "NAME=cut", "NAME=engrave", "NAME=ignore".
        kerf_mm: width of the cut.
    """

    thickness_mm: float | None = None
    sheet: str | None = None
    layers: tuple[str, ...] = ()
    kerf_mm: float | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """One program, wherever it comes from."""

    gcode: bytes
    pieces: int
    duration_s: float
    filament_mm: float | None
    holds: tuple[Hold, ...]
    notes: tuple[str, ...]
    picture: bytes | None


def make(
    file: Path, labs: Path, machine_id: str, out: Path, *,
    material: str | None, pieces: int, printing: PrintOptions, cutting: CutOptions, as_json: bool,
) -> None:  # fmt: skip
    """Make the programs for pieces of one part, write them to a folder and say what they are.

    Raises:
        InputError: the file, the machine or an option cannot be used.
        MissingToolError: a program that this needs is not installed.
    """
    machine = read_network(labs).find(machine_id)
    if machine is None:
        raise InputError(f"there is no machine {machine_id!r}", where=str(labs), hint="--machine takes the id of one")
    if not file.is_file():
        raise InputError("there is no such file", where=str(file))
    flat = _is_drawing(file)
    _require(machine, "laser_cutting" if flat else "fdm")  # before any question that would then be in vain
    word = _material(material, machine)
    programs = _cut(file, machine, word, pieces, cutting) if flat else _printed(file, machine, word, pieces, printing)
    document = _document(file, machine, word, programs, _write(programs, file.stem, out))
    write_json(out / "toolpath.json", document)
    if as_json:
        print_json(document)
    else:
        _tell(document)


def _material(stated: str | None, machine: Machine) -> str:
    if stated is not None:
        return materials().require(stated, where="--material").id
    if len(machine.materials) == 1:
        return machine.materials[0]
    known = ", ".join(machine.materials) or "none stated"
    raise InputError(f"{machine.id} works several materials ({known})", hint="choose one with --material")


def _is_drawing(file: Path) -> bool:
    suffix = file.suffix.lower()
    if suffix not in PART_MESH_SUFFIXES | DRAWING_SUFFIXES | {SCAD_SUFFIX}:
        known = ", ".join(sorted(PART_MESH_SUFFIXES | DRAWING_SUFFIXES | {SCAD_SUFFIX}))
        raise InputError(
            f"nothing is made from files of the kind {file.suffix or 'without suffix'}", hint=f"{known} are"
        )
    return suffix in DRAWING_SUFFIXES


def _printed(file: Path, machine: Machine, material: str, pieces: int, options: PrintOptions) -> list[Program]:
    profile = print_profile(machine, material, options.quality, supports=options.supports)
    with tempfile.TemporaryDirectory(prefix="fabcommons-") as folder:
        notes: tuple[str, ...] = ()
        if file.suffix.lower() == SCAD_SUFFIX:
            rendered = render_scad(file)
            notes = rendered.warnings
            file = Path(folder, f"{_plain(file.stem)}.stl")
            file.write_bytes(stl_bytes(rendered.corners))
        plates = slice_parts(
            [WantedPart(file, pieces, options.millimetres)], profile.prusa_ini(), slicer=find_slicer(options.slicer),
            cache=ToolpathCache(cache_folder() / "toolpaths"), expectation=ProfileExpectation(profile),
        )  # fmt: skip
    programs = [
        Program(
            plate.gcode.read_bytes(), sum(plate.pieces.values()), plate.duration_s, plate.filament_mm, plate.holds,
            (plate.slicer, *notes), plate.picture.read_bytes() if plate.picture else None,
        )
        for plate in plates
    ]  # fmt: skip
    return [_checked(_worked(program, "fdm", material, None, machine), machine) for program in programs]


def _cut(file: Path, machine: Machine, material: str, pieces: int, options: CutOptions) -> list[Program]:
    if options.thickness_mm is None:
        raise InputError("how thick is the sheet?", hint="--thickness 3")
    bed = laser_bed(machine, _sheet(options.sheet))
    settings = _settings(machine, material, options.thickness_mm, options.kerf_mm)
    layers = dict(_layer(each) for each in options.layers)
    sheets = laser_sheets(file, pieces, bed, settings, layers=layers)
    programs = [
        Program(sheet.gcode, sheet.pieces, sheet.duration_s, None, sheet.holds, sheet.notes, None) for sheet in sheets
    ]
    return [_worked(each, "laser_cutting", material, options.thickness_mm, machine) for each in programs]


def _settings(machine: Machine, material: str, thickness_mm: float, kerf_mm: float | None) -> LaserSettings:
    if machine.power_w is None:
        raise InputError(f"{machine.id} states no power", hint="power_w: 40 in the labs file")
    if not any(processes().is_a(each, "co2_laser_cutting") for each in machine.processes):
        raise InputError(f"{machine.id} is no CO2 laser: no settings are known for other beams")
    found = laser_settings(material, thickness_mm, machine.power_w, max_feed_mm_min=machine.limits.feed_mm_min)
    if kerf_mm is None:
        return found
    try:
        return LaserSettings(found.cut, found.engrave, kerf_mm, found.basis)
    except ValueError as error:
        raise InputError(str(error), where="--kerf") from None


def _sheet(written: str | None) -> tuple[float, float] | None:
    if written is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", written.strip())
    if found is None or not (float(found[1]) > 0 and float(found[2]) > 0):
        raise InputError(f"{written!r} is no size of a sheet", where="--sheet", hint="write 600x400")
    return float(found[1]), float(found[2])


def _layer(written: str) -> tuple[str, Action]:
    name, _, action = written.rpartition("=")
    if not name or action not in set(Action):
        raise InputError(f"{written!r} maps no layer", where="--layer", hint="write NAME=cut, engrave or ignore")
    return name, Action(action)


def _require(machine: Machine, process: str) -> None:
    if not any(processes().is_a(each, process) for each in machine.processes):
        offered = ", ".join(processes()[each].label for each in machine.processes)
        raise InputError(
            f"{machine.id} does {offered}, this file needs {processes()[process].label}",
            hint="programs are made for filament printers and lasers; other machines take the operator's own G-code",
        )


def _worked(program: Program, process: str, material: str, thickness_mm: float | None, machine: Machine) -> Program:
    """The program; held where the machine does not work the material that somebody has named."""
    holds = tuple(Hold("not-worked", each) for each in objections(process, material, thickness_mm, machine))
    return replace(program, holds=(*program.holds, *holds))


def _checked(program: Program, machine: Machine) -> Program:
    """The program; held where the machine's limits forbid a line of it."""
    violations = check(parse_program(program.gcode, name="program.gcode"), policy_for(machine))
    if not violations:
        return program
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    hold = Hold("not-allowed", f"{machine.id} may not be sent it: {violations[0]}{more}")
    return Program(
        program.gcode, program.pieces, program.duration_s, program.filament_mm, (*program.holds, hold), program.notes,
        program.picture,
    )  # fmt: skip


def _write(programs: Sequence[Program], stem: str, out: Path) -> list[str]:
    """Write the programs and pictures; their names."""
    names = []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for number, program in enumerate(programs, start=1):
            name = _name(program, f"{_plain(stem)}-{number}" if len(programs) > 1 else _plain(stem))
            (out / name).write_bytes(program.gcode)
            if program.picture is not None:
                (out / name).with_suffix(".png").write_bytes(program.picture)
            names.append(name)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(out)) from None
    return names


def _name(program: Program, stem: str) -> str:
    """As `make` looks for programs beside a part; what is doubtful has a name that it does not find."""
    copies = f"_x{program.pieces}" if program.pieces > 1 else ""
    doubtful = any(hold.code != "operator" for hold in program.holds)
    return f"{'held-' if doubtful else ''}{stem}{copies}.gcode"


def _plain(stem: str) -> str:
    return re.sub(r"[^\w-]+", "_", stem)[:80] or "part"


def _document(file: Path, machine: Machine, material: str, programs: list[Program], names: list[str]) -> dict[str, Any]:
    return {
        "file": file.name,
        "machine": machine.id,
        "material": material,
        "programs": [
            {
                "gcode": name,
                "pieces": program.pieces,
                "duration_s": round(program.duration_s, 1),
                "filament_mm": program.filament_mm,
                "held": [{"code": hold.code, "reason": hold.reason} for hold in program.holds],
                "picture": name.removesuffix(".gcode") + ".png" if program.picture is not None else None,
                "notes": list(program.notes),
            }
            for name, program in zip(names, programs, strict=True)
        ],
    }


def _tell(document: dict[str, Any]) -> None:
    for program in document["programs"]:
        filament = f", {program['filament_mm'] / 1000:.2f} m of filament" if program["filament_mm"] is not None else ""
        say(f"{program['gcode']}: {_pieces(program['pieces'])}, {program['duration_s'] / 60:.1f} min{filament}")
        for hold in program["held"]:
            say(f"  waits for a person: {hold['reason']}")
        if program["picture"]:
            say(f"  see {program['picture']}")
        for note in program["notes"]:
            say(f"  {note}")


def _pieces(count: int) -> str:
    return f"{count} piece" if count == 1 else f"{count} pieces"
