"""What each role of a print costs: lines, seconds and plastic by layer group, cooling and travel included."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from machines.printing.layers import Layers
from machines.printing.profile import PrintProfile
from machines.printing.recipes import infill_recipe, spacing_mm, wall_recipe
from machines.printing.regions import BRIDGE, INNER_BRIDGE, SOLID, SPARSE, TOP, WALL_EXTERNAL, WALL_INNER, Recipe
from machines.printing.sections import Floats
from machines.printing.walls import WallRecipe

__all__ = ["Role", "RoleTable", "role_table"]


class Role(StrEnum):
    """What a move is for."""

    EXTERNAL_WALL = "external wall"
    INNER_WALL = "inner wall"
    SOLID = "solid infill"
    TOP = "top"
    BRIDGE = "bridge"
    SPARSE = "sparse infill"
    SUPPORT = "support"
    SUPPORT_INTERFACE = "support interface"
    SKIRT = "skirt and brim"
    TRAVEL = "travel"
    RETRACTION = "retraction"


_MADE = (Role.EXTERNAL_WALL, Role.INNER_WALL, Role.SOLID, Role.TOP, Role.BRIDGE, Role.SPARSE)
_CHAINED = 0.22  # paths a line of sparse infill: lines are joined along the wall, first come, first served
# PrusaSlicer 2.5 (Arachne, `min_bead_width`): a wall is split, and a line put in its middle, where each gets 0.85 of
# the nozzle's diameter; columns tell the room a little too small
_LEAST_LINE = 0.8
_SPLIT = 0.12  # most paths a line of solid infill
_TRAVEL_SHARE = 1.0  # of the mean distance of evenly spread stops
_SHORT_MM = 0.7  # from a wall to its neighbour


@dataclass(frozen=True, slots=True)
class RoleTable:
    """Figures by group of layers; arrays have shape (groups,) or (groups, 8) for the first roles of `Role`.

    Attributes:
        weight: layers that a group stands for.
        length_mm, seconds, volume_mm3: of one layer of the group, by role.
        naive_s: seconds by length and speed alone, as a slicer reckons when it slows layers down to cool.
        stops: travels of one layer.
        short_stops: those of them that lead to the wall beside.
        thin_share: of the walls that find no room, 0 to 1.
        span_mm2: area over which they are spread.
    """

    weight: Floats
    length_mm: Floats
    seconds: Floats
    volume_mm3: Floats
    naive_s: Floats
    stops: Floats
    short_stops: Floats
    thin_share: float
    span_mm2: float


def role_table(layers: Layers, profile: PrintProfile) -> RoleTable:
    """Lines and seconds of each role for one layer of each group."""
    chosen, group = layers.strata.chosen, layers.strata.group
    count = len(chosen)
    recipes = [(infill_recipe(profile, first=first), wall_recipe(profile, first=first)) for first in (False, True)]
    length, seconds = np.zeros((count, 6)), np.zeros((count, 6))
    volume, naive = np.zeros((count, 6)), np.zeros((count, 6))
    for i, layer in enumerate(chosen):
        recipe, walls = recipes[int(layer == 0)]
        height = profile.first_layer_mm if layer == 0 else profile.layer_mm
        _walls(layers, i, recipe, walls, _LEAST_LINE * profile.nozzle_mm, length, seconds)
        _infill(layers, i, length, seconds)
        areas = _sections(recipe, walls, height)
        volume[i] = length[i] * areas
        # the outer half of the outermost line is as wide as the line, its section is that of the spacing
        section = spacing_mm(2 * walls.external_offset_mm, height) / recipe.external_mm
        volume[i, 0] = layers.infill[i, WALL_EXTERNAL, 0] * section * height
        volume[i, 1] = layers.infill[i, WALL_INNER, 0] * height
        naive[i] = length[i] / _speeds(recipe, walls)
    weight = np.bincount(group, minlength=count).astype(float)
    wall_scale = _scale(layers.sections.perimeter_mm, group, chosen, weight)
    area_scale = _scale(np.abs(layers.sections.area_mm2), group, chosen, weight)
    for table in (length, seconds, volume, naive):
        table[:, :2] *= wall_scale[:, None]
        table[:, 2:] *= area_scale[:, None]
    regions, lines = layers.infill[:, :, 4], layers.infill[:, :, 3]
    dense = (SOLID, TOP, BRIDGE, INNER_BRIDGE)
    infill_paths = np.minimum(regions[:, dense], _SPLIT * lines[:, dense]).sum(1)
    sparse = np.maximum(np.minimum(1, layers.infill[:, SPARSE, 4]), _CHAINED * layers.infill[:, SPARSE, 3])
    inner = np.where(length[:, 1] > 0, layers.walls[:, 5], 0)
    x, y, _ = layers.extents_mm
    wanted = float(((layers.walls[:, 0] + layers.walls[:, 3]) * weight).sum())
    had = float(((length[:, :2] / wall_scale[:, None]).sum(1) * weight).sum())
    stops = layers.walls[:, 2] + inner + infill_paths + sparse
    length, seconds, volume, naive, paths = _with_supports(layers, weight, length, seconds, volume, naive)
    stops = stops + paths
    thin = 1 - had / wanted if wanted > 0 else 1.0
    return RoleTable(weight, length, seconds, volume, naive, stops, inner, thin, max(x * y, 1.0))


def _with_supports(
    layers: Layers, weight: Floats, length: Floats, seconds: Floats, volume: Floats, naive: Floats
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The tables with two more columns, plain supports and interfaces: means of the group's layers; and their paths."""
    supports, group = layers.supports, layers.strata.group
    if supports is None:
        none = np.zeros((len(weight), 2))
        return *(np.hstack([each, none]) for each in (length, seconds, volume, naive)), none[:, 0]  # type: ignore[return-value]

    def mean(values: Floats) -> Floats:
        return np.bincount(group, values, minlength=len(weight)) / weight

    def wider(table: Floats, own: Floats) -> Floats:
        return np.column_stack([table, mean(own[:, 0]), mean(own[:, 1])])

    return (
        wider(length, supports.length_mm),
        wider(seconds, supports.seconds),
        wider(volume, supports.volume_mm3),
        wider(naive, supports.naive_s),
        mean(supports.paths),
    )


