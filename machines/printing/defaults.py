"""Print profiles from what is known of a machine, a material and a wanted quality.

What a machine does not state is taken from the tables below: middle values of common printers with one 0.4 mm nozzle
and a moving bed. `assumptions` names what was so assumed. Nothing is read from a stranger's profile.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.errors import InputError
from core.part_settings import NO_SETTINGS, PartSettings
from core.trees import materials
from machines.machine import Machine, Motion
from machines.printing.profile import (
    Accelerations,
    Adhesion,
    Axes,
    Cooling,
    Filament,
    InfillPattern,
    PrintProfile,
    Retraction,
    Speeds,
    Supports,
    Widths,
)

__all__ = ["QUALITIES", "Quality", "assumptions", "print_profile"]


@dataclass(frozen=True, slots=True)
class Quality:
    """How fine a print is.

    Attributes:
        layer_share: layer height by nozzle diameter.
        speed_share: of the speeds below.
        infill_density: share of the inside.
        shell_share: thickness of top and bottom by nozzle diameter.
        walls: lines around each contour.
        pattern: of the infill.
    """

    layer_share: float
    speed_share: float
    infill_density: float
    shell_share: float
    walls: int
    pattern: InfillPattern


QUALITIES: Mapping[str, Quality] = MappingProxyType(
    {
        "draft": Quality(0.7, 1.1, 0.15, 2.0, 2, InfillPattern.GRID),
        "standard": Quality(0.5, 1.0, 0.15, 2.0, 2, InfillPattern.GRID),
        "fine": Quality(0.3, 0.8, 0.15, 2.0, 3, InfillPattern.GYROID),
        "strong": Quality(0.5, 1.0, 0.40, 3.0, 4, InfillPattern.CUBIC),
    }
)

# degrees C: nozzle, its first layer, bed, its first layer; most mm3/s; least s a layer; fan % least and most
_MATERIALS: Mapping[str, tuple[float, float, float, float, float, float, int, int]] = MappingProxyType(
    {
        "pla": (210, 215, 60, 60, 12, 10, 100, 100),
        "petg": (235, 235, 80, 80, 8, 12, 30, 60),
        "abs": (245, 245, 100, 100, 11, 20, 0, 20),
        "asa": (250, 250, 100, 100, 11, 20, 0, 20),
        "tpu": (225, 225, 50, 50, 3, 10, 60, 100),
        "nylon": (255, 255, 80, 80, 8, 15, 0, 30),
        "hips": (230, 230, 100, 100, 10, 15, 0, 30),
        "polypropylene": (230, 230, 80, 80, 6, 12, 30, 60),
        "polycarbonate": (270, 270, 110, 110, 7, 20, 0, 20),
    }
)
_DEFAULT_MATERIAL = "pla"
_ENVELOPE_MM = (200.0, 200.0, 180.0)
_NOZZLE_MM = 0.4
_WORK_MM_S = 80.0
_TRAVEL_MM_S = 150.0
_ACCELERATION_MM_S2 = 1250.0
_JERK_MM_S = 8.0
_JUNCTION_SHARE = (
    0.414  # Marlin 2.1, Configuration.h: junction deviation = 0.4 (jerk squared) / acceleration; sqrt(2) - 1
)
_GAP_MM = 0.2  # below overhangs, to whole layers: so layers of support are printed with the part's, not in between
_RAMPS_MM = 8.0  # lines are short: no speed beyond what is reached and braked from in this way


def print_profile(
    machine: Machine,
    material: str | None = None,
    quality: str = "standard",
    *,
    supports: bool = False,
    nozzle_mm: float | None = None,
    settings: PartSettings = NO_SETTINGS,
) -> PrintProfile:
    """The profile for a machine, a material and a quality.

    Args:
        machine: its envelope, first nozzle, motion and limits are used where stated (`assumptions` names the rest).
        material: id in the material tree; None is PLA.
        quality: a key of `QUALITIES`.
        supports: whether overhangs are held up.
        nozzle_mm: another nozzle than the fitted one.
        settings: what is asked for the part counts more than the quality; how it lies is not decided here.

    Raises:
        InputError: the quality or material is not known, the machine cannot heat to it, or a layer is higher than its
            nozzle is wide.
    """
    if quality not in QUALITIES:
        known = ", ".join(QUALITIES)
        raise InputError(f"no quality is called {quality!r}", where=machine.id, hint=f"known are {known}")
    chosen, filament, cooling = QUALITIES[quality], *_of_material(material, machine)
    nozzle = nozzle_mm or (machine.nozzles_mm[0] if machine.nozzles_mm else _NOZZLE_MM)
    layer = settings.layer_mm or round(chosen.layer_share * nozzle, 2)
    if layer > nozzle:
        hint = "ask for a lower layer, or choose another machine"
        what = f"a layer of {layer:g} mm is higher than the nozzle of {nozzle:g} mm"
        raise InputError(what, where=machine.id, hint=hint)
    infill = chosen.infill_density if settings.infill_percent is None else settings.infill_percent / 100
    shells = math.ceil(round(chosen.shell_share * nozzle / layer, 6))
    return PrintProfile(
        name=f"{machine.model or machine.name}, {filament.material}, {quality}",
        envelope_mm=machine.envelope_mm or _ENVELOPE_MM,
        nozzle_mm=nozzle,
        layer_mm=layer,
        first_layer_mm=max(layer, round(0.5 * nozzle, 2)),
        walls=settings.walls or chosen.walls,
        top_layers=shells + 1,
        bottom_layers=shells,
        infill_density=infill,
        infill_pattern=chosen.pattern,
        widths=_widths(nozzle),
        speeds=_speeds(machine.motion, chosen.speed_share),
        accelerations=_accelerations(machine.motion),
        axes=_axes(machine.motion),
        cooling=cooling,
        retraction=Retraction(0.8, 35.0, 1.5),
        filament=filament,
        adhesion=Adhesion(),
        supports=Supports(
            enabled=supports if settings.supports is None else settings.supports,
            gap_mm=round(max(1, round(_GAP_MM / layer)) * layer, 3),
            interface_spacing_mm=0.5 * nozzle,
            xy_gap_mm=0.75 * nozzle,
        ),
    )


def assumptions(machine: Machine, material: str | None) -> tuple[str, ...]:
    """What `print_profile` had to assume, a clause each."""
    motion = machine.motion
    unknown = {
        "PLA": material is None,
        f"{_ENVELOPE_MM} mm of space": machine.envelope_mm is None,
        f"a nozzle of {_NOZZLE_MM} mm": not machine.nozzles_mm,
        f"{_WORK_MM_S:g} mm/s at work": motion.work_mm_s is None,
        f"{_TRAVEL_MM_S:g} mm/s in travel": motion.travel_mm_s is None,
        f"{_ACCELERATION_MM_S2:g} mm/s2": motion.acceleration_mm_s2 is None,
        f"corners at {_JERK_MM_S:g} mm/s": motion.jerk_mm_s is None and motion.junction_deviation_mm is None,
    }
    return tuple(clause for clause, is_unknown in unknown.items() if is_unknown)


def _of_material(material: str | None, machine: Machine) -> tuple[Filament, Cooling]:
    name = material or _DEFAULT_MATERIAL
    if name not in materials():
        raise InputError(f"no material is called {name!r}", where=machine.id, hint="name one of the material tree")
    found = next((each for each in materials().ancestry(name) if each in _MATERIALS), None)
    if found is None:
        known = ", ".join(_MATERIALS)
        raise InputError(f"{name} is not known as a filament", where=machine.id, hint=f"known are {known}")
    nozzle, first_nozzle, bed, first_bed, flow, layer_time, fan_low, fan_high = _MATERIALS[found]
    if machine.limits.nozzle_c is not None and max(nozzle, first_nozzle) > machine.limits.nozzle_c:
        most = f"the nozzle reaches {machine.limits.nozzle_c:g} degrees, {name} needs {max(nozzle, first_nozzle):g}"
        raise InputError(most, where=machine.id, hint="choose another machine or material")
    if machine.limits.bed_c is not None:  # a cooler bed holds small parts with glue; a person may choose it
        bed, first_bed = min(bed, machine.limits.bed_c), min(first_bed, machine.limits.bed_c)
    density = materials()[name].facts.get("density_g_cm3") or materials()[found].facts.get("density_g_cm3")
    if density is None:
        raise InputError(f"the density of {name} is not known", where=machine.id, hint="state it in the material tree")
    filament = Filament(name, float(density), nozzle, first_nozzle, bed, first_bed, flow)
    return filament, Cooling(layer_time, 15.0, fan_low, fan_high, 1)


def _widths(nozzle: float) -> Widths:
    line = round(1.125 * nozzle, 3)
    return Widths(line, line, line, round(nozzle, 3), line, round(1.05 * nozzle, 3), round(0.9 * nozzle, 3))


def _speeds(motion: Motion, share: float) -> Speeds:
    reached = math.sqrt((motion.acceleration_mm_s2 or _ACCELERATION_MM_S2) * _RAMPS_MM)
    most = motion.work_mm_s or _WORK_MM_S
    sparse = min(most, max(20.0, share * min(most, reached)))
    travel = max(motion.travel_mm_s or _TRAVEL_MM_S, sparse)
    return Speeds(
        external_wall_mm_s=round(0.4 * sparse, 1),
        inner_wall_mm_s=round(0.6 * sparse, 1),
        small_wall_mm_s=round(0.35 * sparse, 1),
        solid_mm_s=round(0.85 * sparse, 1),
        top_mm_s=round(0.5 * sparse, 1),
        sparse_mm_s=round(sparse, 1),
        bridge_mm_s=round(min(30.0, 0.5 * sparse), 1),
        gap_mm_s=round(0.4 * sparse, 1),
        support_mm_s=round(0.6 * sparse, 1),
        support_interface_mm_s=round(0.5 * sparse, 1),
        first_layer_mm_s=round(min(20.0, 0.3 * sparse), 1),
        travel_mm_s=round(travel, 1),
    )


def _accelerations(motion: Motion) -> Accelerations:
    most = motion.acceleration_mm_s2 or _ACCELERATION_MM_S2
    travel = motion.travel_acceleration_mm_s2 or most
    wall = round(0.8 * most, 1)
    return Accelerations(wall, most, wall, wall, most, travel)


def _axes(motion: Motion) -> Axes:
    most = motion.acceleration_mm_s2 or _ACCELERATION_MM_S2
    travel = motion.travel_acceleration_mm_s2 or most
    fastest = max(motion.travel_mm_s or _TRAVEL_MM_S, motion.work_mm_s or _WORK_MM_S)
    jerk = motion.jerk_mm_s
    if jerk is None and motion.junction_deviation_mm is not None:
        jerk = round(math.sqrt(motion.junction_deviation_mm * most / _JUNCTION_SHARE), 2)
    corner = jerk or _JERK_MM_S
    top = max(most, travel)
    return Axes((fastest, fastest, 12.0, 120.0), (top, top, 200.0, 5000.0), (corner, corner, 0.4, 4.5))
