"""Time and material of a filament print before it is sliced, from the mesh and the profile alone.

The part is cut into layers; of layers that are alike one is measured closely: its contours are followed as the printer
would follow them, its inside is sorted into solid, top, bridge and sparse infill, and every line is timed as a move.
No figure is fitted to slices but those that say so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from machines.printing.cooling import cooled_s
from machines.printing.layers import Layers, look_at
from machines.printing.moves import ramp_s
from machines.printing.pose import bounds_of
from machines.printing.profile import PrintProfile
from machines.printing.recipes import spacing_mm
from machines.printing.roles import Role, RoleTable, role_table
from machines.printing.sections import Floats
from machines.printing.supports import overhang_mm2
from machines.printing.uncertainty import spread

__all__ = ["PrintEstimate", "estimate_print"]


_MOST_LAYERS = 20_000
_MOST_MM = 5000.0


@dataclass(frozen=True, slots=True)
class PrintEstimate:
    """One plate of equal pieces.

    Attributes:
        duration_s: the printer's moves; heating and homing are the machine's own and left out.
        low_s, high_s: where a slicer's figure should lie nine times in ten.
        filament_mm, volume_mm3, mass_g: what is used.
        layers: number.
        role_s: seconds by role.
        role_mm: length by role.
        overhang_mm2: surfaces flatter than the profile's threshold with nothing below, supported or not.
        basis: where the figures come from, one clause.
        inside_out: whether the facets looked inwards on the whole; they were taken the other way round.
    """

    duration_s: float
    low_s: float
    high_s: float
    filament_mm: float
    volume_mm3: float
    mass_g: float
    layers: int
    role_s: Mapping[Role, float]
    role_mm: Mapping[Role, float]
    overhang_mm2: float
    basis: str
    inside_out: bool = False


def estimate_print(corners: Floats, profile: PrintProfile, *, pieces: int = 1) -> PrintEstimate:
    """Estimate a print.

    Args:
        corners: of the mesh's triangles, shape (triangles, 3, 3), mm, as it will lie on the plate.
        profile: how it is printed.
        pieces: equal ones on the plate, side by side.

    Raises:
        InputError: it has no body, or far too many layers.
    """
    if not len(corners):
        raise InputError("the mesh has no facets", hint="export the part again")
    corners = np.ascontiguousarray(corners, dtype=np.float64)
    around = bounds_of(corners, profile.fill_angle_deg)
    x, y, height = (float(each) for each in around.high - around.low)
    if max(x, y) > _MOST_MM:
        raise InputError(f"the part is wider than {_MOST_MM / 1000:g} m", hint="check the file's unit")
    if height / profile.layer_mm > _MOST_LAYERS:
        what = f"the part is {height:g} mm high: that is more than {_MOST_LAYERS} layers of {profile.layer_mm:g} mm"
        raise InputError(what, hint="check the file's unit")
    layers = look_at(corners, around, profile)
    if not layers.infill[:, :, 0].any() and not layers.walls.any():
        raise InputError("the mesh has no body that could be printed", hint="export the part again, as a closed solid")
    table = role_table(layers, profile)
    travel, retraction = _travel(table, profile)
    slowed = cooled_s(table, travel, profile, pieces)
    each = pieces * table.weight
    made = (slowed * each[:, None]).sum(0)
    length = (table.length_mm * each[:, None]).sum(0)
    volume = float((table.volume_mm3 * each[:, None]).sum())
    roles = list(Role)[:8]
    role_s = {role: float(made[i]) for i, role in enumerate(roles)}
    role_mm = {role: float(length[i]) for i, role in enumerate(roles)}
    skirt_mm, skirt_s, skirt_mm3 = _around(layers, profile, pieces)
    role_s |= {
        Role.SKIRT: skirt_s,
        Role.TRAVEL: float((travel * each).sum()) + _way_there_and_back_s(profile),
        Role.RETRACTION: float((retraction * each).sum()),
    }
    role_mm[Role.SKIRT] = skirt_mm
    volume += skirt_mm3
    total = sum(role_s.values())
    share = spread(role_s, table.thin_share)
    filament = profile.filament
    return PrintEstimate(
        total, total / (1 + share), total * (1 + share), volume / filament.section_mm2, volume,
        volume * filament.density_g_cm3 / 1000, len(layers.sections.z_mm), role_s, role_mm,
        overhang_mm2(layers.columns, layers.grid, profile), "reckoned from the mesh's layers, not sliced yet",
        layers.inside_out,
    )  # fmt: skip


def _travel(table: RoleTable, profile: PrintProfile) -> tuple[Floats, Floats]:
    """Seconds of travel and of retraction in one layer of each group."""
    speed, jerk = profile.speeds.travel_mm_s, profile.axes.jerk_mm_s[0]
    acceleration = profile.accelerations.travel_mm_s2
    far = np.maximum(0, table.stops - table.short_stops)
    short = ramp_s(0.7, speed, acceleration, jerk, jerk)
    travel, retraction = np.zeros(len(far)), np.zeros(len(far))
    retract = profile.retraction
    pull = (
        ramp_s(retract.length_mm, retract.speed_mm_s, profile.axes.acceleration_mm_s2[3], 0.0, 0.0)
        if retract.length_mm
        else 0.0
    )
    z_mm_s, z_mm_s2 = profile.axes.speed_mm_s[2], profile.axes.acceleration_mm_s2[2]
    lift = ramp_s(profile.layer_mm, z_mm_s, z_mm_s2, 0.0, 0.0)
    hop = 2 * ramp_s(retract.lift_mm, z_mm_s, z_mm_s2, 0.0, 0.0) if retract.lift_mm else 0.0
    for i, stops in enumerate(far):
        distance = math.sqrt(table.span_mm2 / max(stops, 1.0))
        travel[i] = lift + table.short_stops[i] * short + stops * ramp_s(distance, speed, acceleration, jerk, jerk)
        retraction[i] = (2 * pull + hop) * stops
    return travel, retraction


def _way_there_and_back_s(profile: PrintProfile) -> float:
    """From the corner to the middle of the plate, and away at the end; with 5 mm up each time, at 10 mm/s."""
    x, y, _ = profile.envelope_mm
    speed, acceleration = profile.speeds.travel_mm_s, profile.accelerations.travel_mm_s2
    return 2 * ramp_s(math.hypot(x / 2, y / 2), speed, acceleration, 0.0, 0.0) + 3 * 5.0 / 10.0


def _around(layers: Layers, profile: PrintProfile, pieces: int) -> tuple[float, float, float]:
    """Skirt and brims: mm of line, seconds, mm3."""
    spacing = spacing_mm(profile.widths.first_layer_mm, profile.first_layer_mm)
    line_mm2 = spacing * profile.first_layer_mm
    brim_mm = pieces * _brim_mm(layers, profile, spacing)
    side = math.sqrt(pieces)  # a plate about as many wide as deep
    x, y = (side * each + 2 * profile.adhesion.brim_mm for each in layers.extents_mm[:2])
    gap = profile.adhesion.skirt_distance_mm
    loops = profile.adhesion.skirt_loops
    round_mm = 2 * (x + y) + 2 * math.pi * (gap + spacing / 2)
    if loops:
        loops = max(loops, math.ceil(4.0 * profile.filament.section_mm2 / line_mm2 / round_mm))  # as `prusa_ini` asks
    length = brim_mm + sum(round_mm + 2 * math.pi * i * spacing for i in range(loops))
    return length, length / profile.speeds.first_layer_mm_s, length * line_mm2


def _brim_mm(layers: Layers, profile: PrintProfile, spacing: float) -> float:
    """Lines round the outside of one piece, as far as there is room between its islands."""
    brim = profile.adhesion.brim_mm
    loops = math.floor(brim / spacing + 1e-6)
    length = loops * (layers.outline_mm + layers.islands * math.pi * loops * spacing)
    x, y, _ = layers.extents_mm
    room = (x + 2 * brim) * (y + 2 * brim) - abs(float(layers.sections.area_mm2[0]))
    return min(length, room / spacing)
