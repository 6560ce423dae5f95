"""Figures of a profile as the kernels need them: widths become spacings, speeds obey the flow of the hot end.

A line of width w in a layer of height h is a flat ribbon with round sides: its section is h (w - h (1 - pi / 4)), and
lines side by side stand w - h (1 - pi / 4) apart (PrusaSlicer, "Flow math").
"""

from __future__ import annotations

import math

import numpy as np

from machines.printing.profile import InfillPattern, PrintProfile
from machines.printing.regions import BRIDGE, INNER_BRIDGE, KINDS, SOLID, SPARSE, TOP, Recipe
from machines.printing.walls import WallRecipe

__all__ = ["infill_recipe", "spacing_mm", "wall_recipe"]

_OVERLAP = 0.25  # of a line, infill over walls; as in `prusa_ini`
_ANCHOR_MM = 3.0 * 0.8  # PrusaSlicer 2.5 grows external surfaces by 3 mm all round; here by a square on its tip
_SHELL = 1.05  # lines: PrusaSlicer 2.5 widens what is seen from above and below so, to close the shells of slopes
_WIDER = 0.3 * _SHELL  # and all solid layers below slopes
_JOINT = 0.2  # of their distance: sparse lines are joined along the wall where the next is near
_CORE_LEAST = 1.8  # lines, measured at 45 degrees and with the overlap on both sides: where one line has no room
_BRIDGE_LEAST = 6.0  # lines: narrower bridges over sparse infill are printed as solid infill
_TWO_WAYS = (InfillPattern.GRID, InfillPattern.TRIANGLES, InfillPattern.CUBIC, InfillPattern.GYROID)


def spacing_mm(width_mm: float, layer_mm: float) -> float:
    """Distance of neighbouring lines."""
    return width_mm - layer_mm * (1 - math.pi / 4)


def wall_recipe(profile: PrintProfile, *, first: bool) -> WallRecipe:
    """How walls are made, on the first layer or above."""
    widths, speeds, layer = profile.widths, profile.speeds, profile.first_layer_mm if first else profile.layer_mm
    width = widths.first_layer_mm if first else widths.external_wall_mm
    inner = widths.first_layer_mm if first else widths.inner_wall_mm
    outer_spacing, inner_spacing = spacing_mm(width, layer), spacing_mm(inner, layer)
    flow = profile.filament.flow_max_mm3_s
    external, walls, small = speeds.external_wall_mm_s, speeds.inner_wall_mm_s, speeds.small_wall_mm_s
    if first:
        external = walls = small = speeds.first_layer_mm_s
    return WallRecipe(
        external_offset_mm=width / 2,
        inner_offset_mm=width / 2 + (outer_spacing + inner_spacing) / 2,
        spacing_mm=inner_spacing,
        walls=profile.walls,
        external_mm_s=min(external, flow / (layer * outer_spacing)),
        inner_mm_s=min(walls, flow / (layer * inner_spacing)),
        small_mm_s=min(small, flow / (layer * inner_spacing)),
        acceleration_mm_s2=profile.accelerations.first_layer_mm_s2 if first else profile.accelerations.wall_mm_s2,
        jerk_mm_s=profile.axes.jerk_mm_s[0],
    )


