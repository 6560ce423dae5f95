"""Limits, accelerations, corners, heating: what decides how long a program takes."""

import math

import pytest

from core.errors import InputError
from gcode.facts import Reading, inspect_program
from gcode.heating import HeaterEvent, Heating, heating_s
from gcode.limits import MotionLimits, MotionSettings
from gcode.program import parse_program

FREE = MotionLimits((1000, 1000, 1000, 1000), (1000, 1000, 1000, 1000))


def seconds(text: str, limits: MotionLimits = FREE, reading: Reading | None = None) -> float:
    return inspect_program(parse_program(text.encode()), limits, reading=reading).duration_s


def alone_s(length: float, speed: float, acceleration: float, rest: float = 0.0) -> float:
    """A trapezoid that starts and ends at `rest`."""
    ramp = (speed - rest) / acceleration
    return 2 * ramp + (length - ramp * (speed + rest)) / speed


def test_a_program_sets_the_machine_s_limits() -> None:
    move = "G1 X100 F6000\n"
    assert seconds(move) == pytest.approx(alone_s(100, 100, 1000))
    assert seconds("M203 X50\n" + move) == pytest.approx(alone_s(100, 50, 1000))
    assert seconds("M201 X500\n" + move) == pytest.approx(alone_s(100, 100, 500))
    assert seconds("M205 X10\n" + move) == pytest.approx(alone_s(100, 100, 1000, 10))
    assert seconds("M566 X600 Y600\n" + move) == pytest.approx(alone_s(100, 100, 1000, 10))
    assert seconds("M205 T120\n" + move) == pytest.approx(alone_s(100, 120, 1000))
    assert seconds("M203 X3000\n" + move, reading=Reading(limits_per_minute=True)) == pytest.approx(
        alone_s(100, 50, 1000)
    )
    assert seconds("M203 X50\nM205 X10\n" + move, reading=Reading(klipper=True)) == pytest.approx(seconds(move))
    assert seconds("SET_VELOCITY_LIMIT ACCEL=400\n" + move, reading=Reading(klipper=True)) == pytest.approx(
        alone_s(100, 100, 400)
    )


def test_senseless_settings_are_passed_over() -> None:
    assert seconds("M203 X0 Y-5\nM201 X0\nM204 S0\nM205 X0\nG1 X100 F6000") == pytest.approx(alone_s(100, 100, 1000))


def test_printing_travelling_and_drawing_back_have_their_own_accelerations() -> None:
    head = "M83\nM204 P500 T800 R300\n"
    assert seconds(head + "G1 X100 E1 F6000") == pytest.approx(alone_s(100, 100, 500))
    assert seconds(head + "G1 X100 F6000") == pytest.approx(alone_s(100, 100, 800))
    assert seconds(head + "G1 E-5 F600") == pytest.approx(alone_s(5, 10, 300))
    own = MotionLimits(
        *(FREE.max_speed_mm_s, FREE.acceleration_mm_s2),
        print_acceleration_mm_s2=400,
        travel_acceleration_mm_s2=600,
        retract_acceleration_mm_s2=200,
    )
    assert seconds("M83\nG1 X100 E1 F6000", own) == pytest.approx(alone_s(100, 100, 400))
    assert seconds("M83\nG1 X100 F6000", own) == pytest.approx(alone_s(100, 100, 600))
    assert seconds("M83\nG1 E5 F600", own) == pytest.approx(alone_s(5, 10, 200))


def test_a_corner_by_jerk_keeps_each_axis_within_its_jump() -> None:
    limits = MotionLimits(FREE.max_speed_mm_s, FREE.acceleration_mm_s2, jerk_mm_s=(10, 10, 10, 10))
    # Each way starts or ends at 10 mm/s; at the right angle X may fall from 10 to 0 and Y rise from 0 to 10.
    assert seconds("G1 X50 F3000\nG1 Y50", limits) == pytest.approx(2 * alone_s(50, 50, 1000, 10))
    # A bend so slight that Y jumps by less than 10 mm/s does not slow at all.
    slight = seconds("G1 X50 F3000\nG1 X100 Y5", limits)
    whole = 50 + math.hypot(50, 5)
    assert slight == pytest.approx(alone_s(whole, 50, 1000, 10), rel=1e-3)


