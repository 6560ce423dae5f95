"""The modal state between the compiled walker's array and the plain interpreter."""

from __future__ import annotations

from gcode.bulk import registers as r
from gcode.bulk.segments import Vector
from gcode.modal import Interpreter

__all__ = ["plain_from_state", "state_from_plain"]


def state_from_plain(plain: Interpreter, state: Vector) -> None:
    """Write what the interpreter holds into the array."""
    state[r.POSITION : r.POSITION + 4] = plain.position
    state[r.SHIFT : r.SHIFT + 4] = plain.shift
    state[r.ABSOLUTE : r.RETRACT_ACC + 1] = (
        plain.absolute,
        plain.absolute_extrusion,
        plain.unit_mm,
        float(plain.plane[1:]),
        -1.0 if plain.motion is None else float(plain.motion[1:]) * 10,
        plain.feed_mm_min,
        plain.power,
        plain.tool_on,
        plain.grbl,
        plain.retract_s,
        plain.recover_s,
        plain.print_acceleration or 0.0,
        plain.travel_acceleration or 0.0,
        plain.retract_acceleration or 0.0,
    )


def plain_from_state(plain: Interpreter, state: Vector) -> None:
    """Write what the array holds into the interpreter."""
    values = state[: r.RETRACT_ACC + 1].tolist()
    plain.position = values[r.POSITION : r.POSITION + 4]
    plain.shift = values[r.SHIFT : r.SHIFT + 4]
    plain.absolute, plain.absolute_extrusion = bool(values[r.ABSOLUTE]), bool(values[r.ABSOLUTE_E])
    plain.unit_mm, plain.plane = values[r.UNIT], f"G{values[r.PLANE]:.0f}"
    motion = values[r.MOTION]
    plain.motion = None if motion < 0 else f"G{motion / 10:.0f}"
    plain.feed_mm_min, plain.power, plain.tool_on = values[r.FEED], values[r.POWER], bool(values[r.TOOL_ON])
    plain.print_acceleration = values[r.PRINT_ACC] or None
    plain.travel_acceleration = values[r.TRAVEL_ACC] or None
    plain.retract_acceleration = values[r.RETRACT_ACC] or None
