"""What a program does, measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from core.errors import InputError
from gcode.modal import Dwell, Move, interpret
from gcode.motion import MotionLimits, duration_s
from gcode.program import Program
from gcode.words import Block, parse_line

__all__ = ["Bounds", "Kind", "ProgramFacts", "inspect_program", "parse_blocks"]


class Kind(StrEnum):
    """What a program is for, by evidence."""

    FILAMENT = "filament"  # E moves forward together with an axis
    LASER = "laser"  # M3 or M4 with S, and no cut goes down in Z
    MILL = "mill"  # M3 or M4, and cuts go down in Z
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box in mm: X, Y, Z of its two corners."""

    minimum: tuple[float, float, float]
    maximum: tuple[float, float, float]

    def __post_init__(self) -> None:
        if any(low > high for low, high in zip(self.minimum, self.maximum, strict=True)):
            raise InputError(f"a box whose minimum {self.minimum} lies beyond its maximum {self.maximum}")

    @property
    def size_mm(self) -> tuple[float, float, float]:
        """Extents along X, Y, Z."""
        low, high = self.minimum, self.maximum
        return high[0] - low[0], high[1] - low[1], high[2] - low[2]


@dataclass(frozen=True, slots=True)
class ProgramFacts:
    """What a program does.

    Attributes:
        sha256: of the file.
        kind: what it is for.
        line_count: lines that a machine is sent.
        duration_s: motion and dwells; heating, homing and tool changes not counted.
        bounds_mm: of all moves, in the program's coordinates; None when nothing moves.
        work_bounds_mm: of moves that extrude, or cut with power on.
        filament_mm: filament used, draw-backs subtracted.
        max_hotend_c, max_bed_c: highest target, or None.
        max_power: highest S of a spindle or laser, or None.
        uses_spindle: whether M3 or M4 stands in it (spindle or laser).
        tools: tool numbers in order of first use.
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


def inspect_program(program: Program, limits: MotionLimits | None = None) -> ProgramFacts:
    """Measure a program.

    Args:
        program: as read.
        limits: of the machine's axes; default `MotionLimits()`.

    Raises:
        InputError: a line is not understood; `where` names it.
    """
    settings = _Settings()
    grbl = not any(line[0] in "Gg" and "E" in line.upper() for line in program.lines)  # P of G4 differs
    events = list(interpret(settings.follow(parse_blocks(program)), grbl=grbl))
    extent = _Extent()
    for event in events:
        if not isinstance(event, Dwell):
            extent.add(event)
    kind = _kind(settings, extent)
    return ProgramFacts(
        sha256=program.sha256,
        kind=kind,
        line_count=len(program.lines),
        duration_s=duration_s(events, limits or MotionLimits(), rapids_obey_feed=kind is Kind.FILAMENT),
        bounds_mm=extent.every.bounds(),
        work_bounds_mm=extent.work.bounds(),
        filament_mm=extent.filament_mm,
        max_hotend_c=settings.hotend_c,
        max_bed_c=settings.bed_c,
        max_power=extent.max_power,
        uses_spindle=settings.spindle,
        tools=tuple(settings.tools),
    )


@dataclass(slots=True)
class _Box:
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(self, point: tuple[float, float, float, float]) -> None:
        if not self.low:
            self.low, self.high = list(point[:3]), list(point[:3])
            return
        for axis in range(3):
            value = point[axis]
            if value < self.low[axis]:
                self.low[axis] = value
            elif value > self.high[axis]:
                self.high[axis] = value

    def bounds(self) -> Bounds | None:
        if not self.low:
            return None
        return Bounds((self.low[0], self.low[1], self.low[2]), (self.high[0], self.high[1], self.high[2]))


@dataclass(slots=True)
class _Extent:
    """What is gathered from the moves."""

    every: _Box = field(default_factory=_Box)
    work: _Box = field(default_factory=_Box)
    filament_mm: float = 0.0
    max_power: float | None = None
    extrudes: bool = False
    plunges: bool = False

    def add(self, move: Move) -> None:
        self.every.add(move.end)
        fed = move.extruded_mm
        self.filament_mm += fed
        in_space = move.start[:3] != move.end[:3]
        if fed > 0 and in_space:
            self.extrudes = True
        if move.power > 0:
            self.max_power = max(self.max_power or 0.0, move.power)
        if (fed > 0 and in_space) or (move.power > 0 and not move.rapid):
            self.work.add(move.start)
            self.work.add(move.end)
            self.plunges = self.plunges or (fed == 0 and move.end[2] < move.start[2])


@dataclass(slots=True)
class _Settings:
    """What is gathered from commands other than moves."""

    hotend_c: float | None = None
    bed_c: float | None = None
    spindle: bool = False
    tools: dict[int, None] = field(default_factory=dict)

    def follow(self, blocks: Iterator[tuple[int, Block]]) -> Iterator[tuple[int, Block]]:
        for number, block in blocks:
            for command in block.commands:
                if command[0] != "G":
                    self._note(command, block)
            yield number, block

    def _note(self, command: str, block: Block) -> None:
        target = block.value("S")
        target = block.value("R") if target is None else target
        if command in {"M104", "M109"} and target is not None:
            self.hotend_c = max(self.hotend_c or 0.0, target)
        elif command in {"M140", "M190"} and target is not None:
            self.bed_c = max(self.bed_c or 0.0, target)
        elif command in {"M3", "M4"}:
            self.spindle = True
        elif command[0] == "T":
            self.tools.setdefault(int(float(command[1:])))
        elif command == "M6" and block.value("T") is not None:
            self.tools.setdefault(int(block.value("T") or 0))


def _kind(settings: _Settings, extent: _Extent) -> Kind:
    if extent.extrudes:
        return Kind.FILAMENT
    if settings.spindle and extent.work.low:
        return Kind.MILL if extent.plunges else Kind.LASER
    return Kind.UNKNOWN
