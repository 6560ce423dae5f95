"""The fast check, held to the plain one."""

from collections.abc import Callable

import pytest

pytest.importorskip("numba", reason="the fast path is compiled by numba")

from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from gcode.bulk.listing import list_program
from gcode.bulk.safety import check_listing
from gcode.extent import Bounds
from gcode.program import parse_program
from gcode.safety import SafetyPolicy, Tool, Violation, check_program

from .programs import COMMON_LINES, ODD_LINES, PROGRAMS, lines

BOX = Bounds((0, 0, 0), (60, 60, 60))
POLICIES = (
    SafetyPolicy("marlin", envelope_mm=BOX, max_hotend_c=250, max_bed_c=90, max_feed_mm_min=6000, max_power=400),
    SafetyPolicy("marlin", max_hotend_c=250, max_bed_c=90, extra_commands=frozenset({"M600", "M205", "G10"})),
    SafetyPolicy("grbl", envelope_mm=Bounds((-20, -20, -20), (60, 60, 60)), max_feed_mm_min=3000, max_power=12000),
    SafetyPolicy("grbl", max_violations=3),
    SafetyPolicy("grbl", max_power=1000, max_feed_mm_min=2000, tool=Tool.LASER, overrides=frozenset({"feed"})),
    SafetyPolicy("grbl", max_power=20000, tool=Tool.SPINDLE, extra_commands=frozenset({"G92"})),
    SafetyPolicy("klipper", envelope_mm=BOX, max_hotend_c=250, extra_commands=frozenset({"START_PRINT"})),
    SafetyPolicy("reprap", max_hotend_c=250, max_bed_c=90, overrides=frozenset({"acceleration", "M600"})),
)


def assert_alike(text: bytes, policy: SafetyPolicy) -> None:
    assert verdict(lambda: check_listing(list_program(text), policy)) == verdict(
        lambda: check_program(parse_program(text), policy)
    )


def verdict(check: Callable[[], tuple[Violation, ...]]) -> tuple[Violation, ...] | str:
    try:
        return check()
    except InputError as error:
        return str(error)


@given(st.lists(lines(), min_size=1, max_size=25), st.sampled_from(POLICIES))
def test_verdicts_are_those_of_the_plain_check(text: list[str], policy: SafetyPolicy) -> None:
    assert_alike("\n".join(text).encode("latin-1"), policy)


@given(st.lists(st.sampled_from(COMMON_LINES), min_size=1, max_size=30), st.sampled_from(POLICIES))
def test_verdicts_on_well_formed_programs_are_those_of_the_plain_check(text: list[str], policy: SafetyPolicy) -> None:
    assert_alike("\n".join(text).encode(), policy)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("line", [*ODD_LINES, *COMMON_LINES, "G1 X1\t", "G1\tX1", "G1 X" + "0" * 90, "G1 X61 F1", "N1"])
def test_each_line_is_judged_alike(line: str, policy: SafetyPolicy) -> None:
    for before in ("G1 X1 F500", "G91\nG20", "G2 X1 I1 F300\nM3 S10"):
        assert_alike(f"{before}\n{line}\nG1 X4\n".encode("latin-1"), policy)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_whole_programs_are_judged_alike(name: str, policy: SafetyPolicy) -> None:
    assert_alike(PROGRAMS[name].encode(), policy)


def test_a_feed_in_inches_is_compared_in_millimetres() -> None:
    policy = SafetyPolicy("grbl", max_feed_mm_min=2000)
    assert not check_program(parse_program(b"G20\nG1 X1 F70\n"), policy)
    (found,) = check_program(parse_program(b"G20\nG1 X1 F100\n"), policy)
    assert "2540 mm/min" in found.reason
    assert check_listing(list_program(b"G20\nG1 X1 F100\n"), policy) == (found,)


def test_what_is_left_on_is_found_at_the_last_line() -> None:
    (found,) = check_listing(list_program(b"M3 S10\nG1 X1 F10\n; end\n"), SafetyPolicy("grbl", max_power=100))
    assert (found.line, found.command) == (2, "M3")
