import math

import pytest

from core.errors import InputError, LimitError
from gcode import inspection
from gcode.extent import Bounds
from gcode.facts import inspect_program
from gcode.inspection import check, check_data, inspect_data, measure, pays
from gcode.limits import MotionLimits
from gcode.program import parse_program
from gcode.safety import SafetyPolicy, check_program

from .programs import PROGRAMS


def test_a_program_is_looked_at_from_all_sides() -> None:
    data = PROGRAMS["print"].encode() + b"; filament_density = 1.25\n; filament_diameter = 2.0\n"
    found = inspect_data(data, name="a.gcode")
    assert found.dialect.name == "marlin"
    assert found.limits_basis == "assumed"
    assert not found.compiled
    assert found.filament_g == pytest.approx(found.facts.filament_mm * 3.14159265 * 1.25 / 1000)
    assert found.total_s == found.facts.duration_s + found.facts.heating_s > found.facts.duration_s
    assert inspect_data(b"G1 X1 F1").filament_g is None


def test_the_dialect_may_be_stated() -> None:
    dwell = b"M3 S1\nG4 P2\n"
    assert inspect_data(dwell).facts.duration_s == 2
    assert inspect_data(dwell, dialect="marlin").facts.duration_s == pytest.approx(0.002)
    with pytest.raises(InputError, match="klingon"):
        inspect_data(dwell, dialect="klingon")


def test_both_ways_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason="the fast path is compiled by numba")
    policy = SafetyPolicy("marlin", envelope_mm=Bounds((0, 0, 0), (30, 30, 30)), max_hotend_c=300)
    limits = MotionLimits(jerk_mm_s=(9, 9, 1, 5))
    text = PROGRAMS["print"].replace("\n", "\r\n").encode()
    program = parse_program(text)
    assert not pays(len(program.lines))
    plain = inspect_data(text, limits=limits)
    monkeypatch.setattr(inspection, "_PLAIN_LINES", 1)
    monkeypatch.setattr(inspection, "_COLD_LINES", 1)
    assert pays(len(program.lines))
    fast = inspect_data(text, limits=limits)
    assert fast.compiled
    assert not plain.compiled
    assert fast.facts.duration_s == pytest.approx(plain.facts.duration_s)
    assert fast.dialect == plain.dialect
    assert measure(program, limits).sha256 == inspect_program(program).sha256
    assert check(program, policy) == check_data(text, policy) == check_program(program, policy) != ()


def test_without_numba_programs_are_read_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "_PLAIN_LINES", 1)
    monkeypatch.setattr(inspection, "_COLD_LINES", 1)
    monkeypatch.setattr(inspection, "find_spec", lambda name: None)
    assert not pays(10**6)
    assert not inspect_data(PROGRAMS["mill"].encode()).compiled


def test_few_lines_of_very_many_moves_are_no_burden(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason="the fast path is compiled by numba")
    circles = b"G1 X0 F600\n" + b"G2 I5000 J0\n" * 20
    program = parse_program(circles)
    monkeypatch.setattr(inspection, "_PLAIN_MOVES", 10_000)
    with pytest.raises(LimitError, match="moves"):
        inspect_program(program, max_moves=10_000)
    found = inspect_data(circles)
    assert found.compiled
    assert found.facts.travel_length_mm == pytest.approx(20 * 2 * math.pi * 5000, rel=1e-3)
    monkeypatch.setattr("gcode.bulk.facts._MAX_MOVES", 10_000)
    with pytest.raises(LimitError, match="moves"):
        inspect_data(circles)
    with pytest.raises(InputError, match="turns"):
        inspect_program(parse_program(b"G1 X0 F600\nG2 I5 P1000000"))


def test_lines_of_arcs_that_make_hundreds_of_thousands_of_moves_are_left_to_the_compiled_passes() -> None:
    pytest.importorskip("numba", reason="the fast path is compiled by numba")
    found = inspect_data(b"G1 X0 F600\n" + b"G2 I100000 J0\n" * 160)  # plainly some seconds, compiled some milliseconds
    assert found.compiled
    assert not inspect_data(b"G1 X0 F600\n" + b"G2 I10 J0\n" * 160).compiled
