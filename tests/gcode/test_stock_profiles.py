"""The stock program of a Prusa MK3S: a purge line beside the bed, and a line that sets its extruder's motor current."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import InputError
from gcode.bulk.listing import read_listing
from gcode.bulk.safety import check_listing
from gcode.extent import Bounds
from gcode.program import parse_program, read_program
from gcode.safety import SafetyPolicy, Violation, check_program
from gcode.safety_rules import Lifter, Rule

PATH = Path(__file__).parent / "prusa_mk3s.gcode"
BED = Bounds((0, 0, 0), (250, 210, 210))
REACH = Bounds((0, -4, 0), (255, 212.5, 210))
POLICY = SafetyPolicy("marlin", REACH, max_hotend_c=300, max_bed_c=120)


def check(policy: SafetyPolicy) -> tuple[Violation, ...]:
    """What the plain and the compiled check find: the same."""
    plain = check_program(read_program(PATH), policy)
    assert check_listing(read_listing(PATH), policy) == plain
    return plain


def test_the_purge_line_lies_in_reach_and_outside_the_envelope() -> None:
    outside = {each.line for each in check(replace(POLICY, envelope_mm=BED)) if each.rule is Rule.ENVELOPE}
    lines = PATH.read_text().splitlines()
    assert {lines[number - 1].split(";")[0].strip() for number in outside} >= {"G1 Y-3 F1000", "G1 X60 E9 F1000"}
    assert Rule.ENVELOPE not in {each.rule for each in check(POLICY)}


def test_the_motor_current_is_never_let_pass_in_silence() -> None:
    found = check(POLICY)
    assert {(each.command, each.rule, each.lifted_by) for each in found} == {
        ("M907", Rule.MOTOR_CURRENT, Lifter.OPERATOR)
    }
    assert len(found) == 2


@pytest.mark.parametrize("name", ["M907", "motor-current"])
def test_an_operator_may_let_it_pass_by_name(name: str) -> None:
    assert check(replace(POLICY, overrides=frozenset({name}))) == ()


def test_a_lab_may_vouch_for_it() -> None:
    assert check(replace(POLICY, extra_commands=frozenset({"M907"}))) == ()
    with pytest.raises(InputError, match="M906 cannot be allowed"):
        replace(POLICY, extra_commands=frozenset({"M906"}))


@pytest.mark.parametrize("allowed", [{"overrides": frozenset({"M907"})}, {"extra_commands": frozenset({"M907"})}])
def test_nobody_lets_a_current_pass_that_burns_a_motor(allowed: dict[str, frozenset[str]]) -> None:
    program = parse_program(b"G28\nM907 E5000\nM104 S0\n")
    (found,) = check_program(program, replace(POLICY, **allowed))
    assert (found.line, found.rule) == (2, Rule.CALIBRATION)
