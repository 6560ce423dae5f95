"""The layers of a part looked at: contours, walls and infill of each chosen layer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from machines.printing.columns import Columns, Grid, columns_of, grid_over
from machines.printing.loops import chain
from machines.printing.pose import Bounds
from machines.printing.profile import PrintProfile
from machines.printing.recipes import infill_recipe, wall_recipe
from machines.printing.regions import DEPTHS, KINDS, measure, room_for
from machines.printing.sections import Floats, Ints, Sections, cut, layer_heights, segments_of
from machines.printing.strata import Strata, stratify
from machines.printing.supports import SupportLayers, support_layers
from machines.printing.walls import measure_walls, outlines

__all__ = ["Layers", "look_at"]

_TOLERANCE_MM = 0.02  # points that lie off by less are left out; slicers do alike
_LEAST_CELL_MM, _GREATEST_CELL_MM = 0.1, 1.0
_CELLS = 200_000  # all layers together: some 1.5 ms
_MOST_CELLS = 1500  # a row, whatever the size
# layers that are looked at: fewer of parts as wide as a plate or with fine contours; errors stay as they are down to 16
_GROUPS, _FEWEST_GROUPS = 28, 16
_MOST_WORK = 800_000  # cells of all of them
_MOST_SEGMENTS = 50_000  # of their contours


class Layers(NamedTuple):
    """What was found.

    Attributes:
        sections: of all layers.
        strata: which layers were looked at.
        infill: shape (chosen, KINDS, 5), as `regions.measure`.
        depths: shape (chosen, DEPTHS), as `regions.measure`.
        walls: shape (chosen, 6), as `walls.measure_walls`.
        contours: number in each chosen layer.
        cell_mm: of the grid.
        columns, grid: of the part.
        extents_mm: size along x, y, z.
        inside_out: whether the facets looked inwards on the whole, and were turned.
        supports: of all layers, where there are any.
        islands: of the first layer, how many.
        outline_mm: length of their outer contours.
    """

    sections: Sections
    strata: Strata
    infill: Floats
    depths: Floats
    walls: Floats
    contours: Ints
    cell_mm: float
    columns: Columns
    grid: Grid
    extents_mm: tuple[float, float, float]
    inside_out: bool
    supports: SupportLayers | None
    islands: int
    outline_mm: float


def look_at(corners: Floats, around: Bounds, profile: PrintProfile) -> Layers:
    """Measure a part's layers.

    Args:
        corners: shape (triangles, 3, 3), mm.
        around: its bounds, posed as the infill's lines run.
        profile: how it is printed.
    """
    size = around.high - around.low
    pose, low, high = around.pose, around.turned_low, around.turned_high
    heights = layer_heights(float(size[2]), profile.layer_mm, profile.first_layer_mm)
    sections = cut(corners, pose, heights, profile.layer_mm)
    inside_out = bool(sections.area_mm2.sum() < 0)
    if inside_out:  # slicers turn it too
        pose = pose._replace(outward=-1)
        sections = cut(corners, pose, heights, profile.layer_mm)
    shadow_mm2 = float(sections.up_mm2.sum() + sections.down_mm2.sum())
    recipe, walls = infill_recipe(profile, first=False), wall_recipe(profile, first=False)
    margin = recipe.walls_mm + 2 * _GREATEST_CELL_MM
    room = float((high[0] - low[0] + 2 * margin) * (high[1] - low[1] + 2 * margin))
    most = min(_MOST_WORK * _GREATEST_CELL_MM**2 / room, _MOST_SEGMENTS / max(1.0, float(sections.segments.mean())))
    groups = max(_FEWEST_GROUPS, min(_GROUPS, int(most)))
    strata = stratify(
        sections, profile.top_layers, profile.bottom_layers, recipe.walls_mm, profile.infill_density, groups
    )
    room *= len(strata.chosen)
    widest = float((high - low)[:2].max())
    cell = min(max((room / _CELLS) ** 0.5, _LEAST_CELL_MM), max(_GREATEST_CELL_MM, widest / _MOST_CELLS))
    grid = grid_over(low, high, cell, cell)
    columns = columns_of(corners, pose, grid, shadow_mm2)
    found = np.zeros((len(strata.chosen), KINDS, 5))
    depths = np.zeros((len(strata.chosen), DEPTHS))
    found_walls = np.zeros((len(strata.chosen), 6))
    contours, islands, outline_mm = np.zeros(len(strata.chosen), np.int64), 0, 0.0
    segments, begin = segments_of(corners, pose, sections, strata.chosen)
    space = room_for(grid)
    speeds = np.empty(2 * len(segments) + 4)
    first, first_walls = infill_recipe(profile, first=True), wall_recipe(profile, first=True)
    for i, layer in enumerate(strata.chosen):  # kernels in a loop of Python: compiled as one they are slower
        points, loops = chain(segments[begin[i] : begin[i + 1]], _TOLERANCE_MM)
        contours[i] = len(loops) - 1
        if layer == 0:
            islands, outline_mm = outlines(points, loops)
        measure_walls(points, loops, walls if layer else first_walls, speeds, found_walls[i])
        measure(
            heights[layer], layer, points, loops, grid, columns, recipe if layer else first, space, found[i], depths[i]
        )
    supports = None
    if profile.supports.enabled:
        upright = pose._replace(cos=1.0, sin=0.0)
        supports = support_layers(corners, upright, (float(size[0]), float(size[1])), shadow_mm2, len(heights), profile)
    return Layers(
        sections, strata, found, depths, found_walls, contours, cell, columns, grid,
        (float(size[0]), float(size[1]), float(size[2])), inside_out, supports,
        islands, outline_mm,
    )  # fmt: skip
