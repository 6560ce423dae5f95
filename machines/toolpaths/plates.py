"""Pieces arranged on plates or sheets: upright boxes packed, each as it is or turned by 90 degrees.

Packing is rectpack's (maximal rectangles, best short side or bottom-left; J. Jylanki, "A Thousand Ways to Pack the
Bin", 2010).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import rectpack

from core.errors import InputError, LimitError

__all__ = ["ARRANGEMENT", "Area", "Placement", "arrange"]

ARRANGEMENT = "1"  # raise it when the same pieces would be placed otherwise: it is part of what a cache is asked for
_MOST = 1000
_UNITS_PER_MM = 1000  # whole micrometres: packing compares exactly
_TOLERANCE_UNITS = 1
_WAYS = (rectpack.MaxRectsBssf, rectpack.MaxRectsBl)
_Rect: TypeAlias = tuple[int, int, int, int, int]  # number of the piece, x, y, width, depth


@dataclass(frozen=True, slots=True)
class Area:
    """Where pieces may lie: a rectangle of the machine's coordinates, in mm."""

    x_mm: float
    y_mm: float
    width_mm: float
    depth_mm: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(each) for each in (self.x_mm, self.y_mm, self.width_mm, self.depth_mm)):
            raise ValueError("an area is four finite numbers")
        if self.width_mm <= 0 or self.depth_mm <= 0:
            raise ValueError("width and depth of an area are above zero")

    def inside(self, margin_mm: float) -> Area:
        """The area less a margin on each side.

        Raises:
            ValueError: nothing is left.
        """
        twice = 2 * margin_mm
        return Area(self.x_mm + margin_mm, self.y_mm + margin_mm, self.width_mm - twice, self.depth_mm - twice)


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one piece lies.

    Attributes:
        piece: its number in the list of pieces.
        x_mm, y_mm: the least corner of its upright box, in the machine's coordinates.
        turned: by 90 degrees, anticlockwise seen from above.
    """

    piece: int
    x_mm: float
    y_mm: float
    turned: bool


def arrange(
    sizes_mm: Sequence[tuple[float, float]],
    area: Area,
    *,
    spacing_mm: float,
    turning: bool = True,
    centred: bool = True,
) -> tuple[tuple[Placement, ...], ...]:
    """Place all pieces on as few plates as the heuristic finds.

    Args:
        sizes_mm: width and depth of each piece's box.
        area: of every plate.
        spacing_mm: kept free between pieces.
        turning: whether pieces may be turned by 90 degrees.
        centred: whether each plate's pieces lie in the middle of the area, or in its least corner.

    Raises:
        InputError: a piece is larger than the area.
        LimitError: there are more than 1,000 pieces.
    """
    if len(sizes_mm) > _MOST:
        raise LimitError(f"{len(sizes_mm):,} pieces are more than the {_MOST:,} that are arranged at once")
    spacing = _units(spacing_mm)
    room = (_units(area.width_mm) + spacing + _TOLERANCE_UNITS, _units(area.depth_mm) + spacing + _TOLERANCE_UNITS)
    boxes = [(_units(width) + spacing, _units(depth) + spacing) for width, depth in sizes_mm]
    for number, (width, depth) in enumerate(boxes):
        fits = (width <= room[0] and depth <= room[1]) or (turning and depth <= room[0] and width <= room[1])
        if not fits:
            what = f"{sizes_mm[number][0]:.1f} x {sizes_mm[number][1]:.1f} mm do not fit on"
            raise InputError(f"{what} {area.width_mm:.1f} x {area.depth_mm:.1f} mm", hint="take a larger machine")
    packings = [
        _packed(boxes, room, way, turning=turn) for turn in ((False, True) if turning else (False,)) for way in _WAYS
    ]
    whole = [plates for plates in packings if sum(map(len, plates)) == len(boxes)]
    fewest = min(whole, key=len)  # as modelled comes before turned
    return tuple(_placements(plate, boxes, area, spacing, centred=centred) for plate in fewest)


def _packed(boxes: Sequence[tuple[int, int]], room: tuple[int, int], way: Any, *, turning: bool) -> list[list[_Rect]]:
    """Each plate's boxes; those that fit only turned are missing where nothing may be turned."""
    packer: Any = rectpack.newPacker(
        mode=rectpack.PackingMode.Offline, bin_algo=rectpack.PackingBin.BBF,
        pack_algo=way, sort_algo=rectpack.SORT_LSIDE, rotation=turning,
    )  # fmt: skip
    for number, box in enumerate(boxes):
        packer.add_rect(*box, number)
    packer.add_bin(*room, count=max(1, len(boxes)))
    packer.pack()
    return [[(rect.rid, rect.x, rect.y, rect.width, rect.height) for rect in each] for each in packer]


def _placements(
    plate: list[_Rect], boxes: Sequence[tuple[int, int]], area: Area, spacing: int, *, centred: bool
) -> tuple[Placement, ...]:
    used_x = max(x + width for _, x, _, width, _ in plate) - spacing
    used_y = max(y + depth for _, _, y, _, depth in plate) - spacing
    share = 0.5 if centred else 0.0
    free_x = area.x_mm + share * max(0.0, area.width_mm - used_x / _UNITS_PER_MM)
    free_y = area.y_mm + share * max(0.0, area.depth_mm - used_y / _UNITS_PER_MM)
    return tuple(
        Placement(
            number,
            round(free_x + x / _UNITS_PER_MM, 3),
            round(free_y + y / _UNITS_PER_MM, 3),
            (width, depth) != boxes[number],
        )
        for number, x, y, width, depth in sorted(plate)
    )


def _units(length_mm: float) -> int:
    if not (math.isfinite(length_mm) and length_mm >= 0):
        raise ValueError("lengths are finite and not negative")
    return math.ceil(length_mm * _UNITS_PER_MM - 1e-6)
