"""The G-code of the example: inside its machines, plain, and safe at its end."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import ezdxf
import pytest
import yaml
from ezdxf import bbox

DESIGN = Path(__file__).parents[2] / "examples" / "seedling-station"
PRINTED, LASER, MILLED = (sorted(DESIGN.glob(f"parts/{kind}/*.gcode")) for kind in ("printed", "laser", "milled"))
MARLIN = {"G0", "G1", "G21", "G28", "G90", "G92", "M83", "M84", "M104", "M106", "M107", "M109", "M140", "M190", "M400"}
GRBL = {"G0", "G1", "G2", "G3", "G21", "G90", "M3", "M4", "M5"}
SHEET = (280.0, 180.0)
Command = dict[str, float]


def commands(path: Path) -> Iterator[tuple[str, Command]]:
    for line in path.read_bytes().decode("ascii").splitlines():
        if not line.startswith(";"):
            word, *words = line.split()
            yield word, {each[0]: float(each[1:]) for each in words}


@dataclass
class Trace:
    """Where a tool goes: (x, y, z) after each move, whether it is cutting, and its feed rate."""

    points: list[tuple[float, float, float]] = field(default_factory=list)
    cuts: list[tuple[tuple[float, float, float], tuple[float, float, float]]] = field(default_factory=list)
    feeds: set[float] = field(default_factory=set)


def trace(path: Path) -> Trace:
    found, here, beam = Trace(), {"X": 0.0, "Y": 0.0, "Z": 0.0}, False
    for word, words in commands(path):
        beam = word in ("M3", "M4") or (beam and word != "M5")
        if word not in ("G0", "G1", "G2", "G3"):
            continue
        start = (here["X"], here["Y"], here["Z"])
        here.update({axis: words[axis] for axis in "XYZ" if axis in words})
        end = (here["X"], here["Y"], here["Z"])
        found.points.append(end)
        found.feeds.update([words["F"]] if "F" in words else [])
        if word in ("G2", "G3"):
            radius = math.hypot(words["I"], words["J"])
            assert math.hypot(end[0] - start[0] - words["I"], end[1] - start[1] - words["J"]) == pytest.approx(
                radius, abs=0.004
            )
        if beam and word != "G0":
            found.cuts.append((start, end))
    return found


def names(paths: list[Path]) -> list[str]:
    return [path.stem for path in paths]


def test_there_are_programs_of_each_kind() -> None:
    assert (len(PRINTED), len(LASER), len(MILLED)) == (4, 3, 1)


@pytest.mark.parametrize("path", [*PRINTED, *LASER, *MILLED], ids=lambda path: path.stem)
def test_program_is_small_plain_text(path: Path) -> None:
    content = path.read_bytes()
    assert len(content) < 250_000
    assert set(content) <= {10, *range(32, 127)}
    assert content.endswith(b"\n")
    assert max(len(line) for line in content.splitlines() if not line.startswith(b";")) <= 60
    assert content.count(b"\n") < 10_000


@pytest.mark.parametrize("path", PRINTED, ids=names(PRINTED))
def test_printed_program_stays_on_the_bed_and_uses_known_words(path: Path) -> None:
    assert {word for word, _ in commands(path)} <= MARLIN
    points = trace(path).points
    assert all(0 <= x <= 180 and 0 <= y <= 180 and 0 <= z <= 180 for x, y, z in points)
    assert max(trace(path).feeds) <= 10_000


@pytest.mark.parametrize("path", PRINTED, ids=names(PRINTED))
def test_printed_program_starts_homed_and_ends_cold(path: Path) -> None:
    words = [word for word, _ in commands(path)]
    assert words.index("G28") < words.index("G1")
    assert words.index("M109") < words.index("G1")
    last = {word: values for word, values in commands(path) if word in ("M104", "M109", "M140", "M190", "M106", "M107")}
    assert last["M104"]["S"] == 0
    assert last["M140"]["S"] == 0
    assert list(last)[-1] == "M107" or words[::-1].index("M107") < words[::-1].index("M106")
    assert words[-1] == "M84"
    assert max(values["S"] for word, values in commands(path) if word in ("M104", "M109")) <= 215


@pytest.mark.parametrize("path", PRINTED, ids=names(PRINTED))
def test_printed_program_extrudes_what_it_says(path: Path) -> None:
    stated = re.search(r"filament used \[mm\] = ([\d.]+)", path.read_text(encoding="ascii"))
    assert stated
    printed = sum(words["E"] for word, words in commands(path) if word == "G1" and "E" in words)
    assert printed == pytest.approx(float(stated[1]), abs=12)  # the prime line, and the last retraction


@pytest.mark.parametrize("path", [*LASER, *MILLED], ids=names([*LASER, *MILLED]))
def test_cut_stays_in_the_sheet_and_uses_known_words(path: Path) -> None:
    assert {word for word, _ in commands(path)} <= GRBL
    for x, y, z in trace(path).points:
        assert 0 <= x <= SHEET[0]
        assert 0 <= y <= SHEET[1]
        assert -9.5 <= z <= 5


@pytest.mark.parametrize("path", LASER, ids=names(LASER))
def test_laser_is_off_in_travel_and_at_the_end(path: Path) -> None:
    beam = False
    for word, words in commands(path):
        beam = word == "M4" or (beam and word != "M5")
        assert not (beam and word == "G0")
        assert words.get("S", 0) <= 1000
    assert word == "M5"


def sizes(path: Path) -> tuple[list[float], list[float]]:
    """Width and height of what is cut, and of what is drawn."""
    xs, ys = zip(*(point[:2] for cut in trace(path).cuts for point in cut), strict=True)
    drawn = bbox.extents(ezdxf.readfile(path.with_suffix(".dxf")).modelspace(), fast=False).size
    return [max(xs) - min(xs), max(ys) - min(ys)], [drawn.x, drawn.y]


@pytest.mark.parametrize("path", LASER, ids=names(LASER))
def test_laser_cuts_the_drawing_and_half_its_kerf_outside(path: Path) -> None:
    cut, drawn = sizes(path)
    kerf = [a - b for a, b in zip(cut, drawn, strict=True)]
    assert kerf == pytest.approx([kerf[0]] * 2, abs=0.005)
    assert 0.1 < kerf[0] < 0.3


@pytest.mark.parametrize("path", MILLED, ids=names(MILLED))
def test_mill_goes_round_the_drawing_by_its_tool(path: Path) -> None:
    cut, drawn = sizes(path)
    assert [a - b for a, b in zip(cut, drawn, strict=True)] == pytest.approx([3.0, 3.0], abs=0.005)


@pytest.mark.parametrize("path", LASER, ids=names(LASER))
def test_laser_cuts_what_falls_out_first(path: Path) -> None:
    groups: list[list[tuple[float, float, float]]] = []
    for word, words in commands(path):
        if word == "G0":
            groups.append([])
        if "X" in words:
            groups[-1].append((words["X"], words["Y"], 0.0))
    widths = [max(p[0] for p in group) - min(p[0] for p in group) for group in groups if len(group) > 1]
    assert widths[-1] == max(widths)
    assert len(widths) > 1


@pytest.mark.parametrize("path", MILLED, ids=names(MILLED))
def test_mill_travels_above_the_plate_and_stops(path: Path) -> None:
    height, spinning = None, False
    for word, words in commands(path):
        spinning = word == "M3" or (spinning and word != "M5")
        if word == "G0" and ("X" in words or "Y" in words):
            assert height == 5
        height = words.get("Z", height)
        assert spinning or word in ("G21", "G90", "G0", "M5")
    assert word == "M5"
    assert height == 5


@pytest.mark.parametrize("path", MILLED, ids=names(MILLED))
def test_mill_goes_down_in_steps_and_through(path: Path) -> None:
    heights = [z for _, _, z in trace(path).points]
    assert min(heights) == pytest.approx(-9.2)
    levels = sorted({round(z, 3) for z in heights if z < 0}, reverse=True)
    assert all(above - below <= 2.0 for above, below in pairwise([0.0, *levels]))


def test_every_program_fits_a_machine_of_the_labs(examples: Path) -> None:
    labs = yaml.safe_load((examples / "labs.yaml").read_text(encoding="utf-8"))["labs"]
    machines = [machine for lab in labs for machine in lab["machines"]]
    for paths, process in ((PRINTED, "fdm"), (LASER, "co2_laser_cutting"), (MILLED, "cnc_routing")):
        able = [machine for machine in machines if process in machine["processes"]]
        assert able
        for path in paths:
            found = trace(path)
            largest = [max(point[axis] for point in found.points) for axis in range(3)]
            for machine in able:
                assert all(a <= b for a, b in zip(largest, machine["envelope_mm"], strict=True)), machine["id"]
                assert max(found.feeds) <= machine["limits"]["feed_mm_min"], machine["id"]


def test_laser_program_repeats_its_passes(source: Any) -> None:
    contours, toolpaths = source("contours"), source("toolpaths")
    setting = toolpaths.LaserSetting(power_s=500, feed_mm_min=900, passes=3, kerf_mm=0.2)
    text = toolpaths.laser_program("A square", contours.rectangle(5, 5, 10, 10), [], setting)
    assert text.count("G1 ") == 12
    assert text.count("M4 S500") == 1
    assert "X15.1 Y4.9" in text


def test_numbers_are_short(source: Any) -> None:
    number = source("toolpaths").number
    assert [number(value) for value in (1.0, -0.0001, 2.5, 10, 1.23456)] == ["1", "0", "2.5", "10", "1.235"]


def test_kerf_and_tool_stay_on_the_waste_side(source: Any) -> None:
    contours, toolpaths = source("contours"), source("toolpaths")
    outline, hole = contours.rectangle(5, 5, 40, 40), contours.circle(25, 25, 10)
    laser = toolpaths.LaserSetting(power_s=500, feed_mm_min=900, passes=1, kerf_mm=0.2)
    mill = toolpaths.MillSetting(
        tool_mm=3.0, spindle_rpm=9000, feed_mm_min=900, plunge_mm_min=200, step_down_mm=2.0, step_over_mm=1.0
    )
    assert "G0 X29.9 Y25\n" in toolpaths.laser_program("A plate", outline, [hole], laser)
    milled = toolpaths.mill_program("A plate", 6.0, outline, [hole], [], mill)
    assert "G0 X28.5 Y25\n" in milled
    assert "G0 X3.5 Y3.5\n" in milled


def test_mill_leaves_bridges_only_below_their_height(source: Any) -> None:
    contours, toolpaths = source("contours"), source("toolpaths")
    mill = toolpaths.MillSetting(
        tool_mm=3.0, spindle_rpm=9000, feed_mm_min=900, plunge_mm_min=200, step_down_mm=2.0, step_over_mm=1.0
    )
    text = toolpaths.mill_program("A plate", 6.0, contours.rectangle(5, 5, 40, 40), [], [], mill)
    depths = [float(found) for found in re.findall(r"^G1 Z(-[\d.]+)", text, re.MULTILINE)]
    assert depths == pytest.approx([-1.55, -3.1, -4.65, *[-4.5, -4.65] * 4, -6.2, *[-4.5, -6.2] * 4])
