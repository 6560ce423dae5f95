"""What slicers and CAM programs write passes: small programs of our own in their styles."""

from __future__ import annotations

from pathlib import Path

import pytest

from gcode.bulk.listing import read_listing
from gcode.bulk.safety import check_listing
from gcode.extent import Bounds
from gcode.program import read_program
from gcode.safety import SafetyPolicy, Tool, check_program

STYLES = Path(__file__).parent / "styles"
BED = Bounds((0, 0, 0), (220, 220, 250))
SHEET = Bounds((0, 0, -50), (300, 180, 50))
PRINTER = {"envelope_mm": BED, "max_hotend_c": 250, "max_bed_c": 90, "max_feed_mm_min": 12_000}
ROUTER = SafetyPolicy("grbl", SHEET, max_feed_mm_min=3000, max_power=24_000, tool=Tool.SPINDLE)
POLICIES = {
    "prusaslicer": SafetyPolicy("marlin", **PRINTER),  # type: ignore[arg-type]
    "cura": SafetyPolicy("marlin", **PRINTER),  # type: ignore[arg-type]
    "simplify3d": SafetyPolicy("marlin", **PRINTER),  # type: ignore[arg-type]
    "ideamaker": SafetyPolicy("marlin", **PRINTER),  # type: ignore[arg-type]
    "superslicer-reprap": SafetyPolicy("reprap", **PRINTER),  # type: ignore[arg-type]
    "orcaslicer-klipper": SafetyPolicy("klipper", **PRINTER, extra_commands=frozenset({"START_PRINT", "END_PRINT"})),  # type: ignore[arg-type]
    "fusion360-grbl": ROUTER,
    "freecad-grbl": ROUTER,
    "estlcam-grbl": ROUTER,
    "carbide-create-grbl": ROUTER,
    "easel-grbl": ROUTER,
    "inkscape-laser-grbl": SafetyPolicy("grbl", SHEET, max_feed_mm_min=9000, max_power=1000, tool=Tool.LASER),
    "lightburn-grbl": SafetyPolicy("grbl", SHEET, max_feed_mm_min=9000, max_power=1000, tool=Tool.LASER),
}


def test_every_style_is_tried() -> None:
    assert {path.stem for path in STYLES.glob("*.gcode")} == set(POLICIES)


@pytest.mark.parametrize("name", POLICIES)
def test_a_style_passes(name: str) -> None:
    path = STYLES / f"{name}.gcode"
    assert check_program(read_program(path), POLICIES[name]) == ()
    assert check_listing(read_listing(path), POLICIES[name]) == ()


@pytest.mark.parametrize("name", [each for each in POLICIES if not each.endswith("grbl")])
def test_a_style_is_refused_on_a_colder_machine(name: str) -> None:
    policy = POLICIES[name]
    cold = SafetyPolicy(policy.dialect, max_hotend_c=150, max_bed_c=50, extra_commands=policy.extra_commands)
    found = check_program(read_program(STYLES / f"{name}.gcode"), cold)
    assert {str(each.rule) for each in found} == {"temperature"}
