"""What a program does, measured: the plain reference, line by line in Python (`gcode.bulk.facts` is the fast one)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from core.errors import InputError, LimitError
from gcode.extent import Bounds, Extent, distinct_heights_mm
from gcode.heating import Heating, heating_s
from gcode.klipper import read_block
from gcode.limits import MotionLimits
from gcode.modal import Dwell, Interpreter, Move
from gcode.motion import event_durations_s
from gcode.notes import Notes
from gcode.program import Program
from gcode.words import Block, parse_line

__all__ = [
    "MAX_MOVES",
    "Bounds",
    "Kind",
    "ProgramFacts",
    "Reading",
    "Unfollowed",
    "Unknowns",
    "assemble_facts",
    "feeds_filament",
    "inspect_program",
    "kind_of",
    "parse_blocks",
]

_MAX_UNFOLLOWED = 100
MAX_MOVES = 5_000_000  # they are all held at once here


class Kind(StrEnum):
    """What a program is for, by evidence."""

    FILAMENT = "filament"  # E moves forward together with an axis
    LASER = "laser"  # M3 or M4 with S, and no cut goes down in Z
    MILL = "mill"  # M3 or M4, and cuts go down in Z
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a program is to be read.

    Attributes:
        grbl: P of G4 means seconds (GRBL) or milliseconds (Marlin); None: as the program's moves suggest.
        limits_per_minute: M203 speaks of millimetres a minute (RepRapFirmware).
        klipper: M201, M203, M205 and M566 mean nothing to the machine, SET_VELOCITY_LIMIT does.
        tolerant: lines that are not understood are noted in the facts; otherwise the first is an error.
    """

    grbl: bool | None = None
    limits_per_minute: bool = False
    klipper: bool = False
    tolerant: bool = False


@dataclass(frozen=True, slots=True)
class Unfollowed:
    """A line whose effect is not known: bounds and time leave it out."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What a program does.

    Attributes:
        sha256: of the file.
        kind: what it is for.
        line_count: lines that a machine is sent.
        duration_s: motion, dwells and known retractions; heating, homing and tool changes not counted.
        bounds_mm: of all moves, in the program's coordinates; None when nothing moves.
        work_bounds_mm: of moves that extrude, or cut with power on.
        filament_mm: filament used: draw-backs subtracted, but for those that nothing follows.
        max_hotend_c, max_bed_c: highest target, or None.
        max_power: highest S of a spindle or laser, or None.
        uses_spindle: whether M3 or M4 stands in it (spindle or laser).
        tools: tool numbers in order of first use.
        heating_s: waiting for heaters, by the model of heating that was passed.
        filament_by_tool_mm: tool number and filament, in order of numbers.
        first_layer_hotend_c, first_layer_bed_c: targets in force when filament is first laid.
        layer_heights_mm: the different Z at which filament is laid level, rising.
        max_work_feed_mm_min, max_travel_feed_mm_min: highest programmed feeds.
        work_length_mm, travel_length_mm: ways in space that make something, and others.
        max_fan: highest S of M106 (0 to 255), or None.
        inches: whether G20 stands in it.
        homings, tool_changes: how many; their time only the machine knows.
        unfollowed: the first hundred lines that were not understood (only in tolerant reading).
        unfollowed_count: how many there are.
    """

    sha256: str
    kind: Kind
    line_count: int
    duration_s: float
    bounds_mm: Bounds | None
    work_bounds_mm: Bounds | None
    filament_mm: float
    max_hotend_c: float | None
    max_bed_c: float | None
    max_power: float | None
    uses_spindle: bool
    tools: tuple[int, ...]
    heating_s: float = 0.0
    filament_by_tool_mm: tuple[tuple[int, float], ...] = ()
    first_layer_hotend_c: float | None = None
    first_layer_bed_c: float | None = None
    layer_heights_mm: tuple[float, ...] = ()
    max_work_feed_mm_min: float = 0.0
    max_travel_feed_mm_min: float = 0.0
    work_length_mm: float = 0.0
    travel_length_mm: float = 0.0
    max_fan: float | None = None
    inches: bool = False
    homings: int = 0
    tool_changes: int = 0
    unfollowed: tuple[Unfollowed, ...] = ()
    unfollowed_count: int = 0


def parse_blocks(program: Program) -> Iterator[tuple[int, Block]]:
    """The program's blocks with their line numbers in the file.

    Raises:
        InputError: a line is not understood; `where` names it.
    """
    for number, line in zip(program.numbers, program.lines, strict=True):
        try:
            yield number, parse_line(line)
        except InputError as error:
            raise InputError(error.what, where=f"{program.name}:{number}") from error


def feeds_filament(program: Program) -> bool:
    """Whether a line that begins with G has an E in it."""
    return any(line[0] in "Gg" and "E" in line.upper() for line in program.lines)


