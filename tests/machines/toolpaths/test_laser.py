"""Drawings become laser programs that are safe, sized right, inside before outside, and held for an operator."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import ezdxf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.trees import materials
from gcode.facts import Kind, inspect_program, parse_blocks
from gcode.modal import Move, interpret
from gcode.program import parse_program
from gcode.safety import SafetyPolicy, check_program
from geometry.contours import Contour
from machines.lab import Connection, Driver, Machine, MachineLimits
from machines.toolpaths import laser_settings as table_module
from machines.toolpaths.cut_lines import Action, CutLine, compensated, layer_actions, ordered
from machines.toolpaths.laser import LaserBed, LaserSheet, laser_bed, laser_sheets
from machines.toolpaths.laser_settings import Beam, LaserSettings, laser_settings

BED = LaserBed(300.0, 200.0, 1000.0, 12000.0)
SETTINGS = LaserSettings(Beam(0.8, 900), Beam(0.2, 6000), 0.2, "the test")


def square(side: float, x: float = 0.0, y: float = 0.0, layer: str = "cut") -> Contour:
    corners = np.array([(0, 0), (side, 0), (side, side), (0, side), (0, 0)], float)
    corners += np.array((x - side / 2, y - side / 2))
    return Contour(layer, corners, closed=True)


def sheet_of(path: Path, pieces: int = 1, settings: LaserSettings = SETTINGS, **layers: Action) -> LaserSheet:
    (sheet,) = laser_sheets(path, pieces, BED, settings, layers=layers)
    return sheet


def cuts(sheet: LaserSheet) -> list[Move]:
    events = interpret(parse_blocks(parse_program(sheet.gcode)), grbl=True)
    return [each for each in events if isinstance(each, Move) and each.power > 0 and not each.rapid]


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """A 60 x 40 plate with a round hole of 10 and a slit, drawn with single lines."""
    document = ezdxf.new("R2010")
    document.header["$INSUNITS"] = 4
    space = document.modelspace()
    corners = [(5, 5), (65, 5), (65, 45), (5, 45)]
    for first, last in zip(corners, [*corners[1:], corners[0]], strict=True):
        space.add_line(first, last)
    space.add_circle((25, 25), 5)
    space.add_line((40, 20), (40, 30))
    path = tmp_path / "plate.dxf"
    document.saveas(path)
    return path


def test_the_plate(plate: Path) -> None:
    sheet = sheet_of(plate)
    assert [hold.code for hold in sheet.holds] == ["operator"]
    assert sheet.pierces == 3
    expected_mm = 4 * 0.2 + 200 + math.pi * (10 - 0.2) + 10
    assert sheet.cut_mm == pytest.approx(expected_mm, abs=0.1)
    assert sheet.engrave_mm == 0
    assert sheet.duration_s == pytest.approx(sheet.cut_mm / 15, rel=0.15)


def test_the_program_passes_the_safety_check_and_is_a_laser_program(plate: Path) -> None:
    program = parse_program(sheet_of(plate, pieces=6).gcode)
    assert check_program(program, SafetyPolicy("grbl", max_power=1000, max_feed_mm_min=12000)) == ()
    facts = inspect_program(program)
    assert facts.kind is Kind.LASER
    assert facts.max_power == 800
    assert program.source[-2] == "M2"
    assert "M5" in program.source[-4]
    assert program.source[0].startswith("; fabcommons")


def test_the_piece_comes_out_as_drawn(plate: Path) -> None:
    moves = cuts(sheet_of(plate))
    xs = [move.end[0] for move in moves]
    assert max(xs) - min(xs) - SETTINGS.kerf_mm == pytest.approx(60, abs=0.002)
    upright = [move for move in moves if move.start[0] == move.end[0]]
    slit = [move for move in upright if _length(move) == pytest.approx(10)]
    assert len(slit) == 1  # open: as long as drawn


def test_the_hole_comes_before_the_outline(plate: Path) -> None:
    moves = cuts(sheet_of(plate))
    outline = max(range(len(moves)), key=lambda n: moves[n].end[0])
    assert all(abs(move.end[0] - moves[outline].end[0]) > 20 for move in moves[: len(moves) - 4])


def test_the_beam_is_off_on_the_way_even_without_laser_mode(plate: Path) -> None:
    for line in parse_program(sheet_of(plate).gcode).lines[:-2]:
        assert not line.startswith("G0") or line.endswith(" S0"), line


def test_pieces_fill_sheets_and_stay_inside(plate: Path) -> None:
    sheets = laser_sheets(plate, 40, BED, SETTINGS)
    assert sum(sheet.pieces for sheet in sheets) == 40
    assert len(sheets) == 3
    for sheet in sheets:
        bounds = inspect_program(parse_program(sheet.gcode)).bounds_mm
        assert bounds is not None
        assert min(bounds.minimum) >= 0
        assert bounds.maximum[:2] <= (298.001, 198.001)


def test_a_piece_is_turned_and_not_mirrored(tmp_path: Path) -> None:
    path = tmp_path / "l.svg"
    shape = "M0 0 H10 V150 H100 V160 H0 Z"  # an L: the foot is below on the page
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="160mm" viewBox="0 0 100 160"><path d="{shape}"'
        ' fill="none" stroke="#ff0000"/></svg>'
    )
    upright = cuts(sheet_of(path))
    assert max(upright, key=lambda move: move.end[0]).end[1] < 15  # the foot is at the bottom, as seen on the page
    narrow = LaserBed(180.0, 110.0, 1000.0)
    (turned,) = laser_sheets(path, 1, narrow, SETTINGS)
    points = np.array([move.end[:2] for move in cuts(turned)])
    far_up = points[points[:, 1] > points[:, 1].max() - 1]
    assert far_up[:, 0].mean() > 100  # anticlockwise: what was right is up, what was down is right


def test_too_large_is_refused_with_numbers(plate: Path) -> None:
    with pytest.raises(InputError, match=r"60\.2 x 40\.2 mm do not fit on 46\.0 x 56\.0 mm"):
        laser_sheets(plate, 1, LaserBed(50, 60, 1000), SETTINGS)
    with pytest.raises(InputError, match="leaves nothing"):
        laser_sheets(plate, 1, BED, SETTINGS, margin_mm=100)


def test_settings_beyond_the_machine_are_refused(plate: Path) -> None:
    fast = LaserSettings(Beam(0.8, 20_000), Beam(0.2, 6000), 0.2, "the test")
    with pytest.raises(InputError, match="not be safe: a feed of 20000"):
        laser_sheets(plate, 1, BED, fast)


def test_passes_follow_the_line_again(plate: Path) -> None:
    twice = LaserSettings(Beam(0.8, 900, passes=2), Beam(0.2, 6000), 0.2, "the test")
    once, again = cuts(sheet_of(plate)), cuts(sheet_of(plate, settings=twice))
    assert sum(map(_length, again)) == pytest.approx(2 * sum(map(_length, once)), rel=1e-6)


def _length(move: Move) -> float:
    return math.dist(move.start[:3], move.end[:3])


def test_an_assumed_unit_is_held(tmp_path: Path) -> None:
    path = tmp_path / "old.dxf"
    document = ezdxf.new("R12")
    document.modelspace().add_circle((0, 0), 20)
    document.saveas(path)
    assert {hold.code for hold in sheet_of(path).holds} == {"operator", "unit-doubtful"}


@given(st.lists(st.floats(4, 90), min_size=1, max_size=8, unique=True), st.randoms())
def test_nested_squares_are_cut_from_the_inside(sides: list[float], random: object) -> None:
    sides = sorted(sides)
    sides = [side for index, side in enumerate(sides) if index == 0 or side - sides[index - 1] > 1]
    shuffled = list(sides)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    lines, notes = compensated([square(side) for side in shuffled], {"cut": Action.CUT}, 0.2)
    assert notes == ()
    sizes = [float(np.ptp(line.points[:, 0])) for line in ordered(lines)]
    assert sizes == sorted(sizes)
    for rank, (size, side) in enumerate(zip(reversed(sizes), reversed(sides), strict=True)):
        assert size == pytest.approx(side + (0.2 if rank % 2 == 0 else -0.2), abs=1e-6)


POINTS = st.tuples(st.floats(0, 250), st.floats(0, 150))


@given(st.lists(POINTS, min_size=1, max_size=30))
def test_every_line_is_followed_once_and_no_farther_apart_than_drawn(places: list[tuple[float, float]]) -> None:
    drawn = [CutLine(np.array([(x, y), (x + 5, y + 1)]), closed=False, action=Action.CUT) for x, y in places]
    done = ordered(drawn)
    assert sorted(_ends(line) for line in done) == sorted(_ends(line) for line in drawn)
    if len(places) > 1:
        first = min(np.hypot(line.points[[0, -1], 0], line.points[[0, -1], 1]).min() for line in drawn)
        assert np.hypot(*done[0].points[0]) == pytest.approx(first)


def _ends(line: CutLine) -> tuple[tuple[float, ...], ...]:
    return tuple(sorted(map(tuple, line.points.tolist())))


def test_nearest_first_saves_travel() -> None:
    random = np.random.default_rng(1)
    lines, _ = compensated([square(4, *place) for place in random.uniform(0, 300, (60, 2))], {"cut": Action.CUT}, 0.0)
    assert _travel(ordered(lines)) < 0.4 * _travel(lines)


def _travel(lines: Sequence[CutLine]) -> float:
    ends = [line.points for line in lines]
    return sum(math.dist(a[-1], b[0]) for a, b in pairwise(ends))


def test_a_hole_narrower_than_the_kerf_is_cut_as_drawn_and_told() -> None:
    lines, notes = compensated([square(20), square(0.15)], {"cut": Action.CUT}, 0.2)
    assert sorted(float(np.ptp(line.points[:, 0])) for line in lines) == pytest.approx([0.15, 20.2])
    assert "hardly wider than the kerf" in notes[0]


def test_a_line_that_crosses_itself_is_cut_as_drawn_and_told() -> None:
    bow = np.array([(0, 0), (10, 10), (10, 0), (0, 10), (0, 0)], float)
    lines, notes = compensated([Contour("cut", bow, closed=True)], {"cut": Action.CUT}, 0.2)
    assert (lines[0].points == bow).all()
    assert "cross themselves" in notes[0]


def test_engraving_comes_first_and_stays_where_it_is() -> None:
    contours = [square(20), square(10, layer="mark")]
    lines, _ = compensated(contours, {"cut": Action.CUT, "mark": Action.ENGRAVE}, 0.2)
    first, last = ordered(lines)
    assert first.action is Action.ENGRAVE
    assert float(np.ptp(first.points[:, 0])) == 10
    assert last.depth == 0  # what is only engraved is no hole


def test_layers() -> None:
    actions, notes = layer_actions(["CUT", "Engrave 1", "Notes"], {})
    assert list(actions.values()) == [Action.CUT, Action.ENGRAVE, Action.IGNORE]
    assert len(notes) == 3
    assert layer_actions(["whatever"], {})[0] == {"whatever": Action.CUT}
    assert layer_actions(["#FF0000", "cut"], {"#ff0000": Action.ENGRAVE})[0]["#FF0000"] is Action.ENGRAVE
    with pytest.raises(InputError, match="what to do with the layers '#0000ff', 'shortcut'"):
        layer_actions(["cut", "#0000ff", "shortcut"], {})
    with pytest.raises(InputError, match="cut and engrave"):
        layer_actions(["cut and engrave", "cut"], {})
    with pytest.raises(InputError, match="no layer 'holes'"):
        layer_actions(["cut"], {"holes": Action.CUT})


def test_nothing_left_to_cut_is_an_error() -> None:
    with pytest.raises(InputError, match="nothing to cut"):
        compensated([square(20)], {"cut": Action.IGNORE}, 0.2)


def test_the_table_names_materials_of_the_tree_with_sound_figures() -> None:
    for word, row in table_module._table().items():
        assert word in materials(), word
        if "refused" not in row:
            assert set(row) == {"cut_j_mm2", "engrave_j_mm", "kerf_mm"}, word
            assert laser_settings(word, 0.5, 40).cut.passes == 1, word


@given(st.floats(0.5, 6), st.floats(20, 150))
def test_energy_reaches_through_the_sheet(thickness: float, power: float) -> None:
    settings = laser_settings("cast_acrylic", thickness, power, max_feed_mm_min=4000)
    cut = settings.cut
    energy = cut.power_share * power / (cut.feed_mm_min / 60) * cut.passes  # J for each mm of way
    assert energy / thickness == pytest.approx(1.2, rel=0.1)
    assert cut.feed_mm_min <= 4000


@pytest.mark.parametrize("material", ["pvc", "pvc_film", "abs", "polycarbonate", "fr4"])
def test_what_poisons_is_refused(material: str) -> None:
    with pytest.raises(InputError, match="must not be cut with a laser"):
        laser_settings(material, 1, 60)


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(InputError, match="no laser settings are known for"):
        laser_settings("aluminium", 3, 60)
    with pytest.raises(InputError, match="not a known material"):
        laser_settings("unobtainium", 3, 60)
    with pytest.raises(InputError, match="too thick for a beam of 40 W"):
        laser_settings("plywood", 30, 40)
    with pytest.raises(InputError, match="more than nothing"):
        laser_settings("plywood", 0, 40)


def test_settings_refuse_nonsense() -> None:
    for bad in ((0.0, 900.0, 1), (1.1, 900.0, 1), (0.5, 0.0, 1), (0.5, math.nan, 1), (0.5, 900.0, 7)):
        with pytest.raises(ValueError, match=r"above|once"):
            Beam(*bad)
    with pytest.raises(ValueError, match="kerf"):
        LaserSettings(Beam(0.5, 900), Beam(0.5, 900), 5.0, "")
    with pytest.raises(ValueError, match="above zero"):
        LaserBed(0, 1, 1)


def test_a_machine_as_a_bed() -> None:
    machine = Machine(
        "laser", "lab", "Laser", ("co2_laser_cutting",), Connection(Driver.HANDS), envelope_mm=(600, 400, 10),
        limits=MachineLimits(feed_mm_min=20000, spindle_s=1000),
    )  # fmt: skip
    assert laser_bed(machine).width_mm == 600
    assert laser_bed(machine, (300, 200)).depth_mm == 200
    with pytest.raises(InputError, match="larger than laser"):
        laser_bed(machine, (700, 200))
    bare = Machine("laser", "lab", "Laser", ("co2_laser_cutting",), Connection(Driver.HANDS))
    with pytest.raises(InputError, match="no envelope"):
        laser_bed(bare)
