import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from gcode.arcs import arc_points
from gcode.facts import parse_blocks
from gcode.modal import Dwell, Move, interpret
from gcode.motion import MotionLimits, duration_s
from gcode.program import parse_program

LIMITS = MotionLimits((1000, 1000, 1000, 1000), (1000, 1000, 1000, 1000))


def events(text: str, *, grbl: bool = False) -> list[Move | Dwell]:
    return list(interpret(parse_blocks(parse_program(text.encode())), grbl=grbl))


def ends(text: str) -> list[tuple[float, ...]]:
    return [event.end for event in events(text) if isinstance(event, Move)]


def test_units_and_relative_moves() -> None:
    assert ends("G20\nG1 X1 F10")[0][0] == pytest.approx(25.4)
    assert ends("G91\nG1 X1 F60\nG1 X1")[1][0] == 2
    assert events("G20 G1 X1 F10")[0].feed_mm_min == pytest.approx(254)
    assert ends("G90\nM83\nG1 X5 E1 F60\nG1 X6 E1")[1][3] == 2


def test_modal_motion_goes_on_without_a_command() -> None:
    assert ends("G1 X1 F100\nX2 Y3")[1][:2] == (2, 3)
    with pytest.raises(InputError, match="line 1"):
        events("X1")


def test_g92_shifts_the_program_but_not_the_machine() -> None:
    assert ends("G1 X10 E5 F600\nG92 X0 E0\nG1 X5 E1")[1] == (15, 0, 0, 6)
    assert ends("G1 X10 F600\nG92 X0\nG53 G1 X5")[1][0] == 5


def test_settings_move_nothing() -> None:
    assert events("M204 P800 T1200\nM201 X500 Y500\nM73 P1") == []
    move = events("M204 P800 T1200\nM83\nG1 X1 F60\nG1 X2 E1")
    assert [m.acceleration_mm_s2 for m in move] == [1200, 800]


def test_dwell_counts_milliseconds_on_marlin_and_seconds_on_grbl() -> None:
    assert events("G4 P500") == [Dwell(0.5, 1)]
    assert events("G4 S2") == [Dwell(2.0, 1)]
    assert events("G4 P0.5", grbl=True) == [Dwell(0.5, 1)]


@pytest.mark.parametrize("line", ["G5 X1 Y1", "G81 Z-1", "G93", "G2 X10 Y0", "G2 X10 Y0 I1 J0", "G3 X10 R1"])
def test_what_cannot_be_followed_is_refused(line: str) -> None:
    with pytest.raises(InputError, match="line 2"):
        events(f"F100\n{line}")


def test_power_counts_only_while_the_tool_is_on() -> None:
    moves = events("G1 X1 F100 S500\nM4 S300\nG1 X2\nS700 X3\nM5\nG1 X4")
    assert [m.power for m in moves] == [0, 300, 700, 0]


def test_a_quarter_turn_keeps_its_radius_and_length() -> None:
    moves = events("G1 X10 F600\nG3 X0 Y10 I-10 J0")[1:]
    assert all(math.hypot(*m.end[:2]) == pytest.approx(10, abs=1e-6) for m in moves)
    assert sum(m.length_mm for m in moves) == pytest.approx(math.pi * 5, rel=1e-3)
    assert moves[-1].end[:2] == (0, 10)


@given(st.floats(0.5, 100), st.floats(0, math.tau), st.floats(0.1, math.tau - 0.1), st.booleans(), st.booleans())
def test_centre_and_radius_describe_the_same_arc(
    radius: float, start_angle: float, sweep: float, clockwise: bool, by_radius: bool
) -> None:
    turn = -sweep if clockwise else sweep
    start = (radius * math.cos(start_angle), radius * math.sin(start_angle))
    end = (radius * math.cos(start_angle + turn), radius * math.sin(start_angle + turn))
    how = (
        {"radius_mm": radius if sweep <= math.pi else -radius}
        if by_radius
        else {"centre_offset": (-start[0], -start[1])}
    )
    points, shares = arc_points(start, end, clockwise=clockwise, **how)
    length = sum(math.dist(a, b) for a, b in zip([start, *points], points, strict=False))
    # By radius, near a half turn, the centre is ill-conditioned; the length is not.
    assert length == pytest.approx(radius * sweep, rel=0.02, abs=0.02)
    assert shares[-1] == 1


def test_a_circle_and_its_turns() -> None:
    points, _ = arc_points((10, 0), (10, 0), clockwise=True, centre_offset=(-10, 0), turns=2)
    assert sum(math.dist(a, b) for a, b in zip([(10, 0), *points], points, strict=False)) == pytest.approx(
        2 * math.tau * 10, rel=1e-3
    )


def test_one_move_is_a_trapezoid_or_a_triangle() -> None:
    # 100 mm at 50 mm/s with 1000 mm/s2: 0.05 s up, 0.05 s down over 2.5 mm, 97.5 mm of cruise
    assert duration_s(events("G1 X100 F3000"), LIMITS) == pytest.approx(0.1 + 97.5 / 50)
    # 1 mm at 500 mm/s is never reached: 2 sqrt(1 / 1000)
    assert duration_s(events("G1 X1 F30000"), LIMITS) == pytest.approx(2 * math.sqrt(1 / 1000))


def test_a_straight_way_in_pieces_takes_no_longer() -> None:
    whole = duration_s(events("G1 X100 F3000"), LIMITS)
    pieces = duration_s(events("F3000\n" + "\n".join(f"G1 X{i}" for i in range(1, 101))), LIMITS)
    assert pieces == pytest.approx(whole, rel=1e-9)


def test_a_turn_back_stops_and_a_corner_slows() -> None:
    back = duration_s(events("G1 X50 F3000\nG1 X0"), LIMITS)
    assert back == pytest.approx(2 * duration_s(events("G1 X50 F3000"), LIMITS))
    corner = duration_s(events("G1 X50 F3000\nG1 Y50"), LIMITS)
    straight = duration_s(events("G1 X50 F3000\nG1 X100"), LIMITS)
    assert straight < corner < back


def test_rapids_obey_the_feed_or_the_limits() -> None:
    program = events("G0 X100 F600")
    assert duration_s(program, LIMITS, rapids_obey_feed=True) > 9
    assert duration_s(program, LIMITS, rapids_obey_feed=False) < 1


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 100)), min_size=1, max_size=30))
def test_no_plan_beats_the_feed_or_loses_to_stopping_everywhere(way: list[tuple[int, int, int]]) -> None:
    moves = [e for e in events("".join(f"G1 X{x} Y{y} F{60 * f}\n" for x, y, f in way)) if isinstance(e, Move)]
    planned = duration_s(moves, LIMITS)
    at_feed = sum(m.length_mm * 60 / m.feed_mm_min for m in moves)
    stopping = sum(duration_s([m], LIMITS) for m in moves)
    assert at_feed - 1e-9 <= planned <= stopping + 1e-9


def test_limits_are_checked() -> None:
    with pytest.raises(InputError):
        MotionLimits(max_speed_mm_s=(1, 1, 0, 1))
    with pytest.raises(InputError):
        MotionLimits(junction_deviation_mm=0)
