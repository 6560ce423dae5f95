"""How long an answer may take, by kind of command. Source: Marlin's G-code index (marlinfw.org/meta/gcode)."""

from __future__ import annotations

import re
from enum import StrEnum

from firmware_bridge.timing import MarlinTiming

__all__ = ["Patience", "dwell_s", "longest_answer_s", "patience"]

_CODE = re.compile(r"[GM]\d+")
_PAUSE = re.compile(r"([SP])\s*(\d+(?:\.\d*)?|\.\d+)")


class Patience(StrEnum):
    """What a command waits for before it is answered."""

    QUICK = "quick"  # a place in the planner at most
    DWELL = "dwell"  # a time that it states
    DRAIN = "drain"  # the end of motion
    HOMING = "homing"  # end switches and probes
    HEATING = "heating"  # a temperature, or a tuning
    PERSON = "person"  # somebody who changes filament or presses a knob

    @property
    def rank(self) -> int:
        """Larger takes longer."""
        return list(Patience).index(self)


_KINDS = {
    "G4": Patience.DWELL,
    **dict.fromkeys(("M400", "M3", "M4", "M5"), Patience.DRAIN),
    **dict.fromkeys(("G26", "G28", "G29", "G30", "G33", "G34", "G76", "G425", "M48"), Patience.HOMING),
    **dict.fromkeys(("M109", "M190", "M191", "M192", "M303"), Patience.HEATING),
    **dict.fromkeys(("M0", "M1", "M226", "M600", "M701", "M702"), Patience.PERSON),
}


def patience(text: str) -> Patience:
    """What this command waits for."""
    if text.startswith(("G1 ", "G0 ")):  # nearly all lines
        return Patience.QUICK
    if text[:1] == "T":
        return Patience.HOMING  # a tool change moves
    found = _CODE.match(text)
    return _KINDS.get(found[0], Patience.QUICK) if found else Patience.QUICK


def dwell_s(text: str) -> float:
    """Seconds that a G4 states: S in seconds, P in milliseconds; S wins, as in `G4.cpp`."""
    told = {name: float(number) for name, number in _PAUSE.findall(text)}
    return told["S"] if "S" in told else told.get("P", 0.0) / 1000


def longest_answer_s(kind: Patience, text: str, timing: MarlinTiming) -> float:
    """Seconds until the answer to this line is overdue, on a firmware that does not say when it is busy."""
    match kind:
        case Patience.DWELL:
            return timing.drain_s + dwell_s(text)
        case Patience.DRAIN:
            return timing.drain_s
        case Patience.HOMING:
            return timing.homing_s
        case Patience.HEATING:
            return timing.heating_s
        case Patience.PERSON:
            return timing.person_s
        case _:
            return timing.answer_s
