"""Which layers are looked at closely: neighbours that are alike share one that stands for all.

A thin shell at the top of a plate must not be missed, a prism of a thousand equal layers needs one look. Layers are
grouped so that what changes within a group, in seconds of printing as far as areas tell, is the same for all groups.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from machines.printing.sections import Floats, Ints, Sections

__all__ = ["Strata", "stratify"]


@dataclass(frozen=True, slots=True)
class Strata:
    """Groups of neighbouring layers.

    Attributes:
        chosen: number of the layer that stands for each group, ascending.
        group: number of each layer's group.
    """

    chosen: Ints
    group: Ints


def stratify(
    sections: Sections, top_layers: int, bottom_layers: int, wall_mm2: float, density: float, groups: int
) -> Strata:
    """Group the layers.

    Args:
        sections: of the part.
        top_layers: solid ones above.
        bottom_layers: solid ones below.
        wall_mm2: area that the walls fill along a millimetre of contour.
        density: of the sparse infill.
        groups: how many, more or less; the first layer is one by itself.
    """
    count = len(sections.z_mm)
    if count <= groups:
        return Strata(np.arange(count), np.arange(count))
    covered = _window(sections.up_mm2[::-1], top_layers)[::-1]
    carried = _window(sections.down_mm2, bottom_layers)
    area = np.abs(sections.area_mm2)
    solid = np.minimum(area, covered + carried)
    changes = (
        wall_mm2 * np.abs(np.diff(sections.perimeter_mm))
        + density * np.abs(np.diff(area))
        + (1 - density) * np.abs(np.diff(solid))
        + np.abs(np.diff(np.minimum(area, sections.up_mm2)))
        + np.abs(np.diff(np.minimum(area, sections.down_mm2)))
    )
    last_solid = np.append(sections.up_mm2[max(0, top_layers - 1) :], np.zeros(max(0, top_layers - 1)))[:count]
    changes += 0.5 * np.abs(np.diff(np.minimum(area, last_solid)))  # the lowest of the solid layers is a bridge
    steady = wall_mm2 * sections.perimeter_mm.mean() + area.mean()
    changes = changes + (
        0.5 * changes.mean() + 0.01 * steady + 1e-9
    )  # long even stretches are looked at more than once
    way = np.cumsum(changes)
    group = np.zeros(count, np.int64)
    group[1:] = 1 + np.floor(way / way[-1] * (groups - 1) * (1 - 1e-9)).astype(np.int64)
    _, group = np.unique(group, return_inverse=True)
    first = np.flatnonzero(np.diff(group, prepend=-1))
    last = np.append(first[1:], count) - 1
    return Strata((first + last) // 2, group)


def _window(values: Floats, length: int) -> Floats:
    """Sum of each value and those before it, `length` in all."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    at = np.arange(1, len(total))
    window: Floats = total[at] - total[np.maximum(at - length, 0)]
    return window
