"""The numbers in a program against a machine's limits: heat, feeds, accelerations, waits, power.

One function for each sort of command; each says what speaks against a line, as rule and reason. None of them knows
where in the program the line stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Protocol

from core.errors import InputError
from gcode.klipper import Extended
from gcode.safety_rules import Rule
from gcode.words import Block

__all__ = ["MAX_DWELL_S", "MAX_JERK_MM_S", "MAX_LASER_DWELL_S", "Heat", "HeatLimits", "command_reasons", "dwell_s"]

MAX_JERK_MM_S = 50.0
MAX_DWELL_S = 600.0
MAX_LASER_DWELL_S = 2.0  # piercing takes less; wood under a beam that stands begins to burn
_MAX_SPEED_PERCENT, _MAX_FLOW_PERCENT = 100.0, 150.0
_MAX_CURRENT_MA = 1000.0  # extruders and axes of the printers that set it in a program take 430 to 900
_SETTERS = {
    "M201": ("XYZE", "an acceleration in mm/s2"),
    "M204": ("SPRT", "an acceleration in mm/s2"),
    "M205": ("XYZE", "a jump of speed in mm/s"),
    "M566": ("XYZE", "a jump of speed in mm/min"),
}
_COOL_C = 15.0
_HOTEND = {"M104", "M109"}
_BED = {"M140", "M190"}
_CHAMBER = {"M141", "M191"}
_OFF = re.compile(r"END|CANCEL|OFF|STOP")  # in the name of a macro that a lab vouches for
_BED_PARAMETER = re.compile(r"BED")
_HOTEND_PARAMETER = re.compile(r"EXTRUDER|HOTEND|NOZZLE|TOOL|TEMP")
Reason = tuple[Rule, str]


class HeatLimits(Protocol):
    """What of a policy is read here."""

    @property
    def dialect(self) -> str:
        """See `gcode.safety.SafetyPolicy`, as for the rest."""
        ...

    @property
    def max_hotend_c(self) -> float: ...  # noqa: D102 - as above
    @property
    def max_bed_c(self) -> float: ...  # noqa: D102
    @property
    def max_feed_mm_min(self) -> float | None: ...  # noqa: D102
    @property
    def max_acceleration_mm_s2(self) -> float: ...  # noqa: D102


class Heat:
    """Which heaters a program has left on so far, and whether what it asks of them is within the limits.

    Args:
        limits: of the machine.
    """

    def __init__(self, limits: HeatLimits) -> None:
        self._limits = limits
        self._targets_c: dict[str, float] = {}
        self.tool = "T0"

    @property
    def left_on(self) -> Iterator[tuple[str, float]]:
        """Heaters and their targets in degrees, where these are above 0."""
        return ((heater, target) for heater, target in self._targets_c.items() if target > 0)

    def block(self, command: str, block: Block) -> Iterator[Reason]:
        """Take a command of the old kind."""
        if command[0] == "T":
            self.tool = command
        elif command in _HOTEND:
            which = block.value("T")
            yield from self._set(self.tool if which is None else f"T{which:g}", block, "SRBI")
        elif command in _BED:
            yield from self._set("bed", block, "SRI")
        elif command in _CHAMBER:
            yield from self._set("chamber", block, "SR")
        elif self._limits.dialect == "reprap" and command in {"G10", "M568"} and block.value("P") is not None:
            yield from self._set(f"T{block.value('P'):g}", block, "SR")

    def extended(self, command: Extended, *, vouched: bool) -> Iterator[Reason]:
        """Take a command of Klipper's.

        Args:
            command: as parsed.
            vouched: whether it is a macro of which the lab says that it is safe.
        """
        if command.name == "SET_HEATER_TEMPERATURE":
            heater = command.parameters.get("HEATER", "").lower()
            yield from self._target(_klipper_heater(heater), command.number("TARGET") or 0.0)
        elif command.name == "TURN_OFF_HEATERS" or (vouched and _OFF.search(command.name)):
            self._targets_c.clear()
        elif vouched:
            yield from self._macro(command)

    def _macro(self, command: Extended) -> Iterator[Reason]:
        """Numbers that a macro is given under a name that speaks of heat."""
        for name in command.parameters:
            bed = _BED_PARAMETER.search(name)
            if bed or _HOTEND_PARAMETER.search(name):
                value = command.number(name)
                kind, limit = ("bed", self._limits.max_bed_c) if bed else ("hotend", self._limits.max_hotend_c)
                if value is not None and value > limit:
                    yield Rule.TEMPERATURE, _too_hot(f"{name}={value:g}", limit, kind)

    def _set(self, heater: str, block: Block, letters: str) -> Iterator[Reason]:
        if "I" in letters and "I" in block.words:
            yield Rule.TEMPERATURE, "heats to a preset of the machine that the program cannot know"
        stated = [(letter, block.value(letter)) for letter in letters if letter != "I"]
        targets = [value for letter, value in stated if value is not None]
        if not targets:
            return
        yield from self._target(heater, targets[0], highest=max(targets))

    def _target(self, heater: str, target_c: float, *, highest: float | None = None) -> Iterator[Reason]:
        limits = self._limits
        self._targets_c["bed" if heater == "bed" else heater if heater == "chamber" else f"hotend {heater}"] = target_c
        kind = heater if heater in {"bed", "chamber"} else "hotend"
        limit = {"bed": limits.max_bed_c, "chamber": 0.0}.get(kind, limits.max_hotend_c)
        asked = target_c if highest is None else highest
        if asked > limit:
            yield Rule.TEMPERATURE, _too_hot(f"{asked:g} C", limit, kind)


def _too_hot(asked: str, limit_c: float, kind: str) -> str:
    if not limit_c:
        return f"{asked}: how hot the machine's {kind} may become is not stated"
    return f"{asked} is more than the {limit_c:g} C of the machine's {kind}"


def _klipper_heater(name: str) -> str:
    if name == "heater_bed":
        return "bed"
    number = name.removeprefix("extruder")
    return f"T{number or '0'}" if name.startswith("extruder") else "chamber"


def command_reasons(command: str, block: Block, limits: HeatLimits) -> Iterator[Reason]:
    """What speaks against the numbers of a command of the old kind, heat and feed left aside."""
    if command in _SETTERS:
        yield from _settings(command, block, limits.max_acceleration_mm_s2)
    elif command == "M220":
        percent = block.value("S")
        if percent is not None and not 0 < percent <= _MAX_SPEED_PERCENT:
            yield Rule.FEED, f"S{percent:g} % makes every feed differ from the one that was checked"
    elif command == "M221":
        percent = block.value("S")
        if percent is not None and not 0 < percent <= _MAX_FLOW_PERCENT:
            yield Rule.FEED, f"S{percent:g} % of flow is not between 0 and {_MAX_FLOW_PERCENT:g}"
    elif command == "G29":
        yield from _levelling(block, limits.dialect)
    elif command == "M907":
        yield from _currents(block)
    elif command == "M300" and (block.value("P") or 0) > MAX_DWELL_S * 1000:
        yield Rule.DWELL, f"sounds for {block.value('P'):g} ms"


def _settings(command: str, block: Block, max_acceleration: float) -> Iterator[Reason]:
    letters, what = _SETTERS[command]
    most = {"M205": MAX_JERK_MM_S, "M566": MAX_JERK_MM_S * 60}.get(command, max_acceleration)
    for letter in letters:
        value = block.value(letter)
        if value is not None and value > most:
            yield Rule.ACCELERATION, f"{letter}{value:g} is {what} beyond {most:g}"


def _currents(block: Block) -> Iterator[Reason]:
    """M907 where somebody lets it pass: milliamperes for a motor driver, steps of a potentiometer on older boards."""
    for letter, value in block.words.items():
        if value is not None and letter not in "M" and not 0 <= value <= _MAX_CURRENT_MA:
            yield (
                Rule.CALIBRATION,
                f"{letter}{value:g} is a current beyond {_MAX_CURRENT_MA:g} mA, which may burn a motor",
            )


def _levelling(block: Block, dialect: str) -> Iterator[Reason]:
    """G29 S sets or stores points (Marlin), or stores the map (S3 of RepRapFirmware)."""
    step = block.value("S")
    if step is not None and not (dialect == "reprap" and step in {0, 1, 2}):
        yield Rule.STORED, f"S{step:g} stores or sets points of the bed's map"


def dwell_s(block: Block, *, grbl: bool) -> float:
    """How long a G4 waits, in seconds; P means seconds (GRBL) or milliseconds."""
    pause = block.value("P")
    waits = 0.0 if pause is None else pause * (1.0 if grbl else 0.001)
    seconds = block.value("S")
    return waits if seconds is None or grbl else seconds


def velocity_reasons(command: Extended, max_acceleration: float, max_feed_mm_min: float | None) -> Iterator[Reason]:
    """What speaks against Klipper's SET_VELOCITY_LIMIT.

    Raises:
        InputError: a value is no number.
    """
    for name in ("ACCEL", "ACCEL_TO_DECEL"):
        value = command.number(name)
        if value is not None and not 0 < value <= max_acceleration:
            yield Rule.ACCELERATION, f"{name}={value:g} is an acceleration in mm/s2 beyond {max_acceleration:g}"
    speed = command.number("VELOCITY")
    if speed is not None and max_feed_mm_min is not None and speed * 60 > max_feed_mm_min:
        yield Rule.FEED, f"VELOCITY={speed:g} mm/s is more than the machine's {max_feed_mm_min / 60:g}"
    corner = command.number("SQUARE_CORNER_VELOCITY")
    if corner is not None and not 0 < corner <= MAX_JERK_MM_S:
        yield Rule.ACCELERATION, f"SQUARE_CORNER_VELOCITY={corner:g} is a jump of speed beyond {MAX_JERK_MM_S:g} mm/s"


def _endless_wait(command: Extended, limits: HeatLimits) -> Iterator[Reason]:
    """TEMPERATURE_WAIT for what never comes.

    Raises:
        InputError: a value is no number.
    """
    least, most = command.number("MINIMUM"), command.number("MAXIMUM")
    highest = max(limits.max_hotend_c, limits.max_bed_c)
    if least is not None and least > highest:
        yield Rule.DWELL, f"waits for {least:g} C, which the machine never reaches"
    if most is not None and most < _COOL_C:
        yield Rule.DWELL, f"waits until it is colder than {most:g} C, which a room hardly is"


def extended_reasons(command: Extended, limits: HeatLimits) -> Iterator[Reason]:
    """What speaks against the parameters of an extended command, heat left aside.

    Raises:
        InputError: a value is no number.
    """
    if command.name == "SET_VELOCITY_LIMIT":
        yield from velocity_reasons(command, limits.max_acceleration_mm_s2, limits.max_feed_mm_min)
    elif command.name == "BED_MESH_PROFILE" and command.parameters.keys() - {"LOAD"}:
        yield Rule.STORED, "stores or removes a map of the bed"
    elif command.name == "TEMPERATURE_WAIT":
        yield from _endless_wait(command, limits)
    elif command.name == "SET_PRESSURE_ADVANCE" and not 0 <= (command.number("ADVANCE") or 0.0) <= 2:
        raise InputError("ADVANCE is not between 0 and 2")
