"""A program that is stored small says the same as one that is read whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FabcommonsError, InputError, LimitError
from gcode.program import Program, parse_program, read_program
from gcode.recheck import recheck
from gcode.safety_policy import SafetyPolicy
from gcode.stored import StoredLines, read_stored

LINES = st.lists(
    st.one_of(
        st.sampled_from(
            ["G28", "G1 X1 ; go", "", "  ", "%", "M117 hello ; there", "(a) G1 X2", "; only", "G1 (x", "\xe9"]
        ),
        st.text(st.characters(max_codepoint=255, exclude_characters="\n\0"), max_size=20),
    ),
    max_size=12,
)


@given(lines=LINES, ends=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_it_is_the_same_program_or_the_same_refusal(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], ends: str, last: bool
) -> None:
    path = tmp_path_factory.mktemp("x") / "part.gcode"
    path.write_bytes((ends.join(lines) + (ends if last else "")).encode("latin-1"))
    assert told(path, stored=True) == told(path, stored=False)


def told(path: Path, *, stored: bool) -> object:
    try:
        found: Program = read_stored(path) if stored else parse_program(path.read_bytes(), name=path.name)
    except FabcommonsError as error:
        return type(error), error.what, error.where
    return found.name, found.sha256, tuple(found.lines), tuple(found.numbers)


def test_lines_are_a_sequence() -> None:
    lines = StoredLines()
    for each in ("G28", "", "G1 X1"):
        lines.append(each)
    assert (len(lines), lines[0], lines[1], lines[-1], lines[1:], list(lines)) == (
        3, "G28", "", "G1 X1", ("", "G1 X1"), ["G28", "", "G1 X1"],
    )  # fmt: skip
    for index in (3, -4):
        with pytest.raises(IndexError):
            lines[index]


def test_limits_hold(tmp_path: Path) -> None:
    path = tmp_path / "part.gcode"
    path.write_bytes(b"G1 X" + b"1" * 20_000)
    with pytest.raises(LimitError):
        read_stored(path)
    path.write_bytes(b"G28\n")
    with pytest.raises(LimitError, match="more than the 3 allowed"):
        read_stored(path, max_bytes=3)
    with pytest.raises(InputError, match="cannot be read"):
        read_stored(tmp_path / "none.gcode")


def test_the_cheap_rules_judge_it_alike(tmp_path: Path) -> None:
    path = tmp_path / "part.gcode"
    path.write_bytes(b"G28\n; heat\nM104 S300\nM104 S0\n")
    policy = SafetyPolicy("marlin", max_hotend_c=250, max_bed_c=90)
    violation = recheck(read_stored(path), policy)
    assert violation is not None
    assert (violation.line, violation) == (3, recheck(read_program(path), policy))