def test_settings_and_limits_refuse_nonsense() -> None:
    for bad in ({"jerk_mm_s": (1, 1, 1, 0)}, {"print_acceleration_mm_s2": 0}, {"min_print_speed_mm_s": -1}):
        with pytest.raises(InputError):
            MotionLimits(**bad)
    settings = MotionSettings().after("M205", {"J": 0.05}, 1.0, 1.0)
    assert FREE.under(settings).junction_deviation_mm == 0.05
    assert settings.after("M117", {}, 1.0, 1.0) is settings


def test_heating_is_reported_apart() -> None:
    text = b"M140 S60\nM104 S200\nM190 S60\nM109 S200\nM83\nG1 X100 E1 F6000\nM104 S0\n"
    model = Heating(hotend_c_s=2, bed_c_s=0.5, ambient_c=20)
    facts = inspect_program(parse_program(text), FREE, heating=model)
    # The bed takes (60 - 20) / 0.5 = 80 s; the hotend warms meanwhile and has 180 / 2 - 80 = 10 s to go.
    assert facts.heating_s == pytest.approx(90)
    assert facts.duration_s == pytest.approx(alone_s(100, 100, 1000))
    assert (facts.first_layer_hotend_c, facts.first_layer_bed_c) == (200, 60)


def test_heaters_cool_and_warm_again() -> None:
    model = Heating(hotend_c_s=2, cooling_c_s=1, ambient_c=20)

    def event(target_c: float | None, waits: bool) -> HeaterEvent:
        return HeaterEvent(0, "hotend T0", target_c, waits)

    timeline = [(0.0, event(200, True)), (10.0, event(150, False)), (30.0, event(200, True)), (31.0, event(None, True))]
    assert heating_s(timeline, model) == pytest.approx(90 + 10)  # cooled by 20 degrees, warmed again at 2 a second
    with pytest.raises(InputError):
        Heating(bed_c_s=0)


def test_retraction_by_the_firmware_takes_what_the_program_says() -> None:
    assert seconds("M207 S3 F1800\nG10\nG11") == pytest.approx(0.2)
    assert seconds("M207 S3 F1800\nM208 S3 F3600\nG10\nG11") == pytest.approx(0.15)
    assert seconds("G10\nG11\nM207 S2 F600\nG10 L2 P1 X4") == 0


def test_facts_tell_layers_tools_and_filament_apart() -> None:
    text = (
        "G28\nG20\nG21\nM83\nT0\nG1 Z0.2 F600\nG1 X10 E1 F1200\nT1\nG1 X0 E2\nG1 Z0.4\nG1 Y9 E1 F900\nG0 X50 F9000\n"
        "G1 Z0.2\nG1 X10 E1\nM106 S90\nT0\nG1 X20 Z0.9 E1\n"
    )
    facts = inspect_program(parse_program(text.encode()))
    assert facts.layer_heights_mm == pytest.approx((0.2, 0.4))
    assert facts.filament_by_tool_mm == ((0, 2.0), (1, 4.0))
    assert (facts.tools, facts.tool_changes, facts.homings, facts.inches) == ((0, 1), 2, 1, True)
    assert (facts.max_work_feed_mm_min, facts.max_travel_feed_mm_min, facts.max_fan) == (9000, 9000, 90)


def test_a_tolerant_reading_counts_what_it_cannot_follow() -> None:
    text = b"START_PRINT BED=60\nG1 X10 F600\nEND_PRINT\n" + b"G5 X1\n" * 200
    facts = inspect_program(parse_program(text), reading=Reading(tolerant=True))
    assert (facts.unfollowed_count, len(facts.unfollowed)) == (202, 100)
    assert (facts.unfollowed[0].line, facts.unfollowed[0].text) == (1, "START_PRINT BED=60")
    assert facts.bounds_mm is not None
