"""QR codes (ISO/IEC 18004) drawn on a paper."""

from __future__ import annotations

import segno
from reportlab.lib.colors import black
from reportlab.pdfgen.canvas import Canvas

__all__ = ["draw_code"]

_QUIET = 4  # modules of white around, as the standard asks


def draw_code(canvas: Canvas, text: str, left_pt: float, bottom_pt: float, side_pt: float) -> None:
    """Draw a QR code with its quiet zone.

    Args:
        canvas: to draw on.
        text: what the code says; an address.
        left_pt: of its corner, points.
        bottom_pt: of its corner, points.
        side_pt: of the square, points.
    """
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix]
    module_pt = side_pt / (len(rows) + 2 * _QUIET)
    path = canvas.beginPath()
    for down, row in enumerate(rows):
        bottom = bottom_pt + side_pt - (down + _QUIET + 1) * module_pt
        for start, length in _dark(row):
            path.rect(left_pt + (start + _QUIET) * module_pt, bottom, length * module_pt, module_pt)
    canvas.setFillColor(black)
    canvas.drawPath(path, stroke=0, fill=1)


def _dark(row: list[int]) -> list[tuple[int, int]]:
    """Where dark modules begin, and how many follow each other: seams between single ones would show."""
    edges = [at for at in range(len(row) + 1) if (row[at - 1] if at else 0) != (row[at] if at < len(row) else 0)]
    return [(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]
