"""Arcs (G2, G3) as chords."""

from __future__ import annotations

import math

from core.errors import InputError

__all__ = ["CHORD_ERROR_MM", "MAX_CHORDS", "RADIUS_ERROR_MM", "arc_points"]

CHORD_ERROR_MM = 0.01
MAX_CHORDS = 2_000  # enough for a full circle of 8 m radius; a stranger's program must not ask for millions
_MAX_TURNS = 100
# GRBL 1.1 gcode.c accepts an end point that lies off the circle by this much.
RADIUS_ERROR_MM = 0.5

Point = tuple[float, float]


def arc_points(
    start: Point,
    end: Point,
    *,
    clockwise: bool,
    centre_offset: Point | None = None,
    radius_mm: float | None = None,
    turns: int = 1,
) -> tuple[list[Point], list[float]]:
    """End points of the chords of an arc in its plane, and the share of the arc done at each (0 to 1).

    Args:
        start: in mm.
        end: in mm; the same as `start` with a centre means full circles.
        clockwise: G2, seen from the positive end of the third axis.
        centre_offset: I, J (or the plane's pair) from `start`, in mm.
        radius_mm: R instead of a centre; negative takes the longer way.
        turns: the P word, whole turns begun.

    Raises:
        InputError: no circle goes through both points, the radius is 0, or the turns are too many.
    """
    if not 1 <= turns <= _MAX_TURNS:
        raise InputError(f"an arc of {turns} turns", hint=f"1 to {_MAX_TURNS} are followed")
    if centre_offset is None:
        centre_offset = _offset_by_radius(start, end, radius_mm, clockwise=clockwise)
    centre = (start[0] + centre_offset[0], start[1] + centre_offset[1])
    radius = math.hypot(*centre_offset)
    miss = abs(math.dist(centre, end) - radius)
    if radius == 0 or (miss > RADIUS_ERROR_MM and miss > 0.001 * radius):
        raise InputError(f"no arc about {centre} joins {start} and {end}")
    from_angle = math.atan2(start[1] - centre[1], start[0] - centre[0])
    sweep = math.atan2(end[1] - centre[1], end[0] - centre[0]) - from_angle
    if clockwise:
        sweep -= math.tau * math.ceil((sweep + 1e-9) / math.tau)  # into [-tau, 0), never 0
        sweep -= math.tau * (turns - 1)
    else:
        sweep -= math.tau * math.floor((sweep - 1e-9) / math.tau)
        sweep += math.tau * (turns - 1)
    step = 2 * math.acos(max(0.0, 1 - CHORD_ERROR_MM / radius))
    count = min(MAX_CHORDS, max(1, math.ceil(abs(sweep) / step)))
    shares = [number / count for number in range(1, count + 1)]
    points = [
        (centre[0] + radius * math.cos(from_angle + sweep * s), centre[1] + radius * math.sin(from_angle + sweep * s))
        for s in shares
    ]
    points[-1] = end
    return points, shares


def _offset_by_radius(start: Point, end: Point, radius_mm: float | None, *, clockwise: bool) -> Point:
    if not radius_mm:
        raise InputError("an arc needs its centre (I, J, K) or a radius (R)")
    dx, dy = end[0] - start[0], end[1] - start[1]
    chord = math.hypot(dx, dy)
    if chord == 0:
        raise InputError("an arc by radius needs an end that differs from its start")
    height_square = radius_mm**2 - (chord / 2) ** 2
    if height_square < -RADIUS_ERROR_MM:
        raise InputError(f"a radius of {abs(radius_mm)} mm is too short to reach {chord:.3f} mm")
    height = math.sqrt(max(0.0, height_square))
    side = 1.0 if clockwise == (radius_mm < 0) else -1.0
    return dx / 2 - side * height * dy / chord, dy / 2 + side * height * dx / chord
