"""The modal state: blocks in order become moves and dwells in millimetres and seconds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from core.errors import InputError
from gcode.arcs import arc_points
from gcode.limits import MotionSettings
from gcode.words import Block

__all__ = ["AXES", "Dwell", "Interpreter", "Move", "interpret"]

AXES = "XYZE"
_INCH_MM = 25.4
_MOTIONS = {"G0", "G1", "G2", "G3"}
_POWERED = {"M3", "M4"}
_UNSET = MotionSettings()
_LIMIT_SETTERS = {"M201", "M203", "M205", "M566"}
_RETRACTIONS = {"G10", "G11"}
_HOMING_MM_S = (50.0, 50.0, 4.0)  # HOMING_FEEDRATE_MM_M of Marlin 2.1's default configuration
_SPECIAL = {"G4", "G28", "G30", "G92"} | _RETRACTIONS
# Plane: first axis, second axis, third axis, and the letters of the centre's offset.
_PLANES = {"G17": (0, 1, 2, "IJ"), "G18": (2, 0, 1, "KI"), "G19": (1, 2, 0, "JK")}
# G words that set nothing which this room follows: they move nothing, or by an amount only the machine knows
# (probing, levelling, firmware retraction, work coordinates, cutter compensation off, path modes).
_PASSIVE = frozenset(
    {
        "G12",
        "G27",
        "G29",
        "G32",
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
_OWN_AXES = frozenset({"G12", "G27", "G29", "G32", "G43.1", "G80", "G92.1"})  # X and Y of Prusa's G80 bound its mesh


class Move(NamedTuple):
    """A straight move, or one chord of an arc.

    Attributes:
        start, end: X, Y, Z, E in mm, in the program's coordinates without its G92 shifts.
        feed_mm_min: as programmed; 0 when none was.
        rapid: a G0.
        power: the S in force while a spindle or laser is on, else 0.
        acceleration_mm_s2: as set by M204 for this sort of move, or None.
        line: number of the line in its file.
        settings: what the program has set of the machine's limits.
    """

    start: tuple[float, float, float, float]
    end: tuple[float, float, float, float]
    feed_mm_min: float
    rapid: bool
    power: float
    acceleration_mm_s2: float | None
    line: int
    settings: MotionSettings = _UNSET

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
        limits_per_minute: whether M203 speaks of millimetres a minute (RepRapFirmware) or a second (Marlin).
        limits_ignored: whether M201, M203, M205 and M566 mean nothing to the machine (Klipper).
        position: X, Y, Z, E in mm, without G92 shifts.
        shift: of each axis by G92, in mm.
        absolute, absolute_extrusion: G90 or G91, M82 or M83.
        unit_mm: 25.4 after G20.
        plane: G17, G18 or G19.
        motion: the last of G0 to G3, or None.
        feed_mm_min, power: the last F and S.
        tool_on: a spindle or laser.
        print_acceleration, travel_acceleration, retract_acceleration: as M204 set them, or None.
        settings: what the program has set of the machine's limits.
        retract_s, recover_s: how long G10 and G11 take; 0 when the program does not say (M207, M208).
    """

    grbl: bool = False
    limits_per_minute: bool = False
    limits_ignored: bool = False
    position: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    shift: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0, 0.0])
    absolute: bool = True
    absolute_extrusion: bool = True
    unit_mm: float = 1.0
    plane: str = "G17"
    motion: str | None = None
    feed_mm_min: float = 0.0
    power: float = 0.0
    tool_on: bool = False
    travel_acceleration: float | None = None
    print_acceleration: float | None = None
    retract_acceleration: float | None = None
    settings: MotionSettings = _UNSET
    retract_s: float = 0.0
    recover_s: float = 0.0

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
                self.motion = target = command
            elif command in _SPECIAL:
                special = command
            elif command == "G53":
                machine_coordinates = True
            else:
                self._set_mode(command, block)
        if special is not None:
            return self._act(special, block, line)
        moves_axes = not block.words.keys().isdisjoint(AXES)
        if target is None and any(c[0] in "MT" or c in _OWN_AXES for c in block.commands):
            return []  # an axis letter after M is that command's own (M204 does not move)
        if not moves_axes and target not in {"G2", "G3"}:
            return []
        return self._move(block, line, machine_coordinates)

    def _set_values(self, block: Block) -> None:
        words = block.words
        feed = words.get("F")
        if feed is not None and not _is_setting(block):
            self.feed_mm_min = feed * self.unit_of(block)
        power = words.get("S")
        if (
            power is not None
            and all(c in _POWERED or c[0] != "M" for c in block.commands)
            and "G4" not in block.commands
        ):
            self.power = power

    def unit_of(self, block: Block) -> float:
        """The unit in force once this block's own G20 or G21 has been taken."""
        if "G20" in block.commands:
            return _INCH_MM
        return 1.0 if "G21" in block.commands else self.unit_mm

    def _set_mode(self, command: str, block: Block) -> None:
        match command:
            case "G90" | "G91":
                self.absolute = self.absolute_extrusion = command == "G90"
            case "M82" | "M83":
                self.absolute_extrusion = command == "M82"
            case "G20" | "G21":
                self.unit_mm = _INCH_MM if command == "G20" else 1.0
            case "G17" | "G18" | "G19":
                self.plane = command
            case "M3" | "M4" | "M5":
                self.tool_on = command != "M5"
            case "M204":
                self._set_acceleration(block)
            case "M207" | "M208":
                self._set_retraction(command, block)
            case _ if command in _LIMIT_SETTERS:
                self._set_limits(command, block)
            case _ if command[0] == "G" and command not in _PASSIVE:
                raise InputError(f"{command} is not understood", hint="splines, cycles and G93 have to be expanded")

    def _set_acceleration(self, block: Block) -> None:
        both = _positive(block.value("S"))
        self.print_acceleration = _positive(block.value("P")) or both or self.print_acceleration
        self.travel_acceleration = _positive(block.value("T")) or both or self.travel_acceleration
        self.retract_acceleration = _positive(block.value("R")) or self.retract_acceleration

    def _set_limits(self, command: str, block: Block) -> None:
        if not self.limits_ignored:
            rate_s = 1 / 60 if self.limits_per_minute else 1.0
            self.settings = self.settings.after(command, block.words, self.unit_mm, rate_s)

    def _set_retraction(self, command: str, block: Block) -> None:
        """Firmware retraction: S mm at F mm/min, either way until M208 says otherwise (Marlin's M207 and M208)."""
        length, feed = block.value("S"), block.value("F")
        if length is None or not feed or feed < 0:
            return
        self.recover_s = abs(length) * 60 / feed
        if command == "M207":
            self.retract_s = self.recover_s

    def _act(self, command: str, block: Block, line: int) -> list[Move | Dwell]:
        if command == "G4":
            return self._dwell(block, line)
        if command == "G92":
            self._set_position(block)
            return []
        if command in _RETRACTIONS:
            return self._retraction(command, block, line)
        return [Dwell(self._home(block), line)]

    def _dwell(self, block: Block, line: int) -> list[Move | Dwell]:
        pause = block.value("P")
        duration_s = 0.0 if pause is None else pause * (1.0 if self.grbl else 0.001)
        seconds = block.value("S")
        return [Dwell(duration_s if seconds is None or self.grbl else seconds, line)]

    def _retraction(self, command: str, block: Block, line: int) -> list[Move | Dwell]:
        duration_s = self.retract_s if command == "G10" else self.recover_s
        if duration_s == 0.0 or block.words.keys() - {"S"}:  # unknown to us, or another G10 (offsets, tools)
            return []
        return [Dwell(duration_s, line)]

    def _home(self, block: Block) -> float:
        """Axes to zero one after the other; seconds of the way back, as far as the program tells where it was."""
        named = [i for i, letter in enumerate("XYZ") if letter in block.words] or [0, 1, 2]
        duration_s = 0.0
        for index in named:
            duration_s += abs(self.position[index]) / _HOMING_MM_S[index]
            self.position[index] = 0.0
            self.shift[index] = 0.0
        return duration_s

    def _set_position(self, block: Block) -> None:
        named = [i for i, letter in enumerate(AXES) if letter in block.words]
        for index in named or range(4):
            value = (block.value(AXES[index]) or 0.0) * self.unit_mm
            self.shift[index] = self.position[index] - value

    def _target(self, block: Block, *, machine_coordinates: bool) -> list[float]:
        end = list(self.position)
        for index, letter in enumerate(AXES):
            value = block.words.get(letter)
            if value is None:
                continue
            if not (self.absolute_extrusion if index == 3 else self.absolute) and not machine_coordinates:
                end[index] += value * self.unit_mm
            else:
                end[index] = value * self.unit_mm + (0.0 if machine_coordinates else self.shift[index])
        return end

    def _move(self, block: Block, line: int, machine_coordinates: bool) -> list[Move | Dwell]:
        motion = self.motion
        if motion is None:
            raise InputError("axis words stand before any G0 or G1")
        start = tuple(self.position)
        end = self._target(block, machine_coordinates=machine_coordinates)
        points = [tuple(end)] if motion in {"G0", "G1"} else self._chords(block, start, end)
        self.position = end
        moves: list[Move | Dwell] = []
        rapid = motion == "G0"
        power = self.power if self.tool_on else 0.0
        for point in points:
            acceleration = self._acceleration(start, point)
            moves.append(Move(start, point, self.feed_mm_min, rapid, power, acceleration, line, self.settings))  # type: ignore[arg-type]
            start = point
        return moves

    def _acceleration(self, start: tuple[float, ...], end: tuple[float, ...]) -> float | None:
        """What M204 set for this sort of move (Marlin 2.1 planner.cpp)."""
        if start[3] == end[3]:
            return self.travel_acceleration
        return self.retract_acceleration if start[:3] == end[:3] else self.print_acceleration

    def _chords(self, block: Block, start: tuple[float, ...], end: list[float]) -> list[tuple[float, ...]]:
        first, second, third, letters = _PLANES[self.plane]
        unit = self.unit_mm
        offsets = [block.value(letter) for letter in letters]
        radius = block.value("R")
        centre = None if offsets == [None, None] else ((offsets[0] or 0.0) * unit, (offsets[1] or 0.0) * unit)
        corners, shares = arc_points(
            (start[first], start[second]),
            (end[first], end[second]),
            clockwise=self.motion == "G2",
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
        points[-1] = tuple(end)
        return points


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


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
