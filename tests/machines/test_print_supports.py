"""Supports before slicing: what is held up, what stands below it, and near the slicer where that is installed."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from machines.machine import Connection, Driver, Machine
from machines.printing.columns import columns_of
from machines.printing.defaults import print_profile
from machines.printing.estimate import estimate_print
from machines.printing.layers import look_at
from machines.printing.overhangs import overhangs
from machines.printing.pose import bounds_of
from machines.printing.profile import PrintProfile
from machines.printing.prusa_ini import prusa_settings
from machines.printing.recipes import spacing_mm
from machines.printing.roles import Role
from machines.printing.sections import Floats
from machines.printing.supports import SupportLayers, _grid, _rules

MACHINE = Machine("p1", "lab", "A printer", ("fdm",), Connection(Driver.MARLIN, "virtual"), envelope_mm=(250, 210, 210))
PROFILE = print_profile(MACHINE, supports=True)
LINE_MM = spacing_mm(PROFILE.widths.support_mm, PROFILE.layer_mm)
PITCH_MM = PROFILE.supports.spacing_mm + LINE_MM


def box(x: float, y: float, z: float, at: tuple[float, float, float] = (0, 0, 0)) -> Floats:
    solid = trimesh.creation.box((x, y, z))
    solid.apply_translation((at[0], at[1], at[2] + z / 2))
    return np.asarray(solid.triangles, dtype=np.float64)


ISLAND = np.concatenate([box(5, 5, 6, (-30, 0, 0)), box(20, 20, 2, (10, 0, 4))])
ARM = np.concatenate([box(6, 20, 8, (-13, 0, 0)), box(27, 20, 2, (3.5, 0, 6))])
SLOT = np.concatenate([box(10, 20, 7, (-13, 0, 0)), box(10, 20, 7, (13, 0, 0)), box(36, 20, 2, (0, 0, 7))])
SHELF = np.concatenate([box(60, 60, 3), box(4, 4, 20, (0, 0, 3)), box(30, 30, 3, (20, 0, 20))])
BALL = np.asarray(trimesh.creation.icosphere(4, 12.0).triangles) + np.array([0, 0, 12.0])
SHAPES = {"island": ISLAND, "arm": ARM, "slot": SLOT, "shelf": SHELF, "ball": BALL}


def supports(corners: Floats, profile: PrintProfile = PROFILE) -> SupportLayers:
    found = look_at(corners, bounds_of(corners, profile.fill_angle_deg), profile).supports
    assert found is not None
    return found


def held_mm2(corners: Floats, profile: PrintProfile = PROFILE) -> float:
    around = bounds_of(corners, 0.0)
    x, y, _ = (float(each) for each in around.high - around.low)
    grid, _ = _grid((x, y), PITCH_MM)
    columns = columns_of(corners, around.pose, grid, 2 * x * y)
    return float(np.count_nonzero(overhangs(columns, grid, _rules(profile))) * grid.dx_mm * grid.dy_mm)


def test_what_floats_is_held_up_by_whole_cells_of_the_grid() -> None:
    """20 mm beside a middle at 6.25 mm: ten cells of 2.317 mm each way, eleven lines and ten joints."""
    found = supports(ISLAND)
    assert found.length_mm[10, 0] == pytest.approx(11 * 10 * PITCH_MM + 10 * PITCH_MM, rel=0.01)
    assert found.paths[10] == 1
    dense = PROFILE.supports.interface_spacing_mm + LINE_MM
    assert found.length_mm[18, 1] == pytest.approx((10 * PITCH_MM) ** 2 / dense, rel=0.05)


def test_supports_stop_one_gap_below_and_end_in_interfaces() -> None:
    found = supports(ISLAND)  # held up from 4 mm on: layer 20 is the first of it
    assert found.length_mm[18:, 0].sum() == 0
    assert np.flatnonzero(found.length_mm[:, 1]).tolist() == [17, 18]
    assert found.length_mm[19:].sum() == 0


def test_the_foot_is_wider_and_denser() -> None:
    found = supports(ISLAND)
    side = 10 * PITCH_MM + LINE_MM
    foot = side**2 + 4 * 3 * side + np.pi * 9
    assert found.volume_mm3[0, 0] == pytest.approx(0.9 * foot * PROFILE.first_layer_mm, rel=0.05)


def test_what_is_bridged_needs_no_support() -> None:
    assert held_mm2(SLOT) == 0
    assert supports(SLOT).length_mm.sum() == 0


def test_an_arm_is_held_up_along_its_edges_only() -> None:
    area = 27.0 * 20.0
    assert 0.2 * area < held_mm2(ARM) < 0.6 * area


def test_on_the_plate_only_means_nothing_stands_on_the_part() -> None:
    everywhere = supports(SHELF)
    plate = supports(SHELF, replace(PROFILE, supports=replace(PROFILE.supports, plate_only=True)))
    assert everywhere.length_mm.sum() > 1.2 * plate.length_mm.sum() > 0
    assert plate.length_mm[0, 0] > 0


def test_steep_faces_hold_themselves() -> None:
    def cone(height: float) -> Floats:
        solid = trimesh.creation.cone(10.0, height)
        solid.apply_transform(np.diag([1.0, 1.0, -1.0, 1.0]))
        solid.apply_translation((0, 0, height))
        return np.asarray(solid.triangles, dtype=np.float64)

    assert held_mm2(cone(13.0)) < 10 < held_mm2(cone(7.0))


@settings(max_examples=10)
@given(st.floats(2, 12), st.floats(0, 3))
def test_a_higher_island_needs_as_much_more_support(height: float, away: float) -> None:
    def island(z: float) -> Floats:
        return np.concatenate([box(5, 5, 30, (-30, 0, 0)), box(12, 12, 2, (8 + away, 0, z))])

    low, high = supports(island(height)), supports(island(height + 4.0))
    assert high.length_mm[5, 0] == pytest.approx(low.length_mm[5, 0])
    assert high.length_mm.sum() > low.length_mm.sum()


def test_supports_are_printed_in_the_layers_of_the_part() -> None:
    """A gap of whole layers, and no layer halved because the slicer rounds up its sums."""
    for quality in ("draft", "standard", "fine", "strong"):
        profile = print_profile(MACHINE, quality=quality, supports=True)
        layers = profile.supports.gap_mm / profile.layer_mm
        assert layers == pytest.approx(round(layers))
        assert float(prusa_settings(profile)["max_layer_height"]) / profile.layer_mm == pytest.approx(1.0005, abs=1e-4)


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_the_slicer_lays_nearly_the_same(shape: str, tmp_path: Path) -> None:
    slicer = shutil.which("prusa-slicer")
    if slicer is None:
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail("prusa-slicer is not installed")
        pytest.skip("prusa-slicer is not installed")
    with (tmp_path / "part.stl").open("wb") as file:
        file.write(bytes(80) + struct.pack("<I", len(SHAPES[shape])))
        for triangle in SHAPES[shape].astype("<f4"):
            file.write(bytes(12) + triangle.tobytes() + bytes(2))
    (tmp_path / "profile.ini").write_text(PROFILE.prusa_ini())
    command = [slicer, "--load", "profile.ini", "-g", "-o", "part.gcode", "part.stl"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=100)
    estimate = estimate_print(SHAPES[shape], PROFILE)
    ours = estimate.role_mm[Role.SUPPORT] + estimate.role_mm[Role.SUPPORT_INTERFACE]
    assert ours == pytest.approx(_support_mm((tmp_path / "part.gcode").read_text()), rel=0.15, abs=100)


def _support_mm(gcode: str) -> float:
    """Length of the lines of supports in a program."""
    total, place, inside = 0.0, (0.0, 0.0), False
    for line in gcode.splitlines():
        if line.startswith(";TYPE:"):
            inside = line.startswith(";TYPE:Support material")
        elif line.startswith("G1 "):
            words = dict(re.findall(r"([XYE])(-?[\d.]+)", line))
            there = float(words.get("X", place[0])), float(words.get("Y", place[1]))
            if inside and "E" in words:
                total += float(np.hypot(there[0] - place[0], there[1] - place[1]))
            place = there
    return total