def infill_recipe(profile: PrintProfile, *, first: bool) -> Recipe:
    """How the inside is made, on the first layer or above."""
    walls, widths = wall_recipe(profile, first=first), profile.widths
    layer = profile.first_layer_mm if first else profile.layer_mm
    external = walls.external_offset_mm + spacing_mm(2 * walls.external_offset_mm, layer) / 2
    reach = external + (profile.walls - 1) * walls.spacing_mm
    spacing, speed, acceleration = _lines(profile, layer, first=first)
    two_ways = profile.infill_pattern in _TWO_WAYS
    sparse = float(spacing[SPARSE])
    if profile.infill_density > 0:
        spacing[SPARSE] *= (2 if two_ways else 1) / profile.infill_density
    if profile.infill_pattern is InfillPattern.GYROID and not first:
        speed[SPARSE] = _on_waves(profile, speed[SPARSE])
    core, solid = max(0.0, reach - _OVERLAP * walls.spacing_mm), float(spacing[SOLID])
    link = 0.6 * spacing  # half of it is the line's own width
    joint = math.sqrt(2) * spacing
    link[SPARSE] = joint[SPARSE] = _JOINT * spacing[SPARSE]
    return Recipe(
        external_mm=external,
        walls_mm=reach,
        core_mm=core,
        anchor_mm=_ANCHOR_MM,
        layer_mm=profile.layer_mm,
        top_layers=profile.top_layers,
        bottom_layers=profile.bottom_layers,
        shell_mm=(_SHELL + _WIDER) * solid,
        below_walls_mm=core + _WIDER * solid,
        steepest_top=_steepest(profile.top_layers, profile.layer_mm, core, _SHELL * solid),
        steepest_bottom=_steepest(profile.bottom_layers, profile.layer_mm, core, _SHELL * solid),
        core_least_mm=_CORE_LEAST * walls.spacing_mm,
        bridge_least_mm=_BRIDGE_LEAST * widths.solid_mm,
        spacing_mm=spacing,
        sparse_mm=sparse,
        link_mm=link,
        joint_mm=joint,
        directions=2 if two_ways else 1,
        speed_mm_s=speed,
        acceleration_mm_s2=acceleration,
        corner_mm_s=profile.axes.jerk_mm_s[0] / math.sqrt(2),
    )


def _steepest(layers: int, layer_mm: float, core_mm: float, least_mm: float) -> float:
    """Rise by run of slopes below which solid layers find room for a line.

    They reach as far in as the slope does in that many layers: from the walls' inner side one layer further up, or from
    the contour and by a line more.
    """
    return layer_mm * max(layers / max(core_mm, least_mm), (layers - 1) / least_mm)


def _lines(profile: PrintProfile, layer: float, *, first: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spacing, speed and acceleration by kind."""
    widths, speeds, accelerations = profile.widths, profile.speeds, profile.accelerations
    by_kind = {
        SOLID: (widths.solid_mm, speeds.solid_mm_s, accelerations.infill_mm_s2),
        TOP: (widths.top_mm, speeds.top_mm_s, accelerations.infill_mm_s2),
        BRIDGE: (widths.solid_mm, speeds.bridge_mm_s, accelerations.bridge_mm_s2),
        INNER_BRIDGE: (widths.solid_mm, speeds.bridge_mm_s, accelerations.bridge_mm_s2),
        SPARSE: (widths.sparse_mm, speeds.sparse_mm_s, accelerations.infill_mm_s2),
    }
    spacing, speed, acceleration = np.ones(KINDS), np.ones(KINDS), np.ones(KINDS)
    for kind, (width, mm_s, mm_s2) in by_kind.items():
        if first:
            width, mm_s, mm_s2 = widths.first_layer_mm, speeds.first_layer_mm_s, accelerations.first_layer_mm_s2
        spacing[kind] = spacing_mm(width, layer)
        speed[kind] = min(mm_s, profile.filament.flow_max_mm3_s / (layer * spacing[kind]))
        acceleration[kind] = mm_s2
    return spacing, speed, acceleration


def _on_waves(profile: PrintProfile, speed: float) -> float:
    """Mean speed along gyroid waves: short straight pieces, and at each bend no more than the jerk allows.

    PrusaSlicer draws a wave in pieces of some 0.22 of the lines' distance that bend by some 12 degrees.
    """
    piece = 0.22 * profile.widths.sparse_mm / max(profile.infill_density, 0.01)
    bend = min(speed, profile.axes.jerk_mm_s[0] / 0.2)
    peak = min(speed, math.sqrt(bend * bend + profile.accelerations.infill_mm_s2 * piece))
    return (bend + peak) / 2