def _scale(values: Floats, group: np.ndarray, chosen: np.ndarray, weight: Floats) -> Floats:
    """Mean of a group by the value of the layer that stands for it."""
    total = np.bincount(group, values, minlength=len(chosen))
    own = values[chosen]
    return np.where(own > 0, total / np.where(own > 0, own * weight, 1), 1.0)


def _walls(
    layers: Layers, i: int, recipe: Recipe, walls: WallRecipe, least_mm: float, length: Floats, seconds: Floats
) -> None:
    """Lines beside contours, as far as there is room for them: a thin wall has one line for two contours."""
    full, full_inner = layers.walls[i, 0], layers.walls[i, 3]
    if full > 0:
        share = 0.5 + 0.5 * min(1.0, _contour_mm(layers, i, recipe, least_mm) / full)
        length[i, 0], seconds[i, 0] = share * full, share * layers.walls[i, 1]
    if full_inner > 0:
        room = 0.0
        for line in range(walls.walls - 1):  # half as deep there is one for both contours
            begin = recipe.external_mm + line * walls.spacing_mm
            room += 0.5 * _contour_mm(layers, i, recipe, begin + 0.5 * least_mm)
            room += 0.5 * _contour_mm(layers, i, recipe, begin + least_mm)
        share = min(1.0, room / full_inner)
        length[i, 1], seconds[i, 1] = share * full_inner, share * layers.walls[i, 4]


def _contour_mm(layers: Layers, i: int, recipe: Recipe, depth_mm: float) -> float:
    """How much of a layer's contours has room to a depth: the area by depth says."""
    depths = layers.depths[i]
    step = recipe.walls_mm / len(depths)
    at = min(max(depth_mm / step, 1.5), len(depths) - 1.5)
    first = int(at - 1.5)
    return float(depths[first : first + 3].mean()) / step


def _infill(layers: Layers, i: int, length: Floats, seconds: Floats) -> None:
    for role, kinds in ((2, (SOLID,)), (3, (TOP,)), (4, (BRIDGE, INNER_BRIDGE)), (5, (SPARSE,))):
        for kind in kinds:
            length[i, role] += layers.infill[i, kind, 1]
            seconds[i, role] += layers.infill[i, kind, 2]


def _sections(recipe: Recipe, walls: WallRecipe, height: float) -> Floats:
    """Cross-section of a line by role, mm2."""
    spacing = recipe.spacing_mm
    return height * np.array([1.0, walls.spacing_mm, spacing[SOLID], spacing[TOP], spacing[BRIDGE], recipe.sparse_mm])


def _speeds(recipe: Recipe, walls: WallRecipe) -> Floats:
    speed = recipe.speed_mm_s
    return np.array([walls.external_mm_s, walls.inner_mm_s, speed[SOLID], speed[TOP], speed[BRIDGE], speed[SPARSE]])
