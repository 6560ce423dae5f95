"""Drawing frames: rectangles of a sheet of paper that surround a drawing and are never cut.

Source: ISO 216 (sizes of the A series) and ISO 5457 (frame 20 mm from the left edge and 10 mm from the others; older
frames leave 10 or 5 mm all round).
"""

from __future__ import annotations

from collections.abc import Sequence

from geometry.contours import Contour

__all__ = ["find_frames", "frame_words", "sheet_of"]

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


def find_frames(contours: Sequence[Contour]) -> tuple[Contour, ...]:
    """The rectangles that have the size of a sheet or its frame and surround all other contours, outermost first.

    Whether they are frames only the rest of the drawing can tell: a panel may well have the size of a sheet.
    """
    rest = list(contours)
    frames: list[Contour] = []
    while len(rest) > 1:
        outer = max(rest, key=_area)
        if not _is_rectangle(outer) or sheet_of(*outer.size_mm) is None:
            break
        if not all(_inside(each, outer) for each in rest):
            break
        rest = [each for each in rest if each is not outer]
        frames.append(outer)
    return tuple(frames)


def frame_words(frame: Contour) -> str:
    """The frame's size and sheet: "297 x 210 mm (A4)"."""
    width, height = frame.size_mm
    return f"{width:g} x {height:g} mm ({sheet_of(width, height)})"


def _area(contour: Contour) -> float:
    width, height = contour.size_mm
    return width * height


def _is_rectangle(contour: Contour) -> bool:
    """Whether it is closed and as long as its upright bounding box."""
    return contour.closed and abs(contour.length_mm - 2 * sum(contour.size_mm)) < _TOLERANCE_MM


def _inside(inner: Contour, outer: Contour) -> bool:
    low, high = outer.points.min(axis=0) - _TOLERANCE_MM, outer.points.max(axis=0) + _TOLERANCE_MM
    return bool((inner.points >= low).all() and (inner.points <= high).all())
