"""Make every file of the seedling station from its measures: `python build.py [--out FOLDER] [--slice]`.

Writes a solid (STL) for each printed part and a drawing (DXF) with its G-code for each laser-cut and milled part; the
same measures always give the same bytes. With `--slice` a slicer also makes the G-code of the printed parts.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from contours import Contour
from drawings import dxf_bytes
from reliefs import stl_bytes
from slicing import slice_part
from station import Measures, MilledPart, PrintedPart, SheetPart, milled_parts, printed_parts, sheet_parts
from toolpaths import laser_program, mill_program, number

__all__ = ["files", "main"]

DESIGN = Path(__file__).resolve().parents[1]
SHEET_MARGIN = 5.0  # mm from the sheet's corner to the part


def files(measures: Measures) -> Iterator[tuple[str, bytes]]:
    """Path in the design and content of every file but the printers' G-code."""
    for printed in printed_parts(measures):
        yield f"parts/printed/{printed.name}.stl", stl_bytes(printed.solid, f"{printed.title}, mm")
    for sheet in sheet_parts(measures):
        yield from _sheet_files(sheet)
    for milled in milled_parts(measures):
        yield from _milled_files(milled)


def _sheet_files(part: SheetPart) -> Iterator[tuple[str, bytes]]:
    path = f"parts/laser/{part.name}"
    yield f"{path}.dxf", dxf_bytes({"CUT": [part.outline, *part.holes]})
    dx, dy = _shift(part.outline)
    holes = [hole.moved(dx, dy) for hole in part.holes]
    title = f"{part.title}: {part.material} {number(part.thickness)} mm, CO2 laser, origin at the sheet's corner"
    yield f"{path}.gcode", laser_program(title, part.outline.moved(dx, dy), holes, part.setting).encode("ascii")


def _milled_files(part: MilledPart) -> Iterator[tuple[str, bytes]]:
    path = f"parts/milled/{part.name}"
    recesses = {f"POCKET {number(pocket.depth)} MM DEEP": [pocket.contour()] for pocket in part.pockets}
    yield f"{path}.dxf", dxf_bytes({"CUT THROUGH": [part.outline, *part.holes], **recesses})
    dx, dy = _shift(part.outline)
    title = (
        f"{part.title}: {part.material} {number(part.thickness)} mm, end mill {number(part.setting.tool_mm)} mm, "
        "origin at the plate's corner, Z0 on its top"
    )
    program = mill_program(
        title,
        part.thickness,
        part.outline.moved(dx, dy),
        [hole.moved(dx, dy) for hole in part.holes],
        [pocket.moved(dx, dy) for pocket in part.pockets],
        part.setting,
    )
    yield f"{path}.gcode", program.encode("ascii")


def _shift(outline: Contour) -> tuple[float, float]:
    """How far a part moves to lie in the corner of its sheet."""
    left, front, *_ = outline.bounds
    return SHEET_MARGIN - left, SHEET_MARGIN - front


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files, and say which."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=DESIGN, help="folder to write to (default: this design)")
    parser.add_argument("--slice", action="store_true", help="make the G-code of the printed parts too (prusa-slicer)")
    options = parser.parse_args(arguments)
    measures = Measures()
    for name, content in files(measures):
        path = options.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(f"{name}: {len(content)} bytes")
    if options.slice:
        for part in printed_parts(measures):
            print(_slice(part, options.out / "parts" / "printed"))


def _slice(part: PrintedPart, folder: Path) -> str:
    suffix = f"_x{part.pieces}" if part.pieces > 1 else ""
    program = folder / f"{part.name}{suffix}.gcode"
    program.write_text(slice_part(folder / f"{part.name}.stl", part.title, part.pieces), encoding="ascii")
    return f"{program.name}: {program.stat().st_size} bytes"


if __name__ == "__main__":
    main()
