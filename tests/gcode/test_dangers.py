"""A hundred dangerous programs and more for each firmware: all refused, with the right line, command and reason."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import InputError
from gcode.bulk.listing import list_program
from gcode.bulk.safety import check_listing
from gcode.extent import Bounds
from gcode.program import parse_program
from gcode.recheck import recheck
from gcode.safety import SafetyPolicy, Tool, check_program
from gcode.safety_rules import ALLOWED, DIALECTS, LIFTED_BY, REASONS, REFUSED, Lifter, Rule

from .dangers import DANGERS, HIDDEN, Danger

BED = Bounds((0, 0, 0), (220, 220, 250))
LIMITS = {"envelope_mm": BED, "max_hotend_c": 250, "max_bed_c": 90, "max_feed_mm_min": 12_000}
POLICIES = {
    "marlin": SafetyPolicy("marlin", **LIMITS),  # type: ignore[arg-type]
    "klipper": SafetyPolicy("klipper", **LIMITS, extra_commands=frozenset({"START_PRINT", "END_PRINT"})),  # type: ignore[arg-type]
    "reprap": SafetyPolicy("reprap", **LIMITS),  # type: ignore[arg-type]
    "grbl": SafetyPolicy(
        "grbl", Bounds((0, 0, -20), (400, 300, 50)), max_feed_mm_min=3000, max_power=12_000, tool=Tool.SPINDLE
    ),
}
BEFORE = {
    "grbl": [b"G21 G90", b"M3 S9000", b"G0 X50 Y1 Z5", b"; next"],
    "klipper": [b"START_PRINT BED=60 EXTRUDER=210", b"G28", b"G1 X110 Y110 Z5 F3000", b"; next"],
}
PRINTED = [b"G28", b"G90", b"G1 X110 Y110 Z5 F3000", b"; next"]
AFTER = {"grbl": [b"G90", b"M5", b"M30"], "klipper": [b"END_PRINT"]}
COOLED = [b"M104 T0 S0", b"M104 T1 S0", b"M140 S0", b"M141 S0", b"M5", b"M84"]


def program_with(dialect: str, line: bytes) -> bytes:
    """An honest program with this line as its fifth."""
    after = [each for each in AFTER.get(dialect, COOLED) if dialect != "reprap" or each != b"M5"]
    if dialect == "klipper":
        after = [b"TURN_OFF_HEATERS", *after]
    return b"\n".join([*BEFORE.get(dialect, PRINTED), line, *after]) + b"\n"


NO_PROGRAM = "!"
CASES = [
    pytest.param(dialect, each, id=f"{dialect} {each.line!r}")
    for dialect in DIALECTS
    for each in [*DANGERS[dialect], *HIDDEN.get(dialect, [])]
]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_there_are_a_hundred_for_each_firmware_and_the_rest_of_each_is_honest(dialect: str) -> None:
    assert len({each.line for each in DANGERS[dialect]}) >= 100
    assert check_program(parse_program(program_with(dialect, b"G4 P1")), POLICIES[dialect]) == ()


@pytest.mark.parametrize("dialect", HIDDEN)
def test_there_are_a_hundred_that_hide(dialect: str) -> None:
    assert len({each.line for each in HIDDEN[dialect]} - {each.line for each in DANGERS[dialect]}) >= 100


@pytest.mark.parametrize("word", ["PAUSE", "PROBE", "HOME", "x", "Y", "purge"])
def test_a_macro_whose_name_could_be_words_is_one_for_the_compiled_check_too(word: str) -> None:
    data = program_with("klipper", word.encode())
    found = check_program(parse_program(data), POLICIES["klipper"])
    assert check_listing(list_program(data, name="program"), POLICIES["klipper"]) == found
    assert len(word) == 1 or found[0].line == 5


@pytest.mark.parametrize(("dialect", "danger"), CASES)
def test_a_dangerous_program_is_refused(dialect: str, danger: Danger) -> None:
    data = program_with(dialect, danger.line)
    if danger.command == NO_PROGRAM:
        with pytest.raises(InputError):
            parse_program(data)
        return
    program = parse_program(data)
    found = check_program(program, POLICIES[dialect])
    assert found, "it passed"
    first = found[0]
    assert (first.line, first.command, first.rule) == (5, danger.command, danger.rule), str(first)
    assert first.reason
    assert check_listing(list_program(data, name="program"), POLICIES[dialect]) == found


@pytest.mark.parametrize(
    ("dialect", "text", "what"),
    [
        ("marlin", "M104 S200\nG28\n", "hotend"),
        ("marlin", "M140 S60\nG28\nM104 S0\n", "bed"),
        ("marlin", "M104 T1 S200\nM104 T0 S0\n", "hotend T1"),
        ("marlin", "T1\nM109 S200\nT0\nM104 S0\n", "hotend T1"),
        ("klipper", "SET_HEATER_TEMPERATURE HEATER=heater_bed TARGET=60\n", "bed"),
        ("klipper", "END_PRINT\nM104 S200\n", "hotend"),
        ("reprap", "G10 P1 S200 R150\nM104 S0\n", "hotend T1"),
        ("reprap", "M568 P0 S200\n", "hotend T0"),
        ("grbl", "M3 S100\nG0 X1\n", "M3"),
    ],
)
def test_what_is_left_on_is_named_at_the_end(dialect: str, text: str, what: str) -> None:
    program = parse_program(text.encode())
    (found,) = check_program(program, POLICIES[dialect])
    assert (found.line, found.rule) == (program.numbers[-1], Rule.LEFT_ON)
    assert what in found.command


@pytest.mark.parametrize(
    ("tool", "text", "reason"),
    [
        (Tool.LASER, "M3 S500\nG1 X5 F500\nG1 Z-2\nM5\n", "milling program"),
        (Tool.LASER, "M3 S500\nG4 P5\nM5\n", "burns where it stands"),
        (Tool.SPINDLE, "G0 Z1\nG1 Z-2 F100\nM5\n", "spindle is off"),
        (Tool.SPINDLE, "M3 S500\nM5\nG0 Z-1\nG1 X5 F100\n", "spindle is off"),
    ],
)
def test_the_wrong_tool_is_noticed(tool: Tool, text: str, reason: str) -> None:
    found = check_program(parse_program(text.encode()), SafetyPolicy("grbl", max_power=1000, tool=tool))
    assert [each.rule for each in found] == [Rule.TOOL]
    assert reason in found[0].reason


def test_a_spindle_turns_backwards_when_its_operator_says_so() -> None:
    program = parse_program(b"M4 S500\nG1 X5 Z-1 F100\nM5\n")
    policy = SafetyPolicy("grbl", max_power=1000, tool=Tool.SPINDLE)
    assert [each.rule for each in check_program(program, policy)] == [Rule.BACKWARDS]
    assert check_program(program, replace(policy, overrides=frozenset({"spindle-backwards"}))) == ()
    left_on = parse_program(b"M4 S500\nG1 X5 Z-1 F100\n")
    found = check_program(left_on, replace(policy, overrides=frozenset({"spindle-backwards"})))
    assert [each.rule for each in found] == [Rule.LEFT_ON]


NUMBERED = b"%\nN10 G21 G90\nN20 M3 S900\nn 30 G1 X10 F300\nN40G1X20\nN50 M5\nN60\nN70 M30\n%\n"


@pytest.mark.parametrize("extra", [{"overrides": frozenset({"line-numbers"})}, {"extra_commands": frozenset({"N"})}])
def test_line_numbers_are_told_once_and_can_be_let_pass(extra: dict[str, frozenset[str]]) -> None:
    program = parse_program(NUMBERED)
    (found,) = check_program(program, POLICIES["grbl"])
    assert (found.line, found.rule) == (2, Rule.NUMBERS)
    assert recheck(program, POLICIES["grbl"]) == found
    policy = replace(POLICIES["grbl"], **extra)
    assert check_program(program, policy) == ()
    assert recheck(program, policy) is None
    assert check_listing(list_program(NUMBERED, name="p"), policy) == ()
    hidden = parse_program(NUMBERED.replace(b"N40G1X20", b"N40 N41 $X").replace(b"N60", b"N60 G1 X500"))
    assert [(each.line, each.rule) for each in check_program(hidden, policy)] == [
        (5, Rule.SENDER),
        (7, Rule.ENVELOPE),
    ]


def test_every_rule_that_no_single_sentence_explains_is_one_with_numbers() -> None:
    told_by_the_check = {each.rule for table in DANGERS.values() for each in table}
    assert told_by_the_check | {Rule.LEFT_ON} >= set(Rule) - {Rule.TOOL}
    assert set(REASONS) < set(Rule)


def test_the_manual_names_every_rule_and_who_lifts_it() -> None:
    text = (Path(__file__).parents[2] / "docs" / "driving.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| .* \| (nobody|lab|operator) \|$", text, re.MULTILINE))
    assert rows == {str(rule): str(LIFTED_BY[rule]) for rule in Rule}


def test_nobody_can_allow_what_hurts_and_a_lab_cannot_either() -> None:
    for dialect, table in REFUSED.items():
        for command, rule in table.items():
            if command in ALLOWED[dialect]:
                continue
            if LIFTED_BY[rule] is Lifter.NOBODY:
                with pytest.raises(InputError, match="cannot be allowed"):
                    SafetyPolicy(dialect, extra_commands=frozenset({command}))
            if LIFTED_BY[rule] is Lifter.OPERATOR:
                assert command in SafetyPolicy(dialect, overrides=frozenset({command})).allowed
            else:
                with pytest.raises(InputError, match=r"only the lab may|nobody may"):
                    SafetyPolicy(dialect, overrides=frozenset({command}))
