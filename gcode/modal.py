"""The modal state: blocks in order become moves and dwells in millimetres and seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from core.errors import InputError
from gcode.arcs import arc_points
from gcode.words import Block

__all__ = ["AXES", "Dwell", "Interpreter", "Move", "interpret"]

AXES = "XYZE"
_INCH_MM = 25.4
_MOTIONS = {"G0", "G1", "G2", "G3"}
_POWERED = {"M3", "M4"}
_SPECIAL = {"G4", "G28", "G30", "G92"}
# Plane: first axis, second axis, third axis, and the letters of the centre's offset.
_PLANES = {"G17": (0, 1, 2, "IJ"), "G18": (2, 0, 1, "KI"), "G19": (1, 2, 0, "JK")}
# G words that set nothing which this room follows: they move nothing, or by an amount only the machine knows
# (probing, levelling, firmware retraction, work coordinates, cutter compensation off, path modes).
_PASSIVE = frozenset(
    {
        "G10",
        "G11",
        "G12",
        "G27",
        "G29",
        "G40",
        "G43.1",
        "G49",
        "G54",
        "G55",
        "G56",
        "G57",
        "G58",
        "G59",
        "G61",
        "G64",
        "G80",
        "G91.1",
        "G92.1",
        "G94",
        "G98",
    }
)


class Move(NamedTuple):
    """A straight move, or one chord of an arc.

    Attributes:
        start, end: X, Y, Z, E in mm, in the program's coordinates without its G92 shifts.
        feed_mm_min: as programmed; 0 when none was.
        rapid: a G0.
        power: the S in force while a spindle or laser is on, else 0.
        acceleration_mm_s2: as set by M204, or None.
        line: number of the line in its file.
    """

    start: tuple[float, float, float, float]
    end: tuple[float, float, float, float]
    feed_mm_min: float
    rapid: bool
    power: float
    acceleration_mm_s2: float | None
    line: int

    @property
    def extruded_mm(self) -> float:
        """Filament fed; negative when drawn back."""
        return self.end[3] - self.start[3]

    @property
    def length_mm(self) -> float:
        """The way in space; of the filament where nothing else moves."""
        way = math.dist(self.start[:3], self.end[:3])
        return way or abs(self.extruded_mm)


class Dwell(NamedTuple):
    """A stop: the axes come to rest, then wait."""

    duration_s: float
    line: int


@dataclass(slots=True)
class Interpreter:
    """Follows a program line by line.

    Attributes:
        grbl: whether P of G4 means seconds (GRBL) or milliseconds (Marlin).
        position: X, Y, Z, E in mm, without G92 shifts.
    """

    grbl: bool = False
    position: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    _shift: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    _absolute: bool = True
    _absolute_extrusion: bool = True
    _unit_mm: float = 1.0
    _plane: str = "G17"
    _motion: str | None = None
    _feed_mm_min: float = 0.0
    _power: float = 0.0
    _tool_on: bool = False
    _travel_acceleration: float | None = None
    _print_acceleration: float | None = None

    def advance(self, block: Block, line: int = 0) -> list[Move | Dwell]:
        """Apply one block and say what it does.

        Raises:
            InputError: a G word is unknown, or an arc is impossible.
        """
        if block.is_empty or block.text:
            return []
        self._set_values(block)
        machine_coordinates = False
        target: str | None = None
        special: str | None = None
        for command in block.commands:
            if command in _MOTIONS:
                self._motion = target = command
            elif command in _SPECIAL:
                special = command
            elif command == "G53":
                machine_coordinates = True
            else:
                self._set_mode(command, block)
        if special is not None:
            return self._act(special, block, line)
        moves_axes = not block.words.keys().isdisjoint(AXES)
        if target is None and block.commands and any(c[0] in "MT" for c in block.commands):
            return []  # an axis letter after M is that command's own (M204 does not move)
        if not moves_axes and target not in {"G2", "G3"}:
            return []
        return self._move(block, line, machine_coordinates)

    def _set_values(self, block: Block) -> None:
        words = block.words
        feed = words.get("F")
        if feed is not None and not _is_setting(block):
            self._feed_mm_min = feed * self._unit_of(block)
        power = words.get("S")
        if (
            power is not None
            and all(c in _POWERED or c[0] != "M" for c in block.commands)
            and "G4" not in block.commands
        ):
            self._power = power

    def _unit_of(self, block: Block) -> float:
        """The unit in force once this block's own G20 or G21 has been taken."""
        if "G20" in block.commands:
            return _INCH_MM
        return 1.0 if "G21" in block.commands else self._unit_mm

    def _set_mode(self, command: str, block: Block) -> None:
        match command:
            case "G90" | "G91":
                self._absolute = self._absolute_extrusion = command == "G90"
            case "M82" | "M83":
                self._absolute_extrusion = command == "M82"
            case "G20" | "G21":
                self._unit_mm = _INCH_MM if command == "G20" else 1.0
            case "G17" | "G18" | "G19":
                self._plane = command
            case "M3" | "M4" | "M5":
                self._tool_on = command != "M5"
            case "M204":
                both = block.value("S")
                self._print_acceleration = block.value("P") or both or self._print_acceleration
                self._travel_acceleration = block.value("T") or both or self._travel_acceleration
            case _ if command[0] == "G" and command not in _PASSIVE:
                raise InputError(f"{command} is not understood", hint="splines, cycles and G93 have to be expanded")

    def _act(self, command: str, block: Block, line: int) -> list[Move | Dwell]:
        if command == "G4":
            return self._dwell(block, line)
        if command == "G92":
            self._set_position(block)
            return []
        self._home(block)
        return [Dwell(0.0, line)]

    def _dwell(self, block: Block, line: int) -> list[Move | Dwell]:
        pause = block.value("P")
        duration_s = 0.0 if pause is None else pause * (1.0 if self.grbl else 0.001)
        seconds = block.value("S")
        return [Dwell(duration_s if seconds is None or self.grbl else seconds, line)]

    def _home(self, block: Block) -> None:
        named = [i for i, letter in enumerate("XYZ") if letter in block.words] or [0, 1, 2]
        for index in named:
            self.position[index] = 0.0
            self._shift[index] = 0.0

    def _set_position(self, block: Block) -> None:
        named = [i for i, letter in enumerate(AXES) if letter in block.words]
        for index in named or range(4):
            value = (block.value(AXES[index]) or 0.0) * self._unit_mm
            self._shift[index] = self.position[index] - value

    def _target(self, block: Block, *, machine_coordinates: bool) -> list[float]:
        end = list(self.position)
        for index, letter in enumerate(AXES):
            value = block.words.get(letter)
            if value is None:
                continue
            if not (self._absolute_extrusion if index == 3 else self._absolute) and not machine_coordinates:
                end[index] += value * self._unit_mm
            else:
                end[index] = value * self._unit_mm + (0.0 if machine_coordinates else self._shift[index])
        return end

    def _move(self, block: Block, line: int, machine_coordinates: bool) -> list[Move | Dwell]:
        motion = self._motion
        if motion is None:
            raise InputError("axis words stand before any G0 or G1")
        start = tuple(self.position)
        end = self._target(block, machine_coordinates=machine_coordinates)
        self.position = end
        points = [tuple(end)] if motion in {"G0", "G1"} else self._chords(block, start, end)
        moves: list[Move | Dwell] = []
        rapid = motion == "G0"
        power = self._power if self._tool_on else 0.0
        for point in points:
            acceleration = self._print_acceleration if point[3] > start[3] else self._travel_acceleration
            moves.append(Move(start, point, self._feed_mm_min, rapid, power, acceleration, line))  # type: ignore[arg-type]
            start = point
        return moves

    def _chords(self, block: Block, start: tuple[float, ...], end: list[float]) -> list[tuple[float, ...]]:
        first, second, third, letters = _PLANES[self._plane]
        unit = self._unit_mm
        offsets = [block.value(letter) for letter in letters]
        radius = block.value("R")
        centre = None if offsets == [None, None] else ((offsets[0] or 0.0) * unit, (offsets[1] or 0.0) * unit)
        corners, shares = arc_points(
            (start[first], start[second]),
            (end[first], end[second]),
            clockwise=self._motion == "G2",
            centre_offset=centre,
            radius_mm=None if radius is None else radius * unit,
            turns=int(block.value("P") or 1),
        )
        points = []
        for (a, b), share in zip(corners, shares, strict=True):
            point = [0.0, 0.0, 0.0, start[3] + (end[3] - start[3]) * share]
            point[first], point[second] = a, b
            point[third] = start[third] + (end[third] - start[third]) * share
            points.append(tuple(point))
        return points


def _is_setting(block: Block) -> bool:
    """Whether F belongs to an M command instead of the feed."""
    return any(command[0] == "M" and command not in {"M3", "M4", "M5"} for command in block.commands)


def interpret(blocks: Iterable[tuple[int, Block]], *, grbl: bool = False) -> Iterator[Move | Dwell]:
    """What the numbered blocks do, in order.

    Raises:
        InputError: a block is not understood; `where` names its line.
    """
    state = Interpreter(grbl=grbl)
    for number, block in blocks:
        try:
            yield from state.advance(block, number)
        except InputError as error:
            raise InputError(error.what, where=f"line {number}", hint=error.hint) from error