class Unknowns:
    """What a reading does with lines that it cannot follow."""

    def __init__(self, name: str, *, tolerant: bool) -> None:
        self._name, self._tolerant = name, tolerant
        self.first: list[Unfollowed] = []
        self.count = 0

    def meet(self, error: InputError, line: int, text: str) -> None:
        """Note it.

        Raises:
            InputError: the reading is not tolerant.
        """
        if not self._tolerant:
            raise InputError(error.what, where=f"{self._name}:{line}", hint=error.hint) from error
        self.count += 1
        if len(self.first) < _MAX_UNFOLLOWED:
            self.first.append(Unfollowed(line, text[:60], error.what))


def inspect_program(
    program: Program,
    limits: MotionLimits | None = None,
    *,
    heating: Heating | None = None,
    reading: Reading | None = None,
    max_moves: int = MAX_MOVES,
) -> ProgramFacts:
    """Measure a program.

    Args:
        program: as read.
        limits: of the machine's axes; default `MotionLimits()`.
        heating: of the machine's heaters; default `Heating()`.
        reading: how to take what firmwares understand differently; default `Reading()`.
        max_moves: so many are measured; an arc is many.

    Raises:
        InputError: a line is not understood; `where` names it.
        LimitError: there are more than `max_moves`; the fast path holds few at a time.
    """
    reading = reading or Reading()
    limits = limits or MotionLimits()
    grbl = reading.grbl
    if grbl is None:
        grbl = not feeds_filament(program)  # P of G4 differs
    state = Interpreter(grbl=grbl, limits_per_minute=reading.limits_per_minute, limits_ignored=reading.klipper)
    notes, extent, unknowns = Notes(), Extent(), Unknowns(program.name, tolerant=reading.tolerant)
    events: list[Move | Dwell] = []
    for number, line in zip(program.numbers, program.lines, strict=True):
        try:
            block = read_block(line, klipper=reading.klipper)
            happened = state.advance(block, number)
        except InputError as error:
            unknowns.meet(error, number, line)
            continue
        if len(events) > max_moves:
            raise LimitError(f"makes more than {max_moves:,} moves", where=f"{program.name}:{number}")
        notes.take(block, len(events))
        for event in happened:
            events.append(event)
            if not isinstance(event, Dwell):
                extent.add(event, notes.tool)
        notes.printing = extent.extrudes
    kind = kind_of(notes, extent)
    durations = event_durations_s(events, limits, rapids_obey_feed=kind is Kind.FILAMENT)
    passed_s = [0.0, *accumulate(durations)]
    timeline = ((passed_s[event.at], event) for event in notes.heater_events)
    waits_s = heating_s(timeline, heating or Heating())
    return assemble_facts(program.sha256, len(program.lines), passed_s[-1], waits_s, notes, extent, unknowns)


def assemble_facts(
    sha256: str,
    line_count: int,
    duration_s: float,
    waits_s: float,
    notes: Notes,
    extent: Extent,
    unknowns: Unknowns,
) -> ProgramFacts:
    """Facts from what was gathered, however it was."""
    return ProgramFacts(
        sha256=sha256,
        kind=kind_of(notes, extent),
        line_count=line_count,
        duration_s=duration_s,
        bounds_mm=extent.every.bounds(),
        work_bounds_mm=extent.work.bounds(),
        filament_mm=math.fsum(each.most_mm for each in extent.filament.values()),
        max_hotend_c=notes.hotend_c,
        max_bed_c=notes.bed_c,
        max_power=extent.max_power,
        uses_spindle=notes.spindle,
        tools=tuple(notes.tools),
        heating_s=waits_s,
        filament_by_tool_mm=tuple((tool, each.most_mm) for tool, each in sorted(extent.filament.items())),
        first_layer_hotend_c=notes.first_layer_hotend_c,
        first_layer_bed_c=notes.first_layer_bed_c,
        layer_heights_mm=distinct_heights_mm(extent.heights_mm),
        max_work_feed_mm_min=extent.work_feed_mm_min,
        max_travel_feed_mm_min=extent.travel_feed_mm_min,
        work_length_mm=extent.work_mm,
        travel_length_mm=extent.travel_mm,
        max_fan=notes.max_fan,
        inches=notes.inches,
        homings=notes.homings,
        tool_changes=notes.tool_changes,
        unfollowed=tuple(unknowns.first),
        unfollowed_count=unknowns.count,
    )


def kind_of(notes: Notes, extent: Extent) -> Kind:
    """What a program is for, by what was gathered."""
    if extent.extrudes:
        return Kind.FILAMENT
    if notes.spindle and extent.work.low:
        return Kind.MILL if extent.plunges else Kind.LASER
    return Kind.UNKNOWN
