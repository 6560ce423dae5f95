"""Time and material of a print before slicing: exact where arithmetic knows, near the slicer where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import struct
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from machines.machine import Connection, Driver, Machine, Motion
from machines.printing.columns import columns_of, grid_over
from machines.printing.compiled import is_compiled
from machines.printing.cooling import _cap
from machines.printing.defaults import print_profile
from machines.printing.estimate import estimate_print
from machines.printing.loops import chain
from machines.printing.moves import path_s, ramp_s
from machines.printing.pose import Pose
from machines.printing.profile import Adhesion
from machines.printing.recipes import spacing_mm
from machines.printing.roles import Role
from machines.printing.sections import Floats, cut, layer_heights, segments_of

MACHINE = Machine("p1", "lab", "A printer", ("fdm",), Connection(Driver.MARLIN, "virtual"), envelope_mm=(250, 210, 210))
PROFILE = print_profile(MACHINE)


def triangles(mesh: trimesh.Trimesh) -> Floats:
    return np.asarray(mesh.triangles, dtype=np.float64)


def box(x: float, y: float, z: float) -> Floats:
    return triangles(trimesh.creation.box((x, y, z)))


def tube() -> Floats:
    return triangles(trimesh.creation.annulus(8.0, 15.0, 20.0))


@pytest.mark.parametrize("corners", [box(20, 30, 10), tube(), triangles(trimesh.creation.icosphere(3, 12.0))])
def test_sections_add_up_to_the_volume(corners: Floats) -> None:
    placed = corners - np.array([0, 0, corners[:, :, 2].min()])
    heights = layer_heights(float(placed[:, :, 2].max()), 0.1, 0.1)
    sections = cut(placed, Pose(), heights, 0.1)
    volume = abs(np.einsum("ij,ij->", placed[:, 0], np.cross(placed[:, 1], placed[:, 2]))) / 6
    assert sections.area_mm2.sum() * 0.1 == pytest.approx(volume, rel=2e-3)


def test_a_prism_has_the_same_contour_in_every_layer() -> None:
    placed = box(20, 30, 10) + np.array([0, 0, 5.0])
    sections = cut(placed, Pose(), layer_heights(10.0, 0.2, 0.2), 0.2)
    assert len(sections.z_mm) == 50
    assert sections.perimeter_mm == pytest.approx(np.full(50, 100.0))
    assert sections.area_mm2 == pytest.approx(np.full(50, 600.0))


@pytest.mark.parametrize(("height", "layers"), [(0.1, 1), (0.2, 1), (0.29, 1), (0.31, 2), (1.0, 5), (1.09, 5)])
def test_a_layer_is_there_when_its_middle_is(height: float, layers: int) -> None:
    assert len(layer_heights(height, 0.2, 0.2)) == layers


def test_contours_close_and_lose_what_lies_on_a_line() -> None:
    placed = tube() + np.array([0, 0, 10.0])
    heights = layer_heights(20.0, 0.2, 0.2)
    sections = cut(placed, Pose(), heights, 0.2)
    segments, begin = segments_of(placed, Pose(), sections, np.array([3, 50]))
    points, loops = chain(segments[begin[1] :], 0.02)
    assert len(loops) == 3  # outside and hole
    for first, end in pairwise(loops):
        assert tuple(points[first]) == tuple(points[end - 1])
    assert len(points) <= len(segments[begin[1] :]) + 2


def test_columns_know_what_is_inside() -> None:
    placed = tube() + np.array([0, 0, 10.0])
    low, high = placed.reshape(-1, 3).min(0), placed.reshape(-1, 3).max(0)
    grid = grid_over(low, high, 0.5, 1.0)
    columns = columns_of(placed, Pose(), grid, 0.0)  # room for too few: it is asked for again
    inside = np.diff(columns.begin)
    assert set(inside) == {0, 2}
    area = np.count_nonzero(inside) * grid.dx_mm * grid.dy_mm
    assert area == pytest.approx(np.pi * (15**2 - 8**2), rel=0.02)


def test_bodies_that_touch_are_one_and_a_sheet_is_none() -> None:
    halves = np.concatenate([box(10, 10, 5) + np.array((0, 0, 2.5)), box(10, 10, 5) + np.array((0, 0, 7.5))])
    sheet = np.array([[(-5, -5, 20), (5, -5, 20), (5, 5, 20)], [(-5, -5, 20), (5, 5, 20), (5, -5, 20)]], float)
    grid = grid_over(np.array([-5.0, -5.0]), np.array([5.0, 5.0]), 0.5, 1.0)
    columns = columns_of(np.concatenate([halves, sheet]), Pose(), grid, 400.0)
    assert set(np.diff(columns.begin)) == {0, 2}
    assert np.ptp(columns.z_mm) == 10.0


@pytest.mark.parametrize(
    ("thick", "outer", "inner"), [(0.5, 0.5, 0.0), (1.0, 1.0, 0.0), (1.35, 1.0, 0.5), (4.0, 1.0, 1.0)]
)
def test_a_thin_wall_has_the_lines_that_fit(thick: float, outer: float, inner: float) -> None:
    """Two lines of 0.45 mm and one between, where each gets 0.85 of a nozzle of 0.4 mm."""
    role_mm = estimate_print(box(60, thick, 12), PROFILE).role_mm
    contours_mm = 60 * 2 * (60 + thick)
    assert role_mm[Role.EXTERNAL_WALL] / contours_mm == pytest.approx(outer, abs=0.1)
    assert role_mm[Role.INNER_WALL] / contours_mm == pytest.approx(inner, abs=0.15)


def test_a_brim_goes_round_the_outside_of_every_island() -> None:
    profile = replace(PROFILE, adhesion=Adhesion(0, 2.0, 5.0))
    spacing = spacing_mm(profile.widths.first_layer_mm, profile.first_layer_mm)
    loops = int(5.0 / spacing)
    around = estimate_print(box(30, 20, 2), profile).role_mm[Role.SKIRT]
    assert around == pytest.approx(loops * (100 + np.pi * loops * spacing), rel=1e-6)
    apart = np.concatenate([box(30, 20, 2), box(30, 20, 2) + np.array((60, 0, 0))])
    assert estimate_print(apart, profile).role_mm[Role.SKIRT] == pytest.approx(2 * around, rel=1e-6)
    near = np.concatenate([box(30, 20, 2), box(30, 20, 2) + np.array((31, 0, 0))])
    assert around < estimate_print(near, profile).role_mm[Role.SKIRT] < 1.7 * around


def test_lifting_costs_the_travels_time() -> None:
    lifted = replace(PROFILE, retraction=replace(PROFILE.retraction, lift_mm=0.4))
    plain, more = (estimate_print(tube(), each).role_s[Role.RETRACTION] for each in (PROFILE, lifted))
    assert more > plain


def test_a_long_move_is_its_way_by_its_speed_and_the_ramps() -> None:
    assert ramp_s(100.0, 50.0, 1000.0, 0.0, 0.0) == pytest.approx(100 / 50 + 50 / 1000)
    assert ramp_s(1.0, 1e9, 1000.0, 0.0, 0.0) == pytest.approx(2 * (1.0 / 1000) ** 0.5)


@given(st.floats(0.01, 500), st.floats(1, 300), st.floats(50, 20000), st.floats(0, 1), st.floats(0, 1))
def test_no_move_is_faster_than_its_speed(
    length: float, speed: float, acceleration: float, entry: float, leave: float
) -> None:
    seconds = ramp_s(length, speed, acceleration, entry * speed, leave * speed)
    assert seconds >= length / speed * (1 - 1e-9)
    assert seconds <= ramp_s(length, speed, acceleration, 0.0, 0.0) * (1 + 1e-9)


def test_corners_cost_time() -> None:
    straight = np.array([(0.0, 0.0), (10.0, 0.0), (20.0, 0.0)])
    bent = np.array([(0.0, 0.0), (10.0, 0.0), (10.0, 10.0)])
    speeds = np.empty(4)
    assert path_s(straight, 0, 3, 80.0, 1000.0, 8.0, speeds) < path_s(bent, 0, 3, 80.0, 1000.0, 8.0, speeds)


def test_a_solid_block_uses_its_volume() -> None:
    """With full infill nothing but the rounded sides of the lines is missing."""
    profile = replace(PROFILE, infill_density=1.0)
    estimate = estimate_print(box(30, 30, 10), profile)
    skirt = estimate.role_mm[Role.SKIRT] * 0.2 * 0.4
    assert estimate.volume_mm3 - skirt == pytest.approx(9000, rel=0.05)
    assert estimate.mass_g == pytest.approx(estimate.volume_mm3 * 1.24 / 1000)


@settings(max_examples=15)
@given(st.floats(15, 40), st.floats(15, 40), st.floats(4, 20))
def test_more_infill_and_more_height_take_longer(x: float, y: float, z: float) -> None:
    block = box(x, y, z)
    plain = estimate_print(block, PROFILE)
    assert estimate_print(block, replace(PROFILE, infill_density=0.5)).volume_mm3 > plain.volume_mm3
    assert estimate_print(box(x, y, z + 5), PROFILE).duration_s > plain.duration_s
    assert plain.low_s < plain.duration_s < plain.high_s


def test_where_a_part_stands_changes_nothing() -> None:
    there = estimate_print(tube(), PROFILE)
    elsewhere = estimate_print(tube() + np.array([1e3, -2e3, 70.0]), PROFILE)
    assert elsewhere.duration_s == pytest.approx(there.duration_s, rel=0.01)


def test_supports_are_counted_where_they_are_asked_for() -> None:
    table = np.concatenate([box(6, 6, 20), box(40, 40, 3) + np.array([0, 0, 11.5])])
    plain = estimate_print(table, PROFILE)
    held = estimate_print(table, print_profile(MACHINE, supports=True))
    assert plain.role_s[Role.SUPPORT] == 0
    assert held.role_s[Role.SUPPORT] > 0.1 * plain.duration_s
    assert plain.overhang_mm2 == pytest.approx(40 * 40 - 6 * 6, rel=0.1)
    assert estimate_print(box(20, 20, 20), PROFILE).overhang_mm2 == 0


def test_a_layer_cools_before_the_next() -> None:
    pin = box(14, 14, 20)
    estimate = estimate_print(pin, PROFILE)
    assert estimate.duration_s / estimate.layers > 0.85 * PROFILE.cooling.layer_time_s
    hasty = replace(PROFILE, cooling=replace(PROFILE.cooling, layer_time_s=0.0))
    assert estimate_print(pin, hasty).duration_s < 0.85 * estimate.duration_s


@given(st.lists(st.tuples(st.floats(1, 500), st.floats(20, 200)), min_size=1, max_size=8), st.floats(0.1, 500))
def test_lines_are_held_just_as_much_as_is_missing(lines: list[tuple[float, float]], missing_s: float) -> None:
    lengths, speeds = (np.array(each) for each in zip(*lines, strict=True))
    cap = _cap(lengths, speeds, missing_s, 15.0)
    others = np.arange(len(lines)) != 4  # bridges keep their speed
    if not others.any():
        return
    took = (lengths / np.where(others, np.minimum(speeds, cap), speeds)).sum()
    if cap > 15.0:
        assert took == pytest.approx((lengths / speeds).sum() + missing_s)
    else:
        assert took <= (lengths / speeds).sum() + missing_s * (1 + 1e-9)


def test_the_passes_are_compiled_once() -> None:
    estimate_print(box(10, 10, 2), PROFILE)
    if find_spec("numba") is None:
        assert not is_compiled()
    else:
        assert is_compiled()


def test_what_would_take_too_many_layers_is_refused() -> None:
    with pytest.raises(InputError, match="layers"):
        estimate_print(box(10, 10, 1e5), PROFILE)


def test_what_does_not_print_is_refused() -> None:
    flat = np.array([[[0.0, 0, 0], [10, 0, 0], [0, 10, 0]]])
    with pytest.raises(InputError, match="no body"):
        estimate_print(flat, PROFILE)


def _stl(path: Path, corners: Floats) -> None:
    with path.open("wb") as file:
        file.write(bytes(80) + struct.pack("<I", len(corners)))
        for triangle in corners.astype("<f4"):
            file.write(bytes(12) + triangle.tobytes() + bytes(2))


BALL = triangles(trimesh.creation.icosphere(4, 10.0)) + np.array([0, 0, 10.5])
_SHAPES = {
    "block": box(40, 30, 12),
    "tube": tube(),
    "ball on a plate": np.concatenate([box(30, 30, 4), BALL]),
}


@pytest.mark.parametrize("shape", sorted(_SHAPES))
@pytest.mark.parametrize(
    ("motion", "quality"),
    [(Motion(), "standard"), (Motion(acceleration_mm_s2=500, jerk_mm_s=10, work_mm_s=60), "draft"),
     (Motion(acceleration_mm_s2=4000, work_mm_s=180, travel_mm_s=300), "fine")],
)  # fmt: skip
def test_the_slicer_says_nearly_the_same(shape: str, motion: Motion, quality: str, tmp_path: Path) -> None:
    slicer = shutil.which("prusa-slicer")
    if slicer is None:
        if os.environ.get("FABCOMMONS_REQUIRE_EXTERNAL") == "1":
            pytest.fail("prusa-slicer is not installed")
        pytest.skip("prusa-slicer is not installed")
    profile = print_profile(replace(MACHINE, motion=motion), "pla", quality)
    estimate = estimate_print(_SHAPES[shape], profile)
    _stl(tmp_path / "part.stl", _SHAPES[shape])
    (tmp_path / "profile.ini").write_text(profile.prusa_ini())
    command = [slicer, "--load", "profile.ini", "-g", "-o", "part.gcode", "part.stl"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=100)
    text = (tmp_path / "part.gcode").read_text()
    found = re.search(r"estimated printing time \(normal mode\) = (?:(\d+)h )?(?:(\d+)m )?(\d+)s", text)
    used = re.search(r"filament used \[mm\] = ([\d.]+)", text)
    assert found is not None
    assert used is not None
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    assert estimate.duration_s == pytest.approx(3600 * hours + 60 * minutes + seconds, rel=0.12)
    assert estimate.filament_mm == pytest.approx(float(used[1]), rel=0.08)
