"""The part files: solids closed, drawings clean, and all just as the generator makes them today."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf
import pytest
import trimesh
from ezdxf import bbox

PRINTED = {"foot": (36, 36, 18), "tray_stop": (44, 20, 16), "switch_box": (60, 36, 21)}
FLAT = {
    "laser/shelf": (270, 170),
    "laser/side_panel": (160, 163),
    "laser/diffuser": (232, 46),
    "milled/lamp_bar": (270, 50),
}


@pytest.fixture(scope="module")
def printed(source: Any) -> dict[str, Any]:
    station = source("station")
    return {part.name: part for part in station.printed_parts(station.Measures())}


def test_files_are_what_the_generator_makes(
    source: Any, design: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source("build").main(["--out", str(tmp_path)])
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    assert len(made) == len(capsys.readouterr().out.splitlines()) == 12
    assert [path for path in made if (design / path).read_bytes() != (tmp_path / path).read_bytes()] == []


def test_generator_follows_the_measures(source: Any) -> None:
    station, build = source("station"), source("build")
    usual, wider = dict(build.files(station.Measures())), dict(build.files(station.Measures(width=250.0)))
    changed = {path for path in usual if usual[path] != wider[path]}
    assert changed == {
        f"parts/{name}.{kind}"
        for name in ("laser/shelf", "laser/diffuser", "milled/lamp_bar")
        for kind in ("dxf", "gcode")
    }


@pytest.mark.parametrize("wrong", [{"plywood": 0.0}, {"screw_length": 12.0}, {"width": 100.0}])
def test_measures_refuse_what_cannot_be_built(source: Any, wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"is positive|long enough|at least"):
        source("station").Measures(**wrong)


@pytest.mark.parametrize("name", ["foot", "tray_stop", "switch_box", "cable_clip"])
def test_solid_is_closed_and_has_its_volume(design: Path, source: Any, printed: dict[str, Any], name: str) -> None:
    mesh = trimesh.load(design / "parts" / "printed" / f"{name}.stl")
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.body_count == 1
    assert mesh.volume == pytest.approx(source("reliefs").volume_mm3(printed[name].solid), rel=0.02)
    assert mesh.bounds[0] == pytest.approx([0, 0, 0], abs=0.01)


@pytest.mark.parametrize("name", PRINTED)
def test_solid_has_the_size_of_the_design(design: Path, name: str) -> None:
    assert trimesh.load(design / "parts" / "printed" / f"{name}.stl").extents == pytest.approx(PRINTED[name], abs=1e-4)


@pytest.mark.parametrize("name", FLAT)
def test_drawing_is_closed_contours_in_millimetres(design: Path, name: str) -> None:
    document = ezdxf.readfile(design / "parts" / f"{name}.dxf")
    assert document.dxfversion == "AC1024"
    assert document.header["$INSUNITS"] == ezdxf.units.MM
    assert not document.audit().has_errors
    shapes = list(document.modelspace())
    assert {shape.dxftype() for shape in shapes} <= {"CIRCLE", "LWPOLYLINE"}
    assert all(shape.closed for shape in shapes if shape.dxftype() == "LWPOLYLINE")


@pytest.mark.parametrize("name", FLAT)
def test_drawing_has_the_size_of_the_design(design: Path, name: str) -> None:
    document = ezdxf.readfile(design / "parts" / f"{name}.dxf")
    assert tuple(bbox.extents(document.modelspace(), fast=False).size)[:2] == pytest.approx(FLAT[name], abs=1e-3)


def test_tabs_fit_their_slots(source: Any) -> None:
    station = source("station")
    m = station.Measures()
    outline, _ = station.side_panel(m)
    tabs = sorted({vertex.x for vertex in outline.vertices if vertex.y == -m.plywood})
    slots = sorted(
        (hole.bounds for hole in station.shelf(m)[1] if hole.as_circle is None and hole.bounds[0] < m.width / 2),
        key=lambda bounds: bounds[1],
    )
    assert len(tabs) == 2 * len(slots) == 4
    for (left, right), (low_x, low_y, high_x, high_y) in zip(
        zip(tabs[::2], tabs[1::2], strict=True), slots, strict=True
    ):
        assert low_y + m.play / 2 == pytest.approx(left + station.SIDE_MARGIN)
        assert high_y - m.play / 2 == pytest.approx(right + station.SIDE_MARGIN)
        assert high_x - low_x == pytest.approx(m.plywood + m.play)


def test_bar_and_diffuser_screws_line_up(source: Any) -> None:
    station = source("station")
    m = station.Measures()
    offset = (station._diffuser_start(m), 2.0)
    plate = {(x + offset[0], y + offset[1]) for hole in station.diffuser(m)[1] for (x, y), _ in [hole.as_circle]}
    bar = {hole.as_circle[0] for hole in station.lamp_bar(m)[1] if hole.as_circle}
    assert plate <= bar


@pytest.mark.parametrize("name", ["foot", "tray_stop", "switch_box", "cable_clip"])
def test_program_was_sliced_from_this_solid(design: Path, name: str) -> None:
    (program,) = design.glob(f"parts/printed/{name}*.gcode")
    stated = re.search(rf"; sha256 of {name}\.stl: ([0-9a-f]{{64}})", program.read_text(encoding="ascii"))
    assert stated
    assert stated[1] == hashlib.sha256((design / "parts" / "printed" / f"{name}.stl").read_bytes()).hexdigest()


def test_slicer_output_is_reduced_to_known_commands(source: Any) -> None:
    raw = "; thumbnail begin\nM73 P0 R5\nG1 X1 Y2 ; move\n\n;LAYER_CHANGE\nM104 S0\n; filament used [g] = 1.50\n"
    assert source("slicing").clean(raw, ["A part"]) == "; A part\n; filament used [g] = 1.50\nG1 X1 Y2\nM104 S0\n"


@pytest.mark.parametrize("line", ["M500", "G29", "M117 Grüße", "T0", "SAVE_CONFIG"])
def test_slicer_output_with_an_unknown_command_is_refused(source: Any, line: str) -> None:
    clean: Callable[[str, list[str]], str] = source("slicing").clean
    with pytest.raises(ValueError, match="line 2"):
        clean(f"G28\n{line}\n", [])


def test_solid_volume_counts_hollows(source: Any) -> None:
    contours, reliefs = source("contours"), source("reliefs")
    bore = reliefs.Relief(contours.circle(5, 5, 4), 0.0)
    block = reliefs.Relief(contours.rectangle(0, 0, 10, 10), 3.0, (bore,))
    assert reliefs.volume_mm3(block) == pytest.approx(3 * (100 - math.pi * 4))
