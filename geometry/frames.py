"""Drawing frames: rectangles of a sheet of paper that surround a drawing and are never cut.

Source: ISO 216 (sizes of the A series) and ISO 5457 (frame 20 mm from the left edge and 10 mm from the others; older
frames leave 10 or 5 mm all round).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geometry.contours import Contour

__all__ = ["sheet_of", "without_frame"]

_SHEETS_MM = {"A0": (841, 1189), "A1": (594, 841), "A2": (420, 594), "A3": (297, 420), "A4": (210, 297)}
_MARGINS_MM = ((0, 0), (30, 20), (20, 20), (10, 10))  # of both sides together: left and right, top and bottom
_TOLERANCE_MM = 0.6


def sheet_of(width_mm: float, height_mm: float) -> str | None:
    """The sheet whose edge or frame has this size, upright or lying ("A4"), or None."""
    for name, (short, long) in _SHEETS_MM.items():
        for width, height in ((short, long), (long, short)):
            for beside, above in _MARGINS_MM:
                if max(abs(width - beside - width_mm), abs(height - above - height_mm)) <= _TOLERANCE_MM:
                    return name
    return None


def without_frame(contours: Sequence[Contour]) -> tuple[tuple[Contour, ...], tuple[str, ...]]:
    """The contours without the rectangles that frame all the others, and a clause for each that was left out.

    Only for drawings that are made to be read: a plain panel may well have the size of a sheet.
    """
    rest = list(contours)
    clauses: list[str] = []
    while len(rest) > 1:
        outer = max(rest, key=_area)
        width, height = np.ptp(outer.points, axis=0).tolist()
        name = sheet_of(width, height) if _is_rectangle(outer) else None
        if name is None or not all(_inside(each, outer) for each in rest):
            break
        rest = [each for each in rest if each is not outer]
        clauses.append(f"a frame of {width:g} x {height:g} mm ({name})")
    return tuple(rest), tuple(clauses)


def _area(contour: Contour) -> float:
    return float(np.prod(np.ptp(contour.points, axis=0)))


def _is_rectangle(contour: Contour) -> bool:
    """Whether it is closed and as long as its upright bounding box."""
    return contour.closed and abs(contour.length_mm - 2 * float(np.ptp(contour.points, axis=0).sum())) < _TOLERANCE_MM


def _inside(inner: Contour, outer: Contour) -> bool:
    low, high = outer.points.min(axis=0) - _TOLERANCE_MM, outer.points.max(axis=0) + _TOLERANCE_MM
    return bool((inner.points >= low).all() and (inner.points <= high).all())
