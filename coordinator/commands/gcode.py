"""`fabcommons gcode inspect`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from rich.text import Text

from coordinator.commands.output import console, print_json, warn
from coordinator.make.inspection import MachineVerdict, choose_machine, inspect_for
from gcode.extent import Bounds
from gcode.inspection import Inspection

__all__ = ["inspect", "inspection_document"]

VERSION = "fabcommons-gcode/1"
_SHOWN = 10  # violations and lines in the text
_MANY_LINES = 100_000
_LONG_S = 1e10


def inspect(file: Path, machine: str | None, labs: Path | None, dialect: str | None, *, as_json: bool) -> None:
    """Print what a program does, how long it takes, and whether a machine may be sent it.

    Raises:
        InputError: the file is no program, or the machine is not known.
    """
    chosen = None if machine is None else choose_machine(machine, labs)
    inspection, verdict = inspect_for(file, chosen, dialect)
    if not inspection.compiled and inspection.facts.line_count > _MANY_LINES:
        warn("fabcommons: read without compiled passes, which is slow (numba is missing, or has yet to compile them)")
    if as_json:
        print_json(inspection_document(file, inspection, verdict))
        return
    for line in _lines(file, inspection, verdict):
        console.print(Text(line), soft_wrap=True)


def inspection_document(file: Path, inspection: Inspection, verdict: MachineVerdict | None) -> dict[str, Any]:
    """The inspection in JSON values, as `docs/gcode.md` describes them."""
    facts, notes = inspection.facts, inspection.notes
    return {
        "version": VERSION,
        "file": file.name,
        "sha256": facts.sha256,
        "kind": str(facts.kind),
        "dialect": {"name": inspection.dialect.name, "reason": inspection.dialect.reason},
        "slicer": notes.slicer,
        "thumbnails": list(notes.thumbnails),
        "commands": facts.line_count,
        "units": "inch" if facts.inches else "mm",
        "time": _time(inspection),
        "bounds_mm": _box(facts.bounds_mm),
        "work_bounds_mm": _box(facts.work_bounds_mm),
        "filament": _filament(inspection),
        "temperatures_c": {
            "hotend_max": facts.max_hotend_c,
            "bed_max": facts.max_bed_c,
            "hotend_first_layer": facts.first_layer_hotend_c,
            "bed_first_layer": facts.first_layer_bed_c,
        },
        "layers": _layers(inspection),
        "lengths_mm": {"work": round(facts.work_length_mm, 3), "travel": round(facts.travel_length_mm, 3)},
        "max_feed_mm_min": {"work": facts.max_work_feed_mm_min, "travel": facts.max_travel_feed_mm_min},
        "power": {"used": facts.uses_spindle, "max": facts.max_power},
        "max_fan": facts.max_fan,
        "tools": list(facts.tools),
        "tool_changes": facts.tool_changes,
        "homings": facts.homings,
        "not_understood": {
            "count": facts.unfollowed_count,
            "lines": [{"line": each.line, "text": each.text, "reason": each.reason} for each in facts.unfollowed],
        },
        "machine": None if verdict is None else _verdict(verdict),
        "compiled": inspection.compiled,
    }


def _time(inspection: Inspection) -> dict[str, Any]:
    facts, heating, stated = inspection.facts, inspection.heating, inspection.notes.duration_s
    return {
        "motion_s": round(facts.duration_s, 3),
        "heating_s": round(facts.heating_s, 1),
        "total_s": round(inspection.total_s, 3),
        "stated_s": stated,
        "difference": None if not stated else round(facts.duration_s / stated - 1, 5),
        "limits_basis": inspection.limits_basis,
        "heating_basis": {
            "hotend_c_s": heating.hotend_c_s,
            "bed_c_s": heating.bed_c_s,
            "ambient_c": heating.ambient_c,
            "basis": "assumed",
        },
    }


def _box(bounds: Bounds | None) -> dict[str, list[float]] | None:
    if bounds is None:
        return None
    return {"min": [round(side, 4) for side in bounds.minimum], "max": [round(side, 4) for side in bounds.maximum]}


def _filament(inspection: Inspection) -> dict[str, Any]:
    facts, notes, mass_g = inspection.facts, inspection.notes, inspection.filament_g
    return {
        "mm": round(facts.filament_mm, 3),
        "by_tool_mm": {str(tool): round(length, 3) for tool, length in facts.filament_by_tool_mm},
        "g": None if mass_g is None else round(mass_g, 3),
        "density_g_cm3": notes.density_g_cm3,
        "diameter_mm": notes.diameter_mm,
        "material": notes.material,
        "stated_mm": notes.filament_mm,
        "stated_g": notes.filament_g,
    }


def _layers(inspection: Inspection) -> dict[str, Any]:
    heights = inspection.facts.layer_heights_mm
    steps = sorted(round(after - before, 3) for before, after in pairwise(heights))
    return {
        "count": len(heights),
        "first_mm": round(heights[0], 3) if heights else None,
        "height_mm": steps[len(steps) // 2] if steps else None,
        "top_mm": round(heights[-1], 3) if heights else None,
        "stated_count": inspection.notes.layer_count,
    }


def _verdict(verdict: MachineVerdict) -> dict[str, Any]:
    found = verdict.violations
    return {
        "id": verdict.machine.id,
        "name": verdict.machine.name,
        "fits": verdict.fits,
        "reason": verdict.reason or None,
        "safe": None if found is None else not found,
        "violations": None
        if found is None
        else [
            {
                "line": each.line,
                "command": each.command,
                "reason": each.reason,
                "rule": str(each.rule),
                "lifted_by": str(each.lifted_by),
            }
            for each in found
        ],
    }


def _lines(file: Path, inspection: Inspection, verdict: MachineVerdict | None) -> Iterator[str]:
    """The inspection in words."""
    facts, notes, dialect = inspection.facts, inspection.notes, inspection.dialect
    by = f", by {notes.slicer}" if notes.slicer else ""
    yield f"{file.name}: {facts.kind}, {facts.line_count:,} commands{by}"
    yield f"  dialect      {dialect.name or 'unknown'}: {dialect.reason}"
    yield from _time_lines(inspection)
    for name, bounds in (("all moves", facts.bounds_mm), ("work", facts.work_bounds_mm)):
        if bounds is not None:
            sides = zip("XYZ", bounds.minimum, bounds.maximum, strict=True)
            yield f"  {name:<12} " + ", ".join(f"{axis} {low:.2f} to {high:.2f}" for axis, low, high in sides) + " mm"
    yield from _material_lines(inspection)
    if facts.uses_spindle:
        yield (
            f"  power        S up to {facts.max_power:g}" if facts.max_power is not None else "  power        never on"
        )
    yield f"  feeds        work {facts.max_work_feed_mm_min:g}, travel {facts.max_travel_feed_mm_min:g} mm/min at most"
    for each in facts.unfollowed[:_SHOWN]:
        yield f"  line {each.line}: not understood, left out of time and bounds: {each.text} ({each.reason})"
    if facts.unfollowed_count > _SHOWN:
        yield f"  {facts.unfollowed_count - _SHOWN} more lines are not understood"
    if verdict is not None:
        yield from _verdict_lines(verdict)


def _time_lines(inspection: Inspection) -> Iterator[str]:
    facts, stated = inspection.facts, inspection.notes.duration_s
    claim = ""
    if stated:
        claim = f" (its slicer says {_clock(stated)}, {facts.duration_s / stated - 1:+.1%})"
    yield f"  motion       {_clock(facts.duration_s)}{claim}; limits: {inspection.limits_basis}"
    if facts.heating_s:
        yield f"  heating      {_clock(facts.heating_s)}, by assumed heaters"
    if facts.homings or facts.tool_changes:
        yield f"  not counted  probing and tool changes: {facts.homings} homings, {facts.tool_changes} tool changes"


def _material_lines(inspection: Inspection) -> Iterator[str]:
    facts, mass_g = inspection.facts, inspection.filament_g
    if not facts.filament_by_tool_mm:
        return
    mass = "mass unknown (no density stated)" if mass_g is None else f"{mass_g:.1f} g"
    yield f"  filament     {facts.filament_mm / 1000:.2f} m, {mass}"
    heights = facts.layer_heights_mm
    if heights:
        yield f"  layers       {len(heights)}, the first at {heights[0]:.2f} mm, the last at {heights[-1]:.2f} mm"
    hotend, bed = facts.max_hotend_c, facts.max_bed_c
    yield f"  heat         hotend {_degrees(hotend)}, bed {_degrees(bed)} at most"


def _verdict_lines(verdict: MachineVerdict) -> Iterator[str]:
    words = {True: "fits", False: "does not fit", None: "unknown whether it fits"}
    yield f"  {verdict.machine.name}: {words[verdict.fits]}{': ' if verdict.reason else ''}{verdict.reason}"
    if verdict.violations is None:
        yield "  no check of its commands: what firmware the machine has is not known"
        return
    for each in verdict.violations[:_SHOWN]:
        yield f"  not to be sent: {each}"
    if len(verdict.violations) > _SHOWN:
        yield f"  and {len(verdict.violations) - _SHOWN} more"


def _clock(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds))) if seconds < _LONG_S else f"{seconds:.3g} s"


def _degrees(value: float | None) -> str:
    return "none" if value is None else f"{value:g} C"
