"""The machine behind a virtual Marlin: what each command does to its motion, heat, settings and card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.errors import DeviceError, InputError
from firmware_bridge.twin.marlin_card import MarlinCard
from firmware_bridge.twin.objects import Objects, stripped
from firmware_bridge.twin.planner import Heater, MotionQueue, nominal_duration_s
from firmware_bridge.twin.settings import Settings
from gcode.modal import AXES, Interpreter
from gcode.safety_rules import ALLOWED
from gcode.words import Block, parse_line

__all__ = ["MarlinMachine"]

_PLANNER_MOVES = 16
_HOMING_S = 8.0
_LEVELLING_S = 30.0
_PERSON_S = 1e9  # until somebody comes
_COLD_C = 170.0  # EXTRUDE_MINTEMP
_STORED = {
    "M92": {"X": 80.0, "Y": 80.0, "Z": 400.0, "E": 93.0},
    "M201": {"X": 3000.0, "Y": 3000.0, "Z": 100.0, "E": 10000.0},
    "M203": {"X": 500.0, "Y": 500.0, "Z": 10.0, "E": 50.0},
    "M204": {"P": 1500.0, "R": 1500.0, "T": 1500.0},
    "M205": {"X": 8.0, "Y": 8.0, "Z": 0.4, "E": 5.0},
    "M206": {"X": 0.0, "Y": 0.0, "Z": 0.0},
    "M301": {"P": 22.2, "I": 1.08, "D": 114.0},
    "M851": {"X": 0.0, "Y": 0.0, "Z": 0.0},
}
_CARD = frozenset({"M20", "M21", "M23", "M24", "M25", "M26", "M27", "M28", "M29", "M30", "M32", "M524"})
_PERSON = frozenset({"M0", "M1", "M600"})
_MORE = frozenset(
    {"M105", "M108", "M110", "M112", "M113", "M118", "M119", "M410", "M412", "M500", "M501", "M502", "M503", "M75"}
    | {"M77", "M211", "M876"}
)
_KNOWN = ALLOWED["marlin"] | _CARD | _PERSON | _MORE | set(_STORED)
_WAITS = frozenset({"M400", "G4", "M109", "M190", "G28", "G29"}) | _PERSON
_CAPABILITIES = (
    *("EEPROM:1", "AUTOREPORT_TEMP:1", "EMERGENCY_PARSER:1", "HOST_ACTION_COMMANDS:1", "PROMPT_SUPPORT:1"),
    *("SDCARD:1", "AUTOREPORT_SD_STATUS:1", "THERMAL_PROTECTION:1", "RUNOUT:1", "EXTENDED_M20:0"),
)


class MarlinMachine:
    """Motion, heat, settings and card.

    Args:
        say: takes a line for the host.
        speed: how many machine seconds pass in one second.
        store: the file that plays the EEPROM; None forgets with the power.
    """

    def __init__(self, say: Callable[[str], None], *, speed: float, store: Path | None) -> None:
        self._say = say
        self._speed = speed
        stored = {f"{name} {letter}": value for name, group in _STORED.items() for letter, value in group.items()}
        self.settings = Settings(stored, store)
        self.card = MarlinCard(say)
        self.power_on()

    def power_on(self) -> None:
        """Motion and heat are gone; stored settings and the card stay."""
        self.motion = MotionQueue(_PLANNER_MOVES, self._speed)
        self.heaters = {"T": Heater(5.0, self._speed), "B": Heater(1.0, self._speed)}
        self.state = Interpreter()
        self.objects = Objects()
        self.report_every_s = 0.0
        self.broken_endstop = False
        self.settings.load()
        self.card.power_on()

    @staticmethod
    def knows(text: str) -> bool:
        """Whether this is a command; a lone axis word repeats the last motion (GCODE_MOTION_MODES)."""
        name = text.split(" ", 1)[0].rstrip(".")
        if name in _KNOWN:
            return True
        try:
            block = parse_line(text)
        except InputError:
            return False
        if not block.commands:
            return text[:1] in AXES
        return block.commands[0] in _KNOWN or block.commands[0][:1] == "T"

    @staticmethod
    def waits_for_person(text: str) -> bool:
        """Whether only a person ends this command."""
        return text.split(" ", 1)[0] in _PERSON

    def ready_at(self, text: str, now: float) -> float | None:
        """When the command can be done; None while motion is held. A heating wait sets its target here."""
        name = text.split(" ", 1)[0]
        if name not in _WAITS:
            return self.motion.slot_at(now)
        try:
            block = parse_line(text)
        except InputError:
            return now
        drained = self.motion.empty_at(now) or now
        match name:
            case "M109" | "M190":
                heater = self.heaters["T" if name == "M109" else "B"]
                target = block.value("S") if block.value("S") is not None else block.value("R")
                heater.set_target(target or 0.0, now)
                return heater.reached_at(now)
            case "G4":
                seconds = block.value("S")
                return drained + ((block.value("P") or 0.0) / 1000 if seconds is None else seconds) / self._speed
            case "G28" | "G29":
                return drained + (_HOMING_S if name == "G28" else _LEVELLING_S) / self._speed
            case _:
                return drained + (_PERSON_S if name in _PERSON else 0.0)

    def execute(self, text: str, now: float) -> str:
        """Do it; what the ok is followed by.

        Raises:
            DeviceError: the firmware stops everything, for this reason.
        """
        if text.startswith("M486"):
            self.objects.command(text)
            return ""
        skipped = self.objects.skips(text)
        try:
            block = stripped(parse_line(text)) if skipped else parse_line(text)
            name = block.command or ""
            if name[:1] == "M":
                return self._execute_m(name, block, now)
            if name == "G28" and self.broken_endstop:
                raise DeviceError("Homing Failed")
            moves = self.state.advance(block)
        except InputError:
            self._say(f'echo:Unknown command: "{text}"')
            return ""
        if moves and not skipped and (not name or name in {"G0", "G1", "G2", "G3"}):
            self._warn_of_cold(block, now)
            self.motion.add(nominal_duration_s(moves, None), now)
        return ""

    def _warn_of_cold(self, block: Block, now: float) -> None:
        if block.value("E") is not None and self.heaters["T"].temperature_c(now) < _COLD_C and self._speed < 1000:
            self._say("echo: cold extrusion prevented")

    def _execute_m(self, name: str, block: Block, now: float) -> str:
        if name in _CARD:
            self.card.command(name, block.text)
        elif name in _STORED:
            self._set(name, block)
            self.state.advance(block)
        elif name in {"M500", "M501", "M502", "M503"}:
            self._store(name)
        elif name == "M105":
            return self.temperatures(now)
        elif not self._told(name, block, now):
            self.state.advance(block)  # M82, M83, M204
        return ""

    def _told(self, name: str, block: Block, now: float) -> bool:
        match name:
            case "M104" | "M140":
                self.heaters["T" if name == "M104" else "B"].set_target(block.value("S") or 0.0, now)
            case "M114":
                at = " ".join(f"{axis}:{self.state.position[i]:.2f}" for i, axis in enumerate(AXES))
                self._say(f"{at} Count X:0 Y:0 Z:0")
            case "M115":
                self._say("FIRMWARE_NAME:Marlin 2.1.2.5 PROTOCOL_VERSION:1.0 MACHINE_TYPE:Virtual EXTRUDER_COUNT:1")
                for capability in _CAPABILITIES:
                    self._say(f"Cap:{capability}")
            case "M118":
                self._say(block.text)
            case "M119":
                self._say("Reporting endstop status")
                for axis in "xyz":
                    self._say(f"{axis}_min: {'TRIGGERED' if self.broken_endstop else 'open'}")
            case "M155":
                self.report_every_s = block.value("S") or 0.0  # of the host, as is the keep-alive
            case _:
                return False
        return True

    def _set(self, name: str, block: Block) -> None:
        for letter, value in block.words.items():
            if value is not None and f"{name} {letter}" in self.settings.values:
                self.settings.values[f"{name} {letter}"] = value

    def _store(self, name: str) -> None:
        match name:
            case "M500":
                self._say(f"echo:Settings Stored ({8 * self.settings.save()} bytes; crc 0)")
            case "M501":
                self.settings.load()
                self._say(f"echo:V89 stored settings retrieved ({8 * len(self.settings.values)} bytes; crc 0)")
            case "M502":
                self.settings.restore_defaults()
                self._say("echo:Hardcoded Default Settings Loaded")
            case _:
                for command, group in _STORED.items():
                    words = " ".join(f"{letter}{self.settings.values[f'{command} {letter}']:.2f}" for letter in group)
                    self._say(f"echo:  {command} {words}")

    def temperatures(self, now: float) -> str:
        """As M105 tells them."""
        parts = [f"{n}:{h.temperature_c(now):.2f} /{h.target_c:.2f}" for n, h in self.heaters.items()]
        return " ".join(parts) + " @:0 B@:0"

    def switch_heat_off(self, now: float) -> None:
        """No heater has a target any more."""
        for heater in self.heaters.values():
            heater.set_target(0.0, now)
