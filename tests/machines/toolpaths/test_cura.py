"""The second slicer makes the same part of the same profile, and is held to the same checks."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import InputError, MissingToolError
from gcode.facts import inspect_program
from gcode.program import read_program
from gcode.safety import SafetyPolicy, check_program
from geometry.stl import Corners
from machines.toolpaths import slicers
from machines.toolpaths.answer import Expected
from machines.toolpaths.cache import ToolpathCache
from machines.toolpaths.cura import cura_engine, cura_settings
from machines.toolpaths.settings import checked_settings
from machines.toolpaths.slicer import Slicer
from machines.toolpaths.slicers import find_slicer
from machines.toolpaths.slicing import SlicedPlate, WantedPart, slice_parts
from tests.machines.toolpaths.conftest import WriteMesh, box_of


@pytest.fixture(scope="session")
def cura(sandbox: None) -> Slicer:
    try:
        return cura_engine()
    except MissingToolError as error:
        pytest.skip(f"the second slicer is optional: {error}")


def sliced(slicer: Slicer, ini: str, cache: ToolpathCache, path: Path, pieces: int) -> SlicedPlate:
    (plate,) = slice_parts([WantedPart(path, pieces)], ini, slicer=slicer, cache=cache, expectation=None)
    return plate


def test_both_slicers_agree(cura: Slicer, prusa: Slicer, ini: str, cache: ToolpathCache, write_mesh: WriteMesh) -> None:
    path = write_mesh(box_of(30, 40, 8))
    first, second = (sliced(each, ini, cache, path, 2) for each in (prusa, cura))
    assert second.filament_mm3 == pytest.approx(first.filament_mm3, rel=0.1)
    assert second.duration_s == pytest.approx(first.duration_s, rel=0.2)
    assert second.key != first.key
    assert {hold.code for hold in second.holds} == {"not-compared"}  # both pieces, inside the printer
    program = read_program(second.gcode)
    assert check_program(program, SafetyPolicy("marlin", max_hotend_c=260, max_bed_c=100)) == ()
    assert inspect_program(program).duration_s == pytest.approx(second.duration_s, rel=0.2)


def test_a_slice_far_from_its_estimate_waits_here_too(
    cura: Slicer, ini: str, cache: ToolpathCache, write_mesh: WriteMesh, box: Corners
) -> None:
    class Says:
        name = "the test"

        def __call__(self, pieces: object) -> Expected:
            return Expected(1e6, None, self.name)

    (plate,) = slice_parts([WantedPart(write_mesh(box))], ini, slicer=cura, cache=cache, expectation=Says())
    assert [hold.code for hold in plate.holds] == ["time-differs"]


def test_settings_say_the_same_in_other_words(ini: str) -> None:
    prusa, cura = checked_settings(ini), cura_settings(checked_settings(ini))
    assert cura["layer_height"] == prusa["layer_height"]
    assert cura["wall_line_count"] == prusa["perimeters"]
    assert cura["material_print_temperature"] == prusa["temperature"]
    assert float(cura["infill_line_distance"]) == pytest.approx(
        2 * float(cura["infill_line_width"]) * 100 / 15, rel=1e-4
    )
    assert "[" not in cura["machine_start_gcode"]
    assert "{" not in cura["machine_end_gcode"]
    with pytest.raises(InputError, match="begin at 0, 0"):
        cura_settings({**prusa, "bed_shape": "-100x-100,100x-100,100x100,-100x100"})
    with pytest.raises(InputError, match="does not know the pattern"):
        cura_settings({**prusa, "fill_pattern": "honeycomb"})


def test_the_first_that_is_installed_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    second = Slicer("CuraEngine", "4", "/usr/bin/CuraEngine", lambda *_: b"")

    def missing() -> Slicer:
        raise MissingToolError("the program prusa-slicer is not installed")

    monkeypatch.setattr(slicers, "prusa_slicer", missing)
    monkeypatch.setattr(slicers, "cura_engine", lambda: second)
    assert find_slicer() is second
    monkeypatch.setattr(slicers, "cura_engine", missing)
    with pytest.raises(MissingToolError, match="prusa-slicer"):
        find_slicer()
    with pytest.raises(InputError, match="'slic4r' is no slicer"):
        find_slicer("slic4r")


def test_without_definitions_it_says_what_is_missing(sandbox: None, tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match=r"definitions of its settings|CuraEngine is not installed"):
        cura_engine(tmp_path)
