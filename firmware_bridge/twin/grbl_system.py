"""The `$` commands of a virtual GRBL that only read or write: settings, parser state, version.

Source: GRBL 1.1 interface notes and settings; error codes as in its `error_codes_en_US.csv`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from firmware_bridge.twin.grbl_kinds import GrblKind
from firmware_bridge.twin.settings import Settings
from gcode.modal import Interpreter

__all__ = ["DEFAULTS", "GrblSystem"]

BAD_NUMBER, UNKNOWN_SYSTEM, NOT_IDLE = 2, 3, 8
_SETTING = re.compile(r"\$(\d{1,3})=(-?[\d.]+)")
DEFAULTS: dict[str, float] = {
    "$0": 10.0,
    "$1": 25.0,
    "$10": 3.0,
    "$13": 0.0,
    "$20": 0.0,
    "$21": 0.0,
    "$22": 0.0,
    "$30": 1000.0,
    "$31": 0.0,
    "$32": 0.0,
    "$100": 250.0,
    "$101": 250.0,
    "$102": 250.0,
    "$110": 6000.0,
    "$111": 6000.0,
    "$112": 1000.0,
    "$120": 200.0,
    "$121": 200.0,
    "$122": 50.0,
    "$130": 800.0,
    "$131": 800.0,
    "$132": 100.0,
}


class GrblSystem:
    """Settings and questions.

    Args:
        kind: which of them it is.
        settings: what it works with.
        say: takes a line for the host.
    """

    def __init__(self, kind: GrblKind, settings: Settings, say: Callable[[str], None]) -> None:
        self._kind = kind
        self.settings = settings
        self._say = say

    def __getitem__(self, name: str) -> float:
        return self.settings.values[name]

    def answer(self, line: str, state: Interpreter, *, idle: bool) -> int | None:
        """Do it; the number of an error, or None."""
        match line:
            case "$":
                self._say("[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H ~ ! ? ctrl-x]")
            case "$$":
                for name, value in self.settings.values.items():
                    self._say(f"{name}={value:.3f}" if name >= "$100" else f"{name}={value:g}")
            case "$G":
                units = "G21" if state.unit_mm == 1 else "G20"
                distance = "G90" if state.absolute else "G91"
                motion = state.motion or "G0"
                self._say(f"[GC:{motion} G54 {state.plane} {units} {distance} G94 M5 M9 T0 F{state.feed_mm_min:g} S0]")
            case "$#":
                self._say("[G54:0.000,0.000,0.000]")
            case "$N":
                self._say("$N0=")
                self._say("$N1=")
            case "$I" | "$I+":
                if not idle:
                    return NOT_IDLE
                for each in self._kind.version:
                    self._say(each)
            case _:
                return self._write(line, idle=idle)
        return None

    def _write(self, line: str, *, idle: bool) -> int | None:
        if not idle:
            return NOT_IDLE
        found = _SETTING.fullmatch(line)
        if found is None or f"${int(found[1])}" not in self.settings.values:
            return UNKNOWN_SYSTEM
        try:
            self.settings.values[f"${int(found[1])}"] = float(found[2])
        except ValueError:
            return BAD_NUMBER
        self.settings.save()
        return None
