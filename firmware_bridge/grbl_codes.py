"""GRBL's errors and alarms by name and remedy.

Source of the numbers: GRBL 1.1, `doc/csv/error_codes_en_US.csv` and `alarm_codes_en_US.csv`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["alarm_text", "error_text"]

_ERRORS: Mapping[int, str] = MappingProxyType(
    {
        1: "a word without its letter; look at the line",
        2: "a number that is missing or malformed; look at the line",
        3: "an unknown $ command; programs must not hold any",
        5: "homing is switched off in the settings; set $22",
        7: "the stored settings were damaged and have been reset; set up the machine again",
        8: "a $ command while the machine was not idle",
        9: "the machine is locked by an alarm; a person has to home it or unlock it",
        11: "a line longer than the firmware holds; shorten it",
        15: "a jog beyond the machine's travel",
        16: "a malformed jog command",
        17: "laser mode needs a PWM output",
        20: "a command that this firmware does not know; choose the machine's post-processor",
        21: "two commands of one modal group in a line; split the line",
        22: "no feed rate was set before a cut; add F",
        23: "a command that needs a whole number",
        24: "two commands in a line that both use the axes; split the line",
        25: "a word stands twice in a line",
        26: "a command that needs axis words",
        27: "a line number out of range",
        28: "a command that lacks a value",
        29: "a work coordinate system that does not exist",
        30: "G53 without G0 or G1",
        31: "axis words that no command uses",
        32: "an arc without axes of its plane",
        33: "an arc or probe whose target is impossible",
        34: "an arc whose radius is impossible",
        35: "an arc without its centre",
        36: "words that no command uses",
        37: "a tool length offset on the wrong axis",
        38: "a tool number out of range",
    }
)
_ALARMS: Mapping[int, str] = MappingProxyType(
    {
        1: "a limit switch was hit; the position is lost, home the machine",
        2: "a target beyond the machine's travel; the position is kept, unlock and check the work zero",
        3: "a reset in motion; the position is lost, home the machine",
        4: "the probe was not in its rest state",
        5: "the probe met nothing",
        6: "homing was interrupted by a reset",
        7: "homing was interrupted by the door",
        8: "homing did not clear a limit switch; check its wiring",
        9: "homing found no limit switch; check its wiring",
        10: "homing a second switch failed; check its wiring",
    }
)


def error_text(code: str) -> str:
    """The meaning of `error:<code>`, one clause."""
    return f"error {code}: {_lookup(_ERRORS, code)}"


def alarm_text(code: str) -> str:
    """The meaning of `ALARM:<code>`, one clause."""
    return f"alarm {code}: {_lookup(_ALARMS, code)}"


def _lookup(table: Mapping[int, str], code: str) -> str:
    return table.get(int(code), "see the firmware's manual") if code.isdecimal() else code
