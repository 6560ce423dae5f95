"""What the axes of a machine can do, and what a program sets of it (M201, M203, M204, M205, M566)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.errors import InputError

__all__ = ["DEFAULT_JERK_MM_S", "MotionLimits", "MotionSettings", "PerAxis"]

PerAxis = tuple[float, float, float, float]
"""X, Y, Z, E."""
Stated = tuple[float | None, float | None, float | None, float | None]

DEFAULT_JERK_MM_S: PerAxis = (10.0, 10.0, 0.3, 5.0)
"""Marlin 2.1's own, for axes that an M205 leaves out."""
_NOTHING: Stated = (None, None, None, None)


@dataclass(frozen=True, slots=True)
class MotionSettings:
    """What a program has set so far; None is not set.

    Attributes:
        max_speed_mm_s: X, Y, Z, E (M203).
        acceleration_mm_s2: X, Y, Z, E (M201).
        jerk_mm_s: X, Y, Z, E (M205, M566).
        junction_deviation_mm: M205 J.
        corners_by_jerk: whether jerk or junction deviation was set last.
        min_print_speed_mm_s, min_travel_speed_mm_s: M205 S and T.
    """

    max_speed_mm_s: Stated = _NOTHING
    acceleration_mm_s2: Stated = _NOTHING
    jerk_mm_s: Stated = _NOTHING
    junction_deviation_mm: float | None = None
    corners_by_jerk: bool | None = None
    min_print_speed_mm_s: float | None = None
    min_travel_speed_mm_s: float | None = None

    def after(self, command: str, words: Mapping[str, float | None], unit_mm: float, rate_s: float) -> MotionSettings:
        """The settings once a command has been taken; numbers that make no sense (0, negative) are passed over.

        Args:
            command: M201, M203, M205 or M566; others set nothing here.
            words: the command's letters.
            unit_mm: of lengths, 25.4 after G20.
            rate_s: of M203's lengths, 1 for a second (Marlin) or 1/60 for a minute (RepRapFirmware).
        """
        match command:
            case "M201":
                return replace(self, acceleration_mm_s2=_merged(self.acceleration_mm_s2, words, unit_mm))
            case "M203":
                return replace(self, max_speed_mm_s=_merged(self.max_speed_mm_s, words, unit_mm * rate_s))
            case "M566":
                return replace(self, jerk_mm_s=_merged(self.jerk_mm_s, words, unit_mm / 60), corners_by_jerk=True)
            case "M205":
                return self._after_m205(words, unit_mm)
        return self

    def _after_m205(self, words: Mapping[str, float | None], unit_mm: float) -> MotionSettings:
        changed = self
        jerk = {**words, "Y": words.get("X")} if words.get("Y") is None else words
        if any(_sense(words.get(letter)) for letter in "XYZE"):
            changed = replace(changed, jerk_mm_s=_merged(self.jerk_mm_s, jerk, unit_mm), corners_by_jerk=True)
        deviation = words.get("J")
        if _sense(deviation):
            changed = replace(changed, junction_deviation_mm=(deviation or 0.0) * unit_mm, corners_by_jerk=False)
        printing, travelling = words.get("S"), words.get("T")
        if printing is not None and printing >= 0:
            changed = replace(changed, min_print_speed_mm_s=printing * unit_mm)
        if travelling is not None and travelling >= 0:
            changed = replace(changed, min_travel_speed_mm_s=travelling * unit_mm)
        return changed


@dataclass(frozen=True, slots=True)
class MotionLimits:
    """What the axes can do.

    Attributes:
        max_speed_mm_s: X, Y, Z, E.
        acceleration_mm_s2: X, Y, Z, E.
        junction_deviation_mm: how far a corner may be rounded; counts when `jerk_mm_s` is None.
        rapids_obey_feed: G0 runs at the programmed feed (Marlin) or at full speed (GRBL); None: as the program's kind.
        jerk_mm_s: X, Y, Z, E, the change of speed that each axis takes at once (Marlin's classic jerk), or None.
        print_acceleration_mm_s2: of moves that feed filament, until M204 says otherwise; None: the axes' own.
        travel_acceleration_mm_s2: of moves that do not.
        retract_acceleration_mm_s2: of filament alone.
        min_print_speed_mm_s, min_travel_speed_mm_s: no feed counts for less.
    """

    max_speed_mm_s: PerAxis = (200.0, 200.0, 12.0, 120.0)
    acceleration_mm_s2: PerAxis = (1500.0, 1500.0, 200.0, 5000.0)
    junction_deviation_mm: float = 0.02
    rapids_obey_feed: bool | None = None
    jerk_mm_s: PerAxis | None = None
    print_acceleration_mm_s2: float | None = None
    travel_acceleration_mm_s2: float | None = None
    retract_acceleration_mm_s2: float | None = None
    min_print_speed_mm_s: float = 0.0
    min_travel_speed_mm_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("max_speed_mm_s", "acceleration_mm_s2"):
            values = getattr(self, name)
            if len(values) != 4 or not all(value > 0 and math.isfinite(value) for value in values):
                raise InputError(f"{name} needs four numbers above 0, got {values}")
        if not self.junction_deviation_mm > 0:
            raise InputError(f"junction_deviation_mm must be above 0, got {self.junction_deviation_mm}")
        if self.jerk_mm_s is not None and not all(each > 0 for each in self.jerk_mm_s):
            raise InputError(f"jerk_mm_s needs four numbers above 0, got {self.jerk_mm_s}")
        for name in ("print_acceleration_mm_s2", "travel_acceleration_mm_s2", "retract_acceleration_mm_s2"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise InputError(f"{name} must be above 0, got {value}")
        if not (self.min_print_speed_mm_s >= 0 and self.min_travel_speed_mm_s >= 0):
            raise InputError("the least speeds must be 0 or more")

    def under(self, settings: MotionSettings) -> MotionLimits:
        """These limits as a program's settings change them."""
        jerk = self.jerk_mm_s
        if settings.corners_by_jerk is not None:
            jerk = _filled(settings.jerk_mm_s, jerk or DEFAULT_JERK_MM_S) if settings.corners_by_jerk else None
        least = (settings.min_print_speed_mm_s, settings.min_travel_speed_mm_s)
        return replace(
            self,
            max_speed_mm_s=_filled(settings.max_speed_mm_s, self.max_speed_mm_s),
            acceleration_mm_s2=_filled(settings.acceleration_mm_s2, self.acceleration_mm_s2),
            jerk_mm_s=jerk,
            junction_deviation_mm=settings.junction_deviation_mm or self.junction_deviation_mm,
            min_print_speed_mm_s=self.min_print_speed_mm_s if least[0] is None else least[0],
            min_travel_speed_mm_s=self.min_travel_speed_mm_s if least[1] is None else least[1],
        )


def _sense(value: float | None) -> bool:
    return value is not None and value > 0 and math.isfinite(value)


def _merged(old: Stated, words: Mapping[str, float | None], unit_mm: float) -> Stated:
    x, y, z, e = (
        (words.get(letter) or 0.0) * unit_mm if _sense(words.get(letter)) else before
        for letter, before in zip("XYZE", old, strict=True)
    )
    return x, y, z, e


def _filled(stated: Stated, otherwise: PerAxis) -> PerAxis:
    x, y, z, e = (after if value is None else value for value, after in zip(stated, otherwise, strict=True))
    return x, y, z, e
