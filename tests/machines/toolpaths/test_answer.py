"""A slicer's file is read for what it says and does, and compared."""

from __future__ import annotations

import math

import numpy as np
import pytest
import trimesh

from core.errors import InputError
from machines.toolpaths.answer import Expected, compare, read_answer
from machines.toolpaths.picture import mesh_picture
from machines.toolpaths.plates import Area
from machines.toolpaths.settings import bed_area, bed_height_mm, checked_settings
from machines.toolpaths.soundness import soundness

BED = Area(0, 0, 100, 100)
SETTINGS = {"max_print_height": "50", "filament_diameter": "1.75"}
END = "; filament used [mm] = 10.00, 2.00\n; estimated printing time (normal mode) = {time}\n"


def plate(
    moves: str = "G1 X10 Y10 Z0.2 F600\nG1 X30 Y10 E1\n", time: str = "1m 5s", objects: str = "a.stl id:0 copy 0"
) -> bytes:
    return f"G90\nM82\n; printing object {objects}\n{moves}{END.format(time=time)}".encode()


@pytest.mark.parametrize(
    ("written", "seconds"), [("5s", 5), ("1m 5s", 65), ("2h 0m 1s", 7201), ("1d 2h 3m 4s", 93784), ("3h", 10800)]
)
def test_time_and_filament(written: str, seconds: float) -> None:
    answer = read_answer(plate(time=written), SETTINGS)
    assert answer.duration_s == seconds
    assert answer.filament_mm == 12
    assert answer.filament_mm3 == pytest.approx(12 * math.pi * 1.75**2 / 4)
    assert answer.objects == 1


@pytest.mark.parametrize(
    "data", [b"G28\n", plate(time="soon"), plate(time=""), b"G28\n; estimated printing time (normal mode) = 5s\n"]
)
def test_a_file_that_does_not_say_is_refused(data: bytes) -> None:
    with pytest.raises(InputError, match=r"neither time nor filament|is no time"):
        read_answer(data, SETTINGS)


@pytest.mark.parametrize(
    ("moves", "code"),
    [
        ("G1 X10 Y10 Z0.2 F600\nG1 X130 Y10 E1\n", "slice-outside"),
        ("G1 X10 Y10 Z60 F600\nG1 X30 Y10 E1\n", "slice-outside"),
        ("G1 X10 Y-9 Z0.2 F600\nG1 X30 Y10 E1\n", "slice-outside"),
        ("G1 X10 Y10 Z0.2 F600\nG1 X30 Y10\n", "slice-empty"),
    ],
)
def test_what_the_moves_do_counts(moves: str, code: str) -> None:
    answer = read_answer(plate(moves), SETTINGS)
    expected = Expected(65, 29, "the test")
    assert [hold.code for hold in compare(answer, pieces=1, bed=BED, settings=SETTINGS, expected=expected)] == [code]


def test_within_forty_percent_is_alike() -> None:
    answer = read_answer(plate(), SETTINGS)
    for share, alike in ((1.39, True), (1.45, False), (0.61, True), (0.55, False)):
        expected = Expected(answer.duration_s / share, None, "the test")
        assert (compare(answer, pieces=1, bed=BED, settings=SETTINGS, expected=expected) == ()) is alike, share


def test_pieces_that_are_lost_are_told() -> None:
    answer = read_answer(plate(), SETTINGS)
    (hold,) = compare(answer, pieces=2, bed=BED, settings=SETTINGS, expected=Expected(65, None, "the test"))
    assert hold.reason == "the slicer prints 1 pieces of the 2 on the plate"


def test_an_expectation_is_a_number_above_zero() -> None:
    with pytest.raises(ValueError, match="above zero"):
        Expected(0, None, "the test")
    with pytest.raises(ValueError, match="above zero"):
        Expected(None, math.nan, "the test")


def test_beds() -> None:
    assert bed_area({"bed_shape": "-10x-20,90x-20,90x80,-10x80"}) == Area(-10, -20, 100, 100)
    circle = ",".join(f"{100 * math.cos(t / 10)}x{100 * math.sin(t / 10)}" for t in range(63))
    square = bed_area({"bed_shape": circle})
    assert math.hypot(square.x_mm, square.y_mm) <= 100.1
    assert square.width_mm == pytest.approx(141.4, abs=0.3)
    assert bed_height_mm({"max_print_height": "210"}) == 210


def test_comments_and_blank_lines_are_no_settings() -> None:
    assert checked_settings("# ours\n\n; as well\nlayer_height = 0.2\npost_process =\n") == {
        "layer_height": "0.2", "post_process": ""
    }  # fmt: skip
    with pytest.raises(InputError, match="none of ours"):
        checked_settings("a = 1\n" * 100_000)


def test_the_picture_marks_the_leak() -> None:
    ball = np.array(trimesh.creation.icosphere(subdivisions=2, radius=10).triangles)
    leaky = ball[ball.mean(axis=1)[:, 1] > -9.2]  # open towards the eye
    edges = soundness(leaky).open_edges
    assert len(edges) > 3
    marked, plain = mesh_picture(leaky, edges), mesh_picture(leaky, edges[:0])
    assert marked != plain
    assert mesh_picture(leaky, edges) == marked
