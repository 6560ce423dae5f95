"""A program looked at from all sides: its facts, its slicer's notes, its dialect; the fast path where it pays.

Programs of some thousand lines are read plainly: the compiled passes of `gcode.bulk` take half a second to start, and
some seconds when they have never run on this computer. Both ways give the same.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

from core.errors import InputError, LimitError
from gcode.dialect import DIALECT_NAMES, Dialect, guess_dialect, reading_for
from gcode.facts import MAX_MOVES, ProgramFacts, Reading, feeds_filament, inspect_program
from gcode.heating import Heating
from gcode.limits import MotionLimits
from gcode.program import Program, parse_program
from gcode.safety import SafetyPolicy, Violation, check_program
from gcode.slicer import SlicerNotes, read_notes

__all__ = ["Inspection", "check", "check_data", "filament_after", "inspect_data", "measure", "pays"]

_PLAIN_LINES = 5_000
_COLD_LINES = 150_000  # read plainly in about the time that compiling takes
_PLAIN_MOVES = 300_000  # a few lines of arcs can make millions: the compiled passes take them
_CHECK = "safety._pass_over-*.nbi"
_CACHE = Path(__file__).parent / "bulk" / "__pycache__"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is known of a program.

    Attributes:
        facts: measured.
        notes: claimed by its slicer.
        dialect: the firmware it is read for.
        limits: of the machine, before what the program sets of them.
        limits_basis: where they come from.
        heating: of the machine's heaters.
        compiled: whether the fast path was taken.
    """

    facts: ProgramFacts
    notes: SlicerNotes
    dialect: Dialect
    limits: MotionLimits
    limits_basis: str
    heating: Heating
    compiled: bool

    @property
    def filament_g(self) -> float | None:
        """Mass by the filament's density and diameter, where the program states them."""
        density, diameter_mm = self.notes.density_g_cm3, self.notes.diameter_mm
        if density is None or diameter_mm is None:
            return None
        return self.facts.filament_mm * math.pi / 4 * diameter_mm**2 * density / 1000

    @property
    def total_s(self) -> float:
        """Motion, dwells and heating."""
        return self.facts.duration_s + self.facts.heating_s


def pays(lines: int, kept: str = "walker.walk-*.nbi") -> bool:
    """Whether the compiled passes are installed and worth their start.

    Args:
        lines: of the program.
        kept: the file in which numba keeps the pass, once it has been compiled.
    """
    if lines < _PLAIN_LINES or find_spec("numba") is None:
        return False
    return lines >= _COLD_LINES or next(_CACHE.glob(kept), None) is not None


def inspect_data(
    data: bytes,
    *,
    name: str = "program",
    dialect: str | None = None,
    limits: MotionLimits | None = None,
    limits_basis: str = "stated",
    heating: Heating | None = None,
) -> Inspection:
    """Look at a program; lines that are not understood stand in its facts.

    Args:
        data: the file's bytes.
        name: the file's.
        dialect: one of `DIALECT_NAMES` that is known; default: guessed.
        limits: of the machine's axes; default: as the slicer noted them, else `MotionLimits()`.
        limits_basis: where these come from.
        heating: of the machine's heaters; default `Heating()`.

    Raises:
        InputError: it is no program, or the dialect is not known.
        LimitError: it is too large.
    """
    if dialect is not None and dialect not in DIALECT_NAMES:
        raise InputError(f"{dialect!r} is no known dialect", hint=f"known are {', '.join(DIALECT_NAMES)}")
    notes = read_notes(data)
    if limits is None:
        limits_basis = "assumed" if notes.limits is None else "the slicer's notes in the file"
        limits = notes.limits or MotionLimits()
    heating = heating or Heating()
    compiled = pays(data.count(b"\n"))
    try:
        facts, known = (_measure_fast if compiled else _measure_plainly)(data, name, dialect, notes, limits, heating)
    except LimitError:
        if compiled or find_spec("numba") is None:
            raise
        compiled = True  # few lines of very many moves
        facts, known = _measure_fast(data, name, dialect, notes, limits, heating)
    return Inspection(facts, notes, known, limits, limits_basis, heating, compiled)


