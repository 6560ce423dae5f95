"""How much support overhangs ask for: columns of air below surfaces that are too flat to be printed upon nothing."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import maximum_filter1d

from machines.printing.columns import Columns, Grid
from machines.printing.compiled import compiled
from machines.printing.moves import ramp_s
from machines.printing.profile import PrintProfile
from machines.printing.recipes import spacing_mm
from machines.printing.sections import Floats

__all__ = ["SupportWork", "overhang_mm2", "support_work"]

SupportWork = tuple[float, float, float, float, float]
"""Length and seconds of plain support, length and seconds of interface, and plastic in mm3."""

_ON_PART, _ON_PLATE = 1, 2
_FOOT_MM, _FOOT_DENSITY = 3.0, 0.9  # the first layer of a support is wider and denser; as in `prusa_ini`
_LINE_MM = 12.0  # how long lines of support usually are; short ones are slowed by their ends


def support_work(columns: Columns, grid: Grid, profile: PrintProfile) -> SupportWork:
    """Lines, seconds and plastic of a part's supports."""
    supports, speeds = profile.supports, profile.speeds
    if not supports.enabled:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    air, flags = _below(columns, grid, profile)
    cell = grid.dx_mm * grid.dy_mm
    width = profile.widths.support_mm
    pitch = supports.spacing_mm + width
    area = float(np.count_nonzero(flags)) * cell
    if area == 0:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    # lines stand on a grid of their own: what holds an overhang is wider than it by half a cell of that grid all round
    wider = _grown_mm2(flags > 0, grid, pitch / 2) / area
    foot = _grown_mm2(flags == _ON_PLATE, grid, _FOOT_MM) if (flags == _ON_PLATE).any() else 0.0
    layers = wider * float(air.sum()) * cell / profile.layer_mm
    interface = min(supports.interface_layers * wider * area, layers)
    plain_mm = (layers - interface) / pitch
    interface_mm = interface / (supports.interface_spacing_mm + width)
    foot_mm = _FOOT_DENSITY * foot / spacing_mm(profile.widths.first_layer_mm, profile.first_layer_mm)
    section = profile.layer_mm * spacing_mm(width, profile.layer_mm)
    flow = profile.filament.flow_max_mm3_s / section
    plain_s = plain_mm * _second_a_mm(profile, min(speeds.support_mm_s, flow))
    plain_s += foot_mm * _second_a_mm(profile, speeds.first_layer_mm_s)
    interface_s = interface_mm * _second_a_mm(profile, min(speeds.support_interface_mm_s, flow))
    plastic = section * (plain_mm + interface_mm) + _FOOT_DENSITY * foot * profile.first_layer_mm
    return plain_mm + foot_mm, plain_s, interface_mm, interface_s, plastic


def overhang_mm2(columns: Columns, grid: Grid, profile: PrintProfile) -> float:
    """Area of the surfaces that are flatter than the threshold and have nothing directly below."""
    return float(np.count_nonzero(_below(columns, grid, profile)[1])) * grid.dx_mm * grid.dy_mm


def _second_a_mm(profile: PrintProfile, speed: float) -> float:
    corner = profile.axes.jerk_mm_s[0]
    return ramp_s(_LINE_MM, speed, profile.accelerations.other_mm_s2, corner, corner) / _LINE_MM


def _grown_mm2(flags: np.ndarray, grid: Grid, by_mm: float) -> float:
    """Area of cells after they have grown by a length to all sides."""
    wide = maximum_filter1d(flags.astype(np.int8), 2 * round(by_mm / grid.dx_mm) + 1, axis=1, mode="constant")
    wide = maximum_filter1d(wide, 2 * round(by_mm / grid.dy_mm) + 1, axis=0, mode="constant")
    return float(np.count_nonzero(wide)) * grid.dx_mm * grid.dy_mm


def _below(columns: Columns, grid: Grid, profile: PrintProfile) -> tuple[Floats, np.ndarray]:
    """By cell, the height of the air below overhangs, gaps left out; and whether support stands there, and on what."""
    supports = profile.supports
    steepest = math.tan(math.radians(supports.threshold_deg))
    air, flags = np.zeros(grid.nx * grid.ny), np.zeros(grid.nx * grid.ny, np.int8)
    _add_up(columns, steepest, profile.first_layer_mm, supports.gap_mm, supports.plate_only, air, flags)
    return air.reshape(grid.ny, grid.nx), flags.reshape(grid.ny, grid.nx)


@compiled
def _add_up(
    columns: Columns,
    steepest: float,
    least: float,
    gap: float,
    plate_only: bool,
    air: Floats,
    flags: np.ndarray,
) -> None:
    begin, z, turn, slope = columns.begin, columns.z_mm, columns.turn, columns.slope
    for column in range(len(begin) - 1):
        depth, floor, on_part = 0, 0.0, False
        for i in range(begin[column], begin[column + 1]):
            was = depth
            depth += turn[i]
            if was <= 0 and depth > 0:
                height = z[i] - floor - gap - (gap if on_part else 0.0)
                if slope[i] < steepest and height > least and not (plate_only and on_part):
                    air[column] += height
                    flags[column] = max(flags[column], _ON_PART if on_part else _ON_PLATE)
            elif was > 0 and depth <= 0:
                floor, on_part = z[i], True
