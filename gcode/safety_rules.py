"""The tables of the safety check: what passes, what is refused, why, and who may lift a refusal.

Sources: Marlin 2.1 G-code index and MAX_CMD_SIZE, GRBL 1.1 interface notes and LINE_BUFFER_SIZE, Klipper's G-Codes
page, RepRapFirmware's G-code dictionary.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

__all__ = ["ALLOWED", "DIALECTS", "LIFTED_BY", "LINE_CHARS", "REASONS", "REFUSED", "Lifter", "Rule", "refusing_rule"]

DIALECTS = ("marlin", "klipper", "reprap", "grbl")

# What the firmware holds of one line. Marlin's 96 includes number, checksum and end; Klipper names no limit, so a
# program's own counts; RepRapFirmware 3 holds 256, its older versions 200.
LINE_CHARS: Mapping[str, int] = MappingProxyType({"marlin": 80, "klipper": 4096, "reprap": 200, "grbl": 79})


class Rule(StrEnum):
    """Why a line is refused, by a name that a person can type."""

    NOT_ASCII = "not-ascii"
    LINE_LENGTH = "line-length"
    REALTIME = "realtime-byte"
    COMMENT_BYTE = "comment-byte"
    SENDER = "sender-protocol"
    NUMBERS = "line-numbers"
    SYSTEM = "system-command"
    SERVER = "server-command"
    MARK = "job-mark"
    GRAMMAR = "grammar"
    META = "meta-command"
    UNKNOWN = "unknown-command"
    STORED = "stored-settings"
    CALIBRATION = "calibration"
    DRIVER_MODE = "driver-mode"
    MOTOR_CURRENT = "motor-current"
    PROTECTION = "protection"
    PINS = "pins-and-power"
    FIRMWARE = "firmware-update"
    FILES = "files"
    HOST = "host-action"
    NETWORK = "network"
    PASSCODE = "passcode"
    PERSON = "waits-for-a-person"
    MACRO = "stored-commands"
    PROBING = "probing"
    STORED_PLACE = "stored-position"
    WORK_ZERO = "work-coordinates"
    INVERSE_TIME = "inverse-time"
    OUTPUTS = "outputs"
    TEMPERATURE = "temperature"
    FEED = "feed"
    ACCELERATION = "acceleration"
    DWELL = "dwell"
    ENVELOPE = "envelope"
    POWER = "power"
    TOOL = "wrong-tool"
    BACKWARDS = "spindle-backwards"
    LEFT_ON = "left-on"


class Lifter(StrEnum):
    """Who may let a refused line pass."""

    NOBODY = "nobody"  # it can hurt people or the machine, or it breaks what this program knows of the machine
    LAB = "lab"  # whoever describes the machine and knows what the command does there
    OPERATOR = "operator"  # whoever stands at the machine, for one run


LIFTED_BY: Mapping[Rule, Lifter] = MappingProxyType(
    dict.fromkeys(Rule, Lifter.NOBODY)
    | dict.fromkeys(
        (Rule.UNKNOWN, Rule.MACRO, Rule.PROBING, Rule.STORED_PLACE, Rule.WORK_ZERO, Rule.OUTPUTS, Rule.DRIVER_MODE),
        Lifter.LAB,
    )
    | dict.fromkeys(
        (
            *(Rule.COMMENT_BYTE, Rule.NUMBERS, Rule.PERSON, Rule.FEED, Rule.ACCELERATION, Rule.DWELL),
            *(Rule.MOTOR_CURRENT, Rule.BACKWARDS),
        ),
        Lifter.OPERATOR,
    )
)

_PRINTER = {
    "motion": {"G0", "G1", "G2", "G3", "G4", "G28", "G92", "M400"},
    "modes": {"G17", "G20", "G21", "G90", "G91", "M82", "M83"},
    "retraction": {"G10", "G11"},
    "levelling as set up": {"G29"},
    "heaters, within limits": {"M104", "M109", "M140", "M190", "M141", "M191"},
    "fans": {"M106", "M107"},
    "motors": {"M17", "M18", "M84"},
    "factors, within reason": {"M220", "M221"},
    "limits of motion, within reason; they last until the next reset": {"M204"},
    "questions": {"M105", "M114", "M115"},
    "display": {"M73", "M117"},
}
_MARLIN = {
    "levelling as set up": {"M420", "G80"},  # G80: Prusa's mesh
    "lights": {"M150", "M355"},
    "spindle and laser, within limits": {"M3", "M4", "M5"},
    "limits of motion, within reason; they last until the next reset": {"M201", "M203", "M205"},
    "questions": {"M31", "M119", "M155"},
    "timers, filament and power-loss watch": {"M75", "M77", "M412", "M413"},
    "sound, within reason": {"M300"},
    "pressure advance and input shaping": {"M900", "M572", "M593"},
    "what was sliced for, and objects": {*(f"M862.{number}" for number in range(1, 7)), "M555", "M486"},
    "tools": {"T"},
}
_KLIPPER = {
    "sound, within reason": {"M300"},
    "tools": {"T"},
    "marks, which move nothing": {
        *("EXCLUDE_OBJECT_DEFINE", "EXCLUDE_OBJECT_START", "EXCLUDE_OBJECT_END", "SET_PRINT_STATS_INFO"),
        *("TIMELAPSE_TAKE_FRAME", "SET_DISPLAY_TEXT", "STATUS", "GET_POSITION"),
    },
    "limits of motion and pressure advance, within reason": {
        *("SET_VELOCITY_LIMIT", "SET_PRESSURE_ADVANCE", "SET_RETRACTION", "SET_INPUT_SHAPER"),
    },
    "levelling as set up": {
        *("BED_MESH_CALIBRATE", "BED_MESH_CLEAR", "BED_MESH_PROFILE", "QUAD_GANTRY_LEVEL", "Z_TILT_ADJUST"),
    },
    "heaters, within limits": {"SET_HEATER_TEMPERATURE", "TEMPERATURE_WAIT", "TURN_OFF_HEATERS"},
    "fans, lights and tools": {"SET_FAN_SPEED", "SET_LED", "ACTIVATE_EXTRUDER"},
    "what Marlin knows too, and Klipper takes without an effect": {"M201", "M203", "M205", "M900"},
}
_REPRAP = {
    "heaters, within limits": {"M116", "M568"},
    "limits of motion, within reason; they last until the next reset": {"M201", "M203", "M205", "M566"},
    "levelling as set up": {"G32"},
    "sound, within reason": {"M300"},
    "pressure advance and input shaping": {"M572", "M593"},
    "objects": {"M486"},
    "spindle and laser, within limits": {"M3", "M4", "M5"},
    "tools": {"T"},
}
_GRBL = {
    "motion": {"G0", "G1", "G2", "G3", "G4", "G53"},
    "modes": {"G17", "G18", "G19", "G20", "G21", "G40", "G49", "G61", "G80", "G90", "G91", "G91.1", "G94"},
    "work coordinates, chosen not set": {"G54", "G55", "G56", "G57", "G58", "G59"},
    "spindle and laser, within limits": {"M3", "M4", "M5"},
    "coolant": {"M7", "M8", "M9"},
    "program end": {"M2", "M30"},
    "tools": {"T"},
}


def _union(*tables: Mapping[str, set[str]]) -> frozenset[str]:
    return frozenset().union(*(commands for table in tables for commands in table.values()))


ALLOWED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "marlin": _union(_PRINTER, _MARLIN),
        "klipper": _union(_PRINTER, _KLIPPER),
        "reprap": _union(_PRINTER, _REPRAP),
        "grbl": _union(_GRBL),
    }
)

REASONS: Mapping[Rule, str] = MappingProxyType(
    {
        Rule.SENDER: "is the sender's to give, not the program's",
        Rule.NUMBERS: "has a line number, as others may have: GRBL needs none, they can be left out when it is sent",
        Rule.BACKWARDS: "turns the spindle backwards: M4 is for lasers, and for tools that cut so",
        Rule.SYSTEM: "is a settings or system command",
        Rule.SERVER: "is a command to a print server or its plug-ins",
        Rule.MARK: "looks like the mark that opens or closes a job in the machine's log",
        Rule.META: "is a condition, loop or expression, which no check here follows",
        Rule.STORED: "writes, restores or lists stored settings",
        Rule.CALIBRATION: "changes the machine's calibration or motor settings",
        Rule.DRIVER_MODE: "changes how the motors are driven",
        Rule.MOTOR_CURRENT: "changes the current of the motors until the next reset",
        Rule.PROTECTION: "switches a protection off",
        Rule.PINS: "works the board's pins or power",
        Rule.FIRMWARE: "starts a firmware update or restart",
        Rule.FILES: "reads, writes or starts files on the machine",
        Rule.HOST: "makes the host act",
        Rule.NETWORK: "changes the machine's network or passwords",
        Rule.PASSCODE: "changes a pass code",
        Rule.PERSON: "waits for a person",
        Rule.MACRO: "loops or runs stored commands",
        Rule.PROBING: "probes or calibrates, which a person starts",
        Rule.STORED_PLACE: "moves to a stored position that the program cannot know",
        Rule.WORK_ZERO: "stores or shifts a position or offset in the machine",
        Rule.INVERSE_TIME: "is a feed by inverse time, which no check here follows",
        Rule.OUTPUTS: "works outputs whose meaning only the machine knows",
    }
)


def _numbered(letter: str, *numbers: int) -> tuple[str, ...]:
    return tuple(f"{letter}{number}" for number in numbers)


_COMMON: Mapping[Rule, tuple[str, ...]] = {
    Rule.STORED: _numbered("M", 500, 501, 502, 503, 504, 505),
    Rule.CALIBRATION: (
        *_numbered("M", 92, 200, 202, 206, 218, 301, 303, 304, 305, 350, 425, 540, 553, 554, 575, 605, 665, 666, 669),
        *_numbered("M", 710, 851, 906, 908, 909, 910, 911, 912, 913, 914, 915, 919, 950, 951),
    ),
    Rule.MOTOR_CURRENT: _numbered("M", 907),  # the stock profile of a Prusa MK3S sets its extruder's
    Rule.DRIVER_MODE: _numbered("M", 569),
    Rule.PROTECTION: _numbered("M", 120, 121, 211, 302, 999),
    Rule.PINS: _numbered("M", 42, 43, 80, 81, 226, 240, 280, 282, 260, 261),
    Rule.FIRMWARE: _numbered("M", 997),
    Rule.FILES: _numbered("M", 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 524, 928),
    Rule.SENDER: _numbered("M", 108, 110, 112, 410, 876),
    Rule.HOST: _numbered("M", 111, 118),
    Rule.PERSON: _numbered("M", 0, 1, 6, 16, 125, 600, 601, 602, 603, 701, 702),
    Rule.PASSCODE: _numbered("M", 510, 511, 512),
    Rule.MACRO: _numbered("M", 98, 808, *range(810, 820)),
    Rule.PROBING: (
        *_numbered("G", 26, 30, 33, 34, 35, 38, 76, 425),
        *("G38.2", "G38.3", "G38.4", "G38.5", "M48", "M428"),
        *_numbered("M", *range(860, 870)),
    ),
    Rule.WORK_ZERO: ("G10", "G28.1", "G30.1", "G92", "G92.1", "G92.2", "G92.3", "G43.1"),
    Rule.STORED_PLACE: ("G27", "G28", "G12"),
    Rule.INVERSE_TIME: ("G93",),
    Rule.OUTPUTS: _numbered("M", 62, 63, 64, 65, 66, 67, 68),
}
# What a firmware means by a word, where that is another thing than with Marlin.
_OWN: Mapping[str, Mapping[Rule, tuple[str, ...]]] = {
    "marlin": {},
    "grbl": {Rule.STORED_PLACE: ("G28", "G30")},
    "reprap": {
        Rule.STORED: _numbered("M", 500, 501, 502, 503, 504, 505, 929),
        Rule.FILES: _numbered("M", 36, 37, 38, 39, 470, 471, 472, 559, 560),
        Rule.CALIBRATION: (
            *_numbered("M", 208, 558, 563, 564, 567, 570, 571, 574, 579, 580, 584, 585, 592, 594, 596, 917),
            *_numbered("M", 307, 308, 309, 556, 557, 561, 671, 851, 955, 956),
        ),
        Rule.PROTECTION: _numbered("M", 143, 302, 562, 581, 582, 957),
        Rule.NETWORK: _numbered("M", 540, 550, 551, 552, 553, 554, 586, 587, 588, 589),
        Rule.PERSON: _numbered("M", 0, 1, 226, 291, 292, 600, 701, 702, 703),
        Rule.MACRO: _numbered("M", 98, 99),
        Rule.PINS: _numbered("M", 42, 80, 81, 260, 261, 280, 950),
        Rule.FIRMWARE: _numbered("M", 997, 999),
    },
    "klipper": {
        Rule.STORED: ("SAVE_CONFIG", "SAVE_VARIABLE", "Z_OFFSET_APPLY_PROBE", "Z_OFFSET_APPLY_ENDSTOP"),
        Rule.CALIBRATION: (
            *("PID_CALIBRATE", "SET_GCODE_OFFSET", "SET_KINEMATIC_POSITION", "PROBE_CALIBRATE", "Z_ENDSTOP_CALIBRATE"),
            *("SHAPER_CALIBRATE", "ACCELEROMETER_MEASURE", "SET_TMC_CURRENT", "SET_TMC_FIELD", "INIT_TMC", "DUMP_TMC"),
            *(
                "SET_EXTRUDER_ROTATION_DISTANCE",
                "SET_EXTRUDER_STEP_DISTANCE",
                "SYNC_EXTRUDER_MOTION",
                "DELTA_CALIBRATE",
            ),
            *("SET_DUAL_CARRIAGE", "BED_SCREWS_ADJUST", "SCREWS_TILT_CALCULATE", "MANUAL_PROBE", "TUNING_TOWER"),
            *("SET_SKEW", "SKEW_PROFILE", "AXIS_TWIST_COMPENSATION_CALIBRATE", "BED_TILT_CALIBRATE", "TEST_RESONANCES"),
            *("SAVE_GCODE_STATE", "RESTORE_GCODE_STATE", "DELTA_CALIBRATE"),
        ),
        Rule.PROTECTION: (
            *("FORCE_MOVE", "STEPPER_BUZZ", "SET_STEPPER_ENABLE", "MANUAL_STEPPER", "SET_IDLE_TIMEOUT"),
            *("SET_FILAMENT_SENSOR", "ENDSTOP_PHASE_CALIBRATE", "MARK_AS_HOMED"),
        ),
        Rule.PINS: ("SET_PIN", "SET_SERVO", "SET_DIGIPOT", "PALETTE_CONNECT"),
        Rule.FIRMWARE: ("RESTART", "FIRMWARE_RESTART", "UPDATE_CLIENT", "SHUTDOWN", "REBOOT"),
        Rule.FILES: ("SDCARD_PRINT_FILE", "SDCARD_RESET_FILE", "SDCARD_LOOP"),
        Rule.SENDER: (
            *("CANCEL_PRINT", "CANCEL_PRINT_BASE", "RESUME", "RESUME_BASE", "CLEAR_PAUSE", "CANCEL_OBJECT"),
            *("EXCLUDE_OBJECT", "ABORT", "ACCEPT"),
        ),
        Rule.HOST: ("RESPOND", "RUN_SHELL_COMMAND", "ACTION_CALL_REMOTE_METHOD", "M118", "ECHO"),
        Rule.PERSON: ("PAUSE", "PAUSE_BASE", "M600", "LOAD_FILAMENT", "UNLOAD_FILAMENT", "CHANGE_FILAMENT"),
        Rule.MACRO: ("UPDATE_DELAYED_GCODE", "SET_GCODE_VARIABLE", "SDCARD_LOOP_BEGIN", "SDCARD_LOOP_END"),
        Rule.PROBING: ("PROBE", "PROBE_ACCURACY", "QUERY_PROBE", "DELTA_ANALYZE", "MEASURE_AXES_NOISE"),
    },
}


def _refused() -> Mapping[str, Mapping[str, Rule]]:
    common = {command: rule for rule, commands in _COMMON.items() for command in commands}
    own = {
        dialect: {command: rule for rule, commands in table.items() for command in commands}
        for dialect, table in _OWN.items()
    }
    return MappingProxyType({dialect: MappingProxyType({**common, **own[dialect]}) for dialect in DIALECTS})


# A command may be refused in one dialect and allowed in another: this is read only for what is not allowed.
REFUSED: Mapping[str, Mapping[str, Rule]] = _refused()


def refusing_rule(command: str, dialect: str) -> Rule | None:
    """By which rule a command is refused as such; None when the dialect's table lets it pass."""
    name = "T" if command[0] == "T" and command[1:].isdecimal() else command
    if name in ALLOWED[dialect]:
        return None
    return REFUSED[dialect].get(command, Rule.UNKNOWN)
