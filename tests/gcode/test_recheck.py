"""What an agent looks at again, and where a first layer ends."""

from __future__ import annotations

import pytest

from gcode.layers import first_layer_lines
from gcode.program import parse_program, read_program
from gcode.recheck import recheck
from gcode.safety import check_program
from gcode.safety_rules import DIALECTS, Rule

from .dangers import DANGERS, Danger
from .test_dangers import NO_PROGRAM, POLICIES, program_with
from .test_styles import POLICIES as STYLE_POLICIES
from .test_styles import STYLES

FOLLOWED = {Rule.ENVELOPE, Rule.TOOL, Rule.FEED, Rule.COMMENT_BYTE, Rule.GRAMMAR}
"""Rules for which moves are followed, or comments read, which are not sent: the cheap check leaves them out."""
CASES = [
    pytest.param(dialect, each, id=f"{dialect} {each.line!r}")
    for dialect in DIALECTS
    for each in DANGERS[dialect]
    if each.rule not in FOLLOWED and each.command != NO_PROGRAM
]


@pytest.mark.parametrize(("dialect", "danger"), CASES)
def test_the_cheap_check_refuses_what_is_not_about_where_moves_go(dialect: str, danger: Danger) -> None:
    found = recheck(parse_program(program_with(dialect, danger.line)), POLICIES[dialect])
    assert found is not None
    assert (found.line, found.rule) == (5, danger.rule)


@pytest.mark.parametrize("name", STYLE_POLICIES)
def test_what_passes_the_whole_check_passes_the_cheap_one(name: str) -> None:
    program = read_program(STYLES / f"{name}.gcode")
    assert check_program(program, STYLE_POLICIES[name]) == ()
    assert recheck(program, STYLE_POLICIES[name]) is None


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (";LAYER:0\nG1 X1 E1\nG1 X2 E1\n;LAYER:1\nG1 Z1\nG1 X3 E1\n;LAYER:2\nG1 X4 E1\n", 2),
        ("G28\n;LAYER_CHANGE\nG1 X1 E1\n;LAYER_CHANGE\nG1 X2 E1\n", 2),
        ("M83\nG1 Z.2\nG1 X5 E1\nG1 X6 E1\nG1 Z.4\nG1 X7 E1\n", 4),
        ("M83\nG1 Z.3\nG1 X5 E1\nG1 Z.2\nG1 X6 E1\nG1 Z.4\nG1 X7 E1\n", 5),  # a line of priming stands higher
        ("M83\nG1 Z.2\nG1 X5 E1\nSTART_PRINT A=1\n", None),
        ("G1 X1 F100\n", None),
    ],
)
def test_where_a_first_layer_ends(text: str, lines: int | None) -> None:
    assert first_layer_lines(parse_program(text.encode())) == lines