def filament_after(data: bytes, lines: int, *, name: str = "program") -> Mapping[int, tuple[float, float]]:
    """What each tool has fed when a machine has taken so many lines of a program.

    Args:
        data: the file's bytes.
        lines: of those that a machine is sent, from the first on; more than there are is all of them.
        name: the file's.

    Returns:
        By tool number, mm of filament fed by then and mm that the whole program feeds; draw-backs subtracted, but for
        those that nothing follows.

    Raises:
        InputError: it is no program.
        LimitError: it is too large.
    """
    whole = inspect_data(data, name=name)
    total = _by_tool(whole.facts)
    begun = _beginning(data, lines, name=name)
    so_far = _by_tool(inspect_data(begun, name=name, dialect=whole.dialect.name).facts) if begun else {}
    return {tool: (min(so_far.get(tool, 0.0), most), most) for tool, most in total.items()}


def _by_tool(facts: ProgramFacts) -> dict[int, float]:
    return dict(facts.filament_by_tool_mm or ((0, facts.filament_mm),))


def _beginning(data: bytes, lines: int, *, name: str) -> bytes:
    """The file up to the line that is sent as the last of so many; empty before the first."""
    if lines <= 0:
        return b""
    if pays(data.count(b"\n")):
        from gcode.bulk.listing import list_program

        numbers: Sequence[int] = list_program(data, name=name).numbers  # type: ignore[assignment] # as good as one
    else:
        numbers = parse_program(data, name=name).numbers
    last = int(numbers[min(lines, len(numbers)) - 1])
    return b"\n".join(data.split(b"\n", last)[:last])


def _known_dialect(dialect: str | None, data: bytes, notes: SlicerNotes, *, feeds: bool) -> Dialect:
    return guess_dialect(data, notes, feeds_filament=feeds) if dialect is None else Dialect(dialect, "as was asked")


def _measure_plainly(
    data: bytes, name: str, dialect: str | None, notes: SlicerNotes, limits: MotionLimits, heating: Heating
) -> tuple[ProgramFacts, Dialect]:
    program = parse_program(data, name=name)
    known = _known_dialect(dialect, data, notes, feeds=feeds_filament(program))
    reading = reading_for(known.name, tolerant=True)
    most = _PLAIN_MOVES if find_spec("numba") else MAX_MOVES
    return inspect_program(program, limits, heating=heating, reading=reading, max_moves=most), known


def _measure_fast(
    data: bytes, name: str, dialect: str | None, notes: SlicerNotes, limits: MotionLimits, heating: Heating
) -> tuple[ProgramFacts, Dialect]:
    from gcode.bulk.facts import inspect_listing
    from gcode.bulk.listing import list_program

    listing = list_program(data, name=name)
    known = _known_dialect(dialect, data, notes, feeds=listing.feeds_filament)
    reading = reading_for(known.name, tolerant=True)
    return inspect_listing(listing, limits, heating=heating, reading=reading), known


def measure(program: Program, limits: MotionLimits | None = None, *, reading: Reading | None = None) -> ProgramFacts:
    """The facts of `gcode.facts.inspect_program`, by the fast path where it pays; raises as that does."""
    if not pays(len(program.lines)):
        return inspect_program(program, limits, reading=reading)
    from gcode.bulk.facts import inspect_listing
    from gcode.bulk.listing import list_program

    listing = list_program(_data(program), name=program.name)
    return replace(inspect_listing(listing, limits, reading=reading), sha256=program.sha256)


def check(program: Program, policy: SafetyPolicy) -> tuple[Violation, ...]:
    """The verdict of `gcode.safety.check_program`, by the fast path where it pays."""
    if not pays(len(program.lines), _CHECK):
        return check_program(program, policy)
    return _check_fast(_data(program), policy, program.name)


def check_data(data: bytes, policy: SafetyPolicy, *, name: str = "program") -> tuple[Violation, ...]:
    """The same for a file's bytes; raises as `gcode.program.parse_program` does."""
    if not pays(data.count(b"\n"), _CHECK):
        return check_program(parse_program(data, name=name), policy)
    return _check_fast(data, policy, name)


def _check_fast(data: bytes, policy: SafetyPolicy, name: str) -> tuple[Violation, ...]:
    from gcode.bulk.listing import list_program
    from gcode.bulk.safety import check_listing

    return check_listing(list_program(data, name=name), policy)


def _data(program: Program) -> bytes:
    """The program's bytes, but for the sort of its line ends."""
    return "\n".join(program.source).encode("latin-1")
