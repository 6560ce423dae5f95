"""The layers of a part looked at: contours, walls and infill of each chosen layer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from machines.printing.columns import Columns, Grid, bounds, columns_of, grid_over, turned
from machines.printing.loops import chain
from machines.printing.profile import PrintProfile
from machines.printing.recipes import infill_recipe, wall_recipe
from machines.printing.regions import KINDS, measure, room_for
from machines.printing.sections import Floats, Ints, Sections, cut, layer_heights, segments_of
from machines.printing.strata import Strata, stratify
from machines.printing.supports import SupportLayers, support_layers
from machines.printing.walls import measure_walls

__all__ = ["Layers", "look_at"]

_TOLERANCE_MM = 0.02  # points that lie off by less are left out; slicers do alike
_LEAST_CELL_MM, _GREATEST_CELL_MM = 0.1, 0.8
_CELLS = 400_000  # all layers together: some 4 ms
_MOST_CELLS = 1500  # a row, whatever the size
_GROUPS, _FEWEST_GROUPS = 32, 20
_MOST_WORK = 1_200_000  # cells of all layers that are looked at: of parts as wide as a plate, fewer layers are


class Layers(NamedTuple):
    """What was found.

    Attributes:
        sections: of all layers.
        strata: which layers were looked at.
        infill: shape (chosen, KINDS, 5), as `regions.measure`.
        walls: shape (chosen, 6), as `walls.measure_walls`.
        contours: number in each chosen layer.
        cell_mm: of the grid.
        columns, grid: of the part.
        extents_mm: size along x, y, z.
        inside_out: whether the facets looked inwards on the whole, and were turned.
        supports: of all layers, where there are any.
    """

    sections: Sections
    strata: Strata
    infill: Floats
    walls: Floats
    contours: Ints
    cell_mm: float
    columns: Columns
    grid: Grid
    extents_mm: tuple[float, float, float]
    inside_out: bool
    supports: SupportLayers | None


def look_at(corners: Floats, profile: PrintProfile) -> Layers:
    """Measure a part's layers.

    Args:
        corners: shape (triangles, 3, 3), mm.
        profile: how it is printed.
    """
    corners = np.ascontiguousarray(corners, dtype=np.float64)
    lowest, highest = bounds(corners)
    middle = (lowest + highest) / 2
    middle[2] = lowest[2]
    placed = turned(corners, profile.fill_angle_deg, middle)
    low, high = bounds(placed)
    heights = layer_heights(float(high[2]), profile.layer_mm, profile.first_layer_mm)
    sections = cut(placed, heights, profile.layer_mm)
    inside_out = bool(sections.area_mm2.sum() < 0)
    if inside_out:  # slicers turn it too
        placed = np.ascontiguousarray(placed[:, ::-1])
        sections = cut(placed, heights, profile.layer_mm)
    recipe, walls = infill_recipe(profile, first=False), wall_recipe(profile, first=False)
    margin = recipe.walls_mm + 2 * _GREATEST_CELL_MM
    room = float((high[0] - low[0] + 2 * margin) * (high[1] - low[1] + 2 * margin))
    groups = max(_FEWEST_GROUPS, min(_GROUPS, int(_MOST_WORK * _GREATEST_CELL_MM**2 / room)))
    strata = stratify(
        sections, profile.top_layers, profile.bottom_layers, recipe.walls_mm, profile.infill_density, groups
    )
    room *= len(strata.chosen)
    widest = float((high - low)[:2].max())
    cell = min(max((room / _CELLS) ** 0.5, _LEAST_CELL_MM), max(_GREATEST_CELL_MM, widest / _MOST_CELLS))
    grid = grid_over(low, high, cell, cell)
    columns = columns_of(placed, grid)
    found = np.zeros((len(strata.chosen), KINDS, 5))
    found_walls = np.zeros((len(strata.chosen), 6))
    contours = np.zeros(len(strata.chosen), np.int64)
    segments, begin = segments_of(placed, heights, profile.layer_mm, strata.chosen, sections.segments)
    space = room_for(grid)
    speeds = np.empty(2 * len(segments) + 4)
    first, first_walls = infill_recipe(profile, first=True), wall_recipe(profile, first=True)
    for i, layer in enumerate(strata.chosen):  # kernels in a loop of Python: compiled as one they are slower
        points, loops = chain(segments[begin[i] : begin[i + 1]], _TOLERANCE_MM)
        contours[i] = len(loops) - 1
        measure_walls(points, loops, walls if layer else first_walls, speeds, found_walls[i])
        measure(heights[layer], layer, points, loops, grid, columns, recipe if layer else first, space, found[i])
    size = highest - lowest
    supports = None
    if profile.supports.enabled:
        upright = turned(corners[:, ::-1] if inside_out else corners, 0.0, middle)
        supports = support_layers(upright, len(heights), profile)
    return Layers(
        sections, strata, found, found_walls, contours, cell, columns, grid,
        (float(size[0]), float(size[1]), float(size[2])), inside_out, supports,
    )  # fmt: skip
