import pytest

from core.errors import InputError
from gcode.facts import Bounds, Kind, inspect_program
from gcode.program import Program, parse_program

PRINT = b"""; a square
M140 S60
M104 S210
G28
M190 S60
M109 S215
G21
G90
M83
G92 E0
G1 Z0.2 F600
G0 X20 Y30 F6000
G1 X40 Y30 E1.5 F1200
G1 X40 Y50 E1.5
G1 E-0.8 F2400
G0 X0 Y200 F6000
M104 S0
M140 S0
"""
LASER = b"G21 G90\nG0 X10 Y10\nM4 S400\nG1 X30 F1500\nG1 Y40 S800\nM5\nG0 X0 Y0\n"
MILL = b"G21 G90 G17\nT1\nM3 S12000\nG0 Z5\nG0 X5 Y5\nG1 Z-2 F200\nG1 X45 F600\nG2 X45 Y25 I0 J10\nG0 Z5\nM5\nM30\n"


def program(data: bytes) -> Program:
    return parse_program(data)


def test_a_print() -> None:
    facts = inspect_program(program(PRINT))
    assert facts.kind is Kind.FILAMENT
    assert facts.filament_mm == pytest.approx(3.0)  # the last draw-back gives nothing back
    assert (facts.max_hotend_c, facts.max_bed_c) == (215, 60)
    assert facts.bounds_mm == Bounds((0, 0, 0.2), (40, 200, 0.2))
    assert facts.work_bounds_mm == Bounds((20, 30, 0.2), (40, 50, 0.2))
    assert not facts.uses_spindle
    assert facts.line_count == 17
    # 20 mm and 20 mm at 20 mm/s, and two travels
    assert 3.5 < facts.duration_s < 6


def test_a_laser_job() -> None:
    facts = inspect_program(program(LASER))
    assert facts.kind is Kind.LASER
    assert facts.max_power == 800
    assert facts.work_bounds_mm == Bounds((10, 10, 0), (30, 40, 0))
    assert facts.filament_mm == 0


def test_a_mill_job() -> None:
    facts = inspect_program(program(MILL))
    assert facts.kind is Kind.MILL
    assert facts.tools == (1,)
    assert facts.uses_spindle
    assert facts.work_bounds_mm is not None
    assert facts.work_bounds_mm.minimum[2] == -2
    assert facts.work_bounds_mm.maximum[0] == pytest.approx(45, abs=0.01)
    assert facts.bounds_mm is not None
    assert facts.bounds_mm.size_mm[2] == 7


def test_moves_alone_prove_nothing() -> None:
    assert inspect_program(program(b"G1 X10 F100\n")).kind is Kind.UNKNOWN
    facts = inspect_program(program(b"M104 S0\n"))
    assert facts.bounds_mm is None
    assert facts.duration_s == 0


def test_what_is_not_understood_names_its_line() -> None:
    with pytest.raises(InputError, match="program:2"):
        inspect_program(program(b"G28\nPRINT_START BED=60\n"))
