"""The fast reader, held to the plain one."""

import dataclasses
import subprocess
import sys

import pytest

pytest.importorskip("numba", reason="the fast path is compiled by numba")

from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from gcode.bulk import planner
from gcode.bulk.facts import inspect_listing
from gcode.bulk.listing import list_program, read_listing
from gcode.facts import ProgramFacts, Reading, inspect_program
from gcode.limits import MotionLimits
from gcode.program import MAX_LINE_CHARS, parse_program, read_program

from .programs import COMMON_LINES, PROGRAMS, lines, numbers

LIMITS = (
    MotionLimits(),
    MotionLimits(jerk_mm_s=(8, 8, 0.4, 4.5), print_acceleration_mm_s2=800, retract_acceleration_mm_s2=1200),
    MotionLimits(rapids_obey_feed=True, travel_acceleration_mm_s2=900, min_print_speed_mm_s=3, min_travel_speed_mm_s=9),
)
READINGS = (
    Reading(),
    Reading(tolerant=True),
    Reading(grbl=True, limits_per_minute=True),
    Reading(klipper=True, tolerant=True),
)


def outcome(facts) -> dict[str, object] | str:
    """All facts as plain values, or the error's text."""
    try:
        return dataclasses.asdict(facts())
    except InputError as error:
        return str(error)


def assert_alike(text: bytes, limits: MotionLimits, reading: Reading) -> None:
    fast = outcome(lambda: inspect_listing(list_program(text), limits, reading=reading))
    plain = outcome(lambda: inspect_program(parse_program(text), limits, reading=reading))
    if isinstance(fast, str) or isinstance(plain, str):
        assert fast == plain
        return
    for name, value in plain.items():
        assert alike(fast[name], value), (name, fast[name], value)


def alike(fast, plain) -> bool:
    if isinstance(plain, float) and isinstance(fast, float):
        return fast == pytest.approx(plain, rel=1e-6, abs=1e-6)
    if isinstance(plain, (tuple, list)) and len(fast) == len(plain):
        return all(alike(a, b) for a, b in zip(fast, plain, strict=True))
    if isinstance(plain, dict):
        return plain.keys() == fast.keys() and all(alike(fast[key], plain[key]) for key in plain)
    return fast == plain


@given(st.lists(lines(), min_size=1, max_size=25), st.sampled_from(LIMITS), st.sampled_from(READINGS))
def test_facts_are_those_of_the_plain_reader(text: list[str], limits: MotionLimits, reading: Reading) -> None:
    assert_alike("\n".join(text).encode("latin-1"), limits, reading)


@given(st.lists(st.sampled_from(COMMON_LINES), min_size=1, max_size=40), st.sampled_from(LIMITS))
def test_facts_of_well_formed_programs_are_those_of_the_plain_reader(text: list[str], limits: MotionLimits) -> None:
    assert_alike("\n".join(["G1 F900", *text]).encode(), limits, Reading(tolerant=True))


@given(st.lists(st.tuples(*[numbers()] * 4, st.integers(1, 9000)), min_size=2, max_size=60), st.sampled_from(LIMITS))
def test_times_are_those_of_the_plain_planner(way: list[tuple[str, ...]], limits: MotionLimits) -> None:
    text = "".join(f"G1 X{x} Y{y} Z{z} E{e} F{f}\n" for x, y, z, e, f in way)
    assert_alike(text.encode(), limits, Reading())


@pytest.mark.parametrize("name", PROGRAMS)
def test_whole_programs(name: str) -> None:
    assert_alike(PROGRAMS[name].encode(), MotionLimits(), Reading(tolerant=True))


@given(st.binary(max_size=80))
def test_any_bytes_are_listed_or_refused_alike(data: bytes) -> None:
    def plain() -> list[tuple[int, str]] | str:
        try:
            program = parse_program(data)
        except InputError as error:
            return str(error)
        return list(zip(program.numbers, program.lines, strict=True))

    def fast() -> list[tuple[int, str]] | str:
        try:
            listing = list_program(data)
        except InputError as error:
            return str(error)
        return [(int(listing.numbers[at]), listing.text(at)) for at in range(listing.line_count)]

    assert fast() == plain()


@given(st.lists(st.sampled_from(list("G1X; ()%M7\r\n\t\xa08\x1c")), max_size=40))
def test_comments_and_blanks_are_stripped_alike(signs: list[str]) -> None:
    test_any_bytes_are_listed_or_refused_alike.hypothesis.inner_test("".join(signs).encode("latin-1"))


def test_a_program_in_many_chunks_takes_as_long_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    corners = "".join(f"G1 X{i % 90} Y{i * 7 % 50} E{i * 0.1:.2f} F{600 + i % 7 * 300}\n" for i in range(3000))
    listing = list_program(f"M104 S200\n{corners}M109 S210\n{corners}".encode())
    whole = inspect_listing(listing)
    monkeypatch.setattr(planner, "_KEPT", 60)
    monkeypatch.setattr("gcode.bulk.facts._MOVES", 6_000)
    chunked = inspect_listing(listing)
    assert chunked.duration_s == pytest.approx(whole.duration_s, rel=1e-9)
    assert chunked.heating_s == pytest.approx(whole.heating_s, rel=1e-9)
    assert chunked.bounds_mm == whole.bounds_mm


def test_a_file_is_read(tmp_path) -> None:
    path = tmp_path / "a.gcode"
    path.write_text(PROGRAMS["print"])
    facts, plain = inspect_listing(read_listing(path)), inspect_program(read_program(path))
    assert isinstance(facts, ProgramFacts)
    assert facts.sha256 == plain.sha256
    with pytest.raises(InputError, match="cannot be read"):
        read_listing(tmp_path / "absent")
    with pytest.raises(InputError, match="signs"):
        list_program(b"G1 X" + b"1" * MAX_LINE_CHARS)


def test_what_an_agent_imports_brings_no_numpy() -> None:
    rooms = "agent.runner, firmware_bridge.marlin, firmware_bridge.grbl, gcode.facts, gcode.safety, gcode.slicer"
    check = f"import sys, {rooms}; print([m for m in ('numpy', 'numba', 'gcode.bulk') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
