"""Our planner against PrusaSlicer's own figure, on a part of our own."""

import math
import os
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from gcode.inspection import inspect_data


@pytest.fixture(scope="module")
def slicer() -> str:
    found = shutil.which("prusa-slicer")
    if found is None:
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail("prusa-slicer is not on PATH")
        pytest.skip("prusa-slicer is not on PATH")
    return found


def lens(path: Path) -> None:
    """A prism of many sides with a slanted top: short moves, long ones and sparse layers."""
    sides, radius, low, high = 40, 14.0, 3.0, 8.0
    ring = [
        (radius * math.cos(math.tau * i / sides), radius * 0.6 * math.sin(math.tau * i / sides)) for i in range(sides)
    ]
    top = [(x, y, low + (high - low) * (x + radius) / (2 * radius)) for x, y in ring]
    middle = (low + high) / 2
    faces = []
    for i in range(sides):
        j = (i + 1) % sides
        a, b = (*ring[i], 0.0), (*ring[j], 0.0)
        faces += [(a, b, top[j]), (a, top[j], top[i]), (b, a, (0.0, 0.0, 0.0)), (top[i], top[j], (0.0, 0.0, middle))]
    body = b"".join(struct.pack("<12fH", 0, 0, 0, *a, *b, *c, 0) for a, b, c in faces)
    path.write_bytes(b"\0" * 80 + struct.pack("<I", len(faces)) + body)


@pytest.mark.parametrize(
    "options",
    [
        ["--gcode-flavor", "marlin", "--machine-limits-usage", "emit_to_gcode", "--default-acceleration", "900"],
        ["--gcode-flavor", "marlin2", "--machine-limits-usage", "time_estimate_only", "--travel-speed", "250"],
        ["--gcode-flavor", "marlin", "--wipe", "--use-relative-e-distances", "--layer-gcode", "G92 E0"],
    ],
    ids=["limits in the program", "limits in the notes", "relative and wiping"],
)
def test_times_agree_with_the_slicer(slicer: str, tmp_path: Path, options: list[str]) -> None:
    mesh, program = tmp_path / "lens.stl", tmp_path / "lens.gcode"
    lens(mesh)
    density = ["--filament-density", "1.24"]
    subprocess.run([slicer, "-g", *density, *options, "-o", str(program), str(mesh)], capture_output=True, check=True)
    found = inspect_data(program.read_bytes())
    notes = found.notes
    assert notes.slicer is not None
    assert notes.slicer.startswith("PrusaSlicer")
    assert found.limits_basis == "the slicer's notes in the file"
    assert notes.duration_s is not None
    assert found.facts.duration_s == pytest.approx(notes.duration_s, rel=0.01, abs=1.5)  # stated in whole seconds
    assert found.facts.filament_mm == pytest.approx(notes.filament_mm, rel=0.002)
    assert found.filament_g == pytest.approx(notes.filament_g, rel=0.01)
    assert len(found.facts.layer_heights_mm) == pytest.approx(notes.layer_count, abs=1)
    assert not found.facts.unfollowed_count
